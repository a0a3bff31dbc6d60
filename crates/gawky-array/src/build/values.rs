//! Values that learn their kind from what comes.

use gawky_buffer::{DType, Scalar};

use super::choices::Choices;
use super::column::{Column, Kind, Values, holds, parts_of};
use super::lists::{Lists, Sequence, Strings, Tuples};
use super::numbers::Numbers;
use super::pairs::Pairs;
use super::records::{Categories, Records, Variants};
use super::unfit::Unfit;

impl Values {
    /// None of a kind.
    pub(super) fn none(kind: Kind<'_>) -> Self {
        let of = |dtype| Numbers::none(dtype).map_or_else(|| Self::complex(dtype), Self::Numbers);
        match kind {
            Kind::Bool => Self::Bool(Vec::new()),
            Kind::Number(number) => of(number.dtype()),
            Kind::Decimal(_) => of(DType::Float64),
            Kind::Text(_) => Self::Text(Strings::none()),
            Kind::Bytes => Self::Bytes(Lists::of(Column::of_bytes())),
            Kind::List => Self::List(Lists::of(Column::default())),
            Kind::Tuple(fields) => {
                Self::Tuple(Tuples::of((0..fields).map(|_| Column::default()).collect()))
            }
            Kind::Pair(pairs) => Self::Tuple(Tuples::of_map(
                pairs,
                vec![Column::default(), Column::default()],
            )),
            Kind::Record(name) => Self::Record(Records::called(name)),
            Kind::Category => Self::Category(Categories::default()),
            Kind::Variant(name) => Self::Variant(Variants {
                name: name.into(),
                content: Box::default(),
            }),
        }
    }

    /// No complex numbers of a dtype.
    pub(super) fn complex(dtype: DType) -> Self {
        let part = match dtype {
            DType::Complex64 => DType::Float32,
            DType::Complex256 => DType::Float128,
            _ => DType::Float64,
        };
        Self::Complex(Tuples::of(vec![
            Column::of_numbers(part),
            Column::of_numbers(part),
        ]))
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Unknown => 0,
            Self::Bool(values) => values.len(),
            Self::Numbers(numbers) => numbers.len(),
            Self::Text(strings) => strings.len(),
            Self::Bytes(lists) | Self::List(lists) => lists.len(),
            Self::Regular(regulars) => regulars.length,
            Self::Complex(tuples) | Self::Tuple(tuples) => tuples.length,
            Self::Record(records) => records.length,
            Self::Category(categories) => categories.index.len(),
            Self::Variant(variants) => variants.content.len(),
            Self::Union(choices) => choices.tags.len(),
        }
    }

    pub(super) fn nbytes(&self) -> usize {
        let of_all = |columns: &[Column]| columns.iter().map(Column::nbytes).sum::<usize>();
        match self {
            Self::Unknown => 0,
            Self::Bool(values) => values.len(),
            Self::Numbers(numbers) => numbers.len().saturating_mul(numbers.dtype().itemsize()),
            Self::Text(strings) => strings.nbytes(),
            Self::Bytes(lists) | Self::List(lists) => {
                size_of_val(&*lists.offsets) + lists.content.nbytes()
            }
            Self::Regular(regulars) => regulars.content.nbytes(),
            Self::Complex(tuples) | Self::Tuple(tuples) => of_all(&tuples.contents),
            Self::Record(records) => of_all(&records.contents),
            Self::Category(categories) => size_of_val(&*categories.index),
            Self::Variant(variants) => variants.content.nbytes(),
            Self::Union(choices) => {
                choices.tags.len() + size_of_val(&*choices.index) + of_all(&choices.contents)
            }
        }
    }

    /// Whether these are numbers of the very dtype of a number.
    pub(super) fn is_of(&self, kind: Kind<'_>) -> bool {
        match (self, kind) {
            (Self::Numbers(numbers), Kind::Number(number)) => numbers.dtype() == number.dtype(),
            (Self::Numbers(numbers), Kind::Decimal(_)) => numbers.dtype() == DType::Float64,
            _ => false,
        }
    }

    /// Forgets what only rows have taught that are no longer there.
    pub(super) fn unlearn(&mut self) {
        if self.len() == 0 {
            *self = Self::Unknown;
        }
        if let Self::Union(choices) = self
            && let Some(only) = choices.unlearn()
        {
            *self = only;
        }
    }

    /// Takes away all values but so many, and what is there of one that could not be added.
    pub(super) fn truncate(&mut self, len: usize) {
        match self {
            Self::Unknown => {}
            Self::Bool(values) => values.truncate(len),
            Self::Numbers(numbers) => numbers.truncate(len),
            Self::Text(strings) => strings.truncate(len),
            Self::Bytes(lists) | Self::List(lists) => lists.truncate(len),
            Self::Regular(regulars) => regulars.truncate(len),
            Self::Complex(tuples) | Self::Tuple(tuples) => tuples.truncate(len),
            Self::Record(records) => records.truncate(len),
            Self::Category(categories) => categories.truncate(len),
            Self::Variant(variants) => variants.content.truncate(len),
            Self::Union(choices) => choices.truncate(len),
        }
    }

    /// The values of which the last is growing: these, or those of one content of them.
    pub(super) fn last_begun(&mut self) -> Option<&mut Self> {
        match self {
            Self::Union(choices) => choices.last()?.values.last_begun(),
            values => Some(values),
        }
    }

    /// What grows element by element, if these do.
    #[inline]
    pub(super) fn sequence(&mut self) -> Option<Sequence<'_>> {
        match self {
            Self::Bytes(lists) | Self::List(lists) => Some(Sequence::List(lists)),
            Self::Regular(regulars) => Some(Sequence::Regular(regulars)),
            Self::Complex(tuples) | Self::Tuple(tuples) => Some(Sequence::Tuple(tuples)),
            _ => None,
        }
    }

    /// The same, for a new row.
    #[inline]
    pub(super) fn begin_sequence(&mut self) -> Option<Sequence<'_>> {
        if let Self::Complex(tuples) | Self::Tuple(tuples) = self {
            tuples.begin();
        }
        self.sequence()
    }
}

