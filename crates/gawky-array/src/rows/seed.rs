//! Whatever serde can deserialise as rows, without a Rust type for them.

use std::cell::Cell;
use std::fmt;

use gawky_form::MAX_DEPTH;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::tree::Reading;
use super::{FromRows, Maps, RowBuilder, RowsError, RowsProblem, serialize};
use crate::Array;
use crate::build::{Column, Records, Sequence, Unfit};
use crate::node::as_rows;

/// An array of the elements of a sequence, in any format that tells what its values are: CBOR, MessagePack, TOML, YAML, ….
///
/// Integers are of `int64`, or of `uint64` beyond that, however many bytes the format has for them. Maps are records; [`FromRows::read`] has options. What
/// a CBOR tag is put on is read as if there were none, and an extension type of MessagePack is a tuple of its number and its bytes.
///
/// ```
/// use gawky_array::rows;
/// let text = r#"[{"x": 1, "y": [1.5]}, {"x": 2, "y": []}]"#;
/// let array = rows::from_deserializer(&mut serde_json::Deserializer::from_str(text))?;
/// assert_eq!(array.array_type().to_string(), "2 * {x: int64, y: var * float64}");
/// # Ok::<(), rows::RowsError>(())
/// ```
///
/// JSON has a reader of its own, [`json`](crate::json), which is faster, knows where in the text an error is, and reads
/// in pieces what is larger than memory.
///
/// # Errors
/// As for [`FromRows::read`].
pub fn from_deserializer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Array, RowsError> {
    FromRows::new().read(deserializer)
}

/// The array that a sequence is, for formats that have no deserialiser to give, but read whatever implements [`Deserialize`], and for fields
/// of other types.
///
/// ```
/// use gawky_array::rows::Learned;
/// let Learned(array) = serde_json::from_str("[1, null, 2.5]")?;
/// assert_eq!(array.array_type().to_string(), "3 * ?float64");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Learned(pub Array);

impl<'de> Deserialize<'de> for Learned {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_deserializer(deserializer)
            .map(Self)
            .map_err(D::Error::custom)
    }
}

impl FromRows {
    /// An array of the elements of a sequence, in any format that tells what its values are.
    ///
    /// # Errors
    /// [`RowsError`], which says in which row, and where in it: what the format has to say, what does not fit the declared type, and what
    /// else [`build`](Self::build) refuses.
    pub fn read<'de, D: Deserializer<'de>>(&self, deserializer: D) -> Result<Array, RowsError> {
        let mut builder = self.begin();
        let trail = Trail::default();
        let rows = Rows {
            builder: &mut builder,
            trail: &trail,
        };
        let read = deserializer.deserialize_any(rows);
        read.map_err(|error| trail.told(error))?;
        builder.finish()
    }
}

impl RowBuilder {
    /// Adds a row that is read in any format that tells what its values are.
    ///
    /// # Errors
    /// As for [`FromRows::read`]. The row is not added then, and others can be.
    pub fn push_from<'de, D: Deserializer<'de>>(&mut self, row: D) -> Result<(), RowsError> {
        let trail = Trail::default();
        self.read_row(&trail, |seed| seed.deserialize(row))
            .map_err(|error| trail.told(error))
    }

    fn read_row<T, E: Error>(
        &mut self,
        trail: &Trail,
        read: impl FnOnce(Value<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let rows = self.column.len();
        let seed = Value {
            column: &mut self.column,
            maps: self.maps,
            depth: 0,
            trail,
        };
        let read =
            read(seed).map_err(|error| trail.below(error, |error| error.in_row(as_rows(rows))));
        if read.is_err() {
            self.column.truncate(rows);
        }
        read
    }
}

/// What is wrong and where, while a format has an error of its own for it.
#[derive(Default)]
struct Trail(Cell<Option<RowsError>>);

impl Trail {
    /// An error of the format, for one of rows.
    fn fail<E: Error>(&self, error: impl Into<RowsError>) -> E {
        self.0.set(Some(error.into()));
        E::custom("it cannot be added")
    }

    /// The error for which the format has one.
    fn told<E: Error>(&self, error: E) -> RowsError {
        let told = || RowsProblem::Told(error.to_string()).into();
        self.0.take().unwrap_or_else(told)
    }

    /// The same error, with more about where it is.
    fn below<E: Error>(&self, error: E, place: impl FnOnce(RowsError) -> RowsError) -> E {
        let told = RowsProblem::Told(error.to_string());
        let inner = self.0.take().unwrap_or_else(|| told.into());
        self.0.set(Some(place(inner)));
        error
    }
}

/// A sequence whose elements are rows.
struct Rows<'r> {
    builder: &'r mut RowBuilder,
    trail: &'r Trail,
}

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        let Self { builder, trail } = self;
        loop {
            let read = builder.read_row(trail, |seed| rows.next_element_seed(seed))?;
            if read.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<(), D::Error> {
        inner.deserialize_any(self)
    }
}

