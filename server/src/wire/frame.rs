//! Frames of the base protocol (LSP 3.17, "Base Protocol"), read so that a bad one costs itself
//! only. tower-lsp's own reader stops for good at the first frame that it cannot decode; what leaves
//! [`clean`] is always something that it can.

use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::Range;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

/// Longest body that is taken for one, in bytes: far over any document that Blue reads.
const MAX_BODY: usize = 256 << 20;
/// Longest header line, in bytes; what is longer is no header.
const MAX_LINE: usize = 64 << 10;
const CHUNK: usize = 64 << 10;
const LENGTH: &[u8] = b"content-length:";

/// Reads frames from bytes. Header names match in any case, headers but Content-Length are ignored.
pub(crate) struct FrameReader<R> {
    source: R,
    /// Bytes read and not yet done with; `held[at..]` is unread.
    held: Vec<u8>,
    at: usize,
}

impl<R: Read> FrameReader<R> {
    pub(crate) fn new(source: R) -> Self {
        Self {
            source,
            held: Vec::new(),
            at: 0,
        }
    }

    /// The next body: a range for [`bytes`](Self::bytes), good until the next call. Nothing at the
    /// end of the stream; a frame that ends with it is no frame.
    ///
    /// # Errors
    /// What the source says; an interrupted read is tried again.
    pub(crate) fn next(&mut self) -> io::Result<Option<Range<usize>>> {
        self.held.drain(..self.at);
        self.at = 0;
        let Some(length) = self.header()? else {
            return Ok(None);
        };
        while self.held.len() - self.at < length {
            if !self.fill()? {
                return Ok(None);
            }
        }
        let body = self.at..self.at + length;
        self.at = body.end;
        Ok(Some(body))
    }

    /// The bytes of a body.
    pub(crate) fn bytes(&self, body: Range<usize>) -> &[u8] {
        self.held.get(body).unwrap_or_default()
    }

    /// Takes back the end of a body that turned out bad, if a whole header begins in it: its length
    /// was too great, and what it swallowed may be good. (No body holds a bare `\r\n\r\n` after
    /// `Content-Length: N`: JSON escapes line ends in strings.)
    pub(crate) fn resume_inside(&mut self, body: Range<usize>) {
        let inside = self.bytes(body.clone());
        let starts = (1..inside.len()).filter(|&at| starts_with_name(&inside[at..]));
        for start in starts {
            let rest = &inside[start..];
            let end = rest.iter().position(|&byte| byte == b'\n');
            let Some(end) = end else { continue };
            if content_length(&rest[..end]).is_some() {
                self.at = body.start + start;
                return;
            }
        }
    }

    /// Reads header lines up to the empty one; the body's length, or nothing at the end.
    fn header(&mut self) -> io::Result<Option<usize>> {
        let mut length = None;
        loop {
            let Some(line) = self.line()? else {
                return Ok(None);
            };
            let line = self.bytes(line).trim_ascii();
            if !line.is_empty() {
                length = content_length(line).or(length);
                continue;
            }
            match length.take() {
                Some(length) if length <= MAX_BODY => return Ok(Some(length)),
                Some(length) => tracing::warn!(length, "dropped a header: the frame is too long"),
                None => {} // Blank lines between frames, or a header without a length.
            }
        }
    }

