//! `blue realm admin join`: this repository takes part in a realm.

use std::path::{Path, PathBuf};

use blue_git::{RefUpdate, Repository};
use blue_ops::admin::{Join, NewExport, NewImport, join};
use blue_ops::{
    Actor, Ask, OpenRealm, Programs, Published, RealmAt, RealmPlace, commit, diff_of, renew,
};
use blue_realm::Realm;
use blue_workspace::{RealmIdentity, blue_home, note_realm};
use serde_json::json;

use crate::cli::Context;
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
  blue realm admin join https://git.example.com/realms/letemcook.git --as aperture --yes"
)]
pub(crate) struct Args {
    /// The realm: the path of its checkout, or its address
    #[arg(value_name = "REALM")]
    place: String,
    /// This repository's name in the realm [default: its folder's]
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    common: Common,
}

const CONFIG: &str = ".blue/config.yaml";
const IGNORE: &str = ".gitignore";

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let start = context.start()?;
    let repository = blue_git::discover(&start)?.ok_or_else(|| Error::Use {
        message: format!("{} is in no git repository", start.display()),
        hint: "make one with `git init`, and commit your code".to_owned(),
    })?;
    let root = repository.workdir().map_or(start.clone(), Path::to_owned);
    let root = root.canonicalize().unwrap_or(root);
    let name = match &args.name {
        Some(name) => name.clone(),
        None => folder_name(&root),
    };
    let mut progress = |doing: &str| terminal.progress(doing);
    let seen = Seen::of(&root, &mut progress)?;
    let mut ask = Ask::new(Actor::of(&repository)?, Programs::OnTerminal, &mut progress);
    let (mut realm, at) = reach(args, context, &mut ask)?;
    let base = realm.realm_at(realm.tip()?)?;
    let mut wish = wish(&name, &root, &repository, &at, &base, &seen)?;
    if base.repo(&name).is_some() {
        // What stands there is its maintainers'.
        wish.path = None;
        wish.url = None;
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
        outcome => outcome,
    };
    let mut next = Vec::new();
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

/// Fails where this folder takes part under another name already, or the name is another folder's: either would speak for
/// a repository that it is not.
fn is_itself(root: &Path, name: &str, base: &Realm, at: &At) -> Result<(), Error> {
    let config = root.join(".blue").join("config.yaml");
    if let Ok(text) = std::fs::read_to_string(&config) {
        let read: serde_json::Value = serde_yaml::from_str(&text).unwrap_or_default();
        if let Some(own) = read.get("repo").and_then(|it| it.as_str())
            && own != name
        {
            return Err(Error::Use {
                message: format!(
                    "{} says that this is {own}, and not {name}",
                    config.display()
                ),
                hint: format!(
                    "join with --as {own}; or, to take part as {name}, write `repo: {name}` there first"
                ),
            });
        }
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
enum At {
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
    // `../nothing` is a path with a slip in it, and no address.
    if blue_git::allowed(place).is_err() || !(place.contains(':')) {
        return Err(Error::Use {
            message: format!("{place} is neither a folder here nor an address that git may fetch"),
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

fn identity_path(at: &At) -> PathBuf {
    match at {
        At::Path(path, _) => path.clone(),
        At::Url(url) => PathBuf::from(url),
    }
}

/// What is written into the realm: the repository, and the bindings that wait for it.
fn wish(
    name: &str,
    root: &Path,
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
        At::Path(realm, _) => relative(realm, root),
        At::Url(_) => None,
    };
    let mut wish = Join {
        repo: name.to_owned(),
        url: url.filter(|url| url.contains("://") || url.contains('@')),
        path,
        ..Join::default()
    };
    for domain in base.domains_of(name) {
        for contract in base.contracts(&domain.name) {
            let binding = base.binding(&domain.name, name);
            if contract.owner.as_deref() == Some(name) {
                let exports = binding
                    .is_some_and(|it| it.exports.iter().any(|it| it.contract == contract.name));
                let files = seen.source_files();
                if !exports && !files.is_empty() {
                    wish.exports.push(NewExport {
                        domain: domain.name.to_string(),
                        contract: contract.name.to_string(),
                        files,
                        bucket: seen.bucket(),
                        constant: None,
                    });
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
fn relative(from: &Path, to: &Path) -> Option<String> {
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

/// A file of this repository that joining writes.
struct OwnFile {
    /// From the repository's root.
    path: &'static str,
    before: Option<String>,
    after: String,
}

impl OwnFile {
    fn diff(&self) -> String {
        diff_of(self.path, self.before.as_deref(), Some(&self.after))
    }
}

/// `.blue/config.yaml` where there is none, and what of `.blue` git is not to know.
fn own_files(root: &Path, name: &str, realm: &str, at: &At) -> Result<Vec<OwnFile>, Error> {
    let mut files = Vec::new();
    if !root.join(CONFIG).exists() {
        let mut said = json!({"name": realm});
        match at {
            At::Path(path, url) => {
                let path =
                    relative(root, path).unwrap_or_else(|| path.to_string_lossy().into_owned());
                said["path"] = json!(path);
                if let Some(url) = url {
                    said["url"] = json!(url);
                }
            }
            At::Url(url) => said["url"] = json!(url),
        }
        files.push(OwnFile {
            path: CONFIG,
            before: None,
            after: blue_realm::edit::document(&json!({"realm": said, "repo": name})),
        });
    }
    let ignore = root.join(IGNORE);
    let before = match std::fs::read_to_string(&ignore) {
        Ok(text) => Some(text),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => None,
        Err(source) => {
            return Err(Error::File {
                doing: "read",
                path: ignore,
                source,
            });
        }
    };
    let mut after = before.clone().unwrap_or_default();
    for line in [".blue/cache.db*", ".blue/config.local.yaml"] {
        if after.lines().any(|it| it.trim() == line) {
            continue;
        }
        if !after.is_empty() && !after.ends_with('\n') {
            after.push('\n');
        }
        after.push_str(line);
        after.push('\n');
    }
    if before.as_ref() != Some(&after) {
        files.push(OwnFile {
            path: IGNORE,
            before,
            after,
        });
    }
    Ok(files)
}

fn write_own(root: &Path, files: &[OwnFile]) -> Result<(), Error> {
    for file in files {
        let path = root.join(file.path);
        let failed = |doing: &'static str, path: &Path| {
            let path = path.to_owned();
            move |source| Error::File {
                doing,
                path,
                source,
            }
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed("make", folder))?;
        }
        std::fs::write(&path, &file.after).map_err(failed("write", &path))?;
    }
    Ok(())
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
