//! `interop read ROOT` and `interop write GOLDEN.jsonl OUTDIR`: gawky's half of the test against plain Awkward;
//! `tests/interop/README.md` describes both.

use std::error::Error;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use gawky::form::Dialect;
use gawky_testkit::interop::{read_all, write_all};

const USAGE: &str = "usage: interop read ROOT
       interop write GOLDEN.jsonl OUTDIR [--dialect 1|2]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["read", root] => read(root),
        ["write", golden, out] | ["write", golden, out, "--dialect", "2"] => {
            write(golden, out, Dialect::V2)
        }
        ["write", golden, out, "--dialect", "1"] => write(golden, out, Dialect::V1),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

fn read(root: &str) -> Result<ExitCode, Box<dyn Error>> {
    let mut out = BufWriter::new(io::stdout().lock());
    read_all(Path::new(root), &mut out).map_err(|error| format!("{root}: {error}"))?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn write(golden: &str, out: &str, dialect: Dialect) -> Result<ExitCode, Box<dyn Error>> {
    let failed = write_all(
        Path::new(golden),
        Path::new(out),
        dialect,
        &mut io::stderr(),
    )
    .map_err(|error| format!("{golden}: {error}"))?;
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
