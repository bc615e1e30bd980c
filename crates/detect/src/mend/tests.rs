use super::*;

/// What stands between `«` and `»` in a text, and the text without the marks.
fn marked(text: &str) -> (String, Span) {
    let (before, rest) = text.split_once('«').unwrap();
    let (inner, after) = rest.split_once('»').unwrap();
    let span = Span::from_range(before.len()..before.len() + inner.len());
    (format!("{before}{inner}{after}"), span)
}

#[test]
fn comments_above_a_line() {
    let cases = [
        (
            Dialect::Python,
            "def f():\n    s3.put(«key»)\n",
            Some("def f():\n    # blue: x\n    s3.put(key)\n"),
        ),
        (
            Dialect::Python,
            "s3.put(\r\n\tKey=«key»,\r\n)\r\n",
            Some("s3.put(\r\n\t# blue: x\r\n\tKey=key,\r\n)\r\n"),
        ),
        (
            Dialect::TypeScript,
            "  f(«key»);",
            Some("  // blue: x\n  f(key);"),
        ),
        // A comment there would be a part of the string, or of the page, or end the statement.
        (Dialect::Python, "f(\"\"\"\na\"\"\", «key»)\n", None),
        (Dialect::Python, "x = 1 + \\\n    «key»\n", None),
        (Dialect::TypeScript, "f(`\n${«key»}`);\n", None),
        (
            Dialect::Tsx,
            "const a = <b>\n  text {f(«key»)}\n</b>;\n",
            None,
        ),
    ];
    for (dialect, text, expected) in cases {
        let (text, at) = marked(text);
        let made = comment_above(&text, dialect, at.start, "blue: x");
        let made = made.map(|splice| apply_edits(&text, &[splice]).unwrap());
        assert_eq!(made.as_deref(), expected, "{text}");
    }
}

#[test]
fn comments_that_go() {
    for (text, at, expected) in [
        (
            "a\n  # blue: ignore[x] y\nb\n",
            "# blue: ignore[x] y",
            "a\nb\n",
        ),
        ("a  # blue: ignore[x] y\nb\n", "x] y", "a\nb\n"),
        ("f();  // blue: ignore[x]\r\n", "// blue", "f();\r\n"),
        ("# blue: ignore[x, y] z\n", "x", "# blue: ignore[y] z\n"),
        ("# blue: ignore[x, y] z\n", "y", "# blue: ignore[x] z\n"),
        ("# blue: ignore[x, w, y]\n", "w", "# blue: ignore[x, y]\n"),
    ] {
        let start = text.find(at).unwrap();
        let made = without_ignore(text, Span::from_range(start..start + at.len())).unwrap();
        assert_eq!(apply_edits(text, &[made]).unwrap(), expected);
    }
    assert_eq!(without_ignore("blue: x\n", Span::new(0, 1)), None);
}

