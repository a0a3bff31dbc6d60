//! Arrays in safetensors files.

#![cfg(feature = "safetensors")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests say what is wrong by panicking, and what is missing by printing"
)]

use std::path::{Path, PathBuf};

use futures_util::FutureExt;
use gawky::prelude::*;
use gawky::safetensors::{SafeTensorsArray, ToSafeTensors};
use gawky::store::safetensors::{SafeTensors, SafeTensorsWriter};
use gawky::store::{
    AsyncContainer, AsyncContainerWrite, Blob, Fetch, FetchReport, Fetched, LocalFile, Profile,
    StoreError, async_trait,
};
use gawky_buffer::{TimeUnit, Unit};
use gawky_testkit::containers::CountingContainer;

const KEY: &str = "events.safetensors";

fn list(offsets: Vec<i64>, content: Array) -> Array {
    Array::from(ListOffsetArray::try_new(offsets.into(), content, Parameters::none()).unwrap())
}

/// `{x: var * int64, y: {z: var * var * float64}}`, as of HARD 10, of three rows.
fn events() -> Array {
    let x = list(
        vec![0, 2, 2, 3],
        NumpyArray::from_vec(vec![1_i64, 2, 3]).into(),
    );
    let z = NumpyArray::from_vec(vec![1.5_f64, 2.5, 3.5, 4.5]).into();
    let z = list(vec![0, 1, 2, 4], list(vec![0, 2, 2, 3, 4], z));
    let y = Array::from(RecordArray::from_fields([("z", z)]));
    RecordArray::from_fields([("x", x), ("y", y)]).into()
}

#[test]
fn there_and_back_again() {
    let (array, memory) = (events(), MemoryContainer::new());
    gawky::to_safetensors(&array, &memory, KEY).unwrap();
    assert_eq!(gawky::from_safetensors(&memory, KEY).unwrap(), array);

    let file = SafeTensorsArray::open(&memory, KEY).unwrap();
    assert_eq!((file.len(), file.is_empty()), (3, false));
    assert_eq!(file.form().without_form_keys(), array.form());
    assert_eq!(file.metadata()["length"], "3");
    let json = file.form().to_json(gawky::form::Dialect::V2, true).unwrap();
    assert_eq!(file.metadata()["form"], json, "as Awkward spells it");
    let rows = file.reader().rows(1..3).read(file.tensors()).unwrap();
    assert_eq!(rows, array.slice(1..3).unwrap().pack().unwrap());

    let bytes = memory.get(KEY).unwrap().unwrap();
    let file = SafeTensorsArray::from_buffer(bytes.clone()).unwrap();
    assert_eq!(file.read().unwrap(), array);
    assert_eq!(ToSafeTensors::new(&array).to_buffer().unwrap(), bytes);
}

#[test]
fn on_paths() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("50% more.safetensors");
    let array = events();
    let (form, length) = ToSafeTensors::new(&array).write_file(&path).unwrap();
    let file = SafeTensorsArray::open_file(&path).unwrap();
    assert_eq!((file.form(), file.len()), (&form, length as u64));
    assert_eq!(file.read().unwrap(), array);
    // SAFETY: nothing changes the file in place.
    #[allow(unsafe_code, reason = "choosing memory maps is unsafe")]
    let mapped = unsafe { SafeTensorsArray::open_mapped(&path) }.unwrap();
    let read = mapped.read().unwrap();
    let file_of_map = mapped.tensors().inner().map().unwrap().bytes;
    drop(mapped);
    assert_eq!(read, array);
    let Array::Record(record) = &read else {
        panic!("{read}")
    };
    let Array::ListOffset(x) = &record.contents()[0] else {
        panic!("{read}")
    };
    let Array::Numpy(numbers) = x.content() else {
        panic!("{read}")
    };
    let address = numbers.data().address();
    let map = file_of_map.address()..file_of_map.address() + file_of_map.len();
    assert!(map.contains(&address), "nothing is copied");
}

/// A blocking container by futures.
struct Later<C>(C);

#[async_trait]
impl<C: Container> AsyncContainer for Later<C> {
    async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.0.get(key)
    }
}

#[async_trait]
impl<C: ContainerWrite> AsyncContainerWrite for Later<C> {
    async fn put(&self, blob: Blob) -> Result<(), StoreError> {
        self.0.put(blob)
    }
}

#[test]
fn without_blocking() {
    let (array, later) = (events(), Later(MemoryContainer::new()));
    let written = gawky::to_safetensors_async(&array, &later, KEY).now_or_never();
    written.unwrap().unwrap();
    let read = gawky::from_safetensors_async(&later, KEY).now_or_never();
    assert_eq!(read.unwrap().unwrap(), array);
    let missing = gawky::from_safetensors_async(&later, "x").now_or_never();
    assert!(missing.unwrap().is_err());
}

