//! Bytes to a device and back.

use std::ops::Range;

use cudarc::driver::result;
use gawky_buffer::{Buffer, BufferMut};

use crate::memory::Reading;
use crate::{CudaBuffer, CudaDevice, CudaError};

/// Where the pieces of a slab begin: multiples of this, which is what an allocation is aligned to.
const ALIGNED: usize = 256;

pub(crate) fn upload(device: &CudaDevice, pieces: &[Buffer]) -> Result<Vec<Buffer>, CudaError> {
    let mut slab = BufferMut::with_capacity(0);
    let mut ranges = Vec::with_capacity(pieces.len());
    for piece in pieces {
        slab.try_extend_zeros(slab.len().next_multiple_of(ALIGNED) - slab.len())?;
        let start = slab.len();
        slab.try_reserve(piece.len())?;
        slab.extend_from_slice(piece.bytes()?);
        ranges.push(start..slab.len());
    }
    let memory = device.allocate(slab.len())?;
    if !slab.is_empty() {
        // SAFETY: the memory has as many bytes as the slab, and the slab lives until the stream is through with it.
        let sent = unsafe {
            result::memcpy_htod_async(
                memory.pointer(),
                slab.as_slice(),
                device.stream().cu_stream(),
            )
        };
        device.synchronize()?;
        sent.map_err(|error| CudaError::of_call("cuMemcpyHtoDAsync", error))?;
    }
    let whole = memory.freeze()?;
    ranges
        .into_iter()
        .map(|range| Ok(whole.slice(range)?))
        .collect()
}

pub(crate) fn download(device: &CudaDevice, pieces: &[Buffer]) -> Result<Vec<Buffer>, CudaError> {
    let copy = |piece: &Buffer| match piece.len() {
        0 => Ok(Buffer::empty()),
        len => copy(device, device.reading(piece)?, len),
    };
    pieces.iter().map(copy).collect()
}

/// The bytes `range` of `bytes`, which lies within them.
pub(crate) fn to_host(bytes: &CudaBuffer, range: Range<usize>) -> Result<Buffer, CudaError> {
    if range.is_empty() {
        return Ok(Buffer::empty());
    }
    let device = bytes.cuda_device();
    copy(
        device,
        device.reading_from(bytes, range.start)?,
        range.len(),
    )
}

fn copy(device: &CudaDevice, source: Reading<'_>, len: usize) -> Result<Buffer, CudaError> {
    device.bind()?;
    let mut host = BufferMut::try_zeroed(len)?;
    // SAFETY: the source has as many bytes as the host's memory, which lives until the stream is through.
    let sent = unsafe {
        result::memcpy_dtoh_async(
            host.as_mut_slice(),
            source.pointer(),
            device.stream().cu_stream(),
        )
    };
    drop(source);
    device.synchronize()?;
    sent.map_err(|error| CudaError::of_call("cuMemcpyDtoHAsync", error))?;
    Ok(host.freeze())
}
