//! Both hosts of the detector see the same sites: a program in memory, which is asked once (`blue
//! detect`, `blue realm check` of a value), and the database behind an editor, whatever was opened, typed
//! and asked before. The idioms of `blue-detect` are the data: each by itself, and all of a file in one
//! repository, where their names are told apart by what they mean alone.
#![allow(clippy::unwrap_used)] // what builds the cases may fail as the cases do

use std::collections::BTreeMap;
use std::sync::Arc;

use blue_analysis::{Checkout, Content, Host, KnownText, RepoKey, RepoSpec, TextSource};
use blue_detect::{
    CROWD, ContentHash, Gist, MemoryProgram, PlacedSite, Program, place_sites, sites,
};
use blue_realm::config::parse_config;

/// The files of a repository, by path. A list, for files are numbered in its order.
type Texts = Vec<(Arc<str>, Arc<str>)>;

/// The cases of a file of idioms, each with its files.
fn cases(text: &str) -> Vec<(String, Texts)> {
    let mut cases: Vec<(String, Texts)> = Vec::new();
    for paragraph in text.split("\n=== ").skip(1) {
        let (name, rest) = paragraph.split_once('\n').unwrap();
        let rest = rest.split("\n//=").next().unwrap();
        let files = format!("\n{rest}");
        let files = files.split("\n//- ").skip(1).map(|file| {
            let (path, text) = file.split_once('\n').unwrap_or((file, ""));
            (Arc::from(path.trim()), Arc::from(format!("{text}\n")))
        });
        cases.push((name.to_owned(), files.collect()));
    }
    cases
}

/// A site in words: all of it but the numbers of files, which hosts give as they like.
fn words(path: &str, site: &PlacedSite, path_of: &dyn Fn(blue_detect::FileId) -> String) -> String {
    let through: Vec<_> = site.through.iter().map(|file| path_of(*file)).collect();
    format!(
        "{path}:{:?} {} {} {:?} through {through:?} how {:?} why {:?} {:?}",
        site.span,
        site.op.as_str(),
        site.pattern,
        site.bucket,
        site.how,
        site.opaque,
        site.stated
    )
}

fn in_memory(texts: &Texts) -> Vec<String> {
    let program = MemoryProgram::new(texts.iter().cloned());
    let mut found = Vec::new();
    for file in program.relevant() {
        let positions = &program.summary(*file).positions;
        let path = program.path(*file);
        for site in place_sites(&sites(&program, *file), positions) {
            found.push(words(&path, &site, &|file| program.path(file).to_string()));
        }
    }
    found.sort();
    found
}

/// The database, with the paths of its files by their numbers.
struct Hosted {
    host: Host,
    key: RepoKey,
    numbers: Vec<Arc<str>>,
}

fn hosted(texts: &Texts) -> Hosted {
    hosted_with(texts, |_, text| Content::Text(text.clone()))
}

/// What an earlier run knew of texts.
struct Kept(Texts);

impl TextSource for Kept {
    fn text(&self, path: &str, hash: &ContentHash) -> Option<Arc<str>> {
        let (_, text) = self.0.iter().find(|(known, _)| **known == *path)?;
        (ContentHash::of(text) == *hash).then(|| text.clone())
    }
}

/// A repository of which no text was read, and what was known of all of them is kept.
fn hosted_unread(texts: &Texts) -> Hosted {
    let kept = Arc::new(Kept(texts.clone()));
    hosted_with(texts, |path, text| {
        let known = (ContentHash::of(text), Gist::of(text));
        Content::Known(Arc::new(KnownText::new(known, path.clone(), kept.clone())))
    })
}

fn hosted_with(texts: &Texts, content: impl Fn(&Arc<str>, &Arc<str>) -> Content) -> Hosted {
    let mut host = Host::default();
    let files = texts.iter();
    let files = files.map(|(path, text)| (path.clone(), content(path, text)));
    let key = host.set_repo(
        None,
        RepoSpec {
            name: "aperture".into(),
            files: files.collect(),
            baselines: Vec::new(),
            base: None,
            realms: Vec::new(),
            config: Arc::new(parse_config(b"repo: aperture\n")),
            local: None,
            unreachable: Vec::new(),
            queries: Vec::new(),
            checkout: Checkout::default(),
            defaults: Vec::new(),
        },
    );
    let numbers = texts.iter().map(|(path, _)| path.clone()).collect();
    Hosted { host, key, numbers }
}

impl Hosted {
    fn sees(&self) -> Vec<String> {
        let path_of = |file: blue_detect::FileId| self.numbers[file.0 as usize].to_string();
        let found = self.host.snapshot().sites(self.key).unwrap();
        let found = found.iter().flat_map(|(path, sites)| {
            let sites = sites.iter();
            sites.map(|site| words(path, site, &path_of))
        });
        let mut found: Vec<_> = found.collect();
        found.sort();
        found
    }

    fn set(&mut self, (path, text): &(Arc<str>, Arc<str>), open: bool) {
        let content = Some(Content::Text(text.clone()));
        self.host.set_file(self.key, path, content, open);
    }
}

fn held(name: &str, what: &str, host: &Hosted, expected: &[String]) {
    let seen = host.sees();
    assert!(
        seen == expected,
        "{name}, {what}: the database sees\n{}\nand a program in memory\n{}",
        seen.join("\n"),
        expected.join("\n")
    );
}

/// Texts that a file may have on the way to what it has in the end: without its last lines, with its
/// functions under other names, empty.
fn other_texts(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let half = lines[..lines.len() / 2].join("\n");
    let renamed = ["def ", "function ", "async "].iter();
    let renamed = renamed.fold(text.to_owned(), |text, word| {
        text.replace(word, &format!("{word}other_"))
    });
    vec![half, renamed, String::new()]
}

