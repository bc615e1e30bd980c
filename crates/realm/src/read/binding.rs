//! Bindings and acceptances: what a repo says for itself.

use std::collections::BTreeMap;

use blue_compat::range::VersionRange;

use super::own_name;
use crate::decode::{At, Fields, Problems, Text, shortened};
use crate::model::{
    Acceptance, AcceptancesFile, Approve, BindingFile, Detector, Export, Import, ImportFrom, Match,
};
use crate::names::{Name, is_name, spell_name};
use crate::problem::ProblemCode;
use crate::source_files;
use crate::spans::Part;
use crate::times::Shape;
use crate::wrapper::parse_wrapper;
use crate::yaml::Yaml;

pub(super) fn binding(root: &At<'_>, repo: &Name, problems: &mut Problems) -> Option<BindingFile> {
    let fields = root.fields(problems)?;
    let extra = fields.extra(&["repo", "role", "exports", "imports"], problems);
    own_name(&fields, "repo", repo, problems);
    Some(BindingFile {
        repo: repo.clone(),
        role: fields.get("role").and_then(|at| at.prose(problems)),
        exports: fields
            .get("exports")
            .map(|at| at.list(problems, export))
            .unwrap_or_default(),
        imports: fields
            .get("imports")
            .map(|at| at.list(problems, import))
            .unwrap_or_default(),
        extra,
    })
}

fn export(at: &At<'_>, problems: &mut Problems) -> Option<Export> {
    const MATCHES: &[(&str, Match)] = &[("exact", Match::Exact), ("covers", Match::Covers)];
    let fields = at.fields(problems)?;
    let extra = fields.extra(&["contract", "source_files", "detect", "match"], problems);
    let contract = fields.required("contract", problems);
    let files = fields.required("source_files", problems);
    let contract = contract.and_then(|at| at.name(problems));
    let source_files = files.map(|at| at.one_or_more(problems, source_pattern));
    let detect = fields.get("detect");
    let detect = detect.map(|at| at.list(problems, detector));
    let matching = fields
        .get("match")
        .and_then(|at| at.one_of(MATCHES, problems));
    Some(Export {
        index: at.ordinal,
        contract: contract?,
        source_files: source_files.unwrap_or_default(),
        detect: detect.unwrap_or_default(),
        matching: matching.unwrap_or_default(),
        extra,
    })
}

fn source_pattern(at: &At<'_>, problems: &mut Problems) -> Option<Text> {
    let text = at.text(problems)?;
    match source_files::check(&text) {
        Ok(()) => Some(text),
        Err(wrong) => {
            let message = format!("`{}` {}", shortened(&text), wrong.message);
            problems.suggest(wrong.code, at, Part::Value, message, wrong.suggestion);
            None
        }
    }
}

/// `- s3: {…}`, `- symbol: NAME` or `- query: NAME`; the settings beside it or inside it.
fn detector(at: &At<'_>, problems: &mut Problems) -> Option<Detector> {
    // `- s3` alone is `- s3:` without settings.
    if matches!(at.node, Yaml::Text(text) if **text == *"s3") {
        return Some(Detector::S3 {
            buckets: Vec::new(),
            fields: BTreeMap::new(),
            wrappers: Vec::new(),
        });
    }
    let fields = at.fields(problems)?;
    let named: Vec<&str> = ["s3", "symbol", "query"]
        .into_iter()
        .filter(|key| fields.get_any(key).is_some())
        .collect();
    match named.as_slice() {
        ["s3"] => Some(s3(&fields, problems)),
        ["symbol"] => symbol(&fields, problems),
        ["query"] => query(&fields, problems),
        _ => {
            fields.extra(
                &["s3", "symbol", "query", "fields", "into", "wrappers"],
                problems,
            );
            let message = "a detector is one of `s3`, `symbol` and `query`".to_owned();
            problems.add(ProblemCode::RealmSchema, at, Part::Value, message);
            None
        }
    }
}

fn s3(fields: &Fields<'_>, problems: &mut Problems) -> Detector {
    fields.extra(&["s3", "fields", "wrappers"], problems);
    let inner = fields.get("s3");
    let inner = inner.as_ref().and_then(|at| at.fields(problems));
    if let Some(inner) = &inner {
        inner.extra(&["bucket", "fields", "wrappers"], problems);
    }
    let setting = |key| {
        fields
            .get(key)
            .or_else(|| inner.as_ref().and_then(|inner| inner.get(key)))
    };
    let texts = |at: At<'_>, problems: &mut Problems| {
        at.one_or_more(problems, |at, problems| at.text(problems))
    };
    let buckets = inner.as_ref().and_then(|inner| inner.get("bucket"));
    Detector::S3 {
        buckets: buckets.map(|at| texts(at, problems)).unwrap_or_default(),
        fields: setting("fields")
            .map(|at| s3_fields(&at, problems))
            .unwrap_or_default(),
        wrappers: setting("wrappers")
            .map(|at| at.one_or_more(problems, wrapper))
            .unwrap_or_default(),
    }
}

