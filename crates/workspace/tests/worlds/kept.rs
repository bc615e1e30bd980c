//! What is kept in `.blue/cache.db` changes no answer, whatever happened to the files and to the database
//! since; and nothing is written where nothing is to be.

use std::collections::BTreeMap;
use std::fs;
use std::time::SystemTime;

use blue_coordination::{Cache, FileSummary, Use};
use blue_detect::{Dialect, StatementCache, encode, made_by, summarise_text};
use blue_workspace::{Caching, Options};

use crate::world::{BINDING, CALIBRATE, World, opened, opened_with, said, said_anew, writes};

const NOTHING: [&str; 0] = [];
const CACHE: &str = "aperture/.blue/cache.db";
const ADDED: [&str; 1] = ["export-added jobs/publish.py:2"];
/// Of one length: what is seen in them is not.
const PUBLISH: [&str; 2] = ["jobs/1/published.json", "jobs/a_job/out2.json"];

/// What is said, with what was kept before; what was made is kept.
fn said_and_kept(world: &World) -> Vec<String> {
    let workspace = opened(world, &["aperture"]);
    let said = said(world, &workspace, "aperture");
    workspace.keeper().keep();
    said
}

/// What is said where nothing is kept.
fn said_alone(world: &World) -> Vec<String> {
    let options = Options {
        caching: Caching::Nothing,
        ..Options::default()
    };
    let workspace = opened_with(world, &["aperture"], options);
    let said = said(world, &workspace, "aperture");
    workspace.keeper().keep();
    said
}

fn cache(world: &World) -> Cache {
    Cache::open(&world.path(CACHE)).unwrap()
}

/// Hits and misses since it was asked last.
fn uses(world: &World, before: &mut (u64, u64)) -> (u64, u64) {
    let counts = cache(world).stored(Use::Summaries).unwrap().counts;
    let since = (counts.hits - before.0, counts.misses - before.1);
    *before = (counts.hits, counts.misses);
    since
}

/// Has the cache say of a file, as it stands, what is true of other code.
fn poison(world: &World, path: &str, code: &str) {
    let mut cache = cache(world);
    let text = world.read(&format!("aperture/{path}"));
    let fresh = StatementCache::default();
    let other = summarise_text(code, Dialect::Python, &fresh, &mut || false).unwrap();
    let file = FileSummary {
        path: path.to_owned(),
        mtime: 0,
        size: 0,
        content: blue_detect::ContentHash::of(&text).0,
        summary: encode(&other).unwrap(),
    };
    cache.keep_summaries(made_by(), &[file]).unwrap();
}

/// All files below a folder, with their bytes.
fn files(world: &World, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(world.path(folder)).unwrap().flatten() {
        let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(files(world, &name)),
            false => {
                found.insert(name, fs::read(entry.path()).unwrap());
            }
        }
    }
    found
}

#[test]
fn a_second_run_makes_nothing_again_and_says_the_same() {
    let world = World::new();
    world.write("aperture/jobs/publish.py", writes(PUBLISH[0]));
    let mut before = (0, 0);
    assert_eq!(said_and_kept(&world), ADDED);
    assert_eq!(uses(&world, &mut before), (0, 3));
    assert_eq!(said_and_kept(&world), ADDED);
    assert_eq!(uses(&world, &mut before), (3, 0));
    world.write("aperture/jobs/publish.py", writes(PUBLISH[1]));
    assert_eq!(said_and_kept(&world), ADDED);
    assert_eq!(uses(&world, &mut before), (2, 1));
}

#[test]
fn a_change_that_neither_size_nor_time_shows_is_seen() {
    let world = World::new();
    let path = world.path("aperture/jobs/publish.py");
    let mut found = Vec::new();
    for key in PUBLISH {
        world.write("aperture/jobs/publish.py", writes(key));
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let workspace = opened(&world, &["aperture"]);
        let report = workspace.snapshot().report(&world.path("aperture"));
        let report = report.unwrap().unwrap();
        workspace.keeper().keep();
        found.extend(report.findings.iter().map(|it| it.message.contains(key)));
    }
    assert_eq!(found, [true, true]);
}

#[test]
fn what_a_binding_says_of_wrappers_is_asked_of_kept_summaries_too() {
    let world = World::new();
    world.write(
        "aperture/jobs/publish.py",
        "import mylib\nmylib.save('jobs/1/published.json', b'')\nimport boto3\n",
    );
    assert_eq!(said_and_kept(&world), NOTHING);
    world.write(
        BINDING,
        "repo: aperture\nexports:\n  - contract: s3-permissions\n    source_files: [\"jobs/*.py\"]\n    detect:\n      - s3: { wrappers: [\"mylib.save(key=0)\"] }\n",
    );
    world.commit("realm");
    let with = said_and_kept(&world);
    assert_eq!(with, said_alone(&world));
    assert_eq!(with, ADDED);
}

#[test]
fn nothing_is_written_where_nothing_is_kept() {
    let world = World::new();
    let before = files(&world, "aperture");
    assert_eq!(said_alone(&world), NOTHING);
    assert_eq!(files(&world, "aperture"), before);
    // Nor by who only asks.
    assert_eq!(said_anew(&world, "aperture"), NOTHING);
    assert_eq!(files(&world, "aperture"), before);
    // What lies in its place is no database.
    fs::create_dir(world.path(CACHE)).unwrap();
    assert_eq!(said_and_kept(&world), NOTHING);
    assert_eq!(files(&world, "aperture"), before);
}

