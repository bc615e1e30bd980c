//! What is kept of a file is the file, or nothing.

use serde_json::{Value, json};

use super::{STORY, files};
use crate::model::{ContractFile, Model};
use crate::stored::{FileKey, decode, encode};
use crate::{ParsedFile, Problem, ProblemCode, RelatedPlace, parse_file};

const PATH: &str = "domains/s3-access/contracts/s3-permissions.yaml";
const TEXT: &str = "name: s3-permissions
version: 1.4.0-rc.1+build.7
owner: aperture
schema: {type: object, properties: {read: {type: array}}}
value: {read: [a, 1, -1, 18446744073709551615, 0.1, 1.0e+300, -0.0, null, true]}
deprecated: [{value: {deep: [1]}, since: 1.0.0}, {pointer: /read}]
x-own: {b: 1, a: 2}
wrong: [é, 🍄]
";

fn kept(path: &str, bytes: &[u8]) -> (ParsedFile, FileKey, Vec<u8>) {
    let (file, key) = (parse_file(path, bytes), FileKey::of(path, bytes));
    let kept = encode(&file, &key).unwrap();
    (file, key, kept)
}

#[test]
fn every_file_of_the_story_comes_back() {
    let story = files(STORY).into_iter();
    for (path, text) in story.chain([(PATH.to_owned(), TEXT.to_owned())]) {
        let (file, key, kept) = kept(&path, text.as_bytes());
        let back = decode(&path, text.as_bytes(), &key, &kept);
        assert_eq!(back.as_ref(), Some(&file), "{path}");
        // Equality of numbers does not tell how they are written.
        assert_eq!(format!("{back:?}"), format!("{:?}", Some(file)));
    }
}

#[test]
fn any_damage_is_seen() {
    let (_, key, kept) = kept(PATH, TEXT.as_bytes());
    for at in 0..kept.len() {
        for bit in 0..8 {
            let mut damaged = kept.clone();
            damaged[at] ^= 1 << bit;
            let found = decode(PATH, TEXT.as_bytes(), &key, &damaged);
            assert_eq!(found, None, "bit {bit} of byte {at}");
        }
        assert_eq!(decode(PATH, TEXT.as_bytes(), &key, &kept[..at]), None);
    }
    let longer = [&kept[..], &[0]].concat();
    assert_eq!(decode(PATH, TEXT.as_bytes(), &key, &longer), None);
}

#[test]
fn a_key_is_of_path_and_bytes() {
    let keys = [
        FileKey::of("a", b"bc"),
        FileKey::of("ab", b"c"),
        FileKey::of("", b"abc"),
        FileKey::of("a", b"bd"),
    ];
    for (at, key) in keys.iter().enumerate() {
        assert_eq!(keys.iter().position(|it| it == key), Some(at));
    }
}

#[test]
fn what_cannot_come_back_is_not_kept() {
    let bytes = b"name: s3-permissions\n# \xff\n";
    let (_, key, kept) = kept(PATH, bytes);
    assert_eq!(decode(PATH, bytes, &key, &kept), None);
    let foreign = parse_file("README.md", b"");
    assert_eq!(encode(&foreign, &FileKey::of("README.md", b"")), None);
    let large = "#".repeat(crate::limits::FILE_BYTES + 1);
    let key = FileKey::of(PATH, large.as_bytes());
    assert_eq!(encode(&parse_file(PATH, large.as_bytes()), &key), None);
}

/// Written by somebody who knows the checksum.
#[test]
fn what_no_file_says_does_no_harm() {
    let (file, key, _) = kept(PATH, TEXT.as_bytes());
    let said = |file: &ParsedFile| {
        let kept = encode(file, &key).unwrap();
        decode(PATH, TEXT.as_bytes(), &key, &kept)
    };
    assert_eq!(said(&file), Some(file.clone()));
    let mut deep = json!([]);
    for _ in 0..500 {
        deep = Value::Array(vec![deep]);
    }
    let contract = ContractFile {
        value: Some(deep),
        ..ContractFile::default()
    };
    let deep = ParsedFile {
        model: Some(Model::Contract(contract.into())),
        ..file.clone()
    };
    assert_eq!(said(&deep), None);
    let outside = blue_text::Span::new(0, TEXT.len() as u32 + 1);
    let inside_a_letter = TEXT.find('é').unwrap() as u32;
    let inside_a_letter = blue_text::Span::new(inside_a_letter, inside_a_letter + 1);
    for span in [outside, inside_a_letter] {
        let problems = vec![Problem::new(ProblemCode::BadName, span, "it")];
        let file = ParsedFile {
            problems,
            ..file.clone()
        };
        assert_eq!(said(&file), None, "{span:?}");
    }
    let mut problem = Problem::new(ProblemCode::BadName, blue_text::Span::new(0, 1), "it");
    problem.related.push(RelatedPlace {
        path: "realm.yaml".into(),
        span: outside,
        message: String::new(),
    });
    let file = ParsedFile {
        problems: vec![problem],
        ..file
    };
    assert_eq!(said(&file), None);
}