/// Opens one file after the other and types in it; both hosts must agree at each state.
fn edited(name: &str, texts: &Texts, most: usize) {
    let mut host = hosted(texts);
    let mut now = texts.clone();
    let expected = in_memory(texts);
    held(name, "from scratch", &host, &expected);
    held(name, "without texts", &hosted_unread(texts), &expected);
    for at in 0..texts.len().min(most) {
        let path = texts[at].0.clone();
        host.set(&texts[at], true);
        held(name, &format!("with {path} open"), &host, &expected);
        for other in other_texts(&texts[at].1) {
            now[at].1 = other.into();
            host.set(&now[at], true);
            let changed = in_memory(&now);
            held(name, &format!("with {path} changed"), &host, &changed);
        }
        // The next one is opened beside it now and then.
        now[at].1 = texts[at].1.clone();
        host.set(&now[at], at % 2 == 0);
        held(name, &format!("with {path} as it was"), &host, &expected);
    }
}

fn each(file: &str, text: &str) {
    for (name, texts) in cases(text) {
        edited(&format!("{file}: {name}"), &texts, usize::MAX);
    }
}

/// All cases of a file in one repository, each in a folder of its own.
fn together(file: &str, text: &str) {
    let cases = cases(text);
    let all: BTreeMap<Arc<str>, Arc<str>> = cases
        .iter()
        .enumerate()
        .flat_map(|(number, (_, texts))| {
            let texts = texts.iter();
            texts.map(move |(path, text)| (format!("case{number}/{path}").into(), text.clone()))
        })
        .collect();
    edited(&format!("all of {file}"), &all.into_iter().collect(), 2);
}

/// Of a name that very many files call, both look into those that say where it is from.
#[test]
fn a_name_that_very_many_files_call() {
    let store = "import boto3\nclass Store:\n    def fetch(self, key):\n        return boto3.client('s3').get_object(Bucket='imaging', Key=key)\n";
    let meant = "from store import Store\nStore().fetch('plates/newest')\n";
    let other = "from imaging import stored\nstored().fetch('spores/newest')\n";
    let mut texts: Texts = vec![
        (Arc::from("meant.py"), Arc::from(meant)),
        (
            Arc::from("imaging.py"),
            Arc::from("import store\ndef stored():\n    return store.Store()\n"),
        ),
        (Arc::from("store.py"), Arc::from(store)),
    ];
    let others =
        (0..2_010).map(|number| (Arc::from(format!("other{number}.py")), Arc::from(other)));
    texts.extend(others);
    assert_eq!(in_memory(&texts).len(), 1);
    edited("a common name", &texts, 2);
}

/// In a tree that holds many programs, a call means what is near it: under the same folder at the top, or under one that
/// its file imports from. In a tree of a few it may mean the only method of its name, wherever that is.
#[test]
fn in_a_crowd_a_call_means_what_is_near() {
    let file = |path: &str, text: &str| (Arc::from(path), Arc::from(text));
    let texts: Texts = vec![
        file(
            "aperture/scan_store.py",
            "import boto3\nclass ScanStore:\n    def put_scan(self, name):\n        boto3.client('s3').put_object(Bucket='imaging', Key=f'scans/{name}')\n",
        ),
        file(
            "aperture/jobs.py",
            "def tidy(store):\n    store.put_scan('here.tif')\n",
        ),
        file(
            "imaging/jobs.py",
            "from aperture.scan_store import ScanStore\nScanStore().put_scan('imported.tif')\n",
        ),
        file(
            "station/jobs.py",
            "def tidy(store):\n    store.put_scan('elsewhere.tif')\n",
        ),
    ];
    let keys = |texts: &Texts| -> Vec<String> {
        let names = ["here", "imported", "elsewhere"];
        let seen = in_memory(texts).join("\n");
        let is_told = |name: &&str| seen.contains(&format!("scans/{name}.tif"));
        names
            .into_iter()
            .filter(is_told)
            .map(String::from)
            .collect()
    };
    assert_eq!(keys(&texts), ["here", "imported", "elsewhere"]);
    let filler = "# put_object is for others\n";
    let others = (0..=CROWD).map(|at| file(&format!("package{at}/__init__.py"), filler));
    let crowd: Texts = texts.into_iter().chain(others).collect();
    assert_eq!(keys(&crowd), ["here", "imported"]);
    edited("a crowd", &crowd, 2);
}

macro_rules! idioms {
    ($($name:ident)*) => {$(
        mod $name {
            const TEXT: &str =
                include_str!(concat!("../../detect/tests/idioms/", stringify!($name), ".txt"));

            #[test]
            fn by_itself() {
                super::each(stringify!($name), TEXT);
            }

            #[test]
            fn together() {
                super::together(stringify!($name), TEXT);
            }
        }
    )*};
}

idioms!(
    alternatives compiled conditions javascript javascript_listings one_of one_of_members python python_boto2 python_decided python_fields python_followed python_kept_methods python_applications python_frameworks
    python_functional python_general python_handed python_libraries python_listings python_objects python_local python_made python_pipelines python_reached python_strings python_unknown python_ways templates traps typescript
    typescript_dispatch typescript_given typescript_kept typescript_objects typescript_settings typescript_applications typescript_values typescript_ways urls wrappers
);

#[test]
fn every_file_of_idioms_is_asked() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../detect/tests/idioms");
    let own = include_str!("hosts.rs");
    let listed = own.split("idioms!(").nth(1).unwrap();
    let listed: Vec<&str> = listed
        .split(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(
            listed.contains(&&*name) || name.starts_with("grants"),
            "{name}"
        );
    }
}
