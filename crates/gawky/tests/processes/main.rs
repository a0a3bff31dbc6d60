//! Datasets in a folder that processes change: killed at any moment, and many at a time.
//!
//! A process is this very test binary, which runs one test of its own that is told by a variable what to do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what is wrong by panicking"
)]

mod appenders;
mod history;
mod killed;

use std::env;
use std::process::{Command, Stdio};

use gawky::prelude::*;

/// The command that runs the test `name`, which does nothing where `variable` is not set.
fn process(name: &str, variable: &str, value: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(variable, value)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// How often something is done: as a variable says, or so often.
fn times(variable: &str, usually: usize) -> usize {
    let said = env::var(variable).ok();
    said.map_or(usually, |said| said.parse().expect(variable))
}

/// Three rows that tell which they are: lists, and a column that is long enough to be torn.
fn events(which: i64) -> Array {
    let numbers = NumpyArray::from_vec(vec![which, which + 1, which + 2]);
    let lists = ListOffsetArray::try_new(
        vec![0_i64, 2, 2, 3].into(),
        numbers.into(),
        Parameters::none(),
    );
    let wide = NumpyArray::from_vec(vec![which; 3 * 1024]);
    let wide = RegularArray::try_new(wide.into(), 1024, 3, Parameters::none()).unwrap();
    Array::from(RecordArray::from_fields([
        ("lists", Array::from(lists.unwrap())),
        ("wide", Array::from(wide)),
    ]))
}
