//! What infrastructure code allows others to do: IAM policy statements and the grant methods of a
//! bucket, as the AWS CDK writes them, and policy documents written as dicts and objects.

mod buckets;
mod helpers;
mod permissions;
mod resources;
mod statements;
mod templates;

use std::sync::Arc;

use blue_pattern::Pattern;
use rustc_hash::FxHashSet;
use smol_str::SmolStr;

pub(crate) use statements::{STATEMENT, is_listed, is_statement};
pub use templates::{is_template, may_hold_policies, template_grants, template_problem};

use crate::apis::grant_table;
use crate::eval::{Evaluator, Scope};
use crate::facts::{Call, Expr, Facts, Interface};
use crate::program::Program;
use crate::sites::{ArgPath, Bucket, Finder, imported_name};
use crate::value::{FileId, FuncRef, Text, Value, Values, Why};

/// Whether a statement gives or takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, which wins over any other statement.
    Deny,
}

/// One resource of a grant: the keys of a bucket that a pattern matches.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Resource {
    /// The bucket, where it is known.
    pub bucket: Option<Bucket>,
    /// The keys, by IAM's rules; `None` for the bucket itself.
    pub keys: Option<Pattern>,
    /// Why it is not known, where a hole makes up the whole of it.
    pub opaque: Option<Why>,
    /// Whether the code says all of its keys: no part of them is a hole.
    pub is_whole: bool,
    /// The element of the literal list it stands in that makes it, by its place.
    pub element: Option<u32>,
}

/// Which actions a statement speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Listed {
    /// Those it lists (`Action`).
    These,
    /// All but those it lists (`NotAction`).
    AllOthers,
}

/// A grant, without its position in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Allow or deny.
    pub effect: Effect,
    /// Whether it says so under conditions alone, which Blue does not weigh.
    pub is_conditional: bool,
    /// IAM actions (`s3:Get*`), in the order of the code.
    pub actions: Vec<SmolStr>,
    /// Whether it is about these actions or about all others.
    pub listed: Listed,
    /// Why some of the actions are not known: of what it allows, it may allow any.
    pub unknown_actions: Option<Why>,
    /// Resources.
    pub resources: Vec<Resource>,
    /// The statement, by its place in the file's interface.
    pub item: u32,
    /// The call in it.
    pub call: u32,
    /// The argument that names the resources.
    pub arg: Option<ArgPath>,
    /// The argument that says most of them to a helper, which puts them together.
    pub told: Option<ArgPath>,
}

impl Grant {
    /// What allows some actions on some resources, as methods and templates do that name both.
    fn allowing(actions: Vec<SmolStr>, resources: Vec<Resource>) -> Grant {
        Grant {
            effect: Effect::Allow,
            is_conditional: false,
            actions,
            listed: Listed::These,
            unknown_actions: None,
            resources,
            item: 0,
            call: 0,
            arg: None,
            told: None,
        }
    }

    /// As IAM takes it: an action on buckets alone reaches no key, whatever its resources match.
    fn settled(mut self) -> Grant {
        let is_listed = self.listed == Listed::These && self.unknown_actions.is_none();
        if is_listed && !grant_table().is_on_objects(&self.actions) {
            self.resources.iter_mut().for_each(|it| it.keys = None);
        }
        self
    }

    /// Whether it takes away for sure: what is denied under conditions is not always denied.
    pub fn takes_away(&self) -> bool {
        self.effect == Effect::Deny && !self.is_conditional
    }

    /// The actions in words, as the code lists them: `s3:Get*`, `all but s3:Delete*`.
    pub fn in_words(&self) -> Vec<String> {
        let mut words: Vec<String> = self.actions.iter().map(ToString::to_string).collect();
        if self.listed == Listed::AllOthers
            && let Some(first) = words.first_mut()
        {
            first.insert_str(0, "all but ");
        }
        words
    }

    /// The fields of a contract's value that the actions reach: `read`, `write`, `delete`.
    pub fn fields(&self) -> Vec<&'static str> {
        let may_be_any = self.unknown_actions.is_some() && self.effect == Effect::Allow;
        let lists = |probe: &str| {
            self.actions.iter().any(|action| {
                // IAM compares actions without regard to case.
                Pattern::parse_iam(&action.to_lowercase()).matches(probe)
            })
        };
        let reaches = |probe: &str| match self.listed {
            _ if may_be_any => true,
            Listed::These => lists(probe),
            Listed::AllOthers => !lists(probe),
        };
        let mut fields = Vec::new();
        if reaches("s3:getobject") {
            fields.push("read");
        }
        if reaches("s3:putobject") {
            fields.push("write");
        }
        if reaches("s3:deleteobject") {
            fields.push("delete");
        }
        fields
    }
}

