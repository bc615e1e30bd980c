//! `blue realm admin domain`: where repos coordinate.

use std::io::Write as _;

use blue_ops::RealmAt;
use blue_ops::admin::{
    Constant, NewDomain, NewExport, Without, add_to_domain, create_domain, take_from_domain,
};
use blue_realm::{ContractFile, Realm, did_you_mean};
use serde_json::json;

use crate::cli::Context;
use crate::commands::admin::binding::first_value;
use crate::commands::admin::constant;
use crate::commands::admin::seen::Seen;
use crate::commands::admin::{Common, ask, change, open, stands, tell, the_realm};
use crate::failure::{Error, Exit};
use crate::output::Format;
use crate::output::json::to_text;
use crate::output::terminal::Terminal;
use crate::output::visible::visible;

/// Make a domain, change who is in it, or show it
#[derive(Debug, Clone, clap::Subcommand)]
pub(crate) enum Args {
    /// Make a domain, with its first contract and the bindings of its members
    Create(Create),
    /// Make a repository a member
    AddMember(Member),
    /// Take a repository out
    RemoveMember(Member),
    /// The domains of a realm
    List(List),
    /// Who is in a domain, and what it is about
    Show(Show),
}

/// The domain, a contract without a value, the owner's export binding, and an import binding for each other member
/// whose code grants something: what cannot be written is said, with who can. The first sync gives the contract its value.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Create {
    /// Its name
    name: String,
    /// Its members
    #[arg(long, value_name = "REPO", value_delimiter = ',', required = true)]
    repos: Vec<String>,
    /// Its first contract
    #[arg(long, value_name = "NAME")]
    contract: Option<String>,
    /// The contract's exporter [default: the first of --repos]
    #[arg(long, value_name = "REPO", requires = "contract")]
    owner: Option<String>,
    /// The owner's files that the contract is read from [default: what its code says]
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    files: Vec<String>,
    /// Give the contract the value that its owner's code has now; without it, its first sync does
    #[arg(long, requires = "contract")]
    from_code: bool,
    /// Read it from this constant of the owner's code, in place of what the code does to objects
    #[arg(long, value_name = "NAME", requires = "contract")]
    symbol: Option<String>,
    /// The member of the value, or the JSON pointer, that the constant is [default: all of it]
    #[arg(long, value_name = "FIELD", requires = "symbol")]
    into: Option<String>,
    #[command(flatten)]
    shared: Shared,
}

/// What all of them take.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Shared {
    /// Of several realms here, this one
    #[arg(long = "of", value_name = "REALM")]
    of: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// A member that comes or goes.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Member {
    /// The domain
    domain: String,
    /// The repository
    repo: String,
    #[command(flatten)]
    shared: Shared,
}

/// Which realm's.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct List {
    #[command(flatten)]
    shared: Shared,
}

/// Which one.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Show {
    /// The domain
    domain: String,
    #[command(flatten)]
    shared: Shared,
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    match args {
        Args::Create(args) => create(args, context, terminal),
        Args::AddMember(args) => member(args, Moves::In, context, terminal),
        Args::RemoveMember(args) => member(args, Moves::Out, context, terminal),
        Args::List(args) => show(None, &args.shared, context, terminal),
        Args::Show(args) => show(Some(&args.domain), &args.shared, context, terminal),
    }
}

