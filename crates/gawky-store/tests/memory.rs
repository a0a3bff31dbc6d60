//! What the map in memory is beyond a container: nothing is copied, and it knows what it holds.

#![allow(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use gawky_buffer::{ByteOrder, NdBuffer};
use gawky_store::{
    Blob, Buffer, Container, ContainerConditional, ContainerWrite, DType, Fetch, MemoryContainer,
    StoreError,
};

fn fetch(key: &str, dtype: DType) -> Fetch {
    Fetch::whole(key, dtype)
}

#[test]
fn nothing_is_copied() {
    let memory = MemoryContainer::new();
    let bytes = Buffer::from_vec((0..1_000_i64).collect());
    let at = bytes.address();
    memory
        .put(Blob::new("put", DType::Int64, bytes.clone()))
        .unwrap();
    memory.insert("inserted", bytes.clone()).unwrap();
    memory
        .insert_array(
            "array",
            &NdBuffer::try_new(bytes, DType::Int64, ByteOrder::Little, &[10, 100]).unwrap(),
        )
        .unwrap();
    for key in ["put", "inserted", "array"] {
        assert_eq!(memory.get(key).unwrap().unwrap().address(), at, "{key}");
        let part = memory.get_range(key, 80..160).unwrap().unwrap();
        assert_eq!(part.address(), at + 80, "{key}");
        let fetched = memory.fetch(&[fetch(key, DType::Int64)]).unwrap();
        assert_eq!(
            fetched.first().unwrap().as_ref().unwrap().address(),
            at,
            "{key}"
        );
        assert_eq!(memory.get_versioned(key).unwrap().unwrap().0.address(), at);
    }
    assert_eq!(memory.nbytes(), 3 * 8_000);
}

#[test]
fn a_contradiction_names_both_dtypes() {
    let memory = MemoryContainer::new();
    let bytes = Buffer::from_vec(vec![1.5_f64]);
    memory
        .put(Blob::new("node1-data", DType::Float64, bytes))
        .unwrap();
    let error = memory
        .fetch(&[fetch("node1-data", DType::Int64)])
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"node1-data\" holds float64 but int64 is wanted: read it with the form that it was written with, or \
         convert it"
    );
    assert!(memory.fetch(&[fetch("node1-data", DType::UInt8)]).is_err());
    assert!(memory.fetch(&[fetch("node1-data", DType::Float64)]).is_ok());

    memory
        .insert("node1-data", Buffer::from_vec(vec![1.5_f64]))
        .unwrap();
    assert_eq!(memory.dtype("node1-data"), None);
    assert!(
        memory.fetch(&[fetch("node1-data", DType::Int64)]).is_ok(),
        "bytes are anything"
    );
}

#[test]
fn the_byte_order_is_recorded_and_refuses_nothing() {
    let memory = MemoryContainer::new();
    let blob = Blob::new("k", DType::Int16, Buffer::from_vec(vec![0_u8, 1]));
    memory.put(blob.clone()).unwrap();
    assert_eq!(memory.byteorder("k"), Some(ByteOrder::Little));
    let big = blob.clone().with_byteorder(ByteOrder::Big);
    assert_ne!(big, blob);
    memory.put_many(vec![big]).unwrap();
    assert_eq!(memory.byteorder("k"), Some(ByteOrder::Big));
    let answers = memory.fetch(&[fetch("k", DType::Int16)]).unwrap();
    assert_eq!(
        answers,
        [Some(blob.bytes.clone())],
        "the bytes as they were put"
    );

    memory.insert("k", blob.bytes).unwrap();
    assert_eq!(
        (memory.byteorder("k"), memory.byteorder("none")),
        (None, None)
    );
}

#[test]
fn any_stride_is_stored_row_major() {
    let memory = MemoryContainer::new();
    let rows = NdBuffer::from_vec(vec![1_i32, 2, 3, 4, 5, 6], &[2, 3]).unwrap();
    let fortran = rows.to_contiguous(gawky_buffer::MemoryOrder::F).unwrap();
    assert_eq!(fortran.shape(), [2, 3]);
    memory.insert_array("fortran", &fortran).unwrap();
    memory.insert_array("rows", &rows).unwrap();
    assert_eq!(memory.get("fortran").unwrap(), memory.get("rows").unwrap());
    assert_eq!(memory.dtype("fortran"), Some(DType::Int32));
    assert!(matches!(
        memory.insert_array("a//b", &rows),
        Err(StoreError::InvalidKey { .. })
    ));
}

#[test]
fn two_are_never_one_place_for_a_cache() {
    let (a, b) = (MemoryContainer::new(), MemoryContainer::default());
    assert_ne!(a.id(), b.id());
    a.insert("k", Buffer::empty()).unwrap();
    assert_eq!((a.len(), a.is_empty(), b.is_empty()), (1, false, true));
    let before = a.version("k").unwrap();
    a.clear();
    a.insert("k", Buffer::empty()).unwrap();
    assert_ne!(a.version("k").unwrap(), before, "cleared is not forgotten");
}

#[test]
fn of_what_is_not_there_no_bytes_are_there() {
    let memory = MemoryContainer::new();
    assert_eq!(memory.get_range("k", 0..1).unwrap(), None);
    assert_eq!(memory.get_range("k", 1..1).unwrap(), Some(Buffer::empty()));
    assert!(memory.get_range("../k", 0..1).is_err());
}
