//! Numbers that grow, in a dtype that holds them all exactly.

use gawky_buffer::{Buffer, DType, Native, Scalar, f16};

use super::decimal::Decimal;

/// Numbers, dates or durations of one dtype.
#[derive(Clone, Debug)]
pub(crate) enum Numbers {
    Int8(Vec<i8>),
    Int16(Vec<i16>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    UInt8(Vec<u8>),
    UInt16(Vec<u16>),
    UInt32(Vec<u32>),
    UInt64(Vec<u64>),
    Float16(Vec<f16>),
    Float32(Vec<f32>),
    Float64(Vec<f64>),
    Float128(Vec<u8>),
    /// Dates or durations: which, and how many ticks each is.
    Ticks(DType, Vec<i64>),
}

/// A Rust number that columns hold as it is.
pub(crate) trait Number: Native {
    /// The numbers of this type, if these are.
    fn of(numbers: &mut Numbers) -> Option<&mut Vec<Self>>;

    fn scalar(self) -> Scalar;
}

macro_rules! each_number {
    ($($variant:ident $native:ty),*) => {
        $(impl Number for $native {
            #[inline]
            fn of(numbers: &mut Numbers) -> Option<&mut Vec<Self>> {
                match numbers {
                    Numbers::$variant(values) => Some(values),
                    _ => None,
                }
            }

            #[inline]
            fn scalar(self) -> Scalar {
                Scalar::$variant(self)
            }
        })*

        impl Numbers {
            /// None of a dtype; `None` for booleans and complex numbers.
            pub(super) fn none(dtype: DType) -> Option<Self> {
                Some(match dtype {
                    $(DType::$variant => Self::$variant(Vec::new()),)*
                    DType::Float128 => Self::Float128(Vec::new()),
                    DType::DateTime64(_) | DType::TimeDelta64(_) => Self::Ticks(dtype, Vec::new()),
                    DType::Bool | DType::Complex64 | DType::Complex128 | DType::Complex256 => return None,
                })
            }

            pub(super) fn dtype(&self) -> DType {
                match self {
                    $(Self::$variant(_) => DType::$variant,)*
                    Self::Float128(_) => DType::Float128,
                    Self::Ticks(dtype, _) => *dtype,
                }
            }

            pub(super) fn len(&self) -> usize {
                match self {
                    $(Self::$variant(values) => values.len(),)*
                    Self::Float128(bytes) => bytes.len() / DType::Float128.itemsize(),
                    Self::Ticks(_, ticks) => ticks.len(),
                }
            }

            pub(super) fn truncate(&mut self, len: usize) {
                match self {
                    $(Self::$variant(values) => values.truncate(len),)*
                    Self::Float128(bytes) => bytes.truncate(len.saturating_mul(DType::Float128.itemsize())),
                    Self::Ticks(_, ticks) => ticks.truncate(len),
                }
            }

            pub(super) fn get(&self, position: usize) -> Option<Scalar> {
                match self {
                    $(Self::$variant(values) => values.get(position).map(|value| Scalar::$variant(*value)),)*
                    Self::Float128(bytes) => Scalar::read(DType::Float128, bytes, position),
                    Self::Ticks(dtype, ticks) => {
                        let ticks = ticks.get(position)?.to_ne_bytes();
                        Scalar::from_bytes(*dtype, &ticks)
                    }
                }
            }

            /// Adds a number that is of the very dtype; whether it is.
            #[inline]
            fn push_own(&mut self, number: Scalar) -> bool {
                match (self, number) {
                    $((Self::$variant(values), Scalar::$variant(value)) => values.push(value),)*
                    (Self::Float128(bytes), Scalar::Float128(value)) => bytes.extend_from_slice(&value),
                    (Self::Ticks(DType::DateTime64(unit), all), Scalar::DateTime64(ticks, its))
                    | (Self::Ticks(DType::TimeDelta64(unit), all), Scalar::TimeDelta64(ticks, its))
                        if *unit == its =>
                    {
                        all.push(ticks.unwrap_or(i64::MIN));
                    }
                    _ => return false,
                }
                true
            }

            pub(super) fn into_buffer(self) -> Buffer {
                match self {
                    $(Self::$variant(values) => Buffer::from_vec(values),)*
                    Self::Float128(bytes) => Buffer::from_vec(bytes),
                    Self::Ticks(_, ticks) => Buffer::from_vec(ticks),
                }
            }
        }
    };
}

each_number! {
    Int8 i8, Int16 i16, Int32 i32, Int64 i64, UInt8 u8, UInt16 u16, UInt32 u32, UInt64 u64, Float16 f16, Float32 f32,
    Float64 f64
}

impl Numbers {
    /// Makes the dtype one that holds the number, and all that are there or were before, exactly; whether there is such a one.
    pub(super) fn widen_for(&mut self, number: Scalar, before: &Integers) -> bool {
        if number.dtype() == self.dtype() {
            return true;
        }
        let Some(common) = common(self.dtype(), number.dtype()) else {
            return false;
        };
        let mut becomes =
            |dtype: DType| exactly(number, dtype).is_some() && self.widen_to(dtype, before);
        becomes(common) || common == DType::Int64 && becomes(DType::UInt64)
    }

