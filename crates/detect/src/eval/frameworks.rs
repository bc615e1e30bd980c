//! What frameworks hand to code without the repository's saying so: Django's settings, which stand in a module that
//! only its environment names, and what a task of Luigi's is given by those it requires.

use super::*;

/// Where a project of Django's keeps its settings, from one of its folders.
const SETTINGS: [&str; 4] = [
    "settings",
    "settings.base",
    "config.settings",
    "config.settings.base",
];

impl Evaluator<'_> {
    /// A setting of Django's (`settings.MEDIA_ROOT`), where a module of settings of the repository has it.
    pub(super) fn django_setting(&mut self, name: &str, from: FileId) -> Option<Values> {
        if !name.starts_with(|first: char| first.is_ascii_uppercase()) {
            return None;
        }
        let path = self.program.path(from);
        let mut folders: Vec<&str> = path.split('/').collect();
        // The nearest one, from the folder of the file up to the root.
        while folders.pop().is_some() {
            let above: String = folders.iter().map(|folder| format!("{folder}.")).collect();
            for module in SETTINGS {
                if let Some(file) = self.program.module(from, &format!("{above}{module}"))
                    && let Some(values) = self.module_name(file, name)
                {
                    return Some(values);
                }
            }
        }
        None
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
