//! The same blobs in every container that there is, bare and wrapped.

use std::collections::HashMap;
use std::sync::Arc;

use gawky::prelude::*;
use gawky::store::cache::{Cache, Cached, DiskTier};
use gawky::store::npz::{Npz, NpzWriter};
use gawky::store::safetensors::{SafeTensors, SafeTensorsWriter};
use gawky::store::{Blob, Checksums, Fetch, Layered, Store, Verified, from_fn};
use gawky_object_store::OpenOptions;
use gawky_testkit::containers::{BlockOn, CountingContainer, IdentityLayer, Later};
use gawky_testkit::remote::ObjectServer;

use super::Blobs;

const ROOM: u64 = 1 << 30;

/// Calls `check` with the name of each container and the container.
pub(crate) fn everywhere(blobs: &Blobs, check: impl Fn(&str, &dyn Container)) {
    let home = tempfile::tempdir().unwrap();
    for (key, blob) in blobs {
        let path = home.path().join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, blob.bytes().unwrap()).unwrap();
    }
    let folder = Directory::open(home.path()).unwrap();
    let map: HashMap<String, Buffer> = blobs.clone().into_iter().collect();
    let memory = MemoryContainer::new();
    let mut checksums = Checksums::new();
    for (key, blob) in blobs {
        memory.insert(key.as_str(), blob.clone()).unwrap();
        checksums.insert(key.as_str(), blob).unwrap();
    }
    let proof = Verified::new(checksums);

    check("a sorted map", blobs);
    check("a map", &map);
    check("memory", &memory);
    check("a closure", &from_fn(|key| Ok(map.get(key).cloned())));
    check("a folder", &folder.clone().threads(1));
    check("a folder, read by threads", &folder.clone().threads(4));
    // SAFETY: nobody changes these files.
    #[allow(unsafe_code, reason = "choosing memory maps is unsafe")]
    let mapped = unsafe { folder.clone().mapped() };
    check("a mapped folder", &mapped);
    check("memory by futures", &BlockOn::new(Later::new(&memory)));
    check("a folder by futures", &BlockOn::new(Later::new(&folder)));
    check("a folder, counted", &CountingContainer::new(&folder));
    check(
        "a folder through a layer",
        &Layered::new(IdentityLayer, &folder),
    );
    check("a map, proved", &Layered::new(proof.clone(), &map));
    check(
        "a folder, proved",
        &Layered::new(proof.clone(), folder.clone()),
    );
    cached("a folder", blobs, &folder, &check);

    let bucket = Bucket::with(blobs);
    check("an object store", &bucket.store);
    check(
        "an object store, proved",
        &Layered::new(proof, &bucket.store),
    );
    cached("an object store", blobs, &bucket.store, &check);

    archived(blobs, &bucket.store, &check);
}

/// The container read through a cache that is empty, and through one that has all of it on disk.
fn cached<C: Container>(
    name: &str,
    blobs: &Blobs,
    container: &C,
    check: &impl Fn(&str, &dyn Container),
) {
    check(
        &format!("{name}, cached"),
        &Cached::new(container, &Cache::new(ROOM)),
    );
    let home = tempfile::tempdir().unwrap();
    let disk = DiskTier::open(home.path(), ROOM).unwrap();
    let on_disk = |capacity| Cache::new(capacity).with_disk(disk.clone());
    let wholes: Vec<Fetch> = blobs.keys().map(|key| Fetch::raw(&**key, None)).collect();
    let earlier = Cached::new(container, &on_disk(0));
    earlier.prefetch(&wholes).unwrap();
    assert_eq!(disk.stats().insertions, blobs.len() as u64, "{name}");
    check(
        &format!("{name}, kept on disk"),
        &Cached::new(container, &on_disk(ROOM)),
    );
}

/// As raw bytes in archives, here and far away.
fn archived(blobs: &Blobs, bucket: &Arc<dyn Store>, check: &impl Fn(&str, &dyn Container)) {
    let raw: Vec<Blob> = blobs
        .iter()
        .map(|(key, blob)| Blob::new(&**key, DType::UInt8, blob.clone()))
        .collect();
    let tensors = SafeTensorsWriter::new();
    tensors.put_many(raw.clone()).unwrap();
    tensors.write(bucket, "all.safetensors").unwrap();
    check(
        "a file of tensors",
        &SafeTensors::from_buffer(bucket.get("all.safetensors").unwrap().unwrap()).unwrap(),
    );
    check(
        "a file of tensors in an object store",
        &SafeTensors::open(bucket, "all.safetensors").unwrap(),
    );
    for (name, writer) in [
        ("a file of arrays", NpzWriter::new()),
        ("a compressed file of arrays", NpzWriter::compressed()),
    ] {
        writer.put_many(raw.clone()).unwrap();
        writer.write(bucket, "all.npz").unwrap();
        check(
            name,
            &Npz::from_buffer(bucket.get("all.npz").unwrap().unwrap()).unwrap(),
        );
        check(
            &format!("{name} in an object store"),
            &Npz::open(bucket, "all.npz").unwrap(),
        );
    }
}

/// An object store in this process, which is asked over HTTP.
pub(crate) struct Bucket {
    pub(crate) store: Arc<dyn Store>,
    server: ObjectServer,
}

impl Bucket {
    pub(crate) fn new() -> Self {
        let server = ObjectServer::start().unwrap();
        let options = OpenOptions::new().environment(false).options([
            ("access_key_id", "testing"),
            ("secret_access_key", "testing"),
            ("region", "us-east-1"),
            ("endpoint", server.url()),
            ("allow_http", "true"),
        ]);
        Self {
            store: options.open("s3://bucket/hard cases").unwrap(),
            server,
        }
    }

    fn with(blobs: &Blobs) -> Self {
        let bucket = Self::new();
        for (key, blob) in blobs {
            let blob = Blob::new(&**key, DType::UInt8, blob.clone());
            bucket.store.put(blob).unwrap();
        }
        bucket
    }

    /// Where in it there are objects.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.server.paths()
    }
}

/// A safetensors file of tensors that lie in this order, one right after the other, aligned or not.
pub(crate) fn tensors(tensors: &[(&str, &str, usize, &[u8])]) -> Buffer {
    let mut data = Vec::new();
    let mut members = Vec::new();
    for (name, dtype, len, bytes) in tensors {
        let (start, end) = (data.len(), data.len() + bytes.len());
        members.push(format!(
            r#""{name}":{{"dtype":"{dtype}","shape":[{len}],"data_offsets":[{start},{end}]}}"#
        ));
        data.extend_from_slice(bytes);
    }
    let mut header = format!("{{{}}}", members.join(","));
    while !header.len().is_multiple_of(8) {
        header.push(' ');
    }
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    file.extend_from_slice(&data);
    Buffer::copied_from(&file)
}
