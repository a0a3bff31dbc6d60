//! [`Survey`]: what values there are in each column, gathered batch by batch.

use std::fmt;

use gawky::array::{ArrayError, NumpyArray};
use gawky::buffer::{Scalar, TimeUnit};
use gawky::form::Type;
use gawky::{Array, DType};

use super::histogram::Histogram;

/// What has been seen of one node of a type, and of those below it.
#[derive(Debug)]
pub(super) struct Survey {
    /// The fields that lead here; empty for rows themselves.
    pub(super) path: String,
    /// What the values are, in datashape.
    pub(super) type_: String,
    pub(super) values: u64,
    pub(super) missing: u64,
    pub(super) seen: Seen,
    pub(super) within: Vec<Survey>,
}

/// What has been seen of values of a kind.
#[derive(Debug)]
pub(super) enum Seen {
    /// Only how many there are: records, and what nothing is known of.
    Count,
    /// Lists that all have so many elements.
    ListsOf(u64),
    /// How long lists, strings or bytestrings are.
    Lengths(Range),
    /// How large numbers are, or how late times.
    Numbers(Numbers),
    /// How many are true.
    Booleans(u64),
    /// How many are of which alternative.
    Choices(Vec<u64>),
}

/// Least, greatest and how they are spread.
#[derive(Debug, Default)]
pub(super) struct Range {
    pub(super) least: Option<Exact>,
    pub(super) greatest: Option<Exact>,
    pub(super) sum: f64,
    pub(super) histogram: Histogram,
}

/// Numbers: those that have a place on a line, and those that have none.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    pub(super) range: Range,
    /// What ticks are, where these are times.
    pub(super) unit: Option<Ticks>,
    /// NaN, and not-a-time.
    pub(super) not_numbers: u64,
    pub(super) infinite: u64,
}

/// What the numbers of times count.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ticks {
    Date(TimeUnit),
    Span(TimeUnit),
}

impl Ticks {
    fn of(dtype: DType) -> Option<Self> {
        match dtype {
            DType::DateTime64(unit) => Some(Self::Date(unit)),
            DType::TimeDelta64(unit) => Some(Self::Span(unit)),
            _ => None,
        }
    }

    fn time(self, ticks: i64) -> String {
        match self {
            Self::Date(unit) => Scalar::DateTime64(Some(ticks), unit).to_string(),
            Self::Span(unit) => Scalar::TimeDelta64(Some(ticks), unit).to_string(),
        }
    }

    /// A time of so many ticks.
    pub(super) fn exact(self, ticks: &Exact) -> String {
        match ticks {
            Exact::Integer(ticks) => self.time(i64::try_from(*ticks).unwrap_or(i64::MAX)),
            other => other.to_string(),
        }
    }

    /// A time of about so many ticks.
    pub(super) fn near(self, ticks: f64) -> String {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "the nearest is wanted, and beyond them all the last"
        )]
        let ticks = ticks.round() as i64;
        self.time(ticks)
    }
}

impl Survey {
    /// Of a type, with nothing seen yet.
    pub(super) fn of(type_: &Type, path: String) -> Self {
        let mut inner = type_;
        while let Type::Option(option) = inner {
            inner = &option.content;
        }
        let same = |content: &Type| vec![Self::of(content, path.clone())];
        let (seen, within) = match inner {
            Type::Unknown(_) | Type::Option(_) => (Seen::Count, Vec::new()),
            Type::Numpy(numpy) => {
                let seen = match numpy.dtype {
                    DType::Bool => Seen::Booleans(0),
                    DType::Complex64 | DType::Complex128 | DType::Complex256 => Seen::Count,
                    dtype => Seen::Numbers(Numbers {
                        unit: Ticks::of(dtype),
                        ..Numbers::default()
                    }),
                };
                (seen, Vec::new())
            }
            // Of strings, the characters are not told one by one.
            Type::List(_) | Type::Regular(_) if is_text(inner) => {
                (Seen::Lengths(Range::default()), Vec::new())
            }
            Type::List(list) => (Seen::Lengths(Range::default()), same(&list.content)),
            Type::Regular(list) => (Seen::ListsOf(list.size), same(&list.content)),
            Type::Record(record) => {
                let named = |position: usize| match record.fields() {
                    Some(fields) => fields.get(position).map(|name| name.to_string()),
                    None => Some(position.to_string()),
                };
                let contents = record.contents().iter().enumerate();
                let within = contents.map(|(position, content)| {
                    let name = named(position).unwrap_or_default();
                    let path = match path.is_empty() {
                        true => name,
                        false => format!("{path}.{name}"),
                    };
                    Self::of(content, path)
                });
                (Seen::Count, within.collect())
            }
            Type::Union(union) => {
                let within = union
                    .contents
                    .iter()
                    .map(|content| Self::of(content, path.clone()));
                (
                    Seen::Choices(vec![0; union.contents.len()]),
                    within.collect(),
                )
            }
        };
        Self {
            path,
            type_: type_.to_string(),
            values: 0,
            missing: 0,
            seen,
            within,
        }
    }

