//! Any bytes as an archive of NumPy's, as an array in one, or as what befalls one.
//!
//! The first byte says which (see `exercise_npz`); the seeds are archives as Python writes them.

#![no_main]

use gawky_fuzz as _;
use gawky_testkit::arbitrary::exercise_npz;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = exercise_npz(bytes);
});
