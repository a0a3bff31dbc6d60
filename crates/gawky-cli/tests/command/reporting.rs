//! `gawky report`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gawky::prelude::*;
use gawky::safetensors::ToSafeTensors;

use crate::stage::Stage;

/// How often a text is in another.
fn count(html: &str, text: &str) -> usize {
    html.matches(text).count()
}

#[test]
fn the_page_tells_of_bytes_partitions_and_values() {
    let stage = Stage::with_events();
    let told = stage.gawky("report events -o report.html").well();
    assert!(told.starts_with("report.html: 10 rows, "), "{told}");
    let html = fs::read_to_string(stage.path("report.html")).unwrap();
    assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n"));
    // Boxes: run and muon, and in muon its offsets, pt and charge.
    assert_eq!(count(&html, "<g class=\"tile\">"), 5);
    assert!(html.contains("<title>muon.pt: 36 B</title>"), "{html}");
    // Three partitions, of 4, 1 and 5 rows.
    assert!(html.contains("<title>partition 2: 5</title>"));
    let columns: Vec<&str> = html.split("<tr data-column=\"").skip(1).collect();
    let columns: Vec<&str> = columns
        .iter()
        .map(|row| row.split('"').next().unwrap())
        .collect();
    assert_eq!(columns, ["run", "muon", "muon.pt", "muon.charge"]);
    assert!(html.contains("<td>muon</td><td>lengths of lists</td><td class=\"n\">10</td>"));
    assert!(
        html.contains("<td class=\"n\">20.5</td><td class=\"n\">24.5</td>"),
        "{html}"
    );
    assert!(html.contains("muon: var * {"));
    // Nothing is fetched from anywhere.
    assert!(!html.contains("http"), "{html}");

    // The same again, in the place of the other.
    let some = stage
        .gawky("report events --select run --rows ..3 -o report.html -q")
        .well();
    assert_eq!(some, "");
    let html = fs::read_to_string(stage.path("report.html")).unwrap();
    assert_eq!(count(&html, "<tr data-column="), 1);
}

#[test]
fn names_are_no_markup() {
    let stage = Stage::empty();
    let x = Array::from(NumpyArray::from_vec(vec![1_i64]));
    let array = Array::from(RecordArray::from_fields([(
        "<script>alert('x')</script>",
        x,
    )]));
    ToSafeTensors::new(&array)
        .write_file(stage.path("odd.safetensors"))
        .unwrap();
    stage.gawky("report odd.safetensors -o odd.html").well();
    let html = fs::read_to_string(stage.path("odd.html")).unwrap();
    assert_eq!(count(&html, "<script>"), 1, "{html}");
    assert!(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
}

#[test]
fn what_cannot_be_written_is_told_before_anything_is_read() {
    let stage = Stage::with_events();
    for (output, why) in [
        (".", "it is a folder"),
        ("none/report.html", "there is no such folder"),
        ("..", "it is a folder"),
    ] {
        let failed = stage
            .gawky(&format!("report nowhere -o {output}"))
            .failed(1);
        assert!(
            failed.contains(&format!("--output {output}: {why}")),
            "{failed}"
        );
    }
    let missing = stage.gawky("report nowhere -o report.html").failed(1);
    assert!(missing.contains("nowhere"), "{missing}");
    assert!(!Path::new(&stage.path("report.html")).exists());
}

/// The browser, if there is one: `GAWKY_CHROMIUM`, or `chromium`.
fn chromium() -> Option<PathBuf> {
    if let Some(path) = env::var_os("GAWKY_CHROMIUM") {
        return Some(path.into());
    }
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join("chromium"))
        .find(|path| path.is_file())
}

/// The page as a browser has it, once its script has run.
fn dom(browser: &Path, stage: &Stage, url: &str) -> String {
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .arg(format!("--user-data-dir={}", stage.path("profile")))
        .args(["--dump-dom", url])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_browser_shows_it() {
    let Some(browser) = chromium() else {
        eprintln!("no browser: skipped (chromium on PATH, or GAWKY_CHROMIUM)");
        return;
    };
    let stage = Stage::with_events();
    stage.gawky("report events -o report.html").well();
    let page = format!("file://{}", stage.path("report.html"));
    let all = dom(&browser, &stage, &page);
    for id in [
        "facts",
        "treemap",
        "partitions",
        "columns",
        "filter",
        "type",
    ] {
        assert!(all.contains(&format!("id=\"{id}\"")), "{id}: {all}");
    }
    assert_eq!(count(&all, "<tr data-column="), 4);
    assert_eq!(count(&all, "hidden=\"\""), 0);
    // The script of the page hides other columns.
    let some = dom(&browser, &stage, &format!("{page}#muon.p"));
    assert_eq!(count(&some, "hidden=\"\""), 3, "{some}");
}
