//! What happens to files: bytes change, and ends are missing. Whatever comes out is then what was put in.

use std::collections::BTreeMap;

use gawky_store::npz::{Npz, NpzFault, NpzWriter};
use gawky_store::{Blob, Buffer, Container, ContainerList, ContainerWrite, DType, StoreError};

use super::raw::{RawMember, archive, int16s};

fn written(writer: NpzWriter) -> Vec<u8> {
    let numbers: Vec<f64> = (0..100).map(f64::from).collect();
    for blob in [
        Blob::new("node1-data", DType::Float64, Buffer::from_vec(numbers)),
        Blob::new("empty", DType::Int32, Buffer::empty()),
        Blob::new("mask", DType::Bool, Buffer::from_vec(vec![1_u8; 77])),
    ] {
        writer.put(blob).unwrap();
    }
    writer
        .put_file(
            "form.json",
            Buffer::copied_from(b"{\"class\": \"EmptyArray\"}"),
        )
        .unwrap();
    writer.finish().unwrap().bytes().unwrap().to_vec()
}

fn samples() -> Vec<Vec<u8>> {
    vec![
        written(NpzWriter::new()),
        written(NpzWriter::compressed()),
        archive(&[
            RawMember::deflated("x.npy", &int16s(&[7; 50])).streamed(),
            RawMember::stored("y.npy", &int16s(&[8; 50])).streamed(),
        ]),
    ]
}

type Contents = BTreeMap<String, Vec<u8>>;
type Found = Vec<(String, Result<Vec<u8>, StoreError>)>;

fn contents(bytes: &[u8]) -> Result<Found, StoreError> {
    let npz = Npz::from_buffer(Buffer::copied_from(bytes))?;
    let read = |key: &str| {
        let bytes = npz.get(key)?.unwrap();
        Ok(bytes.bytes().unwrap().to_vec())
    };
    Ok(npz
        .list("")?
        .iter()
        .map(|key| (key.to_string(), read(key)))
        .collect())
}

fn whole(bytes: &[u8]) -> Contents {
    contents(bytes)
        .unwrap()
        .into_iter()
        .map(|(key, bytes)| (key, bytes.unwrap()))
        .collect()
}

/// Whatever is read of a damaged file is what was in the whole one, under a key that it had.
fn check(damaged: &[u8], expected: &Contents, what: &str) {
    let Ok(found) = contents(damaged) else { return };
    for (key, bytes) in found {
        match bytes {
            Ok(bytes) => assert_eq!(Some(&bytes), expected.get(&key), "{key}, {what}"),
            Err(StoreError::Npz { .. }) => {}
            Err(other) => panic!("{what}: {other}"),
        }
    }
}

#[test]
fn every_byte_that_changes() {
    for sample in samples() {
        let expected = whole(&sample);
        for at in 0..sample.len() {
            for change in [1, 0x80, 0xff] {
                let mut damaged = sample.clone();
                damaged[at] ^= change;
                check(
                    &damaged,
                    &expected,
                    &format!("byte {at} of {}", sample.len()),
                );
            }
        }
    }
}

#[test]
fn every_byte_that_is_missing_or_too_many() {
    for sample in samples() {
        let expected = whole(&sample);
        for at in 0..sample.len() {
            check(&sample[..at], &expected, &format!("the first {at}"));
            check(&sample[at..], &expected, &format!("all but the first {at}"));
            let mut cut = sample.clone();
            cut.remove(at);
            check(&cut, &expected, &format!("without byte {at}"));
            cut.insert(at, 0);
            cut.insert(at, 0);
            check(&cut, &expected, &format!("with one more at {at}"));
        }
    }
}

#[test]
fn a_file_that_is_cut_off_is_no_archive() {
    for sample in samples() {
        for at in 0..sample.len() {
            match contents(&sample[..at]) {
                Err(StoreError::Npz { key, fault, .. }) => {
                    assert_eq!(key, "memory.npz");
                    assert_eq!(*fault, NpzFault::NotZip { size: at as u64 });
                }
                other => panic!("{at}: {other:?}"),
            }
        }
    }
}

/// Of a damaged member only that is lost.
#[test]
fn the_others_are_whole() {
    let numbers = int16s(&[7; 50]);
    let members = ["x.npy", "y.npy", "z.npy"].map(|name| RawMember::stored(name, &numbers));
    let mut bytes = archive(&members);
    let middle = bytes.len() / 2 - 60;
    bytes[middle] ^= 1;
    let found = contents(&bytes).unwrap();
    let whole: Vec<bool> = found.iter().map(|(_, bytes)| bytes.is_ok()).collect();
    assert_eq!(whole.iter().filter(|whole| **whole).count(), 2, "{found:?}");
}
