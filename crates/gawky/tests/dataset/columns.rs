//! Opening for some columns alone.

use gawky::dataset::Packing;
use gawky::form::FormError;
use gawky_testkit::containers::Later;
use serde_json::{Value, json};

use super::*;

fn events(first: i64) -> Array {
    let numbers = |step: i64| Array::from(NumpyArray::from_vec(vec![first, first + step]));
    let jets = RecordArray::from_fields([("pt", numbers(3)), ("eta", numbers(4))]);
    Array::from(RecordArray::from_fields([
        ("x", numbers(1)),
        ("y", numbers(2)),
        ("jet", Array::from(jets)),
        ("rows", lists(first).slice(0..2).unwrap()),
    ]))
}

fn in_packing(packing: Packing) -> Memory {
    let container = memory();
    let create = CreateDataset::new().packing(packing);
    let mut dataset = create.create_in(Arc::clone(&container)).unwrap();
    dataset.append_all([&events(0), &events(10)]).unwrap();
    container
}

/// Changes what the manifest says of one column.
fn damaged(container: &Memory, column: usize, content: Value) {
    let text = container.get("dataset.json").unwrap().unwrap();
    let mut manifest: Value = serde_json::from_slice(text.bytes().unwrap()).unwrap();
    manifest["form"]["contents"][column] = content;
    let text = Buffer::from_vec(manifest.to_string().into_bytes());
    container.insert("dataset.json", text).unwrap();
}

#[test]
fn they_are_those_that_are_selected() {
    for packing in [Packing::Blobs, Packing::Safetensors] {
        let container = in_packing(packing);
        let all = dataset(&container).lazy();
        for columns in [&["x"][..], &["jet.pt", "rows"], &["*"], &["j*.*", "y"], &[]] {
            let selected = all.select(columns).unwrap();
            let opened = LazyArray::open_in(Arc::clone(&container), columns).unwrap();
            assert_eq!(opened.form(), selected.form());
            assert_eq!(opened.read().unwrap(), selected.read().unwrap());
            let (opened, selected) = (opened.rows(1..3).unwrap(), selected.rows(1..3).unwrap());
            assert_eq!(opened.read().unwrap(), selected.read().unwrap());
            let by_futures = LazyArray::open_async(Later::new(Arc::clone(&container)), columns);
            let by_futures = pollster::block_on(by_futures).unwrap();
            assert_eq!(by_futures.form(), selected.form());
        }
    }
}

#[test]
fn columns_that_are_not_there_are_told_as_ever() {
    let container = in_packing(Packing::Blobs);
    let opened = LazyArray::open_in(Arc::clone(&container), ["x", "z"]);
    let selected = dataset(&container).lazy().select(["x", "z"]);
    match (opened.unwrap_err(), selected.unwrap_err()) {
        (Error::Form(opened), Error::Form(selected)) => {
            assert_eq!(opened, selected);
            assert!(matches!(opened, FormError::NoColumn { columns, .. } if columns.len() == 5));
        }
        (opened, selected) => panic!("{opened}, {selected}"),
    }
    let nowhere = LazyArray::open_in(memory(), "x");
    assert!(matches!(fault(nowhere), DatasetFault::Missing));
}

#[test]
fn what_is_used_is_looked_at() {
    for wrong in [
        json!({"class": "NoSuchArray"}),
        json!({"class": "NumpyArray", "primitive": "int64"}),
        json!({"class": "NumpyArray", "primitive": "int64", "form_key": "/../x"}),
    ] {
        let container = in_packing(Packing::Blobs);
        damaged(&container, 0, wrong);
        assert!(matches!(
            fault(Dataset::open_in(Arc::clone(&container))),
            DatasetFault::Manifest { .. }
        ));
        let opened = LazyArray::open_in(Arc::clone(&container), ["x", "y"]);
        assert!(matches!(fault(opened), DatasetFault::Manifest { .. }));
        // The others are not the worse for it.
        let y = LazyArray::open_in(Arc::clone(&container), "y").unwrap();
        assert_eq!(
            said(&[y.read().unwrap()]),
            ["[{y: 0}, {y: 2}, {y: 10}, {y: 12}]"]
        );
    }
}
