//! `.blue/config.yaml` of a code repository, and `.blue/config.local.yaml` over it
//! (`realm-format.md`, "In a code repository").

use std::collections::HashSet;
use std::sync::Arc;

use crate::codes;
use crate::decode::{At, Extra, Fields, Problems, Text, audit};
use crate::file::read_text;
use crate::model::{Level, Levels};
use crate::names::Name;
use crate::problem::{Problem, ProblemCode};
use crate::read::levels;
use crate::spans::Part;

/// What the file says, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedConfig {
    /// Its text; see [`ParsedFile::text`](crate::ParsedFile).
    pub text: Arc<str>,
    /// What could be read of it.
    pub config: Config,
    /// What is wrong, in the order of the text.
    pub problems: Vec<Problem>,
}

/// Which repo this is, and which realms it takes part in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    /// The repo's name in its realms.
    pub repo: Option<Name>,
    /// The realms, in the order of the file.
    pub realms: Vec<RealmRef>,
    /// The severities that this repo sets; those that it may not set are left out.
    pub findings: Levels,
    /// Keys that the format does not know, `x-…` among them.
    pub extra: Extra,
}

/// Where a realm is to be found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RealmRef {
    /// Its place in `realms`; nothing for the one under `realm`.
    pub index: Option<usize>,
    /// Its name. May be left out in a local file that speaks of the only one.
    pub name: Option<Name>,
    /// A checkout, as written: relative to the repo's root.
    pub path: Option<Text>,
    /// Where git fetches it from.
    pub url: Option<Text>,
    /// It names an address that is refused, which is a problem of the file.
    pub has_refused_url: bool,
    /// A branch to follow or a tag to pin.
    pub reference: Option<Text>,
    /// Keys that the format does not know.
    pub extra: Extra,
}

/// Which of the two files it is: the local one may leave out what the committed one has to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Committed,
    Local,
}

/// Reads `.blue/config.yaml`.
#[must_use]
pub fn parse_config(bytes: &[u8]) -> ParsedConfig {
    parse(bytes, Which::Committed)
}

/// Reads `.blue/config.local.yaml`, in which everything may be left out.
#[must_use]
pub fn parse_local_config(bytes: &[u8]) -> ParsedConfig {
    parse(bytes, Which::Local)
}

fn parse(bytes: &[u8], which: Which) -> ParsedConfig {
    let mut config = Config::default();
    let (text, mut problems) = read_text(bytes, false, |root, problems| {
        let root = At::root(root, "the file");
        if which == Which::Local && matches!(root.node, crate::yaml::Yaml::Null) {
            return;
        }
        audit(&root, problems);
        if let Some(fields) = root.fields(problems) {
            config = read(&fields, which, problems);
        }
    });
    for problem in &mut problems {
        if matches!(
            problem.code,
            ProblemCode::RealmSyntax | ProblemCode::RealmSchema
        ) {
            problem.code = ProblemCode::ConfigInvalid;
        }
    }
    ParsedConfig {
        text,
        config,
        problems,
    }
}

fn read(fields: &Fields<'_>, which: Which, problems: &mut Problems) -> Config {
    let extra = fields.extra(&["realm", "realms", "repo", "findings"], problems);
    let repo = match which {
        Which::Committed => fields.required("repo", problems),
        Which::Local => fields.get("repo"),
    };
    Config {
        repo: repo.and_then(|at| at.name(problems)),
        realms: realms(fields, which, problems),
        findings: fields
            .get("findings")
            .map(|at| allowed_levels(&at, problems))
            .unwrap_or_default(),
        extra,
    }
}

fn realms(fields: &Fields<'_>, which: Which, problems: &mut Problems) -> Vec<RealmRef> {
    match (fields.get("realm"), fields.get("realms")) {
        (Some(one), None) => realm(&one, None, which, problems).into_iter().collect(),
        (None, Some(many)) => {
            let mut realms = many.list(problems, |at, problems| {
                realm(at, Some(at.ordinal), which, problems)
            });
            named_once(&many, &mut realms, problems);
            realms
        }
        (Some(_), Some(second)) => {
            let message = "`realm` or `realms`, one of the two".to_owned();
            problems.add(ProblemCode::ConfigInvalid, &second, Part::Key, message);
            Vec::new()
        }
        (None, None) => {
            if which == Which::Committed {
                fields.required("realm", problems);
            }
            Vec::new()
        }
    }
}

