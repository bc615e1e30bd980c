//! The globs of `source_files`: gitignore's patterns (gitignore(5), "PATTERN FORMAT"), relative to
//! the repo. A pattern without a `/` matches at any depth, `*` and `?` stop at `/`, `**` does not,
//! a `/` at the end means a folder, a folder means all that is in it, `!` takes away, and the last
//! pattern that matches counts. Two things differ, for these patterns say what is *in*: `!` reaches
//! into a folder that an earlier pattern named, and a pattern cannot begin with `/` or have a `\`
//! in it, because a path out of a realm must not look absolute.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::decode::Text;
use crate::paths;
use crate::problem::ProblemCode;

/// A pattern that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPattern {
    /// [`ProblemCode::PathEscapes`], or [`ProblemCode::RealmSchema`] for what is no glob.
    pub code: ProblemCode,
    /// What follows "the pattern …" in a sentence.
    pub message: String,
    /// The pattern that was likely meant.
    pub suggestion: Option<String>,
}

/// Patterns, ready to be asked about paths.
#[derive(Debug, Clone)]
pub struct SourceSet {
    /// Two globs a pattern: what it names, and what is below that.
    globs: GlobSet,
    patterns: Vec<Pattern>,
}

#[derive(Debug, Clone)]
struct Pattern {
    /// Its place in the list that was given.
    index: usize,
    takes_away: bool,
    /// Without `!`, `./` and the `/` at the end.
    body: String,
    any_depth: bool,
    folder: bool,
}

/// Whether a pattern can be used.
///
/// # Errors
/// Why not.
pub fn check(pattern: &str) -> Result<(), BadPattern> {
    glob_pair(&read(pattern)?).map(|_| ())
}

impl SourceSet {
    /// Those of the patterns that can be used, and for each of the others its place in the list and
    /// what is wrong with it.
    pub fn new<S: AsRef<str>>(patterns: &[S]) -> (Self, Vec<(usize, BadPattern)>) {
        let mut globs = GlobSetBuilder::new();
        let mut good = Vec::new();
        let mut bad = Vec::new();
        for (index, text) in patterns.iter().enumerate() {
            let read = read(text.as_ref()).and_then(|pattern| Ok((glob_pair(&pattern)?, pattern)));
            match read {
                Ok(((own, below), pattern)) => {
                    globs.add(own);
                    globs.add(below);
                    good.push(Pattern { index, ..pattern });
                }
                Err(wrong) => bad.push((index, wrong)),
            }
        }
        let (globs, patterns) = match globs.build() {
            Ok(globs) => (globs, good),
            // Each glob compiled by itself; together they are too large an automaton.
            Err(error) => {
                bad.push((
                    0,
                    BadPattern {
                        code: ProblemCode::LimitExceeded,
                        message: format!("is one of too many: {error}"),
                        suggestion: None,
                    },
                ));
                (GlobSet::empty(), Vec::new())
            }
        };
        (Self { globs, patterns }, bad)
    }

    /// All of them, or what is wrong.
    ///
    /// # Errors
    /// For each pattern that cannot be used its place in the list, and why.
    pub fn compile(patterns: &[Text]) -> Result<Self, Vec<(usize, BadPattern)>> {
        let (set, bad) = Self::new(patterns);
        if bad.is_empty() { Ok(set) } else { Err(bad) }
    }

