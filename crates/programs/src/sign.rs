//! The signature of a commit, made by the program that git itself would ask (git's gpg-interface.c says how).
//!
//! On a terminal it may ask there for a passphrase, so it stays in the group of processes that has the terminal;
//! beside an editor it stands in a group of its own, and has no terminal to write to.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use blue_git::{Person, SignatureFormat, Signing};

use crate::Programs;
use crate::left::{self, Held, folder};

/// Lines of what a program said that are told.
const MOST_SAID: usize = 5;

/// For a person who is looking for a passphrase, or for a key to touch.
const LIMIT: Duration = Duration::from_secs(120);
/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(5);
/// How long output is waited for once the program has ended.
const LAST_OUTPUT: Duration = Duration::from_secs(2);
/// More is no signature, and no sentence.
const MAX_OUTPUT: u64 = 256 * 1024;

/// Why there is no signature, as the end of a sentence.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotSigned {
    /// Nobody asked for anything that starts programs.
    #[error("no program is started here")]
    Never,
    /// A kind of signature that git does not know.
    #[error("`gpg.format` is `{0}`, which is none of openpgp, x509 and ssh")]
    Format(String),
    /// SSH signs with a key that has to be named.
    #[error("`user.signingkey` names no key")]
    NoKey,
    /// The program is not there.
    #[error("{0} is not installed; `gpg.program` and its kin say where it is")]
    NotInstalled(String),
    /// It takes too long.
    #[error("{program} did not answer within {} s", limit.as_secs())]
    TimedOut {
        /// The program.
        program: String,
        /// How long was waited.
        limit: Duration,
    },
    /// It said no.
    #[error("{program} says: {said}")]
    Said {
        /// The program.
        program: String,
        /// Its last words.
        said: String,
    },
    /// Files, or starting it.
    #[error("{program}: {source}")]
    System {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
}

/// Signs the bytes of a commit as `committer`: the signature in armour.
///
/// # Errors
/// [`NotSigned`].
pub fn sign(
    signing: &Signing,
    committer: &Person,
    bytes: &[u8],
    programs: Programs,
) -> Result<String, NotSigned> {
    sign_within(signing, committer, bytes, (programs, LIMIT))
}

fn sign_within(
    signing: &Signing,
    committer: &Person,
    bytes: &[u8],
    (programs, limit): (Programs, Duration),
) -> Result<String, NotSigned> {
    if programs == Programs::Never {
        return Err(NotSigned::Never);
    }
    let tool = Tool {
        program: &signing.program,
        programs,
        limit,
    };
    match &signing.format {
        SignatureFormat::Unknown(format) => Err(NotSigned::Format(format.clone())),
        SignatureFormat::OpenPgp | SignatureFormat::X509 => {
            let who = format!("{} <{}>", committer.name, committer.email);
            with_gpg(&tool, signing.key.as_ref().unwrap_or(&who), bytes)
        }
        SignatureFormat::Ssh => with_ssh(&tool, signing, bytes),
    }
}

/// `gpg -bsau KEY`. That it ended well is not enough: a program that says nothing has signed nothing.
fn with_gpg(tool: &Tool<'_>, key: &str, bytes: &[u8]) -> Result<String, NotSigned> {
    let mut command = tool.command();
    command.args(["--status-fd=2", "-bsau", key]);
    let answer = tool.run(command, bytes)?;
    let has_signed = |line: &str| line.starts_with("[GNUPG:] SIG_CREATED ");
    match answer.is_good && answer.said.lines().any(has_signed) {
        true => Ok(answer.output),
        false => Err(tool.no(&answer.said)),
    }
}

/// `ssh-keygen -Y sign`, over a file: it writes the signature beside it.
fn with_ssh(tool: &Tool<'_>, signing: &Signing, bytes: &[u8]) -> Result<String, NotSigned> {
    let system = |source| tool.system(source);
    let key = match &signing.key {
        Some(key) => key.clone(),
        None => default_key(tool, signing.key_command.as_deref())?,
    };
    let folder = folder().map_err(system)?;
    let data = folder.path().join("commit");
    std::fs::write(&data, bytes).map_err(system)?;
    let (key, is_agents) = key_file(&key, folder.path()).map_err(system)?;
    let mut command = tool.command();
    command.args(["-Y", "sign", "-n", "git", "-f"]).arg(key);
    if is_agents {
        command.arg("-U");
    }
    command.arg(&data);
    let answer = tool.run(command, &[])?;
    if !answer.is_good {
        return Err(tool.no(&answer.said));
    }
    let signature = std::fs::read_to_string(data.with_extension("sig"));
    Ok(signature.map_err(system)?.replace('\r', ""))
}

/// The file of a key; of a key that is written out, a file of it, whose other half the agent has.
fn key_file(key: &str, folder: &Path) -> io::Result<(PathBuf, bool)> {
    let literal = key.strip_prefix("key::");
    match literal.or_else(|| key.starts_with("ssh-").then_some(key)) {
        None => Ok((PathBuf::from(key), false)),
        Some(literal) => {
            let path = folder.join("key.pub");
            std::fs::write(&path, format!("{}\n", literal.trim()))?;
            Ok((path, true))
        }
    }
}

