//! The tick of a `datetime64` or `timedelta64`.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use crate::BufferError;

/// NumPy's units of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// `Y`
    Year,
    /// `M`
    Month,
    /// `W`
    Week,
    /// `D`
    Day,
    /// `h`
    Hour,
    /// `m`
    Minute,
    /// `s`
    Second,
    /// `ms`
    Millisecond,
    /// `us`
    Microsecond,
    /// `ns`
    Nanosecond,
    /// `ps`
    Picosecond,
    /// `fs`
    Femtosecond,
    /// `as`
    Attosecond,
    /// No unit: NumPy's bare `datetime64` and `timedelta64`, which it also calls `generic`.
    Generic,
}

impl Unit {
    /// Every unit, coarsest first, [`Unit::Generic`] last.
    pub const ALL: [Self; 14] = [
        Self::Year,
        Self::Month,
        Self::Week,
        Self::Day,
        Self::Hour,
        Self::Minute,
        Self::Second,
        Self::Millisecond,
        Self::Microsecond,
        Self::Nanosecond,
        Self::Picosecond,
        Self::Femtosecond,
        Self::Attosecond,
        Self::Generic,
    ];

    /// NumPy's abbreviation, such as `us`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Year => "Y",
            Self::Month => "M",
            Self::Week => "W",
            Self::Day => "D",
            Self::Hour => "h",
            Self::Minute => "m",
            Self::Second => "s",
            Self::Millisecond => "ms",
            Self::Microsecond => "us",
            Self::Nanosecond => "ns",
            Self::Picosecond => "ps",
            Self::Femtosecond => "fs",
            Self::Attosecond => "as",
            Self::Generic => "generic",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Unit {
    type Err = BufferError;

    /// Reads NumPy's abbreviation; `μs` is `us`, as it is for NumPy.
    fn from_str(text: &str) -> Result<Self, BufferError> {
        let name = if text == "\u{3bc}s" { "us" } else { text };
        Self::ALL
            .into_iter()
            .find(|unit| unit.name() == name)
            .ok_or_else(|| BufferError::UnknownDType {
                text: text.to_owned(),
                what: "unit of time",
                hint: ": use one of Y, M, W, D, h, m, s, ms, us, ns, ps, fs, as",
            })
    }
}

/// The tick of a `datetime64` or `timedelta64`: so many of a unit, as in `datetime64[15us]`.
///
/// ```
/// use gawky_buffer::{TimeUnit, Unit};
/// let tick: TimeUnit = "15us".parse()?;
/// assert_eq!(Some(tick), TimeUnit::new(15, Unit::Microsecond));
/// assert_eq!(tick.to_string(), "15us");
/// assert_eq!(TimeUnit::from(Unit::Second).to_string(), "s");
/// # Ok::<(), gawky_buffer::BufferError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeUnit {
    /// How many of the unit one tick is.
    pub count: NonZeroU32,
    /// The unit.
    pub unit: Unit,
}

impl TimeUnit {
    /// No unit: the tick of a bare `datetime64` or `timedelta64`.
    pub const GENERIC: Self = Self {
        count: NonZeroU32::MIN,
        unit: Unit::Generic,
    };

    /// The greatest count that NumPy can hold.
    const MAX_COUNT: u32 = i32::MAX.unsigned_abs();

    /// `count` of `unit` per tick; `None` when `count` is zero or more than NumPy can hold (`i32::MAX`).
    ///
    /// A count of [`Unit::Generic`] means nothing and is taken for 1.
    #[must_use]
    pub const fn new(count: u32, unit: Unit) -> Option<Self> {
        match NonZeroU32::new(count) {
            Some(_) if count > Self::MAX_COUNT => None,
            Some(_) if matches!(unit, Unit::Generic) => Some(Self::GENERIC),
            Some(count) => Some(Self { count, unit }),
            None => None,
        }
    }
}

impl From<Unit> for TimeUnit {
    fn from(unit: Unit) -> Self {
        Self {
            count: NonZeroU32::MIN,
            unit,
        }
    }
}

impl fmt::Display for TimeUnit {
    /// `15us`; a count of 1 is not written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.count != NonZeroU32::MIN && self.unit != Unit::Generic {
            write!(f, "{}", self.count)?;
        }
        self.unit.fmt(f)
    }
}

impl FromStr for TimeUnit {
    type Err = BufferError;

    /// Reads `15us`, `us`, `1us`; white space may precede the count, as Awkward and NumPy allow.
    fn from_str(text: &str) -> Result<Self, BufferError> {
        let unknown = || BufferError::UnknownDType {
            text: text.to_owned(),
            what: "tick",
            hint: ": write a unit of Y, M, W, D, h, m, s, ms, us, ns, ps, fs, as, \
                   or a count from 1 to 2147483647 and a unit, such as 15us",
        };
        let spaceless = text.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '\x0b');
        let digits = spaceless
            .find(|c: char| !c.is_ascii_digit())
            .ok_or_else(unknown)?;
        let (count, unit) = spaceless.split_at(digits);
        let count = match count {
            "" if spaceless.len() != text.len() => return Err(unknown()),
            "" => 1,
            count => count.parse().map_err(|_| unknown())?,
        };
        let unit = unit.parse().map_err(|_| unknown())?;
        Self::new(count, unit).ok_or_else(unknown)
    }
}
