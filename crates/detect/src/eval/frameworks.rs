//! What frameworks hand to code without the repository's saying so: Django's settings and Flask's configuration, which
//! stand in a module that only its environment names, the configuration of NestJS, which is asked for by a path of names,
//! that of Node's package `config`, what FastAPI gives a parameter that depends on a function, and what a task of Luigi's is
//! given by those it requires.

use super::*;
use crate::index::DEFAULT;
use crate::modules::is_node_config;

/// Where a project of Django's keeps its settings, from one of its folders.
const SETTINGS: [&str; 4] = [
    "settings",
    "settings.base",
    "config.settings",
    "config.settings.base",
];

/// Where an application of Flask's keeps its configuration, from one of its folders; and the classes there that hold it.
const CONFIGURATIONS: [&str; 4] = ["config", "settings", "app.config", "configuration"];
const HOLDERS: [&str; 5] = [
    "Config",
    "BaseConfig",
    "DefaultConfig",
    "Settings",
    "Configuration",
];

/// Files with configuration of NestJS's that are looked at for one name.
const MAX_FILES: usize = 8;

/// Whether an expression is the application that an extension of Flask's is given: `def init_app(self, app)`
/// (<https://flask.palletsprojects.com/en/stable/extensiondev/>).
pub(super) fn is_given_application(value: &Expr, facts: &Facts) -> bool {
    let Expr::Param { func, index } = value else {
        return false;
    };
    let function = &facts.functions[*func as usize];
    function.name == "init_app" && function.params[*index as usize].name == "app"
}

/// Whether something from outside is the configuration of an application of Flask's.
pub(super) fn is_flask_configuration(path: &str) -> bool {
    matches!(path, "flask.current_app.config" | "flask.Flask().config")
}

/// The function of `Depends(get_storage)` (<https://fastapi.tiangolo.com/tutorial/dependencies/>).
fn dependency(value: &Value) -> Option<Closure> {
    let Value::External(depends) = value else {
        return None;
    };
    if !matches!(
        depends.path.as_str(),
        "fastapi.Depends()" | "fastapi.Security()"
    ) {
        return None;
    }
    match depends.args.positional.first()?.first() {
        Value::Func(closure) => Some(closure.clone()),
        _ => None,
    }
}

/// What stands under a path of names in an object.
fn under<'n>(object: Values, names: impl Iterator<Item = &'n str>) -> Option<Values> {
    let mut found = object;
    for name in names {
        let Value::Map(entries) = found.first() else {
            return None;
        };
        found = entries.get(name)?.clone();
    }
    Some(found)
}

