//! What holds for all arrays that are written and read, and for all bytes that are only read.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what is wrong by panicking"
)]

mod arbitrary_bytes;
mod round_trip;

use proptest::prelude::ProptestConfig;

/// So many cases; more where `PROPTEST_CASES` is more than its default of 256, in proportion.
fn cases(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: cases * default.cases.div_ceil(256),
        failure_persistence: None,
        ..default
    }
}
