//! `blue realm can-merge`: may these versions, of contracts and of those who follow them, be merged
//! now; and if not, who has to move first. The rule is [`blue_realm::together`]; what each importer
//! meets is what `--mode=compatibility` says of it. Of what waits as a sync the rule of merging says it (`waiting.rs`).

mod waiting;

use std::fmt::Write as _;
use std::io::Write;

use blue_realm::together::{Answer, Move, can_merge};
use blue_realm::{Name, Realm, did_you_mean};
use blue_workspace::{Options, RealmStates};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use semver::Version;
use serde::Serialize;

use crate::cli::{Context, Detail};
use crate::commands::check::{Between, Compared, between};
use crate::engine::{self, Report};
use crate::failure::{Error, Exit};
use crate::output::terminal::Terminal;
use crate::output::visible::visible;
use crate::output::{Format, json};
use crate::realms::{self, FetchArgs};
use waiting::{Waiting, waiting};

/// May these changes be merged now, and if not, who has to move first
///
/// A contract's version may be merged when it is large enough for its change and each of its importers
/// can go on: its range takes the version in and nothing it relies on goes, or it has accepted the
/// break, or it follows in the same set. An importer may follow what is released, or what is in the set.
/// What waits as a sync is held against the rule of merging: who was asked, and has not spoken, moves first.
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  blue realm can-merge                                  What is proposed here
  blue realm can-merge s3-permissions@2.0.0
  blue realm can-merge s3-permissions@2.0.0 fungal-image-analysis@2.0.0

Exit codes:
  0 it may be merged    1 somebody has to move first    2 no such name    3 a version cannot be read"
)]
pub(crate) struct Args {
    /// A contract with its version, or a repo with the version that it releases or follows; without a
    /// version, what is proposed
    #[arg(value_name = "NAME[@VERSION]")]
    set: Vec<String>,
    /// The realm's checkout, in place of what .blue/config.yaml says [env: BLUE_REALM_PATH]
    #[arg(long, value_name = "PATH")]
    realm: Option<std::path::PathBuf>,
    #[command(flatten)]
    fetch: FetchArgs,
}

/// What `blue realm can-merge --json` writes.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Whether a set may be merged")]
struct Document {
    /// Of this shape.
    #[schemars(extend("const" = 1))]
    version: u32,
    /// Whether it may be merged now.
    may: bool,
    set: Vec<MoveShape>,
    /// What stands in the way.
    blocks: Vec<BlockShape>,
    /// The repos of the set in the order in which theirs is to be merged.
    order: Vec<String>,
    /// What else has to be known, in a sentence each.
    notes: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Move")]
struct MoveShape {
    repo: String,
    /// `release` or `follow`.
    does: &'static str,
    domain: String,
    contract: String,
    version: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Block")]
struct BlockShape {
    /// Who has to move first.
    repo: String,
    contract: String,
    version: String,
    because: String,
    /// What it has to do.
    first: String,
}

/// The schema of the document.
pub(crate) fn schema() -> schemars::Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Document>();
    schema.insert("$id".to_owned(), "urn:blue:schema:merge".into());
    schema
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let start = context.start()?;
    let variable = std::env::var_os("BLUE_REALM_PATH").filter(|value| !value.is_empty());
    let realm = args.realm.clone().or_else(|| variable.map(Into::into));
    let options = Options {
        realm_path: realm.map(|path| std::path::absolute(context.at(&path)).unwrap_or(path)),
        ..Options::default()
    };
    let mut progress = |doing: &str| terminal.progress(doing);
    // What is said of a realm that others wrote to since would be said of another one.
    let here = realms::here(&start, options.realm_path.as_deref());
    let mut notes = match &here {
        Ok(here) => realms::refresh(here, args.fetch, &mut progress)?,
        // Where it stands in nothing is told below.
        Err(_) => Vec::new(),
    };
    let waiting = match &here {
        Ok(here) => waiting(here, &mut notes, &mut progress),
        Err(_) => Vec::new(),
    };
    let found = engine::load(&start, options, &mut progress)?;
    let report = found.report(&start, &mut progress)?;
    let states = found.realm_states(&start);
    let mut asked = Asked {
        realms: &states,
        report: &report,
        set: Vec::new(),
        compared: Vec::new(),
        waiting,
        notes,
    };
    match args.set.as_slice() {
        [] => asked.all_proposed()?,
        set => set.iter().try_for_each(|text| asked.add(text))?,
    }
    let meetings: Vec<_> = asked.compared.iter().flat_map(Compared::meetings).collect();
    let mut answer = can_merge(&asked.set, &meetings);
    for waits in &asked.waiting {
        answer.blocks.extend(waits.blocks(&asked.set));
    }
    for unchecked in asked.waiting.iter().map(|it| it.unchecked(&asked.set)) {
        if let Some(note) = unchecked.filter(|note| !asked.notes.contains(note)) {
            asked.notes.push(note);
        }
    }
    let text = match context.format {
        Format::Json => json::to_text(&document(&asked, &answer)),
        Format::Human => human(&asked, &answer, context),
    };
    terminal.write_all(text.as_bytes())?;
    Ok(match answer.may() {
        true => Exit::Fine,
        false => Exit::Findings,
    })
}

/// A set in the making.
struct Asked<'a> {
    realms: &'a [RealmStates],
    report: &'a Report,
    set: Vec<Move>,
    compared: Vec<Compared>,
    /// What waits as a sync.
    waiting: Vec<Waiting>,
    notes: Vec<String>,
}

