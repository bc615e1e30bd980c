//! `blue detect`: what Blue sees in any code, with no realm: the first thing to try.

mod values;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use blue_detect::{
    Bucket, Effect, FileId, MemoryProgram, Op, PlacedGrant, PlacedSite, Program, Reason, Why,
    grants, is_template, place_grants, place_sites, sites_of_files, template_grants,
    template_problem,
};
use rayon::prelude::*;

use crate::cli::{Context, Detail};
use crate::failure::{Error, Exit};
use crate::output::Format;
use crate::output::sites::{Site, Sites, human, json};
use crate::output::terminal::Terminal;
use crate::sources::{self, Sources};

/// What Blue sees in any code, with no realm
///
/// One line for each place where code reads, writes, deletes or lists S3 objects or grants access
/// to them: where, what is done, and the pattern of the keys (`*` stands for what only a run knows).
#[derive(Debug, Default, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  blue detect
  blue detect jobs models/storage.py --json
  blue detect infra --detector iam
  blue detect config --detector symbol:QUEUE_NAMES,query:kafka-topics"
)]
pub(crate) struct Args {
    /// Files and folders to report on [default: the current folder]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Report what this detector sees only: s3, iam, symbol:NAME (a constant) or query:NAME (of
    /// .blue/queries); may be repeated
    #[arg(
        long = "detector",
        value_name = "DETECTOR",
        value_parser = detector,
        value_delimiter = ','
    )]
    detectors: Vec<Detector>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Detector {
    /// Objects that are read, written, deleted or listed.
    S3,
    /// What infrastructure code grants.
    Iam,
    /// What a constant says.
    Symbol(String),
    /// What a query of the repository's own captures.
    Query(String),
}

fn detector(written: &str) -> Result<Detector, String> {
    match written.split_once(':') {
        None if written == "s3" => Ok(Detector::S3),
        None if written == "iam" => Ok(Detector::Iam),
        Some(("symbol", name)) if !name.is_empty() => Ok(Detector::Symbol(name.to_owned())),
        Some(("query", name)) if !name.is_empty() => Ok(Detector::Query(name.to_owned())),
        _ => Err("a detector is s3, iam, symbol:NAME or query:NAME".to_owned()),
    }
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let here = [PathBuf::from(".")];
    let paths = match args.paths.as_slice() {
        [] => &here,
        paths => paths,
    };
    let mut progress = |doing: &str| terminal.progress(doing);
    let mut found = Sites::default();
    for sources in sources::read(&context.dir, paths, &mut progress)? {
        let doing = format!("looking into {} files …", sources.texts.len());
        let detectors = &args.detectors;
        let sites = blue_ops::telling(&doing, &mut progress, || detect(&sources, detectors))?;
        found.unchecked += sources.unchecked;
        found.broken.extend(broken(&sources));
        found.sites.extend(sites);
    }
    let text = match context.format {
        Format::Json => json(&found),
        Format::Human if found.sites.is_empty() && context.detail == Detail::Quiet => String::new(),
        Format::Human => human(&found, context.style, context.detail),
    };
    terminal.write_all(text.as_bytes())?;
    Ok(Exit::Fine)
}

/// What the detectors see in what was asked for, in order of path and place; without detectors, the
/// sites.
pub(crate) fn detect(sources: &Sources, detectors: &[Detector]) -> Result<Vec<Site>, Error> {
    let texts = sources.texts.iter();
    let texts = texts.map(|(path, text)| (Arc::clone(path), Arc::clone(text)));
    let program = MemoryProgram::without_tests(texts, |path| sources.asked.contains_key(path));
    let is_wanted = |site: &Site| {
        let detector = match site.op {
            op if op == Op::Grant.as_str() => Detector::Iam,
            _ => Detector::S3,
        };
        detectors.is_empty() || detectors.contains(&detector)
    };
    let asked = program.relevant().iter().filter_map(|file| {
        let shown = sources.asked.get(&program.path(*file))?;
        Some((*file, shown.as_str()))
    });
    let asked: Vec<_> = asked.collect();
    // Files side by side call the same functions, which are looked into once for all of them.
    let together = asked.len() / (SHARES * rayon::current_num_threads());
    let found = asked.par_chunks(together.clamp(1, MOST_TOGETHER));
    let found = found.flat_map_iter(|files| sites_of(&program, files));
    let mut found: Vec<_> = found.collect();
    for (path, shown) in &sources.asked {
        let text = sources.texts.get(path).filter(|_| is_template(path));
        let grants = text.and_then(|text| template_grants(text));
        for grant in grants.iter().flatten() {
            found.extend(text.iter().flat_map(|text| of_grant(grant, shown, text)));
        }
    }
    found.retain(is_wanted);
    for detector in detectors {
        match detector {
            Detector::S3 | Detector::Iam => {}
            Detector::Symbol(name) => found.extend(values::of_symbol(&program, sources, name)),
            Detector::Query(name) => found.extend(values::of_query(&program, sources, name)?),
        }
    }
    found.sort_by(|one, other| (&one.path, one.span).cmp(&(&other.path, other.span)));
    Ok(each_once(found))
}

