//! What a keystroke costs: the incremental parse, the summary and the sites of one file, with a key
//! of the last function typed into. The file imports its prefixes from another one.

#![allow(missing_docs)] // what the macros make has none

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

use blue_detect::{Dialect, MemoryProgram, StatementCache, sites, summarise};
use criterion::{Criterion, criterion_group, criterion_main};
use tree_sitter::{InputEdit, Point};

const PATHS: &str = "RAW = 'raw'\nMASKS = f'{RAW}/masks'\ndef job_key(job, name):\n    return f'jobs/{job}/{name}'\n";

/// A file of about that many lines: functions with one site each.
fn python(lines: usize) -> String {
    let mut text = String::from(
        "import boto3\nfrom paths import RAW, MASKS, job_key\ns3 = boto3.client('s3')\n",
    );
    for n in 0..lines / 8 {
        let key = match n % 3 {
            0 => format!("f'{{RAW}}/{n}/{{name}}.tif'"),
            1 => format!("MASKS + '/{n}.png'"),
            _ => format!("job_key(name, 'step-{n}.json')"),
        };
        let _ = write!(
            text,
            "def step_{n}(name, image, options=None):\n    if options is None:\n        options = {{'level': {n}}}\n    result = transform(image, **options)\n    log.info('step %s', name)\n    s3.put_object(Bucket='imaging', Key={key}, Body=result)\n    return result\n\n"
        );
    }
    text
}

fn keystroke(c: &mut Criterion) {
    for lines in [1_000, 10_000] {
        let mut text = python(lines);
        let cache = StatementCache::default();
        let dialect = Dialect::Python;
        let Some(mut tree) = dialect.parse(&text, None, &mut || false) else {
            continue;
        };
        let _ = summarise(&text, &tree, dialect, &cache, &mut || false);
        let Some(at) = text.rfind("Key=").map(|at| at + 7) else {
            continue;
        };
        let mut typed = false;
        let mut type_one = |tree: &mut tree_sitter::Tree, text: &mut String| {
            let (old, new) = if typed { (at + 1, at) } else { (at, at + 1) };
            text.replace_range(at..old, if typed { "" } else { "x" });
            typed = !typed;
            let row = text[..at].matches('\n').count();
            let column = at - text[..at].rfind('\n').map_or(0, |line| line + 1);
            let point = |byte: usize| Point::new(row, column + byte - at);
            tree.edit(&InputEdit {
                start_byte: at,
                old_end_byte: old,
                new_end_byte: new,
                start_position: point(at),
                old_end_position: point(old),
                new_end_position: point(new),
            });
        };
        c.bench_function(&format!("parse and summarise, {lines} lines"), |b| {
            b.iter(|| {
                type_one(&mut tree, &mut text);
                if let Some(new) = dialect.parse(&text, Some(&tree), &mut || false) {
                    tree = new;
                }
                black_box(summarise(&text, &tree, dialect, &cache, &mut || false))
            });
        });
        let files = [("paths.py", PATHS), ("run.py", &text)];
        let program =
            MemoryProgram::new(files.map(|(path, text)| (Arc::from(path), Arc::from(text))));
        let Some(file) = program.relevant().last().copied() else {
            continue;
        };
        c.bench_function(&format!("sites, {lines} lines"), |b| {
            b.iter(|| black_box(sites(&program, file).len()));
        });
    }
}

criterion_group!(benches, keystroke);
criterion_main!(benches);
