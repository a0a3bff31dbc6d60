//! What is read onto a device: what travels, when, and what is left when something fails.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use gawky::prelude::*;
use gawky::store::{
    AsyncContainer, Coalescing, Fetch, FetchReport, Fetched, Profile, StoreError, async_trait,
};
use gawky_buffer::{BufferError, Device, Kernels};
use gawky_testkit::containers::{FakeDevice, Transfers};

const ROWS: usize = 786_432;
const MIB: u64 = 1 << 20;

/// A container that notes what was on the device each time it was asked.
struct Watching {
    inner: MemoryContainer,
    device: Arc<FakeDevice>,
    knows_sizes: bool,
    profile: Profile,
    seen: Mutex<Vec<(usize, Transfers)>>,
}

impl Watching {
    fn new(array: &Array, device: &Arc<FakeDevice>) -> (Self, Form, u64) {
        let inner = MemoryContainer::new();
        let (form, length) = gawky::to_buffers(array, &inner).unwrap();
        let watching = Self {
            inner,
            device: Arc::clone(device),
            knows_sizes: true,
            profile: Profile::FILE,
            seen: Mutex::default(),
        };
        (watching, form, length as u64)
    }

    fn note(&self, fetches: &[Fetch]) {
        let seen = (fetches.len(), self.device.transfers());
        self.seen.lock().unwrap().push(seen);
    }

    fn told(&self, key: &str) -> Option<u64> {
        self.inner.size(key).unwrap().filter(|_| self.knows_sizes)
    }

    /// How many were asked for at once each time, and how many uploads there had been by then.
    fn calls(&self) -> Vec<(usize, u64)> {
        let seen = std::mem::take(&mut *self.seen.lock().unwrap());
        seen.into_iter()
            .map(|(asked, sent)| (asked, sent.uploads))
            .collect()
    }
}

impl Container for Watching {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.inner.get(key)
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        self.note(fetches);
        self.inner.fetch_versioned(fetches, report)
    }

    fn known_size(&self, key: &str) -> Option<u64> {
        self.told(key)
    }

    fn profile(&self) -> Profile {
        self.profile
    }
}

/// The same by futures.
struct ByFutures(Watching);

#[async_trait]
impl AsyncContainer for ByFutures {
    async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        Container::get(&self.0, key)
    }

    async fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        Container::fetch_versioned(&self.0, fetches, report)
    }

    fn known_size(&self, key: &str) -> Option<u64> {
        self.0.told(key)
    }

    fn profile(&self) -> Profile {
        self.0.profile
    }
}

fn numbers(seed: u32, len: usize) -> Array {
    let values = (0..len).map(|row| f64::from(seed) + f64::from(u32::try_from(row).unwrap()));
    NumpyArray::from_vec(values.collect::<Vec<_>>()).into()
}

/// Four columns of 6 MiB, and lists of one number, of which offsets and numbers are as much each.
fn large() -> Array {
    let offsets: Vec<i64> = (0..=i64::try_from(ROWS).unwrap()).collect();
    let content = numbers(9, ROWS);
    let lists = ListOffsetArray::try_new(offsets.into(), content, Parameters::none()).unwrap();
    RecordArray::from_fields([
        ("a", numbers(1, ROWS)),
        ("b", numbers(2, ROWS)),
        ("c", numbers(3, ROWS)),
        ("d", numbers(4, ROWS)),
        ("lists", Array::from(lists)),
    ])
    .into()
}

fn columns(count: u32, rows: usize) -> Array {
    let columns = (0..count).map(|column| (format!("column{column}"), numbers(column, rows)));
    RecordArray::from_fields(columns).into()
}

fn devices() -> [Arc<FakeDevice>; 2] {
    [
        FakeDevice::new("fake:0"),
        FakeDevice::with_kernels("fake:0"),
    ]
}