impl Asked<'_> {
    /// Every contract that is proposed to become another.
    fn all_proposed(&mut self) -> Result<(), Error> {
        for realm in self.realms {
            for domain in realm.working.domains() {
                for contract in realm.working.contracts(&domain.name) {
                    let is_mine = match &self.report.repo {
                        Some(repo) => contract.owner.as_ref() == Some(repo),
                        None => true,
                    };
                    let key = (&*domain.name, &*contract.name);
                    // What waits, or is proposed in the realm, is its importers' matter too.
                    let is_for_me = || {
                        let mut importers = realm.working.importers_of(key.0, key.1).into_iter();
                        let imports =
                            importers.any(|it| Some(it.repo) == self.report.repo.as_ref());
                        let of_record = realm.record.contract(key.0, key.1);
                        let is_proposed = of_record.is_some_and(|it| it != contract);
                        imports && (is_proposed || self.waits(realm, key, None).is_some())
                    };
                    if is_mine || is_for_me() {
                        self.release(realm, key, None)?;
                    }
                }
            }
        }
        if self.set.is_empty() {
            self.notes
                .push("nothing is proposed that would change a contract".to_owned());
        }
        Ok(())
    }

    /// One argument: a contract's, or a repo's.
    fn add(&mut self, text: &str) -> Result<(), Error> {
        let (name, version) = match text.split_once('@') {
            None => (text, None),
            Some((name, version)) => (name, Some(version)),
        };
        let version = version.map(|version| {
            Version::parse(version).map_err(|why| Error::BadVersion {
                text: version.to_owned(),
                why: why.to_string(),
            })
        });
        let version = version.transpose()?;
        for realm in self.realms {
            let contracts = contracts_named(realm, name);
            match contracts.as_slice() {
                [] => {}
                [(domain, contract)] => {
                    return self.release(realm, (domain, contract), version.as_ref());
                }
                several => return Err(several_named(name, several)),
            }
            if realm.record.has_repo(name) || realm.working.has_repo(name) {
                return self.of_repo(realm, name, version.as_ref());
            }
        }
        Err(self.unknown(name))
    }

    /// A repo releases the contract that it exports, or follows the one that it imports.
    fn of_repo(
        &mut self,
        realm: &RealmStates,
        repo: &str,
        version: Option<&Version>,
    ) -> Result<(), Error> {
        let owned = owned_by(&realm.working, repo);
        let imported = imports_of(&realm.working, repo);
        match (owned.as_slice(), imported.as_slice(), version) {
            ([], [], _) => {
                self.notes
                    .push(format!("{repo} has to do with no contract"));
                Ok(())
            }
            (owned, _, None) if !owned.is_empty() => {
                for (domain, contract) in owned {
                    self.release(realm, (domain, contract), None)?;
                }
                Ok(())
            }
            ([(domain, contract)], _, version) => self.release(realm, (domain, contract), version),
            ([], imported, None) => {
                for (domain, contract) in imported {
                    self.follow(realm, repo, (domain, contract), None)?;
                }
                Ok(())
            }
            ([], [(domain, contract)], version) => {
                self.follow(realm, repo, (domain, contract), version)
            }
            ([], several, _) | (several, _, _) => Err(Error::Use {
                message: format!("{repo} has to do with several contracts, each with versions"),
                hint: format!(
                    "name the contract: {}",
                    several
                        .iter()
                        .map(|(_, contract)| contract.as_str())
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            }),
        }
    }

    fn release(
        &mut self,
        realm: &RealmStates,
        (domain, contract): (&str, &str),
        version: Option<&Version>,
    ) -> Result<(), Error> {
        let owner = realm.working.contract(domain, contract);
        let owner = owner.and_then(|contract| contract.owner.clone());
        let owner = owner.unwrap_or_default();
        if let Some(waits) = self.waits(realm, (domain, contract), version)
            && version.is_some()
        {
            let waits = waits.version.clone();
            self.set.push(released((domain, contract), owner, waits));
            return Ok(());
        }
        let versions = Between {
            from: None,
            to: version,
            is_hypothetical: true,
        };
        let subject = ((realm, self.report), (domain, contract));
        let compared = between(subject.0, subject.1, &versions, &mut self.notes)?;
        let Some(compared) = compared else {
            self.notes.push(format!(
                "{contract} is new: nobody follows a version of it yet"
            ));
            return Ok(());
        };
        let becomes = compared.becomes().filter(|_| compared.changes());
        if version.is_none()
            && let Some(waits) = self.waits(realm, (domain, contract), becomes)
        {
            let waits = waits.version.clone();
            self.set.push(released((domain, contract), owner, waits));
            return Ok(());
        }
        if version.is_none() && !compared.changes() {
            return Ok(());
        }
        if let Some(version) = compared.becomes() {
            self.set.push(Move::Release {
                domain: domain.into(),
                contract: contract.into(),
                owner,
                version: version.clone(),
                needs: compared.needs_more(),
            });
            if compared.source().starts_with("not released") {
                self.notes
                    .push(format!("{contract} {version} is {}", compared.source()));
            }
        }
        self.compared.push(compared);
        Ok(())
    }

    /// The sync that waits with that version of a contract; without one, with any.
    fn waits(
        &self,
        realm: &RealmStates,
        (domain, contract): (&str, &str),
        version: Option<&Version>,
    ) -> Option<&Waiting> {
        self.waiting.iter().find(|waits| {
            *waits.realm == *realm.realm
                && (&*waits.domain, &*waits.contract) == (domain, contract)
                && version.is_none_or(|version| *version == waits.version)
        })
    }

    fn follow(
        &mut self,
        realm: &RealmStates,
        repo: &str,
        (domain, contract): (&str, &str),
        version: Option<&Version>,
    ) -> Result<(), Error> {
        let importers = realm.working.importers_of(domain, contract);
        let Some(importer) = importers.iter().find(|importer| **importer.repo == *repo) else {
            return Ok(());
        };
        let import = importer.import;
        let Some(version) = version.or(import.resolved_version.as_ref()) else {
            self.notes
                .push(format!("{repo} follows no version of {contract} yet"));
            return Ok(());
        };
        let of_record = realm.record.contract(domain, contract);
        let now = of_record.and_then(|contract| contract.version.as_ref());
        let takes = import
            .version
            .as_ref()
            .is_none_or(|range| range.matches(version));
        let range = import.version_text.as_ref().map(ToString::to_string);
        self.set.push(Move::Follow {
            repo: repo.into(),
            domain: domain.into(),
            contract: contract.into(),
            owner: of_record
                .and_then(|contract| contract.owner.clone())
                .unwrap_or_default(),
            version: version.clone(),
            is_released: now == Some(version)
                || realm.record.release(domain, contract, version).is_some(),
            leaves_out: range.filter(|_| !takes),
        });
        Ok(())
    }

    fn unknown(&self, name: &str) -> Error {
        let mut known: Vec<String> = Vec::new();
        for realm in self.realms {
            for domain in realm.working.domains() {
                let contracts = realm.working.contracts(&domain.name);
                known.extend(contracts.map(|contract| contract.name.to_string()));
            }
            known.extend(realm.working.repos().map(|(repo, _)| repo.to_string()));
        }
        let hint = match did_you_mean(name, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there is: {}", known.join(", ")),
        };
        Error::Use {
            message: format!("no contract and no repo is called `{name}`"),
            hint,
        }
    }
}

