//! Who decides (`governance`), who may change what (`trust.permissions`), and severities: rules that
//! nobody can meet, and patterns that meet nothing.

use super::{Beside, Loose, Way};
use crate::codes;
use crate::decode::{Text, shortened};
use crate::kind::FileKind;
use crate::limits;
use crate::model::{Admission, Governance, Levels, Role, Trust};
use crate::names::did_you_mean;
use crate::problem::ProblemCode;
use crate::source_files::SourceSet;
use crate::spans::Step;

pub(super) fn of_file(beside: &mut Beside<'_>) {
    let file = beside.file;
    if let Some(realm) = file.as_realm() {
        let set = &realm.governance;
        if set.approvers.is_none()
            && set.admission.is_none()
            && set.admission() == Admission::Approval
        {
            nobody_approves(beside);
        } else {
            deciders(beside, set, set);
        }
        invited(beside, set, set);
        permissions(beside, &realm.trust);
        severities(beside, &realm.findings);
    }
    if let (FileKind::Governance { domain }, Some(own)) = (&file.kind, file.as_governance()) {
        let holds = beside.realm.governance(domain);
        deciders(beside, &own.governance, &holds);
        invited(beside, &own.governance, &holds);
    }
}

/// The way to a key of governance, which in a domain's own file may stand bare.
fn way(key: &'static str, below: &[Step<'static>]) -> Way<'static> {
    let route = |start: &[Step<'static>]| {
        let steps = start.iter().copied().chain([Step::Key(key)]);
        Way::Value(steps.chain(below.iter().copied()).collect())
    };
    Way::FirstOf(vec![route(&[Step::Key("governance")]), route(&[])])
}

/// Admission is by approval where nothing else is said, and a list that is missing is an empty one.
fn nobody_approves(beside: &mut Beside<'_>) {
    let place = Way::FirstOf(vec![
        Way::Key(vec![Step::Key("governance")]),
        Way::Key(vec![Step::Key("name")]),
    ]);
    let message = "the realm names nobody who approves, so that no break and no repo that asks can be let in: name \
                   somebody in `governance.approvers`"
        .to_owned();
    beside.tell(Loose::new(ProblemCode::RealmSchema, place, message));
}

/// That somebody has to approve, and nobody is there who could. `set` is what the file says,
/// `holds` what holds with it; a file that says nothing of either is not blamed.
fn deciders(beside: &mut Beside<'_>, set: &Governance, holds: &Governance) {
    if !holds.approvers().is_empty() {
        return;
    }
    let at_approvers = || way("approvers", &[]);
    if holds.admission() == Admission::Approval
        && (set.approvers.is_some() || set.admission.is_some())
    {
        let place = match &set.approvers {
            Some(_) => at_approvers(),
            None => way("admission", &[]),
        };
        let message = "admission is by approval, but there is nobody to approve: name somebody in \
                       `approvers`"
            .to_owned();
        beside.tell(Loose::new(ProblemCode::RealmSchema, place, message));
        return;
    }
    let explicit = holds.require_approval == Some(true)
        && (set.approvers.is_some() || set.require_approval.is_some());
    if explicit {
        let place = match &set.approvers {
            Some(_) => at_approvers(),
            None => way("breaking_changes", &[Step::Key("require_approval")]),
        };
        let message = "breaking changes need an approval, but there is nobody to approve: name \
                       somebody in `approvers`"
            .to_owned();
        beside.tell(Loose::new(ProblemCode::RealmSchema, place, message));
    }
}

/// Who is invited has not joined yet, or has long; a name that is a slip of another's is worth
/// knowing.
fn invited<'a>(beside: &mut Beside<'a>, set: &Governance, holds: &Governance) {
    if holds.admission() != Admission::InviteOnly {
        return;
    }
    for (index, repo) in set.invited.iter().flatten().enumerate() {
        if beside.full() {
            return;
        }
        if beside.realm.has_repo(repo) {
            continue;
        }
        let near = beside.near(repo, beside.realm.repos().map(|(name, _)| name));
        let message = format!("`{repo}` is invited, and has not joined the realm yet");
        let place = way("invited", &[Step::Index(index)]);
        beside.tell(Loose::new(ProblemCode::MemberPending, place, message).suggest(near));
    }
}

/// `trust.permissions`, ready to be asked. As in git's own files of patterns (gitignore,
/// CODEOWNERS), the last pattern that matches decides.
pub(crate) struct Permissions<'a> {
    set: SourceSet,
    roles: &'a [(Text, Vec<Role>)],
}

impl<'a> Permissions<'a> {
    pub(crate) fn new(trust: &'a Trust) -> Self {
        let roles = trust.permissions.as_slice();
        let roles = roles.get(..limits::PERMISSIONS).unwrap_or(roles);
        let patterns: Vec<&Text> = roles.iter().map(|(pattern, _)| pattern).collect();
        let (set, _) = SourceSet::new(&patterns);
        Self { set, roles }
    }

    /// The pattern that decides for this path and the roles it names; nothing: the defaults hold.
    pub(crate) fn of(&self, path: &str) -> Option<&'a (Text, Vec<Role>)> {
        self.roles.get(self.set.matching_pattern(path)?)
    }
}

