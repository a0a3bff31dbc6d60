//! Creating: modes, options, and containers that cannot.

use gawky::dataset::{CreateMode, Packing};
use gawky::store::{Blob, ContainerConditional, StoreError, Version};
use gawky::store::{ContainerDelete, ContainerList, ContainerWrite, Key};

use super::*;

#[test]
fn there_is_one_dataset_in_a_place() {
    let container = memory();
    let mut first = created(&container);
    first.append(&lists(0)).unwrap();
    let create = |mode| {
        CreateDataset::new()
            .mode(mode)
            .create_in(Arc::clone(&container))
    };
    let found = fault(create(CreateMode::New));
    assert!(
        matches!(found, DatasetFault::Exists { version: 2 }),
        "{found}"
    );

    let mut again = create(CreateMode::Append).unwrap();
    again.append(&lists(10)).unwrap();
    assert_eq!(rows(&again), said(&[lists(0), lists(10)]));

    let anew = create(CreateMode::Overwrite).unwrap();
    assert_eq!((anew.version(), anew.len()), (4, 0));
    assert_eq!(
        rows(&anew.open_at(3).unwrap()),
        said(&[lists(0), lists(10)])
    );
    all_versions_read(&anew);
}

#[test]
fn all_modes_create_where_there_is_nothing() {
    for mode in [CreateMode::New, CreateMode::Append, CreateMode::Overwrite] {
        let created = CreateDataset::new().mode(mode).create_in(memory()).unwrap();
        assert_eq!(created.version(), 1);
    }
    let found = fault(Dataset::open_in(memory()));
    assert!(matches!(found, DatasetFault::Missing), "{found}");
}

#[test]
fn options_are_kept() {
    let container = memory();
    let form: Form = r#"{"class": "NumpyArray", "primitive": "int32"}"#.parse().unwrap();
    let dataset = CreateDataset::new()
        .form(form)
        .key_format("run7/{partition:04}/{form_key}.{attribute}")
        .byteorder(ByteOrder::Big)
        .attribute("source", "run 7")
        .create_in(Arc::clone(&container))
        .unwrap();
    assert_eq!(dataset.form().form_key(), Some("node0"));
    let mut again = super::dataset(&container);
    assert_eq!(again.form(), dataset.form());
    assert_eq!(again.attributes()["source"], "run 7");
    assert_eq!(
        (again.byteorder(), again.packing()),
        (ByteOrder::Big, Packing::Blobs)
    );
    again
        .append(&NumpyArray::from_vec(vec![1_i32]).into())
        .unwrap();
    let blob = container.get("run7/0000/node0.data").unwrap().unwrap();
    assert_eq!(blob.bytes().unwrap(), [0, 0, 0, 1]);
    assert_eq!(rows(&again), ["[1]"]);

    let mut attributes = again.attributes().clone();
    attributes.insert("checked".to_owned(), true.into());
    again.set_attributes(attributes).unwrap();
    assert_eq!(super::dataset(&container).attributes()["checked"], true);
    assert!(
        again
            .open_at(2)
            .unwrap()
            .attributes()
            .get("checked")
            .is_none()
    );
}

#[test]
fn options_that_contradict_are_refused() {
    let refused = |create: CreateDataset| match create.create_in(memory()) {
        Err(error) => error.to_string(),
        Ok(dataset) => panic!("{dataset:?}"),
    };
    for (create, says) in [
        (
            CreateDataset::new().key_format("{form_key}-{attribute}"),
            "put {partition} into it",
        ),
        (
            CreateDataset::new().key_format("{nothing}"),
            "no placeholder {nothing}",
        ),
        (
            CreateDataset::new()
                .packing(Packing::Safetensors)
                .byteorder(ByteOrder::Big),
            "little-endian",
        ),
        (
            CreateDataset::new()
                .packing(Packing::Safetensors)
                .key_format("{partition}-{form_key}-{attribute}"),
            "names no file and no tensor",
        ),
    ] {
        let said = refused(create);
        assert!(said.contains(says), "{said}");
    }
    // Keys show as soon as there are any.
    let numbers = || r#"{"class": "NumpyArray", "primitive": "int32"}"#.parse::<Form>().unwrap();
    for (template, says) in [
        ("claims/{partition}-{form_key}-{attribute}", "keeps its own"),
        (
            "versions/{partition}-{form_key}-{attribute}",
            "keeps its own",
        ),
        ("../{partition}-{form_key}-{attribute}", "cannot be a key"),
    ] {
        let said = refused(CreateDataset::new().key_format(template).form(numbers()));
        assert!(said.contains(says), "{said}");
    }
    let container = memory();
    created(&container);
    for create in [
        CreateDataset::new().packing(Packing::Safetensors),
        CreateDataset::new().key_format("p{partition}-{form_key}-{attribute}"),
        CreateDataset::new().byteorder(ByteOrder::Big),
        CreateDataset::new().attribute("new", 1),
    ] {
        let create = create.mode(CreateMode::Append);
        let found = fault(create.create_in(Arc::clone(&container)));
        assert!(matches!(found, DatasetFault::Options { .. }), "{found}");
    }
}

