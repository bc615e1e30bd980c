//! Paths and URLs as YAML of a realm may name them. A realm is written by other organisations, so
//! a path is resolved inside its repo or refused (the specification's `security.md`); that no
//! symlink leads out is for the host to see, who has the disk.

/// Why a path is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escape {
    /// What follows "the path …" in a sentence.
    pub message: &'static str,
    /// The path that was likely meant.
    pub suggestion: Option<String>,
}

/// The path inside its repo: parts with `/` between them, no `.`, no `..`, no `/` at the ends.
/// The root itself is the empty path.
///
/// # Errors
/// An absolute path, one with a drive letter, `\`, a control character, or `..` that leaves.
pub fn inside(path: &str) -> Result<String, Escape> {
    let refuse = |message, suggestion| {
        Err(Escape {
            message,
            suggestion,
        })
    };
    if path.chars().any(char::is_control) {
        return refuse("has a control character in it", None);
    }
    if has_drive(path) {
        return refuse("has a drive letter: paths are relative to the repo", None);
    }
    if path.contains('\\') {
        let slashed = path.replace('\\', "/");
        let suggestion = inside(&slashed).ok();
        return refuse("has a `\\`: paths are written with `/`", suggestion);
    }
    if path.starts_with('/') {
        let relative = inside(path.trim_start_matches('/')).ok();
        return refuse("is absolute: paths are relative to the repo", relative);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return refuse("leaves the repo", None);
                }
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

fn has_drive(path: &str) -> bool {
    let mut chars = path.chars();
    chars
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && chars.next() == Some(':')
}

/// Whether git may be given this as a place to fetch from: `https`, `ssh`, `git@host:path`, `file`
/// or a local path; `http` to this machine alone. Whether a local one is allowed depends on the
/// realm being local itself, which the host knows.
///
/// # Errors
/// What follows "the url …" in a sentence.
pub fn check_url(url: &str) -> Result<(), &'static str> {
    if url.starts_with('-') {
        return Err("begins with `-`, which git would take for an option");
    }
    // `ext::sh -c …` and its kin name a program that git would run.
    let head = url.split('/').next().unwrap_or_default();
    if head.contains("::") && !url.contains("://") {
        return Err("names a transport program, which is refused");
    }
    if url.is_empty() || url.chars().any(|c| c.is_control() || c == ' ') {
        return Err("is empty or has a space or control character in it");
    }
    if let Some((scheme, rest)) = url.split_once("://") {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default();
        if host.starts_with('-') {
            return Err("has a host that begins with `-`");
        }
        let loopback = ["localhost", "127.0.0.1", "[::1]"]
            .iter()
            .any(|own| host == *own || host.strip_prefix(own).is_some_and(|r| r.starts_with(':')));
        return match scheme.to_ascii_lowercase().as_str() {
            "https" | "ssh" | "file" => Ok(()),
            "http" if loopback => Ok(()),
            _ => Err("has a scheme that is refused: https, ssh or file"),
        };
    }
    if head
        .split('@')
        .nth(1)
        .is_some_and(|host| host.starts_with('-'))
    {
        return Err("has a host that begins with `-`");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        for (path, expected) in [
            ("infra/stack.py", Some("infra/stack.py")),
            ("./infra//a/../stack.py", Some("infra/stack.py")),
            ("infra/", Some("infra")),
            (".", Some("")),
            ("..", None),
            ("a/../../b", None),
            ("/etc/passwd", None),
            ("C:/x", None),
            ("c:x", None),
            ("a\\b", None),
            ("a\u{0}b", None),
            ("a\nb", None),
        ] {
            assert_eq!(inside(path).ok().as_deref(), expected, "{path:?}");
        }
        let meant = |path| inside(path).err().and_then(|escape| escape.suggestion);
        assert_eq!(meant("/infra/stack.py").as_deref(), Some("infra/stack.py"));
        assert_eq!(meant("infra\\stack.py").as_deref(), Some("infra/stack.py"));
        assert_eq!(meant("..\\x"), None);
    }

    #[test]
    fn urls_that_run_programs_are_refused() {
        for (url, allowed) in [
            ("https://git.example.com/realms/letemcook.git", true),
            ("ssh://git@git.example.com:2222/letemcook.git", true),
            ("git@git.example.com:realms/letemcook.git", true),
            ("file:///srv/letemcook.git", true),
            ("/srv/letemcook.git", true),
            ("../realm-letemcook", true),
            ("http://127.0.0.1:3000/letemcook.git", true),
            ("http://git.example.com/letemcook.git", false),
            ("http://localhost.example.com/letemcook.git", false),
            ("git://git.example.com/letemcook.git", false),
            ("ext::sh -c touch% /tmp/x", false),
            ("ext::sh", false),
            ("--upload-pack=touch", false),
            ("ssh://-oProxyCommand=x/y", false),
            ("git@-oProxyCommand=x:y", false),
            ("", false),
        ] {
            assert_eq!(check_url(url).is_ok(), allowed, "{url}");
        }
    }
}
