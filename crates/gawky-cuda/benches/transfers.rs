//! Bytes to a device and back, beside a plain copy of as many bytes from pinned memory in the same run.
//!
//! `GAWKY_BENCH_BYTES` names other sizes than 64 MiB, 256 MiB and 1 GiB, as `65536,262144`, and `GAWKY_BENCH_ROUNDS` how
//! often each is timed: by turns, and medians count. Every line that starts with `|` is a row for the table of
//! `scripts/gpu-check`: what was measured, how much, what is wanted, and whether it is so.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark fails by panicking, and prints what it has measured"
)]

use std::time::Instant;

use gawky_buffer::{Buffer, Device};
use gawky_cuda::cudarc::driver::result;
use gawky_cuda::{CudaDevice, PinnedMemory};

/// As many buffers as an array of NanoAOD events has, and about as many bytes.
const BUFFERS: usize = 1291;

fn main() {
    // `cargo test` runs benchmarks too, without this.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let device = CudaDevice::new(0).unwrap();
    for bytes in sizes() {
        large(&device, bytes);
    }
    many_small(&device);
}

fn sizes() -> Vec<usize> {
    let sizes = std::env::var("GAWKY_BENCH_BYTES").unwrap_or_default();
    match sizes.as_str() {
        "" => vec![64 << 20, 256 << 20, 1 << 30],
        sizes => sizes.split(',').map(|size| size.parse().unwrap()).collect(),
    }
}

fn rounds() -> usize {
    let rounds = std::env::var("GAWKY_BENCH_ROUNDS");
    rounds.map_or(21, |rounds| rounds.parse().unwrap())
}

/// Medians of the seconds that each of these takes, by turns, so that what disturbs one disturbs the others.
fn medians<const N: usize>(mut works: [&mut dyn FnMut(); N]) -> [f64; N] {
    let mut seconds = works.each_ref().map(|_| Vec::new());
    // The first round is not counted: memory is found, and pages are touched.
    for round in 0..=rounds() {
        for (work, seconds) in works.iter_mut().zip(&mut seconds) {
            let start = Instant::now();
            work();
            if round > 0 {
                seconds.push(start.elapsed().as_secs_f64());
            }
        }
    }
    seconds.map(|mut seconds| {
        seconds.sort_by(f64::total_cmp);
        seconds.get(seconds.len() / 2).copied().unwrap()
    })
}

/// Memory of the device for the plain copies, made without gawky.
struct Plain {
    device: CudaDevice,
    pointer: u64,
}

impl Plain {
    fn new(device: &CudaDevice, bytes: usize) -> Self {
        device.context().bind_to_thread().unwrap();
        // SAFETY: the context is current, and the memory is freed once, by `drop`.
        let pointer = unsafe { result::malloc_sync(bytes) }.unwrap();
        let device = device.clone();
        Self { device, pointer }
    }

    fn up(&self, source: &[u8]) {
        let stream = self.device.stream();
        // SAFETY: both have as many bytes, and live until the stream is through.
        unsafe { result::memcpy_htod_async(self.pointer, source, stream.cu_stream()) }.unwrap();
        stream.synchronize().unwrap();
    }

    fn down(&self, target: &mut [u8]) {
        let stream = self.device.stream();
        // SAFETY: as above.
        unsafe { result::memcpy_dtoh_async(target, self.pointer, stream.cu_stream()) }.unwrap();
        stream.synchronize().unwrap();
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        // SAFETY: it was allocated by `new`, and nothing is under way any longer.
        unsafe { result::free_sync(self.pointer) }.unwrap();
    }
}

fn filled(device: &CudaDevice, bytes: usize) -> PinnedMemory {
    let mut memory = device.pinned(bytes).unwrap();
    for (byte, value) in memory.iter_mut().zip((0..=250_u8).cycle()) {
        *byte = value;
    }
    memory
}

