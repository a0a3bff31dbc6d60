//! [`Place`]: where bytes live, and how they get there.

use std::fmt;
use std::sync::Arc;

use super::{Device, Kernels};
use crate::{Buffer, BufferError};

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

    /// What computes on bytes at this place: the kernels of a device; `None` on the host, where bytes are looked at
    /// as they are.
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`] for a device that only keeps bytes.
    pub fn kernels(&self) -> Result<Option<&dyn Kernels>, BufferError> {
        match self {
            Self::Host => Ok(None),
            Self::Device(device) => match device.kernels() {
                Some(kernels) => Ok(Some(kernels)),
                None => Err(BufferError::NotOnHost {
                    place: self.to_string(),
                }),
            },
        }
    }

    /// All `buffers` at this place, in the same order.
    ///
    /// Those that are here already are shared. The others travel together: one download from each device that holds
    /// any, and one upload where this is a device.
    ///
    /// ```
    /// use gawky_buffer::{Buffer, Place};
    /// let buffers = [Buffer::from_vec(vec![1_i64, 2]), Buffer::from_vec(vec![3_u8])];
    /// let here = Place::Host.receive(&buffers)?;
    /// assert_eq!(here[0].address(), buffers[0].address());
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::Device`] when a device fails, or other bytes arrive than were sent.
    pub fn receive(&self, buffers: &[Buffer]) -> Result<Vec<Buffer>, BufferError> {
        let mut arrived = buffers.to_vec();
        loop {
            let away = arrived.iter().map(Buffer::place);
            let mut away = away.filter(|place| !place.is_host() && place != self);
            let Some(Self::Device(device)) = away.next() else {
                break;
            };
            let from = Self::Device(Arc::clone(&device));
            travel(&mut arrived, &from, &Self::Host, |sent| {
                device.download(sent)
            })?;
        }
        if let Self::Device(device) = self {
            travel(&mut arrived, &Self::Host, self, |sent| device.upload(sent))?;
        }
        Ok(arrived)
    }
}

/// Has all `buffers` that are at one place moved to another by one `transfer`, and looks at what arrives.
fn travel(
    buffers: &mut [Buffer],
    from: &Place,
    to: &Place,
    transfer: impl FnOnce(&[Buffer]) -> Result<Vec<Buffer>, BufferError>,
) -> Result<(), BufferError> {
    let mut sent: Vec<&mut Buffer> = buffers
        .iter_mut()
        .filter(|own| own.place() == *from)
        .collect();
    if sent.is_empty() {
        return Ok(());
    }
    let pieces: Vec<Buffer> = sent.iter().map(|own| (**own).clone()).collect();
    let arrived = transfer(&pieces)?;
    let is_it = |(got, piece): (&Buffer, &Buffer)| got.place() == *to && got.len() == piece.len();
    if arrived.len() != pieces.len() || !arrived.iter().zip(&pieces).all(is_it) {
        return Err(BufferError::Device {
            place: if to.is_host() { from } else { to }.to_string(),
            message: "other bytes arrived than were sent".to_owned(),
        });
    }
    for (own, got) in sent.iter_mut().zip(arrived) {
        **own = got;
    }
    Ok(())
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
