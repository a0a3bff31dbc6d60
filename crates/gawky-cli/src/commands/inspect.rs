//! `gawky inspect`.

use std::io::Write;
use std::process::ExitCode;

use gawky::dataset::Packing;
use gawky::{ByteOrder, Form, LazyArray, StoredBytes};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::amounts::{Bytes, count};
use crate::arguments::Inspect;
use crate::fault::{Fault, Outcome};
use crate::source::{AnyContainer, Kind, Source};
use crate::tree::Node;

/// Of how many blobs the sizes are asked, unless all are wanted.
const BLOBS: u64 = 10_000;
/// How many blobs a safetensors file counts as: its header is read.
const FILE: u64 = 50;
/// How much of a type is shown on a line.
const TYPE: usize = 200;

/// What there is at a place.
#[derive(Debug, Serialize)]
struct Inspected {
    place: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    packing: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    r#type: String,
    rows: u64,
    partitions: Partitions,
    key_format: String,
    byteorder: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksums: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<Map<String, Value>>,
    stored: Stored,
    tree: Node,
}

#[derive(Debug, Serialize)]
struct Partitions {
    count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Spread>,
}

/// How many rows partitions have.
#[derive(Debug, Serialize)]
struct Spread {
    least: u64,
    median: u64,
    greatest: u64,
}

#[derive(Debug, Serialize)]
struct Stored {
    bytes: u64,
    blobs: u64,
    missing: u64,
    /// Of how many partitions the sizes were asked, of those that have rows.
    partitions: usize,
    /// Whether these are all.
    complete: bool,
}

pub(crate) fn run(inspect: &Inspect, out: &mut dyn Write) -> Outcome {
    let source = Source::open(&inspect.place)?;
    let array = source.narrowed(&inspect.select, None)?;
    let (stored, complete) = stored(&source, &array, inspect.all)?;
    let tree = Node::of(array.form(), &stored);
    let inspected = inspected(&source, &array, &stored, complete, tree);
    if inspect.json {
        serde_json::to_writer_pretty(&mut *out, &inspected)?;
        writeln!(out)?;
        return Ok(ExitCode::SUCCESS);
    }
    let bytes = match inspect.exact {
        true => Bytes::Exact,
        false => Bytes::Rounded,
    };
    show(&inspected, bytes, out)?;
    writeln!(out)?;
    inspected.tree.write(out, bytes, inspect.all)?;
    Ok(ExitCode::SUCCESS)
}

/// The sizes of the blobs, of as many partitions as are asked within reason; and whether these are all.
fn stored(
    source: &Source,
    array: &LazyArray<AnyContainer>,
    all: bool,
) -> Result<(StoredBytes, bool), Fault> {
    let partitions = array.num_partitions();
    let each = match &source.kind {
        Kind::Dataset(dataset) if dataset.packing() == Packing::Safetensors => FILE,
        _ => buffers(array.form()),
    };
    let asked = usize::try_from(BLOBS / each.max(1))
        .unwrap_or(usize::MAX)
        .max(1);
    if all || partitions <= asked {
        return Ok((array.stored()?, true));
    }
    let rows: u64 = array.partitions().take(asked).map(|part| part.len()).sum();
    Ok((array.rows(..rows)?.stored()?, false))
}

/// How many blobs a partition has.
fn buffers(form: &Form) -> u64 {
    let below = form.children().iter().map(|child| buffers(child));
    form.buffer_count() as u64 + below.sum::<u64>()
}

fn inspected(
    source: &Source,
    array: &LazyArray<AnyContainer>,
    stored: &StoredBytes,
    complete: bool,
    tree: Node,
) -> Inspected {
    let dataset = match &source.kind {
        Kind::Dataset(dataset) => Some(dataset),
        _ => None,
    };
    Inspected {
        place: source.place.clone(),
        kind: source.kind.name(),
        packing: dataset.map(|dataset| dataset.packing().name()),
        version: dataset.map(|dataset| dataset.version()),
        r#type: array.array_type().to_string(),
        rows: array.len(),
        partitions: Partitions {
            count: source.lengths.len(),
            rows: spread(&source.lengths),
        },
        key_format: source.key_format.clone(),
        byteorder: match source.byteorder {
            ByteOrder::Little => "little",
            ByteOrder::Big => "big",
        },
        checksums: dataset.map(|dataset| dataset.has_checksums()),
        attributes: dataset.map(|dataset| dataset.attributes().clone()),
        stored: Stored {
            bytes: stored.bytes(),
            blobs: stored.blobs(),
            missing: stored.missing(),
            partitions: stored.partitions,
            complete,
        },
        tree,
    }
}

fn spread(lengths: &[u64]) -> Option<Spread> {
    let mut sorted = lengths.to_vec();
    sorted.sort_unstable();
    Some(Spread {
        least: *sorted.first()?,
        median: *sorted.get((sorted.len() - 1) / 2)?,
        greatest: *sorted.last()?,
    })
}

fn show(inspected: &Inspected, bytes: Bytes, out: &mut dyn Write) -> Result<(), Fault> {
    writeln!(out, "place       {}", inspected.place)?;
    match inspected.packing {
        Some(packing) => writeln!(out, "kind        {}, packed into {packing}", inspected.kind)?,
        None => writeln!(out, "kind        {}", inspected.kind)?,
    }
    if let Some(version) = inspected.version {
        writeln!(out, "version     {version}")?;
    }
    writeln!(out, "type        {}", cut(&inspected.r#type))?;
    writeln!(out, "rows        {}", inspected.rows)?;
    let partitions = &inspected.partitions;
    match &partitions.rows {
        Some(rows) if rows.least != rows.greatest => writeln!(
            out,
            "partitions  {}, of {} to {}, median {}",
            partitions.count,
            rows.least,
            count(rows.greatest, "row"),
            rows.median
        )?,
        Some(rows) => writeln!(
            out,
            "partitions  {}, of {}",
            partitions.count,
            count(rows.least, "row")
        )?,
        None => writeln!(out, "partitions  none")?,
    }
    writeln!(out, "keys        {}", inspected.key_format)?;
    writeln!(out, "byte order  {}", inspected.byteorder)?;
    if let Some(there) = inspected.checksums {
        writeln!(out, "checksums   {}", if there { "yes" } else { "no" })?;
    }
    if let Some(attributes) = inspected.attributes.as_ref().filter(|all| !all.is_empty()) {
        writeln!(out, "attributes  {}", serde_json::to_string(attributes)?)?;
    }
    let stored = &inspected.stored;
    write!(
        out,
        "stored      {} in {}",
        bytes.shown(stored.bytes),
        count(stored.blobs, "blob")
    )?;
    if stored.missing > 0 {
        write!(
            out,
            "; {} not there, which is right where no row needs it",
            count(stored.missing, "blob")
        )?;
    }
    if !stored.complete {
        write!(
            out,
            ", of the first {} partitions alone: --all asks the sizes of all",
            stored.partitions
        )?;
    }
    writeln!(out)?;
    Ok(())
}

/// The beginning of a type that is long.
fn cut(text: &str) -> String {
    match text.char_indices().nth(TYPE) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
    }
}
