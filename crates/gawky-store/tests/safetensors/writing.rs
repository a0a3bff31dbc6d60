//! What is written: files that every reader takes for the same.

use ::safetensors::Dtype;
use ::safetensors::SafeTensors as Reference;
use gawky_buffer::{ByteOrder, TimeUnit, Unit};
use gawky_store::safetensors::{SafeTensors, SafeTensorsFault, SafeTensorsWriter};
use gawky_store::{
    Blob, Buffer, Container, ContainerWrite, DType, Directory, MemoryContainer, StoreError,
};

use super::{KEY, bytes, fault};

fn written(blobs: Vec<Blob>) -> Buffer {
    let writer = SafeTensorsWriter::new();
    writer.put_many(blobs).unwrap();
    writer.finish().unwrap()
}

#[test]
fn the_crate_reads_it() {
    let blobs = vec![
        Blob::new("mask", DType::Bool, bytes(&[1, 0, 1])),
        Blob::new("x", DType::Float64, Buffer::from_vec(vec![1.5_f64, -0.0])),
        Blob::new("\"odd\"\n", DType::Int16, bytes(&[1, 0, 2, 0])),
        Blob::new("none", DType::Float32, Buffer::empty()),
    ];
    let writer = SafeTensorsWriter::new()
        .with_metadata("form", "{\"class\": \"ä\"}")
        .with_metadata("form", "{\"class\": \"ö\"}")
        .with_metadata("", "\u{1}");
    writer.put_many(blobs).unwrap();
    let file = writer.finish().unwrap();
    let tensors = Reference::deserialize(file.bytes().unwrap()).unwrap();
    let tensor = |name| {
        let tensor = tensors.tensor(name).unwrap();
        (
            tensor.dtype(),
            tensor.shape().to_vec(),
            tensor.data().to_vec(),
        )
    };
    assert_eq!(tensor("mask"), (Dtype::BOOL, vec![3], vec![1, 0, 1]));
    let x = [1.5_f64, -0.0].map(f64::to_le_bytes).concat();
    assert_eq!(tensor("x"), (Dtype::F64, vec![2], x));
    assert_eq!(tensor("\"odd\"\n"), (Dtype::I16, vec![2], vec![1, 0, 2, 0]));
    assert_eq!(tensor("none"), (Dtype::F32, vec![0], vec![]));
    assert_eq!(tensors.len(), 4);
    let (_, header) = Reference::read_metadata(file.bytes().unwrap()).unwrap();
    let metadata = header.metadata().clone().unwrap();
    assert_eq!(
        (metadata.len(), &*metadata["form"]),
        (2, "{\"class\": \"ö\"}")
    );
    assert_eq!(metadata[""], "\u{1}");
}

#[test]
fn nothing_is_a_file_too() {
    let file = SafeTensorsWriter::new().finish().unwrap();
    assert!(
        Reference::deserialize(file.bytes().unwrap())
            .unwrap()
            .is_empty()
    );
    assert!(SafeTensors::from_buffer(file).unwrap().layer().is_empty());
}

/// What the format lacks is integers or bytes, and so is what is no whole number of elements.
#[test]
fn every_dtype_and_its_size() {
    let tick = TimeUnit::from(Unit::Day);
    let times = [DType::DateTime64(tick), DType::TimeDelta64(tick)];
    for dtype in DType::TIMELESS.into_iter().chain(times) {
        for len in [0, 31, 64, 65] {
            let data: Vec<u8> = (0..len).collect();
            let file = written(vec![Blob::new("k", dtype, bytes(&data))]);
            let tensors = Reference::deserialize(file.bytes().unwrap()).unwrap();
            let tensor = tensors.tensor("k").unwrap();
            assert_eq!(tensor.data(), data);
            let ours = SafeTensors::from_buffer(file).unwrap();
            let is_whole = data.len().is_multiple_of(dtype.itemsize());
            let expected = match dtype {
                _ if !is_whole => DType::UInt8,
                DType::DateTime64(_) | DType::TimeDelta64(_) => DType::Int64,
                DType::Float128 | DType::Complex128 | DType::Complex256 => DType::UInt8,
                other => other,
            };
            assert_eq!(
                ours.layer().dtype("k"),
                Some(expected),
                "{dtype}, {len} bytes"
            );
        }
    }
}

/// Every tensor lies at a multiple of what its elements want, whatever comes before it.
#[test]
fn naturally_aligned() {
    let dtypes = || DType::TIMELESS.into_iter();
    for skipped in 0..5 {
        let blobs = dtypes().skip(skipped).enumerate().flat_map(|(at, dtype)| {
            let one = Blob::new(
                format!("{at}"),
                dtype,
                bytes(&vec![1; dtype.itemsize() * (at + 1)]),
            );
            let ragged = Blob::new(format!("ragged{at}"), dtype, bytes(&vec![1; 7 + at]));
            [ragged, one]
        });
        let blobs: Vec<Blob> = blobs.collect();
        let file = written(blobs.clone());
        let tensors = SafeTensors::from_buffer(file.clone()).unwrap();
        for blob in blobs.iter().filter(|blob| !blob.key.starts_with("ragged")) {
            let start = tensors.layer().range(&blob.key).unwrap().start;
            assert!(
                start.is_multiple_of(blob.dtype.alignment() as u64),
                "{}",
                blob.dtype
            );
            let read = tensors.get(&blob.key).unwrap().unwrap();
            assert!(read.address().is_multiple_of(blob.dtype.alignment()));
            assert_eq!(read, blob.bytes);
        }
        assert!(file.address().is_multiple_of(64));
    }
}

