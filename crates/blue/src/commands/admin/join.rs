//! `blue realm admin join`: this repository takes part in a realm.

use std::path::{Path, PathBuf};

use blue_git::{RefUpdate, Repository};
use blue_ops::admin::{Join, NewExport, NewImport, is_nobodys, join};
use blue_ops::{Actor, Ask, OpenRealm, Programs, Published, RealmAt, RealmPlace, commit, renew};
use blue_realm::Realm;
use blue_workspace::{Found, RealmIdentity, blue_home, discover, note_realm};
use serde_json::json;

use crate::cli::Context;
use crate::commands::admin::own_files::{OwnFile, own_files, write_own};
use crate::commands::admin::seen::Seen;
use crate::commands::admin::{Common, Outcome, agreed, change, open, tell};
use crate::failure::{Error, Exit};
use crate::output::terminal::Terminal;

/// Take part in a realm with this repository
///
/// Writes this repository into the realm, with you as its maintainer, and the bindings that its code asks for and its
/// domains wait for; and .blue/config.yaml here. What is found in the code is shown first. Where the realm admits by
/// approval and you are no approver, it is a branch that waits for one.
#[derive(Debug, Clone, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  blue realm admin join ../realm-letemcook
  blue realm admin join https://git.example.com/realms/letemcook.git --as aperture --yes
  blue realm admin join letemcook --as aperture --folder"
)]
pub(crate) struct Args {
    /// The realm: the path of its checkout, its address, or the name of one that is known here
    #[arg(value_name = "REALM")]
    place: String,
    /// This repository's name in the realm [default: its folder's]
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    /// Have this folder take part, as a repository of its own among several in one of git's
    #[arg(long)]
    folder: bool,
    #[command(flatten)]
    common: Common,
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let start = context.start()?;
    let repository = blue_git::discover(&start)?.ok_or_else(|| Error::Use {
        message: format!("{} is in no git repository", start.display()),
        hint: "make one with `git init`, and commit your code".to_owned(),
    })?;
    let real = |path: PathBuf| path.canonicalize().unwrap_or(path);
    let start = real(start);
    let whole = real(repository.workdir().map_or(start.clone(), Path::to_owned));
    let root = match discover(&start, blue_home().as_deref()) {
        // The repository for Blue is the folder of its config, and not git's.
        Some(Found::Repo(root)) if !args.folder && root.starts_with(&whole) => root,
        _ if args.folder => start.clone(),
        _ => whole.clone(),
    };
    let name = match (&args.name, named_here(&root)) {
        (Some(name), _) => name.clone(),
        (None, Some(name)) => name,
        (None, None) => folder_name(&root),
    };
    let mut progress = |doing: &str| terminal.progress(doing);
    let seen = Seen::of(&root, &mut progress)?;
    let mut ask = Ask::new(Actor::of(&repository)?, Programs::OnTerminal, &mut progress);
    let (mut realm, at) = reach(args, context, &mut ask)?;
    let base = realm.realm_at(realm.tip()?)?;
    let mut wish = wish(&name, (&root, &whole), &repository, &at, &base, &seen)?;
    if base.repo(&name).is_some() {
        // What stands there is its maintainers'.
        wish.path = None;
        wish.url = None;
        wish.subdir = None;
    }
    let is_admitted = wish.is_admitted(&base, &ask.actor)?;
    is_itself(&root, &name, &base, &at)?;
    let realm_name = base.name().unwrap_or(&realm.name).to_owned();
    let own = own_files(&root, &name, &realm_name, &at)?;
    let beside: String = own.iter().map(OwnFile::diff).collect();
    let common = Common {
        beside: match beside.is_empty() {
            true => beside,
            false => format!("in {}:\n{beside}", root.display()),
        },
        ..args.common.clone()
    };
    let outcome = match is_admitted {
        true => {
            let now = ask.now;
            change(&mut realm, &common, &mut ask, &mut |base, actor| {
                join(base, &wish, actor, now)
            })?
        }
        false => propose(&mut realm, &wish, &common, &mut ask)?,
    };
    let outcome = match outcome {
        Outcome::Nothing if common.dry_run && !own.is_empty() => Outcome::Shown(common.beside),
        Outcome::Nothing if !own.is_empty() => match agreed(&common, &common.beside)? {
            true => Outcome::Landed,
            false => Outcome::Declined,
        },
        outcome => outcome,
    };
    let mut next = Vec::new();
    if start != root && root == whole {
        next.push(format!(
            "all of {} takes part; --folder has {} take part alone",
            whole.display(),
            start.display()
        ));
    }
    if matches!(outcome, Outcome::Landed | Outcome::Nothing) {
        write_own(&root, &own)?;
        note_realm(&RealmIdentity::of(&realm_name, &identity_path(&at)))?;
        if !is_admitted {
            let approvers = base.governance("").approvers().join(" or ");
            next.push(format!(
                "it waits on the branch {} for {approvers}, whose next `blue realm sync` lets it in",
                branch(&name)
            ));
        }
    }
    let record = realm.realm_at(realm.tip()?)?;
    if is_nobodys(&record, &name) && !common.dry_run {
        next.push(format!(
            "{name} has no maintainer there: an approver puts one into `maintainers` of repos/{name}.yaml"
        ));
    }
    next.extend(what_next(&wish, &base, &seen));
    let said = match is_admitted {
        true => format!("{name} takes part in {realm_name}"),
        false => format!("{name} asks to take part in {realm_name}"),
    };
    let shape = json!({
        "realm": realm_name,
        "repo": name,
        "admitted": is_admitted,
        "sites": seen.count(),
        "exports": wish.exports.iter().map(|it| &it.contract).collect::<Vec<_>>(),
        "imports": wish.imports.iter().map(|it| &it.contract).collect::<Vec<_>>(),
    });
    tell(context, terminal, &outcome, (&said, &next), shape)
}

