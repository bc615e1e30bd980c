//! Runs one script of a contract: in the repository, with a clean environment, within a time limit.
//!
//! The script is the repository's own, but who names it is the realm, which is shared with strangers
//! (`security.md`): it sees no token of the environment, and what it starts ends with it.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// What a script is told.
pub(super) struct Told<'a> {
    /// The repository's root, where it runs.
    pub(super) root: &'a Path,
    /// The variables beside the clean environment.
    pub(super) variables: &'a [(&'static str, OsString)],
    /// A folder of its own, its home for as long as it runs.
    pub(super) home: &'a Path,
    /// After this it is ended.
    pub(super) limit: Duration,
}

/// How a script ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// 0: valid.
    Valid,
    /// 1: invalid.
    Invalid,
    /// 2: valid, with a warning.
    Warning,
    /// Another code, or a signal: in words, `exit code 7`.
    Otherwise(String),
    /// It took longer than it may.
    TimedOut,
    /// It could not be started, and why.
    NotStarted(String),
}

/// Runs it; its output, both streams as they came, cut at a bound.
pub(super) fn run(script: &Path, told: &Told<'_>) -> (Ended, String) {
    let (ended, output) = blue_programs::run(command(script, told), told.limit);
    let ended = match ended {
        blue_programs::Ended::With(0) => Ended::Valid,
        blue_programs::Ended::With(1) => Ended::Invalid,
        blue_programs::Ended::With(2) => Ended::Warning,
        blue_programs::Ended::With(code) => Ended::Otherwise(format!("exit code {code}")),
        blue_programs::Ended::BySignal => Ended::Otherwise("a signal".to_owned()),
        blue_programs::Ended::TimedOut => Ended::TimedOut,
        blue_programs::Ended::NotStarted(kind, why) => Ended::NotStarted(not_started(kind, why)),
    };
    (ended, output)
}

fn command(script: &Path, told: &Told<'_>) -> Command {
    let mut command = Command::new(script);
    command
        .current_dir(told.root)
        .env_clear()
        .stdin(Stdio::null());
    // What programs need to be found and to speak the user's language; SystemRoot is what Windows'
    // own libraries need.
    for name in ["PATH", "LANG", "LC_ALL", "TZ", "SystemRoot", "PATHEXT"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    // A home of its own: the user's holds keys and tokens.
    for name in ["HOME", "TMPDIR", "TEMP", "TMP"] {
        command.env(name, told.home);
    }
    command.envs(
        told.variables
            .iter()
            .map(|(name, value)| (OsStr::new(*name), value)),
    );
    command
}

fn not_started(kind: io::ErrorKind, why: String) -> String {
    match kind {
        io::ErrorKind::PermissionDenied => "it is not executable (`chmod +x`)".to_owned(),
        io::ErrorKind::NotFound => "what its first line (`#!`) names is not installed".to_owned(),
        _ => why,
    }
}

/// The script at a path of the repository; the reason, as the end of a sentence, where there is none
/// that may be run.
pub(super) fn script(root: &Path, path: &str) -> Result<PathBuf, Refused> {
    let inside = blue_realm::paths::inside(path);
    let inside =
        inside.map_err(|_| Refused::Escapes("it leads out of the repository".to_owned()))?;
    let missing = || Refused::Missing;
    let root = root.canonicalize().map_err(|_| missing())?;
    let script = root.join(inside).canonicalize().map_err(|_| missing())?;
    if !script.starts_with(&root) {
        return Err(Refused::Escapes(
            "it is a link that leads out of the repository".to_owned(),
        ));
    }
    match script.is_file() {
        true => Ok(script),
        false => Err(missing()),
    }
}

/// Why a script is not run.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is not in the repository.
    Escapes(String),
    /// There is no such file.
    Missing,
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)] // clippy.toml's exemption does not reach a test's own functions.
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn world(text: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("check.sh");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        (dir, path)
    }

    fn ran(text: &str, limit: Duration) -> (Ended, String) {
        let (dir, path) = world(text);
        let told = Told {
            root: dir.path(),
            variables: &[("BLUE_CONTRACT", "s3-permissions".into())],
            home: dir.path(),
            limit,
        };
        run(&path, &told)
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn what_an_exit_code_means() {
        for (code, expected) in [
            (0, Ended::Valid),
            (1, Ended::Invalid),
            (2, Ended::Warning),
            (7, Ended::Otherwise("exit code 7".into())),
        ] {
            let (ended, output) = ran(&format!("#!/bin/sh\necho said\nexit {code}\n"), LONG);
            assert_eq!((ended, output.as_str()), (expected, "said\n"));
        }
        let (ended, _) = ran("#!/bin/sh\nkill -9 $$\n", LONG);
        assert_eq!(ended, Ended::Otherwise("a signal".into()));
        let (ended, _) = ran("#!/no/such/program\n", LONG);
        assert!(matches!(ended, Ended::NotStarted(_)), "{ended:?}");
    }

    #[test]
    fn the_environment_is_clean() {
        let (_, output) = ran("#!/bin/sh\nenv | cut -d= -f1 | sort\n", LONG);
        let allowed = [
            "PATH",
            "LANG",
            "LC_ALL",
            "TZ",
            "HOME",
            "TMPDIR",
            "TEMP",
            "TMP",
            "PWD",
            "OLDPWD",
            "_",
            "SHLVL",
            "BLUE_CONTRACT",
        ];
        for name in output.lines() {
            assert!(allowed.contains(&name), "{name}");
        }
        assert!(output.contains("BLUE_CONTRACT"));
    }

    #[test]
    fn all_of_it_ends_when_its_time_is_over() {
        // A child of the script's own that would hold the output for ever.
        let limit = Duration::from_millis(50);
        let (ended, _) = ran("#!/bin/sh\nsleep 1000 &\nwait\n", limit);
        assert_eq!(ended, Ended::TimedOut);
        let (ended, output) = ran("#!/bin/sh\nsleep 1000 &\necho done\n", LONG);
        assert_eq!((ended, output.as_str()), (Ended::Valid, "done\n"));
    }

    #[test]
    fn output_has_a_bound() {
        let (ended, output) = ran("#!/bin/sh\nyes blue | head -c 1000000\n", LONG);
        assert_eq!(
            (ended, output.len()),
            (Ended::Valid, blue_programs::MAX_OUTPUT)
        );
    }

    #[test]
    fn only_what_lies_in_the_repository_is_run() {
        let (dir, _) = world("#!/bin/sh\n");
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("x.sh"), "").unwrap();
        let link = dir.path().join("link.sh");
        std::os::unix::fs::symlink(outside.path().join("x.sh"), link).unwrap();
        std::os::unix::fs::symlink("check.sh", dir.path().join("own.sh")).unwrap();
        fs::create_dir(dir.path().join("folder")).unwrap();
        let of = |path| script(dir.path(), path);
        assert!(of("check.sh").is_ok());
        assert!(of("own.sh").is_ok());
        for path in ["../x.sh", "/bin/true", "link.sh"] {
            assert!(matches!(of(path), Err(Refused::Escapes(_))), "{path}");
        }
        for path in ["none.sh", "folder"] {
            assert_eq!(of(path), Err(Refused::Missing), "{path}");
        }
    }
}
