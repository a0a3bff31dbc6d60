//! Numbers that are meant to hurt cost less than 1 MiB of memory and no time.
//!
//! A binary of its own, with one test, because the allocator counts what the whole process asks for.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what is wrong by panicking"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use gawky::form::Type;
use gawky::prelude::*;
use gawky::store::Blob;
use gawky::store::npz::{Npz, NpzOptions, NpzWriter};
use gawky::store::safetensors::SafeTensors;

/// The system's allocator, and how much was asked of it: also what it could not give.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn ask(bytes: usize) {
    let now = NOW
        .fetch_add(bytes, Ordering::Relaxed)
        .saturating_add(bytes);
    PEAK.fetch_max(now, Ordering::Relaxed);
}

fn give_back(bytes: usize) {
    NOW.fetch_sub(bytes, Ordering::Relaxed);
}

// SAFETY: every call is handed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ask(layout.size());
        // SAFETY: the caller keeps the contract.
        let memory = unsafe { System.alloc(layout) };
        if memory.is_null() {
            give_back(layout.size());
        }
        memory
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        give_back(layout.size());
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        ask(layout.size());
        // SAFETY: the caller keeps the contract.
        let memory = unsafe { System.alloc_zeroed(layout) };
        if memory.is_null() {
            give_back(layout.size());
        }
        memory
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ask(size);
        // SAFETY: the caller keeps the contract.
        let moved = unsafe { System.realloc(memory, layout, size) };
        give_back(if moved.is_null() { size } else { layout.size() });
        moved
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Does something, and answers how much more memory than before that took at its height.
fn extra<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let done = work();
    (done, PEAK.load(Ordering::Relaxed).saturating_sub(before))
}

#[track_caller]
fn is_cheap<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let (done, bytes) = extra(work);
    assert!(bytes < 1 << 20, "{what}: {bytes} bytes");
    done
}

fn form(json: &str) -> Form {
    let form = Form::from_json(json).unwrap();
    form.with_form_keys(&FormKeyFormat::default(), 0).unwrap()
}

fn nested(before: &str, inside: &str, after: &str) -> String {
    let depth = 100_000;
    format!("{}{inside}{}", before.repeat(depth), after.repeat(depth))
}

const LISTS: &str = r#"{"class": "ListOffsetArray", "offsets": "i64", "content": "int64"}"#;
const RECORDS: &str = r#"{"class": "RecordArray", "fields": [], "contents": []}"#;

#[test]
fn hostile_numbers_cost_nothing() {
    // That this allocator counts at all.
    let (_, counted) = extra(|| std::hint::black_box(vec![1_u8; 4 << 20]));
    assert!(counted >= 4 << 20);

    refused_forms();
    refused_reads();
    huge_and_empty();
    simplified();
    refused_archives();
    refused_tensors();
}

