//! What a large program costs whose functions call one another in layers: each hands the key that it is given on to all
//! functions of the layer below, down to the one that writes. So there are more ways to the key than anybody can
//! go, and few different questions on them. Twice as many functions a layer are to cost a few times as much.

#![allow(missing_docs)] // what the macros make has none

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

use blue_detect::{MemoryProgram, sites_of_files};
use criterion::{Criterion, criterion_group, criterion_main};

const LAYERS: usize = 6;

/// A module a layer.
fn program(functions: usize) -> Vec<(Arc<str>, Arc<str>)> {
    let mut texts = Vec::new();
    for layer in 0..LAYERS {
        let mut text = String::from("import boto3\nfrom layers import ");
        let below = layer + 1;
        let names: Vec<_> = (0..functions)
            .map(|n| format!("save_{below}_{n}"))
            .collect();
        text = match layer + 1 < LAYERS {
            true => text.replace(
                "from layers import ",
                &format!("from layers.layer_{below} import {}", names.join(", ")),
            ),
            false => text.replace("from layers import ", "\ns3 = boto3.client('s3')"),
        };
        text.push_str("\n\n");
        for n in 0..functions {
            let _ = writeln!(text, "def save_{layer}_{n}(key, data):");
            match layer + 1 < LAYERS {
                true => names.iter().for_each(|name| {
                    let _ = writeln!(text, "    {name}(key, data)");
                }),
                false => text.push_str("    s3.put_object(Bucket='cultivarium-fungal-imaging', Key=f'jobs/{key}', Body=data)\n"),
            }
            text.push_str("\n\n");
        }
        texts.push((format!("layers/layer_{layer}.py").into(), text.into()));
    }
    let main = "from layers.layer_0 import save_0_0\n\nsave_0_0('nightly/out.json', b'')\n";
    texts.push(("main.py".into(), main.into()));
    texts
}

fn layers(c: &mut Criterion) {
    let mut group = c.benchmark_group("layers");
    group.sample_size(10);
    for functions in [2, 4, 8] {
        let texts = program(functions);
        group.bench_function(format!("{functions} functions each"), |b| {
            b.iter(|| {
                let program = MemoryProgram::new(texts.iter().cloned());
                black_box(sites_of_files(&program, program.relevant()))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, layers);
criterion_main!(benches);
