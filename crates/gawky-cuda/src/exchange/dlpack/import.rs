//! Arrays of others.

use std::ptr::NonNull;

use gawky_buffer::{Buffer, ByteOrder, NdBuffer};

use super::super::foreign::{Described, axes, wrong};
use super::layout::{
    CUDA, DLManagedTensor, DLManagedTensorVersioned, DLTensor, HOST, PINNED, VERSION, to_dtype,
};
use crate::{CudaDevice, CudaError};

/// Takes over an array of another library, without copying it: what is in a capsule with the name `dltensor_versioned`.
///
/// `tensor` belongs to gawky from here on, also where it is refused: its deleter is called once, when the last buffer over it has
/// been dropped and the device has done all that uses it, on whichever thread that is. `device` is needed for arrays on a
/// device.
///
/// # Safety
/// `tensor` is null, or points to such a struct of the version that it says, with as many numbers in `shape` and `strides` as it says, and
/// with a deleter that any thread may call. Its elements are where it says, and nobody writes them, nor what lies between them, until the deleter is called. On a
/// device, what has written them is done, or the stream of `device` waits for it: see
/// [`CudaDevice::stream_number`].
///
/// # Errors
/// [`CudaError::Import`] for numbers that cannot be true, and for what is not understood here: another major version, a dtype, a
/// kind of device. [`CudaError::Elsewhere`] for memory of another device than `device`, and [`CudaError::Driver`].
pub unsafe fn import(
    tensor: *mut DLManagedTensorVersioned,
    device: Option<&CudaDevice>,
) -> Result<NdBuffer, CudaError> {
    let owner = Owner(NonNull::new(tensor).ok_or_else(|| wrong("its pointer is null"))?);
    // SAFETY: the first fields are those of every version.
    let version = unsafe { (&raw const (*tensor).version).read_unaligned() };
    if version.major != VERSION.major {
        return Err(wrong(format!(
            "it is of DLPack's version {}.{}, and {}.x is understood",
            version.major, version.minor, VERSION.major
        )));
    }
    // SAFETY: the caller vouches for the struct.
    unsafe { taken((*tensor).dl_tensor, owner, device) }
}

/// The same for the struct without a version: what is in a capsule with the name `dltensor`.
///
/// # Safety
/// As for [`import`].
///
/// # Errors
/// As [`import`].
pub unsafe fn import_legacy(
    tensor: *mut DLManagedTensor,
    device: Option<&CudaDevice>,
) -> Result<NdBuffer, CudaError> {
    let owner = Owner(NonNull::new(tensor).ok_or_else(|| wrong("its pointer is null"))?);
    // SAFETY: the caller vouches for the struct.
    unsafe { taken((*tensor).dl_tensor, owner, device) }
}

/// Calls the deleter when it is dropped.
struct Owner<T: Deletes>(NonNull<T>);

// SAFETY: whoever imports vouches for a deleter that any thread may call.
unsafe impl<T: Deletes> Send for Owner<T> {}
// SAFETY: a shared reference does nothing.
unsafe impl<T: Deletes> Sync for Owner<T> {}

trait Deletes: 'static {
    fn deleter(&self) -> Option<unsafe extern "C" fn(*mut Self)>;
}

impl Deletes for DLManagedTensor {
    fn deleter(&self) -> Option<unsafe extern "C" fn(*mut Self)> {
        self.deleter
    }
}

impl Deletes for DLManagedTensorVersioned {
    fn deleter(&self) -> Option<unsafe extern "C" fn(*mut Self)> {
        self.deleter
    }
}

impl<T: Deletes> Drop for Owner<T> {
    fn drop(&mut self) {
        // SAFETY: the struct is alive until its deleter is called, which is here.
        unsafe {
            if let Some(delete) = self.0.as_ref().deleter() {
                delete(self.0.as_ptr());
            }
        }
    }
}