impl Evaluator<'_> {
    /// What the configuration of a program of NestJS's says under a path of names: `config.get("storage.prefix")`, where
    /// `registerAs("storage", () => ({ prefix }))` says it, or a function that `ConfigModule.forRoot({ load })` is given
    /// (<https://docs.nestjs.com/techniques/configuration>).
    pub(super) fn nest_setting(&mut self, args: &Args) -> Option<Values> {
        let path = args.positional.first()?.known()?;
        let mut names = path.split('.');
        let first = names.next()?;
        for (file, facts, index) in self.calls_of("registerAs") {
            let [namespace, made] = &*facts.calls[index as usize].args else {
                continue;
            };
            let scope = Scope::of_module(file, &facts);
            if self.eval(&namespace.value, &scope).known().as_deref() == Some(first) {
                let made = self.eval(&made.value, &scope);
                return self.made_under(&made, names);
            }
        }
        if !path.contains('.') {
            return None; // A variable of the environment.
        }
        for (file, facts, index) in self.calls_of("forRoot") {
            let Some(options) = facts.calls[index as usize].args.first() else {
                continue;
            };
            let scope = Scope::of_module(file, &facts);
            let Value::Map(options) = self.eval(&options.value, &scope).first().clone() else {
                continue;
            };
            let Some(Value::List(load)) = options.get("load").map(Values::first) else {
                continue;
            };
            let mut said = load.iter();
            let said = said.find_map(|made| self.made_under(made, path.split('.')));
            if said.is_some() {
                return said;
            }
        }
        None
    }

    /// What the package `config` of Node's says under a path of names: `config.get("storage.prefix")`.
    pub(super) fn node_setting(&mut self, file: FileId, args: &Args) -> Option<Values> {
        if !is_node_config(&self.program.path(file)) {
            return None;
        }
        let path = args.positional.first()?.known()?;
        let found = self.module_name(file, DEFAULT)?;
        under(found, path.split('.'))
    }

    /// The calls of something by that name, in the first files that have some.
    pub(super) fn calls_of(&mut self, name: &str) -> Vec<(FileId, Arc<Facts>, u32)> {
        let files = self.program.callers(name);
        let files = files.iter().take(MAX_FILES);
        let calls = files.flat_map(|file| {
            let calls = self.program.calls(*file, name);
            let calls = calls.iter();
            let calls: Vec<_> = calls
                .map(|(facts, _, index)| (*file, facts.clone(), *index))
                .collect();
            calls
        });
        calls.collect()
    }

    /// What stands under a path of names in the object that a function makes.
    fn made_under<'n>(
        &mut self,
        function: &Values,
        names: impl Iterator<Item = &'n str>,
    ) -> Option<Values> {
        let Value::Func(closure) = function.first() else {
            return None;
        };
        under(self.call_closure(closure, &Args::default()), names)
    }

    /// What the configuration of an application of Flask's says under a name (`current_app.config["PREFIX"]`), where a
    /// module of configuration of the repository has it, or a class in that.
    pub(super) fn flask_setting(&mut self, name: &str, from: FileId) -> Option<Values> {
        if !name.starts_with(|first: char| first.is_ascii_uppercase()) {
            return None;
        }
        self.said_above(&CONFIGURATIONS, from, |this, file| {
            let of_class = HOLDERS.iter().find_map(|holder| {
                let held = this.module_name(file, holder)?;
                match held.first() {
                    Value::Class(class) => this.class_attribute(class, name),
                    _ => None,
                }
            });
            of_class.or_else(|| this.module_name(file, name))
        })
    }

    /// What the nearest module of some names has to say, from the folder of a file up to the root.
    fn said_above(
        &mut self,
        modules: &[&str],
        from: FileId,
        mut ask: impl FnMut(&mut Self, FileId) -> Option<Values>,
    ) -> Option<Values> {
        let path = self.program.path(from);
        let mut folders: Vec<&str> = path.split('/').collect();
        while folders.pop().is_some() {
            let above: String = folders.iter().map(|folder| format!("{folder}.")).collect();
            for module in modules {
                if let Some(file) = self.program.module(from, &format!("{above}{module}"))
                    && let Some(values) = ask(self, file)
                {
                    return Some(values);
                }
            }
        }
        None
    }

    /// What FastAPI gives a parameter by its default, `storage: Storage = Depends(get_storage)`: what the function makes;
    /// anything else as it is.
    pub(super) fn depended_on(&mut self, default: Values) -> Values {
        let Some(function) = dependency(default.first()) else {
            return default;
        };
        let made = self.call_closure(&function, &Args::default());
        let is_object = |value: &Value| matches!(value, Value::Instance { args: Some(_), .. });
        match made.iter().all(is_object) {
            true => made,
            false => default,
        }
    }

    /// A setting of Django's (`settings.MEDIA_ROOT`), where a module of settings of the repository has it.
    pub(super) fn django_setting(&mut self, name: &str, from: FileId) -> Option<Values> {
        if !name.starts_with(|first: char| first.is_ascii_uppercase()) {
            return None;
        }
        self.said_above(&SETTINGS, from, |this, file| this.module_name(file, name))
    }

    /// What a framework's own method gives of what the class of the repository says: `self.input()` of a task of
    /// Luigi's is the output of the tasks that it requires.
    pub(super) fn given_by_framework(
        &mut self,
        object: &Value,
        method: &str,
        from: FileId,
    ) -> Option<Values> {
        let Value::Instance { class, .. } = object else {
            return None;
        };
        if method != "input" || self.class_attribute(class, method).is_some() {
            return None;
        }
        self.class_attribute(class, "requires")?;
        let required = self.call_method(object, "requires", &Args::default(), from);
        Some(required.flat_map(|required| self.output_of(required, from)))
    }

    /// The output of a task, or of each in a list or dict of tasks.
    fn output_of(&mut self, task: &Value, from: FileId) -> Values {
        match task {
            Value::List(tasks) => {
                let outputs = tasks
                    .iter()
                    .map(|task| task.flat_map(|task| self.output_of(task, from)));
                Values::one(Value::List(Shared::new(outputs.collect())))
            }
            Value::Map(tasks) => {
                let mut made = MapValue {
                    open: tasks.open.clone(),
                    ..MapValue::default()
                };
                for (name, task) in &tasks.entries {
                    made.put(name, task.flat_map(|task| self.output_of(task, from)));
                }
                Values::one(Value::Map(Shared::new(made)))
            }
            task => self.call_method(task, "output", &Args::default(), from),
        }
    }
}
