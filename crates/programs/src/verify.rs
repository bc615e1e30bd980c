//! Whether a commit's signature is good, asked of the tools that git itself asks: `ssh-keygen` for
//! SSH, gpg for the rest. Each gets a folder of its own that knows the allowed keys and no others.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use blue_git::CommitSignature;

use crate::left::folder;
use crate::process::{self, Ended};

/// A tool that has not answered by then will not.
const LIMIT: Duration = Duration::from_secs(20);

/// What a tool says of a signature.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Made with one of the keys, over these bytes.
    Good,
    /// Not; in the tool's words.
    Bad(String),
    /// Nobody could say, and why.
    NotChecked(String),
}

/// Whether a signature was made with one of these public keys (SSH's one-line form, or GPG's armour).
#[must_use]
pub fn verify(signature: &CommitSignature, keys: &[String]) -> Verdict {
    let is_ssh = signature
        .signature
        .starts_with(b"-----BEGIN SSH SIGNATURE-----");
    let folder = match folder() {
        Ok(folder) => folder,
        Err(error) => return Verdict::NotChecked(format!("no temporary folder: {error}")),
    };
    let made = match is_ssh {
        true => with_ssh(folder.path(), signature, keys),
        false => with_gpg(folder.path(), signature, keys),
    };
    made.unwrap_or_else(|error| Verdict::NotChecked(format!("a temporary file: {error}")))
}

/// `ssh-keygen -Y verify` (ssh-keygen(1), "ALLOWED SIGNERS").
fn with_ssh(folder: &Path, signature: &CommitSignature, keys: &[String]) -> io::Result<Verdict> {
    let mut allowed = String::new();
    for key in keys.iter().filter(|key| is_ssh_key(key)) {
        // A key on a line of its own: nothing of it is read as an option or another line.
        allowed.push_str("signer namespaces=\"git\" ");
        allowed.push_str(key.trim());
        allowed.push('\n');
    }
    if allowed.is_empty() {
        return Ok(Verdict::Bad(
            "it is signed with SSH, and no SSH key is known".to_owned(),
        ));
    }
    let (signers, file) = (folder.join("allowed"), folder.join("signature"));
    std::fs::write(&signers, allowed)?;
    std::fs::write(&file, &signature.signature)?;
    let data = folder.join("signed");
    std::fs::write(&data, &signature.signed)?;
    let mut command = tool("ssh-keygen", folder);
    command
        .args(["-Y", "verify", "-n", "git", "-I", "signer", "-f"])
        .arg(&signers)
        .arg("-s")
        .arg(&file)
        .stdin(Stdio::from(File::open(&data)?));
    Ok(verdict("ssh-keygen", process::run(command, LIMIT)))
}

/// One line of SSH's public form: type, key, comment.
fn is_ssh_key(key: &str) -> bool {
    let key = key.trim();
    let kind = key.split_whitespace().next().unwrap_or_default();
    let known = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"];
    !key.contains(['\n', '\r']) && known.iter().any(|start| kind.starts_with(start))
}

fn with_gpg(folder: &Path, signature: &CommitSignature, keys: &[String]) -> io::Result<Verdict> {
    let armoured = keys
        .iter()
        .filter(|key| key.contains("BEGIN PGP PUBLIC KEY"));
    let armoured: Vec<&str> = armoured.map(String::as_str).collect();
    if armoured.is_empty() {
        return Ok(Verdict::Bad(
            "it is signed with GPG, and no GPG key is known".to_owned(),
        ));
    }
    let home = folder.join("gnupg");
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&home)?;
    let (key, file, data) = (
        folder.join("key"),
        folder.join("signature"),
        folder.join("signed"),
    );
    std::fs::write(&key, armoured.join("\n"))?;
    std::fs::write(&file, &signature.signature)?;
    std::fs::write(&data, &signature.signed)?;
    let gpg = || {
        let mut command = tool("gpg", folder);
        command
            .env("GNUPGHOME", &home)
            .args(["--batch", "--no-tty", "--no-autostart", "--quiet"])
            .stdin(Stdio::null());
        command
    };
    let mut import = gpg();
    import.arg("--import").arg(&key);
    let imported = verdict("gpg", process::run(import, LIMIT));
    if imported != Verdict::Good {
        return Ok(imported);
    }
    let mut check = gpg();
    check.arg("--verify").arg(&file).arg(&data);
    Ok(verdict("gpg", process::run(check, LIMIT)))
}

