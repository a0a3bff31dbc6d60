//! What is written, and that others can read it: here the crate `zip`, and NumPy in `scripts/interop`.

use std::io::{Cursor, Read, Write};

use gawky_buffer::{ByteOrder, NdBuffer, TimeUnit, Unit};
use gawky_store::npz::{Npz, NpzFault, NpzWriter};
use gawky_store::{
    Blob, Buffer, Container, ContainerList, ContainerWrite, DType, MemoryContainer, StoreError,
};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::fault;

const WRITERS: [fn() -> NpzWriter; 2] = [NpzWriter::new, NpzWriter::compressed];

fn int64s(key: &str, numbers: &[i64]) -> Blob {
    Blob::new(key, DType::Int64, Buffer::from_vec(numbers.to_vec()))
}

fn members(archive: &Buffer) -> Vec<(String, Vec<u8>)> {
    let mut zip = ZipArchive::new(Cursor::new(archive.bytes().unwrap())).unwrap();
    (0..zip.len())
        .map(|at| {
            let mut member = zip.by_index(at).unwrap();
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes).unwrap();
            (member.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

#[test]
fn members_are_what_np_save_writes() {
    for new in WRITERS {
        let writer = new();
        writer.put(int64s("node0-data", &[1, 2])).unwrap();
        writer
            .put_file("form.json", Buffer::copied_from(b"{}"))
            .unwrap();
        let written = members(&writer.finish().unwrap());
        assert_eq!(written[1], ("form.json".to_owned(), b"{}".to_vec()));
        let (name, bytes) = &written[0];
        assert_eq!(name, "node0-data.npy");
        // Printed by NumPy 2.
        let header = b"\x93NUMPY\x01\0v\0{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }                                                            \n";
        assert_eq!(bytes[..128], header[..]);
        assert_eq!(
            bytes[128..],
            [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]
        );
    }
}

#[test]
fn dtypes_and_byte_orders_have_numpys_names() {
    let tick = TimeUnit::new(15, Unit::Microsecond).unwrap();
    for (dtype, order, name) in [
        (DType::Bool, ByteOrder::Big, "'|b1'"),
        (DType::UInt8, ByteOrder::Little, "'|u1'"),
        (DType::Int16, ByteOrder::Big, "'>i2'"),
        (DType::Float16, ByteOrder::Little, "'<f2'"),
        (DType::Float128, ByteOrder::Little, "'<f16'"),
        (DType::Complex64, ByteOrder::Little, "'<c8'"),
        (DType::Complex128, ByteOrder::Big, "'>c16'"),
        (DType::Complex256, ByteOrder::Little, "'<c32'"),
        (DType::DateTime64(tick), ByteOrder::Big, "'>M8[15us]'"),
        (DType::TimeDelta64(tick), ByteOrder::Little, "'<m8[15us]'"),
        (
            DType::DateTime64(TimeUnit::GENERIC),
            ByteOrder::Little,
            "'<M8'",
        ),
    ] {
        let writer = NpzWriter::new();
        let bytes: Vec<u8> = (0..64).collect();
        let blob = Blob::new("x", dtype, Buffer::from_vec(bytes)).with_byteorder(order);
        writer.put(blob.clone()).unwrap();
        let archive = writer.finish().unwrap();
        let (_, array) = &members(&archive)[0];
        let header = String::from_utf8_lossy(&array[10..128]).into_owned();
        assert!(header.contains(&format!("'descr': {name}, ")), "{header}");

        // It comes back little-endian, whatever it was.
        let read = Npz::from_buffer(archive)
            .unwrap()
            .get("x")
            .unwrap()
            .unwrap();
        let expected = match order {
            ByteOrder::Little => blob.bytes,
            ByteOrder::Big => blob.bytes.byte_swapped(dtype).unwrap(),
        };
        assert_eq!(read, expected, "{dtype}");
    }
}

#[test]
fn arrays_keep_their_shape() {
    let writer = NpzWriter::new();
    let table = NdBuffer::from_vec(vec![1_i32, 2, 3, 4, 5, 6], &[2, 3]).unwrap();
    writer.put_array("rows", &table).unwrap();
    writer.put_array("columns", &table.t()).unwrap();
    let swapped = table.to_byteorder(ByteOrder::Big).unwrap();
    writer.put_array("big", &swapped).unwrap();
    let archive = writer.finish().unwrap();
    let headers: Vec<String> = members(&archive)
        .iter()
        .map(|(_, array)| String::from_utf8_lossy(&array[10..75]).into_owned())
        .collect();
    assert!(headers[0].contains("'<i4', 'fortran_order': False, 'shape': (2, 3), }"));
    assert!(headers[1].contains("'<i4', 'fortran_order': False, 'shape': (3, 2), }"));
    assert!(headers[2].contains("'>i4', 'fortran_order': False, 'shape': (2, 3), }"));
    let npz = Npz::from_buffer(archive).unwrap();
    let read = |key| npz.get(key).unwrap().unwrap();
    assert_eq!(
        *read("rows").typed::<i32>().unwrap(),
        [1, 2, 3, 4, 5, 6].map(i32::to_le)
    );
    assert_eq!(
        *read("columns").typed::<i32>().unwrap(),
        [1, 4, 2, 5, 3, 6].map(i32::to_le)
    );
    assert_eq!(read("big"), read("rows"));

    let deep = NdBuffer::from_vec(vec![0_u8], &[1; 65]).unwrap();
    assert_eq!(
        fault(NpzWriter::new().put_array("deep", &deep))
            .1
            .to_string(),
        "this member is no array as np.save writes them: it has 65 axes, and NumPy has 64 at most; reshape it"
    );
}

#[test]
fn the_same_blobs_make_the_same_bytes() {
    for new in WRITERS {
        let write = || {
            let writer = new();
            for key in ["b", "a", "c"] {
                writer.put(int64s(key, &[1, 2])).unwrap();
            }
            writer.finish().unwrap()
        };
        let archive = write();
        assert_eq!(archive, write());
        let names: Vec<String> = members(&archive)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["b.npy", "a.npy", "c.npy"]);
    }
}

#[test]
fn compressed_members_take_less() {
    let [stored, compressed] = WRITERS.map(|new| {
        let writer = new();
        writer.put(int64s("node0-data", &[7; 10_000])).unwrap();
        writer.finish().unwrap().len()
    });
    assert!(stored > 80_000, "{stored}");
    assert!(compressed < 8_000, "{compressed}");
}

#[test]
fn the_later_of_two_is_kept() {
    let writer = NpzWriter::new();
    writer.put(int64s("a", &[1])).unwrap();
    writer.put(int64s("b", &[2])).unwrap();
    writer
        .put_many(vec![int64s("a", &[3]), int64s("a", &[4])])
        .unwrap();
    let npz = Npz::from_buffer(writer.finish().unwrap()).unwrap();
    assert_eq!(npz.list("").unwrap(), ["a", "b"]);
    assert_eq!(npz.get("a").unwrap(), Some(Buffer::from_vec(vec![4_i64])));
}

#[test]
fn stored_elements_are_aligned_in_the_file() {
    let writer = NpzWriter::new();
    for key in [
        "x",
        "a longer key",
        "an even longer key, of forty-two letters",
    ] {
        writer
            .put(Blob::new(
                key,
                DType::UInt8,
                Buffer::from_vec(vec![1_u8; 77]),
            ))
            .unwrap();
    }
    let archive = writer.finish().unwrap();
    let mut zip = ZipArchive::new(Cursor::new(archive.bytes().unwrap())).unwrap();
    for at in 0..zip.len() {
        let start = zip.by_index(at).unwrap().data_start().unwrap();
        assert_eq!(start % 64, 0, "member {at}");
    }
}

#[test]
fn nothing_is_put_that_cannot_be_read() {
    let writer = NpzWriter::new();
    assert!(matches!(
        writer.put(int64s("../x", &[1])),
        Err(StoreError::InvalidKey { .. })
    ));
    assert!(matches!(
        writer.put_many(vec![int64s("fine", &[1]), int64s("", &[1])]),
        Err(StoreError::InvalidKey { .. })
    ));
    assert!(matches!(
        writer.put(Blob::new(
            "half",
            DType::Int64,
            Buffer::from_vec(vec![0_u8; 7])
        )),
        Err(StoreError::Buffer { .. })
    ));
    assert_eq!(
        fault(writer.put_file("x.npy", Buffer::empty())).1,
        NpzFault::RawName
    );
    assert!(writer.put_file("/x", Buffer::empty()).is_err());
    let npz = Npz::from_buffer(writer.finish().unwrap()).unwrap();
    assert_eq!(npz.list("").unwrap(), [""; 0]);

    let long = NpzWriter::new();
    long.put(int64s(&"x".repeat(64_996), &[1])).unwrap();
    assert_eq!(
        fault(long.put(int64s(&"x".repeat(64_997), &[1]))).1,
        NpzFault::LongName {
            len: 65_001,
            limit: 65_000
        }
    );
    let npz = Npz::from_buffer(long.finish().unwrap()).unwrap();
    assert_eq!(npz.list("").unwrap().len(), 1);
    let bucket = MemoryContainer::new();
    assert!(NpzWriter::new().write(&bucket, "/x.npz").is_err());
    assert!(bucket.is_empty());
}

#[test]
fn more_members_than_sixteen_bits_count() {
    let writer = NpzWriter::new();
    for n in 0..70_000 {
        writer.put_file(format!("{n}"), Buffer::empty()).unwrap();
    }
    let npz = Npz::from_buffer(writer.finish().unwrap()).unwrap();
    assert_eq!(npz.list("").unwrap().len(), 70_000);
    assert_eq!(npz.get("69999").unwrap(), Some(Buffer::empty()));
    assert_eq!(npz.get("70000").unwrap(), None);
}

/// What the crate writes in other ways than we do.
#[test]
fn archives_of_the_crate_are_read() {
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        for large in [false, true] {
            let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
            let options = SimpleFileOptions::default()
                .compression_method(method)
                .large_file(large);
            zip.add_directory("folder", options).unwrap();
            for name in ["a", "folder/b"] {
                zip.start_file(name, options).unwrap();
                zip.write_all(name.repeat(50).as_bytes()).unwrap();
            }
            zip.set_comment("a comment").unwrap();
            let bytes = zip.finish().unwrap().into_inner();
            let npz = Npz::from_buffer(Buffer::from_vec(bytes)).unwrap();
            assert_eq!(npz.list("").unwrap(), ["a", "folder/b"]);
            for name in ["a", "folder/b"] {
                let bytes = npz.get(name).unwrap().unwrap();
                assert_eq!(bytes.bytes().unwrap(), name.repeat(50).as_bytes());
            }

            let mut zip = ZipWriter::new_stream(Vec::new());
            zip.start_file("streamed", options).unwrap();
            zip.write_all(b"sizes come behind").unwrap();
            let bytes = zip.finish().unwrap().into_inner();
            let npz = Npz::from_buffer(Buffer::from_vec(bytes)).unwrap();
            let bytes = npz.get("streamed").unwrap().unwrap();
            assert_eq!(bytes.bytes().unwrap(), b"sizes come behind");
        }
    }
}
