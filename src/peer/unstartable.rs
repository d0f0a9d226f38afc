//! Why a program can't be started: what stands behind the error number of exec(2), which is the same for a
//! file that is not there, an interpreter that is not there, and a `#!` line that ends in a carriage return.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

/// So many bytes of a file are looked at: Linux reads no more of a `#!` line.
const HEAD: u64 = 256;

const CARRIAGE_RETURN: &str =
    "its `#!` line ends in a carriage return: it was saved with Windows line ends";

/// What is wrong with a program, for the error of an attempt to start it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unstartable(String);

/// Is the program what is wrong, and not this machine, which may have no processes left?
pub fn blames_the_program(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Unstartable>())
}

/// Why `program` could not be started in `dir`, where exec(2) said `error`. The kind of the error stays.
pub fn explained(program: &str, dir: &Path, error: io::Error) -> io::Error {
    let named = match Errno::from_io_error(&error) {
        Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {
            let interpreter = || no_interpreter(program, dir);
            missing(program, dir).or_else(interpreter).or_else(|| no_loader(program, dir))
        }
        Some(Errno::ACCESS | Errno::PERM) => forbidden(program, dir),
        Some(Errno::NOEXEC) => Some(format!(
            "{program} is neither a program of this system nor a script with a `#!` line"
        )),
        _ => None,
    };
    match named {
        Some(reason) => io::Error::new(error.kind(), Unstartable(reason)),
        None => io::Error::new(error.kind(), format!("{program}: {error}")),
    }
}

/// What is wrong with `program` although exec(2) would start it: env(1) can't find an interpreter whose
/// name ends in a carriage return, and what it says of that is hard to read.
pub fn refused(program: &str, dir: &Path) -> Option<io::Error> {
    let line = shebang(&head(&find(program, dir)?)?)?;
    let env = line.split_ascii_whitespace().next().is_some_and(|word| word.ends_with("/env"));
    (env && line.ends_with('\r')).then(|| {
        let reason = format!("{program}: {CARRIAGE_RETURN}");
        io::Error::new(io::ErrorKind::NotFound, Unstartable(reason))
    })
}

/// Why there is no file `program`; `None`: there is one, which may be of no use.
pub fn missing(program: &str, dir: &Path) -> Option<String> {
    if !dir.is_dir() {
        return Some(format!("the folder {} is not there", dir.display()));
    }
    if find(program, dir).is_some() {
        return None;
    }
    Some(match program.contains('/') {
        true => no_file(program, &dir.join(program)),
        false => format!("{program} is not there: no folder of PATH has it"),
    })
}

/// A program that is there, and of which exec(2) says that something is not.
fn no_loader(program: &str, dir: &Path) -> Option<String> {
    let elf = head(&find(program, dir)?)?.starts_with(b"\x7fELF");
    elf.then(|| {
        format!("{program}: the dynamic loader that it names is not there: it was built for another system")
    })
}

/// Why nothing is at `path`.
fn no_file(program: &str, path: &Path) -> String {
    if let Ok(target) = path.read_link() {
        return format!("{program} is a dangling link to {}", target.display());
    }
    let parents = path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
    match parents.take_while(|folder| !folder.is_dir()).last() {
        Some(missing) if missing.exists() => {
            format!("{program} is not there: {} is no folder", missing.display())
        }
        Some(missing) => {
            format!("{program} is not there: the folder {} is not there", missing.display())
        }
        None => format!("{program} is not there"),
    }
}

/// What is wrong with the interpreter that a `#!` line names.
fn no_interpreter(program: &str, dir: &Path) -> Option<String> {
    let line = shebang(&head(&find(program, dir)?)?)?;
    if line.ends_with('\r') {
        return Some(format!("{program}: {CARRIAGE_RETURN}"));
    }
    let interpreter = line.split_ascii_whitespace().next()?;
    if dir.join(interpreter).exists() {
        return None;
    }
    Some(format!("{program}: its interpreter {}", no_file(interpreter, &dir.join(interpreter))))
}

/// Why `program` may not be executed.
fn forbidden(program: &str, dir: &Path) -> Option<String> {
    let path = find(program, dir).unwrap_or_else(|| dir.join(program));
    let of = |path: &Path| path.metadata().map(|m| (m.is_dir(), m.permissions().mode() & 0o111));
    match of(&path).ok()? {
        (true, _) => Some(format!("{program} is a folder, not a program")),
        (false, 0) => Some(format!("{program} is not executable: chmod +x makes it so")),
        _ => {
            let interpreter = shebang(&head(&path)?)?.split_ascii_whitespace().next()?.to_owned();
            let plain = matches!(of(&dir.join(&interpreter)), Ok((true, _) | (_, 0)));
            plain.then(|| format!("{program}: its interpreter {interpreter} is not executable"))
        }
    }
}

/// The file that `program` means; what has no slash is looked for on PATH.
fn find(program: &str, dir: &Path) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(dir.join(program)).filter(|path| path.exists());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file())
}

