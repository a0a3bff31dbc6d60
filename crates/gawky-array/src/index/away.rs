//! [`Away`]: the device on which a buffer lies, for what it computes by itself.

use std::fmt;
use std::sync::Arc;

use gawky_buffer::{Buffer, BufferError, Device, Kernels, Place};

/// The device on which a buffer lies.
///
/// Functions over structure have two ways side by side, one for the host and one for a device; which of them is
/// taken is decided here.
#[derive(Clone)]
pub(crate) struct Away(Arc<dyn Device>);

impl Away {
    /// The device that holds a buffer; `None` for one on the host.
    pub(crate) fn of(buffer: &Buffer) -> Option<Self> {
        let (bytes, _) = buffer.device_bytes()?;
        Some(Self(bytes.device()))
    }

    /// What the device computes.
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`] for a device that only keeps bytes.
    pub(crate) fn kernels(&self) -> Result<&dyn Kernels, BufferError> {
        self.0.kernels().ok_or_else(|| BufferError::NotOnHost {
            place: self.0.name().to_owned(),
        })
    }

    /// These bytes on the device, in one upload.
    pub(crate) fn upload(&self, bytes: &Buffer) -> Result<Buffer, BufferError> {
        bytes.to_place(&Place::Device(Arc::clone(&self.0)))
    }

    /// So many times the same number.
    pub(crate) fn filled(&self, number: i64, length: usize) -> Result<Buffer, BufferError> {
        self.kernels()?.fill(&number.to_ne_bytes(), length)
    }
}

impl fmt::Debug for Away {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Away({})", self.0.name())
    }
}
