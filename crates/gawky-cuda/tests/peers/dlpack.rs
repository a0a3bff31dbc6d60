//! Arrays by DLPack for `dlpack.py`, which is Python's half of this test: functions that it calls by ctypes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a test may panic, and its functions are told of in dlpack.py"
)]

use std::ffi::c_void;
use std::slice;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use gawky_buffer::{Buffer, ByteOrder, Complex, DType, NdBuffer, Pick, Slice, f16};
use gawky_cuda::dlpack::{self, DLManagedTensor, DLManagedTensorVersioned, Ready};
use gawky_cuda::{CudaDevice, CudaError};

/// How many arrays are still used by somebody.
static ALIVE: AtomicUsize = AtomicUsize::new(0);

struct Counted(Vec<u8>);

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

fn device() -> Option<&'static CudaDevice> {
    static DEVICE: OnceLock<Option<CudaDevice>> = OnceLock::new();
    let device = DEVICE.get_or_init(|| match CudaDevice::new(0) {
        Ok(device) => Some(device),
        Err(CudaError::CudaUnavailable { .. }) => None,
        Err(error) => panic!("{error}"),
    });
    device.as_ref()
}

/// The arrays that `dlpack.py` knows by number.
fn array(which: i32) -> NdBuffer {
    let of = |dtype: DType, bytes: &Buffer, shape: &[usize]| {
        ALIVE.fetch_add(1, Ordering::SeqCst);
        let counted = Buffer::from_owner(Counted(bytes.bytes().unwrap().to_vec()));
        NdBuffer::try_new(counted, dtype, ByteOrder::NATIVE, shape).unwrap()
    };
    let floats = Buffer::from_vec(vec![0.0_f32, 1.0, 2.0, 3.0, 4.0, 5.0]);
    let integers = Buffer::from_vec(vec![0_i64, 1, 2, 3, 4, 5, 6]);
    match which {
        0 => of(DType::Float32, &floats, &[2, 3]),
        1 => of(DType::Float32, &floats, &[2, 3]).t(),
        2 => {
            let numbers = of(DType::Int64, &integers, &[7]);
            numbers.slice(&[Pick::from(Slice::every(2))]).unwrap()
        }
        3 => {
            let numbers =
                Buffer::from_vec(vec![Complex::new(1.0_f64, -2.0), Complex::new(0.0, 3.0)]);
            of(DType::Complex128, &numbers, &[2])
        }
        4 => of(DType::Bool, &Buffer::from_vec(vec![1_u8, 0, 1]), &[3]),
        5 => of(DType::UInt16, &Buffer::empty(), &[0, 4]),
        6 => of(DType::Int8, &Buffer::from_vec(vec![-7_i8]), &[]),
        _ => {
            let numbers = Buffer::from_vec(vec![f16::from_f32(0.5), f16::from_f32(-1.5)]);
            of(DType::Float16, &numbers, &[2])
        }
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn peer_alive() -> usize {
    ALIVE.load(Ordering::SeqCst)
}

#[unsafe(no_mangle)]
pub extern "C" fn peer_has_device() -> bool {
    device().is_some()
}

/// What Python hands to `__dlpack__(stream=…)` of the array that is imported next.
#[unsafe(no_mangle)]
pub extern "C" fn peer_stream() -> usize {
    device().unwrap().stream_number()
}

#[unsafe(no_mangle)]
pub extern "C" fn peer_export(which: i32, versioned: bool, on_device: bool) -> *mut c_void {
    let array = match on_device {
        false => array(which),
        true => array(which).to_place(&device().unwrap().place()).unwrap(),
    };
    match versioned {
        true => dlpack::export(&array, Ready::Now)
            .unwrap()
            .into_raw()
            .cast(),
        false => dlpack::export_legacy(&array, Ready::Now)
            .unwrap()
            .into_raw()
            .cast(),
    }
}

/// Writes what has been imported, or why it has not, as text; how many bytes of it there are.
///
/// # Safety
/// `tensor` is what a capsule held, and there is room for `room` bytes at `text`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peer_import(
    tensor: *mut c_void,
    versioned: bool,
    text: *mut u8,
    room: usize,
) -> usize {
    // SAFETY: the caller vouches for it.
    let imported = unsafe {
        match versioned {
            true => dlpack::import(tensor.cast::<DLManagedTensorVersioned>(), device()),
            false => dlpack::import_legacy(tensor.cast::<DLManagedTensor>(), device()),
        }
    };
    let told = match imported {
        Err(error) => error.to_string(),
        Ok(array) => {
            let place = array.buffer().place();
            let here = array.to_place(&gawky_buffer::Place::Host).unwrap();
            let values: Vec<String> = here
                .scalars()
                .unwrap()
                .map(|value| value.to_string())
                .collect();
            format!(
                "{} {:?} on {place}: {}",
                array.dtype(),
                array.shape(),
                values.join(" ")
            )
        }
    };
    let len = told.len().min(room);
    // SAFETY: the caller vouches for the room.
    unsafe { slice::from_raw_parts_mut(text, len) }
        .copy_from_slice(told.as_bytes().split_at(len).0);
    len
}
