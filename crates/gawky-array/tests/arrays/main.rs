//! Arrays as users see them: made, printed, compared, and all that can be done to any of them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what is wrong by panicking"
)]

mod builder;
mod conform;
mod constructors;
mod declared;
mod display;
mod equality;
mod formats;
mod from_json;
mod json;
mod merging;
mod num;
mod on_device;
pub(crate) mod properties;
mod regressions;
mod rows;
mod show;
mod structure;
mod times;
mod typed;
