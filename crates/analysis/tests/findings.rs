//! What is said of small worlds, word for word. A case is a paragraph of a file in
//! `tests/findings/`: its name behind `===`, the files of its world (see `world.rs`) over those of
//! the file's preamble and of `world.txt`, and what is said behind `//=`. A `$0` in a file asks for the hover there
//! instead; `//! data` adds what is related and what machines read, `//! prints` fingerprints. Adding a case is adding text:
//! `UPDATE=1 cargo test -p blue-analysis --test findings` writes the `//=` lines, for a person to
//! read before they are believed.

#![allow(clippy::unwrap_used)] // clippy.toml's exemption does not reach a test's own functions.

mod world;

use std::fmt::Write as _;
use std::path::PathBuf;

use blue_analysis::Finding;
use blue_text::Span;
use world::{Hosted, World};

/// How much of a finding is written out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Data {
    Words,
    /// The fingerprint as well.
    Prints,
    /// What is related and what machines read as well.
    All,
}

/// What the world's repositories are told.
fn said(world: &World, data: Data) -> Vec<String> {
    let hosted = world.host();
    if let Some((path, offset)) = &world.cursor {
        return hover(&hosted, path, *offset);
    }
    let snapshot = hosted.host.snapshot();
    let mut lines = Vec::new();
    for (folder, _, key) in &hosted.repos {
        let found = snapshot.findings(*key).unwrap();
        for finding in &found.findings {
            describe(&hosted, finding, data, &mut lines);
        }
        for finding in &found.at_makers {
            lines.push("told as well".to_owned());
            describe(&hosted, finding, data, &mut lines);
        }
        for passed in &found.passed {
            let mode = format!("{:?}", passed.mode).to_lowercase();
            lines.push(format!(
                "ok {folder} as {mode} of {}: {}",
                passed.contract, passed.text
            ));
        }
        for note in &found.notes {
            lines.push(format!("note {folder} {note}"));
        }
        for (count, what) in [(found.unchecked, "unchecked"), (found.silenced, "silenced")] {
            if count > 0 {
                lines.push(format!("{what} {folder} {count}"));
            }
        }
    }
    lines
}

fn describe(hosted: &Hosted, finding: &Finding, data: Data, lines: &mut Vec<String>) {
    let (place, there) = hosted.place(&finding.place);
    let (severity, code) = (finding.severity, finding.code);
    assert_eq!(finding.sites.first(), Some(&finding.place), "{place}");
    lines.push(format!("{place} {severity} {code} {}", finding.message));
    lines.push(format!("  at {}", there.replace('\n', "⏎")));
    if data == Data::Prints {
        lines.push(format!("  print {}", finding.fingerprint));
    }
    if let Some(accepted) = &finding.accepted {
        assert!(!finding.counts());
        let accepted = serde_json::to_string(accepted).unwrap();
        lines.push(format!("  accepted {accepted}"));
    }
    for site in &finding.sites[1..] {
        lines.push(format!("  also {}", hosted.place(site).0));
    }
    if data == Data::All {
        for related in &finding.related {
            let (place, there) = hosted.place(&related.place);
            let there = there.lines().next().unwrap_or_default();
            lines.push(format!("  see {place} {} `{there}`", related.message));
        }
        let change = serde_json::to_string(&finding.change).unwrap();
        lines.push(format!("  change {change}"));
        let fixes = finding
            .fixes
            .iter()
            .map(|fix| format!("{} ({})", fix.id, fix.title));
        lines.push(format!("  fixes {}", fixes.collect::<Vec<_>>().join(", ")));
    }
}

fn hover(hosted: &Hosted, path: &str, offset: u32) -> Vec<String> {
    let (folder, file) = path.trim_start_matches('/').split_once('/').unwrap();
    let snapshot = hosted.host.snapshot();
    let found = match hosted.realms.iter().find(|(of, ..)| of == folder) {
        Some((_, _, key)) => snapshot.realm_hover(*key, file, offset),
        None => snapshot.hover(hosted.repo(folder), file, offset),
    };
    let Some(hover) = found.unwrap() else {
        return vec!["nothing".to_owned()];
    };
    let mut lines = vec![format!("hover {}", on(hosted, folder, file, hover.span))];
    lines.extend(hover.markdown.lines().map(|line| format!("| {line}")));
    lines
}

fn on(hosted: &Hosted, folder: &str, path: &str, span: Span) -> String {
    let realm = hosted.realms.iter().find(|(of, ..)| of == folder);
    let repo = hosted.repos.iter().find(|(of, ..)| of == folder);
    let root = match (realm, repo) {
        (Some((_, name, _)), _) => blue_analysis::Root::Realm(name.clone()),
        (None, repo) => blue_analysis::Root::Repo(repo.unwrap().1.clone()),
    };
    let path = path.into();
    hosted.place(&blue_analysis::Place { root, path, span }).0
}

/// A file of cases: what stands before the first, and each with its head.
fn cases(text: &str) -> (&str, Vec<&str>) {
    let mut starts: Vec<usize> = text
        .match_indices("=== ")
        .map(|(at, _)| at)
        .filter(|at| *at == 0 || text.as_bytes()[at - 1] == b'\n')
        .collect();
    let preamble = &text[..starts.first().copied().unwrap_or(text.len())];
    starts.push(text.len());
    let cases = starts.windows(2).map(|pair| &text[pair[0]..pair[1]]);
    (preamble, cases.collect())
}

fn check(file: &str, text: &str) {
    let (preamble, cases) = cases(text);
    let shared = World::read(include_str!("findings/world.txt")).and(preamble);
    let (mut wrong, mut updated) = (String::new(), preamble.to_owned());
    for case in cases {
        let name = case.lines().next().unwrap();
        let asks = |setting: &str| case.lines().any(|line| line == setting);
        let data = match () {
            () if asks("//! data") => Data::All,
            () if asks("//! prints") => Data::Prints,
            () => Data::Words,
        };
        let expected = case.lines().filter_map(|line| line.strip_prefix("//= "));
        let expected: Vec<&str> = expected.map(str::trim_end).collect();
        let kept: Vec<&str> = case
            .lines()
            .filter(|line| !line.starts_with("//="))
            .collect();
        let kept = kept.join("\n").trim_end().to_owned();
        let seen: Vec<String> = said(&shared.and(&kept), data)
            .iter()
            .map(|line| line.trim_end().to_owned())
            .collect();
        if seen != expected {
            writeln!(wrong, "\n{file}: {name}").unwrap();
            for line in similar::TextDiff::from_slices(
                &expected,
                &seen.iter().map(String::as_str).collect::<Vec<_>>(),
            )
            .iter_all_changes()
            {
                writeln!(wrong, "  {} {}", line.tag(), line.value()).unwrap();
            }
        }
        writeln!(updated, "{kept}").unwrap();
        for line in &seen {
            writeln!(updated, "//= {line}").unwrap();
        }
        updated.push('\n');
    }
    if std::env::var_os("UPDATE").is_some() {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/findings");
        std::fs::write(path.join(file), updated.trim_end().to_owned() + "\n").unwrap();
    }
    assert!(wrong.is_empty(), "{wrong}");
}

macro_rules! findings {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let file = concat!(stringify!($name), ".txt");
            check(file, include_str!(concat!("findings/", stringify!($name), ".txt")));
        }
    )*};
}

mod each {
    use super::check;
    findings! { added removed compared sites files following pending deprecated accepted coverage excess silencing ignored hover }
    findings! { realm_hover symbols queries settings typing makers }
}
