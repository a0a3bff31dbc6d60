#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests say what is wrong by panicking"
)]

use futures_util::FutureExt;
use gawky_buffer::{Blob, DType, Key};

use super::*;
use crate::safetensors::SafeTensorsWriter;
use crate::{ContainerWrite, MemoryContainer};

/// What was fetched by one call: keys and ranges.
type Call = Vec<(String, Option<Range<u64>>)>;

/// A container that notes what is fetched at once.
#[derive(Default)]
struct Noting {
    inner: MemoryContainer,
    calls: std::sync::Mutex<Vec<Call>>,
}

impl Noting {
    fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }
}

impl Container for Noting {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.inner.get(key)
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let noted = fetches
            .iter()
            .map(|fetch| (fetch.key.to_string(), fetch.range.clone()));
        self.calls.lock().unwrap().push(noted.collect());
        self.inner.fetch_versioned(fetches, report)
    }

    fn profile(&self) -> Profile {
        Profile::REMOTE
    }

    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        self.inner.version(key)
    }
}

fn write(container: &Noting, file: &str, numbers: Vec<i64>) {
    let writer = SafeTensorsWriter::new();
    let name = |name: &str| Key::from(name);
    writer
        .put(Blob::new(
            name("a"),
            DType::Int64,
            Buffer::from_vec(numbers),
        ))
        .unwrap();
    writer
        .put(Blob::new(name("none"), DType::Int64, Buffer::empty()))
        .unwrap();
    container
        .inner
        .put(Blob::new(file, DType::UInt8, writer.finish().unwrap()))
        .unwrap();
}

fn files() -> Noting {
    let container = Noting::default();
    write(&container, "x/p0.safetensors", vec![1, 2, 3]);
    write(&container, "x/p1.safetensors", vec![4, 5]);
    container
        .inner
        .insert("manifest", Buffer::from_vec(vec![7_u8]))
        .unwrap();
    container
}

fn whole(key: &str) -> Fetch {
    Fetch::whole(key, DType::Int64)
}

#[test]
fn keys_lead_into_the_first_file() {
    assert_eq!(
        file_and_tensor("p.safetensors/a"),
        Some(("p.safetensors", "a"))
    );
    assert_eq!(
        file_and_tensor("x/p.safetensors/a/b"),
        Some(("x/p.safetensors", "a/b"))
    );
    assert_eq!(
        file_and_tensor("p.safetensors/q.safetensors/a"),
        Some(("p.safetensors", "q.safetensors/a"))
    );
    for own in ["p.safetensors", "x/p", "safetensors/a", ""] {
        assert_eq!(file_and_tensor(own), None, "{own}");
    }
}

#[test]
fn all_headers_come_together_and_then_all_tensors() {
    let container = files();
    let tensors = SafeTensorsFiles::new(&container);
    let fetches = [
        whole("x/p0.safetensors/a"),
        Fetch::raw("manifest", None),
        Fetch::range("x/p1.safetensors/a", 8..16, DType::Int64),
        whole("x/p0.safetensors/none"),
        whole("x/p0.safetensors/missing"),
        whole("x/p7.safetensors/a"),
        Fetch::range("x/p9.safetensors/a", 5..5, DType::Int64),
    ];
    let answers = tensors.fetch(&fetches).unwrap();
    assert_eq!(
        answers,
        [
            Some(Buffer::from_vec(vec![1_i64, 2, 3])),
            Some(Buffer::from_vec(vec![7_u8])),
            Some(Buffer::from_vec(vec![5_i64])),
            Some(Buffer::empty()),
            None,
            None,
            Some(Buffer::empty()),
        ]
    );
    let calls = container.calls();
    // The lengths of the headers, the headers, the tensors.
    assert_eq!(calls.iter().map(Vec::len).collect::<Vec<_>>(), [3, 2, 3]);
    assert!(calls[0].iter().all(|(_, range)| *range == Some(0..8)));
    // A second time the headers are here.
    tensors.fetch(&fetches[..3]).unwrap();
    assert_eq!(container.calls().len(), 1);
}

#[test]
fn where_the_length_of_headers_is_known_they_take_one_round() {
    let container = files();
    let bytes = container.inner.get("x/p0.safetensors").unwrap().unwrap();
    let header = 8 + u64::from_le_bytes(*bytes.bytes().unwrap().first_chunk().unwrap());
    let tensors = SafeTensorsFiles::new(&container).header_bytes(header);
    let fetches = [whole("x/p0.safetensors/a"), whole("x/p1.safetensors/a")];
    tensors.fetch(&fetches).unwrap();
    let calls = container.calls();
    assert_eq!(calls.len(), 2);
    assert!(calls[0].iter().all(|(_, range)| *range == Some(0..header)));
}

#[test]
fn a_file_that_was_replaced_is_opened_again() {
    let container = files();
    let tensors = SafeTensorsFiles::new(&container);
    let fetch = [whole("x/p0.safetensors/a")];
    tensors.fetch(&fetch).unwrap();
    write(&container, "x/p0.safetensors", vec![8, 9, 10, 11]);
    let now = Buffer::from_vec(vec![8_i64, 9, 10, 11]);
    assert_eq!(tensors.fetch(&fetch).unwrap(), [Some(now)]);
    // Another state than the one that is asked for is refused.
    let old = Version::new("old");
    let error = tensors
        .fetch(&[whole("x/p0.safetensors/a").at_version(Some(old))])
        .unwrap_err();
    assert!(error.is_conflict(), "{error}");
}

