//! What can be wrong with one of Blue's YAML files, as data: a code, the very characters, a
//! sentence, and where there is one, the spelling that would be right. Nothing here has a severity:
//! that is a matter of settings, and belongs to the analysis that turns problems into findings.

use std::fmt;

use blue_text::Span;
use serde::{Deserialize, Serialize};

use crate::decode::Text;

/// One thing that is wrong in one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What kind of thing.
    pub code: ProblemCode,
    /// Bytes of [`ParsedFile::text`](crate::ParsedFile); on borders of characters, inside the text,
    /// and empty only where the text has no character to show (an empty file).
    pub span: Span,
    /// One sentence, without a full stop at its end.
    pub message: String,
    /// What to write in place of the spanned characters, where Blue can tell.
    pub suggestion: Option<String>,
    /// Other places of the realm that have to do with it.
    pub related: Vec<RelatedPlace>,
}

impl Problem {
    /// The message may quote what the file says: what would break a line, or turn the order of the
    /// text around, is escaped.
    pub(crate) fn new(code: ProblemCode, span: Span, message: &str) -> Self {
        Self {
            code,
            span,
            message: escaped(message),
            suggestion: None,
            related: Vec::new(),
        }
    }

    /// A spelling that no person could read is none to suggest.
    pub(crate) fn suggest(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion.filter(|spelling| !spelling.contains(is_unprintable));
        self
    }
}

/// Text for a message, with characters that are not seen as `\u{202e}`.
pub(crate) fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match is_unprintable(char) {
            true => shown.extend(char.escape_default()),
            false => shown.push(char),
        }
    }
    shown
}

/// Control characters, line separators, and the marks that turn the direction of writing
/// (Unicode's `Bidi_Control`) or hide between letters.
fn is_unprintable(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A place in a file of the same realm, with what it has to do with a problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelatedPlace {
    /// The file, relative to the realm's root.
    pub path: Text,
    /// Bytes of that file's text, as [`Problem::span`].
    pub span: Span,
    /// One sentence, without a full stop at its end.
    pub message: String,
}

/// The kinds of problem; each is a code of the table in the specification's `findings.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ProblemCode {
    /// Not YAML.
    RealmSyntax,
    /// YAML, but not of the file's shape.
    RealmSchema,
    /// A key that no version of the format knows.
    UnknownKey,
    /// A name outside the grammar of names, or one that is not the file's own.
    BadName,
    /// Not a semantic version.
    BadVersion,
    /// Not a range of versions.
    BadRange,
    /// A range that npm and Cargo read differently.
    RangeAmbiguous,
    /// A contract, repo or domain that the realm does not have, or a second exporter.
    UnknownReference,
    /// A repo that is named but has not joined yet.
    MemberPending,
    /// The contract's value is refused by its own schema.
    ValueSchema,
    /// The contract's schema is no JSON Schema, or refers to something outside the document.
    SchemaInvalid,
    /// A limit of the specification's `security.md` was met.
    LimitExceeded,
    /// A path that leaves the repository it is resolved in.
    PathEscapes,
    /// Not UTF-8.
    SourceUnreadable,
    /// `.blue/config.yaml` cannot be used as it stands.
    ConfigInvalid,
    /// Repos depend on each other in a circle through several domains.
    Cycle,
    /// A contract's version has no entry in its history.
    EvolutionMissing,
    /// The history of a contract, or what it deprecates, contradicts the contract.
    EvolutionMismatch,
    /// The day from which a deprecated value may be removed has passed.
    SunsetPassed,
    /// A record of an accepted break that accepts nothing.
    AcceptanceUnmatched,
    /// A file was changed by somebody who may not change it.
    NotOwner,
    /// A contract changed, and its version did not.
    VersionNotBumped,
    /// The version moved by less than the change asks for.
    VersionTooSmall,
    /// The version is lower than one that there was.
    VersionRegressed,
    /// A released version was changed or taken away.
    VersionRewritten,
    /// Whether a change breaks importers could not be decided.
    VerdictUnknown,
    /// A contract is gone that others import.
    ExportBreaking,
    /// A range that a change writes leaves the contract out.
    ImportBroken,
}

impl ProblemCode {
    /// The form that people type to silence it: `realm-syntax`, ….
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RealmSyntax => "realm-syntax",
            Self::RealmSchema => "realm-schema",
            Self::UnknownKey => "unknown-key",
            Self::BadName => "bad-name",
            Self::BadVersion => "bad-version",
            Self::BadRange => "bad-range",
            Self::RangeAmbiguous => "range-ambiguous",
            Self::UnknownReference => "unknown-reference",
            Self::MemberPending => "member-pending",
            Self::ValueSchema => "value-schema",
            Self::SchemaInvalid => "schema-invalid",
            Self::LimitExceeded => "limit-exceeded",
            Self::PathEscapes => "path-escapes",
            Self::SourceUnreadable => "source-unreadable",
            Self::ConfigInvalid => "config-invalid",
            Self::Cycle => "cycle",
            Self::EvolutionMissing => "evolution-missing",
            Self::EvolutionMismatch => "evolution-mismatch",
            Self::SunsetPassed => "sunset-passed",
            Self::AcceptanceUnmatched => "acceptance-unmatched",
            Self::NotOwner => "not-owner",
            Self::VersionNotBumped => "version-not-bumped",
            Self::VersionTooSmall => "version-too-small",
            Self::VersionRegressed => "version-regressed",
            Self::VersionRewritten => "version-rewritten",
            Self::VerdictUnknown => "verdict-unknown",
            Self::ExportBreaking => "export-breaking",
            Self::ImportBroken => "import-broken",
        }
    }
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
