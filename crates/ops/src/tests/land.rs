//! Changes of the branch of record.

use std::time::{Duration, SystemTime};

use blue_git::Rewrites;
use blue_realm::Realm;
use blue_realm::edit::set_resolved_version;
use blue_text::apply_edits;

use super::world::{BINDING, World, as_who, open};
use crate::{Error, Freshness, Landed, OpenRealm, Proposed, RealmAt, RealmPlace, Written, land};

fn followed(realm: &Realm, version: &str) -> Result<Option<Written>, Error> {
    let mut proposed = Proposed::of(realm);
    let text = proposed.text(BINDING).unwrap().to_owned();
    let edits = set_resolved_version(&text, 0, version).unwrap();
    proposed.write(BINDING, apply_edits(&text, &edits).unwrap());
    let message = format!("fungal-image-analysis follows s3-permissions {version}");
    Ok((!proposed.files.is_empty()).then_some(Written { proposed, message }))
}

#[test]
fn a_change_lands_and_touches_no_checkout() {
    let world = World::new();
    let place = world.checkout("realm");
    let before = std::fs::read(world.path("realm").join(BINDING)).unwrap();
    let landed = as_who("finn", |ask| {
        let mut realm = open(&place, ask)?;
        land(&mut realm, ask, &mut |realm| followed(realm, "1.3.1"))
    });
    assert!(matches!(landed.unwrap(), Landed::At(at, _) if at == world.main()));
    let text = world.text("main", BINDING).unwrap();
    assert!(text.contains("resolved_version: 1.3.1\n") && text.contains("# until we move"));
    assert_eq!(
        std::fs::read(world.path("realm").join(BINDING)).unwrap(),
        before
    );
    let again = as_who("finn", |ask| {
        let mut realm = open(&place, ask)?;
        land(&mut realm, ask, &mut |realm| followed(realm, "1.3.1"))
    });
    assert!(matches!(again.unwrap(), Landed::Nothing));
}

#[test]
fn what_is_anothers_is_refused_before_anything_is_written() {
    let world = World::new();
    let (place, main) = (world.checkout("realm"), world.main());
    let landed = as_who("eve", |ask| {
        let mut realm = open(&place, ask)?;
        land(&mut realm, ask, &mut |realm| followed(realm, "1.3.1"))
    });
    let error = landed.unwrap_err();
    assert!(matches!(error, Error::NotAllowed(_)), "{error}");
    assert!(error.to_string().contains("eve@example.com"), "{error}");
    assert_eq!(world.main(), main);
}

#[test]
fn a_realm_without_a_remote_and_one_that_is_an_address() {
    let world = World::new();
    let url = format!("file://{}", world.remote_path().display());
    for (version, at) in [
        ("1.3.1", RealmAt::Path(world.remote_path())),
        (
            "1.3.2",
            RealmAt::Url {
                home: world.path("home"),
                url: url.clone(),
            },
        ),
        (
            "1.3.3",
            RealmAt::Url {
                home: world.path("home"),
                url,
            },
        ),
    ] {
        let place = RealmPlace {
            name: "letemcook".into(),
            at,
            follow: None,
        };
        let landed = as_who("finn", |ask| {
            let mut realm = open(&place, ask)?;
            land(&mut realm, ask, &mut |realm| followed(realm, version))
        });
        landed.unwrap();
        let text = world.text("main", BINDING).unwrap();
        assert!(
            text.contains(&format!("resolved_version: {version}\n")),
            "{text}"
        );
    }
}

#[test]
fn of_an_address_that_cannot_be_reached_it_is_said_how_old_the_state_is() {
    let world = World::new();
    let home = world.path("home");
    let place = RealmPlace {
        name: "letemcook".into(),
        at: RealmAt::Url {
            home: home.clone(),
            url: format!("file://{}", world.remote_path().display()),
        },
        follow: None,
    };
    let said = |freshness| {
        as_who("finn", |ask| {
            let realm = OpenRealm::open(&place, freshness, Rewrites::Stop, ask).unwrap();
            crate::status::known(&realm).unwrap()
        })
    };
    let minute = Duration::from_secs(60);
    assert_eq!(
        said(Freshness::Fetched),
        "letemcook as it was fetched just now"
    );
    std::fs::rename(world.remote_path(), world.path("elsewhere")).unwrap();
    let marked = home.join("realms/letemcook/blue-fetched");
    let marked = std::fs::File::options().write(true).open(marked).unwrap();
    marked.set_modified(SystemTime::now() - 2 * minute).unwrap();
    let late = said(Freshness::Within(minute));
    assert!(late.starts_with("letemcook: "), "{late}");
    assert!(
        late.ends_with("; what is said of it is as it was fetched 2 minutes ago"),
        "{late}"
    );
}

#[test]
fn of_many_at_once_none_is_lost() {
    let files: Vec<(String, String)> = (0..8)
        .map(|at| {
            let path = format!("domains/s3-access/bindings/repo-{at}.yaml");
            let import = "contract: s3-permissions\n    version: ^1.0.0\n    binding: a.py";
            let text =
                format!("repo: repo-{at}\nimports:\n  - {import}\n    resolved_version: 1.3.0\n");
            (path, text)
        })
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(p, t)| (p.as_str(), t.as_str()))
        .collect();
    let world = World::with(&files);
    std::thread::scope(|scope| {
        for (at, (path, _)) in files.iter().enumerate() {
            let place = world.checkout(&format!("realm-{at}"));
            scope.spawn(move || {
                let mut make = |realm: &Realm| {
                    let mut proposed = Proposed::of(realm);
                    let text = proposed.text(path).unwrap().to_owned();
                    proposed.write(path, text.replace("1.3.0", "1.4.0"));
                    Ok(Some(Written {
                        proposed,
                        message: "follow".into(),
                    }))
                };
                as_who("rosa", |ask| {
                    loop {
                        let mut realm = open(&place, ask).unwrap();
                        match land(&mut realm, ask, &mut make) {
                            Err(Error::Busy { .. }) => {}
                            done => break done.unwrap(),
                        }
                    }
                });
            });
        }
    });
    for (path, _) in &files {
        let text = world.text("main", path).unwrap();
        assert!(text.contains("1.4.0"), "{text}");
    }
    assert_eq!(
        world
            .remote()
            .first_parents(world.main(), 99)
            .unwrap()
            .len(),
        10
    );
}
