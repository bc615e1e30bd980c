//! What `blue realm coverage` says: a table for people, one document for machines.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use blue_analysis::{ExportSeen, FieldValue, ImportSeen, SitesSeen};
use blue_detect::Reason;
use blue_workspace::{CoverageReport, Skipped};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use crate::cli::Detail;
use crate::output::visible::visible;
use crate::output::{Paint, Style, count, json};

/// What was seen of a repository, and what is left out before anything is looked into.
pub(crate) struct Seen {
    pub(crate) report: CoverageReport,
    pub(crate) skipped: Skipped,
}

/// More of a list than this is counted, unless more is asked for.
const LISTED: usize = 10;

/// What `blue realm coverage --json` writes.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Coverage of Blue")]
struct Document<'a> {
    /// Of this shape.
    #[schemars(extend("const" = 1))]
    version: u32,
    repo: &'a str,
    /// The realms it takes part in.
    realms: Vec<&'a str>,
    files: FilesShape<'a>,
    sites: SitesShape,
    /// Sites with a value that no export binding takes.
    outside: u32,
    exports: Vec<ExportShape<'a>>,
    imports: Vec<ImportShape<'a>>,
}

/// Source files, by how far they were looked into.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Files")]
struct FilesShape<'a> {
    /// They hold a word of an SDK, or name a function that leads to one.
    parsed: u32,
    /// They hold nothing that is looked for, and were not parsed.
    quiet: u32,
    /// Parsed ones with syntax errors: only their intact parts count.
    broken: Vec<&'a str>,
    /// Those that could not be looked into, with the reason.
    unread: Vec<UnreadShape<'a>>,
    skipped: SkippedShape,
}

/// A file that could not be looked into.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Unread")]
struct UnreadShape<'a> {
    path: &'a str,
    /// In words.
    why: &'a str,
}

/// Files that are left out, by kind. What is installed or built (`node_modules`, `.venv`, `dist`) is no source.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Skipped")]
struct SkippedShape {
    /// Source files that git ignores.
    ignored: u32,
    /// Source files that a program wrote and says so.
    generated: u32,
    /// Source files with a line that no person wrote.
    minified: u32,
    /// Jupyter notebooks, which are not read.
    notebooks: u32,
}

/// Places that touch a value, by whether the value is known.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Sites")]
struct SitesShape {
    all: u32,
    /// With a value.
    resolved: u32,
    /// Without, by the reason: `parameter`, `environment`, `external`, `attribute`, `missing`, `syntax`,
    /// `too-many`, `too-long`, `cycle`, `budget`, `everything`.
    opaque: BTreeMap<&'static str, u32>,
}

/// A value of a field.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Value")]
struct ValueShape<'a> {
    field: &'a str,
    value: &'a str,
}

/// An export binding, held against the code.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Export")]
struct ExportShape<'a> {
    realm: &'a str,
    domain: &'a str,
    contract: &'a str,
    /// False where its detectors are of a kind that is not read: nothing is known then.
    read: bool,
    /// Source files that its globs name, and those of them that could not be looked into.
    files: u32,
    unread: u32,
    sites: SitesShape,
    /// How many values the contract declares.
    declared: u32,
    /// Those of them that no code was seen to touch.
    never_seen: Vec<ValueShape<'a>>,
    /// Those of them that cover something that code was seen to touch, while none was seen to touch all that they say.
    wider: Vec<ValueShape<'a>>,
    /// Values of the code that the contract does not declare.
    not_declared: Vec<ValueShape<'a>>,
    /// True where it names code in which no site was seen.
    mentions_nothing: bool,
}

/// An import binding, held against what its files grant.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Import")]
struct ImportShape<'a> {
    realm: &'a str,
    domain: &'a str,
    contract: &'a str,
    /// The files that it binds, and those of them that are missing or could not be looked into.
    files: u32,
    unread: u32,
    /// What allows or denies something in them.
    grants: u32,
    /// Grants of which resources or actions are not known, by the reason.
    opaque: BTreeMap<&'static str, u32>,
    /// How many values it uses that a grant can give, and how many of them are granted, or may be.
    used: u32,
    covered: u32,
    /// Those of them that no grant gives.
    not_covered: Vec<ValueShape<'a>>,
    /// How many values it uses that no grant can give: of contracts of another shape.
    not_grantable: u32,
    /// True where its files grant nothing.
    mentions_nothing: bool,
}

/// The JSON Schema of [`json()`].
pub(crate) fn schema() -> schemars::Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<Document<'static>>();
    schema.insert("$id".to_owned(), "urn:blue:schema:coverage".into());
    schema
}

fn by_word(reasons: &BTreeMap<Reason, u32>) -> BTreeMap<&'static str, u32> {
    reasons
        .iter()
        .map(|(reason, number)| (reason.as_str(), *number))
        .collect()
}

fn sites_shape(sites: &SitesSeen) -> SitesShape {
    SitesShape {
        all: sites.all(),
        resolved: sites.resolved,
        opaque: by_word(&sites.opaque),
    }
}

