//! Which repository or realm a command stands in, and whether the realms that its config names are
//! fetched: what the commands that write to a realm have in common.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use blue_git::Rewrites;
use blue_ops::{
    Actor, Ask, Freshness, OpenRealm, Programs, RealmAt, RealmPlace, is_of_the_network,
};
use blue_workspace::{Found, blue_home, discover};

use crate::failure::Error;
use crate::interruption;

pub(crate) use blue_ops::Here;

/// How old what is known of a realm by its address alone may be (cli.md, "What passing looks like").
const FRESH: Duration = Duration::from_secs(60);

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
        Some(Found::Repo(root)) => Here::of_repo(root, realm_path).map_err(|(path, source)| {
            let doing = "read";
            Error::File {
                doing,
                path,
                source,
            }
        }),
        Some(Found::Realm(root)) => Ok(Here::of_realm(root)),
        None => Err(Error::NoConfig(start.to_owned())),
    }
}

/// That there is a realm for a verb to be done in; `given` is the `--realm` of the command line, which stands for the
/// one that the config names.
///
/// # Errors
/// [`Error::Use`] where the config names none, and where it names several of which one would be guessed.
pub(crate) fn is_named(here: &Here, given: Option<&Path>) -> Result<(), Error> {
    let hint = "join one with `blue realm admin join`".to_owned();
    match (here.realms.as_slice(), given) {
        ([], None) => Err(Error::Use {
            message: "no realm is named in .blue/config.yaml".to_owned(),
            hint,
        }),
        ([], Some(_)) => Err(Error::Use {
            message:
                "no realm is named in .blue/config.yaml, so that --realm has none to stand for"
                    .to_owned(),
            hint,
        }),
        ([_, _, ..], Some(_)) if here.repo.is_some() => Err(Error::Use {
            message: "several realms are named in .blue/config.yaml, so that nobody can tell for \
                      which of them --realm stands"
                .to_owned(),
            hint: "leave it out, or name each one's `path` in .blue/config.local.yaml".to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Who acts: whoever git says makes commits in the repository where the command stands.
pub(crate) fn actor(here: &Here) -> Result<Actor, Error> {
    Ok(here.actor()?)
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
        interruption::ends_programs();
        let mut ask = Ask::new(self.actor.clone(), Programs::OnTerminal, progress);
        ask.now = self.now;
        ask
    }
}

/// What writes nothing, and may ask whose signature is good.
pub(crate) fn reading<'a>(progress: &'a mut dyn FnMut(&str)) -> Ask<'a> {
    interruption::ends_programs();
    let mut ask = Ask::reading(progress);
    ask.programs = Programs::OnTerminal;
    ask
}

/// How old what is known of realms is.
#[derive(Default)]
pub(crate) struct Known {
    /// Of those that could be reached, a sentence each.
    pub(crate) ages: Vec<String>,
    /// Those that could not: the name, and why, with how old that is which counts.
    pub(crate) stale: Vec<(Arc<str>, Arc<str>)>,
}

/// Fetches the realms that are known by their address alone, where they were not for a minute, and
/// says of each how old what is known of it is. What cannot be fetched is said, and what is known
/// counts.
pub(crate) fn refresh(
    here: &Here,
    fetch: FetchArgs,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<String>, Error> {
    let known = known(here, fetch, progress)?;
    let stale = known.stale.iter().map(|(_, why)| why.to_string());
    Ok(known.ages.into_iter().chain(stale).collect())
}

/// The same, with those apart that could not be reached.
pub(crate) fn known(
    here: &Here,
    fetch: FetchArgs,
    progress: &mut dyn FnMut(&str),
) -> Result<Known, Error> {
    let mut known = Known::default();
    for place in &here.realms {
        let is_url = matches!(place.at, RealmAt::Url { .. });
        let freshness = match (fetch.offline, fetch.fetch) {
            (true, _) => Freshness::AsItIs,
            (_, true) => Freshness::Fetched,
            _ if is_url => Freshness::Within(FRESH),
            _ => continue,
        };
        let name: Arc<str> = place.name.as_str().into();
        let mut ask = Ask::reading(progress);
        match OpenRealm::open(place, freshness, Rewrites::Stop, &mut ask) {
            Ok(realm) if is_url && realm.unfetched.is_some() => {
                let said = blue_ops::status::known(&realm);
                known.stale.extend(said.map(|said| (name, said.into())));
            }
            Ok(realm) if is_url => known.ages.extend(blue_ops::status::known(&realm)),
            Ok(_) => {}
            // Somebody else's net is no reason to say nothing of what is known here.
            Err(blue_ops::Error::Git(why))
                if is_of_the_network(&why) && is_known(place, progress) =>
            {
                let said = format!("{name}: {why}; what is said of it is as it was last seen");
                known.stale.push((name, said.into()));
            }
            // What was never seen is told of by the check itself.
            Err(why) if freshness == Freshness::Fetched => return Err(why.into()),
            Err(blue_ops::Error::NoRealm { .. } | blue_ops::Error::Pinned { .. }) => {}
            Err(blue_ops::Error::Git(why)) => known.ages.push(format!("{name}: {why}")),
            Err(why) => return Err(why.into()),
        }
    }
    Ok(known)
}

/// Whether anything is known of a realm on this machine.
fn is_known(place: &RealmPlace, progress: &mut dyn FnMut(&str)) -> bool {
    let mut ask = Ask::reading(progress);
    let opened = OpenRealm::open(place, Freshness::AsItIs, Rewrites::Stop, &mut ask);
    opened.is_ok_and(|realm| realm.tip().is_ok())
}

/// What is said of realms whose checkouts hold files of the early layout, a sentence each: nothing of these is read.
pub(crate) fn in_early_layout(here: &Here) -> Vec<String> {
    let said = here.realms.iter().filter_map(|place| {
        let RealmAt::Path(path) = &place.at else {
            return None;
        };
        let file = blue_ops::admin::early_file(path)?;
        Some(format!(
            "{}: {file} is of the early layout, of which nothing is read: `blue realm admin migrate` turns \
             it into the present one",
            place.name
        ))
    });
    said.collect()
}