/// All grants of a file.
pub fn grants(program: &dyn Program, file: FileId) -> Vec<Grant> {
    let mut finder = Finder::new(program);
    let interface = program.interface(file);
    let is_infrastructure = helpers::is_infrastructure(program, file);
    let is_of_sst = permissions::is_of_sst(&interface);
    let mut found = Vec::new();
    // What the file's own helpers grant, where each call of them says it with the caller's values.
    let mut told: FxHashSet<(FuncRef, u32)> = FxHashSet::default();
    // What some call of them leaves as it is.
    let mut kept: FxHashSet<(FuncRef, u32)> = FxHashSet::default();
    for (item, facts) in interface.items.iter().enumerate() {
        for (index, call) in facts.calls.iter().enumerate() {
            let form = form_of(call, facts).or_else(|| renamed(call, &interface));
            if form.is_none() && !is_infrastructure && !is_of_sst {
                continue;
            }
            program.poll();
            let scope = scope_of(&mut finder.eval, file, item, facts, call);
            let form = form.filter(|form| !is_own(&mut finder.eval, form, call, &scope));
            let permitted = match is_of_sst {
                true => permissions::granted(&mut finder.eval, call, &scope),
                false => Vec::new(),
            };
            let at = |grant: Grant| Grant {
                item: item as u32,
                call: index as u32,
                ..grant
            };
            found.extend(permitted.into_iter().map(at));
            if let Some(form) = form {
                let made = granted(&mut finder, &form, index as u32, &scope);
                found.extend(made.into_iter().map(at));
                continue;
            }
            for made in helpers::wherever_made(&mut finder, call, &scope) {
                let is_own = helpers::is_only_of(program, &made.of.0, file);
                match &made.grant {
                    Some(_) if is_own => drop(told.insert(made.of)),
                    Some(_) => {}
                    None => drop(kept.insert(made.of)),
                }
                found.extend(made.grant.map(|grant| {
                    let told = helpers::told(&mut finder, &grant, call, &scope);
                    at(Grant { told, ..grant })
                }));
            }
        }
    }
    let mut is_told = |grant: &Grant| {
        let facts = &interface.items[grant.item as usize];
        let func = facts.calls[grant.call as usize].func;
        func.is_some_and(|func| {
            let func = FuncRef {
                file,
                facts: facts.clone(),
                func,
            };
            if !helpers::hangs_on_a_parameter(grant) {
                return false;
            }
            let is_only_here = helpers::is_only_of(program, &func, file);
            let own = (func, grant.call);
            match is_only_here {
                true => told.contains(&own) && !kept.contains(&own),
                false => helpers::is_told_elsewhere(&mut finder, &own),
            }
        })
    };
    found.retain(|grant| !is_told(grant));
    found
}

/// What a call grants by itself: in a class whose objects are made with what it hangs on, as each of them is made; in a
/// function that is given the bucket, in each that it is given.
fn granted(finder: &mut Finder<'_>, form: &Form, index: u32, scope: &Scope) -> Vec<Grant> {
    let own = grant_of(&mut finder.eval, form, index, scope);
    let is_open = own.as_ref().is_none_or(|grant| {
        helpers::hangs_on_a_parameter(grant) || grant.resources.iter().any(|it| it.bucket.is_none())
    });
    if !is_open {
        return own.into_iter().collect();
    }
    if let Some(own) = &own
        && helpers::says_nothing(own)
        && let Some(construct) = helpers::constructor_around(scope)
        && helpers::is_told_elsewhere(finder, &(construct, index))
    {
        return Vec::new(); // Who makes the construct says all of it.
    }
    let scopes = helpers::scopes_where_made(finder, scope);
    let mut made = grants_by(finder, form, index, scopes);
    if made.is_empty() {
        made.extend(own);
    }
    let has_bucket = |grant: &Grant| grant.resources.iter().all(|it| it.bucket.is_some());
    if made.iter().all(has_bucket) {
        return made;
    }
    let scopes = helpers::scopes_where_called(finder, scope);
    let called = grants_by(finder, form, index, scopes);
    let says_all = |grant: &Grant| has_bucket(grant) && !helpers::hangs_on_a_parameter(grant);
    let hangs_on_callers = made.iter().any(helpers::hangs_on_a_parameter);
    match !called.is_empty() && !hangs_on_callers && called.iter().all(says_all) {
        true => called,
        false => made,
    }
}

