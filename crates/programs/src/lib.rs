//! Programs of others: each run within a time limit, and ended with whoever ran it; among them those that git
//! itself asks to sign a commit ([`sign`]) and to tell a good signature ([`verify`]).
//!
//! It exists because a command and an editor's confirmed command both sign what they write to a realm and hear who
//! signed what others wrote, and neither may depend on the other. Opening a folder starts nothing: whoever may
//! start programs says so ([`Programs`]).

mod left;
mod process;
mod sign;
mod verify;

pub use left::{Folder, Held, NothingBegins, end, folder, spawn};
pub use process::{Ended, MAX_OUTPUT, run};
pub use sign::{NotSigned, sign};
pub use verify::{Verdict, verify};

/// Whether programs of others may be started, and what stands beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Programs {
    /// None: nobody asked for anything.
    #[default]
    Never,
    /// On a terminal, on which they may ask for a passphrase.
    OnTerminal,
    /// Beside an editor, whose terminal is not theirs to write to: they ask in a window, or not at all.
    BesideEditor,
}
