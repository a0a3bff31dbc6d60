//! Whole files of golden cases, a batch of lines at a time.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread;

use super::{Case, Failure, check};

/// How many cases passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many passed.
    pub passed: usize,
    /// How many failed.
    pub failed: usize,
}

/// How many lines are held at a time; a batch ends early where its lines are long.
const BATCH_LINES: usize = 1024;
/// How many bytes of lines are held at a time, but for a line that is longer by itself.
const BATCH_BYTES: usize = 8 << 20;

/// Checks all cases of a file (`.jsonl`, or `.jsonl.xz`), and hands `report` a line for each that fails.
///
/// # Errors
/// When the file cannot be read.
pub fn run(path: &Path, report: &mut dyn FnMut(&str)) -> io::Result<Tally> {
    run_with(path, check, report)
}

/// As [`run`], by another check; one that panics has failed.
///
/// # Errors
/// When the file cannot be read.
pub fn run_with(
    path: &Path,
    check: fn(&Case) -> Result<(), Failure>,
    report: &mut dyn FnMut(&str),
) -> io::Result<Tally> {
    let file = File::open(path)?;
    let reader: Box<dyn Read> = if path.extension().is_some_and(|extension| extension == "xz") {
        Box::new(liblzma::read::XzDecoder::new_multi_decoder(file))
    } else {
        Box::new(file)
    };
    let mut reader = BufReader::new(reader);
    let (mut tally, mut number) = (Tally::default(), 0);
    loop {
        let lines = batch(&mut reader)?;
        if lines.is_empty() {
            return Ok(tally);
        }
        for outcome in check_lines(&lines, check) {
            number += 1;
            match outcome {
                Outcome::Blank => {}
                Outcome::Passed => tally.passed += 1,
                Outcome::Failed(name, why) => {
                    tally.failed += 1;
                    report(&format!("{}:{number}: {name}: {why}", path.display()));
                }
            }
        }
    }
}

fn batch(reader: &mut impl BufRead) -> io::Result<Vec<String>> {
    let (mut lines, mut bytes) = (Vec::new(), 0);
    while lines.len() < BATCH_LINES && bytes < BATCH_BYTES {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        bytes += line.len();
        lines.push(String::from_utf8_lossy(&line).into_owned());
    }
    Ok(lines)
}

enum Outcome {
    Blank,
    Passed,
    Failed(String, String),
}

/// Checks lines on as many threads as there are cores; the outcomes are in the order of the lines.
fn check_lines(lines: &[String], check: fn(&Case) -> Result<(), Failure>) -> Vec<Outcome> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = lines.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let workers: Vec<_> = lines
            .chunks(share)
            .map(|chunk| {
                scope.spawn(move || chunk.iter().map(|line| check_line(line, check)).collect())
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| -> Vec<Outcome> { worker.join().unwrap_or_default() })
            .collect()
    })
}

fn check_line(line: &str, check: fn(&Case) -> Result<(), Failure>) -> Outcome {
    if line.trim().is_empty() {
        return Outcome::Blank;
    }
    let case = match Case::parse(line) {
        Ok(case) => case,
        Err(error) => return Outcome::Failed("(no case)".to_owned(), error.to_string()),
    };
    match catch_unwind(AssertUnwindSafe(|| check(&case))) {
        Ok(Ok(())) => Outcome::Passed,
        Ok(Err(failure)) => Outcome::Failed(case.name, failure.to_string()),
        Err(panic) => {
            let message = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            let message = message.unwrap_or_else(|| "no message".to_owned());
            Outcome::Failed(case.name, format!("panic: {message}"))
        }
    }
}