/// A wrapper as it is written; nothing of one that says nothing.
fn wrapper(at: &At<'_>, problems: &mut Problems) -> Option<Text> {
    let text = at.text(problems)?;
    match parse_wrapper(&text) {
        Ok(_) => Some(text),
        Err(error) => {
            let part = Part::Inside(error.span, (&*text).into());
            problems.add(ProblemCode::RealmSchema, at, part, error.message);
            None
        }
    }
}

fn s3_fields(at: &At<'_>, problems: &mut Problems) -> BTreeMap<Text, Text> {
    if let Some(fields) = at.fields(problems) {
        fields.extra(&["read", "write", "delete", "list"], problems);
        return table(at, problems);
    }
    BTreeMap::new()
}

fn table(at: &At<'_>, problems: &mut Problems) -> BTreeMap<Text, Text> {
    at.table(problems, |at, problems| at.text(problems))
        .into_iter()
        .collect()
}

fn symbol(fields: &Fields<'_>, problems: &mut Problems) -> Option<Detector> {
    fields.extra(&["symbol", "into"], problems);
    let into = fields.get("into").and_then(|at| at.text(problems));
    let at = fields.required("symbol", problems)?;
    let symbol = at.text(problems)?;
    let is_name = |part: &str| {
        let mut characters = part.chars();
        let first = characters.next();
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        first.is_some_and(|c| is_word(c) && !c.is_numeric()) && characters.all(is_word)
    };
    let mut start = 0;
    for part in symbol.split('.') {
        if !is_name(part) {
            let message = format!(
                "`{}` is not the name of a constant, like `QUEUE_NAMES` or `Paths.PREFIX`",
                shortened(&symbol)
            );
            let part = Part::Inside(start..start + part.len(), (&*symbol).into());
            problems.add(ProblemCode::RealmSchema, &at, part, message);
            return None;
        }
        start += part.len() + 1;
    }
    Some(Detector::Symbol { symbol, into })
}

fn query(fields: &Fields<'_>, problems: &mut Problems) -> Option<Detector> {
    fields.extra(&["query", "fields", "into"], problems);
    let into = fields.get("into").and_then(|at| at.text(problems));
    let map = fields.get("fields").map(|at| table(&at, problems));
    let at = fields.required("query", problems)?;
    let query = at.text(problems)?;
    // It becomes a file's name in `.blue/queries/{language}/`.
    if query.starts_with('.')
        || query.contains(['/', '\\', ':'])
        || query.contains(char::is_control)
    {
        let message = format!(
            "`{}` must be the name of a query, without folders",
            shortened(&query)
        );
        problems.add(ProblemCode::PathEscapes, &at, Part::Value, message);
        return None;
    }
    Some(Detector::Query {
        query,
        fields: map.unwrap_or_default(),
        into,
    })
}

fn import(at: &At<'_>, problems: &mut Problems) -> Option<Import> {
    const APPROVE: &[(&str, Approve)] =
        &[("breaking", Approve::Breaking), ("always", Approve::Always)];
    let fields = at.fields(problems)?;
    let extra = fields.extra(
        &[
            "contract",
            "from",
            "version",
            "binding",
            "uses",
            "approve",
            "note",
            "resolved_version",
            "resolved_at",
            "status",
        ],
        problems,
    );
    let contract = fields.required("contract", problems);
    let version = fields.required("version", problems);
    let binding = fields.required("binding", problems);
    let contract = contract.and_then(|at| at.name(problems));
    let (version_text, version) = version.map(|at| range(&at, problems)).unwrap_or_default();
    Some(Import {
        index: at.ordinal,
        from: fields.get("from").and_then(|at| from(&at, problems)),
        version_text,
        version,
        binding: binding
            .map(|at| bound_files(&at, problems))
            .unwrap_or_default(),
        uses: fields
            .get("uses")
            .map(|at| at.one_or_more(problems, |at, problems| at.text(problems))),
        approve: fields
            .get("approve")
            .and_then(|at| at.one_of(APPROVE, problems))
            .unwrap_or_default(),
        note: fields.get("note").and_then(|at| at.prose(problems)),
        resolved_version: fields
            .get("resolved_version")
            .and_then(|at| at.version(problems)),
        resolved_at: fields
            .get("resolved_at")
            .and_then(|at| at.time(Shape::Time, problems)),
        extra,
        // Last, so that a nameless import has its other problems told too.
        contract: contract?,
    })
}

