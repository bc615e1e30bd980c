//! Taking part in a realm, and leaving it, killed between any two steps and run again: the same as done once.

use std::path::Path;

use blue_git::CommitId;

use super::contracts::is_safe;
use super::world::*;
use crate::admin::{
    Anyway, Init, Join, NewDomain, NewImport, add_to_domain, create_domain, import, init, join,
    leave, take_from_domain,
};

/// The importer imports nothing.
fn unbound() -> World {
    World::with(&[(BINDING, "repo: fungal-image-analysis\n")])
}

/// The importer has no binding either.
fn alone() -> World {
    let world = World::new();
    let made = world.made("rosa", world.main(), &[(BINDING, None)]);
    world.push("main", made);
    world
}

#[test]
fn each_verb_of_a_repositorys_life() {
    let station = || Join {
        repo: "station".to_owned(),
        path: Some("../station".to_owned()),
        ..Join::default()
    };
    let masks = NewDomain {
        name: "masks".to_owned(),
        repos: vec!["aperture".to_owned(), "fungal-image-analysis".to_owned()],
        contract: Some(("mask-layout".to_owned(), "aperture".to_owned())),
        files: vec!["jobs/**".to_owned()],
        bucket: None,
        constant: None,
        first: None,
        bound: vec![(
            "fungal-image-analysis".to_owned(),
            vec!["infra/stack.py".to_owned()],
        )],
    };
    let wish = NewImport {
        domain: "s3-access".to_owned(),
        contract: "s3-permissions".to_owned(),
        version: ">=1.4.0, <2.0.0".to_owned(),
        binding: vec!["infra/stack.py".to_owned()],
    };
    is_safe(World::new, "rosa", &move |base, actor| {
        join(base, &station(), actor, NOW)
    });
    is_safe(World::new, "ada", &move |base, actor| {
        Ok(create_domain(base, &masks, actor, NOW)?.0)
    });
    is_safe(World::new, "ada", &|base, actor| {
        add_to_domain(base, "s3-access", "station", actor)
    });
    is_safe(alone, "ada", &|base, actor| {
        take_from_domain(base, "s3-access", "fungal-image-analysis", actor)
    });
    is_safe(unbound, "finn", &move |base, actor| {
        import(base, "fungal-image-analysis", &wish, actor)
    });
    is_safe(World::new, "finn", &|base, actor| {
        leave(base, "fungal-image-analysis", Anyway::No, actor)
    });
}

/// A realm is made whole inside its folder and then moved out, an entry after the other: wherever that was cut short,
/// running it again leaves what one run leaves.
#[test]
fn a_realm_that_is_being_made() {
    let folder = tempfile::tempdir().unwrap();
    let make = |path: &Path| {
        let wish = Init {
            name: "letemcook",
            path,
            beside: &[(".github/workflows/blue.yaml", "name: blue\n")],
        };
        as_who("ada", |ask| init(&wish, ask)).unwrap()
    };
    let whole = folder.path().join("whole");
    let first = make(&whole).unwrap();
    let entries = entries(&whole);
    assert!(entries.len() > 3, "{entries:?}");
    for moved in 0..=entries.len() {
        let path = folder.path().join(format!("moved-{moved}"));
        make(&path);
        let inside = path.join(".blue-new");
        std::fs::create_dir(&inside).unwrap();
        for entry in &entries[moved..] {
            std::fs::rename(path.join(entry), inside.join(entry)).unwrap();
        }
        make(&path);
        is_whole(&path, &entries, first);
    }
    // Killed before it was whole.
    let path = folder.path().join("begun");
    let part = path.join(".blue-new-part");
    std::fs::create_dir_all(part.join(".git")).unwrap();
    std::fs::write(part.join("realm.yaml"), "name: let").unwrap();
    assert_eq!(make(&path), Some(first));
    is_whole(&path, &entries, first);
}

fn entries(path: &Path) -> Vec<String> {
    let all = std::fs::read_dir(path).unwrap();
    let names = all.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn is_whole(path: &Path, expected: &[String], first: CommitId) {
    assert_eq!(entries(path), expected);
    let git = git2::Repository::open(path).unwrap();
    assert_eq!(
        git.head().unwrap().target().unwrap().to_string(),
        first.to_string()
    );
    assert!(git.statuses(None).unwrap().is_empty(), "{}", path.display());
}
