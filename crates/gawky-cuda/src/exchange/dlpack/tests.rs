#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gawky_buffer::{Buffer, ByteOrder, DType, NdBuffer, Pick, Slice, TimeUnit, Unit};

use super::*;
use crate::CudaError;

fn table() -> NdBuffer {
    NdBuffer::from_vec((0_i32..12).collect(), &[3, 4]).unwrap()
}

/// What a consumer written in C does: all through the struct.
fn elements(tensor: &DLTensor) -> Vec<i32> {
    assert_eq!(
        (tensor.dtype.code, tensor.dtype.bits, tensor.dtype.lanes),
        (0, 32, 1)
    );
    // SAFETY: the struct was made here.
    let numbers = |from: *mut i64| unsafe {
        std::slice::from_raw_parts(from, usize::try_from(tensor.ndim).unwrap())
    };
    let (shape, strides) = (numbers(tensor.shape), numbers(tensor.strides));
    let mut found = Vec::new();
    for row in 0..shape[0] {
        for column in 0..shape[1] {
            let at = isize::try_from(row * strides[0] + column * strides[1]).unwrap();
            let first = tensor.data.cast::<i32>();
            // SAFETY: as above.
            found.push(unsafe {
                *first
                    .byte_add(usize::try_from(tensor.byte_offset).unwrap())
                    .offset(at)
            });
        }
    }
    found
}

#[test]
fn a_consumer_in_c_sees_the_elements() {
    let part = table()
        .slice(&[Slice::every(-1).into(), Pick::from(1..3)])
        .unwrap();
    let wanted = [9, 10, 5, 6, 1, 2];
    let versioned = export(&part, Ready::Now).unwrap().into_raw();
    // SAFETY: it was just made.
    let tensor = unsafe { &*versioned };
    assert_eq!(tensor.version, DLPackVersion { major: 1, minor: 1 });
    assert_eq!(tensor.flags, READ_ONLY);
    assert_eq!(
        tensor.dl_tensor.device,
        DLDevice {
            device_type: 1,
            device_id: 0
        }
    );
    assert_eq!(elements(&tensor.dl_tensor), wanted);
    // SAFETY: its deleter is called once.
    unsafe { tensor.deleter.unwrap()(versioned) };

    let legacy = export_legacy(&part, Ready::Unordered).unwrap().into_raw();
    // SAFETY: it was just made.
    let tensor = unsafe { &*legacy };
    assert_eq!(elements(&tensor.dl_tensor), wanted);
    // SAFETY: its deleter is called once.
    unsafe { tensor.deleter.unwrap()(legacy) };
}

#[derive(Clone)]
struct Counted(Arc<Vec<u8>>, Arc<AtomicUsize>);

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn an_export_keeps_its_memory_until_it_is_deleted_on_any_thread() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let owner = Counted(Arc::new(vec![7; 64]), Arc::clone(&dropped));
    let array = NdBuffer::try_new(
        Buffer::from_owner(owner),
        DType::UInt8,
        ByteOrder::NATIVE,
        &[64],
    )
    .unwrap();
    let exported = export(&array, Ready::Now).unwrap();
    drop(export_legacy(&array, Ready::Now).unwrap());
    drop(array);
    assert_eq!(dropped.load(Ordering::SeqCst), 0);
    // SAFETY: it describes the memory truly.
    let again = unsafe { import(exported.into_raw(), None) }.unwrap();
    let part = again.slice(&[Pick::from(8..16)]).unwrap();
    drop(again);
    assert_eq!(*part.typed::<u8>().unwrap(), [7; 8]);
    assert_eq!(dropped.load(Ordering::SeqCst), 0);
    std::thread::spawn(move || drop(part)).join().unwrap();
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
}

#[test]
fn all_dtypes_that_dlpack_has_go_round() {
    for dtype in [
        DType::Bool,
        DType::Int8,
        DType::Int16,
        DType::Int32,
        DType::Int64,
        DType::UInt8,
        DType::UInt16,
        DType::UInt32,
        DType::UInt64,
        DType::Float16,
        DType::Float32,
        DType::Float64,
        DType::Complex64,
        DType::Complex128,
    ] {
        for shape in [&[][..], &[3], &[2, 0, 3], &[1, 2, 3]] {
            let array = NdBuffer::ones(dtype, shape).unwrap();
            let out = export_legacy(&array, Ready::Now).unwrap().into_raw();
            // SAFETY: it describes the array truly.
            let back = unsafe { import_legacy(out, None) }.unwrap();
            assert_eq!(back.dtype(), dtype);
            assert_eq!(back.shape(), shape);
            assert!(back.all_equal(&array, false).unwrap(), "{dtype}");
        }
    }
}

