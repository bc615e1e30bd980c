//! `blue status`: where this repository stands in its realms, on one page.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use blue_analysis::{Code, Finding, Severity};
use blue_coordination::Noted;
use blue_git::Rewrites;
use blue_ops::merge::{Judged, JudgedJoin, Terms, judge, open_joins, open_syncs};
use blue_ops::sync::ContractChange;
use blue_ops::{Freshness, OpenRealm, RealmPlace};
use blue_realm::Realm;
use blue_workspace::{Following, Options, RealmStates};
use serde_json::{Value, json};

use crate::awareness;
use crate::cli::Context;
use crate::commands::detect;
use crate::commands::notifications::bell;
use crate::commands::sync::{asks, join_shape, open, waits};
use crate::engine::{self, Report};
use crate::failure::{Error, Exit};
use crate::output::json::to_text;
use crate::output::terminal::Terminal;
use crate::output::visible::visible;
use crate::output::{Format, Glyphs, Paint, Style};
use crate::realms::{self, FetchArgs, Here};

/// Where this repository stands in its realms
///
/// The realm and what it was last seen to say, this repository's domains and roles, how its code
/// differs from its contracts and whom that affects, what it imports and does not follow yet, and
/// the syncs that wait.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(flatten)]
    fetch: FetchArgs,
    /// The realm's checkout, in place of what .blue/config.yaml says [env: BLUE_REALM_PATH]
    #[arg(long, value_name = "PATH")]
    realm: Option<PathBuf>,
}

/// What there is to say of one realm.
struct Standing {
    realm: String,
    record: std::sync::Arc<Realm>,
    changes: Vec<ContractChange>,
    followings: Vec<Following>,
    open: Vec<Waiting>,
    /// The repos that ask to take part.
    joins: Vec<JudgedJoin>,
    /// What this repository was not told yet.
    unread: Vec<Noted>,
    /// How old it is, or why it could not be looked at.
    age: Option<String>,
    /// That its history was written anew.
    rewritten: Option<String>,
}

/// A sync that waits.
struct Waiting {
    judged: Judged,
    /// What it makes of each contract.
    changes: Vec<ContractChange>,
}

impl Waiting {
    /// Whether it is this repository's own, and brings all of a change.
    fn brings(&self, here: &Here, change: &ContractChange) -> bool {
        here.repo.as_ref() == Some(&self.judged.open.repo)
            && self.changes.iter().any(|it| {
                (&it.domain, &it.contract) == (&change.domain, &change.contract)
                    && (&it.added, &it.removed, &it.parts)
                        == (&change.added, &change.removed, &change.parts)
            })
    }
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let start = context.start()?;
    let realm_path = crate::commands::check::realm_path(args.realm.as_deref(), context);
    let here = match realms::here(&start, realm_path.as_deref()) {
        Err(Error::NoConfig(_)) => return nowhere(context, terminal),
        found => found?,
    };
    let mut progress = |doing: &str| terminal.progress(doing);
    let ages = realms::refresh(&here, args.fetch, &mut progress)?;
    let options = Options {
        realm_path,
        ..Options::default()
    };
    let found = engine::load(&start, options, &mut progress)?;
    let mut report = found.report(&start, &mut progress)?;
    report.notes.extend(realms::in_early_layout(&here));
    let mut standings = Vec::new();
    for state in found.realm_states(&start) {
        let place = here.realms.iter().find(|place| *place.name == *state.realm);
        let mut standing = standing(&here, place, &state, &mut progress);
        let drifts = found.drifts(&here.root)?;
        standing.changes = ContractChange::of_drifts(&state.realm, &drifts);
        let followings = found.followings(&here.root)?.into_iter();
        standing.followings = followings.filter(|it| it.realm == state.realm).collect();
        standing.age = standing.age.or_else(|| {
            let mut ages = ages.iter();
            ages.find(|age| age.starts_with(&*state.realm)).cloned()
        });
        standings.push(standing);
    }
    let text = match context.format {
        Format::Json => json(&here, &report, &standings),
        Format::Human => human(&here, &report, &standings, context.style),
    };
    terminal.write_all(text.as_bytes())?;
    found.keep();
    Ok(Exit::Fine)
}

