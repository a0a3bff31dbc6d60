//! [`Column`]: one node that grows.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use gawky_buffer::Scalar;
use gawky_form::UnionForm;

use super::numbers::Numbers;
use super::place;

/// One node that grows: rows, of which some may be missing.
#[derive(Debug, Default)]
pub(crate) struct Column {
    pub(super) values: Values,
    /// Which value each row is, -1 where it is missing; `None` while none can be.
    pub(super) index: Option<Vec<i64>>,
}

/// The kind of what comes next.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind<'a> {
    Bool,
    Number(Scalar),
    Text,
    Bytes,
    List,
    Tuple(usize),
    Record,
    /// The name of a variant that has nothing in it.
    Category,
    /// A variant of this name, with something in it.
    Variant(&'a str),
}

/// What a column cannot take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// A kind more than a union has room for.
    TooManyKinds,
    /// A field that the record has already.
    FieldTwice,
    /// A name more than records may have.
    TooManyFields,
    /// Records that have next to none of all fields.
    TooSparse,
}

/// How many fields records may have: each row has all of them, if only as missing.
pub(crate) const MAX_FIELDS: usize = 1 << 16;

/// Of how many fields one must be there, on an average, where there are very many.
pub(crate) const MOST_MISSING: usize = 256;

/// So many fields of all rows may be missing all the same.
const ALWAYS_ROOM: usize = 1 << 20;

#[derive(Debug, Default)]
pub(super) enum Values {
    #[default]
    Unknown,
    Bool(Vec<u8>),
    Numbers(Numbers),
    Text(Strings),
    Bytes(Strings),
    List(Lists),
    Tuple(Tuples),
    Record(Records),
    Category(Categories),
    Variant(Variants),
    Union(Choices),
}

/// Strings, or bytestrings, one after the other.
#[derive(Debug)]
pub(super) struct Strings {
    pub(super) offsets: Vec<i64>,
    pub(super) bytes: Vec<u8>,
}

/// Lists, of which the last one may still be growing.
#[derive(Debug)]
pub(crate) struct Lists {
    pub(super) offsets: Vec<i64>,
    pub(crate) content: Box<Column>,
}

/// Tuples, of which the last one may still be growing.
#[derive(Debug)]
pub(crate) struct Tuples {
    pub(super) contents: Vec<Column>,
    pub(super) length: usize,
}

/// Records, of which the last one may still be growing.
#[derive(Debug, Default)]
pub(crate) struct Records {
    pub(super) names: Vec<Arc<str>>,
    pub(super) contents: Vec<Column>,
    pub(super) length: usize,
    slots: HashMap<Arc<str>, usize, RandomState>,
    /// Where the next field is, if they come in the order of the record before.
    next: usize,
    /// How many fields the record that is growing has.
    filled: usize,
    /// How many fields all records have that are not missing.
    present: usize,
}

/// Names of variants, each kept once.
#[derive(Debug, Default)]
pub(super) struct Categories {
    pub(super) index: Vec<i64>,
    pub(super) names: Vec<Arc<str>>,
    places: HashMap<Arc<str>, i64, RandomState>,
}

/// What is in the variants of one name.
#[derive(Debug)]
pub(super) struct Variants {
    pub(super) name: Arc<str>,
    pub(super) content: Box<Column>,
}

/// Values of several kinds.
#[derive(Debug)]
pub(super) struct Choices {
    pub(super) tags: Vec<i8>,
    pub(super) index: Vec<i64>,
    pub(super) contents: Vec<Values>,
}

