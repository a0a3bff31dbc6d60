//! A dataset: written, appended to, opened again, and read by fields and rows.
//!
//! ```sh
//! cargo run --release --example dataset            # in a folder that is removed again
//! cargo run --release --example dataset -- events  # in the folder "events", which is kept
//! ```

use std::error::Error;

use gawky::dataset::{CreateDataset, Packing};
use gawky::prelude::*;
use serde::Serialize;

#[derive(Serialize)]
struct Event {
    run: i64,
    muon: Vec<Muon>,
}

#[derive(Serialize)]
struct Muon {
    pt: f32,
}

/// Events of one day: each has a number, and some muons.
fn day(first: i64) -> impl Iterator<Item = Event> {
    (first..first + 1000).map(|run| {
        let muons = u8::from(run % 3 != 0) + u8::from(run % 5 == 0);
        let muon = (0..muons).map(|at| Muon {
            pt: 20.0 + f32::from(at),
        });
        Event {
            run,
            muon: muon.collect(),
        }
    })
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
    for first in [0, 1000] {
        let written = dataset.append(&Array::from_rows(day(first))?)?;
        println!("{written:?}");
    }
    let mut writer = dataset.writer()?;
    writer.append_rows(day(2000))?;
    println!("{:?}", writer.finish()?);

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
