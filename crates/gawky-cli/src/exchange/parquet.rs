//! Parquet files, row group by row group, so that errors can say which.

use std::fs::File;

use gawky::Array;
use gawky::arrow::ArrowError;
use gawky::arrow::parquet::Reader;

use crate::fault::Fault;

/// What the crate that reads Parquet says of a codec that it was built without.
const NOT_BUILT: &str = "Disabled feature at compile time";

/// The arrays of a file.
pub(super) fn row_groups(reader: Reader<File>) -> impl Iterator<Item = Result<Array, Fault>> {
    let mut rows = 0;
    let mut groups = 0..reader.count_row_groups();
    let mut current: Option<(usize, _)> = None;
    std::iter::from_fn(move || {
        loop {
            if let Some((group, arrays)) = &mut current {
                match Iterator::next(arrays) {
                    Some(Ok(array)) => {
                        rows += Array::len(&array) as u64;
                        return Some(Ok(array));
                    }
                    Some(Err(error)) => return Some(Err(damaged(&reader, *group, rows, error))),
                    None => {}
                }
            }
            let group = groups.next()?;
            match reader.clone().row_groups(group..group + 1) {
                Ok(one) => current = Some((group, one.arrays())),
                Err(error) => return Some(Err(error.into())),
            }
        }
    })
}

/// Why a row group cannot be read, whose rows before this one could.
fn damaged(reader: &Reader<File>, group: usize, row: u64, error: ArrowError) -> Fault {
    let column = column_of(reader, group);
    let column = column.map_or_else(String::new, |column| format!(", column {column}"));
    let place = format!("row group {group}{column}, from row {row} on");
    let message = error.to_string();
    match message.contains(NOT_BUILT) {
        true => Fault::failure(format!(
            "{place}: it is compressed in a way that this command cannot read ({}): it reads Snappy, Zstandard, LZ4, gzip and what \
             is not compressed",
            bare(&error)
        )),
        false => Fault::failure(format!("{place}: {}", bare(&error))),
    }
}

/// The error without a place that says nothing.
fn bare(error: &ArrowError) -> String {
    Fault::from_arrow(error)
}

/// The first column that cannot be read by itself.
fn column_of(reader: &Reader<File>, group: usize) -> Option<String> {
    let columns = reader.form().ok()?.columns();
    let fails = |column: &String| {
        // What is a pattern of something else stands for any letter.
        let pattern = column.replace(['*', '?', '[', ']', '{', '}', ','], "?");
        let one = reader
            .clone()
            .columns(&[pattern])
            .and_then(|one| one.row_groups(group..group + 1));
        one.is_ok_and(|one| one.arrays().any(|array| array.is_err()))
    };
    columns.into_iter().find(fails)
}