#[test]
fn one_more_in_a_list() {
    let python = [
        (
            "r = «[f\"{OBJECTS}/jobs/*/out.json\"]»\n",
            "r = [f\"{OBJECTS}/jobs/*/out.json\", f\"{OBJECTS}/new/*\"]\n",
        ),
        (
            "r = «[\n    'arn:aws:s3:::b/jobs/*',\n]»\n",
            "r = [\n    'arn:aws:s3:::b/jobs/*',\n    'arn:aws:s3:::b/new/*',\n]\n",
        ),
        (
            "r = «[\n    bucket.arn_for_objects(f\"jobs/{x}\"),  # old\n    # more\n]»\n",
            "r = [\n    bucket.arn_for_objects(f\"jobs/{x}\"),  # old\n    bucket.arn_for_objects(\"new/*\"),\n    # more\n]\n",
        ),
        (
            "r = «[\n    bucket.bucket_arn + \"/a\",\n    bucket.bucket_arn + '/b'  # last\n]»\n",
            "r = [\n    bucket.bucket_arn + \"/a\",\n    bucket.bucket_arn + '/b',  # last\n    bucket.bucket_arn + '/new/*'\n]\n",
        ),
        (
            "r = «[f\"arn:aws:s3:::{BUCKET}/a\",\n     f\"arn:aws:s3:::{BUCKET}/b\"]»\n",
            "r = [f\"arn:aws:s3:::{BUCKET}/a\",\n     f\"arn:aws:s3:::{BUCKET}/b\",\n     f\"arn:aws:s3:::{BUCKET}/new/*\"]\n",
        ),
        (
            "R = [objects('a')]\nuse(«R»)\n",
            "R = [objects('a'), objects('new/*')]\nuse(R)\n",
        ),
        (
            "r = «[a, \"arn:aws:s3:::b/c\",]»\n",
            "r = [a, \"arn:aws:s3:::b/c\", \"arn:aws:s3:::b/new/*\",]\n",
        ),
    ];
    let typescript = [
        (
            "f({ resources: «[`${b.bucketArn}/jobs/*`]» });\n",
            "f({ resources: [`${b.bucketArn}/jobs/*`, `${b.bucketArn}/new/*`] });\n",
        ),
        (
            "f({\r\n  resources: «[\r\n    b.arnForObjects(\"a\"),\r\n  ]»,\r\n});\r\n",
            "f({\r\n  resources: [\r\n    b.arnForObjects(\"a\"),\r\n    b.arnForObjects(\"new/*\"),\r\n  ],\r\n});\r\n",
        ),
        (
            "export const R = [b.bucketArn + '/a'] as const;\nf({ resources: «R» });\n",
            "export const R = [b.bucketArn + '/a', b.bucketArn + '/new/*'] as const;\nf({ resources: R });\n",
        ),
    ];
    let cases = python.map(|case| (Dialect::Python, case)).into_iter();
    let cases = cases.chain(typescript.map(|case| (Dialect::TypeScript, case)));
    for (dialect, (text, expected)) in cases {
        let (text, span) = marked(text);
        let list = list_at(&text, dialect, span).unwrap();
        let like = list.elements.iter().rev().find_map(|it| it.key.clone());
        let made = list.with(&text, dialect, &like.unwrap(), "new/*").unwrap();
        assert_eq!(apply_edits(&text, &made).unwrap(), expected);
    }
}

#[test]
fn what_cannot_be_told_apart_is_left_alone() {
    for text in [
        "r = «\"arn:aws:s3:::b/a\"»\n",
        "r = «f(a)»\n",
        "R = [x]\nR = [y]\nf(«R»)\n",
        "f(«R»)\n",
    ] {
        let (text, span) = marked(text);
        assert_eq!(list_at(&text, Dialect::Python, span), None, "{text}");
    }
    for text in [
        "«[a]»",
        "«[\"*\"]»",
        "«[f(a, 'b')]»",
        "«[a + b]»",
        "«[f'x{y}/z']»",
    ] {
        let (text, span) = marked(text);
        let list = list_at(&text, Dialect::Python, span).unwrap();
        assert!(list.elements.iter().all(|it| it.key.is_none()), "{text}");
    }
    let (text, span) = marked("«[f'{x}/a']»");
    let list = list_at(&text, Dialect::Python, span).unwrap();
    let like = list.elements[0].key.clone().unwrap();
    for pattern in ["a'b", "a{b}", "a\\*", "a?", "a\nb"] {
        assert_eq!(list.with(&text, Dialect::Python, &like, pattern), None);
    }
}

#[test]
fn one_less_in_a_list() {
    for (text, index, expected) in [
        ("r = «[a, b, c]»\n", 0, Some("r = [b, c]\n")),
        ("r = «[a, b, c]»\n", 2, Some("r = [a, b]\n")),
        ("r = «[a]»\n", 0, None),
        (
            "r = «[\n    a,\n    b,  # x\n]»\n",
            1,
            Some("r = [\n    a,\n]\n"),
        ),
        ("r = «[\n    a,\n    b\n]»\n", 0, Some("r = [\n    b\n]\n")),
        ("r = «[a,\n     b]»\n", 1, Some("r = [a]\n")),
    ] {
        let (text, span) = marked(text);
        let list = list_at(&text, Dialect::Python, span).unwrap();
        let made = list.without(&text, Dialect::Python, index);
        let made = made.map(|splices| apply_edits(&text, &splices).unwrap());
        assert_eq!(made.as_deref(), expected, "{text}");
    }
}
