//! Clocks that jump: nothing is doubled or lost by one that is set back or far ahead, and no grace period passes by it that the
//! branch of record has not begun.

use super::world::*;
use crate::sync::Fate;

const YEAR: i64 = 365 * 24 * 60 * 60;

/// aperture syncs the same change again, by another clock.
fn sync_at(world: &World, now: i64) -> (Fate, String, usize) {
    let place = world.checkout("a");
    let changes = [change(&[("write", "jobs/*/report.json")], &[])];
    let (branches, merging) = as_who("ada", |ask| {
        ask.now = now;
        sync(&place, &changes, &source("a", "main"), ask).unwrap()
    });
    let only = branches.into_iter().next().unwrap();
    (only.fate, only.branch, merging.len())
}

#[test]
fn a_clock_that_jumps_back_and_forth_makes_no_second_sync() {
    for jumps in [
        [NOW, NOW - YEAR, NOW],
        [NOW, 0, NOW - 1],
        [NOW - YEAR, NOW, NOW - YEAR],
        [NOW + YEAR, NOW, NOW - YEAR],
    ] {
        let world = World::new();
        let (fate, branch, _) = sync_at(&world, jumps[0]);
        assert_eq!(fate, Fate::Made);
        for now in &jumps[1..] {
            assert_eq!(
                sync_at(&world, *now),
                (Fate::Same, branch.clone(), 1),
                "{jumps:?}"
            );
        }
        assert_eq!(world.open().0, branch, "{jumps:?}");
        // An importer whose clock is behind all of them follows, and it is merged.
        let importer = world.checkout("b");
        let said = as_who("finn", |ask| {
            ask.now = NOW - 2 * YEAR;
            follow_all(&importer, ask).unwrap()
        });
        assert_eq!(said.len(), 1, "{jumps:?}");
        sync_at(&world, NOW - 2 * YEAR);
        let realm = world.realm("main");
        let contract = realm.contract("s3-access", "s3-permissions").unwrap();
        let versions: Vec<String> = contract
            .evolution
            .iter()
            .map(|it| it.version.as_ref().unwrap().to_string())
            .collect();
        assert_eq!(
            versions.last().map(String::as_str),
            Some("1.5.0"),
            "{jumps:?}"
        );
        assert_eq!(versions.len(), 2, "{jumps:?}: {versions:?}");
    }
}

#[test]
fn a_clock_that_was_set_back_ends_no_grace_period_early() {
    let world = World::new();
    sync_at(&world, NOW);
    // Whoever records it has a clock that is a year behind: its grace period would have passed long ago.
    sync_at(&world, NOW - YEAR);
    sync_at(&world, NOW + 60);
    assert_ne!(world.open().0, "main");
    let realm = world.realm("main");
    let contract = realm.contract("s3-access", "s3-permissions").unwrap();
    assert_eq!(contract.version.as_ref().unwrap().to_string(), "1.4.0");
}
