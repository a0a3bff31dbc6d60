//! Records and names that grow.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::column::{Column, Values};
use super::unfit::{Undeclared, Unfit};
use super::{index_of, place};

/// How many fields records may have: each row has all of them, if only as missing.
pub(crate) const MAX_FIELDS: usize = 1 << 16;

/// Of how many fields one must be there, on an average, where there are very many.
pub(crate) const MOST_MISSING: usize = 256;

/// So many fields of all rows may be missing all the same.
const ALWAYS_ROOM: usize = 1 << 20;

/// Records, of which the last one may still be growing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records {
    /// What the records are called, if they are.
    pub(super) name: Option<Arc<str>>,
    pub(super) names: Vec<Arc<str>>,
    pub(super) contents: Vec<Column>,
    pub(super) length: usize,
    slots: HashMap<Arc<str>, usize, RandomState>,
    /// How many records there were when each field came.
    since: Vec<usize>,
    /// Whether the fields are declared, so that there are no others.
    declared: bool,
    /// How many fields other records have taught, so that they are not forgotten; `None` where there were no others.
    kept: Option<usize>,
    /// Where the next field is, if they come in the order of the record before.
    next: usize,
    /// Whether all fields of the record that is growing came in that order, so that none came twice.
    ordered: bool,
    /// How many fields the record that is growing has.
    filled: usize,
    /// How many fields all records have that are not missing.
    present: usize,
}

/// Names of variants, each kept once.
#[derive(Clone, Debug, Default)]
pub(super) struct Categories {
    pub(super) index: Vec<i64>,
    pub(super) names: Vec<Arc<str>>,
    /// At which row each name came.
    since: Vec<usize>,
    places: HashMap<Arc<str>, i64, RandomState>,
    /// Whether there are no others than these names, which are there before any row.
    is_closed: bool,
}

/// What is in the variants of one name.
#[derive(Clone, Debug)]
pub(super) struct Variants {
    pub(super) name: Arc<str>,
    pub(super) content: Box<Column>,
}

impl Records {
    /// None, that are called this.
    pub(super) fn called(name: Option<&str>) -> Self {
        Self {
            name: name.map(Arc::from),
            ..Self::default()
        }
    }

    /// Records of these fields and no others. Of two fields of one name the second can have no values.
    pub(super) fn declared(
        name: Option<&str>,
        names: Vec<Arc<str>>,
        contents: Vec<Column>,
    ) -> Self {
        let mut slots = HashMap::default();
        for (slot, name) in names.iter().enumerate() {
            slots.entry(Arc::clone(name)).or_insert(slot);
        }
        Self {
            since: vec![0; names.len()],
            names,
            contents,
            slots,
            declared: true,
            ..Self::called(name)
        }
    }

    #[inline]
    pub(super) fn begin(&mut self) {
        self.next = 0;
        self.ordered = true;
        self.filled = 0;
    }

    /// Where the field of a name is, if there is one.
    pub(super) fn slot(&self, name: &str) -> Option<usize> {
        self.slots.get(name).copied()
    }

    /// Whether there is a field of this name.
    #[inline]
    pub(crate) fn has(&self, name: &str) -> bool {
        let next = self.names.get(self.next);
        next.is_some_and(|next| **next == *name) || self.slots.contains_key(name)
    }

    /// The name of the field that was asked for last.
    pub(crate) fn last_name(&self) -> &str {
        let last = self
            .next
            .checked_sub(1)
            .and_then(|last| self.names.get(last));
        last.map_or("", |name| name)
    }

    /// The field of a name, of which the records before that have none lack it.
    #[inline]
    pub(crate) fn field(&mut self, name: &str) -> Result<&mut Column, Unfit> {
        let expected = self.next;
        let slot = match self.names.get(expected) {
            Some(next) if **next == *name => expected,
            _ => self.scattered(name)?,
        };
        self.next = slot + 1;
        self.filled += 1;
        let length = self.length;
        match self.contents.get_mut(slot) {
            Some(content) if self.ordered || content.len() == length => Ok(content),
            _ => Err(Unfit::FieldTwice),
        }
    }

