//! The language server as editors start it: `blue lsp`, a process, over its real stdin and stdout.

#![allow(clippy::unwrap_used)] // A test crate, all of it.

mod actions;
mod agreement;
mod client;
mod commands;
mod detectors;
mod editor;
mod errands;
mod faults;
mod folders;
mod full_disk;
mod graph;
#[path = "../remotes/http.rs"]
#[allow(dead_code)] // Its gate.
mod http;
mod importer;
mod lifecycle;
mod loads;
mod lookout;
mod moving;
mod news;
mod others;
mod realm;
mod settings;
mod shared;
mod shown;
mod soak;
mod status;
mod story;
mod story_world;
mod sync;
mod typing;
mod under_way;
mod world;
