//! [`Column`]: one node that grows.

use std::sync::Arc;

use gawky_buffer::{DType, Scalar};
use gawky_form::{Form, Type};

use super::choices::Choices;
use super::decimal::Decimal;
use super::layout::Kept;
use super::lists::{Lists, Regulars, Sequence, Strings, Tuples};
use super::numbers::{Number, Numbers, exactly, is_float};
use super::pairs::Pairs;
use super::place;
use super::records::{Categories, MAX_FIELDS, Records, Variants};
use super::unfit::Unfit;

/// One node that grows: rows, of which some may be missing.
///
/// It learns what it is from what comes, or keeps to a [declared](Column::of_type) type. What is refused may leave a part of a row
/// behind, which [`truncate`](Self::truncate) takes away.
#[derive(Clone, Debug, Default)]
pub(crate) struct Column {
    pub(super) values: Values,
    /// Which value each row is; `None` while none can be missing.
    pub(super) picks: Option<Picks>,
    /// Whether the kind of its values is settled, so that it does not learn.
    pub(super) fixed: bool,
    /// The type that it keeps to, if one is declared.
    pub(super) declared: Option<Arc<Declared>>,
    /// What other rows have taught, so that it is not forgotten.
    pub(super) kept: Option<Arc<Kept>>,
}

/// Which value each row is, -1 where it is missing.
#[derive(Clone, Debug, Default)]
pub(super) struct Picks {
    pub(super) index: Vec<i64>,
    /// How many rows there were when it was learned that some may be missing; `None` where that is declared, or was learned from
    /// other rows.
    pub(super) since: Option<usize>,
}

/// What a column keeps to.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    /// The type, with its option.
    pub(super) of: Type,
    /// The form of the finished array, where it is not the one that the type has.
    pub(super) form: Option<Form>,
}

