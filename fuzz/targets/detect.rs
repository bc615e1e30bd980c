//! Detection: whatever stands in a source file and however it is edited, reading it ends, and what is
//! kept from before the edits changes no answer.
//!
//! An input begins with a byte that names the language. A line `//- EDIT` ends the text that stands in
//! the file first; behind it stand edits, each a line `AT DELETE TEXT`: the place (in thousandths of
//! the text), how many characters go there, and what comes (`\n` for a line end).
#![no_main]

use std::sync::Arc;

use blue_detect::{
    Dialect, FileId, MemoryProgram, Site, StatementCache, Statements, decode, encode, grants,
    place_grants, place_sites, sites, sites_in, summarise, summarise_text,
};
use libfuzzer_sys::fuzz_target;
use tree_sitter::{InputEdit, Point, Tree};

/// What a file may import, so that names lead out of it and into a wrapper.
const OTHERS: &[(&str, &str)] = &[
    (
        "paths.py",
        "RAW = 'raw'\nclass Paths:\n    PREFIX = RAW + '/x'\ndef key(n): return f'{RAW}/{n}'\n\
         def save(key, body=None, *args, **kwargs):\n    s3.put_object(Bucket='b', Key=key, **kwargs)\n",
    ),
    (
        "paths.ts",
        "export const RAW = 'raw';\nexport const key = (n: string) => `${RAW}/${n}`;\n\
         export async function save({ key, body }: P) { await s3.putObject({ Bucket: 'b', Key: key }) }\n",
    ),
];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    let path = ["a.py", "a.ts", "a.tsx", "a.js"][usize::from(*first) % 4];
    let Some(dialect) = Dialect::of_path(path) else {
        return;
    };
    let input = String::from_utf8_lossy(rest);
    let (text, edits) = input.split_once("//- EDIT\n").unwrap_or((&input, ""));
    let mut text = text.to_owned();
    let cache = StatementCache::default();
    let Some(mut tree) = dialect.parse(&text, None, &mut || false) else {
        return;
    };
    let _ = summarise(&text, &tree, dialect, &cache, &mut || false);
    for edit in edits.lines().take(16) {
        apply(&mut text, &mut tree, edit);
        // Recovery from an error hangs on the tree it starts from: such a text is parsed anew.
        let Some(next) = dialect.parse(&text, Some(&tree), &mut || false) else {
            return;
        };
        tree = next;
        let kept = summarise(&text, &tree, dialect, &cache, &mut || false);
        let alone = summarise_text(&text, dialect, &StatementCache::default(), &mut || false);
        assert_eq!(kept, alone, "{text:?}");
        let stored = alone.as_ref().and_then(encode);
        assert_eq!(stored.and_then(|bytes| decode(&bytes)), alone, "{text:?}");
    }
    resolve(path, &text);
});

fn apply(text: &mut String, tree: &mut Tree, edit: &str) {
    let mut words = edit.splitn(3, ' ');
    let mut number = || words.next().and_then(|word| word.parse::<usize>().ok());
    let (at, delete) = (number().unwrap_or(0) % 1001, number().unwrap_or(0) % 64);
    let insert = words.next().unwrap_or_default().replace("\\n", "\n");
    let start = text.floor_char_boundary(text.len() * at / 1000);
    let gone: usize = text[start..].chars().take(delete).map(char::len_utf8).sum();
    let end = start + gone;
    text.replace_range(start..end, &insert);
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

/// All that is seen, twice: of the whole file, and of its statements one by one.
fn resolve(path: &str, text: &str) {
    let own = [(path, text)].into_iter();
    let files = own.chain(OTHERS.iter().copied());
    let program = MemoryProgram::new(files.map(|(path, text)| (Arc::from(path), Arc::from(text))));
    for file in program.relevant() {
        let summary = program.summary(*file);
        let whole = sites(&program, *file);
        assert_eq!(by_statements(&program, *file), whole, "{text:?}");
        let text = program.text(*file);
        for site in place_sites(&whole, &summary.positions) {
            assert!(site.span.slice(text).is_some(), "{site:?}");
        }
        for grant in place_grants(&grants(&program, *file), &summary.positions) {
            assert!(grant.span.slice(text).is_some(), "{grant:?}");
        }
    }
}

fn by_statements(program: &MemoryProgram, file: FileId) -> Vec<Site> {
    let items = &program.summary(file).interface.items;
    let mut found = Vec::new();
    for at in 0..items.len() {
        let statements = Statements {
            items: &items[at..=at],
            first: &|| at,
        };
        let own = sites_in(program, file, &statements).into_iter();
        found.extend(own.map(|site| Site {
            item: at as u32,
            ..site
        }));
    }
    found
}
