//! What a device with kernels is tested with: [`Buffer`](gawky_buffer::Buffer) and [`NdBuffer`](gawky_buffer::NdBuffer)
//! do on it what they do on the host.
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
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check fails by panicking"
)]

mod buffers;
mod random_view;
mod views;

pub use buffers::buffers;
pub use views::views;
