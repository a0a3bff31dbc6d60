//! `interop read ROOT` and `interop write GOLDEN.jsonl OUTDIR`, and both for other kinds of file: gawky's half of the
//! test against plain Awkward; `tests/interop/README.md` describes it.

use std::error::Error;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use gawky::form::Dialect;
use gawky_testkit::interop::{read_all, read_safetensors, write_all, write_safetensors};

const USAGE: &str = "usage: interop read ROOT
       interop write GOLDEN.jsonl OUTDIR [--dialect 1|2]
       interop read-safetensors ROOT
       interop write-safetensors GOLDEN.jsonl OUTDIR";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["read", root] => read(root, read_all),
        ["read-safetensors", root] => read(root, read_safetensors),
        ["write-safetensors", golden, out] => write(golden, |golden, complain| {
            write_safetensors(golden, Path::new(out), complain)
        }),
        ["write", golden, out] | ["write", golden, out, "--dialect", "2"] => {
            write(golden, folders(out, Dialect::V2))
        }
        ["write", golden, out, "--dialect", "1"] => write(golden, folders(out, Dialect::V1)),
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

fn read(
    root: &str,
    read_all: fn(&Path, &mut dyn Write) -> io::Result<()>,
) -> Result<ExitCode, Box<dyn Error>> {
    let mut out = BufWriter::new(io::stdout().lock());
    read_all(Path::new(root), &mut out).map_err(|error| format!("{root}: {error}"))?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the cases as folders below `out`.
fn folders(out: &str, dialect: Dialect) -> impl Fn(&Path, &mut dyn Write) -> io::Result<usize> {
    move |golden, complain| write_all(golden, Path::new(out), dialect, complain)
}

fn write(
    golden: &str,
    write_all: impl Fn(&Path, &mut dyn Write) -> io::Result<usize>,
) -> Result<ExitCode, Box<dyn Error>> {
    let failed = write_all(Path::new(golden), &mut io::stderr())
        .map_err(|error| format!("{golden}: {error}"))?;
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
