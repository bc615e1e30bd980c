//! `--mode=compatibility`: what a change of contracts means, property by property, and whom it
//! affects, before anything is synced. Which two states are compared is in [`states`], whom the
//! change meets in [`affected`], what those meet who are behind in [`followed`], how it is written in
//! [`told`] and [`shape`].

mod affected;
mod followed;
mod judged;
mod meetings;
mod shape;
mod states;
mod told;

use std::path::Path;

use blue_compat::contract::{Judgement, Overall};
use semver::Version;

use crate::cli::Context;
use crate::commands::check::options::{Args, Side};
use crate::engine::{Loaded, Report};
use crate::failure::{Error, Exit};
use crate::output::{Format, ReportFormat};

use affected::{Affected, Stand};
use followed::Behind;
pub(crate) use shape::schema;
use states::State;
pub(crate) use states::{Between, between};

/// Which contracts, and which of their versions.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Versions {
    /// With --mode=compatibility: the version to compare from [default: what the realm says]
    #[arg(long, value_name = "VERSION")]
    pub(super) from: Option<String>,
    /// With --mode=compatibility: the version to compare to [default: working, what is proposed]
    #[arg(long, value_name = "VERSION")]
    pub(super) to: Option<String>,
}

/// A contract's change, judged.
pub(crate) struct Compared {
    realm: String,
    domain: String,
    contract: String,
    from: State,
    to: State,
    judgement: Judgement,
    /// The smallest version that is right; nothing where the old state had none.
    smallest: Option<Version>,
    affected: Vec<Affected>,
    /// The versions that importers still follow, where the change is worse seen from there.
    behind: Vec<Behind>,
    /// Whether a break that no importer feels fails too.
    is_strict: bool,
}

impl Compared {
    /// The version that the new state says, where it is too small for the change.
    fn too_small(&self) -> Option<(&Version, &Version)> {
        if self.verdict() == Overall::Unknown && self.is_agreed() {
            // What is taken for compatible needs no larger number for what it might be.
            return None;
        }
        let behind = self.behind.iter().map(|behind| &behind.smallest);
        let smallest = behind.chain(&self.smallest).max()?;
        let proposed = self.to.version.as_ref()?;
        (self.to.says_version && proposed < smallest).then_some((proposed, smallest))
    }

    /// The gravest verdict, of those seen from versions that are still followed too.
    fn verdict(&self) -> Overall {
        let behind = self.behind.iter().map(|behind| behind.judgement.verdict);
        behind.fold(self.judgement.verdict, Overall::max)
    }

    /// Whether those whom it breaks, or may break, have accepted that.
    fn is_agreed(&self) -> bool {
        let mut all = self.affected.iter();
        all.any(|one| one.accepted.is_some()) && !self.affected.iter().any(Affected::is_broken)
    }

    /// Whether somebody cannot go on as they are, or nobody can tell, or the number is wrong.
    fn fails(&self) -> bool {
        let broken = self.affected.iter().any(|one| one.is_broken());
        let unfelt = self.affected.iter().all(|one| one.stand != Stand::Broken);
        // Not decided is breaking until those whom it may break accept it.
        let undecided = self.verdict() == Overall::Unknown && !self.is_agreed();
        let breaks = self.verdict() == Overall::Breaking;
        undecided || broken || self.too_small().is_some() || (breaks && unfelt && self.is_strict)
    }
}

/// What is compared, and what there is none of.
#[derive(Default)]
pub(crate) struct Comparison {
    pub(crate) compared: Vec<Compared>,
    pub(crate) notes: Vec<String>,
    pub(crate) could_not: Vec<String>,
}

impl Comparison {
    /// As `--mode=compatibility` writes it.
    pub(crate) fn written(&self, explain: bool, context: &Context) -> String {
        match context.format {
            Format::Json => shape::json(self),
            Format::Human => told::human(self, explain, context.style),
        }
    }
}

/// Whether this mode is asked for, with words for what does not go with it.
///
/// # Errors
/// [`Error::Use`].
pub(super) fn is_asked(args: &Args) -> Result<bool, Error> {
    let asked = args.modes.contains(&Side::Compatibility);
    let use_error = |message: &str, hint: &str| Error::Use {
        message: message.to_owned(),
        hint: hint.to_owned(),
    };
    if !asked && (args.versions.from.is_some() || args.versions.to.is_some()) {
        return Err(use_error(
            "--from and --to compare two versions of a contract",
            "they go with --mode=compatibility",
        ));
    }
    if asked && args.modes.iter().any(|mode| *mode != Side::Compatibility) {
        return Err(use_error(
            "--mode=compatibility says what a change means, and goes with no other mode",
            "ask for the other modes in a run of their own",
        ));
    }
    let known = [ReportFormat::Human, ReportFormat::Json];
    if asked && !known.contains(&args.output_format) {
        return Err(use_error(
            "--mode=compatibility is written for people or as JSON",
            "leave --output-format out, or use `--output-format json`",
        ));
    }
    Ok(asked)
}

/// Compares, and says so.
///
/// # Errors
/// Of versions that are none ([`Error::Use`]) or cannot be had ([`Error::Version`]).
pub(super) fn compare(
    args: &Args,
    start: &Path,
    context: &Context,
    found: &Loaded,
    report: &Report,
) -> Result<(String, Exit), Error> {
    let comparison = states::compare(args, start, found, report)?;
    let text = match args.output_format {
        ReportFormat::Json => shape::json(&comparison),
        _ => told::human(&comparison, args.explain, context.style),
    };
    let exit = match () {
        () if comparison.compared.iter().any(Compared::fails) => Exit::Findings,
        () if !comparison.could_not.is_empty() => Exit::Unchecked,
        () => Exit::Fine,
    };
    Ok((text, exit))
}
