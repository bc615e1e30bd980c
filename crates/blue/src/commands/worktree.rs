//! `blue realm worktree`: a change that goes across repos gets a branch and a checkout in each of them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blue_git::Rewrites;
use blue_ops::worktree::{
    Absent, Around, Fate, Leaving, Plan, Planned, Removal, Standing, Start, Wish, create, dry_run,
    list, removal, remove,
};
use blue_ops::{Ask, Freshness, OpenRealm, RealmPlace};
use blue_realm::Realm;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use crate::cli::Context;
use crate::failure::{Error, Exit};
use crate::interruption;
use crate::output::json::to_text;
use crate::output::terminal::Terminal;
use crate::output::visible::visible;
use crate::output::{Format, Paint, Style};
use crate::realms::{self, FetchArgs, Here};

/// Make a branch and a worktree for a change in every repository of a domain
///
/// Branch `feat/NAME`, checked out in `.worktrees/feat-NAME/` of every repository that stands on this machine; all of them
/// or none. What is there is left as it is, so that it can be run again. git is told to ignore the folder.
#[derive(Debug, Clone, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  blue realm worktree --rfc experiments
  blue realm worktree --rfc experiments --repos aperture --dry-run
  blue realm worktree list
  blue realm worktree remove --rfc experiments"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    does: Option<Does>,
    /// The change's name: its branch is feat/NAME
    #[arg(long, value_name = "NAME", global = true)]
    rfc: Option<String>,
    /// The domain whose repositories take part [default: the only one of this repository]
    #[arg(long, value_name = "NAME", global = true)]
    domain: Option<String>,
    /// These of its repositories alone
    #[arg(long, value_name = "A,B", value_delimiter = ',', global = true)]
    repos: Vec<String>,
    /// Show what would be done, and do nothing
    #[arg(long, global = true)]
    dry_run: bool,
    /// Of several realms here, this one
    #[arg(long = "of", value_name = "REALM", global = true)]
    of: Option<String>,
    /// The realm's checkout, in place of what .blue/config.yaml says [env: BLUE_REALM_PATH]
    #[arg(long, value_name = "PATH", global = true)]
    realm: Option<PathBuf>,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Does {
    /// Make them; the same as without a word
    Create,
    /// Which there are, and what was done in them
    List,
    /// Take them and their branch away, where nothing done in them is lost
    Remove {
        /// The change's name; the same as --rfc NAME
        #[arg(conflicts_with = "rfc")]
        name: Option<String>,
    },
}

/// What `blue realm worktree --json` writes, of all its verbs.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Worktrees of changes")]
struct Document {
    /// Of this shape.
    #[schemars(extend("const" = 1))]
    version: u32,
    realm: String,
    /// `created`, `listed` or `removed`; `would-create`, `would-remove` with `--dry-run`.
    did: &'static str,
    /// One for each git repository that has one.
    worktrees: Vec<WorktreeShape>,
    /// Repositories that do not stand on this machine.
    absent: Vec<AbsentShape>,
}

