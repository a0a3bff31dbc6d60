//! Arrays in archives of NumPy's.

#![cfg(feature = "npz")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what is wrong by panicking"
)]

use gawky::array::Problem;
use gawky::buffer::NdBuffer;
use gawky::form::Dialect;
use gawky::prelude::*;
use gawky::store::npz::{Npz, NpzWriter};
use gawky::store::{Blob, StoreError};
use gawky_testkit::containers::{CountingContainer, Later};

const KEY: &str = "events.npz";
const INT64: &str = r#"{"class": "NumpyArray", "primitive": "int64", "form_key": "node0"}"#;

fn list(offsets: Vec<i64>, content: Array) -> Array {
    Array::from(ListOffsetArray::try_new(offsets.into(), content, Parameters::none()).unwrap())
}

/// `{x: var * int64, y: {z: var * var * float64}}`, as of HARD 10, of three rows.
fn events() -> Array {
    let x = list(
        vec![0, 2, 2, 3],
        NumpyArray::from_vec(vec![1_i64, 2, 3]).into(),
    );
    let z = NumpyArray::from_vec(vec![1.5_f64, 2.5, 3.5, 4.5]).into();
    let z = list(vec![0, 1, 2, 4], list(vec![0, 2, 2, 3, 4], z));
    let y = Array::from(RecordArray::from_fields([("z", z)]));
    RecordArray::from_fields([("x", x), ("y", y)]).into()
}

const WRITERS: [fn() -> NpzWriter; 2] = [NpzWriter::new, NpzWriter::compressed];

#[test]
fn there_and_back_again() {
    for new in WRITERS {
        let (writer, bucket) = (new(), MemoryContainer::new());
        let (form, length) = gawky::to_buffers(&events(), &writer).unwrap();
        writer.write(&bucket, KEY).unwrap();
        let archive = Npz::open(&bucket, KEY).unwrap();
        assert_eq!(
            gawky::from_buffers(&form, length, &archive).unwrap(),
            events()
        );
        let rows = FromBuffers::new(&form, length).rows(1..3).read(&archive);
        assert_eq!(rows.unwrap(), events().slice(1..3).unwrap().pack().unwrap());
    }
}

#[test]
fn without_blocking() {
    for new in WRITERS {
        let (writer, bucket) = (new(), Later::new(MemoryContainer::new()));
        let (form, length) = gawky::to_buffers(&events(), &writer).unwrap();
        let again = pollster::block_on(async {
            writer.write_async(&bucket, KEY).await?;
            let archive = Npz::open_async(&bucket, KEY).await?;
            gawky::from_buffers_async(&form, length, &archive).await
        });
        assert_eq!(again.unwrap(), events());
    }
}

/// What `np.load("events.npz")["form.json"]` is in Python, as bytes.
#[test]
fn the_form_may_lie_in_the_archive() {
    let writer = NpzWriter::compressed();
    let (form, length) = gawky::to_buffers(&events(), &writer).unwrap();
    let json = form.to_json(Dialect::V2, false).unwrap();
    writer
        .put_file("form.json", Buffer::copied_from(json.as_bytes()))
        .unwrap();
    let archive = Npz::from_buffer(writer.finish().unwrap()).unwrap();
    let json = archive.get("form.json").unwrap().unwrap();
    let form = Form::from_json(str::from_utf8(json.bytes().unwrap()).unwrap()).unwrap();
    assert_eq!(
        gawky::from_buffers(&form, length, &archive).unwrap(),
        events()
    );
}

/// HARD 5: at odd addresses the values are right, and what is copied is counted.
#[test]
fn misalignment() {
    let writer = NpzWriter::new();
    let numbers = vec![1_i64, -2, 3];
    let odd = Buffer::from_vec(vec![7_u8; 3]);
    writer.put(Blob::new("odd", DType::UInt8, odd)).unwrap();
    let array = Array::from(NumpyArray::from_vec(numbers.clone()));
    let (form, length) = gawky::to_buffers(&array, &writer).unwrap();
    let file = writer.finish().unwrap();
    for shift in 0..8 {
        let bytes = [&[0; 8][..shift], file.bytes().unwrap()].concat();
        let shifted = Buffer::copied_from(&bytes);
        let shifted = shifted.slice(shift..bytes.len()).unwrap();
        let archive = Npz::from_buffer(shifted).unwrap();
        let (read, report) = FromBuffers::new(&form, length)
            .read_with_report(&archive)
            .unwrap();
        assert_eq!(read, array);
        assert_eq!(report.copies, u64::from(shift > 0), "{shift}");
        let empty = archive.get_range("node0-data", 3..3).unwrap().unwrap();
        assert!(empty.is_empty());
    }
}

