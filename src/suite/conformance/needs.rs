//! What a side of a case needs, held against what an agent says it can, so that a plan knows what is
//! unsupported before anything runs.

use crate::peer::agent::Hello;

/// What a side needs, by the names of docs/agent-contract.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// Socket types.
    pub types: &'static [&'static str],
    /// Options.
    pub options: &'static [&'static str],
    /// Mechanisms.
    pub mechanisms: &'static [&'static str],
    /// Transports.
    pub transports: &'static [&'static str],
    /// Features.
    pub features: &'static [&'static str],
    /// Addresses that mean something only on one machine.
    pub one_machine: bool,
    /// The address ::1.
    pub ipv6: bool,
    /// A witness that it connects: the harness between the two, or else its own monitor.
    pub witness: bool,
    /// The harness between the two: only what passes there tells.
    pub between: bool,
    /// The kernel under it is this machine's: what it tells of a connection, and gives to a buffer, is known.
    pub kernel: bool,
}

impl Needs {
    /// Sockets of these types over tcp, and nothing else.
    pub const fn types(types: &'static [&'static str]) -> Needs {
        Needs {
            types,
            options: &[],
            mechanisms: &[],
            transports: &["tcp"],
            features: &[],
            one_machine: false,
            ipv6: false,
            witness: false,
            between: false,
            kernel: false,
        }
    }

    /// And these options.
    pub const fn options(self, options: &'static [&'static str]) -> Needs {
        Needs { options, ..self }
    }

    /// And these mechanisms.
    pub const fn mechanisms(self, mechanisms: &'static [&'static str]) -> Needs {
        Needs { mechanisms, ..self }
    }

    /// Over these transports instead of tcp.
    pub const fn transports(self, transports: &'static [&'static str]) -> Needs {
        Needs { transports, ..self }
    }

    /// And these features.
    pub const fn features(self, features: &'static [&'static str]) -> Needs {
        Needs { features, ..self }
    }

    /// And a machine that has IPv6.
    pub const fn ipv6(self) -> Needs {
        Needs { ipv6: true, ..self }
    }

    /// And the other side on the same machine.
    pub const fn one_machine(self) -> Needs {
        Needs { one_machine: true, ..self }
    }

    /// And somebody who sees that it connects.
    pub const fn witness(self) -> Needs {
        Needs { witness: true, ..self }
    }

    /// And the harness between the two.
    pub const fn between(self) -> Needs {
        Needs { between: true, ..self }
    }

    /// And this machine's kernel.
    pub const fn kernel(self) -> Needs {
        Needs { kernel: true, ..self }
    }

    /// The first thing that `hello` does not have.
    pub fn missing(&self, hello: &Hello) -> Option<String> {
        self.unlisted(hello).or_else(|| self.elsewhere(hello))
    }

    /// An option that only other socket types have.
    fn elsewhere(&self, hello: &Hello) -> Option<String> {
        self.options.iter().find_map(|option| {
            let types = hello.only.get(*option)?;
            let none = !self.types.iter().any(|kind| types.iter().any(|had| had == kind));
            none.then(|| format!("has the option {option} for {} only", types.join(", ")))
        })
    }

    fn unlisted(&self, hello: &Hello) -> Option<String> {
        let lists = [
            ("socket type", self.types, &hello.socket_types),
            ("option", self.options, &hello.options),
            ("mechanism", self.mechanisms, &hello.mechanisms),
            ("transport", self.transports, &hello.transports),
            ("feature", self.features, &hello.features),
        ];
        lists.iter().find_map(|(what, wanted, had)| {
            let absent = wanted.iter().find(|name| !had.iter().any(|h| h == **name))?;
            Some(format!("has no {what} {absent}"))
        })
    }
}
