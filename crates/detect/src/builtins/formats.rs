//! Templates filled in: `"{}/{name}".format(…)` and `"%s/%d" % (…)`.

use crate::eval::why_of;
use crate::value::{Args, External, Part, Text, Value, Values, Why};

/// `"{}/{name}".format(…)`: fields by order, by number, by name; a field's format is not applied.
pub(crate) fn format(text: &Text, args: &Args) -> Values {
    let mut pieces: Vec<Values> = Vec::new();
    let mut next = 0;
    for part in &text.parts {
        let Part::Literal(literal) = part else {
            pieces.push(Text::from(vec![part.clone()]).into());
            continue;
        };
        let mut rest = literal.as_str();
        while let Some(at) = rest.find(['{', '}']) {
            pieces.push(Values::one(Value::text(&rest[..at])));
            let brace = &rest[at..];
            if brace.starts_with("{{") || brace.starts_with("}}") {
                pieces.push(Values::one(Value::text(&brace[..1])));
                rest = &brace[2..];
                continue;
            }
            let Some(end) = brace.find('}').filter(|_| brace.starts_with('{')) else {
                return Values::hole(Why::Syntax("format string".into()));
            };
            pieces.push(format_field(&brace[1..end], args, &mut next));
            rest = &brace[end + 1..];
        }
        pieces.push(Values::one(Value::text(rest)));
    }
    Values::concat(&pieces)
}

/// The members that a format string names, as it writes them: `0.prefix`, `paths[raw]`.
pub(crate) fn members_in(text: &Text) -> Vec<String> {
    let mut found = Vec::new();
    for part in &text.parts {
        let Part::Literal(literal) = part else {
            continue;
        };
        // What is doubled names nothing, nor does what no brace closes.
        let plain = literal.replace("{{", "").replace("}}", "");
        for field in plain.split('{').skip(1) {
            let field = field.split_once('}').map_or("", |(field, _)| field);
            let name = field.split(['!', ':']).next().unwrap_or_default();
            if name.contains(['.', '[']) {
                found.push(name.to_owned());
            }
        }
    }
    found
}

/// `Template("raw/$day/${name}").substitute(day=…)`: of what is not given nothing is known.
pub(super) fn template(text: &Text, args: &Args) -> Values {
    let map = args.positional.first().map(Values::first);
    let given = |name: &str| match (args.keyword(name), map) {
        (Some(values), _) => Values::concat([values]),
        (None, Some(Value::Map(map))) => map
            .get(name)
            .map_or_else(missing_field, |it| Values::concat([it])),
        _ => missing_field(),
    };
    filled_by(text, |literal, pieces| {
        let mut rest = literal;
        while let Some((before, after)) = rest.split_once('$') {
            pieces.push(Values::one(Value::text(before)));
            let (name, after) = match after
                .strip_prefix('{')
                .and_then(|inner| inner.split_once('}'))
            {
                Some(braced) => braced,
                None => {
                    let end = after.find(|c: char| !c.is_alphanumeric() && c != '_');
                    after.split_at(end.unwrap_or(after.len()))
                }
            };
            match after.strip_prefix('$').filter(|_| name.is_empty()) {
                Some(after) => {
                    pieces.push(Values::one(Value::text("$")));
                    rest = after;
                }
                None => {
                    pieces.push(given(name));
                    rest = after;
                }
            }
        }
        pieces.push(Values::one(Value::text(rest)));
    })
}

/// `_.template("plates/<%= plate %>/meta.json")({ plate })`; `None` for what is no template of lodash's.
pub(crate) fn lodash(made: &External, args: &Args) -> Option<Values> {
    if !matches!(
        &*made.path,
        "_.template()" | "lodash.template()" | "lodash.default.template()" | "lodash/template()"
    ) {
        return None;
    }
    let Value::Text(text) = made.args.positional.first()?.first() else {
        return None;
    };
    let given = |name: &str| match args.positional.first().map(Values::first) {
        Some(Value::Map(map)) => map.get(name).map(|it| Values::concat([it])),
        _ => None,
    };
    Some(filled_by(text, |literal, pieces| {
        let mut rest = literal;
        while let Some((before, (name, after))) = rest
            .split_once("<%")
            .and_then(|(before, inside)| Some((before, inside.split_once("%>")?)))
        {
            pieces.push(Values::one(Value::text(before)));
            let name = name.trim_start_matches(['=', '-']).trim();
            pieces.push(given(name).unwrap_or_else(missing_field));
            rest = after;
        }
        pieces.push(Values::one(Value::text(rest)));
    }))
}

