//! What of a contract's change breaks an importer, as the fingerprints by which it accepts that.
//!
//! It exists so that whoever asks (`check --mode=compatibility`, the rule of merging, a sync that says
//! what may be accepted) gets one answer from the two states of the contract. What somebody wrote
//! about a change is never evidence for what it breaks (`compatibility.md`, "Accepted breaks").

use blue_compat::contract::{Document, Judgement, Overall, Weight};
use blue_compat::value::{Effect, Matching, ValueChange};
use blue_pattern::{Pattern, Verdict, union_covers};
use blue_realm::{Acceptance, Date, Import, Importer, Realm};
use semver::Version;
use serde_json::Value;

use crate::contract::relies_on;
use crate::draft::Print;
use crate::finding::Code;
use crate::leaves::declared_leaves;

/// A contract that changes.
#[derive(Debug, Clone, Copy)]
pub struct BreakingChange<'a> {
    /// The name that findings call the realm by.
    pub realm: &'a str,
    /// The contract's domain.
    pub domain: &'a str,
    /// Its name, then those it had before.
    pub names: &'a [String],
    /// The version that it gets; nothing: none is said.
    pub to: Option<&'a Version>,
    /// The value that it gets.
    pub value: Option<&'a Value>,
    /// The version that it is seen from.
    pub from: Option<&'a Version>,
    /// What the change means, seen from there.
    pub judgement: &'a Judgement,
}

/// One thing that breaks, by any of the names that findings give it: the first is what the finding of
/// the exporter's code says.
struct Part {
    /// Field and value.
    called: Vec<(String, String)>,
}

impl BreakingChange<'_> {
    /// The changes of the value that an importer relies on and that take something away.
    pub fn relied_on(&self, import: &Import) -> impl Iterator<Item = &ValueChange> {
        let changes = self.judgement.value.changes.iter();
        changes.filter(move |it| {
            let Some(old) = it.old.as_ref().filter(|_| it.effect == Effect::Removing) else {
                return false;
            };
            relies_on(import, &it.pointer, old) && !self.is_left(import, it)
        })
    }

    /// Whether all that an importer uses of a pattern is covered by what is left, where patterns are
    /// compared by what they take in.
    fn is_left(&self, import: &Import, of: &ValueChange) -> bool {
        let (Matching::Covers, Some(uses)) = (self.judgement.promises.matching, &import.uses)
        else {
            return false;
        };
        let list = of.pointer.rsplit_once('/').map(|(list, _)| list);
        let list = self.value.zip(list);
        let list = list.and_then(|(value, list)| value.pointer(list));
        let Some(left) = list.and_then(Value::as_array) else {
            return false;
        };
        let left = left.iter().filter_map(Value::as_str).map(Pattern::parse);
        let left: Vec<Pattern> = left.collect();
        let is_covered = |used: &str| union_covers(&left, &Pattern::parse(used)) == Verdict::Yes;
        uses.iter()
            .all(|used| !used.starts_with('/') && is_covered(used))
    }

    /// The records of `realm` by which an importer has accepted all that breaks it: its being broken by
    /// the contract as a whole, a verdict that is not decided, or each of the values it relies on that
    /// go. Nothing where something is missing, or has ended before `today`.
    #[must_use]
    pub fn accepted_by<'r>(
        &self,
        importer: &Importer<'_>,
        realm: &'r Realm,
        today: Option<Date>,
    ) -> Option<Vec<&'r Acceptance>> {
        let file = realm.acceptances(importer.domain, importer.repo)?;
        let holds = |record: &&Acceptance| today.is_none_or(|today| record.holds_on(today));
        let by = |prints: &[String]| {
            let records = file.acceptances.iter().filter(holds);
            let mut same =
                records.filter(|record| prints.iter().any(|it| **it == *record.fingerprint));
            same.next()
        };
        if let Some(record) = by(&self.as_a_whole(importer)) {
            return Some(vec![record]);
        }
        let is_of_value = self.is_of_value();
        let parts = self.parts(importer.import)?;
        let range = importer.import.version.as_ref().zip(self.to);
        let is_in_range = range.is_some_and(|(range, to)| range.matches(to));
        // A version that its range leaves out for the break alone is accepted with it.
        if !is_of_value || (!is_in_range && parts.is_empty()) {
            return None;
        }
        let majors = self.majors(importer);
        let each = parts.iter().map(|part| by(&self.prints_of(part, &majors)));
        let each: Vec<&Acceptance> = each.collect::<Option<_>>()?;
        (!each.is_empty()).then_some(each)
    }

    /// The fingerprints by which an importer may accept what breaks it, as the finding of the
    /// exporter's code has them: one for each value that it relies on, or one for its being broken as a
    /// whole where values are not all that breaks. Empty where nothing breaks it.
    #[must_use]
    pub fn prints(&self, importer: &Importer<'_>) -> Vec<String> {
        if self.judgement.verdict == Overall::Compatible {
            return Vec::new();
        }
        let is_of_value = self.is_of_value();
        let majors = self.majors(importer);
        match self.parts(importer.import) {
            Some(parts) if is_of_value && !parts.is_empty() => {
                let first = |part: &Part| self.prints_of(part, &majors).into_iter().next();
                parts.iter().filter_map(first).collect()
            }
            Some(parts) if is_of_value && parts.is_empty() => Vec::new(),
            _ => self.as_a_whole(importer).into_iter().take(1).collect(),
        }
    }

    /// Whether a fingerprint is one by which an importer may accept this change, or a part of it.
    #[must_use]
    pub fn is_accepted_by(&self, print: &str, importer: &Importer<'_>) -> bool {
        let majors = self.majors(importer);
        let parts = self.parts(importer.import).unwrap_or_default();
        let mut of_parts = parts.iter().flat_map(|part| self.prints_of(part, &majors));
        of_parts.any(|it| it == print) || self.as_a_whole(importer).iter().any(|it| it == print)
    }

    /// The values that go and that an importer relies on, each as what can change by itself; nothing
    /// where one of them has no name.
    fn parts(&self, import: &Import) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        for change in self.relied_on(import) {
            let old = change.old.as_ref()?;
            let of_change = parts_of(&change.pointer, old);
            if of_change.is_empty() {
                return None;
            }
            parts.extend(of_change);
        }
        Some(parts)
    }

    /// Whether all that breaks is of the value, and nothing of the schema.
    fn is_of_value(&self) -> bool {
        let reasons = self.judgement.reasons.iter();
        let mut breaking = reasons.filter(|it| it.weight == Weight::Breaking);
        breaking.all(|it| it.place.document == Document::Value)
    }

    fn majors(&self, importer: &Importer<'_>) -> Vec<Option<u64>> {
        let of = [self.from, importer.import.resolved_version.as_ref()];
        of.map(|version| version.map(|version| version.major))
            .into()
    }

    fn prints_of(&self, part: &Part, majors: &[Option<u64>]) -> Vec<String> {
        let called = part.called.iter();
        called
            .flat_map(|(field, text)| {
                self.fingerprints(Code::ExportBreaking, (field, text), "", majors)
            })
            .collect()
    }

    /// Of everything that breaks an importer at once.
    fn as_a_whole(&self, importer: &Importer<'_>) -> Vec<String> {
        let majors = self.majors(importer);
        let mut prints = self.fingerprints(Code::ImportBroken, ("", ""), importer.repo, &majors);
        if self.judgement.verdict == Overall::Unknown {
            let code = Code::VerdictUnknown;
            prints.extend(self.fingerprints(code, ("", ""), "", &majors[..1]));
        }
        prints
    }

    fn fingerprints(
        &self,
        code: Code,
        (field, pattern): (&str, &str),
        importer: &str,
        majors: &[Option<u64>],
    ) -> Vec<String> {
        let of_name = |contract: &String| {
            let prints = majors.iter().map(|major| {
                let print = Print {
                    code,
                    realm: self.realm,
                    domain: self.domain,
                    contract,
                    field,
                    pattern,
                    importer,
                    major: *major,
                };
                print.fingerprint()
            });
            prints.collect::<Vec<_>>()
        };
        self.names.iter().flat_map(of_name).collect()
    }
}

