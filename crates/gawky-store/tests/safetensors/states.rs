//! Files that change while they are read: never a mixture of two.

use std::sync::atomic::{AtomicUsize, Ordering};

use gawky_store::safetensors::{SafeTensors, SafeTensorsFault};
use gawky_store::{
    Buffer, Container, ContainerDelete, ContainerWrite, Directory, Fetch, FetchReport, Fetched,
    LocalFile, MemoryContainer, Profile, StoreError, Version,
};

use super::{KEY, bytes, fault, inside, numbered};

fn put<C: ContainerWrite>(container: &C, file: Buffer) {
    let blob = gawky_store::Blob::new(KEY, gawky_store::DType::UInt8, file);
    container.put(blob).unwrap();
}

/// Replaced after it was opened, by a file in which every tensor lies as before.
fn replaced<C: Container + ContainerWrite + ContainerDelete>(container: &C) {
    put(container, numbered(3, 100_000));
    let tensors = SafeTensors::open(container, KEY).unwrap();
    assert_eq!(
        tensors.get_range("node2-data", 0..1).unwrap(),
        Some(bytes(&[2]))
    );
    let version = tensors.version("node2-data").unwrap();
    assert_eq!(version.as_ref(), tensors.layer().file_version());
    assert_eq!(version, container.version(KEY).unwrap());

    put(container, numbered(3, 100_000));
    let error = inside(tensors.get("node2-data"), "node2-data");
    assert!(
        matches!(&error, StoreError::VersionMismatch { key, found: Some(_), .. } if key == KEY),
        "{error:?}"
    );
    let again = SafeTensors::open(container, KEY).unwrap();
    assert_eq!(
        again.get_range("node2-data", 0..1).unwrap(),
        Some(bytes(&[2]))
    );

    container.delete(KEY).unwrap();
    let error = inside(again.get("node2-data"), "node2-data");
    assert!(
        matches!(&error, StoreError::VersionMismatch { found: None, .. }),
        "{error:?}"
    );
}

#[test]
fn replaced_in_memory() {
    replaced(&MemoryContainer::new());
}

#[test]
fn replaced_in_a_directory() {
    let folder = tempfile::tempdir().unwrap();
    replaced(&Directory::open(folder.path()).unwrap());
}

#[test]
fn replaced_under_its_name_a_file_that_is_open_stays_what_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(KEY);
    LocalFile::write(&path, &numbered(3, 100_000)).unwrap();
    let tensors = SafeTensors::open_file(&path).unwrap();
    LocalFile::write(&path, &numbered(1, 7)).unwrap();
    assert_eq!(
        tensors.get("node2-data").unwrap(),
        Some(bytes(&[2; 100_000]))
    );

    // In place is another matter.
    let tensors = SafeTensors::open_file(&path).unwrap();
    let longer = numbered(3, 100_000);
    std::fs::write(&path, longer.bytes().unwrap()).unwrap();
    assert!(tensors.get("node0-data").is_ok(), "it came with the header");
    let tensors = SafeTensors::open_file(&path).unwrap();
    std::fs::write(&path, numbered(1, 7).bytes().unwrap()).unwrap();
    let error = inside(tensors.get("node2-data"), "node2-data");
    assert!(matches!(error, StoreError::VersionMismatch { .. }));
}

/// The caller's own version of a tensor is that of the file.
#[test]
fn another_version_is_not_handed_out() {
    let tensors = SafeTensors::open(MemoryContainer::new(), KEY);
    assert!(tensors.is_err());
    let memory = MemoryContainer::new();
    put(&memory, numbered(2, 10));
    let tensors = SafeTensors::open(memory, KEY).unwrap();
    let version = tensors.version("node1-data").unwrap();
    let fetch = |version| Fetch::raw("node1-data", None).at_version(version);
    assert_eq!(
        tensors.fetch(&[fetch(version)]).unwrap(),
        [Some(bytes(&[1; 10]))]
    );
    let other = tensors.fetch(&[fetch(Some(Version::new("other")))]);
    assert!(
        matches!(&other, Err(StoreError::VersionMismatch { key, .. }) if key == "node1-data"),
        "{other:?}"
    );
}

/// Answers the first calls from one state and the others from the next, and says which unless it has no versions.
#[derive(Debug)]
struct Changing {
    states: [Buffer; 2],
    after: usize,
    calls: AtomicUsize,
    has_versions: bool,
}

impl Container for Changing {
    fn get(&self, _: &str) -> Result<Option<Buffer>, StoreError> {
        panic!("everything is fetched")
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let state = usize::from(self.calls.fetch_add(1, Ordering::Relaxed) >= self.after);
        let memory = MemoryContainer::new();
        memory.insert(KEY, self.states[state].clone()).unwrap();
        // It labels what it hands out, and leaves it to others to compare.
        let plain = fetches.iter().cloned().map(|fetch| fetch.at_version(None));
        let mut answers = memory.fetch_versioned(&plain.collect::<Vec<_>>(), report)?;
        for fetched in answers.iter_mut().flatten() {
            let version = Version::new(["first", "second"][state]);
            fetched.version = self.has_versions.then_some(version);
        }
        Ok(answers)
    }

    fn profile(&self) -> Profile {
        Profile::MEMORY
    }
}

fn changing(states: [Buffer; 2], after: usize, has_versions: bool) -> Changing {
    Changing {
        states,
        after,
        calls: AtomicUsize::new(0),
        has_versions,
    }
}

#[test]
fn a_container_that_only_labels_is_believed() {
    let both = || [numbered(3, 100), numbered(3, 100)];
    let tensors = SafeTensors::open(changing(both(), 2, true), KEY).unwrap();
    let error = inside(tensors.get("node0-data"), "node0-data");
    assert!(
        matches!(&error, StoreError::VersionMismatch { expected, found: Some(found), .. }
            if expected.as_str() == "first" && found.as_str() == "second"),
        "{error:?}"
    );
    // Without versions nobody can tell.
    let tensors = SafeTensors::open(changing(both(), 2, false), KEY).unwrap();
    assert!(tensors.get("node0-data").is_ok());
}

#[test]
fn between_the_requests_of_opening() {
    let states = || [numbered(1, 100), numbered(30, 100)];
    // The header of the second state is longer than the first said.
    let opened = SafeTensors::open(changing(states(), 1, false), KEY);
    assert_eq!(fault(opened), SafeTensorsFault::Changed);
    // The other way round it is all there, and of the second state alone.
    let states = [numbered(30, 100), numbered(1, 5_000)];
    let tensors = SafeTensors::open(changing(states, 1, false), KEY);
    assert_eq!(tensors.unwrap().layer().keys(), ["node0-data"]);
}