/// In no realm: what there is to see, and how to join one.
fn nowhere(context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    if context.format == Format::Json {
        let text = to_text(&json!({
            "version": 1,
            "repo": null,
            "realms": [],
            "problems": [],
            "findings": {"errors": 0, "warnings": 0},
        }));
        terminal.write_all(text.as_bytes())?;
        return Ok(Exit::Fine);
    }
    let said = "no .blue/config.yaml here or above: this code takes part in no realm. What Blue sees \
                in it (`blue detect .`):\n\n";
    terminal.write_all(said.as_bytes())?;
    detect::run(&detect::Args::default(), context, terminal)?;
    let said = "\nTo take part in a realm: `blue realm admin join REALM`, with its path or address. To make \
                one: `blue realm admin init`.\n";
    terminal.write_all(said.as_bytes())?;
    Ok(Exit::Fine)
}

fn standing(
    here: &Here,
    place: Option<&RealmPlace>,
    state: &RealmStates,
    progress: &mut dyn FnMut(&str),
) -> Standing {
    let mut standing = Standing {
        realm: state.realm.to_string(),
        record: state.record.clone(),
        changes: Vec::new(),
        followings: Vec::new(),
        open: Vec::new(),
        joins: Vec::new(),
        unread: Vec::new(),
        age: None,
        rewritten: None,
    };
    let Some(place) = place else {
        return standing;
    };
    match waiting(here, (place, state), progress) {
        Ok((open, joins, rewritten)) => {
            (standing.open, standing.joins) = (open, joins);
            standing.rewritten = rewritten;
        }
        Err(why) => standing.age = Some(format!("{}: {why}", place.name)),
    }
    if let Some(repo) = &here.repo {
        standing.unread = awareness::unread(&place.name, &state.record, repo);
    }
    standing
}

/// The syncs that wait, the repos that ask to take part, and that the history was written anew.
type Waits = (Vec<Waiting>, Vec<JudgedJoin>, Option<String>);

/// The syncs that wait, and the repos that ask to take part, judged as far as that writes nothing.
fn waiting(
    here: &Here,
    (place, state): (&RealmPlace, &RealmStates),
    progress: &mut dyn FnMut(&str),
) -> Result<Waits, blue_ops::Error> {
    let mut ask = realms::reading(progress);
    if let Ok(actor) = realms::actor(here) {
        ask.actor = actor;
    }
    let realm = OpenRealm::open(place, Freshness::AsItIs, Rewrites::Stop, &mut ask)?;
    realm.knows(&state.record, state.record_commit);
    awareness::learn(&realm);
    let main = realm.tip()?;
    let record = realm.realm_at(main)?;
    let terms = Terms {
        code: here.repo.as_deref().map(|repo| (repo, &*here.root)),
        ..Terms::default()
    };
    let (open, _) = open_syncs(&realm, main)?;
    let mut judged = Vec::new();
    for sync in open {
        let proposed = realm.realm_at(sync.tip)?;
        let change = |(domain, name): &(String, String)| {
            let value = |realm: &Realm| realm.contract(domain, name)?.value.clone();
            let (was, is) = (value(&record), value(&proposed));
            ContractChange::between((domain, name), was.as_ref(), is.as_ref())
        };
        judged.push(Waiting {
            changes: sync.contracts.iter().map(change).collect(),
            judged: judge(&realm, (main, &record), &sync, &terms, &ask)?,
        });
    }
    let (joins, _) = open_joins(&realm, (main, &record), &ask)?;
    Ok((judged, joins, realm.rewritten()))
}

