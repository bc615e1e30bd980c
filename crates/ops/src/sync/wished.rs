//! What a person names when they ask for a sync is there: a contract that this repository has to do with, and
//! values that it holds. A name that nothing answers to would else pass for a sync with nothing to do.

use blue_realm::{ContractFile, Realm, did_you_mean};

use super::parts::items;
use super::plan::{Narrowing, Wish};
use crate::error::Error;

/// More names than these are counted.
const NAMED: usize = 6;

/// A sync of the repository that waits, from a branch of its code.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its branch.
    pub branch: String,
    /// The branch of the code, as it says.
    pub source_branch: Option<String>,
    /// The realm as it would be.
    pub proposed: Realm,
}

/// Whether the names of a wish are those of something in a realm, for the repository `repo`; nothing: in a realm's own
/// checkout, which exports nothing. A value that is to go may be one that only a sync brings which waits, of the branch
/// of code that is checked out (the second of `waiting`).
///
/// # Errors
/// [`Error::NotHere`], which another realm of the repository may be without.
pub fn names_what_is_there(
    (name, record): (&str, &Realm),
    repo: Option<&str>,
    wish: &Wish,
    (waiting, checked_out): (&[Waiting], Option<&str>),
) -> Result<(), Error> {
    let own = contract(record, name, repo, wish)?;
    let Some(repo) = repo else {
        return match asks_of_exporter(wish) {
            None => Ok(()),
            Some(asked) => Err(not_here(
                format!(
                    "{asked} is for a repository that exports something, and this is {name} itself"
                ),
                "run it in the repository of the exporter".to_owned(),
            )),
        };
    };
    for value in &wish.remove {
        let brings = |it: &&Waiting| {
            let proposed = own
                .iter()
                .filter_map(|(domain, contract)| it.proposed.contract(domain, &contract.name));
            let mut all = proposed.flat_map(|contract| items(contract.value.as_ref()));
            all.any(|(_, text)| text == *value)
        };
        let mut brought = waiting.iter().filter(brings).peekable();
        let first = brought.peek().copied();
        if brought.any(|it| it.source_branch.as_deref() == checked_out) {
            continue;
        }
        let known: Vec<&ContractFile> = own.iter().map(|(_, contract)| *contract).collect();
        held(value, &known, (name, repo), first)?;
    }
    Ok(())
}

/// A contract with its domain.
type Meant<'r> = (&'r str, &'r ContractFile);

/// The contracts of the repository that are meant.
fn contract<'r>(
    record: &'r Realm,
    realm: &str,
    repo: Option<&str>,
    wish: &Wish,
) -> Result<Vec<Meant<'r>>, Error> {
    let domains: Vec<&str> = record.domains().map(|domain| &*domain.name).collect();
    let all = domains.iter().flat_map(|domain| {
        let contracts = record.contracts(domain);
        contracts.map(|contract| (*domain, &**contract))
    });
    let all: Vec<Meant<'r>> = all.collect();
    let is_own = |(_, contract): &Meant<'_>| contract.owner.as_deref() == repo;
    let Some(wanted) = &wish.contract else {
        return Ok(all.into_iter().filter(|it| is_own(it)).collect());
    };
    let known: Vec<&str> = all.iter().map(|(_, contract)| &*contract.name).collect();
    let meant: Vec<Meant<'r>> = all
        .iter()
        .copied()
        .filter(|(_, it)| *it.name == **wanted)
        .collect();
    let Some((_, first)) = meant.first() else {
        return Err(not_here(
            format!("{realm} has no contract `{wanted}`"),
            near(wanted, &known, "contract"),
        ));
    };
    // Whose it is nobody has said, so that it may be anybody's.
    let own: Vec<Meant<'r>> = meant
        .iter()
        .copied()
        .filter(|it| is_own(it) || it.1.owner.is_none())
        .collect();
    let (Some(repo), true) = (repo, own.is_empty()) else {
        return Ok(own);
    };
    let owner = first.owner.as_deref().unwrap_or_default();
    let imports = domains.iter().any(|domain| {
        let mut importers = record.importers_of(domain, wanted).into_iter();
        importers.any(|importer| **importer.repo == *repo)
    });
    match (imports, asks_of_exporter(wish)) {
        (true, None) => Ok(own),
        (true, Some(asked)) => Err(not_here(
            format!(
                "{wanted} belongs to {owner}, and {asked} is for its exporter: {repo} only imports it"
            ),
            format!("run it in {owner}; without {asked}, a sync here says what {repo} follows"),
        )),
        (false, _) => Err(not_here(
            format!("{wanted} belongs to {owner}, and {repo} neither exports nor imports it"),
            format!("run it in {owner}; `blue status` says what {repo} has to do with"),
        )),
    }
}

/// What of a wish only an exporter can be granted, as it is typed.
fn asks_of_exporter(wish: &Wish) -> Option<&'static str> {
    let asked = [
        ("--remove", !wish.remove.is_empty()),
        ("--bump", wish.bump.is_some()),
        ("--narrow", wish.narrowing == Narrowing::Asked),
        ("--message", wish.message.is_some()),
    ];
    let mut asked = asked.into_iter().filter(|(_, is_asked)| *is_asked);
    asked.next().map(|(option, _)| option)
}

