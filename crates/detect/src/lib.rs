//! What the code says: the sites where a repository's source reads, writes, deletes or grants a
//! value, with the value folded from the text.
//!
//! Two steps, so that a keystroke costs one file: [`summarise`](summarise()) turns a file's text
//! into facts, from its syntax alone; resolving follows names, helpers and wrappers over the
//! summaries of the whole repository. This crate knows no realm, no editor and no disk: a host
//! gives it texts and answers which files exist ([`Program`]).

mod apis;
mod arns;
mod around;
mod behind;
mod boto2;
mod buckets;
mod builtins;
mod callbacks;
mod callees;
mod callers;
mod captures;
mod chosen;
mod confirm;
mod constants;
mod crowds;
mod defined;
mod direct;
mod directives;
mod dispatch;
mod eval;
mod facts;
mod fields;
mod filling;
mod folders;
mod gist;
mod given_on;
mod grants;
mod handed;
mod how;
mod in_common;
mod index;
mod keys;
mod known;
mod language;
mod lead_search;
mod leads;
mod listings;
mod literal_types;
mod literals;
mod made;
mod maps;
mod memory;
mod mend;
mod modules;
mod named;
mod namesakes;
mod operations;
mod placed;
mod program;
mod projects;
mod python_roots;
mod reason;
mod receivers;
mod renames;
mod roles;
mod round_search;
mod scope;
mod shared;
mod sites;
mod source_rules;
mod sql;
mod storages;
mod store;
mod summarise;
mod taint;
mod told_at;
mod transpiled;
mod value;
mod walk;
mod walk_bind;
mod walk_branch;
mod walk_define;
mod walk_expr;
mod walk_fields;
mod walk_grown;
mod walk_kept;
mod walk_modules;
mod walk_objects;
mod walk_rounds;
mod walk_test;
mod walk_types;
mod whose;
mod wrappers;

pub use apis::{Op, holds_anchor};
pub use captures::{
    Captured, QueryProblem, RepoQuery, captured, compile_query, query_dialect, query_oddities,
};
pub use confirm::{LeadsFound, leads_knowing, leads_of};
pub use constants::{Constant, Json, JsonKind, ValuePlace, constant, place_value};
pub use crowds::{CROWD, Near, counts_for_crowd, tops_of};
pub use directives::{Directive, Says, TO_FILL_IN, directives_in, may_ignore, states_a_value};
pub use facts::*;
pub use gist::Gist;
pub use grants::{
    Effect, Grant, Listed, Resource, grants, is_template, may_hold_policies, template_grants,
    template_problem,
};
pub use index::called_in;
pub use known::Known;
pub use language::{Dialect, Language};
pub use leads::{CallSearch, Home, LEAD_ROUNDS, Lead, Leads, is_of_interest, may_define};
pub use memory::MemoryProgram;
pub use mend::{ListElement, ListLiteral, WrittenKey, comment_above, list_at, without_ignore};
pub use modules::candidates;
pub use named::{NamedArgument, NamedWrapper};
pub use placed::{PlacedGrant, PlacedSite, place_grants, place_sites};
pub use program::{
    Calls, Definitions, Holders, Methods, Program, Read, Subclasses, attributes_in, base_name,
    calls_of, definition_places_in, definitions_in, holders_in, methods_in, star_imports_in,
    subclasses_in,
};
pub use projects::{Projects, is_project_file};
pub use reason::Reason;
pub use renames::{other_names_in, renamed_in};
pub use round_search::{Called, Common, RoundSearch};
pub use sites::{
    ArgPath, Bucket, Site, Statements, sites, sites_in, sites_knowing, sites_of_files,
};
pub use source_rules::{
    is_generated, is_lock_file, is_minified, is_skipped_dir, is_source, is_test_path,
};
pub use store::{ContentHash, MemoryStore, SummaryKey, SummaryStore, decode, encode, made_by};
pub use summarise::{StatementCache, summarise, summarise_stored, summarise_text};
pub use value::{FileId, Why};
