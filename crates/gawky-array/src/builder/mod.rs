//! [`ArrayBuilder`]: an array that grows by single calls.

mod append;
mod nesting;
mod open;

use gawky_buffer::{Complex, Scalar, TimeUnit};
use gawky_form::{Form, FormError, Type};

pub use nesting::{Nested, Nesting};

use open::{Level, innermost_of, inside};

use crate::build::{Column, Undeclared, Unfit};
use crate::rows::RowsError;
use crate::{Array, Value};

/// An array that grows by single calls: a number, the begin of a list, its end.
///
/// It is Awkward's [`ak.ArrayBuilder`](https://awkward-array.org/doc/main/reference/generated/ak.ArrayBuilder.html), with the same names of
/// methods. The layout follows from what comes: numbers of several dtypes are of one that holds them all exactly, fields that some records
/// lack may be missing, records of different names and values of different kinds make a union. Or the type of the rows is
/// [declared](Self::of_type), which is faster, and what the type does not hold is an error.
///
/// What lists, tuples and records hold is added between a call that begins and one that ends, or in a closure that is called
/// between the two. A call that fails has added nothing, and the builder goes on.
///
/// ```
/// use gawky_array::ArrayBuilder;
///
/// let mut builder = ArrayBuilder::new();
/// builder.begin_list()?;
/// builder.real(1.5)?;
/// builder.null()?;
/// builder.end_list()?;
/// builder.list(|list| {
///     list.integer(7)?;
///     list.string("seven")
/// })?;
/// assert_eq!(
///     builder.snapshot()?.to_string(),
///     "<Array [[1.5, None], [7.0, 'seven']] type='2 * var * union[?float64, ?string]'>"
/// );
/// assert!(builder.end_list().is_err());
/// # Ok::<(), gawky_array::rows::RowsError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ArrayBuilder {
    column: Column,
    /// An empty one, of what is declared.
    empty: Column,
    /// What is begun and not ended, the outermost first.
    open: Vec<Level>,
    /// How many of these were begun outside of the closure that runs.
    outside: usize,
}

impl ArrayBuilder {
    /// None yet; the layout will follow from what comes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// None yet, of a declared type: see [`FromRows::of_type`](crate::rows::FromRows::of_type) for what goes into it.
    ///
    /// ```
    /// use gawky_array::ArrayBuilder;
    /// let mut builder = ArrayBuilder::of_type(&"Point[x: float32, tag: ?string]".parse()?)?;
    /// builder.record(|point| point.with_field("x", |x| x.integer(7)))?;
    /// assert_eq!(builder.finish()?.to_string(), "<Array [{x: 7.0, tag: None}] type='1 * Point[x: float32, tag: ?string]'>");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Calls come one after the other, so of a declared union only the kind of what is begun tells where it goes, and what a record is called: of
    /// several lists, or records of one name, the first takes it, and refuses what another one might have taken. [`append`](Self::append) and
    /// rows know the whole value, and find the content that takes it.
    ///
    /// # Errors
    /// [`FormError`] for a type that no form has.
    pub fn of_type(declared: &Type) -> Result<Self, FormError> {
        Ok(Self::of_column(Column::of_type(declared)?))
    }

    /// None yet, of a declared form; form keys are ignored.
    ///
    /// # Errors
    /// [`FormError`] for a form that has no type.
    pub fn of_form(declared: &Form) -> Result<Self, FormError> {
        Ok(Self::of_column(Column::of_form(declared)?))
    }

    fn of_column(column: Column) -> Self {
        Self {
            empty: column.clone(),
            column,
            ..Self::default()
        }
    }

    /// How many rows there are; what is open is none yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open
            .first()
            .map_or_else(|| self.column.len(), |outermost| outermost.before)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes the buffers have so far.
    #[must_use]
    pub fn nbytes(&self) -> usize {
        self.column.nbytes()
    }

    /// What is open, the innermost last.
    pub fn open(&self) -> impl Iterator<Item = Nested> {
        self.open.iter().map(|level| level.nested)
    }

    /// Adds what is missing.
    ///
    /// # Errors
    /// [`RowsProblem::Nesting`](crate::rows::RowsProblem::Nesting) where a field or an element has to be chosen first; [`RowsProblem::Undeclared`](crate::rows::RowsProblem::Undeclared) where the declared type does
    /// not take it. All that is added is so.
    pub fn null(&mut self) -> Result<(), RowsError> {
        self.value(|column| Ok(column.null()?))
    }

    /// Adds a boolean.
    ///
    /// # Errors
    /// As for [`null`](Self::null).
    pub fn boolean(&mut self, value: bool) -> Result<(), RowsError> {
        self.value(|column| Ok(column.bool(value)?))
    }

    /// Adds an integer.
    ///
    /// # Errors
    /// As for [`null`](Self::null).
    pub fn integer(&mut self, value: i64) -> Result<(), RowsError> {
        self.value(|column| Ok(column.native(value)?))
    }

    /// Adds a real number.
    ///
    /// # Errors
    /// As for [`null`](Self::null).
    pub fn real(&mut self, value: f64) -> Result<(), RowsError> {
        self.value(|column| Ok(column.native(value)?))
    }

