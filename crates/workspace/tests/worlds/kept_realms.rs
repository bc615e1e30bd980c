//! What a realm says is the same whether its files were kept, are known from the last time, or are read anew: after
//! every edit of one, committed or not, and whatever happened to what is kept.

use std::fs;
use std::sync::Arc;

use blue_coordination::{Cache, RealmFile, Use};
use blue_realm::stored::{FileKey, encode, made_by};
use blue_realm::{Problem, Realm, parse_file};
use blue_workspace::{Caching, Options, Workspace};

use crate::world::{BINDING, CONTRACT, CONTRACT_TEXT, World, changed, opened, opened_with, run};

const CACHE: &str = "aperture/.blue/cache.db";
const RELEASE: &str = "realm/domains/s3-access/contracts/s3-permissions/1.4.0.yaml";

/// A file, and what is wrong with it.
type OfFile = (String, Vec<Problem>);

/// Of one realm: each state, and what is wrong with it.
#[derive(Debug, PartialEq)]
struct Said {
    states: Vec<(Arc<Realm>, Vec<OfFile>)>,
    unjudged: Vec<Arc<str>>,
    findings: Vec<String>,
}

fn said(world: &World, workspace: &Workspace) -> Said {
    let root = world.path("aperture");
    let states = workspace.snapshot().realm_states(&root);
    let [realm] = &states[..] else {
        panic!("{} realms", states.len());
    };
    let of = |realm: &Arc<Realm>| {
        let files = realm.files();
        let files = files.map(|file| (file.path.to_string(), realm.problems_of(&file.path, None)));
        (realm.clone(), files.collect())
    };
    let all = [
        Some(&realm.record),
        Some(&realm.working),
        realm.base.as_ref().map(|(base, _)| base),
    ];
    let report = workspace.snapshot().report(&root).unwrap().unwrap();
    let findings = report.findings.iter();
    Said {
        states: all.into_iter().flatten().map(of).collect(),
        unjudged: realm.unjudged.clone(),
        findings: findings
            .map(|it| format!("{} {:?}", it.message, it.place))
            .collect(),
    }
}

fn said_alone(world: &World) -> Said {
    let options = Options {
        caching: Caching::Nothing,
        ..Options::default()
    };
    said(world, &opened_with(world, &["aperture"], options))
}

fn said_and_kept(world: &World) -> Said {
    let workspace = opened(world, &["aperture"]);
    let said = said(world, &workspace);
    workspace.keeper().keep();
    said
}

fn cache(world: &World) -> Cache {
    Cache::open(&world.path(CACHE)).unwrap()
}

/// Hits and misses.
fn uses(world: &World) -> (u64, u64) {
    let counts = cache(world).stored(Use::Contracts).unwrap().counts;
    (counts.hits, counts.misses)
}

