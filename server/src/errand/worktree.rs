//! `blue.worktree`: what `blue realm worktree --rfc NAME` does across the repositories of a domain.

use blue_git::Rewrites;
use blue_ops::worktree::{Absent, Around, Fate, Plan, Wish, create, dry_run};
use blue_ops::{Freshness, Here, OpenRealm};
use blue_realm::Realm;

use super::ask_first::sentences;
use super::{End, Scene};

/// What agrees to it.
const MAKE: &str = "Make them";
/// What does not.
const NOTHING: &str = "Make nothing";

impl Scene {
    pub(super) fn worktree(&self, here: &Here) -> Result<(Vec<String>, String), End> {
        let places = self.places(here)?;
        let Some(place) = places.first() else {
            return Err(End::failed(
                "the repository takes part in no realm".to_owned(),
            ));
        };
        let realm =
            self.reading(|ask| OpenRealm::open(place, Freshness::AsItIs, Rewrites::Stop, ask))?;
        let record = realm
            .tip()
            .and_then(|tip| realm.realm_at(tip))
            .map_err(End::from)?;
        let around = Around {
            realm: &record,
            name: &place.name,
            checkout: realm.checkout(),
            here: here.repo.as_deref().map(|repo| (repo, &*here.root)),
        };
        let domain = self.domain(here, &record)?;
        let rfc = self.change_name(&record, &domain);
        let wish = Wish {
            rfc: &rfc,
            domains: std::slice::from_ref(&domain),
            repos: &[],
        };
        let plan = dry_run(&around, &wish).map_err(End::from)?;
        if !plan
            .worktrees
            .iter()
            .any(|it| matches!(it.fate, Fate::Made(_)))
        {
            return Ok((Vec::new(), sentences(&told(&plan))));
        }
        let question = format!(
            "Make worktrees for a change across {domain}? {}",
            sentences(&told(&plan))
        );
        match self.person.choose(&question, &[MAKE, NOTHING])? {
            Some(answer) if answer == MAKE => {}
            _ => return Err(End::Declined("you did not want the worktrees")),
        }
        let plan = self.reading(|ask| create(&around, &wish, ask))?;
        let mut lines = told(&plan);
        lines.push(format!(
            "Open them beside each other; `blue realm worktree remove --rfc {rfc}` takes them away"
        ));
        Ok((Vec::new(), sentences(&lines)))
    }

    /// The domain of the contract that it is about, else the only one of the repository.
    fn domain(&self, here: &Here, record: &Realm) -> Result<String, End> {
        let repo = here.repo.as_deref().unwrap_or_default();
        let of_repo: Vec<String> = record
            .domains_of(repo)
            .map(|it| it.name.to_string())
            .collect();
        let named = self.about.domain.clone();
        match (named, of_repo.as_slice()) {
            (Some(domain), _) => Ok(domain),
            (None, [one]) => Ok(one.clone()),
            (None, []) => Err(End::failed(format!("{repo} is a member of no domain"))),
            (None, several) => {
                let chosen = self.person.choose("Across which domain?", several)?;
                chosen.ok_or(End::Declined("no domain was chosen"))
            }
        }
    }

    /// The change's name: as the client asked for it, else after the contract and the version that it is at.
    fn change_name(&self, record: &Realm, domain: &str) -> String {
        if let Some(name) = &self.about.rfc {
            return name.clone();
        }
        let Some(name) = &self.about.contract else {
            return domain.to_owned();
        };
        let contract = record.contract(domain, name);
        match contract.and_then(|contract| contract.version.as_ref()) {
            Some(version) => format!("{name}-after-{version}"),
            None => name.clone(),
        }
    }
}

fn told(plan: &Plan) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for one in &plan.worktrees {
        let repos: Vec<&str> = one.repos.iter().map(|(name, _)| &**name).collect();
        let does = match &one.fate {
            Fate::Made(_) => "on",
            Fate::There => "is there already, on",
            Fate::Elsewhere => "stays where it is, on",
        };
        lines.push(format!(
            "{}: {} {does} {}",
            blue_realm::listed(&repos),
            one.path.display(),
            plan.branch
        ));
    }
    for (repo, why) in &plan.absent {
        let why = match why {
            Absent::Unknown => "nothing says where it is".to_owned(),
            Absent::NotThere(path) => format!("{} is not there", path.display()),
            Absent::Another(path) => format!("{} is another repository", path.display()),
            Absent::WithoutGit(path) => format!("{} is no git checkout", path.display()),
        };
        lines.push(format!("{repo} is left out, for on this machine {why}"));
    }
    lines
}