#[test]
fn what_dlpack_does_not_have_is_refused() {
    let refused = |array: NdBuffer, text: &str| {
        let error = export(&array, Ready::Now).unwrap_err().to_string();
        assert_eq!(error, format!("the array cannot be handed over: {text}"));
    };
    let days = DType::DateTime64(TimeUnit::new(15, Unit::Second).unwrap());
    refused(
        NdBuffer::zeros(days, &[2]).unwrap(),
        &format!("DLPack knows no {days}: hand over its ticks, as int64"),
    );
    refused(
        NdBuffer::zeros(DType::Float128, &[2]).unwrap(),
        "DLPack knows no float128: cast it to float64 or complex128",
    );
    let foreign = match ByteOrder::NATIVE {
        ByteOrder::Little => ByteOrder::Big,
        ByteOrder::Big => ByteOrder::Little,
    };
    refused(
        table().to_byteorder(foreign).unwrap(),
        "its elements are not in this machine's byte order: use to_byteorder first",
    );
    let odd = Buffer::from_vec(vec![0_u8; 11]);
    refused(
        NdBuffer::strided(odd, DType::Int32, ByteOrder::NATIVE, &[2], &[7], 0).unwrap(),
        "a stride of 7 bytes is no whole number of int32: use to_contiguous first",
    );
}

/// A struct of a producer that counts how often it is deleted.
struct Foreign {
    numbers: Vec<i64>,
    shape: Vec<i64>,
    strides: Vec<i64>,
    deleted: Arc<AtomicUsize>,
}

unsafe extern "C" fn deleted(this: *mut DLManagedTensorVersioned) {
    // SAFETY: both were leaked by `foreign`, and this is called once.
    unsafe {
        let tensor = Box::from_raw(this);
        let own = Box::from_raw(tensor.manager_ctx.cast::<Foreign>());
        own.deleted.fetch_add(1, Ordering::SeqCst);
    }
}

/// An array of four `int64`, changed by `change`, and how often it is deleted.
fn foreign(
    change: impl FnOnce(&mut DLManagedTensorVersioned, &mut Foreign),
) -> (Result<NdBuffer, CudaError>, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let mut own = Box::new(Foreign {
        numbers: vec![1, 2, 3, 4],
        shape: vec![2, 2],
        strides: vec![2, 1],
        deleted: Arc::clone(&count),
    });
    let mut tensor = Box::new(DLManagedTensorVersioned {
        version: VERSION,
        manager_ctx: std::ptr::null_mut(),
        deleter: Some(deleted),
        flags: 0,
        dl_tensor: DLTensor {
            data: own.numbers.as_mut_ptr().cast::<c_void>(),
            device: DLDevice {
                device_type: 1,
                device_id: 0,
            },
            ndim: 2,
            dtype: DLDataType {
                code: 0,
                bits: 64,
                lanes: 1,
            },
            shape: own.shape.as_mut_ptr(),
            strides: own.strides.as_mut_ptr(),
            byte_offset: 0,
        },
    });
    change(&mut tensor, &mut own);
    tensor.manager_ctx = Box::into_raw(own).cast();
    // SAFETY: what is a lie in it is found before the elements are looked at.
    (unsafe { import(Box::into_raw(tensor), None) }, count)
}

#[test]
fn an_array_is_taken_over_and_deleted_once() {
    let (array, count) = foreign(|_, _| {});
    let array = array.unwrap();
    assert_eq!(*array.typed::<i64>().unwrap(), [1, 2, 3, 4]);
    drop(array.clone());
    assert_eq!(count.load(Ordering::SeqCst), 0);
    drop(array);
    assert_eq!(count.load(Ordering::SeqCst), 1);

    let (array, count) = foreign(|tensor, own| {
        tensor.dl_tensor.byte_offset = 24;
        own.strides = vec![-2, -1];
        tensor.dl_tensor.strides = own.strides.as_mut_ptr();
    });
    assert_eq!(*array.unwrap().typed::<i64>().unwrap(), [4, 3, 2, 1]);
    assert_eq!(count.load(Ordering::SeqCst), 1);

    let (array, count) = foreign(|tensor, own| {
        tensor.dl_tensor.strides = std::ptr::null_mut();
        tensor.dl_tensor.data = std::ptr::null_mut();
        own.shape[1] = 0;
    });
    assert_eq!(array.unwrap().shape(), [2, 0]);
    assert_eq!(count.load(Ordering::SeqCst), 1);

    let (array, _) = foreign(|tensor, _| {
        tensor.dl_tensor.ndim = 0;
        tensor.dl_tensor.shape = std::ptr::null_mut();
        tensor.dl_tensor.strides = std::ptr::null_mut();
    });
    assert_eq!(*array.unwrap().typed::<i64>().unwrap(), [1]);
}