/// A version that waits as a sync: what it needs, the rule of merging asks.
fn released((domain, contract): (&str, &str), owner: Name, version: Version) -> Move {
    Move::Release {
        domain: domain.into(),
        contract: contract.into(),
        owner,
        version,
        needs: None,
    }
}

type Named = (String, String);

/// The contracts of a name, `CONTRACT` or `DOMAIN/CONTRACT`, that the realm says or proposes.
fn contracts_named(realm: &RealmStates, name: &str) -> Vec<Named> {
    let (of_domain, name) = match name.split_once('/') {
        Some((domain, name)) => (Some(domain), name),
        None => (None, name),
    };
    let mut found: Vec<Named> = Vec::new();
    for realm in [&realm.working, &realm.record] {
        for domain in realm.domains() {
            let is_meant = of_domain.is_none_or(|of| *domain.name == *of);
            let pair = (domain.name.to_string(), name.to_owned());
            if is_meant && realm.contract(&domain.name, name).is_some() && !found.contains(&pair) {
                found.push(pair);
            }
        }
    }
    found
}

fn several_named(name: &str, several: &[Named]) -> Error {
    let all = several
        .iter()
        .map(|(domain, contract)| format!("{domain}/{contract}"));
    Error::Use {
        message: format!("several contracts are called `{name}`"),
        hint: format!(
            "name its domain too: {}",
            all.collect::<Vec<_>>().join(", ")
        ),
    }
}