#[test]
fn errors_name_the_key_that_was_wanted() {
    let container = files();
    let tensors = SafeTensorsFiles::new(&container);
    let past = Fetch::range("x/p1.safetensors/a", 8..32, DType::Int64);
    for fetch in [past, Fetch::whole("x/p1.safetensors/a", DType::Float32)] {
        let error = tensors
            .fetch(&[whole("x/p0.safetensors/a"), fetch])
            .unwrap_err();
        assert_eq!(error.key(), "x/p1.safetensors/a");
    }
    let whole_file = container.inner.get("x/p1.safetensors").unwrap().unwrap();
    let cut = whole_file.slice(0..whole_file.len() - 8).unwrap();
    container.inner.insert("x/p1.safetensors", cut).unwrap();
    let tensors = SafeTensorsFiles::new(&container);
    let fetches = [whole("x/p0.safetensors/a"), whole("x/p1.safetensors/a")];
    let error = tensors.fetch(&fetches).unwrap_err();
    assert_eq!(error.key(), "x/p1.safetensors/a", "{error}");
    container
        .inner
        .insert("x/p1.safetensors", Buffer::from_vec(vec![1_u8, 2]))
        .unwrap();
    let error = SafeTensorsFiles::new(&container)
        .fetch(&fetches)
        .unwrap_err();
    assert_eq!(error.key(), "x/p1.safetensors/a", "{error}");
}

#[test]
fn sizes_are_known_once_a_file_is_open() {
    let container = files();
    let tensors = SafeTensorsFiles::new(&container);
    assert_eq!(tensors.known_size("x/p0.safetensors/a"), None);
    assert_eq!(tensors.size("x/p0.safetensors/a").unwrap(), Some(24));
    assert_eq!(tensors.known_size("x/p0.safetensors/a"), Some(24));
    assert_eq!(tensors.size("x/p7.safetensors/a").unwrap(), None);
    assert_eq!(tensors.size("manifest").unwrap(), Some(1));
    assert!(tensors.version("x/p0.safetensors/a").unwrap().is_some());
    assert_eq!(tensors.version("x/p0.safetensors/b").unwrap(), None);
}

/// A container that answers by futures.
struct ByFutures(MemoryContainer);

#[async_trait]
impl AsyncContainer for ByFutures {
    async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.0.get(key)
    }

    async fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        self.0.version(key)
    }
}

#[test]
fn futures_are_answered_the_same() {
    let there = Buffer::from_vec(vec![1_i64, 2, 3]);
    let tensors = SafeTensorsFiles::new(ByFutures(files().inner));
    let asking = async {
        let a = "x/p0.safetensors/a";
        assert_eq!(tensors.size(a).await.unwrap(), Some(24));
        let keys = [a, "x/p7.safetensors/a", "manifest"].map(Key::from);
        let sizes = tensors.sizes(&keys).await.unwrap();
        assert_eq!(sizes, [Some(24), None, Some(1)]);
        assert_eq!(tensors.get(a).await.unwrap(), Some(there.clone()));
        let part = tensors.get_range(a, 8..16).await.unwrap();
        assert_eq!(part, Some(there.slice(8..16).unwrap()));
        assert_eq!(tensors.get("x/p0.safetensors/b").await.unwrap(), None);
        assert_eq!(tensors.known_size(a), Some(24));
        assert!(tensors.version(a).await.unwrap().is_some());
        let missing = tensors.version("x/p0.safetensors/b").await;
        assert_eq!(missing.unwrap(), None);
        assert_eq!(tensors.get("manifest").await.unwrap().unwrap().len(), 1);
    };
    assert_eq!(asking.now_or_never(), Some(()));
}

/// Whether a read of a tensor asks for the header of its file, too.
fn opens<C: Container>(tensors: &SafeTensorsFiles<C>, container: &Noting, file: &str) -> bool {
    drop(tensors.fetch(&[whole(&format!("x/{file}.safetensors/a"))]));
    let calls = container.calls();
    let mut ranges = calls.iter().flatten().map(|(_, range)| range.as_ref());
    ranges.any(|range| range.is_none_or(|range| range.start == 0))
}

#[test]
fn only_so_many_bytes_of_headers_are_kept() {
    let container = files();
    write(&container, "x/p2.safetensors", vec![6]);
    // Of two tensors a header takes between 700 and 900 bytes.
    for (capacity, kept) in [(0, 0), (1_300, 1), (2_000, 2), (1 << 20, 3)] {
        let tensors = SafeTensorsFiles::new(&container).with_capacity(capacity);
        let opens = |file: &str| opens(&tensors, &container, file);
        assert_eq!(["p0", "p1", "p2"].map(opens), [true; 3]);
        // The one that was used longest ago has made room.
        let files = ["p2", "p1", "p0"].map(opens);
        let expected = [0, 1, 2].map(|newer| newer >= kept);
        assert_eq!(files, expected, "{capacity} bytes");
    }
}

#[test]
fn the_header_of_a_file_that_was_spoiled_is_forgotten() {
    let container = files();
    let tensors = SafeTensorsFiles::new(&container);
    assert!(opens(&tensors, &container, "p0"));
    let garbage = Buffer::copied_from(&[0xFF; 100]);
    let file = Blob::new("x/p0.safetensors", DType::UInt8, garbage);
    container.inner.put(file).unwrap();
    // What was read before is asked for first, and then not any more.
    let calls = || {
        tensors.fetch(&[whole("x/p0.safetensors/a")]).unwrap_err();
        container.calls().len()
    };
    let (first, second) = (calls(), calls());
    assert_eq!(first, second + 1);
}