fn head(path: &Path) -> Option<Vec<u8>> {
    let mut head = vec![];
    File::open(path).ok()?.take(HEAD).read_to_end(&mut head).ok()?;
    Some(head)
}

/// The line after `#!`, with all that stands at its end.
fn shebang(head: &[u8]) -> Option<String> {
    let line = head.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    Some(String::from_utf8_lossy(line).trim_matches([' ', '\t']).to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Folder {
            Folder(tempfile::tempdir().unwrap())
        }

        fn write(&self, name: &str, text: &str, mode: u32) {
            let path = self.0.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }

        /// What is said when `program` is started here, with the folder's path left out.
        fn said(&self, program: &str) -> String {
            let folder = self.0.path().display().to_string();
            let program = match program.strip_prefix("./") {
                Some(name) => format!("{folder}/{name}"),
                None => program.to_owned(),
            };
            let error = match refused(&program, self.0.path()) {
                Some(error) => error,
                None => {
                    let mut command = Command::new(&program);
                    command.current_dir(self.0.path());
                    // Another test that starts a program may hold the file that was just written.
                    let busy = |e: &io::Error| e.kind() == io::ErrorKind::ExecutableFileBusy;
                    let mut errors = std::iter::repeat_with(|| command.spawn().unwrap_err());
                    explained(&program, self.0.path(), errors.find(|e| !busy(e)).unwrap())
                }
            };
            error.to_string().replace(&folder, ".")
        }
    }

    #[test]
    fn what_is_not_there() {
        let folder = Folder::new();
        assert_eq!(folder.said("./gone"), "./gone is not there");
        assert_eq!(
            folder.said("no-such-program"),
            "no-such-program is not there: no folder of PATH has it"
        );
        assert_eq!(
            folder.said("./a/b/gone"),
            "./a/b/gone is not there: the folder ./a is not there"
        );
        folder.write("file", "", 0o644);
        assert_eq!(folder.said("./file/gone"), "./file/gone is not there: ./file is no folder");
        let nowhere = folder.0.path().join("nowhere");
        let error = Command::new("sh").current_dir(&nowhere).spawn().unwrap_err();
        let said = explained("sh", &nowhere, error).to_string();
        assert_eq!(said, format!("the folder {} is not there", nowhere.display()));
    }

    #[test]
    fn a_dangling_link() {
        let folder = Folder::new();
        symlink("build/rep", folder.0.path().join("rep")).unwrap();
        assert_eq!(folder.said("./rep"), "./rep is a dangling link to build/rep");
    }

    #[test]
    fn a_script_and_its_interpreter() {
        let folder = Folder::new();
        folder.write("rep", "#! /opt/no/such/ruby -w\n", 0o755);
        let said = folder.said("./rep");
        assert!(
            said.starts_with("./rep: its interpreter /opt/no/such/ruby is not there"),
            "{said}"
        );
        folder.write("text", "#!./plain\n", 0o755);
        folder.write("plain", "", 0o644);
        let text = folder.said("./text");
        assert_eq!(text, "./text: its interpreter ./plain is not executable");
    }

    #[test]
    fn windows_line_ends() {
        let folder = Folder::new();
        for line in ["#!/bin/sh", "#!/usr/bin/env ruby", "#! /usr/bin/env -S ruby -w"] {
            folder.write("rep", &format!("{line}\r\necho hello\r\n"), 0o755);
            assert_eq!(folder.said("./rep"), format!("./rep: {CARRIAGE_RETURN}"), "{line}");
        }
    }

    #[test]
    fn what_may_not_or_cannot_be_executed() {
        let folder = Folder::new();
        folder.write("rep", "#!/bin/sh\n", 0o644);
        assert_eq!(folder.said("./rep"), "./rep is not executable: chmod +x makes it so");
        fs::create_dir(folder.0.path().join("mrep")).unwrap();
        assert_eq!(folder.said("./mrep"), "./mrep is a folder, not a program");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_program_of_another_system() {
        let folder = Folder::new();
        let mut program = fs::read(std::env::current_exe().unwrap()).unwrap();
        let loader = b"/ld-linux";
        let Some(at) = program.windows(loader.len()).position(|bytes| bytes == loader) else {
            return; // a static program has none
        };
        program[at + 1] = b'x';
        folder.write("rep", "", 0o755);
        fs::write(folder.0.path().join("rep"), program).unwrap();
        let said = folder.said("./rep");
        assert!(said.starts_with("./rep: the dynamic loader"), "{said}");
    }

    #[test]
    fn what_is_right_is_not_refused() {
        let folder = Folder::new();
        folder.write("rep", "#!/usr/bin/env sh\necho hello\r\n", 0o755);
        let rep = folder.0.path().join("rep").display().to_string();
        assert!(refused(&rep, folder.0.path()).is_none());
        assert!(refused("sh", folder.0.path()).is_none());
        assert_eq!(missing("sh", folder.0.path()), None);
    }
}
