//! The one thing Blue says: a [`Finding`]. Made here, shown by every surface (editor, terminal,
//! JSON, CI annotations), so that no two of them can disagree. The codes, their severities and
//! their places are a table of the specification; each code has a page in `docs/findings/`.

use std::fmt;
use std::sync::Arc;

use blue_realm::Level;
use blue_text::Span;
use serde::Serialize;

/// How much a finding asks of its reader. Ordered from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing when one stands there; never counted against anybody.
    Hint,
    /// Something will follow from this (an addition, an open sync).
    Info,
    /// Somebody has to do something, but nothing breaks yet.
    Warning,
    /// This breaks somebody, or Blue cannot judge because an input is wrong.
    Error,
}

impl Severity {
    /// The severity that a setting gives; nothing where it turns the finding off.
    #[must_use]
    pub fn of_level(level: Level) -> Option<Severity> {
        match level {
            Level::Off => None,
            Level::Hint => Some(Severity::Hint),
            Level::Info => Some(Severity::Info),
            Level::Warning => Some(Severity::Warning),
            Level::Error => Some(Severity::Error),
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Hint => "hint",
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

/// The name of a repository in a realm, or of a realm: which root a path is relative to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Root {
    /// A code repository that takes part, by the name its `.blue/config.yaml` gives it.
    Repo(Arc<str>),
    /// A realm's own checkout, by the realm's name.
    Realm(Arc<str>),
}

impl Root {
    /// The bare name.
    pub fn name(&self) -> &str {
        match self {
            Root::Repo(name) | Root::Realm(name) => name,
        }
    }
}

/// A stretch of a file: which root, which path in it, which bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// What `path` is relative to.
    pub root: Root,
    /// Relative to the root, `/` between the parts on every platform.
    pub path: Arc<str>,
    /// Bytes of the file's present text.
    pub span: Span,
}

/// Another place that has to do with a finding, with what it has to do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub place: Place,
    /// One sentence.
    pub message: String,
}

/// What a finding says has changed, for machines.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ChangeData {
    /// The field of the contract's value (`read`), as a member name.
    pub field: Option<String>,
    /// Values that the code has and the contract has not.
    pub added: Vec<String>,
    /// Values that the contract has and the code has no more.
    pub removed: Vec<String>,
    /// The version the realm records.
    pub from: Option<String>,
    /// The smallest version that would be right once the change is synced.
    pub to: Option<String>,
    /// `major`, `minor` or `patch`.
    pub bump: Option<&'static str>,
    /// `compatible`, `breaking` or `unknown`.
    pub verdict: Option<&'static str>,
    /// A concrete value that shows a break.
    pub witness: Option<String>,
}

/// A fix a person may choose: the id of an operation, and the words to offer it with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// `sync`, `acknowledge`, `not-a-site`, …
    pub id: &'static str,
    /// What the editor's menu says.
    pub title: String,
    /// What to write where, for a fix that is nothing but that; the others are made when somebody
    /// asks for them.
    #[serde(skip)]
    pub edits: Vec<TextEdit>,
}

/// Other text in a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextEdit {
    /// What it takes the place of; empty where it is put in.
    pub place: Place,
    /// The new text.
    pub text: String,
}

/// One thing to tell a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// From the table of codes ([`Code`]).
    pub code: Code,
    /// The code's own, or what settings made of it.
    pub severity: Severity,
    /// One sentence: what, and the consequence; names the version and the consumers.
    pub message: String,
    /// Where it stands: the first of `sites`, where it has any.
    pub place: Place,
    /// All the places in this repo that the finding is about, in (path, offset) order.
    pub sites: Vec<Place>,
    /// Places in the realm's own files that say the same, where it is shown as well while they are open.
    pub also: Vec<Place>,
    /// Places in other files and repos.
    pub related: Vec<Related>,
    /// The repo whose finding this is (the exporter's or the importer's); a realm's own have none.
    pub repo: Option<Arc<str>>,
    /// The realm it was held against.
    pub realm: Option<Arc<str>>,
    /// The domain of the contract.
    pub domain: Option<Arc<str>>,
    /// The contract's name.
    pub contract: Option<Arc<str>>,
    /// What changed, for machines.
    pub change: Option<ChangeData>,
    /// The older state that showed it, in words: `the code at HEAD`, `origin/main at 60979ee`;
    /// nothing where the present alone does. In a realm's own files this tells what is said of a
    /// proposal from what is said of the files by themselves.
    pub judged_from: Option<Arc<str>>,
    /// What can be done about it.
    pub fixes: Vec<Fix>,
    /// Stable across moves and wording: `v1:` and a hash of what the finding is about.
    pub fingerprint: String,
    /// Everyone whom this breaks has agreed to it: it stays listed, and fails nothing.
    pub accepted: Option<Accepted>,
}

impl Finding {
    /// Whether it counts where a check decides how it ends: what was accepted does not.
    pub fn counts(&self) -> bool {
        self.accepted.is_none()
    }
}

/// The word of those whom a finding breaks, as the realm's acceptances have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// The importers, each of them broken by it, in the order of their names.
    pub by: Vec<Arc<str>>,
    /// Why, in their words; of several importers each with its name.
    pub reason: String,
    /// The day until which it holds (`2027-01-31`), the earliest of all; nothing: without an end.
    pub until: Option<String>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $severity:ident;)*) => {
        /// What kind of thing a finding says. The text form is what people type to silence it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// The form that is printed, typed and linked to.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text,)* }
            }

            /// The severity it has when nobody says otherwise.
            pub fn default_severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)* }
            }
        }
    };
}

