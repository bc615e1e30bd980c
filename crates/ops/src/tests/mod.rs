//! The verbs on real remotes on disk: many at once, and killed between any two steps.

#![allow(clippy::unwrap_used)] // clippy.toml's exemption does not reach a test's own functions.

mod admin;
mod admitting;
mod attacks;
mod behind;
mod branches;
mod clocks;
mod contracts;
mod early;
mod history;
#[allow(dead_code)] // Its gate is for the tests of the command.
#[path = "../../../../tests/remotes/http.rs"]
mod http;
mod joining;
mod killed;
mod land;
mod many;
mod merging;
mod rehearsal;
mod signing;
mod sync;
mod worktree;
mod world;