    /// Adds the rows of an array of the type.
    pub(super) fn add(&mut self, array: &Array) -> Result<(), ArrayError> {
        match array {
            Array::Indexed(indexed) => {
                let rows = positions(&indexed.index().to_i64()?);
                return self.add(&indexed.content().take(&rows)?);
            }
            Array::IndexedOption(option) => {
                let rows = positions(&option.index().to_i64()?);
                return self.add_valid(option.content(), &rows, array.len());
            }
            Array::ByteMasked(option) => {
                let rows = valid(array.len(), |row| option.is_valid(row));
                return self.add_valid(option.content(), &rows, array.len());
            }
            Array::BitMasked(option) => {
                let rows = valid(array.len(), |row| option.is_valid(row));
                return self.add_valid(option.content(), &rows, array.len());
            }
            Array::Unmasked(option) => return self.add(option.content()),
            // Rows of more than one dimension are lists.
            Array::Numpy(numpy) if !numpy.inner_shape().is_empty() => {
                return self.add(&array.pack()?);
            }
            _ => {}
        }
        self.values += as_u64(array.len());
        self.look_at(array)?;
        // Strings have characters in them, which are not told one by one.
        if !self.within.is_empty() {
            for (within, content) in self.within.iter_mut().zip(reached(array)?) {
                within.add(&content)?;
            }
        }
        Ok(())
    }

