//! What is kept of bytes: those that were asked for, aligned, and no others.

use gawky_buffer::{Alignment, Buffer, DType};

use crate::FetchReport;

// An allocation rounds up, and a page more or less is not worth a copy.
const SLACK: usize = 4096;

/// These bytes as they are fit to be kept: copied when they are a small part of what would stay alive with them,
/// or lie where no element of `dtype` may. `None` when they are on a device.
pub(super) fn fit_to_keep(
    bytes: &Buffer,
    dtype: Option<DType>,
    report: &mut FetchReport,
) -> Option<Buffer> {
    let slice = bytes.bytes().ok()?;
    let len = slice.len();
    let alignment = dtype.and_then(|dtype| Alignment::try_new(dtype.alignment()).ok());
    let aligned = alignment.is_none_or(|alignment| bytes.alignment().satisfies(alignment));
    if slice.is_empty() {
        return Some(Buffer::empty());
    }
    if aligned && bytes.retained() <= len.saturating_add(len / 8).saturating_add(SLACK) {
        return Some(bytes.clone());
    }
    report.copied(len as u64);
    Some(Buffer::copied_from(slice))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

    use super::*;

    fn kept(bytes: &Buffer, dtype: Option<DType>) -> (Buffer, u64) {
        let mut report = FetchReport::default();
        let kept = fit_to_keep(bytes, dtype, &mut report).unwrap();
        assert_eq!(kept, *bytes);
        assert_eq!(
            report.copied_bytes,
            report.copies.min(1) * bytes.len() as u64
        );
        (kept, report.copies)
    }

    #[test]
    fn a_small_slice_lets_go_of_the_rest() {
        let merged = Buffer::from_vec(vec![7_u8; 16 << 20]);
        let slice = merged.slice(1 << 20..(1 << 20) + 4096).unwrap();
        assert!(slice.retained() >= 16 << 20);
        let (kept, copies) = kept(&slice, Some(DType::Float64));
        assert_eq!(copies, 1);
        assert!(kept.retained() < 64 * 1024);
    }

    #[test]
    fn nearly_all_of_an_allocation_is_not_copied() {
        let merged = Buffer::from_vec(vec![7_u8; 1 << 20]);
        let (kept, copies) = kept(&merged.slice(64..(1 << 20) - 64).unwrap(), None);
        assert_eq!((copies, kept.retained()), (0, 1 << 20));
    }

    #[test]
    fn elements_are_aligned_and_bytes_need_not_be() {
        let odd = Buffer::from_vec(vec![7_u8; 4097]).slice(1..4097).unwrap();
        let (aligned, copies) = kept(&odd, Some(DType::Int64));
        assert_eq!(copies, 1);
        assert!(aligned.alignment().satisfies(Alignment::CACHE_LINE));
        for dtype in [None, Some(DType::UInt8)] {
            assert_eq!(kept(&odd, dtype).1, 0);
        }
    }

    #[test]
    fn nothing_keeps_nothing_alive() {
        let none = Buffer::from_vec(vec![7_u8; 1 << 20])
            .slice(3_001..3_001)
            .unwrap();
        let (kept, copies) = kept(&none, Some(DType::Int64));
        assert_eq!((copies, kept.retained() < 4096), (0, true));
    }
}
