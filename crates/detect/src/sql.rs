//! Addresses of S3 in statements of SQL, as DuckDB takes them (<https://duckdb.org/docs/stable/core_extensions/httpfs/s3api>):
//! `FROM 's3://bucket/raw.parquet'`, `read_csv('s3://bucket/raw/*.csv')`, `COPY table TO 's3://bucket/out.parquet'`.

use crate::keys::is_s3_url;
use crate::value::{Part, Text, Value, Values};

/// The addresses between quotes in some statements, those that are written to or those that are read; `None` where there are
/// none.
pub(crate) fn addresses(statements: &Values, are_written: bool) -> Option<Values> {
    let mut found = Vec::new();
    for statement in statements.iter() {
        let Value::Text(statement) = statement else {
            continue;
        };
        for (is_written, text) in quoted(statement) {
            if is_written == are_written && is_s3_url(&text) {
                found.push(Value::Text(text));
            }
        }
    }
    (!found.is_empty()).then(|| Values::collect(found))
}

/// What stands between single quotes, each with whether `TO` stands before it.
fn quoted(statement: &Text) -> Vec<(bool, Text)> {
    let mut found = Vec::new();
    let mut before = String::new();
    let mut inside: Option<(bool, Text)> = None;
    for part in &statement.parts {
        let Part::Literal(literal) = part else {
            if let Some((_, text)) = &mut inside {
                text.push(part.clone());
            }
            continue;
        };
        for (index, stretch) in literal.split('\'').enumerate() {
            if index > 0 {
                inside = match inside.take() {
                    Some(quoted) => {
                        before.clear();
                        found.push(quoted);
                        None
                    }
                    None => Some((ends_with_to(&before), Text::default())),
                };
            }
            match &mut inside {
                Some((_, text)) => text.push(Part::Literal(stretch.into())),
                None => before.push_str(stretch),
            }
        }
    }
    found
}

fn ends_with_to(before: &str) -> bool {
    let last = before.split_whitespace().next_back();
    last.is_some_and(|word| word.eq_ignore_ascii_case("to"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stand_between_quotes() {
        let statement = Values::one(Value::text(
            "COPY (SELECT * FROM read_csv('s3://b/in/*.csv') WHERE day = 'x') TO 's3://b/out.parquet' (FORMAT parquet)",
        ));
        let told = |are_written| {
            let found = addresses(&statement, are_written).expect("one");
            let first = found.first().to_text();
            crate::keys::pattern_of(&first, crate::apis::Op::Read)
                .0
                .to_string()
        };
        assert_eq!(told(false), "in/*.csv");
        assert_eq!(told(true), "out.parquet");
        assert_eq!(
            addresses(&Values::one(Value::text("SELECT 1")), false),
            None
        );
    }
}