/// The first line that `gpg.ssh.defaultKeyCommand` says, where it is a key.
fn default_key(tool: &Tool<'_>, command: Option<&str>) -> Result<String, NotSigned> {
    let mut words = command.unwrap_or_default().split_whitespace();
    let program = words.next().ok_or(NotSigned::NoKey)?;
    let asked = Tool { program, ..*tool };
    let mut command = asked.command();
    command.args(words);
    let answer = asked.run(command, &[])?;
    let first = answer.output.lines().next().unwrap_or_default().trim();
    let is_key = first.starts_with("ssh-") || first.starts_with("key::");
    match answer.is_good && is_key {
        true => Ok(first.to_owned()),
        false => Err(NotSigned::NoKey),
    }
}

/// A program, and how it may be run.
#[derive(Clone, Copy)]
struct Tool<'a> {
    program: &'a str,
    programs: Programs,
    limit: Duration,
}

/// What a program said.
struct Answer {
    is_good: bool,
    output: String,
    said: String,
}

impl Tool<'_> {
    fn command(&self) -> Command {
        let mut command = Command::new(self.program);
        if self.programs == Programs::BesideEditor {
            // Neither is to find the editor's terminal.
            command.env_remove("GPG_TTY");
            command.env("SSH_ASKPASS_REQUIRE", "force");
            #[cfg(unix)]
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, mut command: Command, input: &[u8]) -> Result<Answer, NotSigned> {
        let started = match self.programs {
            Programs::BesideEditor => left::spawn(&mut command).map(|(it, held)| (it, Some(held))),
            _ => command.spawn().map(|it| (it, None::<Held>)),
        };
        let (mut child, _held) = started.map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => NotSigned::NotInstalled(self.name()),
            _ => self.system(source),
        })?;
        let input = input.to_vec();
        let stdin = child.stdin.take();
        // One that reads nothing does not hold this up, and neither does one that says much.
        std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
        let output = child.stdout.take().map(read_on);
        let said = child.stderr.take().map(read_on);
        let is_good = self.waited(&mut child)?;
        // What it left running may hold its output: nobody waits for that.
        let text = |stream: Option<Receiver<Vec<u8>>>| {
            let bytes = stream.and_then(|stream| stream.recv_timeout(LAST_OUTPUT).ok());
            String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
        };
        Ok(Answer {
            is_good,
            output: text(output),
            said: text(said),
        })
    }

    fn waited(&self, child: &mut Child) -> Result<bool, NotSigned> {
        let until = Instant::now() + self.limit;
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Ok(status.success()),
                Ok(None) if Instant::now() < until => std::thread::sleep(LOOK),
                Ok(None) => {
                    // It may have ended just now.
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(NotSigned::TimedOut {
                        program: self.name(),
                        limit: self.limit,
                    });
                }
                Err(source) => return Err(self.system(source)),
            }
        }
    }

    fn name(&self) -> String {
        self.program.to_owned()
    }

    fn system(&self, source: io::Error) -> NotSigned {
        let program = self.name();
        NotSigned::System { program, source }
    }

    /// Its last lines that are for people: the last one alone often says only that it failed, and not of what.
    fn no(&self, said: &str) -> NotSigned {
        let lines = said.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("[GNUPG:]"));
        // Of a private key that anybody may read, ssh-keygen says so between lines of signs.
        let lines = lines.filter(|line| line.contains(char::is_alphanumeric));
        let lines: Vec<&str> = lines.collect();
        let said = match &lines[lines.len().saturating_sub(MOST_SAID)..] {
            [] => "nothing".to_owned(),
            said => said.join("; "),
        };
        NotSigned::Said {
            program: self.name(),
            said,
        }
    }
}

/// Reads a stream to its end, or its bound.
fn read_on(stream: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, output) = channel();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        let mut stream = stream.take(MAX_OUTPUT);
        let _ = stream.read_to_end(&mut kept);
        // The rest is dropped, so that it can end.
        let _ = io::copy(&mut stream.into_inner(), &mut io::sink());
        let _ = sender.send(kept);
    });
    output
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)] // clippy.toml's exemption does not reach a test's own functions.
mod tests {
    use super::*;

    fn signing(format: SignatureFormat, key: Option<&str>, program: &str) -> Signing {
        Signing {
            format,
            key: key.map(str::to_owned),
            key_command: None,
            program: program.to_owned(),
        }
    }

    /// A program. Another process writes it: one that this one has open to write could not be started while a
    /// thread starts something else.
    fn script(folder: &Path, name: &str, lines: &str) -> String {
        let path = folder.join(name);
        let written = Command::new("sh")
            .args([
                "-c",
                "printf '#!/bin/sh\\n%s\\n' \"$2\" > \"$1\" && chmod 755 \"$1\"",
                "sh",
            ])
            .arg(&path)
            .arg(lines)
            .status();
        assert!(written.unwrap().success());
        path.to_string_lossy().into_owned()
    }

