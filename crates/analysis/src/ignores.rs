//! `# blue: ignore[code] reason`: what such comments silence, and which of them silence nothing.
//!
//! A comment that is left behind, or whose code is misspelled, hides the next finding that comes to
//! its line from everybody. So it is said of each that was of no use; but never of one that may be
//! of use as soon as what could not be read is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use blue_detect::{FileId, Says};
use blue_realm::config::only_the_realm_lowers;
use blue_text::Span;
use smol_str::SmolStr;

use crate::contract::{exports, imports, unknown_imports};
use crate::db::{Db, FileTree, RepoInput, SourceFile, group, groups, positions};
use crate::draft::Draft;
use crate::export::export_unread;
use crate::finding::{Code, Place, Root, TextEdit};
use crate::import::is_unread;
use crate::lead_tree::open_files;

/// An ignore comment, or one code of one that names several.
#[derive(Debug)]
struct Ignore {
    code: SmolStr,
    code_at: Span,
    /// What to take out: the comment, or of several codes the one.
    all_of_it: Span,
    applies_to: Span,
    /// Whether the author says why.
    has_reason: bool,
    /// It is in a file that holds a syntax error: what it would silence may be hidden by that.
    in_doubt: bool,
    used: bool,
}

/// All ignore comments of a repository's files, by path.
#[derive(Debug, Default)]
pub(crate) struct Ignores(BTreeMap<Arc<str>, Vec<Ignore>>);

impl Ignores {
    pub(crate) fn of(db: &dyn Db, repo: RepoInput) -> Ignores {
        let tree = repo.tree(db);
        let mut found = Ignores::default();
        let files = tree.files(db);
        let still = all_with_ignores(db, tree);
        let still = still.iter().filter_map(|file| files.get(*file));
        let open = open_files(db, tree);
        let open = open.iter().map(|(_, file)| *file);
        let open = open.filter(|file| file.content(db).may_ignore());
        for file in still.chain(open) {
            found.add(db, file);
        }
        found
    }

    fn add(&mut self, db: &dyn Db, file: SourceFile) {
        let positions = positions(db, file);
        let in_doubt = !positions.broken.is_empty();
        let ignores = positions.directives.iter().filter_map(|directive| {
            let Says::Ignore {
                code,
                code_at,
                reason,
            } = &directive.says
            else {
                return None;
            };
            let all = positions.directives.iter();
            let several = all
                .filter(|other| other.comment == directive.comment)
                .count()
                > 1;
            Some(Ignore {
                code: code.clone(),
                code_at: *code_at,
                all_of_it: if several { *code_at } else { directive.comment },
                applies_to: directive.applies_to,
                has_reason: !reason.is_empty(),
                in_doubt,
                used: false,
            })
        });
        let ignores: Vec<Ignore> = ignores.collect();
        if !ignores.is_empty() {
            self.0.insert(file.path(db).clone(), ignores);
        }
    }

    /// A draft without the sites on which a comment silences it; nothing when none is left.
    pub(crate) fn left_of(&mut self, draft: Draft) -> Option<Draft> {
        let code = draft.code().as_str();
        if self.0.is_empty() || only_the_realm_lowers(code) {
            return Some(draft);
        }
        let sites = draft.places().iter();
        let left: Vec<Place> = sites
            .filter(|place| !self.silence(code, place))
            .cloned()
            .collect();
        (!left.is_empty()).then(|| draft.sites(left))
    }

    fn silence(&mut self, code: &str, place: &Place) -> bool {
        let Root::Repo(_) = place.root else {
            return false;
        };
        let here = self.0.get_mut(&place.path).into_iter().flatten();
        let mut silenced = false;
        for ignore in here.filter(|ignore| ignore.applies_to.meets(place.span)) {
            if ignore.code == code {
                (ignore.used, silenced) = (true, true);
            }
        }
        silenced
    }

    /// What is said of comments that silenced nothing, once all else is said.
    pub(crate) fn unused(&self, db: &dyn Db, repo: RepoInput) -> Vec<Draft> {
        self.drafts(db, repo, |code| code != Code::IgnoreUnused.as_str())
    }

    /// The same of those that would silence what [`Ignores::unused`] says.
    pub(crate) fn unused_of_unused(&self, db: &dyn Db, repo: RepoInput) -> Vec<Draft> {
        self.drafts(db, repo, |code| code == Code::IgnoreUnused.as_str())
    }

