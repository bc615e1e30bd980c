//! Which files are source that people wrote: by their path, and by the look of their text.

use crate::language::Dialect;
use crate::projects::is_project_file;

/// Whether a host has to know a file's text: it is in a language that Blue reads, or says what
/// imports mean.
pub fn is_source(path: &str) -> bool {
    Dialect::of_path(path).is_some() || is_project_file(path)
}

/// Whether code may import a file of JSON by its name, as it does a configuration or a table of names. What says how a
/// project is built and what a tool has made are not meant, nor one of many alike: these have numbers in their names.
pub(crate) fn may_be_imported(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_of_tools = is_project_file(path)
        || is_lock_file(name)
        || name.starts_with('.')
        || matches!(name, "composer.json" | "manifest.json" | "angular.json");
    let of_many = |folder: &str| {
        matches!(
            folder,
            "fixtures"
                | "__fixtures__"
                | "__snapshots__"
                | "i18n"
                | "locale"
                | "locales"
                | "testdata"
                | "translations"
        )
    };
    !is_of_tools
        && !name.contains(|letter: char| letter.is_ascii_digit())
        && !folders.split('/').any(of_many)
}

/// Whether a file only says which versions of packages are installed, by its path; some are large.
pub fn is_lock_file(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    matches!(
        name,
        "package-lock.json" | "pnpm-lock.yaml" | "npm-shrinkwrap.json" | "composer.lock"
    )
}

/// Whether a file is a test, by its name or its folder. Tests touch what they like; a binding that
/// names one itself means it.
pub fn is_test_path(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let in_tests = folders
        .split('/')
        .any(|folder| matches!(folder, "test" | "tests" | "__tests__"));
    in_tests
        || matches!(name, "conftest.py" | "tests.py")
        // Further in, it may be what a program calls its command.
        || (folders.is_empty() && matches!(stem, "test" | "tests"))
        || (name.ends_with(".py") && (stem.starts_with("test_") || stem.ends_with("_test")))
        || [".test", ".spec"].iter().any(|end| stem.ends_with(end))
}

/// Whether a file shows others how to call what the repository has: an example or a page of documentation. What it gives
/// to a function is one of all the things that anybody may give.
pub(crate) fn is_example_path(path: &str) -> bool {
    let mut folders = path.split('/');
    folders.next_back();
    folders.any(|folder| {
        matches!(
            folder,
            "example"
                | "examples"
                | "demo"
                | "demos"
                | "doc"
                | "docs"
                | "tutorial"
                | "tutorials"
                | "benchmark"
                | "benchmarks"
                | "notebooks"
        )
    })
}

/// Whether a folder holds what was installed or built, by its name: it is not walked. Of the hidden ones those are
/// named that tools fill; people write the others (`.github`, `.chalice`).
pub fn is_skipped_dir(name: &str) -> bool {
    matches!(
        name,
        "node_modules"
            | "site-packages"
            | "venv"
            | ".venv"
            | "vendor"
            | "dist"
            | "target"
            | "cdk.out"
            | "__pycache__"
            | ".git"
            | ".tox"
            | ".nox"
            | ".mypy_cache"
            | ".worktrees"
            | ".hg"
            | ".svn"
            | ".jj"
            | ".aws-sam"
            | ".serverless"
            | ".serverless_plugins"
            | ".sst"
            | ".build"
            | ".terraform"
            | ".amplify"
            | ".cdk.staging"
            | ".next"
            | ".open-next"
            | ".nuxt"
            | ".output"
            | ".svelte-kit"
            | ".turbo"
            | ".parcel-cache"
            | ".cache"
            | ".yarn"
            | ".pnpm-store"
            | ".npm"
            | ".eggs"
            | ".pytest_cache"
            | ".ruff_cache"
            | ".ipynb_checkpoints"
            | ".gradle"
            | ".idea"
    )
}

/// Whether a text was made for machines to load: a line over 10 kB. The map to its sources that a compiler puts at the
/// end of a file is none.
pub fn is_minified(text: &str) -> bool {
    has_long_line(text) && has_long_line(without_map(text))
}

/// Looked for where a line of that length would have to end, and not line by line: an open file is asked at each keystroke.
fn has_long_line(text: &str) -> bool {
    const LONG: usize = 10_000;
    let mut rest = text.as_bytes();
    while let Some(line) = rest.get(..=LONG) {
        match memchr::memrchr(b'\n', line) {
            Some(end) => rest = &rest[end + 1..],
            None => return true,
        }
    }
    false
}

fn without_map(text: &str) -> &str {
    const MAP: &str = "\n//# sourceMappingURL=";
    text.rfind(MAP).map_or(text, |at| &text[..at])
}

/// Whether a text says of itself, in its first lines, that a program wrote it.
pub fn is_generated(text: &str) -> bool {
    let mut head = text.split('\n').take(5);
    head.any(|line| {
        let comment = line.trim_start();
        let comment = comment.starts_with(['#', '/', '*']);
        comment && (line.contains("@generated") || line.contains("DO NOT EDIT"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_by_name_and_folder() {
        let cases = [
            ("tests/helpers.py", true),
            ("app/test_io.py", true),
            ("app/io_test.py", true),
            ("src/a.test.ts", true),
            ("src/a.spec.tsx", true),
            ("src/__tests__/a.ts", true),
            ("app/latest.py", false),
            ("app/contest.py", false),
            ("attest/io.py", false),
            ("src/spec.ts", false),
        ];
        for (path, expected) in cases {
            assert_eq!(is_test_path(path), expected, "{path}");
        }
    }

    #[test]
    fn examples_are_told_by_their_folder() {
        let cases = [
            ("examples/store/run.py", true),
            ("docs/conf.py", true),
            ("app/docs.py", false),
            ("app/demo_data/io.py", false),
        ];
        for (path, expected) in cases {
            assert_eq!(is_example_path(path), expected, "{path}");
        }
    }

    #[test]
    fn what_programs_wrote_is_told_by_its_text() {
        assert!(is_generated("# Code generated by x. DO NOT EDIT.\n"));
        assert!(is_generated("/**\n * @generated\n */\n"));
        assert!(!is_generated("x = 'DO NOT EDIT'\n"));
        assert!(is_minified(&"x".repeat(10_001)));
        assert!(!is_minified(&"x = 1\n".repeat(10_000)));
        let map = "x".repeat(20_000);
        assert!(!is_minified(&format!(
            "x = 1\n//# sourceMappingURL=data:{map}\n"
        )));
        assert!(is_minified(&format!(
            "{map}\n//# sourceMappingURL=a.js.map\n"
        )));
    }
}
