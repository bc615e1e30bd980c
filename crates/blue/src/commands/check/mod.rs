//! `blue realm check`: this repository's code and bindings held against the realm. What can be asked
//! for stands in [`options`], which findings are wanted in [`scope`], how it ends in [`exit`].

mod base;
mod compatibility;
mod contract;
mod detected;
mod exit;
mod hooks;
mod named;
mod options;
mod scope;
mod severities;
mod shown;
mod signed;
mod waiting;

use std::io::Write;
use std::path::{Path, PathBuf};

use blue_workspace::{Options, Reading};

use crate::cli::{Context, Detail};
use crate::engine;
use crate::failure::{Error, Exit};
use crate::output::human::{self, Telling};
use crate::output::terminal::Terminal;
use crate::output::{Format, ReportFormat, Style, github, gitlab, json, junit, sarif};

use crate::realms;
pub(crate) use compatibility::{
    Between, Compared, Comparison, between, schema as comparison_schema,
};
use named::Known;
pub(crate) use options::{Args, realm_path};

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let args = args.completed(context);
    let start = context.at(Path::new("."));
    let checked = check(&args, &start, context, &mut |doing| {
        terminal.progress(doing)
    })?;
    terminal.write_all(checked.text.as_bytes())?;
    Ok(checked.exit)
}

/// What a check says, and how it ends.
pub(crate) struct Checked {
    pub(crate) text: String,
    pub(crate) exit: Exit,
}

/// Checks the repository that `start` lies in, as `blue -C start realm check` would without
/// arguments, for a story that shows it.
pub(crate) fn check_folder(start: &Path, style: Style) -> Result<Checked, Error> {
    let context = Context {
        dir: PathBuf::new(),
        format: Format::Human,
        style,
        detail: Detail::Normal,
    };
    check(&Args::default(), start, &context, &mut |_| ())
}

fn check(
    args: &Args,
    start: &Path,
    context: &Context,
    progress: &mut dyn FnMut(&str),
) -> Result<Checked, Error> {
    let (checked, found) = check_reading(Reading::AsAsked, args, (start, context), progress)?;
    if !found.was_overtaken() {
        return Ok(checked);
    }
    // Somebody wrote to the files meanwhile.
    let (checked, _) = check_reading(Reading::Everything, args, (start, context), progress)?;
    Ok(checked)
}

/// What there is to say of the folder `start`, and what was loaded for it.
fn check_reading(
    reading: Reading,
    args: &Args,
    (start, context): (&Path, &Context),
    progress: &mut dyn FnMut(&str),
) -> Result<(Checked, engine::Loaded), Error> {
    let start = start.canonicalize().map_err(|source| Error::File {
        doing: "read",
        path: start.to_owned(),
        source,
    })?;
    crate::interruption::ends_programs();
    let base = args.base.as_deref();
    let base = base.map(|revision| base::base_of(&start, revision));
    let base = base.transpose()?;
    let defaults = severities::defaults(args, &start)?;
    // What is wrong with it is told by whoever loads it.
    let here = realms::here(&start, args.realm.as_deref()).ok();
    let (known, early) = match &here {
        Some(here) => (
            realms::known(here, args.fetch, progress)?,
            realms::in_early_layout(here),
        ),
        None => Default::default(),
    };
    let options = Options {
        realm_path: args.realm.clone(),
        base,
        defaults,
        caching: args.caching(),
        reading,
        verifier: Some(blue_ops::verifier()),
        stale: known.stale,
        ..Options::default()
    };
    let found = engine::load(&start, options, progress)?;
    let mut report = found.report(&start, progress)?;
    found.keep();
    report.notes.extend(known.ages);
    report.could_not.extend(early);
    if compatibility::is_asked(args)? {
        let (text, exit) = compatibility::compare(args, &start, context, &found, &report)?;
        return Ok((Checked { text, exit }, found));
    }
    let known = Known::of(&found.realm_states(&start));
    known.expect(&args.named)?;
    let report = scope::of_sides(report, &args.modes);
    let report = contract::with_contracts(report, &found, &start, &args.modes)?;
    let report = hooks::with_hooks(report, &found, &start, args)?;
    let report = signed::with_signatures(report, &found, &start, args)?;
    let report = waiting::with_waiting(report, here.as_ref(), &args.modes, progress);
    let report = named::only(report, args, &known);
    let text_of = |place: &_| found.text_of(place);
    let fail_on = args.fail_on();
    let exit = exit::exit(&report, fail_on);
    let telling = Telling {
        style: context.style,
        detail: context.detail,
        fail_on,
        explain: args.explain,
    };
    let text = match args.output_format {
        // What --mode=contract says is of the checkout's files.
        ReportFormat::Human if !args.modes.contains(&options::Side::Contract) => {
            let states = found.realm_states(&start);
            let (report, shown) = shown::Shown::of(report, &found, &states);
            human::check(&report, &|place| shown.text_of(place, &found), telling)
        }
        ReportFormat::Human => human::check(&report, &text_of, telling),
        ReportFormat::Json => json::check(&report, &text_of),
        ReportFormat::Sarif => sarif::check(&report, &text_of, exit, docs_url().as_deref()),
        ReportFormat::Github => {
            let annotations = github::check(&report, &text_of);
            annotations + &human::passed(&report, telling) + &human::summary(&report, telling)
        }
        ReportFormat::Gitlab => gitlab::check(&report, &text_of),
        ReportFormat::Junit => junit::check(&report, &text_of, fail_on),
    };
    Ok((Checked { text, exit }, found))
}

/// Where the pages of findings are published, if they are: `BLUE_DOCS_URL`, as the language server's
/// `docsUrl`.
fn docs_url() -> Option<String> {
    std::env::var("BLUE_DOCS_URL")
        .ok()
        .filter(|url| url.starts_with("https://") || url.starts_with("http://"))
}

#[cfg(test)]
mod tests;
