//! What happens in the demo's world, step by step, with what Blue says at each.
//!
//! Blue is really asked at each step: nothing that it says is written here.

use std::path::Path;

use crate::commands::check::check_folder;
use crate::demo::world::{APERTURE, FUNGAL, REALM, Release, World};
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
    /// Somebody releases the contract by hand, as it stands in aperture's last commit.
    Release(Release),
    /// Somebody asks Blue.
    Check(&'static str),
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
    Beat::Check(APERTURE),
    Beat::Check(FUNGAL),
    Beat::Title("aperture writes one more object"),
    Beat::Edit {
        repo: APERTURE,
        path: "jobs/segment.py",
        hunks: r#"     write_json(f"{JOBS}/{job_id}/out.json", {"tiles": len(manifest["tiles"])})
+    write_json(f"{JOBS}/{job_id}/report.json", {"plate": plate})"#,
    },
    Beat::Check(APERTURE),
    Beat::Words("An addition breaks nobody. It is committed."),
    Beat::Commit {
        repo: APERTURE,
        path: "jobs/segment.py",
        message: "A report for each job",
    },
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
    Beat::Check(APERTURE),
    Beat::Words("That is a break, seen before it is even committed, and Blue says whose."),
    Beat::Title("The realm gets 1.5.0, with the addition"),
    Beat::Words(
        "Today a person writes a new version into the realm by hand: version, value, an entry in\n\
         evolution and a file for the version, in one commit that is pushed.",
    ),
    Beat::Release(Release {
        from: "1.4.0",
        to: "1.5.0",
        changes: "jobs write a report",
        compatible: true,
        value: "     - jobs/*/out.json\n+    - jobs/*/report.json",
    }),
    Beat::Words("Now it is the importer who has something to do:"),
    Beat::Check(FUNGAL),
    Beat::Title("The realm gets 2.0.0, with the removal"),
    Beat::Commit {
        repo: APERTURE,
        path: "jobs/calibrate.py",
        message: "A threshold that never changes",
    },
    Beat::Release(Release {
        from: "1.5.0",
        to: "2.0.0",
        changes: "the calibration is read no more",
        compatible: false,
        value: "   read:\n-    - calibration/current.json",
    }),
    Beat::Check(APERTURE),
    Beat::Words(
        "aperture's code and contract agree again. The importer's range ends before 2.0.0:",
    ),
    Beat::Check(FUNGAL),
    Beat::Title("What is left to do"),
    Beat::Words(
        "The importer follows, by hand today. In fungal-image-analysis/infra/stack.py it grants\n\
         jobs/*/report.json and takes back calibration/current.json. In the realm's file\n\
         domains/s3-access/bindings/fungal-image-analysis.yaml it says version: \">=2.0.0, <3.0.0\"\n\
         and resolved_version: 2.0.0, commits and pushes; then its check passes.",
    ),
];

/// Lets it all happen, and tells of each thing when it has.
pub(crate) fn tell(
    world: &World,
    style: Style,
    told: &mut dyn FnMut(Told) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut committed = String::new();
    for beat in STORY {
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
            } => committed = world.commit(repo, &[path], message)?,
            Beat::Release(release) => {
                world.release(release, &committed)?;
                let path = crate::demo::world::CONTRACT;
                told(Told::Diff(format!("{REALM}/{path}"), release.value))?;
            }
            Beat::Check(repo) => told(check(&world.path(repo), repo, style)?)?,
        }
    }
    Ok(())
}

fn check(folder: &Path, repo: &str, style: Style) -> Result<Told, Error> {
    let checked = check_folder(folder, style)?;
    let line = format!("blue -C {repo} realm check");
    Ok(Told::Command(line, checked.text, checked.exit))
}
