//! A contract's own checks: the scripts that its `validation` names, run in the repository that
//! exports or imports it (cli.md, "check in CI"). Only commands run them, and only for realms that
//! the user of this machine has trusted (`security.md`).

mod kept;
mod run;

use std::borrow::Cow;
use std::cell::RefCell;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use blue_analysis::{Code, Made, Mode, Place, Root};
use blue_realm::{ContractFile, Step, contract_path, span_of};
use blue_text::Span;
use blue_workspace::{RealmIdentity, RealmStates, Trust, TrustLevel};
use serde_json::Value;

use self::kept::{Given, Kept};
use self::run::{Ended, Refused, Told};
use crate::commands::check::detected::detected_value;
use crate::commands::check::options::{Args, Side};
use crate::engine::{Loaded, Report};
use crate::failure::Error;
use crate::output::count;

/// Lines of a script's output that are shown.
const MAX_LINES: usize = 40;

/// Of a longer line of what a check prints, this many characters are told.
const MAX_CHARACTERS: usize = 300;

/// How scripts are run.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct HookArgs {
    /// End a contract's own check after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    hook_timeout: u64,
}

impl Default for HookArgs {
    fn default() -> Self {
        HookArgs { hook_timeout: 60 }
    }
}

/// A script that a contract names.
struct Hook<'a> {
    states: &'a RealmStates,
    domain: Arc<str>,
    contract: Arc<ContractFile>,
    mode: Mode,
    /// As the realm writes it.
    path: Arc<str>,
    /// Where it stands in the contract.
    route: Vec<Step<'static>>,
}

/// Who is asked, and how far they go.
struct Running<'a> {
    root: &'a Path,
    found: &'a Loaded,
    start: &'a Path,
    limit: Duration,
    /// How checks ended before; nothing where that is not to be known.
    kept: RefCell<Option<Kept>>,
}

/// Runs the checks of the contracts that this repository exports and imports, and adds what they say
/// to the report.
///
/// # Errors
/// Of files of trust that cannot be read ([`Error::Trust`]), and of a temporary folder.
pub(super) fn with_hooks(
    mut report: Report,
    found: &Loaded,
    start: &Path,
    args: &Args,
) -> Result<Report, Error> {
    let Some(repo) = report.repo.clone() else {
        return Ok(report);
    };
    let realms = found.realm_states(start);
    let root = report.checkout.root.clone();
    let mut hooks: Vec<Hook<'_>> = Vec::new();
    for states in &realms {
        hooks.extend(named(states, &repo, args, &root));
    }
    if hooks.is_empty() {
        return Ok(report);
    }
    let trust = Trust::read()?;
    let running = Running {
        root: &root,
        found,
        start,
        limit: Duration::from_secs(args.hooks.hook_timeout),
        kept: RefCell::new(Kept::of(&root, args.caching())),
    };
    for hook in &hooks {
        let identity = RealmIdentity::of(&hook.states.realm, &hook.states.root);
        match (trust.level(&identity), args.is_ci()) {
            (Some(TrustLevel::Full), _) => {}
            (None, true) => {}
            (level, _) => {
                report.notes.push(not_run(hook, &identity, level));
                continue;
            }
        }
        let value = match hook.mode {
            Mode::Exporter => {
                detected_value(&report, &hook.states.realm, &hook.domain, &hook.contract)
            }
            _ => hook.contract.value.clone(),
        };
        running.run(hook, value.as_ref(), &mut report)?;
    }
    let order = |it: &blue_analysis::Finding| (it.place.clone(), it.code);
    report.findings.sort_by_key(|finding| order(finding));
    Ok(report)
}

fn not_run(hook: &Hook<'_>, identity: &RealmIdentity, level: Option<TrustLevel>) -> String {
    let (contract, path) = (&hook.contract.name, &hook.path);
    let why = match level {
        Some(TrustLevel::Blocked) => "is blocked",
        _ => "is not trusted",
    };
    format!(
        "{contract}: its own check {path} was not run, because the realm {} {why} on this machine; \
         `blue realm admin trust {}` trusts it",
        identity.name,
        identity.key()
    )
}