    fn drafts(&self, db: &dyn Db, repo: RepoInput, of: impl Fn(&str) -> bool) -> Vec<Draft> {
        let unused = self.0.iter().flat_map(|(path, ignores)| {
            let unused = ignores.iter().filter(|ignore| !ignore.used);
            unused.map(move |ignore| (path, ignore))
        });
        let mut unused = unused.filter(|(_, ignore)| of(&ignore.code)).peekable();
        if unused.peek().is_none() {
            return Vec::new();
        }
        let known = Known::of(db, repo);
        unused
            .filter_map(|(path, ignore)| draft(path, ignore, &known))
            .map(|draft| match repo.realms(db).as_ref() {
                [only] => draft.in_realm(only.name(db)),
                _ => draft,
            })
            .collect()
    }
}

fn draft(path: &Arc<str>, ignore: &Ignore, known: &Known) -> Option<Draft> {
    let code = &ignore.code;
    let at = |span: Span| Place {
        root: Root::Repo("".into()),
        path: path.clone(),
        span,
    };
    let what = match ignore.all_of_it == ignore.code_at {
        true => format!("`{code}`"),
        false => "the comment".to_owned(),
    };
    let remove = |draft: Draft| draft.fix("remove-ignore", format!("Take {what} out"));
    let draft = match Code::parse(code) {
        None => {
            let near = blue_realm::did_you_mean(code, Code::ALL.iter().map(|code| code.as_str()));
            let hint = near.map(|near| format!(" (did you mean `{near}`?)"));
            let draft = Draft::new(Code::IgnoreUnused, at(ignore.code_at)).message(format!(
                "no finding has the code `{code}`{}: this comment silences nothing",
                hint.unwrap_or_default(),
            ));
            match near {
                Some(near) => {
                    let edit = TextEdit {
                        place: at(ignore.code_at),
                        text: near.to_owned(),
                    };
                    draft.fix_by("fix-spelling", format!("Write `{near}`"), vec![edit])
                }
                None => remove(draft),
            }
        }
        Some(_) if only_the_realm_lowers(code) => {
            let draft = Draft::new(Code::IgnoreUnused, at(ignore.all_of_it));
            remove(draft.message(format!(
                "`{code}` can be lowered only by the realm: this comment silences nothing",
            )))
        }
        Some(known_code) if !ignore.in_doubt && known.is_judged(known_code) => {
            let draft = Draft::new(Code::IgnoreUnused, at(ignore.all_of_it));
            let why = match ignore.has_reason {
                true => "",
                false => " (one that stays says why behind the bracket)",
            };
            remove(draft.message(format!(
                "there is no `{code}` here to silence: take {what} out, or it will hide the next one{why}",
            )))
        }
        Some(_) => return None,
    };
    Some(draft.subject("ignore", code))
}

/// What is known well enough that its absence means something.
struct Known {
    /// All contracts of the repository's own can be judged.
    exports: bool,
    /// So can what is gone from its code, and not by a baseline that the next commit moves.
    absence: bool,
    /// All contracts it imports are known, and what its bound files grant.
    imports: bool,
}

impl Known {
    fn of(db: &dyn Db, repo: RepoInput) -> Known {
        let (exports, imports) = (exports(db, repo), imports(db, repo));
        let reachable = repo.unreachable(db).is_empty();
        let baselines = repo.baselines(db);
        let named = |commit: &Arc<str>| baselines.contains_key(&**commit);
        let stable = exports
            .iter()
            .all(|model| model.source_commit.as_ref().is_some_and(named));
        let whole = exports
            .iter()
            .all(|model| export_unread(db, repo, model) == 0);
        let read = imports.iter().all(|model| !is_unread(db, repo, model));
        Known {
            exports: reachable && exports.iter().all(|model| model.is_detected()),
            absence: stable && whole,
            imports: reachable && read && unknown_imports(db, repo).is_empty(),
        }
    }

    fn is_judged(&self, code: Code) -> bool {
        match code {
            Code::ExportRemoved | Code::ExportUnseen => self.exports && self.absence,
            // A proposal comes and goes, and where the code is checked there is often none; hooks
            // are run by whoever asks for it.
            Code::ImportPending | Code::HookFailed | Code::HookWarning => false,
            _ if code.as_str().starts_with("export-") => self.exports,
            _ => self.exports && self.imports,
        }
    }
}

/// The files of a group that hold an ignore comment, as far as nobody types in them.
#[salsa::tracked(returns(clone))]
fn still_with_ignores(db: &dyn Db, tree: FileTree, number: u32) -> Arc<[FileId]> {
    let group = group(db, tree, number);
    let still = group
        .still
        .iter()
        .filter(|(_, content)| content.may_ignore());
    still.map(|(id, _)| *id).collect()
}

/// Those of all groups: what somebody types changes nothing of it.
#[salsa::tracked(returns(clone))]
fn all_with_ignores(db: &dyn Db, tree: FileTree) -> Arc<[FileId]> {
    let groups = 0..groups(db, tree);
    let found = groups.flat_map(|number| still_with_ignores(db, tree, number).to_vec());
    found.collect()
}
