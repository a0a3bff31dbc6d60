//! Keys that file systems and URLs stumble over. (apache/arrow-rs-object-store #457, vortex-data/vortex #9420,
//! zarr-developers/zarr-python #3977)

use gawky::form::KeyParts;
use gawky::prelude::*;
use gawky::store::cache::{Cache, Cached, DiskTier};
use gawky::store::npz::{Npz, NpzWriter};
use gawky::store::safetensors::{SafeTensors, SafeTensorsWriter};
use gawky::store::{Blob, ContainerDelete, ContainerList, StoreError, delete_prefix};

use super::everywhere::Bucket;

fn odd() -> Vec<String> {
    let long = "x".repeat(300);
    [
        "mäggi",
        "[foo]",
        "~x",
        "100%",
        "a%2Fb",
        "a,b!c",
        &long,
        "A",
        "a",
        "CON",
        "deep/er/x",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn array() -> Array {
    let content = NumpyArray::from_vec(vec![1_i64, 2, 3]).into();
    ListOffsetArray::try_new(vec![0_i64, 2, 3].into(), content, Parameters::none())
        .unwrap()
        .into()
}

/// Every key, as that of the first node and as a folder over all.
fn round_trips<C: Container + ContainerWrite + ContainerDelete + ContainerList>(container: &C) {
    for odd in odd() {
        let array = array();
        let write = ToBuffers::new(&array).key_format(&format!("{odd}/{{form_key}}.{{attribute}}"));
        let (form, length) = write.unwrap().write(container).unwrap();
        let read = FromBuffers::new(&form, length);
        let read = read
            .key_format(&format!("{odd}/{{form_key}}.{{attribute}}"))
            .unwrap();
        assert_eq!(read.read(container).unwrap(), array, "{odd}");
        assert_eq!(
            container.list(&odd).unwrap(),
            [format!("{odd}/node0.offsets"), format!("{odd}/node1.data")]
        );
    }
    for odd in odd() {
        delete_prefix(container, &odd).unwrap();
    }
    assert_eq!(container.list("").unwrap(), Vec::<String>::new());

    // As keys of their own, all at once.
    let (form, length, keys) = written_under_odd_keys(container);
    lists_odd_keys(container);
    let read = FromBuffers::new(&form, length).keys(keys);
    assert_eq!(read.read(container).unwrap(), record());
}

/// A column for every key.
fn record() -> Array {
    let fields = odd().into_iter().zip(0_i64..);
    let columns =
        fields.map(|(name, number)| (name, Array::from(NumpyArray::from_vec(vec![number]))));
    RecordArray::from_fields(columns).into()
}

fn written_under_odd_keys<C: ContainerWrite>(container: &C) -> (Form, usize, KeyFormat) {
    let names = odd();
    let form_keys = FormKeyFormat::closure(move |id, _| {
        let field = usize::try_from(id).unwrap().checked_sub(1);
        field.map_or_else(|| "record".to_owned(), |field| names[field].clone())
    });
    let plain = KeyFormat::closure(|parts: &KeyParts<'_>| parts.form_key.to_owned());
    let record = record();
    let write = ToBuffers::new(&record)
        .form_keys(form_keys)
        .keys(plain.clone());
    let (form, length) = write.write(container).unwrap();
    (form, length, plain)
}

fn lists_odd_keys<C: ContainerList>(container: &C) {
    let mut expected = odd();
    expected.sort();
    assert_eq!(container.list("").unwrap(), expected);
}

fn refuses<C: ContainerWrite + Container>(container: &C) {
    for key in [
        "../x",
        "/abs",
        "a//b",
        "a/./b",
        "",
        "C:\\x",
        "a\0b",
        "..",
        "a/../../x",
    ] {
        let array = Array::from(NumpyArray::from_vec(vec![1_i64]));
        let keys = KeyFormat::closure(move |_: &KeyParts<'_>| key.to_owned());
        let error = ToBuffers::new(&array)
            .keys(keys.clone())
            .write(container)
            .unwrap_err();
        let Error::Store { source, .. } = error else {
            panic!("{key:?}: {error}");
        };
        assert!(
            matches!(*source, StoreError::InvalidKey { .. }),
            "{key:?}: {source}"
        );
        let (form, _) = gawky::to_buffers(&array, &MemoryContainer::new()).unwrap();
        let error = FromBuffers::new(&form, 1)
            .keys(keys)
            .read(container)
            .unwrap_err();
        assert!(matches!(error, Error::Store { .. }), "{key:?}: {error}");
    }
}

fn deletes_by_segment<C: ContainerWrite + ContainerDelete + ContainerList>(container: &C) {
    let array = Array::from(NumpyArray::from_vec(vec![1_i64]));
    for key in ["6/f/x", "6/faNT", "6/f/y/z", "60"] {
        let keys = KeyFormat::closure(move |_: &KeyParts<'_>| key.to_owned());
        ToBuffers::new(&array).keys(keys).write(container).unwrap();
    }
    delete_prefix(container, "6/f").unwrap();
    assert_eq!(container.list("").unwrap(), ["6/faNT", "60"]);
}

#[test]
fn in_memory() {
    round_trips(&MemoryContainer::new());
    let memory = MemoryContainer::new();
    refuses(&memory);
    assert!(memory.is_empty());
    deletes_by_segment(&memory);
}

#[test]
fn in_a_directory() {
    let home = tempfile::tempdir().unwrap();
    let inside = |name: &str| Directory::create(home.path().join(name)).unwrap();
    round_trips(&inside("odd"));
    deletes_by_segment(&inside("deleted"));

    let refusing = home.path().join("refusing");
    std::fs::create_dir(&refusing).unwrap();
    refuses(&Directory::create(refusing.join("root")).unwrap());
    // Nothing beside the root, and nothing in it.
    let names = |folder: &std::path::Path| -> Vec<std::ffi::OsString> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect()
    };
    assert_eq!(names(&refusing), ["root"]);
    assert!(names(&refusing.join("root")).is_empty());
}

#[test]
fn in_an_object_store() {
    round_trips(&Bucket::new().store);
    deletes_by_segment(&Bucket::new().store);

    let bucket = Bucket::new();
    refuses(&bucket.store);
    assert_eq!(bucket.paths(), [""; 0]);
    bucket
        .store
        .put(Blob::new("100%", DType::UInt8, Buffer::empty()))
        .unwrap();
    let [path] = &*bucket.paths() else {
        panic!("{:?}", bucket.paths());
    };
    assert!(path.starts_with("bucket/hard cases/"), "{path}");
}

#[test]
fn through_a_cache() {
    let home = tempfile::tempdir().unwrap();
    let disk = DiskTier::open(home.path().join("disk"), 1 << 20).unwrap();
    let cache = Cache::new(1 << 20).with_disk(disk);
    for name in ["odd", "deleted", "refusing"] {
        let folder = Directory::create(home.path().join(name)).unwrap();
        let cached = Cached::new(folder, &cache);
        match name {
            "odd" => round_trips(&cached),
            "deleted" => deletes_by_segment(&cached),
            _ => refuses(&cached),
        }
    }
    let bucket = Bucket::new();
    round_trips(&Cached::new(&bucket.store, &cache));
}

#[test]
fn in_archives() {
    fn opened<C: Container + ContainerList>(archive: &C, written: &(Form, usize, KeyFormat)) {
        lists_odd_keys(archive);
        let (form, length, keys) = written;
        let read = FromBuffers::new(form, *length).keys(keys.clone());
        assert_eq!(read.read(archive).unwrap(), record());
    }
    let writer = SafeTensorsWriter::new();
    let written = written_under_odd_keys(&writer);
    let file = writer.finish().unwrap();
    opened(&SafeTensors::from_buffer(file).unwrap(), &written);
    for writer in [NpzWriter::new(), NpzWriter::compressed()] {
        let written = written_under_odd_keys(&writer);
        let file = writer.finish().unwrap();
        opened(&Npz::from_buffer(file).unwrap(), &written);
    }
}
