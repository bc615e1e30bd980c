//! Wrappers that a binding names: functions of other people's libraries that access objects of S3
//! (`detect: - s3: { wrappers: ["mylib.io.save(key=1)"] }`).
//!
//! ```text
//! wrapper  := callee "(" "key" "=" argument { "," setting } ")"
//! callee   := module, a dot, and the function or class and method: mylib.io.save, mylib.Store.put
//! argument := a position from 0, or the name of a parameter, or both: 1, path, 1|path
//! setting  := "op" "=" ("read" | "write" | "delete" | "list") | "bucket" "=" argument
//! ```

use std::ops::Range;

/// A wrapper, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapper {
    /// The function with the module it is imported from, as written.
    pub callee: String,
    /// Which argument is the key.
    pub key: WrapperArgument,
    /// Which one is the bucket, if any.
    pub bucket: Option<WrapperArgument>,
    /// `read`, `write`, `delete` or `list`: as written, else as the function's name tells.
    pub op: &'static str,
}

/// An argument of a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WrapperArgument {
    /// Its place, from 0.
    pub position: Option<usize>,
    /// Its name.
    pub keyword: Option<String>,
}

/// What is wrong with a wrapper, and where: bytes of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrapperError {
    /// The characters.
    pub span: Range<usize>,
    /// What is wrong with them.
    pub message: String,
}

const FORM: &str = "a wrapper is `module.function(key=1)`";

/// Takes a wrapper apart.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn parse_wrapper(text: &str) -> Result<Wrapper, WrapperError> {
    let wrong = |span: Range<usize>, message: String| Err(WrapperError { span, message });
    let Some(open) = text.find('(') else {
        let message = format!("{FORM}: it does not say which argument is the key");
        return wrong(0..text.len(), message);
    };
    let callee = text[..open].trim();
    let start = open - text[..open].trim_start().len();
    if let Some((at, bad)) = callee.char_indices().find(|(_, c)| !is_callee(*c)) {
        let at = start + at;
        let message = format!("{FORM}: `{bad}` is no part of a name");
        return wrong(at..at + bad.len_utf8(), message);
    }
    let is_named = |part: &str| !part.is_empty();
    if !callee.contains(['.', '/']) || !callee.split(['.', '/']).all(is_named) {
        let message = format!("{FORM}: the module that the function is imported from is missing");
        return wrong(start..start + callee.len().max(1), message);
    }
    let Some(inner) = text[open + 1..].trim_end().strip_suffix(')') else {
        return wrong(text.len()..text.len(), format!("{FORM}: `)` is missing"));
    };
    let (mut key, mut bucket, mut op) = (None, None, None);
    let mut at = open + 1;
    for setting in inner.split(',') {
        let from = at + (setting.len() - setting.trim_start().len());
        let span = from..from + setting.trim().len().max(1);
        at += setting.len() + 1;
        let Some((name, value)) = setting.trim().split_once('=') else {
            let message = format!("{FORM}: `{}` is no setting", setting.trim());
            return wrong(span, message);
        };
        let (name, value) = (name.trim(), value.trim());
        let value_at = span.end - value.len()..span.end;
        match name {
            "key" | "bucket" => {
                let Some(mut argument) = argument(value) else {
                    let message = format!(
                        "`{value}` names no argument: it is a position from 0, a parameter's name, or \
                         both (`1|path`)"
                    );
                    return wrong(value_at, message);
                };
                // The word itself is the likeliest name.
                argument.keyword = argument.keyword.or_else(|| Some(name.to_owned()));
                match name {
                    "key" => key = Some(argument),
                    _ => bucket = Some(argument),
                }
            }
            "op" => match OPS.iter().find(|op| **op == value) {
                Some(known) => op = Some(*known),
                None => {
                    let message = format!("`{value}` is none of `read`, `write`, `delete`, `list`");
                    return wrong(value_at, message);
                }
            },
            _ => {
                let message = format!("`{name}` is none of `key`, `bucket` and `op`");
                return wrong(from..from + name.len().max(1), message);
            }
        }
    }
    let Some(key) = key else {
        let message = format!("{FORM}: it does not say which argument is the key");
        return wrong(open..text.len(), message);
    };
    Ok(Wrapper {
        op: op.unwrap_or_else(|| op_of(callee)),
        callee: callee.to_owned(),
        key,
        bucket,
    })
}