    /// Makes the dtype this one; whether it holds all that are there or were before.
    pub(super) fn widen_to(&mut self, dtype: DType, before: &Integers) -> bool {
        if dtype == self.dtype() {
            return true;
        }
        if !before.are_all(dtype) {
            return false;
        }
        let Some(mut wider) = Self::none(dtype) else {
            return false;
        };
        for position in 0..self.len() {
            let number = self.get(position).and_then(|there| exactly(there, dtype));
            if !number.is_some_and(|number| wider.push_own(number)) {
                return false;
            }
        }
        *self = wider;
        true
    }

    /// Adds a number; whether the dtype holds it exactly.
    #[inline]
    pub(super) fn push(&mut self, number: Scalar) -> bool {
        self.push_own(number)
            || exactly(number, self.dtype()).is_some_and(|number| self.push_own(number))
    }
}

impl Numbers {
    /// Adds an integer, if the dtype is one of which it is seen at once that it holds it; whether it does.
    #[inline]
    pub(super) fn push_integer(&mut self, value: i64) -> bool {
        macro_rules! push_to {
            ($values:ident) => {
                match value.try_into() {
                    Ok(value) => $values.push(value),
                    Err(_) => return false,
                }
            };
        }
        match self {
            Self::Int8(values) => push_to!(values),
            Self::Int16(values) => push_to!(values),
            Self::Int32(values) => push_to!(values),
            Self::Int64(values) => values.push(value),
            Self::UInt8(values) => push_to!(values),
            Self::UInt16(values) => push_to!(values),
            Self::UInt32(values) => push_to!(values),
            Self::UInt64(values) => push_to!(values),
            #[allow(clippy::cast_precision_loss, reason = "these are floats")]
            Self::Float64(values) if value.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS => {
                values.push(value as f64);
            }
            #[allow(clippy::cast_precision_loss, reason = "these are floats")]
            Self::Float32(values) if value.unsigned_abs() <= 1 << f32::MANTISSA_DIGITS => {
                values.push(value as f32);
            }
            Self::Float16(_)
            | Self::Float32(_)
            | Self::Float64(_)
            | Self::Float128(_)
            | Self::Ticks(..) => return false,
        }
        true
    }

    /// Adds the float that is nearest to a decimal number; whether there is one, or one of these integers is it.
    #[inline]
    pub(super) fn push_decimal(&mut self, decimal: Decimal) -> bool {
        if let Self::Float32(values) = self {
            let value = decimal.nearest;
            #[allow(
                clippy::cast_possible_truncation,
                reason = "the nearest is what is promised"
            )]
            let nearest = value as f32;
            let is_there = nearest.is_infinite() == value.is_infinite();
            if is_there {
                values.push(nearest);
            }
            return is_there;
        }
        let number = decimal.scalar();
        match is_float(self.dtype()) {
            true => rounded(number, self.dtype()).is_some_and(|number| self.push_own(number)),
            false => decimal.is_exact && self.push(number),
        }
    }
}

