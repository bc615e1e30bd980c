//! What becomes of contracts, and what nobody looks after; each killed between any two steps.

use blue_realm::{Date, DeprecationTarget, Realm};

use super::world::*;
use crate::admin::{
    Deprecate, LastSeen, confirm, deprecate, health, last_seen, remove_contract, rename_contract,
};
use crate::{Actor, Error, Landed, Step, Written, land};

pub(super) type Make<'m> = &'m dyn Fn(&Realm, &Actor) -> Result<Option<Written>, Error>;

/// Lets somebody change the realm from a checkout, killed once after a step.
pub(super) fn change(
    world: &World,
    who: &str,
    step: Option<Step>,
    make: Make<'_>,
) -> Result<Landed, Error> {
    let checkout = world.checkout(who);
    as_who(who, |ask| {
        ask.killed_after = step;
        let mut realm = open(&checkout, ask)?;
        let actor = ask.actor.clone();
        land(&mut realm, ask, &mut |base| make(base, &actor))
    })
}

/// The realm's files at main.
pub(super) fn told(world: &World) -> String {
    let files = world.remote().tree_at(world.main(), "").unwrap();
    let lines = files
        .iter()
        .map(|file| format!("{} {}\n", file.path, file.blob));
    lines.collect()
}

/// A verb done once leaves what it leaves when it was killed at any step and run again, and nothing is left to do.
pub(super) fn is_safe(world: impl Fn() -> World, who: &str, make: Make<'_>) {
    let whole = {
        let world = world();
        change(&world, who, None, make).unwrap();
        told(&world)
    };
    for step in [Step::Planned, Step::Committed, Step::Pushed] {
        let world = world();
        let before = told(&world);
        let killed = change(&world, who, Some(step), make);
        assert!(matches!(killed, Err(Error::Stopped)), "{step:?}");
        let now = told(&world);
        assert!(now == before || now == whole, "{step:?}: all or none");
        change(&world, who, None, make).unwrap();
        assert_eq!(told(&world), whole, "{step:?}");
        let again = change(&world, who, None, make).unwrap();
        assert!(matches!(again, Landed::Nothing), "{step:?}");
    }
}

pub(super) fn refused(done: Result<Landed, Error>) -> String {
    done.unwrap_err().to_string()
}

fn value(text: &str) -> DeprecationTarget {
    DeprecationTarget::Value(text.into())
}

fn deprecation(target: DeprecationTarget, sunset: &str) -> Deprecate<'_> {
    Deprecate {
        domain: "s3-access",
        contract: "s3-permissions",
        target,
        sunset,
        since: None,
        note: Some("read the masks"),
        today: Date::parse("2026-01-06").unwrap(),
    }
}

#[test]
fn a_value_is_on_its_way_out() {
    let target = || value("calibration/current.json");
    is_safe(World::new, "ada", &|base, actor| {
        deprecate(base, &deprecation(target(), "2027-01-31"), actor)
    });
    let world = World::new();
    let at = |sunset: &'static str| {
        change(&world, "ada", None, &move |base, actor| {
            deprecate(base, &deprecation(target(), sunset), actor)
        })
    };
    at("2027-01-31").unwrap();
    let before = world.text("main", CONTRACT).unwrap();
    assert!(before.contains("# What aperture's jobs touch."), "{before}");
    // Said again, with another day: that one line changes.
    at("2027-06-30").unwrap();
    let after = world.text("main", CONTRACT).unwrap();
    assert_eq!(after, before.replace("2027-01-31", "2027-06-30"));
    let realm = world.realm("main");
    let contract = realm.contract("s3-access", "s3-permissions").unwrap();
    assert_eq!(contract.deprecated.len(), 1);
    assert_eq!(contract.deprecated[0].since.as_deref(), Some("1.4.0"));
    // All of it.
    let all = || DeprecationTarget::Pointer("".into());
    change(&world, "ada", None, &|base, actor| {
        deprecate(base, &deprecation(all(), "2027-01-31"), actor)
    })
    .unwrap();
    for (target, sunset, expected) in [
        (
            value("calibration/curent.json"),
            "2027-01-31",
            "has no `calibration/curent.json`",
        ),
        (
            DeprecationTarget::Pointer("/reed".into()),
            "2027-01-31",
            "has no `/reed`",
        ),
        (all(), "soon", "`soon` is no day"),
        (all(), "2026-01-05", "2026-01-05 has passed"),
    ] {
        let done = change(&world, "ada", None, &|base, actor| {
            deprecate(base, &deprecation(target.clone(), sunset), actor)
        });
        let said = refused(done);
        assert!(said.contains(expected), "{said}");
    }
    // Another's.
    let before = told(&world);
    let done = change(&world, "finn", None, &|base, actor| {
        deprecate(
            base,
            &deprecation(value("jobs/*/out.json"), "2027-01-31"),
            actor,
        )
    });
    assert!(matches!(done, Err(Error::NotAllowed(_))), "{done:?}");
    assert_eq!(told(&world), before);
}

