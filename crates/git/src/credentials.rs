//! Who asks, for a remote that wants to know: git-and-forges.md, "Credentials, first found wins".
//!
//! Tokens of the environment go only over https, or to this machine; what they are is never kept,
//! logged or said.

use git2::{Cred, CredentialType};

/// Offers one thing after the other, each once: libgit2 asks again for as long as it is refused.
pub(crate) struct Credentials {
    config: Option<git2::Config>,
    offered: u32,
}

/// The user that forges take with a token.
const TOKEN_USER: &str = "x-access-token";

impl Credentials {
    pub(crate) fn new(config: Option<git2::Config>) -> Credentials {
        Credentials { config, offered: 0 }
    }

    /// The next thing to offer.
    pub(crate) fn next(
        &mut self,
        url: &str,
        user: Option<&str>,
        allowed: CredentialType,
    ) -> Result<Cred, git2::Error> {
        if allowed.contains(CredentialType::USERNAME) {
            return Cred::username(user.unwrap_or("git"));
        }
        loop {
            self.offered += 1;
            let offer = match self.offered {
                1 if allowed.contains(CredentialType::USER_PASS_PLAINTEXT) => {
                    token(url).map(|token| {
                        let user = user.filter(|user| !user.is_empty());
                        Cred::userpass_plaintext(user.unwrap_or(TOKEN_USER), &token)
                    })
                }
                2 if allowed.contains(CredentialType::USER_PASS_PLAINTEXT) => self
                    .config
                    .as_ref()
                    .map(|config| Cred::credential_helper(config, url, user)),
                3 if allowed.contains(CredentialType::SSH_KEY) => {
                    Some(Cred::ssh_key_from_agent(user.unwrap_or("git")))
                }
                1..=3 => None,
                at => match key_file(at - 4) {
                    Some(key) if allowed.contains(CredentialType::SSH_KEY) => key
                        .is_file()
                        .then(|| Cred::ssh_key(user.unwrap_or("git"), None, &key, None)),
                    Some(_) => None,
                    None => {
                        return Err(git2::Error::new(
                            git2::ErrorCode::Auth,
                            git2::ErrorClass::Net,
                            "nothing that was offered was accepted",
                        ));
                    }
                },
            };
            if let Some(Ok(credential)) = offer {
                return Ok(credential);
            }
        }
    }
}

/// The keys that ssh itself tries (ssh(1), `-i`), as far as they need no passphrase.
fn key_file(at: u32) -> Option<std::path::PathBuf> {
    let name = *["id_ed25519", "id_ecdsa", "id_rsa"].get(at as usize)?;
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"))?;
    Some(std::path::Path::new(&home).join(".ssh").join(name))
}

fn token(url: &str) -> Option<String> {
    let variable = |name: &str| std::env::var(name).ok();
    token_among(url, &variable)
}

/// The token of the environment for a URL.
fn token_among(url: &str, variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let (scheme, host) = scheme_and_host(url)?;
    let is_here = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    if scheme != "https" && !is_here {
        return None;
    }
    let set = |name: &str| {
        let value = variable(name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    };
    if let Some(token) = set("BLUE_REALM_TOKEN") {
        return Some(token);
    }
    let forgejo = set("BLUE_FORGEJO_URL");
    let forgejo = forgejo.as_deref().and_then(scheme_and_host);
    if forgejo.is_some_and(|(_, known)| known == host) {
        return set("BLUE_FORGEJO_TOKEN");
    }
    match host {
        "github.com" => set("BLUE_GITHUB_TOKEN"),
        "gitlab.com" => set("BLUE_GITLAB_TOKEN"),
        _ => None,
    }
}

/// A URL's scheme, and its host without user and port.
fn scheme_and_host(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    Some((scheme, host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_go_where_they_are_for() {
        let all = |name: &str| match name {
            "BLUE_FORGEJO_TOKEN" => Some("forgejo".to_owned()),
            "BLUE_FORGEJO_URL" => Some("https://git.example.com:3000/".to_owned()),
            "BLUE_GITHUB_TOKEN" => Some("github".to_owned()),
            _ => None,
        };
        for (url, token) in [
            (
                "https://git.example.com:3000/realms/letemcook.git",
                Some("forgejo"),
            ),
            (
                "https://me@git.example.com/realms/letemcook.git",
                Some("forgejo"),
            ),
            ("http://git.example.com/realms/letemcook.git", None),
            ("https://github.com/letemcook/realm", Some("github")),
            ("https://github.com.example.com/letemcook/realm", None),
            ("https://elsewhere.example/a", None),
            ("ssh://git@github.com/a", None),
        ] {
            assert_eq!(token_among(url, &all).as_deref(), token, "{url}");
        }
        let realm = |name: &str| (name == "BLUE_REALM_TOKEN").then(|| "realm".to_owned());
        for (url, is_sent) in [
            ("https://git.example.com/a", true),
            ("http://127.0.0.1:8080/a", true),
            ("http://git.example.com/a", false),
        ] {
            assert_eq!(token_among(url, &realm).is_some(), is_sent, "{url}");
        }
    }
}
