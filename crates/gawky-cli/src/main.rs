//! The command `gawky`: looks into nested, ragged, typed data, copies it, and keeps datasets.
//!
//! It is the library `gawky` from a shell; but for reports it does nothing that the library does not. `docs/command.md` shows what it does.
//!
//! | file | what is in it |
//! |---|---|
//! | `arguments.rs` | what can be said on the command line |
//! | `commands/` | one command a file |
//! | `source.rs` | what a PLACE is, and opening it |
//! | `target/` | what is written: datasets, blobs, files |
//! | `exchange/` | files of other programs, for `import` and `export` |
//! | `report/` | the page that `report` makes |
//! | `tree.rs`, `amounts.rs` | how forms and numbers are shown |
//! | `fault.rs` | why a command ends otherwise than well, and by which exit status |
//! | `panics.rs` | what is said of panics |

mod amounts;
mod arguments;
mod commands;
mod exchange;
mod fault;
mod panics;
mod report;
mod source;
mod target;
mod tree;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;
use fault::{Fault, Outcome};

fn main() -> ExitCode {
    panics::caught(run).unwrap_or_else(|panic| {
        let panic = panic.replace('\n', " ");
        let _ = writeln!(
            io::stderr(),
            "gawky: {panic}: this is a mistake of gawky's, please report it"
        );
        ExitCode::from(101)
    })
}

fn run() -> ExitCode {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let outcome = match Arguments::try_parse() {
        Ok(arguments) => commands::run(&arguments, &mut out),
        Err(error) => misunderstood(&error, &mut out),
    };
    let outcome = outcome.and_then(|status| {
        out.flush()?;
        Ok(status)
    });
    // Nothing of what is left would go anywhere else.
    let (_, _) = out.into_parts();
    match outcome {
        Ok(status) => status,
        Err(fault) => {
            if let Some(message) = fault.message() {
                // Whoever does not listen is not told.
                let _ = writeln!(io::stderr(), "gawky: {message}");
            }
            fault.status()
        }
    }
}

/// Help and versions, which were asked for; and what is no command, in one line.
fn misunderstood(error: &clap::Error, out: &mut dyn Write) -> Outcome {
    use clap::error::ErrorKind::{
        DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion, InvalidUtf8,
    };
    match error.kind() {
        DisplayHelp | DisplayVersion => {
            write!(out, "{error}")?;
            Ok(ExitCode::SUCCESS)
        }
        DisplayHelpOnMissingArgumentOrSubcommand => {
            Err(Fault::usage("no command is given; gawky --help lists them"))
        }
        InvalidUtf8 => Err(Fault::usage(
            "an argument is not in UTF-8, as places have to be: reach what is called so by a link of another name",
        )),
        _ => {
            let text = error.to_string();
            let text = text.strip_prefix("error: ").unwrap_or(&text);
            let told = text.split("\n\nUsage:").next().unwrap_or(text);
            let told = told
                .split("\n\nFor more information")
                .next()
                .unwrap_or(told);
            Err(Fault::usage(format!("{told}; gawky --help tells more")))
        }
    }
}
