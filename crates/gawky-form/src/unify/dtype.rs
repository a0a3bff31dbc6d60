//! The dtype that values of two dtypes are promoted to: NumPy's `promote_types`.

use std::num::NonZeroU32;

use gawky_buffer::{DType, TimeUnit, Unit};

use super::Merging;

/// The dtype of values of both: numbers by NumPy's table, booleans only with themselves or where they count as
/// numbers, dates and durations, if that is wanted, by the longest tick of which both are multiples. `None` where there is none.
pub(super) fn promoted(one: DType, other: DType, merging: Merging) -> Option<DType> {
    use DType::{Bool, DateTime64, TimeDelta64};
    match (one, other) {
        _ if one == other => Some(one),
        _ if is_time(one) && is_time(other) && !merging.units => None,
        (DateTime64(a), DateTime64(b)) => common_tick(a, b, true).map(DateTime64),
        (TimeDelta64(a), TimeDelta64(b)) => common_tick(a, b, false).map(TimeDelta64),
        (DateTime64(_) | TimeDelta64(_), _) | (_, DateTime64(_) | TimeDelta64(_)) => None,
        (Bool, number) | (number, Bool) => merging.booleans.then_some(number),
        _ => Some(number(one, other)),
    }
}

fn is_time(dtype: DType) -> bool {
    matches!(dtype, DType::DateTime64(_) | DType::TimeDelta64(_))
}

/// What a number is made of: the bytes that an integer has, or those of a float, or of the parts of a complex number.
#[derive(Clone, Copy)]
enum Sort {
    Unsigned(usize),
    Signed(usize),
    Float(usize),
    Complex(usize),
}

fn sort(dtype: DType) -> Sort {
    let size = dtype.itemsize();
    match dtype {
        DType::Int8 | DType::Int16 | DType::Int32 | DType::Int64 => Sort::Signed(size),
        DType::Float16 | DType::Float32 | DType::Float64 | DType::Float128 => Sort::Float(size),
        DType::Complex64 | DType::Complex128 | DType::Complex256 => Sort::Complex(size / 2),
        _ => Sort::Unsigned(size),
    }
}

fn number(one: DType, other: DType) -> DType {
    let (one, other) = (sort(one), sort(other));
    match (one, other) {
        (Sort::Unsigned(a), Sort::Unsigned(b)) => match a.max(b) {
            1 => DType::UInt8,
            2 => DType::UInt16,
            4 => DType::UInt32,
            _ => DType::UInt64,
        },
        (Sort::Signed(a), Sort::Signed(b)) => signed(a.max(b)),
        (Sort::Unsigned(a), Sort::Signed(b)) | (Sort::Signed(b), Sort::Unsigned(a)) => {
            signed(b.max(2 * a))
        }
        (Sort::Complex(_), _) | (_, Sort::Complex(_)) => match parts(one).max(parts(other)) {
            0..=4 => DType::Complex64,
            8 => DType::Complex128,
            _ => DType::Complex256,
        },
        _ => match parts(one).max(parts(other)) {
            0..=2 => DType::Float16,
            4 => DType::Float32,
            8 => DType::Float64,
            _ => DType::Float128,
        },
    }
}

/// An integer of so many bytes; beyond eight NumPy takes a float.
fn signed(bytes: usize) -> DType {
    match bytes {
        1 => DType::Int8,
        2 => DType::Int16,
        4 => DType::Int32,
        8 => DType::Int64,
        _ => DType::Float64,
    }
}

/// The bytes of the float that NumPy takes for these numbers.
fn parts(sort: Sort) -> usize {
    match sort {
        Sort::Unsigned(bytes) | Sort::Signed(bytes) => (2 * bytes).min(8),
        Sort::Float(bytes) | Sort::Complex(bytes) => bytes,
    }
}

/// The longest tick of which both are multiples.
///
/// A bare date, without a unit, goes with none: nobody knows how long its ticks are. Months and days have no tick in
/// common as durations; dates of them go through the calendar, and are those of the finer unit.
fn common_tick(one: TimeUnit, other: TimeUnit, are_dates: bool) -> Option<TimeUnit> {
    if one == other {
        return Some(one);
    }
    if one.unit == Unit::Generic || other.unit == Unit::Generic {
        return None;
    }
    let finer = if position(one.unit) > position(other.unit) {
        one
    } else {
        other
    };
    if is_months(one.unit) != is_months(other.unit) {
        return are_dates.then(|| TimeUnit::from(finer.unit));
    }
    let ticks = |tick: TimeUnit| {
        let count = u128::from(NonZeroU32::get(tick.count));
        ticks_between(tick.unit, finer.unit)?.checked_mul(count)
    };
    let common = greatest_common_divisor(ticks(one)?, ticks(other)?);
    TimeUnit::new(u32::try_from(common).ok()?, finer.unit)
}

