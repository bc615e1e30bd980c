//! `--contract` and `--domain`: what is said of the contracts that are named, and nothing else.

use std::collections::BTreeSet;
use std::sync::Arc;

use blue_analysis::{Code, Finding};
use blue_realm::{Realm, did_you_mean};
use blue_workspace::RealmStates;

use crate::commands::check::options::Args;
use crate::engine::Report;
use crate::failure::Error;

/// The names that a check is narrowed to; an empty list narrows nothing.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Named {
    /// This contract only; may be repeated
    #[arg(long = "contract", value_name = "NAME")]
    pub(super) contracts: Vec<String>,
    /// This domain only; may be repeated
    #[arg(long = "domain", value_name = "NAME")]
    pub(super) domains: Vec<String>,
}

impl Named {
    /// Whether a contract of a domain is one of those.
    pub(super) fn has(&self, domain: &str, contract: &str) -> bool {
        self.has_domain(domain) && is_in(&self.contracts, contract)
    }

    fn has_domain(&self, domain: &str) -> bool {
        is_in(&self.domains, domain)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.contracts.is_empty() && self.domains.is_empty()
    }
}

/// Whether a list that may be left out has a name.
fn is_in(list: &[String], name: &str) -> bool {
    list.is_empty() || list.iter().any(|it| it == name)
}

/// What the realms know by name: what they say officially and what is proposed, for either may be
/// asked about.
#[derive(Debug, Default)]
pub(super) struct Known {
    realms: Vec<Arc<str>>,
    domains: BTreeSet<Arc<str>>,
    /// Domain and contract.
    contracts: BTreeSet<(Arc<str>, Arc<str>)>,
}

impl Known {
    pub(super) fn of(realms: &[RealmStates]) -> Known {
        let mut known = Known::default();
        for states in realms {
            known.realms.push(states.realm.clone());
            known.add(&states.record);
            known.add(&states.working);
        }
        known
    }

    /// The same, with the names that contracts had before.
    pub(super) fn with_former(realms: &[RealmStates]) -> Known {
        let mut known = Known::of(realms);
        for states in realms {
            for realm in [&states.record, &states.working] {
                for domain in realm.domains() {
                    let contracts = realm.contracts(&domain.name);
                    let former = contracts.flat_map(|contract| &contract.previously);
                    let pairs = former.map(|name| (domain.name.clone(), name.clone()));
                    known.contracts.extend(pairs);
                }
            }
        }
        known
    }

    fn add(&mut self, realm: &Realm) {
        for domain in realm.domains() {
            self.domains.insert(domain.name.clone());
            let contracts = realm.contracts(&domain.name);
            let pairs = contracts.map(|contract| (domain.name.clone(), contract.name.clone()));
            self.contracts.extend(pairs);
        }
    }

    /// Fails where a name is asked for that no realm has. Of realms that cannot be read nothing is
    /// known, and that is said by itself.
    ///
    /// # Errors
    /// [`Error::Use`], with what was likely meant.
    pub(super) fn expect(&self, named: &Named) -> Result<(), Error> {
        if self.realms.is_empty() {
            return Ok(());
        }
        let domains: BTreeSet<&str> = self.domains.iter().map(|name| &**name).collect();
        for domain in &named.domains {
            self.expect_one("domain", domain, &domains, &self.whose())?;
        }
        let inside = |(domain, _): &&(Arc<str>, Arc<str>)| named.has_domain(domain);
        let contracts = self.contracts.iter().filter(inside);
        let contracts: BTreeSet<&str> = contracts.map(|(_, contract)| &**contract).collect();
        let whose = match named.domains.as_slice() {
            [] => self.whose(),
            [domain] => format!("the domain {domain} has"),
            domains => format!("the domains {} have", domains.join(", ")),
        };
        for contract in &named.contracts {
            self.expect_one("contract", contract, &contracts, &whose)?;
        }
        Ok(())
    }

    fn expect_one(
        &self,
        kind: &str,
        name: &str,
        known: &BTreeSet<&str>,
        whose: &str,
    ) -> Result<(), Error> {
        if known.contains(name) {
            return Ok(());
        }
        let all = || known.iter().copied().collect::<Vec<_>>().join(", ");
        let hint = match did_you_mean(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => format!("there is no {kind} yet"),
            None => format!("there is: {}", all()),
        };
        Err(Error::Use {
            message: format!("{whose} no {kind} `{name}`"),
            hint,
        })
    }

    /// `the realm letemcook has`.
    fn whose(&self) -> String {
        match self.realms.as_slice() {
            [realm] => format!("the realm {realm} has"),
            realms => format!("the realms {} have", realms.join(", ")),
        }
    }
}

/// The report on the contracts that are named; what says that they could not be checked stays.
pub(super) fn only(mut report: Report, args: &Args, known: &Known) -> Report {
    let named = &args.named;
    if named.is_empty() {
        return report;
    }
    report
        .findings
        .retain(|finding| is_asked_for(finding, named));
    // A line that passed has no domain, and a note begins with its contract's name.
    let is_known = |name: &str| known.contracts.iter().any(|(_, it)| **it == *name);
    let is_wanted = |name: &str| {
        let mut all = known.contracts.iter();
        all.any(|(domain, it)| **it == *name && named.has(domain, it))
    };
    report.passed.retain(|passed| is_wanted(&passed.contract));
    let about = |note: &String| {
        let name = note.split_once(':').map(|(name, _)| name.to_owned());
        name.filter(|name| is_known(name))
    };
    report
        .notes
        .retain(|note| about(note).is_none_or(|name| is_wanted(&name)));
    if report.findings.is_empty() && report.passed.is_empty() && report.notes.is_empty() {
        report.notes.push(nothing_of(named, &report));
    }
    report
}

pub(super) fn is_asked_for(finding: &Finding, named: &Named) -> bool {
    let domain = finding.domain.as_deref();
    let contract = finding.contract.as_deref();
    match (domain, contract) {
        (Some(domain), Some(contract)) => named.has(domain, contract),
        // What is wrong in a domain's own files is nobody's contract.
        (Some(domain), None) if named.contracts.is_empty() => named.has_domain(domain),
        (Some(domain), None) => named.has_domain(domain) && hides_others(finding.code),
        _ => hides_others(finding.code),
    }
}

/// Whether a finding says that something could not be read, by which any contract may be met.
fn hides_others(code: Code) -> bool {
    use Code::{
        ConfigInvalid, LimitExceeded, RealmSchema, RealmSyntax, RealmUnreachable, SourceUnreadable,
    };
    matches!(
        code,
        ConfigInvalid
            | LimitExceeded
            | RealmSchema
            | RealmSyntax
            | RealmUnreachable
            | SourceUnreadable
    )
}

fn nothing_of(named: &Named, report: &Report) -> String {
    let names = match named.contracts.as_slice() {
        [] => format!("a contract of {}", named.domains.join(" or ")),
        contracts => contracts.join(" or "),
    };
    let here = report.here();
    let here = here.map_or(String::new(), |here| format!(" in {here}"));
    format!("there is nothing to say of {names}{here}")
}
