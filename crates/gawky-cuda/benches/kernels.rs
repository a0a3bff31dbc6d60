//! What a device computes, beside a copy within its memory in the same run.
//!
//! `GAWKY_BENCH_BYTES` names other sizes than 1 GiB, as `65536,262144`, and `GAWKY_BENCH_ROUNDS` how often each is timed:
//! by turns, and medians count. Bandwidth is all that is read and written in a second; a copy reads and writes each byte.
//! Every line that starts with `|` is a row for the table of `scripts/gpu-check`: what was measured, how much, what is
//! wanted, and whether it is so.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark fails by panicking, and prints what it has measured"
)]

use gawky_buffer::{Buffer, BufferError, DType, Kernels};
use gawky_cuda::CudaDevice;
use gawky_cuda::cudarc::driver::sys::CUevent_flags;

/// How often each is done between two events. What is allocated for one is there for the next.
const AT_ONCE: usize = 8;

fn main() {
    // `cargo test` runs benchmarks too, without this.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let device = CudaDevice::new(0).unwrap();
    for bytes in sizes() {
        measure(&device, bytes / 16 * 16);
    }
}

fn sizes() -> Vec<usize> {
    let sizes = std::env::var("GAWKY_BENCH_BYTES").unwrap_or_default();
    match sizes.as_str() {
        "" => vec![1 << 30],
        sizes => sizes.split(',').map(|size| size.parse().unwrap()).collect(),
    }
}

fn rounds() -> usize {
    let rounds = std::env::var("GAWKY_BENCH_ROUNDS");
    rounds.map_or(11, |rounds| rounds.parse().unwrap())
}

/// Something that is measured: how many bytes it reads and writes, and whether the copy's bandwidth is its measure.
struct Work<'a> {
    what: &'static str,
    bytes: usize,
    wanted: bool,
    run: Box<dyn Fn() -> Result<Buffer, BufferError> + 'a>,
}

fn measure(device: &CudaDevice, bytes: usize) {
    let source = device.counting(1, bytes / 8).unwrap();
    let half = source.slice(0..bytes / 2).unwrap();
    let eighth = source.slice(0..bytes / 8).unwrap();
    let work = |what, bytes, wanted, run| Work {
        what,
        bytes,
        wanted,
        run,
    };
    let cast = |what, from, to: DType| {
        // As many elements as take so many bytes on the wider side.
        let elements = bytes / DType::itemsize(from).max(to.itemsize());
        let source = source.slice(0..elements * from.itemsize()).unwrap();
        let traffic = elements * (from.itemsize() + to.itemsize());
        work(
            what,
            traffic,
            true,
            Box::new(move || device.cast(&source, from, to)),
        )
    };
    let gather = |what, row: usize| {
        let rows = device.counting(0, bytes / row).unwrap();
        let (traffic, source) = (2 * bytes + rows.len(), source.clone());
        work(
            what,
            traffic,
            true,
            Box::new(move || device.gather(&source, row, &rows)),
        )
    };
    let copy = std::slice::from_ref(&source);
    let mut works = vec![
        work(
            "copy",
            2 * bytes,
            false,
            Box::new(|| device.concatenate(copy)),
        ),
        work(
            "fill, 8 bytes",
            bytes,
            true,
            Box::new(|| device.fill(&[1, 2, 3, 4, 5, 6, 7, 8], bytes / 8)),
        ),
        work(
            "byte swap, 2 bytes",
            2 * bytes,
            true,
            Box::new(|| device.byte_swapped(&source, DType::Int16)),
        ),
        work(
            "byte swap, 4 bytes",
            2 * bytes,
            true,
            Box::new(|| device.byte_swapped(&source, DType::Int32)),
        ),
        work(
            "byte swap, 8 bytes",
            2 * bytes,
            true,
            Box::new(|| device.byte_swapped(&source, DType::Int64)),
        ),
        cast("int64 to float64", DType::Int64, DType::Float64),
        cast("float64 to float32", DType::Float64, DType::Float32),
        cast("float32 to float64", DType::Float32, DType::Float64),
        cast("int32 to float32", DType::Int32, DType::Float32),
        cast("float32 to float16", DType::Float32, DType::Float16),
        cast("float16 to float32", DType::Float16, DType::Float32),
        cast("uint8 to float32", DType::UInt8, DType::Float32),
        cast("bool to bool", DType::Bool, DType::Bool),
        work(
            "mask to flags",
            2 * bytes,
            true,
            Box::new(|| device.equals(&source, 1)),
        ),
        work(
            "flags turned over",
            2 * bytes,
            true,
            Box::new(|| device.equals(&source, 0)),
        ),
        work(
            "flags to bits",
            bytes + bytes / 8,
            true,
            Box::new(|| device.flags_to_bits(&source, true)),
        ),
        work(
            "bits to flags",
            bytes + bytes / 8,
            true,
            Box::new(|| device.bits_to_flags(&eighth, 0, bytes, true)),
        ),
    ];
    for (what, row) in [
        ("gather, 4 bytes, in order", 4),
        ("gather, 8 bytes, in order", 8),
        ("gather, 16 bytes, in order", 16),
    ] {
        works.push(gather(what, row));
    }
    works.push(work(
        "int64 summed up to offsets",
        3 * bytes / 2,
        false,
        Box::new(|| {
            // Small enough for no sum to be too great.
            device.offsets(&half)
        }),
    ));

    let seconds = medians(device, &works);
    let copied = works.first().map_or(0, |work| work.bytes) as f64 / seconds.first().unwrap();
    for (work, seconds) in works.iter().zip(seconds) {
        let rate = work.bytes as f64 / seconds;
        let percent = 100.0 * rate / copied;
        let met = match (work.wanted, percent >= 70.0) {
            (false, _) => "",
            (true, true) => "yes",
            (true, false) => "no",
        };
        println!(
            "| {}, {} | {:.0} GB/s, {percent:.0} % of a copy | {} | {met} |",
            work.what,
            mebibytes(bytes),
            rate / 1e9,
            if work.wanted {
                "≥ 70 % of a copy"
            } else {
                ""
            },
        );
    }
}

/// Medians of the seconds that each takes on the device, by turns, so that what disturbs one disturbs the others.
fn medians(device: &CudaDevice, works: &[Work<'_>]) -> Vec<f64> {
    let mut seconds: Vec<Vec<f64>> = works.iter().map(|_| Vec::new()).collect();
    // The first round is not counted: kernels are compiled, and memory is found.
    for round in 0..=rounds() {
        for (work, seconds) in works.iter().zip(&mut seconds) {
            let now = || {
                device
                    .stream()
                    .record_event(Some(CUevent_flags::CU_EVENT_DEFAULT))
                    .unwrap()
            };
            drop((work.run)().unwrap());
            let start = now();
            for _ in 0..AT_ONCE {
                drop((work.run)().unwrap());
            }
            let milliseconds = start.elapsed_ms(&now()).unwrap();
            if round > 0 {
                seconds.push(f64::from(milliseconds) / 1e3 / AT_ONCE as f64);
            }
        }
    }
    let median = |mut seconds: Vec<f64>| {
        seconds.sort_by(f64::total_cmp);
        seconds.get(seconds.len() / 2).copied().unwrap()
    };
    seconds.into_iter().map(median).collect()
}

fn mebibytes(bytes: usize) -> String {
    if bytes < 1 << 20 {
        format!("{} KiB", bytes >> 10)
    } else {
        format!("{} MiB", bytes >> 20)
    }
}