const OPS: [&str; 4] = ["read", "write", "delete", "list"];

fn is_callee(c: char) -> bool {
    c.is_alphanumeric() || "_$.@/-".contains(c)
}

fn argument(value: &str) -> Option<WrapperArgument> {
    let mut made = WrapperArgument::default();
    for part in value.split('|').map(str::trim) {
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        if let Ok(position) = part.parse::<usize>() {
            made.position = Some(position).filter(|position| *position < 64);
            made.position?;
        } else if !part.is_empty() && part.chars().all(is_name) {
            made.keyword = Some(part.to_owned());
        } else {
            return None;
        }
    }
    Some(made)
}

/// What a function does, as its name tells: it reads unless it says otherwise.
fn op_of(callee: &str) -> &'static str {
    let name = callee.rsplit(['.', '/']).next().unwrap_or(callee);
    let name = name.to_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
    if begins(&[
        "save", "write", "put", "upload", "store", "dump", "export", "copy_to", "publish",
    ]) {
        "write"
    } else if begins(&["delete", "remove", "rm", "purge", "clean", "unlink", "drop"]) {
        "delete"
    } else if begins(&["list", "ls", "glob", "iter", "walk", "scan"]) {
        "list"
    } else {
        "read"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrappers_are_taken_apart() {
        let argument = |position, keyword: &str| WrapperArgument {
            position,
            keyword: Some(keyword.to_owned()),
        };
        for (text, callee, key, op) in [
            (
                "mylib.io.save(key=1)",
                "mylib.io.save",
                argument(Some(1), "key"),
                "write",
            ),
            (
                "mylib.load(key=path)",
                "mylib.load",
                argument(None, "path"),
                "read",
            ),
            (
                " @acme/io.purge_all( key = 0|path , op = list ) ",
                "@acme/io.purge_all",
                argument(Some(0), "path"),
                "list",
            ),
        ] {
            let found = parse_wrapper(text).unwrap();
            assert_eq!(
                (&*found.callee, found.key, found.op),
                (callee, key, op),
                "{text}"
            );
        }
        let found = parse_wrapper("m.f(key=1, bucket=0)").unwrap();
        assert_eq!(found.bucket, Some(argument(Some(0), "bucket")));
    }

    #[test]
    fn what_is_wrong_stands_at_its_characters() {
        for (text, there, says) in [
            (
                "mylib.io.save",
                "mylib.io.save",
                "which argument is the key",
            ),
            (
                "save(key=1)",
                "save",
                "the module that the function is imported from",
            ),
            ("mylib..save(key=1)", "mylib..save", "the module"),
            ("my lib.save(key=1)", " ", "no part of a name"),
            ("mylib.save(key=1", "", "`)` is missing"),
            ("mylib.save()", "(", "is no setting"),
            ("mylib.save(1)", "1", "is no setting"),
            ("mylib.save(key=a-b)", "a-b", "names no argument"),
            ("mylib.save(key=99)", "99", "names no argument"),
            ("mylib.save(key=1, op=wirte)", "wirte", "is none of `read`"),
            ("mylib.save(kay=1)", "kay", "is none of `key`"),
            (
                "mylib.save(op=read)",
                "(op=read)",
                "which argument is the key",
            ),
        ] {
            let error = parse_wrapper(text).unwrap_err();
            let found = text.get(error.span.clone()).unwrap_or_default();
            assert!(error.message.contains(says), "{text}: {}", error.message);
            if text != "mylib.save()" {
                assert_eq!(found, there, "{text}");
            }
        }
    }
}
