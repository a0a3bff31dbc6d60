//! Manifests: as the schema has them, large ones, and hostile ones.

use std::fmt::Write as _;
use std::path::Path;

use gawky::store::ContainerWrite;
use serde_json::{Value, json};

use super::*;

fn schema() -> jsonschema::Validator {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/dataset.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn manifest<C>(dataset: &Dataset<C>) -> Value {
    serde_json::from_slice(dataset.manifest().bytes().unwrap()).unwrap()
}

fn put(container: &Memory, key: &str, text: impl Into<Vec<u8>>) {
    container
        .insert(key, Buffer::from_vec(text.into()))
        .unwrap();
}

fn opened(text: impl Into<Vec<u8>>) -> Result<Dataset<Memory>, Error> {
    let container = memory();
    put(&container, "dataset.json", text);
    Dataset::open_in(container)
}

#[test]
fn every_manifest_is_as_the_schema_says() {
    let (schema, container) = (schema(), memory());
    let mut dataset = CreateDataset::new()
        .attribute("run", 7)
        .create_in(Arc::clone(&container))
        .unwrap();
    let check = |dataset: &Dataset<Memory>, has: &[&str]| {
        let manifest = manifest(dataset);
        if let Err(error) = schema.validate(&manifest) {
            panic!("{error}: {manifest}");
        }
        for member in ["ids", "next_id", "previous", "oldest"] {
            assert_eq!(
                manifest.get(member).is_some(),
                has.contains(&member),
                "{member}"
            );
        }
    };
    check(&dataset, &[]);
    dataset.append_all([&lists(0), &lists(1)]).unwrap();
    check(&dataset, &[]);
    assert_eq!(manifest(&dataset)["lengths"], json!([3, 3]));
    dataset.delete_partitions([1]).unwrap();
    check(&dataset, &["next_id", "previous"]);
    dataset.append(&lists(2)).unwrap();
    check(&dataset, &["ids", "next_id", "previous"]);
    assert_eq!(manifest(&dataset)["ids"], json!([0, 2]));
    dataset.overwrite([&lists(3)]).unwrap();
    check(&dataset, &["ids", "next_id", "previous"]);
    assert_eq!(manifest(&dataset)["previous"], 4);
}

#[test]
fn members_that_are_not_known_stay() {
    let container = memory();
    created(&container);
    let mut text = manifest(&dataset(&container));
    text["colour"] = json!({"of": ["the", "sky"]});
    text["attributes"] = json!({"large": 1});
    // Such a number is more than the JSON reader holds.
    let number = "123456789012345678901234567890.5";
    put(
        &container,
        "dataset.json",
        text.to_string()
            .replace("\"large\":1", &format!("\"large\":{number}")),
    );
    let mut dataset = dataset(&container);
    dataset.append(&lists(0)).unwrap();
    assert_eq!(manifest(&dataset)["colour"], text["colour"]);
    let written = String::from_utf8(dataset.manifest().bytes().unwrap().to_vec()).unwrap();
    assert!(written.contains(number), "{written}");
}

/// A manifest of `count` partitions of one row each.
fn many(count: usize, extra: &str) -> String {
    let mut lengths = "1,".repeat(count);
    lengths.pop();
    format!(
        r#"{{"format": "gawky.dataset", "format_version": 1, "version": 1,
             "form": {{"class": "NumpyArray", "primitive": "int64", "form_key": "node0"}},
             "key_format": "part{{partition}}-{{form_key}}-{{attribute}}", "packing": "blobs", "byteorder": "<",
             "lengths": [{lengths}], "history": {{"since": 1, "partitions": [{count}]}}{extra}}}"#
    )
}

#[test]
fn many_lengths_move_to_a_blob() {
    let (schema, container) = (schema(), memory());
    put(&container, "dataset.json", many(10_000, ""));
    let one = Array::from(NumpyArray::from_vec(vec![1_i64]));
    let mut dataset = dataset(&container);
    dataset.append(&one).unwrap();
    let written = manifest(&dataset);
    schema.validate(&written).unwrap();
    assert_eq!(written["lengths"]["length"], 10_001);
    assert_eq!(written["lengths"]["rest"], json!([]));
    assert!(
        dataset.manifest().len() < 2_000,
        "{}",
        dataset.manifest().len()
    );

    // It is an array as any other.
    let form: Form = written["lengths"]["form"].to_string().parse().unwrap();
    let lengths = gawky::from_buffers(&form, 10_001, &container).unwrap();
    assert_eq!(lengths.len(), 10_001);

    // What comes then leaves the blob alone.
    let blobs = || {
        use gawky::store::ContainerList;
        container.list("aside").unwrap()
    };
    let first = blobs();
    assert_eq!(first.len(), 1);
    dataset.append_all([&one, &one]).unwrap();
    assert_eq!(blobs(), first);
    assert_eq!(manifest(&dataset)["lengths"]["rest"], json!([1, 1]));

    let again = super::dataset(&container);
    assert_eq!((again.len(), again.lengths()), (10_003, dataset.lengths()));
    assert_eq!(again.open_at(2).unwrap().len(), 10_001);
    assert_eq!(again.open_at(1).unwrap().len(), 10_000);
    assert_eq!(again.read_partition(10_002).unwrap(), one);

    // Ids that are not counted move, too.
    dataset.delete_partitions([0]).unwrap();
    let written = manifest(&dataset);
    schema.validate(&written).unwrap();
    assert_eq!(written["ids"]["length"], 10_002);
    let again = super::dataset(&container);
    assert_eq!(again.ids().unwrap().len(), 10_002);
    assert_eq!(again.ids().unwrap()[..2], [1, 2]);
    assert_eq!(again.len(), 10_002);
    assert_eq!(again.open_at(3).unwrap().ids(), None);
}