/// What the config in a folder says that this is.
fn named_here(root: &Path) -> Option<String> {
    let text = std::fs::read_to_string(root.join(".blue").join("config.yaml")).ok()?;
    let read: serde_json::Value = serde_yaml::from_str(&text).ok()?;
    read.get("repo")?.as_str().map(str::to_owned)
}

/// Fails where this folder takes part under another name already, or the name is another folder's: either would speak for
/// a repository that it is not.
fn is_itself(root: &Path, name: &str, base: &Realm, at: &At) -> Result<(), Error> {
    if let Some(own) = named_here(root).filter(|own| own != name) {
        return Err(Error::Use {
            message: format!(
                "{} says that this is {own}, and not {name}",
                root.join(".blue").join("config.yaml").display()
            ),
            hint: format!(
                "join with --as {own}; to have a folder in it take part as {name}, run it there with --folder; to have \
                 all of it do so, write `repo: {name}` there first"
            ),
        });
    }
    let (At::Path(realm, _), Some(file)) = (at, base.repo(name)) else {
        return Ok(()); // Where it is on this machine nobody says; remotes are compared at each check.
    };
    let Some(path) = file.path.as_deref() else {
        return Ok(());
    };
    let other = realm.join(path);
    let other = other.canonicalize().unwrap_or(other);
    let is_repository = |path: &Path| blue_git::discover(path).ok().flatten().is_some();
    let is_same = |path: &Path| {
        let common = |path: &Path| Some(blue_git::discover(path).ok()??.common_dir().to_owned());
        path == root || common(path) == common(root)
    };
    if !other.is_dir() || !is_repository(&other) || is_same(&other) {
        return Ok(());
    }
    Err(Error::Use {
        message: format!("the realm knows {name} as {}, which is another repository than this", other.display()),
        hint: "join under a name of its own with --as NAME, or have `path` in its repos/ file say where it is now".to_owned(),
    })
}

fn folder_name(root: &Path) -> String {
    let name = root
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_default()
}

/// Where a realm is, as the config here is to say it.
pub(super) enum At {
    /// Its checkout, absolute; and its remote's address, where that is one that others reach too.
    Path(PathBuf, Option<String>),
    Url(String),
}

