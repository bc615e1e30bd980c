//! What writes to no realm: `blue.refresh` fetches it, `blue.check` says how a repository stands as it is on disk.

use std::sync::Arc;

use blue_git::Rewrites;
use blue_ops::{Freshness, Here, OpenRealm, read_world};
use blue_workspace::{Code, Options, Severity};

use super::{End, Scene};

impl Scene {
    /// What `blue realm check` fails or passes on, in a sentence; the findings themselves are shown as ever.
    pub(super) fn check(&self, here: &Here) -> Result<(Vec<String>, String), End> {
        self.save_first(&here.root)?;
        self.progress.report("reading what is on disk");
        let options = Options {
            realm_path: here.realm_path.clone(),
            ..Options::default()
        };
        let workspace = read_world(&here.root, options, &mut |doing| {
            self.progress.report(doing)
        });
        let found = workspace.map(|workspace| workspace.snapshot().report(&here.root));
        let Some(Ok(Some(report))) = found else {
            let root = here.root.display();
            return Err(End::failed(format!("{root} could not be read")));
        };
        self.goes_on()?;
        let counts: Vec<String> = [
            (Severity::Error, "error"),
            (Severity::Warning, "warning"),
            (Severity::Info, "note"),
        ]
        .into_iter()
        .filter_map(|(severity, word)| {
            let of = |it: &&Arc<blue_workspace::Finding>| it.severity == severity && it.counts();
            match report.findings.iter().filter(of).count() {
                0 => None,
                1 => Some(format!("1 {word}")),
                more => Some(format!("{more} {word}s")),
            }
        })
        .collect();
        let repo = &report.repo;
        let first = report
            .findings
            .iter()
            .min_by_key(|it| (std::cmp::Reverse(it.severity), it.code));
        let said = match (counts.as_slice(), first) {
            ([], _) | (_, None) => {
                let waits = |it: &&Arc<blue_workspace::Finding>| it.code == Code::ExportAdded;
                match (
                    report.passed.len(),
                    report.findings.iter().any(|it| waits(&it)),
                ) {
                    (_, true) => format!(
                        "{repo}: nothing is left to do here; what its code adds waits in the realm, or is covered there."
                    ),
                    (0, _) => format!("{repo}: nothing is left to do."),
                    (1, _) => {
                        format!("{repo}: 1 contract is as it should be, and nothing is left to do.")
                    }
                    (more, _) => format!(
                        "{repo}: {more} contracts are as they should be, and nothing is left to do."
                    ),
                }
            }
            (counts, Some(first)) => format!(
                "{repo}: {}. First: {} ({}, {}).{}",
                counts.join(", "),
                first.message,
                first.code,
                first.place.path,
                next(first.code),
            ),
        };
        let realms = here.realms.iter().map(|place| place.name.clone());
        Ok((realms.collect(), said))
    }

    /// Fetches the realms of the repository; what came is read then.
    pub(super) fn refresh(&self, here: &Here) -> Result<(Vec<String>, String), End> {
        let mut names = Vec::new();
        let mut said = Vec::new();
        for place in self.places(here)? {
            let realm = self
                .reading(|ask| OpenRealm::open(place, Freshness::Fetched, Rewrites::Stop, ask))?;
            let waiting = realm.branches(blue_ops::merge::SYNC).map_err(End::from)?;
            said.push(match waiting.len() {
                0 => format!("{} is up to date; no sync waits there.", place.name),
                1 => format!(
                    "{} is up to date; {} waits there.",
                    place.name, waiting[0].0
                ),
                more => format!("{} is up to date; {more} syncs wait there.", place.name),
            });
            names.push(place.name.clone());
            self.goes_on()?;
        }
        Ok((names, said.join(" ")))
    }
}

/// What there is to do about a finding that has a verb for it.
fn next(code: Code) -> &'static str {
    match code {
        Code::ExportAdded | Code::ExportRemoved | Code::ExportBreaking => " Next: sync.",
        Code::ImportStale | Code::ImportBroken => " Next: acknowledge.",
        _ => "",
    }
}
