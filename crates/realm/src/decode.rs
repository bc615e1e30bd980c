//! From a tree to typed fields, one node at a time: a field of the wrong shape is told where it
//! stands and costs only itself. What each file is made of stands in `read`; here is what a name,
//! a version, a time, a list is.

use std::collections::HashSet;
use std::sync::Arc;

use semver::Version;
use serde_json::Value;

use crate::limits;
use crate::names::{Name, did_you_mean, is_name, spell_name};
use crate::paths;
use crate::problem::{ProblemCode, escaped};
use crate::spans::Part;
use crate::times;
use crate::yaml::Yaml;

/// Free text of a file, shared.
pub type Text = Arc<str>;

/// Keys of a mapping that no version of the format knows, the users' own `x-…` among them.
pub type Extra = serde_json::Map<String, Value>;

/// A problem before it has a span: the way down to its node in ordinals.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub code: ProblemCode,
    pub route: Vec<usize>,
    pub part: Part,
    pub message: String,
    pub suggestion: Option<String>,
}

/// What was found wrong so far; what goes beyond [`limits::PROBLEMS`] is not kept.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    pub found: Vec<Found>,
}

impl Problems {
    pub(crate) fn add(&mut self, code: ProblemCode, at: &At<'_>, part: Part, message: String) {
        self.suggest(code, at, part, message, None);
    }

    pub(crate) fn suggest(
        &mut self,
        code: ProblemCode,
        at: &At<'_>,
        part: Part,
        message: String,
        suggestion: Option<String>,
    ) {
        if self.full() {
            return;
        }
        self.found.push(Found {
            code,
            route: at.route(),
            part,
            message,
            suggestion,
        });
    }

    /// As [`Problems::add`], for a node further down.
    pub(crate) fn add_below(
        &mut self,
        code: ProblemCode,
        at: &At<'_>,
        below: Vec<usize>,
        part: Part,
        message: String,
    ) {
        let before = self.found.len();
        self.add(code, at, part, message);
        if let Some(found) = self.found.get_mut(before) {
            found.route.extend(below);
        }
    }

    /// True if nothing more will be kept, so that looking for more is a waste.
    pub(crate) fn full(&self) -> bool {
        self.found.len() >= limits::PROBLEMS
    }

    fn schema(&mut self, at: &At<'_>, message: String) {
        self.add(ProblemCode::RealmSchema, at, Part::Value, message);
    }
}

/// A node and the way to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'a> {
    pub node: &'a Yaml,
    pub ordinal: usize,
    parent: Option<&'a At<'a>>,
    /// The key it stands under, for messages; of a list's item, the list's.
    name: &'a str,
}

impl<'a> At<'a> {
    pub(crate) fn root(node: &'a Yaml, name: &'a str) -> Self {
        Self {
            node,
            ordinal: 0,
            parent: None,
            name,
        }
    }

    pub(crate) fn route(&self) -> Vec<usize> {
        let mut route = Vec::new();
        let mut at = self;
        while let Some(parent) = at.parent {
            route.push(at.ordinal);
            at = parent;
        }
        route.reverse();
        route
    }

    /// The keys down to the node, without the indexes of lists.
    #[cfg(test)]
    fn way(&self) -> Vec<String> {
        let mut way = Vec::new();
        let mut at = self;
        while let Some(parent) = at.parent {
            if matches!(parent.node, Yaml::Map(_)) {
                way.push(at.name.to_owned());
            }
            at = parent;
        }
        way.reverse();
        way
    }