#[test]
fn lies_are_found_and_deleted_once() {
    type Lie = fn(&mut DLManagedTensorVersioned, &mut Foreign);
    let lies: [(Lie, &str); 17] = [
        (
            |t, _| t.version.major = 2,
            "it is of DLPack's version 2.1, and 1.x is understood",
        ),
        (
            |t, _| t.version.major = 0,
            "it is of DLPack's version 0.1, and 1.x is understood",
        ),
        (
            |t, _| t.dl_tensor.ndim = -1,
            "it has -1 axes, and 0 to 64 are possible",
        ),
        (
            |t, _| t.dl_tensor.ndim = i32::MAX,
            "it has 2147483647 axes, and 0 to 64 are possible",
        ),
        (
            |t, _| t.dl_tensor.shape = std::ptr::null_mut(),
            "it has 2 axes and no shape",
        ),
        (
            |t, _| t.dl_tensor.dtype.lanes = 4,
            "its elements are vectors of 4 lanes",
        ),
        (
            |t, _| {
                t.dl_tensor.dtype = DLDataType {
                    code: 4,
                    bits: 16,
                    lanes: 1,
                }
            },
            "its elements have the type code 4 and 16 bits, for which there is no dtype here",
        ),
        (|_, own| own.shape[1] = -2, "axis 1 has -2 elements"),
        (
            |_, own| own.shape.fill(i64::MAX),
            "no memory holds [9223372036854775807, 9223372036854775807] of int64",
        ),
        (
            |_, own| own.shape[0] = 1 << 60,
            "no memory holds [1152921504606846976, 2] of int64",
        ),
        (
            |_, own| own.strides[0] = i64::MIN,
            "a stride of -9223372036854775808 elements of int64 is beyond memory",
        ),
        (
            |_, own| own.strides[0] = i64::MAX / 8,
            "leaves the address space",
        ),
        (
            |_, own| own.strides[1] = i64::MIN / 8,
            "leaves the address space",
        ),
        (
            |t, _| t.dl_tensor.data = std::ptr::null_mut(),
            "it has elements, and its address is null",
        ),
        (
            |t, _| t.dl_tensor.byte_offset = u64::MAX,
            "its byte_offset leaves the address space",
        ),
        (
            |t, _| t.dl_tensor.device.device_type = 8,
            "it is on a device of DLPack's kind 8, and 1 (host), 2 (CUDA) and 3 (pinned host) are understood",
        ),
        (
            |t, _| {
                t.dl_tensor.device = DLDevice {
                    device_type: 2,
                    device_id: 5,
                }
            },
            "it is on cuda:5, and no device was given to import it to",
        ),
    ];
    for (lie, text) in lies {
        let (array, count) = foreign(lie);
        let error = array.unwrap_err().to_string();
        assert!(
            error.starts_with("the array cannot be taken over: "),
            "{error}"
        );
        assert!(error.ends_with(text), "{error}");
        assert_eq!(count.load(Ordering::SeqCst), 1, "{text}");
    }
    // SAFETY: null is refused.
    unsafe {
        import(std::ptr::null_mut(), None).unwrap_err();
        import_legacy(std::ptr::null_mut(), None).unwrap_err();
    }
}

#[test]
fn nothing_to_delete_is_no_error() {
    let mut numbers = [5_u8];
    let mut tensor = DLManagedTensor {
        dl_tensor: DLTensor {
            data: numbers.as_mut_ptr().cast(),
            device: DLDevice {
                device_type: 3,
                device_id: 0,
            },
            ndim: 0,
            dtype: DLDataType {
                code: 1,
                bits: 8,
                lanes: 1,
            },
            shape: std::ptr::null_mut(),
            strides: std::ptr::null_mut(),
            byte_offset: 0,
        },
        manager_ctx: std::ptr::null_mut(),
        deleter: None,
    };
    // SAFETY: the struct and the number outlive the array.
    let array = unsafe { import_legacy(&raw mut tensor, None) }.unwrap();
    assert_eq!(*array.typed::<u8>().unwrap(), [5]);
}

#[test]
fn the_structs_are_laid_out_as_c_does() {
    assert_eq!(size_of::<DLTensor>(), 48);
    assert_eq!(std::mem::offset_of!(DLTensor, device), 8);
    assert_eq!(std::mem::offset_of!(DLTensor, ndim), 16);
    assert_eq!(std::mem::offset_of!(DLTensor, dtype), 20);
    assert_eq!(std::mem::offset_of!(DLTensor, shape), 24);
    assert_eq!(std::mem::offset_of!(DLTensor, byte_offset), 40);
    assert_eq!(size_of::<DLManagedTensor>(), 64);
    assert_eq!(std::mem::offset_of!(DLManagedTensor, manager_ctx), 48);
    assert_eq!(size_of::<DLManagedTensorVersioned>(), 80);
    assert_eq!(std::mem::offset_of!(DLManagedTensorVersioned, deleter), 16);
    assert_eq!(std::mem::offset_of!(DLManagedTensorVersioned, flags), 24);
    assert_eq!(
        std::mem::offset_of!(DLManagedTensorVersioned, dl_tensor),
        32
    );
}
