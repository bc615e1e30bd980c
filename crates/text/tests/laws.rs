//! The laws of positions and edits, held against models so naive that they are plainly right: lines
//! by splitting, positions by walking characters, edits by cutting strings.

#![allow(
    clippy::unwrap_used,
    reason = "a model that is wrong should fail at its line"
)]

use blue_text::{
    Bias, Buffer, Change, Edit, EditError, Encoding, LineIndex, Position, PositionRange, Span,
    map_through,
};
use proptest::prelude::*;

const ENCODINGS: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

/// Short, and full of what goes wrong: all line ends, one to four byte characters, surrogate pairs,
/// combining accents, a joined emoji, separators that are no line ends.
fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "\n",
        "\r",
        "\r\n",
        "\n\r",
        "a",
        "b ",
        "/",
        "*",
        "é",
        "e\u{301}",
        "菌",
        "菇",
        "🍄",
        "👩\u{200d}🔬",
        "\u{2028}",
        "\u{85}",
        "\u{feff}",
        "\t",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn encoding() -> impl Strategy<Value = Encoding> {
    prop::sample::select(ENCODINGS.to_vec())
}

/// Positions in and around a small text, some of them far out.
fn position() -> impl Strategy<Value = Position> {
    let near = 0_u32..9;
    let line = prop_oneof![9 => near.clone(), 1 => Just(u32::MAX)];
    let character = prop_oneof![9 => near, 1 => Just(u32::MAX)];
    (line, character).prop_map(|(line, character)| Position { line, character })
}

fn units(character: char, encoding: Encoding) -> usize {
    match encoding {
        Encoding::Utf8 => character.len_utf8(),
        Encoding::Utf16 => character.len_utf16(),
        Encoding::Utf32 => 1,
    }
}

/// Every line as (start byte, its text without the line end).
fn model_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = vec![(0, String::new())];
    let mut rest = text.char_indices().peekable();
    while let Some((at, character)) = rest.next() {
        let mut next = at + character.len_utf8();
        if character == '\r' && rest.next_if(|&(_, c)| c == '\n').is_some() {
            next += 1;
        }
        match (character, lines.last_mut()) {
            ('\n' | '\r', _) => lines.push((next, String::new())),
            (_, Some((_, line))) => line.push(character),
            (_, None) => unreachable!("there is always a line"),
        }
    }
    lines
}

/// The model of `offset`: walk the line until the units are used up.
fn model_offset(text: &str, position: Position, encoding: Encoding) -> usize {
    let lines = model_lines(text);
    let Some((start, line)) = lines.get(position.line as usize) else {
        return text.len();
    };
    let mut left = position.character as usize;
    let mut byte = *start;
    for character in line.chars() {
        let width = units(character, encoding);
        if width > left {
            break;
        }
        left -= width;
        byte += character.len_utf8();
    }
    byte
}

/// The model of `position`, for offsets at borders of characters that are not inside `\r\n`.
fn model_position(text: &str, offset: usize, encoding: Encoding) -> Position {
    let before = model_lines(&text[..offset]);
    let (_, line) = before.last().unwrap();
    Position {
        line: u32::try_from(before.len() - 1).unwrap(),
        character: u32::try_from(line.chars().map(|c| units(c, encoding)).sum::<usize>()).unwrap(),
    }
}

fn inside_crlf(text: &str, offset: usize) -> bool {
    text[..offset].ends_with('\r') && text[offset..].starts_with('\n')
}

fn borders(text: &str) -> impl Iterator<Item = usize> + '_ {
    (0..=text.len()).filter(|&at| text.is_char_boundary(at) && !inside_crlf(text, at))
}

fn to_u32(at: usize) -> u32 {
    u32::try_from(at).unwrap()
}

