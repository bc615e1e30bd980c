//! A realm and `.blue/config.yaml`, read: what each file says as types, and what is wrong with it
//! at the very characters.
//!
//! It exists so that every surface of Blue has one understanding of the format of
//! `realm-format.md`. It knows no git, no network, no editor and no disk: the host gives paths and
//! bytes. Everything in a realm is untrusted (`security.md`): reading never panics, and what it may
//! cost is in [`limits`].

mod codes;
pub mod config;
mod cross;
mod cursor;
mod cursor_lines;
mod date;
mod decode;
pub mod edit;
mod file;
pub mod format;
mod graph;
mod kind;
pub mod limits;
mod model;
mod names;
mod open_quote;
pub mod paths;
mod problem;
pub mod proposal;
mod read;
mod realm;
mod schema;
mod shelves;
pub mod source_files;
mod spans;
pub mod stored;
mod times;
pub mod together;
mod wrapper;
mod yaml;

pub use codes::CODES;
pub use cross::{Elements, Judged};
pub use cursor::{NodeAt, On, PathStep, node_at};
pub use date::Date;
pub use decode::{Extra, Text};
pub use file::{ParsedFile, linked_file, parse_file};
pub use format::{FileFormat, KeyDoc, key_docs};
pub use graph::{Graph, GraphContract, GraphImport, GraphRepo, Standing, graph, standing};
pub use kind::{FileKind, binding_path, classify, contract_path};
pub use model::*;
pub use names::{NAME_LENGTH, Name, did_you_mean, is_name, listed, spell_name};
pub use problem::{Problem, ProblemCode, RelatedPlace};
pub use realm::{Domain, Importer, Realm};
pub use shelves::Shelves;
pub use source_files::{BadPattern, SourceSet};
pub use spans::{Spans, Step, comments, key_span_of, span_of};
pub use wrapper::{Wrapper, WrapperArgument, WrapperError, parse_wrapper};

#[cfg(test)]
mod tests;