fn permissions<'a>(beside: &mut Beside<'a>, trust: &'a Trust) {
    let patterns: Vec<&Text> = trust
        .permissions
        .iter()
        .map(|(pattern, _)| pattern)
        .collect();
    if patterns.is_empty() {
        return;
    }
    let place = |pattern: &'a Text| {
        Way::Key(vec![
            Step::Key("trust"),
            Step::Key("permissions"),
            Step::Key(pattern),
        ])
    };
    if let Some(beyond) = patterns.get(limits::PERMISSIONS) {
        let message = format!(
            "`permissions` has more than {} patterns; those from here on are not read",
            limits::PERMISSIONS
        );
        beside.tell(Loose::new(
            ProblemCode::LimitExceeded,
            place(beyond),
            message,
        ));
    }
    let patterns = patterns.get(..limits::PERMISSIONS).unwrap_or(&patterns);
    let (set, bad) = SourceSet::new(patterns);
    for (index, wrong) in &bad {
        let Some(pattern) = patterns.get(*index) else {
            continue;
        };
        let message = format!("`{}` {}", shortened(pattern), wrong.message);
        let loose = Loose::new(wrong.code, place(pattern), message);
        beside.tell(loose.suggest(wrong.suggestion.clone()));
    }
    let mut idle: Vec<usize> = (0..patterns.len())
        .filter(|index| bad.iter().all(|(other, _)| other != index))
        .collect();
    for path in paths(beside) {
        if idle.is_empty() {
            break;
        }
        idle.retain(|index| !set.pattern_matches(*index, &path));
    }
    for (index, pattern) in patterns.iter().enumerate() {
        if pattern.starts_with('!') {
            let message = format!(
                "`{}` takes away, which a permission cannot: write what it is about, and who may \
                 change that",
                shortened(pattern)
            );
            beside.tell(Loose::new(
                ProblemCode::RealmSchema,
                place(pattern),
                message,
            ));
        } else if idle.contains(&index)
            && let Some(message) = idle_because(pattern)
        {
            let near = meant(beside, pattern);
            let loose = Loose::new(ProblemCode::UnknownReference, place(pattern), message);
            beside.tell(loose.suggest(near));
        }
    }
}

/// A pattern with the first of its folders that the realm does not have spelled as one that it has.
fn meant(beside: &mut Beside<'_>, pattern: &str) -> Option<String> {
    let (first, rest) = pattern.split_once('/').unwrap_or((pattern, ""));
    if !FOLDERS.contains(&first) {
        let near = beside.near(first, FOLDERS.into_iter())?;
        return Some(format!("{near}{}", &pattern[first.len()..]));
    }
    let (second, below) = rest.split_once('/').unwrap_or((rest, ""));
    let realm = beside.realm;
    let near = match first {
        "domains" => beside.near(second, realm.domains().map(|domain| &domain.name))?,
        "repos" => {
            let repo = second.strip_suffix(".yaml")?;
            let near = beside.near(repo, realm.repos().map(|(name, _)| name))?;
            format!("{near}.yaml")
        }
        _ => return None,
    };
    match below.is_empty() {
        true => Some(format!("{first}/{near}")),
        false => Some(format!("{first}/{near}/{below}")),
    }
}

/// What the first part of a path of the format is.
const FOLDERS: [&str; 3] = ["domains", "repos", "realm.yaml"];

/// The paths that the realm has and, of each kind of file, one that it might have.
fn paths<'a>(beside: &Beside<'a>) -> impl Iterator<Item = Text> + use<'a> {
    // No name that a person gives: only wildcards match it.
    const ANY: &str = "any-name-at-all";
    let realm = beside.realm;
    let of_domain = |domain: Text| {
        let any = || Text::from(ANY);
        [
            FileKind::Domain {
                domain: domain.clone(),
            },
            FileKind::Governance {
                domain: domain.clone(),
            },
            FileKind::Contract {
                domain: domain.clone(),
                contract: any(),
            },
            FileKind::Release {
                domain: domain.clone(),
                contract: any(),
                version: "1.0.0".into(),
            },
            FileKind::Binding {
                domain: domain.clone(),
                repo: any(),
            },
            FileKind::Acceptances {
                domain,
                repo: any(),
            },
        ]
    };
    let domains = realm.domains().map(|domain| domain.name.clone());
    let possible = domains
        .chain([Text::from(ANY)])
        .flat_map(of_domain)
        .chain([FileKind::Realm, FileKind::Repo { name: ANY.into() }])
        .map(|kind| Text::from(kind.path()));
    // A repo that will take part in a domain has its files there in time.
    let own = realm.domains().flat_map(move |domain| {
        realm.repos().flat_map(move |(repo, _)| {
            let (domain, repo) = (domain.name.clone(), repo.clone());
            let (of, by) = (domain.clone(), repo.clone());
            [
                FileKind::Binding { domain, repo },
                FileKind::Acceptances {
                    domain: of,
                    repo: by,
                },
            ]
        })
    });
    let files = realm.files().map(|file| file.path.clone());
    let own = own
        .take(limits::REALM_FILES)
        .map(|kind| Text::from(kind.path()));
    possible.chain(files).chain(own)
}

/// Why a pattern that matches no file of the format is wrong. It may mean others (a forge's own
/// folder, a README), which a realm does not know.
fn idle_because(pattern: &str) -> Option<String> {
    let first = pattern.trim_start_matches("./").split('/').next()?;
    let meant = FOLDERS.contains(&first) || did_you_mean(first, FOLDERS).is_some();
    meant.then(|| {
        format!(
            "`{}` matches no file that this realm has or may have",
            shortened(pattern)
        )
    })
}

fn severities<'a>(beside: &mut Beside<'a>, levels: &'a Levels) {
    for (code, _) in levels {
        if beside.full() {
            return;
        }
        let Some((message, near)) = codes::unknown(code) else {
            continue;
        };
        let place = Way::Key(vec![Step::Key("findings"), Step::Key(code)]);
        let loose = Loose::new(ProblemCode::UnknownKey, place, message);
        beside.tell(loose.suggest(near.map(str::to_owned)));
    }
}