fn values(values: &[FieldValue]) -> Vec<ValueShape<'_>> {
    let shapes = values.iter().map(|it| ValueShape {
        field: &it.field,
        value: &it.value,
    });
    shapes.collect()
}

/// One document.
pub(crate) fn json(seen: &Seen) -> String {
    let found = &seen.report.coverage;
    let unread = found.files.unread.iter();
    json::to_text(&Document {
        version: 1,
        repo: &seen.report.repo,
        realms: seen.report.realms.iter().map(|realm| &**realm).collect(),
        files: FilesShape {
            parsed: found.files.parsed,
            quiet: found.files.quiet,
            broken: found.files.broken.iter().map(|path| &**path).collect(),
            unread: unread
                .map(|(path, why)| UnreadShape { path, why })
                .collect(),
            skipped: SkippedShape {
                ignored: seen.skipped.ignored,
                generated: seen.skipped.generated,
                minified: seen.skipped.minified,
                notebooks: seen.skipped.notebooks,
            },
        },
        sites: sites_shape(&found.sites),
        outside: found.outside,
        exports: found.exports.iter().map(export_shape).collect(),
        imports: found.imports.iter().map(import_shape).collect(),
    })
}

fn export_shape(export: &ExportSeen) -> ExportShape<'_> {
    ExportShape {
        realm: &export.realm,
        domain: &export.domain,
        contract: &export.contract,
        read: export.is_read,
        files: export.files,
        unread: export.unread,
        sites: sites_shape(&export.sites),
        declared: export.declared,
        never_seen: values(&export.never_seen),
        wider: values(&export.wider),
        not_declared: values(&export.not_declared),
        mentions_nothing: export.mentions_nothing(),
    }
}

fn import_shape(import: &ImportSeen) -> ImportShape<'_> {
    ImportShape {
        realm: &import.realm,
        domain: &import.domain,
        contract: &import.contract,
        files: import.files,
        unread: import.unread,
        grants: import.grants,
        opaque: by_word(&import.opaque),
        used: import.used,
        covered: import.covered,
        not_covered: values(&import.not_covered),
        not_grantable: import.not_grantable,
        mentions_nothing: import.mentions_nothing(),
    }
}

/// Rows under headlines; a headline takes the first column, what it says the second.
struct Table {
    out: String,
    style: Style,
    listed: usize,
}

impl Table {
    /// A row with a name before it.
    fn head(&mut self, name: &str, text: &str) {
        let name = self.style.paint(Paint::Strong, &format!("{name:<7}"));
        let _ = writeln!(self.out, "{name} {text}");
    }

    /// A row below it.
    fn row(&mut self, text: &str) {
        let _ = writeln!(self.out, "        {text}");
    }

    /// The reasons of what is not known, most first.
    fn reasons(&mut self, reasons: &BTreeMap<Reason, u32>) {
        let mut rows: Vec<_> = reasons.iter().collect();
        rows.sort_by_key(|(reason, number)| (u32::MAX - **number, **reason));
        for (reason, number) in rows {
            let meaning = self.style.paint(Paint::Dim, reason.meaning());
            self.row(&format!("  {:<11} {number:>4}  {meaning}", reason.as_str()));
        }
    }

    fn values(&mut self, values: &[FieldValue]) {
        for value in values.iter().take(self.listed) {
            let field = visible(&value.field);
            self.row(&format!("  {field:<11} {}", visible(&value.value)));
        }
        self.rest(values.len());
    }

    fn paths<'p>(&mut self, paths: impl ExactSizeIterator<Item = (&'p str, &'p str)>) {
        let all = paths.len();
        for (path, why) in paths.take(self.listed) {
            let line = format!("  {} {}", visible(path), visible(why));
            self.row(line.trim_end());
        }
        self.rest(all);
    }

    fn rest(&mut self, all: usize) {
        if let Some(more) = all.checked_sub(self.listed).filter(|more| *more > 0) {
            self.row(&format!("  and {more} more: --verbose lists all"));
        }
    }
}

/// The table.
pub(crate) fn human(seen: &Seen, style: Style, detail: Detail) -> String {
    let found = &seen.report.coverage;
    let mut table = Table {
        out: String::new(),
        style,
        listed: if detail == Detail::Verbose {
            usize::MAX
        } else {
            LISTED
        },
    };
    files(&mut table, seen);
    let sites = &found.sites;
    let nothing = "none: no call here reads, writes, deletes or lists what Blue looks for";
    match sites.all() {
        0 => table.head("sites", nothing),
        _ => {
            table.head("sites", &known(sites));
            table.reasons(&sites.opaque);
            if found.outside > 0 && !found.exports.is_empty() {
                let outside = count(found.outside as usize, "site");
                table.row(&format!(
                    "{outside} with a value in no export binding's files or bucket"
                ));
            }
        }
    }
    for found in &found.exports {
        export(&mut table, found);
    }
    for found in &found.imports {
        import(&mut table, found);
    }
    if found.exports.is_empty() && found.imports.is_empty() {
        let repo = visible(&seen.report.repo);
        table.head(
            "realm",
            &format!(
                "{repo} has no binding in a realm yet: there is no contract to hold this against"
            ),
        );
    }
    table.out
}

