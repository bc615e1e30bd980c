//! One file for each method that has substance: what its event is, and what the loop does when it
//! reaches it. No handler awaits the client, no notification awaits anything.

pub(crate) mod asked;
pub(crate) mod code_action;
pub(crate) mod command;
pub(crate) mod graph;
pub(crate) mod hover;
pub(crate) mod initialize;
pub(crate) mod initialized;
pub(crate) mod status;
