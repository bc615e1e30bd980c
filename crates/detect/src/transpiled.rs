//! What compilers make of TypeScript and of modern JavaScript, read as what people wrote: packages
//! are often kept, and always shipped, in that form. The shapes are those of TypeScript's helpers
//! (<https://github.com/microsoft/tslib>), of Babel's and of esbuild's.

use tree_sitter::Node;

use crate::facts::{Expr, Function, Import, ImportItem, Param};
use crate::index::DEFAULT;
use crate::roles::{Part, Role};
use crate::scope::ScopeKind;
use crate::walk::Walker;

/// Helpers that run a generator as the body of the function around the call.
const BODIES: [&str; 2] = ["__awaiter", "__asyncGenerator"];
/// Helpers that are given a module and return it, or what stands for it.
const MODULES: [&str; 5] = [
    "__importDefault",
    "__importStar",
    "_interopRequireDefault",
    "_interopRequireWildcard",
    "__toESM",
];

/// Helpers that merge objects.
const MERGES: [&str; 7] = [
    "__assign",
    "_extends",
    "_objectSpread",
    "_objectSpread2",
    "_object_spread",
    "_object_spread_props",
    "__spreadProps",
];

/// The definition that says by which name a module knows what it exports. No source has such a name.
pub(crate) const EXPORTS: &str = "=exports";

impl<'t> Walker<'t> {
    /// The value of a call of a compiler's helper; `None` where the call is none, and has to be read
    /// as any other. Nothing of the call has been walked yet.
    pub(crate) fn helper(&mut self, node: Node<'t>) -> Option<Expr> {
        let callee = self.roles.part(node, Part::Callee)?;
        let name = last_name(self.source(callee));
        if !name.starts_with('_') && name != "defineProperty" {
            return None;
        }
        let list = self.roles.part(node, Part::Arguments)?;
        let mut cursor = list.walk();
        let args: Vec<_> = list.named_children(&mut cursor).collect();
        if BODIES.contains(&name) {
            return self.body(&args);
        }
        if MODULES.contains(&name) {
            return Some(self.expr(*args.first()?));
        }
        if MERGES.contains(&name) {
            return Some(self.merged(&args));
        }
        match (name, args.as_slice()) {
            ("_asyncToGenerator" | "_async_to_generator", [generator]) => {
                Some(self.expr(*generator))
            }
            ("_defineProperty" | "_define_property", [object, key, value])
                if self.source(*object) == "this" =>
            {
                self.define_field(*key, Some(*value))
            }
            ("defineProperty" | "__defProp" | "__publicField", [object, key, how])
                if self.source(*object) == "this" =>
            {
                let value = match self.role(*how) {
                    Some(Role::Map) if name != "__publicField" => self.entry_named(*how, "value"),
                    _ => Some(*how),
                };
                self.define_field(*key, value)
            }
            ("__classPrivateFieldGet" | "_class_private_field_get", [object, key, ..]) => {
                let object = self.expr(*object);
                Some(Expr::Attr(Box::new(object), self.source(*key).into()))
            }
            ("__classPrivateFieldSet" | "_class_private_field_set", [_, key, value, ..]) => {
                let value = self.expr(*value);
                if let Some(class) = self.class() {
                    self.add_field(class, self.source(*key).into(), value.clone());
                }
                Some(value)
            }
            ("__exportStar", [module, exports]) if self.source(*exports) == "exports" => {
                if let Expr::Import(index) = self.expr(*module) {
                    self.facts.imports[index as usize].item = ImportItem::All;
                }
                Some(Expr::Null)
            }
            ("defineProperty", [exports, name, how]) if self.source(*exports) == "exports" => {
                let (name, how) = (self.expr(*name), self.expr(*how));
                self.define_getter(name, how);
                Some(Expr::Null)
            }
            _ => None,
        }
    }

