//! [`exercise_npz`]: any bytes as an archive of NumPy's, as an array in one, or as what befalls one.

// It is a test: it says what is wrong by panicking.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what does not hold is to panic"
)]

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use gawky::store::npz::{Npz, NpzOptions, NpzWriter};
use gawky::store::{Blob, ContainerList, Fetch, StoreError};
use gawky::{Buffer, Container, ContainerWrite, DType, MemoryContainer};
use zip::ZipArchive;

use super::Tape;

/// No member that is read here is larger.
const LIMIT: u64 = 1 << 20;

/// Reads whatever these bytes make, and panics where something does not hold.
///
/// The first byte says what they are: an archive; an array, put into one; or an archive that was whole, and which of its
/// bytes are others now. Of the last, nothing may come out but what was put in. Tells whether anything could be read.
///
/// # Panics
/// When what was read contradicts itself, what was put in, or what the crate `zip` reads.
#[must_use]
pub fn exercise_npz(bytes: &[u8]) -> bool {
    let Some((how, bytes)) = bytes.split_first() else {
        return false;
    };
    match how % 3 {
        0 => any_archive(bytes),
        1 => any_array(bytes),
        _ => damaged(&mut Tape::new(bytes)),
    }
}

fn open(bytes: &[u8]) -> Result<Npz<MemoryContainer>, StoreError> {
    let memory = MemoryContainer::new();
    memory.insert("any.npz", Buffer::copied_from(bytes))?;
    let options = NpzOptions::default()
        .max_member_bytes(LIMIT)
        .max_call_bytes(4 * LIMIT)
        .max_directory_bytes(LIMIT);
    Npz::open_with(memory, "any.npz", options)
}

fn any_archive(bytes: &[u8]) -> bool {
    let Ok(npz) = open(bytes) else {
        return false;
    };
    let keys = npz.list("").unwrap();
    assert!(keys.is_sorted());
    let mut zip = ZipArchive::new(Cursor::new(bytes)).ok();
    let mut found = false;
    for key in &keys {
        assert!(npz.contains(key).unwrap());
        let whole = match npz.get(key) {
            Ok(whole) => whole.unwrap(),
            Err(error) => {
                assert_eq!(error.key(), key.as_str(), "{error}");
                continue;
            }
        };
        found = true;
        let len = whole.len() as u64;
        assert_eq!(npz.size(key).unwrap(), Some(len));
        let range = len / 3..len - len / 4;
        let part = npz.get_range(key, range).unwrap().unwrap();
        let within = whole.len() / 3..whole.len() - whole.len() / 4;
        assert_eq!(part, whole.slice(within).unwrap());
        assert!(npz.get_range(key, 0..len + 1).is_err());
        if let Some(zip) = &mut zip {
            agrees_with_zip(zip, key, &whole);
        }
    }
    found
}

/// Who reads an archive with the crate `zip` must not see anything else.
fn agrees_with_zip(zip: &mut ZipArchive<Cursor<&[u8]>>, key: &str, whole: &Buffer) {
    let Ok(member) = zip.by_name(key) else {
        return;
    };
    let mut there = Vec::new();
    if member.take(LIMIT).read_to_end(&mut there).is_ok() {
        assert_eq!(whole.bytes().unwrap(), there, "{key:?}");
    }
}

/// An archive with an array of any bytes at all: not put as one, but renamed.
fn any_array(bytes: &[u8]) -> bool {
    let writer = NpzWriter::new();
    writer
        .put_file("x.npx", Buffer::copied_from(bytes))
        .unwrap();
    let mut archive = writer.finish().unwrap().bytes().unwrap().to_vec();
    let names: Vec<usize> = archive
        .windows(5)
        .enumerate()
        .filter_map(|(at, name)| (name == b"x.npx").then_some(at))
        .collect();
    for at in [names.first(), names.last()].into_iter().flatten() {
        archive[at + 4] = b'y';
    }
    let Ok(array) = open(&archive).unwrap().get("x") else {
        return false;
    };
    // What is no element is a header, of which the shortest there can be has more than fifty letters.
    assert!(array.unwrap().len() + 50 < bytes.len());
    true
}

fn damaged(tape: &mut Tape<'_>) -> bool {
    let writer = if tape.once_in(2) {
        NpzWriter::compressed()
    } else {
        NpzWriter::new()
    };
    let mut expected = BTreeMap::new();
    for number in 0..=tape.below(4) {
        let len = 2 * tape.below(256);
        let bytes = Buffer::from_vec(tape.data(len));
        let key = format!("node{number}-data");
        writer
            .put(Blob::new(key.as_str(), DType::UInt16, bytes.clone()))
            .unwrap();
        expected.insert(key, bytes);
    }
    let mut archive = writer.finish().unwrap().bytes().unwrap().to_vec();
    for _ in 0..=tape.below(3) {
        let at = usize::try_from(tape.number() % archive.len() as u64).unwrap();
        match tape.below(16) {
            0 => archive.truncate(at + 1),
            1 => drop(archive.remove(at)),
            2 => archive.insert(at, tape.byte()),
            _ => archive[at] = tape.byte(),
        }
        if archive.is_empty() {
            break;
        }
    }
    let Ok(npz) = open(&archive) else {
        return false;
    };
    let mut found = false;
    for key in npz.list("").unwrap() {
        // As what it was, as something else, and as nothing in particular.
        for fetch in [
            Fetch::whole(key.clone(), DType::UInt16),
            Fetch::whole(key.clone(), DType::Float64),
            Fetch::raw(key.clone(), None),
        ] {
            if let Ok(answers) = npz.fetch(std::slice::from_ref(&fetch)) {
                match expected.get(key.as_str()) {
                    Some(own) => {
                        assert_eq!(answers, [Some(own.clone())], "{fetch:?}");
                        assert_ne!(fetch.dtype, Some(DType::Float64));
                    }
                    // Both places of a name may have come to say another, for which there is no proof: that of a file, even, of
                    // which the header is a part.
                    None => {
                        let ends_with = |answer: &Buffer, own: &Buffer| {
                            answer.bytes().unwrap().ends_with(own.bytes().unwrap())
                        };
                        let is_one = matches!(
                            &answers[..],
                            [Some(answer)] if expected.values().any(|own| ends_with(answer, own))
                        );
                        assert!(is_one, "{fetch:?}");
                    }
                }
                found = true;
            }
        }
    }
    found
}
