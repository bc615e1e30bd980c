//! The remotes of a repository, safe to print.
//!
//! It exists because people write tokens into remote URLs, and secrets must never reach logs,
//! findings or pull requests (security.md).

use crate::error::{self, Error};
use crate::repository::Repository;

/// A configured remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Such as `origin`.
    pub name: String,
    /// Its fetch URL, or a path, [`without_credentials`].
    pub url: String,
}

impl Repository {
    /// All configured remotes that have a URL, in the order of the configuration.
    ///
    /// # Errors
    /// [`Error::Git`] when the configuration cannot be read.
    pub fn remotes(&self) -> Result<Vec<Remote>, Error> {
        let mut remotes = Vec::new();
        for name in self.remote_names()? {
            let Ok(remote) = self.git.find_remote(&name) else {
                continue;
            };
            let url = String::from_utf8_lossy(remote.url_bytes());
            if !url.is_empty() {
                let url = without_credentials(&url);
                remotes.push(Remote { name, url });
            }
        }
        Ok(remotes)
    }

    pub(crate) fn remote_names(&self) -> Result<Vec<String>, Error> {
        let names = self.git.remotes();
        let names =
            names.map_err(|why| error::doing("reading the remotes".to_owned(), &self.git, why))?;
        let readable = names
            .iter_bytes()
            .filter_map(|name| std::str::from_utf8(name).ok());
        Ok(readable.map(str::to_owned).collect())
    }
}

/// A URL without what may be a secret: user names and passwords, the query and the fragment. The
/// user name of an SSH URL stays (`git@`): it is never a secret there and the URL is wrong without.
#[must_use]
pub fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return without_scp_password(url);
    };
    let path = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(path);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let user = user.split(':').next().unwrap_or_default();
    match scheme {
        "ssh" | "git+ssh" | "ssh+git" if !user.is_empty() => {
            format!("{scheme}://{user}@{host}{path}")
        }
        _ => format!("{scheme}://{host}{path}"),
    }
}

/// `user:password@host:path` is no form git knows, but people have written it.
fn without_scp_password(url: &str) -> String {
    let Some((login, host)) = url.split_once('@') else {
        return url.to_owned();
    };
    match login.split_once(':') {
        Some((user, _)) if !login.contains(['/', '\\']) => format!("{user}@{host}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lose_their_secrets() {
        let rows = [
            (
                "https://git.example.com/realms/letemcook.git",
                "https://git.example.com/realms/letemcook.git",
            ),
            (
                "https://token@git.example.com/a",
                "https://git.example.com/a",
            ),
            (
                "https://me:p@ss@git.example.com:3000/a",
                "https://git.example.com:3000/a",
            ),
            ("https://git.example.com/a@b", "https://git.example.com/a@b"),
            (
                "https://git.example.com/a?access_token=x#y",
                "https://git.example.com/a",
            ),
            (
                "https://me:secret@git.example.com",
                "https://git.example.com",
            ),
            (
                "ssh://git@git.example.com:22/a",
                "ssh://git@git.example.com:22/a",
            ),
            (
                "ssh://git:secret@git.example.com/a",
                "ssh://git@git.example.com/a",
            ),
            (
                "git@git.example.com:realms/letemcook.git",
                "git@git.example.com:realms/letemcook.git",
            ),
            ("me:secret@git.example.com:a", "me@git.example.com:a"),
            ("file:///srv/git/a", "file:///srv/git/a"),
            ("../realm-letemcook", "../realm-letemcook"),
            (r"C:\git\me@home", r"C:\git\me@home"),
        ];
        for (url, safe) in rows {
            assert_eq!(without_credentials(url), safe);
        }
    }
}
