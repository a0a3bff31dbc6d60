//! The cache: what it keeps, what it serves, and who fetches.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "tests say what is wrong by panicking"
)]

mod disk;
mod disk_by_futures;
mod flights;
mod futures;
mod invariants;
mod keeping;
mod processes;
mod replaced_archives;
mod stage;
mod stale;
mod twice;