fn create(args: &Create, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let common = &args.shared.common;
    constant::has_files(args.symbol.as_deref(), &args.files)?;
    let here = stands(context, common)?;
    let mut progress = |doing: &str| terminal.progress(doing);
    let place = the_realm(&here, args.shared.of.as_deref())?.clone();
    let owner = args.owner.clone().or_else(|| args.repos.first().cloned());
    let contract = args.contract.clone().zip(owner);
    // The code of those members that have a folder on this machine.
    let mut code = Vec::new();
    let (has_value, is_exported);
    let record = {
        let mut reading = ask(&here, &mut progress)?;
        let realm = open(&place, common, &mut reading)?;
        let base = realm.realm_at(realm.tip()?)?;
        let known = match &place.at {
            RealmAt::Path(path) => Some(path.clone()),
            RealmAt::Url { .. } => None,
        };
        let there = contract.as_ref();
        has_value = there.is_some_and(|(name, _)| {
            let contract = base.contract(&args.name, name);
            contract.is_some_and(|it| it.value.is_some())
        });
        is_exported = there.is_some_and(|(name, owner)| {
            let binding = base.binding(&args.name, owner);
            binding.is_some_and(|it| it.exports.iter().any(|it| *it.contract == **name))
        });
        for repo in &args.repos {
            let folder = match here.repo.as_deref() == Some(repo) {
                true => Some(here.root.clone()),
                false => known.as_ref().and_then(|realm| {
                    let file = base.repo(repo)?;
                    let folder = realm.join(&**file.path.as_ref()?);
                    let folder = match &file.subdir {
                        Some(subdir) => folder.join(&**subdir),
                        None => folder,
                    };
                    Some(folder).filter(|folder| folder.is_dir())
                }),
            };
            if let Some(folder) = folder {
                code.push((repo.clone(), folder));
            }
        }
        base
    };
    let mut wish = NewDomain {
        name: args.name.clone(),
        repos: args.repos.clone(),
        contract: contract.clone(),
        files: args.files.clone(),
        constant: args.symbol.as_ref().map(|symbol| Constant {
            symbol: symbol.clone(),
            into: args.into.clone(),
        }),
        ..NewDomain::default()
    };
    let empty = ContractFile::default();
    for (repo, folder) in code {
        let is_owner = contract.as_ref().is_some_and(|(_, owner)| *owner == repo);
        if let (true, Some(symbol)) = (is_owner, &wish.constant) {
            if args.from_code {
                let now = blue_ops::clock::now();
                let of = (symbol, &*wish.files);
                let first = constant::first_value(&folder, of, now, &mut progress)?;
                wish.first = Some(first);
            }
            continue;
        }
        let seen = Seen::of(&folder, &mut progress)?;
        match is_owner {
            true => {
                // What is declared already is changed where it is said.
                if wish.files.is_empty() && !is_exported {
                    wish.files = seen.source_files();
                }
                if !is_exported {
                    wish.bucket = seen.bucket();
                    let (name, _) = contract.clone().unwrap_or_default();
                    let export = NewExport {
                        domain: args.name.clone(),
                        contract: name,
                        files: wish.files.clone(),
                        bucket: wish.bucket.clone(),
                        constant: None,
                    };
                    seen.tells_apart(&record, &repo, &export)?;
                }
                if args.from_code {
                    let found = (&*wish.files, wish.bucket.as_deref());
                    let now = blue_ops::clock::now();
                    wish.first = Some(first_value(&seen, &folder, found, now)?);
                }
            }
            false => wish.bound.push((repo, seen.granting(&empty))),
        }
    }
    if args.from_code && wish.first.is_none() {
        let (contract, owner) = contract.clone().unwrap_or_default();
        return Err(Error::Use {
            message: format!("the code of {owner} does not stand on this machine, so that {contract} gets no value of it"),
            hint: "run it in that repository, or leave --from-code out: its first sync gives the value".to_owned(),
        });
    }
    let mut ask = ask(&here, &mut progress)?;
    let mut realm = open(&place, common, &mut ask)?;
    let now = ask.now;
    let mut left = Vec::new();
    let outcome = change(&mut realm, common, &mut ask, &mut |base, actor| {
        let (written, without) = create_domain(base, &wish, actor, now)?;
        left = without.0;
        Ok(written)
    })?;
    let mut next: Vec<String> = left
        .iter()
        .map(|(repo, why)| waits(repo, *why, &wish))
        .collect();
    let waits_for_value = wish.first.is_none() && !has_value;
    if let Some((contract, owner)) = contract.as_ref().filter(|_| waits_for_value) {
        next.push(format!(
            "in {owner}, `blue realm sync` gives {contract} its first value"
        ));
    }
    let said = format!("{} coordinates {}", args.name, args.repos.join(", "));
    let shape = json!({
        "domain": args.name,
        "without": left.iter().map(|(repo, _)| repo).collect::<Vec<_>>(),
    });
    tell(context, terminal, &outcome, (&said, &next), shape)
}

