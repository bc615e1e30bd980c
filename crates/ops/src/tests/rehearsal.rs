//! A verb that is rehearsed says what it would write, and writes nothing.

use std::path::{Path, PathBuf};

use super::world::*;
use crate::shown::moved_branches;

/// Every file of a repository and its bytes' number.
fn files(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => found.push((entry.path(), entry.metadata().unwrap().len())),
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_rehearsal_writes_nothing_and_the_real_thing_is_just_that() {
    let world = World::new();
    let place = world.checkout("realm");
    let (remote, main) = (world.remote_path(), world.main());
    let change = [change(&[("write", "jobs/*/report.json")], &[])];
    let code = source("a", "main");
    as_who("ada", |ask| {
        let mut realm = open(&place, ask).unwrap();
        let before = (files(&remote), files(&world.path("realm")));
        let mut rehearsed = realm.rehearsal().unwrap();
        let (branches, _) = sync_in(&mut rehearsed, "aperture", (&change, &code), ask).unwrap();
        let shown = moved_branches(&rehearsed, main).unwrap();
        let moved = rehearsed.moved();
        drop(rehearsed);
        assert_eq!(before, (files(&remote), files(&world.path("realm"))));

        let [one] = &shown[..] else {
            panic!("one branch: {shown:?}")
        };
        assert_eq!(one.branch, branches[0].branch);
        assert!(one.is_new && !one.goes);
        let said = &one.commits[0].message;
        assert!(
            said.starts_with("s3-permissions 1.4.0 → 1.5.0: added jobs/*/report.json to write")
        );
        assert!(
            one.diff
                .contains("\n+version: \"1.5.0\" # quoted by hand\n"),
            "{}",
            one.diff
        );
        assert!(one.diff.contains("--- /dev/null\n"), "{}", one.diff);

        sync_in(&mut realm, "aperture", (&change, &code), ask).unwrap();
        assert_eq!(realm.moved(), moved, "to the commit");
        assert_eq!(world.branches().len(), 2);
        // Rehearsed again, the sync is there already.
        let mut rehearsed = realm.rehearsal().unwrap();
        sync_in(&mut rehearsed, "aperture", (&change, &code), ask).unwrap();
        let again = moved_branches(&rehearsed, main).unwrap();
        let [clock] = &again[..] else {
            panic!("its grace period begins, and nothing else: {again:?}")
        };
        assert_eq!((&*clock.branch, &*clock.diff), ("main", ""));
    });
    // Whoever follows it, and what that leads to, is rehearsed as well.
    as_who("finn", |ask| {
        let realm = open(&place, ask).unwrap();
        let before = (files(&remote), files(&world.path("realm")));
        let mut rehearsed = realm.rehearsal().unwrap();
        let said = follow_in(&mut rehearsed, &place, ask).unwrap();
        assert_eq!(said.len(), 1, "{said:?}");
        sync_in(&mut rehearsed, "fungal-image-analysis", (&[], &code), ask).unwrap();
        let shown = moved_branches(&rehearsed, main).unwrap();
        assert_eq!(before, (files(&remote), files(&world.path("realm"))));
        let on: Vec<&str> = shown.iter().map(|it| &*it.branch).collect();
        assert!(on[0].starts_with("sync/aperture/"), "{on:?}");
        assert_eq!(on[1..], ["main"], "it is merged then");
        assert!(shown[1].diff.contains("+    resolved_version: 1.5.0"));
    });
}