impl Column {
    /// So many rows, all of them missing.
    fn missing(rows: usize) -> Self {
        Self {
            values: Values::Unknown,
            index: (rows > 0).then(|| vec![-1; rows]),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.index
            .as_ref()
            .map_or_else(|| self.values.len(), Vec::len)
    }

    /// How many bytes its buffers have.
    pub(crate) fn nbytes(&self) -> usize {
        let index = self.index.as_ref().map_or(0, |index| size_of_val(&**index));
        index + self.values.nbytes()
    }

    /// From here on rows may be missing, even if none is.
    pub(crate) fn optional(&mut self) -> &mut Vec<i64> {
        let rows = place(self.values.len());
        self.index.get_or_insert_with(|| (0..rows).collect())
    }

    /// Adds a row that is missing.
    pub(crate) fn null(&mut self) {
        self.optional().push(-1);
    }

    pub(crate) fn bool(&mut self, value: bool) -> Result<(), Unfit> {
        if let Values::Bool(values) = self.begin(Kind::Bool)? {
            values.push(u8::from(value));
        }
        Ok(())
    }

    pub(crate) fn number(&mut self, number: Scalar) -> Result<(), Unfit> {
        if let Values::Numbers(numbers) = self.begin(Kind::Number(number))? {
            numbers.push(number);
        }
        Ok(())
    }

    pub(crate) fn text(&mut self, text: &str) -> Result<(), Unfit> {
        if let Values::Text(strings) = self.begin(Kind::Text)? {
            strings.push(text.as_bytes());
        }
        Ok(())
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Unfit> {
        if let Values::Bytes(strings) = self.begin(Kind::Bytes)? {
            strings.push(bytes);
        }
        Ok(())
    }

    /// The name of a variant that has nothing in it.
    pub(crate) fn category(&mut self, name: &str) -> Result<(), Unfit> {
        if let Values::Category(categories) = self.begin(Kind::Category)? {
            categories.push(name);
        }
        Ok(())
    }

    /// Begins a list, which grows by its content, and is there once it is ended.
    pub(crate) fn list(&mut self) -> Result<&mut Lists, Unfit> {
        match self.begin(Kind::List)? {
            Values::List(lists) => Ok(lists),
            _ => Err(Unfit::TooManyKinds),
        }
    }

    /// Begins a tuple of so many.
    pub(crate) fn tuple(&mut self, fields: usize) -> Result<&mut Tuples, Unfit> {
        match self.begin(Kind::Tuple(fields))? {
            Values::Tuple(tuples) => Ok(tuples),
            _ => Err(Unfit::TooManyKinds),
        }
    }

    /// The tuples of which the last row, that was begun as one, is still growing.
    pub(crate) fn last_tuple(&mut self) -> Option<&mut Tuples> {
        let values = match &mut self.values {
            Values::Union(choices) => {
                let tag = usize::try_from(*choices.tags.last()?).ok()?;
                choices.contents.get_mut(tag)?
            }
            values => values,
        };
        match values {
            Values::Tuple(tuples) => Some(tuples),
            _ => None,
        }
    }

    /// Begins a record.
    pub(crate) fn record(&mut self) -> Result<&mut Records, Unfit> {
        match self.begin(Kind::Record)? {
            Values::Record(records) => {
                records.next = 0;
                records.filled = 0;
                Ok(records)
            }
            _ => Err(Unfit::TooManyKinds),
        }
    }

    /// What the next variant of this name has in it.
    pub(crate) fn variant(&mut self, name: &str) -> Result<&mut Self, Unfit> {
        match self.begin(Kind::Variant(name))? {
            Values::Variant(variants) => Ok(&mut variants.content),
            _ => Err(Unfit::TooManyKinds),
        }
    }

    /// The values to which one of this kind is about to be added.
    fn begin(&mut self, kind: Kind<'_>) -> Result<&mut Values, Unfit> {
        let row = place(self.values.len());
        let values = self.values.for_one_more(kind)?;
        if let Some(index) = &mut self.index {
            index.push(row);
        }
        Ok(values)
    }
}

impl Values {
    /// None of a kind.
    fn none(kind: Kind<'_>) -> Self {
        match kind {
            Kind::Bool => Self::Bool(Vec::new()),
            Kind::Number(number) => Self::Numbers(Numbers::new(number.dtype())),
            Kind::Text => Self::Text(Strings::none()),
            Kind::Bytes => Self::Bytes(Strings::none()),
            Kind::List => Self::List(Lists {
                offsets: vec![0],
                content: Box::default(),
            }),
            Kind::Tuple(fields) => Self::Tuple(Tuples {
                contents: (0..fields).map(|_| Column::default()).collect(),
                length: 0,
            }),
            Kind::Record => Self::Record(Records::default()),
            Kind::Category => Self::Category(Categories::default()),
            Kind::Variant(name) => Self::Variant(Variants {
                name: name.into(),
                content: Box::default(),
            }),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Unknown => 0,
            Self::Bool(values) => values.len(),
            Self::Numbers(numbers) => numbers.len(),
            Self::Text(strings) | Self::Bytes(strings) => strings.offsets.len() - 1,
            Self::List(lists) => lists.offsets.len() - 1,
            Self::Tuple(tuples) => tuples.length,
            Self::Record(records) => records.length,
            Self::Category(categories) => categories.index.len(),
            Self::Variant(variants) => variants.content.len(),
            Self::Union(choices) => choices.tags.len(),
        }
    }

    fn nbytes(&self) -> usize {
        let of_all = |columns: &[Column]| columns.iter().map(Column::nbytes).sum::<usize>();
        match self {
            Self::Unknown => 0,
            Self::Bool(values) => values.len(),
            Self::Numbers(numbers) => numbers.bytes.len(),
            Self::Text(strings) | Self::Bytes(strings) => {
                size_of_val(&*strings.offsets) + strings.bytes.len()
            }
            Self::List(lists) => size_of_val(&*lists.offsets) + lists.content.nbytes(),
            Self::Tuple(tuples) => of_all(&tuples.contents),
            Self::Record(records) => of_all(&records.contents),
            Self::Category(categories) => size_of_val(&*categories.index),
            Self::Variant(variants) => variants.content.nbytes(),
            Self::Union(choices) => {
                let contents = choices.contents.iter().map(Self::nbytes);
                choices.tags.len() + size_of_val(&*choices.index) + contents.sum::<usize>()
            }
        }
    }

    /// Whether one of this kind can be added to these; numbers are made wider for it.
    fn takes(&mut self, kind: Kind<'_>) -> bool {
        match (self, kind) {
            (Self::Numbers(numbers), Kind::Number(number)) => numbers.widen_for(number),
            (Self::Tuple(tuples), Kind::Tuple(fields)) => tuples.contents.len() == fields,
            (Self::Variant(variants), Kind::Variant(name)) => *variants.name == *name,
            (Self::Bool(_), Kind::Bool)
            | (Self::Text(_), Kind::Text)
            | (Self::Bytes(_), Kind::Bytes)
            | (Self::List(_), Kind::List)
            | (Self::Record(_), Kind::Record)
            | (Self::Category(_), Kind::Category) => true,
            _ => false,
        }
    }

    /// The values to which one of this kind can be added: these, or those among them that are of it.
    fn for_one_more(&mut self, kind: Kind<'_>) -> Result<&mut Self, Unfit> {
        if matches!(self, Self::Unknown) {
            *self = Self::none(kind);
        }
        if !matches!(self, Self::Union(_)) && !self.takes(kind) {
            let rows = self.len();
            *self = Self::Union(Choices {
                tags: vec![0; rows],
                index: (0..place(rows)).collect(),
                contents: vec![std::mem::take(self)],
            });
        }
        match self {
            Self::Union(choices) => choices.for_one_more(kind),
            values => Ok(values),
        }
    }
}

impl Strings {
    pub(super) fn none() -> Self {
        Self {
            offsets: vec![0],
            bytes: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.offsets.push(place(self.bytes.len()));
    }
}

impl Lists {
    /// Ends the list that is growing.
    pub(crate) fn end(&mut self) {
        self.offsets.push(place(self.content.len()));
    }
}

impl Tuples {
    /// The slot at a position, if there are so many.
    pub(crate) fn slot(&mut self, position: usize) -> Option<&mut Column> {
        self.contents.get_mut(position)
    }

    /// Ends the tuple that is growing; what it lacks is missing.
    pub(crate) fn end(&mut self) {
        for content in &mut self.contents {
            if content.len() == self.length {
                content.null();
            }
        }
        self.length += 1;
    }
}

impl Records {
    /// The field of a name, of which the records before that have none lack it.
    pub(crate) fn field(&mut self, name: &str) -> Result<&mut Column, Unfit> {
        let expected = self.next;
        let slot = match self.names.get(expected) {
            Some(next) if **next == *name => expected,
            _ => match self.slots.get(name) {
                Some(slot) => *slot,
                None => self.add(name)?,
            },
        };
        self.next = slot + 1;
        self.filled += 1;
        let length = self.length;
        match self.contents.get_mut(slot) {
            Some(content) if content.len() == length => Ok(content),
            _ => Err(Unfit::FieldTwice),
        }
    }

    fn add(&mut self, name: &str) -> Result<usize, Unfit> {
        if self.names.len() >= MAX_FIELDS {
            return Err(Unfit::TooManyFields);
        }
        let name: Arc<str> = name.into();
        let slot = self.names.len();
        self.names.push(Arc::clone(&name));
        self.slots.insert(name, slot);
        self.contents.push(Column::missing(self.length));
        Ok(slot)
    }

    /// Ends the record that is growing; the fields that it lacks are missing.
    pub(crate) fn end(&mut self) -> Result<(), Unfit> {
        if self.filled < self.contents.len() {
            for content in &mut self.contents {
                if content.len() == self.length {
                    content.null();
                }
            }
        }
        self.length += 1;
        self.present += self.filled;
        let cells = self.length.saturating_mul(self.contents.len());
        match cells > ALWAYS_ROOM && cells / MOST_MISSING > self.present {
            true => Err(Unfit::TooSparse),
            false => Ok(()),
        }
    }
}

impl Categories {
    fn push(&mut self, name: &str) {
        let place = match self.places.get(name) {
            Some(known) => *known,
            None => {
                let (name, new) = (Arc::<str>::from(name), place(self.names.len()));
                self.names.push(Arc::clone(&name));
                self.places.insert(name, new);
                new
            }
        };
        self.index.push(place);
    }
}

impl Choices {
    fn for_one_more(&mut self, kind: Kind<'_>) -> Result<&mut Values, Unfit> {
        let found = self
            .contents
            .iter_mut()
            .position(|content| content.takes(kind));
        let position = match found {
            Some(position) => position,
            None if self.contents.len() >= UnionForm::MAX_CONTENTS => {
                return Err(Unfit::TooManyKinds);
            }
            None => {
                self.contents.push(Values::none(kind));
                self.contents.len() - 1
            }
        };
        let tag = i8::try_from(position).map_err(|_| Unfit::TooManyKinds)?;
        let content = self.contents.get_mut(position).ok_or(Unfit::TooManyKinds)?;
        self.tags.push(tag);
        self.index.push(place(content.len()));
        Ok(content)
    }
}