#[derive(Serialize, JsonSchema, Default)]
#[schemars(rename = "Worktree")]
struct WorktreeShape {
    /// The change's name.
    rfc: String,
    branch: String,
    /// More than one where they share a git repository.
    repos: Vec<RepoShape>,
    /// Its folder.
    path: PathBuf,
    /// `made`, `there` (it was), `elsewhere` (the branch is checked out at a place of its own), `half` (its making or
    /// taking away was interrupted), `removed`, `left`.
    state: &'static str,
    /// What a new branch begins at: `origin/main`.
    #[serde(skip_serializing_if = "Option::is_none")]
    begins_at: Option<String>,
    /// How many files are changed, or new; `list` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<usize>,
    /// How many commits no remote, other branch or tag has; `list` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    only_here: Option<usize>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Repo")]
struct RepoShape {
    name: String,
    /// Where it stands in the worktree.
    path: PathBuf,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Absent")]
struct AbsentShape {
    repo: String,
    why: String,
}

/// The schema of the document.
pub(crate) fn schema() -> schemars::Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Document>();
    schema.insert("$id".to_owned(), "urn:blue:schema:worktrees".into());
    schema
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let given = crate::commands::check::realm_path(args.realm.as_deref(), context);
    let here = realms::here(&context.start()?, given.as_deref())?;
    let place = crate::commands::admin::the_realm(&here, args.of.as_deref())?.clone();
    let mut progress = |doing: &str| terminal.progress(doing);
    let fetch = FetchArgs {
        offline: args.dry_run,
        fetch: false,
    };
    realms::refresh(&here, fetch, &mut progress)?;
    let mut ask = Ask::reading(&mut progress);
    let realm = match args.dry_run {
        true => OpenRealm::open_rehearsal(&place, &mut ask)?,
        false => OpenRealm::open(&place, Freshness::AsItIs, Rewrites::Stop, &mut ask)?,
    };
    let record = realm.realm_at(realm.tip()?)?;
    let around = Around {
        realm: &record,
        name: &place.name,
        checkout: realm.checkout(),
        here: here.repo.as_deref().map(|repo| (repo, &*here.root)),
    };
    let style = context.style;
    let (document, said) = match &args.does {
        Some(Does::List) => listed(args, &here, &place, &around)?,
        Some(Does::Remove { name }) => {
            removed((args, name.as_deref()), &here, &around, &mut ask, style)?
        }
        Some(Does::Create) | None => created(args, &here, &around, &mut ask, style)?,
    };
    let text = match context.format {
        Format::Json => to_text(&document),
        Format::Human => said,
    };
    terminal.write_all(text.as_bytes())?;
    Ok(Exit::Fine)
}

fn rfc(args: &Args) -> Result<&str, Error> {
    args.rfc.as_deref().ok_or_else(|| Error::Use {
        message: "which change the worktrees are for is not said".to_owned(),
        hint: "name it with --rfc NAME: its branch is feat/NAME".to_owned(),
    })
}

/// The domain that is meant.
fn domain(args: &Args, here: &Here, realm: &Realm) -> Result<String, Error> {
    let known = domains(args, here, realm)?;
    match known.as_slice() {
        [one] => Ok(one.clone()),
        _ => Err(Error::Use {
            message: "there are several domains here".to_owned(),
            hint: format!("say which with --domain: {}", known.join(", ")),
        }),
    }
}

/// The domain that is named, else all of this repository.
fn domains(args: &Args, here: &Here, realm: &Realm) -> Result<Vec<String>, Error> {
    if let Some(named) = &args.domain {
        return Ok(vec![named.clone()]);
    }
    let name = |it: &Arc<blue_realm::Domain>| it.name.to_string();
    let known: Vec<String> = match &here.repo {
        Some(repo) => realm.domains_of(repo).map(name).collect(),
        None => realm.domains().map(name).collect(),
    };
    match known.is_empty() {
        true => Err(Error::Use {
            message: "this repository is a member of no domain".to_owned(),
            hint: "name a domain of the realm with --domain".to_owned(),
        }),
        false => Ok(known),
    }
}

type Told = (Document, String);

fn created(
    args: &Args,
    here: &Here,
    around: &Around<'_>,
    ask: &mut Ask<'_>,
    style: Style,
) -> Result<Told, Error> {
    let domain = domain(args, here, around.realm)?;
    let wish = Wish {
        rfc: rfc(args)?,
        domains: std::slice::from_ref(&domain),
        repos: &args.repos,
    };
    interruption::stops(ask);
    let plan = match args.dry_run {
        true => dry_run(around, &wish)?,
        false => match create(around, &wish, ask) {
            // It was taken back.
            Err(blue_ops::Error::Stopped) => {
                return Err(Error::Interrupted { done: Vec::new() });
            }
            done => done?,
        },
    };
    let mut said = String::new();
    for planned in &plan.worktrees {
        said.push_str(&made(planned, &plan.branch, args.dry_run, style));
    }
    said.push_str(&absent_lines(&plan.absent, style));
    said.push_str(match args.dry_run {
        true => "nothing was made (--dry-run)\n",
        false => {
            "  `blue realm worktree list` says what is done in them, `remove` takes them away\n"
        }
    });
    let did = if args.dry_run {
        "would-create"
    } else {
        "created"
    };
    Ok((document(around, did, &plan, wish.rfc), said))
}

/// One line a worktree.
fn made(planned: &Planned, branch: &str, is_dry: bool, style: Style) -> String {
    let repos: Vec<&str> = planned
        .repos
        .iter()
        .map(|(repo, _)| repo.as_str())
        .collect();
    let (repos, path) = (
        visible(&repos.join(", ")).into_owned(),
        shown(&planned.path),
    );
    let verb = if is_dry { "would be" } else { "is" };
    let mut line = match &planned.fate {
        Fate::Made(start) => {
            let from = match start {
                Start::Known => "which was there".to_owned(),
                Start::Pushed { name, .. } => format!("as {name} has it"),
                Start::New { name, at } => format!("from {name} at {}", at.short()),
            };
            format!("{repos}: {branch} ({from}) {verb} in {path}")
        }
        Fate::There => format!("{repos}: {branch} is in {path} already"),
        Fate::Elsewhere => format!("{repos}: {branch} is checked out in {path}, and stays there"),
    };
    let mark = match (&planned.fate, is_dry) {
        (Fate::Made(_), true) => "+".to_owned(),
        _ => style.good(),
    };
    line = format!("{mark} {line}\n");
    for (repo, folder) in &planned.repos {
        let config = planned.path.join(folder).join(blue_analysis::CONFIG);
        if !is_dry && !config.is_file() {
            line.push_str(&format!(
                "  {}: its .blue/config.yaml is not committed there, so that Blue does not know it in the worktree; \
                 commit it\n",
                visible(repo)
            ));
        }
    }
    line
}

fn absent_lines(absent: &[(String, Absent)], style: Style) -> String {
    let lines = absent.iter().map(|(repo, why)| {
        let text = format!("{repo}: none, for {why}");
        format!("  {}\n", style.paint(Paint::Dim, &visible(&text)))
    });
    lines.collect()
}

fn shown(path: &Path) -> String {
    visible(&path.display().to_string()).into_owned()
}

fn removed(
    (args, named): (&Args, Option<&str>),
    here: &Here,
    around: &Around<'_>,
    ask: &mut Ask<'_>,
    style: Style,
) -> Result<Told, Error> {
    let domains = domains(args, here, around.realm)?;
    let wish = Wish {
        rfc: named.map_or_else(|| rfc(args), Ok)?,
        domains: &domains,
        repos: &args.repos,
    };
    let removal = match args.dry_run {
        true => removal(around, &wish)?,
        false => remove(around, &wish, ask)?,
    };
    let mut said = String::new();
    for leaving in &removal.worktrees {
        said.push_str(&gone(leaving, &removal.branch, args.dry_run, style));
    }
    for path in &removal.left {
        let branch = &removal.branch;
        said.push_str(&format!(
            "  {branch} is checked out in {}, which is left\n",
            shown(path)
        ));
    }
    if removal.worktrees.is_empty() {
        let (good, branch) = (style.good(), &removal.branch);
        said = format!("{good} nothing to do: there is no worktree of {branch}\n{said}");
    }
    if args.dry_run {
        said.push_str("nothing was taken away (--dry-run)\n");
    }
    let did = if args.dry_run {
        "would-remove"
    } else {
        "removed"
    };
    Ok((removal_document(around, did, &removal, wish.rfc), said))
}

fn gone(leaving: &Leaving, branch: &str, is_dry: bool, style: Style) -> String {
    let repos = visible(&leaving.repos.join(", ")).into_owned();
    let (with, verb) = match leaving.branch {
        Some(_) => (format!("{branch} and {}", shown(&leaving.path)), "are"),
        None => (format!("{} ({branch} stays)", shown(&leaving.path)), "is"),
    };
    let verb = if is_dry { "would be" } else { verb };
    let mark = if is_dry { "-".to_owned() } else { style.good() };
    format!("{mark} {repos}: {with} {verb} gone\n")
}

fn listed(
    args: &Args,
    here: &Here,
    place: &RealmPlace,
    around: &Around<'_>,
) -> Result<Told, Error> {
    let mut repos: Vec<String> = match (&args.domain, &here.repo) {
        (None, Some(repo)) => members(around.realm.domains_of(repo)),
        (named, _) => members(
            around
                .realm
                .domains()
                .filter(|it| named.as_ref().is_none_or(|named| *it.name == **named)),
        ),
    };
    // Whoever is in no domain yet may have some all the same.
    repos.extend(here.repo.clone());
    repos.sort();
    repos.dedup();
    repos.retain(|repo| args.repos.is_empty() || args.repos.contains(repo));
    let found = list(around, &repos)?;
    let of_rfc = |rfc: &String| args.rfc.as_ref().is_none_or(|asked| asked == rfc);
    let mut said = String::new();
    let mut worktrees = Vec::new();
    for (rfc, standing) in found.changes.iter().filter(|(rfc, _)| of_rfc(rfc)) {
        said.push_str(&format!("{}\n", visible(rfc)));
        for it in standing {
            said.push_str(&line(it, rfc));
            worktrees.push(standing_shape(it, rfc));
        }
    }
    if worktrees.is_empty() {
        said = format!(
            "no worktrees in the repositories of {}; `blue realm worktree --rfc NAME` makes them\n",
            visible(&place.name)
        );
    }
    let document = Document {
        version: 1,
        realm: place.name.clone(),
        did: "listed",
        worktrees,
        absent: absent_shapes(&found.absent),
    };
    Ok((document, said))
}

fn members<'r>(domains: impl Iterator<Item = &'r Arc<blue_realm::Domain>>) -> Vec<String> {
    let members = domains.filter_map(|it| it.members().map(Iterator::collect::<Vec<_>>));
    members.flatten().map(ToString::to_string).collect()
}

