//! A dataset in a bucket: made, appended to, and read through a cache; some rows of two columns, and no more bytes than these.
//!
//! ```sh
//! cargo run --release --example s3 --features aws -- s3://bucket/events
//! ```
//!
//! Credentials, region and endpoint come from `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION` and `AWS_ENDPOINT_URL`.
//! Who has no bucket makes one on this machine:
//!
//! ```sh
//! pip install 'moto[server]' && moto_server --port 5000 &
//! export AWS_ENDPOINT_URL=http://127.0.0.1:5000 AWS_ALLOW_HTTP=true AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any
//! curl --request PUT http://127.0.0.1:5000/bucket
//! ```

use std::error::Error;

use gawky::dataset::{CreateDataset, CreateMode, Packing};
use gawky::object_store;
use gawky::prelude::*;
use gawky::store::cache::{Cache, Cached};

/// Events, each with a number, a missing energy, and one hit.
fn events(first: i64, count: usize) -> Result<Array, Box<dyn Error>> {
    let run: Vec<i64> = (first..).take(count).collect();
    let met: Vec<f32> = (0_u16..1000).cycle().take(count).map(f32::from).collect();
    let charge: Vec<i8> = run
        .iter()
        .map(|run| if run % 2 == 0 { 1 } else { -1 })
        .collect();
    let offsets: Vec<i64> = (0..).take(count + 1).collect();
    let hits = Array::from(RecordArray::from_fields([
        ("charge", Array::from(NumpyArray::from_vec(charge))),
        ("time", NumpyArray::from_vec(met.clone()).into()),
    ]));
    let hits = ListOffsetArray::try_new(offsets.into(), hits, Parameters::none())?;
    Ok(Array::from(RecordArray::from_fields([
        ("run", NumpyArray::from_vec(run).into()),
        ("met", NumpyArray::from_vec(met).into()),
        ("hit", hits.into()),
    ])))
}

fn main() -> Result<(), Box<dyn Error>> {
    let Some(place) = std::env::args().nth(1) else {
        return Err("say where: s3://bucket/events".into());
    };

    // Made where there is none: the example can be run again, and then adds to what is there.
    let mut dataset = CreateDataset::new()
        .mode(CreateMode::Append)
        .packing(Packing::Safetensors)
        .create(&place)?;
    for _ in 0..3 {
        let first = i64::try_from(dataset.len())?;
        dataset.append(&events(first, 100_000)?)?;
    }
    println!("{dataset:?}");

    // What is read is kept in memory, up to 64 MiB. Blobs of a dataset never change, but its manifest does.
    let cache = Cache::new(64 << 20);
    let bucket = Cached::new(object_store::open(&place)?, &cache);
    let lazy = Dataset::open_in(bucket)?.lazy();

    // Across the end of the first partition.
    let view = lazy.select(["met", "hit.charge"])?.rows(99_990..100_010)?;
    println!("{}", view.type_());
    print!("{}", view.explain()?);
    for attempt in ["from the bucket", "from the cache"] {
        let (array, report) = view.read_with_report()?;
        println!("{attempt}: {} rows, {report}", array.len());
    }
    Ok(())
}
