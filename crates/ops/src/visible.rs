//! Text of others (source lines, names, messages) as a terminal or an editor may show it.
//!
//! It exists because a file that Blue reads may hold escape sequences that rewrite a terminal, and
//! characters that turn the direction of what is read; both are shown, never obeyed.

use std::borrow::Cow;

/// The stand-in for a character that a terminal would obey; nothing for all others.
#[must_use]
pub fn stand_in(character: char) -> Option<char> {
    match character {
        // The control pictures U+2400.. are in the order of the controls.
        '\0'..='\x1f' => char::from_u32(0x2400 + character as u32),
        '\x7f' => Some('\u{2421}'),
        '\u{80}'..='\u{9f}'
        // The controls of direction (Unicode Standard Annex 9, 2).
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{2028}' | '\u{2029}' => Some('\u{fffd}'),
        _ => None,
    }
}

/// `text` on one line, with stand-ins for what a terminal would obey.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().all(|character| stand_in(character).is_none()) {
        return Cow::Borrowed(text);
    }
    let shown = |character| stand_in(character).unwrap_or(character);
    Cow::Owned(text.chars().map(shown).collect())
}