/// The scripts that are named for what a repository exports and imports, as the record has them.
fn named<'a>(states: &'a RealmStates, repo: &str, args: &Args, root: &Path) -> Vec<Hook<'a>> {
    let asked = |side| args.modes.is_empty() || args.modes.contains(&side);
    let mut hooks = Vec::new();
    for domain in states.record.domains_of(repo) {
        let Some(binding) = states.record.binding(&domain.name, repo) else {
            continue;
        };
        let exports = binding.exports.iter().filter(|_| asked(Side::Exporter));
        let exports = exports.filter(|export| args.named.has(&domain.name, &export.contract));
        for export in exports {
            if let Some(contract) = states.record.contract(&domain.name, &export.contract) {
                let of = (&domain.name, contract, Mode::Exporter);
                hooks.extend(of_contract(states, of, args, root));
            }
        }
        let imports = binding.imports.iter().filter(|_| asked(Side::Importer));
        for import in imports {
            let Some(of) = states.record.domain_of_import(&domain.name, import) else {
                continue;
            };
            if !args.named.has(of, &import.contract) {
                continue;
            }
            if let Some(contract) = states.record.contract(of, &import.contract) {
                let of = (&Arc::from(of), contract, Mode::Importer);
                hooks.extend(of_contract(states, of, args, root));
            }
        }
    }
    hooks
}

/// The scripts of one contract for one side: its own, and those of CI. Of the latter an importer
/// runs those that it has: they may be the exporter's.
fn of_contract<'a>(
    states: &'a RealmStates,
    (domain, contract, mode): (&Arc<str>, &Arc<ContractFile>, Mode),
    args: &Args,
    root: &Path,
) -> Vec<Hook<'a>> {
    let validation = &contract.validation;
    let (own, other, key) = match mode {
        Mode::Exporter => (&validation.exporter, &validation.importer, "exporter"),
        _ => (&validation.importer, &validation.exporter, "importer"),
    };
    let hook = |path: &Arc<str>, route: Vec<Step<'static>>| Hook {
        states,
        domain: domain.clone(),
        contract: contract.clone(),
        mode,
        path: path.clone(),
        route,
    };
    let mut hooks = Vec::new();
    if let Some(path) = own
        && (args.is_ci() || !validation.ci_only.contains(path))
    {
        let route = vec![Step::Key("validation"), Step::Key(key)];
        hooks.push(hook(path, route));
    }
    for (index, path) in validation.ci_only.iter().enumerate() {
        let is_of_a_side = own.as_ref() == Some(path) || other.as_ref() == Some(path);
        let is_here = mode == Mode::Exporter || root.join(&**path).exists();
        if args.is_ci() && !is_of_a_side && is_here {
            let route = vec![
                Step::Key("validation"),
                Step::Key("ci_only"),
                Step::Index(index),
            ];
            hooks.push(hook(path, route));
        }
    }
    hooks
}

