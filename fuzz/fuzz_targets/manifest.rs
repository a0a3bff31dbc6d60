//! Any files as a dataset: its manifest, and beside it claims, manifests of the past, columns that lie aside and blobs.
//!
//! The bytes are the manifest, then names and contents of files, with a byte 0xFF between each two. What is opened is opened in
//! three ways, its versions are what it says they are, and whatever changes it makes another that opens, or changes nothing.

#![no_main]

use std::sync::Arc;
use std::time::Duration;

use gawky::dataset::Vacuum;
use gawky::{Array, Buffer, Container, Dataset, Error, Form, LazyArray, MemoryContainer};
use gawky_fuzz as _;
use gawky_testkit::arbitrary::is_small;
use libfuzzer_sys::fuzz_target;

type Memory = Arc<MemoryContainer>;

/// No more rows are read at once: rows without bytes may be as many as there are numbers.
const ROWS: u64 = 100;

fn container(bytes: &[u8]) -> Option<Memory> {
    let mut files = bytes.split(|byte| *byte == 0xFF);
    let memory = MemoryContainer::new();
    memory
        .insert("dataset.json", Buffer::copied_from(files.next()?))
        .ok()?;
    while let (Some(name), Some(content)) = (files.next(), files.next()) {
        // What is no key is no file.
        let _ = memory.insert(str::from_utf8(name).ok()?, Buffer::copied_from(content));
    }
    Some(Arc::new(memory))
}

fn open(memory: &Memory) -> Result<Dataset<Memory>, Error> {
    // Nobody waits here.
    Ok(Dataset::open_in(Arc::clone(memory))?.with_patience(3, |_| ()))
}

/// What a dataset says of itself.
fn said(dataset: &Dataset<Memory>) -> (u64, Vec<u64>, Option<Vec<u64>>, Form) {
    (
        dataset.len(),
        dataset.lengths().to_vec(),
        dataset.ids().map(<[u64]>::to_vec),
        dataset.form().clone(),
    )
}

fn holds_together(dataset: &Dataset<Memory>) {
    assert_eq!(dataset.lengths().iter().sum::<u64>(), dataset.len());
    if let Some(ids) = dataset.ids() {
        assert_eq!(ids.len(), dataset.lengths().len());
    }
    let lazy = dataset.lazy();
    assert_eq!(lazy.len(), dataset.len());
    let columns = LazyArray::open_in(Arc::clone(dataset.container()), "*");
    match columns {
        Ok(columns) => {
            assert_eq!(columns.len(), dataset.len());
            assert_eq!(Ok(columns.form().clone()), dataset.form().select("*"));
        }
        Err(error) => assert!(dataset.form().select("*").is_err(), "{error}"),
    }
}

/// Each version that is told of is there, as it is told.
fn has_its_versions(dataset: &Dataset<Memory>) {
    let Ok(versions) = dataset.versions() else {
        return;
    };
    assert_eq!(
        versions.last().map(|last| last.version),
        Some(dataset.version())
    );
    for told in versions.iter().rev().take(3) {
        let past = dataset.open_at(told.version).expect("it was told of");
        assert_eq!(past.version(), told.version);
        assert_eq!(past.len(), told.rows);
        assert_eq!(past.lengths().len() as u64, told.partitions);
    }
}

/// The first rows, by the dataset and by the partition they lie in.
fn rows(dataset: &Dataset<Memory>) -> Option<Array> {
    let count = *dataset.lengths().first()?;
    let some = dataset.lazy().rows(..count.min(ROWS)).ok()?.read();
    if count <= ROWS {
        match (&some, dataset.read_partition(0)) {
            (Ok(some), Ok(whole)) => assert_eq!(some.len(), whole.len()),
            // All of a blob may be there where these rows need none of it, but not the other way round.
            (Err(error), Ok(_)) => panic!("{error}"),
            (_, Err(_)) => {}
        }
    }
    some.ok()
}

/// Changes the dataset; where that fails, nothing has changed.
fn changed<T>(
    memory: &Memory,
    change: impl FnOnce(&mut Dataset<Memory>) -> Result<T, Error>,
) -> Option<(Dataset<Memory>, Dataset<Memory>)> {
    let mut dataset = open(memory).expect("it was opened before");
    let before = dataset.clone();
    let manifest = || {
        memory
            .get("dataset.json")
            .expect("a key")
            .expect("it is there")
    };
    let bytes = manifest();
    if let Err(error) = change(&mut dataset) {
        assert_eq!(manifest(), bytes, "{error}");
        return None;
    }
    let after = open(memory).expect("what was just written");
    assert_eq!(said(&after), said(&dataset));
    assert_eq!(after.version(), dataset.version());
    holds_together(&after);
    Some((before, after))
}

fuzz_target!(|bytes: &[u8]| {
    let Some(memory) = container(bytes) else {
        return;
    };
    let dataset = match open(&memory) {
        Ok(dataset) => dataset,
        Err(error) => {
            assert!(error.to_string().contains("dataset.json"), "{error}");
            return;
        }
    };
    holds_together(&dataset);
    has_its_versions(&dataset);
    let first = rows(&dataset);

    let noted = serde_json::Map::from_iter([("note".to_owned(), serde_json::Value::from(1))]);
    if let Some((before, after)) = changed(&memory, |dataset| dataset.set_attributes(noted.clone()))
    {
        assert_eq!(said(&after), said(&before));
        assert_eq!(
            (after.version(), after.attributes()),
            (before.version() + 1, &noted)
        );
        let past = after.open_at(before.version()).expect("it was the newest");
        assert_eq!(said(&past), said(&before));
        assert_eq!(past.attributes(), before.attributes());
    }
    if let Some(first) = first
        && let Some((before, after)) = changed(&memory, |dataset| dataset.append(&first))
    {
        assert_eq!(after.len(), before.len() + first.len() as u64);
        assert_eq!(after.lengths().len(), before.lengths().len() + 1);
        let last = after.lengths().len() - 1;
        let again = after.read_partition(last).expect("what was just written");
        assert_eq!(again.len(), first.len());
        assert!(
            !is_small(&first) || again.equal_values(&first, true) == Ok(true),
            "{again} is not {first}"
        );
    }
    let vacuum = Vacuum::keep(1).older_than(Duration::ZERO);
    if let Some((before, after)) = changed(&memory, |dataset| dataset.vacuum(vacuum)) {
        assert_eq!(said(&after), said(&before));
        if let (Some(was), Some(is)) = (rows(&before), rows(&after)) {
            assert_eq!(was.len(), is.len());
        }
    }
});