    fn said(signing: &Signing, programs: Programs) -> String {
        let ada = Person {
            name: "ada".to_owned(),
            email: "ada@example.com".to_owned(),
        };
        // Only one of them does not end by itself.
        let limit = match signing.program.ends_with("/hangs") {
            true => Duration::from_millis(50),
            false => LIMIT,
        };
        match sign_within(signing, &ada, b"tree 1\n", (programs, limit)) {
            Ok(signature) => signature,
            Err(why) => why.to_string(),
        }
    }

    #[test]
    fn a_signer_is_heard_as_git_hears_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str, lines: &str| script(folder.path(), name, lines);
        use SignatureFormat::{OpenPgp, Ssh, Unknown, X509};
        let echo = "echo \"[GNUPG:] SIG_CREATED D\" >&2; echo \"$@\"; cat";
        let rows = [
            // As git calls it; without a key, by who commits.
            (
                OpenPgp,
                None,
                at("a", echo),
                "--status-fd=2 -bsau ada <ada@example.com>\ntree 1\n",
            ),
            (
                X509,
                Some("4711"),
                at("b", echo),
                "--status-fd=2 -bsau 4711\ntree 1\n",
            ),
            // It ended well, and says of no signature.
            (OpenPgp, None, at("c", "cat"), "says: nothing"),
            (
                OpenPgp,
                None,
                at("d", "echo '[GNUPG:] X' >&2; echo 'gpg: no key' >&2; exit 2"),
                "says: gpg: no key",
            ),
            (
                Ssh,
                Some("/keys/mine"),
                at(
                    "e",
                    "echo '@@@@' >&2; echo 'Load key \"/keys/mine\": no such file' >&2; echo 'No private key' >&2; exit 1",
                ),
                "says: Load key \"/keys/mine\": no such file; No private key",
            ),
            // It reads nothing, and does not end.
            (
                OpenPgp,
                None,
                at("hangs", "exec sleep 60"),
                "did not answer within 0 s",
            ),
            (
                Ssh,
                Some("/keys/mine"),
                at("f", "shift 6; echo $5 > \"$1.sig\""),
                "",
            ),
            (
                Ssh,
                Some("/keys/mine"),
                at("g", "test \"$6\" = /keys/mine && cp \"$7\" \"$7.sig\""),
                "tree 1\n",
            ),
            (
                Ssh,
                Some("ssh-ed25519 AAAA"),
                at("h", "test \"$7\" = -U && cp \"$6\" \"$8.sig\""),
                "ssh-ed25519 AAAA\n",
            ),
            (
                Ssh,
                Some("key::sk-ssh-x AA"),
                at("i", "test \"$7\" = -U && cp \"$6\" \"$8.sig\""),
                "sk-ssh-x AA\n",
            ),
            (
                Ssh,
                None,
                at("j", "exit 0"),
                "`user.signingkey` names no key",
            ),
            (Ssh, Some("x"), at("k", "exit 0"), "No such file"),
            (
                Unknown("pgp".to_owned()),
                None,
                "gpg".to_owned(),
                "`gpg.format` is `pgp`",
            ),
            (
                OpenPgp,
                None,
                "/nowhere/gpg".to_owned(),
                "/nowhere/gpg is not installed",
            ),
        ];
        for (format, key, program, expected) in rows {
            for programs in [Programs::OnTerminal, Programs::BesideEditor] {
                let said = said(&signing(format.clone(), key, &program), programs);
                assert!(said.contains(expected), "{program}: {said}");
            }
        }
        let never = said(&signing(OpenPgp, None, "gpg"), Programs::Never);
        assert_eq!(never, "no program is started here");
    }

    #[test]
    fn a_command_may_say_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let keys = script(folder.path(), "keys", "echo \"ssh-ed25519 $1\"; echo other");
        let copy = script(folder.path(), "sign", "cp \"$6\" \"$8.sig\"");
        let mut asked = signing(SignatureFormat::Ssh, None, &copy);
        asked.key_command = Some(format!("{keys} AAAA"));
        assert_eq!(said(&asked, Programs::OnTerminal), "ssh-ed25519 AAAA\n");
        asked.key_command = Some(script(folder.path(), "none", "echo none"));
        assert_eq!(
            said(&asked, Programs::OnTerminal),
            "`user.signingkey` names no key"
        );
    }

    #[test]
    fn beside_an_editor_nothing_finds_its_terminal() {
        let folder = tempfile::tempdir().unwrap();
        let tells = script(
            folder.path(),
            "tells",
            "echo '[GNUPG:] SIG_CREATED D' >&2; echo \"$SSH_ASKPASS_REQUIRE ${GPG_TTY-none}\"",
        );
        let asked = signing(SignatureFormat::OpenPgp, None, &tells);
        assert_eq!(said(&asked, Programs::BesideEditor), "force none\n");
    }
}
