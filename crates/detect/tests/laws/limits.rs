//! Texts that would cost too much to understand: they end soon, and what is intact is still seen.
//! Time is not asserted here (machines differ); what runs away makes the whole suite hang.

use std::fmt::Write as _;

use super::seen;

const INTACT: &str = "\ns3.get_object(Bucket=\"b\", Key=\"x/1\")\n";

fn python(text: &str) -> Vec<String> {
    seen("a.py", &format!("{text}{INTACT}"))
}

#[test]
fn nesting_without_end() {
    let n = 10_000;
    let texts = [
        format!("x = {}1{}", "(".repeat(n), ")".repeat(n)),
        format!("x = {}1{}", "[".repeat(n), "]".repeat(n)),
        format!("x = {}a{}", "f(".repeat(n / 2), ")".repeat(n / 2)),
        format!("x = a{}", ".f()".repeat(n / 2)),
        format!("x = 'a'{}", " + y".repeat(n)),
        format!("x = {}1", "not ".repeat(n)),
    ];
    for text in texts {
        assert_eq!(python(&text), ["read x/1"], "{}", &text[..20]);
    }
}

#[test]
fn nesting_without_end_in_typescript() {
    let n = 10_000;
    let texts = [
        format!("x = {}1{};", "(".repeat(n), ")".repeat(n)),
        format!("x = {}{};", "{a:".repeat(n), "}".repeat(n)),
        format!("x = `{}`;", "${`".repeat(n)),
        format!("{}{}", "if (x) {".repeat(n), "}".repeat(n)),
        format!("x = {}1;", "() => ".repeat(n)),
    ];
    for text in texts {
        seen(
            "a.ts",
            &format!("{text}\nputObject({{ Bucket: 'b', Key: 'x/1' }})"),
        );
    }
}

#[test]
fn a_key_is_seen_below_as_much_nesting_as_people_write() {
    let n = 150;
    let text = format!(
        "x = {}s3.get_object(Bucket='b', Key='deep'){}\n",
        "f(".repeat(n),
        ")".repeat(n)
    );
    assert_eq!(seen("a.py", &text), ["read deep"]);
}

#[test]
fn a_chain_of_names_is_followed_up_to_a_height_whoever_asks() {
    let mut text = String::from("a0 = 'x'\n");
    for n in 1..=5_000 {
        writeln!(text, "a{n} = a{}", n - 1).unwrap();
    }
    for n in (0..=5_000).rev() {
        writeln!(text, "s3.get_object(Bucket='b', Key=f'{n}/' + a{n})").unwrap();
    }
    let seen = seen("a.py", &text);
    assert_eq!(seen.len(), 5_001);
    let known = seen.iter().filter(|site| site.ends_with("/x")).count();
    assert_eq!(known, 999);
    assert_eq!(seen[5_000 - 900], "read 900/x");
}

#[test]
fn a_value_that_grows_in_a_function_and_in_a_module() {
    let mut inside = String::from("def f(s3, a, x):\n");
    let mut outside = String::from("a = 'p'\n");
    for n in 0..5_000 {
        writeln!(
            inside,
            "    a = a + x\n    s3.get_object(Bucket='b', Key=f'{n}/' + a)"
        )
        .unwrap();
        writeln!(
            outside,
            "a = a + 'x'\ns3.get_object(Bucket='b', Key=f'{n}/' + a)"
        )
        .unwrap();
    }
    assert_eq!(seen("a.py", &inside).len(), 5_000);
    let outside = seen("a.py", &outside);
    assert_eq!(outside[2], "read 2/pxxx");
    assert_eq!(outside[4_999], "read *");
}

#[test]
fn helpers_that_fan_out() {
    let mut text =
        String::from("def f0(x): return x\ndef w0(key): s3.put_object(Bucket='b', Key=key)\n");
    for n in 1..40 {
        let below = n - 1;
        writeln!(
            text,
            "def f{n}(x): return f{below}(x + 'a') + f{below}(x + 'b')"
        )
        .unwrap();
        writeln!(
            text,
            "def w{n}(key):\n    w{below}(key + 'a')\n    w{below}(key + 'b')"
        )
        .unwrap();
    }
    text.push_str("s3.get_object(Bucket='b', Key=f2('x'))\nw1('y')\nw30('z')\nf39(1)\n");
    text.push_str(
        "s3.get_object(Bucket='b', Key='n/' + f39('x'))\ns3.get_object(Bucket='b', Key='last')\n",
    );
    let seen = seen("a.py", &text);
    assert!(seen.contains(&"read xaaxabxbaxbb".to_owned()), "{seen:?}");
    assert!(seen.contains(&"write ya".to_owned()) && seen.contains(&"write yb".to_owned()));
    assert!(seen.ends_with(&["read *".to_owned(), "read last".to_owned()]));
}

#[test]
fn many_constants_and_a_long_list() {
    let mut text = String::new();
    for n in 0..4_000 {
        writeln!(text, "K{n} = 'k{n}'").unwrap();
    }
    text.push_str("ALL = [");
    for n in 0..10_000 {
        write!(text, "'e{n}', ").unwrap();
    }
    text.push_str("]\nfor e in ALL:\n    s3.get_object(Bucket='b', Key='all/' + e)\n");
    let names: Vec<_> = (0..2_000).map(|n| format!("u{n}")).collect();
    writeln!(text, "{} = ALL", names.join(", ")).unwrap();
    for n in 0..4_000 {
        writeln!(text, "s3.get_object(Bucket='b', Key=K{n})").unwrap();
    }
    let seen = seen("a.py", &text);
    assert_eq!(seen.len(), 4_001);
    assert_eq!(seen[0], "read all/*");
    assert_eq!(seen[4_000], "read k3999");
}

#[test]
fn many_branches_in_one_function() {
    let mut text = String::from("def f(s3, c):\n    k = 'a'\n");
    for n in 0..3_000 {
        writeln!(text, "    v{n} = '{n}'\n    if c({n}):\n        k = '{n}'").unwrap();
    }
    text.push_str(
        "    s3.get_object(Bucket='b', Key='x/' + k)\n    s3.get_object(Bucket='b', Key=v2999)\n",
    );
    assert_eq!(seen("a.py", &text), ["read x/*", "read 2999"]);
}

#[test]
fn one_long_line() {
    let texts = [
        format!("x = [{}]", "1,".repeat(150_000)),
        format!("x = '{}'", "*a".repeat(500_000)),
        format!("x = {}1", "1 + ".repeat(50_000)),
        "x = 1;".repeat(20_000),
        format!("f({})", "g(1),".repeat(20_000)),
    ];
    for text in texts {
        assert_eq!(python(&text), ["read x/1"], "{}", &text[..20]);
    }
}