#[test]
fn form_keys_that_make_wrong_keys_are_refused_whatever_the_template() {
    let usual = "part{partition}-{form_key}-{attribute}";
    for (template, form_key, says) in [
        (usual, "node0", None),
        (usual, "a/b.c", None),
        (usual, "a//b", Some("cannot be a key")),
        (usual, "/../x", Some("cannot be a key")),
        ("{form_key}/{partition}{attribute}", "node0", None),
        (
            "{form_key}/{partition}{attribute}",
            "claims",
            Some("keeps its own"),
        ),
        (
            "{form_key}s/{partition}{attribute}",
            "claim",
            Some("keeps its own"),
        ),
        ("{form_key}-/{partition}{attribute}", "claims", None),
        ("{form_key}:/{partition}{attribute}", "cc", None),
        (
            "{form_key}:/{partition}{attribute}",
            "c",
            Some("cannot be a key"),
        ),
        (
            "{form_key}/{partition}{attribute}",
            "..",
            Some("cannot be a key"),
        ),
        ("{form_key}{partition}{attribute}", "", None),
        (
            "{form_key}/{partition}{attribute}",
            "",
            Some("cannot be a key"),
        ),
    ] {
        let json =
            format!(r#"{{"class": "NumpyArray", "primitive": "int8", "form_key": "{form_key}"}}"#);
        let form: Form = json.parse().unwrap();
        let create = CreateDataset::new().key_format(template).form(form);
        match (create.create_in(memory()), says) {
            (Ok(_), None) => {}
            (Err(error), Some(says)) => assert!(error.to_string().contains(says), "{error}"),
            (made, _) => panic!("{template} with {form_key:?}: {made:?}"),
        }
    }
}

/// A store that lacks one of the conditional puts, as some do.
struct Plain {
    inner: Memory,
    creates: bool,
}

impl Plain {
    fn cannot<T>(key: &str) -> Result<T, StoreError> {
        Err(StoreError::Unsupported {
            key: key.to_owned(),
            container: "a plain store".to_owned(),
            what: "put on a condition",
            hint: "use another",
        })
    }
}

impl Container for Plain {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.inner.get(key)
    }
}

impl ContainerWrite for Plain {
    fn put(&self, blob: Blob) -> Result<(), StoreError> {
        self.inner.put(blob)
    }
}

impl ContainerDelete for Plain {
    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.inner.delete(key)
    }
    fn delete_many(&self, keys: &[Key]) -> Result<(), StoreError> {
        self.inner.delete_many(keys)
    }
}

impl ContainerConditional for Plain {
    fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError> {
        self.inner.get_versioned(key)
    }
    fn put_if_absent(&self, blob: Blob) -> Result<Version, StoreError> {
        match self.creates {
            true => self.inner.put_if_absent(blob),
            false => Self::cannot(&blob.key),
        }
    }
    fn put_if_match(&self, blob: Blob, _: &Version) -> Result<Version, StoreError> {
        Self::cannot(&blob.key)
    }
}

#[test]
fn a_store_without_conditions_says_so_at_once() {
    for creates in [false, true] {
        let inner = memory();
        let plain = || Plain {
            inner: Arc::clone(&inner),
            creates,
        };
        let unsupported = |error: Error| match error {
            Error::Store { source, .. } => matches!(*source, StoreError::Unsupported { .. }),
            _ => false,
        };
        assert!(unsupported(
            CreateDataset::new().create_in(plain()).unwrap_err()
        ));
        assert!(inner.is_empty(), "nothing is left of it");
        // What another made can be read; and writing says so before a blob is put.
        created(&inner).append(&lists(0)).unwrap();
        let there = inner.len();
        let mut read = Dataset::open_in(plain()).unwrap();
        assert_eq!(rows(&read), said(&[lists(0)]));
        assert!(unsupported(read.append(&lists(10)).unwrap_err()));
        assert_eq!(inner.len(), there);
        let append = CreateDataset::new().mode(CreateMode::Append);
        assert!(unsupported(append.create_in(plain()).unwrap_err()));
    }
}

#[test]
fn what_was_made_in_vain_goes_again_and_nothing_else() {
    let memory = Arc::new(MemoryContainer::new());
    let array = Array::from(NumpyArray::from_vec(vec![1_i64, 2, 3]));
    let mut dataset = CreateDataset::new().create_in(memory.clone()).unwrap();
    let begin = |dataset: &mut Dataset<Arc<MemoryContainer>>, removes: bool| {
        let writer = dataset.writer().unwrap().rows_per_partition(1);
        let mut writer = writer.remove_uncommitted(removes);
        writer.append(&array).unwrap();
    };
    begin(&mut dataset, true);
    assert_eq!(memory.list("").unwrap(), ["dataset.json"]);
    begin(&mut dataset, false);
    assert!(memory.list("").unwrap().len() > 1);
    // Somebody else has committed meanwhile.
    let mut other = Dataset::open_in(memory.clone()).unwrap();
    other.append(&array).unwrap();
    assert!(!dataset.remove_empty().unwrap());
    assert_eq!(Dataset::open_in(memory.clone()).unwrap().len(), 3);
    assert!(!other.remove_empty().unwrap());
    // What is committed stays, whatever is set.
    let mut dataset = Dataset::open_in(memory.clone()).unwrap();
    let mut writer = dataset.writer().unwrap().remove_uncommitted(true);
    writer.append(&array).unwrap();
    writer.finish().unwrap();
    assert_eq!(
        Dataset::open_in(memory)
            .unwrap()
            .lazy()
            .read()
            .unwrap()
            .len(),
        6
    );
}
