//! What there is to be told, and to whom.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde::{Deserialize, Serialize};

use crate::moment::Moment;

/// Which realm it is: a name is given by people, and two realms of one name may be on a machine. Whoever makes it says
/// what it is made of; here it is compared and nothing else. Empty for what was kept before realms were told apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RealmId(pub String);

/// A contract of a realm, by its names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Contract {
    /// Its domain.
    pub domain: String,
    /// Its name there.
    pub name: String,
}

/// What happened to a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It is there for the first time.
    New,
    /// It has a new version, which breaks nobody.
    Updated,
    /// It has a new version, which breaks importers, or may.
    Breaking,
    /// A change of it, proposed before, is the record now.
    Merged,
    /// An importer follows its new version.
    Acknowledged,
    /// A change of it was not let in.
    Refused,
}

impl Kind {
    /// All of them, in the order of coordination.md.
    pub const ALL: [Kind; 6] = [
        Kind::New,
        Kind::Updated,
        Kind::Breaking,
        Kind::Merged,
        Kind::Acknowledged,
        Kind::Refused,
    ];

    /// The word it is written as, in the database and to people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::New => "new",
            Kind::Updated => "updated",
            Kind::Breaking => "breaking",
            Kind::Merged => "merged",
            Kind::Acknowledged => "acknowledged",
            Kind::Refused => "refused",
        }
    }

    /// The kind of a word; nothing for one that a newer Blue may know.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// How much it matters to whoever is told: the largest first.
    #[must_use]
    pub fn gravity(self) -> u8 {
        match self {
            Kind::Breaking => 5,
            Kind::Refused => 4,
            Kind::Updated => 3,
            Kind::New => 2,
            Kind::Merged => 1,
            Kind::Acknowledged => 0,
        }
    }

    /// Whether it says that importers have a new version before them.
    #[must_use]
    pub fn is_version(self) -> bool {
        matches!(self, Kind::New | Kind::Updated | Kind::Breaking)
    }

    /// Whether it asks nothing of whoever is told: once is enough.
    #[must_use]
    pub fn asks_nothing(self) -> bool {
        matches!(self, Kind::Merged | Kind::Acknowledged)
    }
}

/// Something that happened in a realm. Two are the same where all but `changes` and `created_at` are equal, so that
/// one that is derived again from the realm's history is not told twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The realm's name, for people.
    pub realm: String,
    /// Which realm of that name.
    pub realm_id: RealmId,
    /// What it happened to.
    pub contract: Contract,
    /// The version it is about.
    pub version: Version,
    /// The repository that did it.
    pub from_repo: String,
    /// What happened.
    pub kind: Kind,
    /// In words, as the realm's history has them.
    pub changes: String,
    /// When it happened: the time of the commit that it comes from.
    pub created_at: Moment,
}

/// A sync that was seen waiting on this machine: that its branch is gone is in no commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its branch.
    pub branch: String,
    /// The branch's commit, as git writes it.
    pub tip: String,
    /// The commit of record at which it was looked at.
    pub judged_at: String,
    /// The exporter that it is of.
    pub repo: String,
    /// What it makes of which contracts.
    pub contracts: Vec<(Contract, Version)>,
}

/// A notification as it is kept and shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// By which it is dismissed.
    pub id: i64,
    /// What happened. Of several versions of one contract that were not read yet, this is the latest; it is
    /// [`Kind::Breaking`] as soon as one of them is.
    pub notification: Notification,
    /// How many earlier ones it stands for.
    pub replaces: usize,
}

/// A repository for which notifications are read, as the realm says it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reader {
    /// Which realm.
    pub realm: RealmId,
    /// The repository's name there.
    pub repo: String,
    /// The contracts of the domains it is a member of: new ones are told, as long as they are there.
    pub contracts: BTreeSet<Contract>,
    /// The contracts it owns, each with the version that its record has.
    pub exports: BTreeMap<Contract, Option<Version>>,
    /// The contracts it imports, each with the version it has acknowledged.
    pub imports: BTreeMap<Contract, Option<Version>>,
    /// What contracts of the realm are called now, by the names that they had.
    pub renamed: BTreeMap<Contract, Contract>,
}

impl Reader {
    /// A notification of a contract by the name that it has now.
    pub(crate) fn by_its_name(&self, mut of: Noted) -> Noted {
        if let Some(now) = self.renamed.get(&of.notification.contract) {
            of.notification.contract = now.clone();
        }
        of
    }

    /// A mute, also of what was muted by a name that it had.
    pub(crate) fn with_names(&self, mute: Mute) -> Vec<Mute> {
        let renamed = self.renamed.iter();
        let renamed = renamed.filter(|(was, _)| {
            let is = |wanted: &Option<String>, text: &str| wanted.as_deref() == Some(text);
            is(&mute.contract, &was.name)
                && (mute.domain.is_none() || is(&mute.domain, &was.domain))
        });
        let renamed = renamed.map(|(_, now)| Mute {
            domain: Some(now.domain.clone()),
            contract: Some(now.name.clone()),
            ..mute.clone()
        });
        let mut all: Vec<Mute> = renamed.collect();
        all.push(mute);
        all
    }

    /// Whether this is for the reader at all: what it did itself is not, nor what it has followed. That a change is
    /// the record now, or was not let in, is for its exporter too, since that is the doing of others; the latter until
    /// the record has that version.
    pub(crate) fn is_told(&self, of: &Notification) -> bool {
        let is_own = of.from_repo == self.repo;
        if of.realm_id != self.realm || (is_own && !matches!(of.kind, Kind::Merged | Kind::Refused))
        {
            return false;
        }
        let export = self.exports.get(&of.contract);
        let import = self.imports.get(&of.contract);
        let follows =
            |resolved: &Option<Version>| resolved.as_ref().is_some_and(|at| *at >= of.version);
        match of.kind {
            Kind::New if import.is_none() => self.contracts.contains(&of.contract),
            Kind::New | Kind::Updated | Kind::Breaking => import.is_some_and(|at| !follows(at)),
            Kind::Merged => import.is_some() || export.is_some(),
            Kind::Acknowledged => export.is_some(),
            Kind::Refused => export.is_some_and(|at| !follows(at)),
        }
    }
}

/// What a user does not want to be told; nothing in a field stands for anything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Mute {
    /// Of this realm alone.
    pub realm: Option<String>,
    /// Of this domain alone.
    pub domain: Option<String>,
    /// Of contracts of this name alone.
    pub contract: Option<String>,
    /// Of this kind alone.
    pub kind: Option<Kind>,
}

impl Mute {
    pub(crate) fn holds_back(&self, of: &Notification) -> bool {
        let is =
            |wanted: &Option<String>, text: &str| wanted.as_deref().is_none_or(|it| it == text);
        is(&self.realm, &of.realm)
            && is(&self.domain, &of.contract.domain)
            && is(&self.contract, &of.contract.name)
            && self.kind.is_none_or(|kind| kind == of.kind)
    }
}
