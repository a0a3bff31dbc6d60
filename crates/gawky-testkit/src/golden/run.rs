//! Whole files of golden cases, a batch of lines at a time.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
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

/// How much stack a thread has that checks cases: [`MAX_NESTING`](super::MAX_NESTING) brackets take less than a
/// quarter of it, unoptimized.
const STACK: usize = 32 << 20;

/// Checks all cases of a file (`.jsonl`, or `.jsonl.xz`), and hands `report` a line for each that fails.
///
/// A file that cannot be read, or not to its end, is one more failed case.
///
/// # Errors
/// When no thread can be started.
pub fn run(path: &Path, report: &mut dyn FnMut(&str)) -> io::Result<Tally> {
    run_with(path, check, report)
}

/// As [`run`], by another check; one that panics has failed.
///
/// # Errors
/// As for [`run`].
pub fn run_with(
    path: &Path,
    check: fn(&Case) -> Result<(), Failure>,
    report: &mut dyn FnMut(&str),
) -> io::Result<Tally> {
    let (mut tally, mut number) = (Tally::default(), 0);
    let mut reader = match open(path) {
        Ok(reader) => reader,
        Err(error) => {
            tally.failed += 1;
            report(&format!("{}: {error}", path.display()));
            return Ok(tally);
        }
    };
    loop {
        let mut lines = Vec::new();
        let read = batch(&mut reader, &mut lines);
        for outcome in check_lines(&lines, check)? {
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
        match read {
            Ok(()) if lines.is_empty() => return Ok(tally),
            Ok(()) => {}
            Err(error) => {
                tally.failed += 1;
                report(&format!(
                    "{}: unreadable after line {number}: {error}",
                    path.display()
                ));
                return Ok(tally);
            }
        }
    }
}

fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let file = File::open(path)?;
    Ok(
        if path.extension().is_some_and(|extension| extension == "xz") {
            let reader = liblzma::read::XzDecoder::new_multi_decoder(file);
            Box::new(BufReader::new(reader))
        } else {
            Box::new(BufReader::new(file))
        },
    )
}

/// Adds the next lines, none at the end; also before an error those that are whole.
fn batch(reader: &mut impl BufRead, lines: &mut Vec<String>) -> io::Result<()> {
    let mut bytes = 0;
    while lines.len() < BATCH_LINES && bytes < BATCH_BYTES {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        bytes += line.len();
        lines.push(String::from_utf8_lossy(&line).into_owned());
    }
    Ok(())
}

enum Outcome {
    Blank,
    Passed,
    Failed(String, String),
}

/// Checks lines on as many threads as there are cores; the outcomes are in the order of the lines.
fn check_lines(
    lines: &[String],
    check: fn(&Case) -> Result<(), Failure>,
) -> io::Result<Vec<Outcome>> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = lines.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let workers: Vec<thread::ScopedJoinHandle<'_, _>> = lines
            .chunks(share)
            .map(|chunk| {
                thread::Builder::new().stack_size(STACK).spawn_scoped(
                    scope,
                    move || -> Vec<Outcome> {
                        chunk.iter().map(|line| check_line(line, check)).collect()
                    },
                )
            })
            .collect::<io::Result<_>>()?;
        let mut outcomes = Vec::with_capacity(lines.len());
        for worker in workers {
            outcomes.extend(worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        Ok(outcomes)
    })
}

fn check_line(line: &str, check: fn(&Case) -> Result<(), Failure>) -> Outcome {
    if line.trim().is_empty() {
        return Outcome::Blank;
    }
    let mut name = "(no case)".to_owned();
    let checked = catch_unwind(AssertUnwindSafe(|| {
        let case = Case::parse(line)?;
        name.clone_from(&case.name);
        check(&case)
    }));
    match checked {
        Ok(Ok(())) => Outcome::Passed,
        Ok(Err(failure)) => Outcome::Failed(name, failure.to_string()),
        Err(panic) => {
            let message = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            let message = message.unwrap_or_else(|| "no message".to_owned());
            Outcome::Failed(name, format!("panic: {message}"))
        }
    }
}
