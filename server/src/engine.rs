//! Stands in for `blue_workspace` until it lands: the same shapes over a toy judgement (every string
//! that begins with `jobs/` in an open Python file is an added value).

#![allow(dead_code, unreachable_pub, missing_docs)]

#[path = "../../crates/analysis/src/finding.rs"]
mod finding;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use blue_text::Span;
pub use finding::{Code, Finding, Place, Root, Severity};

#[derive(Default)]
pub struct Options {}

pub struct Workspace {
    folders: Vec<PathBuf>,
    open: BTreeMap<PathBuf, Arc<str>>,
    live: Arc<()>,
    cancelled: Arc<AtomicBool>,
}

impl Workspace {
    pub fn new(_options: Options) -> Self {
        Self {
            folders: Vec::new(),
            open: BTreeMap::new(),
            live: Arc::default(),
            cancelled: Arc::default(),
        }
    }

    fn write(&mut self) {
        self.cancelled.store(true, Ordering::SeqCst);
        while Arc::strong_count(&self.live) > 1 {
            std::thread::yield_now();
        }
        self.cancelled = Arc::default();
    }

    pub fn add_folder(&mut self, path: &Path) -> Vec<Load> {
        self.write();
        self.folders.push(path.to_owned());
        vec![Load {
            cause: "folder".to_owned(),
        }]
    }

    pub fn remove_folder(&mut self, path: &Path) -> Vec<Load> {
        self.write();
        self.folders.retain(|folder| folder != path);
        Vec::new()
    }

    pub fn buffer_opened(&mut self, path: &Path, text: Arc<str>) -> Vec<Load> {
        self.write();
        self.open.insert(path.to_owned(), text);
        Vec::new()
    }

    pub fn buffer_changed(
        &mut self,
        path: &Path,
        text: Arc<str>,
        _edits: &[blue_text::Edit],
    ) -> Vec<Load> {
        self.buffer_opened(path, text)
    }

    pub fn buffer_closed(&mut self, path: &Path) -> Vec<Load> {
        self.write();
        self.open.remove(path);
        Vec::new()
    }

    pub fn files_changed(&mut self, _paths: &[PathBuf]) -> Vec<Load> {
        self.write();
        Vec::new()
    }

    pub fn loaded(&mut self, _loaded: Loaded) -> Vec<Load> {
        self.write();
        Vec::new()
    }

    pub fn watch_globs(&self) -> Vec<String> {
        vec!["**/.blue/*.yaml".to_owned()]
    }

    pub fn snapshot(&self) -> Snapshot {
        let inside = |path: &Path| self.folders.iter().any(|folder| path.starts_with(folder));
        let open = self.open.iter().filter(|(path, _)| inside(path));
        Snapshot {
            open: open
                .map(|(path, text)| (path.clone(), Arc::clone(text)))
                .collect(),
            cancelled: Arc::clone(&self.cancelled),
            _live: Arc::clone(&self.live),
        }
    }
}

pub struct Load {
    pub cause: String,
}

impl Load {
    pub fn run(self) -> Loaded {
        Loaded
    }
}

pub struct Loaded;

#[derive(Clone)]
pub struct Snapshot {
    open: Vec<(PathBuf, Arc<str>)>,
    cancelled: Arc<AtomicBool>,
    _live: Arc<()>,
}

impl Snapshot {
    pub fn diagnostics(&self) -> Result<Vec<FileDiagnostics>, Cancelled> {
        let mut files = Vec::new();
        for (path, text) in &self.open {
            if self.cancelled.load(Ordering::SeqCst) {
                return Err(Cancelled);
            }
            let (mut items, mut broken, mut at) = (Vec::new(), Vec::new(), 0);
            for line in text.split_inclusive('\n') {
                if line.matches('"').count() % 2 == 1 {
                    broken.push(Span::from_range(at..at + line.len()));
                } else if let Some(start) = line.find("\"jobs/") {
                    let end = start + 1 + line[start + 1..].find('"').unwrap_or(0);
                    items.push(shown(Span::from_range(at + start..at + end + 1), line));
                }
                at += line.len();
            }
            files.push(FileDiagnostics {
                path: path.clone(),
                text: Arc::clone(text),
                open: true,
                items,
                broken,
            });
        }
        Ok(files)
    }

    pub fn hover(&self, path: &Path, offset: u32) -> Result<Option<Hover>, Cancelled> {
        let files = self.diagnostics()?;
        let file = files.iter().find(|file| file.path == path);
        let item = file.and_then(|file| file.items.iter().find(|item| item.span.touches(offset)));
        Ok(item.map(|item| Hover {
            markdown: item.finding.message.clone(),
            span: item.span,
        }))
    }
}

fn shown(span: Span, line: &str) -> Shown {
    let place = Place {
        root: Root::Repo("aperture".into()),
        path: "models/paths.py".into(),
        span,
    };
    let finding = Finding {
        code: Code::ExportAdded,
        severity: Severity::Info,
        message: format!("adds {}", line.trim()),
        place,
        sites: Vec::new(),
        related: Vec::new(),
        repo: None,
        realm: None,
        domain: None,
        contract: None,
        change: None,
        fixes: Vec::new(),
        fingerprint: format!("v1:{}", line.trim()),
    };
    Shown {
        span,
        finding: Arc::new(finding),
        related: Vec::new(),
    }
}

pub struct FileDiagnostics {
    pub path: PathBuf,
    pub text: Arc<str>,
    pub open: bool,
    pub items: Vec<Shown>,
    pub broken: Vec<Span>,
}

#[derive(Clone)]
pub struct Shown {
    pub span: Span,
    pub finding: Arc<Finding>,
    pub related: Vec<ShownRelated>,
}

#[derive(Clone)]
pub struct ShownRelated {
    pub path: PathBuf,
    pub text: Arc<str>,
    pub span: Span,
    pub message: String,
}

pub struct Hover {
    pub markdown: String,
    pub span: Span,
}

#[derive(Debug)]
pub struct Cancelled;
