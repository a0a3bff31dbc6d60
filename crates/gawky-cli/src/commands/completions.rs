//! `gawky completions`.

use std::io::Write;
use std::process::ExitCode;

use clap::CommandFactory;

use crate::arguments::{Arguments, Completions};
use crate::fault::Outcome;

pub(crate) fn run(completions: &Completions, out: &mut dyn Write) -> Outcome {
    // It panics where it cannot write, as it can here.
    let mut script = Vec::new();
    clap_complete::generate(
        completions.shell,
        &mut Arguments::command(),
        "gawky",
        &mut script,
    );
    out.write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}