#[test]
fn a_damaged_column_is_an_error() {
    let container = memory();
    put(&container, "dataset.json", many(10_000, ""));
    let one = Array::from(NumpyArray::from_vec(vec![1_i64]));
    dataset(&container).append(&one).unwrap();
    use gawky::store::{ContainerDelete, ContainerList};
    let key = container.list("aside").unwrap().remove(0);
    let good = container.get(&key).unwrap().unwrap();
    let says = |says: &str| {
        let error = Dataset::open_in(Arc::clone(&container))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("dataset.json") && error.contains(says),
            "{error}"
        );
    };
    container
        .insert(key.clone(), good.slice(0..80_000).unwrap())
        .unwrap();
    says("has 10000 numbers, and 10001 are needed");
    let mut bad = good.bytes().unwrap().to_vec();
    bad[7] = 0x80;
    container
        .insert(key.clone(), Buffer::from_vec(bad))
        .unwrap();
    says("negative");
    container.delete(&key).unwrap();
    says("is missing");
}

#[test]
fn the_good_one_opens() {
    let dataset = opened(many(3, "")).unwrap();
    assert_eq!((dataset.len(), dataset.version()), (3, 1));
}

#[test]
fn hostile_manifests_are_refused() {
    let good = many(2, "");
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replace(from, to)
    };
    let deep = format!(
        "{}{}",
        r#"{"class": "RegularArray", "size": 1, "content": "#.repeat(10_000),
        "1"
    );
    let mut wide = String::new();
    for _ in 0..100_000 {
        wide.write_char('[').unwrap();
    }
    for (text, says) in [
        (String::new(), "EOF"),
        ("[]".to_owned(), "expected an object"),
        ("{}".to_owned(), "no \"format\""),
        ("null".to_owned(), "expected an object"),
        (wide.clone(), "expected an object"),
        (with("gawky.dataset", "gawky.cache"), "\"gawky.cache\""),
        (
            with("\"format_version\": 1", "\"format_version\": 2"),
            "of format 2",
        ),
        (
            with("\"format_version\": 1", "\"format_version\": 0"),
            "no format 0",
        ),
        (
            with("\"format_version\": 1", "\"format_version\": 1.5"),
            "format_version",
        ),
        (with("\"version\": 1,", "\"version\": 0,"), "version"),
        (
            with("\"version\": 1,", "\"version\": 18446744073709551615,"),
            "version",
        ),
        (
            with("\"version\": 1,", "\"version\": 1, \"version\": 1,"),
            "\"version\" is there twice",
        ),
        (
            with("\"form\": ", "\"form\": \"int8\", \"form\": "),
            "\"form\" is there twice",
        ),
        (with("int64", "int65"), "form"),
        (
            with("\"class\": \"NumpyArray\"", "\"class\": \"NoArray\""),
            "form",
        ),
        (
            with(
                r#"{"class": "NumpyArray", "primitive": "int64", "form_key": "node0"}"#,
                &deep,
            ),
            "dataset.json",
        ),
        (with("\"node0\"", "\"../../etc\""), "cannot be a key"),
        (
            with("\"form_key\": \"node0\"", "\"form_key\": null"),
            "no form key",
        ),
        (
            with("part{partition}-", "../part{partition}-"),
            "cannot be a key",
        ),
        (
            with("part{partition}-", "/part{partition}-"),
            "cannot be a key",
        ),
        (
            with("part{partition}-", "claims/{partition}-"),
            "keeps its own",
        ),
        (with("part{partition}-", "part{partitio}-"), "key_format"),
        (with("part{partition}-", ""), "the same keys"),
        (with("blobs", "boxes"), "\"boxes\""),
        (with("\"blobs\"", "\"safetensors\""), "names no file"),
        (with("\"<\"", "\"little\""), "byteorder"),
        (with("[1,1]", "[1,-1]"), "lengths"),
        (with("[1,1]", "[1,1.5]"), "lengths"),
        (with("[1,1]", "[9223372036854775807,1]"), "add up"),
        (with("[1,1]", "[18446744073709551615,1]"), "add up"),
        (with("[1,1]", "[1e300,1]"), "lengths"),
        (with("[1,1]", "[1]"), "history"),
        (with("[1,1]", "{}"), "lengths"),
        (
            with("[1,1]", r#"{"form": "int64", "length": 2, "rest": []}"#),
            "with a form key",
        ),
        (
            with(
                "[1,1]",
                r#"{"form": {"class": "NumpyArray", "primitive": "int64", "form_key": "../x"}, "length": 2, "rest": []}"#,
            ),
            "cannot be a key",
        ),
        (
            with(
                "[1,1]",
                r#"{"form": {"class": "NumpyArray", "primitive": "int64", "form_key": "x"},
                    "length": 1152921504606846976, "rest": []}"#,
            ),
            "is missing",
        ),
        (many(2, ", \"ids\": [0]"), "1 ids for 2 lengths"),
        (many(2, ", \"ids\": [1, 1]"), "twice"),
        (
            many(2, ", \"ids\": [4, 0], \"next_id\": 4"),
            "not below next_id",
        ),
        (many(2, ", \"ids\": [3, 0]"), "not below next_id"),
        (many(2, ", \"next_id\": 1"), "next_id"),
        (many(2, ", \"next_id\": 18446744073709551615"), "next_id"),
        (many(2, ", \"next_id\": null"), "next_id"),
        (many(2, ", \"attributes\": []"), "attributes"),
        (many(2, ", \"previous\": 7"), "previous"),
        (many(2, ", \"oldest\": 2"), "oldest"),
        (many(2, ", \"oldest\": 0"), "oldest"),
        (many(2, ", \"commits\": [1]"), "commits"),
        (
            many(2, &format!(", \"attributes\": {{\"x\": {wide}}}")),
            "dataset.json",
        ),
        (with("\"since\": 1", "\"since\": 2"), "history"),
        (
            with("\"since\": 1", "\"since\": 18446744073709551615"),
            "history",
        ),
        (
            with("\"partitions\": [2]", "\"partitions\": [3]"),
            "history",
        ),
        (with("\"partitions\": [2]", "\"partitions\": []"), "history"),
    ] {
        match opened(text.clone()) {
            Ok(dataset) => panic!("{dataset:?} of {text}"),
            Err(error) => {
                let error = error.to_string();
                assert!(error.contains("dataset.json"), "{error}");
                assert!(error.contains(says), "{says:?}: {error}");
            }
        }
    }
    assert!(opened(vec![0xff, 0xfe]).is_err());
}

