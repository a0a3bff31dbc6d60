#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use super::glob::Glob;
use super::*;

const EVENTS: &str = "{run: int64, met: {pt: float32, phi: float32}, muon: var * {pt: float32, eta: float32, \
                      charge: ?int8}, jet: var * {pt: float32, btag: var * float32}}";

fn form(datashape: &str) -> Form {
    Form::from_type(&datashape.parse().unwrap()).unwrap()
}

fn select(datashape: &str, columns: impl Columns) -> String {
    form(datashape).select(columns).unwrap().type_().to_string()
}

/// Checked against `select_columns` of Awkward 2.14.
#[test]
fn columns_are_selected_as_in_awkward() {
    for (pattern, expected) in [
        ("run", "{run: int64}"),
        (
            "muon",
            "{muon: var * {pt: float32, eta: float32, charge: ?int8}}",
        ),
        ("muon.pt", "{muon: var * {pt: float32}}"),
        ("muon.p*", "{muon: var * {pt: float32}}"),
        (
            "{met,jet}.pt",
            "{met: {pt: float32}, jet: var * {pt: float32}}",
        ),
        (
            "m*",
            "{met: {pt: float32, phi: float32}, muon: var * {pt: float32, eta: float32, charge: ?int8}}",
        ),
        (
            "[mj]*.pt",
            "{met: {pt: float32}, muon: var * {pt: float32}, jet: var * {pt: float32}}",
        ),
        (
            "[!m]*",
            "{run: int64, jet: var * {pt: float32, btag: var * float32}}",
        ),
        (
            "muon.{pt,charge}",
            "{muon: var * {pt: float32, charge: ?int8}}",
        ),
        (
            "{muon.{pt,eta},met}",
            "{met: {pt: float32, phi: float32}, muon: var * {pt: float32, eta: float32}}",
        ),
        ("jet.btag", "{jet: var * {btag: var * float32}}"),
        (
            "???",
            "{run: int64, met: {pt: float32, phi: float32}, jet: var * {pt: float32, btag: var * float32}}",
        ),
        ("*", EVENTS),
    ] {
        assert_eq!(select(EVENTS, pattern), expected, "{pattern}");
    }
    assert_eq!(
        select(EVENTS, ["run", "muon.*"]),
        "{run: int64, muon: var * {pt: float32, eta: float32, charge: ?int8}}"
    );
    // A whole and a part of it.
    assert_eq!(
        select(EVENTS, vec!["met.pt", "met"]),
        "{met: {pt: float32, phi: float32}}"
    );
    assert_eq!(select("(int64, {a: int8, b: int8})", "1.a"), "({a: int8})");
    assert_eq!(select("(int64, {a: int8, b: int8})", "0"), "(int64)");
    assert_eq!(
        select("union[{a: int8, b: int8}, int64]", "a"),
        "union[{a: int8}, int64]"
    );
    assert_eq!(
        select(
            "?{a: ?{b: int8, c: var * ?{d: int8, e: int8}}}",
            String::from("a.c.d")
        ),
        "?{a: ?{c: var * ?{d: int8}}}"
    );
}

#[test]
fn no_length_is_lost() {
    let none: [&str; 0] = [];
    assert_eq!(select(EVENTS, none), "{}");
    assert_eq!(select("var * {x: int8}", none), "var * {}");
    assert_eq!(select("var * int8", none), "var * int8");
    assert_eq!(select("(int8, bool)", none), "()");
    assert_eq!(select("{x: var * {}, y: int8}", "x"), "{x: var * {}}");
    assert_eq!(select("{x: var * {}, y: int8}", "x.*"), "{x: var * {}}");
    assert_eq!(
        select("union[{a: int8, b: int8}, var * {c: int8}, int8]", "a"),
        "union[{a: int8}, var * {}, int8]"
    );
}