    /// Adds a complex number.
    ///
    /// # Errors
    /// As for [`null`](Self::null).
    pub fn complex(&mut self, value: Complex<f64>) -> Result<(), RowsError> {
        self.scalar(Scalar::Complex128(value))
    }

    /// Adds a date, so many ticks after 1970.
    ///
    /// # Errors
    /// As for [`null`](Self::null).
    pub fn datetime(&mut self, ticks: i64, unit: TimeUnit) -> Result<(), RowsError> {
        self.scalar(Scalar::DateTime64(Some(ticks), unit))
    }

    /// Adds a duration of so many ticks.
    ///
    /// # Errors
    /// As for [`null`](Self::null).
    pub fn timedelta(&mut self, ticks: i64, unit: TimeUnit) -> Result<(), RowsError> {
        self.scalar(Scalar::TimeDelta64(Some(ticks), unit))
    }

    /// Adds a number, a boolean, a date or a duration, of its own dtype.
    ///
    /// # Errors
    /// As for [`null`](Self::null).
    pub fn scalar(&mut self, scalar: Scalar) -> Result<(), RowsError> {
        self.value(|column| Ok(column.number(scalar)?))
    }

    /// Adds a string.
    ///
    /// # Errors
    /// As for [`null`](Self::null).
    pub fn string(&mut self, text: &str) -> Result<(), RowsError> {
        self.value(|column| Ok(column.text(text)?))
    }

    /// Adds a bytestring.
    ///
    /// # Errors
    /// As for [`null`](Self::null).
    pub fn bytestring(&mut self, bytes: &[u8]) -> Result<(), RowsError> {
        self.value(|column| Ok(column.bytes(bytes)?))
    }

    /// Adds a value of an array, with all that is in it.
    ///
    /// ```
    /// use gawky_array::{Array, ArrayBuilder};
    /// let lists = Array::from_rows([vec![1], vec![2, 3]])?;
    /// let mut builder = ArrayBuilder::new();
    /// builder.append(&lists.get(1)?)?;
    /// builder.extend(&lists)?;
    /// assert_eq!(builder.snapshot()?.to_string(), "<Array [[2, 3], [1], [2, 3]] type='3 * var * int32'>");
    /// # Ok::<(), gawky_array::rows::RowsError>(())
    /// ```
    ///
    /// # Errors
    /// As for [`null`](Self::null); [`RowsProblem::NotUtf8`](crate::rows::RowsProblem::NotUtf8) for a string that is no text.
    pub fn append(&mut self, value: &Value<'_>) -> Result<(), RowsError> {
        let depth = self.open.len();
        self.value(|column| append::append(column, *value, depth))
    }

    /// Adds all rows of an array, one after the other.
    ///
    /// # Errors
    /// As for [`append`](Self::append), and [`RowsProblem::Array`](crate::rows::RowsProblem::Array) where bytes are on a device. The rows before the one that fails have been added.
    pub fn extend(&mut self, rows: &Array) -> Result<(), RowsError> {
        for value in rows.iter()? {
            self.append(&value)?;
        }
        Ok(())
    }

    /// Begins a list.
    ///
    /// # Errors
    /// As for [`null`](Self::null).
    pub fn begin_list(&mut self) -> Result<(), RowsError> {
        self.begin(Nested::List, 0, |column| column.list().map(drop))
    }

    /// Ends the list that was begun last.
    ///
    /// # Errors
    /// [`RowsProblem::Nesting`](crate::rows::RowsProblem::Nesting) where no list is open, or something else in it; [`RowsProblem::Undeclared`](crate::rows::RowsProblem::Undeclared) where the declared type is of longer lists:
    /// then it stays open.
    pub fn end_list(&mut self) -> Result<(), RowsError> {
        self.end(Nested::List, |column, _| match column.last_sequence() {
            Some(elements) => elements.end(),
            None => Ok(()),
        })
    }

    /// Adds a list of what the closure adds.
    ///
    /// # Errors
    /// As for [`null`](Self::null) and [`end_list`](Self::end_list), and what the closure has to say. Then nothing is left of the list.
    pub fn list<E: From<RowsError>>(
        &mut self,
        add: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.begin_list()?;
        self.within(add, Self::end_list)
    }

    /// Begins a tuple of so many.
    ///
    /// # Errors
    /// As for [`null`](Self::null).
    pub fn begin_tuple(&mut self, size: usize) -> Result<(), RowsError> {
        self.begin(Nested::Tuple, size, |column| column.tuple(size).map(drop))
    }

    /// Chooses the element of the open tuple for the next value, from 0.
    ///
    /// # Errors
    /// [`RowsProblem::Nesting`](crate::rows::RowsProblem::Nesting) where no tuple is open, and where it has no such element, or has it already.
    pub fn index(&mut self, index: usize) -> Result<(), RowsError> {
        let size = self.innermost(Nested::Tuple, false)?;
        let (_, outer) = innermost_of(&self.open);
        let tuple = inside(&mut self.column, outer).and_then(Column::last_sequence);
        if tuple.and_then(|tuple| tuple.into_slot(index)).is_none() || index >= size {
            return Err(self.wrong(Nesting::NoSuchIndex { index, size }));
        }
        self.choose(index);
        Ok(())
    }

