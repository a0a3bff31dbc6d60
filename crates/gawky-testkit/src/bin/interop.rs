//! `interop read ROOT` and `interop write GOLDEN.jsonl OUTDIR`, and both for other kinds of file: gawky's half of the
//! test against plain Awkward; `tests/interop/README.md` describes it.

use std::error::Error;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use gawky::form::Dialect;
use gawky_testkit::interop::{
    read_all, read_npz, read_safetensors, write_all, write_datasets, write_histories, write_npz,
    write_safetensors,
};

const USAGE: &str = "usage: interop read ROOT
       interop write GOLDEN.jsonl OUTDIR [--dialect 1|2]
       interop read-npz ROOT
       interop write-npz GOLDEN.jsonl OUTDIR [--dialect 1|2]
       interop read-safetensors ROOT
       interop write-safetensors GOLDEN.jsonl OUTDIR
       interop write-dataset GOLDEN.jsonl OUTDIR
       interop write-histories OUTDIR
with the feature `arrow`:
       interop read-arrow ROOT
       interop write-arrow GOLDEN.jsonl OUTDIR";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (arguments, dialect) = match arguments.as_slice() {
        [before @ .., "--dialect", "1"] => (before, Dialect::V1),
        [before @ .., "--dialect", "2"] => (before, Dialect::V2),
        arguments => (arguments, Dialect::V2),
    };
    let outcome = match arguments {
        ["read", root] => read(root, read_all),
        ["read-npz", root] => read(root, read_npz),
        ["read-safetensors", root] => read(root, read_safetensors),
        #[cfg(feature = "arrow")]
        ["read-arrow", root] => read(root, gawky_testkit::interop::read_arrow),
        #[cfg(feature = "arrow")]
        ["write-arrow", golden, out] => write(golden, |golden, complain| {
            gawky_testkit::interop::write_arrow(golden, Path::new(out), complain)
        }),
        ["write", golden, out] => write(golden, |golden, complain| {
            write_all(golden, Path::new(out), dialect, complain)
        }),
        ["write-npz", golden, out] => write(golden, |golden, complain| {
            write_npz(golden, Path::new(out), dialect, complain)
        }),
        ["write-safetensors", golden, out] => write(golden, |golden, complain| {
            write_safetensors(golden, Path::new(out), complain)
        }),
        ["write-dataset", golden, out] => write(golden, |golden, complain| {
            write_datasets(golden, Path::new(out), complain)
        }),
        ["write-histories", out] => write_histories(Path::new(out)).map(|()| ExitCode::SUCCESS),
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
