//! The settings, as the main loop takes them: what the client says of them now, over what it started with.

use blue_workspace::Options;
use serde_json::Value;
use tower_lsp::lsp_types::MessageType;

use super::MainLoop;
use crate::handlers::initialized;
use crate::settings::Settings;
use crate::to_lsp::Style;

impl MainLoop {
    pub(super) fn settings_changed(&mut self, settings: Value) {
        if initialized::ask_settings(self) {
            return;
        }
        let section = settings.get("blue").cloned();
        self.apply_settings(&section.unwrap_or(settings));
    }

    /// What the client says of its settings now, over what it started with.
    pub(super) fn apply_settings(&mut self, value: &Value) {
        let read = self.read_settings(value);
        let settings = self.first_settings.under(read);
        let style = self.publisher.style();
        if style.settings == settings {
            return;
        }
        let options = Options {
            realm_path: settings.realm_path.clone(),
            levels: settings.findings.clone(),
            hides_hints: settings.hints == Some(false),
            ..Options::default()
        };
        let style = Style {
            settings,
            ..style.clone()
        };
        self.publisher.restyle(style);
        self.mutate(|it| it.set_options(options));
    }

    /// Reads settings; what is none is told once.
    pub(super) fn read_settings(&mut self, value: &Value) -> Settings {
        let (settings, ignored) = Settings::read(value);
        let mut new = Vec::new();
        for why in ignored {
            if self.complaints.insert(why.clone()) {
                new.push(why);
            }
        }
        if !new.is_empty() {
            let message = format!("Blue ignores some of its settings: {}.", new.join("; "));
            tracing::warn!(message);
            self.connection.show(MessageType::WARNING, message);
        }
        settings
    }

    /// The settings as they count now.
    pub(crate) fn settings(&self) -> &Settings {
        &self.publisher.style().settings
    }
}
