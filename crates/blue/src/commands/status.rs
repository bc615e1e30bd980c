//! `blue status`: where this repository stands in its realms, on one page.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use blue_ops::merge::Outcome;
use blue_ops::status::{Standing, Status, Waiting};
use blue_workspace::Options;

use crate::awareness;
use crate::cli::Context;
use crate::commands::detect;
use crate::commands::notifications::bell;
use crate::commands::sync::{asks, waits};
use crate::engine::{self, Report};
use crate::failure::{Error, Exit};
use crate::output::json::to_text;
use crate::output::terminal::Terminal;
use crate::output::visible::visible;
use crate::output::{Format, Glyphs, Paint, Style};
use crate::realms::{self, FetchArgs};

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
    let seen = found.seen(&start)?;
    let mut status = {
        let mut ask = realms::reading(&mut progress);
        Status::of(&here, seen, &mut ask, &mut awareness::learn)
    };
    for standing in &mut status.realms {
        if let Some(repo) = &status.repo {
            standing.unread = awareness::unread(&standing.id, &standing.record, repo);
        }
        // That it could not be fetched says more than how old it is.
        let mut ages = ages.iter();
        let said = ages.find(|age| age.starts_with(&standing.realm));
        standing.age = said.cloned().or(standing.age.take());
    }
    let text = match context.format {
        Format::Json => to_text(&status.document()),
        Format::Human => human(&status, &report, context.style),
    };
    terminal.write_all(text.as_bytes())?;
    found.keep();
    Ok(Exit::Fine)
}

/// In no realm: what there is to see, and how to join one.
fn nowhere(context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    if context.format == Format::Json {
        let text = to_text(&Status::default().document());
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

fn human(status: &Status, report: &Report, style: Style) -> String {
    let mut out = String::new();
    let repo = status.repo.as_deref();
    for standing in &status.realms {
        let _ = writeln!(out, "{}", heading(repo, standing, style));
        if let Some(age) = standing.trouble.as_ref().or(standing.age.as_ref()) {
            let _ = writeln!(out, "  {}", visible(age));
        }
        if let Some(why) = &standing.rewritten {
            let _ = writeln!(out, "{} {}", style.warning(), visible(why));
        }
        out.push_str(&roles(repo, standing, style));
        out.push_str(&drift(repo, standing, style));
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
            let is_refused = matches!(judged.outcome, Outcome::Refused(_)) && !judged.is_overtaken;
            // Of a branch that cannot be read nobody knows who made it, nor of what.
            let by = match judged.open.actor.is_empty() {
                true => String::new(),
                false => format!(" by {}", judged.actor()),
            };
            let titles = match titles.is_empty() {
                true => String::new(),
                false => format!(": {}", titles.join(", ")),
            };
            let (by, titles) = (visible(&by), visible(&titles));
            let branch = visible(&judged.open.branch);
            let _ = match is_refused {
                true => writeln!(out, "{mark} {branch}{by} is refused{titles}"),
                false => writeln!(out, "{mark} {branch}{by}{titles}"),
            };
            for line in waits(judged, style).lines() {
                let _ = writeln!(out, "   {line}");
            }
        }
    }
    let joins = status.realms.iter().flat_map(|it| &it.joins);
    for judged in joins {
        let mark = symbol(style, "🔔", "[open]");
        let _ = write!(out, "{mark} {}", asks(judged, style));
    }
    for problem in &status.problems {
        let _ = writeln!(out, "{} {}", style.warning(), visible(problem));
    }
    for note in &report.notes {
        let _ = writeln!(out, "{}", visible(note));
    }
    out.push_str(&rest(status, style));
    out
}

fn symbol<'s>(style: Style, unicode: &'s str, ascii: &'s str) -> &'s str {
    match style.glyphs {
        Glyphs::Unicode => unicode,
        Glyphs::Ascii => ascii,
    }
}

fn heading(repo: Option<&str>, standing: &Standing, style: Style) -> String {
    let mark = symbol(style, "📊", "[realm]");
    let realm = visible(&standing.realm);
    let head = match repo {
        Some(repo) => format!("{} in {realm}", visible(repo)),
        None => format!("realm {realm}"),
    };
    format!("{mark} {}", style.paint(Paint::Strong, &head))
}

/// What this repository provides and consumes in each domain; of a realm's own checkout, what there is.
fn roles(repo: Option<&str>, standing: &Standing, style: Style) -> String {
    let mut out = String::new();
    let record = &standing.record;
    let Some(repo) = repo else {
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
            if let Some(owner) = owner.filter(|owner| *owner != repo) {
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
            takes.push(match (contract, owner) {
                (None, _) => format!(
                    "{}, which the realm has no more: take it out of the binding",
                    import.contract
                ),
                (_, Some(owner)) => format!("{} from {owner} at {follows}", import.contract),
                (_, None) => format!("{} from nobody at {follows}", import.contract),
            });
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

fn drift(repo: Option<&str>, standing: &Standing, style: Style) -> String {
    let mut out = String::new();
    for change in standing.changes.iter().filter(|it| !it.is_empty()) {
        let mark = style.warning();
        let contract = standing.record.contract(&change.domain, &change.contract);
        let version = contract.map(|it| version_of(it.version.as_ref(), it.value.is_some()));
        let version = version.unwrap_or_default();
        let name = visible(&change.contract);
        let open = standing.waits_in(repo, change);
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
        match (open, standing.doubt(change)) {
            (_, Some(doubt)) => {
                let _ = writeln!(out, "   {}", visible(doubt));
            }
            (None, None) => out.push_str("   Run 'blue realm sync' to update realm\n"),
            (Some(_), None) => {}
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

/// More notifications than this are counted.
const NEWS: usize = 3;

/// What there is to be told, the gravest first and of several the latest.
fn news(standing: &Standing, style: Style) -> String {
    let mut unread: Vec<_> = standing.unread.iter().rev().collect();
    if unread.is_empty() {
        return String::new();
    }
    unread.sort_by_key(|noted| std::cmp::Reverse(noted.notification.kind.gravity()));
    let count = crate::output::count(unread.len(), "notification");
    let mut out = format!("{} {count}: `blue notifications`\n", bell(style));
    for noted in unread.iter().take(NEWS) {
        let _ = writeln!(out, "   {}", visible(&awareness::words(noted)));
    }
    if let Some(more) = unread.len().checked_sub(NEWS).filter(|more| *more > 0) {
        let _ = writeln!(out, "   and {more} more");
    }
    out
}

/// What a check would say beside, in one line.
fn rest(status: &Status, style: Style) -> String {
    let (errors, warnings) = (status.errors, status.warnings);
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