#[test]
fn other_names_and_not_packed() {
    let array = events().slice(1..3).unwrap();
    let memory = MemoryContainer::new();
    let writer = ToBuffers::new(&array)
        .key_format("run7/{form_key}.{attribute}")
        .unwrap()
        .form_key("n{id}")
        .unwrap();
    let (form, _) = ToSafeTensors::of(writer).write(&memory, KEY).unwrap();
    assert_eq!(form.form_key(), Some("n0"));
    let file = SafeTensorsArray::open(&memory, KEY).unwrap();
    let keys = file.tensors().layer().keys();
    assert!(keys.contains(&"run7/n1.offsets"), "{keys:?}");
    assert!(
        file.read().is_err(),
        "under the usual names nothing is found"
    );
    let reader = file
        .reader()
        .key_format("run7/{form_key}.{attribute}")
        .unwrap();
    assert_eq!(reader.read(file.tensors()).unwrap(), array);
    // Packed, it has no more than its rows.
    let packed = ToSafeTensors::new(&array).to_buffer().unwrap();
    assert!(packed.len() < memory.get(KEY).unwrap().unwrap().len());
}

#[test]
fn every_dtype() {
    let tick = TimeUnit::new(15, Unit::Microsecond).unwrap();
    let times = [DType::DateTime64(tick), DType::TimeDelta64(tick)];
    for dtype in DType::TIMELESS.into_iter().chain(times) {
        for length in [0, 3] {
            let bytes: Vec<u8> = (1..)
                .take(length * dtype.itemsize())
                .map(|n| n & 1)
                .collect();
            let data = Buffer::copied_from(&bytes);
            let array = Array::from(
                NumpyArray::try_new(data, dtype, [].into(), length, Parameters::none()).unwrap(),
            );
            let memory = MemoryContainer::new();
            gawky::to_safetensors(&array, &memory, KEY).unwrap();
            let read = gawky::from_safetensors(&memory, KEY).unwrap();
            assert_eq!(read, array, "{length} of {dtype}");
        }
    }
}

/// HARD 1: nothing that has no bytes loses its length.
#[test]
fn zero_width() {
    let nothing = || {
        Array::from(RecordArray::try_new(Some([].into()), vec![], 3, Parameters::none()).unwrap())
    };
    for array in [
        nothing(),
        list(vec![0, 2, 3], nothing()),
        Array::from(EmptyArray),
        list(vec![0], EmptyArray.into()),
        Array::from(RegularArray::try_new(nothing(), 0, 3, Parameters::none()).unwrap()),
    ] {
        let file = ToSafeTensors::new(&array).to_buffer().unwrap();
        let read = SafeTensorsArray::from_buffer(file).unwrap().read().unwrap();
        assert_eq!(read.to_string(), array.to_string());
    }
}

/// HARD 10: what is not wanted is not read.
#[test]
fn touch_counts() {
    let memory = MemoryContainer::new();
    gawky::to_safetensors(&events(), &memory, KEY).unwrap();
    let size = memory.size(KEY).unwrap().unwrap();
    let counting = CountingContainer::new(memory);
    let file = SafeTensorsArray::open(&counting, KEY).unwrap();
    let opening = counting.reset();
    let index = file.tensors().layer();
    let data: u64 = index
        .keys()
        .iter()
        .map(|key| file.tensors().size(key).unwrap().unwrap())
        .sum();
    assert_eq!(
        (opening.requests, opening.bytes),
        (2, 8 + size - data),
        "length, then header"
    );

    let _ = (
        file.len(),
        file.form(),
        file.metadata(),
        format!("{file:?}"),
    );
    assert_eq!(counting.counts().requests, 0);

    let all = file.read().unwrap();
    assert_eq!(all, events());
    let whole = counting.reset();
    assert_eq!((whole.calls, whole.requests, whole.bytes), (1, 5, data));

    let form = file.form().select("x").unwrap();
    FromBuffers::new(&form, 3)
        .rows(2..3)
        .read(file.tensors())
        .unwrap();
    let rows = counting.reset();
    assert_eq!(
        (rows.calls, rows.requests, rows.bytes),
        (1, 2, 4 * 8 + 3 * 8),
        "the header says that they are small, so both come whole, and at once"
    );
}

