//! Which realm it is, of all that people may have given one name: by where everybody fetches it from, and by the commit
//! that its history began with.
//!
//! Either alone is not enough. At an address a realm may be made anew, and a copy of one begins with the same commit. Who
//! clones it twice, or writes its address in another way, has one realm still.

use blue_coordination::RealmId;
use blue_workspace::address_of;

use crate::error::Error;
use crate::place::OpenRealm;

impl OpenRealm {
    /// Which realm this is, the same in each clone of it. In a shallow clone its history begins where that was cut.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn id(&self) -> Result<RealmId, Error> {
        let line = self.repository.first_parents(self.tip()?, usize::MAX)?;
        let first = line.last().map(ToString::to_string).unwrap_or_default();
        let address = match self.address() {
            none if none.is_empty() => self.repository.common_dir().display().to_string(),
            url => url,
        };
        let under = match &*self.under {
            "" => String::new(),
            under => format!(" {under}"),
        };
        Ok(RealmId(format!("{first} {}{under}", address_of(&address))))
    }
}
