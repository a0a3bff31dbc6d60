//! What reading asks of the container below, and in which state.

use std::sync::atomic::{AtomicU64, Ordering};

use gawky_buffer::Alignment;
use gawky_store::npz::{Npz, NpzWriter};
use gawky_store::{
    Blob, Buffer, Container, ContainerWrite, DType, Directory, Fetch, FetchReport, Fetched, Key,
    MemoryContainer, Profile, StoreError, Version,
};

use super::raw::{RawMember, archive, int16s};

fn numbers(count: i64) -> Buffer {
    Buffer::from_vec((0..count).collect::<Vec<i64>>())
}

/// Two members, larger than opening brings along.
fn bucket(writer: NpzWriter) -> MemoryContainer {
    for key in ["x", "y"] {
        writer
            .put(Blob::new(key, DType::Int64, numbers(100_000)))
            .unwrap();
    }
    let bucket = MemoryContainer::new();
    writer.write(&bucket, "f.npz").unwrap();
    bucket
}

#[test]
fn opening_reads_no_member() {
    let bucket = bucket(NpzWriter::new());
    let npz = Npz::open(&bucket, "f.npz").unwrap();
    let opening = npz.layer().opening();
    assert_eq!((opening.requests, opening.bytes), (1, 66 * 1024));
    assert_eq!(npz.layer().file_key(), "f.npz");
    assert_eq!(
        npz.layer().file_size(),
        bucket.size("f.npz").unwrap().unwrap()
    );
    assert_eq!(
        npz.layer().file_version(),
        bucket.version("f.npz").unwrap().as_ref()
    );
    assert!(matches!(
        Npz::open(&bucket, "g.npz"),
        Err(StoreError::NotFound { key }) if key == "g.npz"
    ));
    assert!(matches!(
        Npz::open(&bucket, "../f.npz"),
        Err(StoreError::InvalidKey { .. })
    ));
}

#[test]
fn a_member_is_read_once_in_one_call() {
    for new in [NpzWriter::new, NpzWriter::compressed] {
        let bucket = bucket(new());
        let npz = Npz::open(&bucket, "f.npz").unwrap();
        let fetches = [
            Fetch::range("x", 0..8, DType::Int64),
            Fetch::whole("y", DType::Int64),
            // Plain bytes of it are of the same member.
            Fetch::raw("x", Some(799_992..800_000)),
            Fetch::raw("x", Some(5..5)),
            Fetch::raw("z", None),
            Fetch::range("x", 8..16, DType::Int64),
        ];
        let mut report = FetchReport::default();
        let answers = npz.fetch_versioned(&fetches, &mut report).unwrap();
        assert_eq!((report.requests, report.merged), (2, 2));
        let bytes = |at: usize| answers[at].as_ref().map(|answer| answer.bytes.clone());
        assert_eq!(bytes(0), Some(Buffer::from_vec(vec![0_i64])));
        assert_eq!(bytes(1), Some(numbers(100_000)));
        assert_eq!(bytes(2), Some(Buffer::from_vec(vec![99_999_i64])));
        assert_eq!(bytes(3), Some(Buffer::empty()));
        assert_eq!(bytes(4), None);
        assert_eq!(bytes(5), Some(Buffer::from_vec(vec![1_i64])));
        let version = bucket.version("f.npz").unwrap();
        assert_eq!(answers[0].as_ref().unwrap().version, version);
        assert_eq!(npz.version("x").unwrap(), version);
        assert_eq!(npz.version("z").unwrap(), None);
    }
}

#[test]
fn the_beginnings_of_members_tell_their_sizes() {
    for new in [NpzWriter::new, NpzWriter::compressed] {
        let writer = new();
        writer
            .put_file("note.txt", Buffer::copied_from(b"note"))
            .unwrap();
        writer
            .put(Blob::new("empty", DType::Int8, Buffer::empty()))
            .unwrap();
        let noting = Noting::new(bucket(writer));
        let npz = Npz::open(&noting, "f.npz").unwrap();
        let before = noting.bytes();
        let keys = ["y", "z", "note.txt", "x", "empty"].map(Key::from);
        let sizes = npz.sizes(&keys).unwrap();
        assert_eq!(
            sizes,
            [Some(800_000), None, Some(4), Some(800_000), Some(0)]
        );
        assert!(
            noting.bytes() - before < 5_000,
            "{}",
            noting.bytes() - before
        );
        assert_eq!(npz.size("x").unwrap(), Some(800_000));
    }
    // Of a member that is not as it should be, reading it tells why.
    let mut wrong = archive(&[
        RawMember::stored("x.npy", b"no array"),
        RawMember::stored("y.npy", &long_header(&numbers(10))),
        RawMember::stored("z.npy", &long_header(&numbers(10))[..4]),
        RawMember::stored("secret.npy", &int16s(&[1])).with(|member| member.flags |= 1),
        RawMember::stored("other.npy", &int16s(&[1])),
    ]);
    // The last one has another checksum than the directory says.
    let name = wrong.windows(9).position(|bytes| bytes == b"other.npy");
    wrong[name.unwrap() - 16] ^= 1;
    let npz = Npz::from_buffer(Buffer::copied_from(&wrong)).unwrap();
    assert_eq!(npz.size("y").unwrap(), Some(80));
    for key in ["x", "z", "secret", "other"] {
        assert!(
            matches!(npz.size(key), Err(StoreError::Npz { .. })),
            "{key}"
        );
    }
    // A file that was replaced is told to be.
    let bucket = bucket(NpzWriter::new());
    let npz = Npz::open(&bucket, "f.npz").unwrap();
    bucket.insert("f.npz", Buffer::copied_from(&wrong)).unwrap();
    let error = npz.size("x").unwrap_err();
    assert_eq!((error.is_conflict(), error.key()), (true, "x"));
}

