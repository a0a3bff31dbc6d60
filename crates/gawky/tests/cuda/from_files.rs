//! Files that are read straight into pinned memory, and sent from there.

use std::ffi::{CStr, c_char};

use gawky::cuda::CudaDevice;
use gawky::cuda::cudarc::driver::sys::culib;
use gawky::prelude::*;
use gawky::safetensors::{SafeTensorsArray, ToSafeTensors};
use gawky::store::LocalFile;

use crate::device;

/// How often this thread has called a function of the driver; `None` on a real one, which does not count.
fn calls(function: &CStr) -> Option<u64> {
    type Calls = unsafe extern "C" fn(*const c_char) -> u64;
    // SAFETY: there is a device, so there is the library; the function has this signature in `simulator.h`, and only looks at
    // the name, which ends with a zero.
    unsafe {
        let found = culib().get::<Calls>(b"simulator_calls").ok()?;
        Some(found(function.as_ptr()))
    }
}

/// Two columns of 4 MB, and a small one.
fn columns() -> Array {
    let x = NumpyArray::from_vec((0..500_000).map(f64::from).collect::<Vec<_>>());
    let y = NumpyArray::from_vec((0..500_000_i64).rev().collect::<Vec<_>>());
    let small = NumpyArray::from_vec(vec![7_u8; 500_000]);
    RecordArray::from_fields([("x", x.into()), ("y", y.into()), ("small", small.into())]).into()
}

/// Reads by `read`, and proves that both large columns were copied from where they had landed: nothing else was pinned.
fn is_sent_from_where_it_landed(device: &CudaDevice, read: impl Fn() -> Array) {
    let expected = columns().field("y").unwrap();
    let pinned = calls(c"cuMemHostAlloc");
    let up = read();
    assert_eq!(up.field("y").unwrap().to_host().unwrap(), expected);
    device.synchronize().unwrap();
    if let (Some(before), Some(after)) = (pinned, calls(c"cuMemHostAlloc")) {
        assert_eq!(
            after - before,
            2,
            "a block for each column, and none to gather them in"
        );
    }
}

#[test]
fn of_a_folder() {
    let Some(device) = device() else { return };
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("columns");
    let mut dataset = Dataset::create(path.to_str().unwrap()).unwrap();
    dataset.append(&columns()).unwrap();
    is_sent_from_where_it_landed(&device, || {
        let folder = Directory::open(&path)
            .unwrap()
            .host_memory(device.host_memory());
        let lazy = Dataset::open_in(folder).unwrap().lazy();
        let lazy = lazy.select("{x,y}").unwrap().place(device.place());
        lazy.read().unwrap()
    });
}

#[test]
fn of_a_safetensors_file() {
    let Some(device) = device() else { return };
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("columns.safetensors");
    ToSafeTensors::new(&columns()).write_file(&path).unwrap();
    let file = LocalFile::open(&path)
        .unwrap()
        .host_memory(device.host_memory());
    let key = file.key().to_owned();
    let array = SafeTensorsArray::open(file, &key).unwrap();
    let form = array.form().select("{x,y}").unwrap();
    let up = FromBuffers::new(&form, array.len())
        .place(device.place())
        .read(array.tensors())
        .unwrap();
    let expected = columns().field("x").unwrap();
    assert_eq!(up.field("x").unwrap().to_host().unwrap(), expected);
}
