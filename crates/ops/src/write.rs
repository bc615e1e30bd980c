//! Writing a change to a realm's branch of record, however many others do so at the same time: what
//! is refused is made again on what they wrote, from the same intent, and never merged as text.

use std::time::Duration;

use blue_git::{CommitId, FileChange, Merged, RefUpdate};
use blue_realm::{Realm, classify};

use crate::admin::{CODEOWNERS, codeowners, own_code};
use crate::ask::{Ask, Step};
use crate::clock;
use crate::error::Error;
use crate::merge::is_of_sync;
use crate::place::{OpenRealm, Published};
use crate::proposed::Proposed;

/// How often a change is made again because others were faster.
pub const TRIES: u32 = 5;

/// The first time that is waited before it is tried again, at most; then twice as long each time.
const BACK_OFF: Duration = Duration::from_millis(200);

/// A change and the message of the commit that makes it.
#[derive(Debug, Clone)]
pub struct Written {
    /// The change.
    pub proposed: Proposed,
    /// Subject, words, and trailers in the last paragraph.
    pub message: String,
}

/// What came of a change.
#[derive(Debug, Clone)]
pub enum Landed {
    /// It is on the branch of record, as this commit.
    At(CommitId, Box<Written>),
    /// The realm is as it should be: nothing was written.
    Nothing,
}

/// Makes a change of the branch of record. `make` says what it should become, of the realm as it is
/// now; it is asked again for each try, and says nothing where there is nothing to do. Who may write
/// what is judged here, before anything is written.
///
/// # Errors
/// Those of `make`; [`Error::NotAllowed`], [`Error::Wrong`], [`Error::Refused`], [`Error::Busy`].
pub fn land(
    realm: &mut OpenRealm,
    ask: &mut Ask<'_>,
    make: &mut dyn FnMut(&Realm) -> Result<Option<Written>, Error>,
) -> Result<Landed, Error> {
    for attempt in 0..=TRIES {
        let tip = realm.tip()?;
        let Some(written) = make(&realm.realm_at(tip)?)? else {
            return Ok(Landed::Nothing);
        };
        let author = ask.actor.as_author();
        written.proposed.judge(&author, clock::date(ask.now))?;
        ask.took(Step::Planned)?;
        let made = commit(realm, tip, &written, ask)?;
        ask.took(Step::Committed)?;
        let update = RefUpdate {
            branch: realm.main.clone(),
            expected: Some(tip),
            to: Some(made),
        };
        if realm.publish(&update, ask)? == Published::Done {
            ask.took(Step::Pushed)?;
            return Ok(Landed::At(made, Box::new(written)));
        }
        again(realm, attempt, ask)?;
    }
    Err(busy(realm))
}

/// A commit of a change on a tip; nothing points to it yet.
///
/// # Errors
/// [`Error::Git`].
pub fn commit(
    realm: &OpenRealm,
    tip: CommitId,
    written: &Written,
    ask: &Ask<'_>,
) -> Result<CommitId, Error> {
    let changes = files(realm, tip, written)?;
    let made = realm
        .repository
        .commit_on(tip, &changes, &written.message, &realm.maker(ask));
    Ok(made?)
}

/// A proposal's branch brought up to the branch of record: what others wrote there since, and the change as it is
/// made of that now. The file of owners is made anew, since each side has written its own. Nothing where what others
/// added to the branch can only be merged by hand.
///
/// # Errors
/// [`Error::Git`].
pub fn renew(
    realm: &OpenRealm,
    (branch, tip): (CommitId, CommitId),
    written: &Written,
    ask: &Ask<'_>,
) -> Result<Option<CommitId>, Error> {
    let over = files(realm, tip, written)?;
    let maker = realm.maker(ask);
    let merged = realm
        .repository
        .merge_over(branch, tip, &over, &written.message, &maker)?;
    Ok(match merged {
        Merged::Commit(commit) => Some(commit),
        Merged::Conflict(_) => None,
    })
}

fn files(realm: &OpenRealm, tip: CommitId, written: &Written) -> Result<Vec<FileChange>, Error> {
    let mut files = written.proposed.changes();
    files.extend(owners(realm, tip, written)?);
    Ok(realm.in_repository(&files))
}

/// The file of owners, where it is one of Blue's and the change makes it say something else. One that was behind before
/// stays so in what is no business of the owners: a sync that brought it along would be refused.
fn owners(
    realm: &OpenRealm,
    tip: CommitId,
    written: &Written,
) -> Result<Option<FileChange>, Error> {
    let path = realm.path_in_repository(CODEOWNERS);
    let Some(there) = realm.repository.file_at(tip, &path)? else {
        return Ok(None);
    };
    let text = codeowners(&written.proposed.realm);
    let kinds = written.proposed.files.iter();
    let mut kinds = kinds.filter_map(|file| classify(&file.path));
    if kinds.all(|kind| is_of_sync(&kind)) && codeowners(&written.proposed.base) == text {
        return Ok(None);
    }
    let is_own = std::str::from_utf8(&there).is_ok_and(own_code);
    Ok((is_own && there != text.as_bytes()).then(|| FileChange {
        path: CODEOWNERS.to_owned(),
        content: Some(text.into_bytes()),
    }))
}

/// Somebody was faster: waits a little, not as long as they do, and looks at what they wrote.
pub(crate) fn again(realm: &mut OpenRealm, attempt: u32, ask: &mut Ask<'_>) -> Result<(), Error> {
    let longest = BACK_OFF.saturating_mul(1 << attempt.min(8));
    std::thread::sleep(longest.mul_f64(chance()));
    ask.took(Step::Fetched)?;
    realm.fetch(ask)
}

/// Between 0 and 1: whoever was refused at the same moment gets another one.
fn chance() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    let random = RandomState::new().hash_one(std::thread::current().id());
    (random % 1000) as f64 / 1000.0
}

pub(crate) fn busy(realm: &OpenRealm) -> Error {
    Error::Busy {
        realm: realm.name.clone(),
        tries: TRIES + 1,
    }
}