fn human(here: &Here, report: &Report, standings: &[Standing], style: Style) -> String {
    let mut out = String::new();
    for standing in standings {
        let _ = writeln!(out, "{}", heading(here, standing, style));
        if let Some(age) = &standing.age {
            let _ = writeln!(out, "  {}", visible(age));
        }
        if let Some(why) = &standing.rewritten {
            let _ = writeln!(out, "{} {}", style.warning(), visible(why));
        }
        out.push_str(&roles(here, standing, style));
        out.push_str(&drift(here, standing, style));
        out.push_str(&imports(standing, style));
        out.push_str(&news(standing, style));
        for Waiting { judged, .. } in &standing.open {
            let mark = symbol(style, "🔔", "[open]");
            let titles = judged
                .changes
                .iter()
                .map(|(title, it)| match it.is_breaking {
                    true => format!("{title} (breaking)"),
                    false => title.clone(),
                });
            let titles: Vec<String> = titles.collect();
            let by = judged.actor();
            let by = visible(&by);
            let titles = visible(&titles.join(", ")).into_owned();
            let _ = writeln!(
                out,
                "{mark} {} by {by}: {titles}",
                visible(&judged.open.branch)
            );
            for line in waits(judged, style).lines() {
                let _ = writeln!(out, "   {line}");
            }
        }
    }
    let joins = standings.iter().flat_map(|it| &it.joins);
    for judged in joins {
        let mark = symbol(style, "🔔", "[open]");
        let _ = write!(out, "{mark} {}", asks(judged, style));
    }
    for finding in unreachable(report) {
        let _ = writeln!(out, "{} {}", style.warning(), visible(&finding.message));
    }
    for note in &report.notes {
        let _ = writeln!(out, "{}", visible(note));
    }
    out.push_str(&rest(report, style));
    out
}

fn symbol<'s>(style: Style, unicode: &'s str, ascii: &'s str) -> &'s str {
    match style.glyphs {
        Glyphs::Unicode => unicode,
        Glyphs::Ascii => ascii,
    }
}

fn heading(here: &Here, standing: &Standing, style: Style) -> String {
    let mark = symbol(style, "📊", "[realm]");
    let realm = visible(&standing.realm);
    let head = match &here.repo {
        Some(repo) => format!("{} in {realm}", visible(repo)),
        None => format!("realm {realm}"),
    };
    format!("{mark} {}", style.paint(Paint::Strong, &head))
}

/// What this repository provides and consumes in each domain; of a realm's own checkout, what there is.
fn roles(here: &Here, standing: &Standing, style: Style) -> String {
    let mut out = String::new();
    let record = &standing.record;
    let Some(repo) = &here.repo else {
        for domain in record.domains() {
            for contract in record.contracts(&domain.name) {
                let version = version_of(contract.version.as_ref(), contract.value.is_some());
                let owner = contract.owner.as_deref().unwrap_or("nobody");
                let importers = record.importers_of(&domain.name, &contract.name).len();
                let importers = crate::output::count(importers, "importer");
                let (domain, name) = (visible(&domain.name), visible(&contract.name));
                let _ = writeln!(out, "  {domain}: {name} {version} of {owner}, {importers}");
            }
        }
        return out;
    };
    let mut is_bound = false;
    for domain in record.domains_of(repo) {
        is_bound = true;
        let (mut gives, mut takes) = (Vec::new(), Vec::new());
        let binding = record.binding(&domain.name, repo);
        for export in binding.iter().flat_map(|it| &it.exports) {
            let contract = record.contract(&domain.name, &export.contract);
            let owner = contract.and_then(|it| it.owner.as_deref());
            if let Some(owner) = owner.filter(|owner| owner != repo) {
                gives.push(format!(
                    "{}, which is {owner}'s and not its to export",
                    export.contract
                ));
                continue;
            }
            let version = contract.map(|it| version_of(it.version.as_ref(), it.value.is_some()));
            let version = version.unwrap_or_else(|| "(missing)".to_owned());
            let importers = record.importers_of(&domain.name, &export.contract);
            let importers = match importers.len() {
                0 => "nobody".to_owned(),
                _ => {
                    let names = importers.iter().map(|it| it.repo.to_string());
                    names.collect::<Vec<_>>().join(", ")
                }
            };
            gives.push(format!("{} {version} to {importers}", export.contract));
        }
        for import in binding.iter().flat_map(|it| &it.imports) {
            let of = record.domain_of_import(&domain.name, import);
            let contract = of.and_then(|of| record.contract(of, &import.contract));
            let owner = contract.and_then(|it| it.owner.as_deref());
            let follows = import.resolved_version.as_ref();
            let follows = follows.map_or("no version yet".to_owned(), ToString::to_string);
            let owner = owner.unwrap_or("somebody");
            takes.push(format!("{} from {owner} at {follows}", import.contract));
        }
        let name = visible(&domain.name).into_owned();
        for (mark, verb, all) in [
            (symbol(style, "📤", "[out]"), "exports", gives),
            (symbol(style, "📥", "[in]"), "imports", takes),
        ] {
            for one in all {
                let _ = writeln!(out, "  {mark} {name}: {verb} {}", visible(&one));
            }
        }
        if binding.is_none() {
            let _ = writeln!(out, "  {name}: a member, with no binding yet");
        }
    }
    if !is_bound {
        let _ = writeln!(out, "  {} takes part in no domain yet", visible(repo));
    }
    out
}