#[test]
fn what_leads_nowhere_is_an_error() {
    for (pattern, expected) in [
        (
            "mu",
            "no column matches \"mu\"; there are run, met.pt, met.phi, muon.pt, muon.eta, muon.charge, jet.pt, jet.btag",
        ),
        (
            "muon.zzz",
            "no column matches \"muon.zzz\"; there are run, met.pt, met.phi, muon.pt, muon.eta, muon.charge, jet.pt, jet.btag",
        ),
        (
            "run.x",
            "no column matches \"run.x\"; there are run, met.pt, met.phi, muon.pt, muon.eta, muon.charge, jet.pt, jet.btag",
        ),
        (
            "{run",
            "no column matches \"{run\"; there are run, met.pt, met.phi, muon.pt, muon.eta, muon.charge, jet.pt, jet.btag",
        ),
        (
            "",
            "the column pattern \"\" is, or expands to, nothing; name a column, or \"*\" for all",
        ),
        (
            "{run,}",
            "the column pattern \"{run,}\" is, or expands to, nothing; name a column, or \"*\" for all",
        ),
    ] {
        assert_eq!(
            form(EVENTS).select(pattern).unwrap_err().to_string(),
            expected
        );
    }
    assert_eq!(
        form(EVENTS).select(["run", "nope"]).unwrap_err(),
        FormError::NoColumn {
            column: "nope".to_owned(),
            columns: form(EVENTS).columns()
        }
    );
    assert_eq!(
        form("var * int8").select("x").unwrap_err().to_string(),
        "no column matches \"x\"; there are no columns"
    );
    let wide = (0..13)
        .map(|n| format!("c{n}: int8"))
        .collect::<Vec<_>>()
        .join(", ");
    assert_eq!(
        form(&format!("{{{wide}}}"))
            .select("d")
            .unwrap_err()
            .to_string(),
        "no column matches \"d\"; there are c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, and 3 more"
    );
    // Of many, what is called most like it comes first.
    let events = form(&format!(
        "{{{wide}, Muon_pt: int8, muon: {{eta: int8, pt: int8}}}}"
    ));
    for (column, meant) in [
        ("Muon_pz", "Muon_pt"),
        ("muon.p", "muon.pt"),
        ("muon.etta", "muon.eta"),
        ("MUON_PT", "Muon_pt"),
        ("c13", "c1"),
    ] {
        let told = events.select(column).unwrap_err().to_string();
        let told = told.split_once("there are ").map(|(_, told)| told);
        assert_eq!(
            told.and_then(|told| told.split(',').next()),
            Some(meant),
            "{column}"
        );
    }
}

#[test]
fn braces_that_multiply_are_refused() {
    let bomb = "{a,b,c,d}".repeat(40);
    let message = form(EVENTS).select(&bomb).unwrap_err().to_string();
    assert!(
        message.ends_with("stands for more than 1024 patterns; select in several steps"),
        "{message}"
    );
    assert_eq!(braces::expand(&"{a,b}".repeat(10)).unwrap().len(), 1024);
    assert!(braces::expand(&"{a,b}".repeat(11)).is_err());
    assert_eq!(
        braces::expand("a{b,c{d,e}}f").unwrap(),
        ["abf", "acdf", "acef"]
    );
    assert_eq!(braces::expand("}{a}{").unwrap(), ["}a{"]);
    assert_eq!(braces::expand("{a,a}").unwrap(), ["a"]);
}

/// Few patterns in the end, but 2 to the 40 ways to them.
#[test]
fn equal_alternatives_cost_time_too() {
    for pair in ["{a,a}", "{,}", "{,a}"] {
        assert!(
            matches!(
                form(EVENTS).select(pair.repeat(40)),
                Err(FormError::TooManyAlternatives { limit: 1024, .. })
            ),
            "{pair}"
        );
    }
}

