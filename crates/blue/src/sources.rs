//! Code without a realm: which files `blue detect` reads for the paths it is given, and their texts.
//!
//! A file's names may come from all over its repository, so the whole of it is read, whatever part
//! was asked for; what is reported is that part.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use blue_detect::{is_lock_file, is_test_path};
use ignore::WalkBuilder;
use rayon::prelude::*;

use crate::failure::Error;

/// Bytes of a source file that is read at most.
const FILE_BYTES: u64 = 5 << 20;
/// Bytes of a template that is looked into where nobody names it.
const TEMPLATE_BYTES: u64 = 1 << 20;

/// The texts of a repository, or of a folder that is in none.
#[derive(Default)]
pub(crate) struct Sources {
    /// The folder that paths are relative to.
    pub(crate) root: PathBuf,
    /// By path: relative to the root, `/` between the parts.
    pub(crate) texts: BTreeMap<Arc<str>, Arc<str>>,
    /// What to report: the path of a text, and how to show it.
    pub(crate) asked: BTreeMap<Arc<str>, String>,
    /// Files of a language Blue reads, of those that were asked for, that were too large, minified, or no text.
    pub(crate) unchecked: usize,
}

/// Reads what `paths` (as typed, after `-C` in `dir`) need, a repository each.
///
/// # Errors
/// [`Error::NoPath`] if one of them is not there.
pub(crate) fn read(
    dir: &Path,
    paths: &[PathBuf],
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Sources>, Error> {
    let mut roots: BTreeMap<PathBuf, Vec<Asked>> = BTreeMap::new();
    for typed in paths {
        let absolute = dir.join(typed).canonicalize();
        let absolute = absolute.map_err(|_| Error::NoPath(typed.clone()))?;
        let asked = Asked {
            typed: typed.clone(),
            absolute,
        };
        roots
            .entry(root_of(&asked.absolute))
            .or_default()
            .push(asked);
    }
    let roots = roots.into_iter();
    Ok(roots
        .map(|(root, asked)| read_root(&root, &asked, progress))
        .collect())
}

struct Asked {
    typed: PathBuf,
    absolute: PathBuf,
}

/// The nearest folder above that is a repository to git or to Blue; without one the path itself, or
/// the folder of a file.
fn root_of(path: &Path) -> PathBuf {
    let is_root =
        |dir: &&Path| dir.join(".git").exists() || dir.join(".blue/config.yaml").is_file();
    let folder = match path.is_dir() {
        true => path,
        false => path.parent().unwrap_or(path),
    };
    folder
        .ancestors()
        .find(is_root)
        .unwrap_or(folder)
        .to_owned()
}

fn read_root(root: &Path, asked: &[Asked], progress: &mut dyn FnMut(&str)) -> Sources {
    let mut files = BTreeMap::new();
    let starts = asked.iter().map(|asked| asked.absolute.as_path());
    for start in [root].into_iter().chain(starts) {
        for file in walk(start) {
            if files.len() % 256 == 0 {
                progress(&format!("looking for files … {}", files.len()));
            }
            if let Some(path) = relative(&file, root) {
                files.insert(path, file);
            }
        }
    }
    progress(&format!("reading {} files …", files.len()));
    let named = |file: &Path| asked.iter().any(|asked| asked.absolute == file);
    let is_shown = |file: &Path| asked.iter().any(|asked| shown(asked, file, root).is_some());
    // Most YAML and JSON is something else than a template. No name in code leads to YAML; JSON is imported.
    let is_wanted = |file: &Path| match blue_detect::is_source(&file.to_string_lossy()) {
        true => true,
        false => named(file) || (is_shown(file) && holds_policies(file)),
    };
    let texts: Vec<_> = files
        .par_iter()
        .filter(|(_, file)| is_wanted(file))
        .map(|(path, file)| (path, file, text_of(file, named(file))))
        .collect();
    let mut sources = Sources {
        root: root.to_owned(),
        ..Sources::default()
    };
    for (path, file, text) in texts {
        let shown = asked.iter().find_map(|asked| shown(asked, file, root));
        let is_checked = |text: &Option<Arc<str>>| {
            let is_small = |text: &&str| text.len() as u64 <= TEMPLATE_BYTES;
            let text = text.as_deref().filter(is_small);
            let holds_policies = || text.is_some_and(blue_detect::may_hold_policies);
            !blue_detect::is_template(path) || named(file) || holds_policies()
        };
        let shown = shown.filter(|_| is_checked(&text));
        let Some(text) = text else {
            sources.unchecked += usize::from(shown.is_some());
            continue;
        };
        sources.texts.insert(Arc::clone(path), text);
        if let Some(shown) = shown {
            sources.asked.insert(Arc::clone(path), shown);
        }
    }
    sources
}

/// The files below a path, in languages Blue reads, that are the repository's own. Of what is hidden it is the
/// templates alone: code there works on the repository (hooks, workflows), while policies lie wherever the tool that
/// deploys them looks.
fn walk(start: &Path) -> impl Iterator<Item = PathBuf> {
    let own = |entry: &ignore::DirEntry| {
        entry.depth() == 0 || !blue_detect::is_skipped_dir(&entry.file_name().to_string_lossy())
    };
    let mut walk = WalkBuilder::new(start);
    let walk = walk.require_git(false).hidden(false).filter_entry(own);
    let start = start.to_owned();
    walk.build()
        .flatten()
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .filter(move |entry| {
            let path = entry.path().to_string_lossy();
            let below = entry.path().strip_prefix(&start).unwrap_or(entry.path());
            (blue_detect::is_source(&path) && !is_hidden(below))
                || (blue_detect::is_template(&path) && !is_lock_file(&path))
        })
        .map(ignore::DirEntry::into_path)
}

fn is_hidden(path: &Path) -> bool {
    let mut parts = path.components();
    parts.any(|part| part.as_os_str().to_string_lossy().starts_with('.'))
}

/// Whether a template holds the words of a policy.
fn holds_policies(path: &Path) -> bool {
    let is_small = fs::metadata(path).is_ok_and(|it| it.len() <= TEMPLATE_BYTES);
    is_small && fs::read_to_string(path).is_ok_and(|text| blue_detect::may_hold_policies(&text))
}

/// Nothing for what Blue does not read; a file that is named is read unless it is too large.
fn text_of(path: &Path, named: bool) -> Option<Arc<str>> {
    if fs::metadata(path).ok()?.len() > FILE_BYTES {
        return None;
    }
    let text = fs::read_to_string(path).ok()?;
    let made = || blue_detect::is_minified(&text) || blue_detect::is_generated(&text);
    (named || !made()).then(|| text.into())
}

/// How a file is shown if it was asked for: as the path was typed, and what is below it.
fn shown(asked: &Asked, file: &Path, root: &Path) -> Option<String> {
    let below = file.strip_prefix(&asked.absolute).ok()?;
    let start = relative(&asked.absolute, root).unwrap_or_default();
    let named = is_test_path(&start) || is_test_path(&format!("{start}/"));
    // Tests are no program that anybody runs for its effects (detection.md, "Never a site").
    if is_test_path(&relative(file, root)?) && !named {
        return None;
    }
    let typed = asked.typed.components();
    let shown: PathBuf = typed
        .chain(below.components())
        .filter(|part| *part != Component::CurDir)
        .collect();
    Some(with_slashes(&shown))
}

fn relative(file: &Path, root: &Path) -> Option<Arc<str>> {
    file.strip_prefix(root)
        .ok()
        .map(|path| with_slashes(path).into())
}

fn with_slashes(path: &Path) -> String {
    let path = path.to_string_lossy();
    match std::path::MAIN_SEPARATOR {
        '/' => path.into_owned(),
        separator => path.replace(separator, "/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is reported and what is read, for paths of a folder with these files.
    fn found(files: &[&str], paths: &[&str]) -> (Vec<String>, usize) {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x = 1\n").unwrap();
        }
        let paths: Vec<_> = paths.iter().map(PathBuf::from).collect();
        let sources = read(dir.path(), &paths, &mut |_| ()).unwrap();
        let asked = sources.iter().flat_map(|it| it.asked.values().cloned());
        let read = sources.iter().map(|it| it.texts.len()).sum();
        (asked.collect(), read)
    }

    #[test]
    fn what_cannot_be_read_counts_where_it_was_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["jobs", "models"] {
            fs::create_dir(dir.path().join(folder)).unwrap();
            fs::write(dir.path().join(folder).join("report.py"), [0xff, 0xfe]).unwrap();
        }
        fs::create_dir(dir.path().join(".git")).unwrap();
        for (path, unchecked) in [(".", 2), ("jobs", 1), ("jobs/report.py", 1)] {
            let sources = read(dir.path(), &[path.into()], &mut |_| ()).unwrap();
            let counted: usize = sources.iter().map(|it| it.unchecked).sum();
            assert_eq!(counted, unchecked, "{path}");
        }
    }

    #[test]
    fn templates_with_policies_are_read_where_they_are_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let policy = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}"#;
        for (file, text) in [
            ("infra/policy.json", policy),
            ("infra/settings.json", "{}"),
            ("other/policy.json", policy),
            ("infra/package-lock.json", policy),
            (".chalice/policy.json", policy),
            (".chalice/hook.py", "x = 1\n"),
            (".aws-sam/build/template.json", policy),
        ] {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        fs::create_dir(dir.path().join(".git")).unwrap();
        for (path, expected) in [
            (
                ".",
                &[
                    ".chalice/policy.json",
                    "infra/policy.json",
                    "other/policy.json",
                ][..],
            ),
            (".chalice", &[".chalice/hook.py", ".chalice/policy.json"]),
            ("infra", &["infra/policy.json"]),
            ("infra/settings.json", &["infra/settings.json"]),
        ] {
            let sources = read(dir.path(), &[path.into()], &mut |_| ()).unwrap();
            let asked = sources.iter().flat_map(|it| it.asked.values());
            let asked: Vec<&str> = asked.map(String::as_str).collect();
            assert_eq!(asked, expected, "{path}");
            assert_eq!(sources[0].unchecked, 0, "{path}");
        }
    }

    #[test]
    fn what_is_read_and_what_is_reported() {
        let aperture = [
            "aperture/.blue/config.yaml",
            "aperture/jobs/tidy.py",
            "aperture/models/paths.py",
            "aperture/models/types.pyi",
            "aperture/node_modules/x/index.js",
            "aperture/tests/test_tidy.py",
            "aperture/README.md",
        ];
        // paths, reported, read
        for (paths, reported, read) in [
            (
                &["aperture"][..],
                &["aperture/jobs/tidy.py", "aperture/models/paths.py"][..],
                3,
            ),
            (&["./aperture/jobs"], &["aperture/jobs/tidy.py"], 3),
            (&["aperture/jobs/tidy.py"], &["aperture/jobs/tidy.py"], 3),
            (&["aperture/tests"], &["aperture/tests/test_tidy.py"], 3),
            (
                &["aperture/node_modules"],
                &["aperture/node_modules/x/index.js"],
                4,
            ),
            (&["aperture/README.md"], &[], 3),
        ] {
            let found = found(&aperture, paths);
            let reported = reported.iter().map(ToString::to_string).collect();
            assert_eq!(found, (reported, read), "{paths:?}");
        }
    }
}
