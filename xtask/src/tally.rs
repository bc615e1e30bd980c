//! How many tests passed and failed, read off the lines in which test programs say so.

use std::fmt;

/// Tests that ran. Ignored ones are in neither number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// What a line counts, if it is one of
    /// - `test result: ok. 12 passed; 0 failed; 1 ignored; …`, of a Rust test program;
    /// - `nvim: 12 passed, 0 failed`, of an editor's.
    pub(crate) fn of_line(line: &str) -> Option<Self> {
        let counts = match line.strip_prefix("test result: ") {
            Some(result) => result.split_once(". ")?.1,
            None => {
                line.split_once(": ")
                    .filter(|(word, _)| !word.contains(' '))?
                    .1
            }
        };
        let mut parts = counts.split([';', ',']);
        let passed = parts.next()?.trim().strip_suffix(" passed")?.parse().ok()?;
        let failed = parts.next()?.trim().strip_suffix(" failed")?.parse().ok()?;
        Some(Self { passed, failed })
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_count() {
        let cases = [
            (
                "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
                12,
                0,
            ),
            (
                "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
                3,
                2,
            ),
            ("nvim: 13 passed, 0 failed", 13, 0),
            ("nvim: 13 passed, 1 failed, 2 skipped", 13, 1),
        ];
        for (line, passed, failed) in cases {
            assert_eq!(
                Tally::of_line(line),
                Some(Tally { passed, failed }),
                "{line}"
            );
        }
    }

    #[test]
    fn lines_that_do_not() {
        let cases = [
            "",
            "running 12 tests",
            "test tally::tests::lines_that_count ... ok",
            "the runner said: 12 passed, 0 failed",
            "12 passed, 0 failed",
            "nvim: many passed, 0 failed",
            "ok - vim.lsp.enable attaches the server",
        ];
        for line in cases {
            assert_eq!(Tally::of_line(line), None, "{line}");
        }
    }
}
