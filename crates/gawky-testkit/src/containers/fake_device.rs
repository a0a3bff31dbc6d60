//! [`FakeDevice`]: a device whose memory is the host's, for tests without one.

use std::any::Any;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use gawky_buffer::{Buffer, BufferError, BufferMut, Device, DeviceBytes};

/// What has travelled to and from a [`FakeDevice`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transfers {
    /// Calls of `upload`, each one slab and one copy, however many pieces.
    pub uploads: u64,
    /// Buffers sent up.
    pub pieces: u64,
    /// Bytes sent up.
    pub bytes_up: u64,
    /// Buffers fetched back.
    pub downloads: u64,
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
    bytes_down: AtomicU64,
}

impl FakeDevice {
    /// A device of this name, with nothing on it.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            name: name.into(),
            this: Weak::clone(this),
            uploads: AtomicU64::new(0),
            pieces: AtomicU64::new(0),
            bytes_up: AtomicU64::new(0),
            downloads: AtomicU64::new(0),
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
            bytes_down: of(&self.bytes_down),
        }
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
    let bytes: &dyn Any = &**bytes;
    bytes
        .downcast_ref::<FakeBytes>()?
        .bytes
        .bytes()
        .ok()?
        .get(range)
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
        let whole = Buffer::from_device(Arc::new(FakeBytes {
            bytes: slab.freeze(),
            device: self.this.upgrade().ok_or_else(gone)?,
        }));
        ranges.into_iter().map(|range| whole.slice(range)).collect()
    }
}

#[derive(Debug)]
struct FakeBytes {
    bytes: Buffer,
    device: Arc<FakeDevice>,
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
        self.device.downloads.fetch_add(1, Ordering::Relaxed);
        self.device
            .bytes_down
            .fetch_add(range.len() as u64, Ordering::Relaxed);
        Ok(Buffer::copied_from(self.bytes.slice(range)?.bytes()?))
    }
}