fn version_of(version: Option<&semver::Version>, is_released: bool) -> String {
    match (version, is_released) {
        (Some(version), true) => version.to_string(),
        _ => "(no value yet)".to_owned(),
    }
}

fn drift(here: &Here, standing: &Standing, style: Style) -> String {
    let mut out = String::new();
    for change in standing.changes.iter().filter(|it| !it.is_empty()) {
        let mark = style.warning();
        let contract = standing.record.contract(&change.domain, &change.contract);
        let version = contract.map(|it| version_of(it.version.as_ref(), it.value.is_some()));
        let version = version.unwrap_or_default();
        let name = visible(&change.contract);
        let open = standing.open.iter().find(|it| it.brings(here, change));
        let _ = match open {
            Some(open) => {
                let branch = visible(&open.judged.open.branch);
                writeln!(
                    out,
                    "{name} {version}: what the code says waits in {branch}"
                )
            }
            None => writeln!(out, "{mark} {name} {version}: the code says something else"),
        };
        for (field, text) in &change.added {
            let _ = writeln!(out, "   + {}: {}", visible(field), visible(text));
        }
        for (field, text) in &change.removed {
            let _ = writeln!(out, "   - {}: {}", visible(field), visible(text));
        }
        let importers = standing
            .record
            .importers_of(&change.domain, &change.contract);
        if !importers.is_empty() {
            let _ = writeln!(out, "   Affected repos:");
        }
        for importer in importers {
            let range = importer.import.version_text.as_deref().unwrap_or_default();
            let _ = writeln!(out, "     {} ({})", visible(importer.repo), visible(range));
        }
        if open.is_none() {
            let _ = writeln!(out, "   Run 'blue realm sync' to update realm");
        }
    }
    out
}

fn imports(standing: &Standing, style: Style) -> String {
    let mut out = String::new();
    for following in &standing.followings {
        let (Some(version), name) = (&following.version, visible(&following.contract)) else {
            continue;
        };
        if following.resolved.as_ref().is_some_and(|it| it >= version) {
            continue;
        }
        let from = match &following.resolved {
            Some(resolved) => format!("followed at {resolved}"),
            None => "not followed yet".to_owned(),
        };
        let todo = match following {
            it if !it.in_range && !it.uncovered.is_empty() => {
                let values: Vec<String> = it.uncovered.iter().map(|it| format!("`{it}`")).collect();
                format!(
                    "{version} is outside its range and needs a grant for {}; then `blue ack {name}` widens it",
                    values.join(", ")
                )
            }
            it if !it.in_range => {
                format!("{version} is outside its range: `blue ack {name}` widens it")
            }
            it if it.is_followed() => format!("{version} is granted: `blue ack {name}` says so"),
            it if !it.uncovered.is_empty() => {
                let values: Vec<String> = it.uncovered.iter().map(|it| format!("`{it}`")).collect();
                format!("{version} needs a grant for {}", values.join(", "))
            }
            _ => format!(
                "{version} is there: `blue ack {name} --anyway --reason WHY` once it is followed"
            ),
        };
        let _ = writeln!(
            out,
            "{} {name}: {from}, {}",
            style.warning(),
            visible(&todo)
        );
    }
    out
}

/// How much there is to be told, and the gravest of it; of several the latest.
fn news(standing: &Standing, style: Style) -> String {
    let unread = standing.unread.iter();
    let Some(first) = unread.max_by_key(|noted| noted.notification.kind.gravity()) else {
        return String::new();
    };
    let count = crate::output::count(standing.unread.len(), "notification");
    let words = awareness::words(first);
    let words = visible(&words);
    format!(
        "{} {count}: `blue notifications`\n   {words}\n",
        bell(style)
    )
}

