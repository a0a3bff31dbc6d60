//! Arrays on a CUDA device: a real one, or the simulated driver of `scripts/cuda-simulated`. Without either these tests
//! pass without looking, unless `GAWKY_TEST_CUDA=required`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod conformance;
mod from_files;

use gawky::cuda::{CudaBuffer, CudaDevice, CudaError};
use gawky::json;
use gawky::prelude::*;

fn device() -> Option<CudaDevice> {
    match CudaDevice::new(0) {
        Ok(device) => Some(device),
        Err(CudaError::CudaUnavailable { reason })
            if std::env::var_os("GAWKY_TEST_CUDA").is_none_or(|how| how != "required") =>
        {
            println!("no CUDA device, so nothing was tested: {reason}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn events() -> Array {
    let text = r#"[
        {"met": 33.1, "muons": [{"pt": 50.2, "charge": 1}, {"pt": 22.0, "charge": null}], "tag": "a"},
        {"met": 12.9, "muons": [], "tag": "long enough"},
        {"met": 7.5, "muons": [{"pt": 9.0, "charge": -1}], "tag": ""}
    ]"#;
    json::from_str(text).unwrap()
}

#[test]
fn an_array_is_read_to_the_device_and_comes_back() {
    let Some(device) = device() else { return };
    let events = events();
    let memory = MemoryContainer::new();
    let (form, length) = gawky::to_buffers(&events, &memory).unwrap();
    let up = FromBuffers::new(&form, length)
        .place(device.place())
        .read(&memory)
        .unwrap();
    assert_eq!(up.form(), events.form());
    assert_eq!(up.array_type(), events.array_type());
    let part = up.slice(0..2).unwrap().field("muons").unwrap();
    assert_eq!(part.len(), 2);
    assert_eq!(up.to_place(&Place::Host).unwrap(), events);
    assert_eq!(
        part.to_place(&Place::Host).unwrap(),
        events.slice(0..2).unwrap().field("muons").unwrap()
    );
}

#[test]
fn all_buffers_lie_in_one_allocation() {
    let Some(device) = device() else { return };
    let up = events().to_place(&device.place()).unwrap();
    let Array::ListOffset(muons) = up.field("muons.pt").unwrap() else {
        panic!("lists of numbers");
    };
    let Array::Numpy(pt) = muons.content() else {
        panic!("numbers");
    };
    let (data, _) = CudaBuffer::of(pt.data()).unwrap();
    let (offsets, _) = CudaBuffer::of(muons.offsets().buffer()).unwrap();
    assert!(std::ptr::eq(data, offsets));
    // What is there already is shared.
    let again = up.to_place(&device.place()).unwrap();
    assert_eq!(again, up);
}