/// The kind of what comes next.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind<'a> {
    Bool,
    Number(Scalar),
    /// A number written in decimal digits, which the float that comes nearest stands for.
    Decimal(Decimal),
    Text(&'a str),
    Bytes,
    List,
    Tuple(usize),
    /// A pair of a map.
    Pair(Pairs),
    /// Records, by what they are called, if they are.
    Record(Option<&'a str>),
    /// The name of a variant that has nothing in it.
    Category,
    /// A variant of this name, with something in it.
    Variant(&'a str),
}

#[derive(Clone, Debug, Default)]
pub(super) enum Values {
    #[default]
    Unknown,
    Bool(Vec<u8>),
    Numbers(Numbers),
    /// The real parts, and the imaginary ones.
    Complex(Tuples),
    Text(Strings),
    /// Lists of bytes.
    Bytes(Lists),
    List(Lists),
    Regular(Regulars),
    Tuple(Tuples),
    Record(Records),
    Category(Categories),
    Variant(Variants),
    Union(Choices),
}

impl Column {
    /// So many rows, all of them missing.
    pub(super) fn missing(rows: usize) -> Self {
        Self {
            picks: (rows > 0).then(|| Picks {
                index: vec![-1; rows],
                since: Some(0),
            }),
            ..Self::default()
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        match &self.picks {
            Some(picks) => picks.index.len(),
            None => self.values.len(),
        }
    }

    /// How many bytes its buffers have.
    pub(crate) fn nbytes(&self) -> usize {
        let picks = self.picks.as_ref();
        picks.map_or(0, |picks| size_of_val(&*picks.index)) + self.values.nbytes()
    }

    /// From here on rows may be missing, even if none is; where a type is declared, that says whether they may.
    #[inline]
    pub(crate) fn optional(&mut self) {
        if self.picks.is_none() && !self.fixed {
            let rows = self.values.len();
            self.picks = Some(Picks {
                index: (0..place(rows)).collect(),
                since: Some(rows),
            });
        }
    }

    /// Numbers of this dtype will come, even if none does.
    pub(crate) fn expect(&mut self, dtype: DType) {
        if let (false, Values::Unknown, Some(numbers)) =
            (self.fixed, &self.values, Numbers::none(dtype))
        {
            self.values = Values::Numbers(numbers);
        }
    }

    /// The dtype of dates or durations, if such are declared.
    #[inline]
    pub(crate) fn declared_time(&self) -> Option<DType> {
        match &self.values {
            Values::Numbers(Numbers::Ticks(dtype, _)) if self.fixed => Some(*dtype),
            _ => None,
        }
    }

    /// Adds a row that is missing.
    pub(crate) fn null(&mut self) -> Result<(), Unfit> {
        self.optional();
        match (&mut self.picks, &mut self.values) {
            (Some(picks), _) => {
                picks.index.push(-1);
                Ok(())
            }
            (None, Values::Union(choices)) if choices.takes_null() => choices.null(),
            (None, _) => Err(self.refusal_of_null()),
        }
    }

    #[inline]
    pub(crate) fn bool(&mut self, value: bool) -> Result<(), Unfit> {
        let values = match self.values {
            Values::Bool(_) => self.begin_own(),
            _ => self.begin(Kind::Bool)?,
        };
        match values {
            Values::Bool(values) => values.push(u8::from(value)),
            _ => return Err(Unfit::TooManyKinds),
        }
        Ok(())
    }

    /// Adds a number of a Rust type; the same as [`number`](Self::number), but faster.
    #[inline]
    pub(crate) fn native<T: Number>(&mut self, value: T) -> Result<(), Unfit> {
        if let Values::Numbers(numbers) = &mut self.values
            && let Some(values) = T::of(numbers)
        {
            if let Some(picks) = &mut self.picks {
                picks.index.push(place(values.len()));
            }
            values.push(value);
            return Ok(());
        }
        self.number(value.scalar())
    }

    /// Adds a number, a boolean, a date or a duration.
    pub(crate) fn number(&mut self, number: Scalar) -> Result<(), Unfit> {
        if let Scalar::Bool(value) = number {
            return self.bool(value);
        }
        let taken = match self.begin(Kind::Number(number))? {
            Values::Numbers(numbers) => numbers.push(number),
            Values::Complex(parts) => match parts_of(number) {
                Some(both) => return parts.push_parts(both),
                None => false,
            },
            _ => false,
        };
        taken.then_some(()).ok_or(Unfit::TooManyKinds)
    }

    /// Whether all numbers become floats.
    pub(crate) fn is_of_floats(&self) -> bool {
        matches!(&self.values, Values::Numbers(numbers) if is_float(numbers.dtype()))
    }

    /// Adds a number that was written in decimal digits: a declared float of fewer bits takes the nearest that it has.
    #[inline]
    pub(crate) fn decimal(&mut self, value: Decimal) -> Result<(), Unfit> {
        if !self.fixed || matches!(self.values, Values::Numbers(Numbers::Float64(_))) {
            return self.native(value.nearest);
        }
        if self.push_at_once(|numbers| numbers.push_decimal(value)) {
            return Ok(());
        }
        match self.begin(Kind::Decimal(value))? {
            Values::Numbers(numbers) => {
                let taken = numbers.push_decimal(value);
                taken.then_some(()).ok_or(Unfit::TooManyKinds)
            }
            Values::Complex(parts) => parts.push_decimal(value),
            // What learns within what is declared.
            _ => Err(Unfit::TooManyKinds),
        }
    }

    /// Adds an integer that was written in decimal digits: a declared float takes the nearest that it has.
    #[inline]
    pub(crate) fn integer(&mut self, value: i64) -> Result<(), Unfit> {
        let is_settled = self.fixed
            || matches!(
                self.values,
                Values::Numbers(Numbers::Int64(_) | Numbers::Float64(_))
            );
        if is_settled && self.push_at_once(|numbers| numbers.push_integer(value)) {
            return Ok(());
        }
        self.integer_of(Scalar::Int64(value))
    }

    /// Adds an integer of any dtype, as [`integer`](Self::integer) does.
    pub(crate) fn integer_of(&mut self, number: Scalar) -> Result<(), Unfit> {
        if self.fixed
            && self.rank(Kind::Number(number)).is_none()
            && let Some(nearest) = number.as_f64().map(Decimal::of_float)
            && self.rank(Kind::Decimal(nearest)).is_some()
        {
            return self.decimal(nearest);
        }
        self.number(number)
    }

    /// Adds a row by a function that adds a number to others, or tells that it did not.
    #[inline]
    fn push_at_once(&mut self, push: impl FnOnce(&mut Numbers) -> bool) -> bool {
        let Values::Numbers(numbers) = &mut self.values else {
            return false;
        };
        let row = self.picks.as_ref().map(|_| place(numbers.len()));
        let is_pushed = push(numbers);
        if let (true, Some(picks), Some(row)) = (is_pushed, &mut self.picks, row) {
            picks.index.push(row);
        }
        is_pushed
    }

    #[inline]
    pub(crate) fn text(&mut self, text: &str) -> Result<(), Unfit> {
        if self.fixed
            && let Values::Numbers(Numbers::Ticks(dtype, _)) = self.values
            && let Ok(time) = Scalar::parse_time(text, dtype)
            && self.push_at_once(|numbers| numbers.push(time))
        {
            return Ok(());
        }
        let values = match self.values {
            Values::Text(_) => self.begin_own(),
            _ => self.begin(Kind::Text(text))?,
        };
        match values {
            Values::Text(strings) => strings.push(text.as_bytes()),
            Values::Category(categories) => categories.push(text),
            Values::Regular(regulars) => return regulars.push_bytes(text.as_bytes()),
            Values::Numbers(numbers) => {
                let time = Scalar::parse_time(text, numbers.dtype());
                let taken = time.is_ok_and(|time| numbers.push(time));
                return taken.then_some(()).ok_or(Unfit::TooManyKinds);
            }
            _ => return Err(Unfit::TooManyKinds),
        }
        Ok(())
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Unfit> {
        match self.begin(Kind::Bytes)? {
            Values::Bytes(lists) | Values::List(lists) => lists.push_bytes(bytes),
            Values::Regular(regulars) => return regulars.push_bytes(bytes),
            _ => return Err(Unfit::TooManyKinds),
        }
        Ok(())
    }

    /// The name of a variant that has nothing in it.
    pub(crate) fn category(&mut self, name: &str) -> Result<(), Unfit> {
        match self.begin(Kind::Category)? {
            Values::Category(categories) => categories.push(name),
            Values::Text(strings) => strings.push(name.as_bytes()),
            _ => return Err(Unfit::TooManyKinds),
        }
        Ok(())
    }

    /// Begins a list, which is there once it is ended.
    #[inline]
    pub(crate) fn list(&mut self) -> Result<Sequence<'_>, Unfit> {
        let values = match self.values {
            Values::List(_) => self.begin_own(),
            _ => self.begin(Kind::List)?,
        };
        values.begin_sequence().ok_or(Unfit::TooManyKinds)
    }

    /// Begins a tuple of so many, which is there once it is ended.
    #[inline]
    pub(crate) fn tuple(&mut self, fields: usize) -> Result<Sequence<'_>, Unfit> {
        if fields > MAX_FIELDS {
            return Err(Unfit::TooManySlots);
        }
        self.begin(Kind::Tuple(fields))?
            .begin_sequence()
            .ok_or(Unfit::TooManyKinds)
    }

    /// Begins a pair of a map, which is there once it is ended.
    pub(crate) fn pair(&mut self, pairs: Pairs) -> Result<Sequence<'_>, Unfit> {
        let kind = match pairs {
            Pairs::Plain => Kind::Tuple(2),
            pairs => Kind::Pair(pairs),
        };
        let begun = self.begin(kind)?.begin_sequence();
        begun.ok_or(Unfit::TooManyKinds)
    }

    /// Begins a record, which is there once it is ended.
    #[inline]
    pub(crate) fn record(&mut self) -> Result<&mut Records, Unfit> {
        self.record_called(None)
    }

    /// Begins a record that is called this; those of different names are different kinds of values.
    #[inline]
    pub(crate) fn record_called(&mut self, name: Option<&str>) -> Result<&mut Records, Unfit> {
        let values = match self.values {
            Values::Record(_) if name.is_none() => self.begin_own(),
            _ => self.begin(Kind::Record(name))?,
        };
        match values {
            Values::Record(records) => {
                records.begin();
                Ok(records)
            }
            _ => Err(Unfit::TooManyKinds),
        }
    }

    /// What the next variant of this name has in it, which is to be added at once.
    pub(crate) fn variant(&mut self, name: &str) -> Result<&mut Self, Unfit> {
        match self.begin(Kind::Variant(name))? {
            Values::Variant(variants) => Ok(&mut variants.content),
            Values::Record(records) => {
                let slot = records.slot(name).ok_or(Unfit::TooManyKinds)?;
                records.only(slot)
            }
            _ => Err(Unfit::TooManyKinds),
        }
    }

    /// The list or tuple as which the last row was begun, and which is still growing.
    pub(crate) fn last_sequence(&mut self) -> Option<Sequence<'_>> {
        self.values.last_begun()?.sequence()
    }

    /// The records of which the last row was begun as one, and is still growing.
    pub(crate) fn last_record(&mut self) -> Option<&mut Records> {
        match self.values.last_begun()? {
            Values::Record(records) => Some(records),
            _ => None,
        }
    }

    /// Adds a row by a function that may be called several times: for a declared union, of whose contents the row alone tells which takes it,
    /// once for each of these until one takes it.
    #[inline]
    pub(crate) fn add<E: From<Unfit>>(
        &mut self,
        refused: impl Fn(Vec<E>) -> E,
        push: impl Fn(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        match self.is_ambiguous() {
            false => push(self),
            true => self.add_to_any(refused, push),
        }
    }

    fn add_to_any<E: From<Unfit>>(
        &mut self,
        refused: impl Fn(Vec<E>) -> E,
        push: impl Fn(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let rows = self.len();
        // The content that the kind of the row tells.
        if push(self).is_ok() {
            return Ok(());
        }
        let mut reasons = Vec::new();
        for content in 0..self.choices() {
            self.truncate(rows);
            match push(self.choose(content)?) {
                Ok(()) => return Ok(()),
                Err(error) => reasons.push(error),
            }
        }
        Err(refused(reasons))
    }

    /// These values, to which one is about to be added that is of their very kind.
    #[inline]
    fn begin_own(&mut self) -> &mut Values {
        if let Some(picks) = &mut self.picks {
            picks.index.push(place(self.values.len()));
        }
        &mut self.values
    }

    /// The values to which one of this kind is about to be added.
    pub(super) fn begin(&mut self, kind: Kind<'_>) -> Result<&mut Values, Unfit> {
        if self.fixed && self.rank(kind).is_none() {
            return Err(self.refusal(kind));
        }
        let row = place(self.values.len());
        if !self.fixed {
            self.learn(kind)?;
        }
        if let Some(picks) = &mut self.picks {
            picks.index.push(row);
        }
        match &mut self.values {
            Values::Union(choices) => choices.begin(kind),
            values => Ok(values),
        }
    }

    /// Takes away all rows but so many, and what is there of a row that could not be added, so that the column is as it was: what
    /// the rows that are taken away have taught of its layout is forgotten, too, but for wider dtypes of numbers.
    pub(crate) fn truncate(&mut self, rows: usize) {
        let kept = match &mut self.picks {
            None => Some(rows),
            Some(picks) => {
                let gone = picks.index.get(rows..).unwrap_or_default();
                let kept = gone.iter().find_map(|pick| usize::try_from(*pick).ok());
                picks.index.truncate(rows);
                kept
            }
        };
        if let Some(kept) = kept {
            self.values.truncate(kept);
        }
        if !self.fixed {
            match &self.kept {
                Some(kept) if self.values.len() == 0 => self.values = kept.values.clone(),
                _ => self.values.unlearn(),
            }
            let since = self.picks.as_ref().and_then(|picks| picks.since);
            if since.is_some_and(|since| since >= rows) {
                self.picks = None;
            }
        }
    }
}

/// A number as a complex one.
pub(super) fn parts_of(number: Scalar) -> Option<[Scalar; 2]> {
    let zero = Scalar::Int8(0);
    Some(match number {
        Scalar::Complex64(value) => [Scalar::Float32(value.re), Scalar::Float32(value.im)],
        Scalar::Complex128(value) => [Scalar::Float64(value.re), Scalar::Float64(value.im)],
        Scalar::Complex256(parts) => parts.map(Scalar::Float128),
        Scalar::DateTime64(..) | Scalar::TimeDelta64(..) | Scalar::Bool(_) => return None,
        real => [real, zero],
    })
}

/// Whether a float of this dtype holds a number exactly.
pub(super) fn holds(dtype: DType, number: Scalar) -> bool {
    exactly(number, dtype).is_some()
}
