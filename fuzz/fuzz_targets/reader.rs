//! Any form over any bytes, all rows and some, in either byte order; and all that can be done to what is read.
//!
//! The first byte says how the others are to be taken: as choices that make form and blobs, or as a form in JSON
//! and the bytes of its blobs (see `Puzzle::from_json`, which is what the seeds are written for).

#![no_main]

use gawky_testkit::arbitrary::{Puzzle, Tape};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((how, bytes)) = bytes.split_first() else {
        return;
    };
    if how % 2 == 0 {
        Puzzle::from_tape(&mut Tape::new(bytes)).check();
    } else if let Some(puzzle) = Puzzle::from_json(bytes) {
        puzzle.check();
    }
});
