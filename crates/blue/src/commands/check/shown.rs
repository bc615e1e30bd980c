//! The files of a realm as people are shown them: as the commit says that was judged, where the checkout is behind it. An
//! editor opens the checkout's files, so that places of findings lie in these; beside a message about 1.5.0 its `1.4.0` would
//! be taken for an error.

use std::collections::HashMap;
use std::sync::Arc;

use blue_analysis::{Finding, Place, Root, moved_span};
use blue_workspace::RealmStates;

use crate::engine::{Loaded, Report};

/// Texts of the record by realm and path.
#[derive(Default)]
pub(super) struct Shown {
    judged: HashMap<(Arc<str>, Arc<str>), Arc<str>>,
}

impl Shown {
    /// A report whose places in files that the checkout is behind in lie in those that were judged, and the texts of these.
    pub(super) fn of(
        mut report: Report,
        found: &Loaded,
        states: &[RealmStates],
    ) -> (Report, Shown) {
        let mut shown = Shown::default();
        // In a realm's own checkout its files are what is judged.
        if report.repo.is_none() {
            return (report, shown);
        }
        for finding in &mut report.findings {
            if is_behind(finding, found, states) {
                shown.moved(Arc::make_mut(finding), found, states);
            }
        }
        (report, shown)
    }

    fn moved(&mut self, finding: &mut Finding, found: &Loaded, states: &[RealmStates]) {
        let related = finding.related.iter_mut().map(|related| &mut related.place);
        let places = related
            .chain(&mut finding.sites)
            .chain([&mut finding.place]);
        for place in places {
            let Some((working, record)) = judged(place, found, states) else {
                continue;
            };
            place.span = moved_span(&working, &record, place.span);
            let key = (place.root.name().into(), place.path.clone());
            self.judged.insert(key, record);
        }
    }

    /// The text that a place's span refers to.
    pub(super) fn text_of(&self, place: &Place, found: &Loaded) -> Option<Arc<str>> {
        let judged = match &place.root {
            Root::Realm(name) => self.judged.get(&(name.clone(), place.path.clone())),
            Root::Repo(_) => None,
        };
        judged.cloned().or_else(|| found.text_of(place))
    }
}

/// Whether a finding has a place in a file that the checkout is behind in.
fn is_behind(finding: &Finding, found: &Loaded, states: &[RealmStates]) -> bool {
    let places = finding.related.iter().map(|related| &related.place);
    let mut places = places.chain(&finding.sites).chain([&finding.place]);
    places.any(|place| judged(place, found, states).is_some())
}

/// The checkout's text of a file and the record's, where the checkout only stayed behind: what it changes itself is a
/// proposal, and is shown.
fn judged(place: &Place, found: &Loaded, states: &[RealmStates]) -> Option<(Arc<str>, Arc<str>)> {
    let Root::Realm(name) = &place.root else {
        return None;
    };
    let state = states.iter().find(|state| state.realm == *name)?;
    let record = state.record.file(&place.path)?.text.clone();
    let working = found.text_of(place)?;
    let (base, _) = state.base.as_ref()?;
    let began = base.file(&place.path)?;
    (working != record && began.text == working).then_some((working, record))
}
