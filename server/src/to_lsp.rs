//! From Blue's types to the protocol's.

use std::path::Path;

use blue_text::{Encoding, LineIndex, Span};
use serde_json::json;
use tower_lsp::lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    HoverContents, Location, MarkupContent, MarkupKind, NumberOrString, Position, Range, Url,
};

use crate::settings::Settings;
use blue_workspace::{Code, Hover, Severity, Shown, ShownRelated};

/// What shapes a diagnostic besides its finding.
#[derive(Debug, Clone, Default)]
pub(crate) struct Style {
    pub(crate) encoding: Encoding,
    pub(crate) related: bool,
    pub(crate) code_links: bool,
    pub(crate) tags: Vec<DiagnosticTag>,
    pub(crate) settings: Settings,
}

pub(crate) fn range(lines: &LineIndex, text: &str, span: Span, encoding: Encoding) -> Range {
    let range = lines.position_range(text, span, encoding);
    let position = |at: blue_text::Position| Position::new(at.line, at.character);
    Range::new(position(range.start), position(range.end))
}

/// The diagnostic of a finding at one of its places. `lines` are those of `text`, `uri_of` knows how
/// the client spells a file.
pub(crate) fn diagnostic(
    shown: &Shown,
    (lines, text): (&LineIndex, &str),
    style: &Style,
    uri_of: &dyn Fn(&Path) -> Option<Url>,
) -> Diagnostic {
    let finding = &shown.finding;
    let code = finding.code.as_str();
    let page = style.settings.page(code).filter(|_| style.code_links);
    let related = shown.related.iter();
    let related: Vec<_> = related
        .filter_map(|place| related_place(place, style.encoding, uri_of))
        .collect();
    Diagnostic {
        range: range(lines, text, shown.span, style.encoding),
        severity: Some(severity(shown.severity)),
        code: Some(NumberOrString::String(code.to_owned())),
        code_description: page.map(|href| CodeDescription { href }),
        source: Some("blue".to_owned()),
        message: finding.message.clone(),
        related_information: (style.related && !related.is_empty()).then_some(related),
        tags: tag(finding.code)
            .filter(|tag| style.tags.contains(tag))
            .map(|tag| vec![tag]),
        data: Some(json!({"fingerprint": finding.fingerprint, "fixes": finding.fixes})),
    }
}

fn related_place(
    place: &ShownRelated,
    encoding: Encoding,
    uri_of: &dyn Fn(&Path) -> Option<Url>,
) -> Option<DiagnosticRelatedInformation> {
    let lines = LineIndex::new(&place.text);
    let range = range(&lines, &place.text, place.span, encoding);
    Some(DiagnosticRelatedInformation {
        location: Location::new(uri_of(&place.path)?, range),
        message: place.message.clone(),
    })
}

/// What an editor strikes through or greys out, whatever the severity.
fn tag(code: Code) -> Option<DiagnosticTag> {
    match code {
        Code::ValueDeprecated | Code::SunsetPassed => Some(DiagnosticTag::DEPRECATED),
        Code::ImportExcess | Code::IgnoreUnused => Some(DiagnosticTag::UNNECESSARY),
        _ => None,
    }
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Info => DiagnosticSeverity::INFORMATION,
        Severity::Hint => DiagnosticSeverity::HINT,
    }
}

/// A client that shows no Markdown gets the same words, without the marks.
pub(crate) fn hover(
    hover: Hover,
    text: &str,
    encoding: Encoding,
    kind: MarkupKind,
) -> tower_lsp::lsp_types::Hover {
    let range = range(&LineIndex::new(text), text, hover.span, encoding);
    let value = match kind {
        MarkupKind::Markdown => hover.markdown,
        MarkupKind::PlainText => plain(&hover.markdown),
    };
    tower_lsp::lsp_types::Hover {
        contents: HoverContents::Markup(MarkupContent { kind, value }),
        range: Some(range),
    }
}

/// Markdown as Blue writes it (emphasis, code, escapes) as text: code stays as it is.
fn plain(markdown: &str) -> String {
    let (mut made, mut in_code) = (String::with_capacity(markdown.len()), false);
    let mut rest = markdown.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '`' => in_code = !in_code,
            '\\' if !in_code => made.extend(rest.next()),
            '*' if !in_code && rest.peek() == Some(&'*') => {
                rest.next();
            }
            other => made.push(other),
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(code: Code, supported: &[DiagnosticTag]) -> Option<Vec<DiagnosticTag>> {
        let style = Style {
            tags: supported.to_vec(),
            ..Style::default()
        };
        let shown = crate::sample::shown(code, "v1:1", Span::new(0, 1));
        diagnostic(&shown, (&LineIndex::new("x"), "x"), &style, &|_| None).tags
    }

    #[test]
    fn what_is_left_over_and_what_is_on_its_way_out_are_tagged() {
        let both = [DiagnosticTag::UNNECESSARY, DiagnosticTag::DEPRECATED];
        for (code, tag) in [
            (Code::IgnoreUnused, Some(DiagnosticTag::UNNECESSARY)),
            (Code::ImportExcess, Some(DiagnosticTag::UNNECESSARY)),
            (Code::ValueDeprecated, Some(DiagnosticTag::DEPRECATED)),
            (Code::SunsetPassed, Some(DiagnosticTag::DEPRECATED)),
            (Code::ExportAdded, None),
        ] {
            assert_eq!(tags(code, &both), tag.map(|tag| vec![tag]), "{code}");
            assert_eq!(tags(code, &[]), None, "{code}");
        }
    }

    #[test]
    fn words_without_marks() {
        for (markdown, expected) in [
            ("**read** `raw/**/*` in `a`\n", "read raw/**/* in a\n"),
            ("\\`raw\\` \\*x\\* \\\\", "`raw` *x* \\"),
            ("- a\n\n---\n", "- a\n\n---\n"),
        ] {
            assert_eq!(plain(markdown), expected);
        }
    }
}
