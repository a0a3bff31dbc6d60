//! The same work done by gawky and by its peers, in turns.
//!
//!     gawky-peers events FILE BYTES    writes nested events as JSON lines
//!     gawky-peers json FILE ROUNDS     reads JSON lines as arrays, and writes them
//!     gawky-peers batches FILE         reads them in batches, and tells how much memory that took
//!
//! Prints processor time, of which a machine that does other things takes nothing away; `compare.py` makes a table of it.

mod events;

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufWriter, Cursor};
use std::sync::Arc;

use arrow_json::ReaderBuilder;
use arrow_json::reader::infer_json_schema;
use gawky::json::{FromJson, ToJson};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["events", file, bytes] => {
            let file = BufWriter::new(File::create(file).unwrap());
            events::write(file, bytes.parse().unwrap()).unwrap();
        }
        ["json", file, rounds] => json(&fs::read(file).unwrap(), rounds.parse().unwrap()),
        ["batches", file] => batches(file),
        _ => panic!("what to do? See the head of main.rs"),
    }
}

/// The processor time of this process, which has one thread, in seconds.
fn processor_time() -> f64 {
    let told = fs::read_to_string("/proc/self/schedstat").unwrap();
    told.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}

fn timed<T>(name: &str, bytes: usize, work: impl FnOnce() -> T) {
    let before = processor_time();
    black_box(work());
    println!("{name}\t{bytes}\t{}", processor_time() - before);
}

fn json(text: &[u8], rounds: usize) {
    let schema = Arc::new(
        infer_json_schema(Cursor::new(text), Some(10_000))
            .unwrap()
            .0,
    );
    let builder = || ReaderBuilder::new(Arc::clone(&schema)).with_batch_size(1 << 14);
    let from = FromJson::new()
        .line_delimited(true)
        .nan_string("nan")
        .posinf_string("inf")
        .neginf_string("-inf");
    let array = from.read_slice(text).unwrap();
    let declared = from.clone().schema(&array.array_type().content).unwrap();
    let to = ToJson::new()
        .nan_string("nan")
        .posinf_string("inf")
        .neginf_string("-inf");
    let size = text.len();
    for _ in 0..rounds {
        timed("read: arrow-json", size, || {
            let batches = builder().build(Cursor::new(text)).unwrap();
            batches
                .map(|batch| batch.unwrap().num_rows())
                .sum::<usize>()
        });
        timed("read: gawky", size, || from.read_slice(text).unwrap());
        timed("read: gawky, with a type", size, || {
            declared.read_slice(text).unwrap()
        });
        timed("read: gawky, in batches", size, || {
            from.batches(text)
                .map(|batch| batch.unwrap().len())
                .sum::<usize>()
        });
        let written = {
            let mut written = Vec::new();
            to.write_lines(&array, &mut written).unwrap();
            written.len()
        };
        timed("write: gawky", written, || {
            let mut out = Vec::new();
            to.write_lines(&array, &mut out).unwrap();
            out
        });
    }
}

fn batches(file: &str) {
    let from = FromJson::new().line_delimited(true);
    let (mut rows, mut count) = (0, 0);
    for batch in from.batches(File::open(file).unwrap()) {
        rows += batch.unwrap().len();
        count += 1;
    }
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    println!("{rows} rows in {count} batches; {peak}");
}