    /// The next line, its `\n` included.
    fn line(&mut self) -> io::Result<Option<Range<usize>>> {
        let mut searched = self.at;
        loop {
            if let Some(found) = self.held[searched..].iter().position(|&b| b == b'\n') {
                let line = self.at..searched + found + 1;
                self.at = line.end;
                return Ok(Some(line));
            }
            if self.held.len() - self.at > MAX_LINE {
                // Garbage. A name may begin in its last bytes.
                self.at = self.held.len() - LENGTH.len();
            }
            searched = self.held.len();
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Reads once; false at the end of the stream.
    fn fill(&mut self) -> io::Result<bool> {
        let before = self.held.len();
        self.held.resize(before + CHUNK, 0);
        let read = loop {
            match self.source.read(&mut self.held[before..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.held
            .truncate(before + read.as_ref().copied().unwrap_or(0));
        Ok(read? > 0)
    }
}

fn starts_with_name(bytes: &[u8]) -> bool {
    bytes.len() >= LENGTH.len() && bytes[..LENGTH.len()].eq_ignore_ascii_case(LENGTH)
}

/// The length that a header line states. The name may stand behind the rest of a broken frame.
fn content_length(line: &[u8]) -> Option<usize> {
    let start = (0..line.len()).find(|&at| starts_with_name(&line[at..]))?;
    let value = std::str::from_utf8(&line[start + LENGTH.len()..]).ok()?;
    value.trim().parse().ok()
}

/// The members that decide what a message is; `None` if absent, `Some(Null)` if null.
#[derive(Deserialize)]
struct Shape {
    #[serde(default, deserialize_with = "present")]
    jsonrpc: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    id: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    method: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    params: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    result: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    error: Option<Value>,
    /// Kept so that they are read as strictly as tower-lsp reads them.
    #[serde(flatten)]
    _others: Map<String, Value>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The body as tower-lsp can read it, or why it is dropped. Mended, because clients send it:
/// `"params": null` and, in notifications, `"id": null`; a lone surrogate in an escape (an editor
/// that splits a pair; it becomes U+FFFD, as long in UTF-16); an answer without `result`.
///
/// # Errors
/// One sentence for the log: not JSON, a batch, not JSON-RPC 2.0.
pub(crate) fn clean(body: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    let text = String::from_utf8_lossy(body);
    let mut changed = matches!(text, Cow::Owned(_));
    let shape = match serde_json::from_str::<Shape>(&text) {
        Ok(shape) => shape,
        Err(error) => {
            changed = true;
            let mended = without_lone_surrogates(&text).ok_or_else(|| error.to_string())?;
            serde_json::from_str(&mended).map_err(|_| error.to_string())?
        }
    };
    if shape.jsonrpc.as_ref().and_then(Value::as_str) != Some("2.0") {
        return Err("not a message of JSON-RPC 2.0".to_owned());
    }
    match &shape.id {
        None | Some(Value::Null | Value::String(_)) => {}
        Some(id) if id.as_i64().is_some() => {}
        Some(_) => return Err("an id that is neither an integer nor a string".to_owned()),
    }
    let mended = match &shape.method {
        Some(Value::String(_)) => mend_request(shape, changed),
        Some(_) => return Err("a method that is not a string".to_owned()),
        None => mend_response(shape, changed)?,
    };
    Ok(match mended {
        Some(value) => Cow::Owned(value.to_string().into_bytes()),
        None => Cow::Borrowed(body),
    })
}

/// The request or notification without its nulls, if something had to be mended.
fn mend_request(shape: Shape, changed: bool) -> Option<Value> {
    let null_params = shape.params == Some(Value::Null);
    let null_id = shape.id == Some(Value::Null);
    if !changed && !null_params && !null_id {
        return None;
    }
    let mut message = Map::new();
    message.insert("jsonrpc".to_owned(), json!("2.0"));
    let members = [
        ("id", shape.id),
        ("method", shape.method),
        ("params", shape.params),
    ];
    for (name, member) in members {
        if let Some(member) = member.filter(|member| !member.is_null()) {
            message.insert(name.to_owned(), member);
        }
    }
    Some(Value::Object(message))
}

/// The client's answer with exactly one of `result` and `error`, if something had to be mended.
fn mend_response(shape: Shape, changed: bool) -> Result<Option<Value>, String> {
    let Some(id) = shape.id else {
        return Err("neither a method nor an id".to_owned());
    };
    let error = shape.error.filter(|error| !error.is_null());
    let Some(error) = error else {
        let intact = !changed && shape.result.is_some();
        let result = shape.result.unwrap_or_default();
        return Ok((!intact).then(|| json!({"jsonrpc": "2.0", "id": id, "result": result})));
    };
    if !changed && shape.result.is_none() && is_error(&error) {
        return Ok(None);
    }
    let code = error.get("code").and_then(Value::as_i64).unwrap_or(-32603);
    let message = error.get("message").and_then(Value::as_str);
    let error = json!({"code": code, "message": message.unwrap_or("unknown error")});
    Ok(Some(json!({"jsonrpc": "2.0", "id": id, "error": error})))
}

/// True for the members that tower-lsp allows in an error, and no others.
fn is_error(error: &Value) -> bool {
    let Some(members) = error.as_object() else {
        return false;
    };
    let known = |name: &String| matches!(name.as_str(), "code" | "message" | "data");
    members.get("code").is_some_and(Value::is_i64)
        && members.get("message").is_some_and(Value::is_string)
        && members.keys().all(known)
}

/// The text with every `\uD800`-`\uDFFF` escape that is not one of a pair made `\uFFFD`; nothing if
/// there was none.
fn without_lone_surrogates(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut mended = false;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let length = match (
            surrogate(escape),
            surrogate(escape.get(6..).unwrap_or_default()),
        ) {
            (Some(0xD800..0xDC00), Some(0xDC00..)) => 12,
            (Some(_), _) => {
                mended = true;
                out.push_str("\\uFFFD");
                rest = &escape[6..];
                continue;
            }
            // The backslash and the character it escapes, which may be a backslash.
            (None, _) => 1 + escape[1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&escape[..length]);
        rest = &escape[length..];
    }
    out.push_str(rest);
    mended.then_some(out)
}

/// The surrogate that an escape at the start of the text names.
fn surrogate(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let all_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let unit = u32::from_str_radix(digits, 16).ok().filter(|_| all_hex)?;
    (0xD800..0xE000).contains(&unit).then_some(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the way the pump does: a bad body is dropped, and reading goes on inside it.
    fn read_all(bytes: &[u8]) -> Vec<String> {
        let mut reader = FrameReader::new(bytes);
        let mut good = Vec::new();
        while let Some(body) = reader.next().unwrap() {
            match clean(reader.bytes(body.clone())) {
                Ok(bytes) => good.push(String::from_utf8(bytes.into_owned()).unwrap()),
                Err(_) => reader.resume_inside(body),
            }
        }
        good
    }

    fn frame(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    const GOOD: &str = r#"{"jsonrpc":"2.0","method":"initialized","params":{}}"#;

    #[test]
    fn a_bad_frame_costs_itself_only() {
        let bad = [
            "Content-Length: 2\r\n\r\n{]".to_owned(),
            "Content-Length: 0\r\n\r\n".to_owned(),
            "Content-Length: many\r\n\r\n".to_owned(),
            "Content-Length: 99999999999999\r\n\r\n".to_owned(),
            "Content-Length: 999999999999999999999999\r\n\r\n".to_owned(),
            "X-Nothing: 1\r\n\r\n".to_owned(),
            "\r\n\r\n".to_owned(),
            "garbage".to_owned(),
            "garbage\r\n\r\nmore".to_owned(),
            "x".repeat(MAX_LINE * 3),
            frame(r#"{"jsonrpc":"2.0","method":"#),
            frame("[]"),
            frame("null"),
            frame(r#"{"method":"exit"}"#),
            frame(r#"{"jsonrpc":"1.0","method":"exit"}"#),
            frame(r#"{"jsonrpc":"2.0","method":7}"#),
            frame(r#"{"jsonrpc":"2.0","method":"exit","method":"exit"}"#),
            frame(r#"{"jsonrpc":"2.0","id":1.5,"method":"shutdown"}"#),
            frame(r#"{"jsonrpc":"2.0","id":[1],"method":"shutdown"}"#),
            frame(r#"{"jsonrpc":"2.0"}"#),
            frame(&format!("{}{}", "[".repeat(500), "]".repeat(500))),
            // Too long by far, and too short.
            format!(
                "Content-Length: 80\r\n\r\n{{\"a\":1}}{}",
                frame(r#"{"jsonrpc":"2.0"}"#)
            ),
            format!("Content-Length: 5\r\n\r\n{GOOD}"),
        ];
        for bad in bad {
            let bytes = format!("{}{bad}{}", frame(GOOD), frame(GOOD));
            assert_eq!(read_all(bytes.as_bytes()), [GOOD, GOOD], "{bad:.80}");
        }
    }

    #[test]
    fn headers_in_every_form() {
        for header in [
            format!("Content-Length: {}\r\n", GOOD.len()),
            format!("content-length:{}\r\n", GOOD.len()),
            format!("Content-Length: {}\n", GOOD.len()),
            format!(
                "Content-Type: application/vscode-jsonrpc\r\nContent-Length: {}\r\n",
                GOOD.len()
            ),
            format!(
                "Content-Length: {}\r\nContent-Type: x; charset=utf-16\r\nA: b\r\n",
                GOOD.len()
            ),
        ] {
            let ending = if header.contains('\r') { "\r\n" } else { "\n" };
            let bytes = format!("{header}{ending}{GOOD}");
            assert_eq!(read_all(bytes.as_bytes()), [GOOD], "{header:?}");
            let cut = &bytes.as_bytes()[..bytes.len() - 1];
            assert!(
                read_all(cut).is_empty(),
                "a frame that ends with the stream"
            );
        }
    }

    /// Gives one byte a read: frames come in pieces.
    struct Dripping<'a>(&'a [u8]);

    impl Read for Dripping<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = into.len().min(1).min(self.0.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    #[test]
    fn pieces() {
        let bytes = format!("{}{}", frame(GOOD), frame(GOOD));
        let mut reader = FrameReader::new(Dripping(bytes.as_bytes()));
        for _ in 0..2 {
            let body = reader.next().unwrap().unwrap();
            assert_eq!(reader.bytes(body), GOOD.as_bytes());
        }
        assert!(reader.next().unwrap().is_none());
    }

    #[test]
    fn mended() {
        // as sent, as handed on
        for (sent, handed) in [
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"shutdown","params":null}"#,
                r#"{"jsonrpc":"2.0","id":1,"method":"shutdown"}"#,
            ),
            (
                r#"{"jsonrpc":"2.0","id":null,"method":"exit"}"#,
                r#"{"jsonrpc":"2.0","method":"exit"}"#,
            ),
            (
                r#"{"jsonrpc":"2.0","method":"m","params":["\ud83c\udf44 \ud83c \udf44 \\ud83c \"\u00e9"]}"#,
                r#"{"jsonrpc":"2.0","method":"m","params":["🍄 � � \\ud83c \"é"]}"#,
            ),
            (
                r#"{"jsonrpc":"2.0","id":3}"#,
                r#"{"jsonrpc":"2.0","id":3,"result":null}"#,
            ),
            (
                r#"{"jsonrpc":"2.0","id":3,"result":null,"error":{"code":1,"message":"no","stack":[]}}"#,
                r#"{"jsonrpc":"2.0","id":3,"error":{"code":1,"message":"no"}}"#,
            ),
            (
                r#"{"jsonrpc":"2.0","id":3,"error":"no"}"#,
                r#"{"jsonrpc":"2.0","id":3,"error":{"code":-32603,"message":"unknown error"}}"#,
            ),
        ] {
            let found = clean(sent.as_bytes()).unwrap();
            assert_eq!(std::str::from_utf8(&found).unwrap(), handed);
        }
        for intact in [
            GOOD,
            r#"{"jsonrpc":"2.0","id":"a","result":null}"#,
            r#"{"jsonrpc":"2.0","id":-7,"error":{"code":1,"message":"no","data":{}}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"textDocument/hover","params":{"a":null},"x":1}"#,
        ] {
            assert!(
                matches!(clean(intact.as_bytes()), Ok(Cow::Borrowed(_))),
                "{intact}"
            );
        }
    }

    #[test]
    fn what_is_handed_on_can_be_read() {
        use tower_lsp::jsonrpc::{Request, Response};
        let members = [
            r#""jsonrpc":"2.0""#,
            r#""id":1"#,
            r#""id":null"#,
            r#""method":"m""#,
            r#""method":null"#,
            r#""params":null"#,
            r#""params":{"a":"\ud800"}"#,
            r#""result":{}"#,
            r#""result":null"#,
            r#""error":null"#,
            r#""error":{"code":1}"#,
            r#""error":{"code":1.5,"message":""}"#,
            r#""x":"\udc00""#,
        ];
        for chosen in 0u32..1 << members.len() {
            let picked = members.iter().enumerate();
            let picked = picked
                .filter(|(at, _)| chosen >> at & 1 == 1)
                .map(|(_, member)| *member);
            let sent = format!("{{{}}}", picked.collect::<Vec<_>>().join(","));
            let Ok(handed) = clean(sent.as_bytes()) else {
                continue;
            };
            let is_request = serde_json::from_slice::<Value>(&handed)
                .unwrap()
                .get("method")
                .is_some();
            let read = match is_request {
                true => serde_json::from_slice::<Request>(&handed).is_ok(),
                false => serde_json::from_slice::<Response>(&handed).is_ok(),
            };
            assert!(read, "{sent}");
        }
    }
}