impl Running<'_> {
    fn run(
        &self,
        hook: &Hook<'_>,
        value: Option<&Value>,
        report: &mut Report,
    ) -> Result<(), Error> {
        let (name, path) = (&hook.contract.name, &hook.path);
        let script = match run::script(self.root, path) {
            Ok(script) => script,
            Err(refused) => {
                let (code, why) = match refused {
                    Refused::Escapes(why) => (
                        Code::PathEscapes,
                        format!("{path}, the check of {name}, is not run: {why}"),
                    ),
                    Refused::Missing => (
                        Code::HookFailed,
                        format!("{name} names {path} as its check, and there is no such file here"),
                    ),
                };
                self.say(hook, code, why, report);
                return Ok(());
            }
        };
        crate::interruption::ends_programs();
        let home =
            blue_programs::folder().map_err(|source| temporary(&std::env::temp_dir(), source))?;
        let file = value_file(home.path(), value)?;
        let version = hook.contract.version.as_ref().map(ToString::to_string);
        let variables: [(&str, OsString); 5] = [
            ("BLUE_REALM", hook.states.realm.to_string().into()),
            ("BLUE_DOMAIN", hook.domain.to_string().into()),
            ("BLUE_CONTRACT", name.to_string().into()),
            ("BLUE_VERSION", version.clone().unwrap_or_default().into()),
            ("BLUE_VALUE_FILE", file.into()),
        ];
        let told = Told {
            root: self.root,
            variables: &variables,
            home: home.path(),
            limit: self.limit,
        };
        let given = Given {
            contract: format!("{}/{}/{name}", hook.states.realm, hook.domain),
            version: version.unwrap_or_default(),
            script: &script,
            mode: match hook.mode {
                Mode::Exporter => "exporter",
                _ => "importer",
            },
            value: value.unwrap_or(&Value::Null).to_string(),
            bound: bound(hook, report.repo.as_deref()),
        };
        let (ended, output) = self.ended(&given, &told);
        let said = said(&output);
        let (code, what) = match ended {
            Ended::Valid => {
                report
                    .notes
                    .push(format!("{name}: its own check {path} passed"));
                (None, String::new())
            }
            Ended::Invalid => (Some(Code::HookFailed), format!("{path} refuses {name}")),
            Ended::Warning => (Some(Code::HookWarning), format!("{path} warns of {name}")),
            Ended::Otherwise(how) => (
                Some(Code::HookFailed),
                format!("{path} ended with {how}, so {name} is not checked"),
            ),
            Ended::TimedOut => (
                Some(Code::HookFailed),
                format!(
                    "{path} took longer than {} and was ended, so {name} is not checked",
                    count(self.limit.as_secs() as usize, "second")
                ),
            ),
            Ended::NotStarted(why) => (
                Some(Code::HookFailed),
                format!("{path} cannot be started, so {name} is not checked: {why}"),
            ),
        };
        if let Some(code) = code {
            let last = said.last().map(|line| format!(": {}", cut(line)));
            self.say(hook, code, what + &last.unwrap_or_default(), report);
        }
        let lines = said.iter().take(MAX_LINES);
        report
            .notes
            .extend(lines.map(|line| format!("  {path}: {}", cut(line))));
        if said.len() > MAX_LINES {
            let more = said.len() - MAX_LINES;
            report.notes.push(format!("  {path}: {more} more lines"));
        }
        Ok(())
    }

    /// How a check ends: as it did before, where it passed and nothing has changed since, or by running it.
    fn ended(&self, given: &Given<'_>, told: &Told<'_>) -> (Ended, String) {
        let mut kept = self.kept.borrow_mut();
        let key = kept.as_ref().and_then(|kept| kept.key(given));
        let Some((kept, key)) = kept.as_mut().zip(key) else {
            return run::run(given.script, told);
        };
        if let Some(before) = kept.verdict(&key) {
            return before;
        }
        let (ended, output) = run::run(given.script, told);
        kept.keep(&key, &ended, &output);
        (ended, output)
    }

    /// Adds a finding at the script's name in the contract.
    fn say(&self, hook: &Hook<'_>, code: Code, message: String, report: &mut Report) {
        let realm = &hook.states.realm;
        let Some(severity) = self.found.severity(self.start, realm, code) else {
            report.silenced += 1;
            return;
        };
        let mut place = Place {
            root: Root::Realm(realm.clone()),
            path: contract_path(&hook.domain, &hook.contract.name).into(),
            span: Span::empty(0),
        };
        let text = self.found.text_of(&place).unwrap_or_default();
        place.span = span_of(&text, &hook.route).unwrap_or_else(|| Span::empty(0));
        let made = Made {
            code,
            place,
            message,
            repo: report.repo.clone(),
            realm: realm.clone(),
            domain: Some(hook.domain.clone()),
            contract: Some(hook.contract.name.clone()),
            subject: hook.path.to_string(),
        };
        let mut finding = made.finding();
        finding.severity = severity;
        if severity >= blue_analysis::Severity::Warning {
            let (name, mode) = (&hook.contract.name, hook.mode);
            report
                .passed
                .retain(|passed| passed.contract != *name || passed.mode != mode);
        }
        report.findings.push(Arc::new(finding));
    }
}

/// The files that an importer binds to the contract.
fn bound(hook: &Hook<'_>, repo: Option<&str>) -> Vec<String> {
    let Some(repo) = repo else { return Vec::new() };
    let record = &hook.states.record;
    let bindings = record
        .domains_of(repo)
        .filter_map(|domain| record.binding(&domain.name, repo));
    let imports = bindings.flat_map(|binding| &binding.imports);
    let of_contract = imports.filter(|import| import.contract == hook.contract.name);
    let paths = of_contract.flat_map(|import| &import.binding);
    paths.map(|(_, path)| path.to_string()).collect()
}

/// The lines of a script's output that say something.
fn said(output: &str) -> Vec<&str> {
    let lines = output.lines().map(str::trim_end);
    lines.filter(|line| !line.is_empty()).collect()
}

/// A line as it is told: of one that is very long, its beginning.
fn cut(line: &str) -> Cow<'_, str> {
    match line.char_indices().nth(MAX_CHARACTERS) {
        Some((end, _)) => format!("{}…", &line[..end]).into(),
        None => line.into(),
    }
}

/// The value as JSON in a file of the user's alone; `null` before the first release.
fn value_file(folder: &Path, value: Option<&Value>) -> Result<PathBuf, Error> {
    let path = folder.join("value.json");
    let failed = |source| temporary(&path, source);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path).map_err(failed)?;
    let text = value.unwrap_or(&Value::Null).to_string();
    file.write_all(text.as_bytes())
        .map_err(|source| temporary(&path, source))?;
    Ok(path)
}

fn temporary(path: &Path, source: std::io::Error) -> Error {
    Error::File {
        doing: "write",
        path: path.to_owned(),
        source,
    }
}
