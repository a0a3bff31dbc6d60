//! Blobs of another length, another dtype, another order. (scikit-hep/awkward #3026, zarr-developers/zarr-python #4116)

use gawky::array::Problem;
use gawky::buffer::{MemoryOrder, NdBuffer, Slice};
use gawky::prelude::*;
use gawky::store::npz::{Npz, NpzWriter};
use gawky::store::safetensors::{SafeTensors, SafeTensorsWriter};
use gawky::store::{Blob, StoreError};

use super::everywhere::everywhere;
use super::{blobs, form, node_error};

const INT64: &str = r#"{"class": "NumpyArray", "primitive": "int64"}"#;

#[test]
fn more_bytes_than_needed_are_left_alone() {
    let bytes: Vec<u8> = [1_i64, 2, 3]
        .iter()
        .flat_map(|n| n.to_le_bytes())
        .chain([9; 5])
        .collect();
    assert_eq!(bytes.len(), 29);
    let array =
        gawky::from_buffers(&form(INT64), 3, &blobs([("node0-data", bytes.into())])).unwrap();
    assert_eq!(array.to_string(), "<Array [1, 2, 3] type='3 * int64'>");
    assert_eq!(array.nbytes(), 24);
}

#[test]
fn fewer_bytes_than_needed_are_an_error() {
    let short = blobs([("node0-data", vec![0_u8; 23].into())]);
    let error = gawky::from_buffers(&form(INT64), 3, &short);
    assert_eq!(
        error.as_ref().unwrap_err().to_string(),
        "(root), NumpyArray, data, key \"node0-data\": needs 24 bytes, but has 23: the blob was cut short or \
         belongs to another form or length"
    );
    let (location, problem) = node_error(error);
    assert_eq!(location.key.as_deref(), Some("node0-data"));
    assert_eq!((location.path.as_str(), location.partition), ("", None));
    assert_eq!(
        problem,
        Problem::TooShort {
            needed: 24,
            have: 23
        }
    );

    // The rows that are there can be read.
    let form = form(INT64);
    let read = FromBuffers::new(&form, 3);
    let two = read.clone().rows(0..2).read(&short).unwrap();
    assert_eq!(two.to_string(), "<Array [0, 0] type='2 * int64'>");
    let (location, problem) = node_error(read.clone().rows(1..3).read(&short));
    assert_eq!(location.key.as_deref(), Some("node0-data"));
    assert_eq!(
        problem,
        Problem::TooShort {
            needed: 24,
            have: 23
        }
    );
}

#[test]
fn blobs_of_another_length_wherever_they_lie() {
    let form = form(INT64);
    let bytes = |len: usize| -> Buffer {
        let values = [1_i64, 2, 3, 4];
        let bytes: Vec<u8> = values.iter().flat_map(|n| n.to_le_bytes()).collect();
        bytes[..len].to_vec().into()
    };
    let read = FromBuffers::new(&form, 3);
    for len in [24, 29, 32] {
        everywhere(&blobs([("node0-data", bytes(len))]), |place, container| {
            let array = read.read(container).unwrap();
            assert_eq!(
                array.to_string(),
                "<Array [1, 2, 3] type='3 * int64'>",
                "{place}"
            );
            let two = read.clone().rows(1..3).read(container).unwrap();
            assert_eq!(
                two.to_string(),
                "<Array [2, 3] type='2 * int64'>",
                "{place}"
            );
        });
    }
    for len in [0, 1, 16, 23] {
        everywhere(&blobs([("node0-data", bytes(len))]), |place, container| {
            for error in [
                read.read(container),
                read.clone().rows(1..3).read(container),
            ] {
                let (location, problem) = node_error(error);
                assert_eq!(location.key.as_deref(), Some("node0-data"), "{place}");
                let (needed, have) = (24, len as u64);
                assert_eq!(problem, Problem::TooShort { needed, have }, "{place}");
            }
        });
    }
    everywhere(&blobs([("node1-data", bytes(24))]), |place, container| {
        let (location, problem) = node_error(read.read(container));
        assert_eq!(location.key.as_deref(), Some("node0-data"), "{place}");
        assert_eq!(problem, Problem::Missing { needed: 24 }, "{place}");
    });
}

/// Archives know what they hold, wherever they lie.
#[test]
fn a_typed_archive_refuses_another_dtype() {
    let floats = Blob::new("node0-data", DType::Float64, vec![1.0_f64, 2.0, 3.0].into());
    let tensors = SafeTensorsWriter::new();
    let arrays = [NpzWriter::new(), NpzWriter::compressed()];
    tensors.put(floats.clone()).unwrap();
    let [stored, compressed] = arrays.map(|writer| {
        writer.put(floats.clone()).unwrap();
        writer.finish().unwrap()
    });
    let files = blobs([
        ("tensors", tensors.finish().unwrap()),
        ("stored", stored),
        ("compressed", compressed),
    ]);
    everywhere(&files, |place, container| {
        refuses_integers(place, &SafeTensors::open(container, "tensors").unwrap());
        refuses_integers(place, &Npz::open(container, "stored").unwrap());
        refuses_integers(place, &Npz::open(container, "compressed").unwrap());
    });
}

