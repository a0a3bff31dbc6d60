//! Work on the hot paths, to be counted in instructions: `scripts/counts` runs each piece of it under callgrind.
//!
//!     gawky-counts NAME...
//!
//! Each piece is set up, done once so that what is made only once is there, and done again inside [`counted`], the
//! function whose instructions count. Without a name all names are printed. Everything is made up and the same in each run, in
//! memory but for folders, on one thread. What the kernel does for folders does not count.

use std::any::Any;
use std::cell::Cell;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gawky::dataset::{CreateDataset, Packing};
use gawky::form::{Dialect, Type};
use gawky::json::{FromJson, ToJson};
use gawky::prelude::*;
use gawky::safetensors::{SafeTensorsArray, ToSafeTensors};
use serde::{Deserialize, Serialize};

type Work = Box<dyn Fn() -> Box<dyn Any>>;

/// Callgrind collects while this is on the stack (`--toggle-collect`).
#[inline(never)]
fn counted(work: &Work) -> Box<dyn Any> {
    black_box(work())
}

fn work<T: 'static>(work: impl Fn() -> T + 'static) -> Work {
    Box::new(move || Box::new(work()))
}

/// The name of a piece of work, and how it is set up.
const WORKS: &[(&str, fn() -> Work)] = &[
    ("form/from_json", || {
        let json = form().to_json(Dialect::V2, true).unwrap();
        work(move || Form::from_json(&json).unwrap())
    }),
    ("form/to_json", || {
        let form = form();
        work(move || form.to_json(Dialect::V2, true).unwrap())
    }),
    ("form/type", || {
        let form = form();
        work(move || form.type_().to_string())
    }),
    ("form/from_datashape", || {
        let datashape = form().type_().to_string();
        work(move || Type::from_datashape(&datashape).unwrap())
    }),
    ("verbs/from_buffers", || {
        let (form, length, memory) = buffers();
        work(move || gawky::from_buffers(&form, length, &memory).unwrap())
    }),
    ("verbs/from_buffers_trusting", || {
        let (form, length, memory) = buffers();
        work(move || {
            // SAFETY: gawky has just written these buffers.
            let trusting = unsafe { FromBuffers::new(&form, length).trusting() };
            trusting.read(&memory).unwrap()
        })
    }),
    ("verbs/from_buffers_rows", || {
        let (form, length, memory) = buffers();
        work(move || {
            let rows = FromBuffers::new(&form, length).rows(80..120);
            rows.read(&memory).unwrap()
        })
    }),
    ("verbs/to_buffers", || {
        let array = columns();
        work(move || {
            let memory = MemoryContainer::new();
            gawky::to_buffers(&array, &memory).unwrap();
            memory
        })
    }),
    ("array/prove_offsets", || {
        let offsets: Index = (0..=1_000_000).collect::<Vec<i64>>().into();
        let content = Array::from(NumpyArray::from_vec(vec![0_u8; 1_000_000]));
        work(move || {
            ListOffsetArray::try_new(offsets.clone(), content.clone(), Parameters::none()).unwrap()
        })
    }),
    ("array/pack", || {
        let array = events().slice(1_000..9_000).unwrap();
        work(move || array.pack().unwrap())
    }),
    ("array/take", || {
        let (array, rows) = (events(), scattered_rows().collect::<Vec<_>>());
        work(move || array.take(&rows).unwrap())
    }),
    ("array/concatenate", || {
        let array = events();
        let parts: Vec<Array> = (0..8).map(|_| array.clone()).collect();
        work(move || Array::concatenate(&parts).unwrap())
    }),
    ("array/equal_values", || {
        let array = events();
        let other = array.pack().unwrap();
        work(move || array.equal_values(&other, true).unwrap())
    }),
    ("lazy/open_two_columns", || {
        let place = dataset(Packing::Blobs, &columns());
        work(move || {
            let lazy = LazyArray::open_in(Arc::clone(&place), COLUMNS).unwrap();
            lazy.read().unwrap()
        })
    }),
    ("lazy/open_two_columns_safetensors", || {
        let place = dataset(Packing::Safetensors, &columns());
        work(move || {
            let lazy = LazyArray::open_in(Arc::clone(&place), COLUMNS).unwrap();
            lazy.read().unwrap()
        })
    }),
    ("dataset/open", || {
        let place = dataset(Packing::Blobs, &columns());
        work(move || Dataset::open_in(Arc::clone(&place)).unwrap())
    }),
    ("directory/open", || {
        let folder = Folder::new("open");
        write_into(&folder.0, &columns());
        work(move || Dataset::open_in(Directory::open(&folder.0).unwrap()).unwrap())
    }),
    ("directory/write", || {
        let (folder, array) = (Folder::new("write"), columns());
        let times = Cell::new(0);
        work(move || {
            times.set(times.get() + 1);
            write_into(&folder.0.join(times.get().to_string()), &array);
        })
    }),
    ("dataset/write_safetensors", || {
        let array = columns();
        work(move || dataset(Packing::Safetensors, &array))
    }),
    ("lazy/rows", || {
        let place = dataset(Packing::Blobs, &events());
        let lazy = LazyArray::open_in(place, ["muons", "met"]).unwrap();
        work(move || lazy.rows(5_000..5_100).unwrap().read().unwrap())
    }),
    ("lazy/take", || {
        let place = dataset(Packing::Blobs, &events());
        let lazy = LazyArray::open_in(place, ["muons", "met"]).unwrap();
        let rows: Vec<u64> = scattered_rows().map(|row| row as u64).collect();
        work(move || lazy.take(&rows).unwrap())
    }),
    ("safetensors/open_and_read", || {
        let file = ToSafeTensors::new(&columns()).to_buffer().unwrap();
        let memory = Arc::new(MemoryContainer::new());
        memory.insert("file", file).unwrap();
        work(move || {
            let file = SafeTensorsArray::open(Arc::clone(&memory), "file").unwrap();
            file.read().unwrap()
        })
    }),
    ("safetensors/write", || {
        let array = columns();
        work(move || ToSafeTensors::new(&array).to_buffer().unwrap())
    }),
    ("json/read_lines", || {
        let lines = lines();
        let from = FromJson::new().line_delimited(true);
        work(move || from.read_slice(&lines).unwrap())
    }),
    ("json/read_lines_typed", || {
        let lines = lines();
        let from = FromJson::new().line_delimited(true);
        let known = from.read_slice(&lines).unwrap().array_type().content;
        let from = from.schema(&known).unwrap();
        work(move || from.read_slice(&lines).unwrap())
    }),
    ("json/write_lines", || {
        let array = events();
        work(move || written(&array))
    }),
    ("json/write_flat", || {
        let array = flat();
        work(move || written(&array))
    }),
    ("json/write_deep", || {
        let array = deep();
        work(move || written(&array))
    }),
    ("rows/from_rows", || {
        let rows = rows();
        work(move || Array::from_rows(&rows).unwrap())
    }),
    ("rows/to_rows", || {
        let array = Array::from_rows(&rows()).unwrap();
        work(move || array.to_rows::<Event>().unwrap())
    }),
    ("arrow/to_batch", || {
        let array = columns();
        work(move || gawky::arrow::to_record_batch(&array).unwrap())
    }),
    ("arrow/from_batch", || {
        let batch = gawky::arrow::to_record_batch(&columns()).unwrap();
        work(move || gawky::arrow::from_record_batch(&batch).unwrap())
    }),
];