fn bound_files(at: &At<'_>, problems: &mut Problems) -> Vec<(usize, Text)> {
    match at.node {
        Yaml::List(_) => at.list(problems, |at, problems| {
            Some((at.ordinal, at.path(problems)?))
        }),
        _ => at
            .path(problems)
            .map(|path| (0, path))
            .into_iter()
            .collect(),
    }
}

/// A range, as written and as understood.
fn range(at: &At<'_>, problems: &mut Problems) -> (Option<Text>, Option<VersionRange>) {
    let text: Text = match at.node {
        // `1` is a range of npm's; of `1.10` YAML has made 1.1 already.
        Yaml::Number(number) if number.is_u64() => number.to_string().as_str().into(),
        Yaml::Number(_) => {
            let message = "a range must be text: put it in quotes".to_owned();
            problems.add(ProblemCode::BadRange, at, Part::Value, message);
            return (None, None);
        }
        _ => match at.text(problems) {
            Some(text) => text,
            None => return (None, None),
        },
    };
    match VersionRange::parse(&text) {
        Ok(parsed) => {
            if let Some(bare) = parsed.ambiguous {
                ambiguous(at, &text, bare, problems);
            }
            (Some(text), Some(parsed.range))
        }
        Err(error) => {
            let part = Part::Inside(error.span, (&*text).into());
            let message = format!("`{}` is no range: {}", shortened(&text), error.message);
            problems.suggest(ProblemCode::BadRange, at, part, message, error.suggestion);
            (Some(text), None)
        }
    }
}

fn ambiguous(at: &At<'_>, text: &str, bare: std::ops::Range<usize>, problems: &mut Problems) {
    let version = text.get(bare.clone()).unwrap_or(text);
    let message = format!(
        "`{version}` means this version alone to npm and `^{version}` to Cargo: write \
         `={version}` or `^{version}`"
    );
    let suggestion = Some(format!("^{version}"));
    let part = Part::Inside(bare, text.into());
    problems.suggest(ProblemCode::RangeAmbiguous, at, part, message, suggestion);
}

/// `realm:domain`.
fn from(at: &At<'_>, problems: &mut Problems) -> Option<ImportFrom> {
    let text = at.text(problems)?;
    let Some((realm, domain)) = text.split_once(':') else {
        let message = "`from` must be `realm:domain`".to_owned();
        problems.add(ProblemCode::RealmSchema, at, Part::Value, message);
        return None;
    };
    let after = realm.len() + 1;
    for (name, range) in [(realm, 0..realm.len()), (domain, after..text.len())] {
        if is_name(name) {
            continue;
        }
        let message = format!("`{}` is not a name", shortened(name));
        let part = Part::Inside(range, (&*text).into());
        problems.suggest(ProblemCode::BadName, at, part, message, spell_name(name));
        return None;
    }
    Some(ImportFrom {
        realm: realm.into(),
        domain: domain.into(),
    })
}

/// A list; or a mapping whose `acceptances` is one.
pub(super) fn acceptances(
    root: &At<'_>,
    repo: &Name,
    problems: &mut Problems,
) -> Option<AcceptancesFile> {
    let acceptances = match root.node {
        Yaml::Map(_) => {
            let fields = root.fields(problems)?;
            fields.extra(&["acceptances", "repo"], problems);
            fields
                .required("acceptances", problems)?
                .list(problems, acceptance)
        }
        // A file from which the last record was taken away.
        Yaml::Null => Vec::new(),
        _ => root.list(problems, acceptance),
    };
    Some(AcceptancesFile {
        repo: repo.clone(),
        acceptances,
    })
}

fn acceptance(at: &At<'_>, problems: &mut Problems) -> Option<Acceptance> {
    let fields = at.fields(problems)?;
    let extra = fields.extra(
        &[
            "fingerprint",
            "contract",
            "change",
            "reason",
            "until",
            "actor",
            "date",
        ],
        problems,
    );
    let fingerprint = fields.required("fingerprint", problems);
    Some(Acceptance {
        index: at.ordinal,
        contract: fields.get("contract").and_then(|at| at.name(problems)),
        change: fields.get("change").and_then(|at| at.prose(problems)),
        reason: fields.get("reason").and_then(|at| at.prose(problems)),
        until: fields
            .get("until")
            .and_then(|at| at.time(Shape::Date, problems)),
        actor: fields.get("actor").and_then(|at| at.prose(problems)),
        date: fields
            .get("date")
            .and_then(|at| at.time(Shape::Date, problems)),
        extra,
        fingerprint: fingerprint?.text(problems)?,
    })
}
