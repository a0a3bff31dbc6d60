//! A dataset: written, appended to, opened again, and read by fields and rows.
//!
//! ```sh
//! cargo run --release --example dataset            # in a folder that is removed again
//! cargo run --release --example dataset -- events  # in the folder "events", which is kept
//! ```

use std::error::Error;

use gawky::dataset::{CreateDataset, Packing};
use gawky::prelude::*;

/// Events of one day: each has a number, and some muons.
fn day(first: i64, count: usize) -> Result<Array, Box<dyn Error>> {
    let run = (first..).take(count).collect::<Vec<i64>>();
    let muons: Vec<usize> = run
        .iter()
        .map(|run| usize::from(run % 3 != 0) + usize::from(run % 5 == 0))
        .collect();
    let mut offsets = vec![0_i64];
    let mut total = 0_i64;
    for count in &muons {
        total += i64::try_from(*count)?;
        offsets.push(total);
    }
    let pt: Vec<f32> = (0_u16..)
        .take(usize::try_from(total)?)
        .map(|at| 20.0 + f32::from(at % 100))
        .collect();
    let muon = Array::from(RecordArray::from_fields([(
        "pt",
        NumpyArray::from_vec(pt).into(),
    )]));
    let muon = ListOffsetArray::try_new(offsets.into(), muon, Parameters::none())?;
    Ok(Array::from(RecordArray::from_fields([
        ("run", NumpyArray::from_vec(run).into()),
        ("muon", muon.into()),
    ])))
}

fn main() -> Result<(), Box<dyn Error>> {
    let temporary = tempfile::tempdir()?;
    let place = match std::env::args().nth(1) {
        Some(place) => place,
        None => temporary.path().join("events").display().to_string(),
    };

    let mut dataset = CreateDataset::new()
        .packing(Packing::Safetensors)
        .attribute("detector", "made up")
        .create(&place)?;
    for first in [0, 1000, 2000] {
        let written = dataset.append(&day(first, 1000)?)?;
        println!("{written:?}");
    }

    let dataset = Dataset::open(&place)?;
    println!("{dataset:?}");
    let lazy = dataset.lazy();
    println!("{lazy}");

    let pt = lazy.field("muon.pt")?.rows(998..1002)?;
    print!("{}", pt.explain()?);
    let (array, report) = pt.read_with_report()?;
    println!("{}", array.value()?);
    println!("{report}");

    println!("{}", lazy.counts("muon")?);
    println!("{}", lazy.take(&[2999, 0, 17])?.field("run")?);
    for batch in lazy.select("run")?.batches() {
        println!("{}", batch?);
    }
    for version in dataset.versions()? {
        println!("{version:?}");
    }
    Ok(())
}
