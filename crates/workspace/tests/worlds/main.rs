//! Worlds on disk: what the record is, what absence is judged from, what an editor's buffers and
//! changed files do to it, and which files are none of a repository's.

#![allow(clippy::unwrap_used)] // clippy.toml's exemption does not reach a test's own functions.

mod baselines;
mod before;
mod buffers;
mod files;
mod kept;
mod kept_realms;
mod linked;
mod loads;
mod lookout;
mod proposals;
mod realms;
mod texts;
mod world;
