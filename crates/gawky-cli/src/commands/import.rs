//! `gawky import`.

use std::io::Write;
use std::process::ExitCode;

use gawky::form::Type;

use super::progress;
use crate::amounts::{Bytes, count};
use crate::arguments::Import;
use crate::exchange::{Intake, Rejects, check};
use crate::fault::Outcome;
use crate::source::{check_options, opening};
use crate::target::DatasetTarget;

/// How many bytes partitions have unless it is said otherwise: fewer than elsewhere, as they are made in memory.
const PARTITION: u64 = 32 << 20;

pub(crate) fn run(import: &Import, out: &mut dyn Write) -> Outcome {
    check_options(&import.options, &[&import.target])?;
    check(import)?;
    let how = &import.dataset;
    let target = DatasetTarget {
        place: &import.target,
        options: opening(&import.target, &import.options).create(true),
        how,
        attributes: serde_json::Map::new(),
        bytes_per_partition: Some(PARTITION),
        bytes_under_way: Some(
            how.bytes_per_partition
                .map_or(PARTITION, |bytes| bytes.get()),
        ),
    };
    let found = target.look().map_err(|fault| fault.of(&import.target))?;
    // What is added to a dataset is of its type.
    let added_to = found.as_ref().filter(|_| how.append);
    let declared = added_to.map(|dataset| dataset.form().type_());
    let declared = declared.filter(|of| !matches!(of, Type::Unknown(_)));
    let mut rejects = import.rejects.as_deref().map(Rejects::create).transpose()?;
    let progress = progress(0, "", import.quiet);
    let mut intake = Intake::open(import, declared, rejects.as_mut(), &progress)?;
    let form = intake.form.take();
    let written = target
        .write(found, form, &mut intake, &|_| {})
        .map_err(|fault| fault.of(&import.target));
    progress.finish_and_clear();
    let written = written?;
    let rejected = intake.skipped();
    drop(intake);
    rejects.map_or(Ok(()), Rejects::finish)?;
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