fn reach(args: &Args, context: &Context, ask: &mut Ask<'_>) -> Result<(OpenRealm, At), Error> {
    let (place, common) = (args.place.as_str(), &args.common);
    let path = context.at(Path::new(place));
    if path.is_dir() {
        let path = path.canonicalize().map_err(|source| Error::File {
            doing: "read",
            path: path.clone(),
            source,
        })?;
        let at = RealmPlace {
            name: folder_name(&path),
            at: RealmAt::Path(path.clone()),
            follow: None,
        };
        let realm = open(&at, common, ask)?;
        let remotes = realm.repository.remotes()?;
        let url = remotes
            .into_iter()
            .find(|it| Some(&it.name) == realm.remote.as_ref());
        let url = url
            .map(|remote| remote.url)
            .filter(|url| url.contains("://") || url.contains('@'));
        return Ok((realm, At::Path(path, url)));
    }
    let known = known(place);
    if let Some(path) = known.as_deref().filter(|it| Path::new(it).is_dir()) {
        let args = Args {
            place: path.to_owned(),
            ..args.clone()
        };
        return reach(&args, context, ask);
    }
    let place = known.as_deref().unwrap_or(place);
    // `../nothing` is a path with a slip in it, and no address.
    if blue_git::allowed(place).is_err() || !(place.contains(':')) {
        return Err(Error::Use {
            message: format!(
                "{place} is neither a folder here, nor an address that git may fetch, nor the name of a realm that is \
                 known here"
            ),
            hint: "name the checkout of a realm, or an https or ssh address".to_owned(),
        });
    }
    let home = blue_home().ok_or_else(|| Error::Use {
        message: "there is no home folder to keep a clone of the realm in".to_owned(),
        hint: "set BLUE_HOME".to_owned(),
    })?;
    let last = place
        .trim_end_matches('/')
        .rsplit(['/', ':'])
        .next()
        .unwrap_or("realm");
    let guess = last.trim_end_matches(".git").trim_start_matches("realm-");
    let named = |name: &str| RealmPlace {
        name: name.to_owned(),
        at: RealmAt::Url {
            home: home.clone(),
            url: place.to_owned(),
        },
        follow: None,
    };
    let realm = open(&named(guess), common, ask)?;
    let said = realm.realm_at(realm.tip()?)?.name().map(str::to_owned);
    let at = At::Url(blue_git::without_credentials(place));
    match said {
        // Its clone is kept under its own name.
        Some(name) if name != guess => {
            drop(realm);
            Ok((open(&named(&name), common, ask)?, at))
        }
        _ => Ok((realm, at)),
    }
}

/// Where a realm is that is known on this machine by its name: a folder, or an address.
fn known(name: &str) -> Option<String> {
    if !blue_realm::is_name(name) {
        return None;
    }
    let home = blue_home()?;
    let index = std::fs::read_to_string(home.join("index.yaml")).unwrap_or_default();
    let index: serde_json::Value = serde_yaml::from_str(&index).unwrap_or_default();
    let listed = index.get("realms").and_then(|it| it.as_array());
    let text = |entry: &serde_json::Value, key| Some(entry.get(key)?.as_str()?.to_owned());
    let mut own = listed
        .into_iter()
        .flatten()
        .filter(|entry| text(entry, "name").as_deref() == Some(name));
    let listed = own.find_map(|entry| {
        let path = text(entry, "path").filter(|path| Path::new(path).is_dir());
        path.or_else(|| text(entry, "url"))
    });
    listed.or_else(|| {
        let kept = blue_git::open_managed(&home, name).ok()??;
        Some(kept.remotes().ok()?.into_iter().next()?.url)
    })
}

fn identity_path(at: &At) -> PathBuf {
    match at {
        At::Path(path, _) => path.clone(),
        At::Url(url) => PathBuf::from(url),
    }
}

/// What is written into the realm: the repository, and the bindings that wait for it.
fn wish(
    name: &str,
    (root, whole): (&Path, &Path),
    repository: &Repository,
    at: &At,
    base: &Realm,
    seen: &Seen,
) -> Result<Join, Error> {
    let url = repository
        .remotes()?
        .into_iter()
        .next()
        .map(|remote| remote.url);
    let path = match at {
        At::Path(realm, _) => relative(realm, whole),
        At::Url(_) => None,
    };
    let subdir = relative(whole, root).filter(|it| !it.is_empty());
    let mut wish = Join {
        repo: name.to_owned(),
        url: url.filter(|url| url.contains("://") || url.contains('@')),
        path,
        subdir,
        ..Join::default()
    };
    for domain in base.domains_of(name) {
        for contract in base.contracts(&domain.name) {
            let binding = base.binding(&domain.name, name);
            if contract.owner.as_deref() == Some(name) {
                let exports = binding
                    .is_some_and(|it| it.exports.iter().any(|it| it.contract == contract.name));
                let files = seen.source_files();
                let export = NewExport {
                    domain: domain.name.to_string(),
                    contract: contract.name.to_string(),
                    files,
                    bucket: seen.bucket(),
                    constant: None,
                };
                // Which of several the code speaks for is for people to say.
                let is_only =
                    wish.exports.is_empty() && seen.tells_apart(base, name, &export).is_ok();
                if !exports && !export.files.is_empty() && is_only {
                    wish.exports.push(export);
                }
                continue;
            }
            let imports =
                binding.is_some_and(|it| it.imports.iter().any(|it| it.contract == contract.name));
            let files = seen.granting(contract);
            if !imports && !files.is_empty() {
                wish.imports.push(NewImport {
                    domain: domain.name.to_string(),
                    contract: contract.name.to_string(),
                    version: range(contract.version.as_ref()),
                    binding: files,
                });
            }
        }
    }
    Ok(wish)
}

