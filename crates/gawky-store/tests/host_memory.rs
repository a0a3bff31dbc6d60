//! What lands in memory that the caller has for it, and what does not.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what is wrong by panicking"
)]

use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use gawky_buffer::{BufferMut, HostMemory, Landing};
use gawky_store::{
    Buffer, Container, ContainerConditional, Directory, Fetch, FetchReport, Fetched, LocalFile,
    StoreError,
};

const LEAST: usize = 64 << 10;

/// Ordinary memory that notes what it was asked for, and where that lies.
#[derive(Debug, Default)]
struct Noting {
    asked: Mutex<Vec<(usize, u64)>>,
    given: Arc<Mutex<Vec<Range<usize>>>>,
    is_full: AtomicBool,
}

#[derive(Debug)]
struct Place {
    memory: BufferMut,
    given: Arc<Mutex<Vec<Range<usize>>>>,
}

impl HostMemory for Noting {
    fn landing(&self, len: usize, phase: u64) -> Option<Box<dyn Landing>> {
        self.asked.lock().unwrap().push((len, phase));
        if self.is_full.load(Ordering::Relaxed) {
            return None;
        }
        let mut memory = BufferMut::try_zeroed_at_phase(len, phase).unwrap();
        // What was there before must not be seen.
        memory.as_mut_slice().fill(0xa7);
        let given = Arc::clone(&self.given);
        Some(Box::new(Place { memory, given }))
    }
}

impl Landing for Place {
    fn bytes_mut(&mut self) -> &mut [u8] {
        self.memory.as_mut_slice()
    }

    fn freeze(mut self: Box<Self>, len: usize) -> Buffer {
        self.memory.truncate(len);
        let frozen = self.memory.freeze();
        let start = frozen.address();
        self.given.lock().unwrap().push(start..start + frozen.len());
        frozen
    }
}

impl Noting {
    fn asked(&self) -> Vec<(usize, u64)> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    /// Whether the bytes lie where they landed.
    fn has(&self, buffer: &Buffer) -> bool {
        let start = buffer.address();
        let given = self.given.lock().unwrap();
        given
            .iter()
            .any(|own| own.start <= start && start + buffer.len() <= own.end)
    }
}

fn bytes(len: usize) -> Vec<u8> {
    (0..=250).cycle().take(len).collect()
}

fn as_dyn(memory: &Arc<Noting>) -> Arc<dyn HostMemory> {
    Arc::clone(memory) as Arc<dyn HostMemory>
}

fn containers(path: &Path, memory: &Arc<Noting>) -> [Box<dyn Container>; 2] {
    let folder = path.parent().unwrap();
    [
        Box::new(Directory::open(folder).unwrap().host_memory(as_dyn(memory))),
        Box::new(LocalFile::open(path).unwrap().host_memory(as_dyn(memory))),
    ]
}

fn fetch(container: &dyn Container, fetches: &[Fetch]) -> Result<(Vec<Fetched>, u64), StoreError> {
    let mut report = FetchReport::default();
    let fetched = container.fetch_versioned(fetches, &mut report)?;
    Ok((fetched.into_iter().flatten().collect(), report.copied_bytes))
}

#[test]
fn large_reads_land_there_and_are_not_copied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("blob");
    // More than threads share.
    let all = bytes((16 << 20) + 5);
    fs::write(&path, &all).unwrap();
    let memory = Arc::new(Noting::default());
    for container in containers(&path, &memory) {
        // What landed for the one before is gone, and its addresses may be anybody's.
        memory.given.lock().unwrap().clear();
        let (len, least) = (all.len(), LEAST as u64);
        let whole = container.get("blob").unwrap().unwrap();
        assert_eq!(memory.asked(), [(len, 0)]);
        assert!(memory.has(&whole) && whole.bytes().unwrap() == all);

        let range = container.get_range("blob", 3..3 + least).unwrap().unwrap();
        assert_eq!(memory.asked(), [(LEAST, 0)]);
        assert!(memory.has(&range) && range.bytes().unwrap() == &all[3..3 + LEAST]);

        // Two ranges that are one request, and a small one far away.
        let ranges = [
            13..13 + least,
            13 + least..13 + 2 * least,
            9 << 20..(9 << 20) + 99,
        ];
        let fetches = ranges.clone().map(|range| Fetch::raw("blob", Some(range)));
        let (fetched, copied) = fetch(&*container, &fetches).unwrap();
        let asked = memory.asked();
        assert_eq!((asked.len(), asked[0].0, copied), (1, 2 * LEAST, 0));
        for (at, (one, range)) in fetched.iter().zip(ranges).enumerate() {
            let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
            assert!(one.bytes.bytes().unwrap() == &all[range]);
            assert_eq!(memory.has(&one.bytes), at < 2);
        }
    }
    let folder = Directory::open(folder.path())
        .unwrap()
        .host_memory(as_dyn(&memory));
    let (versioned, _) = folder.get_versioned("blob").unwrap().unwrap();
    assert!(memory.has(&versioned) && versioned.bytes().unwrap() == all);
}