fn is_months(unit: Unit) -> bool {
    matches!(unit, Unit::Year | Unit::Month)
}

fn position(unit: Unit) -> Option<usize> {
    Unit::ALL.iter().position(|other| *other == unit)
}

/// How many of `finer` are one `coarser`.
fn ticks_between(coarser: Unit, finer: Unit) -> Option<u128> {
    let (first, last) = (position(coarser)?, position(finer)?);
    Unit::ALL
        .get(first..last)?
        .iter()
        .try_fold(1_u128, |ticks, unit| {
            ticks.checked_mul(match unit {
                Unit::Year => 12,
                Unit::Week => 7,
                Unit::Day => 24,
                Unit::Hour | Unit::Minute => 60,
                _ => 1000,
            })
        })
}

fn greatest_common_divisor(mut one: u128, mut other: u128) -> u128 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> DType {
        DType::from_primitive(name).unwrap_or(DType::Bool)
    }

    /// As `np.promote_types` says.
    #[test]
    fn numbers_are_promoted_as_numpy_does() {
        for (one, other, expected) in [
            ("int8", "int8", "int8"),
            ("int8", "uint8", "int16"),
            ("uint8", "uint32", "uint32"),
            ("int32", "uint16", "int32"),
            ("int32", "uint32", "int64"),
            ("int64", "uint64", "float64"),
            ("int8", "uint64", "float64"),
            ("int8", "float16", "float16"),
            ("int16", "float16", "float32"),
            ("uint16", "float32", "float32"),
            ("int32", "float32", "float64"),
            ("uint64", "float16", "float64"),
            ("float16", "float32", "float32"),
            ("int64", "float128", "float128"),
            ("float64", "complex64", "complex128"),
            ("int16", "complex64", "complex64"),
            ("int32", "complex64", "complex128"),
            ("float128", "complex64", "complex256"),
            ("complex64", "complex128", "complex128"),
        ] {
            assert_eq!(
                promoted(of(one), of(other), Merging::new()),
                Some(of(expected)),
                "{one}, {other}"
            );
            assert_eq!(
                promoted(of(other), of(one), Merging::new()),
                Some(of(expected)),
                "{other}, {one}"
            );
        }
        assert_eq!(promoted(of("bool"), of("int8"), Merging::new()), None);
        let apart = Merging::new().units(false);
        assert_eq!(
            promoted(of("datetime64[s]"), of("datetime64[ms]"), apart),
            None
        );
        assert_eq!(promoted(of("int8"), of("int16"), apart), Some(of("int16")));
        assert_eq!(
            promoted(of("int8"), of("bool"), Merging::new().booleans(true)),
            Some(of("int8"))
        );
        assert_eq!(
            promoted(
                of("bool"),
                of("datetime64[s]"),
                Merging::new().booleans(true)
            ),
            None
        );
        assert_eq!(
            promoted(
                of("int64"),
                of("timedelta64[s]"),
                Merging::new().booleans(true)
            ),
            None
        );
    }

    #[test]
    fn dates_have_the_longest_tick_of_both() {
        for (one, other, expected) in [
            ("datetime64[s]", "datetime64[ms]", Some("datetime64[ms]")),
            (
                "datetime64[15us]",
                "datetime64[10us]",
                Some("datetime64[5us]"),
            ),
            ("datetime64[W]", "datetime64[h]", Some("datetime64[h]")),
            ("datetime64[2D]", "datetime64[3h]", Some("datetime64[3h]")),
            ("datetime64[Y]", "datetime64[M]", Some("datetime64[M]")),
            ("datetime64[Y]", "datetime64[D]", Some("datetime64[D]")),
            ("datetime64[M]", "datetime64[ns]", Some("datetime64[ns]")),
            ("timedelta64[Y]", "timedelta64[M]", Some("timedelta64[M]")),
            ("timedelta64[Y]", "timedelta64[D]", None),
            ("timedelta64[D]", "timedelta64[s]", Some("timedelta64[s]")),
            ("datetime64[D]", "datetime64", None),
            ("datetime64[D]", "timedelta64[D]", None),
        ] {
            let expected = expected.map(of);
            assert_eq!(
                promoted(of(one), of(other), Merging::new().booleans(true)),
                expected,
                "{one}, {other}"
            );
            assert_eq!(
                promoted(of(other), of(one), Merging::new().booleans(true)),
                expected,
                "{other}, {one}"
            );
        }
    }
}
