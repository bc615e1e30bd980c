//! `blue realm admin contract`: what becomes of a contract that is there.

use blue_ops::admin::{
    Deprecate, deprecate, in_words, nothing_waits, remove_contract, rename_contract,
};
use blue_ops::{Ask, OpenRealm};
use blue_realm::{DeprecationTarget, Realm};
use serde_json::{Value, json};

use crate::cli::Context;
use crate::commands::admin::{Common, Outcome, ask, change, open, stands, tell, the_realm};
use crate::failure::{Error, Exit};
use crate::output::terminal::Terminal;
use crate::realms::Here;

/// Deprecate, remove or rename a contract
#[derive(Debug, Clone, clap::Subcommand)]
pub(crate) enum Args {
    /// Say that a value, or the whole contract, is on its way out
    Deprecate(Deprecation),
    /// Take a contract away that nobody imports
    Remove(Removal),
    /// Give a contract another name, everywhere at once
    Rename(Rename),
}

/// Importers are told, and from the day after the sunset its removal breaks nobody any more.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Deprecation {
    /// The contract
    contract: String,
    /// This value, wherever it stands in it [default: the whole contract]
    #[arg(long, value_name = "VALUE", conflicts_with = "pointer")]
    value: Option<String>,
    /// What a JSON pointer leads to (/read/0)
    #[arg(long, value_name = "POINTER")]
    pointer: Option<String>,
    /// The last day on which it holds (2027-01-31)
    #[arg(long, value_name = "DAY")]
    sunset: String,
    /// Since which version or day [default: the contract's version]
    #[arg(long, value_name = "VERSION")]
    since: Option<String>,
    /// What to do instead
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    shared: Shared,
}

/// Its released versions and its owner's export go with it. Refused while anybody imports it.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Removal {
    /// The contract
    contract: String,
    #[command(flatten)]
    shared: Shared,
}

/// Its file, all bindings and acceptances that name it, in one commit; so it takes somebody who may write all of them. The
/// old name stays in `previously`, where its history is found by.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Rename {
    /// The contract
    contract: String,
    /// What it is called from now on
    new: String,
    #[command(flatten)]
    shared: Shared,
}

/// What all of them take.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Shared {
    /// Its domain [default: the only one that has a contract of that name]
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    /// Of several realms here, this one
    #[arg(long = "of", value_name = "REALM")]
    of: Option<String>,
    #[command(flatten)]
    common: Common,
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    match args {
        Args::Deprecate(args) => run_deprecate(args, context, terminal),
        Args::Remove(args) => run_remove(args, context, terminal),
        Args::Rename(args) => run_rename(args, context, terminal),
    }
}

/// Opens the realm; the domain that a contract is of.
fn begin(
    here: &Here,
    shared: &Shared,
    contract: &[&str],
    ask: &mut Ask<'_>,
) -> Result<(OpenRealm, String), Error> {
    let place = the_realm(here, shared.of.as_deref())?;
    let realm = open(place, &shared.common, ask)?;
    let base = realm.realm_at(realm.tip()?)?;
    let domain = domain_of(&base, shared.domain.as_deref(), contract)?;
    Ok((realm, domain))
}

/// The domain of a contract by one of its names, the likelier first.
pub(super) fn domain_of(
    base: &Realm,
    named: Option<&str>,
    contract: &[&str],
) -> Result<String, Error> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    // By the first name that any has: another one of that name elsewhere is not meant.
    let with = |name: &&str| -> Vec<String> {
        let domains = base.domains();
        let domains = domains.filter(|it| base.contract(&it.name, name).is_some());
        domains.map(|it| it.name.to_string()).collect()
    };
    let found = contract.iter().map(with).find(|found| !found.is_empty());
    let found = found.unwrap_or_default();
    let name = contract.first().copied().unwrap_or_default();
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => {
            let known = base.domains().flat_map(|it| base.contracts(&it.name));
            let known: Vec<&str> = known.map(|it| &*it.name).collect();
            Err(Error::Use {
                message: format!("the realm has no contract `{name}`"),
                hint: match blue_realm::did_you_mean(name, known.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None if known.is_empty() => "it has no contract yet".to_owned(),
                    None => format!("it has {}", known.join(", ")),
                },
            })
        }
        several => Err(Error::Use {
            message: format!("several domains have a contract {name}"),
            hint: format!("say which with --domain: {}", several.join(", ")),
        }),
    }
}