    /// Whether the file at `path` (relative to the repo, `/` between its parts) is in the set.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        self.deciding(path)
            .is_some_and(|pattern| !pattern.takes_away)
    }

    /// The place in the list of the pattern by which the file is in the set.
    #[must_use]
    pub fn matching_pattern(&self, path: &str) -> Option<usize> {
        let pattern = self.deciding(path).filter(|pattern| !pattern.takes_away)?;
        Some(pattern.index)
    }

    /// Whether a pattern, by itself, matches the file; `index` is its place in the list. Of one
    /// with `!`, whether it takes the file away.
    #[must_use]
    pub fn pattern_matches(&self, index: usize, path: &str) -> bool {
        self.globs
            .matches(path)
            .into_iter()
            .filter_map(|glob| self.hit(glob))
            .any(|pattern| pattern.index == index)
    }

    /// Whether a pattern names that very file, without a wildcard and not by a folder around it:
    /// a file that is passed over otherwise (a test, a generated one) is then meant.
    #[must_use]
    pub fn names_file(&self, path: &str) -> bool {
        let named = |pattern: &&Pattern| {
            let same = match path.strip_suffix(pattern.body.as_str()) {
                Some("") => true,
                Some(folders) => pattern.any_depth && folders.ends_with('/'),
                None => false,
            };
            same && !pattern.folder
        };
        self.matches(path)
            && self
                .patterns
                .iter()
                .any(|pattern| !pattern.takes_away && named(&pattern))
    }

    /// Characters of the longest prefix without a wildcard among the patterns that put the file in
    /// the set: of two bindings that reach a file, the one with the longer is the more specific.
    #[must_use]
    pub fn specificity(&self, path: &str) -> Option<usize> {
        if !self.matches(path) {
            return None;
        }
        self.globs
            .matches(path)
            .into_iter()
            .filter_map(|glob| self.hit(glob))
            .filter(|pattern| !pattern.takes_away)
            .map(|pattern| {
                let literal = pattern.body.find(['*', '?', '[']);
                literal.unwrap_or(pattern.body.len())
            })
            .max()
    }

    fn hit(&self, glob: usize) -> Option<&Pattern> {
        self.patterns.get(glob / 2)
    }

    fn deciding(&self, path: &str) -> Option<&Pattern> {
        // A file is not a folder: `models/` does not name a file `models`.
        self.globs
            .matches(path)
            .into_iter()
            .filter(|glob| glob % 2 == 1 || self.hit(*glob).is_some_and(|hit| !hit.folder))
            .max()
            .and_then(|glob| self.hit(glob))
    }
}

fn read(pattern: &str) -> Result<Pattern, BadPattern> {
    let (takes_away, text) = match pattern.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    if text.trim().is_empty() {
        return Err(BadPattern {
            code: ProblemCode::RealmSchema,
            message: "is empty".to_owned(),
            suggestion: None,
        });
    }
    let body = paths::inside(text).map_err(|escape| BadPattern {
        code: ProblemCode::PathEscapes,
        message: escape.message.to_owned(),
        suggestion: escape.suggestion.map(|inside| {
            let mark = if takes_away { "!" } else { "" };
            // `/setup.py` is at the root alone, and `setup.py` would not be.
            let root = if text.starts_with('/') && !inside.contains('/') {
                "./"
            } else {
                ""
            };
            format!("{mark}{root}{inside}")
        }),
    })?;
    let folder = text.ends_with('/');
    // gitignore(5): a separator at the beginning or in the middle ties it to the root.
    let any_depth = !text.trim_end_matches('/').contains('/');
    let (body, folder) = if body.is_empty() {
        ("**".to_owned(), false)
    } else {
        (body, folder)
    };
    Ok(Pattern {
        index: 0,
        takes_away,
        body,
        any_depth,
        folder,
    })
}

