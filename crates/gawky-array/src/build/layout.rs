//! What rows have taught, for other rows.

use std::sync::Arc;

use super::choices::Choices;
use super::column::{Column, Picks, Values};
use super::lists::{Lists, Regulars, Strings, Tuples};
use super::numbers::Numbers;
use super::records::{Categories, Variants};

impl Column {
    /// A column without rows that has learned what this one has.
    pub(crate) fn layout(&self) -> Self {
        let values = self.values.layout();
        let knows = !self.fixed && !matches!(values, Values::Unknown);
        Self {
            kept: knows.then(|| Arc::new(values.clone())),
            values,
            picks: self.picks.as_ref().map(|_| Picks::default()),
            fixed: self.fixed,
            declared: self.declared.clone(),
        }
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
            Self::Tuple(tuples) => Self::Tuple(Tuples::of(of_all(&tuples.contents))),
            Self::Record(records) => Self::Record(records.layout()),
            Self::Category(_) => Self::Category(Categories::default()),
            Self::Variant(variants) => Self::Variant(Variants {
                name: Arc::clone(&variants.name),
                content: Box::new(variants.content.layout()),
            }),
            Self::Union(choices) => Self::Union(Choices::none(of_all(&choices.contents))),
        }
    }
}