/// A worktree, and what was done in it.
fn line(it: &Standing, rfc: &str) -> String {
    let repos: Vec<&str> = it.repos.iter().map(|(repo, _)| repo.as_str()).collect();
    let count = |number: usize, one: &str, more: &str| match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        number => Some(format!("{number} {more}")),
    };
    let strayed = it.strayed.as_ref().map(|on| match on {
        Some(branch) => format!("on {branch}"),
        None => "on no branch".to_owned(),
    });
    let half = it.is_half.then(|| {
        format!("half made: `blue realm worktree --rfc {rfc}` finishes it, `remove` takes it away")
    });
    let told = [
        half,
        strayed,
        count(it.changed, "file not committed", "files not committed"),
        count(it.only_here, "commit not pushed", "commits not pushed"),
    ];
    let told: Vec<String> = told.into_iter().flatten().collect();
    let told = match told.is_empty() {
        true => "nothing to lose".to_owned(),
        false => told.join(", "),
    };
    format!(
        "  {}: {} ({})\n",
        visible(&repos.join(", ")),
        shown(&it.path),
        visible(&told)
    )
}

fn repo_shapes(repos: &[(String, PathBuf)], at: &Path) -> Vec<RepoShape> {
    let repos = repos.iter().map(|(name, folder)| RepoShape {
        name: name.clone(),
        path: at.join(folder).components().collect(),
    });
    repos.collect()
}