/// A value that is added to a column.
struct Value<'c> {
    column: &'c mut Column,
    maps: Maps,
    /// In how many others it is.
    depth: usize,
    trail: &'c Trail,
}

impl<'c> Value<'c> {
    fn added<E: Error>(self, add: impl FnOnce(&mut Column) -> Result<(), Unfit>) -> Result<(), E> {
        add(self.column).map_err(|unfit| self.trail.fail(unfit))
    }

    /// How deep what is in it is.
    fn deeper<E: Error>(&self) -> Result<usize, E> {
        match self.depth < MAX_DEPTH {
            true => Ok(self.depth + 1),
            false => Err(self.trail.fail(RowsProblem::TooDeep)),
        }
    }

    fn inner<E: Error>(self) -> Result<Self, E> {
        Ok(Self {
            depth: self.deeper()?,
            ..self
        })
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        match self.column.is_ambiguous() {
            false => value.deserialize_any(self),
            true => self.one_of(value),
        }
    }
}

impl Value<'_> {
    /// A value of which only all that is in it tells to which content of a union it goes. It cannot be read twice, so it is kept.
    #[cold]
    fn one_of<'de, D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        let Self {
            column,
            maps,
            depth,
            trail,
        } = self;
        let value = Reading { depth }.deserialize(value)?;
        serialize::push(column, maps, depth, &value).map_err(|error| trail.fail(error))
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.added(|column| column.bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.added(|column| column.native(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => self.added(|column| column.native(value)),
        }
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<(), E> {
        match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => self.visit_i64(value),
            (_, Ok(value)) => self.visit_u64(value),
            _ => Err(self.trail.fail(RowsProblem::Wide)),
        }
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<(), E> {
        match u64::try_from(value) {
            Ok(value) => self.visit_u64(value),
            Err(_) => Err(self.trail.fail(RowsProblem::Wide)),
        }
    }

    fn visit_f32<E: Error>(self, value: f32) -> Result<(), E> {
        self.added(|column| column.native(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.added(|column| column.native(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.added(|column| column.text(value))
    }

    fn visit_bytes<E: Error>(self, value: &[u8]) -> Result<(), E> {
        self.added(|column| column.bytes(value))
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.added(Column::null)
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        self.column.optional();
        self.inner()?.deserialize(value)
    }

    /// An extension type of MessagePack comes as a newtype of its number and its bytes.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(Extension(self.inner()?))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<(), A::Error> {
        self.sequence(elements, Column::list)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<(), A::Error> {
        let pairs = self.column.wants_pairs();
        match pairs.unwrap_or(self.maps != Maps::Records) {
            true => self.pairs(entries),
            false => self.record(entries),
        }
    }

    /// What a CBOR tag is put on comes as the variant of an enum.
    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<(), A::Error> {
        let trail = self.trail;
        let (name, content) = variant.variant::<String>()?;
        match name.as_str() {
            "@@TAGGED@@" => content.tuple_variant(2, Tagged(self.inner()?)),
            _ => Err(trail.fail(RowsProblem::Told(format!(
                "the format has the variant {name:?} of an enum, and does not tell what is in it"
            )))),
        }
    }
}

impl Value<'_> {
    fn sequence<'de, A: SeqAccess<'de>>(
        self,
        mut elements: A,
        begin: impl FnOnce(&mut Column) -> Result<Sequence<'_>, Unfit>,
    ) -> Result<(), A::Error> {
        let depth = self.deeper()?;
        let Self {
            column,
            maps,
            trail,
            ..
        } = self;
        let mut sequence = begin(column).map_err(|unfit| trail.fail(unfit))?;
        let mut position = 0;
        loop {
            let element = Element {
                sequence: &mut sequence,
                maps,
                depth,
                trail,
            };
            let read = elements.next_element_seed(element);
            match read.map_err(|error| trail.below(error, |error| error.in_position(position)))? {
                Some(()) => position += 1,
                None => break,
            }
        }
        sequence.end().map_err(|unfit| trail.fail(unfit))
    }

    fn record<'de, A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let depth = self.deeper()?;
        let Self {
            column,
            maps,
            trail,
            ..
        } = self;
        let records = column.record().map_err(|unfit| trail.fail(unfit))?;
        loop {
            let field = Field {
                records: &mut *records,
                trail,
            };
            let Some(column) = entries.next_key_seed(field)? else {
                break;
            };
            let value = Value {
                column,
                maps,
                depth,
                trail,
            };
            if let Err(error) = entries.next_value_seed(value) {
                return Err(trail.below(error, |error| error.in_field(records.last_name())));
            }
        }
        records.end().map_err(|unfit| trail.fail(unfit))
    }

    fn pairs<'de, A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        let depth = inner.deeper()?;
        let Self {
            column,
            maps,
            trail,
            ..
        } = inner;
        let mut pairs = column.list().map_err(|unfit| trail.fail(unfit))?;
        let mut pair = |half: Half, entries: &mut A| {
            let seed = Pair {
                pairs: &mut pairs,
                half,
                maps,
                depth,
                trail,
            };
            match half {
                Half::Key => entries.next_key_seed(seed),
                Half::Value => entries.next_value_seed(seed).map(Some),
            }
        };
        for position in 0.. {
            let mut half = |half| {
                pair(half, &mut entries)
                    .map_err(|error| trail.below(error, |error| error.in_position(position)))
            };
            if half(Half::Key)?.is_none() {
                break;
            }
            half(Half::Value)?;
        }
        pairs.end().map_err(|unfit| trail.fail(unfit))
    }
}

/// The next element of a list or a tuple.
struct Element<'s, 'c> {
    sequence: &'s mut Sequence<'c>,
    maps: Maps,
    depth: usize,
    trail: &'s Trail,
}

impl<'de> DeserializeSeed<'de> for Element<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        let trail = self.trail;
        let seed = Value {
            column: self.sequence.next().map_err(|unfit| trail.fail(unfit))?,
            maps: self.maps,
            depth: self.depth,
            trail,
        };
        seed.deserialize(value)
    }
}