/// Of the integers in other rows those by which a dtype is told to hold them all: one that holds these does.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Integers {
    /// The least and the greatest.
    ends: Option<[Scalar; 2]>,
    /// One that is no `float64`, if there is one.
    no_float: Option<Scalar>,
}

impl Integers {
    /// These, and more.
    pub(super) fn with(mut self, numbers: &Numbers) -> Self {
        fn ends<T: Number + Ord>(values: &[T]) -> Option<[Scalar; 2]> {
            let least = values.iter().min()?;
            Some([least.scalar(), values.iter().max()?.scalar()])
        }
        let new = match numbers {
            Numbers::Int8(values) => ends(values),
            Numbers::Int16(values) => ends(values),
            Numbers::Int32(values) => ends(values),
            Numbers::Int64(values) => ends(values),
            Numbers::UInt8(values) => ends(values),
            Numbers::UInt16(values) => ends(values),
            Numbers::UInt32(values) => ends(values),
            Numbers::UInt64(values) => ends(values),
            // Every wider dtype holds all of these.
            Numbers::Float16(_)
            | Numbers::Float32(_)
            | Numbers::Float64(_)
            | Numbers::Float128(_)
            | Numbers::Ticks(..) => None,
        };
        let Some(new) = new else {
            return self;
        };
        let is_any_float = |number: &Scalar| {
            whole(*number).is_some_and(|number| number.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS)
        };
        if self.no_float.is_none() && !new.iter().all(is_any_float) {
            let mut all = (0..numbers.len()).filter_map(|position| numbers.get(position));
            self.no_float = all.find(|number| exactly(*number, DType::Float64).is_none());
        }
        self.ends = Some(match (self.ends, new) {
            (None, new) => new,
            (Some([least, greatest]), [new_least, new_greatest]) => [
                std::cmp::min_by_key(least, new_least, |number| whole(*number)),
                std::cmp::max_by_key(greatest, new_greatest, |number| whole(*number)),
            ],
        });
        self
    }

    /// Whether a dtype holds them all.
    fn are_all(&self, dtype: DType) -> bool {
        let mut told = self.ends.iter().flatten().chain(&self.no_float);
        told.all(|number| exactly(*number, dtype).is_some())
    }
}

/// The nearest number of a float's dtype; `None` where there is none that is finite.
pub(super) fn rounded(number: Scalar, dtype: DType) -> Option<Scalar> {
    let rounded = match number {
        Scalar::Float64(_) if dtype == DType::Float64 => number,
        #[allow(
            clippy::cast_possible_truncation,
            reason = "the nearest is what is promised"
        )]
        Scalar::Float64(value) if dtype == DType::Float32 => Scalar::Float32(value as f32),
        number => number.cast(dtype).ok()?,
    };
    let infinite = |number: Scalar| number.as_f64().is_some_and(f64::is_infinite);
    (infinite(rounded) == infinite(number)).then_some(rounded)
}

/// The dtype to try for numbers of two: integers stay integers, and of an integer and a float comes a `float64`.
///
/// Here values decide: what does not hold all of them is not taken. Forms, of which the values are not known, are promoted by NumPy's table
/// (`Form::unify`), where an `int16` and a `float32` make a `float32`.
fn common(one: DType, other: DType) -> Option<DType> {
    match (signed(one), signed(other)) {
        (Some(a), Some(b)) if a == b => {
            let wider = one.itemsize() >= other.itemsize();
            Some(if wider { one } else { other })
        }
        (Some(_), Some(_)) => {
            let unsigned = if signed(one) == Some(true) {
                other
            } else {
                one
            };
            let least = match unsigned {
                DType::UInt8 => DType::Int16,
                DType::UInt16 => DType::Int32,
                // Those of uint64 that int64 has not are found out when they are converted.
                _ => DType::Int64,
            };
            let signed = if signed(one) == Some(true) {
                one
            } else {
                other
            };
            let wider = signed.itemsize() >= least.itemsize();
            Some(if wider { signed } else { least })
        }
        _ if is_float(one) && is_float(other) => {
            let wider = one.itemsize() >= other.itemsize();
            Some(if wider { one } else { other })
        }
        (Some(_), None) if is_float(other) => Some(at_least_64(other)),
        (None, Some(_)) if is_float(one) => Some(at_least_64(one)),
        _ => None,
    }
}

