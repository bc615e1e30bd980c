//! Every realm that this machine knows: that of the folder here, those that Blue keeps, those that
//! were trusted once.

use std::path::{Path, PathBuf};

use blue_realm::did_you_mean;
use blue_workspace::{Found, Options, RealmIdentity, RealmStates, blue_home, discover, kept_realm};
use serde_json::Value;

use super::Filter;
use crate::cli::Context;
use crate::engine::{self, Loaded};
use crate::failure::Error;
use crate::output::terminal::Terminal;

/// A realm, and what it was loaded with.
pub(super) struct Known {
    pub(super) states: RealmStates,
    /// The loaded world that it is of, by its place in [`Realms::worlds`]; a clone that Blue keeps is of
    /// none.
    pub(super) world: Option<usize>,
}

/// A loaded world, and where it was entered.
pub(super) struct World {
    pub(super) loaded: Loaded,
    pub(super) start: PathBuf,
}

/// The realms, by name.
pub(super) struct Realms {
    pub(super) all: Vec<Known>,
    pub(super) worlds: Vec<World>,
    /// What could not be read, in a sentence each.
    pub(super) notes: Vec<String>,
    /// The domain that is asked for.
    pub(super) domain: Option<String>,
}

/// Loads them. What is known twice counts once, as it is found here first.
///
/// # Errors
/// [`Error::Use`] where none is known, or none of the name that is asked for.
pub(super) fn realms(
    filter: &Filter,
    context: &Context,
    terminal: &mut Terminal,
) -> Result<Realms, Error> {
    let start = context.start()?;
    let mut realms = Realms {
        all: Vec::new(),
        worlds: Vec::new(),
        notes: Vec::new(),
        domain: filter.domain.clone(),
    };
    let home = blue_home();
    if discover(&start, home.as_deref()).is_some() {
        realms.enter(&start, terminal)?;
    }
    for path in home.iter().flat_map(|home| kept_in(home)) {
        let Ok(path) = path.canonicalize() else {
            continue;
        };
        if path.join("HEAD").is_file() {
            realms.keep(&path);
            continue;
        }
        // Only a realm's own checkout: a repository that stands there is not one.
        if matches!(discover(&path, None), Some(Found::Realm(root)) if root == path)
            && !realms.has_root(&path)
        {
            realms.enter(&path, terminal)?;
        }
    }
    realms
        .all
        .sort_by(|a, b| a.states.realm.cmp(&b.states.realm));
    realms.narrow(filter)?;
    Ok(realms)
}

/// The realms' checkouts that Blue's own folder lists, then the clones that it keeps: a checkout says
/// more, for it has what is proposed.
pub(crate) fn kept_in(home: &Path) -> Vec<PathBuf> {
    let index = std::fs::read_to_string(home.join("index.yaml")).unwrap_or_default();
    let index: Option<Value> = serde_yaml::from_str(&index).ok();
    let listed = index
        .as_ref()
        .and_then(|index| index.get("realms")?.as_array());
    let listed = listed.into_iter().flatten();
    let listed = listed.filter_map(|entry| Some(PathBuf::from(entry.get("path")?.as_str()?)));
    let kept = std::fs::read_dir(home.join("realms"));
    let kept = kept.into_iter().flatten().flatten();
    let mut kept: Vec<PathBuf> = kept.map(|entry| entry.path()).collect();
    kept.sort();
    listed.chain(kept).collect()
}

impl Realms {
    fn enter(&mut self, start: &Path, terminal: &mut Terminal) -> Result<(), Error> {
        let mut progress = |doing: &str| terminal.progress(doing);
        let loaded = engine::load(start, Options::default(), &mut progress)?;
        let world = self.worlds.len();
        for states in loaded.realm_states(start) {
            let identity = RealmIdentity::of(&states.realm, &states.root);
            let is_same = |known: &Known| {
                let other = RealmIdentity::of(&known.states.realm, &known.states.root);
                other.key() == identity.key()
            };
            if !self.all.iter().any(is_same) {
                self.all.push(Known {
                    states,
                    world: Some(world),
                });
            }
        }
        self.worlds.push(World {
            loaded,
            start: start.to_owned(),
        });
        Ok(())
    }

    /// A clone of Blue's own, which has its realm's name.
    fn keep(&mut self, path: &Path) {
        match kept_realm(path) {
            Ok(states)
                if self
                    .all
                    .iter()
                    .any(|known| known.states.realm == states.realm) => {}
            Ok(states) => self.all.push(Known {
                states,
                world: None,
            }),
            Err(why) => self
                .notes
                .push(format!("{} cannot be read: {why}", path.display())),
        }
    }

    fn has_root(&self, path: &Path) -> bool {
        let real = |root: &Path| root.canonicalize().ok();
        self.all
            .iter()
            .any(|known| real(&known.states.root).as_deref() == Some(path))
    }

    fn narrow(&mut self, filter: &Filter) -> Result<(), Error> {
        if self.all.is_empty() {
            return Err(Error::Use {
                message: "no realm is known here".to_owned(),
                hint:
                    "start in a repository that takes part in one, or in a realm's own checkout; \
                       `blue demo` makes an example"
                        .to_owned(),
            });
        }
        if let Some(name) = &filter.realm {
            let names: Vec<String> = self
                .all
                .iter()
                .map(|it| it.states.realm.to_string())
                .collect();
            self.all.retain(|known| *known.states.realm == **name);
            if self.all.is_empty() {
                return Err(unknown("realm", name, &names));
            }
        }
        if let Some(name) = &filter.domain {
            let domains = self
                .all
                .iter()
                .flat_map(|known| known.states.working.domains());
            let names: Vec<String> = domains.map(|domain| domain.name.to_string()).collect();
            if !names.contains(name) {
                return Err(unknown("domain", name, &names));
            }
        }
        Ok(())
    }
}

/// A name that nothing has, with what was likely meant.
pub(super) fn unknown(kind: &str, name: &str, names: &[String]) -> Error {
    let mut all = names.to_vec();
    all.sort();
    all.dedup();
    let hint = match did_you_mean(name, all.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if all.is_empty() => format!("there is no {kind} yet"),
        None => format!("there is: {}", all.join(", ")),
    };
    Error::Use {
        message: format!("no realm that is known here has a {kind} `{name}`"),
        hint,
    }
}
