//! Comparing schemas: whatever two texts say, an answer comes, the same one twice, with a document
//! that shows it where it is "breaking" and with what it follows from where it is "compatible".
//!
//! An input is two schemas, as JSON, with a line `===` between them.
#![no_main]

use blue_compat::schema::compile;
use blue_compat::{Mode, Part, Verdict, containment_in, derivation};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let Some((old, new)) = pair(bytes) else {
        return;
    };
    for mode in [Mode::Literal, Mode::Emitted] {
        let found = containment_in(mode, &old, &new);
        let sides = [
            (&found.backwards, &new, &old, Part::Old),
            (&found.forwards, &old, &new, Part::New),
        ];
        for (verdict, emitter, reader, part) in sides {
            match verdict {
                Verdict::Breaking { witness } => {
                    let accepts =
                        |schema| compile(schema).is_ok_and(|schema| schema.accepts(witness));
                    assert!(accepts(emitter) && !accepts(reader), "{witness}");
                }
                Verdict::Compatible => {
                    let _ = derivation(mode, emitter, reader, part);
                }
                Verdict::Unknown { why, .. } => assert!(!why.is_empty()),
            }
        }
    }
});

fn pair(bytes: &[u8]) -> Option<(Value, Value)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (old, new) = text.split_once("\n===\n")?;
    Some((
        serde_json::from_str(old).ok()?,
        serde_json::from_str(new).ok()?,
    ))
}
