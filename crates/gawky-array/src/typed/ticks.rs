//! [`Ticks`]: dates and durations.

use std::ops::Deref;

use gawky_buffer::{DType, TimeUnit, Unit};

use super::{Column, Refused, Sealed, Typed, Values, numbers};
use crate::Array;

/// Stands for dates in [`Array::as_typed`] and the others: their rows are ticks since 1970.
#[derive(Clone, Copy, Debug)]
pub enum DateTime64 {}

/// Stands for durations in [`Array::as_typed`] and the others: their rows are ticks.
#[derive(Clone, Copy, Debug)]
pub enum TimeDelta64 {}

/// Dates or durations, as ticks of one unit; [`Ticks::NOT_A_TIME`] is none.
///
/// ```
/// use gawky_array::typed::DateTime64;
/// use gawky_array::{Array, NumpyArray};
/// use gawky_buffer::{Buffer, DType};
/// use gawky_form::Parameters;
/// let seconds = Buffer::from_vec(vec![0_i64, 86_400]);
/// let dtype = DType::from_primitive("datetime64[s]")?;
/// let array = NumpyArray::try_new(seconds, dtype, [].into(), 2, Parameters::none())?;
/// let dates = Array::from(array).as_typed::<DateTime64>()?;
/// assert_eq!((&dates[..], dates.unit().to_string().as_str()), (&[0, 86_400][..], "s"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Ticks {
    values: Values<i64>,
    unit: TimeUnit,
}

impl Ticks {
    /// What stands for no time at all: NumPy's `NaT`.
    pub const NOT_A_TIME: i64 = i64::MIN;

    /// How long a tick is.
    #[must_use]
    pub fn unit(&self) -> TimeUnit {
        self.unit
    }
}

impl Deref for Ticks {
    type Target = [i64];

    fn deref(&self) -> &[i64] {
        &self.values
    }
}

impl Sealed for Ticks {}

impl Column for Ticks {
    type View<'a> = &'a [i64];

    fn view(&self) -> &[i64] {
        &self.values
    }

    fn copied_bytes(&self) -> usize {
        self.values.copied_bytes()
    }
}

impl Sealed for DateTime64 {}
impl Sealed for TimeDelta64 {}

impl Typed for DateTime64 {
    type Column = Ticks;

    fn wanted() -> String {
        "datetime64".to_owned()
    }

    fn column(array: &Array, is_copy: bool) -> Result<Ticks, Refused> {
        ticks(array, is_copy, &|dtype| match dtype {
            DType::DateTime64(unit) => Some(unit),
            _ => None,
        })
    }
}

impl Typed for TimeDelta64 {
    type Column = Ticks;

    fn wanted() -> String {
        "timedelta64".to_owned()
    }

    fn column(array: &Array, is_copy: bool) -> Result<Ticks, Refused> {
        ticks(array, is_copy, &|dtype| match dtype {
            DType::TimeDelta64(unit) => Some(unit),
            _ => None,
        })
    }
}

fn ticks(
    array: &Array,
    is_copy: bool,
    unit: &dyn Fn(DType) -> Option<TimeUnit>,
) -> Result<Ticks, Refused> {
    let values = numbers::column(array, is_copy, &|dtype| unit(dtype).is_some())?;
    let mut leaf = array;
    while let Array::Indexed(own) = leaf {
        leaf = &own.content;
    }
    let own = match leaf {
        Array::Numpy(numbers) => unit(numbers.dtype()),
        _ => None,
    };
    Ok(Ticks {
        values,
        unit: own.unwrap_or_else(|| TimeUnit::from(Unit::Generic)),
    })
}
