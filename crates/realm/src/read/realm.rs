//! `realm.yaml`, `repos/*.yaml`, `domain.yaml`, `governance.yaml`.

use super::{levels, own_name};
use crate::decode::{At, Fields, Problems};
use crate::model::{
    Admission, DomainFile, Governance, GovernanceFile, Member, Notify, RealmFile, RepoFile, Role,
    Trust, TrustMode,
};
use crate::names::Name;
use crate::times::Shape;

pub(super) fn realm(root: &At<'_>, problems: &mut Problems) -> Option<RealmFile> {
    let fields = root.fields(problems)?;
    let extra = fields.extra(
        &[
            "name",
            "version",
            "created_at",
            "governance",
            "trust",
            "findings",
        ],
        problems,
    );
    let name = fields.required("name", problems);
    let governance = fields.get("governance");
    let trust = fields.get("trust");
    Some(RealmFile {
        name: name.and_then(|at| at.name(problems)),
        version: fields.get("version").and_then(|at| at.version(problems)),
        created_at: fields
            .get("created_at")
            .and_then(|at| at.time(Shape::Time, problems)),
        governance: governance
            .and_then(|at| governance_fields(&at.fields(problems)?, problems).into())
            .unwrap_or_default(),
        trust: trust
            .and_then(|at| trust_fields(&at.fields(problems)?, problems).into())
            .unwrap_or_default(),
        findings: fields
            .get("findings")
            .map(|at| levels(&at, problems))
            .unwrap_or_default(),
        extra,
    })
}

/// A domain's own rules, bare or under `governance:` as in `realm.yaml`.
pub(super) fn governance_file(root: &At<'_>, problems: &mut Problems) -> Option<GovernanceFile> {
    let fields = root.fields(problems)?;
    let Some(inner) = fields.get("governance") else {
        let governance = governance_fields(&fields, problems);
        return Some(GovernanceFile { governance });
    };
    fields.extra(&["governance"], problems);
    let governance = governance_fields(&inner.fields(problems)?, problems);
    Some(GovernanceFile { governance })
}

fn governance_fields(fields: &Fields<'_>, problems: &mut Problems) -> Governance {
    const ADMISSIONS: &[(&str, Admission)] = &[
        ("open", Admission::Open),
        ("approval", Admission::Approval),
        ("invite-only", Admission::InviteOnly),
    ];
    let extra = fields.extra(
        &["admission", "invited", "approvers", "breaking_changes"],
        problems,
    );
    let breaking = fields.get("breaking_changes");
    let breaking = breaking.as_ref().and_then(|at| at.fields(problems));
    if let Some(breaking) = &breaking {
        breaking.extra(&["require_approval", "grace_period_days"], problems);
    }
    let flag = |key, problems: &mut Problems| breaking.as_ref()?.get(key)?.flag(problems);
    let count = |key, problems: &mut Problems| breaking.as_ref()?.get(key)?.count(problems);
    Governance {
        admission: fields
            .get("admission")
            .and_then(|at| at.one_of(ADMISSIONS, problems)),
        invited: fields
            .get("invited")
            .map(|at| at.list(problems, |at, problems| at.name(problems))),
        approvers: fields
            .get("approvers")
            .map(|at| at.list(problems, |at, problems| at.text(problems))),
        require_approval: flag("require_approval", problems),
        grace_period_days: count("grace_period_days", problems),
        extra,
    }
}

fn trust_fields(fields: &Fields<'_>, problems: &mut Problems) -> Trust {
    const MODES: &[(&str, TrustMode)] = &[
        ("collaborative", TrustMode::Collaborative),
        ("vendor-customer", TrustMode::VendorCustomer),
        ("federation", TrustMode::Federation),
    ];
    const ROLES: &[(&str, Role)] = &[
        ("realm_owners", Role::RealmOwners),
        ("domain_owners", Role::DomainOwners),
        ("contract_owner", Role::ContractOwner),
        ("repo_maintainers", Role::RepoMaintainers),
    ];
    let extra = fields.extra(&["mode", "require_signed_commits", "permissions"], problems);
    let roles = |at: &At<'_>, problems: &mut Problems| {
        Some(at.one_or_more(problems, |at, problems| at.one_of(ROLES, problems)))
    };
    Trust {
        mode: fields
            .get("mode")
            .and_then(|at| at.one_of(MODES, problems))
            .unwrap_or_default(),
        require_signed_commits: fields
            .get("require_signed_commits")
            .and_then(|at| at.flag(problems))
            .unwrap_or_default(),
        permissions: fields
            .get("permissions")
            .map(|at| at.table(problems, roles))
            .unwrap_or_default(),
        extra,
    }
}

pub(super) fn repo(root: &At<'_>, name: &Name, problems: &mut Problems) -> Option<RepoFile> {
    let fields = root.fields(problems)?;
    let extra = fields.extra(
        &[
            "name",
            "org",
            "path",
            "url",
            "subdir",
            "maintainers",
            "signing_keys",
            "notify",
            "joined_at",
            "confirmed_at",
        ],
        problems,
    );
    own_name(&fields, "name", name, problems);
    let texts = |key, problems: &mut Problems| {
        let at = fields.get(key)?;
        Some(at.list(problems, |at, problems| at.text(problems)))
    };
    Some(RepoFile {
        name: name.clone(),
        org: fields.get("org").and_then(|at| at.prose(problems)),
        path: fields.get("path").and_then(|at| at.text(problems)),
        url: fields.get("url").and_then(|at| at.url(problems)),
        subdir: fields.get("subdir").and_then(|at| at.path(problems)),
        maintainers: texts("maintainers", problems).unwrap_or_default(),
        signing_keys: texts("signing_keys", problems).unwrap_or_default(),
        notify: fields
            .get("notify")
            .and_then(|at| at.one_of(&[("issue", Notify::Issue)], problems)),
        joined_at: fields
            .get("joined_at")
            .and_then(|at| at.time(Shape::Time, problems)),
        confirmed_at: fields
            .get("confirmed_at")
            .and_then(|at| at.time(Shape::Time, problems)),
        extra,
    })
}

pub(super) fn domain(root: &At<'_>, name: &Name, problems: &mut Problems) -> Option<DomainFile> {
    let fields = root.fields(problems)?;
    let extra = fields.extra(&["name", "description", "created_at", "members"], problems);
    own_name(&fields, "name", name, problems);
    let members = fields.get("members").map(|at| {
        at.list(problems, |at, problems| {
            Some(Member {
                index: at.ordinal,
                repo: at.name(problems)?,
            })
        })
    });
    Some(DomainFile {
        name: name.clone(),
        description: fields.get("description").and_then(|at| at.prose(problems)),
        created_at: fields
            .get("created_at")
            .and_then(|at| at.time(Shape::Time, problems)),
        members: members.unwrap_or_default(),
        extra,
    })
}
