//! The recipes of docs/ci and `.pre-commit-hooks.yaml`: each is YAML, and each command of Blue's in
//! it runs, in the demo's world, where everyone agrees.

use std::path::{Path, PathBuf};

use crate::world::World;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The commands of a recipe, with what the forge would put into them.
fn commands(recipe: &str) -> Vec<Vec<String>> {
    let lines = recipe.lines().map(str::trim);
    let lines = lines.map(|line| line.strip_prefix("entry: ").unwrap_or(line));
    let commands = lines.filter(|line| line.starts_with("blue realm"));
    let words = commands.map(|line| {
        // Where its output goes, and what follows if it fails, is the shell's.
        let line = line.split(['>', '|']).next().unwrap_or_default();
        let words = line.split_whitespace().flat_map(|word| match word {
            "$BASE" => vec!["--base", "HEAD"],
            word if word.contains('$') => vec!["HEAD"],
            word => vec![word],
        });
        words.map(str::to_owned).collect()
    });
    words.collect()
}

#[test]
fn every_command_of_a_recipe_runs() {
    let world = World::make();
    let folder = root().join("docs/ci");
    let files = std::fs::read_dir(&folder).expect("there are recipes");
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
    files.sort();
    assert_eq!(files.len(), 6, "{files:?}");
    files.push(root().join(".pre-commit-hooks.yaml"));
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a recipe");
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        serde_yaml::from_str::<serde_yaml::Value>(&text)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let commands = commands(&text);
        assert!(!commands.is_empty(), "{name} runs Blue");
        for mut words in commands {
            let of_realm = words.iter().any(|word| word.starts_with("--mode="));
            let at = if of_realm {
                "realm-letemcook"
            } else {
                "aperture"
            };
            words.splice(1..1, ["-C".to_owned(), at.to_owned()]);
            let (output, exit) = world.run(&words);
            assert_eq!(exit, 0, "{name}: {}\n{output}", words.join(" "));
        }
    }
}
