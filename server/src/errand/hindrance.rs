//! Why something cannot be done to a realm from here, known before anybody asks for it: an action that is
//! greyed out says so, where one that fails would only annoy.

use std::path::Path;

use blue_ops::{Error, Here, ack};
use blue_workspace::{Cancelled, Run, RunVerb, Snapshot};

/// The reason, in one sentence without its end; nothing where it can be done, as far as can be known without
/// fetching.
pub(crate) fn hindrance(
    snapshot: &Snapshot,
    path: &Path,
    run: &Run,
) -> Result<Option<String>, Cancelled> {
    let Some((repo, root)) = snapshot.repo_at(path) else {
        return Ok(Some("the file is in no repository".to_owned()));
    };
    let here = Here {
        root,
        repo: Some(repo.to_string()),
        realms: Vec::new(),
        realm_path: None,
        caching: blue_workspace::Caching::default(),
    };
    match here.actor() {
        _ if matches!(run.verb, RunVerb::Worktree | RunVerb::Change) => {}
        Ok(_) => {}
        Err(Error::Nobody) => {
            return Ok(Some(
                "git does not know who you are (`git config --global user.email`)".to_owned(),
            ));
        }
        Err(why) => return Ok(Some(why.to_string())),
    }
    let states = snapshot.realm_states(path);
    let Some(state) = states.iter().find(|state| state.realm == run.realm) else {
        return Ok(Some(format!("{} is not there", run.realm)));
    };
    if run.verb == RunVerb::Sync {
        let contract = state.record.contract(&run.domain, &run.contract);
        let owner = contract.and_then(|contract| contract.owner.clone());
        let another = owner.filter(|owner| *owner != repo);
        return Ok(another.map(|owner| format!("{} belongs to {owner}", run.contract)));
    }
    if matches!(run.verb, RunVerb::Worktree | RunVerb::Change) {
        return Ok(None);
    }
    let followings = snapshot.followings(path)?;
    let mut same = followings.iter().filter(|it| {
        (&it.realm, &it.domain, &it.contract) == (&run.realm, &run.domain, &run.contract)
    });
    // A sync that waits asks for its own version, and the command says what that still lacks.
    let waits = snapshot.waits(&run.realm, (&run.domain, &run.contract), &repo);
    Ok(same.find_map(ack::hindrance).filter(|_| !waits))
}
