//! What a place in code means: which contract it touches, with what value, and who depends on it.

use std::fmt::Write as _;
use std::sync::Arc;

use blue_detect::{Effect, FileId, PlacedSite};
use blue_text::Span;

use crate::contract::{ExportModel, ImportModel, exports, import_uses, imports};
use crate::db::{Db, RepoInput};
use crate::findings::repo_findings;
use crate::import::gives;
use crate::maker_hover::maker_hover;
use crate::program::{placed_grants, placed_sites};
use crate::realm_hover::{changes_since, follows, plain};
use crate::sites::{Seen, field_of, lies_in, may_take, share_out};

/// Words about a place, in Markdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// The words.
    pub markdown: String,
    /// The bytes they are about.
    pub span: Span,
}

/// The hover at a byte offset of a file; nothing where no value is touched.
pub(crate) fn hover(db: &dyn Db, repo: RepoInput, file: FileId, offset: u32) -> Option<Hover> {
    let tree = repo.tree(db);
    let path = tree.files(db).get(file)?.path(db).clone();
    let sites = placed_sites(db, tree, file);
    let here: Vec<&PlacedSite> = sites
        .iter()
        .filter(|site| site.span.touches(offset))
        .collect();
    let narrowest = here.iter().map(|site| site.span.len()).min();
    let here: Vec<_> = here
        .into_iter()
        .filter(|site| Some(site.span.len()) == narrowest)
        .collect();
    if let Some(first) = here.first() {
        let words = here.iter().map(|site| of_site(db, repo, &path, site));
        let markdown = words.collect::<Vec<_>>().join("\n\n---\n\n");
        return Some(Hover {
            markdown,
            span: first.span,
        });
    }
    of_found(db, repo, &path, offset)
        .or_else(|| of_grants(db, repo, file, &path, offset))
        .or_else(|| maker_hover(db, repo, file, offset))
}

/// The hover of what a constant or a query says.
fn of_found(db: &dyn Db, repo: RepoInput, path: &str, offset: u32) -> Option<Hover> {
    let shares = share_out(db, repo, repo.tree(db));
    let mut here: Vec<(&Arc<ExportModel>, &Seen)> = Vec::new();
    let models = exports(db, repo);
    for (model, own) in models.iter().zip(&shares.detected) {
        let opaque = own.opaque.iter().map(|(_, seen)| seen);
        let all = own.values.values().flatten().chain(opaque);
        let found = all.filter(|seen| seen.by.is_some() && *seen.path == *path);
        here.extend(
            found
                .filter(|seen| seen.site.span.touches(offset))
                .map(|it| (model, it)),
        );
    }
    let narrowest = here.iter().map(|(_, seen)| seen.site.span.len()).min()?;
    here.retain(|(_, seen)| seen.site.span.len() == narrowest);
    let span = here.first()?.1.site.span;
    let words = here.iter().map(|(model, seen)| {
        let by = seen.by.as_deref().unwrap_or_default();
        let mut words = match &seen.site.opaque {
            Some(why) => format!("{by}: not known, since it comes from {why}\n"),
            None => format!("`{}`: {by}\n", seen.site.pattern),
        };
        of_contract(db, repo, model, &seen.site, &mut words);
        words
    });
    Some(Hover {
        markdown: words.collect::<Vec<_>>().join("\n\n---\n\n"),
        span,
    })
}

fn of_site(db: &dyn Db, repo: RepoInput, path: &str, site: &PlacedSite) -> String {
    let mut words = format!("**{}** `{}`", site.op.as_str(), site.pattern);
    match &site.bucket {
        Some(blue_detect::Bucket::Known(name)) => {
            let _ = write!(words, " in `{name}`");
        }
        Some(blue_detect::Bucket::Env(name)) => {
            let _ = write!(words, " in the bucket of `${name}`");
        }
        None => {}
    }
    words.push('\n');
    if let Some(why) = &site.opaque {
        let reason = why.reason().as_str();
        let _ = write!(
            words,
            "\nNot known from the code (`{reason}`): it comes from {why}.\n"
        );
    }
    let exports = exports(db, repo);
    let of_this: Vec<&Arc<ExportModel>> = exports
        .iter()
        .filter(|model| may_take(model, site) && reaches(db, repo, model, path, site))
        .collect();
    for model in &of_this {
        of_contract(db, repo, model, site, &mut words);
    }
    match (of_this.is_empty(), repo.unreachable(db).is_empty()) {
        (true, true) => words.push_str("\nNo export binding names this file.\n"),
        (true, false) => words.push_str(
            "\nThe realm cannot be read, so that nothing is known of what this is part of.\n",
        ),
        _ => {}
    }
    for step in &site.how {
        let _ = write!(words, "\n- {step}");
    }
    words
}

