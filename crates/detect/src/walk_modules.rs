//! What modules take from one another and give: imports and exports, as the walker reads them.

use tree_sitter::Node;

use crate::facts::{Expr, Import, ImportItem, Name};
use crate::index::DEFAULT;
use crate::roles::{Part, Role};
use crate::walk::Walker;

impl<'t> Walker<'t> {
    pub(crate) fn add_import(&mut self, module: &str, item: ImportItem) -> Expr {
        self.facts.imports.push(Import {
            module: module.into(),
            item,
        });
        Expr::Import((self.facts.imports.len() - 1) as u32)
    }

    pub(crate) fn import(&mut self, node: Node<'t>) {
        match self.role(node) {
            // `import a.b` binds `a`; the rest is reached as its attribute.
            Some(Role::ImportModule) => {
                let first = self.source(node).split('.').next().unwrap_or_default();
                let value = self.add_import(first, ImportItem::Module);
                self.bind_name(first, value);
            }
            Some(Role::ImportAs | Role::ImportRequire) => {
                let module = self
                    .roles
                    .part(node, Part::Module)
                    .map(|n| unquoted(self.source(n)));
                let alias = self.roles.part(node, Part::Alias).map(|n| self.source(n));
                if let (Some(module), Some(alias)) = (module, alias) {
                    let value = self.add_import(module, ImportItem::Module);
                    self.bind_name(alias, value);
                }
            }
            _ => self.import_names(node),
        }
    }

    pub(crate) fn import_names(&mut self, node: Node<'t>) {
        let Some(module) = self.roles.part(node, Part::Module) else {
            return;
        };
        let module = unquoted(self.source(module));
        for name in self.roles.parts(node, Part::Name) {
            let (name, alias) = self.alias(name);
            let value = self.add_import(module, ImportItem::Named(name));
            self.bind_name(&alias, value);
        }
        if let Some(name) = self.roles.part(node, Part::Default) {
            let value = self.add_import(module, ImportItem::Named("default".into()));
            self.bind_name(self.source(name), value);
        }
        if let Some(name) = self.roles.part(node, Part::Namespace) {
            let value = self.add_import(module, ImportItem::Module);
            self.bind_name(self.source(name), value);
        }
        if self.roles.part(node, Part::All).is_some() {
            self.add_import(module, ImportItem::All);
        }
    }

    pub(crate) fn alias(&self, node: Node<'t>) -> (Name, Name) {
        let name = self.roles.part(node, Part::Name).unwrap_or(node);
        let alias = self.roles.part(node, Part::Alias).unwrap_or(name);
        (
            unquoted(self.source(name)).into(),
            unquoted(self.source(alias)).into(),
        )
    }

    pub(crate) fn export(&mut self, node: Node<'t>) {
        self.visit_decorators(node);
        let module = self
            .roles
            .part(node, Part::Module)
            .map(|module| unquoted(self.source(module)));
        for specifier in self.roles.parts(node, Part::Name) {
            let (name, alias) = self.alias(specifier);
            match module {
                Some(module) => {
                    let value = self.add_import(module, ImportItem::Named(name));
                    self.define(alias, value);
                }
                None if name != alias => self.define(alias, Expr::Name(name)),
                None => {}
            }
        }
        if let Some(module) = module {
            if let Some(namespace) = self.roles.part(node, Part::Namespace) {
                let value = self.add_import(module, ImportItem::Module);
                let name = namespace.named_child(0).unwrap_or(namespace);
                self.define(self.source(name).into(), value);
            } else if self.roles.part(node, Part::All).is_some() {
                self.add_import(module, ImportItem::All);
            }
        }
        if let Some(default) = self.roles.part(node, Part::Default) {
            let value = match self.role(default) {
                Some(Role::Function | Role::Class | Role::Enum) => {
                    let value = self.expr(default);
                    if let Some(name) = self.roles.part(default, Part::Name) {
                        self.bind_name(self.source(name), value.clone());
                    }
                    value
                }
                _ => self.expr(default),
            };
            self.stands_at(Some(default));
            self.name_function(DEFAULT, &value);
            self.define(DEFAULT.into(), value);
            self.value_at = None;
        } else if let Some(declaration) = self.roles.part(node, Part::Declaration) {
            self.visit(declaration);
        }
    }
}

fn unquoted(source: &str) -> &str {
    source.trim_matches(['"', '\'', '`'])
}