/// A template with what is made of each stretch of it that is known.
fn filled_by(text: &Text, mut fill: impl FnMut(&str, &mut Vec<Values>)) -> Values {
    let mut pieces: Vec<Values> = Vec::new();
    for part in &text.parts {
        match part {
            Part::Literal(literal) => fill(literal, &mut pieces),
            part => pieces.push(Text::from(vec![part.clone()]).into()),
        }
    }
    Values::concat(&pieces)
}

fn missing_field() -> Values {
    Values::hole(Why::Syntax("format field".into()))
}

fn format_field(field: &str, args: &Args, next: &mut usize) -> Values {
    let name = field.split(['!', ':']).next().unwrap_or_default();
    let spec = field.split_once(':').map_or("", |(_, spec)| spec);
    let found = if name.is_empty() {
        *next += 1;
        args.positional.get(*next - 1)
    } else if let Ok(position) = name.parse::<usize>() {
        args.positional.get(position)
    } else {
        args.keyword(name)
    };
    match found {
        Some(_) if spec.contains('%') && says_more(spec) => strftime(spec).into(),
        Some(values) => Values::concat([&padded(values, spec)]),
        None => Values::hole(Why::Syntax("format field".into())),
    }
}

/// Numbers as a format gives them that fills them up with zeros: `02d`, `03`.
fn padded(values: &Values, spec: &str) -> Values {
    let Some(width) = zeros(spec) else {
        return values.clone();
    };
    values.map(|value| match value {
        Value::Int(number) => Value::text(&format!("{number:0width$}")),
        other => other.clone(),
    })
}

/// How long a format with zeros makes a whole number, in characters.
pub(crate) fn zeros(spec: &str) -> Option<usize> {
    const LONGEST: usize = 32;
    let width = spec.strip_prefix('0')?;
    let width = width.strip_suffix('d').unwrap_or(width);
    width.parse().ok().filter(|width| *width <= LONGEST)
}

/// `"%s/%d" % (a, b)`, `"%(name)s" % {…}`.
pub(crate) fn percent(template: &Values, given: &Values) -> Values {
    let Value::Text(template) = template.first() else {
        return Values::hole(why_of(template.first()));
    };
    let mut pieces: Vec<Values> = Vec::new();
    let mut next = 0;
    for part in &template.parts {
        let Part::Literal(literal) = part else {
            pieces.push(Text::from(vec![part.clone()]).into());
            continue;
        };
        let mut rest = literal.as_str();
        while let Some(at) = rest.find('%') {
            pieces.push(Values::one(Value::text(&rest[..at])));
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('%') {
                pieces.push(Values::one(Value::text("%")));
                rest = after;
                continue;
            }
            let mut name = None;
            if let Some(after) = rest.strip_prefix('(')
                && let Some((inside, after)) = after.split_once(')')
            {
                name = Some(inside);
                rest = after;
            }
            let end = rest
                .find(|c: char| c.is_ascii_alphabetic())
                .map_or(rest.len(), |at| at + 1);
            let field = percent_field(name, given, &mut next);
            pieces.push(padded(&field, &rest[..end]));
            rest = &rest[end..];
        }
        pieces.push(Values::one(Value::text(rest)));
    }
    Values::concat(&pieces)
}

fn percent_field(name: Option<&str>, given: &Values, next: &mut usize) -> Values {
    let missing = || Values::hole(Why::Syntax("format field".into()));
    match (name, given.first()) {
        (Some(name), Value::Map(map)) => map.get(name).cloned().unwrap_or_else(missing),
        (None, Value::List(elements)) => {
            *next += 1;
            elements.get(*next - 1).cloned().unwrap_or_else(missing)
        }
        (None, _) => given.clone(),
        _ => missing(),
    }
}

/// Whether a date's format says more than that there is a date: words, or folders.
pub(crate) fn says_more(template: &str) -> bool {
    has_words(template) || template.contains('/')
}

