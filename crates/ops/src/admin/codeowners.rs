//! `CODEOWNERS`: what the realm says of owners and maintainers, in the words that forges understand.
//!
//! The last line that fits a path counts there (the forges' own rule), so that the general ones come first.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use blue_realm::{FileKind, Realm, Text, binding_path, contract_path};

/// Where it stands in a realm; Forgejo, GitHub and GitLab read it there.
pub const CODEOWNERS: &str = "CODEOWNERS";

const HEAD: &str = "\
# Who is asked about which file. Made from the realm's owners and maintainers by
# `blue realm admin codeowners`, and anew with each change that Blue makes; what is written here by hand is lost.
";

/// The file of a realm.
#[must_use]
pub fn codeowners(realm: &Realm) -> String {
    let mut text = HEAD.to_owned();
    let governance = realm.realm_file().map(|file| file.governance.clone());
    let approvers = governance.unwrap_or_default().approvers().to_vec();
    line(&mut text, "*", approvers.iter());
    let of_repo = |repo: &str| -> Vec<Text> {
        let file = realm.repo(repo);
        file.map(|file| file.maintainers.clone())
            .unwrap_or_default()
    };
    for (name, file) in realm.repos() {
        if file.is_some() {
            line(
                &mut text,
                &format!("/repos/{name}.yaml"),
                of_repo(name).iter(),
            );
        }
    }
    for domain in realm.domains() {
        let members: Vec<_> = domain.members().into_iter().flatten().collect();
        let people: Vec<Text> = members.iter().flat_map(|member| of_repo(member)).collect();
        let kind = FileKind::Domain {
            domain: domain.name.clone(),
        };
        line(&mut text, &format!("/{}", kind.path()), people.iter());
        for binding in realm.bindings(&domain.name) {
            let people = of_repo(&binding.repo);
            line(
                &mut text,
                &format!("/{}", binding_path(&domain.name, &binding.repo)),
                people.iter(),
            );
            let kind = FileKind::Acceptances {
                domain: domain.name.clone(),
                repo: binding.repo.clone(),
            };
            line(&mut text, &format!("/{}", kind.path()), people.iter());
        }
        for contract in realm.contracts(&domain.name) {
            let people = contract
                .owner
                .as_ref()
                .map(|owner| of_repo(owner))
                .unwrap_or_default();
            let path = format!("/{}", contract_path(&domain.name, &contract.name));
            line(&mut text, &path, people.iter());
            let released = path.strip_suffix(".yaml").unwrap_or(&path).to_owned() + "/";
            line(&mut text, &released, people.iter());
        }
    }
    text
}

/// A path and its people: e-mails as they are, users with an `@` before them. Nobody: no line.
fn line<'p>(text: &mut String, path: &str, people: impl Iterator<Item = &'p Text>) {
    // What could end the line or begin another owner is no owner's name.
    let is_word = |person: &&Text| !person.is_empty() && !person.contains(char::is_whitespace);
    let people: BTreeSet<String> = people
        .filter(is_word)
        .map(|person| match person.contains('@') {
            true => person.to_string(),
            false => format!("@{person}"),
        })
        .collect();
    if !people.is_empty() {
        let people: Vec<String> = people.into_iter().collect();
        let _ = writeln!(text, "{path} {}", people.join(" "));
    }
}

/// Whether a `CODEOWNERS` is one that was made here.
#[must_use]
pub fn own_code(text: &str) -> bool {
    text.starts_with(HEAD)
}
