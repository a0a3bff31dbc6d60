//! The same memory in other hands, on the device.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gawky_buffer::{Buffer, ByteOrder, DType, Device, NdBuffer};
use gawky_cuda::dlpack::{self, Ready};
use gawky_cuda::{CudaArrayInterface, CudaBuffer, CudaDevice, CudaError};

use crate::device;

fn numbers() -> Vec<i64> {
    (0..10_000).collect()
}

fn uploaded(device: &CudaDevice) -> Buffer {
    let up = device.upload(&[Buffer::from_vec(numbers())]).unwrap();
    up.into_iter().next().unwrap()
}

#[test]
fn a_slice_of_cudarc_becomes_a_buffer_and_one_again() {
    let Some(device) = device() else { return };
    let users = device.context().new_stream().unwrap();
    for stream in [&users, device.stream()] {
        let slice = stream.clone_htod(&numbers()).unwrap();
        let buffer = device.from_cuda_slice(slice).unwrap();
        assert_eq!(
            *buffer.to_host().unwrap().typed::<i64>().unwrap(),
            numbers()
        );
        let part = buffer.slice(8..24).unwrap();
        drop(buffer);
        assert_eq!(*part.to_host().unwrap().typed::<i64>().unwrap(), [1, 2]);
        drop(part);
        let slice = stream.clone_htod(&numbers()).unwrap();
        let buffer = device.from_cuda_slice(slice).unwrap();
        let again = device.into_cuda_slice::<i64>(buffer).unwrap();
        assert_eq!(again.stream().clone_dtoh(&again).unwrap(), numbers());
    }
    let none = users.alloc_zeros::<u8>(4).unwrap();
    let buffer = device.from_cuda_slice(none).unwrap();
    assert_eq!(buffer.to_host().unwrap().bytes().unwrap(), [0; 4]);
}

#[test]
fn memory_is_handed_over_by_its_only_owner() {
    let Some(device) = device() else { return };
    let buffer = uploaded(&device);
    let other = buffer.clone();
    let refused = |buffer: Buffer| {
        let (address, len) = (buffer.address(), buffer.len());
        let refused = device.into_cuda_slice::<i64>(buffer).unwrap_err();
        let back = (refused.buffer.address(), refused.buffer.len());
        assert_eq!(back, (address, len), "the buffer comes back");
        (refused.buffer, *refused.error)
    };
    let (buffer, error) = refused(buffer);
    assert_eq!(error, CudaError::Shared);
    let part = other.slice(0..16).unwrap();
    drop((buffer, other));
    assert_eq!(refused(part).1, CudaError::Shared);
    // What another type's slice owns is given back and can still be read.
    let floats = device.stream().clone_htod(&[1_f64, 2.0]).unwrap();
    let (buffer, error) = refused(device.from_cuda_slice(floats).unwrap());
    assert_eq!(error, CudaError::Shared);
    let back = buffer.to_host().unwrap();
    assert_eq!(*back.typed::<f64>().unwrap(), [1.0, 2.0]);
    assert!(device.into_cuda_slice::<f64>(buffer).is_ok());
    let slice = device.into_cuda_slice::<i64>(uploaded(&device)).unwrap();
    assert_eq!(slice.len(), numbers().len());
    assert_eq!(device.stream().clone_dtoh(&slice).unwrap(), numbers());
    for range in [0..7, 4..12] {
        let (_, error) = refused(uploaded(&device).slice(range).unwrap());
        assert!(matches!(error, CudaError::Buffer(_)), "{error}");
    }
    let (_, error) = refused(Buffer::from_vec(numbers()));
    assert!(matches!(error, CudaError::Elsewhere { .. }), "{error}");
}

#[test]
fn a_loan_is_read_on_another_stream_before_the_memory_is_freed() {
    let Some(device) = device() else { return };
    let users = device.context().new_stream().unwrap();
    for _ in 0..3 {
        let buffer = uploaded(&device);
        let loan = device.lend::<i64>(&buffer, &users).unwrap();
        // SAFETY: it is written before it is read.
        let mut target = unsafe { users.alloc::<i64>(loan.len()) }.unwrap();
        users.memcpy_dtod(&*loan, &mut target).unwrap();
        drop(loan);
        // Freed in the order of the device's stream, which must wait for the copy; then somebody else has the memory.
        drop(buffer);
        let other = device
            .upload(&[Buffer::from_vec(vec![7_i64; 10_000])])
            .unwrap();
        device.synchronize().unwrap();
        assert_eq!(users.clone_dtoh(&target).unwrap(), numbers());
        drop(other);
    }
}