fn run_deprecate(
    args: &Deprecation,
    context: &Context,
    terminal: &mut Terminal,
) -> Result<Exit, Error> {
    let common = &args.shared.common;
    let here = stands(context, common)?;
    let target = match (&args.value, &args.pointer) {
        // As a text, unless the contract has the number or the word that it looks like.
        (Some(value), _) => DeprecationTarget::Value(Value::from(value.as_str())),
        (_, Some(pointer)) => DeprecationTarget::Pointer(pointer.as_str().into()),
        _ => DeprecationTarget::Pointer("".into()),
    };
    let mut progress = |doing: &str| terminal.progress(doing);
    let mut ask = ask(&here, &mut progress)?;
    let (mut realm, domain) = begin(&here, &args.shared, &[&args.contract], &mut ask)?;
    let wish = Deprecate {
        domain: &domain,
        contract: &args.contract,
        target,
        sunset: &args.sunset,
        since: args.since.as_deref(),
        note: args.note.as_deref(),
        today: blue_ops::clock::date(ask.now),
    };
    let outcome = change(&mut realm, common, &mut ask, &mut |base, actor| {
        deprecate(base, &wish, actor)
    })?;
    let what = in_words(&wish.target, &args.contract);
    let said = format!("{what} is deprecated, and holds until {}", args.sunset);
    let next = ["importers are told at the next `blue realm check`".to_owned()];
    let shape =
        json!({"domain": domain, "contract": args.contract, "what": what, "sunset": args.sunset});
    tell(context, terminal, &outcome, (&said, &next), shape)
}

fn run_remove(args: &Removal, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let common = &args.shared.common;
    let here = stands(context, common)?;
    let mut progress = |doing: &str| terminal.progress(doing);
    let mut ask = ask(&here, &mut progress)?;
    let contract = args.contract.as_str();
    let place = the_realm(&here, args.shared.of.as_deref())?;
    let mut realm = open(place, common, &mut ask)?;
    let base = realm.realm_at(realm.tip()?)?;
    if args.shared.domain.is_none() && is_gone(&base, contract) {
        // Whether it was ever there makes no difference to who wants it gone.
        let said = format!("{} has no contract {contract}", realm.name);
        let shape = json!({"contract": contract});
        return tell(context, terminal, &Outcome::Nothing, (&said, &[]), shape);
    }
    let domain = domain_of(&base, args.shared.domain.as_deref(), &[contract])?;
    nothing_waits(&realm, (&domain, contract))?;
    let outcome = change(&mut realm, common, &mut ask, &mut |base, actor| {
        remove_contract(base, (&domain, contract), actor)
    })?;
    let said = format!("{contract} is no contract of {domain} any more");
    let shape = json!({"domain": domain, "contract": contract});
    tell(context, terminal, &outcome, (&said, &[]), shape)
}

/// Whether a realm has no contract of a name, nor one of a name so near that it may be meant.
fn is_gone(base: &Realm, contract: &str) -> bool {
    let known = base.domains().flat_map(|it| base.contracts(&it.name));
    let known: Vec<&str> = known.map(|it| &*it.name).collect();
    !known.contains(&contract) && blue_realm::did_you_mean(contract, known).is_none()
}

fn run_rename(args: &Rename, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let common = &args.shared.common;
    let here = stands(context, common)?;
    let mut progress = |doing: &str| terminal.progress(doing);
    let mut ask = ask(&here, &mut progress)?;
    let (old, new) = (args.contract.as_str(), args.new.as_str());
    let (mut realm, domain) = begin(&here, &args.shared, &[old, new], &mut ask)?;
    nothing_waits(&realm, (&domain, old))?;
    let outcome = change(&mut realm, common, &mut ask, &mut |base, actor| {
        rename_contract(base, &domain, (old, new), actor)
    })?;
    let said = format!("{old} is called {new} now, in every binding");
    let shape = json!({"domain": domain, "contract": new, "previously": old});
    tell(context, terminal, &outcome, (&said, &[]), shape)
}