fn tool(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(name);
    command.env_clear().env("HOME", folder).env("LC_ALL", "C");
    for name in ["PATH", "SystemRoot"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

fn verdict(tool: &str, (ended, output): (Ended, String)) -> Verdict {
    let last = || {
        let line = output.lines().map(str::trim).rfind(|line| !line.is_empty());
        line.map(str::to_owned).unwrap_or_default()
    };
    match ended {
        Ended::With(0) => Verdict::Good,
        Ended::With(_) => Verdict::Bad(format!("{tool} says: {}", last())),
        Ended::TimedOut => Verdict::NotChecked(format!("{tool} does not answer")),
        Ended::BySignal => Verdict::NotChecked(format!("{tool} was ended")),
        Ended::NotStarted(io::ErrorKind::NotFound, _) => {
            Verdict::NotChecked(format!("{tool} is not installed"))
        }
        Ended::NotStarted(_, why) => {
            Verdict::NotChecked(format!("{tool} cannot be started: {why}"))
        }
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)] // clippy.toml's exemption does not reach a test's own functions.
mod tests {
    use super::*;

    /// Makes a key with the machine's own ssh-keygen; nothing where there is none.
    fn key(folder: &Path, name: &str) -> Option<String> {
        let path = folder.join(name);
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"])
            .arg(&path)
            .stdin(Stdio::null())
            .status();
        made.ok().filter(|made| made.success())?;
        std::fs::read_to_string(path.with_extension("pub")).ok()
    }

    fn signed(folder: &Path, name: &str, data: &[u8]) -> CommitSignature {
        let file = folder.join("data");
        std::fs::write(&file, data).unwrap();
        let _ = std::fs::remove_file(folder.join("data.sig"));
        let made = Command::new("ssh-keygen")
            .args(["-q", "-Y", "sign", "-n", "git", "-f"])
            .arg(folder.join(name))
            .arg(&file)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(made.unwrap().success());
        CommitSignature {
            signature: std::fs::read(folder.join("data.sig")).unwrap(),
            signed: data.to_vec(),
        }
    }

    #[test]
    fn only_a_known_key_over_these_bytes_is_good() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let (Some(ours), Some(other)) = (key(folder, "ours"), key(folder, "other")) else {
            return; // A machine without ssh-keygen: nothing to hold it against.
        };
        let signature = signed(folder, "ours", b"tree 1\n");
        let both = [other.clone(), ours.clone()];
        assert_eq!(verify(&signature, &both), Verdict::Good);
        assert!(matches!(verify(&signature, &[other]), Verdict::Bad(_)));
        assert!(matches!(verify(&signature, &[]), Verdict::Bad(_)));
        let forged = CommitSignature {
            signed: b"tree 2\n".to_vec(),
            ..signature.clone()
        };
        assert!(matches!(verify(&forged, &both), Verdict::Bad(_)));
        let torn = CommitSignature {
            signature: b"-----BEGIN SSH SIGNATURE-----\nU1NI\n".to_vec(),
            ..signature.clone()
        };
        assert!(matches!(verify(&torn, &both), Verdict::Bad(_)));
        // A key that brings lines or options of its own is none.
        let sly = format!("cert-authority,{}", ours.trim());
        assert!(matches!(verify(&signature, &[sly]), Verdict::Bad(_)));
        let two_lines = format!("ssh-ed25519 AAAA\n* {}", ours.trim());
        assert!(matches!(verify(&signature, &[two_lines]), Verdict::Bad(_)));
    }

    #[test]
    fn a_tool_that_is_not_there_is_no_verdict() {
        let ended = Ended::NotStarted(io::ErrorKind::NotFound, String::new());
        let expected = Verdict::NotChecked("gpg is not installed".to_owned());
        assert_eq!(verdict("gpg", (ended, String::new())), expected);
        let bad = verdict(
            "gpg",
            (Ended::With(1), "one\ngpg: BAD signature\n\n".to_owned()),
        );
        assert_eq!(bad, Verdict::Bad("gpg says: gpg: BAD signature".to_owned()));
    }
}