impl Column {
    /// Makes the values such that one of this kind can be added to them, or to one of their contents.
    pub(super) fn learn(&mut self, kind: Kind<'_>) -> Result<(), Unfit> {
        if matches!(self.values, Values::Unknown) {
            self.values = Values::none(kind);
            return Ok(());
        }
        if !matches!(self.values, Values::Union(_)) {
            if self.takes(kind) {
                return Ok(());
            }
            // What other rows have taught is no union, as these values are none.
            self.values = Values::Union(Choices::of(Self {
                values: std::mem::take(&mut self.values),
                kept: self.kept.clone(),
                ..Self::default()
            }));
        }
        match &mut self.values {
            Values::Union(choices) => choices.learn(kind),
            _ => Ok(()),
        }
    }

    /// Whether one of this kind can be added to the values; numbers are made wider for it.
    pub(super) fn takes(&mut self, kind: Kind<'_>) -> bool {
        let kind = match kind {
            Kind::Decimal(value) => Kind::Number(value.scalar()),
            kind => kind,
        };
        let before = self.integers_before();
        match (&mut self.values, kind) {
            (Values::Numbers(numbers), Kind::Number(number)) => {
                numbers.widen_for(number, &before) || self.become_complex_for(number)
            }
            (Values::Complex(parts), Kind::Number(number)) => {
                // Of one width there are all that are learned.
                parts_of(number).is_some_and(|both| {
                    let mut columns = parts.contents.iter_mut().zip(both);
                    columns.all(|(column, part)| column.is_wide_enough_for(part))
                })
            }
            (Values::Tuple(tuples), Kind::Tuple(fields)) => {
                tuples.pairs == Pairs::Plain && tuples.contents.len() == fields
            }
            (Values::Tuple(tuples), Kind::Pair(pairs)) => tuples.pairs == pairs,
            (Values::Variant(variants), Kind::Variant(name)) => *variants.name == *name,
            // Who does not say what records are called may mean any.
            (Values::Record(records), Kind::Record(name)) => {
                name.is_none() || records.name.as_deref() == name
            }
            (Values::Bool(_), Kind::Bool)
            | (Values::Text(_), Kind::Text(_))
            | (Values::Bytes(_), Kind::Bytes)
            | (Values::List(_), Kind::List)
            | (Values::Category(_), Kind::Category) => true,
            _ => false,
        }
    }

    /// Real numbers among which there is to be a complex one become complex themselves; whether they do.
    fn become_complex_for(&mut self, number: Scalar) -> bool {
        let (Values::Numbers(numbers), DType::Complex64 | DType::Complex128) =
            (&self.values, number.dtype())
        else {
            return false;
        };
        let mut real = numbers.clone();
        let length = real.len();
        if matches!(real, Numbers::Ticks(..))
            || !real.widen_to(DType::Float64, &self.integers_before())
        {
            return false;
        }
        let mut zeros = Self::of_numbers(DType::Float64);
        let written = (0..length).try_for_each(|_| zeros.native(0.0_f64));
        let mut parts = Tuples::of(vec![
            Self {
                values: Values::Numbers(real),
                ..Self::of_numbers(DType::Float64)
            },
            zeros,
        ]);
        parts.length = length;
        self.values = Values::Complex(parts);
        written.is_ok()
    }

    /// Whether numbers of a fixed dtype hold this one.
    fn is_wide_enough_for(&self, number: Scalar) -> bool {
        match &self.values {
            Values::Numbers(numbers) => holds(numbers.dtype(), number),
            _ => false,
        }
    }
}