    /// Where a field is that does not come in the order of the record before.
    fn scattered(&mut self, name: &str) -> Result<usize, Unfit> {
        self.ordered = false;
        match self.slots.get(name) {
            Some(slot) => Ok(*slot),
            None => self.add(name),
        }
    }

    fn add(&mut self, name: &str) -> Result<usize, Unfit> {
        if self.declared {
            return Err(self.no_such_field(name));
        }
        if self.names.len() >= MAX_FIELDS {
            return Err(Unfit::TooManyFields);
        }
        let name: Arc<str> = name.into();
        let slot = self.names.len();
        self.names.push(Arc::clone(&name));
        self.slots.insert(name, slot);
        self.since.push(self.length);
        let mut content = Column::missing(self.length);
        if self.kept.is_some() {
            // The other records lack it.
            content.optional();
        }
        self.contents.push(content);
        Ok(slot)
    }

    #[cold]
    pub(super) fn no_such_field(&self, name: &str) -> Unfit {
        Undeclared::NoSuchField {
            field: name.to_owned(),
            fields: self.names.iter().map(|name| name.to_string()).collect(),
        }
        .into()
    }

    /// Ends the record that is growing; the fields that it lacks are missing.
    #[inline]
    pub(crate) fn end(&mut self) -> Result<(), Unfit> {
        if self.filled < self.contents.len() {
            self.fill_but(usize::MAX)?;
        }
        self.length += 1;
        self.present += self.filled;
        let cells = self.length.saturating_mul(self.contents.len());
        match cells > ALWAYS_ROOM && cells / MOST_MISSING > self.present && !self.declared {
            true => Err(Unfit::TooSparse),
            false => Ok(()),
        }
    }

    /// Fields that the growing record lacks, but for one, are missing. Nothing is changed where one of them may not be.
    fn fill_but(&mut self, kept: usize) -> Result<(), Unfit> {
        let length = self.length;
        let lacks = |slot: usize, content: &Column| content.len() == length && slot != kept;
        let mut fields = self.contents.iter().zip(&self.names).enumerate();
        let needed =
            fields.find(|(slot, (content, _))| lacks(*slot, content) && !content.takes_null());
        if let Some((_, (content, name))) = needed {
            return Err(Undeclared::NoField {
                field: name.to_string(),
                declared: content.declared_name(),
            }
            .into());
        }
        for (slot, content) in self.contents.iter_mut().enumerate() {
            if lacks(slot, content) {
                content.null()?;
            }
        }
        Ok(())
    }

    /// The slot of the field of a name, to which a value may be [added](Self::at).
    pub(crate) fn slot_for(&mut self, name: &str) -> Result<usize, Unfit> {
        let slot = match self.slots.get(name) {
            Some(slot) => *slot,
            None => self.add(name)?,
        };
        let free = self
            .contents
            .get(slot)
            .is_some_and(|content| content.len() == self.length);
        free.then_some(slot).ok_or(Unfit::FieldTwice)
    }

    /// The field at a slot.
    pub(crate) fn at(&mut self, slot: usize) -> Option<&mut Column> {
        self.contents.get_mut(slot)
    }

    /// What the field at a slot is called.
    pub(crate) fn name_of(&self, slot: usize) -> Option<String> {
        self.names.get(slot).map(ToString::to_string)
    }

    /// Ends a record whose fields were got by their [slots](Self::slot_for).
    pub(crate) fn end_by_slots(&mut self) -> Result<(), Unfit> {
        let filled = self
            .contents
            .iter()
            .filter(|content| content.len() > self.length);
        self.filled = filled.count();
        self.end()
    }

    /// The field at a slot, for a value that makes the record whole: all others are missing.
    pub(super) fn only(&mut self, slot: usize) -> Result<&mut Column, Unfit> {
        self.fill_but(slot)?;
        self.length += 1;
        self.contents.get_mut(slot).ok_or(Unfit::TooManyFields)
    }

