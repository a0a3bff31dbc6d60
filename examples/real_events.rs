//! Reads a folder of blobs, written by gawky or by Awkward, and says what is in it.
//!
//!     cargo run --release --example real_events -- PATH
//!
//! The folder holds `form.json`, `lengths.json` (a list, one length for each partition), and files named
//! `part{partition}-{form_key}-{attribute}`. What the quickstart wrote is read, too: `length.json` (one
//! number), and files named `{form_key}-{attribute}`.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use gawky::prelude::*;

/// How many events are shown.
const SHOWN: usize = 3;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!(
            "usage: real_events PATH\nPATH is a folder with form.json, lengths.json and blobs"
        );
        return ExitCode::from(2);
    };
    match show(Path::new(&path)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", Path::new(&path).display());
            ExitCode::FAILURE
        }
    }
}

fn show(path: &Path) -> Result<(), Box<dyn Error>> {
    if !path.is_dir() {
        return Err("there is no such folder".into());
    }
    let text = |name: &str| {
        fs::read_to_string(path.join(name)).map_err(|error| format!("{name} is needed: {error}"))
    };
    let start = Instant::now();
    let form: Form = text("form.json")?.parse()?;
    let folder = Directory::open(path)?;
    let (events, report) = if path.join("length.json").exists() {
        let length: u64 = text("length.json")?.trim().parse()?;
        FromBuffers::new(&form, length).read_with_report(&folder)?
    } else {
        let lengths: Vec<u64> = serde_json::from_str(&text("lengths.json")?)?;
        let (partitions, report) = FromBuffers::new(&form, lengths).read_with_report(&folder)?;
        (partitions.concatenate()?, report)
    };
    let taken = start.elapsed();

    println!("type    {:#}", events.type_());
    println!("length  {}", events.len());
    for row in events.iter()?.take(SHOWN) {
        println!("event   {row:200}");
    }
    println!(
        "read    {} bytes in {} blobs",
        report.bytes_asked, report.fetches
    );
    println!("took    {taken:.1?}");
    Ok(())
}