fn unreachable(report: &Report) -> impl Iterator<Item = &Finding> {
    let codes = [Code::RealmUnreachable, Code::RealmBehind];
    let findings = report.findings.iter().map(|finding| &**finding);
    findings.filter(move |finding| codes.contains(&finding.code))
}

/// What a check would say beside, in one line.
fn rest(report: &Report, style: Style) -> String {
    let of = |severity| {
        let findings = report.findings.iter();
        findings
            .filter(|it| it.severity == severity && it.counts())
            .count()
    };
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    match (errors, warnings) {
        (0, 0) => format!("{} `blue realm check` passes\n", style.good()),
        _ => {
            let mark = if errors > 0 {
                style.bad()
            } else {
                style.warning()
            };
            let errors = crate::output::count(errors, "error");
            let warnings = crate::output::count(warnings, "warning");
            format!("{mark} `blue realm check` has {errors} and {warnings}\n")
        }
    }
}

fn json(here: &Here, report: &Report, standings: &[Standing]) -> String {
    let realms: Vec<Value> = standings.iter().map(|it| of_realm(here, it)).collect();
    let problems = unreachable(report).map(|finding| finding.message.clone());
    let of = |severity| {
        report
            .findings
            .iter()
            .filter(|it| it.severity == severity)
            .count()
    };
    to_text(&json!({
        "version": 1,
        "repo": here.repo,
        "realms": realms,
        "problems": problems.collect::<Vec<_>>(),
        "findings": {"errors": of(Severity::Error), "warnings": of(Severity::Warning)},
    }))
}

fn of_realm(here: &Here, standing: &Standing) -> Value {
    let record = &standing.record;
    let mut domains = Vec::new();
    let repo = here.repo.as_deref().unwrap_or_default();
    for domain in record.domains_of(repo) {
        let binding = record.binding(&domain.name, repo);
        let exports = binding.iter().flat_map(|it| &it.exports).map(|export| {
            let contract = record.contract(&domain.name, &export.contract);
            let importers = record.importers_of(&domain.name, &export.contract);
            let importers = importers.iter().map(|it| {
                json!({
                    "repo": it.repo,
                    "range": it.import.version_text,
                    "follows": it.import.resolved_version.as_ref().map(ToString::to_string),
                })
            });
            let version = contract
                .and_then(|it| it.version.as_ref())
                .map(ToString::to_string);
            json!({
                "contract": export.contract,
                "version": version,
                "importers": importers.collect::<Vec<_>>(),
            })
        });
        let exports: Vec<Value> = exports.collect();
        domains.push(json!({"domain": domain.name, "exports": exports}));
    }
    let drift = standing
        .changes
        .iter()
        .filter(|it| !it.is_empty())
        .map(|change| {
            let items = |items: &[(String, String)]| -> Vec<Value> {
                let items = items.iter();
                items
                    .map(|(field, value)| json!({"field": field, "value": value}))
                    .collect()
            };
            json!({
                "domain": change.domain,
                "contract": change.contract,
                "added": items(&change.added),
                "removed": items(&change.removed),
            })
        });
    let imports = standing.followings.iter().map(|it| {
        json!({
            "domain": it.domain,
            "contract": it.contract,
            "version": it.version.as_ref().map(ToString::to_string),
            "follows": it.resolved.as_ref().map(ToString::to_string),
            "in_range": it.in_range,
            "uncovered": it.uncovered,
        })
    });
    json!({
        "realm": standing.realm,
        "age": standing.age,
        "domains": domains,
        "drift": drift.collect::<Vec<_>>(),
        "imports": imports.collect::<Vec<_>>(),
        "notifications": standing.unread.iter().map(awareness::shape).collect::<Vec<_>>(),
        "open": standing.open.iter().map(|it| open(&it.judged)).collect::<Vec<_>>(),
        "joins": standing.joins.iter().map(join_shape).collect::<Vec<_>>(),
    })
}
