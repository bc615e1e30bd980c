//! Where a repository is fetched from, in one way of writing it: realms that people gave one name are told apart by that.

use std::path::Path;

use crate::linked::beside;

/// An address as a config of the repository at `root` means it: a relative one begins there, as a path does.
#[must_use]
pub fn address_from(root: &Path, url: &str) -> String {
    let is_relative = url.starts_with("./") || url.starts_with("../");
    match is_relative {
        true => beside(root, Path::new(url)).to_string_lossy().into_owned(),
        false => url.to_owned(),
    }
}

/// An address without what may differ between those who fetch from it: the scheme, a login, a port, `.git` and slashes at
/// the end.
#[must_use]
pub fn address_of(url: &str) -> String {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        None => ("", url),
    };
    let rest = rest.trim_end_matches('/');
    let rest = rest.strip_suffix(".git").unwrap_or(rest);
    let rest = rest.trim_end_matches('/');
    let is_scp =
        scheme.is_empty() && rest.find(':').is_some_and(|at| at > 1) && !rest.starts_with('/');
    if is_scp {
        let (host, path) = rest.split_once(':').unwrap_or((rest, ""));
        return format!("{}/{}", host_of(host), path.trim_start_matches('/'));
    }
    if scheme.is_empty() || scheme == "file" {
        let folder = Path::new(rest).canonicalize();
        let bare = || Path::new(&format!("{rest}.git")).canonicalize().ok();
        let folder = folder.ok().or_else(bare);
        let folder = folder.map(|it| it.to_string_lossy().into_owned());
        let folder = folder.unwrap_or_else(|| rest.to_owned());
        return folder.strip_suffix(".git").unwrap_or(&folder).to_owned();
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    format!("{}/{path}", host_of(authority))
}

/// The host of an authority, in lower case.
fn host_of(authority: &str) -> String {
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let port = |(_, port): &(&str, &str)| port.bytes().all(|it| it.is_ascii_digit());
    let host = host
        .rsplit_once(':')
        .filter(port)
        .map_or(host, |(host, _)| host);
    host.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::address_of;

    #[test]
    fn one_realm_is_reached_in_many_ways() {
        for url in [
            "https://git.example.com/labs/realm.git",
            "https://ada@GIT.example.com/labs/realm/",
            "ssh://git@git.example.com:2222/labs/realm.git",
            "git@git.example.com:labs/realm.git",
            "git.example.com:/labs/realm",
        ] {
            assert_eq!(address_of(url), "git.example.com/labs/realm", "{url}");
        }
        for (url, address) in [
            (
                "https://git.example.com/ada/realm",
                "git.example.com/ada/realm",
            ),
            ("file:///srv/nowhere/realm.git", "/srv/nowhere/realm"),
            ("/srv/nowhere/realm/.git", "/srv/nowhere/realm"),
            ("/srv/nowhere/realm.git/", "/srv/nowhere/realm"),
        ] {
            assert_eq!(address_of(url), address, "{url}");
        }
    }

    #[test]
    fn a_folder_is_one_by_whichever_way() {
        let folder = tempfile::tempdir().unwrap();
        let bare = folder.path().join("origin.git");
        std::fs::create_dir(&bare).unwrap();
        let written = bare.display();
        let one = address_of(&format!("file://{written}"));
        assert_eq!(one, address_of(&format!("{written}/")));
        assert!(one.ends_with("/origin"), "{one}");
    }
}