/// Notes how many bytes were fetched of what is inside.
struct Noting {
    inner: MemoryContainer,
    bytes: AtomicU64,
}

impl Noting {
    fn new(inner: MemoryContainer) -> Self {
        let bytes = AtomicU64::new(0);
        Self { inner, bytes }
    }

    fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl Container for Noting {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.inner.get(key)
    }

    fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        self.inner.size(key)
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let answers = self.inner.fetch_versioned(fetches, report)?;
        let bytes = answers
            .iter()
            .flatten()
            .map(|answer| answer.bytes.len() as u64);
        self.bytes.fetch_add(bytes.sum(), Ordering::Relaxed);
        Ok(answers)
    }

    fn profile(&self) -> Profile {
        self.inner.profile()
    }
}

#[test]
fn a_few_bytes_keep_few_alive() {
    for new in [NpzWriter::new, NpzWriter::compressed] {
        let npz = Npz::open(bucket(new()), "f.npz").unwrap();
        let mut report = FetchReport::default();
        let fetches = [Fetch::range("x", 0..8, DType::Int64)];
        let answers = npz.fetch_versioned(&fetches, &mut report).unwrap();
        let bytes = &answers[0].as_ref().unwrap().bytes;
        assert!(bytes.retained() < 1024);
        assert_eq!((report.copies, report.copied_bytes), (1, 8));
    }
}

/// What is stored as it is comes as it lies; what NumPy wrote lies at odd places, but a range may begin anywhere.
#[test]
fn stored_elements_are_shared_and_aligned() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::create(folder.path()).unwrap();
    bucket(NpzWriter::new());
    let ours = bucket(NpzWriter::new()).get("f.npz").unwrap().unwrap();
    let numpys = archive(&[
        RawMember::stored("w.npy", &int16s(&[1; 1_000])),
        RawMember::stored("x.npy", &long_header(&numbers(1_000))),
        RawMember::stored("and y.npy", &long_header(&numbers(1_000))),
    ]);
    for (file, bytes, keys) in [
        ("ours", ours, ["x", "y"]),
        ("numpys", Buffer::copied_from(&numpys), ["x", "and y"]),
    ] {
        directory.put(Blob::new(file, DType::UInt8, bytes)).unwrap();
        let npz = Npz::open(&directory, file).unwrap();
        for key in keys {
            let mut report = FetchReport::default();
            let answers = npz
                .fetch_versioned(&[Fetch::whole(key, DType::Int64)], &mut report)
                .unwrap();
            let bytes = &answers[0].as_ref().unwrap().bytes;
            assert!(
                bytes.alignment().satisfies(Alignment::CACHE_LINE),
                "{key} of {file}"
            );
            assert_eq!(report.copies, 0);
        }
    }
    // Where bytes are in memory already, they stay where they are.
    let memory = bucket(NpzWriter::new());
    let whole = memory.get("f.npz").unwrap().unwrap();
    let within = whole.address()..whole.address() + whole.len();
    let x = Npz::open(&memory, "f.npz")
        .unwrap()
        .get("x")
        .unwrap()
        .unwrap();
    assert!(within.contains(&x.address()));
    assert_eq!((x.address() - whole.address()) % 64, 0);
}

/// An array with a header as long as NumPy makes it.
fn long_header(numbers: &Buffer) -> Vec<u8> {
    let text = format!(
        "{{'descr': '<i8', 'fortran_order': False, 'shape': ({},), }}",
        numbers.len() / 8
    );
    super::raw::npy(1, &format!("{text:117}\n"), numbers.bytes().unwrap())
}

