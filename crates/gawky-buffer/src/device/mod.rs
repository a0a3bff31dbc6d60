//! Where bytes live, and what a device must provide so that buffers can live there.

mod host_kernels;
mod kernels;
mod landing;
mod place;

use std::any::Any;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::{Buffer, BufferError};

pub use host_kernels::HostKernels;
pub use kernels::{Kernels, StridedView};
pub use landing::{HostMemory, Landing};
pub use place::Place;

/// Bytes in a device's memory: the one trait that a device backend implements for a [`Buffer`].
///
/// It is [`Any`], so that a backend finds its own memory again in a buffer that has travelled through code that
/// knows no devices: [`Buffer::device_bytes`] shows how.
pub trait DeviceBytes: Any + fmt::Debug + Send + Sync {
    /// How many bytes there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The device that holds them.
    fn device(&self) -> Arc<dyn Device>;

    /// The device address of the first byte; meaningless on the host, it tells alignment.
    fn address(&self) -> usize;

    /// Copies `range` to the host. The caller has checked that `range` lies within [`len`](Self::len).
    ///
    /// # Errors
    /// [`BufferError::Device`] when the device fails.
    fn to_host(&self, range: Range<usize>) -> Result<Buffer, BufferError>;
}

/// A device: somewhere other than host memory that buffers can be sent to.
pub trait Device: fmt::Debug + Send + Sync {
    /// Its name as users know it, for example `cuda:0`. Two devices with one name are one place.
    fn name(&self) -> &str;

    /// Sends `pieces` to the device, all in one go; the answers are in the same order.
    ///
    /// An implementation may move them as one slab, and owns the sources until the copy is complete.
    ///
    /// # Errors
    /// [`BufferError::Device`] when the device fails.
    fn upload(&self, pieces: &[Buffer]) -> Result<Vec<Buffer>, BufferError>;

    /// Copies `pieces`, which lie on this device, to the host, all in one go; the answers are in the same order.
    ///
    /// # Errors
    /// [`BufferError::Device`] when the device fails.
    fn download(&self, pieces: &[Buffer]) -> Result<Vec<Buffer>, BufferError> {
        pieces.iter().map(Buffer::to_host).collect()
    }

    /// What the device computes by itself; `None` for one that only keeps bytes. Where there is none, whatever must
    /// look at bytes says that they are not on the host.
    fn kernels(&self) -> Option<&dyn Kernels> {
        None
    }
}
