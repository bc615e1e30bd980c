//! Where a verb is asked for: in a repository that takes part in realms, or in a realm's own checkout. The
//! command and the server stand in the same place, so that both write to the same realm as the same actor.

use std::io;
use std::path::{Path, PathBuf};

use blue_realm::config::{Config, merge, parse_config, parse_local_config};
use blue_workspace::{Caching, address_from, beside, blue_home, folder_name, local_config};

use crate::ask::Actor;
use crate::error::Error;
use crate::place::{RealmAt, RealmPlace};

/// A repository or a realm's checkout, as its config on disk has it.
#[derive(Debug, Clone)]
pub struct Here {
    /// The repository's root, or the realm's.
    pub root: PathBuf,
    /// The repository's name in its realms; a realm's own checkout has none.
    pub repo: Option<String>,
    /// The realms that it takes part in.
    pub realms: Vec<RealmPlace>,
    /// The realm's checkout that was given in place of what the config says.
    pub realm_path: Option<PathBuf>,
    /// Whether what was made of its code is taken from the last run, and kept for the next.
    pub caching: Caching,
}

impl Here {
    /// The repository at `root`; `realm_path` stands for the realm of a config that names one.
    ///
    /// # Errors
    /// The config that cannot be read, and why.
    pub fn of_repo(root: PathBuf, realm_path: Option<&Path>) -> Result<Here, (PathBuf, io::Error)> {
        let path = root.join(blue_analysis::CONFIG);
        let bytes = std::fs::read(&path).map_err(|why| (path, why))?;
        let mut config = parse_config(&bytes).config;
        if let Some(bytes) = local_config(&root) {
            config = merge(&config, &parse_local_config(&bytes).config);
        }
        let realms = places(&root, &config, realm_path);
        let repo = config.repo.map(|name| name.to_string());
        let repo = repo.or_else(|| folder_name(&root));
        Ok(Here {
            root,
            repo,
            realms,
            realm_path: realm_path.map(Path::to_owned),
            caching: Caching::default(),
        })
    }

    /// A realm's own checkout.
    #[must_use]
    pub fn of_realm(root: PathBuf) -> Here {
        let said = std::fs::read(root.join("realm.yaml"));
        let said = said.map(|bytes| blue_realm::parse_file("realm.yaml", &bytes));
        let name = said.ok().and_then(|file| file.as_realm()?.name.clone());
        Here {
            realms: vec![RealmPlace {
                name: name.map_or_else(|| "realm".to_owned(), |name| name.to_string()),
                at: RealmAt::Path(root.clone()),
                follow: None,
            }],
            root,
            repo: None,
            realm_path: None,
            caching: Caching::default(),
        }
    }

    /// Who acts: whoever git says makes commits here.
    ///
    /// # Errors
    /// [`Error::Nobody`], [`Error::Git`].
    pub fn actor(&self) -> Result<Actor, Error> {
        let repository = blue_git::discover(&self.root)?;
        Actor::of(&repository.ok_or(Error::Nobody)?)
    }
}

/// As the workspace reads them: a checkout where there is one, else the clone that Blue keeps.
fn places(root: &Path, config: &Config, realm_path: Option<&Path>) -> Vec<RealmPlace> {
    let given = realm_path.filter(|_| config.realms.len() == 1);
    let places = config.realms.iter().filter_map(|realm| {
        let name = realm.name.as_ref()?.to_string();
        let path = realm.path.as_ref();
        let path = path.map(|path| beside(root, Path::new(&**path)));
        let path = given.map(Path::to_owned).or(path);
        let at = match (path, &realm.url) {
            (Some(path), None) => RealmAt::Path(path),
            (Some(path), Some(_)) if path.is_dir() => RealmAt::Path(path),
            (_, Some(url)) => RealmAt::Url {
                home: blue_home()?,
                url: address_from(root, url),
            },
            (None, None) => return None,
        };
        let follow = realm.reference.as_ref().map(|name| name.to_string());
        Some(RealmPlace { name, at, follow })
    });
    places.collect()
}