/// What a member without a binding has to do.
fn waits(repo: &str, why: Without, wish: &NewDomain) -> String {
    let (contract, owner) = wish.contract.clone().unwrap_or_default();
    let verb = match repo == owner {
        true => format!(
            "blue realm admin export {contract} --domain {} --files GLOB",
            wish.name
        ),
        false => format!(
            "blue realm admin import {contract} --domain {} --version '>=1.0.0, <2.0.0' --binding PATH",
            wish.name
        ),
    };
    match why {
        Without::Membership => format!(
            "{repo} has not joined yet: `blue realm admin join` there takes up what waits for it"
        ),
        Without::Permission => {
            format!("{repo}'s bindings are for its maintainers to write: `{verb}` there")
        }
        Without::Files => {
            format!("which files of {repo} have to do with it is not known: `{verb}` there")
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moves {
    In,
    Out,
}

fn member(
    args: &Member,
    moves: Moves,
    context: &Context,
    terminal: &mut Terminal,
) -> Result<Exit, Error> {
    let common = &args.shared.common;
    let here = stands(context, common)?;
    let mut progress = |doing: &str| terminal.progress(doing);
    let place = the_realm(&here, args.shared.of.as_deref())?;
    let mut ask = ask(&here, &mut progress)?;
    let mut realm = open(place, common, &mut ask)?;
    let (domain, repo) = (args.domain.as_str(), args.repo.as_str());
    let mut is_pending = false;
    let outcome = change(&mut realm, common, &mut ask, &mut |base, actor| {
        is_pending = moves == Moves::In && base.repo(repo).is_none();
        match moves {
            Moves::In => add_to_domain(base, domain, repo, actor),
            Moves::Out => take_from_domain(base, domain, repo, actor),
        }
    })?;
    let said = match moves {
        Moves::In => format!("{repo} is a member of {domain}"),
        Moves::Out => format!("{repo} is no member of {domain}"),
    };
    let next = match is_pending {
        true => vec![format!(
            "{repo} has not joined {}, so that it is pending: `blue realm admin join` there makes it one",
            place.name
        )],
        false => Vec::new(),
    };
    let shape = json!({"domain": domain, "repo": repo, "pending": is_pending});
    tell(context, terminal, &outcome, (&said, &next), shape)
}

fn show(
    named: Option<&str>,
    shared: &Shared,
    context: &Context,
    terminal: &mut Terminal,
) -> Result<Exit, Error> {
    let here = stands(context, &shared.common)?;
    let place = the_realm(&here, shared.of.as_deref())?;
    let mut progress = |doing: &str| terminal.progress(doing);
    let mut reading = blue_ops::Ask::reading(&mut progress);
    let realm = blue_ops::OpenRealm::open(
        place,
        match shared.common.dry_run {
            true => blue_ops::Freshness::AsItIs,
            false => blue_ops::Freshness::Within(std::time::Duration::from_secs(60)),
        },
        blue_git::Rewrites::Stop,
        &mut reading,
    )?;
    let base = realm.realm_at(realm.tip()?)?;
    let known: Vec<String> = base.domains().map(|it| it.name.to_string()).collect();
    if let Some(name) = named
        && !known.iter().any(|it| it == name)
    {
        return Err(Error::Use {
            message: format!("{} has no domain `{}`", visible(&place.name), visible(name)),
            hint: match did_you_mean(name, known.iter().map(String::as_str)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("there are: {}", known.join(", ")),
            },
        });
    }
    let shown = |name: &&String| named.is_none_or(|wanted| **name == *wanted);
    let domains: Vec<_> = known
        .iter()
        .filter(shown)
        .map(|name| shape(&base, name))
        .collect();
    let text = match context.format {
        Format::Json => to_text(&json!({"version": 1, "domains": domains})),
        Format::Human if domains.is_empty() => {
            format!("{} has no domain yet\n", visible(&place.name))
        }
        Format::Human => domains.iter().map(line).collect(),
    };
    terminal.write_all(text.as_bytes())?;
    Ok(Exit::Fine)
}

fn shape(base: &Realm, name: &str) -> serde_json::Value {
    let domain = base.domain(name);
    let members: Vec<String> = domain
        .and_then(|it| it.members())
        .into_iter()
        .flatten()
        .map(ToString::to_string)
        .collect();
    let contracts: Vec<_> = base
        .contracts(name)
        .map(|it| json!({
            "name": it.name,
            "owner": it.owner,
            "version": it.version.as_ref().map(ToString::to_string),
            "importers": base.importers_of(name, &it.name).iter().map(|it| it.repo).collect::<Vec<_>>(),
        }))
        .collect();
    json!({"name": name, "members": members, "contracts": contracts})
}

fn line(domain: &serde_json::Value) -> String {
    let words = |value: &serde_json::Value| -> String {
        let items = value.as_array().into_iter().flatten();
        let items: Vec<_> = items.filter_map(|it| it.as_str()).collect();
        if items.is_empty() {
            "nobody".to_owned()
        } else {
            items.join(", ")
        }
    };
    let text = |value: &serde_json::Value| visible(value.as_str().unwrap_or("-")).into_owned();
    let mut lines = format!(
        "{}: {}\n",
        text(&domain["name"]),
        visible(&words(&domain["members"]))
    );
    for contract in domain["contracts"].as_array().into_iter().flatten() {
        lines.push_str(&format!(
            "  {} {} of {}, imported by {}\n",
            text(&contract["name"]),
            text(&contract["version"]),
            text(&contract["owner"]),
            visible(&words(&contract["importers"])),
        ));
    }
    lines
}
