//! `golden FILE...`: checks gawky against golden cases; `tests/golden/README.md` describes the files.

use std::path::PathBuf;
use std::process::ExitCode;

use gawky_testkit::golden::{Tally, run};

fn main() -> ExitCode {
    let files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if files.is_empty() {
        eprintln!("usage: golden FILE...\nchecks golden cases from .jsonl and .jsonl.xz files");
        return ExitCode::from(2);
    }
    // A panic is a failed case, which is reported with the others.
    std::panic::set_hook(Box::new(|_| {}));
    let (mut sum, mut unreadable) = (Tally::default(), false);
    for file in &files {
        match run(file, &mut |failure| println!("{failure}")) {
            Ok(tally) => {
                sum.passed += tally.passed;
                sum.failed += tally.failed;
            }
            Err(error) => {
                eprintln!("{}: {error}", file.display());
                unreadable = true;
            }
        }
    }
    println!("{} passed, {} failed", sum.passed, sum.failed);
    if sum.failed > 0 || unreadable {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
