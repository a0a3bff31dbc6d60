//! The checksums of a partition: a blob that is put together with those that they are of.

#[cfg(feature = "checksums")]
use gawky_buffer::Fetch;
use gawky_buffer::{Blob, Buffer};
#[cfg(feature = "checksums")]
use gawky_store::{Checksum, Checksums, Fetched, StoreError};

use super::fault::DatasetFault;
use super::manifest::MANIFEST;
use crate::Error;

/// The folder of the checksums.
pub(super) const CHECKSUMS: &str = "checksums";

/// As the manifest calls them.
pub(super) const ALGORITHM: &str = "crc32c";

/// Whether there is the feature for them.
pub(super) const CAN_PROVE: bool = cfg!(feature = "checksums");

/// The key of the checksums of a partition.
pub(super) fn checksums_key(id: u64) -> String {
    format!("{CHECKSUMS}/{id}.json")
}

/// The checksums of a partition's blobs, or, where its file and the header of that are given, of the tensors in it and of the
/// header, by the keys that the dataset's key format makes.
#[cfg(feature = "checksums")]
pub(super) fn of_partition(
    id: u64,
    blobs: &[Blob],
    file: Option<(&str, &Buffer)>,
) -> Result<Blob, Error> {
    let checksums = match file {
        None => Checksums::of(blobs)?,
        Some((file, header)) => {
            let mut key = format!("{file}/");
            let before = key.len();
            let of_file = |blob: &Blob| {
                key.truncate(before);
                key.push_str(&blob.key);
                Blob::new(key.as_str(), blob.dtype, blob.bytes.clone())
            };
            let tensors: Vec<Blob> = blobs.iter().map(of_file).collect();
            let mut checksums = Checksums::of(&tensors)?;
            checksums.insert_checksum(header_key(file), Checksum::of(header.bytes()?))?;
            checksums
        }
    };
    Ok(checksums.to_blob(checksums_key(id)))
}

#[cfg(not(feature = "checksums"))]
pub(super) fn of_partition(
    _id: u64,
    _blobs: &[Blob],
    _file: Option<(&str, &Buffer)>,
) -> Result<Blob, Error> {
    Err(cannot_prove())
}

/// Under which key the checksum of a file's header is: a name that no tensor can have.
#[cfg(feature = "checksums")]
pub(super) fn header_key(file: &str) -> String {
    format!("{file}/__metadata__")
}

pub(super) fn cannot_prove() -> Error {
    DatasetFault::Options {
        problem:
            "its partitions have checksums, and this gawky was built without the feature checksums"
                .to_owned(),
    }
    .of(MANIFEST)
}

/// The fetch of the checksums of a partition.
#[cfg(feature = "checksums")]
pub(super) fn fetch_of(id: u64) -> Fetch {
    Fetch::raw(checksums_key(id), None)
}

/// What a partition's checksums say, of what was fetched.
#[cfg(feature = "checksums")]
pub(super) fn read(id: u64, fetched: Option<Fetched>) -> Result<Checksums, StoreError> {
    let key = checksums_key(id);
    let Some(fetched) = fetched else {
        return Err(StoreError::NotFound { key });
    };
    let bytes = fetched.bytes.bytes().map_err(|source| StoreError::Buffer {
        key: key.clone(),
        source,
    })?;
    // The error of what are no checksums does not know which they were.
    Checksums::from_json(bytes).map_err(|error| StoreError::backend(&key, error))
}
