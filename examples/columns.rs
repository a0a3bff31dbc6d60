//! Reads some columns of a safetensors file by URL, and tells what that took.
//!
//! ```sh
//! cargo run --release -p gawky-object-store --example columns -- s3://bucket/events run7.safetensors 'Muon_{pt,eta}'
//! ```
//!
//! The URL may as well be a path; credentials come from the environment. Without arguments a small file is written
//! to memory and read from there.

use std::env;
use std::error::Error;
use std::process::ExitCode;

use gawky::prelude::*;
use gawky::safetensors::SafeTensorsArray;

fn main() -> ExitCode {
    match read() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn read() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [url, file, columns] = match arguments.as_slice() {
        [] => ["memory:", "events.safetensors", "muons.pt"],
        [url, file, columns] => [url, file, columns].map(String::as_str),
        _ => return Err("usage: columns [URL FILE COLUMNS]".into()),
    };
    let store = gawky_object_store::open(url)?;
    if arguments.is_empty() {
        gawky::to_safetensors(&events()?, &store, file)?;
    }

    let opened = SafeTensorsArray::open(&store, file)?;
    println!("{} rows of {}", opened.len(), opened.form().type_());
    let selected = opened.form().select(columns)?;
    let (array, report) =
        FromBuffers::new(&selected, opened.len()).read_with_report(opened.tensors())?;
    println!("{array}");
    println!("{report}");
    Ok(())
}

fn events() -> Result<Array, gawky::Error> {
    let numbers = 0..60_000_u16;
    let pt = NumpyArray::from_vec(numbers.clone().map(f32::from).collect::<Vec<_>>());
    let charge = NumpyArray::from_vec(
        numbers
            .map(|number| i32::from(number % 2))
            .collect::<Vec<_>>(),
    );
    let muons = RecordArray::from_fields([("pt", pt.into()), ("charge", charge.into())]);
    let offsets: Vec<i64> = (0..=30_000).map(|row| row * 2).collect();
    let muons = ListOffsetArray::try_new(offsets.into(), muons.into(), Parameters::none())?;
    Ok(RecordArray::from_fields([("muons", muons.into())]).into())
}