/// Sites without those that say what another one says, found on another way.
fn each_once(sites: Vec<Site>) -> Vec<Site> {
    let mut kept: Vec<Site> = Vec::with_capacity(sites.len());
    for site in sites {
        let before = kept.iter().rev();
        let mut here = before.take_while(|it| (&it.path, it.span) == (&site.path, site.span));
        if !here.any(|known| says_the_same(known, &site)) {
            kept.push(site);
        }
    }
    kept
}

fn says_the_same(one: &Site, other: &Site) -> bool {
    let is_of = |site: &Site| (site.op, site.denied, site.conditional);
    let why = |site: &Site| site.opaque.as_ref().map(|(words, _)| words.clone());
    is_of(one) == is_of(other)
        && (&one.at, &one.pattern, &one.bucket) == (&other.at, &other.pattern, &other.bucket)
        && one.actions == other.actions
        && why(one) == why(other)
}

/// The templates that do not parse, each with the line from which on it does not.
fn broken(sources: &Sources) -> Vec<(String, usize)> {
    let asked = sources.asked.iter().filter(|(path, _)| is_template(path));
    let broken = asked.filter_map(|(path, shown)| {
        let text = sources.texts.get(path)?;
        let start = template_problem(text)? as usize;
        let line = text[..start].matches('\n').count() + 1;
        Some((shown.clone(), line))
    });
    broken.collect()
}

/// How many stretches of files each thread gets, so that one with much in it keeps no thread waiting.
const SHARES: usize = 8;
/// Files that are looked into together at most: what is remembered of all of them takes memory.
const MOST_TOGETHER: usize = 64;

fn sites_of(program: &MemoryProgram, files: &[(FileId, &str)]) -> Vec<Site> {
    let ids: Vec<_> = files.iter().map(|(file, _)| *file).collect();
    let mut found = Vec::new();
    for ((file, shown), sites) in files.iter().zip(sites_of_files(program, &ids)) {
        let positions = &program.summary(*file).positions;
        let text = program.text(*file);
        let uses = place_sites(&sites, positions).into_iter();
        found.extend(uses.map(|site| of_use(&site, shown, text)));
        let granted = place_grants(&grants(program, *file), positions).into_iter();
        found.extend(granted.flat_map(|grant| of_grant(&grant, shown, text)));
    }
    found
}

fn of_use(site: &PlacedSite, shown: &str, text: &Arc<str>) -> Site {
    Site {
        path: shown.to_owned(),
        text: Arc::clone(text),
        span: site.span,
        op: site.op.as_str(),
        at: None,
        pattern: site.pattern.to_string(),
        bucket: site.bucket.as_ref().map(bucket_name),
        actions: Vec::new(),
        how: site.how.clone(),
        opaque: site.opaque.as_ref().map(said),
        denied: false,
        conditional: false,
    }
}

/// One for each resource, where it is written; a bucket itself, without keys, has an empty pattern.
fn of_grant(placed: &PlacedGrant, shown: &str, text: &Arc<str>) -> Vec<Site> {
    let actions = placed.grant.in_words();
    let unknown = placed.grant.unknown_actions.as_ref();
    let resources = placed.grant.resources.iter();
    let sites = resources.map(|resource| Site {
        path: shown.to_owned(),
        text: Arc::clone(text),
        span: placed.element(resource).unwrap_or(placed.span),
        op: Op::Grant.as_str(),
        at: None,
        pattern: resource
            .keys
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        bucket: resource.bucket.as_ref().map(bucket_name),
        actions: actions.clone(),
        how: Vec::new(),
        opaque: resource.opaque.as_ref().or(unknown).map(said),
        denied: placed.grant.effect == Effect::Deny,
        conditional: placed.grant.is_conditional,
    });
    sites.collect()
}

/// Why something is not known, in words and as a kind.
fn said(why: &Why) -> (String, Reason) {
    (why.to_string(), why.reason())
}

fn bucket_name(bucket: &Bucket) -> String {
    match bucket {
        Bucket::Known(name) => name.to_string(),
        Bucket::Env(variable) => format!("env:{variable}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_in_all_that_is_told_is_told_once() {
        let policy = "from aws_cdk import aws_iam as iam\ndef reader(prefix):\n    keys = [f'arn:aws:s3:::imaging/{prefix}*', 'arn:aws:s3:::imaging/*']\n    return iam.PolicyStatement(actions=['s3:GetObject'], resources=keys)\n";
        let path: Arc<str> = "policies.py".into();
        let mut sources = Sources::default();
        sources.texts.insert(Arc::clone(&path), policy.into());
        sources.asked.insert(path, "policies.py".to_owned());
        let sites = detect(&sources, &[]).unwrap();
        let patterns: Vec<_> = sites.iter().map(|site| site.pattern.as_str()).collect();
        assert_eq!(patterns, ["*"]);
    }
}
