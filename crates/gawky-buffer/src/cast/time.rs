//! Ticks of one unit to ticks of another.

use crate::calendar::Date;
use crate::{BufferError, BufferMut, DType, Scalar, TimeUnit, Unit};

pub(crate) const SECOND: i128 = 1_000_000_000_000_000_000;

/// How ticks of one unit become ticks of another, for a device that computes it by itself.
///
/// All is rounded down, not-a-time stays what it is, and what does not fit is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TickChange {
    /// Times a fraction.
    Times(TickRatio),
    /// Months to the first day of the month, and its days since 1970 to ticks.
    ToDays {
        /// Months per tick.
        months: i128,
        /// Days to ticks.
        then: TickRatio,
    },
    /// Ticks to days since 1970, and the day's month to ticks.
    ToMonths {
        /// Ticks to days.
        first: TickRatio,
        /// Months per tick.
        months: i128,
    },
}

/// A fraction of two positive numbers in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TickRatio {
    numerator: i128,
    denominator: i128,
}

/// The size of a tick in months or in attoseconds, whichever it is a whole number of.
#[derive(Clone, Copy)]
pub(crate) enum Size {
    Months(i128),
    Attoseconds(i128),
    None,
}

pub(crate) const DAY: i128 = 86_400 * SECOND;

impl Size {
    pub(crate) fn of(tick: TimeUnit) -> Self {
        let one = match tick.unit {
            Unit::Year => Self::Months(12),
            Unit::Month => Self::Months(1),
            Unit::Week => Self::Attoseconds(7 * DAY),
            Unit::Day => Self::Attoseconds(DAY),
            Unit::Hour => Self::Attoseconds(3_600 * SECOND),
            Unit::Minute => Self::Attoseconds(60 * SECOND),
            Unit::Second => Self::Attoseconds(SECOND),
            Unit::Millisecond => Self::Attoseconds(SECOND / 1_000),
            Unit::Microsecond => Self::Attoseconds(SECOND / 1_000_000),
            Unit::Nanosecond => Self::Attoseconds(1_000_000_000),
            Unit::Picosecond => Self::Attoseconds(1_000_000),
            Unit::Femtosecond => Self::Attoseconds(1_000),
            Unit::Attosecond => Self::Attoseconds(1),
            Unit::Generic => Self::None,
        };
        let count = i128::from(tick.count.get());
        match one {
            Self::Months(months) => Self::Months(months * count),
            Self::Attoseconds(attoseconds) => Self::Attoseconds(attoseconds * count),
            Self::None => Self::None,
        }
    }
}

impl TickRatio {
    /// What leaves ticks as they are.
    pub const ONE: Self = Self {
        numerator: 1,
        denominator: 1,
    };

    /// What ticks are multiplied by.
    #[must_use]
    pub fn numerator(self) -> i128 {
        self.numerator
    }

    /// What they are divided by then.
    #[must_use]
    pub fn denominator(self) -> i128 {
        self.denominator
    }

    /// `from / to` for two positive sizes.
    fn new(from: i128, to: i128) -> Self {
        let (mut a, mut b) = (from, to);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Self {
            numerator: from / a,
            denominator: to / a,
        }
    }

    /// `None` when the product is too great for an `i128`. Of two sizes in units of time one is a whole
    /// multiple of the other but for counts below 2^31, so the quotient is then too great for an `i64`.
    fn floor(self, ticks: i128) -> Option<i128> {
        let product = ticks.checked_mul(self.numerator)?;
        Some(product.div_euclid(self.denominator))
    }
}

impl TickChange {
    /// From ticks of one dtype to ticks of another; `None` where they do not become one another, or are none.
    ///
    /// ```
    /// use gawky_buffer::{DType, TickChange};
    /// let (from, to) = (DType::from_primitive("datetime64[D]")?, DType::from_primitive("datetime64[h]")?);
    /// let Some(TickChange::Times(ratio)) = TickChange::between(from, to) else { unreachable!() };
    /// assert_eq!((ratio.numerator(), ratio.denominator()), (24, 1));
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    #[must_use]
    pub fn between(from: DType, to: DType) -> Option<Self> {
        match (from, to) {
            (DType::DateTime64(from), DType::DateTime64(to)) => Some(Self::of_dates(from, to)),
            (DType::TimeDelta64(from), DType::TimeDelta64(to)) => Self::of_durations(from, to),
            _ => None,
        }
    }

