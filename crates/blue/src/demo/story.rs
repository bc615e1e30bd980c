//! What happens in the demo's world, step by step, with what Blue says at each.
//!
//! Blue is really asked at each step: nothing that it says is written here, and what is written to
//! the realm is written by the commands' own verbs.

use crate::commands::ack::ack_folder;
use crate::commands::check::check_folder;
use crate::commands::sync::sync_folder;
use crate::demo::repository::errand;
use crate::demo::world::{APERTURE, FUNGAL, REALM, World};
use crate::failure::{Error, Exit};
use crate::output::Style;

/// One thing that happens.
enum Beat {
    Title(&'static str),
    /// To the reader, in lines.
    Words(&'static str),
    /// Somebody edits and saves a file.
    Edit {
        repo: &'static str,
        path: &'static str,
        hunks: &'static str,
    },
    /// Somebody commits a file.
    Commit {
        repo: &'static str,
        path: &'static str,
        message: &'static str,
    },
    /// Somebody brings the realm's checkout up to date.
    Pull,
    /// Somebody asks Blue, in a repository.
    Ask(Verb, &'static str),
}

/// What Blue is asked.
#[derive(Clone, Copy)]
enum Verb {
    Check,
    Sync,
    Ack,
}

/// One thing that is told of it.
pub(crate) enum Told {
    Title(&'static str),
    Words(&'static str),
    /// A file, from the world's folder on, and its hunks.
    Diff(String, &'static str),
    /// A command line, what it printed, and how it ended.
    Command(String, String, Exit),
}

const STORY: &[Beat] = &[
    Beat::Title("Everyone agrees"),
    Beat::Words(
        "aperture exports the contract s3-permissions: which objects of a bucket its jobs read,\n\
         write and delete. fungal-image-analysis imports it: its CDK stack grants just that.",
    ),
    Beat::Ask(Verb::Check, APERTURE),
    Beat::Ask(Verb::Check, FUNGAL),
    Beat::Title("aperture writes one more object"),
    Beat::Edit {
        repo: APERTURE,
        path: "jobs/segment.py",
        hunks: r#"     write_json(f"{JOBS}/{job_id}/out.json", {"tiles": len(manifest["tiles"])})
+    write_json(f"{JOBS}/{job_id}/report.json", {"plate": plate})"#,
    },
    Beat::Ask(Verb::Check, APERTURE),
    Beat::Words("An addition breaks nobody, and Blue says who has to follow it. It is committed."),
    Beat::Commit {
        repo: APERTURE,
        path: "jobs/segment.py",
        message: "A report for each job",
    },
    Beat::Title("The realm learns of it"),
    Beat::Words(
        "A sync writes the next version of the contract to a branch of the realm. No checkout is\n\
         touched, and the branch waits for those who have to follow.",
    ),
    Beat::Ask(Verb::Sync, APERTURE),
    Beat::Title("The importer is behind"),
    Beat::Words("Nobody was written to, and yet it is said on the line that has to change:"),
    Beat::Ask(Verb::Check, FUNGAL),
    Beat::Ask(Verb::Ack, FUNGAL),
    Beat::Words(
        "Left alone it does not wait forever: the first sync after 14 days merges an addition, and\n\
         whoever has not followed it is stale from then on.",
    ),
    Beat::Title("It follows, and acknowledges that"),
    Beat::Edit {
        repo: FUNGAL,
        path: "infra/stack.py",
        hunks: r#"                     f"{OBJECTS}/jobs/*/out.json",
+                    f"{OBJECTS}/jobs/*/report.json","#,
    },
    Beat::Commit {
        repo: FUNGAL,
        path: "infra/stack.py",
        message: "Jobs may write their report",
    },
    Beat::Ask(Verb::Ack, FUNGAL),
    Beat::Title("It is merged, and everyone is current"),
    Beat::Words("Whoever syncs next merges what everyone who is asked has acknowledged."),
    Beat::Ask(Verb::Sync, APERTURE),
    Beat::Words("The realm's checkout is a person's own, and no sync moves it. It is pulled."),
    Beat::Pull,
    Beat::Ask(Verb::Check, APERTURE),
    Beat::Ask(Verb::Check, FUNGAL),
    Beat::Title("aperture stops reading another"),
    Beat::Edit {
        repo: APERTURE,
        path: "jobs/calibrate.py",
        hunks: r#"-from models.paths import CALIBRATION
-from models.storage import read_json
-
-
 def threshold():
-    return read_json(CALIBRATION)["threshold"]
+    return 0.42"#,
    },
    Beat::Ask(Verb::Check, APERTURE),
    Beat::Words(
        "That is a break, seen before it is even committed, and Blue says whose. Its sync makes\n\
         2.0.0, which waits for the importer's word however long it takes.",
    ),
];

/// Lets it all happen, and tells of each thing when it has.
pub(crate) fn tell(
    world: &World,
    style: Style,
    told: &mut dyn FnMut(Told) -> Result<(), Error>,
) -> Result<(), Error> {
    for (beat, hours) in STORY.iter().zip(1..) {
        match beat {
            Beat::Title(title) => told(Told::Title(title))?,
            Beat::Words(words) => told(Told::Words(words))?,
            Beat::Edit { repo, path, hunks } => {
                world.edit(repo, path, hunks)?;
                told(Told::Diff(format!("{repo}/{path}"), hunks))?;
            }
            Beat::Commit {
                repo,
                path,
                message,
            } => {
                world.commit(repo, &[path], message)?;
            }
            Beat::Pull => world.pull(REALM)?,
            Beat::Ask(verb, repo) => told(ask(*verb, world, repo, hours, style)?)?,
        }
    }
    Ok(())
}

fn ask(verb: Verb, world: &World, repo: &str, hours: i64, style: Style) -> Result<Told, Error> {
    let folder = world.path(repo);
    let (words, text, exit) = match verb {
        Verb::Check => {
            let checked = check_folder(&folder, style)?;
            ("realm check", checked.text, checked.exit)
        }
        Verb::Sync => {
            let text = sync_folder(&folder, &errand(hours), style)?;
            ("realm sync", text, Exit::Fine)
        }
        Verb::Ack => {
            let text = ack_folder(&folder, &errand(hours), style)?;
            ("ack", text, Exit::Fine)
        }
    };
    Ok(Told::Command(format!("blue -C {repo} {words}"), text, exit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::world::{self, REMOTE};

    #[test]
    fn the_same_every_time_and_nobody_elses() {
        let happen = || {
            let dir = tempfile::tempdir().unwrap();
            let world = world::make(dir.path()).unwrap();
            let mut said = String::new();
            let mut told = |told| {
                if let Told::Command(command, text, _) = told {
                    said.push_str(&format!("{command}\n{text}"));
                }
                Ok(())
            };
            tell(&world, Style::PLAIN, &mut told).unwrap();
            let realm = git2::Repository::open(world.path(REMOTE)).unwrap();
            let last = realm.head().unwrap().peel_to_commit().unwrap();
            let mut walk = realm.revwalk().unwrap();
            walk.push_head().unwrap();
            for commit in walk {
                let commit = realm.find_commit(commit.unwrap()).unwrap();
                for who in [commit.author(), commit.committer()] {
                    assert_eq!(who.email().unwrap(), "demo@blue.invalid");
                }
            }
            assert_eq!(realm.branches(None).unwrap().count(), 1, "all is merged");
            (said, last.id())
        };
        assert_eq!(happen(), happen());
    }
}