#[test]
fn a_file_that_was_replaced_is_not_read() {
    let bucket = bucket(NpzWriter::new());
    let npz = Npz::open(&bucket, "f.npz").unwrap();
    let version = bucket.version("f.npz").unwrap().unwrap();
    let other = Version::new("another");
    let pinned = |version: &Version| [Fetch::raw("x", None).at_version(Some(version.clone()))];
    assert!(npz.fetch(&pinned(&version)).is_ok());
    let refused = npz.fetch(&pinned(&other)).unwrap_err();
    assert!(
        matches!(&refused, StoreError::VersionMismatch { key, .. } if key == "x"),
        "{refused}"
    );

    // The same bytes, but put anew.
    let same = bucket.get("f.npz").unwrap().unwrap();
    bucket.insert("f.npz", same).unwrap();
    let error = npz.get("x").unwrap_err();
    assert!(error.is_conflict(), "{error}");
    assert_eq!(error.key(), "x");
    gawky_store::ContainerDelete::delete(&bucket, "f.npz").unwrap();
    let error = npz.get("x").unwrap_err();
    assert!(error.is_conflict(), "{error}");
    assert!(Npz::open(&bucket, "f.npz").is_err());
}

/// A container in which somebody writes the file anew whenever it has been looked into.
#[derive(Debug)]
struct Busy(MemoryContainer);

impl Container for Busy {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.0.get(key)
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let answers = self.0.fetch_versioned(fetches, report);
        let same = self.0.get("f.npz")?.unwrap();
        self.0.insert("f.npz", same)?;
        answers
    }

    fn profile(&self) -> Profile {
        Profile::FILE
    }
}

#[test]
fn a_file_that_is_replaced_while_it_is_opened_is_not_read() {
    let members: Vec<RawMember> = (0..2_000)
        .map(|n| RawMember::stored(&format!("part0-node{n}-data.npy"), &int16s(&[n])))
        .collect();
    let busy = Busy(MemoryContainer::new());
    let file = Buffer::copied_from(&archive(&members));
    busy.0.insert("f.npz", file).unwrap();
    let error = Npz::open(&busy, "f.npz").unwrap_err();
    assert!(error.is_conflict(), "{error}");
}

#[test]
fn a_file_without_versions_that_is_gone_is_no_missing_key() {
    use std::collections::HashMap;
    use std::sync::Mutex;

    let bytes = bucket(NpzWriter::new()).get("f.npz").unwrap().unwrap();
    let files = Mutex::new(HashMap::from([("f.npz", bytes)]));
    let container = gawky_store::from_fn(|key| Ok(files.lock().unwrap().get(key).cloned()));
    let npz = Npz::open(&container, "f.npz").unwrap();
    assert!(npz.get("x").unwrap().is_some());
    files.lock().unwrap().clear();
    let error = npz.get("x").unwrap_err();
    assert!(
        error.to_string().contains("gone since it was opened"),
        "{error}"
    );
    assert_eq!(npz.get("z").unwrap(), None);
}

#[test]
fn who_is_asked_says_how() {
    let bucket = bucket(NpzWriter::new());
    let npz = Npz::open(&bucket, "f.npz").unwrap();
    assert!(!npz.profile().cheap_ranges);
    let id = npz.id().unwrap();
    assert_eq!(id, Npz::open(&bucket, "f.npz").unwrap().id().unwrap());
    assert_ne!(Some(id), bucket.id());
}

/// A container that counts, and has nothing but whole blobs.
#[test]
fn where_there_are_no_ranges_the_file_is_fetched_once() {
    use std::sync::atomic::{AtomicU32, Ordering};

    struct Whole(Buffer, AtomicU32);

    impl Container for Whole {
        fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
            self.1.fetch_add(1, Ordering::Relaxed);
            Ok((key == "f.npz").then(|| self.0.clone()))
        }
    }

    let bytes = bucket(NpzWriter::compressed())
        .get("f.npz")
        .unwrap()
        .unwrap();
    let whole = Whole(bytes, AtomicU32::new(0));
    assert_eq!(whole.profile(), Profile::WHOLE);
    let npz = Npz::open(&whole, "f.npz").unwrap();
    let before = whole.1.load(Ordering::Relaxed);
    let fetches = [
        Fetch::whole("x", DType::Int64),
        Fetch::raw("z", None),
        Fetch::range("y", 8..16, DType::Int64),
    ];
    let answers = npz.fetch(&fetches).unwrap();
    assert_eq!(whole.1.load(Ordering::Relaxed) - before, 1);
    assert_eq!(answers[0], Some(numbers(100_000)));
    assert_eq!(answers[2], Some(Buffer::from_vec(vec![1_i64])));
}

#[test]
fn what_is_not_an_integer_is_not_read_as_one() {
    let writer = NpzWriter::compressed();
    writer
        .put(Blob::new(
            "x",
            DType::Float64,
            Buffer::from_vec(vec![1.0_f64]),
        ))
        .unwrap();
    let npz = Npz::from_buffer(writer.finish().unwrap()).unwrap();
    for fetch in [
        Fetch::whole("x", DType::Int64),
        Fetch::range("x", 0..8, DType::Int64),
    ] {
        // Also when somebody else wants it for what it is.
        let error = npz
            .fetch(&[Fetch::whole("x", DType::Float64), fetch])
            .unwrap_err();
        assert!(matches!(
            error,
            StoreError::DType { key, stored: DType::Float64, asked: DType::Int64 } if key == "x"
        ));
    }
}