/// What a call grants in each of some scopes, each grant once.
fn grants_by(finder: &mut Finder<'_>, form: &Form, index: u32, scopes: Vec<Scope>) -> Vec<Grant> {
    let mut made: Vec<Grant> = Vec::new();
    for scope in scopes {
        let grant = grant_of(&mut finder.eval, form, index, &scope);
        made.extend(grant.filter(|grant| !made.contains(grant)));
    }
    made
}

/// Whether what is called like a grant method of the CDK's is a method or a function of the repository itself.
fn is_own(eval: &mut Evaluator<'_>, form: &Form, call: &Call, scope: &Scope) -> bool {
    if !matches!(form, Form::Method(_)) {
        return false;
    }
    let callee = eval.root(&call.callee, scope);
    matches!(callee.first(), Value::Func(_))
}

/// What a call grants by itself.
fn grant_of(eval: &mut Evaluator<'_>, form: &Form, index: u32, scope: &Scope) -> Option<Grant> {
    let facts = scope.facts.clone();
    let call = &facts.calls[index as usize];
    // Of what the function is called with, this is not come to.
    if call
        .guard
        .is_some_and(|guard| eval.is_ruled_out(guard, scope))
    {
        return None;
    }
    match form {
        Form::Statement(row) => statements::grant(eval, row, index, scope),
        Form::Method(row) => buckets::grant(eval, row, call, scope),
        Form::Template(row) => Some(statements::of_template(eval, row, call, scope)),
    }
}

/// Where a call stands, with the function around it as anybody may call it.
fn scope_of(
    eval: &mut Evaluator<'_>,
    file: FileId,
    item: usize,
    facts: &Arc<Facts>,
    call: &Call,
) -> Scope {
    let func = call.func.map(|func| FuncRef {
        file,
        facts: facts.clone(),
        func,
    });
    Scope {
        file,
        facts: facts.clone(),
        item: func.is_none().then_some(item),
        frame: func.as_ref().map(|func| eval.open_frame(func)),
    }
}

/// How a call grants.
enum Form {
    Statement(&'static crate::apis::StatementRow),
    Method(&'static crate::apis::GrantRow),
    /// A policy template of SAM.
    Template(&'static crate::apis::GrantRow),
}

/// `import { PolicyStatement as Statement }`: what is called by another name than it has.
fn renamed(call: &Call, interface: &Interface) -> Option<Form> {
    let Expr::Name(name) = &call.callee else {
        return None;
    };
    let (item, index) = interface.defined(name).last()?;
    let original = imported_name(&interface.items[item as usize], index)?;
    let row = statements::row_named(&original)?;
    Some(Form::Statement(row))
}

/// What the CDK's Python takes the policy templates of SAM in.
const PROPERTIES_OF_TEMPLATES: &str = "SAMPolicyTemplateProperty";

fn form_of(call: &Call, facts: &Facts) -> Option<Form> {
    let table = grant_table();
    if statements::is_document(call) {
        return statements::form(call);
    }
    if let Some(row) = statements::row_of(call, facts) {
        return Some(Form::Statement(row));
    }
    let name = call.callee_name()?;
    // `bucket.grants.read(role)`
    let of_grants = buckets::of_grants(call, facts).map(|_| {
        let camel = name.chars().next().map(|first| first.to_ascii_uppercase());
        let camel: String = camel.into_iter().chain(name.chars().skip(1)).collect();
        [format!("grant_{name}"), format!("grant{camel}")]
    });
    let is_named = |row: &&crate::apis::GrantRow| match &of_grants {
        Some(names) => names
            .iter()
            .any(|name| row.names.iter().any(|it| it == name)),
        None => row.names.contains(name),
    };
    if name == PROPERTIES_OF_TEMPLATES {
        let mut names = call.args.iter().filter_map(|arg| arg.keyword.as_deref());
        return names
            .find_map(|name| table.template(name))
            .map(Form::Template);
    }
    let row = table.grant.iter().find(is_named)?;
    Some(Form::Method(row))
}

/// Whether an action is one of S3's, or of any service.
fn is_of_s3(action: &SmolStr) -> bool {
    let action = action.to_lowercase();
    action.starts_with('*') || action.starts_with("s3:")
}

/// The strings of a list, or of one string.
fn strings(values: &Values) -> Vec<Text> {
    let mut found = Vec::new();
    for value in values.iter() {
        match value {
            Value::List(elements) => found.extend(elements.iter().flat_map(strings)),
            Value::Map(map) if let Some(text) = crate::arns::intrinsic(map) => found.push(text),
            other => found.push(other.to_text()),
        }
    }
    found
}
