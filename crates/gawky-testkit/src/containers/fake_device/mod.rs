//! [`FakeDevice`]: a device whose memory is the host's, for tests without one.

mod kernels;

use std::any::Any;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use gawky_buffer::{Buffer, BufferError, BufferMut, Device, DeviceBytes, Kernels};

use kernels::FakeKernels;

/// What has travelled to and from a [`FakeDevice`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transfers {
    /// Calls of `upload`, each one slab and one copy, however many pieces.
    pub uploads: u64,
    /// Buffers sent up.
    pub pieces: u64,
    /// Bytes sent up.
    pub bytes_up: u64,
    /// Calls of `download`, and of `to_host` for one buffer: each one copy back, however many pieces.
    pub downloads: u64,
    /// Buffers fetched back.
    pub pieces_down: u64,
    /// Bytes fetched back.
    pub bytes_down: u64,
}

/// A device that keeps bytes apart from the host's, in the host's memory, and counts what travels.
///
/// ```
/// use gawky_buffer::{Buffer, Device};
/// use gawky_testkit::containers::FakeDevice;
///
/// let device = FakeDevice::new("fake:0");
/// let up = device.upload(&[Buffer::from_vec(vec![1_u8, 2])]).unwrap().remove(0);
/// assert!(up.bytes().is_err());
/// assert_eq!(up.place().to_string(), "fake:0");
/// assert_eq!(device.transfers().downloads, 0);
/// assert_eq!(up.to_host().unwrap().bytes().unwrap(), [1, 2]);
/// assert_eq!(device.transfers().downloads, 1);
/// ```
pub struct FakeDevice {
    name: String,
    this: Weak<FakeDevice>,
    uploads: AtomicU64,
    pieces: AtomicU64,
    bytes_up: AtomicU64,
    downloads: AtomicU64,
    pieces_down: AtomicU64,
    bytes_down: AtomicU64,
    kernels: Option<FakeKernels>,
}

impl FakeDevice {
    /// A device of this name, with nothing on it, that keeps bytes and computes nothing.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Arc<Self> {
        Self::computing(name.into(), |_| None)
    }

    /// A device of this name, with nothing on it, that computes what [`HostKernels`](gawky_buffer::HostKernels) do on
    /// the bytes that it keeps. What a kernel reads, makes or answers does not travel, and is not counted.
    ///
    /// ```
    /// use gawky_buffer::{Buffer, Device};
    /// use gawky_testkit::containers::{FakeDevice, bytes_on_fake_device};
    ///
    /// let device = FakeDevice::with_kernels("fake:0");
    /// let up = device.upload(&[Buffer::from_vec(vec![2_i64, 0, 1])]).unwrap().remove(0);
    /// let travelled = device.transfers();
    /// let offsets = device.kernels().unwrap().offsets(&up).unwrap();
    /// let expected = Buffer::from_vec(vec![0_i64, 2, 2, 3]);
    /// assert_eq!(bytes_on_fake_device(&offsets), Some(expected.bytes().unwrap()));
    /// assert_eq!(device.transfers(), travelled);
    /// ```
    #[must_use]
    pub fn with_kernels(name: impl Into<String>) -> Arc<Self> {
        Self::computing(name.into(), |this| Some(FakeKernels(Weak::clone(this))))
    }

    fn computing(
        name: String,
        kernels: impl FnOnce(&Weak<Self>) -> Option<FakeKernels>,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            name,
            this: Weak::clone(this),
            kernels: kernels(this),
            uploads: AtomicU64::new(0),
            pieces: AtomicU64::new(0),
            bytes_up: AtomicU64::new(0),
            downloads: AtomicU64::new(0),
            pieces_down: AtomicU64::new(0),
            bytes_down: AtomicU64::new(0),
        })
    }

    /// What has travelled so far.
    #[must_use]
    pub fn transfers(&self) -> Transfers {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Transfers {
            uploads: of(&self.uploads),
            pieces: of(&self.pieces),
            bytes_up: of(&self.bytes_up),
            downloads: of(&self.downloads),
            pieces_down: of(&self.pieces_down),
            bytes_down: of(&self.bytes_down),
        }
    }

    /// Copies pieces back, all in one go.
    fn fetch_back(&self, pieces: &[Buffer]) -> Result<Vec<Buffer>, BufferError> {
        let copied: Vec<_> = pieces
            .iter()
            .map(|piece| Ok(Buffer::copied_from(piece.bytes()?)))
            .collect::<Result<_, BufferError>>()?;
        let bytes = pieces.iter().map(|piece| piece.len() as u64).sum();
        self.downloads.fetch_add(1, Ordering::Relaxed);
        self.pieces_down
            .fetch_add(pieces.len() as u64, Ordering::Relaxed);
        self.bytes_down.fetch_add(bytes, Ordering::Relaxed);
        Ok(copied)
    }
}