#[test]
fn data_goes_up_while_the_next_is_fetched() {
    let array = large();
    for device in devices() {
        let (container, form, length) = Watching::new(&array, &device);
        let read = FromBuffers::new(&form, length).place(Place::Device(device.clone()));
        let there = read.read(&container).unwrap();
        // 12 MiB each: a and b, c and d, the lists.
        assert_eq!(container.calls(), [(2, 0), (2, 1), (2, 2)]);
        let sent = device.transfers();
        assert_eq!((sent.uploads, sent.pieces), (3, 6));
        assert_eq!(sent.bytes_up, container.inner.nbytes() as u64);
        assert_eq!((sent.downloads, there.len()), (0, array.len()));
        assert_eq!(there.to_place(&Place::Host).unwrap(), array);

        let container = ByFutures(container);
        let again = read.read_async(&container).now_or_never().unwrap().unwrap();
        assert_eq!(container.0.calls(), [(2, 3), (2, 4), (2, 5)]);
        assert_eq!(again.to_place(&Place::Host).unwrap(), array);
    }
}

#[test]
fn what_is_small_is_one_upload() {
    let device = FakeDevice::new("fake:0");
    let array = columns(300, 100);
    let (mut container, form, length) = Watching::new(&array, &device);
    let read = FromBuffers::new(&form, length).place(Place::Device(device.clone()));
    read.read(&container).unwrap();
    assert_eq!(container.calls(), [(300, 0)]);
    assert_eq!(
        (device.transfers().uploads, device.transfers().pieces),
        (1, 300)
    );

    // Where nobody knows how large they are, some are asked for at a time, unless it is far.
    container.knows_sizes = false;
    let there = read.read(&container).unwrap();
    let asked: Vec<usize> = container
        .calls()
        .into_iter()
        .map(|(asked, _)| asked)
        .collect();
    assert_eq!(asked, [64, 64, 64, 64, 44]);
    assert_eq!(
        device.transfers().uploads,
        2,
        "small blobs wait for each other"
    );
    assert_eq!(there.to_place(&Place::Host).unwrap(), array);
    container.profile = Profile::REMOTE;
    read.read(&container).unwrap();
    assert_eq!(container.calls(), [(300, 2)]);
    container.profile = Profile::new(1, true, Some(Coalescing::new(0, 0, 0)));
    // On the host nothing is cut.
    FromBuffers::new(&form, length).read(&container).unwrap();
    assert_eq!(container.calls(), [(300, 3)]);
}

#[test]
fn only_the_columns_and_rows_that_are_wanted_travel() {
    let array = large();
    for device in devices() {
        let (container, form, length) = Watching::new(&array, &device);
        let place = Place::Device(device.clone());
        let lazy = FromBuffers::new(&form, length)
            .place(place)
            .lazy(&container)
            .unwrap();
        let some = lazy
            .select(["b", "lists"])
            .unwrap()
            .rows(1000..3000)
            .unwrap();
        let there = some.read().unwrap();
        // Numbers, offsets (moved to begin with 0), numbers in lists.
        assert_eq!(device.transfers().bytes_up, 8 * (2000 + 2001 + 2000));
        assert_eq!(device.transfers().uploads, 1);
        let expected = array.slice(1000..3000).unwrap();
        let back = there.to_place(&Place::Host).unwrap();
        for field in ["b", "lists"] {
            let (back, expected) = (back.field(field).unwrap(), expected.field(field).unwrap());
            assert!(back.equal_values(&expected, true).unwrap(), "{field}");
        }
        // A range is as well known as a blob; the offsets are fetched before what they lead to.
        let before = device.transfers();
        let whole = lazy.rows(0..length - 1).unwrap().read().unwrap();
        let sent = device.transfers();
        assert!(sent.uploads - before.uploads > 1);
        let last_row = 6 * 8;
        let bytes = container.inner.nbytes() as u64 - last_row;
        assert_eq!(sent.bytes_up - before.bytes_up, bytes);
        let expected = array.slice(0..array.len() - 1).unwrap();
        let back = whole.to_place(&Place::Host).unwrap();
        assert_eq!(back, expected.pack().unwrap());
    }
}

