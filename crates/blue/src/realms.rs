//! Which repository or realm a command stands in, and how the realms that its config names are
//! reached: what the commands that write to a realm have in common.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use blue_git::Rewrites;
use blue_ops::{Actor, Ask, Freshness, OpenRealm, RealmAt, RealmPlace};
use blue_realm::config::{Config, merge, parse_config, parse_local_config};
use blue_workspace::{Found, beside, blue_home, discover, folder_name, local_config};

use crate::failure::Error;

/// How old what is known of a realm by its address alone may be (cli.md, "What passing looks like").
const FRESH: Duration = Duration::from_secs(60);

/// Where a command stands.
#[derive(Debug, Clone)]
pub(crate) struct Here {
    /// The repository's root, or the realm's.
    pub(crate) root: PathBuf,
    /// The repository's name in its realms; a realm's own checkout has none.
    pub(crate) repo: Option<String>,
    /// The realms that it takes part in.
    pub(crate) realms: Vec<RealmPlace>,
}

/// Whether realms are fetched before they are read.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(crate) struct FetchArgs {
    /// Fetch nothing: what is known on this machine is enough
    #[arg(long, conflicts_with = "fetch")]
    pub(crate) offline: bool,
    /// Fetch the realm first, however lately it was
    #[arg(long)]
    pub(crate) fetch: bool,
}

/// What a command stands in; `start` is an absolute path.
///
/// # Errors
/// [`Error::NoConfig`] where it stands in nothing.
pub(crate) fn here(start: &Path, realm_path: Option<&Path>) -> Result<Here, Error> {
    match discover(start, blue_home().as_deref()) {
        Some(Found::Repo(root)) => of_repo(root, realm_path),
        Some(Found::Realm(root)) => Ok(of_realm(root)),
        None => Err(Error::NoConfig(start.to_owned())),
    }
}

fn of_repo(root: PathBuf, realm_path: Option<&Path>) -> Result<Here, Error> {
    let path = root.join(blue_analysis::CONFIG);
    let bytes = std::fs::read(&path).map_err(|source| Error::File {
        doing: "read",
        path,
        source,
    })?;
    let mut config = parse_config(&bytes).config;
    if let Some(bytes) = local_config(&root) {
        config = merge(&config, &parse_local_config(&bytes).config);
    }
    let realms = places(&root, &config, realm_path);
    let repo = config.repo.map(|name| name.to_string());
    let repo = repo.or_else(|| folder_name(&root));
    Ok(Here { root, repo, realms })
}

/// A realm's own checkout.
fn of_realm(root: PathBuf) -> Here {
    let said = std::fs::read(root.join("realm.yaml"));
    let said = said.map(|bytes| blue_realm::parse_file("realm.yaml", &bytes));
    let name = said.ok().and_then(|file| file.as_realm()?.name.clone());
    Here {
        realms: vec![RealmPlace {
            name: name.map_or_else(|| "realm".to_owned(), |name| name.to_string()),
            at: RealmAt::Path(root.clone()),
            follow: None,
        }],
        root,
        repo: None,
    }
}

/// As the workspace reads them: a checkout where there is one, else the clone that Blue keeps.
fn places(root: &Path, config: &Config, realm_path: Option<&Path>) -> Vec<RealmPlace> {
    let given = realm_path.filter(|_| config.realms.len() == 1);
    let places = config.realms.iter().filter_map(|realm| {
        let name = realm.name.as_ref()?.to_string();
        let path = realm
            .path
            .as_ref()
            .map(|path| beside(root, Path::new(&**path)));
        let path = given.map(Path::to_owned).or(path);
        let at = match (path, &realm.url) {
            (Some(path), None) => RealmAt::Path(path),
            (Some(path), Some(_)) if path.is_dir() => RealmAt::Path(path),
            (_, Some(url)) => RealmAt::Url {
                home: blue_home()?,
                url: address(root, url),
            },
            (None, None) => return None,
        };
        let follow = realm.reference.as_ref().map(|name| name.to_string());
        Some(RealmPlace { name, at, follow })
    });
    places.collect()
}