/// Every version from this one on that breaks nothing; before a first release, those that a first one may be.
fn range(version: Option<&semver::Version>) -> String {
    match version {
        Some(version) if version.major > 0 => {
            format!(">={version}, <{}.0.0", version.major + 1)
        }
        _ => ">=1.0.0, <2.0.0".to_owned(),
    }
}

/// The way from one folder to another, with `/`; both are absolute, without links. Nothing where only the root of the
/// file system holds both: such a way says nothing to anyone else.
pub(super) fn relative(from: &Path, to: &Path) -> Option<String> {
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let same = from
        .iter()
        .zip(&to)
        .take_while(|(one, other)| one == other)
        .count();
    if same <= 1 {
        return None;
    }
    let up = from[same..].iter().map(|_| "..".to_owned());
    let down = to[same..]
        .iter()
        .map(|part| part.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = up.chain(down).collect();
    Some(parts.join("/"))
}

fn branch(name: &str) -> String {
    format!("join/{name}")
}

/// Joining, as a branch that an approver merges. One that is there already follows the branch of record, so that it
/// still can be merged.
fn propose(
    realm: &mut OpenRealm,
    wish: &Join,
    common: &Common,
    ask: &mut Ask<'_>,
) -> Result<Outcome, Error> {
    let tip = realm.tip()?;
    let base = realm.realm_at(tip)?;
    let actor = ask.actor.clone();
    let Some(written) = join(&base, wish, &actor, ask.now)? else {
        return Ok(Outcome::Nothing);
    };
    let branch = branch(&wish.repo);
    let mut there = realm.branches(&branch)?.into_iter();
    let there = there.find(|(name, _)| *name == branch).map(|(_, at)| at);
    if let Some(at) = there
        && realm.repository.is_ancestor(tip, at)?
        && join(&realm.realm_at(at)?, wish, &actor, ask.now)?.is_none()
    {
        return Ok(Outcome::Nothing);
    }
    let diff = written.proposed.diff() + &common.beside;
    if common.dry_run {
        return Ok(Outcome::Shown(diff));
    }
    if !agreed(common, &diff)? {
        return Ok(Outcome::Declined);
    }
    let made = match there {
        None => Some(commit(realm, tip, &written, ask)?),
        Some(at) => renew(realm, (at, tip), &written, ask)?,
    };
    let Some(made) = made else {
        return Err(Error::Use {
            message: format!(
                "{branch} and {} say different things of the same files",
                realm.main
            ),
            hint: format!("merge {} into {branch} by hand", realm.main),
        });
    };
    let update = RefUpdate {
        branch,
        expected: there,
        to: Some(made),
    };
    match realm.publish(&update, ask)? {
        Published::Done => Ok(Outcome::Landed),
        // Somebody else proposed the same.
        Published::Moved => Ok(Outcome::Nothing),
    }
}

/// What was seen, and what is there to do about it.
fn what_next(wish: &Join, base: &Realm, seen: &Seen) -> Vec<String> {
    let mut next = Vec::new();
    for it in &wish.exports {
        next.push(format!(
            "exports {} from {}",
            it.contract,
            it.files.join(", ")
        ));
    }
    for it in &wish.imports {
        next.push(format!(
            "imports {} {}, bound to {}",
            it.contract,
            it.version,
            it.binding.join(", ")
        ));
    }
    if wish.exports.is_empty() && seen.count() > 0 && base.domains_of(&wish.repo).next().is_none() {
        let places = if seen.count() == 1 {
            "place touches"
        } else {
            "places touch"
        };
        next.push(format!(
            "{} {places} S3 objects: `blue realm admin domain create NAME --repos {},… --contract CONTRACT` exports them",
            seen.count(),
            wish.repo,
        ));
    }
    for domain in base.domains() {
        for contract in base.contracts(&domain.name) {
            let is_member = base.domains_of(&wish.repo).any(|it| it.name == domain.name);
            let files = seen.granting(contract);
            if !is_member && contract.value.is_some() && !files.is_empty() {
                next.push(format!(
                    "{} grants what {name} says: `blue realm admin import {name} --domain {} --version '{}' \
                     --binding {}` follows it",
                    files.join(", "),
                    domain.name,
                    range(contract.version.as_ref()),
                    files.join(","),
                    name = contract.name,
                ));
            }
        }
    }
    next.push("`blue realm check` says what is to be done here".to_owned());
    next
}
