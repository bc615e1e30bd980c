//! Every member of a cycle is a hole and every other value is what it is, whoever is asked first.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;

/// How one name of the program is made from others.
#[derive(Debug, Clone)]
enum Made {
    Literal,
    /// From the names at these places.
    Join(Vec<usize>),
    /// A helper that returns the name, called with another.
    Call(usize, usize),
    /// Through a function that calls what it is given.
    Applied(usize),
    /// An attribute of a class.
    Attribute(usize),
    /// Either.
    Either(usize, usize),
}

fn made(names: usize) -> impl Strategy<Value = Made> {
    let name = 0..names;
    prop_oneof![
        3 => Just(Made::Literal),
        4 => prop::collection::vec(name.clone(), 1..3).prop_map(Made::Join),
        2 => (name.clone(), name.clone()).prop_map(|(a, b)| Made::Call(a, b)),
        2 => name.clone().prop_map(Made::Applied),
        2 => name.clone().prop_map(Made::Attribute),
        1 => (name.clone(), name).prop_map(|(a, b)| Made::Either(a, b)),
    ]
}

const NAMES: usize = 7;
const FILES: [&str; 3] = ["one", "two", "three"];

/// The modules: each name in one of three files, which import all of each other.
fn modules(names: &[(usize, Made)], star: bool) -> Vec<(String, String)> {
    let mut files: Vec<String> = FILES
        .iter()
        .map(|own| {
            let mut text = String::new();
            for other in FILES.iter().filter(|other| *other != own) {
                if star {
                    writeln!(text, "from {other} import *").unwrap();
                } else {
                    for (at, (file, _)) in names.iter().enumerate() {
                        if FILES[*file] == *other {
                            writeln!(text, "from {other} import N{at}, f{at}, C{at}").unwrap();
                        }
                    }
                }
            }
            text + "def apply(g): return g()\n"
        })
        .collect();
    for (at, (file, made)) in names.iter().enumerate() {
        let value = match made {
            Made::Literal => format!("\"l{at}\""),
            Made::Join(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| format!("{{N{part}}}")).collect();
                format!("f\"{at}-{}\"", parts.join("-"))
            }
            Made::Call(func, arg) => format!("f{func}(N{arg})"),
            Made::Applied(name) => format!("apply(lambda: \"a\" + N{name})"),
            Made::Attribute(name) => format!("C{name}.VALUE"),
            Made::Either(a, b) => format!("N{a} if flag else N{b}"),
        };
        writeln!(
            files[*file],
            "N{at} = {value}\ndef f{at}(x):\n    y = N{at}\n    return y + x\nclass C{at}:\n    VALUE = \"c\" + N{at}"
        )
        .unwrap();
    }
    let named = FILES.iter().map(|name| format!("{name}.py"));
    named.zip(files).collect()
}

/// What each use is worth, by its number, when they stand in this order.
fn worth(modules: &[(String, String)], uses: &[usize]) -> BTreeMap<usize, Vec<String>> {
    let mut text: String = FILES
        .iter()
        .map(|f| format!("from {f} import *\n"))
        .collect();
    for name in uses {
        writeln!(
            text,
            "def use{name}(s3):\n    s3.get_object(Bucket=\"b\", Key=\"u{name}/\" + N{name})"
        )
        .unwrap();
    }
    let mut files: Vec<(&str, &str)> = modules
        .iter()
        .map(|(p, t)| (p.as_str(), t.as_str()))
        .collect();
    files.push(("run.py", &text));
    let program = super::program(&files);
    let mut found: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for site in super::sites_of(&program, "run.py") {
        let pattern = site.pattern.to_string();
        let number = pattern[1..pattern.find('/').unwrap()].parse().unwrap();
        found.entry(number).or_default().push(pattern);
    }
    found.values_mut().for_each(|patterns| patterns.sort());
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn who_asks_first_changes_nothing(
        names in prop::collection::vec((0..FILES.len(), made(NAMES)), NAMES),
        order in Just((0..NAMES).collect::<Vec<_>>()).prop_shuffle(),
        star in any::<bool>(),
    ) {
        let modules = modules(&names, star);
        let together = worth(&modules, &order);
        prop_assert_eq!(together.len(), NAMES);
        for name in 0..NAMES {
            let alone = worth(&modules, &[name]);
            prop_assert_eq!(alone.get(&name), together.get(&name), "N{} in {:#?}", name, modules);
        }
    }
}

#[test]
fn a_function_given_itself_is_no_cycle_when_it_ends() {
    let text =
        "def apply(g): return g()\nA = apply(lambda: \"a\")\nB = apply(lambda: \"b/\" + A)\n";
    let one =
        format!("{text}s3.get_object(Bucket=\"b\", Key=B)\ns3.get_object(Bucket=\"b\", Key=A)\n");
    assert_eq!(super::seen("a.py", &one), ["read b/a", "read a"]);
}
