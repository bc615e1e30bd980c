//! How git is told to sign the commits that are made here, and what signs them.
//!
//! It exists because a person whose git signs expects it of every commit in their name. What the configuration
//! says is read here; the programs that sign are started by whoever may start any ([`Signer`]).

use std::fmt;
use std::sync::Arc;

use crate::repository::Repository;

/// The kind of a signature (git-config(1), `gpg.format`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureFormat {
    /// By gpg.
    OpenPgp,
    /// By gpgsm.
    X509,
    /// By ssh-keygen.
    Ssh,
    /// None that git knows, as it is written.
    Unknown(String),
}

/// What git's configuration says of signing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signing {
    /// The kind.
    pub format: SignatureFormat,
    /// `user.signingkey`: the name of a key, a file, or the key itself.
    pub key: Option<String>,
    /// What says the key where that does not (`gpg.ssh.defaultKeyCommand`).
    pub key_command: Option<String>,
    /// The program that signs: a path, or a name that is looked for.
    pub program: String,
}

impl Signing {
    fn of(config: &git2::Config) -> Option<Signing> {
        if !config.get_bool("commit.gpgsign").unwrap_or(false) {
            return None;
        }
        let text = |key: &str| config.get_string(key).ok();
        let (format, section, usual) = match text("gpg.format").as_deref() {
            None | Some("openpgp") => (SignatureFormat::OpenPgp, "openpgp", "gpg"),
            Some("x509") => (SignatureFormat::X509, "x509", "gpgsm"),
            Some("ssh") => (SignatureFormat::Ssh, "ssh", "ssh-keygen"),
            Some(other) => (SignatureFormat::Unknown(other.to_owned()), "openpgp", "gpg"),
        };
        let path = |key: &str| {
            let path = config.get_path(key).ok()?;
            Some(path.to_string_lossy().into_owned())
        };
        let program = path(&format!("gpg.{section}.program"));
        // The old name of the one for OpenPGP.
        let program = program.or_else(|| path("gpg.program").filter(|_| section == "openpgp"));
        Some(Signing {
            // Of SSH it may be a file in the user's home.
            key: match format {
                SignatureFormat::Ssh => path("user.signingkey"),
                _ => text("user.signingkey"),
            }
            .filter(|key| !key.trim().is_empty()),
            key_command: text("gpg.ssh.defaultKeyCommand"),
            program: program.unwrap_or_else(|| usual.to_owned()),
            format,
        })
    }
}

/// How git would sign a commit where there is no repository: as [`Repository::signing`], of the user's own and the
/// machine's configuration.
#[must_use]
pub fn user_signing() -> Option<Signing> {
    let config = git2::Config::open_default().and_then(|mut config| config.snapshot());
    Signing::of(&config.ok()?)
}

impl Repository {
    /// How git would sign a commit made here now; nothing where it would not (`commit.gpgsign`).
    #[must_use]
    pub fn signing(&self) -> Option<Signing> {
        let config = self.git.config().and_then(|mut config| config.snapshot());
        Signing::of(&config.ok()?)
    }
}

/// Signs the bytes of a commit: the signature in armour, or why there is none, as the end of a sentence.
#[derive(Clone)]
pub struct Signer(Arc<Sign>);

type Sign = dyn Fn(&[u8]) -> Result<String, String> + Send + Sync;

impl Signer {
    /// Of a function that signs.
    pub fn new(sign: impl Fn(&[u8]) -> Result<String, String> + Send + Sync + 'static) -> Signer {
        Signer(Arc::new(sign))
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> Result<String, String> {
        (self.0)(bytes)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}