/// Two borders of characters of a text, in order, chosen by two numbers.
fn pick_span(text: &str, a: usize, b: usize) -> Span {
    let all: Vec<usize> = (0..=text.len())
        .filter(|&at| text.is_char_boundary(at))
        .collect();
    let (a, b) = (all[a % all.len()], all[b % all.len()]);
    Span::new(to_u32(a.min(b)), to_u32(a.max(b)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lines_are_the_models(text in text()) {
        let index = LineIndex::new(&text);
        let model = model_lines(&text);
        prop_assert_eq!(index.line_count() as usize, model.len());
        for (line, (start, content)) in model.iter().enumerate() {
            let span = index.line_span(to_u32(line), &text).unwrap();
            prop_assert_eq!(span.start as usize, *start);
            prop_assert_eq!(span.slice(&text).unwrap(), content);
        }
        for at in 0..=text.len() {
            let expected = model.iter().filter(|(start, _)| *start <= at).count() - 1;
            prop_assert_eq!(index.line_of(to_u32(at)) as usize, expected);
        }
    }

    #[test]
    fn positions_are_the_models_and_come_back(text in text()) {
        let index = LineIndex::new(&text);
        for encoding in ENCODINGS {
            for at in borders(&text) {
                let position = index.position(&text, to_u32(at), encoding);
                prop_assert_eq!(position, model_position(&text, at, encoding));
                prop_assert_eq!(index.offset(&text, position, encoding), to_u32(at));
            }
            for at in 0..text.len() + 3 {
                let floor = text.floor_char_boundary(at);
                let floor = if inside_crlf(&text, floor) { floor - 1 } else { floor };
                prop_assert_eq!(
                    index.position(&text, to_u32(at), encoding),
                    index.position(&text, to_u32(floor), encoding)
                );
            }
        }
    }

    #[test]
    fn offsets_are_the_models(text in text(), position in position(), encoding in encoding()) {
        let index = LineIndex::new(&text);
        let offset = index.offset(&text, position, encoding);
        prop_assert_eq!(offset as usize, model_offset(&text, position, encoding));
        // The clamped place is a real one: it says the same again.
        let settled = index.position(&text, offset, encoding);
        prop_assert_eq!(index.offset(&text, settled, encoding), offset);
    }

    #[test]
    fn a_spliced_index_is_a_rebuilt_one(
        start in text(),
        edits in prop::collection::vec((any::<usize>(), any::<usize>(), text()), 1..6),
    ) {
        let mut text = start;
        let mut index = LineIndex::new(&text);
        for (a, b, new_text) in edits {
            let old = pick_span(&text, a, b);
            text.replace_range(old.range(), &new_text);
            index.splice(old, &new_text, &text);
            prop_assert_eq!(&index, &LineIndex::new(&text), "{:?} -> {:?} gave {:?}", old, new_text, text);
        }
    }

    #[test]
    fn a_batch_of_changes_is_the_models(
        start in text(),
        encoding in encoding(),
        changes in prop::collection::vec((position(), position(), text(), 0..10_u8), 1..6),
    ) {
        let mut buffer = Buffer::new(start);
        for (start, end, text, kind) in changes {
            let before = buffer.clone();
            let range = PositionRange { start, end };
            let change = if kind == 0 { Change::Full(&text) } else { Change::Range { range, text: &text } };
            let applied = buffer.apply(change, encoding);
            if kind == 0 {
                prop_assert_eq!(applied, Ok(None));
                prop_assert_eq!(buffer.text(), &text);
            } else if start > end || end.line as usize > model_lines(before.text()).len() {
                let line_count = before.lines().line_count();
                prop_assert_eq!(applied, Err(EditError::OutOfRange { range, line_count }));
                prop_assert_eq!(&buffer, &before);
            } else {
                let from = model_offset(before.text(), start, encoding);
                let to = model_offset(before.text(), end, encoding);
                let expected = format!("{}{text}{}", &before.text()[..from], &before.text()[to..]);
                prop_assert_eq!(buffer.text(), expected);
                let span = Span::new(to_u32(from), to_u32(to));
                let inserted = to_u32(text.len());
                prop_assert_eq!(applied, Ok(Some(Edit { span, inserted })));
            }
            prop_assert_eq!(buffer.lines(), &LineIndex::new(buffer.text()));
        }
    }

    /// Text that no edit touches is under the mapped span still, and the span stays in the text.
    #[test]
    fn a_mapped_span_keeps_what_was_not_edited(
        text in text(),
        (a, b, c, d) in any::<(usize, usize, usize, usize)>(),
        new_text in text(),
    ) {
        let span = pick_span(&text, a, b);
        let old = pick_span(&text, c, d);
        let edit = Edit { span: old, inserted: to_u32(new_text.len()) };
        let mut after = text.clone();
        after.replace_range(old.range(), &new_text);
        let mapped = map_through(span, &[edit]);
        prop_assert!(mapped.start <= mapped.end && mapped.end as usize <= after.len());
        let content = mapped.slice(&after).unwrap();
        let original = span.slice(&text).unwrap();
        if old.end <= span.start || old.start > span.end {
            prop_assert_eq!(content, original);
        } else if span.covers(old) {
            let (before, behind) = (&text[span.start as usize..old.start as usize], &text[old.end as usize..span.end as usize]);
            prop_assert_eq!(content, format!("{before}{new_text}{behind}"));
        } else if old.covers(span) && !span.is_empty() {
            prop_assert!(mapped.is_empty() && edit.inserted_span().touches(mapped.start));
        }
    }

    #[test]
    fn mapped_offsets_keep_their_order(a in 0..20_u32, b in 0..20_u32, start in 0..20_u32, len in 0..9_u32, inserted in 0..9_u32) {
        let edit = Edit { span: Span::new(start, start + len), inserted };
        for bias in [Bias::Before, Bias::After] {
            prop_assert!(edit.map_offset(a.min(b), bias) <= edit.map_offset(a.max(b), bias));
        }
        prop_assert!(edit.map_offset(a, Bias::Before) <= edit.map_offset(a, Bias::After));
        // What lies behind the edit keeps its distance from the text's end.
        if a > edit.span.end {
            prop_assert_eq!(i64::from(edit.map_offset(a, Bias::Before)) - i64::from(a), edit.delta());
        }
    }
}