#[test]
fn the_other_byte_order_is_put_right_there_or_before() {
    let array = large();
    for device in devices() {
        let (mut container, _, _) = Watching::new(&array, &device);
        container.inner = MemoryContainer::new();
        let writing = ToBuffers::new(&array).byteorder(ByteOrder::Big);
        let (form, length) = writing.write(&container.inner).unwrap();
        let read = FromBuffers::new(&form, length).byteorder(ByteOrder::Big);
        let there = read
            .place(Place::Device(device.clone()))
            .read(&container)
            .unwrap();
        let computes = device.kernels().is_some();
        assert_eq!(device.transfers().uploads, if computes { 3 } else { 1 });
        assert_eq!(device.transfers().downloads, 0);
        assert_eq!(there.to_place(&Place::Host).unwrap(), array);
    }
}

#[test]
fn partitions_are_cut_together() {
    let array = large();
    let device = FakeDevice::new("fake:0");
    let parts = Partitioned::try_new(vec![
        array.slice(0..60_000).unwrap().pack().unwrap(),
        array.slice(60_000..array.len()).unwrap().pack().unwrap(),
    ])
    .unwrap();
    let (mut container, _, _) = Watching::new(&array, &device);
    container.inner = MemoryContainer::new();
    let (form, lengths) = gawky::to_buffers(&parts, &container.inner).unwrap();
    let read = FromBuffers::new(&form, &lengths).place(Place::Device(device.clone()));
    let there = read.read(&container).unwrap();
    let asked: usize = container.calls().into_iter().map(|(asked, _)| asked).sum();
    assert_eq!(asked, 12);
    assert_eq!(device.transfers().bytes_up, container.inner.nbytes() as u64);
    for (there, part) in there.iter().zip(parts.iter()) {
        assert_eq!(there.to_place(&Place::Host).unwrap(), *part);
    }
    assert_eq!(there.iter().len(), 2);
}

#[test]
fn what_fails_late_is_named_and_leaves_nothing_there() {
    let device = FakeDevice::new("fake:0");
    let (container, form, length) = Watching::new(&large(), &device);
    let read = FromBuffers::new(&form, length).place(Place::Device(device.clone()));
    let last = container.inner.get("node6-data").unwrap().unwrap();
    container
        .inner
        .insert("node6-data", last.slice(0..80).unwrap())
        .unwrap();
    let error = read.read(&container).unwrap_err().to_string();
    assert!(
        error.contains("lists") && error.contains("node6-data"),
        "{error}"
    );
    assert!(device.transfers().uploads > 0);
    assert_eq!(
        Arc::strong_count(&device),
        3,
        "this one, the container's and the place"
    );
}

/// A device that fails from some upload on.
#[derive(Debug)]
struct Failing {
    inner: Arc<FakeDevice>,
    left: AtomicU64,
}

impl Device for Failing {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn upload(&self, pieces: &[Buffer]) -> Result<Vec<Buffer>, BufferError> {
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
        if left == 0 {
            return Err(BufferError::Device {
                place: self.name().to_owned(),
                message: "no memory is left".to_owned(),
            });
        }
        self.inner.upload(pieces)
    }

    fn kernels(&self) -> Option<&dyn Kernels> {
        self.inner.kernels()
    }
}

#[test]
fn a_device_that_fails_says_so_and_keeps_nothing() {
    let array = large();
    for left in 0..3 {
        let device = FakeDevice::new("fake:0");
        let (container, form, length) = Watching::new(&array, &device);
        let failing = Arc::new(Failing {
            inner: Arc::clone(&device),
            left: AtomicU64::new(left),
        });
        let read = FromBuffers::new(&form, length).place(Place::Device(failing.clone()));
        let error = read.read(&container).unwrap_err();
        assert_eq!(error.to_string(), "fake:0: no memory is left");
        assert_eq!(device.transfers().uploads, left);
        drop((read, failing, container));
        assert_eq!(Arc::strong_count(&device), 1);
    }
    assert!(array.nbytes() as u64 > 30 * MIB);
}
