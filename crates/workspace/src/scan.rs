//! What Blue sees in any code, with no realm at all: `blue detect`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use blue_analysis::Content;
use blue_detect::{
    Bucket, FileId, MemoryProgram, Op, Program, grants, is_test_path, place_grants, place_sites,
    sites,
};
use blue_text::Span;

use crate::discover::plain;
use crate::disk;

/// A site in some code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenSite {
    /// Relative to the folder it was found under, `/` between its parts.
    pub path: Arc<str>,
    /// The file's text.
    pub text: Arc<str>,
    /// Bytes of the text.
    pub span: Span,
    /// What it does.
    pub op: Op,
    /// The folded value.
    pub pattern: String,
    /// The bucket: its name, or `env:NAME` where a variable names it.
    pub bucket: Option<String>,
    /// The IAM actions of a grant.
    pub actions: Vec<String>,
    /// The steps that folded the value, in words.
    pub how: Vec<String>,
    /// Why nothing of the value is known.
    pub opaque: Option<String>,
}

/// What a scan saw.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// In the order of (path, offset).
    pub sites: Vec<SeenSite>,
    /// Source files read.
    pub files: usize,
    /// Of these, the ones worth parsing.
    pub parsed: usize,
    /// Files that could not be read, with the reason.
    pub unreadable: Vec<(Arc<str>, Arc<str>)>,
}

/// Scans folders and files. A folder is one program, whose files may name each other; a single
/// file belongs to the folder it lies in, and is shown alone. Tests are left out unless they are
/// named themselves.
///
/// # Errors
/// The first path that does not exist.
pub fn scan(paths: &[PathBuf]) -> Result<Scan, PathBuf> {
    let mut scan = Scan::default();
    for path in paths {
        let path = plain(path);
        let path = if path.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            path
        };
        if path.is_dir() {
            scan_folder(&path, None, &mut scan);
        } else if path.is_file() {
            let parent = path
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty());
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            scan_folder(parent.unwrap_or(Path::new(".")), name.as_deref(), &mut scan);
        } else {
            return Err(path);
        }
    }
    Ok(scan)
}

fn scan_folder(root: &Path, only: Option<&str>, scan: &mut Scan) {
    let mut texts: Vec<(Arc<str>, Arc<str>)> = Vec::new();
    for (path, content) in disk::source_files(root) {
        match content {
            Content::Text(text) => texts.push((path, text)),
            Content::Unreadable(why) => scan.unreadable.push((path, why)),
        }
    }
    scan.files += texts.len();
    let program = MemoryProgram::new(texts);
    scan.parsed += program.relevant().len();
    let wanted = |file: &&FileId| match only {
        Some(name) => *program.path(**file) == *name,
        None => !is_test_path(&program.path(**file)),
    };
    let files: Vec<FileId> = program.relevant().iter().filter(wanted).copied().collect();
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<SeenSite>> = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let seen = sites_of(&program, *file);
                    if let Ok(mut found) = found.lock() {
                        found.extend(seen);
                    }
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap_or_default();
    found.sort_by(|a, b| {
        (&a.path, a.span, a.op, &a.pattern).cmp(&(&b.path, b.span, b.op, &b.pattern))
    });
    scan.sites.extend(found);
}

fn sites_of(program: &MemoryProgram, file: FileId) -> Vec<SeenSite> {
    let positions = program.summary(file).positions.clone();
    let (path, text) = (program.path(file), program.text(file).clone());
    let mut seen = Vec::new();
    for site in place_sites(&sites(program, file), &positions) {
        seen.push(SeenSite {
            path: path.clone(),
            text: text.clone(),
            span: site.span,
            op: site.op,
            pattern: site.pattern.to_string(),
            bucket: site.bucket.as_ref().map(bucket_name),
            actions: Vec::new(),
            how: site.how.clone(),
            opaque: site.opaque.as_ref().map(ToString::to_string),
        });
    }
    for placed in place_grants(&grants(program, file), &positions) {
        for resource in &placed.grant.resources {
            let Some(keys) = &resource.keys else { continue };
            let denies = placed.grant.effect == blue_detect::Effect::Deny;
            seen.push(SeenSite {
                path: path.clone(),
                text: text.clone(),
                span: placed.span,
                op: Op::Grant,
                pattern: keys.to_string(),
                bucket: resource.bucket.as_ref().map(bucket_name),
                actions: placed
                    .grant
                    .actions
                    .iter()
                    .map(ToString::to_string)
                    .collect(),
                how: if denies {
                    vec!["denied".to_owned()]
                } else {
                    Vec::new()
                },
                opaque: resource.opaque.as_ref().map(ToString::to_string),
            });
        }
    }
    seen
}

fn bucket_name(bucket: &Bucket) -> String {
    match bucket {
        Bucket::Known(name) => name.to_string(),
        Bucket::Env(name) => format!("env:{name}"),
    }
}
