//! Stories of the demo's world, told as documents and held against the real command.
//!
//! Each file in `stories/` begins with a fresh world (`blue demo --world-only`) and says, in blocks
//! between words, what people do and what they then see ([`story`]). Adding a case is adding a block
//! or a file. `UPDATE_EXPECT=1` writes what was seen into the documents, to be read and committed.

mod dry_runs;
#[path = "../../crates/blue/src/demo/edit.rs"]
mod edit;
mod json;
mod recipes;
mod story;
mod world;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use story::Story;
use world::World;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/story/stories")
}

/// What the README shows is a story too.
#[test]
fn the_readme() {
    check("../../../README.md");
}

/// So is the book's tutorial, which begins with nothing.
#[test]
fn the_tutorial() {
    check_in(&World::empty(), "../../../docs/tutorial.md");
}

/// So is the guide to what Blue sees.
#[test]
fn the_guide_to_detection() {
    check("../../../docs/detection.md");
}

/// Lets a story happen in the demo's world.
fn check(name: &str) {
    check_in(&World::make(), name);
}

/// Lets a story happen. Fails with the first differences of what was seen.
fn check_in(world: &World, name: &str) {
    let path = folder().join(name);
    let text = std::fs::read_to_string(&path).expect("the story can be read");
    let seen = Story::parse(&text).happen(world);
    if seen == text {
        return;
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, seen).expect("the story can be written");
        return;
    }
    panic!("{name}: not as told\n{}", differences(&text, &seen));
}

/// The lines around the first one that differs.
fn differences(told: &str, seen: &str) -> String {
    let same = told.lines().zip(seen.lines());
    let first = same.take_while(|(told, seen)| told == seen).count();
    let from = first.saturating_sub(6);
    let part = |text: &str| {
        let lines: Vec<_> = text.lines().skip(from).take(30).collect();
        lines.join("\n")
    };
    format!(
        "--- told, line {}\n{}\n--- seen\n{}\n",
        from + 1,
        part(told),
        part(seen)
    )
}

macro_rules! stories {
    ($($test:ident: $file:literal,)*) => {
        $(#[test]
        fn $test() {
            check($file);
        })*

        #[test]
        fn every_story_is_told() {
            let files = std::fs::read_dir(folder()).expect("there are stories");
            let files = files.map(|file| {
                let name = file.expect("a file").file_name();
                name.to_string_lossy().into_owned()
            });
            let told = [$($file.to_owned()),*];
            assert_eq!(files.collect::<BTreeSet<_>>(), BTreeSet::from(told));
        }
    };
}

stories! {
    a_branch_behind: "a-branch-behind.md",
    a_sync_that_changes: "a-sync-that-changes.md",
    changed_under_a_version: "changed-under-a-version.md",
    an_older_branch: "an-older-branch.md",
    a_checkout_on_no_branch: "a-checkout-on-no-branch.md",
    everyone_agrees: "everyone-agrees.md",
    an_addition: "an-addition.md",
    what_is_kept: "what-is-kept.md",
    a_removal: "a-removal.md",
    the_importer_follows: "the-importer-follows.md",
    the_importer_breaks: "the-importer-breaks.md",
    mistakes: "mistakes.md",
    the_demo: "the-demo.md",
    the_graph: "the-graph.md",
    a_realm_from_nothing: "a-realm-from-nothing.md",
    help: "help.md",
    doctor: "doctor.md",
    compat_and_semver: "compat-and-semver.md",
    formats: "formats.md",
    compatibility: "compatibility.md",
    hooks: "hooks.md",
    the_realms_own_checkout: "the-realms-own-checkout.md",
    what_is_asked_for: "what-is-asked-for.md",
    only_what_is_new: "only-what-is-new.md",
    sync: "sync.md",
    sync_a_break: "sync-a-break.md",
    sync_of_constants: "sync-of-constants.md",
    sync_narrows: "sync-narrows.md",
    sync_refused: "sync-refused.md",
    a_sync_that_is_refused: "a-sync-that-is-refused.md",
    notifications: "notifications.md",
    who_did_what: "who-did-what.md",
    a_realm_by_its_address: "a-realm-by-its-address.md",
    who_is_behind: "who-is-behind.md",
    agreed_and_renamed: "agreed-and-renamed.md",
    patterns: "patterns.md",
    what_was_seen: "what-was-seen.md",
    contracts: "contracts.md",
    can_merge: "can-merge.md",
    undecided: "undecided.md",
    worktrees: "worktrees.md",
    from_code: "from-code.md",
    a_contract_ends: "a-contract-ends.md",
    what_ails_a_realm: "what-ails-a-realm.md",
    the_early_layout: "the-early-layout.md",
    whose_contract: "whose-contract.md",
    two_that_wait: "two-that-wait.md",
    on_its_way_out: "on-its-way-out.md",
    read_from_the_same_files: "read-from-the-same-files.md",
    a_folder_of_a_repository: "a-folder-of-a-repository.md",
    an_exporter_leaves: "an-exporter-leaves.md",
    code_that_is_elsewhere: "code-that-is-elsewhere.md",
    merged_by_a_forge: "merged-by-a-forge.md",
}
