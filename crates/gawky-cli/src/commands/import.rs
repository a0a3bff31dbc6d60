//! `gawky import`.

use std::io::Write;
use std::num::NonZeroU64;
use std::process::ExitCode;

use super::progress;
use crate::amounts::{Bytes, count};
use crate::arguments::{DatasetOptions, Import};
use crate::exchange::Intake;
use crate::fault::Outcome;
use crate::source::{check_options, opening};
use crate::target::DatasetTarget;

/// How many bytes partitions have unless it is said otherwise: fewer than elsewhere, as they are made in memory.
const PARTITION: NonZeroU64 = NonZeroU64::new(32 << 20).unwrap();

pub(crate) fn run(import: &Import, out: &mut dyn Write) -> Outcome {
    check_options(&import.options, &[&import.target])?;
    let progress = progress(0, "", import.quiet);
    let mut intake = Intake::open(import, &progress)?;
    let bytes = import.dataset.bytes_per_partition.unwrap_or(PARTITION);
    let how = DatasetOptions {
        bytes_per_partition: Some(bytes),
        ..import.dataset.clone()
    };
    let target = DatasetTarget {
        place: &import.target,
        options: opening(&import.target, &import.options).create(true),
        how: &how,
        attributes: serde_json::Map::new(),
        bytes_under_way: Some(bytes.get()),
    };
    let form = intake.form.take();
    let written = target
        .write(form, &mut intake.arrays, &|_| {})
        .map_err(|fault| fault.of(&import.target));
    progress.finish_and_clear();
    let written = written?;
    let rejected = intake.finish()?;
    if !import.quiet {
        let (rows, partitions) = (
            count(written.rows, "row"),
            count(written.partitions, "partition"),
        );
        write!(
            out,
            "{rows} in {partitions}, {}",
            Bytes::Rounded.shown(written.bytes)
        )?;
        match rejected {
            0 => writeln!(out)?,
            rows => writeln!(out, "; {} left out", count(rows, "row"))?,
        }
    }
    Ok(ExitCode::SUCCESS)
}
