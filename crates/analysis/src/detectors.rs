//! How a contract's value is found besides S3 sites: constants and queries that its export binding
//! names. What a detector finds comes out as [`Seen`](crate::sites::Seen) like any site, so that all
//! that is said of a value is said of it in the same way.

use std::sync::Arc;

use blue_detect::{NamedArgument, NamedWrapper, Op};
use blue_realm::{ContractFile, Detector, Export, WrapperArgument, parse_wrapper};

use crate::contract::{Declared, declared_values};
use crate::leaves::{declared_leaves, is_below, pointer_of};

/// A constant that a contract's value, or a part of it, is read from.
#[derive(Debug, Clone)]
pub(crate) struct SymbolDetector {
    /// Its place in `detect`, from 0.
    pub(crate) index: usize,
    /// As written: `QUEUE_NAMES`, `Paths.PREFIX`.
    pub(crate) symbol: Arc<str>,
    /// The part of the value that it is (RFC 6901).
    pub(crate) into: Arc<str>,
}

/// A query whose captures are values.
#[derive(Debug, Clone)]
pub(crate) struct QueryDetector {
    pub(crate) query: Arc<str>,
    fields: Vec<(Arc<str>, Arc<str>)>,
    pub(crate) into: Option<Arc<str>>,
}

impl QueryDetector {
    /// The fields that the binding itself names.
    pub(crate) fn named_fields(&self) -> Vec<Arc<str>> {
        let mapped = self.fields.iter().map(|(_, field)| field.clone());
        mapped.chain(self.into.clone()).collect()
    }

    /// The field of the value that a capture goes into; nothing for one that names none where the
    /// binding does not either.
    pub(crate) fn field(&self, captured: &str) -> Option<Arc<str>> {
        if captured.is_empty() {
            return self.into.clone();
        }
        let mapped = self.fields.iter().find(|(from, _)| **from == *captured);
        Some(match mapped {
            Some((_, field)) => field.clone(),
            None => captured.into(),
        })
    }
}

/// What a binding names besides S3.
#[derive(Debug, Clone, Default)]
pub(crate) struct Detectors {
    pub(crate) symbols: Vec<SymbolDetector>,
    pub(crate) queries: Vec<QueryDetector>,
}

impl Detectors {
    pub(crate) fn of(export: &Export) -> Detectors {
        let mut found = Detectors::default();
        for (index, detector) in export.detect.iter().enumerate() {
            match detector {
                Detector::S3 { .. } => {}
                Detector::Symbol { symbol, into } => found.symbols.push(SymbolDetector {
                    index,
                    symbol: symbol.clone(),
                    into: pointer_of(into.as_deref()),
                }),
                Detector::Query {
                    query,
                    fields,
                    into,
                } => found.queries.push(QueryDetector {
                    query: query.clone(),
                    fields: fields.iter().map(|(a, b)| (a.clone(), b.clone())).collect(),
                    into: into.clone(),
                }),
            }
        }
        found
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.symbols.is_empty() && self.queries.is_empty()
    }

    /// Whether a constant is read for what stands at a pointer.
    pub(crate) fn reads(&self, pointer: &str) -> bool {
        let mut symbols = self.symbols.iter();
        symbols.any(|symbol| is_below(pointer, &symbol.into))
    }

    /// The declared values of a contract: elements of its lists of strings; what constants say, leaf
    /// by leaf.
    pub(crate) fn declared(&self, value: Option<&serde_json::Value>) -> Vec<Declared> {
        let mut found = declared_values(value);
        found.retain(|declared| !self.reads(&declared.pointer()));
        let Some(value) = value else {
            return found;
        };
        for symbol in &self.symbols {
            let Some(part) = value.pointer(&symbol.into) else {
                continue;
            };
            for leaf in declared_leaves(part, &symbol.into) {
                let known = |it: &Declared| it.pointer() == leaf.pointer;
                if !found.iter().any(known) {
                    found.push(Declared::of_leaf(&leaf));
                }
            }
        }
        found
    }
}

/// Whether a contract has a field, as far as its value and schema tell.
pub(crate) fn has_field(contract: &ContractFile, field: &str) -> bool {
    let value = contract.value.as_ref();
    let schema = contract.schema.as_ref();
    value.is_some_and(|value| value.get(field).is_some())
        || schema
            .and_then(|schema| schema.get("properties"))
            .is_some_and(|properties| properties.get(field).is_some())
}

/// The functions of others that a binding says access objects of S3.
pub(crate) fn named_wrappers(export: &Export) -> Vec<NamedWrapper> {
    let texts = export.detect.iter().flat_map(|detector| match detector {
        Detector::S3 { wrappers, .. } => wrappers.as_slice(),
        _ => &[],
    });
    let parsed = texts.filter_map(|text| parse_wrapper(text).ok());
    let argument = |argument: WrapperArgument| -> NamedArgument {
        (argument.position, argument.keyword.map(Into::into))
    };
    let named = parsed.map(|wrapper| {
        let op = match wrapper.op {
            "write" => Op::Write,
            "delete" => Op::Delete,
            "list" => Op::List,
            _ => Op::Read,
        };
        let bucket = wrapper.bucket.map(argument);
        NamedWrapper::new(&wrapper.callee, op, argument(wrapper.key), bucket)
    });
    named.collect()
}
