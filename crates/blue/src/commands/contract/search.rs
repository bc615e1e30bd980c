//! What mentions a text, and which contracts' patterns take a path in.

use blue_pattern::{Pattern, Verdict, covers, intersects};
use serde_json::Value;

use super::known::Realms;
use super::shape::{Contract, Document, Match};

/// Every contract with its matches, those that match.
pub(super) fn search(realms: &Realms, text: &str) -> Document {
    let asked = Asked {
        lower: text.to_lowercase(),
        pattern: Pattern::parse(text),
    };
    let mut contracts: Vec<Contract> = Vec::new();
    for held in realms.contracts() {
        let mut matches = Vec::new();
        let names = std::iter::once(&held.contract.name).chain(&held.contract.previously);
        for name in names {
            asked.mention("name", name, &mut matches);
        }
        if let Some(description) = &held.contract.description {
            asked.mention("description", description, &mut matches);
        }
        if let Some(value) = &held.contract.value {
            asked.value(value, &mut String::new(), &mut matches);
        }
        if !matches.is_empty() {
            contracts.push(Contract {
                matches,
                ..held.shape()
            });
        }
    }
    Document {
        version: 1,
        contracts,
        notes: realms.notes.clone(),
    }
}

struct Asked {
    lower: String,
    pattern: Pattern,
}

impl Asked {
    fn mention(&self, place: &str, text: &str, matches: &mut Vec<Match>) {
        if text.to_lowercase().contains(&self.lower) {
            matches.push(Match {
                place: place.to_owned(),
                text: text.to_owned(),
                how: "contains",
            });
        }
    }

    /// Goes through a value; the realm's reader bounds its depth.
    fn value(&self, value: &Value, at: &mut String, matches: &mut Vec<Match>) {
        match value {
            Value::String(text) => {
                if let Some(how) = self.how(text) {
                    matches.push(Match {
                        place: at.clone(),
                        text: text.clone(),
                        how,
                    });
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.below(&index.to_string(), item, at, matches);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    self.below(name, member, at, matches);
                }
            }
            Value::Number(number) => self.mention(at, &number.to_string(), matches),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn below(&self, step: &str, value: &Value, at: &mut String, matches: &mut Vec<Match>) {
        let length = at.len();
        at.push('/');
        at.push_str(&step.replace('~', "~0").replace('/', "~1"));
        self.value(value, at, matches);
        at.truncate(length);
    }

    fn how(&self, text: &str) -> Option<&'static str> {
        let pattern = Pattern::parse(text);
        // `*` alone takes everything in, and says nothing.
        if !pattern.is_opaque() && covers(&pattern, &self.pattern) == Verdict::Yes {
            return Some("covers");
        }
        if text.to_lowercase().contains(&self.lower) {
            return Some("contains");
        }
        let both = !pattern.is_opaque() && !self.pattern.is_literal() && !self.pattern.is_opaque();
        (both && intersects(&pattern, &self.pattern)).then_some("meets")
    }
}
