//! Fetching and pushing, with an end: whoever waits for a network says how long, is told how far it
//! is, and can stop it.
//!
//! libgit2 cannot be told to give up on a connection (its time limits are of the whole process), so
//! the work is done on a thread of its own, which is left behind when it takes too long and ends at
//! its next sign of life.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use git2::{ErrorClass, ErrorCode, RemoteCallbacks};

use crate::credentials::Credentials;
use crate::error::{self, Error};
use crate::id::CommitId;
use crate::remote::without_credentials;
use crate::repository::Repository;

/// How far a transfer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Objects that came or went.
    pub objects: usize,
    /// Objects in all; 0 while that is not known.
    pub total: usize,
    /// Bytes so far.
    pub bytes: usize,
}

/// What a transfer may cost, and whom it tells.
pub struct Network<'a> {
    /// How long the whole of it may take.
    pub limit: Duration,
    /// Set by somebody else to stop it.
    pub stop: Arc<AtomicBool>,
    /// Told how far it is.
    pub progress: &'a mut dyn FnMut(Progress),
}

/// Long enough for a realm over a slow line.
pub const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Between two looks at whether somebody stopped it.
const LOOK: Duration = Duration::from_millis(50);

/// What the thread that talks to a remote has of its asker.
pub(crate) struct Line {
    tell: Sender<Progress>,
    stop: Arc<AtomicBool>,
}

impl Line {
    fn goes_on(&self, progress: Progress) -> bool {
        !self.stop.load(Ordering::SeqCst) && self.tell.send(progress).is_ok()
    }
}

/// Does `work` on a thread of its own, for no longer than allowed. `url` is for messages.
fn on_a_line<T: Send + 'static>(
    url: &str,
    network: &mut Network<'_>,
    work: impl FnOnce(&Line) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (tell, told) = channel();
    let (give, given) = channel();
    let stop = Arc::new(AtomicBool::new(false));
    let line = Line {
        tell,
        stop: stop.clone(),
    };
    std::thread::spawn(move || give.send(work(&line)));
    let until = Instant::now() + network.limit;
    loop {
        for progress in told.try_iter() {
            (network.progress)(progress);
        }
        match given.recv_timeout(LOOK) {
            Ok(done) => return done,
            Err(RecvTimeoutError::Disconnected) => return Err(Error::Stopped),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if network.stop.load(Ordering::SeqCst) {
            stop.store(true, Ordering::SeqCst);
            return Err(Error::Stopped);
        }
        if Instant::now() >= until {
            stop.store(true, Ordering::SeqCst);
            return Err(Error::TimedOut {
                url: without_credentials(url),
                limit: network.limit,
            });
        }
    }
}

/// The callbacks of a transfer: who asks, and how far it is.
fn callbacks<'l>(line: &'l Line, config: Option<git2::Config>) -> RemoteCallbacks<'l> {
    let mut callbacks = RemoteCallbacks::new();
    let mut credentials = Credentials::new(config);
    callbacks.credentials(move |url, user, allowed| credentials.next(url, user, allowed));
    callbacks.transfer_progress(|stats| {
        line.goes_on(Progress {
            objects: stats.received_objects(),
            total: stats.total_objects(),
            bytes: stats.received_bytes(),
        })
    });
    callbacks.push_transfer_progress(|objects, total, bytes| {
        line.goes_on(Progress {
            objects,
            total,
            bytes,
        });
    });
    callbacks
}

/// What libgit2's error of a transfer means.
fn transfer_error(url: &str, why: git2::Error) -> Error {
    let url = without_credentials(url);
    let refuses = matches!(why.code(), ErrorCode::Auth | ErrorCode::Certificate)
        || why.message().contains("status code: 401")
        || why.message().contains("status code: 403");
    match why.code() {
        ErrorCode::User => Error::Stopped,
        _ if refuses && why.code() != ErrorCode::Certificate => Error::Denied { url, source: why },
        _ => Error::Unreachable { url, source: why },
    }
}

/// What a fetch may do to what was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rewrites {
    /// A followed branch whose history was written anew stops the fetch.
    Stop,
    /// It is taken over (`--accept-rewrite`).
    Accept,
}

