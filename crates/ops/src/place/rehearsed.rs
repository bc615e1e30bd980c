//! A realm opened to see what a verb would do: the same steps in memory. Not a byte is written for it, neither to a clone
//! of the user's nor to one of Blue's, and nobody who shares them can tell that somebody looked.

use std::cell::RefCell;

use blue_git::{Rewrites, open_managed};

use super::{Freshness, Mode, OpenRealm, RealmAt, RealmPlace};
use crate::ask::Ask;
use crate::error::Error;

impl OpenRealm {
    /// The same realm as it stands now, to see what a verb would do: the same steps, of which nothing is
    /// written, pushed or fetched. What this one locks stays locked by this one alone.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn rehearsal(&self) -> Result<OpenRealm, Error> {
        Ok(OpenRealm {
            name: self.name.clone(),
            repository: self.repository.in_memory()?,
            remote: self.remote.clone(),
            main: self.main.clone(),
            under: self.under.clone(),
            unfetched: None,
            checkout_may: self.checkout_may,
            moved: RefCell::default(),
            read: self.read.clone(),
            mode: Mode::Rehearsal,
            place: self.place.clone(),
            rewrites: self.rewrites,
            _lock: None,
            _folder: None,
        })
    }

    /// Opens a realm for a rehearsal, as it was last fetched. An address of which nothing is known on this machine is
    /// cloned into a temporary folder, which goes with it.
    ///
    /// # Errors
    /// [`Error::NoRealm`], [`Error::Pinned`], [`Error::Git`].
    pub fn open_rehearsal(place: &RealmPlace, ask: &mut Ask<'_>) -> Result<OpenRealm, Error> {
        if let RealmAt::Url { home, url } = &place.at
            && open_managed(home, &place.name)?.is_none()
        {
            return cloned_aside(place, url, ask);
        }
        OpenRealm::open(place, Freshness::AsItIs, Rewrites::Stop, ask)?.rehearsal()
    }
}

fn cloned_aside(place: &RealmPlace, url: &str, ask: &mut Ask<'_>) -> Result<OpenRealm, Error> {
    let made = tempfile::Builder::new().prefix("blue-realm-").tempdir();
    let folder = made.map_err(|source| blue_git::Error::Write {
        path: std::env::temp_dir(),
        source,
    })?;
    let aside = RealmPlace {
        at: RealmAt::Url {
            home: folder.path().to_owned(),
            url: url.to_owned(),
        },
        ..place.clone()
    };
    let realm = OpenRealm::open(&aside, Freshness::Fetched, Rewrites::Stop, ask)?;
    Ok(OpenRealm {
        place: place.clone(),
        _folder: Some(folder),
        ..realm.rehearsal()?
    })
}
