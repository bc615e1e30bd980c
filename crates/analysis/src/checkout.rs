//! What git says of the checkouts themselves: whether this one is the repository that its config
//! names, and whether the realm's stands where the record does.

use std::sync::Arc;

use blue_realm::config::RealmRef;
use blue_realm::{Step, span_of};

use crate::contract::first_line;
use crate::db::{Db, RepoInput};
use crate::draft::{CONFIG, Draft, config_place};
use crate::finding::{Code, Place, Related, Root};

/// What git says of a repository's checkout, and of those of its realms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkout {
    /// The urls of its remotes, without credentials.
    pub remotes: Vec<Arc<str>>,
    /// The branch that is checked out; nothing for a detached HEAD.
    pub branch: Option<Arc<str>>,
    /// Realms whose checkout lacks commits of the record or is on another branch: the name, and how
    /// it stands, in words (`is 2 commits behind origin/main`).
    pub behind: Vec<(Arc<str>, Arc<str>)>,
    /// Realms that could not be reached, of which an older state counts: the name, and a sentence that says why and how old
    /// that is.
    pub stale: Vec<(Arc<str>, Arc<str>)>,
}

/// What is said of the checkouts.
pub(crate) fn checkout_findings(db: &dyn Db, repo: RepoInput) -> Vec<Draft> {
    let mut drafts = mismatches(db, repo);
    for (name, said) in &repo.checkout(db).stale {
        drafts.push(
            Draft::new(Code::RealmUnreachable, realm_place(db, repo, name))
                .message(said.to_string())
                .in_realm(name)
                .subject("", name),
        );
    }
    for (name, stands) in &repo.checkout(db).behind {
        // Of one on another branch, or on none, that may not be what its user wants.
        let rest = stands.strip_prefix("is ").unwrap_or_default();
        let pull = match rest.starts_with(|c: char| c.is_ascii_digit()) {
            true => "; `git pull` there brings it up to date",
            false => "",
        };
        let draft = Draft::new(Code::RealmBehind, realm_place(db, repo, name))
            .message(format!(
                "the checkout of {name} {stands}: this is held against the record, which is not what \
                 its files show{pull}"
            ))
            .in_realm(name)
            .subject("", name);
        drafts.push(draft);
    }
    drafts
}

/// Where the config says where a realm is.
pub(crate) fn realm_place(db: &dyn Db, repo: RepoInput, name: &str) -> Place {
    let config = repo.config(db);
    let mut known = config.config.realms.iter();
    let reference = known.find(|reference| reference.name.as_deref() == Some(name));
    place_of(db, repo, reference, &["path", "url"])
}

/// Where the config names a realm.
pub(crate) fn realm_name_place(db: &dyn Db, repo: RepoInput, reference: &RealmRef) -> Place {
    place_of(db, repo, Some(reference), &["name"])
}

