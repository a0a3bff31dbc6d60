//! Where bytes live, and what a device must provide so that buffers can live there.

mod host_kernels;
mod kernels;

use std::any::Any;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::{Buffer, BufferError};

pub use host_kernels::HostKernels;
pub use kernels::{Kernels, StridedView};

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

/// Where bytes live.
///
/// There may be other kinds of place one day: code that moves bytes refuses one that it does not know.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Place {
    /// Ordinary host memory.
    #[default]
    Host,
    /// A device's memory.
    Device(Arc<dyn Device>),
}

impl Place {
    /// Whether this is host memory.
    #[must_use]
    pub fn is_host(&self) -> bool {
        matches!(self, Self::Host)
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Host, Self::Host) => true,
            (Self::Device(a), Self::Device(b)) => a.name() == b.name(),
            _ => false,
        }
    }
}

impl Eq for Place {}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => f.write_str("host"),
            Self::Device(device) => f.write_str(device.name()),
        }
    }
}
