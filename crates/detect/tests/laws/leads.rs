//! What is looked into: what leads to a call of the tables by what its calls mean, and not by name alone.

use std::sync::Arc;

use blue_detect::MemoryProgram;

use super::program;

/// The paths of the files looked into.
fn looked_into(files: &[(&str, &str)]) -> Vec<String> {
    let program = program(files);
    let found = program.relevant().iter();
    found
        .map(|file| blue_detect::Program::path(&program, *file).to_string())
        .collect()
}

const STORE: &str = "import boto3\nclass Store:\n    def fetch(self, key):\n        return boto3.client('s3').get_object(Bucket='imaging', Key=key)\n";

#[test]
fn what_calls_another_function_of_the_same_name_is_not_followed() {
    let found = looked_into(&[
        ("store.py", STORE),
        (
            "memo.py",
            "from cells import Cells\ncells = Cells()\ndef remembered(name):\n    return cells.fetch(name)\n",
        ),
        (
            "cells.py",
            "class Cells:\n    def fetch(self, key):\n        return self.rows[key]\n",
        ),
        (
            "run.py",
            "from memo import remembered\nremembered('spores')\n",
        ),
    ]);
    assert_eq!(found, ["store.py", "memo.py", "cells.py"]);
}

#[test]
fn what_calls_the_function_is_followed_through_others() {
    let found = looked_into(&[
        ("store.py", STORE),
        (
            "memo.py",
            "from store import Store\nstore = Store()\ndef remembered(name):\n    return store.fetch(name)\n",
        ),
        (
            "run.py",
            "from memo import remembered\nremembered('spores')\n",
        ),
    ]);
    assert_eq!(found, ["store.py", "memo.py", "run.py"]);
}

#[test]
fn what_only_goes_by_the_name_of_the_function_is_no_other_name_of_it() {
    let found = looked_into(&[
        (
            "store.py",
            "import boto3\ndef fetch(key):\n    return boto3.client('s3').get_object(Bucket='imaging', Key=key)\n",
        ),
        (
            "cells.py",
            "from store import fetch\npull = fetch\nrows = fetch('plates')\nclass Cells:\n    def newest(self):\n        return self.last.fetch\n",
        ),
        ("pull.py", "from cells import pull\npull('plates')\n"),
        ("rows.py", "from cells import rows\nrows('spores')\n"),
        ("newest.py", "from cells import newest\nnewest('spores')\n"),
    ]);
    assert_eq!(found, ["store.py", "cells.py", "pull.py"]);
}

/// Files that call `fetch` on something of which nobody knows what it is, so many of them.
fn others(count: usize) -> Vec<(String, String)> {
    let text = "def newest(shelf, name):\n    return shelf.fetch(name)\n";
    let others = (0..count).map(|number| (format!("shelves/{number}.py"), text.to_owned()));
    others.collect()
}

#[test]
fn of_a_name_that_very_many_files_call_those_are_followed_that_say_where_it_is_from() {
    let callers = [
        (
            "by_module.py",
            "import store\n\ndef newest(name):\n    return store.made().fetch(name)\n",
        ),
        (
            "by_class.py",
            "from imaging import Store\n\ndef newest(name):\n    return Store().fetch(name)\n",
        ),
    ];
    for (count, expected) in [(50, 53), (2_000, 3)] {
        let others = others(count);
        let others = others
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()));
        let files = [("store.py", STORE)].into_iter().chain(callers);
        let files: Vec<_> = files.chain(others).collect();
        let found = looked_into(&files);
        assert_eq!(found[..3], ["store.py", "by_module.py", "by_class.py"]);
        assert_eq!(found.len(), expected, "{count} others");
    }
}

#[test]
fn what_is_of_a_module_of_the_repository_is_not_what_the_tables_know_by_that_name() {
    let found = looked_into(&[
        (
            "arrays.py",
            "class Array:\n    pass\n\nfrom native import cat\n",
        ),
        (
            "layers.py",
            "import s3fs\nimport arrays\n\ndef forward(rows: arrays.Array):\n    return arrays.cat(rows)\n",
        ),
        ("run.py", "from layers import forward\nforward(rows)\n"),
    ]);
    assert_eq!(found, ["layers.py"]);
}

#[test]
fn a_test_that_nobody_asked_for_is_not_looked_into() {
    let test = "from store import Store\n\ndef test_fetch():\n    Store().fetch('plates/newest')\n";
    let texts = [("store.py", STORE), ("tests/test_store.py", test)];
    for (asked, expected) in [(false, 1), (true, 2)] {
        let texts = texts.iter();
        let texts = texts.map(|(path, text)| (Arc::from(*path), Arc::from(*text)));
        let program = MemoryProgram::without_tests(texts, |_| asked);
        assert_eq!(program.relevant().len(), expected);
    }
}