#[test]
fn long_patterns_are_refused() {
    let braces = |length: usize| "{".repeat(length / 2) + &"}".repeat(length / 2);
    for (pattern, length) in [
        (braces(200_000), 200_000),
        (braces(4098), 4098),
        ("[".repeat(4097), 4097),
    ] {
        let limit = 4096;
        let refused = Err(FormError::LongColumn { length, limit });
        assert_eq!(form(EVENTS).select(&pattern), refused);
        assert_eq!(form(EVENTS).select_paths(&[[&pattern]]), refused);
        assert_eq!(
            form(EVENTS).select(["run", pattern.as_str()]).unwrap_err(),
            FormError::LongColumn { length, limit }
        );
    }
    assert_eq!(
        form(EVENTS)
            .select("[".repeat(5000))
            .unwrap_err()
            .to_string(),
        "a column pattern of 5000 bytes is longer than 4096; select with several patterns"
    );
    assert!(matches!(
        form(EVENTS).select("[".repeat(4096)),
        Err(FormError::NoColumn { .. })
    ));
    assert!(matches!(
        form(EVENTS).select(braces(4096)),
        Err(FormError::EmptyColumn { .. })
    ));
}

#[test]
fn form_keys_and_parameters_stay() {
    let form = Form::from_json(
        r#"{"class": "RecordArray", "fields": ["x", "y"], "form_key": "node0", "parameters": {"__record__": "P"}, "contents": [
            {"class": "NumpyArray", "primitive": "int8", "form_key": "node1"},
            {"class": "NumpyArray", "primitive": "bool", "form_key": "node2"}]}"#,
    );
    assert_eq!(
        form.unwrap()
            .select("y")
            .unwrap()
            .to_json(crate::Dialect::V2, false)
            .unwrap(),
        r#"{"class": "RecordArray", "fields": ["y"], "contents": [{"class": "NumpyArray", "primitive": "bool", "form_key": "node2"}], "parameters": {"__record__": "P"}, "form_key": "node0"}"#
    );
}

#[test]
fn paths_need_no_dots() {
    let odd = form(r#"{"a.b": {"{c,d}": int8, c: int8}, a: {b: int8}}"#);
    assert_eq!(
        odd.select_paths(&[["a.b", "{c,d}"]])
            .unwrap()
            .type_()
            .to_string(),
        r#"{"a.b": {"{c,d}": int8}}"#
    );
    let none: [&str; 0] = [];
    assert!(matches!(
        odd.select_paths(&[none]),
        Err(FormError::EmptyColumn { .. })
    ));
    assert_eq!(odd.columns(), ["a.b.{c,d}", "a.b.c", "a.b"]);
}

/// Checked against Python's `fnmatch.fnmatchcase`.
#[test]
fn globs_follow_fnmatch() {
    for (name, pattern, expected) in [
        ("ab", "[]a]b", true),
        ("]b", "[]a]b", true),
        ("a", "[!]", false),
        ("[!]", "[!]", true),
        ("b", "[a-c]", true),
        ("-", "[a-]", true),
        ("-", "[-a]", true),
        ("b", "[c-a]", false),
        ("x", "[!c-a]", true),
        ("a", "[!a]", false),
        ("^", "[^a]", true),
        ("ab", "a*", true),
        ("abc", "a*c*", true),
        ("\n", "?", true),
        ("a", "[[]", false),
        ("[", "[[]", true),
        ("z", "[--z]", true),
        ("a-", "a[--]", true),
        ("b", "[a-b-c]", true),
        ("-", "[a-b-c]", true),
        ("!", "[!!]", false),
        ("a", "[!!]", true),
        ("a", "[", false),
        ("[", "[", true),
        ("", "*", true),
        ("", "?", false),
        ("mississippi", "m*iss*ppi", true),
        ("mississippi", "m*iss*ppx", false),
        ("é", "?", true),
    ] {
        assert_eq!(
            Glob::new(pattern).matches(name),
            expected,
            "{name:?} {pattern:?}"
        );
    }
    // A pattern that is quadratic at worst, not exponential.
    assert!(!Glob::new(&"*a".repeat(500)).matches(&"b".repeat(5000)));
}
