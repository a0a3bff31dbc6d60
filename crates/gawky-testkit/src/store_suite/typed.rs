//! Checks of containers that know what they hold.

use std::ops::Range;

use gawky_buffer::{Blob, Buffer, DType, Fetch};
use gawky_store::{Container, StoreError, dtypes_agree};

use super::Setup;
use super::samples::{dtypes, pattern, times};

fn holding<C: Container>(setup: &Setup<'_, C>, dtype: DType) -> C {
    let bytes = Buffer::copied_from(&pattern(64, 1));
    (setup.fill)(vec![Blob::new("k", dtype, bytes)])
}

fn ask<C: Container>(
    container: &C,
    dtype: DType,
    range: Option<Range<u64>>,
) -> Result<Option<Buffer>, StoreError> {
    let fetch = match range {
        None => Fetch::whole("k", dtype),
        Some(range) => Fetch::range("k", range, dtype),
    };
    Ok(container.fetch(&[fetch])?.remove(0))
}

/// Whether the two may be read as each other is the store's rule; that it is kept is checked here.
fn agree<C: Container>(setup: &Setup<'_, C>, range: Option<Range<u64>>) {
    for put in dtypes() {
        let container = holding(setup, put);
        let stored = (setup.held_as)(put);
        for asked in dtypes() {
            match ask(&container, asked, range.clone()) {
                Ok(answer) => {
                    assert!(
                        dtypes_agree(stored, asked),
                        "{stored} was handed out as {asked}"
                    );
                    assert!(answer.is_some());
                }
                Err(StoreError::DType {
                    key,
                    stored: held,
                    asked: wanted,
                }) => {
                    assert_eq!((key.as_str(), held, wanted), ("k", stored, asked));
                    assert!(
                        !dtypes_agree(held, asked),
                        "{held} was not handed out as {asked}"
                    );
                }
                Err(other) => panic!("{stored} asked as {asked} gave {other}"),
            }
        }
    }
}

pub(super) fn contradictions_are_refused<C: Container>(setup: &Setup<'_, C>) {
    agree(setup, None);
    let container = holding(setup, DType::Float64);
    let refused = ask(&container, DType::Int64, None);
    assert!(
        matches!(refused, Err(StoreError::DType { .. })),
        "{refused:?}"
    );
}

pub(super) fn contradictions_of_ranges_are_refused<C: Container>(setup: &Setup<'_, C>) {
    agree(setup, Some(0..32));
}

pub(super) fn raw_bytes_are_anything<C: Container>(setup: &Setup<'_, C>) {
    let container = holding(setup, DType::UInt8);
    for asked in dtypes() {
        assert!(
            ask(&container, asked, None).unwrap().is_some(),
            "raw bytes as {asked}"
        );
    }
}

pub(super) fn times_are_integers<C: Container>(setup: &Setup<'_, C>) {
    for time in times() {
        for (stored, asked) in [(DType::Int64, time), (time, DType::Int64)] {
            assert!(
                ask(&holding(setup, stored), asked, None).unwrap().is_some(),
                "{stored} as {asked}"
            );
        }
    }
}
