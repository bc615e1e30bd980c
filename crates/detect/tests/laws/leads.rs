//! What is looked into: what leads to a call of the tables by what its calls mean, and not by name alone.

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