/// The bytes of a buffer on any [`FakeDevice`], as a kernel that runs there would see them: nothing travels, so
/// nothing is counted. `None` when they are elsewhere.
///
/// ```
/// use gawky_buffer::{Buffer, Device};
/// use gawky_testkit::containers::{FakeDevice, bytes_on_fake_device};
///
/// let device = FakeDevice::new("fake:0");
/// let host = Buffer::from_vec(vec![1_u8, 2, 3]);
/// let up = device.upload(&[host.clone()]).unwrap().remove(0);
/// assert_eq!(bytes_on_fake_device(&up.slice(1..3).unwrap()), Some(&[2, 3][..]));
/// assert_eq!(bytes_on_fake_device(&host), None);
/// assert_eq!(device.transfers().downloads, 0);
/// ```
#[must_use]
pub fn bytes_on_fake_device(buffer: &Buffer) -> Option<&[u8]> {
    let (bytes, range) = buffer.device_bytes()?;
    FakeBytes::downcast(bytes)?.bytes.bytes().ok()?.get(range)
}

impl fmt::Debug for FakeDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FakeDevice({})", self.name)
    }
}

impl Device for FakeDevice {
    fn name(&self) -> &str {
        &self.name
    }

    fn upload(&self, pieces: &[Buffer]) -> Result<Vec<Buffer>, BufferError> {
        const ALIGNED: usize = 64;
        let gone = || BufferError::Device {
            place: self.name.clone(),
            message: "the device was dropped".to_owned(),
        };
        let mut slab = BufferMut::with_capacity(0);
        let mut ranges = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let padding = slab.len().next_multiple_of(ALIGNED) - slab.len();
            slab.extend_from_slice([0; ALIGNED].get(..padding).unwrap_or_default());
            let start = slab.len();
            slab.extend_from_slice(piece.bytes()?);
            ranges.push(start..slab.len());
            self.bytes_up
                .fetch_add(piece.len() as u64, Ordering::Relaxed);
        }
        self.uploads.fetch_add(1, Ordering::Relaxed);
        self.pieces
            .fetch_add(pieces.len() as u64, Ordering::Relaxed);
        let device = self.this.upgrade().ok_or_else(gone)?;
        let whole = FakeBytes::buffer(slab.freeze(), device);
        ranges.into_iter().map(|range| whole.slice(range)).collect()
    }

    fn download(&self, pieces: &[Buffer]) -> Result<Vec<Buffer>, BufferError> {
        let elsewhere = |piece: &Buffer| BufferError::Device {
            place: self.name.clone(),
            message: format!(
                "{} bytes on {} are none of its own",
                piece.len(),
                piece.place()
            ),
        };
        let kept: Vec<_> = pieces
            .iter()
            .map(|piece| {
                let own = piece.place().to_string() == self.name;
                let kept = FakeBytes::of(piece).filter(|_| own);
                kept.ok_or_else(|| elsewhere(piece))
            })
            .collect::<Result<_, _>>()?;
        self.fetch_back(&kept)
    }

    fn kernels(&self) -> Option<&dyn Kernels> {
        let kernels = self.kernels.as_ref()?;
        Some(kernels)
    }
}

#[derive(Debug)]
struct FakeBytes {
    bytes: Buffer,
    device: Arc<FakeDevice>,
}

impl FakeBytes {
    fn buffer(bytes: Buffer, device: Arc<FakeDevice>) -> Buffer {
        Buffer::from_device(Arc::new(Self { bytes, device }))
    }

    fn downcast(bytes: &Arc<dyn DeviceBytes>) -> Option<&Self> {
        let bytes: &dyn Any = &**bytes;
        bytes.downcast_ref()
    }

    /// The bytes of a buffer on any fake device, in the host's memory, which they never left.
    fn of(buffer: &Buffer) -> Option<Buffer> {
        let (bytes, range) = buffer.device_bytes()?;
        Self::downcast(bytes)?.bytes.slice(range).ok()
    }
}

impl DeviceBytes for FakeBytes {
    fn len(&self) -> usize {
        self.bytes.len()
    }

    fn device(&self) -> Arc<dyn Device> {
        Arc::<FakeDevice>::clone(&self.device)
    }

    fn address(&self) -> usize {
        self.bytes.address()
    }

    fn to_host(&self, range: Range<usize>) -> Result<Buffer, BufferError> {
        let mut copied = self.device.fetch_back(&[self.bytes.slice(range)?])?;
        Ok(copied.pop().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