codes! {
    /// The code has a value that the contract has not.
    ExportAdded = "export-added", Info;
    /// A value left the code that no importer relies on.
    ExportRemoved = "export-removed", Warning;
    /// A value left the code, or the schema changed, and importers break.
    ExportBreaking = "export-breaking", Error;
    /// Declared, seen neither at the baseline nor now.
    ExportUnseen = "export-unseen", Hint;
    /// A site of the contract's detector in a file that no export binding names.
    ExportUnlisted = "export-unlisted", Info;
    /// Several contracts could take the site.
    ExportAmbiguous = "export-ambiguous", Warning;
    /// A value that cannot be known from the code.
    ExportOpaque = "export-opaque", Hint;
    /// The detected value is refused by the contract's schema.
    ExportSchema = "export-schema", Error;
    /// A file or pattern of source_files that matches nothing.
    ExportMissingSource = "export-missing-source", Error;
    /// A newer version than the one followed satisfies the binding.
    ImportStale = "import-stale", Warning;
    /// The contract's version is outside the binding's range.
    ImportBroken = "import-broken", Error;
    /// A value that the import uses is granted by none of its bound files.
    ImportUncovered = "import-uncovered", Warning;
    /// A grant that no contract bound to the file needs.
    ImportExcess = "import-excess", Hint;
    /// A contract that is imported here is about to change.
    ImportPending = "import-pending", Info;
    /// A bound file that does not exist.
    ImportMissingFile = "import-missing-file", Error;
    /// Not YAML.
    RealmSyntax = "realm-syntax", Error;
    /// YAML of the wrong shape.
    RealmSchema = "realm-schema", Error;
    /// A key that no version of the format knows.
    UnknownKey = "unknown-key", Warning;
    /// A name outside the grammar of names.
    BadName = "bad-name", Error;
    /// Not a semantic version.
    BadVersion = "bad-version", Error;
    /// Not a version range.
    BadRange = "bad-range", Error;
    /// A bare version in a range means different things to npm and to Cargo.
    RangeAmbiguous = "range-ambiguous", Warning;
    /// A contract, repo or domain that does not exist.
    UnknownReference = "unknown-reference", Error;
    /// A member of a domain that has not joined yet.
    MemberPending = "member-pending", Info;
    /// The contract's value is refused by its own schema.
    ValueSchema = "value-schema", Error;
    /// The contract's schema is not a JSON Schema.
    SchemaInvalid = "schema-invalid", Error;
    /// A contract changed, and its version did not.
    VersionNotBumped = "version-not-bumped", Error;
    /// The version moved by less than the change asks for.
    VersionTooSmall = "version-too-small", Error;
    /// The version is lower than the one of record.
    VersionRegressed = "version-regressed", Error;
    /// A released version's file was changed or deleted.
    VersionRewritten = "version-rewritten", Error;
    /// Whether a change of the schema breaks importers could not be decided.
    VerdictUnknown = "verdict-unknown", Error;
    /// A value that this importer relies on is on its way out.
    ValueDeprecated = "value-deprecated", Info;
    /// The day from which a deprecated value may be removed has passed.
    SunsetPassed = "sunset-passed", Warning;
    /// An entry of a contract's history contradicts the contract.
    EvolutionMismatch = "evolution-mismatch", Warning;
    /// A contract's version has no entry in its history.
    EvolutionMissing = "evolution-missing", Warning;
    /// A file was changed by somebody who may not change it.
    NotOwner = "not-owner", Error;
    /// A commit that has to be signed has no good signature.
    UnsignedCommit = "unsigned-commit", Error;
    /// The checkout is not the repository that its config names.
    RepoMismatch = "repo-mismatch", Warning;
    /// A record of an accepted break matches nothing any more.
    AcceptanceUnmatched = "acceptance-unmatched", Warning;
    /// A comment silences a finding that is not there.
    IgnoreUnused = "ignore-unused", Warning;
    /// Repos depend on each other in a circle through several domains.
    Cycle = "cycle", Error;
    /// A contract's own check refused the value, or could not be run.
    HookFailed = "hook-failed", Error;
    /// A contract's own check has something to say.
    HookWarning = "hook-warning", Warning;
    /// A file that cannot be read as text, or is not whole.
    SourceUnreadable = "source-unreadable", Warning;
    /// A limit on the size or depth of an input was met.
    LimitExceeded = "limit-exceeded", Warning;
    /// A path that leaves the repository it is resolved in.
    PathEscapes = "path-escapes", Error;
    /// A query file that does not compile.
    QueryInvalid = "query-invalid", Error;
    /// `.blue/config.yaml` cannot be used as it stands.
    ConfigInvalid = "config-invalid", Error;
    /// The realm cannot be read.
    RealmUnreachable = "realm-unreachable", Warning;
    /// The realm's checkout is behind its remote, or on another branch.
    RealmBehind = "realm-behind", Info;
}

impl Code {
    /// The code of that text form.
    pub fn parse(text: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files of a realm may name exactly the codes that there are.
    #[test]
    fn the_codes_are_those_that_files_can_name() {
        let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes, blue_realm::CODES);
    }
}