fn owned_by(realm: &Realm, repo: &str) -> Vec<Named> {
    let domains = realm.domains();
    let owned = domains.flat_map(|domain| {
        let contracts = realm.contracts(&domain.name);
        let own = contracts.filter(|it| it.owner.as_deref() == Some(repo));
        own.map(|contract| (domain.name.to_string(), contract.name.to_string()))
    });
    owned.collect()
}

fn imports_of(realm: &Realm, repo: &str) -> Vec<Named> {
    let mut imported = Vec::new();
    for domain in realm.domains_of(repo) {
        let binding = realm.binding(&domain.name, repo);
        for import in binding.iter().flat_map(|binding| &binding.imports) {
            if let Some(of) = realm.domain_of_import(&domain.name, import) {
                imported.push((of.to_owned(), import.contract.to_string()));
            }
        }
    }
    imported
}

fn shape(one: &Move) -> MoveShape {
    let (repo, does, domain, contract, version) = match one {
        Move::Release {
            domain,
            contract,
            owner,
            version,
            ..
        } => (owner, "release", domain, contract, version),
        Move::Follow {
            repo,
            domain,
            contract,
            version,
            ..
        } => (repo, "follow", domain, contract, version),
    };
    MoveShape {
        repo: repo.to_string(),
        does,
        domain: domain.to_string(),
        contract: contract.to_string(),
        version: version.to_string(),
    }
}

fn document(asked: &Asked<'_>, answer: &Answer) -> Document {
    let blocks = answer.blocks.iter().map(|block| BlockShape {
        repo: block.repo.to_string(),
        contract: block.contract.to_string(),
        version: block.version.to_string(),
        because: block.because.clone(),
        first: block.first.clone(),
    });
    Document {
        version: 1,
        may: answer.may(),
        set: asked.set.iter().map(shape).collect(),
        blocks: blocks.collect(),
        order: answer.order.iter().map(ToString::to_string).collect(),
        notes: asked.notes.clone(),
    }
}

fn human(asked: &Asked<'_>, answer: &Answer, context: &Context) -> String {
    let style = context.style;
    let mut out = String::new();
    for one in asked.set.iter().map(shape) {
        let is_blocked = answer.blocks.iter().any(|block| {
            *block.contract == *one.contract && block.version.to_string() == one.version
        });
        let mark = if is_blocked {
            style.bad()
        } else {
            style.good()
        };
        let line = match one.does {
            "release" => format!("{} {} of {}", one.contract, one.version, one.repo),
            _ => format!("{} follows {} {}", one.repo, one.contract, one.version),
        };
        let _ = writeln!(out, "{mark} {}", visible(&line));
    }
    for note in asked
        .notes
        .iter()
        .filter(|_| context.detail > Detail::Quiet)
    {
        let _ = writeln!(out, "{} {}", style.warning(), visible(note));
    }
    for block in &answer.blocks {
        let line = format!("{} has to move first: {}", block.repo, block.because);
        let _ = writeln!(out, "{}\n  {}", visible(&line), visible(&block.first));
    }
    let order: Vec<&str> = answer.order.iter().map(|repo| &**repo).collect();
    let _ = match (answer.may(), order.len()) {
        (true, 0) => Ok(()),
        (true, 1) => writeln!(out, "It may be merged"),
        (true, _) => writeln!(
            out,
            "They may be merged, in this order: {}",
            order.join(", ")
        ),
        (false, _) => writeln!(out, "Not yet"),
    };
    out
}
