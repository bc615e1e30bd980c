//! The sites and grants of any folder, one a line: `path:line:col op pattern bucket why | how`.
//! For reading by eye what Blue makes of code that nobody here wrote, and for timing it.
//!
//! `cargo run --release -p blue-detect --example scan -- FOLDER`

#![allow(clippy::print_stdout, clippy::print_stderr)] // it is a command

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use blue_detect::{
    Bucket, FileId, MemoryProgram, Program, grants, is_generated, is_minified, is_skipped_dir,
    is_source, is_test_path, place_grants, place_sites, sites,
};

fn main() {
    let Some(root) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("which folder?");
        std::process::exit(2);
    };
    let started = Instant::now();
    let mut texts = Vec::new();
    read(&root, &root, &mut texts);
    let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
    eprintln!(
        "read {} files, {} kB: {:?}",
        texts.len(),
        bytes / 1000,
        started.elapsed()
    );

    let started = Instant::now();
    let program = MemoryProgram::new(texts);
    let summarised = started.elapsed();
    eprintln!(
        "{} files looked into: {summarised:?}",
        program.relevant().len()
    );

    let started = Instant::now();
    let mut slowest = (0, Arc::from(""));
    let mut lines = Vec::new();
    for file in program.relevant() {
        let started = Instant::now();
        print_file(&program, *file, &mut lines);
        let took = started.elapsed();
        if took.as_millis() > 500 {
            eprintln!("slow: {took:?} in {}", program.path(*file));
        }
        slowest = slowest.max((took.as_micros(), program.path(*file)));
    }
    eprintln!(
        "resolved: {:?}; slowest {} µs in {}",
        started.elapsed(),
        slowest.0,
        slowest.1
    );
    for line in lines {
        println!("{line}");
    }
}

fn read(root: &Path, folder: &Path, texts: &mut Vec<(Arc<str>, Arc<str>)>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let mut entries: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !is_skipped_dir(&name) {
                read(root, &path, texts);
            }
            continue;
        }
        let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy();
        if !is_source(&relative) || is_test_path(&relative) {
            continue;
        }
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        if !is_minified(&text) && !is_generated(&text) {
            texts.push((relative.replace('\\', "/").into(), text.into()));
        }
    }
}

fn print_file(program: &MemoryProgram, file: FileId, lines: &mut Vec<String>) {
    let positions = program.summary(file).positions.clone();
    let text = program.text(file);
    let path = program.path(file);
    let place = |offset: u32| {
        let before = &text[..offset as usize];
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
        format!("{path}:{line}:{column}")
    };
    let bucket = |bucket: &Option<Bucket>| match bucket {
        Some(Bucket::Known(name)) => name.to_string(),
        Some(Bucket::Env(name)) => format!("env:{name}"),
        None => "-".to_owned(),
    };
    for site in place_sites(&sites(program, file), &positions) {
        let why = site
            .opaque
            .map(|why| format!(" OPAQUE {why}"))
            .unwrap_or_default();
        let place = place(site.span.start);
        let op = site.op.as_str();
        let how = site.how.join("; ");
        lines.push(format!(
            "{place} {op} {} {}{why} | {how}",
            site.pattern,
            bucket(&site.bucket)
        ));
    }
    for placed in place_grants(&grants(program, file), &positions) {
        let fields = placed.grant.fields().join("+");
        for resource in &placed.grant.resources {
            let keys = resource
                .keys
                .as_ref()
                .map_or("(bucket)".to_owned(), ToString::to_string);
            let place = place(placed.span.start);
            lines.push(format!(
                "{place} grant:{fields} {keys} {} |",
                bucket(&resource.bucket)
            ));
        }
    }
}
