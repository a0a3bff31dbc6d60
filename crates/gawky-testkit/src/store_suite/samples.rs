//! Blobs to fill containers with.

use gawky_buffer::{Blob, Buffer, DType, Fetch, TimeUnit, Unit};

use super::Setup;

impl<C> Setup<'_, C> {
    /// A container that holds these blobs of bytes.
    pub(super) fn with(&self, blobs: &[(&str, &[u8])]) -> C {
        (self.fill)(blobs.iter().map(|(key, bytes)| blob(key, bytes)).collect())
    }

    /// A container that holds nothing.
    pub(super) fn empty(&self) -> C {
        (self.fill)(Vec::new())
    }
}

pub(super) fn blob(key: &str, bytes: &[u8]) -> Blob {
    Blob::new(key, DType::UInt8, Buffer::copied_from(bytes))
}

pub(super) fn fetch(key: &str, range: Option<std::ops::Range<u64>>) -> Fetch {
    match range {
        None => Fetch::whole(key, DType::UInt8),
        Some(range) => Fetch::range(key, range, DType::UInt8),
    }
}

/// Bytes that differ from one place to the next, so that a shifted or mixed-up answer shows.
pub(super) fn pattern(len: usize, seed: u8) -> Vec<u8> {
    let mut state = u32::from(seed).wrapping_mul(0x9E37_79B9) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()[1]
        })
        .collect()
}

#[track_caller]
pub(super) fn assert_bytes(answer: Option<&Buffer>, expected: &[u8], what: &str) {
    let answer = answer.unwrap_or_else(|| panic!("{what} is missing"));
    let bytes = answer.bytes().unwrap();
    assert_eq!(bytes.len(), expected.len(), "length of {what}");
    if bytes != expected {
        let differs = bytes.iter().zip(expected).position(|(a, b)| a != b);
        panic!("{what} is wrong from byte {differs:?} on");
    }
}

/// Every kind of dtype.
pub(super) fn dtypes() -> Vec<DType> {
    use DType::{
        Bool, Complex64, Complex128, Complex256, Float16, Float32, Float64, Float128, Int8, Int16,
        Int32, Int64, UInt8, UInt16, UInt32, UInt64,
    };
    let mut dtypes = vec![
        Bool, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64, Float16, Float32, Float64,
        Float128, Complex64, Complex128, Complex256,
    ];
    dtypes.extend(times());
    dtypes
}

/// Dates and durations.
pub(super) fn times() -> Vec<DType> {
    let ticks = [
        (1, Unit::Nanosecond),
        (15, Unit::Microsecond),
        (1, Unit::Day),
    ];
    ticks
        .into_iter()
        .filter_map(|(count, unit)| TimeUnit::new(count, unit))
        .flat_map(|tick| [DType::DateTime64(tick), DType::TimeDelta64(tick)])
        .collect()
}
