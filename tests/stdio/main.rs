//! The language server as editors start it: `blue lsp`, a process, over its real stdin and stdout.

mod client;
mod faults;
mod lifecycle;
mod sync;
mod world;
