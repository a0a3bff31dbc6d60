//! Keys that file systems and URLs stumble over. (apache/arrow-rs-object-store #457, vortex-data/vortex #9420,
//! zarr-developers/zarr-python #3977)

use gawky::form::KeyParts;
use gawky::prelude::*;
use gawky::store::{ContainerDelete, ContainerList, StoreError, delete_prefix};

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
    let fields = odd().into_iter().zip(0_i64..);
    let record = RecordArray::from_fields(
        fields.map(|(name, number)| (name, Array::from(NumpyArray::from_vec(vec![number])))),
    );
    let record = Array::from(record);
    let names = odd();
    let keys = FormKeyFormat::closure(move |id, _| {
        let field = usize::try_from(id).unwrap().checked_sub(1);
        field.map_or_else(|| "record".to_owned(), |field| names[field].clone())
    });
    let plain = KeyFormat::closure(|parts: &KeyParts<'_>| parts.form_key.to_owned());
    let write = ToBuffers::new(&record).form_keys(keys).keys(plain.clone());
    let (form, length) = write.write(container).unwrap();
    let mut listed = container.list("").unwrap();
    let mut expected = odd();
    listed.sort();
    expected.sort();
    assert_eq!(listed, expected);
    let again = FromBuffers::new(&form, length)
        .keys(plain)
        .read(container)
        .unwrap();
    assert_eq!(again, record);
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
