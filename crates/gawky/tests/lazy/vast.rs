//! A few rows of a hundred million: what is read does not depend on how many there are.

use std::ops::Range;

use gawky::prelude::*;
use gawky::store::{Profile, StoreError};
use gawky_testkit::containers::CountingContainer;

const ROWS: u64 = 100_000_000;

/// Blobs that are made up as they are read: lists of three, and the numbers in them.
struct MadeUp;

impl MadeUp {
    fn numbers(range: Range<u64>, number: impl Fn(u64) -> i64) -> Buffer {
        let bytes: Vec<u8> = range
            .map(|at| number(at / 8).to_le_bytes()[(at % 8) as usize])
            .collect();
        Buffer::from_vec(bytes)
    }
}

impl Container for MadeUp {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        panic!("{key} is too large to be read as a whole")
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        Ok(Some(match key.ends_with("-offsets") {
            true => Self::numbers(range, |at| 3 * i64::try_from(at).unwrap()),
            false => Self::numbers(range, |at| i64::try_from(at).unwrap()),
        }))
    }

    fn profile(&self) -> Profile {
        Profile::REMOTE
    }
}

#[test]
fn a_hundred_rows_of_two_columns_take_few_bytes() {
    let columns: Vec<String> = (0..947)
        .map(|number| format!("c{number}: var * int64"))
        .collect();
    let form = Form::from_type(&format!("{{{}}}", columns.join(", ")).parse().unwrap())
        .unwrap()
        .with_form_keys(&FormKeyFormat::default(), 0)
        .unwrap();
    let container = CountingContainer::new(MadeUp);
    let lazy = LazyArray::new(&form, ROWS, &container).unwrap();
    let some = lazy
        .select(["c5", "c900"])
        .unwrap()
        .rows(77_777_777..77_777_877)
        .unwrap();
    let (array, report) = some.read_with_report().unwrap();
    assert_eq!(
        array.get(0).unwrap().to_string(),
        "{c5: [233333331, 233333332, 233333333], c900: [233333331, 233333332, 233333333]}"
    );
    // 101 offsets and 300 numbers of each; two levels.
    assert_eq!(
        (report.steps, report.bytes_asked),
        (2, 2 * (101 * 8 + 300 * 8))
    );
    assert_eq!(container.counts().bytes, 6_416);
}
