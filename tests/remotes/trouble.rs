//! Disks and clones that fail under a sync: a clear sentence, nothing lost, and running it again finishes.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::served::{FUNGAL, Served};

const SYNC: &str = "blue -C aperture realm sync";

/// The clone that Blue keeps.
fn clone_of(served: &Served) -> PathBuf {
    let realms = served.world.blue_home().join("realms");
    let found = std::fs::read_dir(&realms).expect("there are clones");
    let mut found = found.map(|it| it.expect("an entry").path());
    found
        .find(|it| it.is_dir() && it.ends_with("letemcook"))
        .expect("one of the realm")
}

/// One sync of one contract stands there, and running it again adds nothing.
fn is_synced(served: &Served) {
    served.ok(SYNC);
    let branches = served.branches();
    assert_eq!(branches.len(), 2, "{branches:?}");
    let commits = served.ok(&format!(
        "git -C realm-letemcook.git log --format=%s main..{}",
        branches[1]
    ));
    assert_eq!(
        commits,
        "s3-permissions 1.4.0 → 1.5.0: added jobs/*/report.json to write\n"
    );
    served.ok("git -C realm-letemcook.git fsck --strict");
}

/// What goes wrong is said in a sentence, and is no fault of Blue's own.
fn is_clear(said: &str, exit: i32) {
    assert!(exit == 3, "{exit}: {said}");
    assert!(
        said.contains("error: ") && !said.contains("fault of Blue"),
        "{said}"
    );
}

#[test]
fn a_clone_that_is_deleted_is_made_again() {
    let served = Served::with_a_change();
    served.ok(SYNC);
    std::fs::remove_dir_all(clone_of(&served)).expect("it can be deleted");
    is_synced(&served);
    std::fs::remove_dir_all(served.world.blue_home()).expect("all of it");
    is_synced(&served);
}

/// As a killed clone or a bad disk leaves it: each part of it gone or cut short.
#[test]
fn a_clone_that_is_half_there() {
    for part in ["HEAD", "config", "objects", "refs", "packed-refs"] {
        let served = Served::with_a_change();
        served.ok("blue -C aperture status --fetch");
        let path = clone_of(&served).join(part);
        match path.is_dir() {
            true => std::fs::remove_dir_all(&path).expect("a folder"),
            false if path.is_file() => std::fs::write(&path, "").expect("a file"),
            false => {}
        }
        let (said, exit) = served.run(SYNC);
        assert_eq!(exit, 0, "{part}: {said}");
        is_synced(&served);
    }
}

/// The realm itself is gone, and comes back.
#[test]
fn a_realm_that_is_deleted() {
    let served = Served::with_a_change();
    let (there, away) = (
        served.world.path("realm-letemcook.git"),
        served.world.path("away.git"),
    );
    std::fs::rename(&there, &away).expect("it can be moved");
    let (said, exit) = served.run(SYNC);
    is_clear(&said, exit);
    assert!(said.contains("realm-letemcook.git"), "{said}");
    std::fs::rename(&away, &there).expect("it can be moved back");
    is_synced(&served);
}

#[test]
fn whoever_holds_the_clone_is_waited_for_unless_he_is_gone() {
    let served = Served::with_a_change();
    let gate = served.server.close_gate();
    let first = served.start(SYNC);
    gate.arrived();
    let second = served.start(&format!("blue -C {FUNGAL} ack"));
    gate.open();
    for one in [first, second] {
        let over = one.over();
        assert_eq!(
            over.status.code(),
            Some(0),
            "{}{}",
            over.stdout,
            over.stderr
        );
    }
    is_synced(&served);

    let served = Served::with_a_change();
    let gate = served.server.close_gate();
    let first = served.start(SYNC);
    gate.arrived();
    first.kill();
    is_synced(&served);
    drop(gate);
}

/// A disk on which files may not grow beyond a size, by RLIMIT_FSIZE (`ulimit -f`) with its signal ignored, so that a
/// write fails as on a full one: this needs no root and no mount.
#[test]
fn a_disk_that_is_full() {
    let mut failed = 0;
    for blocks in [0, 1, 2, 8, 24, 64] {
        let served = Served::with_a_change();
        let (said, exit) = on_a_full_disk(&served, blocks);
        if exit != 0 {
            is_clear(&said, exit);
            failed += 1;
        }
        assert!(
            served.branches().len() <= 2,
            "{blocks}: {:?}",
            served.branches()
        );
        is_synced(&served);
    }
    assert_ne!(failed, 0, "the disk was never full");
}

fn on_a_full_disk(served: &Served, blocks: u32) -> (String, i32) {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!(
        "trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" -C aperture realm sync"
    ));
    command.arg(Path::new(env!("CARGO_BIN_EXE_blue")));
    let output = served.world.at_home(command).output().expect("sh starts");
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.push_str(&String::from_utf8_lossy(&output.stderr));
    (said, output.status.code().unwrap_or(-1))
}

/// The same on a real one: a small tmpfs in a namespace of its own, where a user may mount one. Elsewhere the test
/// above stands alone. There is room again while the clone is as the failure left it.
#[test]
#[cfg(target_os = "linux")]
fn a_small_disk_that_is_full() {
    let mut failed = 0;
    for kilobytes in [8, 24, 36, 48, 56, 64, 72, 80, 96, 512] {
        let served = Served::with_a_change();
        std::fs::create_dir_all(served.world.blue_home()).expect("it has a parent");
        let Some((first, again)) = on_a_small_disk(&served, kilobytes) else {
            return; // Nobody may mount anything here.
        };
        if first.1 != 0 {
            is_clear(&first.0, first.1);
            failed += 1;
        }
        assert_eq!(again.1, 0, "{kilobytes} kB, then room: {}", again.0);
        // Another machine, with a disk of its own.
        is_synced(&served);
    }
    assert_ne!(failed, 0, "the disk was never full");
}

/// A sync with so much room in Blue's folder, and one with enough; nothing where no disk can be mounted.
#[cfg(target_os = "linux")]
fn on_a_small_disk(served: &Served, kilobytes: u32) -> Option<((String, i32), (String, i32))> {
    let mut command = Command::new("unshare");
    command.args(["-Urm", "sh", "-c"]).arg(format!(
        "mount -t tmpfs -o size={kilobytes}k none \"$BLUE_HOME\" || exit 77
         \"$0\" -C aperture realm sync 2>&1; echo \"=$?\"
         mount -o remount,size=64m \"$BLUE_HOME\" || exit 77
         \"$0\" -C aperture realm sync 2>&1; echo \"=$?\""
    ));
    command.arg(Path::new(env!("CARGO_BIN_EXE_blue")));
    let output = served.world.at_home(command).output().ok()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        return None;
    }
    let mut runs = Vec::new();
    let mut lines = String::new();
    for line in said.lines() {
        match line.strip_prefix('=').and_then(|code| code.parse().ok()) {
            Some(code) => runs.push((std::mem::take(&mut lines), code)),
            None => lines.push_str(&format!("{line}\n")),
        }
    }
    let again = runs.pop()?;
    Some((runs.pop()?, again))
}
