//! A repository's config and its queries while somebody types in them: what the buffer says of the
//! repository's own findings counts at once. Which realms there are and where they lie is read from disk, once it is
//! saved.

use std::path::Path;
use std::sync::Arc;

use blue_analysis::{CONFIG, Content, LOCAL_CONFIG};
use blue_realm::config::{ParsedConfig, merge, parse_config, parse_local_config};

use crate::discover::relative;
use crate::disk::{is_query, query_text};
use crate::workspace::Workspace;

/// The two files, as they stand on disk.
#[derive(Debug, Clone)]
pub(crate) struct Configs {
    /// `.blue/config.yaml`, without what overrides it.
    pub(crate) own: ParsedConfig,
    /// `.blue/config.local.yaml`, where there is one.
    pub(crate) local: Option<ParsedConfig>,
}

impl Configs {
    /// What they say together, with the text and the problems of the committed one.
    pub(crate) fn merged(&self) -> ParsedConfig {
        let mut merged = self.own.clone();
        if let Some(local) = &self.local {
            merged.config = merge(&merged.config, &local.config);
        }
        merged
    }
}

impl Workspace {
    /// The configs of a repository, with the open buffers over those on disk.
    pub(crate) fn configs_of(&self, root: &Path, disk: &Configs) -> Configs {
        let open = |path: &str| self.open.get(&root.join(path));
        let own = open(CONFIG).map(|text| parse_config(text.as_bytes()));
        let local = open(LOCAL_CONFIG).map(|text| parse_local_config(text.as_bytes()));
        Configs {
            own: own.unwrap_or_else(|| disk.own.clone()),
            local: local.or_else(|| disk.local.clone()),
        }
    }

    /// A file was typed in, opened or closed: if it is a repository's config, that counts.
    pub(crate) fn refresh_config(&mut self, path: &Path) {
        let is_config = |name: &str| path.ends_with(name);
        if !is_config(CONFIG) && !is_config(LOCAL_CONFIG) {
            return;
        }
        let Some(root) = path.ancestors().nth(2) else {
            return;
        };
        for at in 0..self.repos.len() {
            let repo = &self.repos[at];
            if repo.root != root {
                continue;
            }
            let (key, configs) = (repo.key, self.configs_of(root, &repo.configs));
            let merged = Arc::new(configs.merged());
            self.host
                .set_config(key, merged, configs.local.map(Arc::new));
        }
    }

    /// The queries of a repository, with the open buffers over those on disk.
    pub(crate) fn queries_of(
        &self,
        root: &Path,
        disk: &[(Arc<str>, Content)],
    ) -> Vec<(Arc<str>, Content)> {
        let mut queries = disk.to_vec();
        let folder = root.join(".blue");
        for (path, text) in &self.open {
            if !path.starts_with(&folder) || !is_query(path) {
                continue;
            }
            let Some(path) = relative(path, root) else {
                continue;
            };
            let content = query_text(text, text.len() as u64);
            match queries.iter_mut().find(|(known, _)| **known == *path) {
                Some(query) => query.1 = content,
                None => queries.push((path.into(), content)),
            }
        }
        queries.sort_by(|(one, _), (other, _)| one.cmp(other));
        queries
    }

    /// A file was typed in, opened or closed: if it is a query of a repository, that counts.
    pub(crate) fn refresh_queries(&mut self, path: &Path) {
        if !is_query(path) {
            return;
        }
        let Some(root) = path.ancestors().nth(4) else {
            return;
        };
        for at in 0..self.repos.len() {
            let repo = &self.repos[at];
            if repo.root == root {
                let (key, queries) = (repo.key, self.queries_of(root, &repo.queries));
                self.host.set_queries(key, queries);
            }
        }
    }
}