/// What somebody does to a file of the realm.
enum Edit {
    Write(&'static str, Vec<u8>),
    Remove(&'static str),
    #[cfg(unix)]
    Link(&'static str),
    Commit,
}

fn edits() -> Vec<Edit> {
    use Edit::{Commit, Remove, Write};
    let write = |path, text: &str| Write(path, text.as_bytes().to_vec());
    let moved = CONTRACT_TEXT.replace("jobs/*/out.json", "jobs/*/out2.jso");
    let windows = CONTRACT_TEXT.replace('\n', "\r\n");
    vec![
        // Of the same length.
        write(CONTRACT, &moved),
        Commit,
        write(CONTRACT, CONTRACT_TEXT),
        write(CONTRACT, &windows),
        Commit,
        write(CONTRACT, "name: [\n"),
        write(CONTRACT, ""),
        Commit,
        Write(CONTRACT, b"name: s3-permissions\n# \xff\n".to_vec()),
        write(CONTRACT, &"#".repeat(blue_realm::limits::FILE_BYTES)),
        write(CONTRACT, &"#".repeat(blue_realm::limits::FILE_BYTES + 1)),
        Remove(CONTRACT),
        Commit,
        write(
            CONTRACT,
            &format!("{CONTRACT_TEXT}x-own: {{a: [1, -1, 1.5, null, true]}}\nwrong: 1\n"),
        ),
        write(
            RELEASE,
            "schema: {type: object}\nvalue: {read: [1.0e+100, 0.1]}\n",
        ),
        Commit,
        write(
            "realm/realm.yaml",
            "name: letemcook\nversion: 1.0.0\ntrust: {mode: federation}\n",
        ),
        write(
            "realm/repos/aperture.yaml",
            "name: aperture\nmaintainers: [mia@example.com]\n",
        ),
        write(
            "realm/domains/s3-access/governance.yaml",
            "approvers: [mia@example.com]\nadmission: open\n",
        ),
        write(
            "realm/domains/s3-access/acceptances/fungal-image-analysis.yaml",
            "acceptances:\n  - fingerprint: abc\n    until: 2027-01-01\n",
        ),
        write(
            BINDING,
            "repo: aperture\nexports:\n  - contract: s3-permissions\n    source_files: [\"jobs/*.py\"]\n    detect:\n      - s3: {wrappers: [\"mylib.save(key=0)\"]}\n      - symbol: {symbol: jobs.keys, into: read}\n",
        ),
        Commit,
        write("realm/README.md", "of no format\n"),
        Remove(RELEASE),
        #[cfg(unix)]
        Edit::Link(RELEASE),
        Commit,
        write(
            "realm/.gitignore",
            "domains/s3-access/contracts/notes.yaml\n",
        ),
        write(
            "realm/domains/s3-access/contracts/notes.yaml",
            CONTRACT_TEXT,
        ),
        write(CONTRACT, CONTRACT_TEXT),
        Commit,
    ]
}

fn done(world: &World, edit: &Edit) -> &'static str {
    match edit {
        Edit::Write(path, text) => {
            if fs::symlink_metadata(world.path(path)).is_ok_and(|it| it.is_symlink()) {
                world.remove(path);
            }
            world.write(path, text);
            path
        }
        Edit::Remove(path) => {
            world.remove(path);
            path
        }
        #[cfg(unix)]
        Edit::Link(path) => {
            std::os::unix::fs::symlink("../s3-permissions.yaml", world.path(path)).unwrap();
            path
        }
        Edit::Commit => {
            world.commit("realm");
            "realm/.git/HEAD"
        }
    }
}

#[test]
fn every_edit_is_seen_as_if_nothing_was_known() {
    let world = World::new();
    let mut live = opened(&world, &["aperture"]);
    said_and_kept(&world);
    for (at, edit) in edits().iter().enumerate() {
        let path = done(&world, edit);
        let fresh = said_alone(&world);
        assert_eq!(
            said_and_kept(&world),
            fresh,
            "edit {at}, what it makes is new"
        );
        assert_eq!(said_and_kept(&world), fresh, "edit {at}, all is kept");
        changed(&world, &mut live, &[path]);
        assert_eq!(said(&world, &live), fresh, "edit {at}, of one who saw it");
    }
    // Nothing was made again that was kept.
    let (hits, misses) = uses(&world);
    assert!(hits > 4 * misses, "{hits} hits, {misses} misses");
}

#[test]
fn what_is_kept_is_believed_only_of_these_bytes_and_this_program() {
    let world = World::new();
    let fresh = said_and_kept(&world);
    let (path, text) = (CONTRACT.strip_prefix("realm/").unwrap(), CONTRACT_TEXT);
    let other = parse_file(path, text.replace("jobs/*/out.json", "lies/*").as_bytes());
    let put = |by: &str, key: &FileKey, file: Vec<u8>| {
        let content = key.0;
        let path = path.to_owned();
        let file = RealmFile {
            path,
            content,
            file,
        };
        cache(&world).keep_realm_files(by, &[file], &[]).unwrap();
    };
    let key = FileKey::of(path, text.as_bytes());
    let lie = encode(&other, &key).unwrap();
    // So it would be wrong: what follows can fail.
    put(made_by(), &key, lie.clone());
    assert_ne!(said_and_kept(&world), fresh);
    // Another program's.
    put("0.0.9-other", &key, lie.clone());
    assert_eq!(said_and_kept(&world), fresh);
    // Of other bytes, or of the same elsewhere, put where these are looked for.
    for not_it in [
        FileKey::of(path, b"name: s3-permissions\n"),
        FileKey::of(
            "domains/other/contracts/s3-permissions.yaml",
            text.as_bytes(),
        ),
    ] {
        put(made_by(), &key, encode(&other, &not_it).unwrap());
        assert_eq!(said_and_kept(&world), fresh);
    }
    for cut in [0, 1, 5, lie.len() / 2, lie.len() - 1] {
        put(made_by(), &key, lie[..cut].to_vec());
        assert_eq!(said_and_kept(&world), fresh, "cut off at {cut}");
        assert_eq!(said_and_kept(&world), fresh, "made again");
    }
}

#[test]
fn a_damaged_database_is_made_again() {
    let world = World::new();
    let fresh = said_and_kept(&world);
    let sound = fs::read(world.path(CACHE)).unwrap();
    for damaged in [&b"no database"[..], &sound[..sound.len() / 2], &[0; 8192]] {
        fs::write(world.path(CACHE), damaged).unwrap();
        assert_eq!(said_and_kept(&world), fresh, "{} bytes", damaged.len());
        let (before, _) = uses(&world);
        assert_eq!(said_and_kept(&world), fresh, "{} bytes", damaged.len());
        assert!(uses(&world).0 > before);
    }
}

#[test]
fn several_at_once_say_what_one_says() {
    let world = World::new();
    let fresh = said_alone(&world);
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| said_and_kept(&world)))
            .collect();
        for run in runs {
            assert_eq!(run.join().unwrap(), fresh);
        }
    });
}

#[test]
fn what_is_of_no_use_any_more_does_not_pile_up() {
    let world = World::new();
    for number in 0..40 {
        world.write(CONTRACT, format!("{CONTRACT_TEXT}x-number: {number}\n"));
        said_and_kept(&world);
    }
    let entries = cache(&world).stored(Use::Contracts).unwrap().entries;
    // Seven files, of which one has been 40 different ones.
    assert!((8..=16).contains(&entries), "{entries}");
}

#[test]
fn a_realm_that_is_stopped_to_be_read_takes_nothing_away() {
    let world = World::new();
    said_and_kept(&world);
    let before = cache(&world).stored(Use::Contracts).unwrap().entries;
    let mut workspace = Workspace::new(Options::default());
    let loads = workspace.add_folder(&world.path("aperture"));
    workspace.stop_loading();
    run(&mut workspace, loads);
    workspace.keeper().keep();
    assert_eq!(
        cache(&world).stored(Use::Contracts).unwrap().entries,
        before
    );
}
