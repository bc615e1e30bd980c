//! After any edits, what is told of a text with everything kept from before equals what is told of
//! the text alone.

use std::sync::Arc;

use blue_detect::{
    Dialect, FileId, MemoryProgram, Site, StatementCache, Statements, decode, encode, sites,
    sites_in, summarise, summarise_text,
};
use proptest::prelude::*;
use tree_sitter::{InputEdit, Point, Tree};

const PYTHON: &[&str] = &[
    "import boto3\n",
    "from paths import RAW as R, key\n",
    "PREFIX = \"raw\"\n",
    "PREFIX = PREFIX + '/x'\n",
    "KINDS = [\"a\", \"b\", *MORE]\n",
    "s3 = boto3.client(\"s3\")\n",
    "s3.put_object(Bucket=\"b\", Key=f\"{PREFIX}/{x:>{width}}.json\")\n",
    "class Kind(Enum):\n    RAW = \"raw\"\n    @property\n    def path(self):\n        return f\"p/{self.value}\"\n",
    "def save(key, body=None, *args, **kwargs):\n    if body:\n        key = \"a/\" + key\n    elif not key:\n        return\n    else:\n        key = 'b/%s' % key\n    s3.put_object(Bucket=\"b\", Key=key, **kwargs)\n",
    "async def run(job):\n    for kind in KINDS:\n        save(f\"{kind}/{job}\")\n    try:\n        save(key='x')  # blue: not-a-site\n    except E as e:\n        raise\n",
    "with open(\"s3://b/k\") as f:\n    x = [save(k) for k in KINDS if k]\n",
    "text = \"\"\"doc\n  string\"\"\"\n",
    "match x:\n    case 1:\n        save(\"one\")\n    case _:\n        pass\n",
    "# blue: value write jobs/*/out.json\n",
    "@cached\ndef key(n): return '/'.join(['k', n])\n",
    "s3.get_object(Bucket=\"b\",\n    Key=key(\"\\u00e9🍄\"))\r\n",
    "lambda k: save(k)\n",
];

const TYPESCRIPT: &[&str] = &[
    "import { PutObjectCommand as Put, S3 } from \"@aws-sdk/client-s3\";\n",
    "import * as sdk from '@aws-sdk/client-s3'\n",
    "export const RAW = `raw`;\n",
    "export enum Kind { A = \"a\", B = 'b' }\n",
    "const PATHS = { index: \"i.json\", f: (id: string) => `r/${id}`, } as const;\n",
    "client.send(new Put({ Bucket: \"b\", Key: `${RAW}/${x ?? \"d\"}` }));\n",
    "export async function save({ key, body = 1 }: P, ...rest) {\n  if (key) { key = key + \"/x\" } else if (!body) return;\n  else { key = 'y' }\n  await s3.putObject({ Bucket: \"b\", Key: key, ...rest })\n}\n",
    "class Store extends Base {\n  static #x = \"p\";\n  constructor(private readonly c: S3) { super(); this.root = `${Store.#x}/r` }\n  get root2() { return this.root }\n  put = (k: string) => this.c.putObject({ Bucket: \"b\", Key: this.root + k });\n}\n",
    "for (const k of [\"a\", \"b\"]) { save({ key: k }) }\n",
    "switch (x) { case 1: save({ key: \"one\" }); break; default: save({ key: 'd' }) }\n",
    "// blue: not-a-site\nnew sdk.GetObjectCommand({ Bucket: \"b\", Key: \"🍄\" })\n",
    "module.exports = { RAW, save };\n",
    "export default () => <T,>(x: T) => x;\n",
    "let { a, ...b } = f(), [c, , d] = g();\n",
    "/* c */ const re = /ab+/g, t = a < b > (c);\r\n",
];

const PIECES: &[&str] = &[
    "(", ")", "{", "}", "[", "]", "\"", "'", "`", "\"\"\"", "\n", "    ", "\t", ":", ",", "=", "+",
    "/", "#", "//", "/*", "${", "f\"", "é", "🍄", "x", "key", "def ", "class ", "return ", "if ",
    "else", "import ", "await ", "=>", "\\", "\r\n", "@", "0", ".", "*", "**", "<", ">", ";",
    "PREFIX", "\u{feff}",
];

#[derive(Debug, Clone)]
struct Change {
    at: prop::sample::Index,
    delete: usize,
    insert: usize,
}