/// What goes with a value that stood at a pointer, leaf by leaf, each with the names that a finding may
/// give it: an element of a set is called by its list, any other string by its own place. Which of the two
/// a list was is not to be seen from here.
fn parts_of(pointer: &str, old: &Value) -> Vec<Part> {
    let field_at = |pointer: &str| crate::leaves::field_of(pointer).to_string();
    let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
    let is_index = pointer
        .rsplit('/')
        .next()
        .is_some_and(|step| step.bytes().all(|byte| byte.is_ascii_digit()));
    let leaves = declared_leaves(old, pointer);
    let part = |leaf: &crate::leaves::Leaf| {
        let own = (leaf.field.to_string(), leaf.text.to_string());
        let mut called = Vec::new();
        if let (Value::String(text), true) = (old, is_index) {
            called.push((field_at(parent), text.clone()));
        }
        if !called.contains(&own) {
            called.push(own);
        }
        Part { called }
    };
    leaves.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_goes_is_called_as_findings_call_it() {
        for (pointer, old, called) in [
            ("/read/0", json!("a"), vec!["read a, read/0 a"]),
            ("/limits/retries", json!(3), vec!["limits/retries 3"]),
            ("/mode", json!("fast"), vec!["mode fast"]),
            ("/read", json!(["a", "b"]), vec!["read a", "read b"]),
            (
                "/limits",
                json!({"n": 1, "s": ["x"]}),
                vec!["limits/n 1", "limits/s x"],
            ),
            ("", json!(30), vec!["value 30"]),
            ("/read", json!([]), vec![]),
        ] {
            let parts = parts_of(pointer, &old);
            let said: Vec<String> = parts
                .iter()
                .map(|part| {
                    let called = part
                        .called
                        .iter()
                        .map(|(field, text)| format!("{field} {text}"));
                    called.collect::<Vec<_>>().join(", ")
                })
                .collect();
            assert_eq!(said, called, "{pointer} {old}");
        }
    }
}
