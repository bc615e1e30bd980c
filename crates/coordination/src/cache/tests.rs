//! What must never happen to a cache: a wrong answer, or a command that stops for its sake.

use super::{Cache, Counts, FileSummary, Use, Verdict, VerdictKey};
use crate::error::Error;

const BLUE: &str = "0.1.0-a";

fn file(path: &str, content: u8, length: usize) -> FileSummary {
    FileSummary {
        path: path.to_owned(),
        mtime: 1_700_000_000_000_000_001,
        size: 7,
        content: [content; 32],
        summary: vec![content; length],
    }
}

fn paths(cache: &mut Cache, made_by: &str) -> Vec<(String, u8)> {
    let kept = cache.summaries(made_by).unwrap();
    let mut paths: Vec<_> = kept
        .into_iter()
        .map(|it| (it.path, it.content[0]))
        .collect();
    paths.sort();
    paths
}

#[test]
fn a_summary_is_kept_by_its_file_until_another_is_made_or_the_file_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    let mut cache = Cache::open(&path).unwrap();
    cache
        .keep_summaries(BLUE, &[file("a.py", 1, 3), file("b.py", 2, 3)])
        .unwrap();
    cache.keep_summaries(BLUE, &[file("a.py", 3, 3)]).unwrap();
    drop(cache);

    let mut cache = Cache::open(&path).unwrap();
    assert_eq!(
        paths(&mut cache, BLUE),
        [("a.py".to_owned(), 3), ("b.py".to_owned(), 2)]
    );
    cache.forget_summaries(&["b.py".to_owned()].into()).unwrap();
    assert_eq!(paths(&mut cache, BLUE), [("a.py".to_owned(), 3)]);
}

#[test]
fn what_another_program_made_is_not_told_and_makes_room() {
    let folder = tempfile::tempdir().unwrap();
    let mut cache = Cache::open(&folder.path().join("cache.db")).unwrap();
    cache
        .keep_summaries(BLUE, &[file("a.py", 1, 3), file("b.py", 1, 3)])
        .unwrap();
    assert_eq!(paths(&mut cache, "0.1.0-b"), []);
    cache
        .keep_summaries("0.1.0-b", &[file("a.py", 1, 3)])
        .unwrap();
    assert_eq!(paths(&mut cache, BLUE), []);
    assert_eq!(cache.stored(Use::Summaries).unwrap().entries, 1);
}

#[test]
fn a_verdict_is_of_all_that_the_check_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let mut cache = Cache::open(&folder.path().join("cache.db")).unwrap();
    let key = |contract: &str, version: &str, binding: u8| VerdictKey {
        contract: contract.to_owned(),
        version: version.to_owned(),
        binding: [binding; 32],
    };
    let asked = key("letemcook/s3-access/s3-permissions", "1.4.0", 1);
    let verdict = Verdict {
        code: 2,
        output: "one\ntwo".to_owned(),
    };
    cache.keep_verdict(&asked, &verdict).unwrap();
    assert_eq!(cache.verdict(&asked).unwrap(), Some(verdict));
    for other in [
        key("letemcook/s3-access/jobs-done", "1.4.0", 1),
        key("letemcook/s3-access/s3-permissions", "1.5.0", 1),
        key("letemcook/s3-access/s3-permissions", "1.4.0", 2),
    ] {
        assert_eq!(cache.verdict(&other).unwrap(), None, "{other:?}");
    }
    let verdict = Verdict {
        code: 0,
        output: String::new(),
    };
    for binding in 0..100 {
        let key = key("letemcook/s3-access/s3-permissions", "1.4.0", binding);
        cache.keep_verdict(&key, &verdict).unwrap();
    }
    assert!(cache.stored(Use::Verdicts).unwrap().entries <= 20);
}

#[test]
fn uses_are_counted_until_it_is_cleared() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    let mut cache = Cache::open(&path).unwrap();
    let files: Vec<_> = (0..100)
        .map(|at| file(&format!("{at}.py"), 1, 10_000))
        .collect();
    cache.keep_summaries(BLUE, &files).unwrap();
    cache
        .count(
            Use::Summaries,
            Counts {
                hits: 0,
                misses: 100,
            },
        )
        .unwrap();
    cache
        .count(
            Use::Summaries,
            Counts {
                hits: 100,
                misses: 0,
            },
        )
        .unwrap();
    let stored = cache.stored(Use::Summaries).unwrap();
    assert_eq!((stored.entries, stored.bytes), (100, 1_000_000));
    assert_eq!(
        stored.counts,
        Counts {
            hits: 100,
            misses: 100
        }
    );
    cache.clear().unwrap();
    assert_eq!(
        cache.stored(Use::Summaries).unwrap(),
        super::Stored::default()
    );
    drop(cache);
    assert!(std::fs::metadata(&path).unwrap().len() < 100_000);
}

#[test]
fn a_damaged_one_is_set_aside_wherever_the_damage_is_met() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    let files: Vec<_> = (0..100)
        .map(|at| file(&format!("{at}.py"), 1, 10_000))
        .collect();
    let length = {
        let mut cache = Cache::open(&path).unwrap();
        cache.keep_summaries(BLUE, &files).unwrap();
        drop(cache);
        std::fs::metadata(&path).unwrap().len()
    };
    let sound = std::fs::read(&path).unwrap();
    let mut aside = 0;
    for end in [100, 5_000, length / 2, length - 4_096] {
        std::fs::write(&path, &sound[..end as usize]).unwrap();
        let mut cache = Cache::open(&path).unwrap();
        let kept = cache.summaries(BLUE).unwrap();
        assert!(
            kept.iter().all(|it| it.summary == [1; 10_000]),
            "cut off at {end}"
        );
        aside += usize::from(cache.set_aside().is_some_and(std::path::Path::exists));
        cache.keep_summaries(BLUE, &files).unwrap();
        assert_eq!(
            cache.summaries(BLUE).unwrap().len(),
            100,
            "cut off at {end}"
        );
    }
    assert!(aside >= 3, "{aside}");
    std::fs::write(
        &path,
        "no database, and longer than a header of one would be",
    )
    .unwrap();
    let cache = Cache::open(&path).unwrap();
    assert!(cache.set_aside().is_some());
}

#[test]
fn one_of_a_newer_blue_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    drop(Cache::open(&path).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let before = std::fs::read(&path).unwrap();
    let error = Cache::open(&path).unwrap_err();
    assert!(matches!(error, Error::Newer { found: 99, .. }), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn two_that_write_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    std::thread::scope(|scope| {
        for writer in 0..4_u8 {
            let path = &path;
            scope.spawn(move || {
                let mut cache = Cache::open(path).unwrap();
                for at in 0..25 {
                    let new = file(&format!("{writer}/{at}.py"), writer, 100);
                    cache.keep_summaries(BLUE, &[new]).unwrap();
                    cache
                        .count(Use::Summaries, Counts { hits: 1, misses: 0 })
                        .unwrap();
                }
            });
        }
    });
    let mut cache = Cache::open(&path).unwrap();
    let stored = cache.stored(Use::Summaries).unwrap();
    assert_eq!((stored.entries, stored.counts.hits), (100, 100));
}