#[test]
fn a_contract_goes_when_nobody_imports_it() {
    let remove: Make<'_> =
        &|base, actor| remove_contract(base, ("s3-access", "s3-permissions"), actor);
    let world = World::new();
    let said = refused(change(&world, "ada", None, remove));
    assert!(
        said.contains("is imported by fungal-image-analysis"),
        "{said}"
    );
    let free = || {
        World::with(&[
            (BINDING, "repo: fungal-image-analysis\n"),
            (
                "domains/s3-access/contracts/s3-permissions/1.4.0.yaml",
                "schema: {}\nvalue: {}\n",
            ),
        ])
    };
    is_safe(free, "ada", remove);
    let world = free();
    change(&world, "ada", None, remove).unwrap();
    let left = told(&world);
    assert!(!left.contains("s3-permissions"), "{left}");
    let binding = world.text("main", "domains/s3-access/bindings/aperture.yaml");
    assert!(!binding.unwrap().contains("s3-permissions"));
    // Called otherwise before, it leaves nothing under the old name either.
    let world = free();
    change(&world, "ada", None, &|base, actor| {
        let names = ("s3-permissions", "bucket-access");
        rename_contract(base, "s3-access", names, actor)
    })
    .unwrap();
    change(&world, "ada", None, &|base, actor| {
        remove_contract(base, ("s3-access", "bucket-access"), actor)
    })
    .unwrap();
    let realm = world.realm("main");
    let left: Vec<_> = realm.files().map(|file| file.path.to_string()).collect();
    assert!(
        !left.iter().any(|path| path.contains("/contracts/")),
        "{left:?}"
    );
    // Another's.
    let world = free();
    let done = change(&world, "finn", None, remove);
    assert!(matches!(done, Err(Error::NotAllowed(_))), "{done:?}");
}

/// One who maintains both.
fn shared() -> World {
    World::with(&[
        (
            "repos/fungal-image-analysis.yaml",
            "name: fungal-image-analysis\nmaintainers: [finn@example.com, ada@example.com]\n",
        ),
        (
            "domains/s3-access/acceptances/fungal-image-analysis.yaml",
            "- fingerprint: v1:b610f67570adae1b # agreed\n  contract: s3-permissions\n  change: a path goes\n  reason: unused\n  actor: finn@example.com\n  date: 2026-01-05\n",
        ),
    ])
}

#[test]
fn a_contract_is_called_otherwise_everywhere_at_once() {
    let rename: Make<'_> = &|base, actor| {
        rename_contract(
            base,
            "s3-access",
            ("s3-permissions", "bucket-access"),
            actor,
        )
    };
    is_safe(shared, "ada", rename);
    let world = shared();
    change(&world, "ada", None, rename).unwrap();
    let realm = world.realm("main");
    assert!(realm.contract("s3-access", "s3-permissions").is_none());
    let contract = realm.contract("s3-access", "bucket-access").unwrap();
    assert_eq!(&*contract.previously[0], "s3-permissions");
    assert_eq!(realm.importers_of("s3-access", "bucket-access").len(), 1);
    assert!(realm.export_of("s3-access", "bucket-access").is_some());
    let file = realm
        .acceptances("s3-access", "fungal-image-analysis")
        .unwrap();
    assert_eq!(
        file.acceptances[0].contract.as_deref(),
        Some("bucket-access")
    );
    let binding = world.text("main", BINDING).unwrap();
    assert!(binding.contains("# until we move"), "{binding}");
    for file in realm.files() {
        assert_eq!(realm.problems_of(&file.path, None), [], "{}", file.path);
    }
    // Whoever may not write all of it writes nothing.
    let world = World::new();
    let before = told(&world);
    let done = change(&world, "ada", None, rename);
    let said = refused(done);
    assert!(said.contains("fungal-image-analysis"), "{said}");
    assert_eq!(told(&world), before);
    for (new, expected) in [
        ("Bucket Access", "is no name of a contract"),
        ("s3-permissions", "already"),
    ] {
        let done = change(&shared(), "ada", None, &|base, actor| {
            rename_contract(base, "s3-access", ("s3-permissions", new), actor)
        });
        let said = refused(done);
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn what_nobody_looks_after() {
    const YEAR: i64 = 366 * 24 * 60 * 60;
    let world = World::with(&[
        (
            "repos/microscope.yaml",
            "name: microscope\nmaintainers: []\njoined_at: 2024-01-05T09:00:00Z\n",
        ),
        (
            "repos/aperture.yaml",
            "name: aperture\nmaintainers: [ada@example.com]\njoined_at: 2024-01-05T09:00:00Z\nconfirmed_at: 2025-12-05T09:00:00Z\n",
        ),
        (
            "domains/s3-access/contracts/queue-names.yaml",
            "name: queue-names\nversion: 1.0.0\nowner: aperture\nschema: {}\n",
        ),
        (
            BINDING,
            "repo: fungal-image-analysis\nimports:\n  - contract: s3-permissions\n    version: \">=1.0.0, <2.0.0\"\n    binding: infra/stack.py\n    resolved_version: 1.3.0\n    resolved_at: 2025-01-05T09:00:00Z\n",
        ),
    ]);
    let kinds = |seen: &LastSeen, now: i64| {
        let found = health(&world.realm("main"), seen, now);
        let found = found.into_iter().map(|it| {
            let what = it.contract.or(it.repo).unwrap_or_default();
            format!("{} {what}", it.kind.word())
        });
        found.collect::<Vec<_>>()
    };
    let nobody = LastSeen::new();
    assert_eq!(
        kinds(&nobody, NOW),
        [
            "orphaned microscope",
            "maintainers-gone microscope",
            "not-confirmed microscope",
            "not-imported queue-names",
            "long-stale s3-permissions",
        ]
    );
    // A year later aperture has not been confirmed either, and ada is gone.
    let ada = LastSeen::from([("ada@example.com".to_owned(), NOW)]);
    let later = kinds(&ada, NOW + YEAR);
    assert!(
        later.contains(&"maintainers-gone aperture".to_owned()),
        "{later:?}"
    );
    assert!(
        later.contains(&"not-confirmed aperture".to_owned()),
        "{later:?}"
    );
    is_safe(World::new, "ada", &|base, actor| {
        confirm(base, "aperture", actor, NOW)
    });
    let checkout = world.checkout("ada");
    let seen = as_who("ada", |ask| last_seen(&open(&checkout, ask)?)).unwrap();
    assert!(seen.contains_key("rosa@example.com"), "{seen:?}");
}
