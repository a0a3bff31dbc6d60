//! Any form over any bytes, in either byte order: all rows and some, proved and trusted, at once, lazily, by fields and scattered; and
//! all that can be done to what is read.
//!
//! The first byte says how the others are to be taken: as choices that make form and blobs, or as a form in JSON
//! and the bytes of its blobs (see `Puzzle::from_json`, which is what the seeds are written for); and whether what is read is to be
//! compared, or something done to it.

#![no_main]

use gawky_fuzz as _;
use gawky_testkit::arbitrary::{Puzzle, Tape};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((how, bytes)) = bytes.split_first() else {
        return;
    };
    let puzzle = if how & 1 == 0 {
        Puzzle::from_tape(&mut Tape::new(bytes))
    } else {
        let Some(puzzle) = Puzzle::from_json(bytes) else {
            return;
        };
        puzzle
    };
    if how & 2 == 0 {
        puzzle.check_ways();
    } else {
        puzzle.check_arrays();
    }
});