#[test]
fn in_order_of_alignment_and_then_as_put() {
    let blob = |key: &str, dtype: DType| Blob::new(key, dtype, bytes(&[0; 32]));
    let file = written(vec![
        blob("z", DType::UInt8),
        blob("y", DType::Float32),
        blob("b", DType::Int64),
        blob("a", DType::Float64),
        blob("x", DType::Float128),
        blob("c", DType::Complex128),
    ]);
    let tensors = SafeTensors::from_buffer(file).unwrap();
    assert_eq!(tensors.layer().keys(), ["x", "b", "a", "c", "y", "z"]);
}

#[test]
fn the_same_blobs_make_the_same_file() {
    let file = || {
        let writer = SafeTensorsWriter::new();
        for number in 0..200_u8 {
            let dtype = [DType::Int8, DType::Int16, DType::Int32][usize::from(number) % 3];
            let bytes = bytes(&[number; 8]);
            writer
                .put(Blob::new(format!("node{number}"), dtype, bytes))
                .unwrap();
        }
        let writer = (0..20).fold(writer, |writer, n| {
            writer.with_metadata(format!("m{n}"), "x")
        });
        writer.finish().unwrap()
    };
    assert_eq!(file(), file());
}

#[test]
fn the_later_of_two_is_kept() {
    let writer = SafeTensorsWriter::new();
    let blob =
        |key: &str, byte: u8, len: usize| Blob::new(key, DType::UInt8, bytes(&vec![byte; len]));
    writer.put(blob("a", 1, 5)).unwrap();
    writer
        .put_many(vec![blob("b", 2, 3), blob("a", 3, 2), blob("a", 4, 9)])
        .unwrap();
    let tensors = SafeTensors::from_buffer(writer.finish().unwrap()).unwrap();
    assert_eq!(tensors.layer().keys(), ["a", "b"]);
    assert_eq!(tensors.get("a").unwrap(), Some(bytes(&[4; 9])));
}

#[test]
fn what_cannot_be_in_a_file_is_refused_before_anything_is_kept() {
    let good = || Blob::new("good", DType::UInt8, bytes(&[1]));
    let reserved = Blob::new("__metadata__", DType::UInt8, bytes(&[1]));
    let big = |dtype| Blob::new("big", dtype, bytes(&[0; 16])).with_byteorder(ByteOrder::Big);
    let writer = SafeTensorsWriter::new();
    assert_eq!(
        fault(writer.put_many(vec![good(), reserved])),
        SafeTensorsFault::Reserved
    );
    for dtype in [DType::Int16, DType::Complex128, DType::Float64] {
        assert_eq!(
            fault(writer.put_many(vec![good(), big(dtype)])),
            SafeTensorsFault::BigEndian
        );
    }
    let bad = writer.put_many(vec![good(), Blob::new("a//b", DType::UInt8, bytes(&[1]))]);
    assert!(matches!(bad, Err(StoreError::InvalidKey { .. })));
    // Of one byte there is no order.
    writer.put(big(DType::Bool)).unwrap();
    let tensors = SafeTensors::from_buffer(writer.finish().unwrap()).unwrap();
    assert_eq!(tensors.layer().keys(), ["big"]);
}

#[test]
fn a_header_that_no_reader_would_take_is_not_written() {
    let memory = MemoryContainer::new();
    let writer = SafeTensorsWriter::new().with_metadata("x", "x".repeat(100_000_000));
    let SafeTensorsFault::HeaderTooLong { len } = fault(writer.write(&memory, KEY)) else {
        panic!("it is too long");
    };
    assert!(len > 100_000_000);
    assert!(memory.is_empty());
}

#[test]
fn into_a_container_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = Directory::open(folder.path()).unwrap();
    let writer = || {
        let writer = SafeTensorsWriter::new();
        writer
            .put(Blob::new("a", DType::UInt8, bytes(&[1, 2, 3])))
            .unwrap();
        writer
    };
    writer().write(&folder, KEY).unwrap();
    assert_eq!(folder.get(KEY).unwrap(), Some(writer().finish().unwrap()));
    let tensors = SafeTensors::open(&folder, KEY).unwrap();
    assert_eq!(
        tensors.id(),
        SafeTensors::open(&folder, KEY).unwrap().id(),
        "the same file is the same container"
    );
    assert!(matches!(
        writer().write(&folder, "../x"),
        Err(StoreError::InvalidKey { .. })
    ));
}