    fn child<'b>(&'b self, ordinal: usize, node: &'b Yaml, name: &'b str) -> At<'b> {
        At {
            node,
            ordinal,
            parent: Some(self),
            name,
        }
    }

    fn label(&self) -> String {
        match self.parent.map(|parent| parent.node) {
            None => self.name.to_owned(),
            Some(Yaml::List(_)) => format!("an entry of `{}`", shortened(self.name)),
            Some(_) => format!("`{}`", shortened(self.name)),
        }
    }

    fn wrong(&self, problems: &mut Problems, expected: &str) {
        let message = format!(
            "{} must be {expected}, not {}",
            self.label(),
            self.node.describe()
        );
        problems.schema(self, message);
    }

    /// The entries of a mapping.
    pub(crate) fn fields(&'a self, problems: &mut Problems) -> Option<Fields<'a>> {
        let Yaml::Map(entries) = self.node else {
            self.wrong(problems, "a mapping");
            return None;
        };
        Some(Fields { at: self, entries })
    }

    /// Every item of a list that `read` can make something of.
    pub(crate) fn list<T>(
        &self,
        problems: &mut Problems,
        mut read: impl FnMut(&At<'_>, &mut Problems) -> Option<T>,
    ) -> Vec<T> {
        let Yaml::List(items) = self.node else {
            self.wrong(problems, "a list");
            return Vec::new();
        };
        items
            .iter()
            .enumerate()
            .filter_map(|(ordinal, item)| read(&self.child(ordinal, item, self.name), problems))
            .collect()
    }

    /// A list, or one item that stands for a list of it.
    pub(crate) fn one_or_more<T>(
        &self,
        problems: &mut Problems,
        mut read: impl FnMut(&At<'_>, &mut Problems) -> Option<T>,
    ) -> Vec<T> {
        match self.node {
            Yaml::List(_) => self.list(problems, read),
            _ => read(self, problems).into_iter().collect(),
        }
    }

    /// A mapping from anything to what `read` makes of the values.
    pub(crate) fn table<T>(
        &self,
        problems: &mut Problems,
        mut read: impl FnMut(&At<'_>, &mut Problems) -> Option<T>,
    ) -> Vec<(Text, T)> {
        let Yaml::Map(entries) = self.node else {
            self.wrong(problems, "a mapping");
            return Vec::new();
        };
        let mut table: Vec<(Text, T)> = Vec::new();
        let mut seen = HashSet::new();
        for (ordinal, (key, value)) in entries.iter().enumerate() {
            let Some(key) = key.scalar() else { continue };
            if !seen.insert(key.clone()) {
                continue;
            }
            let at = self.child(ordinal, value, &key);
            if let Some(value) = read(&at, problems) {
                table.push((key.as_str().into(), value));
            }
        }
        table
    }

    /// Text; a number or a boolean is not, for its spelling would be lost.
    pub(crate) fn text(&self, problems: &mut Problems) -> Option<Text> {
        match self.node {
            Yaml::Text(text) => Some((**text).into()),
            Yaml::Number(_) | Yaml::Bool(_) => {
                let message = format!(
                    "{} must be text, not {}: put it in quotes",
                    self.label(),
                    self.node.describe()
                );
                problems.schema(self, message);
                None
            }
            _ => {
                self.wrong(problems, "text");
                None
            }
        }
    }

    /// Text for people to read: any scalar will do.
    pub(crate) fn prose(&self, problems: &mut Problems) -> Option<Text> {
        match self.node {
            Yaml::Text(_) | Yaml::Number(_) | Yaml::Bool(_) => {
                self.node.scalar().map(|text| text.as_str().into())
            }
            _ => self.text(problems),
        }
    }

    pub(crate) fn name(&self, problems: &mut Problems) -> Option<Name> {
        let text = match self.node {
            // `123` is a name too; of other numbers the spelling is lost.
            Yaml::Number(number) if number.is_u64() => number.to_string().as_str().into(),
            _ => self.text(problems)?,
        };
        self.check_name(&text, problems).then_some(text)
    }

    fn check_name(&self, text: &str, problems: &mut Problems) -> bool {
        if is_name(text) {
            return true;
        }
        let message = format!(
            "`{}` is not a name: `a-z`, `0-9` and `-`, 64 at most, no `-` first",
            shortened(text)
        );
        problems.suggest(
            ProblemCode::BadName,
            self,
            Part::Value,
            message,
            spell_name(text),
        );
        false
    }

    pub(crate) fn version(&self, problems: &mut Problems) -> Option<Version> {
        let text = match self.node {
            Yaml::Text(text) => text.to_string(),
            Yaml::Number(number) => number.to_string(),
            _ => {
                self.wrong(problems, "a version such as 1.2.0");
                return None;
            }
        };
        match Version::parse(&text) {
            Ok(version) => Some(version),
            Err(error) => {
                let message = format!(
                    "`{}` is not a semantic version such as 1.2.0: {error}",
                    shortened(&text)
                );
                let suggestion = spell_version(&text);
                problems.suggest(
                    ProblemCode::BadVersion,
                    self,
                    Part::Value,
                    message,
                    suggestion,
                );
                None
            }
        }
    }

    /// A time of RFC 3339; a date alone is one too where `times::Shape::Date` is asked for.
    pub(crate) fn time(&self, shape: times::Shape, problems: &mut Problems) -> Option<Text> {
        let text = self.text(problems)?;
        if times::is(shape, &text) {
            return Some(text);
        }
        let expected = match shape {
            times::Shape::Time => "a time of RFC 3339 in UTC such as 2026-01-31T12:00:00Z",
            times::Shape::Date => "a date such as 2026-01-31",
        };
        let message = format!("{} must be {expected}", self.label());
        problems.schema(self, message);
        None
    }

    pub(crate) fn flag(&self, problems: &mut Problems) -> Option<bool> {
        if let Yaml::Bool(flag) = self.node {
            return Some(*flag);
        }
        let meant = match self.node {
            Yaml::Text(text) => match text.to_ascii_lowercase().as_str() {
                "yes" | "y" | "on" | "true" => Some("true"),
                "no" | "n" | "off" | "false" => Some("false"),
                _ => None,
            },
            _ => None,
        };
        let Some(meant) = meant else {
            self.wrong(problems, "true or false");
            return None;
        };
        // Older YAML took them for one.
        let message = format!(
            "{} must be true or false, not {} (did you mean `{meant}`?)",
            self.label(),
            self.node.describe()
        );
        problems.schema(self, message);
        None
    }

    pub(crate) fn count(&self, problems: &mut Problems) -> Option<u32> {
        let Yaml::Number(number) = self.node else {
            self.wrong(problems, "a whole number from 0");
            return None;
        };
        let count = number.as_u64().and_then(|count| u32::try_from(count).ok());
        if count.is_none() {
            problems.schema(
                self,
                format!(
                    "{} must be a whole number from 0, not {number}",
                    self.label()
                ),
            );
        }
        count
    }

    /// One of the words of a table.
    pub(crate) fn one_of<T: Copy>(
        &self,
        table: &[(&str, T)],
        problems: &mut Problems,
    ) -> Option<T> {
        #[cfg(test)]
        crate::tests::seen::words(self.way(), table.iter().map(|(word, _)| *word));
        // YAML 1.1 read `off` as false, and people's tools still write one for the other.
        let text: Text = match self.node {
            Yaml::Bool(false) if table.iter().any(|(word, _)| *word == "off") => "off".into(),
            _ => self.text(problems)?,
        };
        if let Some((_, value)) = table.iter().find(|(word, _)| **word == *text) {
            return Some(*value);
        }
        let words: Vec<&str> = table.iter().map(|(word, _)| *word).collect();
        let message = format!(
            "{} must be one of {}, not `{}`",
            self.label(),
            words.join(", "),
            shortened(&text)
        );
        let suggestion = did_you_mean(&text, words).map(str::to_owned);
        problems.suggest(
            ProblemCode::RealmSchema,
            self,
            Part::Value,
            message,
            suggestion,
        );
        None
    }

    /// A path inside the repo, without wildcards; normalised.
    pub(crate) fn path(&self, problems: &mut Problems) -> Option<Text> {
        let text = self.text(problems)?;
        match paths::inside(&text) {
            Ok(path) => Some(path.as_str().into()),
            Err(escape) => {
                let message = format!("`{}` {}", shortened(&text), escape.message);
                problems.suggest(
                    ProblemCode::PathEscapes,
                    self,
                    Part::Value,
                    message,
                    escape.suggestion,
                );
                None
            }
        }
    }

    /// A place where git can fetch from.
    pub(crate) fn url(&self, problems: &mut Problems) -> Option<Text> {
        let text = self.text(problems)?;
        match paths::check_url(&text) {
            Ok(()) => Some(text),
            Err(reason) => {
                problems.schema(self, format!("`{}` {reason}", shortened(&text)));
                None
            }
        }
    }
}

/// The entries of a mapping.
pub(crate) struct Fields<'a> {
    at: &'a At<'a>,
    entries: &'a [(Yaml, Yaml)],
}

impl<'a> Fields<'a> {
    /// The value under `key`; of a key that stands twice the first. One without a value counts as
    /// absent.
    pub(crate) fn get(&self, key: &'a str) -> Option<At<'a>> {
        self.get_any(key)
            .filter(|at| !matches!(at.node, Yaml::Null))
    }

    /// As [`Fields::get`], but null is a value.
    pub(crate) fn get_any(&self, key: &'a str) -> Option<At<'a>> {
        let ordinal = self.position(key)?;
        let (_, value) = self.entries.get(ordinal)?;
        Some(self.at.child(ordinal, value, key))
    }

    /// As [`Fields::get`]; that there is none is a problem.
    pub(crate) fn required(&self, key: &'a str, problems: &mut Problems) -> Option<At<'a>> {
        if let Some(at) = self.get_any(key) {
            if !matches!(at.node, Yaml::Null) {
                return Some(at);
            }
            let message = format!("`{key}` has no value");
            problems.add(ProblemCode::RealmSchema, &at, Part::Key, message);
            return None;
        }
        // Another key that is a slip of this one is told as unknown, with this one as the remedy.
        let message = format!("`{key}` is missing");
        match self.entries.first() {
            Some((_, first)) => {
                let at = self.at.child(0, first, key);
                problems.add(ProblemCode::RealmSchema, &at, Part::Key, message);
            }
            None => problems.add(ProblemCode::RealmSchema, self.at, Part::Value, message),
        }
        None
    }

    /// Tells which keys the format has here; the others are given back, and told unless they are
    /// the users' own.
    pub(crate) fn extra(&self, known: &[&str], problems: &mut Problems) -> Extra {
        #[cfg(test)]
        crate::tests::seen::keys(self.at.way(), known);
        let mut extra = Extra::new();
        for (ordinal, (key, value)) in self.entries.iter().enumerate() {
            let Some(key) = key.scalar() else { continue };
            if known.contains(&key.as_str()) || extra.contains_key(&key) {
                continue;
            }
            if !key.starts_with("x-") && !problems.full() {
                let at = self.at.child(ordinal, value, &key);
                self.tell_unknown(&at, known, problems);
            }
            extra.insert(key, value.to_json());
        }
        extra
    }

    fn tell_unknown(&self, at: &At<'_>, known: &[&str], problems: &mut Problems) {
        let key = at.name;
        // A key that is there already is not what was meant by another one.
        let free = |candidate: &&str| self.position(candidate).is_none();
        let near = did_you_mean(key, known.iter().copied().filter(free));
        let suggestion = near.map(str::to_owned);
        let message = match &suggestion {
            Some(near) => format!("unknown key `{}`; did you mean `{near}`?", shortened(key)),
            None => format!(
                "unknown key `{}`; keys of your own begin with `x-`",
                shortened(key)
            ),
        };
        problems.suggest(ProblemCode::UnknownKey, at, Part::Key, message, suggestion);
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.entries
            .iter()
            .position(|(name, _)| matches!(name, Yaml::Text(text) if **text == *key))
    }
}

/// What is wrong with any YAML of Blue's, whatever it says: keys that stand twice or are no text,
/// tags, numbers that JSON does not have.
pub(crate) fn audit(at: &At<'_>, problems: &mut Problems) {
    match at.node {
        Yaml::List(items) => {
            for (ordinal, item) in items.iter().enumerate() {
                audit(&at.child(ordinal, item, at.name), problems);
            }
        }
        Yaml::Map(entries) => audit_entries(at, entries, problems),
        Yaml::Tagged(_) => {
            let message = "tags (`!…`) mean nothing here".to_owned();
            problems.schema(at, message);
        }
        Yaml::NotFinite => {
            let message = "JSON has no such number: only finite ones".to_owned();
            problems.schema(at, message);
        }
        Yaml::Null | Yaml::Bool(_) | Yaml::Number(_) | Yaml::Text(_) => {}
    }
}

fn audit_entries(at: &At<'_>, entries: &[(Yaml, Yaml)], problems: &mut Problems) {
    let mut seen = HashSet::new();
    for (ordinal, (key, value)) in entries.iter().enumerate() {
        let Some(name) = key.scalar() else {
            let child = at.child(ordinal, value, at.name);
            let message = format!("a key must be text, not {}", key.describe());
            problems.add(ProblemCode::RealmSchema, &child, Part::Key, message);
            continue;
        };
        let child = at.child(ordinal, value, &name);
        if !seen.insert(name.clone()) {
            let message = format!(
                "the key `{}` stands here for the second time; the first counts",
                shortened(&name)
            );
            problems.add(ProblemCode::RealmSyntax, &child, Part::Key, message);
        }
        audit(&child, problems);
    }
}

/// Text for a message: what is long is cut; what is not seen is escaped.
pub(crate) fn shortened(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    let mut short = escaped(&short);
    if text.chars().count() > 60 {
        short.push('…');
    }
    short
}

/// `v1.2` → `1.2.0`: only what cannot mean anything else.
fn spell_version(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches(['v', 'V', '=']).trim();
    let core = text.split(['-', '+']).next()?;
    let numbers: Vec<u64> = core
        .split('.')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let mut core_version = match numbers.as_slice() {
        [major] => format!("{major}.0.0"),
        [major, minor] => format!("{major}.{minor}.0"),
        [major, minor, patch] => format!("{major}.{minor}.{patch}"),
        _ => return None,
    };
    core_version.push_str(&text[core.len()..]);
    Version::parse(&core_version)
        .is_ok()
        .then_some(core_version)
}
