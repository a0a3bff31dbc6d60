//! Builds nested events, writes them to a folder, and reads them back.
//!
//!     cargo run --example quickstart

use std::error::Error;
use std::fs;

use gawky::buffer::frombuffer;
use gawky::form::Dialect;
use gawky::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    // Three events with 2, 0 and 1 muons. The numbers of all muons lie one after the other, and the offsets
    // 0..2, 2..2, 2..3 say which are whose.
    let muons = Array::from(RecordArray::from_fields([
        (
            "pt",
            NumpyArray::from_vec(vec![50.25_f32, 22.0, 7.5]).into(),
        ),
        ("charge", NumpyArray::from_vec(vec![-1_i8, 1, -1]).into()),
    ]));
    let offsets = vec![0_i64, 2, 2, 3];
    let muons = ListOffsetArray::try_new(offsets.into(), muons, Parameters::none())?;
    let met = NumpyArray::from_vec(vec![33.1_f64, 12.9, 48.0]);
    let events = Array::from(RecordArray::from_fields([
        ("met", met.into()),
        ("muons", muons.into()),
    ]));

    // Writing gives every node a name, puts its numbers into files of that name, and returns the form.
    let path = tempfile::Builder::new()
        .prefix("gawky-quickstart-")
        .tempdir()?
        .keep();
    let folder = Directory::open(&path)?;
    let (form, length) = gawky::to_buffers(&events, &folder)?;
    // The form and the length are yours to keep: here they lie beside the files.
    fs::write(path.join("form.json"), form.to_json(Dialect::V2, false)?)?;
    fs::write(path.join("length.json"), length.to_string())?;

    // Reading needs the form, the length and the files, and nothing else.
    let form: Form = fs::read_to_string(path.join("form.json"))?.parse()?;
    let length: u64 = fs::read_to_string(path.join("length.json"))?.parse()?;
    let same = gawky::from_buffers(&form, length, &folder)?;
    assert_eq!(same, events);

    println!("form    {}", form.to_json(Dialect::V2, false)?);
    println!("type    {}", same.array_type());
    println!("pt      {}", same.field("muons.pt")?);
    for event in same.iter()? {
        println!("event   {event}");
    }

    println!("\nfolder  {}", path.display());
    for blob in form.expected_buffers(&KeyFormat::array(), None)? {
        let bytes = folder.get(&blob.key)?.ok_or("a file is missing")?;
        let numbers = frombuffer(&bytes, blob.dtype, ByteOrder::Little, -1, 0)?;
        let numbers: Vec<String> = numbers
            .scalars()?
            .map(|number| number.to_string())
            .collect();
        let (key, dtype) = (blob.key, blob.dtype.to_string());
        println!("        {key:14} {dtype:8} [{}]", numbers.join(", "));
    }

    // A form is text and a length is a number, so nothing of gawky's is needed on the other side.
    println!(
        "
Python opens the same folder (pip install awkward):

import awkward as ak, pathlib
folder = pathlib.Path({path:?})
blobs = {{file.name: file.read_bytes() for file in folder.iterdir()}}
print(ak.from_buffers(blobs['form.json'].decode(), int(blobs['length.json']), blobs).to_list())"
    );
    Ok(())
}