fn refuses_integers(place: &str, archive: &dyn Container) {
    let integers = form(INT64);
    let read = FromBuffers::new(&integers, 3);
    for read in [read.read(archive), read.clone().rows(1..2).read(archive)] {
        let Err(Error::Store { source, .. }) = read else {
            panic!("{place}: {read:?}");
        };
        let StoreError::DType { key, stored, asked } = *source else {
            panic!("{place}: {source}");
        };
        assert_eq!(
            (key.as_str(), stored, asked),
            ("node0-data", DType::Float64, DType::Int64)
        );
    }
    let floats = form(r#"{"class": "NumpyArray", "primitive": "float64"}"#);
    let array = gawky::from_buffers(&floats, 3, archive).unwrap();
    assert_eq!(
        array.to_string(),
        "<Array [1.0, 2.0, 3.0] type='3 * float64'>",
        "{place}"
    );
    // One element more than there are.
    let (location, problem) = node_error(gawky::from_buffers(&floats, 4, archive));
    assert_eq!(location.key.as_deref(), Some("node0-data"), "{place}");
    let (needed, have) = (32, 24);
    assert_eq!(problem, Problem::TooShort { needed, have }, "{place}");
}

#[test]
fn no_blob_is_an_error_that_says_where() {
    let form = form(
        r#"{"class": "RecordArray", "fields": ["muon"], "contents": [
            {"class": "ListOffsetArray", "offsets": "i64", "content":
                {"class": "RecordArray", "fields": ["pt"], "contents": ["float32"]}}]}"#,
    );
    let lists = blobs([("part7-node1-offsets", vec![0_i64, 2].into())]);
    let read = FromBuffers::new(&form, [1]).partition_start(7);
    for error in [read.read(&lists), read.clone().rows(0..1).read(&lists)] {
        assert_eq!(
            error.as_ref().unwrap_err().to_string(),
            "muon.pt, NumpyArray, data, partition 7, key \"part7-node3-data\": needs 8 bytes, but there is no such \
             blob: check the key format and the partition"
        );
        let (location, problem) = node_error(error);
        assert_eq!(location.partition, Some(7));
        assert_eq!(location.path, "muon.pt");
        assert_eq!(location.key.as_deref(), Some("part7-node3-data"));
        assert_eq!(problem, Problem::Missing { needed: 8 });
    }
}

#[test]
fn a_typed_container_refuses_another_dtype() {
    let memory = MemoryContainer::new();
    let floats = NdBuffer::from_vec(vec![1.0_f64, 2.0, 3.0], &[3]).unwrap();
    memory.insert_array("node0-data", &floats).unwrap();
    let error = gawky::from_buffers(&form(INT64), 3, &memory).unwrap_err();
    assert_eq!(
        error.to_string(),
        "(root), NumpyArray, data: \"node0-data\" holds float64 but int64 is wanted: read it with the form that it was written with, or \
         convert it"
    );
    let Error::Store { source, .. } = error else {
        panic!("{error}");
    };
    assert!(matches!(
        *source,
        StoreError::DType {
            stored: DType::Float64,
            asked: DType::Int64,
            ..
        }
    ));
    // Bytes that nobody has typed may be anything.
    memory
        .insert("node0-data", floats.buffer().clone())
        .unwrap();
    assert!(gawky::from_buffers(&form(INT64), 3, &memory).is_ok());
}

#[test]
fn sources_in_any_order_are_stored_row_by_row() {
    let rows = NdBuffer::from_vec((0..6).collect::<Vec<i64>>(), &[2, 3]).unwrap();
    let fortran = rows.to_contiguous(MemoryOrder::F).unwrap();
    assert!(!fortran.is_contiguous(MemoryOrder::C));
    let wide = NdBuffer::from_vec((0..12).map(|n| n / 2).collect::<Vec<i64>>(), &[2, 6]).unwrap();
    let every_second = wide.slice(&[(..).into(), Slice::every(2).into()]).unwrap();
    let swapped = rows.to_byteorder(ByteOrder::Big).unwrap();
    let form = form(r#"{"class": "NumpyArray", "primitive": "int64", "inner_shape": [3]}"#);
    for source in [rows, fortran, every_second, swapped] {
        let memory = MemoryContainer::new();
        memory.insert_array("node0-data", &source).unwrap();
        let array = gawky::from_buffers(&form, 2, &memory).unwrap();
        assert_eq!(
            array.to_string(),
            "<Array [[0, 1, 2], [3, 4, 5]] type='2 * 3 * int64'>"
        );
    }
}