    /// What is told of values of this kind.
    fn look_at(&mut self, array: &Array) -> Result<(), ArrayError> {
        match (&mut self.seen, array) {
            (Seen::Lengths(range), Array::ListOffset(list)) => {
                let offsets = list.offsets().to_i64()?;
                let ends = offsets.iter().zip(offsets.iter().skip(1));
                range.add(|| ends.clone().map(|(start, stop)| stop - start));
            }
            (Seen::Lengths(range), Array::List(list)) => {
                let (starts, stops) = (list.starts().to_i64()?, list.stops().to_i64()?);
                let ends = starts.iter().zip(&stops);
                range.add(|| ends.clone().map(|(start, stop)| stop - start));
            }
            (Seen::Lengths(range), Array::Regular(list)) => {
                let length = as_u64(list.size());
                range.add(|| std::iter::repeat_n(length, list.len()));
            }
            (Seen::Booleans(yes), Array::Numpy(numpy)) => {
                let values = (0..numpy.len()).filter_map(|row| numpy.element(row));
                *yes += as_u64(values.filter(|value| *value == Scalar::Bool(true)).count());
            }
            (Seen::Numbers(numbers), Array::Numpy(numpy)) => numbers.add(numpy)?,
            (Seen::Choices(choices), Array::Union(union)) => {
                for tag in union.tags().bytes()? {
                    if let Some(count) = choices.get_mut(usize::from(*tag)) {
                        *count += 1;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Adds those elements of a content that are there, out of so many.
    fn add_valid(
        &mut self,
        content: &Array,
        rows: &[usize],
        length: usize,
    ) -> Result<(), ArrayError> {
        self.missing += as_u64(length.saturating_sub(rows.len()));
        self.add(&content.take(rows)?)
    }
}

/// The contents of lists, records and unions, as far as a row reaches them.
fn reached(array: &Array) -> Result<Vec<Array>, ArrayError> {
    let one = |content: Array| Ok(vec![content]);
    match array {
        Array::Regular(list) => one(list.content().slice(0..list.len() * list.size())?),
        Array::ListOffset(list) => {
            let offsets = positions(&list.offsets().to_i64()?);
            match (offsets.first(), offsets.last()) {
                (Some(first), Some(last)) if !list.is_empty() => {
                    one(list.content().slice(*first..*last)?)
                }
                _ => one(list.content().slice(0..0)?),
            }
        }
        Array::List(list) => {
            let ranges = (0..list.len()).filter_map(|row| list.bounds(row));
            one(list.content().take(&ranges.flatten().collect::<Vec<_>>())?)
        }
        Array::Record(record) => {
            let contents = record.contents().iter();
            contents
                .map(|content| content.slice(0..record.len()))
                .collect()
        }
        Array::Union(union) => {
            let (tags, index) = (union.tags().bytes()?, union.index().to_i64()?);
            let of = |wanted: usize| -> Vec<i64> {
                let rows = tags.iter().zip(&index);
                let rows = rows.filter(|(tag, _)| usize::from(**tag) == wanted);
                rows.map(|(_, row)| *row).collect()
            };
            let contents = union.contents().iter().enumerate();
            contents
                .map(|(tag, content)| content.take(&positions(&of(tag))))
                .collect()
        }
        _ => Ok(Vec::new()),
    }
}

fn is_text(type_: &Type) -> bool {
    matches!(type_.parameters().array(), Some("string" | "bytestring"))
}

/// Where an index leads, without what is missing.
fn positions(index: &[i64]) -> Vec<usize> {
    let rows = index.iter().filter_map(|row| usize::try_from(*row).ok());
    rows.collect()
}

fn valid(length: usize, is_valid: impl Fn(usize) -> Option<bool>) -> Vec<usize> {
    let rows = (0..length).filter(|row| is_valid(*row) == Some(true));
    rows.collect()
}

impl Range {
    /// Adds values, each of which has a place on a line.
    fn add<T: Number, I: Iterator<Item = T>>(&mut self, values: impl Fn() -> I) {
        let mut all = values();
        let Some(first) = all.next() else { return };
        let (mut least, mut greatest, mut sum) = (first, first, first.near());
        for value in all {
            if value < least {
                least = value;
            }
            if value > greatest {
                greatest = value;
            }
            sum += value.near();
        }
        self.sum += sum;
        self.histogram
            .add(values().map(Number::near), least.near(), greatest.near());
        let (least, greatest) = (least.exact(), greatest.exact());
        self.least = Some(
            self.least
                .filter(|so_far| *so_far <= least)
                .unwrap_or(least),
        );
        self.greatest = Some(
            self.greatest
                .filter(|so_far| *so_far >= greatest)
                .unwrap_or(greatest),
        );
    }
}

impl Numbers {
    fn add(&mut self, array: &NumpyArray) -> Result<(), ArrayError> {
        let of = Array::from(array.clone());
        match array.dtype() {
            DType::Int8 => self.integers(of.as_slice::<i8>()?),
            DType::Int16 => self.integers(of.as_slice::<i16>()?),
            DType::Int32 => self.integers(of.as_slice::<i32>()?),
            DType::Int64 => self.integers(of.as_slice::<i64>()?),
            DType::UInt8 => self.integers(of.as_slice::<u8>()?),
            DType::UInt16 => self.integers(of.as_slice::<u16>()?),
            DType::UInt32 => self.integers(of.as_slice::<u32>()?),
            DType::UInt64 => self.integers(of.as_slice::<u64>()?),
            DType::Float32 => self.floats(of.as_slice::<f32>()?),
            DType::Float64 => self.floats(of.as_slice::<f64>()?),
            _ => self.others(array),
        }
        Ok(())
    }

    fn integers<T: Number>(&mut self, values: &[T]) {
        self.range.add(|| values.iter().copied());
    }

    fn floats<T: Number>(&mut self, values: &[T]) {
        let count =
            |is: fn(f64) -> bool| as_u64(values.iter().filter(|value| is(value.near())).count());
        self.not_numbers += count(f64::is_nan);
        self.infinite += count(f64::is_infinite);
        self.range.add(|| {
            values
                .iter()
                .copied()
                .filter(|value| value.near().is_finite())
        });
    }

    /// Halves and times, of which there are few.
    fn others(&mut self, array: &NumpyArray) {
        let scalars = || (0..array.len()).filter_map(|row| array.element(row));
        let ticks = |scalar| match scalar {
            Scalar::DateTime64(ticks, _) | Scalar::TimeDelta64(ticks, _) => Some(ticks),
            _ => None,
        };
        match array.dtype() {
            DType::DateTime64(_) | DType::TimeDelta64(_) => {
                let there = || scalars().filter_map(ticks);
                self.not_numbers += as_u64(there().filter(Option::is_none).count());
                self.range.add(|| there().flatten());
            }
            _ => {
                let values: Vec<f64> = scalars().filter_map(Scalar::as_f64).collect();
                self.floats(&values);
            }
        }
    }
}

/// A number with a place on a line.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) enum Exact {
    /// An integer, or the ticks of a time.
    Integer(i128),
    Single(f32),
    Double(f64),
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(f),
            Self::Single(value) => Scalar::Float32(*value).fmt(f),
            Self::Double(value) => Scalar::Float64(*value).fmt(f),
        }
    }
}

/// What can be told of a number, whatever its dtype is.
trait Number: Copy + PartialOrd {
    /// The nearest `f64`.
    fn near(self) -> f64;
    fn exact(self) -> Exact;
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Number for $type {
            #[allow(clippy::cast_precision_loss, clippy::cast_lossless, reason = "the nearest is wanted")]
            fn near(self) -> f64 {
                self as f64
            }

            fn exact(self) -> Exact {
                Exact::Integer(self.into())
            }
        }
    )*};
}

