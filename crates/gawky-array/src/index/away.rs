//! [`Away`]: the device on which a buffer lies, for what it computes by itself.

use std::fmt;
use std::sync::Arc;

use gawky_buffer::{Alignment, Buffer, BufferError, Device, Kernels};

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
    pub(crate) fn upload(&self, bytes: Buffer) -> Result<Buffer, BufferError> {
        let arrived = self.0.upload(&[bytes])?.into_iter().next();
        arrived.ok_or_else(|| self.lost("uploaded"))
    }

    /// All `pieces`, which lie on the device, on the host, in one go.
    pub(crate) fn download(&self, pieces: &[Buffer]) -> Result<Vec<Buffer>, BufferError> {
        let arrived = self.0.download(pieces)?;
        let is_whole =
            |(own, piece): (&Buffer, &Buffer)| own.place().is_host() && own.len() == piece.len();
        if arrived.len() == pieces.len() && arrived.iter().zip(pieces).all(is_whole) {
            return Ok(arrived);
        }
        Err(self.lost("downloaded"))
    }

    fn lost(&self, how: &str) -> BufferError {
        BufferError::Device {
            place: self.0.name().to_owned(),
            message: format!("other bytes arrived than were {how}"),
        }
    }

    /// So many times the same number.
    pub(crate) fn filled(&self, number: i64, length: usize) -> Result<Buffer, BufferError> {
        self.kernels()?.fill(&number.to_ne_bytes(), length)
    }

    fn is(&self, other: &Self) -> bool {
        self.0.name() == other.0.name()
    }
}

impl fmt::Debug for Away {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Away({})", self.0.name())
    }
}

/// A buffer at an address that suits its elements: itself where it lies so already, else a copy, made where it is. A
/// device that only keeps bytes keeps them as they are.
pub(crate) fn aligned(buffer: Buffer, alignment: Alignment) -> Result<Buffer, BufferError> {
    if buffer.is_empty() || buffer.alignment().satisfies(alignment) {
        return Ok(buffer);
    }
    match Away::of(&buffer) {
        None => Ok(buffer.aligned(alignment).0),
        Some(away) => match away.kernels() {
            Ok(kernels) => kernels.concatenate(&[buffer]),
            Err(_) => Ok(buffer),
        },
    }
}

/// All `buffers` on the host, in the same order: one download from each device that any of them is on.
pub(crate) fn at_home(mut buffers: Vec<Buffer>) -> Result<Vec<Buffer>, BufferError> {
    let mut next = 0;
    while let Some(away) = buffers.iter().skip(next).find_map(Away::of) {
        let there = |buffer: &Buffer| Away::of(buffer).is_some_and(|other| other.is(&away));
        let pieces: Vec<Buffer> = buffers.iter().filter(|own| there(own)).cloned().collect();
        let mut arrived = away.download(&pieces)?.into_iter();
        for buffer in buffers.iter_mut().filter(|own| there(own)) {
            if let Some(home) = arrived.next() {
                *buffer = home;
            }
        }
        // What came back need not be looked at again.
        next = buffers
            .iter()
            .take_while(|own| Away::of(own).is_none())
            .count();
    }
    Ok(buffers)
}