const COLUMNS: [&str; 2] = ["field100", "field500"];

/// 200 rows of 947 columns, of which 4 in 11 are lists.
fn columns() -> Array {
    let fields = (0..947).map(|number| {
        let numbers = Array::from(NumpyArray::from_vec(vec![1.5_f32; 400]));
        let column = if number % 11 < 4 {
            let offsets: Vec<i64> = (0..=200).map(|row| row * 2).collect();
            let lists = ListOffsetArray::try_new(offsets.into(), numbers, Parameters::none());
            lists.unwrap().into()
        } else {
            numbers
        };
        (format!("field{number}"), column)
    });
    let record = Array::from(RecordArray::from_fields(fields));
    record.slice(0..200).unwrap()
}

fn buffers() -> (Form, usize, MemoryContainer) {
    let memory = MemoryContainer::new();
    let (form, length) = gawky::to_buffers(&columns(), &memory).unwrap();
    (form, length, memory)
}

fn form() -> Form {
    buffers().0
}

#[derive(Serialize, Deserialize)]
struct Event {
    run: u32,
    met: f64,
    trigger: String,
    vertex: Option<f32>,
    muons: Vec<Muon>,
}

#[derive(Serialize, Deserialize)]
struct Muon {
    pt: f32,
    charge: i8,
    isolated: bool,
}

