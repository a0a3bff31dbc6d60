//! An object container, and datasets in it, over a network that fails, by the proxy of `gawky-testkit`: on the server that `GAWKY_TEST_S3`
//! names, which `scripts/servers` starts, or on the testkit's own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "tests say what is wrong by panicking"
)]

mod datasets;
mod each;
mod processes;
mod soak;
mod upstream;