/// The first of some keys of a realm in the config, else the realm there.
fn place_of(
    db: &dyn Db,
    repo: RepoInput,
    reference: Option<&RealmRef>,
    keys: &[&'static str],
) -> Place {
    let config = repo.config(db);
    let (one, many) = (Step::Key("realm"), Step::Key("realms"));
    let to = match reference.and_then(|reference| reference.index) {
        Some(index) => vec![many, Step::Index(index)],
        None => vec![one],
    };
    let below = |key: &&'static str| [to.as_slice(), &[Step::Key(key)]].concat();
    let mut routes: Vec<Vec<Step<'_>>> = keys.iter().map(below).collect();
    routes.extend([to.clone(), vec![many]]);
    let span = routes.iter().find_map(|route| span_of(&config.text, route));
    Place {
        root: Root::Repo("".into()),
        path: CONFIG.into(),
        span: span.unwrap_or_else(|| first_line(&config.text)),
    }
}

/// The realms that register another url for this repository than any of its remotes has.
fn mismatches(db: &dyn Db, repo: RepoInput) -> Vec<Draft> {
    let name = repo.name(db);
    let remotes = &repo.checkout(db).remotes;
    let known: Vec<Address> = remotes.iter().filter_map(|url| Address::of(url)).collect();
    let mut drafts = Vec::new();
    if known.is_empty() || known.len() < remotes.len() {
        return drafts; // Nothing, or a folder of this machine that may be anything.
    }
    for realm in repo.realms(db).iter() {
        let registered = realm
            .record(db)
            .repo(name)
            .and_then(|file| file.url.clone());
        let Some(url) = registered else { continue };
        let Some(address) = Address::of(&url) else {
            continue;
        };
        if known.iter().any(|remote| remote.may_be(&address)) {
            continue;
        }
        let shown =
            crate::export::in_words(&known.iter().map(|it| &*it.url).collect::<Vec<_>>(), "and");
        let path: Arc<str> = format!("repos/{name}.yaml").into();
        let draft = Draft::new(Code::RepoMismatch, config_place(db, repo))
            .message(format!(
                "{} registers {} for {name}, but this checkout is of {shown}: in a fork nothing has to be \
                 done, else one of them is wrong",
                realm.name(db),
                address.url,
            ))
            .in_realm(realm.name(db))
            .subject("url", "")
            .related(Related {
                place: crate::contract::place_in(db, *realm, &path, &[&[Step::Key("url")]]),
                message: "the url is registered here".to_owned(),
            });
        drafts.push(draft);
    }
    drafts
}

/// Which repository a url is of, whichever way it is reached.
#[derive(Debug, PartialEq, Eq)]
struct Address {
    /// Without credentials, to be shown.
    url: String,
    /// In lower case, without a port.
    host: String,
    /// In lower case, without `.git` and slashes at its ends.
    path: String,
}

impl Address {
    /// Nothing for a folder.
    fn of(url: &str) -> Option<Address> {
        let url = url.trim();
        let (scheme, authority, path) = match url.split_once("://") {
            Some(("file", _)) => return None,
            Some((scheme, rest)) => {
                let (authority, path) = rest.split_once('/')?;
                (Some(scheme), authority, path)
            }
            // `git@host:path`; a drive of Windows is one letter. A password before the host is no
            // form git knows, but people have written it.
            None => {
                let first = url.split('/').next().unwrap_or_default();
                let login = first.rfind('@').map_or(0, |at| at + 1);
                let colon = login + url[login..].find(':')?;
                let (authority, path) = (&url[..colon], &url[colon + 1..]);
                if authority.contains(['/', '\\']) || authority.len() == 1 {
                    return None;
                }
                (None, authority, path)
            }
        };
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let shown = match scheme {
            Some(scheme) => format!("{scheme}://{host}/{path}"),
            None => match user.split(':').next().unwrap_or_default() {
                "" => format!("{host}:{path}"),
                user => format!("{user}@{host}:{path}"),
            },
        };
        let path = path.trim_matches('/');
        let host = match host.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => host,
        };
        let path = path.strip_suffix(".git").unwrap_or(path).to_lowercase();
        (!host.is_empty() && !path.is_empty()).then(|| Address {
            url: shown,
            host: host.to_lowercase(),
            path,
        })
    }

    /// Whether both may lead to one repository. A host without a dot is a name that the user's own
    /// settings of ssh give to another one.
    fn may_be(&self, other: &Address) -> bool {
        let is_alias = |host: &str| !host.contains('.');
        let same_host = self.host == other.host || is_alias(&self.host) || is_alias(&other.host);
        same_host && self.path == other.path
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // clippy.toml's exemption does not reach a test's own functions.
mod tests {
    use super::*;

    #[test]
    fn one_repository_has_many_urls() {
        let registered = Address::of("https://git.example.com/labs/aperture.git").unwrap();
        for url in [
            "https://git.example.com/labs/aperture.git",
            "https://git.example.com/labs/aperture",
            "https://git.example.com/labs/aperture/",
            "https://GIT.example.com/Labs/aperture.git",
            "https://ada:secret@git.example.com/labs/aperture.git?x=1",
            "http://git.example.com:8080/labs/aperture",
            "ssh://git@git.example.com:2222/labs/aperture.git",
            "git@git.example.com:labs/aperture.git",
            "git.example.com:labs/aperture",
            "git@work:labs/aperture.git",
        ] {
            assert!(Address::of(url).unwrap().may_be(&registered), "{url}");
        }
        for url in [
            "https://git.example.com/ada/aperture.git",
            "git@git.example.org:labs/aperture.git",
            "git@work:ada/aperture.git",
        ] {
            assert!(!Address::of(url).unwrap().may_be(&registered), "{url}");
        }
        for folder in [
            "../aperture",
            "/srv/git/aperture.git",
            "file:///srv/git/a",
            "C:\\git\\a",
            "./a:b",
        ] {
            assert_eq!(Address::of(folder), None, "{folder}");
        }
    }

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        for (url, shown) in [
            (
                "https://ada:sec@ret@git.example.com/a",
                "https://git.example.com/a",
            ),
            (
                "https://secret@git.example.com:8080/a.git",
                "https://git.example.com:8080/a.git",
            ),
            (
                "https://git.example.com/a?token=secret#secret",
                "https://git.example.com/a",
            ),
            ("ada:secret@git.example.com:a", "ada@git.example.com:a"),
            ("git@git.example.com:a", "git@git.example.com:a"),
        ] {
            assert_eq!(Address::of(url).unwrap().url, shown, "{url}");
        }
    }
}