/// HARD 7: a tensor that contradicts the form is an error, that names both.
#[test]
fn dtypes_that_contradict() {
    let array = Array::from(NumpyArray::from_vec(vec![1_i64, 2, 3]));
    let (form, _) = gawky::to_buffers(&array, &MemoryContainer::new()).unwrap();
    let file = |dtype: DType, len: usize| {
        let writer = SafeTensorsWriter::new();
        let bytes = Buffer::from_vec(vec![0_u8; len]);
        writer.put(Blob::new("node0-data", dtype, bytes)).unwrap();
        SafeTensors::from_buffer(writer.finish().unwrap()).unwrap()
    };
    let read = |dtype, len| gawky::from_buffers(&form, 3_u64, &file(dtype, len));
    for dtype in [DType::Float64, DType::UInt64, DType::Float32, DType::Bool] {
        let message = read(dtype, 24).unwrap_err().to_string();
        let expected = format!("\"node0-data\" holds {dtype} but int64 is wanted");
        assert!(message.contains(&expected), "{message}");
    }
    // Bytes, and more of them than needed.
    assert!(read(DType::UInt8, 29).is_ok());
    assert!(read(DType::Int64, 32).is_ok());
    for dtype in [DType::UInt8, DType::Int64] {
        let message = read(dtype, 16).unwrap_err().to_string();
        assert!(
            message.contains("node0-data") && message.contains("24"),
            "{message}"
        );
    }
}

#[test]
fn big_endian_is_refused_and_what_awkward_left_so_is_read() {
    let array = Array::from(NumpyArray::from_vec(vec![1_i64, 2, 3]));
    let big = ToBuffers::new(&array).byteorder(ByteOrder::Big);
    let message = ToSafeTensors::of(big).to_buffer().unwrap_err().to_string();
    assert!(message.contains("big-endian"), "{message}");

    // As `ak.to_safetensors(array, path, byteorder=">")` does.
    let (form, _) = gawky::to_buffers(&array, &MemoryContainer::new()).unwrap();
    let bytes = [1_i64, 2, 3].map(i64::to_be_bytes).concat();
    let writer = SafeTensorsWriter::new();
    writer
        .put(Blob::new(
            "node0-data",
            DType::Int64,
            Buffer::from_vec(bytes),
        ))
        .unwrap();
    let json = form.to_json(gawky::form::Dialect::V2, true).unwrap();
    let writer = writer
        .with_metadata("form", json)
        .with_metadata("length", "3");
    let file = SafeTensorsArray::from_buffer(writer.finish().unwrap()).unwrap();
    let reader = file.reader().byteorder(ByteOrder::Big);
    assert_eq!(reader.read(file.tensors()).unwrap(), array);
}

#[test]
fn files_without_an_array_say_what_they_lack() {
    let open = |metadata: &[(&str, &str)]| {
        let mut writer = SafeTensorsWriter::new();
        for (name, text) in metadata {
            writer = writer.with_metadata(*name, *text);
        }
        let memory = MemoryContainer::new();
        writer.write(&memory, KEY).unwrap();
        SafeTensorsArray::open(memory, KEY).unwrap_err().to_string()
    };
    let form = ("form", "\"int64\"");
    for (metadata, expected) in [
        (
            &[][..],
            "\"events.safetensors\" holds no array: its metadata has no \"form\"; open it as SafeTensors, and give \
             form and length to from_buffers",
        ),
        (
            &[form],
            "\"events.safetensors\" holds no array: its metadata has no \"length\"; open it as SafeTensors, and \
             give form and length to from_buffers",
        ),
        (
            &[form, ("length", "-1")],
            "\"events.safetensors\" holds no array: the length in its metadata, \"-1\", is no number of rows",
        ),
    ] {
        assert_eq!(open(metadata), expected);
    }
    let message = open(&[("form", "{"), ("length", "1")]);
    assert!(
        message.starts_with("\"events.safetensors\" holds no array: "),
        "{message}"
    );
    let missing = gawky::from_safetensors(&MemoryContainer::new(), KEY);
    assert!(
        missing
            .unwrap_err()
            .to_string()
            .contains("there is no \"events.safetensors\"")
    );
}

/// HARD 5: a file that keeps no alignment is read right, with one counted copy.
#[test]
fn misaligned_by_an_odd_tensor() {
    let form = r#"{"class": "RecordArray", "fields": ["a", "b", "c"], "contents": ["uint8", "int64", "float64"]}"#;
    let form: Form = form.parse().unwrap();
    let form = form.with_form_keys(&FormKeyFormat::default(), 0).unwrap();
    let header = br#"{"node1-data":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"node2-data":{"dtype":"I64","shape":[1],"data_offsets":[1,9]},"node3-data":{"dtype":"F64","shape":[0],"data_offsets":[9,9]}}"#;
    let padded = header.len().next_multiple_of(8);
    let mut file = (padded as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header);
    file.resize(8 + padded, b' ');
    file.push(7);
    file.extend_from_slice(&(-5_i64).to_le_bytes());
    let tensors = SafeTensors::from_buffer(Buffer::copied_from(&file)).unwrap();
    let message = gawky::from_buffers(&form, 1_u64, &tensors)
        .unwrap_err()
        .to_string();
    assert!(message.contains("node3-data"), "{message}");
    let form = form.select(["a", "b"]).unwrap();
    let (array, report) = FromBuffers::new(&form, 1)
        .read_with_report(&tensors)
        .unwrap();
    assert_eq!(array.value().unwrap().to_string(), "[{a: 7, b: -5}]");
    assert_eq!(report.copies, 1);
}