/// This float, or the one of 64 bits if that is wider.
fn at_least_64(float: DType) -> DType {
    match float {
        DType::Float128 => float,
        _ => DType::Float64,
    }
}

/// Whether an integer is signed.
pub(super) fn signed(dtype: DType) -> Option<bool> {
    match dtype {
        DType::Int8 | DType::Int16 | DType::Int32 | DType::Int64 => Some(true),
        DType::UInt8 | DType::UInt16 | DType::UInt32 | DType::UInt64 => Some(false),
        _ => None,
    }
}

pub(super) fn is_float(dtype: DType) -> bool {
    matches!(
        dtype,
        DType::Float16 | DType::Float32 | DType::Float64 | DType::Float128
    )
}

/// The same number in another dtype; `None` where it would be another one. Integers become ticks, which they count.
pub(super) fn exactly(number: Scalar, dtype: DType) -> Option<Scalar> {
    let from = number.dtype();
    if from == dtype {
        return Some(number);
    }
    match dtype {
        DType::Float32 if from == DType::Float64 => narrowed(number),
        DType::Float64 if signed(from).is_some() => float64(number),
        DType::DateTime64(unit) if signed(from).is_some() => {
            Some(Scalar::DateTime64(Some(ticks(number)?), unit))
        }
        DType::TimeDelta64(unit) if signed(from).is_some() => {
            Some(Scalar::TimeDelta64(Some(ticks(number)?), unit))
        }
        DType::DateTime64(_) if !matches!(from, DType::DateTime64(_)) => None,
        DType::TimeDelta64(_) if !matches!(from, DType::TimeDelta64(_)) => None,
        _ if signed(dtype).is_some() && signed(from).is_some() => integer(number, dtype),
        // What is an integer and is no float, and the other way round, is none of these.
        _ if signed(dtype).is_some() && !is_float(from) => None,
        _ => {
            let converted = number.cast(dtype).ok()?;
            let zero = number.as_f64() == Some(0.0);
            let negative = number.as_f64().is_some_and(f64::is_sign_negative);
            // Integers have no zero with a sign.
            let same =
                converted.equals(number, true) && !(zero && negative && signed(dtype).is_some());
            same.then_some(converted)
        }
    }
}

fn narrowed(number: Scalar) -> Option<Scalar> {
    let Scalar::Float64(value) = number else {
        return None;
    };
    #[allow(
        clippy::cast_possible_truncation,
        reason = "it is looked at whether it is the same"
    )]
    let narrow = value as f32;
    (f64::from(narrow) == value || value.is_nan()).then_some(Scalar::Float32(narrow))
}

fn float64(number: Scalar) -> Option<Scalar> {
    let float = number.as_f64()?;
    let (back, same) = (
        Scalar::Float64(float),
        number.equals(Scalar::Float64(float), false),
    );
    same.then_some(back)
}

fn ticks(number: Scalar) -> Option<i64> {
    // The least i64 is not-a-time.
    number.as_i64().filter(|ticks| *ticks != i64::MIN)
}

fn whole(number: Scalar) -> Option<i128> {
    match number {
        Scalar::UInt64(value) => Some(value.into()),
        other => other.as_i64().map(i128::from),
    }
}

fn integer(number: Scalar, dtype: DType) -> Option<Scalar> {
    let value = whole(number)?;
    Some(match dtype {
        DType::Int8 => Scalar::Int8(value.try_into().ok()?),
        DType::Int16 => Scalar::Int16(value.try_into().ok()?),
        DType::Int32 => Scalar::Int32(value.try_into().ok()?),
        DType::Int64 => Scalar::Int64(value.try_into().ok()?),
        DType::UInt8 => Scalar::UInt8(value.try_into().ok()?),
        DType::UInt16 => Scalar::UInt16(value.try_into().ok()?),
        DType::UInt32 => Scalar::UInt32(value.try_into().ok()?),
        DType::UInt64 => Scalar::UInt64(value.try_into().ok()?),
        _ => return None,
    })
}