/// # Safety
/// As for [`import`]; what `tensor` points to is there until `owner` deletes it. (The struct itself is copied: it may be deleted in here,
/// where no reference to it may be left.)
unsafe fn taken<T: Deletes>(
    tensor: DLTensor,
    owner: Owner<T>,
    device: Option<&CudaDevice>,
) -> Result<NdBuffer, CudaError> {
    // SAFETY: the caller vouches for the numbers.
    let described = unsafe { describe(&tensor) }?;
    match (tensor.device.device_type, device) {
        // SAFETY: the caller vouches for the elements.
        (HOST | PINNED, _) => unsafe { on_host(&described, owner) },
        (CUDA, Some(device)) => {
            if usize::try_from(tensor.device.device_id).ok() != Some(device.ordinal()) {
                return Err(device.elsewhere(format!("cuda:{}", tensor.device.device_id)));
            }
            // SAFETY: the caller vouches for the elements, and for when they are written.
            unsafe { described.on_device(device, owner) }
        }
        (CUDA, None) => Err(wrong(format!(
            "it is on cuda:{}, and no device was given to import it to",
            tensor.device.device_id
        ))),
        (other, _) => Err(wrong(format!(
            "it is on a device of DLPack's kind {other}, and 1 (host), 2 (CUDA) and 3 (pinned host) are understood"
        ))),
    }
}

/// What a tensor says, in numbers that are possible.
///
/// # Safety
/// There are as many numbers in `shape` and `strides` as it says, where they are not null.
unsafe fn describe(tensor: &DLTensor) -> Result<Described, CudaError> {
    let ndim = axes(tensor.ndim)?;
    let dtype = to_dtype(tensor.dtype)?;
    if ndim > 0 && tensor.shape.is_null() {
        return Err(wrong(format!("it has {ndim} axes and no shape")));
    }
    // SAFETY: the caller vouches for `ndim` numbers; they need not be aligned.
    let read = |from: *mut i64, axis: usize| unsafe { from.wrapping_add(axis).read_unaligned() };
    let mut shape = Vec::with_capacity(ndim);
    for axis in 0..ndim {
        let len = read(tensor.shape, axis);
        shape.push(
            usize::try_from(len).map_err(|_| wrong(format!("axis {axis} has {len} elements")))?,
        );
    }
    let strides = if tensor.strides.is_null() {
        None
    } else {
        let mut strides = Vec::with_capacity(ndim);
        for axis in 0..ndim {
            let stride = read(tensor.strides, axis);
            let bytes = isize::try_from(stride).ok();
            let bytes = bytes.and_then(|stride| stride.checked_mul(dtype.itemsize().cast_signed()));
            strides.push(bytes.ok_or_else(|| {
                wrong(format!(
                    "a stride of {stride} elements of {dtype} is beyond memory"
                ))
            })?);
        }
        Some(strides)
    };
    let data = tensor.data.expose_provenance();
    let first = match data {
        0 => Some(0),
        _ => usize::try_from(tensor.byte_offset)
            .ok()
            .and_then(|offset| data.checked_add(offset)),
    };
    Ok(Described {
        dtype,
        byteorder: ByteOrder::NATIVE,
        shape,
        strides,
        first: first.ok_or_else(|| wrong("its byte_offset leaves the address space"))?,
    })
}

/// # Safety
/// The elements that are described are there until `owner` is dropped, and nobody writes them.
unsafe fn on_host<T: Deletes>(
    described: &Described,
    owner: Owner<T>,
) -> Result<NdBuffer, CudaError> {
    let Some(extent) = described.extent()? else {
        let shape = &described.shape;
        return Ok(NdBuffer::try_new(
            Buffer::empty(),
            described.dtype,
            described.byteorder,
            shape,
        )?);
    };
    let bytes = HostBytes {
        pointer: std::ptr::with_exposed_provenance(extent.address),
        len: extent.len,
        _owner: owner,
    };
    described.over(Buffer::from_owner(bytes), &extent)
}

/// Host memory that somebody else owns.
struct HostBytes<T: Deletes> {
    pointer: *const u8,
    len: usize,
    _owner: Owner<T>,
}

// SAFETY: the memory is only read, and its owner may be dropped by any thread.
unsafe impl<T: Deletes> Send for HostBytes<T> {}

impl<T: Deletes> AsRef<[u8]> for HostBytes<T> {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: whoever imported it vouches for the memory, until the owner, which is here, is dropped.
        unsafe { std::slice::from_raw_parts(self.pointer, self.len) }
    }
}