/// Whether a date's format has words of its own.
fn has_words(template: &str) -> bool {
    let mut letters = template.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '%' => drop(letters.next()),
            letter if letter.is_alphanumeric() => return true,
            _ => {}
        }
    }
    false
}

/// What `strftime` makes of a format that says more than the date, some of which may not be known.
pub(crate) fn dated(template: &Values) -> Option<Text> {
    let [Value::Text(template)] = template.iter().as_slice() else {
        return None;
    };
    let is_of_words = |part: &Part| matches!(part, Part::Literal(text) if has_words(text));
    if !template.parts.iter().any(is_of_words) {
        let [Part::Literal(template)] = template.parts.as_slice() else {
            return None;
        };
        let made = folders_of_dates(template);
        return (template.contains('%') && made.parts.len() > 1).then_some(made);
    }
    let mut made = Text::default();
    for part in &template.parts {
        match part {
            Part::Literal(text) => made.append(&strftime(text)),
            part => made.push(part.clone()),
        }
    }
    Some(made)
}

/// What a date's format makes: of `raw/%Y-%m` each part of the date is a hole; where it has no words (`%Y/%m/%d_%H`) each folder is.
pub(crate) fn strftime(template: &str) -> Text {
    if !has_words(template) {
        return folders_of_dates(template);
    }
    let mut made = Text::default();
    for (index, stretch) in template.split('%').enumerate() {
        let mut stretch = stretch;
        if index > 0 {
            made.push(date());
            stretch = stretch.get(1..).unwrap_or_default();
        }
        made.push(Part::Literal(stretch.into()));
    }
    made
}

/// `_%Y%m%d_%H%M%S`: marks alone between the parts of a date are parts of it, those before and after it are not, nor is a `/`.
fn folders_of_dates(template: &str) -> Text {
    let mut made = Text::default();
    for (index, folder) in template.split('/').enumerate() {
        if index > 0 {
            made.push(Part::Literal("/".into()));
        }
        let Some((before, rest)) = folder.split_once('%') else {
            made.push(Part::Literal(folder.into()));
            continue;
        };
        let after = rest.rsplit('%').next().unwrap_or_default();
        made.push(Part::Literal(before.into()));
        made.push(date());
        made.push(Part::Literal(after.get(1..).unwrap_or_default().into()));
    }
    made
}

/// What a date's format makes that says its parts in letters (`yyyy/MM/dd`, `[raw]/YYYY`, `'raw'/yyyy`: moment, Day.js,
/// date-fns, Luxon, Arrow, Pendulum), where that says more than that there is a date.
pub(crate) fn dated_by_letters(template: &Values) -> Option<Text> {
    const LETTERS: &str = "yYuMLdDEecHhkKmsSaAXxZzQqWwGgOoT";
    const SURE: [&str; 6] = ["yy", "YY", "MM", "dd", "DD", "HH"];
    let template = template.known()?;
    if !SURE.iter().any(|letters| template.contains(letters)) {
        return None;
    }
    let mut made = Text::default();
    // What stands between two parts of the date is a part of it, unless it is a `/` or a word.
    let mut marks = String::new();
    let mut rest = template.as_str();
    while let Some(letter) = rest.chars().next() {
        let closing = match letter {
            '[' => Some(']'),
            '\'' => Some('\''),
            _ => None,
        };
        if let Some(closing) = closing {
            let (word, behind) = rest[1..].split_once(closing)?;
            made.push(Part::Literal(format!("{marks}{word}").into()));
            marks.clear();
            rest = behind;
            continue;
        }
        if letter == '/' {
            made.push(Part::Literal(format!("{marks}/").into()));
            marks.clear();
        } else if !letter.is_alphanumeric() {
            marks.push(letter);
        } else if LETTERS.contains(letter) {
            if !matches!(made.parts.last(), Some(Part::Hole(_))) {
                made.push(Part::Literal(marks.as_str().into()));
                made.push(date());
            }
            marks.clear();
        } else {
            return None;
        }
        rest = &rest[letter.len_utf8()..];
    }
    made.push(Part::Literal(marks.into()));
    (made.parts.len() > 1).then_some(made)
}

fn date() -> Part {
    Part::Hole(Why::Syntax("date".into()))
}