    /// Whether all fields but one may be missing.
    pub(super) fn may_be_only(&self, slot: usize) -> bool {
        let mut others = self.contents.iter().enumerate();
        others.all(|(other, content)| other == slot || content.takes_null())
    }

    /// No records, of the same fields.
    pub(super) fn layout(&self) -> Self {
        Self {
            names: self.names.clone(),
            contents: self.contents.iter().map(Column::layout).collect(),
            slots: self.slots.clone(),
            since: vec![0; self.since.len()],
            declared: self.declared,
            kept: (self.length > 0 || self.kept.is_some()).then_some(self.names.len()),
            ..Self::called(self.name.as_deref())
        }
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
        if !self.declared {
            while self.names.len() > self.kept.unwrap_or(0)
                && self.since.last().is_some_and(|since| *since >= self.length)
            {
                self.since.pop();
                self.contents.pop();
                if let Some(name) = self.names.pop() {
                    self.slots.remove(&name);
                }
            }
        }
        for content in &mut self.contents {
            content.truncate(self.length);
        }
        let cells = self.length.saturating_mul(self.contents.len());
        self.present = self.present.min(cells);
    }
}

impl Categories {
    /// None of these, and no others.
    fn closed(names: &[String]) -> Self {
        let mut all = Self::default();
        for name in names {
            all.push(name);
        }
        all.index.clear();
        all.is_closed = true;
        all
    }

    /// None, of which the names are those of this one if they have to be.
    pub(super) fn layout(&self) -> Self {
        match self.is_closed {
            true => Self {
                index: Vec::new(),
                ..self.clone()
            },
            false => Self::default(),
        }
    }

    pub(super) fn takes(&self, name: &str) -> bool {
        !self.is_closed || self.places.contains_key(name)
    }

    /// Why a name is not taken.
    #[cold]
    pub(super) fn refusal(&self, name: &str) -> Undeclared {
        Undeclared::NoCategory {
            name: name.to_owned(),
            categories: self
                .names
                .iter()
                .map(|name| String::from(&**name))
                .collect(),
        }
    }

    pub(super) fn push(&mut self, name: &str) {
        let place = match self.places.get(name) {
            Some(known) => *known,
            None => {
                let (name, new) = (Arc::<str>::from(name), place(self.names.len()));
                self.names.push(Arc::clone(&name));
                self.since.push(self.index.len());
                self.places.insert(name, new);
                new
            }
        };
        self.index.push(place);
    }

    pub(super) fn last(&self) -> Option<&str> {
        let name = self.names.get(index_of(*self.index.last()?))?;
        Some(name)
    }

    pub(super) fn truncate(&mut self, len: usize) {
        while !self.is_closed && self.since.last().is_some_and(|since| *since >= len) {
            self.since.pop();
            if let Some(name) = self.names.pop() {
                self.places.remove(&name);
            }
        }
        self.index.truncate(len);
    }
}

impl Column {
    /// Closes the categories of a declared column, in the order in which they are in its type: to those that `next` returns.
    pub(crate) fn close_categories(&mut self, next: &mut impl FnMut() -> Option<Vec<String>>) {
        let contents: &mut [Self] = match &mut self.values {
            Values::Category(categories) => {
                if let Some(names) = next() {
                    *categories = Categories::closed(&names);
                }
                return;
            }
            Values::Bytes(lists) | Values::List(lists) => std::slice::from_mut(&mut lists.content),
            Values::Regular(regulars) => std::slice::from_mut(&mut regulars.content),
            Values::Complex(tuples) | Values::Tuple(tuples) => &mut tuples.contents,
            Values::Record(records) => &mut records.contents,
            Values::Union(choices) => &mut choices.contents,
            Values::Variant(variants) => std::slice::from_mut(&mut variants.content),
            Values::Unknown | Values::Bool(_) | Values::Numbers(_) | Values::Text(_) => return,
        };
        for content in contents {
            content.close_categories(next);
        }
    }
}