fn glob_pair(pattern: &Pattern) -> Result<(globset::Glob, globset::Glob), BadPattern> {
    // Braces are no wildcards of gitignore's, but of globset's.
    let mut escaped = String::with_capacity(pattern.body.len() + 3);
    for char in pattern.body.chars() {
        if matches!(char, '{' | '}') {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    let prefix = if pattern.any_depth { "**/" } else { "" };
    let build = |glob: String| {
        GlobBuilder::new(&glob)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(|error| BadPattern {
                code: ProblemCode::RealmSchema,
                message: format!("is no glob: {}", error.kind()),
                suggestion: None,
            })
    };
    let own = build(format!("{prefix}{escaped}"))?;
    let below = build(format!("{prefix}{escaped}/**"))?;
    Ok((own, below))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(patterns: &[&str]) -> SourceSet {
        let (set, bad) = SourceSet::new(patterns);
        assert_eq!(bad, vec![]);
        set
    }

    #[test]
    fn the_rules_of_gitignore() {
        for (patterns, inside, outside) in [
            (
                &["models/*.py"][..],
                &["models/paths.py"][..],
                &["models/a/paths.py", "a/models/paths.py", "models/paths.pyc"][..],
            ),
            (
                &["models/**/*.py"],
                &["models/paths.py", "models/a/b/paths.py"],
                &["src/models/paths.py"],
            ),
            (&["*.py"], &["a.py", "x/y/a.py"], &["a.pyi"]),
            (
                &["models"],
                &["models", "models/a.py", "x/models/b/c.ts"],
                &["mymodels/a.py"],
            ),
            (
                &["models/"],
                &["models/a.py", "x/models/a.py"],
                &["models", "x/models"],
            ),
            (&["./setup.py"], &["setup.py"], &["x/setup.py"]),
            (&["a/**"], &["a/b", "a/b/c"], &["a", "b/a/c"]),
            (
                &["**/paths.py"],
                &["paths.py", "a/b/paths.py"],
                &["xpaths.py"],
            ),
            (&["src/?.ts"], &["src/a.ts"], &["src/ab.ts", "src//.ts"]),
            (&["src/[ab].ts"], &["src/a.ts"], &["src/c.ts"]),
            (&["src/[!ab].ts"], &["src/c.ts"], &["src/a.ts"]),
            (&["src/{a,b}.ts"], &["src/{a,b}.ts"], &["src/a.ts"]),
            (
                &["models/**/*.py", "!models/tests/", "models/tests/keep.py"],
                &["models/a.py", "models/tests/keep.py"],
                &["models/tests/a.py"],
            ),
            (&["!models/a.py"], &[], &["models/a.py", "models/b.py"]),
            (&["."], &["a.py", "x/b.ts"], &[]),
            (&["bilder/é*.py"], &["bilder/éa.py"], &["bilder/a.py"]),
        ] {
            let set = set(patterns);
            for path in inside {
                assert!(set.matches(path), "{patterns:?} should have {path}");
            }
            for path in outside {
                assert!(!set.matches(path), "{patterns:?} should not have {path}");
            }
        }
    }

    #[test]
    fn a_file_is_named_by_itself_alone() {
        let set = set(&["tests/test_paths.py", "conftest.py", "a/*.py", "b/"]);
        for (path, named) in [
            ("tests/test_paths.py", true),
            ("x/tests/test_paths.py", false),
            ("conftest.py", true),
            ("x/conftest.py", true),
            ("myconftest.py", false),
            ("a/test_x.py", false),
            ("b/test_x.py", false),
        ] {
            assert_eq!(set.names_file(path), named, "{path}");
        }
    }

    #[test]
    fn which_pattern_it_was() {
        let set = set(&["*.py", "models/**/*.py", "!models/x.py"]);
        assert_eq!(set.matching_pattern("a.py"), Some(0));
        assert_eq!(set.matching_pattern("models/a.py"), Some(1));
        assert_eq!(set.matching_pattern("models/x.py"), None);
        assert!(set.pattern_matches(0, "models/x.py"));
        assert!(set.pattern_matches(2, "models/x.py"));
        assert_eq!(set.specificity("models/a.py"), Some("models/".len()));
        assert_eq!(set.specificity("models/x.py"), None);
    }

    #[test]
    fn what_leaves_the_repo_or_is_no_glob_is_told() {
        for (pattern, code, suggestion) in [
            ("../x/*.py", ProblemCode::PathEscapes, None),
            ("a/../../x", ProblemCode::PathEscapes, None),
            ("/etc/*", ProblemCode::PathEscapes, Some("etc/*")),
            ("!/setup.py", ProblemCode::PathEscapes, Some("!./setup.py")),
            ("C:/x", ProblemCode::PathEscapes, None),
            ("a\\*.py", ProblemCode::PathEscapes, Some("a/*.py")),
            ("a\u{7}", ProblemCode::PathEscapes, None),
            ("src/[ab.ts", ProblemCode::RealmSchema, None),
            ("", ProblemCode::RealmSchema, None),
            ("!", ProblemCode::RealmSchema, None),
        ] {
            let wrong = check(pattern).unwrap_err();
            assert_eq!(wrong.code, code, "{pattern}");
            assert_eq!(wrong.suggestion.as_deref(), suggestion, "{pattern}");
        }
        let (set, bad) = SourceSet::new(&["../x", "*.py"]);
        assert_eq!(bad.len(), 1);
        assert_eq!(set.matching_pattern("a.py"), Some(1));
    }
}