/// 10,000 events with 0 to 4 muons each.
fn rows() -> Vec<Event> {
    (0..10_000_u32)
        .map(|number| Event {
            run: number / 100,
            met: f64::from(number % 977) * 0.37,
            trigger: format!("HLT_{}", number % 13),
            vertex: (number % 3 > 0).then_some(f32::from(number as u8) / 7.0),
            muons: (0..number % 5)
                .map(|muon| Muon {
                    pt: (number * 7 + muon) as f32 * 0.01,
                    charge: if muon % 2 == 0 { 1 } else { -1 },
                    isolated: muon % 3 == 0,
                })
                .collect(),
        })
        .collect()
}

fn events() -> Array {
    Array::from_rows(&rows()).unwrap()
}

fn lines() -> Vec<u8> {
    written(&events())
}

fn written(array: &Array) -> Vec<u8> {
    let mut lines = Vec::new();
    ToJson::new().write_lines(array, &mut lines).unwrap();
    lines
}

/// 2,000 rows of 20 columns of numbers.
fn flat() -> Array {
    let rows = || 0..2_000_i32;
    let fields = ('a'..='t').zip(0_i32..).map(|(name, number)| {
        let part = move |row: i32| f64::from((row * 7_919 + number) % 10_007) / 10_007.0;
        let column = match number % 5 {
            0 => NumpyArray::from_vec(rows().map(part).collect()),
            1 => NumpyArray::from_vec(rows().map(|row| part(row) as f32).collect()),
            2 => NumpyArray::from_vec(rows().map(|row| i64::from(row) * 7).collect()),
            3 => NumpyArray::from_vec(rows().map(|row| row * 523).collect()),
            _ => NumpyArray::from_vec(rows().map(|row| (row % 200) as u8).collect()),
        };
        (name.to_string(), column.into())
    });
    RecordArray::from_fields(fields).into()
}

/// 2,000 rows of lists of at most two lists each, 12 deep, beside records of records.
fn deep() -> Array {
    let numbers = |rows: i32| NumpyArray::from_vec((0..rows).map(|row| row % 1_000).collect());
    let mut lengths = vec![2_000];
    let mut levels = Vec::new();
    for _ in 0..12 {
        let mut offsets = vec![0_i64];
        for list in 0..lengths[lengths.len() - 1] {
            offsets.push(offsets[offsets.len() - 1] + [0, 1, 1, 1, 1, 2, 2][list as usize % 7]);
        }
        lengths.push(offsets[offsets.len() - 1] as i32);
        levels.push(offsets);
    }
    let mut lists = Array::from(numbers(lengths[lengths.len() - 1]));
    for offsets in levels.into_iter().rev() {
        let level = ListOffsetArray::try_new(offsets.into(), lists, Parameters::none());
        lists = level.unwrap().into();
    }
    let mut records = Array::from(numbers(2_000));
    for _ in 0..12 {
        records = RecordArray::from_fields([("in", records)]).into();
    }
    RecordArray::from_fields([("lists", lists), ("records", records)]).into()
}

/// A thousand of ten thousand rows, in order.
fn scattered_rows() -> impl Iterator<Item = usize> {
    (0..1_000).map(|number| number * 10 + number * number % 7)
}

fn dataset(packing: Packing, array: &Array) -> Arc<MemoryContainer> {
    let memory = Arc::new(MemoryContainer::new());
    let create = CreateDataset::new().packing(packing);
    create
        .create_in(Arc::clone(&memory))
        .unwrap()
        .append(array)
        .unwrap();
    memory
}

/// A folder that goes away.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("gawky-counts-{name}-{}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A new dataset in a folder, with an array as its partition, by one thread.
fn write_into(folder: &Path, array: &Array) {
    let container = Directory::create(folder).unwrap().threads(1);
    let mut dataset = CreateDataset::new().create_in(container).unwrap();
    dataset.append(array).unwrap();
}

fn main() {
    let named: Vec<String> = std::env::args().skip(1).collect();
    if named.is_empty() {
        for (name, _) in WORKS {
            println!("{name}");
        }
    }
    for name in named {
        let (_, set_up) = WORKS
            .iter()
            .find(|(known, _)| *known == name)
            .unwrap_or_else(|| {
                panic!("{name} is no work; without arguments the names are printed")
            });
        let work = set_up();
        drop(work());
        drop(counted(&work));
    }
}
