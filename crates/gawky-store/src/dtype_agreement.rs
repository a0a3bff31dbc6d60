//! Whether what a typed container holds may be read as what a form wants.

use gawky_buffer::DType;

/// Whether bytes stored as `stored` may be read as `asked`.
///
/// Equal dtypes agree. `uint8` and `int8` in a container are raw bytes, which may be read as anything; and
/// `bool` reads as either of them, since masks are written as all three. `int64` agrees with `datetime64`
/// and `timedelta64`, which most formats cannot name. Everything else contradicts, also where the sizes
/// happen to fit: `float64` read as `int64` gives wrong values, not data.
///
/// ```
/// use gawky_store::{DType, dtypes_agree};
/// assert!(dtypes_agree(DType::UInt8, DType::Float64));
/// assert!(!dtypes_agree(DType::Float64, DType::Int64));
/// assert!(!dtypes_agree(DType::Float64, DType::UInt8));
/// ```
#[must_use]
pub fn dtypes_agree(stored: DType, asked: DType) -> bool {
    use DType::{Bool, DateTime64, Int8, Int64, TimeDelta64, UInt8};
    stored == asked
        || matches!(
            (stored, asked),
            (UInt8 | Int8, _)
                | (Bool, UInt8 | Int8)
                | (Int64, DateTime64(_) | TimeDelta64(_))
                | (DateTime64(_) | TimeDelta64(_), Int64)
        )
}
