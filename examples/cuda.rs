//! Reads columns of a dataset to a CUDA device, picks from them there, and brings back what is left.
//!
//!     cargo run --example cuda --features gawky/cuda
//!
//! Without a device it says what is missing; `scripts/cuda-simulated run -- cargo run …` gives it a simulated one.

use gawky::cuda::{CudaDevice, CudaError};
use gawky::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = match CudaDevice::new(0) {
        Ok(device) => device,
        Err(CudaError::CudaUnavailable { reason }) => {
            println!("There is no CUDA device here: {reason}");
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };

    // Events with muons, in a dataset; it could be a folder or a bucket.
    let events = gawky::json::from_str(
        r#"[{"met": 33.1, "muons": [{"pt": 50.25, "charge": 1}, {"pt": 22.0, "charge": -1}]},
            {"met": 12.9, "muons": []},
            {"met": 48.0, "muons": [{"pt": 7.5, "charge": -1}]}]"#,
    )?;
    let mut dataset = Dataset::create("memory:")?;
    dataset.append(&events)?;

    // To the device go the buffers of these columns, and no others.
    let muons = dataset
        .lazy()
        .field("muons")?
        .place(device.place())
        .read()?;
    println!("type    {}", muons.array_type());

    // All of this happens on the device; only lengths are read back.
    let counts = muons.num(1)?;
    let turned = muons.take(&[2, 1, 0])?.pack()?;
    let pt = turned.field("pt")?.flatten(1)?;
    let Array::Numpy(numbers) = &pt else {
        return Err("flattened lists of numbers are numbers".into());
    };
    let single = numbers.to_nd()?.astype(DType::Float32)?;

    // What is printed has to be on the host.
    println!("counts  {}", counts.to_place(&Place::Host)?.value()?);
    println!("muons   {}", turned.to_place(&Place::Host)?.value()?);
    println!("pt      {}", pt.to_place(&Place::Host)?.value()?);
    println!(
        "float32 {:?}",
        single.to_place(&Place::Host)?.typed::<f32>()?
    );
    Ok(())
}
