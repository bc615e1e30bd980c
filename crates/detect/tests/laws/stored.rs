//! Kept summaries are what they were, and bytes that are none are nothing.

use blue_detect::{
    Dialect, MemoryStore, StatementCache, Summary, SummaryKey, SummaryStore, decode, encode,
    summarise_stored, summarise_text,
};

const TEXT: &str = "import boto3\nfrom paths import JOBS as J\n\nclass Store(Base):\n    root = f'{J}/x'\n\n    def save(self, key, *rest, body=None, **more):\n        if body:\n            boto3.client('s3').put_object(Bucket='b', Key=self.root + key)  # blue: ignore[export-added] why\n        return [k for k in rest]\n\nKINDS = {'a': 1, **OTHER}\nKINDS['b'] = -1.5\n";

fn summary(text: &str) -> Summary {
    let cache = StatementCache::default();
    summarise_text(text, Dialect::Python, &cache, &mut || false).unwrap()
}

#[test]
fn damaged_bytes_are_nothing() {
    let bytes = encode(&summary(TEXT)).unwrap();
    assert_eq!(decode(&bytes), Some(summary(TEXT)));
    for end in 0..bytes.len() {
        assert_eq!(decode(&bytes[..end]), None, "cut off at {end}");
    }
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        assert_eq!(decode(&damaged), None, "a bit at {at}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(decode(&longer), None);
}

#[test]
fn what_is_nested_as_deep_as_code_may_be_is_kept() {
    for text in [
        format!("x = 'a'{}\n", " + y".repeat(900)),
        format!("x = {}1{}\n", "[".repeat(450), "]".repeat(450)),
        format!("x = a{}\n", ".b".repeat(900)),
        format!("x = a{}\n", " if y else b".repeat(450)),
    ] {
        let made = summary(&text);
        assert!(!made.interface.items.is_empty(), "{}", &text[..20]);
        let bytes = encode(&made).unwrap();
        assert!(decode(&bytes) == Some(made), "{}", &text[..20]);
    }
}

#[test]
fn a_text_is_known_by_what_it_says_and_how_it_is_read() {
    let store = MemoryStore::default();
    let made = |text: &str, dialect| {
        let cache = StatementCache::default();
        let kept = summarise_stored(("a", text), dialect, &cache, Some(&store));
        let cache = StatementCache::default();
        let alone = summarise_text(text, dialect, &cache, &mut || false);
        assert_eq!(kept, alone, "{text} as {dialect:?}");
    };
    // The first two of one length; `<T>x` is read in two ways.
    for text in ["x = 'a/1'\n", "x = 'a/2'\n", "const x = <T>y\n"] {
        for dialect in [Dialect::Python, Dialect::TypeScript, Dialect::Tsx] {
            made(text, dialect);
            made(text, dialect);
        }
    }
    assert_eq!(store.len(), 9);
}

#[test]
fn what_is_kept_is_asked_before_a_text_is_parsed() {
    let store = MemoryStore::default();
    let other = summary("y = 2\n");
    store.put(&SummaryKey::of("x = 1\n", Dialect::Python), "a.py", &other);
    let cache = StatementCache::default();
    let found = summarise_stored(("a.py", "x = 1\n"), Dialect::Python, &cache, Some(&store));
    assert_eq!(found, Some(other));
    assert!(cache.is_empty());
}