/// What a fetch takes.
#[derive(Debug, Clone)]
pub struct Fetch<'a> {
    /// The remote's name in the configuration.
    pub remote: &'a str,
    /// The branch whose history must go on from what was last seen; nothing: the remote's default
    /// branch.
    pub followed: Option<&'a str>,
    /// What to do where it does not.
    pub rewrites: Rewrites,
    /// Branches that begin with one of these and are gone at the remote are forgotten here. `""`
    /// forgets all that are gone.
    pub prune: &'a [&'a str],
}

/// A branch or tag as a remote lists it.
#[derive(Debug, Clone)]
struct Head {
    name: String,
    id: git2::Oid,
    leads_to: Option<String>,
}

impl Head {
    fn of(listed: &git2::RemoteHead<'_>) -> Head {
        Head {
            name: listed.name().to_owned(),
            id: listed.oid(),
            leads_to: listed.symref_target().map(str::to_owned),
        }
    }
}

impl Repository {
    /// Brings all branches of a remote, and sets the remote-tracking branches to them. No branch of
    /// this repository and no checkout is touched.
    ///
    /// # Errors
    /// [`Error::Rewritten`], of which nothing is overwritten; [`Error::Unreachable`],
    /// [`Error::Denied`], [`Error::TimedOut`], [`Error::Stopped`].
    pub fn fetch(&self, fetch: &Fetch<'_>, network: &mut Network<'_>) -> Result<(), Error> {
        let url = self.url_of(fetch.remote)?;
        let git_dir = self.git.path().to_owned();
        let address = url.clone();
        let heads = on_a_line(&url, network, move |line| {
            download(&git_dir, &address, line)
        })?;
        self.take(fetch, &url, &heads)
    }

    /// Sets the remote-tracking branches to what the remote listed.
    fn take(&self, fetch: &Fetch<'_>, url: &str, heads: &[Head]) -> Result<(), Error> {
        let remote = fetch.remote;
        let default = heads.iter().find(|head| head.name == "HEAD");
        let default = default.and_then(|head| head.leads_to.as_deref());
        let default = default.and_then(|name| name.strip_prefix("refs/heads/"));
        let seen = self.remote_branches_of(remote, "")?;
        let was = |branch: &str| {
            seen.iter()
                .find(|(name, _)| name == branch)
                .map(|(_, at)| *at)
        };
        let followed = fetch.followed.or(default);
        if let (Some(branch), Rewrites::Stop) = (followed, fetch.rewrites)
            && let Some(was) = was(branch)
            && let Some(head) = heads
                .iter()
                .find(|head| head.name.strip_prefix("refs/heads/") == Some(branch))
        {
            let is = CommitId::of(head.id);
            if !self.is_ancestor(was, is)? {
                return Err(Error::Rewritten {
                    branch: branch.to_owned(),
                    url: without_credentials(url),
                    was,
                    is,
                });
            }
        }
        let mut listed = Vec::new();
        for head in heads {
            let Some(branch) = head.name.strip_prefix("refs/heads/") else {
                continue;
            };
            listed.push(branch);
            let is = Some(CommitId::of(head.id));
            if was(branch) != is {
                let name = format!("refs/remotes/{remote}/{branch}");
                // Whoever moved it meanwhile has fetched it too.
                self.move_reference(&name, was(branch), is)?;
            }
        }
        if fetch.prune.contains(&"") {
            self.take_tags(heads)?;
        }
        for (branch, at) in &seen {
            let pruned = fetch.prune.iter().any(|prefix| branch.starts_with(prefix));
            if pruned && !listed.contains(&branch.as_str()) {
                self.move_reference(&format!("refs/remotes/{remote}/{branch}"), Some(*at), None)?;
            }
        }
        if let Some(default) = default {
            let name = format!("refs/remotes/{remote}/HEAD");
            let to = format!("refs/remotes/{remote}/{default}");
            let known = self.git.find_reference(&name).ok();
            if known.is_none() {
                // Only a hint for who asks for the default branch.
                let _ = self
                    .git
                    .reference_symbolic(&name, &to, false, "blue: fetched");
            }
        }
        Ok(())
    }

