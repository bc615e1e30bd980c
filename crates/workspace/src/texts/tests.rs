use super::*;

fn stat(modified: i64, changed: i64) -> Stat {
    Stat {
        device: 1,
        inode: 2,
        size: 3,
        modified,
        changed,
    }
}

fn texts(since: Option<i64>) -> Texts {
    Texts {
        root: PathBuf::new(),
        kept: HashMap::new(),
        since,
        new: Mutex::default(),
        is_fresh: AtomicBool::new(false),
        overtaken: AtomicBool::new(false),
        gone: Mutex::default(),
    }
}

#[test]
fn only_what_was_left_before_the_cache_was_written_is_remembered() {
    for (since, modified, changed, expected) in [
        (Some(10), 9, 9, true),
        (Some(10), 9, 10, false),
        (Some(10), 10, 9, false),
        (Some(10), 11, 11, false),
        (None, 9, 9, false),
    ] {
        let texts = texts(since);
        texts.remember(&"a.py".into(), Some(stat(modified, changed)), None);
        let is_remembered = !locked(&texts.new).is_empty();
        assert_eq!(is_remembered, expected, "{since:?} {modified} {changed}");
    }
}

#[test]
fn what_is_known_is_read_as_it_was_written_and_nothing_else_is() {
    let text = "put(x)\n";
    let known = [
        None,
        Some((ContentHash::of(text), Gist::of(text))),
        Some((ContentHash::of(""), Gist::default())),
    ];
    for text in known {
        let known = Known {
            stat: stat(-1, i64::MAX),
            text,
        };
        let bytes = known.to_bytes("a.py");
        assert_eq!(Known::from_bytes("a.py", &bytes).as_ref(), Some(&known));
        assert_eq!(Known::from_bytes("b.py", &bytes), None);
        for end in 0..bytes.len() {
            assert_eq!(
                Known::from_bytes("a.py", &bytes[..end]),
                None,
                "{end} bytes"
            );
            for bit in 0..8 {
                let mut damaged = bytes.clone();
                damaged[end] ^= 1 << bit;
                assert_eq!(Known::from_bytes("a.py", &damaged), None, "byte {end}");
            }
        }
    }
}