/// A slab in pieces of 16 MiB, from pinned memory and from other memory, up and down.
fn large(device: &CudaDevice, bytes: usize) {
    let plain = Plain::new(device, bytes);
    let source = filled(device, bytes).freeze();
    let pieces = |of: &Buffer| -> Vec<Buffer> {
        let piece = 16 << 20;
        let starts = (0..of.len()).step_by(piece);
        starts
            .map(|start| of.slice(start..of.len().min(start + piece)).unwrap())
            .collect()
    };
    let pinned = pieces(&source);
    let pageable = pieces(&Buffer::from_vec(source.bytes().unwrap().to_vec()));
    let upload = |pieces: &[Buffer]| {
        let up = device.upload(pieces).unwrap();
        device.synchronize().unwrap();
        up
    };
    let [copy, from_pinned, from_pageable] = medians([
        &mut || plain.up(source.bytes().unwrap()),
        &mut || drop(upload(&pinned)),
        &mut || drop(upload(&pageable)),
    ]);
    let size = mebibytes(bytes);
    let fraction =
        |seconds: f64, of: f64| format!("{:.0} % of {}", 100.0 * of / seconds, rate(bytes, of));
    row(
        &format!("up, {size}, from pinned memory"),
        &fraction(from_pinned, copy),
        "≥ 90 % of a plain copy",
        Some(copy / from_pinned >= 0.9),
    );
    row(
        &format!("up, {size}, from other memory"),
        &fraction(from_pageable, copy),
        "",
        None,
    );

    let up = upload(&[source]);
    let whole = up.first().unwrap();
    let mut target = device.pinned(bytes).unwrap();
    let mut into = Some(device.pinned(bytes).unwrap());
    let [copy, to_pinned, to_pageable] = medians([
        &mut || plain.down(&mut target),
        &mut || {
            let target = into.take().unwrap();
            into = Some(device.download_into(whole, target).unwrap());
        },
        &mut || drop(device.download(&up).unwrap()),
    ]);
    row(
        &format!("down, {size}, to pinned memory"),
        &fraction(to_pinned, copy),
        "≥ 90 % of a plain copy",
        Some(copy / to_pinned >= 0.9),
    );
    row(
        &format!("down, {size}, to plain memory"),
        &fraction(to_pageable, copy),
        "",
        None,
    );
}

/// All buffers of an array of many columns and few events, as one slab, beside one copy of as many bytes.
fn many_small(device: &CudaDevice) {
    // Python's part in scripts/gpu-check has the same sizes.
    let lens = (0..BUFFERS).map(|i| 8 * (1 + i * 7919 % 231));
    let buffers: Vec<Buffer> = lens.map(|len| Buffer::from_vec(vec![7_u8; len])).collect();
    let bytes = buffers.iter().map(Buffer::len).sum();
    let source = filled(device, bytes);
    let plain = Plain::new(device, bytes);
    let [copy, up] = medians([&mut || plain.up(&source), &mut || {
        let up = device.upload(&buffers).unwrap();
        device.synchronize().unwrap();
        drop(up);
    }]);
    let what = format!("up, {BUFFERS} buffers of {bytes} bytes together");
    row(
        &what,
        &format!("{:.2} × {}", up / copy, microseconds(copy)),
        "≤ 3 × a plain copy",
        Some(up <= 3.0 * copy),
    );
    let uploaded = device.upload(&buffers).unwrap();
    let [down] = medians([&mut || drop(device.download(&uploaded).unwrap())]);
    row(
        &format!("down, {BUFFERS} buffers of {bytes} bytes together"),
        &microseconds(down),
        "",
        None,
    );
    // For the comparison with CuPy, which scripts/gpu-check makes.
    println!("seconds of {BUFFERS} buffers: {up:e}");
}

fn row(what: &str, measured: &str, wanted: &str, met: Option<bool>) {
    let met = match met {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    };
    println!("| {what} | {measured} | {wanted} | {met} |");
}

fn mebibytes(bytes: usize) -> String {
    if bytes < 1 << 20 {
        format!("{} KiB", bytes >> 10)
    } else {
        format!("{} MiB", bytes >> 20)
    }
}

fn rate(bytes: usize, seconds: f64) -> String {
    format!("{:.1} GB/s", bytes as f64 / seconds / 1e9)
}

fn microseconds(seconds: f64) -> String {
    format!("{:.0} µs", 1e6 * seconds)
}
