//! Members that a format string names: `"{0.prefix}/{name}".format(self, name=name)`, `"{paths[raw]}"`. They are read
//! first, and given to the string under the names by which it asks for them.

use super::*;
use crate::builtins::formats::members_in;

impl Evaluator<'_> {
    /// What a format string is given, with the members that it names; `None` where it names none.
    pub(super) fn with_members(
        &mut self,
        object: &Value,
        method: &str,
        args: &Args,
        from: FileId,
    ) -> Option<Args> {
        let Value::Text(text) = object else {
            return None;
        };
        let mut given = match method {
            "format" => args.clone(),
            // `template.format_map(locals())`
            "format_map" => match args.positional.first()?.first() {
                Value::Map(map) => Args {
                    keywords: map.entries.clone(),
                    open: map.open.clone(),
                    ..Args::default()
                },
                _ => return None,
            },
            _ => return None,
        };
        let members = members_in(text);
        for member in &members {
            if let Some(values) = self.member(member, &given, from) {
                given.keywords.push((member.as_str().into(), values));
            }
        }
        (!members.is_empty()).then_some(given)
    }

    fn member(&mut self, member: &str, given: &Args, from: FileId) -> Option<Values> {
        let (root, mut rest) = member.split_at(member.find(['.', '['])?);
        let root = match root.parse::<usize>() {
            Ok(position) => given.positional.get(position),
            Err(_) => given.keyword(root),
        };
        let mut values = root?.clone();
        while !rest.is_empty() {
            let (step, after) = match rest.strip_prefix('.') {
                Some(name) => name.split_at(name.find(['.', '[']).unwrap_or(name.len())),
                None => rest.strip_prefix('[')?.split_once(']')?,
            };
            values = match (rest.starts_with('.'), step.parse::<i64>()) {
                (true, _) => values.flat_map(|value| self.attribute(value, step, from)),
                (false, Ok(at)) => {
                    let at = Values::one(Value::Int(at));
                    values.flat_map(|value| self.index(value, &at, from))
                }
                (false, Err(_)) => {
                    let key = Values::one(Value::text(step));
                    values.flat_map(|value| self.index(value, &key, from))
                }
            };
            rest = after;
        }
        Some(values)
    }
}