/// Calls `drop` of what it holds, and counts.
struct Counted<T>(
    #[allow(dead_code, reason = "it is kept")] T,
    Arc<AtomicUsize>,
);

impl<T> Drop for Counted<T> {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn dlpack_shares_memory_of_the_device() {
    let Some(device) = device() else { return };
    let other = CudaDevice::new(0).unwrap();
    let array = NdBuffer::try_new(
        uploaded(&device),
        DType::Int64,
        ByteOrder::NATIVE,
        &[100, 100],
    )
    .unwrap()
    .t();
    for ready in [Ready::Now, Ready::On(other.stream())] {
        let exported = dlpack::export(&array, ready).unwrap();
        // SAFETY: it was just made.
        let tensor = unsafe { &(*exported.as_ptr()).dl_tensor };
        assert_eq!((tensor.device.device_type, tensor.device.device_id), (2, 0));
        assert_eq!(tensor.data.addr(), array.buffer().address());
        // SAFETY: it describes the array truly, and was made ready for the other device's stream.
        let same = unsafe { dlpack::import(exported.into_raw(), Some(&other)) }.unwrap();
        assert_eq!(same.shape(), [100, 100]);
        assert_eq!(same.strides(), array.strides());
        assert_eq!(same.buffer().address(), array.buffer().address());
        let back = same.buffer().to_host().unwrap();
        assert_eq!(*back.typed::<i64>().unwrap(), numbers());
    }
    let legacy = dlpack::export_legacy(&array, Ready::Now)
        .unwrap()
        .into_raw();
    drop(array);
    // SAFETY: it describes the array truly, and is ready.
    let same = unsafe { dlpack::import_legacy(legacy, Some(&other)) }.unwrap();
    assert_eq!(
        *same.buffer().to_host().unwrap().typed::<i64>().unwrap(),
        numbers()
    );
}

#[test]
fn a_tensor_that_lies_about_its_device_is_refused() {
    let Some(device) = device() else { return };
    let host = NdBuffer::from_vec(numbers(), &[10_000]).unwrap();
    let tensor = dlpack::export(&host, Ready::Now).unwrap().into_raw();
    // SAFETY: it was just made, and the lie is found before anything is read.
    let error = unsafe {
        (*tensor).dl_tensor.device.device_type = 2;
        dlpack::import(tensor, Some(&device)).unwrap_err()
    };
    assert!(
        error
            .to_string()
            .contains("CUDA knows of no memory of a device at"),
        "{error}"
    );

    let tensor = dlpack::export(&host, Ready::Now).unwrap().into_raw();
    // SAFETY: as above.
    let error = unsafe {
        (*tensor).dl_tensor.device.device_type = 2;
        (*tensor).dl_tensor.device.device_id = 3;
        dlpack::import(tensor, Some(&device)).unwrap_err()
    };
    assert!(matches!(error, CudaError::Elsewhere { .. }), "{error}");

    let up = NdBuffer::try_new(uploaded(&device), DType::Int64, ByteOrder::NATIVE, &[100]).unwrap();
    let tensor = dlpack::export(&up, Ready::Now).unwrap().into_raw();
    // SAFETY: as above.
    let error = unsafe {
        (*tensor).dl_tensor.byte_offset = 3;
        dlpack::import(tensor, Some(&device)).unwrap_err()
    };
    assert!(error.to_string().contains("not aligned"), "{error}");
}

#[test]
fn the_array_interface_goes_round() {
    let Some(device) = device() else { return };
    let other = CudaDevice::new(0).unwrap();
    let array = NdBuffer::try_new(
        uploaded(&device),
        DType::Int64,
        ByteOrder::NATIVE,
        &[100, 100],
    )
    .unwrap();
    let described = CudaArrayInterface::of(&array).unwrap();
    assert_eq!(
        described,
        CudaArrayInterface {
            shape: vec![100, 100],
            typestr: "<i8".to_owned(),
            data: (array.buffer().address(), true),
            strides: None,
            version: 3,
            stream: Some(device.stream_number()),
        }
    );
    assert_eq!(
        CudaArrayInterface::of(&array.t()).unwrap().strides,
        Some(vec![8, 800])
    );
    let dropped = Arc::new(AtomicUsize::new(0));
    let owner = Counted(array.clone(), Arc::clone(&dropped));
    // SAFETY: the description is true, and the owner keeps the array.
    let same = unsafe { described.import(&other, owner) }.unwrap();
    drop(array);
    assert_eq!(
        *same.buffer().to_host().unwrap().typed::<i64>().unwrap(),
        numbers()
    );
    assert_eq!(dropped.load(Ordering::SeqCst), 0);
    drop(same);
    assert_eq!(dropped.load(Ordering::SeqCst), 1);

    let wrong = CudaArrayInterface {
        version: 4,
        ..described.clone()
    };
    // SAFETY: it is refused.
    unsafe { wrong.import(&other, ()) }.unwrap_err();
    let wrong = CudaArrayInterface {
        stream: Some(0),
        ..described.clone()
    };
    // SAFETY: it is refused.
    unsafe { wrong.import(&other, ()) }.unwrap_err();
    let empty = CudaArrayInterface {
        data: (0, false),
        shape: vec![0, 3],
        stream: None,
        ..described
    };
    // SAFETY: there are no elements.
    let none = unsafe { empty.import(&other, ()) }.unwrap();
    assert!(CudaBuffer::of(none.buffer()).is_some());
    CudaArrayInterface::of(&NdBuffer::zeros(DType::Int8, &[2]).unwrap()).unwrap_err();
}

/// Begins a copy on the device's stream, drops what it reads, and looks at it later.
fn read_late(device: &CudaDevice, buffer: Buffer) {
    let loan = device.lend::<i64>(&buffer, device.stream()).unwrap();
    // SAFETY: it is written before it is read.
    let mut target = unsafe { device.stream().alloc::<i64>(loan.len()) }.unwrap();
    device.stream().memcpy_dtod(&*loan, &mut target).unwrap();
    drop(loan);
    drop(buffer);
    device.context().synchronize().unwrap();
    assert_eq!(device.stream().clone_dtoh(&target).unwrap(), numbers());
}

#[test]
fn what_others_own_is_freed_after_the_last_read() {
    let Some(device) = device() else { return };
    let users = device.context().new_stream().unwrap();
    let slice = users.clone_htod(&numbers()).unwrap();
    read_late(&device, device.from_cuda_slice(slice).unwrap());

    let slice = users.clone_htod(&numbers()).unwrap();
    let address = {
        use gawky_cuda::cudarc::driver::DevicePtr;
        let (pointer, _read) = slice.device_ptr(&users);
        usize::try_from(pointer).unwrap()
    };
    let described = CudaArrayInterface {
        shape: vec![10_000],
        typestr: "<i8".to_owned(),
        data: (address, false),
        strides: None,
        version: 3,
        stream: Some(users.cu_stream().addr()),
    };
    // SAFETY: the description is true, and the slice, which keeps the memory, frees it on a stream that knows of no reads.
    let array = unsafe { described.import(&device, slice) }.unwrap();
    let buffer = array.buffer().clone();
    drop(array);
    read_late(&device, buffer);
}

#[test]
fn a_loan_that_is_forgotten_is_waited_for() {
    let Some(device) = device() else { return };
    let stream = device.context().new_stream().unwrap();
    let numbers = Buffer::from_vec((0..20_000_i64).collect());
    let up = device.upload(&[numbers]).unwrap().remove(0);
    let loan = device.lend::<i64>(&up, &stream).unwrap();
    let copy = stream.clone_dtod(&*loan).unwrap();
    std::mem::forget(loan);
    drop(up);
    assert_eq!(stream.clone_dtoh(&copy).unwrap()[12_345], 12_345);
}

#[test]
fn no_elements_are_a_slice_of_none() {
    let Some(device) = device() else { return };
    let up = device.upload(&[Buffer::empty()]).unwrap().remove(0);
    let slice = device.into_cuda_slice::<f32>(up).unwrap();
    assert_eq!(slice.len(), 0);
    assert!(device.from_cuda_slice(slice).unwrap().is_empty());
}