fn source(snippets: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(snippets), 0..8).prop_map(|s| s.concat())
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = (
        any::<prop::sample::Index>(),
        0_usize..12,
        0..PIECES.len() + 3,
    );
    let change = change.prop_map(|(at, delete, insert)| Change { at, delete, insert });
    prop::collection::vec(change, 1..12)
}

/// Makes the change and says what it was; `tree` is told of it.
fn apply(text: &mut String, tree: &mut Tree, change: &Change) {
    let mut places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    places.push(text.len());
    let first = change.at.index(places.len());
    let start = places[first];
    let end = places[(first + change.delete).min(places.len() - 1)];
    let insert = PIECES.get(change.insert).copied().unwrap_or_default();
    text.replace_range(start..end, insert);
    let far = Point::new(0, 0);
    tree.edit(&InputEdit {
        start_byte: start,
        old_end_byte: end,
        new_end_byte: start + insert.len(),
        start_position: far,
        old_end_position: far,
        new_end_position: far,
    });
}

/// An error decides how what stands around it is read, and what was kept must not.
#[test]
fn an_error_elsewhere_changes_what_is_intact() {
    let cases = [
        (
            "switch (x) { case 1: save({ key: 'one' }); }\n",
            "tch (x)",
            "`",
        ),
        ("f('b', '🍄');\nconst t = a < b > (c);\n", "'b", "    "),
    ];
    for (before, cut, put) in cases {
        let at = before.find(cut).unwrap();
        let text = [&before[..at], put, &before[at + cut.len()..]].concat();
        let dialect = Dialect::TypeScript;
        let cache = StatementCache::default();
        summarise_text(before, dialect, &cache, &mut || false).unwrap();
        let kept = summarise_text(&text, dialect, &cache, &mut || false).unwrap();
        let alone = summarise_text(&text, dialect, &StatementCache::default(), &mut || false);
        assert_eq!(Some(kept), alone, "{text}");
    }
}

/// The sites of a file, so many statements at a time, the last ones first.
fn by_parts(program: &MemoryProgram, file: FileId, length: usize) -> Vec<Site> {
    let items = &program.summary(file).interface.items;
    let mut found = Vec::new();
    for (part, items) in items.chunks(length).enumerate().rev() {
        let statements = Statements {
            items,
            first: &|| part * length,
        };
        let mut own = sites_in(program, file, &statements);
        for site in &mut own {
            site.item += (part * length) as u32;
        }
        found.splice(0..0, own);
    }
    found
}

fn check(path: &str, mut text: String, changes: &[Change]) -> Result<(), TestCaseError> {
    let dialect = Dialect::of_path(path).unwrap();
    let cache = StatementCache::default();
    let mut tree = dialect.parse(&text, None, &mut || false).unwrap();
    summarise(&text, &tree, dialect, &cache, &mut || false).unwrap();
    for change in changes {
        apply(&mut text, &mut tree, change);
        tree = dialect.parse(&text, Some(&tree), &mut || false).unwrap();
        let kept = summarise(&text, &tree, dialect, &cache, &mut || false).unwrap();
        let fresh = StatementCache::default();
        let alone = summarise_text(&text, dialect, &fresh, &mut || false).unwrap();
        prop_assert_eq!(
            &kept.positions.broken,
            &alone.positions.broken,
            "{:?}",
            text
        );
        prop_assert_eq!(&kept, &alone, "{:?}", text);
        let stored = encode(&alone).and_then(|bytes| decode(&bytes));
        prop_assert_eq!(stored, Some(alone), "{:?}", text);
    }
    let program = MemoryProgram::new([(Arc::from(path), Arc::from(text.as_str()))]);
    for file in program.relevant() {
        let whole = sites(&program, *file);
        for length in [1, 2, 5] {
            prop_assert_eq!(&by_parts(&program, *file, length), &whole, "{:?}", text);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn edits_of_python_tell_what_the_text_alone_tells(text in source(PYTHON), changes in changes()) {
        check("a.py", text, &changes)?;
    }

    #[test]
    fn edits_of_typescript_tell_what_the_text_alone_tells(
        text in source(TYPESCRIPT), changes in changes(), tsx in any::<bool>(),
    ) {
        check(if tsx { "a.tsx" } else { "a.ts" }, text, &changes)?;
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60),
    ) {
        let any = String::from_utf8_lossy(&bytes).into_owned();
        for text in [any.as_str(), &pieces.concat(), &format!("put_object({any}Key=(PutObjectCommand")] {
            for path in ["a.py", "a.ts", "a.tsx"] {
                super::seen(path, text);
            }
        }
    }
}