fn refused_forms() {
    // Whether the whole is refused; cut short, each must be.
    for (before, after, expected) in [
        (r#"{"class": "UnmaskedArray", "content": "#, "}", true),
        (r#"{"class": "RecordArray", "contents": {"x": "#, "}}", true),
        (r#"{"class": "RecordArray", "contents": ["#, "]}", true),
        (
            r#"{"class": "NumpyArray", "primitive": "int8", "parameters": {"x": "#,
            "}}",
            true,
        ),
        // What no class has is skipped, however deep.
        (r#"{"class": "EmptyArray", "unknown": "#, "}", false),
        ("[", "]", true),
        ("", "", false),
    ] {
        let whole = nested(before, r#""int64""#, after);
        let refused = is_cheap(before, || Form::from_json(&whole).is_err());
        assert_eq!(refused, expected, "{before}");
        let cut = before.repeat(100_000);
        assert!(
            is_cheap(before, || Form::from_json(&cut).is_err()),
            "{before}"
        );
    }
    for (before, after) in [
        ("var * ", ""),
        ("?", ""),
        ("{x: ", "}"),
        ("union[", "]"),
        ("3 * ", ""),
    ] {
        let datashape = nested(before, "int64", after);
        assert!(is_cheap(before, || datashape.parse::<Type>().is_err()));
    }
}

fn refused_reads() {
    let lists = |offsets: Vec<i64>| -> Vec<(&'static str, Buffer)> {
        vec![
            ("node0-offsets", offsets.into()),
            ("node1-data", vec![0_i64; 8].into()),
        ]
    };
    let far = |far: i64| -> Vec<(&'static str, Buffer)> {
        vec![
            ("node0-starts", vec![0_i64].into()),
            ("node0-stops", vec![far].into()),
            ("node0-index", vec![far].into()),
            ("node0-tags", vec![0_u8].into()),
            ("node1-data", vec![0_i64].into()),
        ]
    };
    let list = r#"{"class": "ListArray", "starts": "i64", "stops": "i64", "content": "int64"}"#;
    let indexed = r#"{"class": "IndexedArray", "index": "i64", "content": "int64"}"#;
    let option = r#"{"class": "IndexedOptionArray", "index": "i64", "content": "int64"}"#;
    let union =
        r#"{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": ["int64", "int64"]}"#;
    let regular = r#"{"class": "RegularArray", "size": 4611686018427387904, "content": "int64"}"#;
    let dimensions = r#"{"class": "NumpyArray", "primitive": "int64", "inner_shape": [1152921504606846976, 16]}"#;
    for (json, length, blobs) in [
        (LISTS, 2, lists(vec![0, 2, -1])),
        (LISTS, 3, lists(vec![0, 5, 2, 4])),
        (LISTS, u64::MAX, lists(vec![0, 1])),
        (LISTS, 1 << 60, lists(vec![0, 1])),
        (LISTS, 1, lists(vec![0, 1 << 60])),
        (LISTS, 1, lists(vec![0, i64::MAX])),
        (RECORDS, u64::MAX, Vec::new()),
        (regular, 8, Vec::new()),
        (regular, 1, lists(vec![0])),
        (dimensions, 1, far(0)),
        (r#""int64""#, 1 << 60, Vec::new()),
        (list, 1, far(1 << 60)),
        (list, 1, far(1 << 40)),
        (indexed, 1, far(1 << 60)),
        (indexed, 1, far(i64::MAX)),
        (option, 1, far(1 << 40)),
        (union, 1, far(1 << 40)),
        (union, 1 << 40, far(1 << 40)),
    ] {
        let form = form(json);
        let blobs: BTreeMap<String, Buffer> = blobs
            .into_iter()
            .map(|(key, blob)| (key.to_owned(), blob))
            .collect();
        for rules in [CanonicalRules::AsIs, CanonicalRules::Simplify] {
            let read = FromBuffers::new(&form, length).rules(rules);
            let what = format!("{length} rows of {json}");
            assert!(is_cheap(&what, || read.read(&blobs).is_err()), "{what}");
            let rows = read.rows(0..length);
            assert!(is_cheap(&what, || rows.read(&blobs).is_err()), "{what}");
        }
    }
}

/// Rows that hold nothing may be as many as there are numbers; then everything that can be done to them costs
/// nothing as well.
fn huge_and_empty() {
    let many = i64::MAX.unsigned_abs();
    let empty_lists = r#"{"class": "RegularArray", "size": 0, "content": "int64"}"#;
    let axis = r#"{"class": "NumpyArray", "primitive": "int8", "inner_shape": [0]}"#;
    let nested =
        format!(r#"{{"class": "RegularArray", "size": 1048576, "content": {empty_lists}}}"#);
    let option = format!(r#"{{"class": "UnmaskedArray", "content": {empty_lists}}}"#);
    for (json, length) in [
        (RECORDS, many),
        (empty_lists, many),
        (axis, many),
        (nested.as_str(), 1 << 40),
        (option.as_str(), many),
    ] {
        let form = form(json);
        let blobs: BTreeMap<String, Buffer> = BTreeMap::new();
        is_cheap(json, || {
            let array = gawky::from_buffers(&form, length, &blobs).unwrap();
            assert_eq!(array.len() as u64, length);
            assert!(array.to_string().len() < 200, "{array}");
            assert_eq!(array.pack().unwrap().len(), array.len());
            assert_eq!(array.simplify().unwrap(), array);
            let last = array.slice(array.len() - 1..array.len()).unwrap();
            assert_eq!(last.type_(), array.type_());
            assert_eq!(array.take(&[array.len() - 1, 0]).unwrap().len(), 2);
            let memory = MemoryContainer::new();
            let (form, length) = gawky::to_buffers(&array, &memory).unwrap();
            assert_eq!(gawky::from_buffers(&form, length, &memory).unwrap(), array);
        });
    }
}

/// Simplifying looks up what is picked, not what could be.
fn simplified() {
    let union = format!(
        r#"{{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": [{RECORDS}, {RECORDS}]}}"#
    );
    let other = format!(
        r#"{{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": [{RECORDS}, "int64"]}}"#
    );
    for content in [
        format!(r#"{{"class": "UnmaskedArray", "content": {RECORDS}}}"#),
        format!(r#"{{"class": "IndexedArray", "index": "i64", "content": {RECORDS}}}"#),
        union,
        other,
    ] {
        for class in ["IndexedArray", "IndexedOptionArray"] {
            let json = format!(r#"{{"class": "{class}", "index": "i64", "content": {content}}}"#);
            let form = form(&json);
            let far = if content.contains("Unmasked") {
                1_i64 << 33
            } else {
                0
            };
            let blobs: BTreeMap<String, Buffer> = BTreeMap::from([
                ("node0-index".to_owned(), vec![far, far].into()),
                ("node1-tags".to_owned(), vec![0_u8].into()),
                ("node1-index".to_owned(), vec![1_i64 << 33].into()),
            ]);
            let read = FromBuffers::new(&form, 2).rules(CanonicalRules::Simplify);
            let array = is_cheap(&json, || read.read(&blobs).unwrap());
            assert!(
                array.to_string().starts_with("<Array [{}, {}] type='2 * "),
                "{array}"
            );
            is_cheap(&json, || array.pack().unwrap());
        }
    }
}

/// Writes over the bytes from the last appearance of four others on.
fn change(mut bytes: Vec<u8>, last: &[u8; 4], at: usize, new: &[u8]) -> Vec<u8> {
    let found = bytes.windows(4).rposition(|bytes| bytes == last).unwrap();
    bytes.splice(found + at..found + at + new.len(), new.to_vec());
    bytes
}

/// An archive with an array of any bytes at all: not put as one, but renamed.
fn array(bytes: &[u8]) -> Vec<u8> {
    let writer = NpzWriter::new();
    writer
        .put_file("x.npx", Buffer::copied_from(bytes))
        .unwrap();
    let mut archive = writer.finish().unwrap().bytes().unwrap().to_vec();
    while let Some(at) = archive.windows(5).position(|bytes| bytes == b"x.npx") {
        archive[at + 4] = b'y';
    }
    archive
}

/// Files of tensors whose headers claim more than there is, from memory and from a folder.
fn refused_tensors() {
    let header = |json: &str| {
        let mut file = (json.len() as u64).to_le_bytes().to_vec();
        file.extend_from_slice(json.as_bytes());
        file
    };
    let tensor = |shape: &str, end: u64| {
        header(&format!(
            r#"{{"node0-data":{{"dtype":"I64","shape":[{shape}],"data_offsets":[0,{end}]}}}}"#
        ))
    };
    let claims = |len: u64| [&len.to_le_bytes()[..], b"{}"].concat();
    let many = |one: &str| header(&format!("{{{}", one.repeat(3_000)));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.safetensors");
    let form = form("\"int64\"");
    for (what, file) in [
        ("a header of 2^60 bytes", claims(1 << 60)),
        ("a header of the greatest length", claims(u64::MAX)),
        ("a header of 100 MB", claims(100_000_000)),
        (
            "a tensor of 2^60 bytes",
            tensor("144115188075855872", 1 << 60),
        ),
        ("a shape that overflows", tensor("4294967296,4294967296", 0)),
        (
            "10^9 dimensions, as far as there are any",
            tensor(&("1,".repeat(30_000) + "1"), 8),
        ),
        (
            "no end of tensors",
            many(r#""a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"#),
        ),
        ("no end of metadata", many(r#""__metadata__":{"a":"b"},"#)),
        (
            "deep nesting",
            header(&format!(r#"{{"a":{{"x":{}"#, "[".repeat(100_000))),
        ),
        (
            "a string without end",
            header(&format!(
                r#"{{"__metadata__":{{"a":"{}"#,
                "\\n".repeat(50_000)
            )),
        ),
    ] {
        let bytes = Buffer::copied_from(&file);
        assert!(
            is_cheap(what, || SafeTensors::from_buffer(bytes).is_err()),
            "{what}"
        );
        std::fs::write(&path, &file).unwrap();
        let directory = Directory::open(folder.path()).unwrap();
        let read = || {
            let file = SafeTensors::open(directory, "x.safetensors")?;
            gawky::from_buffers(&form, 1_u64 << 57, &file)
        };
        assert!(is_cheap(what, || read().is_err()), "{what}, in a folder");
    }
}

/// Archives whose numbers are larger than they are.
fn refused_archives() {
    let writer = NpzWriter::compressed();
    let zeros = Buffer::from_vec(vec![0_u8; 16 << 20]);
    writer.put(Blob::new("x", DType::UInt8, zeros)).unwrap();
    let bomb = writer.finish().unwrap().bytes().unwrap().to_vec();
    let (end, entry, local) = (b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04");
    let billion = 1_000_000_000_u64.to_le_bytes();
    let mut wide = bomb[..bomb.len() - 22].to_vec();
    wide.extend(b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0\0\0\0\0\0\0\0\0");
    wide.extend([billion, billion].concat());
    wide.extend((1_u64 << 60).to_le_bytes());
    wide.extend(0_u64.to_le_bytes());
    wide.extend(b"PK\x06\x07\0\0\0\0");
    wide.extend((bomb.len() as u64 - 22).to_le_bytes());
    wide.extend([1, 0, 0, 0]);
    wide.extend(change(
        bomb[bomb.len() - 22..].to_vec(),
        end,
        8,
        &[0xff; 12],
    ));
    for (what, bytes) in [
        (
            "it should have 65535 members, for which 51 bytes are too few",
            change(bomb.clone(), end, 8, &[0xff; 4]),
        ),
        (
            "it should be 4294967295 bytes from byte 16431 on",
            change(bomb.clone(), end, 12, &[0xff; 4]),
        ),
        ("it should be 1152921504606846976 bytes from byte 0 on", wide),
        (
            "1073741824 bytes should come out of 16396",
            change(
                change(bomb.clone(), entry, 24, &[0, 0, 0, 0x40]),
                local,
                22,
                &[0, 0, 0, 0x40],
            ),
        ),
        (
            "after 1000 bytes came out: more come out than the directory says",
            change(
                change(bomb.clone(), entry, 24, &[0xe8, 3, 0, 0]),
                local,
                22,
                &[0xe8, 3, 0, 0],
            ),
        ),
        (
            "this member has 16777344 bytes uncompressed, and 1048576 are allowed",
            bomb.clone(),
        ),
        (
            "this array of shape [1152921504606846976] needs 9223372036854775808 bytes, and has 0",
            array(
                b"\x93NUMPY\x01\0\x49\0{'descr': '<f8', 'fortran_order': False, 'shape': (1152921504606846976,)}",
            ),
        ),
        (
            "its header is cut off",
            array(b"\x93NUMPY\x02\0\xff\xff\xff\xff{'descr': '<f8', "),
        ),
    ] {
        let file = MemoryContainer::new();
        file.insert("f", Buffer::copied_from(&bytes)).unwrap();
        // Low enough for the bomb, unless its size is what is wrong.
        let limit = if bytes == bomb { 1 << 20 } else { 1 << 32 };
        let error = is_cheap(what, || {
            let options = NpzOptions::default().max_member_bytes(limit);
            Npz::open_with(&file, "f", options)?.get("x")
        })
        .unwrap_err();
        assert!(error.to_string().contains(what), "{what}: {error}");
    }
}