/// A value that is to go stands in a list of one of the contracts; `elsewhere`: a sync that brings it, of another branch
/// of the code.
fn held(
    value: &str,
    own: &[&ContractFile],
    (realm, repo): (&str, &str),
    elsewhere: Option<&Waiting>,
) -> Result<(), Error> {
    let all = own.iter().map(|contract| items(contract.value.as_ref()));
    let all: Vec<String> = all.flatten().map(|(_, text)| text).collect();
    if all.iter().any(|text| text == value) {
        return Ok(());
    }
    let known: Vec<&str> = all.iter().map(String::as_str).collect();
    let names: Vec<&str> = own.iter().map(|contract| &*contract.name).collect();
    if let Some(Waiting {
        branch,
        source_branch,
        ..
    }) = elsewhere
    {
        let of = source_branch.as_deref().unwrap_or("another branch");
        return Err(not_here(
            format!(
                "{} does not hold `{value}` yet: {branch} brings it, which waits and is of {of}",
                names.join(", ")
            ),
            format!("run it where {of} of {repo} is checked out"),
        ));
    }
    let message = match names.as_slice() {
        [] => format!("{repo} exports nothing in {realm}, so `{value}` cannot be taken out of it"),
        [one] => format!("{one} does not hold `{value}`, so there is nothing to take out"),
        several => format!(
            "none of {} holds `{value}`, so there is nothing to take out",
            several.join(", ")
        ),
    };
    Err(not_here(message, near(value, &known, "value in a list")))
}

/// What was likely meant, else what there is.
fn near(name: &str, known: &[&str], what: &str) -> String {
    if let Some(meant) = did_you_mean(name, known.iter().copied()) {
        return format!("did you mean `{meant}`?");
    }
    let (first, more) = known.split_at(known.len().min(NAMED));
    match (first, more.len()) {
        ([], _) => format!("it has no {what}"),
        (first, 0) => format!("it has {}", first.join(", ")),
        (first, more) => format!("it has {} and {more} more", first.join(", ")),
    }
}

fn not_here(message: String, hint: String) -> Error {
    Error::NotHere { message, hint }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blue_compat::bump::Bump;

    const FILES: &[(&str, &str)] = &[
        ("realm.yaml", "name: letemcook\n"),
        (
            "domains/s3-access/domain.yaml",
            "name: s3-access\nmembers: [aperture, fungal-image-analysis, lab]\n",
        ),
        (
            "domains/s3-access/contracts/s3-permissions.yaml",
            "name: s3-permissions\nversion: 1.0.0\nowner: aperture\nvalue: {read: [calibration/current.json]}\n",
        ),
        (
            "domains/s3-access/bindings/fungal-image-analysis.yaml",
            "repo: fungal-image-analysis\nimports: [{contract: s3-permissions, version: ^1, binding: iam.py}]\n",
        ),
    ];

    fn said(repo: Option<&str>, wish: Wish) -> String {
        let realm = Realm::from_files(
            FILES
                .iter()
                .map(|(path, text)| blue_realm::parse_file(path, text.as_bytes())),
        );
        match names_what_is_there(("letemcook", &realm), repo, &wish, (&[], None)) {
            Ok(()) => String::new(),
            Err(Error::NotHere { message, hint }) => format!("{message} ({hint})"),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_name_that_nothing_answers_to_is_said() {
        let contract = |name: &str| Wish {
            contract: Some(name.to_owned()),
            ..Wish::default()
        };
        let remove = |value: &str| Wish {
            remove: vec![value.to_owned()],
            ..Wish::default()
        };
        let bumped = Wish {
            bump: Some(Bump::Minor),
            ..contract("s3-permissions")
        };
        let (aperture, importer) = (Some("aperture"), Some("fungal-image-analysis"));
        for (repo, wish, expected) in [
            (aperture, Wish::default(), ""),
            (aperture, contract("s3-permissions"), ""),
            (importer, contract("s3-permissions"), ""),
            (None, contract("s3-permissions"), ""),
            (
                aperture,
                contract("s3-permission"),
                "letemcook has no contract `s3-permission` (did you mean `s3-permissions`?)",
            ),
            (
                None,
                contract("queues"),
                "letemcook has no contract `queues` (it has s3-permissions)",
            ),
            (
                Some("lab"),
                contract("s3-permissions"),
                "s3-permissions belongs to aperture, and lab neither exports nor imports it (run it in \
                 aperture; `blue status` says what lab has to do with)",
            ),
            (
                importer,
                bumped,
                "s3-permissions belongs to aperture, and --bump is for its exporter: fungal-image-analysis \
                 only imports it (run it in aperture; without --bump, a sync here says what \
                 fungal-image-analysis follows)",
            ),
            (aperture, remove("calibration/current.json"), ""),
            (
                aperture,
                remove("calibration/curent.json"),
                "s3-permissions does not hold `calibration/curent.json`, so there is nothing to take out (did \
                 you mean `calibration/current.json`?)",
            ),
            (
                Some("lab"),
                remove("x"),
                "lab exports nothing in letemcook, so `x` cannot be taken out of it (it has no value in a list)",
            ),
            (
                None,
                remove("x"),
                "--remove is for a repository that exports something, and this is letemcook itself (run it in \
                 the repository of the exporter)",
            ),
        ] {
            assert_eq!(said(repo, wish), expected);
        }
    }
}