/// Of two realms with one name, the first.
fn named_once(list: &At<'_>, realms: &mut Vec<RealmRef>, problems: &mut Problems) {
    let mut seen = HashSet::new();
    realms.retain(|realm| {
        let Some(name) = &realm.name else { return true };
        if seen.insert(name.clone()) {
            return true;
        }
        let message = format!("the realm `{name}` is named twice; the first counts");
        let below = realm.index.into_iter().collect();
        problems.add_below(
            ProblemCode::ConfigInvalid,
            list,
            below,
            Part::Value,
            message,
        );
        false
    });
}

fn realm(
    at: &At<'_>,
    index: Option<usize>,
    which: Which,
    problems: &mut Problems,
) -> Option<RealmRef> {
    let fields = at.fields(problems)?;
    let extra = fields.extra(&["name", "path", "url", "ref"], problems);
    let name = match which {
        Which::Committed => fields.required("name", problems),
        Which::Local => fields.get("name"),
    };
    let url = fields.get("url").map(|at| at.url(problems));
    Some(RealmRef {
        index,
        name: name.and_then(|at| at.name(problems)),
        path: fields.get("path").and_then(|at| at.text(problems)),
        has_refused_url: url == Some(None),
        url: url.flatten(),
        reference: fields.get("ref").and_then(|at| reference(&at, problems)),
        extra,
    })
}

/// What git could take for an option, or for something else than a name of a branch or tag
/// (git-check-ref-format(1)), is refused.
fn reference(at: &At<'_>, problems: &mut Problems) -> Option<Text> {
    let text = at.prose(problems)?;
    let refused = text.starts_with('-')
        || text.contains("..")
        || text.contains(|c: char| c.is_control() || " ~^:?*[\\".contains(c));
    if !refused {
        return Some(text);
    }
    let message = "`ref` must be the name of a branch or tag".to_owned();
    problems.add(ProblemCode::ConfigInvalid, at, Part::Value, message);
    None
}

/// Findings that the repo that causes them may not lower (`findings.md`, "Silencing"), by a setting
/// or by a comment; all of them are errors.
#[must_use]
pub fn only_the_realm_lowers(code: &str) -> bool {
    code.starts_with("version-")
        || matches!(
            code,
            "export-breaking" | "export-schema" | "not-owner" | "verdict-unknown"
        )
}

fn allowed_levels(at: &At<'_>, problems: &mut Problems) -> Levels {
    let mut levels = levels(at, problems);
    levels.retain(|(code, level)| {
        let token = code.replace('~', "~0").replace('/', "~1");
        let below = crate::spans::pointer_ordinals(at.node, &format!("/{token}"));
        let below = below.unwrap_or_default();
        if let Some((message, near)) = codes::unknown(code) {
            let before = problems.found.len();
            problems.add_below(ProblemCode::UnknownKey, at, below, Part::Key, message);
            if let Some(found) = problems.found.get_mut(before) {
                found.suggestion = near.map(str::to_owned);
            }
            return false;
        }
        let allowed = *level == Level::Error || !only_the_realm_lowers(code);
        if !allowed {
            let message = format!("`{code}` can be lowered only by the realm");
            problems.add_below(ProblemCode::ConfigInvalid, at, below, Part::Key, message);
        }
        allowed
    });
    levels
}

/// The committed config with what the local one says over it: a realm of the same name (or the only
/// one, if the local file does not name it) field by field, severities code by code.
#[must_use]
pub fn merge(config: &Config, local: &Config) -> Config {
    let mut merged = config.clone();
    if local.repo.is_some() {
        merged.repo.clone_from(&local.repo);
    }
    for over in &local.realms {
        let only = merged.realms.len() == 1;
        let same = merged
            .realms
            .iter_mut()
            .find(|realm| realm.name == over.name || (over.name.is_none() && only));
        match same {
            Some(realm) => {
                let or = |over: &Option<Text>, under: &Option<Text>| {
                    over.clone().or_else(|| under.clone())
                };
                realm.path = or(&over.path, &realm.path);
                realm.url = or(&over.url, &realm.url);
                realm.has_refused_url |= over.has_refused_url;
                realm.reference = or(&over.reference, &realm.reference);
                realm.extra.extend(over.extra.clone());
            }
            None => merged.realms.push(over.clone()),
        }
    }
    for (code, level) in &local.findings {
        match merged.findings.iter_mut().find(|(known, _)| known == code) {
            Some((_, set)) => *set = *level,
            None => merged.findings.push((code.clone(), *level)),
        }
    }
    merged.extra.extend(local.extra.clone());
    merged
}
