//! Whether an author is somebody whom a realm lists: by e-mail, or by the name of a forge's user.

use crate::decode::shortened;

use super::Author;

/// Whether `listed` (an e-mail, or a user of the forge with or without `@`) names this author.
#[must_use]
pub fn is(author: &Author, listed: &str) -> bool {
    let listed = listed.trim();
    match address(listed) {
        Some(wanted) => {
            let names = author.names.iter().map(|name| &**name);
            let mut own = names
                .chain([&*author.email])
                .filter_map(|it| address(it.trim()));
            own.any(|own| same_address(own, wanted))
        }
        None => {
            let user = listed.strip_prefix('@').unwrap_or(listed);
            let mut names = author.names.iter().map(|name| &**name);
            let own = names.any(|name| name.eq_ignore_ascii_case(user));
            own || user_of(&author.email).is_some_and(|name| name.eq_ignore_ascii_case(user))
        }
    }
}

/// Both parts of an e-mail.
fn address(text: &str) -> Option<(&str, &str)> {
    let (local, domain) = text.rsplit_once('@')?;
    (!local.is_empty() && !domain.is_empty()).then_some((local, domain))
}

/// Only the domain's case says nothing (RFC 5321, 2.4).
fn same_address((own, host): (&str, &str), (wanted, other): (&str, &str)) -> bool {
    own == wanted && host.eq_ignore_ascii_case(other)
}

/// The forge's user whom an address without a mailbox names: `ID+user@users.noreply.HOST` (GitHub),
/// `ID-user@users.noreply.HOST` (GitLab), `user@noreply.HOST` (Forgejo).
fn user_of(email: &str) -> Option<&str> {
    let (local, host) = address(email.trim())?;
    let host = host.to_ascii_lowercase();
    let is_users = host.starts_with("users.noreply.");
    if !is_users && !host.starts_with("noreply.") {
        return None;
    }
    let number = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let behind_id = |mark| local.split_once(mark).filter(|(id, _)| number(id));
    match behind_id('+')
        .or_else(|| behind_id('-'))
        .filter(|_| is_users)
    {
        Some((_, user)) => Some(user),
        None => Some(local),
    }
}

/// Who it is, for a message.
pub(super) fn shown(author: &Author) -> String {
    let name = match (&*author.email, author.names.first()) {
        ("", Some(name)) => shortened(name),
        ("", None) => "somebody".to_owned(),
        (email, _) => shortened(email),
    };
    let commit = match &author.commit {
        Some(commit) => {
            let short: String = commit.chars().take(7).collect();
            format!(" in {}", shortened(&short))
        }
        None => ", not committed yet".to_owned(),
    };
    let unverified = if author.verified { "" } else { " (unverified)" };
    format!("{name}{unverified}{commit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_list_names() {
        let author = |email: &str, names: &[&str]| Author {
            email: email.into(),
            names: names.iter().map(|name| (*name).into()).collect(),
            ..Author::default()
        };
        for (email, names, listed, named) in [
            ("rosa@example.com", &[][..], "rosa@example.com", true),
            ("rosa@Example.COM", &[], "rosa@example.com", true),
            ("Rosa@example.com", &[], "rosa@example.com", false),
            ("rosa@example.com", &[], "rosa", false),
            ("rosa@example.com", &["Rosa"], "rosa", true),
            ("rosa@example.com", &["rosa"], "@rosa", true),
            ("rosa@example.com", &["rosa"], "rosa@example.org", false),
            ("4711+rosa@users.noreply.github.com", &[], "rosa", true),
            ("rosa@users.noreply.github.com", &[], "rosa", true),
            ("4711-rosa@users.noreply.gitlab.com", &[], "rosa", true),
            ("rosa@noreply.codeberg.org", &[], "Rosa", true),
            ("4711+theo@users.noreply.github.com", &[], "rosa", false),
            ("rosa@evil.example.com", &[], "rosa", false),
            (
                "mia@example.com",
                &["rosa@example.com"],
                "rosa@example.com",
                true,
            ),
            ("", &[], "", false),
            ("", &[], "@", false),
        ] {
            assert_eq!(
                is(&author(email, names), listed),
                named,
                "{email} {names:?} {listed}"
            );
        }
    }
}