/// Whether a contract's source files reach a site: its own place, or a call on its wrapper chain.
fn reaches(
    db: &dyn Db,
    repo: RepoInput,
    model: &ExportModel,
    path: &str,
    site: &PlacedSite,
) -> bool {
    let files = repo.tree(db).files(db);
    let through = site.through.iter().filter_map(|file| files.get(*file));
    let mut through = through.map(|source| source.path(db));
    lies_in(model, path) || through.any(|path| lies_in(model, path))
}

fn of_contract(
    db: &dyn Db,
    repo: RepoInput,
    model: &ExportModel,
    site: &PlacedSite,
    words: &mut String,
) {
    let name = &model.contract.name;
    let version = model
        .version()
        .map_or("not released yet".to_owned(), ToString::to_string);
    let Some(field) = field_of(model, site) else {
        return;
    };
    let _ = write!(
        words,
        "\n**{name}** {version} · `{field}` · {}\n",
        model.domain
    );
    if site.opaque.is_none() {
        match (
            model.declared(&field, &site.pattern),
            model.covering(&field, &site.pattern),
        ) {
            (Some(_), _) => words.push_str("\nIn the contract.\n"),
            (None, Some(declared)) => {
                let _ = write!(words, "\nCovered by `{}` of the contract.\n", declared.text);
            }
            (None, None) => {
                let findings = repo_findings(db, repo);
                let pattern = site.pattern.to_string();
                let next = findings.findings.iter().find_map(|finding| {
                    let change = finding.change.as_ref()?;
                    let same =
                        finding.contract.as_ref() == Some(name) && change.added.contains(&pattern);
                    same.then(|| change.to.clone()).flatten()
                });
                let next = next.map(|next| format!(": syncing it makes {next}"));
                let _ = write!(
                    words,
                    "\nNot in the contract{}.\n",
                    next.unwrap_or_default()
                );
            }
        }
    }
    if model.importers.is_empty() {
        words.push_str("\nNobody imports it yet.\n");
    }
    for importer in &model.importers {
        let files: Vec<&str> = importer
            .import
            .binding
            .iter()
            .map(|(_, path)| &**path)
            .collect();
        let resolved = match &importer.import.resolved_version {
            Some(version) => format!("follows {version}"),
            None => "has followed no version yet".to_owned(),
        };
        let _ = write!(
            words,
            "\n- used by {}, {resolved}: {}",
            importer.named(),
            files.join(", ")
        );
    }
    words.push('\n');
}

fn of_grants(db: &dyn Db, repo: RepoInput, file: FileId, path: &str, offset: u32) -> Option<Hover> {
    let grants = placed_grants(db, repo.tree(db), file);
    let placed = grants
        .iter()
        .filter(|placed| placed.call.touches(offset))
        .min_by_key(|placed| placed.call.len())?;
    let effect = match placed.grant.effect {
        Effect::Allow => "grant",
        Effect::Deny => "deny",
    };
    let when = match placed.grant.is_conditional {
        true => ", under a condition",
        false => "",
    };
    let actions = placed.grant.in_words().join(", ");
    let mut words = format!("**{effect}** {actions}{when}\n");
    let mut any = false;
    for model in imports(db, repo).iter() {
        if model
            .import
            .binding
            .iter()
            .any(|(_, bound)| **bound == *path)
        {
            any = true;
            of_import(model, placed, &mut words);
        }
    }
    any.then_some(Hover {
        markdown: words,
        span: placed.call,
    })
}

fn of_import(model: &ImportModel, placed: &blue_detect::PlacedGrant, words: &mut String) {
    let import = &model.import;
    let version = model
        .contract
        .as_ref()
        .and_then(|contract| contract.version.as_ref());
    let version = version.map_or("not released yet".to_owned(), ToString::to_string);
    let range = import.version_text.as_deref().unwrap_or("no range");
    let resolved = follows(import);
    let _ = write!(
        words,
        "\n**{}** {version} · `{range}` · {resolved}\n",
        import.contract
    );
    if let Some(owner) = model
        .contract
        .as_ref()
        .and_then(|contract| contract.owner.as_ref())
    {
        let _ = write!(words, "\nExported by {owner}, in {}.\n", model.domain);
    }
    let verb = match placed.grant.effect {
        Effect::Allow => "covers",
        Effect::Deny if placed.grant.is_conditional => "may take away",
        Effect::Deny => "takes away",
    };
    for value in &model.declared {
        if import_uses(import, value) && gives(placed, model, value) {
            let _ = write!(words, "\n- {verb} {} `{}`", value.field, value.text);
        }
    }
    if let Some(contract) = &model.contract {
        changes_since(import, contract, words);
    }
    if let Some(note) = &import.note {
        let _ = write!(words, "\n\n{}\n", plain(note));
    }
    words.push('\n');
}