#[test]
fn small_reads_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("blob");
    let all = bytes(LEAST - 1);
    fs::write(&path, &all).unwrap();
    let memory = Arc::new(Noting::default());
    for container in containers(&path, &memory) {
        assert_eq!(
            container.get("blob").unwrap().unwrap().bytes().unwrap(),
            all
        );
        assert_eq!(container.get("blob").unwrap().unwrap().address() % 64, 0);
    }
    assert_eq!(memory.asked(), []);
}

#[test]
fn where_there_is_none_ordinary_memory_will_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("blob");
    let memory = Arc::new(Noting::default());
    memory.is_full.store(true, Ordering::Relaxed);
    for len in [LEAST, 2 << 20] {
        let all = bytes(len);
        fs::write(&path, &all).unwrap();
        for container in containers(&path, &memory) {
            let whole = container.get("blob").unwrap().unwrap();
            assert!(whole.bytes().unwrap() == all && !memory.has(&whole));
            assert_eq!(memory.asked(), [(len, 0)]);
        }
    }
}

#[test]
fn no_more_is_asked_for_than_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("blob");
    fs::write(&path, bytes(LEAST + 1)).unwrap();
    let memory = Arc::new(Noting::default());
    for container in containers(&path, &memory) {
        for end in [LEAST as u64 + 2, u64::MAX] {
            let have = LEAST as u64 + 1;
            let error = container.get_range("blob", 0..end).unwrap_err();
            assert!(matches!(error, StoreError::OutOfRange { have: told, .. } if told == have));
            let fetches = [Fetch::raw("blob", Some(0..end))];
            fetch(&*container, &fetches).unwrap_err();
        }
        assert_eq!(memory.asked(), []);
    }
}

/// Memory that is not as large as it was asked to be.
#[derive(Debug)]
struct Short;

impl HostMemory for Short {
    fn landing(&self, len: usize, phase: u64) -> Option<Box<dyn Landing>> {
        let given = Arc::default();
        let memory = BufferMut::try_zeroed_at_phase(len - 1, phase).unwrap();
        Some(Box::new(Place { memory, given }))
    }
}

#[test]
fn memory_of_another_size_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("blob"), bytes(LEAST)).unwrap();
    let container = Directory::open(folder.path())
        .unwrap()
        .host_memory(Arc::new(Short));
    let error = container.get("blob").unwrap_err();
    let source = std::error::Error::source(&error).map(ToString::to_string);
    let told = "Short was asked for 65536 bytes of memory and gave 65535";
    assert!(source.is_some_and(|source| source == told) || error.to_string().contains(told));
}

#[test]
fn what_is_mapped_lies_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("blob"), bytes(LEAST)).unwrap();
    let memory = Arc::new(Noting::default());
    let container = Directory::open(folder.path())
        .unwrap()
        .host_memory(as_dyn(&memory));
    // SAFETY: nobody changes the file.
    #[allow(unsafe_code, reason = "choosing memory maps is unsafe")]
    let container = unsafe { container.mapped() };
    assert!(container.get("blob").unwrap().unwrap().bytes().unwrap() == bytes(LEAST));
    assert_eq!(memory.asked(), []);
}