fn absent_shapes(absent: &[(String, Absent)]) -> Vec<AbsentShape> {
    let absent = absent.iter().map(|(repo, why)| AbsentShape {
        repo: repo.clone(),
        why: why.to_string(),
    });
    absent.collect()
}

fn standing_shape(it: &Standing, rfc: &str) -> WorktreeShape {
    let branch = match &it.strayed {
        None => blue_ops::worktree::branch_of(rfc),
        Some(on) => on.clone().unwrap_or_default(),
    };
    WorktreeShape {
        rfc: rfc.to_owned(),
        branch,
        repos: repo_shapes(&it.repos, &it.path),
        path: it.path.clone(),
        state: if it.is_half { "half" } else { "there" },
        begins_at: None,
        changed: Some(it.changed),
        only_here: Some(it.only_here),
    }
}

fn document(around: &Around<'_>, did: &'static str, plan: &Plan, rfc: &str) -> Document {
    let worktrees = plan.worktrees.iter().map(|it| WorktreeShape {
        rfc: rfc.to_owned(),
        branch: plan.branch.clone(),
        repos: repo_shapes(&it.repos, &it.path),
        path: it.path.clone(),
        state: match &it.fate {
            Fate::Made(_) => "made",
            Fate::There => "there",
            Fate::Elsewhere => "elsewhere",
        },
        begins_at: match &it.fate {
            Fate::Made(Start::New { name, .. } | Start::Pushed { name, .. }) => Some(name.clone()),
            _ => None,
        },
        ..WorktreeShape::default()
    });
    Document {
        version: 1,
        realm: around.name.to_owned(),
        did,
        worktrees: worktrees.collect(),
        absent: absent_shapes(&plan.absent),
    }
}

fn removal_document(
    around: &Around<'_>,
    did: &'static str,
    removal: &Removal,
    rfc: &str,
) -> Document {
    let shape = |path: &Path, state: &'static str| WorktreeShape {
        rfc: rfc.to_owned(),
        branch: removal.branch.clone(),
        path: path.to_owned(),
        state,
        ..WorktreeShape::default()
    };
    let gone = removal.worktrees.iter().map(|it| WorktreeShape {
        repos: it
            .repos
            .iter()
            .map(|name| RepoShape {
                name: name.clone(),
                path: it.path.clone(),
            })
            .collect(),
        ..shape(&it.path, "removed")
    });
    let left = removal.left.iter().map(|path| shape(path, "left"));
    Document {
        version: 1,
        realm: around.name.to_owned(),
        did,
        worktrees: gone.chain(left).collect(),
        absent: absent_shapes(&removal.absent),
    }
}