#[test]
fn only_the_cache_is_written() {
    let world = World::new();
    let mut before = files(&world, "aperture");
    assert_eq!(said_and_kept(&world), NOTHING);
    let mut after = files(&world, "aperture");
    after.retain(|path, _| !path.starts_with(CACHE));
    // git may note there what it found unchanged.
    for all in [&mut before, &mut after] {
        all.retain(|path, _| path != "aperture/.git/index");
    }
    assert_eq!(after, before);
    assert!(world.path(CACHE).is_file());
}

#[test]
fn one_that_git_tracks_is_believed_nothing() {
    let world = World::new();
    said_and_kept(&world);
    poison(&world, "jobs/calibrate.py", "x = 1\n");
    // So it would be wrong, in whatever way somebody who may write it wants.
    assert_ne!(said_anew(&world, "aperture"), NOTHING);
    world.commit("aperture");
    let before = fs::read(world.path(CACHE)).unwrap();
    assert_eq!(said_and_kept(&world), NOTHING);
    assert_eq!(fs::read(world.path(CACHE)).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed() {
    let world = World::new();
    world.write("elsewhere/notes.txt", "");
    std::os::unix::fs::symlink(world.path("elsewhere/notes.txt"), world.path(CACHE)).unwrap();
    assert_eq!(said_and_kept(&world), NOTHING);
    assert_eq!(world.read("elsewhere/notes.txt"), "");
}

#[test]
fn what_another_blue_made_is_made_again() {
    let world = World::new();
    said_and_kept(&world);
    let kept = cache(&world).summaries(made_by()).unwrap();
    poison(&world, "jobs/calibrate.py", "x = 1\n");
    let wrong = cache(&world).summaries(made_by()).unwrap();
    assert_ne!(wrong, kept);
    let wrong: Vec<FileSummary> = wrong
        .into_iter()
        .map(|it| FileSummary {
            path: it.path,
            mtime: 0,
            size: 0,
            content: it.content,
            summary: it.summary,
        })
        .collect();
    cache(&world).keep_summaries("0.0.9-other", &wrong).unwrap();
    assert_eq!(said_and_kept(&world), NOTHING);
    assert_eq!(said_and_kept(&world), NOTHING);
}

#[test]
fn entries_of_files_that_are_gone_are_removed() {
    let world = World::new();
    said_and_kept(&world);
    let paths = |world: &World| {
        let kept = cache(world).summaries(made_by()).unwrap();
        let mut paths: Vec<_> = kept.into_iter().map(|it| it.path).collect();
        paths.sort();
        paths
    };
    assert_eq!(paths(&world), ["jobs/calibrate.py", "jobs/segment.py"]);
    fs::rename(
        world.path("aperture/jobs/calibrate.py"),
        world.path("aperture/jobs/calibration.py"),
    )
    .unwrap();
    said_and_kept(&world);
    // Its text is known by the name it had; one more run finds it by the new one.
    said_and_kept(&world);
    assert_eq!(paths(&world), ["jobs/calibration.py", "jobs/segment.py"]);
}

#[test]
fn a_worktree_has_the_cache_of_the_main_checkout() {
    let world = World::new();
    let git = world.git("aperture");
    git.worktree("feature", &world.path("aperture-feature"), None)
        .unwrap();
    said_and_kept(&world);
    let mut before = (0, 0);
    uses(&world, &mut before);
    let workspace = opened(&world, &["aperture-feature"]);
    assert_eq!(said(&world, &workspace, "aperture-feature"), NOTHING);
    workspace.keeper().keep();
    assert_eq!(uses(&world, &mut before), (2, 0));
    assert!(!world.path("aperture-feature/.blue/cache.db").exists());
}

#[test]
fn a_damaged_one_is_set_aside_and_made_again() {
    let world = World::new();
    said_and_kept(&world);
    let sound = fs::read(world.path(CACHE)).unwrap();
    for damaged in [&b"no database"[..], &sound[..sound.len() / 2], &[0; 8192]] {
        fs::write(world.path(CACHE), damaged).unwrap();
        assert_eq!(said_and_kept(&world), NOTHING, "{} bytes", damaged.len());
        assert_eq!(said_and_kept(&world), NOTHING, "{} bytes", damaged.len());
        assert_eq!(cache(&world).summaries(made_by()).unwrap().len(), 2);
    }
    let beside = fs::read_dir(world.path("aperture/.blue"))
        .unwrap()
        .flatten();
    let aside = beside.filter(|it| it.file_name().to_string_lossy().ends_with(".damaged"));
    assert_eq!(aside.count(), 1);
}

#[test]
fn several_at_once_say_what_one_says() {
    let world = World::new();
    world.write("aperture/jobs/publish.py", writes(PUBLISH[0]));
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| said_and_kept(&world)))
            .collect();
        for run in runs {
            assert_eq!(run.join().unwrap(), ADDED);
        }
    });
    assert_eq!(cache(&world).summaries(made_by()).unwrap().len(), 3);
}

#[test]
fn two_files_with_one_text_are_made_once() {
    let world = World::new();
    world.write("aperture/jobs/other.py", CALIBRATE);
    let mut before = (0, 0);
    said_and_kept(&world);
    uses(&world, &mut before);
    said_and_kept(&world);
    assert_eq!(uses(&world, &mut before).1, 0);
}
