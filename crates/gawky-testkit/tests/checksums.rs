//! Containers seen through a proof of checksums: the conformance suite, and damage of all kinds.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what is wrong by panicking"
)]

use std::sync::atomic::{AtomicU32, Ordering};

use gawky_store::cache::{Cache, Cached};
use gawky_store::npz::{Npz, NpzWriter};
use gawky_store::safetensors::{SafeTensors, SafeTensorsWriter};
use gawky_store::{
    Blob, Buffer, Checksums, Container, ContainerList, ContainerWrite, DType, Directory, Fetch,
    Layered, MemoryContainer, StoreError, Verified,
};
use gawky_testkit::containers::{BlockOn, Fault, FaultyContainer, Later};
use gawky_testkit::store_suite::Suite;

fn filled<C: ContainerWrite>(container: C, blobs: Vec<Blob>) -> C {
    container.put_many(blobs).unwrap();
    container
}

/// Of every blob, through JSON.
fn proof(blobs: &[Blob]) -> Verified {
    let checksums = Checksums::of(blobs).unwrap();
    Verified::new(Checksums::from_json(checksums.to_json().as_bytes()).unwrap())
}

fn conforms<C: Container + ContainerList>(
    make: impl Fn(Vec<Blob>) -> C,
) -> Suite<impl Fn(Vec<Blob>) -> Layered<Verified, C>> {
    Suite::filled_by(move |blobs| Layered::new(proof(&blobs), make(blobs)))
        .reading()
        .listing()
}

#[test]
fn memory() {
    conforms(|blobs| filled(MemoryContainer::new(), blobs))
        .typed()
        .finish();
}

/// Every second blob has a checksum.
#[test]
fn half_of_it() {
    Suite::filled_by(|blobs| {
        let some = Checksums::of(blobs.iter().step_by(2)).unwrap();
        Layered::new(Verified::new(some), filled(MemoryContainer::new(), blobs))
    })
    .reading()
    .typed()
    .finish();
}

#[test]
fn directory() {
    let home = tempfile::tempdir().unwrap();
    let next = AtomicU32::new(0);
    conforms(|blobs| {
        let name = next.fetch_add(1, Ordering::Relaxed).to_string();
        filled(Directory::create(home.path().join(name)).unwrap(), blobs)
    })
    .finish();
}

#[test]
fn by_futures() {
    Suite::filled_by(|blobs| {
        let verified = proof(&blobs);
        let memory = Later::new(filled(MemoryContainer::new(), blobs));
        BlockOn::new(Layered::new(verified, memory))
    })
    .reading()
    .listing()
    .typed()
    .finish();
}

#[test]
fn archives() {
    conforms(|blobs| {
        let file = filled(SafeTensorsWriter::new(), blobs).finish().unwrap();
        SafeTensors::from_buffer(file).unwrap()
    })
    .finish();
    conforms(|blobs| {
        let file = filled(NpzWriter::compressed(), blobs).finish().unwrap();
        Npz::from_buffer(file).unwrap()
    })
    .finish();
}

#[test]
fn under_and_over_a_cache() {
    let cache = Cache::new(1 << 30);
    conforms(|blobs| Cached::new(filled(MemoryContainer::new(), blobs), &cache)).finish();
    Suite::filled_by(|blobs| {
        let verified = proof(&blobs);
        let memory = filled(MemoryContainer::new(), blobs);
        Cached::new(Layered::new(verified, memory), &cache)
    })
    .reading()
    .typed()
    .finish();
}

/// What was read without a proof is not taken for proved, out of a cache that both share.
#[test]
fn a_shared_cache_keeps_them_apart() {
    let cache = Cache::new(1 << 20);
    let memory = MemoryContainer::new();
    let good = Blob::new("k", DType::UInt8, Buffer::from_vec(vec![1_u8, 2, 3]));
    let proof = proof(std::slice::from_ref(&good));
    memory
        .put(Blob::new(
            "k",
            DType::UInt8,
            Buffer::from_vec(vec![1_u8, 2, 4]),
        ))
        .unwrap();
    let unproved = Cached::new(&memory, &cache);
    assert!(unproved.get("k").is_ok());
    let proved = Cached::new(Layered::new(proof, &memory), &cache);
    assert!(matches!(
        proved.get("k"),
        Err(StoreError::ChecksumMismatch { .. })
    ));
    // And a failed proof is not kept either.
    memory.put(good).unwrap();
    assert_eq!(
        proved.get("k").unwrap(),
        Some(Buffer::from_vec(vec![1_u8, 2, 3]))
    );
}

/// Whatever the container below does, what comes out is what was written, nothing, or an error.
#[test]
fn no_wrong_value_ever() {
    let blobs: Vec<Blob> = (0..5_u8)
        .map(|n| {
            let bytes: Vec<u8> = (0..200 + u32::from(n))
                .map(|at| at.to_le_bytes()[0] ^ n)
                .collect();
            Blob::new(format!("k{n}"), DType::UInt8, Buffer::from_vec(bytes))
        })
        .collect();
    let truth = filled(MemoryContainer::new(), blobs.clone());
    let layered = Layered::new(
        proof(&blobs),
        FaultyContainer::new(filled(MemoryContainer::new(), blobs)),
    );
    let mut mismatches = 0;
    for round in 0..2_000_u64 {
        let fault = match round % 5 {
            0 => Fault::Error,
            1 => Fault::Missing,
            2 => Fault::Short,
            3 => Fault::Long,
            _ => Fault::Corrupt,
        };
        layered.inner().heal();
        layered
            .inner()
            .fail_nth(layered.inner().operations() + round % 7, fault);
        let fetches: Vec<Fetch> = (0..7)
            .map(|n| (format!("k{}", (round + n) % 5), (round * 7 + n) % 190))
            .map(|(key, start)| Fetch::raw(key, (start % 3 > 0).then_some(start..start + 10)))
            .collect();
        match layered.fetch(&fetches) {
            Ok(answers) => {
                for (answer, expected) in answers.iter().zip(truth.fetch(&fetches).unwrap()) {
                    assert!(answer.is_none() || *answer == expected, "round {round}");
                    assert!(answer.is_some() || fault == Fault::Missing, "round {round}");
                }
            }
            Err(StoreError::ChecksumMismatch { .. }) => mismatches += 1,
            Err(error) => assert_eq!(fault, Fault::Error, "{error}"),
        }
    }
    assert!(mismatches > 500, "{mismatches}");
}
