//! What a repository's files were at the commits that findings of absence are judged from, as what differs from the
//! disk: a baseline that was read whole would be as long as the repository is large.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use blue_analysis::{Baseline, BaselineStands, Content};
use blue_detect::Dialect;
use blue_git::{CommitId, Repository};

use crate::disk;
use crate::load::{Stop, under};
use crate::realms::LoadedRealm;
use crate::workspace::Options;

pub(crate) type Baselines = (Vec<(Arc<str>, Baseline)>, Option<Arc<str>>);

/// A repository's sources as they stand on disk.
pub(crate) struct Sources<'s> {
    pub(crate) root: &'s Path,
    pub(crate) files: HashSet<&'s str>,
    pub(crate) named: &'s [Arc<str>],
}

impl Sources<'_> {
    /// Whether a file can be a source, by its path alone.
    fn may_be(&self, path: &str) -> bool {
        Dialect::of_path(path).is_some() || self.named.iter().any(|named| **named == *path)
    }

    /// What a file of a commit counts as; nothing about files that are passed over now, for these
    /// were passed over then.
    fn then(&self, path: &str, content: Option<Content>) -> Option<Option<Content>> {
        let named = self.named.iter().any(|named| **named == *path);
        let source = match named {
            true => disk::Source::Named,
            false => disk::Source::Walked,
        };
        let hidden = |part: &str| part.starts_with('.') || blue_detect::is_skipped_dir(part);
        let is_there = || std::fs::symlink_metadata(self.root.join(path)).is_ok();
        let passed_over = !self.may_be(path)
            || (!named && path.split('/').any(hidden))
            || (!self.files.contains(path) && is_there());
        (!passed_over).then(|| content.and_then(|content| source.counts(content)))
    }
}

/// What the files were at the commits that contracts were read from, at HEAD, and at `--base`. A
/// commit that is not to be had (a shallow clone) has no baseline.
pub(crate) fn load_baselines(
    sources: &Sources<'_>,
    name: &str,
    realms: &[LoadedRealm],
    (options, stop): (&Options, &Stop),
) -> Baselines {
    let Ok(Some(repository)) = blue_git::discover(sources.root) else {
        return Baselines::default();
    };
    let Some(under) = under(&repository, sources.root) else {
        return Baselines::default();
    };
    let mut wanted: Vec<Arc<str>> = vec!["".into()];
    wanted.extend(options.base.clone());
    for realm in realms {
        for domain in realm.record.domains_of(name) {
            let Some(binding) = realm.record.binding(&domain.name, name) else {
                continue;
            };
            for export in &binding.exports {
                let contract = realm.record.contract(&domain.name, &export.contract);
                let entry = contract.and_then(|contract| contract.evolution.last());
                let source = entry.and_then(|entry| entry.source.as_ref());
                wanted.extend(source.and_then(|source| source.commit.clone()));
            }
        }
    }
    wanted.sort();
    wanted.dedup();
    let mut baselines = Vec::new();
    for commit in wanted {
        if stop.is_set() {
            break;
        }
        match load_baseline(&repository, sources, &under, &commit) {
            Ok(baseline) => baselines.push((commit, baseline)),
            Err(error) => tracing::info!("no baseline at {commit:?}: {error}"),
        }
    }
    (baselines, options.base.clone())
}

/// What HEAD has of a commit: the commit where the two parted, if HEAD is behind the branch that everybody starts from,
/// and the commit is of that branch. What others put there since is missing here, and nobody took it out. A commit that is
/// on neither (it was squashed, or rebased) stands for itself.
fn shared_with_head(
    repository: &Repository,
    named: CommitId,
) -> Result<(CommitId, BaselineStands), blue_git::Error> {
    let head = repository.resolve("HEAD")?;
    if repository.is_ancestor(named, head)? {
        return Ok((named, BaselineStands::Within));
    }
    let shared = repository.default_branch()?;
    let is_shared = match &shared {
        Some(shared) => repository.is_ancestor(named, shared.commit)?,
        None => false,
    };
    let parted = match is_shared {
        true => repository.merge_base(head, named)?,
        false => None,
    };
    Ok(match parted {
        Some(parted) => (parted, BaselineStands::Parted),
        None => (named, BaselineStands::Aside),
    })
}

fn load_baseline(
    repository: &Repository,
    sources: &Sources<'_>,
    under: &str,
    commit: &str,
) -> Result<Baseline, blue_git::Error> {
    let named = repository.resolve(if commit.is_empty() { "HEAD" } else { commit })?;
    // Where the history is cut off (a shallow clone) nothing is known of who parted from whom.
    let (id, stands) =
        shared_with_head(repository, named).unwrap_or((named, BaselineStands::Within));
    let mut baseline = Baseline {
        stands,
        ..Baseline::default()
    };
    for path in repository.changed_since(id, under)? {
        if !sources.may_be(&path) {
            continue;
        }
        let full = if under.is_empty() {
            path.clone()
        } else {
            format!("{under}/{path}")
        };
        let content = repository.file_at(id, &full)?.map(disk::content_of);
        if let Some(content) = sources.then(&path, content) {
            baseline.changed.push((path.into(), content));
        }
    }
    Ok(baseline)
}
