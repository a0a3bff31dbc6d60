//! Arrays that somebody else describes: what they say is checked before anything is believed.

use std::any::Any;
use std::mem::MaybeUninit;

use cudarc::driver::DriverError;
use cudarc::driver::sys::{self, CUpointer_attribute};
use gawky_buffer::{Buffer, ByteOrder, DType, Device, NdBuffer};

use crate::{CudaBuffer, CudaDevice, CudaError};

/// An array as it is described: nothing of it is proved.
#[derive(Debug)]
pub(super) struct Described {
    pub(super) dtype: DType,
    pub(super) byteorder: ByteOrder,
    pub(super) shape: Vec<usize>,
    /// In bytes; without gaps and row-major where there are none.
    pub(super) strides: Option<Vec<isize>>,
    /// The address of the first element.
    pub(super) first: usize,
}

/// Which bytes the elements of an array lie in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) address: usize,
    pub(super) len: usize,
    /// Where in them the first element begins.
    pub(super) offset: usize,
    pub(super) strides: Vec<isize>,
}

/// More axes than any library has; NumPy has 64 at most.
const AXES: usize = 64;

pub(super) fn wrong(reason: impl Into<String>) -> CudaError {
    CudaError::Import {
        reason: reason.into(),
    }
}

/// As many axes as are said, if that can be.
pub(super) fn axes(
    ndim: impl TryInto<usize> + Copy + std::fmt::Display,
) -> Result<usize, CudaError> {
    ndim.try_into()
        .ok()
        .filter(|axes| *axes <= AXES)
        .ok_or_else(|| wrong(format!("it has {ndim} axes, and 0 to {AXES} are possible")))
}

impl Described {
    /// Which bytes the elements lie in; `None` where there are no elements.
    ///
    /// # Errors
    /// [`CudaError::Import`] when that is no range of addresses.
    pub(super) fn extent(&self) -> Result<Option<Extent>, CudaError> {
        let itemsize = self.dtype.itemsize();
        if self.shape.contains(&0) {
            return Ok(None);
        }
        let too_large = || {
            wrong(format!(
                "no memory holds {:?} of {}",
                self.shape, self.dtype
            ))
        };
        let elements = self
            .shape
            .iter()
            .try_fold(1_usize, |all, len| all.checked_mul(*len));
        elements
            .and_then(|elements| elements.checked_mul(itemsize))
            .filter(|bytes| isize::try_from(*bytes).is_ok())
            .ok_or_else(too_large)?;
        let strides = match &self.strides {
            Some(strides) if strides.len() != self.shape.len() => {
                return Err(wrong(format!(
                    "it has {} strides for {} axes",
                    strides.len(),
                    self.shape.len()
                )));
            }
            Some(strides) => strides.clone(),
            None => {
                let mut stride = itemsize;
                let mut strides = Vec::with_capacity(self.shape.len());
                for len in self.shape.iter().rev() {
                    strides.push(isize::try_from(stride).map_err(|_| too_large())?);
                    stride = stride.checked_mul(*len).ok_or_else(too_large)?;
                }
                strides.reverse();
                strides
            }
        };
        if self.first == 0 {
            return Err(wrong("it has elements, and its address is null"));
        }
        let leaves = || {
            wrong(format!(
                "shape {:?} with strides of {strides:?} bytes from address {:#x} leaves the address space",
                self.shape, self.first
            ))
        };
        let (mut low, mut high) = (0_i128, 0_i128);
        for (len, stride) in self.shape.iter().zip(&strides) {
            let steps = i128::try_from(len - 1).map_err(|_| too_large())?;
            // 64 products of two numbers of 64 bits: no overflow, as each is below 2^126, but the sum might.
            let reach = steps * (*stride as i128);
            let bound = if reach < 0 { &mut low } else { &mut high };
            *bound = bound.checked_add(reach).ok_or_else(leaves)?;
        }
        let first = self.first as i128;
        let item = itemsize as i128;
        let start = usize::try_from(first + low).ok().filter(|start| *start > 0);
        let address = start.ok_or_else(leaves)?;
        let end = high
            .checked_add(first)
            .and_then(|end| end.checked_add(item));
        let end = end
            .and_then(|end| usize::try_from(end).ok())
            .ok_or_else(leaves)?;
        let len = end - address;
        if isize::try_from(len).is_err() {
            return Err(leaves());
        }
        Ok(Some(Extent {
            address,
            len,
            offset: self.first - address,
            strides,
        }))
    }

    /// The array over its bytes.
    pub(super) fn over(&self, buffer: Buffer, extent: &Extent) -> Result<NdBuffer, CudaError> {
        Ok(NdBuffer::strided(
            buffer,
            self.dtype,
            self.byteorder,
            &self.shape,
            &extent.strides,
            extent.offset,
        )?)
    }

    /// The array over memory of `device`, which `owner` keeps until it is dropped.
    ///
    /// # Safety
    /// What is described is true: the elements are there, nobody writes them before `owner` is dropped, and what has written them is
    /// done, or the device's stream waits for it.
    pub(super) unsafe fn on_device(
        &self,
        device: &CudaDevice,
        owner: impl Any + Send + Sync,
    ) -> Result<NdBuffer, CudaError> {
        let Some(extent) = self.extent()? else {
            let none = device.allocate(0)?.freeze()?;
            return Ok(NdBuffer::try_new(
                none,
                self.dtype,
                self.byteorder,
                &self.shape,
            )?);
        };
        let align = self.dtype.itemsize().min(8);
        let aligned = self.first.is_multiple_of(align)
            && extent
                .strides
                .iter()
                .all(|stride| stride.unsigned_abs().is_multiple_of(align));
        if !aligned {
            return Err(wrong(format!(
                "its elements are not aligned for {}: copy it without gaps first",
                self.dtype
            )));
        }
        check_place(device, extent.address)?;
        // SAFETY: the caller vouches for the memory.
        let buffer = unsafe {
            CudaBuffer::from_foreign(device, extent.address as u64, extent.len, Box::new(owner))
        }?;
        self.over(buffer, &extent)
    }
}

/// That an address is one of the device's memory.
fn check_place(device: &CudaDevice, address: usize) -> Result<(), CudaError> {
    device.bind()?;
    let kind = attribute(
        CUpointer_attribute::CU_POINTER_ATTRIBUTE_MEMORY_TYPE,
        address,
    );
    let device_memory = sys::CUmemorytype::CU_MEMORYTYPE_DEVICE as u32;
    if !matches!(kind, Ok(kind) if kind == device_memory) {
        return Err(wrong(format!(
            "CUDA knows of no memory of a device at {address:#x}"
        )));
    }
    let ordinal = attribute(
        CUpointer_attribute::CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL,
        address,
    )
    .map_err(|error| CudaError::of_call("cuPointerGetAttribute", error))?;
    if usize::try_from(ordinal).ok() == Some(device.ordinal()) {
        Ok(())
    } else {
        Err(CudaError::Elsewhere {
            place: device.name().to_owned(),
            have: format!("cuda:{ordinal}"),
        })
    }
}

fn attribute(which: CUpointer_attribute, address: usize) -> Result<u32, DriverError> {
    let mut value = MaybeUninit::<u32>::zeroed();
    // SAFETY: both attributes that are asked for are written as 32 bits; any address may be asked about.
    unsafe {
        sys::cuPointerGetAttribute(value.as_mut_ptr().cast(), which, address as u64).result()?;
        Ok(value.assume_init())
    }
}
