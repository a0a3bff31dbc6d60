//! What rows have taught, for other rows.

use std::sync::Arc;

use super::choices::Choices;
use super::column::{Column, Picks, Values};
use super::lists::{Lists, Regulars, Strings, Tuples};
use super::numbers::{Integers, Numbers};
use super::records::Variants;

/// What other rows have taught.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// None, of their kind.
    pub(super) values: Values,
    /// The integers among them.
    pub(super) integers: Integers,
}

impl Column {
    /// A column without rows that has learned what this one has.
    pub(crate) fn layout(&self) -> Self {
        let values = self.values.layout();
        let knows = !self.fixed && !matches!(values, Values::Unknown);
        let kept = || Kept {
            values: values.clone(),
            integers: match &self.values {
                Values::Numbers(numbers) => self.integers_before().with(numbers),
                _ => Integers::default(),
            },
        };
        Self {
            kept: knows.then(|| Arc::new(kept())),
            values,
            picks: self.picks.as_ref().map(|_| Picks::default()),
            fixed: self.fixed,
            declared: self.declared.clone(),
        }
    }

    /// The integers of other rows.
    pub(super) fn integers_before(&self) -> Integers {
        let kept = self.kept.as_ref();
        kept.map_or_else(Integers::default, |kept| kept.integers)
    }
}

impl Values {
    fn layout(&self) -> Self {
        let of_all = |columns: &[Column]| columns.iter().map(Column::layout).collect();
        match self {
            Self::Unknown => Self::Unknown,
            Self::Bool(_) => Self::Bool(Vec::new()),
            Self::Numbers(numbers) => {
                Numbers::none(numbers.dtype()).map_or(Self::Unknown, Self::Numbers)
            }
            Self::Complex(parts) => Self::Complex(Tuples::of(of_all(&parts.contents))),
            Self::Text(_) => Self::Text(Strings::none()),
            Self::Bytes(lists) => Self::Bytes(Lists::of(lists.content.layout())),
            Self::List(lists) => Self::List(Lists::of(lists.content.layout())),
            Self::Regular(regulars) => Self::Regular(Regulars {
                content: Box::new(regulars.content.layout()),
                length: 0,
                ..*regulars
            }),
            Self::Tuple(tuples) => {
                Self::Tuple(Tuples::of_map(tuples.pairs, of_all(&tuples.contents)))
            }
            Self::Record(records) => Self::Record(records.layout()),
            Self::Category(categories) => Self::Category(categories.layout()),
            Self::Variant(variants) => Self::Variant(Variants {
                name: Arc::clone(&variants.name),
                content: Box::new(variants.content.layout()),
            }),
            Self::Union(choices) => Self::Union(Choices::none(of_all(&choices.contents))),
        }
    }
}
