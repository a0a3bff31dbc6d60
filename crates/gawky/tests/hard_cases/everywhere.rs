//! The same blobs in every container that there is, bare and wrapped.

use std::collections::HashMap;

use gawky::prelude::*;
use gawky::store::cache::{Cache, Cached};
use gawky::store::{Checksums, Layered, Verified, from_fn};
use gawky_testkit::containers::{BlockOn, CountingContainer, IdentityLayer, Later};

use super::Blobs;

/// Calls `check` with the name of each container and the container.
pub(crate) fn everywhere(blobs: &Blobs, check: impl Fn(&str, &dyn Container)) {
    let memory = || {
        let memory = MemoryContainer::new();
        for (key, blob) in blobs {
            memory.insert(key.as_str(), blob.clone()).unwrap();
        }
        memory
    };
    let home = tempfile::tempdir().unwrap();
    for (key, blob) in blobs {
        let path = home.path().join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, blob.bytes().unwrap()).unwrap();
    }
    let folder = Directory::open(home.path()).unwrap();
    let map: HashMap<String, Buffer> = blobs.clone().into_iter().collect();
    let mut checksums = Checksums::new();
    for (key, blob) in blobs {
        checksums.insert(key.as_str(), blob).unwrap();
    }
    let proof = Verified::new(checksums);

    check("a sorted map", blobs);
    check("a map", &map);
    check("memory", &memory());
    check("a closure", &from_fn(|key| Ok(map.get(key).cloned())));
    check("a folder", &folder.clone().threads(1));
    check("a folder, read by threads", &folder.clone().threads(4));
    // SAFETY: nobody changes these files.
    #[allow(unsafe_code, reason = "choosing memory maps is unsafe")]
    let mapped = unsafe { folder.clone().mapped() };
    check("a mapped folder", &mapped);
    check("memory by futures", &BlockOn::new(Later::new(memory())));
    check(
        "a folder by futures",
        &BlockOn::new(Later::new(folder.clone())),
    );
    check("a folder, counted", &CountingContainer::new(folder.clone()));
    check(
        "a folder through a layer",
        &Layered::new(IdentityLayer, folder.clone()),
    );
    check("a map, proved", &Layered::new(proof.clone(), &map));
    check("a folder, proved", &Layered::new(proof, folder.clone()));
    check(
        "a folder, cached",
        &Cached::new(folder, &Cache::new(1 << 30)),
    );
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