integers!(i8, i16, i32, i64, u8, u16, u32, u64);

impl Number for f32 {
    fn near(self) -> f64 {
        self.into()
    }

    fn exact(self) -> Exact {
        Exact::Single(self)
    }
}

impl Number for f64 {
    fn near(self) -> f64 {
        self
    }

    fn exact(self) -> Exact {
        Exact::Double(self)
    }
}

fn as_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use gawky::Value;
    use gawky_testkit::arbitrary::arrays;
    use proptest::prelude::*;

    use super::*;

    /// What is reached by rows: missing values, scalars, and strings with their bytes.
    #[derive(Debug, Default, PartialEq)]
    struct Reached {
        missing: u64,
        scalars: u64,
        text: u64,
        lists: u64,
    }

    fn reach(value: &Value<'_>, reached: &mut Reached) {
        match value {
            Value::Null => reached.missing += 1,
            Value::Scalar(_) => reached.scalars += 1,
            Value::Str(_) | Value::NonUtf8(_) | Value::Bytes(_) => reached.text += 1,
            Value::List(list) => {
                reached.lists += 1;
                list.iter().for_each(|value| reach(&value, reached));
            }
            Value::Record(record) => record.values().for_each(|value| reach(&value, reached)),
        }
    }

    fn surveyed(survey: &Survey, reached: &mut Reached) {
        reached.missing += survey.missing;
        let is_leaf = survey.within.is_empty();
        let inner = survey.type_.trim_start_matches('?');
        match &survey.seen {
            Seen::Lengths(_) if is_leaf => reached.text += survey.values,
            Seen::Lengths(_) => reached.lists += survey.values,
            Seen::Numbers(_) | Seen::Booleans(_) => reached.scalars += survey.values,
            Seen::Count if inner.starts_with("complex") || inner == "float128" => {
                reached.scalars += survey.values;
            }
            Seen::ListsOf(_) => reached.lists += survey.values,
            _ => {}
        }
        survey
            .within
            .iter()
            .for_each(|within| surveyed(within, reached));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

        /// Everything that a row reaches is seen, once, in however many batches.
        #[test]
        fn everything_is_seen_once(sample in arrays(), cut in 0.0..1.0_f64) {
            let array: &Array = &sample;
            let mut survey = Survey::of(&array.type_(), String::new());
            #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a row")]
            let cut = (array.len().min(1000) as f64 * cut) as usize;
            for rows in [0..cut, cut..array.len()] {
                survey.add(&array.slice(rows).unwrap()).unwrap();
            }
            let (mut expected, mut seen) = (Reached::default(), Reached::default());
            array.iter().unwrap().for_each(|value| reach(&value, &mut expected));
            surveyed(&survey, &mut seen);
            prop_assert_eq!(seen, expected, "{}", array.type_());
        }
    }

    #[test]
    fn numbers_are_told_as_they_are() {
        let of = |array: Array| {
            let mut survey = Survey::of(&array.type_(), String::new());
            survey.add(&array).unwrap();
            survey
        };
        let survey = of(NumpyArray::from_vec(vec![1.5_f32, f32::NAN, -0.1, f32::INFINITY]).into());
        let Seen::Numbers(numbers) = &survey.seen else {
            panic!("{survey:?}")
        };
        let shown = |exact: Option<Exact>| exact.unwrap().to_string();
        assert_eq!(shown(numbers.range.least), "-0.1");
        assert_eq!(shown(numbers.range.greatest), "1.5");
        assert_eq!((numbers.not_numbers, numbers.infinite), (1, 1));
        let most = of(NumpyArray::from_vec(vec![u64::MAX, u64::MAX - 1]).into());
        let Seen::Numbers(numbers) = &most.seen else {
            panic!("{most:?}")
        };
        assert_eq!(shown(numbers.range.greatest), "18446744073709551615");
        assert_eq!(shown(numbers.range.least), "18446744073709551614");
    }
}