/// What is flipped or cut anywhere is an error or a dataset, and nothing else.
#[test]
fn damaged_manifests_do_not_panic() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append_all([&lists(0), &lists(1)]).unwrap();
    dataset.delete_partitions([0]).unwrap();
    let good = dataset.manifest().bytes().unwrap().to_vec();
    for at in 0..good.len() {
        let _ = opened(&good[..at]);
        for flip in [0x01, 0x10, 0x80] {
            let mut bad = good.clone();
            bad[at] ^= flip;
            if let Ok(dataset) = opened(bad) {
                let _ = dataset.open_at(2);
                let _ = dataset.versions();
            }
        }
    }
}

#[test]
fn a_manifest_of_the_past_must_be_that_of_its_version() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append(&lists(0)).unwrap();
    dataset.overwrite([&lists(1)]).unwrap();
    let newest = dataset.manifest().bytes().unwrap().to_vec();
    put(&container, "versions/2.json", newest);
    let error = dataset.open_at(2).unwrap_err().to_string();
    assert!(
        error.contains("versions/2.json") && error.contains("it is 3, not 2"),
        "{error}"
    );
    assert!(dataset.versions().is_err());
    container
        .put(gawky::store::Blob::new(
            "versions/2.json",
            DType::UInt8,
            Buffer::empty(),
        ))
        .unwrap();
    assert!(dataset.open_at(2).is_err());
}

/// What others write may be a single partition whose keys have no number. Another partition would lie where that one does.
#[test]
fn where_partitions_would_share_keys_nothing_is_written() {
    let container = memory();
    let mut first = created(&container);
    first.append(&lists(0)).unwrap();
    let mut shared = manifest(&first);
    shared["key_format"] = json!("{form_key}-{attribute}");
    for name in ["node0-offsets", "node1-data"] {
        let blob = container.get(&format!("part0-{name}")).unwrap().unwrap();
        put(&container, name, blob.bytes().unwrap());
    }
    put(&container, "dataset.json", shared.to_string());
    let mut dataset = Dataset::open_in(Arc::clone(&container)).unwrap();
    let before = rows(&dataset);
    let message = "would give every partition the same keys";
    let other = lists(7);
    for refused in [dataset.append(&other), dataset.overwrite([&other])] {
        let error = refused.unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    let mut writer = dataset.writer().unwrap();
    let written = writer.append(&other).and_then(|()| writer.finish());
    assert!(written.unwrap_err().to_string().contains(message));
    assert_eq!(rows(&dataset), before);
    assert_eq!(rows(&Dataset::open_in(container).unwrap()), before);
}