/// HARD 6: an archive knows the order of its bytes, so no reader need be told.
#[test]
fn byte_order() {
    for new in WRITERS {
        let writer = new();
        let (form, length) = ToBuffers::new(&events())
            .byteorder(ByteOrder::Big)
            .write(&writer)
            .unwrap();
        let archive = Npz::from_buffer(writer.finish().unwrap()).unwrap();
        assert_eq!(
            gawky::from_buffers(&form, length, &archive).unwrap(),
            events()
        );
    }
    let writer = NpzWriter::new();
    ToBuffers::new(&events())
        .byteorder(ByteOrder::Big)
        .write(&writer)
        .unwrap();
    let file = writer.finish().unwrap();
    let big = |text: &[u8]| text == b"'>i8'";
    assert!(file.bytes().unwrap().windows(5).any(big), "NumPy is told");
}

/// HARD 7: what is longer, shorter, of another dtype or in another order.
#[test]
fn shape_of_the_blob() {
    let form = Form::from_json(INT64).unwrap();
    let read = |dtype: DType, bytes: Vec<u8>, length: u64| {
        let writer = NpzWriter::compressed();
        writer
            .put(Blob::new("node0-data", dtype, bytes.into()))
            .unwrap();
        let archive = Npz::from_buffer(writer.finish().unwrap()).unwrap();
        gawky::from_buffers(&form, length, &archive)
    };
    let numbers: Vec<u8> = [1_i64, 2, 3].iter().flat_map(|n| n.to_le_bytes()).collect();
    let longer = [numbers.clone(), vec![9; 5]].concat();
    let array = read(DType::UInt8, longer, 3).unwrap();
    assert_eq!(array.to_string(), "<Array [1, 2, 3] type='3 * int64'>");

    let Err(Error::Array(gawky::array::ArrayError::Node { location, problem })) =
        read(DType::UInt8, numbers[..23].to_vec(), 3)
    else {
        panic!("23 bytes are not enough");
    };
    assert_eq!(location.key.as_deref(), Some("node0-data"));
    assert_eq!(
        problem,
        Problem::TooShort {
            needed: 24,
            have: 23
        }
    );

    let error = read(DType::Float64, numbers, 3).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("\"node0-data\" holds float64 but int64 is wanted"),
        "{error}"
    );

    // The third column of a table, then the table in columns; rows are written.
    let table = NdBuffer::from_vec(vec![1_i64, 2, 3, 4, 5, 6], &[2, 3]).unwrap();
    let column = table.slice(&[(..).into(), 2_isize.into()]).unwrap();
    for (array, expected) in [(&column, "[3, 6]"), (&table.t(), "[1, 4, 2, 5, 3, 6]")] {
        let writer = NpzWriter::new();
        writer.put_array("node0-data", array).unwrap();
        let archive = Npz::from_buffer(writer.finish().unwrap()).unwrap();
        let read = gawky::from_buffers(&form, array.size() as u64, &archive).unwrap();
        assert_eq!(read.value().unwrap().to_string(), expected);
    }
}

/// HARD 10: opening reads no member; a field, only its own; and each of them once.
#[test]
fn touch_counts() {
    let (writer, bucket) = (
        NpzWriter::new(),
        CountingContainer::new(MemoryContainer::new()),
    );
    // Larger than what opening brings along.
    let filler = vec![7_u8; 200_000];
    writer
        .put(Blob::new("filler", DType::UInt8, filler.into()))
        .unwrap();
    let (form, length) = gawky::to_buffers(&events(), &writer).unwrap();
    writer.write(&bucket, KEY).unwrap();
    bucket.reset();

    let archive = Npz::open(&bucket, KEY).unwrap();
    let opened = bucket.reset();
    assert_eq!(
        (opened.calls, opened.requests),
        (2, 2),
        "its size and its end"
    );
    assert_eq!(opened.bytes, 66 * 1024);
    assert!(archive.layer().keys().len() > 5);
    assert!(!format!("{archive:?}").is_empty());
    assert_eq!(bucket.counts().calls, 0, "nothing more was read");

    let x = form.select("x").unwrap();
    let (_, report) = FromBuffers::new(&x, length)
        .read_with_report(&archive)
        .unwrap();
    assert_eq!(report.keys, ["node1-offsets", "node2-data"]);
    let read = bucket.reset();
    assert_eq!((read.calls, read.requests), (1, 2));

    // By rows the offsets are read, and then the content; both as a whole.
    let rows = FromBuffers::new(&x, length).rows(0..1);
    let (_, report) = rows.read_with_report(&archive).unwrap();
    assert_eq!((report.steps, report.keys.len()), (2, 2));
    let read = bucket.reset();
    assert_eq!((read.calls, read.requests), (2, 2));
}

/// HARD 14: a file that is replaced between plan and read is a version error.
#[test]
fn replaced() {
    let bucket = MemoryContainer::new();
    let write = || {
        let writer = NpzWriter::new();
        let written = gawky::to_buffers(&events(), &writer).unwrap();
        writer.write(&bucket, KEY).unwrap();
        written
    };
    let (form, length) = write();
    let archive = Npz::open(&bucket, KEY).unwrap();
    write();
    let error = gawky::from_buffers(&form, length, &archive).unwrap_err();
    let Error::Store { source, .. } = &error else {
        panic!("{error:?}");
    };
    assert!(source.is_conflict(), "{error}");
    assert!(
        matches!(&**source, StoreError::Inside { key, .. } if key == "node1-offsets"),
        "{error:?}"
    );
}
