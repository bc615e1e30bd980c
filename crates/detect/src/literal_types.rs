//! Types that say which texts a value may be: `Literal["csv", "json"]` in Python, `"csv" | "json"` and what is taken
//! from a list or an object (`(typeof FORMATS)[number]`) in TypeScript. They are read as they are written.

use crate::language::Language;

/// What a type says of the texts that are of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LiteralType<'t> {
    /// One of these.
    Texts(Vec<&'t str>),
    /// An element of what goes by this name; of an object, a key.
    ElementOf(&'t str),
    /// What is under some key of the object that goes by this name.
    EntryOf(&'t str),
}

impl<'t> LiteralType<'t> {
    /// The type that is written so; `None` of one that says nothing of texts, or not of texts alone.
    pub(crate) fn of(text: &'t str, language: Language) -> Option<LiteralType<'t>> {
        match language {
            Language::Python => of_python(text.trim()),
            _ => of_typescript(text.trim()),
        }
    }
}

fn of_python(text: &str) -> Option<LiteralType<'_>> {
    let inside = |name: &str| {
        let rest = ["typing.", "typing_extensions.", "t."];
        let rest = rest
            .into_iter()
            .find_map(|module| text.strip_prefix(module));
        let rest = rest.unwrap_or(text).strip_prefix(name)?;
        rest.trim_start().strip_prefix('[')?.strip_suffix(']')
    };
    if let Some(inner) = inside("Optional") {
        return of_python(inner.trim());
    }
    if let Some((first, "None")) = text.rsplit_once('|').map(|(all, last)| (all, last.trim())) {
        return of_python(first.trim());
    }
    let texts = inside("Literal")?.trim().trim_end_matches(',');
    let texts = texts.split(',').map(|text| quoted(text.trim()));
    Some(LiteralType::Texts(texts.collect::<Option<_>>()?))
}

fn of_typescript(text: &str) -> Option<LiteralType<'_>> {
    if let Some(keys) = text.strip_prefix("keyof ") {
        return type_of(keys).map(LiteralType::ElementOf);
    }
    if let Some((object, index)) = text.strip_suffix(']').and_then(|it| it.split_once('[')) {
        let name = type_of(object)?;
        return match index.trim().strip_prefix("keyof ").map(type_of) {
            Some(of) => (of == Some(name)).then_some(LiteralType::EntryOf(name)),
            None => (index.trim() == "number").then_some(LiteralType::ElementOf(name)),
        };
    }
    let ways = text.trim_start_matches('|').split('|').map(str::trim);
    let ways = ways.filter(|way| !matches!(*way, "undefined" | "null"));
    let texts: Vec<&str> = ways.map(quoted).collect::<Option<_>>()?;
    (!texts.is_empty()).then_some(LiteralType::Texts(texts))
}

/// `FORMATS` of `typeof FORMATS`, also in brackets.
fn type_of(text: &str) -> Option<&str> {
    let text = text.trim();
    let text = match text.strip_prefix('(') {
        Some(inner) => inner.strip_suffix(')')?.trim(),
        None => text,
    };
    let name = text.strip_prefix("typeof ")?.trim();
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    name.chars().all(is_of_name).then_some(name)
}

/// The text between quotes, where it needs no second look.
fn quoted(literal: &str) -> Option<&str> {
    let quote = literal.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let text = literal[1..].strip_suffix(quote)?;
    (!text.contains(['"', '\'', '\\'])).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_types_say_of_texts() {
        let texts = |texts: &[&'static str]| Some(LiteralType::Texts(texts.to_vec()));
        let element = |name: &'static str| Some(LiteralType::ElementOf(name));
        for (text, said) in [
            (r#"Literal["csv", "json"]"#, texts(&["csv", "json"])),
            (r#"typing.Optional[Literal['csv',]]"#, texts(&["csv"])),
            (r#"Literal["csv"] | None"#, texts(&["csv"])),
            (r#"Literal["csv", 1]"#, None),
            ("Literal[Kind.RAW]", None),
            ("str", None),
            ("Literal[]", None),
        ] {
            assert_eq!(LiteralType::of(text, Language::Python), said, "{text}");
        }
        for (text, said) in [
            (r#""csv" | 'json'"#, texts(&["csv", "json"])),
            ("\n  | 'csv'\n  | undefined", texts(&["csv"])),
            ("'csv' | string", None),
            ("undefined", None),
            ("(typeof FORMATS)[number]", element("FORMATS")),
            ("typeof FORMATS[number]", element("FORMATS")),
            ("keyof typeof FORMATS", element("FORMATS")),
            (
                "(typeof Format)[keyof typeof Format]",
                Some(LiteralType::EntryOf("Format")),
            ),
            ("(typeof Format)[keyof typeof Other]", None),
            ("typeof formats.all[number]", None),
            ("'a|b'", None),
        ] {
            assert_eq!(LiteralType::of(text, Language::TypeScript), said, "{text}");
        }
    }
}