    /// `__awaiter(this, void 0, void 0, function* () { … })`: what the generator does and returns, the
    /// function around it does and returns.
    fn body(&mut self, args: &[Node<'t>]) -> Option<Expr> {
        let ScopeKind::Function(func) = self.innermost().kind else {
            return None;
        };
        let generator = *args.last()?;
        if self.role(generator) != Some(Role::Function) {
            return None;
        }
        let given = *args.get(1)?;
        let params = self.param_nodes(generator);
        if self.source(given) == "arguments" {
            for (index, param) in params.into_iter().enumerate() {
                self.same_param(param, func, index);
            }
        } else if self.role(given) == Some(Role::List) {
            let mut cursor = given.walk();
            let values: Vec<_> = given.named_children(&mut cursor).collect();
            for (param, value) in params.into_iter().zip(values) {
                let value = self.expr(value);
                self.bind(param, value);
            }
        }
        if let Some(body) = self.roles.part(generator, Part::Body) {
            self.visit(body);
        }
        // What is returned is told by the function's own returns.
        Some(Expr::Null)
    }

    /// A parameter of a generator that is given the arguments of the function around it: another name
    /// for that function's.
    fn same_param(&mut self, node: Node<'t>, func: u32, index: usize) {
        if self.facts.functions[func as usize].params.len() <= index {
            return self.param(node, func, false);
        }
        let (target, default) = match self.role(node) {
            Some(Role::Param) => (
                self.roles.part(node, Part::Target).unwrap_or(node),
                self.roles.part(node, Part::Default),
            ),
            _ => (node, None),
        };
        let default = default.map(|default| self.expr(default));
        let name = (self.role(target) == Some(Role::Name)).then(|| self.source(target));
        let param: &mut Param = &mut self.facts.functions[func as usize].params[index];
        param.default = param.default.take().or(default);
        param.name = name.unwrap_or_default().into();
        let value = Expr::Param {
            func,
            index: index as u32,
        };
        match name {
            Some(name) => self.innermost().set(name.into(), vec![value]),
            None => self.bind(target, value),
        }
    }

    /// `__assign(__assign({}, a), { b })`: an object of what all of them hold.
    fn merged(&mut self, args: &[Node<'t>]) -> Expr {
        let mut entries = Vec::new();
        for arg in args {
            match self.expr(*arg) {
                Expr::Map(own) => entries.extend(own),
                other => entries.push((None, other)),
            }
        }
        Expr::Map(entries)
    }

    /// A field that a constructor defines by a call.
    fn define_field(&mut self, key: Node<'t>, value: Option<Node<'t>>) -> Option<Expr> {
        let class = self.class()?;
        let Expr::Text(name) = self.expr(key) else {
            return None;
        };
        let value = self.expr(value?);
        self.name_function(&name, &value);
        self.is_member(&value);
        self.add_field(class, name, value);
        Some(Expr::Null)
    }

    fn entry_named(&self, map: Node<'t>, name: &str) -> Option<Node<'t>> {
        let mut cursor = map.walk();
        let entries: Vec<_> = map.named_children(&mut cursor).collect();
        let entry = entries.into_iter().find(|entry| {
            let key = self.roles.part(*entry, Part::Key);
            key.is_some_and(|key| self.source(key) == name)
        })?;
        self.roles.part(entry, Part::Value)
    }

    /// `(function (Kind) { Kind["Raw"] = "raw"; })(Kind || (Kind = {}))`: an enum or a namespace as it is
    /// compiled. The members are those of an object by that name.
    pub(crate) fn compiled_enum(&mut self, node: Node<'t>) -> Option<Expr> {
        let callee = self.roles.part(node, Part::Callee)?;
        let function = match self.role(callee) {
            Some(Role::Inner) => self.roles.part(callee, Part::Value)?,
            _ => return None,
        };
        if self.role(function) != Some(Role::Function) {
            return None;
        }
        let list = self.roles.part(node, Part::Arguments)?;
        let (name, rest) = self.source(list).strip_prefix('(')?.split_once(" || ")?;
        // `Kind = exports.Kind || …`
        let name = name.split(" = ").next().unwrap_or(name);
        let is_name = name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '.'));
        if !is_name || !rest.contains("= {}") {
            return None;
        }
        let name = name.rsplit('.').next().unwrap_or(name);
        let [param] = self.param_nodes(function).try_into().ok()?;
        let param = self.source(param);
        let body = self.roles.part(function, Part::Body)?;
        let mut cursor = body.walk();
        let statements: Vec<_> = body.named_children(&mut cursor).collect();
        let mut entries = Vec::new();
        for statement in statements {
            let Some(assignment) = statement
                .named_child(0)
                .filter(|it| self.role(*it) == Some(Role::Assign))
            else {
                self.visit(statement);
                continue;
            };
            let (Some(target), Some(value)) = (
                self.roles.part(assignment, Part::Target),
                self.roles.part(assignment, Part::Value),
            ) else {
                continue;
            };
            let object = self.roles.part(target, Part::Object);
            let is_own = object.is_some_and(|object| self.source(object) == param);
            let key = match self.role(target) {
                Some(Role::Index) => self
                    .roles
                    .part(target, Part::Index)
                    .map(|key| self.expr(key)),
                Some(Role::Attribute) => {
                    let name = self.roles.part(target, Part::Name);
                    name.map(|name| Expr::Text(self.source(name).into()))
                }
                _ => None,
            };
            match key.filter(|_| is_own) {
                Some(key) => {
                    let value = self.expr(value);
                    entries.push((Some(key), value));
                }
                None => self.visit(statement),
            }
        }
        self.bind_name(name, Expr::Map(entries));
        Some(Expr::Null)
    }

    /// `Object.defineProperty(exports, "x", { get: function () { return y; } })` exports `y` as `x`.
    fn define_getter(&mut self, name: Expr, how: Expr) {
        let (Expr::Text(name), Expr::Map(entries)) = (name, how) else {
            return;
        };
        let getter = entries.iter().find_map(|(key, value)| match (key, value) {
            (Some(Expr::Text(key)), Expr::Func(func)) if key == "get" => Some(*func),
            _ => None,
        });
        let Some(getter) = getter else { return };
        let function: &Function = &self.facts.functions[getter as usize];
        if let [value] = function.returns.as_slice() {
            let value = value.clone();
            self.define(name, value);
        }
    }

    /// `exports.x` where it is read: the module's own `x`.
    pub(crate) fn exported(&self, object: Node<'t>, name: &str) -> Option<Expr> {
        let is_exports = matches!(self.source(object), "exports" | "module.exports");
        (is_exports && name != "exports").then(|| self.lookup(name))
    }

    /// `module.exports = { a, b, ...require("./c") }`: names of the module. One that is the module's
    /// under the same name already is none.
    pub(crate) fn define_exports(&mut self, exports: &Expr) {
        let Expr::Map(entries) = exports else { return };
        for (key, value) in entries.clone() {
            match (key, value) {
                (Some(Expr::Text(key)), value) => self.define_exported(key, value),
                (None, Expr::Import(index)) => {
                    let module = self.facts.imports[index as usize].module.clone();
                    self.facts.imports.push(Import {
                        module,
                        item: ImportItem::All,
                    });
                }
                _ => {}
            }
        }
    }

    /// The value that a file of JSON is: what it exports, as one and by its names.
    pub(crate) fn exports_whole(&mut self, node: Node<'t>) {
        let value = self.expr(node);
        self.define_exports(&value);
        self.define(DEFAULT.into(), value);
    }

    /// `module.exports = store` in `const kept = module.exports = store`: what is assigned, which the
    /// attribute now is as well.
    pub(crate) fn assigned_to_attribute(&mut self, node: Node<'t>) -> Option<Expr> {
        let target = self.roles.part(node, Part::Target)?;
        let value = self.roles.part(node, Part::Value)?;
        if self.role(target) != Some(Role::Attribute) {
            return None;
        }
        let value = self.expr(value);
        self.bind(target, value.clone());
        Some(value)
    }

    /// `const store = module.exports = {}`: what `store` is given later, the module exports.
    pub(crate) fn names_exports(&mut self, target: Node<'t>, value: Node<'t>) {
        let source = self.source(value);
        let is_exports = source == "exports" || source.starts_with("module.exports");
        if is_exports && self.role(target) == Some(Role::Name) && self.scopes.len() == 1 {
            self.define(EXPORTS.into(), Expr::Text(self.source(target).into()));
        }
    }

    /// `x !== null && x !== void 0 ? x : y`, `x ? x : y`: `x ?? y`. Whether what a condition asks is
    /// that its own value be there.
    pub(crate) fn asks_for_itself(condition: &str, then: &str) -> bool {
        let condition = condition.trim();
        if condition == then {
            return true;
        }
        let Some(at) = condition.rfind(then) else {
            return false;
        };
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.');
        let before = condition[..at].chars().next_back();
        let after = condition[at + then.len()..].trim();
        !before.is_some_and(is_word)
            && matches!(
                after,
                "!== void 0" | "!== undefined" | "!= null" | "!== null" | "is not None"
            )
    }
}

/// The name at the end of what is called: `__awaiter` of `tslib_1.__awaiter` and of
/// `(0, tslib_1.__awaiter)`.
fn last_name(callee: &str) -> &str {
    let callee = callee.trim_end_matches(')');
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$');
    let start = callee
        .char_indices()
        .rev()
        .take_while(|(_, c)| is_word(*c))
        .last();
    start.map_or("", |(at, _)| &callee[at..])
}
