//! Whoever asks with `--dry-run` what a command would do finds every file as it was, byte for byte: those of the
//! repositories, of the realm's checkout with its `.git`, of the remotes, of Blue's home and of the user's. Which
//! commands take it is asked of the program, so that a new one cannot be forgotten: it has no row here, and this fails.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::json::commands;
use crate::world::World;

/// A command, where it is asked, and with what beside `--dry-run`. `{URL}` is the address of the realm's remote.
const ROWS: &[(&str, &str, &str)] = &[
    ("realm sync", "aperture", ""),
    ("realm sync", "fungal-image-analysis", ""),
    ("realm sync", "realm-letemcook", ""),
    ("realm sync", "aperture", "--json"),
    ("ack", "fungal-image-analysis", ""),
    ("ack", "fungal-image-analysis", "--json"),
    (
        "ack",
        "fungal-image-analysis",
        "s3-permissions --accept v1:0123456789abcdef --reason soon",
    ),
    ("realm worktree", "aperture", "--rfc report"),
    ("realm worktree create", "aperture", "--rfc report"),
    ("realm worktree list", "aperture", ""),
    ("realm worktree remove", "aperture", "--rfc there"),
    ("realm worktree", "by-address", "--rfc there"),
    ("realm admin init", ".", "--name kitchen"),
    ("realm admin join", "lab", "../realm-letemcook"),
    ("realm admin join", "lab", "{URL}"),
    (
        "realm admin domain create",
        "aperture",
        "queues --repos aperture",
    ),
    (
        "realm admin domain create",
        "by-address",
        "queues --repos aperture",
    ),
    ("realm admin domain add-member", "aperture", "s3-access lab"),
    (
        "realm admin domain remove-member",
        "aperture",
        "s3-access later",
    ),
    ("realm admin domain list", "aperture", ""),
    ("realm admin domain show", "aperture", "s3-access"),
    (
        "realm admin export",
        "aperture",
        "more --domain s3-access --symbol JOBS --files models/*.py",
    ),
    (
        "realm admin import",
        "fungal-image-analysis",
        "s3-permissions --domain s3-access --version ^1 --binding infra/stack.py",
    ),
    (
        "realm admin contract deprecate",
        "aperture",
        "s3-permissions --sunset 2999-01-31",
    ),
    (
        "realm admin contract rename",
        "aperture",
        "unused bucket-access",
    ),
    (
        "realm admin contract remove",
        "aperture",
        "unused --domain s3-access",
    ),
    ("realm admin health", "aperture", ""),
    ("realm admin health", "aperture", "--confirm"),
    ("realm admin migrate", "realm-letemcook", ""),
    ("realm admin codeowners", "realm-letemcook", ""),
    ("realm admin cache clear", "aperture", ""),
    ("realm admin trust", "aperture", ""),
    ("realm admin trust", "aperture", "https://example.com/*"),
    ("realm admin leave", "fungal-image-analysis", ""),
];

/// The demo's world, with a sync that waits, a worktree, a repository that has not joined, one that knows the realm by
/// its address alone, and what a realm of the early layout leaves to be migrated; nobody has fetched for a while.
fn world() -> World {
    let world = World::make();
    let run = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let (said, exit) = world.run(&words);
        assert_eq!(exit, 0, "{line}: {said}");
    };
    world.edit(
        "aperture/jobs/segment.py",
        "     write_json(f\"{JOBS}/{job_id}/out.json\", {\"tiles\": len(manifest[\"tiles\"])})\n\
         +    write_json(f\"{JOBS}/{job_id}/report.json\", {\"plate\": plate})\n",
    );
    run("git -C aperture commit -qam Reports");
    run("blue -C aperture realm sync");
    run(
        "blue -C aperture realm admin export unused --domain s3-access --symbol PLATES --files models/*.py --yes",
    );
    run("blue -C aperture realm admin domain add-member s3-access later --yes");
    run("blue -C aperture realm worktree --rfc there --repos aperture");
    run("blue -C aperture realm check");
    // What waits has another value than the code has now.
    world.edit(
        "aperture/jobs/segment.py",
        "     write_json(f\"{JOBS}/{job_id}/report.json\", {\"plate\": plate})\n\
         +    write_json(f\"{JOBS}/{job_id}/log.json\", {\"plate\": plate})\n",
    );
    run("git -C aperture commit -qam Logs");
    run("git clone -q aperture by-address");
    let by_address = "realm:\n  name: letemcook\n  url: ../realm-letemcook.git\nrepo: aperture\n";
    world.write("by-address/.blue/config.yaml", by_address);
    world.write("lab/main.py", "print('nothing')\n");
    run("git -C lab init -q -b main");
    run("git -C lab add .");
    run("git -C lab commit -qm Nothing");
    // Somebody else writes to the realm, of which nobody here has seen the last.
    run("git clone -q realm-letemcook.git elsewhere");
    world.write("elsewhere/domains/lab/exports.yaml", "contracts: []\n");
    run("git -C elsewhere add .");
    run("git -C elsewhere commit -qm Early");
    run("git -C elsewhere push -q");
    run("git -C realm-letemcook fetch -q");
    run("git -C elsewhere commit -qm Later --allow-empty");
    run("git -C elsewhere push -q");
    world
}

/// Every file below a folder, and what is in it.
fn files(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let kind = path.symlink_metadata().expect("it is there").file_type();
        if kind.is_dir() {
            found.insert(path.clone(), Vec::new());
            files(&path, found);
        } else if kind.is_file() {
            let bytes = std::fs::read(&path).expect("a file");
            found.insert(path, bytes);
        }
    }
}

fn snapshot(world: &World) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    files(&world.path(".."), &mut found);
    found
}

#[test]
fn a_dry_run_writes_nothing_anywhere() {
    let world = world();
    let url = format!("file://{}", world.path("realm-letemcook.git").display());
    let mut wrong = Vec::new();
    let before = snapshot(&world);
    for (command, folder, arguments) in ROWS {
        let line = format!("blue -C {folder} {command} {arguments} --dry-run");
        let line = line.replace("{URL}", &url);
        let words: Vec<&str> = line.split_whitespace().collect();
        let (said, exit) = world.run(&words);
        if exit != 0 {
            wrong.push(format!("{line}: {exit}: {said}"));
        }
        let after = snapshot(&world);
        let differ = |(path, bytes): &(&PathBuf, &Vec<u8>), other: &BTreeMap<_, _>| {
            other.get(*path) != Some(*bytes)
        };
        let gone = before.iter().filter(|it| differ(it, &after));
        let new = after.iter().filter(|it| differ(it, &before));
        let paths: BTreeSet<_> = gone.chain(new).map(|(path, _)| path).collect();
        if !paths.is_empty() {
            wrong.push(format!("{line}: writes {paths:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_command_with_a_dry_run_has_a_row() {
    let world = World::empty();
    let mut found = BTreeSet::new();
    commands(&world, &[], &mut found);
    found.retain(|command| {
        let words = ["blue"].into_iter().chain(command.split(' '));
        let words: Vec<&str> = words.chain(["--help"]).collect();
        world.run(&words).0.contains("--dry-run")
    });
    // What makes worktrees without a word is `create`.
    found.insert("realm worktree".to_owned());
    let known = ROWS.iter().map(|(command, ..)| (*command).to_owned());
    assert_eq!(found, known.collect());
}
