//! `gawky man`.

use std::fs;
use std::io::Write;
use std::process::ExitCode;

use clap::CommandFactory;
use clap_mangen::Man as Page;

use crate::arguments::{Arguments, Man};
use crate::fault::{Fault, Outcome};

/// What stands at the foot of each page.
const SOURCE: &str = concat!("gawky ", env!("CARGO_PKG_VERSION"));

pub(crate) fn run(man: &Man, out: &mut dyn Write) -> Outcome {
    // Pages of help about pages would say nothing.
    let mut command = Arguments::command().disable_help_subcommand(true);
    let Some(folder) = &man.folder else {
        Page::new(command).source(SOURCE).render(out)?;
        return Ok(ExitCode::SUCCESS);
    };
    let written = |error: std::io::Error| Fault::at(&folder.display().to_string(), error);
    fs::create_dir_all(folder).map_err(written)?;
    command.build();
    let all = command.get_subcommands().cloned().map(|sub| {
        let name = format!("gawky-{}", sub.get_name());
        sub.display_name(name)
    });
    for page in all.chain([command.clone()]) {
        let page = Page::new(page).source(SOURCE);
        let path = folder.join(page.get_filename());
        let mut text = Vec::new();
        page.render(&mut text).map_err(written)?;
        fs::write(&path, text).map_err(|error| Fault::at(&path.display().to_string(), error))?;
        writeln!(out, "{}", path.display())?;
    }
    Ok(ExitCode::SUCCESS)
}