/// A relative address begins at the repository's root, as a path does.
fn address(root: &Path, url: &str) -> String {
    let is_relative = url.starts_with("./") || url.starts_with("../");
    match is_relative {
        true => beside(root, Path::new(url)).to_string_lossy().into_owned(),
        false => url.to_owned(),
    }
}

/// Who acts: whoever git says makes commits in the repository where the command stands.
pub(crate) fn actor(here: &Here) -> Result<Actor, Error> {
    let repository = blue_git::discover(&here.root)?;
    let repository = repository.ok_or(blue_ops::Error::Nobody)?;
    Ok(Actor::of(&repository)?)
}

/// Whose errand a command is, and when it is done.
#[derive(Debug, Clone)]
pub(crate) struct Errand {
    pub(crate) actor: Actor,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub(crate) now: i64,
}

impl Errand {
    /// Of whoever works here, now.
    pub(crate) fn here(here: &Here) -> Result<Errand, Error> {
        Ok(Errand {
            actor: actor(here)?,
            now: blue_ops::clock::now(),
        })
    }

    /// The same errand, now.
    pub(crate) fn now(&self) -> Errand {
        Errand {
            actor: self.actor.clone(),
            now: blue_ops::clock::now(),
        }
    }

    /// The same for a verb.
    pub(crate) fn ask<'a>(&self, progress: &'a mut dyn FnMut(&str)) -> Ask<'a> {
        let mut ask = Ask::new(self.actor.clone(), progress);
        ask.now = self.now;
        ask
    }
}

/// Fetches the realms that are known by their address alone, where they were not for a minute, and
/// says of each how old what is known of it is. What cannot be fetched is said, and what is known
/// counts.
pub(crate) fn refresh(
    here: &Here,
    fetch: FetchArgs,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<String>, Error> {
    let mut said = Vec::new();
    for place in &here.realms {
        let is_url = matches!(place.at, RealmAt::Url { .. });
        let freshness = match (fetch.offline, fetch.fetch) {
            (true, _) => Freshness::AsItIs,
            (_, true) => Freshness::Fetched,
            _ if is_url => Freshness::Within(FRESH),
            _ => continue,
        };
        let mut ask = Ask::reading(progress);
        match OpenRealm::open(place, freshness, Rewrites::Stop, &mut ask) {
            Ok(realm) if is_url => said.extend(age(&realm)),
            Ok(_) => {}
            // What was never seen is told of by the check itself.
            Err(why) if freshness == Freshness::Fetched => return Err(why.into()),
            Err(blue_ops::Error::NoRealm { .. } | blue_ops::Error::Pinned { .. }) => {}
            Err(blue_ops::Error::Git(why)) => said.push(format!("{}: {why}", place.name)),
            Err(why) => return Err(why.into()),
        }
    }
    Ok(said)
}

/// How old what is known of a realm is.
pub(crate) fn age(realm: &OpenRealm) -> Option<String> {
    let fetched = realm.fetched_at()?;
    let since = SystemTime::now()
        .duration_since(fetched)
        .unwrap_or_default();
    Some(format!("{} as it was fetched {}", realm.name, ago(since)))
}

fn ago(since: Duration) -> String {
    let (number, unit) = match since.as_secs() {
        0..60 => return "just now".to_owned(),
        seconds @ 60..3600 => (seconds / 60, "minute"),
        seconds @ 3600..86_400 => (seconds / 3600, "hour"),
        seconds => (seconds / 86_400, "day"),
    };
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{s} ago")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_ago() {
        for (seconds, said) in [
            (0, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (7_300, "2 hours ago"),
            (200_000, "2 days ago"),
        ] {
            assert_eq!(ago(Duration::from_secs(seconds)), said);
        }
    }
}