    /// Sets the tags that are new. One that was moved there stays where it was seen: what is pinned to
    /// it is not to change by itself.
    fn take_tags(&self, heads: &[Head]) -> Result<(), Error> {
        let is_whole = |name: &str| !name.ends_with("^{}");
        for head in heads.iter().filter(|head| is_whole(&head.name)) {
            if !head.name.starts_with("refs/tags/") || self.git.find_reference(&head.name).is_ok() {
                continue;
            }
            let made = self
                .git
                .reference(&head.name, head.id, false, "blue: fetched");
            made.map_err(|why| error::doing(format!("making {}", head.name), &self.git, why))?;
        }
        Ok(())
    }

    /// The address of a remote; a relative path counts from the working tree.
    pub(crate) fn url_of(&self, remote: &str) -> Result<String, Error> {
        let found = self.git.find_remote(remote).map_err(|_| Error::NoRemote {
            name: remote.to_owned(),
            path: self.git.path().to_owned(),
        })?;
        let url = String::from_utf8_lossy(found.pushurl_bytes().unwrap_or(found.url_bytes()));
        let url = allowed(&url)?.to_owned();
        let is_relative = url.starts_with("./") || url.starts_with("../");
        let root = self.git.workdir().unwrap_or(self.git.path());
        Ok(match is_relative {
            true => root.join(&url).to_string_lossy().into_owned(),
            false => url,
        })
    }
}

/// Refuses what git could take for a program to run or for an option (`security.md`).
///
/// # Errors
/// [`Error::BadUrl`].
pub fn allowed(url: &str) -> Result<&str, Error> {
    let bad = || Error::BadUrl {
        url: without_credentials(url),
    };
    if url.is_empty() || url.starts_with('-') || url.contains("::") && !url.contains('[') {
        return Err(bad());
    }
    match url.split_once("://") {
        Some((scheme, _)) if !["https", "http", "ssh", "git+ssh", "file"].contains(&scheme) => {
            Err(bad())
        }
        _ => Ok(url),
    }
}

/// The folder of a remote that is a repository on this disk.
pub(crate) fn folder_of(url: &str) -> Option<PathBuf> {
    if let Some(path) = url.strip_prefix("file://") {
        return Some(Path::new(path).to_owned());
    }
    let path = Path::new(url);
    (!url.contains("://") && path.is_dir()).then(|| path.to_owned())
}

/// The error of an address on this disk where nothing is; libgit2 would take it for one of a protocol.
fn nothing_there(url: &str) -> Option<Error> {
    let is_path = !url.contains("://") && (url.starts_with(['/', '.']) || !url.contains(':'));
    (is_path && !Path::new(url).exists()).then(|| Error::Unreachable {
        url: url.to_owned(),
        source: git2::Error::from_str("nothing is there"),
    })
}

fn download(git_dir: &Path, url: &str, line: &Line) -> Result<Vec<Head>, Error> {
    if let Some(error) = nothing_there(url) {
        return Err(error);
    }
    let failed = |why| transfer_error(url, why);
    let git = git2::Repository::open(git_dir).map_err(|why| crate::error::opening(git_dir, why))?;
    let mut tries = 0;
    loop {
        match download_once(&git, url, line) {
            // A branch of a repository on this disk that is taken away between listing and reading.
            Err(why) if why.class() == ErrorClass::Reference && tries < TRIES => tries += 1,
            done => return done.map_err(failed),
        }
    }
}

/// How often a listing that was changed under way is begun anew.
const TRIES: u32 = 20;

fn download_once(git: &git2::Repository, url: &str, line: &Line) -> Result<Vec<Head>, git2::Error> {
    let mut remote = git.remote_anonymous(url)?;
    let mut options = git2::FetchOptions::new();
    options
        .remote_callbacks(callbacks(line, git.config().ok()))
        .download_tags(git2::AutotagOption::None)
        .update_fetchhead(false);
    let all = [
        "+refs/heads/*:refs/remotes/blue/*",
        "+refs/tags/*:refs/tags/*",
    ];
    remote.download(&all, Some(&mut options))?;
    let heads = remote.list()?;
    Ok(heads.iter().map(Head::of).collect())
}

mod listing;
pub(crate) mod push;

pub use listing::Listing;
