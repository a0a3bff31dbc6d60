//! A cache over archives: what was read of one is not served of the one that has taken its name.
#![cfg(all(feature = "npz", feature = "safetensors"))]

use gawky_store::cache::{Cache, Cached, DiskTier};
use gawky_store::npz::{Npz, NpzWriter};
use gawky_store::safetensors::{SafeTensors, SafeTensorsWriter};
use gawky_store::{
    Blob, Buffer, Container, ContainerWrite, DType, Directory, MemoryContainer, from_fn,
};

const KEY: &str = "f";

fn blob(number: i64) -> Blob {
    let bytes = Buffer::from_vec(vec![number; 3]);
    Blob::new("node0-data", DType::Int64, bytes)
}

fn first(container: &impl Container) -> Buffer {
    container.get("node0-data").unwrap().unwrap()
}

fn write<C: ContainerWrite>(folder: &C, npz: bool, number: i64) {
    if npz {
        let writer = NpzWriter::new();
        writer.put(blob(number)).unwrap();
        writer.write(folder, KEY).unwrap();
    } else {
        let writer = SafeTensorsWriter::new();
        writer.put(blob(number)).unwrap();
        writer.write(folder, KEY).unwrap();
    }
}

fn open<'c, C: Container>(container: &'c C, npz: bool) -> Box<dyn Container + 'c> {
    match npz {
        true => Box::new(Npz::open(container, KEY).unwrap()),
        false => Box::new(SafeTensors::open(container, KEY).unwrap()),
    }
}

#[test]
fn the_one_that_took_the_name_is_another_container() {
    let temporary = tempfile::tempdir().unwrap();
    for npz in [false, true] {
        let folder = Directory::create(temporary.path().join(npz.to_string())).unwrap();
        let disk = DiskTier::open(temporary.path().join("disk"), 1 << 30).unwrap();
        let cache = Cache::new(1 << 20).with_disk(disk);
        write(&folder, npz, 1);
        let before = Cached::new(open(&folder, npz), &cache).immutable();
        assert_eq!(first(&before), blob(1).bytes);
        write(&folder, npz, 2);
        let after = Cached::new(open(&folder, npz), &cache).immutable();
        assert_eq!(first(&after), blob(2).bytes);
        assert_eq!(first(&before), blob(1).bytes, "kept, and still right");
        cache.clear();
        assert_eq!(first(&after), blob(2).bytes);
    }
}

#[test]
fn without_versions_every_opening_is_another_container() {
    let memory = MemoryContainer::new();
    for npz in [false, true] {
        let plain = from_fn(|key: &str| memory.get(key));
        let cache = Cache::new(1 << 20);
        write(&memory, npz, 1);
        let before = Cached::new(open(&plain, npz), &cache);
        assert_eq!(first(&before), blob(1).bytes);
        write(&memory, npz, 2);
        let after = Cached::new(open(&plain, npz), &cache);
        assert_eq!(first(&after), blob(2).bytes);
    }
}
