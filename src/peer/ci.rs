//! What continuous integration needs to know of a peer: the table `[peers.NAME.ci]`. Scripts and the
//! workflow read it with `zmq-interop list peers --format json` and name no peer themselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The table; see docs/peers.md.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ci {
    /// A run of all tests fails without this peer.
    #[serde(default)]
    pub required: bool,
    /// Toolchains that a runner sets up for it, each with its version.
    #[serde(default)]
    pub toolchain: BTreeMap<String, String>,
    /// Linters of its language, each with the package that has it: `pip ruff==0.17.6`.
    #[serde(default)]
    pub linters: BTreeMap<String, String>,
    /// Packages of Debian and Ubuntu that it needs.
    #[serde(default)]
    pub apt: Vec<String>,
    /// Packages of Homebrew that it needs.
    #[serde(default)]
    pub brew: Vec<String>,
}

impl Ci {
    /// What is wrong with it, and what to write instead. All of it ends up in command lines, so each
    /// word is a plain one.
    pub fn check(&self) -> Result<(), (String, &'static str)> {
        let packages = self.apt.iter().chain(&self.brew);
        let words = self.toolchain.iter().flat_map(|(name, version)| [name, version]);
        if let Some(word) = packages.chain(words).find(|word| !plain(word)) {
            let help = "letters, digits and any of . + - _ make a name or a version";
            return Err((format!("'{word}' can't be a package, a tool or a version"), help));
        }
        for (linter, package) in &self.linters {
            if !plain(linter) || !installable(package) {
                let help = "a linter says what installs it: \"apt NAME\", \"pip NAME==VERSION\" or \
                            \"npm NAME@VERSION\"";
                return Err((format!("linter '{linter}' can't be had by '{package}'"), help));
            }
        }
        Ok(())
    }
}

/// A package with what installs it. Registries move on, so what comes from one has its version.
fn installable(package: &str) -> bool {
    match package.split_once(' ') {
        Some(("apt", name)) => plain(name),
        Some(("pip", pinned)) => pinned.split_once("==").is_some_and(|(n, v)| plain(n) && plain(v)),
        Some(("npm", pinned)) => pinned.split_once('@').is_some_and(|(n, v)| plain(n) && plain(v)),
        _ => false,
    }
}

fn plain(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphanumeric())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || ".+-_".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Result<(), String> {
        let ci: Ci = toml::from_str(text).map_err(|e| e.message().to_owned())?;
        ci.check().map_err(|(message, _)| message)
    }

    #[test]
    fn a_linter_says_what_installs_it_and_at_which_version() {
        for package in ["apt shellcheck", "pip ruff==0.17.6", "npm prettier@3.10.1"] {
            assert_eq!(said(&format!("linters = {{ x = '{package}' }}")), Ok(()));
        }
        for package in ["shellcheck", "pip ruff", "npm prettier", "apt a b", "apt a;b", "curl x"] {
            assert!(said(&format!("linters = {{ x = '{package}' }}")).is_err(), "{package}");
        }
    }

    #[test]
    fn words_are_plain_and_keys_are_known() {
        assert_eq!(said("apt = ['g++', 'libzmq3-dev']\ntoolchain = { go = '1.26' }"), Ok(()));
        assert!(said("apt = ['g++ && reboot']").unwrap_err().contains("g++ && reboot"));
        assert!(said("brew = ['--force']").is_err());
        assert!(said("toolchain = { go = '$(id)' }").is_err());
        assert!(said("apk = ['zeromq']").unwrap_err().contains("apk"));
    }
}
