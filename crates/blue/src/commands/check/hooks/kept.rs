//! How contracts' own checks ended before: one that passed is not run again while nothing that it may look at has
//! changed (cli.md, "check in CI").
//!
//! A check runs in the repository and may read any file of it. So it is known by the whole checkout: the
//! commit, and what differs from it on disk; by the script, by the files that are bound (git may ignore one); and by all that it is told. What does not pass is
//! run each time: whoever mends it may do so where Blue cannot see it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use blue_coordination::{Cache, Counts, Use, Verdict, VerdictKey};
use blue_workspace::{CACHE, Caching, cache_path};
use sha2::{Digest, Sha256};

use super::run::Ended;

/// With more files that differ from the commit, or more bytes in one, nothing is known of the checkout: to read
/// them all would cost more than most checks.
const MOST_FILES: usize = 500;
const MOST_BYTES: u64 = 5 * 1024 * 1024;

/// The verdicts of a checkout.
pub(super) struct Kept {
    path: PathBuf,
    root: PathBuf,
    /// The hash of the checkout.
    state: [u8; 32],
    cache: Option<Cache>,
}

/// What a check is given.
pub(super) struct Given<'a> {
    /// With its realm and domain.
    pub(super) contract: String,
    pub(super) version: String,
    pub(super) script: &'a Path,
    /// The side that it checks.
    pub(super) mode: &'static str,
    pub(super) value: String,
    /// Relative to the root.
    pub(super) bound: Vec<String>,
}

impl Kept {
    /// Nothing where nothing is to be kept, or where the state of the checkout is not known.
    pub(super) fn of(root: &Path, caching: Caching) -> Option<Kept> {
        let path = cache_path(root).filter(|_| caching == Caching::Kept)?;
        Some(Kept {
            path,
            root: root.to_owned(),
            state: state_of(root)?,
            cache: None,
        })
    }

    /// What the verdict of a check is known by; nothing for what cannot be read.
    pub(super) fn key(&self, given: &Given<'_>) -> Option<VerdictKey> {
        let mut hash = Hash::default();
        hash.add(&self.state);
        hash.add(&bytes_of(given.script)?);
        for part in [given.mode, &given.value, env!("CARGO_PKG_VERSION")] {
            hash.add(part.as_bytes());
        }
        hash.add(given.script.to_string_lossy().as_bytes());
        for name in ["PATH", "LANG", "LC_ALL", "TZ"] {
            let value = std::env::var_os(name).unwrap_or_else(OsString::new);
            hash.add(value.to_string_lossy().as_bytes());
        }
        for path in &given.bound {
            hash.add(path.as_bytes());
            hash.add(&bytes_of(&self.root.join(path)).unwrap_or_default());
        }
        Some(VerdictKey {
            contract: given.contract.clone(),
            version: given.version.clone(),
            binding: hash.0.finalize().into(),
        })
    }

    /// How a check ended that was given all the same.
    pub(super) fn verdict(&mut self, key: &VerdictKey) -> Option<(Ended, String)> {
        if !self.path.is_file() {
            return None;
        }
        let verdict = self.cache()?.verdict(key).ok().flatten()?;
        let ended = match verdict.code {
            0 => Ended::Valid,
            2 => Ended::Warning,
            _ => return None,
        };
        self.count(Counts { hits: 1, misses: 0 });
        Some((ended, verdict.output))
    }

    /// Keeps how a check ended, where it passed.
    pub(super) fn keep(&mut self, key: &VerdictKey, ended: &Ended, output: &str) {
        let code = match ended {
            Ended::Valid => 0,
            Ended::Warning => 2,
            _ => return,
        };
        let verdict = Verdict {
            code,
            output: output.to_owned(),
        };
        // The check may have written to the checkout: then it is not known what it saw.
        if state_of(&self.root) != Some(self.state) {
            return;
        }
        if let Some(cache) = self.cache()
            && let Err(error) = cache.keep_verdict(key, &verdict)
        {
            tracing::debug!("a verdict is not kept: {error}");
        }
        self.count(Counts { hits: 0, misses: 1 });
    }

    fn count(&mut self, counts: Counts) {
        if let Some(cache) = self.cache() {
            let _ = cache.count(Use::Verdicts, counts);
        }
    }

    fn cache(&mut self) -> Option<&mut Cache> {
        if self.cache.is_none() {
            self.cache = Cache::open(&self.path).ok();
        }
        self.cache.as_mut()
    }
}

/// A hash of parts, each told from the next.
#[derive(Default)]
struct Hash(Sha256);

impl Hash {
    fn add(&mut self, part: &[u8]) {
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
    }
}

fn bytes_of(path: &Path) -> Option<Vec<u8>> {
    let size = std::fs::metadata(path).ok()?.len();
    (size <= MOST_BYTES).then(|| std::fs::read(path).ok())?
}

/// The commit that is checked out, and every file on disk that is another than its own.
fn state_of(root: &Path) -> Option<[u8; 32]> {
    let repository = blue_git::discover(root).ok()??;
    let commit = repository.resolve("HEAD").ok()?;
    let workdir = repository.workdir()?.to_owned();
    let mut changed = repository.changed_since(commit, "").ok()?;
    // What is kept is not looked at by a check, and changes with each run.
    changed.retain(|path| !path.contains(CACHE));
    if changed.len() > MOST_FILES {
        return None;
    }
    let mut hash = Hash::default();
    hash.add(commit.to_string().as_bytes());
    for path in changed {
        hash.add(path.as_bytes());
        let file = workdir.join(&path);
        match std::fs::symlink_metadata(&file) {
            Err(_) => hash.add(b"gone"),
            Ok(_) => hash.add(&bytes_of(&file)?),
        }
    }
    Some(hash.0.finalize().into())
}
