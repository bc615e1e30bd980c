//! Commits signed with real keys of SSH and GPG, as the configuration of their repository says: git itself and
//! Blue both call them good.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // clippy.toml's exemption does not reach a test's own functions.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use blue_git::{CommitId, FileChange, Maker, Person, Repository, Signer, discover};
use blue_programs::{Programs, Verdict, sign, verify};

fn run(program: &str, at: &Path, arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new(program);
    command.current_dir(at).args(arguments).stdin(Stdio::null());
    command.output().ok()
}

/// A repository with one commit, and these settings.
fn repository(at: &Path, settings: &[(&str, &str)]) -> Repository {
    let git = git2::Repository::init(at).unwrap();
    let mut config = git.config().unwrap();
    for (key, value) in settings {
        config.set_str(key, value).unwrap();
    }
    let tree = git.treebuilder(None).unwrap().write().unwrap();
    let tree = git.find_tree(tree).unwrap();
    let who = git2::Signature::new("ada", "ada@example.com", &git2::Time::new(50, 0)).unwrap();
    git.commit(Some("HEAD"), &who, &who, "begin", &tree, &[])
        .unwrap();
    discover(at).unwrap().unwrap()
}

fn maker(repository: &Repository) -> Maker {
    let ada = Person {
        name: "ada".to_owned(),
        email: "ada@example.com".to_owned(),
    };
    let (signing, committer) = (repository.signing(), ada.clone());
    Maker {
        author: ada.clone(),
        committer: ada,
        time: 100,
        signer: signing.map(|signing| {
            Signer::new(move |bytes| {
                let signed = sign(&signing, &committer, bytes, Programs::OnTerminal);
                signed.map_err(|why| why.to_string())
            })
        }),
    }
}

fn commit(repository: &Repository, text: &str) -> Result<CommitId, blue_git::Error> {
    let tip = repository.resolve("HEAD").unwrap();
    let file = FileChange {
        path: "realm.yaml".to_owned(),
        content: Some(text.as_bytes().to_vec()),
    };
    let message = "aperture follows\n\nBlue-Actor: ada@example.com\n";
    repository.commit_on(tip, &[file], message, &maker(repository))
}

/// git's own word, and Blue's with this key and with another.
fn holds(at: &Path, repository: &Repository, made: CommitId, (key, other): (&str, &str)) {
    let said = run("git", at, &["verify-commit", "--raw", &made.to_string()]).unwrap();
    assert!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
    let signature = repository.signature_of(made).unwrap().unwrap();
    assert_eq!(verify(&signature, &[key.to_owned()]), Verdict::Good);
    let with_other = verify(&signature, &[other.to_owned()]);
    assert!(matches!(with_other, Verdict::Bad(_)), "{with_other:?}");
    let message = repository.commit_info(made).unwrap();
    assert_eq!(message.trailers("Blue-Actor").count(), 1);
}

fn ssh_key(folder: &Path, name: &str) -> Option<String> {
    let arguments = ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", name];
    run("ssh-keygen", folder, &arguments).filter(|made| made.status.success())?;
    let text = std::fs::read_to_string(folder.join(format!("{name}.pub")));
    Some(text.unwrap().trim().to_owned())
}

#[test]
fn with_ssh() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let (Some(own), Some(other)) = (ssh_key(at, "own"), ssh_key(at, "other")) else {
        return; // A machine without ssh-keygen: nothing to hold it against.
    };
    let allowed = at.join("allowed");
    std::fs::write(&allowed, format!("ada@example.com {own}\n")).unwrap();
    let path = at.join("code");
    let repository = repository(
        &path,
        &[
            ("commit.gpgsign", "true"),
            ("gpg.format", "ssh"),
            ("user.signingkey", at.join("own").to_str().unwrap()),
            ("gpg.ssh.allowedSignersFile", allowed.to_str().unwrap()),
        ],
    );
    let made = commit(&repository, "name: letemcook\n").unwrap();
    holds(&path, &repository, made, (&own, &other));
    let tree = |at: CommitId| repository.file_at(at, "realm.yaml").unwrap().unwrap();
    assert_eq!(tree(made), b"name: letemcook\n");

    // The same without a signature is another commit of the same content.
    let git = git2::Repository::open(&path).unwrap();
    let mut config = git.config().unwrap();
    config.set_bool("commit.gpgsign", false).unwrap();
    let plain = commit(&repository, "name: letemcook\n").unwrap();
    assert_ne!(plain, made);
    assert_eq!(repository.signature_of(plain).unwrap(), None);

    // A key that is gone: no commit, and what to do.
    config.set_bool("commit.gpgsign", true).unwrap();
    std::fs::remove_file(at.join("own")).unwrap();
    std::fs::remove_file(at.join("own.pub")).unwrap();
    let why = commit(&repository, "name: other\n")
        .unwrap_err()
        .to_string();
    assert!(
        why.contains("could not be signed: ssh-keygen says: ") && why.contains("`git commit -S`"),
        "{why}"
    );
}

/// A home of gpg's with one key, and the program that uses it; its agent ends with this.
struct Gpg {
    home: tempfile::TempDir,
}

impl Gpg {
    fn new() -> Option<Gpg> {
        // Its sockets' paths may not be long.
        let home = tempfile::Builder::new()
            .prefix("g")
            .tempdir_in("/tmp")
            .ok()?;
        let mode = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(home.path(), mode).unwrap();
        let gpg = Gpg { home };
        let made = gpg.run(&[
            "--batch",
            "--quiet",
            "--passphrase",
            "",
            "--quick-generate-key",
            "ada <ada@example.com>",
            "ed25519",
            "sign",
            "never",
        ]);
        made.filter(|made| made.status.success())?;
        Some(gpg)
    }

    fn run(&self, arguments: &[&str]) -> Option<Output> {
        let home = self.home.path();
        let mut all = vec!["--homedir", home.to_str()?];
        all.extend(arguments);
        run("gpg", home, &all)
    }

    fn key(&self) -> String {
        let said = self.run(&["--armor", "--export"]).unwrap();
        String::from_utf8(said.stdout).unwrap()
    }

    /// As `gpg.program`: the user's own has another home.
    fn program(&self) -> String {
        let path = self.home.path().join("program");
        let home = self.home.path().display();
        let text = format!("#!/bin/sh\nexec gpg --homedir {home} \"$@\"\n");
        // Another process writes it: one that this one has open to write could not be started while a thread
        // starts something else.
        let write = "printf %s \"$2\" > \"$1\" && chmod 755 \"$1\"";
        let at = path.to_str().unwrap();
        let written = run("sh", self.home.path(), &["-c", write, "sh", at, &text]);
        assert!(written.unwrap().status.success());
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        let home = self.home.path().to_str().unwrap();
        run(
            "gpgconf",
            self.home.path(),
            &["--homedir", home, "--kill", "all"],
        );
    }
}

#[test]
fn with_gpg() {
    let (Some(own), Some(other)) = (Gpg::new(), Gpg::new()) else {
        return; // A machine without gpg: nothing to hold it against.
    };
    let folder = tempfile::tempdir().unwrap();
    let settings = [("commit.gpgsign", "true"), ("gpg.program", &*own.program())];
    let repository = repository(folder.path(), &settings);
    let made = commit(&repository, "name: letemcook\n").unwrap();
    holds(folder.path(), &repository, made, (&own.key(), &other.key()));
}