    /// Ends the tuple that was begun last; what it lacks is missing.
    ///
    /// # Errors
    /// [`RowsProblem::Nesting`](crate::rows::RowsProblem::Nesting) where no tuple is open, or something else in it; [`RowsProblem::Undeclared`](crate::rows::RowsProblem::Undeclared) where what it lacks must not be missing:
    /// then it stays open.
    pub fn end_tuple(&mut self) -> Result<(), RowsError> {
        self.end(Nested::Tuple, |column, size| match column.last_sequence() {
            Some(elements) if elements.len() != size => {
                let found = elements.len();
                Err(Undeclared::TupleLength {
                    found,
                    more: false,
                    size,
                }
                .into())
            }
            Some(elements) => elements.end(),
            None => Ok(()),
        })
    }

    /// Adds a tuple of so many, whose elements the closure adds.
    ///
    /// # Errors
    /// As for [`null`](Self::null) and [`end_tuple`](Self::end_tuple), and what the closure has to say. Then nothing is left of the tuple.
    pub fn tuple<E: From<RowsError>>(
        &mut self,
        size: usize,
        add: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.begin_tuple(size)?;
        self.within(add, Self::end_tuple)
    }

    /// Begins a record.
    ///
    /// # Errors
    /// As for [`null`](Self::null).
    pub fn begin_record(&mut self) -> Result<(), RowsError> {
        self.begin(Nested::Record, 0, |column| column.record().map(drop))
    }

    /// Begins a record that is called this; those of different names are values of different kinds.
    ///
    /// # Errors
    /// As for [`null`](Self::null).
    pub fn begin_record_called(&mut self, name: &str) -> Result<(), RowsError> {
        self.begin(Nested::Record, 0, |column| {
            column.record_called(Some(name)).map(drop)
        })
    }

    /// Chooses the field of the open record for the next value.
    ///
    /// # Errors
    /// [`RowsProblem::Nesting`](crate::rows::RowsProblem::Nesting) where no record is open; [`RowsProblem::Undeclared`](crate::rows::RowsProblem::Undeclared) for a field that is not declared; where the record has the
    /// field already.
    pub fn field(&mut self, name: &str) -> Result<(), RowsError> {
        self.innermost(Nested::Record, false)?;
        let (_, outer) = innermost_of(&self.open);
        let records = inside(&mut self.column, outer).and_then(Column::last_record);
        let slot = records.ok_or(Unfit::TooManyKinds);
        match slot.and_then(|records| records.slot_for(name)) {
            Ok(slot) => {
                self.choose(slot);
                Ok(())
            }
            Err(unfit) => {
                let outer = self.open.len().saturating_sub(1);
                Err(self.located(RowsError::from(unfit).in_field(name), outer))
            }
        }
    }

    /// Adds a field of the open record, whose value the closure adds.
    ///
    /// # Errors
    /// As for [`field`](Self::field), and what the closure has to say.
    pub fn with_field<E: From<RowsError>>(
        &mut self,
        name: &str,
        add: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.field(name)?;
        self.enclosed(add)
    }

    /// Ends the record that was begun last; the fields that it lacks are missing.
    ///
    /// # Errors
    /// [`RowsProblem::Nesting`](crate::rows::RowsProblem::Nesting) where no record is open, or something else in it; [`RowsProblem::Undeclared`](crate::rows::RowsProblem::Undeclared) where a field that it lacks must not be
    /// missing: then it stays open.
    pub fn end_record(&mut self) -> Result<(), RowsError> {
        self.end(Nested::Record, |column, _| match column.last_record() {
            Some(records) => records.end_by_slots(),
            None => Ok(()),
        })
    }

    /// Adds a record, whose fields the closure adds.
    ///
    /// # Errors
    /// As for [`null`](Self::null) and [`end_record`](Self::end_record), and what the closure has to say. Then nothing is left of the record.
    pub fn record<E: From<RowsError>>(
        &mut self,
        add: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.begin_record()?;
        self.within(add, Self::end_record)
    }

    /// The rows so far as an array; what is open is none of them. The builder goes on.
    ///
    /// # Errors
    /// [`RowsProblem::Array`](crate::rows::RowsProblem::Array) where the rows, all of which were taken, have no place in a declared form.
    pub fn snapshot(&self) -> Result<Array, RowsError> {
        self.clone().finish()
    }

    /// The rows as an array; what is open is none of them.
    ///
    /// # Errors
    /// As for [`snapshot`](Self::snapshot).
    pub fn finish(mut self) -> Result<Array, RowsError> {
        self.give_up();
        Ok(self.column.finish()?)
    }

    /// Gives up what is open: the rows before it stay. In a closure nothing is given up that was begun outside of it.
    pub fn give_up(&mut self) {
        self.give_up_to(self.outside);
    }

    /// Takes away all rows, and what is open; what is declared stays so.
    pub fn clear(&mut self) {
        self.give_up();
        if self.open.is_empty() {
            self.column = self.empty.clone();
        }
    }
}
