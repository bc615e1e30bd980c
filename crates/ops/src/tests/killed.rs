//! A process may end between any two steps: whoever runs it again finishes what was begun.

use super::world::*;
use crate::{Error, Step};

/// Runs the whole story with the process killed once after `step` in the `at`-th verb.
fn story(world: &World, step: Option<Step>, at: usize) -> String {
    let (exporter, importer) = (world.checkout("a"), world.checkout("b"));
    let changes = [change(&[("write", "jobs/*/report.json")], &[])];
    for verb in 0..3 {
        let mut kill = step.filter(|_| verb == at);
        loop {
            let who = if verb == 1 { "finn" } else { "ada" };
            let done = as_who(who, |ask| {
                ask.killed_after = kill.take();
                match verb {
                    0 => sync(&exporter, &changes, &source("a", "main"), ask).map(|_| ()),
                    1 => follow_all(&importer, ask).map(|_| ()),
                    _ => {
                        let mut realm = open(&importer, ask)?;
                        let terms = crate::merge::Terms::default();
                        crate::merge::merge_open(&mut realm, &terms, &[], ask)?;
                        // Merged branches are taken away by whoever looks next.
                        crate::merge::merge_open(&mut realm, &terms, &[], ask).map(|_| ())
                    }
                }
            });
            match done {
                Ok(()) => break,
                Err(Error::Stopped) => {}
                Err(why) => panic!("{step:?} of {verb}: {why}"),
            }
        }
    }
    let branches: Vec<_> = world.branches().into_iter().map(|(name, _)| name).collect();
    let files = world.remote().tree_at(world.main(), "").unwrap();
    let mut told = branches.join(" ");
    for file in files {
        told.push_str(&format!("\n{} {}", file.path, file.blob));
    }
    told
}

#[test]
fn killed_between_any_two_steps_the_realm_ends_the_same() {
    let whole = story(&World::new(), None, 0);
    assert!(whole.starts_with("main\n"), "{whole}");
    for step in Step::ALL {
        for at in 0..3 {
            assert_eq!(
                story(&World::new(), Some(step), at),
                whole,
                "{step:?} of {at}"
            );
        }
    }
}