fn known(sites: &SitesSeen) -> String {
    format!(
        "{}: {} resolved, {} not known",
        sites.all(),
        sites.resolved,
        sites.not_known()
    )
}

fn files(table: &mut Table, seen: &Seen) {
    let files = &seen.report.coverage.files;
    let quiet = match files.quiet {
        0 => String::new(),
        number => format!(", {number} hold nothing that is looked for"),
    };
    match files.parsed + files.quiet {
        0 => table.head("files", "none in Python, TypeScript or JavaScript"),
        _ => table.head("files", &format!("{} parsed{quiet}", files.parsed)),
    }
    if !files.broken.is_empty() {
        let number = files.broken.len();
        table.row(&format!(
            "{number} of them with syntax errors: only the rest of these counts"
        ));
        table.paths(files.broken.iter().map(|path| (&**path, "")));
    }
    if !files.unread.is_empty() {
        table.row(&format!("{} could not be looked into", files.unread.len()));
        table.paths(files.unread.iter().map(|(path, why)| (&**path, &**why)));
    }
    let skipped = &seen.skipped;
    let notebooks = count(skipped.notebooks as usize, "notebook");
    let kinds = [
        (
            skipped.ignored,
            format!("{} ignored by git", skipped.ignored),
        ),
        (
            skipped.generated,
            format!("{} generated", skipped.generated),
        ),
        (skipped.minified, format!("{} minified", skipped.minified)),
        (skipped.notebooks, notebooks),
    ];
    let kinds = kinds.into_iter().filter(|(number, _)| *number > 0);
    let kinds: Vec<String> = kinds.map(|(_, words)| words).collect();
    if !kinds.is_empty() {
        table.row(&format!("left out: {}", kinds.join(", ")));
    }
}

fn export(table: &mut Table, export: &ExportSeen) {
    let name = format!(
        "{} ({})",
        visible(&export.contract),
        visible(&export.domain)
    );
    let sites = &export.sites;
    if !export.is_read {
        table.head(
            "export",
            &format!("{name}: its detectors are of a kind that this version does not read"),
        );
        return;
    }
    let files = count(export.files as usize, "file");
    let said = match (export.files, sites.all()) {
        (0, _) => "its source files match no file here".to_owned(),
        (_, 0) => format!("{files}, in which no site was seen"),
        _ => format!("{files}, sites {}", known(sites)),
    };
    table.head("export", &format!("{name}: {said}"));
    if export.unread > 0 {
        table.row(&format!(
            "{} could not be looked into",
            count(export.unread as usize, "file")
        ));
    }
    table.reasons(&sites.opaque);
    let declared = count(export.declared as usize, "value");
    match (export.declared, export.never_seen.len(), export.wider.len()) {
        (0, ..) => table.row("the contract declares no value yet"),
        (_, 0, 0) => table.row(&format!("{declared} declared, all seen in code")),
        (_, 0, _) => table.row(&format!("{declared} declared")),
        (_, unseen, _) => {
            table.row(&format!("{declared} declared, {unseen} never seen in code"));
            table.values(&export.never_seen);
        }
    }
    if !export.wider.is_empty() {
        let number = count(export.wider.len(), "pattern");
        let words = match export.wider.len() {
            1 => "is seen in part: the code touches something that it covers",
            _ => "are seen in part: the code touches something that they cover",
        };
        table.row(&format!("{number} of them {words}"));
        table.values(&export.wider);
    }
    if !export.not_declared.is_empty() {
        let number = count(export.not_declared.len(), "value");
        table.row(&format!("{number} of the code not in the contract"));
        table.values(&export.not_declared);
    }
}

fn import(table: &mut Table, import: &ImportSeen) {
    let name = format!(
        "{} ({})",
        visible(&import.contract),
        visible(&import.domain)
    );
    let files = count(import.files as usize, "file");
    let grants = count(import.grants as usize, "grant");
    table.head("import", &format!("{name}: {files}, {grants}"));
    if import.unread > 0 {
        let unread = count(import.unread as usize, "file");
        table.row(&format!(
            "{unread} missing or not looked into: they may grant anything"
        ));
    }
    table.reasons(&import.opaque);
    let used = count(import.used as usize, "value");
    match (import.used, import.not_covered.len()) {
        (0, _) => {}
        (_, 0) => table.row(&format!("{used} used, all granted")),
        (_, missing) => {
            table.row(&format!("{used} used, {missing} not granted"));
            table.values(&import.not_covered);
        }
    }
    if import.mentions_nothing() {
        table.row("nothing in these files grants anything in a bucket");
    }
    if import.not_grantable > 0 {
        let other = count(import.not_grantable as usize, "value");
        table.row(&format!("{other} used that no grant can give"));
    }
}
