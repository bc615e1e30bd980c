//! A small world to try Blue on: a realm and two repositories ([`world`], with its files in
//! `world/`), and the story that happens in it ([`story`]).

pub(crate) mod edit;
mod repository;
pub(crate) mod story;
pub(crate) mod world;
