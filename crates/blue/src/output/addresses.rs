//! Addresses in lines of YAML that are shown, without what may be a secret in them.
//!
//! It exists because people write tokens into addresses (`https://ada:token@host`), and a finding at
//! such a line would carry them into the log of a job that many can read (security.md).

use std::borrow::Cow;
use std::ops::Range;

/// `text` with `*` for each byte of a user, a password and a query in its addresses: no byte moves. The
/// user of an SSH address stays, who is no secret.
pub(crate) fn without_secrets(text: &str) -> Cow<'_, str> {
    let mut shown = Cow::Borrowed(text);
    for (at, mark) in text.match_indices("://") {
        let start = at + mark.len();
        let is_end = |character: char| character.is_whitespace() || matches!(character, '"' | '\'');
        let end = text[start..]
            .find(is_end)
            .map_or(text.len(), |end| start + end);
        let is_ssh = text[..at].ends_with("ssh");
        for secret in secrets(&text[start..end], is_ssh) {
            let secret = start + secret.start..start + secret.end;
            let stars = "*".repeat(secret.len());
            shown.to_mut().replace_range(secret, &stars);
        }
    }
    shown
}

/// Where they are in an address behind its scheme, in bytes.
fn secrets(address: &str, is_ssh: bool) -> impl Iterator<Item = Range<usize>> {
    let path = address.find(['/', '?', '#']).unwrap_or(address.len());
    let login = address[..path].rfind('@').map(|end| 0..end);
    let login = match login {
        Some(login) if is_ssh => {
            let colon = address[login.clone()].find(':');
            colon.map(|colon| colon + 1..login.end)
        }
        login => login,
    };
    let query = address.find('?').map(|start| start + 1..address.len());
    [login, query].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_what_may_be_a_secret() {
        for (line, shown) in [
            (
                "url: https://git.example.com/a",
                "url: https://git.example.com/a",
            ),
            (
                "url: https://ada:s@t@git.example.com/a",
                "url: https://*******@git.example.com/a",
            ),
            (
                "url: \"https://tök@git.example.com\" # x@y",
                "url: \"https://****@git.example.com\" # x@y",
            ),
            (
                "url: https://git.example.com/a?k=v#f",
                "url: https://git.example.com/a?*****",
            ),
            (
                "url: ssh://git@git.example.com/a@b",
                "url: ssh://git@git.example.com/a@b",
            ),
            (
                "url: ssh://git:key@git.example.com/a",
                "url: ssh://git:***@git.example.com/a",
            ),
            ("a: x://u@h y://v@h\nb: ://", "a: x://*@h y://*@h\nb: ://"),
        ] {
            assert_eq!(without_secrets(line), shown);
            assert_eq!(without_secrets(line).len(), line.len());
        }
    }
}
