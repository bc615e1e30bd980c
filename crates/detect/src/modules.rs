//! Which file an import means: the rules of both languages over a set of paths.

use crate::language::Language;
use crate::projects::Projects;

/// The paths an import may mean, in the order in which they are tried. `from` and the answers are
/// relative to the repository, `/` between the parts.
///
/// Python: a relative import by its dots; an absolute one below each folder above the importing
/// file, the nearest first (so that a `src/` layout or a package run from its own folder is found
/// without being configured), then below `src/`, then where a package of that name stands (`python_roots.rs`). TypeScript: relative specifiers by Node's rules
/// with TypeScript's extensions (`./x.js` means `./x.ts`); other ones as the repository's projects say;
/// `@/x` and `~/x`, if these say nothing, mean `src/x` or `x`, as project templates set them up; `config` is what the package
/// of that name reads; everything else is a package from outside.
pub fn candidates(
    from: &str,
    module: &str,
    language: Language,
    projects: &Projects,
) -> Vec<String> {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    match language {
        Language::Python => python(folder, module, projects),
        Language::TypeScript => typescript(folder, module, projects),
        Language::Json => Vec::new(),
    }
}

fn python(folder: &str, module: &str, projects: &Projects) -> Vec<String> {
    let dots = module.len() - module.trim_start_matches('.').len();
    let rest = module[dots..].replace('.', "/");
    let mut found = Vec::new();
    if dots > 0 {
        let mut base = Some(folder);
        for _ in 1..dots {
            base = base.filter(|base| !base.is_empty()).map(parent);
        }
        if let Some(base) = base {
            push_python(&mut found, &join(base, &rest));
        }
        return found;
    }
    let mut base = folder;
    loop {
        push_python(&mut found, &join(base, &rest));
        if base.is_empty() {
            break;
        }
        base = parent(base);
    }
    push_python(&mut found, &join("src", &rest));
    let package = rest.split('/').next().unwrap_or_default();
    for root in projects.python_roots(package, folder) {
        push_python(&mut found, &join(root, &rest));
    }
    found
}

fn push_python(found: &mut Vec<String>, path: &str) {
    if path.is_empty() {
        found.push("__init__.py".to_owned());
        return;
    }
    found.push(format!("{path}.py"));
    found.push(format!("{path}/__init__.py"));
}

fn typescript(folder: &str, module: &str, projects: &Projects) -> Vec<String> {
    let mut bases = Vec::new();
    if module == "." || module == ".." || module.starts_with("./") || module.starts_with("../") {
        let mut base = folder.to_owned();
        for part in module.split('/') {
            match part {
                "." | "" => {}
                ".." if base.is_empty() => return Vec::new(),
                ".." => base = parent(&base).to_owned(),
                part => base = join(&base, part),
            }
        }
        bases.push(base);
    } else {
        bases.extend(projects.bases(folder, module));
        let by_template = module.strip_prefix("@/");
        // Of Nuxt's project: `~~/server/utils/s3`, `@@/server/utils/s3`.
        let by_template = by_template.or_else(|| module.strip_prefix("~~/"));
        let by_template = by_template.or_else(|| module.strip_prefix("@@/"));
        if let Some(rest) = by_template.or_else(|| module.strip_prefix("~/")) {
            from_templates(folder, rest, &mut bases);
        }
        // SvelteKit's, which no configuration that is checked in says.
        if module.starts_with("$lib/") || module == "$lib" {
            from_templates(folder, &module[1..], &mut bases);
        }
        if module == "config" {
            bases.extend(above(folder).map(|above| join(above, NODE_CONFIG)));
        }
    }
    let mut found = Vec::new();
    for base in bases {
        for extension in ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs"] {
            found.push(format!("{base}.{extension}"));
        }
        for (written, meant) in [
            (".js", "ts"),
            (".js", "tsx"),
            (".jsx", "tsx"),
            (".mjs", "mts"),
            (".cjs", "cts"),
        ] {
            if let Some(stem) = base.strip_suffix(written) {
                found.push(format!("{stem}.{meant}"));
            }
        }
        found.push(base.clone());
        found.push(format!("{base}.json"));
        for extension in ["ts", "tsx", "mts", "js", "jsx", "mjs"] {
            found.push(join(&base, &format!("index.{extension}")));
        }
    }
    found
}

/// What `@/` and `~/` mean where nobody says: the folder `src`, or the one it stands in.
fn from_templates(folder: &str, rest: &str, bases: &mut Vec<String>) {
    for above in above(folder) {
        bases.push(join(&join(above, "src"), rest));
        bases.push(join(above, rest));
    }
}

/// Where the package `config` reads what holds wherever nothing else is said, from the folder that a program runs in
/// (<https://github.com/node-config/node-config/wiki/Configuration-Files>).
const NODE_CONFIG: &str = "config/default";

/// Whether a file is what the package `config` reads: what a program asks for by a path of names.
pub(crate) fn is_node_config(path: &str) -> bool {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let folder = stem.strip_suffix(NODE_CONFIG);
    folder.is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
}

/// A folder and those above it, the nearest first.
fn above(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |at| (!at.is_empty()).then(|| parent(at)))
}

fn parent(folder: &str) -> &str {
    folder.rsplit_once('/').map_or("", |(above, _)| above)
}

fn join(folder: &str, rest: &str) -> String {
    match (folder, rest) {
        ("", rest) => rest.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, rest) => format!("{folder}/{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_means_the_first_candidate_that_exists() {
        let cases = [
            ("app/io.py", ".paths", "app/paths.py"),
            ("app/io.py", "..models.paths", "models/paths.py"),
            ("app/io.py", ".", "app/__init__.py"),
            ("src/app/io.py", "app.paths", "src/app/paths.py"),
            ("io.py", "app.paths", "src/app/paths.py"),
            ("src/a.ts", "./paths", "src/paths.ts"),
            ("src/a.ts", "../lib/paths.js", "lib/paths.ts"),
            ("src/deep/a.ts", "@/paths", "src/paths.ts"),
            ("src/a.ts", "./paths", "src/paths/index.ts"),
            ("src/a.js", "./prefixes.json", "src/prefixes.json"),
            ("src/a.js", "./prefixes", "src/prefixes.json"),
            ("src/jobs/a.js", "config", "config/default.json"),
        ];
        for (from, module, expected) in cases {
            let language = crate::Dialect::of_path(from).unwrap().language();
            let all = candidates(from, module, language, &Projects::default());
            assert!(
                all.iter().any(|path| path == expected),
                "{from} {module}: {all:?}"
            );
        }
    }

    #[test]
    fn what_leaves_the_repository_means_nothing() {
        let none = Projects::default();
        for (from, module, language) in [
            ("a.ts", "../x", Language::TypeScript),
            ("a.ts", "lodash", Language::TypeScript),
            ("a.py", "..x", Language::Python),
        ] {
            assert!(candidates(from, module, language, &none).is_empty());
        }
    }
}
