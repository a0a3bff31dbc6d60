//! The commands, one a file.

mod cat;
mod compact;
mod completions;
mod copy;
mod explain;
mod export;
mod import;
mod inspect;
mod man;
mod report;
mod show;
mod vacuum;
mod validate;
mod versions;

use std::io::Write;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::arguments::{Arguments, Command};
use crate::fault::Outcome;

/// Does what was said.
pub(crate) fn run(arguments: &Arguments, out: &mut dyn Write) -> Outcome {
    match &arguments.command {
        Command::Inspect(inspect) => inspect::run(inspect, out),
        Command::Show(show) => show::run(show, out),
        Command::Report(report) => report::run(report, out),
        Command::Cat(cat) => cat::run(cat, out),
        Command::Copy(copy) => copy::run(copy, out),
        Command::Import(import) => import::run(import, out),
        Command::Export(export) => export::run(export, out),
        Command::Explain(explain) => explain::run(explain, out),
        Command::Compact(compact) => compact::run(compact, out),
        Command::Validate(validate) => validate::run(validate, out),
        Command::Vacuum(vacuum) => vacuum::run(vacuum, out),
        Command::Versions(versions) => versions::run(versions, out),
        Command::Completions(completions) => completions::run(completions, out),
        Command::Man(man) => man::run(man, out),
    }
}

/// A bar on standard error, where that is a terminal.
fn progress(length: u64, things: &str, quiet: bool) -> ProgressBar {
    let target = match quiet {
        true => ProgressDrawTarget::hidden(),
        false => ProgressDrawTarget::stderr(),
    };
    let bar = ProgressBar::with_draw_target(Some(length), target);
    let style = format!("{{wide_bar}} {{human_pos}} of {{human_len}} {things}, {{eta}} left");
    let style = ProgressStyle::with_template(&style);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