    /// From ticks of dates to other ticks of dates. Without a unit, ticks are taken for what is wanted.
    pub(crate) fn of_dates(from: TimeUnit, to: TimeUnit) -> Self {
        match (Size::of(from), Size::of(to)) {
            (Size::None, _) | (_, Size::None) => Self::Times(TickRatio::ONE),
            (Size::Months(a), Size::Months(b)) | (Size::Attoseconds(a), Size::Attoseconds(b)) => {
                Self::Times(TickRatio::new(a, b))
            }
            (Size::Months(months), Size::Attoseconds(b)) => Self::ToDays {
                months,
                then: TickRatio::new(DAY, b),
            },
            (Size::Attoseconds(a), Size::Months(months)) => Self::ToMonths {
                first: TickRatio::new(a, DAY),
                months,
            },
        }
    }

    /// From ticks of durations to others; `None` between months and anything of fixed length.
    pub(crate) fn of_durations(from: TimeUnit, to: TimeUnit) -> Option<Self> {
        match Self::of_dates(from, to) {
            change @ Self::Times(_) => Some(change),
            _ => None,
        }
    }

    /// The ticks after the change, floored; `None` when they are too many.
    pub(crate) fn apply(self, ticks: i64) -> Option<i64> {
        let ticks = i128::from(ticks);
        let changed = match self {
            Self::Times(ratio) => ratio.floor(ticks)?,
            Self::ToDays { months, then } => then.floor(Date::of_months(ticks * months).days())?,
            Self::ToMonths { first, months } => Date::of_days(first.floor(ticks)?)
                .months()
                .div_euclid(months),
        };
        // The least i64 is not-a-time, and no date.
        i64::try_from(changed).ok().filter(|t| *t != i64::MIN)
    }

    /// Whether `ticks` of the one are exactly `other` ticks of the other.
    pub(crate) fn equates(self, ticks: i64, other: i64) -> bool {
        let (ticks, other) = (i128::from(ticks), i128::from(other));
        let (ticks, ratio, other) = match self {
            Self::Times(ratio) => (ticks, ratio, other),
            Self::ToDays { months, then } => (Date::of_months(ticks * months).days(), then, other),
            Self::ToMonths { first, months } => {
                (ticks, first, Date::of_months(other * months).days())
            }
        };
        // Where one product is too great, the other is not: see `TickRatio::floor`.
        match (
            ticks.checked_mul(ratio.numerator),
            other.checked_mul(ratio.denominator),
        ) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        }
    }
}

/// Appends changed ticks; not-a-time stays so.
///
/// # Errors
/// [`BufferError::Overflow`] at the first that does not fit.
pub(super) fn convert(
    out: &mut BufferMut,
    source: &[u8],
    from: DType,
    to: DType,
    change: TickChange,
) -> Result<(), BufferError> {
    let source = source.as_chunks::<8>().0;
    if change == TickChange::Times(TickRatio::ONE) {
        out.extend_from_slice(source.as_flattened());
        return Ok(());
    }
    let mut failed = None;
    let mut index = 0_usize;
    out.extend_converted(source, |b| {
        let ticks = i64::from_ne_bytes(b);
        let changed = if ticks == i64::MIN {
            Some(i64::MIN)
        } else {
            change.apply(ticks)
        };
        if changed.is_none() && failed.is_none() {
            failed = Some((index, b));
        }
        index += 1;
        changed.unwrap_or(i64::MIN).to_ne_bytes()
    });
    match failed {
        None => Ok(()),
        Some((index, ticks)) => Err(BufferError::Overflow {
            index,
            value: Scalar::from_bytes(from, &ticks)
                .map(|scalar| scalar.to_string())
                .unwrap_or_default(),
            to,
        }),
    }
}
