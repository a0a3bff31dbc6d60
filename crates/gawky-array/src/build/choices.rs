//! Unions that grow.

use gawky_form::UnionForm;

use super::column::{Column, Kind, Values};
use super::unfit::Unfit;
use super::{index_of, place};

/// Values of several kinds.
///
/// Where contents are learned, each was added for a row that the contents before it did not take. So when rows are taken away, which are
/// the last ones, the contents that go with them are the last ones, too, and no tag of a row that stays changes its meaning.
#[derive(Clone, Debug)]
pub(super) struct Choices {
    pub(super) tags: Vec<i8>,
    pub(super) index: Vec<i64>,
    pub(super) contents: Vec<Column>,
}

impl Choices {
    /// The values of a column that has no others, of which others will be.
    pub(super) fn of(only: Column) -> Self {
        let rows = only.len();
        Self {
            tags: vec![0; rows],
            index: (0..place(rows)).collect(),
            contents: vec![only],
        }
    }

    /// None, of these contents.
    pub(super) fn none(contents: Vec<Column>) -> Self {
        Self {
            tags: Vec::new(),
            index: Vec::new(),
            contents,
        }
    }

    /// Adds a content for this kind, if there is none that takes it.
    pub(super) fn learn(&mut self, kind: Kind<'_>) -> Result<(), Unfit> {
        // To try whether numbers can be made wider is to look at all of them, and not for each row.
        let mut contents = self.contents.iter();
        if contents.any(|content| content.values.is_of(kind)) {
            return Ok(());
        }
        let mut contents = self.contents.iter_mut();
        if contents.any(|content| content.takes(kind)) {
            return Ok(());
        }
        if self.contents.len() >= UnionForm::MAX_CONTENTS {
            return Err(Unfit::TooManyKinds);
        }
        self.contents.push(Column {
            values: Values::none(kind),
            ..Column::default()
        });
        Ok(())
    }

    /// The values of the content that takes this kind best.
    pub(super) fn begin(&mut self, kind: Kind<'_>) -> Result<&mut Values, Unfit> {
        let ranks = self.contents.iter().enumerate();
        let ranks = ranks.filter_map(|(tag, content)| Some((content.rank(kind)?, tag)));
        let (_, tag) = ranks.min().ok_or(Unfit::TooManyKinds)?;
        self.choose(tag)?.begin(kind)
    }

    /// The content of a tag, to which a row is about to be added.
    pub(super) fn choose(&mut self, tag: usize) -> Result<&mut Column, Unfit> {
        let content = self.contents.get_mut(tag).ok_or(Unfit::TooManyKinds)?;
        self.tags
            .push(i8::try_from(tag).map_err(|_| Unfit::TooManyKinds)?);
        self.index.push(place(content.len()));
        Ok(content)
    }

    /// Forgets the contents that only rows have taught that are no longer there. What is left, if it is one content only.
    pub(super) fn unlearn(&mut self) -> Option<Values> {
        let is_needed = |content: &Column| content.len() > 0 || content.kept.is_some();
        while self.contents.last().is_some_and(|last| !is_needed(last)) {
            self.contents.pop();
        }
        match &mut *self.contents {
            [only] => Some(std::mem::take(&mut only.values)),
            _ => None,
        }
    }

    pub(super) fn takes_null(&self) -> bool {
        self.contents.iter().any(Column::takes_null)
    }

    /// Adds a row that is missing to the first content that has such.
    pub(super) fn null(&mut self) -> Result<(), Unfit> {
        let tag = self.contents.iter().position(Column::takes_null);
        self.choose(tag.ok_or(Unfit::TooManyKinds)?)?.null()
    }

    /// The content of the last row.
    pub(super) fn last(&mut self) -> Option<&mut Column> {
        let tag = usize::try_from(*self.tags.last()?).ok()?;
        self.contents.get_mut(tag)
    }

    pub(super) fn truncate(&mut self, len: usize) {
        let gone = self.tags.iter().zip(&self.index).skip(len);
        let mut kept: Vec<Option<usize>> = vec![None; self.contents.len()];
        for (tag, row) in gone {
            let content = usize::try_from(*tag).ok();
            if let Some(kept) = content.and_then(|tag| kept.get_mut(tag)) {
                kept.get_or_insert(index_of(*row));
            }
        }
        for (content, kept) in self.contents.iter_mut().zip(kept) {
            if let Some(kept) = kept {
                content.truncate(kept);
            }
        }
        self.tags.truncate(len);
        self.index.truncate(len);
    }
}
