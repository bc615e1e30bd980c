//! Findings for tests of what is done with findings.

use std::sync::Arc;

use blue_text::Span;

use blue_workspace::{Code, Finding, Place, Root, Shown};

/// A finding at a place, told apart by its fingerprint.
pub(crate) fn shown(code: Code, fingerprint: &str, span: Span) -> Shown {
    let place = Place {
        root: Root::Repo("aperture".into()),
        path: "models/paths.py".into(),
        span,
    };
    let finding = Finding {
        code,
        severity: code.default_severity(),
        message: format!("says {fingerprint}"),
        place: place.clone(),
        sites: vec![place],
        also: Vec::new(),
        related: Vec::new(),
        repo: Some("aperture".into()),
        realm: Some("letemcook".into()),
        domain: Some("s3-access".into()),
        contract: Some("s3-permissions".into()),
        change: None,
        judged_from: None,
        fixes: Vec::new(),
        fingerprint: fingerprint.to_owned(),
        accepted: None,
    };
    Shown {
        span,
        severity: finding.severity,
        finding: Arc::new(finding),
        related: Vec::new(),
    }
}