#[derive(Clone, Copy)]
enum Half {
    Key,
    Value,
}

/// Half of a pair that is an element of a list.
struct Pair<'s, 'c> {
    pairs: &'s mut Sequence<'c>,
    half: Half,
    maps: Maps,
    depth: usize,
    trail: &'s Trail,
}

impl<'de> DeserializeSeed<'de> for Pair<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        let trail = self.trail;
        let pair = self.pairs.next().and_then(|pair| match self.half {
            Half::Key => pair.pair(self.maps.pairs()),
            Half::Value => pair.last_sequence().ok_or(Unfit::TooManyKinds),
        });
        let mut pair = pair.map_err(|unfit| trail.fail(unfit))?;
        let (half, name) = match self.half {
            Half::Key => (Half::Key, "0"),
            Half::Value => (Half::Value, "1"),
        };
        let seed = Value {
            column: pair.next().map_err(|unfit| trail.fail(unfit))?,
            maps: self.maps,
            depth: self.depth,
            trail,
        };
        seed.deserialize(value)
            .map_err(|error| trail.below(error, |error| error.in_field(name)))?;
        match half {
            Half::Key => Ok(()),
            Half::Value => pair.end().map_err(|unfit| trail.fail(unfit)),
        }
    }
}

/// The field whose name is a key.
struct Field<'r> {
    records: &'r mut Records,
    trail: &'r Trail,
}

impl<'de, 'r> DeserializeSeed<'de> for Field<'r> {
    type Value = &'r mut Column;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<Self::Value, D::Error> {
        key.deserialize_any(self)
    }
}

impl<'de, 'r> Visitor<'de> for Field<'r> {
    type Value = &'r mut Column;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key that is the name of a field: a string, an integer or a boolean")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        let trail = self.trail;
        self.records.field(name).map_err(|unfit| match unfit {
            Unfit::FieldTwice => trail.fail(RowsProblem::KeyTwice {
                key: name.to_owned(),
            }),
            unfit => trail.fail(unfit),
        })
    }

    fn visit_bool<E: Error>(self, name: bool) -> Result<Self::Value, E> {
        self.visit_str(if name { "true" } else { "false" })
    }

    fn visit_i64<E: Error>(self, name: i64) -> Result<Self::Value, E> {
        self.visit_str(&name.to_string())
    }

    fn visit_u64<E: Error>(self, name: u64) -> Result<Self::Value, E> {
        self.visit_str(&name.to_string())
    }

    fn visit_f64<E: Error>(self, key: f64) -> Result<Self::Value, E> {
        self.no_name(format!("the number {key}"))
    }

    fn visit_bytes<E: Error>(self, _key: &[u8]) -> Result<Self::Value, E> {
        self.no_name("a bytestring".to_owned())
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        self.no_name("nothing".to_owned())
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        self.visit_unit()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _key: A) -> Result<Self::Value, A::Error> {
        self.no_name("a sequence".to_owned())
    }

    fn visit_map<A: MapAccess<'de>>(self, _key: A) -> Result<Self::Value, A::Error> {
        self.no_name("a map".to_owned())
    }
}

impl<'r> Field<'r> {
    fn no_name<E: Error>(self, found: String) -> Result<&'r mut Column, E> {
        Err(self.trail.fail(RowsProblem::Key { found }))
    }
}

/// The number of an extension type, and its bytes.
struct Extension<'c>(Value<'c>);

impl<'de> Visitor<'de> for Extension<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the number of an extension type, and its bytes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, both: A) -> Result<(), A::Error> {
        self.0.sequence(both, |column| column.tuple(2))
    }
}

/// What a tag is put on, behind the tag.
struct Tagged<'c>(Value<'c>);

impl<'de> Visitor<'de> for Tagged<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tag and a value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut both: A) -> Result<(), A::Error> {
        let trail = self.0.trail;
        let lacks = || trail.fail(RowsProblem::Told("a tag is put on nothing".to_owned()));
        both.next_element::<u64>()?.ok_or_else(lacks)?;
        both.next_element_seed(self.0)?.ok_or_else(lacks)
    }
}
