//! What a device with kernels is tested with: [`Buffer`](gawky_buffer::Buffer), [`NdBuffer`](gawky_buffer::NdBuffer)
//! and [`Array`](gawky::Array) do on it what they do on the host.
//!
//! A check panics with what was wrong. What a device says it does not compute
//! ([`BufferError::NotComputed`](gawky_buffer::BufferError::NotComputed)) is passed over.
//!
//! ```
//! use gawky_buffer::{Device, Place};
//! use gawky_testkit::containers::FakeDevice;
//! use gawky_testkit::device_suite;
//!
//! let device = Place::Device(FakeDevice::with_kernels("fake:0"));
//! device_suite::buffers(&device);
//! device_suite::views(&device, 16);
//! device_suite::arrays(&device, 16);
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check fails by panicking"
)]

mod arrays;
mod buffers;
mod kernels;
mod random_view;
mod structure;
mod views;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

pub use arrays::{array_agrees, arrays};
pub use buffers::buffers;
pub use kernels::{casts, kernels};
pub use views::views;

/// Has `check` look at `cases` random inputs, or at as many as `PROPTEST_CASES` says.
///
/// # Panics
/// When it panics, with the least input for which it does.
fn of_random<S: Strategy>(cases: u32, input: &S, check: impl Fn(S::Value)) {
    let wanted = std::env::var("PROPTEST_CASES").ok();
    let wanted = wanted.and_then(|wanted| wanted.parse().ok());
    let config = Config {
        cases: wanted.unwrap_or(cases),
        failure_persistence: None,
        ..Config::default()
    };
    let run = TestRunner::new(config).run(input, |input| {
        check(input);
        Ok(())
    });
    if let Err(failure) = run {
        panic!("{failure}");
    }
}
