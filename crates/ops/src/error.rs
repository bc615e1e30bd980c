//! Why a verb was not done, in sentences that say what to do.

use blue_realm::edit::EditError;

/// Why a verb was not done. Where nothing else is said, nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Reading, fetching or pushing failed.
    #[error(transparent)]
    Git(#[from] blue_git::Error),
    /// What this machine keeps of its realms cannot be read or written.
    #[error(transparent)]
    Awareness(#[from] blue_coordination::Error),
    /// git does not know who acts.
    #[error(
        "git does not know who you are, and a realm's commits say who made them; say it with \
         `git config --global user.name` and `user.email`"
    )]
    Nobody,
    /// Somebody stopped it.
    #[error("it was stopped; run it again to finish what was begun")]
    Stopped,
    /// There is no realm at that place.
    #[error("{place} holds no realm{why}")]
    NoRealm {
        /// A path or an address, without credentials.
        place: String,
        /// What is there instead, as the end of the sentence.
        why: String,
    },
    /// The realm follows something that cannot be written to.
    #[error(
        "{realm} is followed at `{name}`, which is no branch: what is pinned cannot be changed; take \
         `ref` out of .blue/config.yaml, or name a branch"
    )]
    Pinned {
        /// The realm.
        realm: String,
        /// What is followed.
        name: String,
    },
    /// The actor may not make the change.
    #[error("{}", .0.join("; "))]
    NotAllowed(Vec<String>),
    /// The change would leave a realm that is wrong.
    #[error("{}", .0.join("; "))]
    Wrong(Vec<String>),
    /// A file of the realm cannot be changed as it is laid out.
    #[error("{path} cannot be changed by itself: {source}; change it by hand")]
    Edit {
        /// In the realm.
        path: String,
        /// Why.
        source: EditError,
    },
    /// A remote does not want a branch.
    #[error("{realm} does not take {branch}: {why}")]
    Refused {
        /// The realm.
        realm: String,
        /// The branch.
        branch: String,
        /// The remote's words.
        why: String,
    },
    /// Others were faster, each time.
    #[error(
        "others wrote to {realm} at the same time, {tries} times over; nothing of yours is there \
         yet, and nothing is lost: run it again"
    )]
    Busy {
        /// The realm.
        realm: String,
        /// How often it was tried.
        tries: u32,
    },
    /// Something is where something else would be made, or holds what would be lost.
    #[error("{}", .0.join("; "))]
    InTheWay(Vec<String>),
    /// Something failed half way, and could not be undone where it was done.
    #[error("{why}; what was made before could not be undone: {}", left.join("; "))]
    Undone {
        /// What failed.
        why: Box<Error>,
        /// What keeps it from being undone.
        left: Vec<String>,
    },
    /// A name that this realm has nothing of, or nothing for this repository; another one may.
    #[error("{message}")]
    NotHere {
        /// What is wrong.
        message: String,
        /// What there is.
        hint: String,
    },
    /// Arguments that do not fit the world.
    #[error("{message}")]
    Use {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: String,
    },
}
