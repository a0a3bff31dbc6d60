//! Any form over any bytes: an answer, which is an error or an array that can be used.

use std::cell::Cell;

use gawky_testkit::arbitrary::puzzles;
use proptest::test_runner::TestRunner;

use crate::cases;

#[test]
fn reading_any_bytes_gives_an_answer() {
    let (answered, all) = (Cell::new(0_u32), Cell::new(0_u32));
    let ran = TestRunner::new(cases(4000)).run(&puzzles(), |puzzle| {
        all.set(all.get() + 1);
        answered.set(answered.get() + u32::from(puzzle.read().is_ok()));
        puzzle.check();
        Ok(())
    });
    if let Err(failure) = ran {
        panic!("{failure}");
    }
    // Else the puzzles are too hard, and nothing but errors is tested.
    let share = f64::from(answered.get()) / f64::from(all.get());
    assert!(
        (0.15..0.85).contains(&share),
        "{share} of the puzzles are arrays"
    );
}
