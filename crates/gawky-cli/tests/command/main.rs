//! The command, as a shell runs it.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may panic"
)]

mod copying;
mod errors;
#[cfg(feature = "arrow")]
mod exchanging;
#[cfg(feature = "arrow")]
mod importing;
mod inspecting;
mod keeping;
mod partitioned;
mod reading;
#[cfg(feature = "object-store")]
mod remote;
mod reporting;
mod showing;
mod stage;
#[cfg(feature = "object-store")]
mod told;
