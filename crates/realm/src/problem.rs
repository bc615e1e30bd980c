//! What can be wrong with one of Blue's YAML files, as data: a code, the very characters, a
//! sentence, and where there is one, the spelling that would be right. Nothing here has a severity:
//! that is a matter of settings, and belongs to the analysis that turns problems into findings.

use std::fmt;

use blue_text::Span;

/// One thing that is wrong in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
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
}

/// The kinds of problem; each is a code of the table in the specification's `findings.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
        }
    }
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