/// A container that calls itself remote.
struct Remote<C>(C);

impl<C: Container> Container for Remote<C> {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.0.get(key)
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        self.0.fetch_versioned(fetches, report)
    }

    fn profile(&self) -> Profile {
        Profile::REMOTE
    }
}

/// A file of the real data, if it is here.
fn real(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("GAWKY_REAL_DATA").unwrap_or_else(|| "../shared/real".into());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join(folder).join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("real data absent: skipped ({name})");
    None
}

#[test]
fn real_events() {
    let Some(path) = real("nanoaod.safetensors") else {
        return;
    };
    let file = SafeTensorsArray::open_file(&path).unwrap();
    let index = file.tensors().layer();
    assert_eq!((file.len(), index.len()), (200, 1_291));
    assert_eq!(index.file_size(), std::fs::metadata(&path).unwrap().len());
    let opening = index.opening();
    assert_eq!((opening.requests, opening.bytes), (2, 4_096 + 8 + 283_880));
    let (events, report) = file.reader().read_with_report(file.tensors()).unwrap();
    assert_eq!(report.fetches, 1_291);
    // SAFETY: nothing changes the file.
    #[allow(unsafe_code, reason = "choosing memory maps is unsafe")]
    let mapped = unsafe { SafeTensorsArray::open_mapped(&path) }.unwrap();
    let (shared, report) = mapped.reader().read_with_report(mapped.tensors()).unwrap();
    assert_eq!(report.copies, 0, "it is aligned as it lies");
    assert_eq!(shared, events);

    // Written again it is read again, and opens with the same form.
    let again = ToSafeTensors::new(&events).to_buffer().unwrap();
    let again = SafeTensorsArray::from_buffer(again).unwrap();
    assert!(again.read().unwrap().equal_values(&events, true).unwrap());

    // Behind a network one request opens it, and one more reads whatever columns are wanted.
    let memory = MemoryContainer::new();
    let bytes = std::fs::read(&path).unwrap();
    memory.insert(KEY, Buffer::copied_from(&bytes)).unwrap();
    let remote = CountingContainer::new(Remote(memory));
    let file = SafeTensorsArray::open(&remote, KEY).unwrap();
    assert_eq!(remote.counts().calls, 1);
    let columns = ["Muon_pt", "Electron_eta", "MET_pt"];
    let form = file.form().select(columns).unwrap();
    let some = gawky::from_buffers(&form, 200_u64, file.tensors()).unwrap();
    assert!(remote.counts().calls <= 2, "{:?}", remote.counts());
    for column in columns {
        let expected = events.field(column).unwrap();
        assert!(
            some.field(column)
                .unwrap()
                .equal_values(&expected, true)
                .unwrap()
        );
    }

    // Some columns and rows of it, from a folder.
    let folder = Directory::open(path.parent().unwrap()).unwrap();
    let counting = CountingContainer::new(folder);
    let file = SafeTensorsArray::open(&counting, "nanoaod.safetensors").unwrap();
    counting.reset();
    let form = file.form().select("Muon_pt").unwrap();
    FromBuffers::new(&form, 200)
        .rows(100..110)
        .read(file.tensors())
        .unwrap();
    let counts = counting.counts();
    assert!(counts.calls == 1 && counts.bytes < 2_000, "{counts:?}");
}

#[test]
fn a_file_replaced_after_it_was_opened() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::open(folder.path()).unwrap();
    let numbers = |first: i64| {
        Array::from(NumpyArray::from_vec(
            (first..first + 5_000).collect::<Vec<_>>(),
        ))
    };
    gawky::to_safetensors(&numbers(0), &directory, KEY).unwrap();
    let file = SafeTensorsArray::open(&directory, KEY).unwrap();
    let by_path = SafeTensorsArray::open_file(folder.path().join(KEY)).unwrap();
    gawky::to_safetensors(&numbers(7), &directory, KEY).unwrap();
    let message = file.read().unwrap_err().to_string();
    assert!(message.contains("is no longer at version"), "{message}");
    assert_eq!(
        by_path.read().unwrap(),
        numbers(0),
        "the open file is the old one"
    );
    assert!(LocalFile::open(folder.path()).is_err());
}
