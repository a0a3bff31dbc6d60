//! Arrays as Arrow arrays.
//!
//! | file | what it does |
//! |---|---|
//! | `plan` | which Arrow field a form becomes |
//! | `numbers`, `lists`, `text`, `records`, `unions`, `dictionaries` | a node as an Arrow array of its field |
//! | `nulls` | options as Arrow's bitmaps |
//!
//! The form decides about the type, in `plan`; an array then becomes an Arrow array of that field. Buffers are shared
//! wherever Arrow's layout is the array's.

mod dictionaries;
mod lists;
mod nulls;
mod numbers;
pub(crate) mod plan;
mod records;
mod text;
mod unions;

use arrow_array::{ArrayRef, NullArray, new_null_array};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field};
use gawky_array::Array;
use gawky_buffer::DType;
use gawky_form::{Form, Parameters};

pub(crate) use records::column as record_column;

use crate::ArrowError;
use crate::layers::{of_no_categories, united};

/// The parameter that names the time zone of a `datetime64`, which Arrow's timestamps may have.
pub(crate) const TIMEZONE: &str = "timezone";

/// How arrays become Arrow arrays; the options are those of Python's `ak.to_arrow`, by their names.
///
/// Unlike there, the form alone decides about the type, so that all arrays of one form become columns of one schema:
/// what is to have 32 bits and does not fit them is an error.
///
/// ```
/// use gawky_array::{Array, Index, ListOffsetArray, NumpyArray};
/// use gawky_arrow::ToArrow;
/// use gawky_form::Parameters;
///
/// let numbers = Array::from(NumpyArray::from_vec(vec![1.5, 2.5, 3.5]));
/// let lists = ListOffsetArray::try_new(vec![0_i64, 2, 2, 3].into(), numbers, Parameters::none())?;
/// let array = Array::from(lists);
/// let arrow = ToArrow::new().list_to32(true).array(&array)?;
/// assert_eq!(arrow.len(), 3);
/// assert!(arrow.data_type().to_string().starts_with("List"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ToArrow {
    list_to32: bool,
    string_to32: bool,
    bytestring_to32: bool,
    emptyarray_to: Option<DType>,
    categorical_as_dictionary: bool,
    extensionarray: bool,
    for_parquet: bool,
}

impl Default for ToArrow {
    fn default() -> Self {
        Self::new()
    }
}

impl ToArrow {
    /// The defaults: offsets as wide as they are, categories as dictionaries, Awkward's metadata along.
    #[must_use]
    pub fn new() -> Self {
        Self {
            list_to32: false,
            string_to32: false,
            bytestring_to32: false,
            emptyarray_to: None,
            categorical_as_dictionary: true,
            extensionarray: true,
            for_parquet: false,
        }
    }

    /// Whether lists have offsets of 32 bits, whatever the array's have.
    #[must_use]
    pub fn list_to32(mut self, yes: bool) -> Self {
        self.list_to32 = yes;
        self
    }

    /// Whether strings have offsets of 32 bits, whatever the array's have.
    #[must_use]
    pub fn string_to32(mut self, yes: bool) -> Self {
        self.string_to32 = yes;
        self
    }

    /// Whether bytestrings have offsets of 32 bits, whatever the array's have.
    #[must_use]
    pub fn bytestring_to32(mut self, yes: bool) -> Self {
        self.bytestring_to32 = yes;
        self
    }

    /// What data of no known type become: Arrow's null type, or numbers of this dtype.
    #[must_use]
    pub fn emptyarray_to(mut self, dtype: Option<DType>) -> Self {
        self.emptyarray_to = dtype;
        self
    }

    /// Whether categories become a dictionary, which is the default here and not in Python; else the values are
    /// picked, and that they are categories is lost.
    #[must_use]
    pub fn categorical_as_dictionary(mut self, yes: bool) -> Self {
        self.categorical_as_dictionary = yes;
        self
    }

    /// Whether all is such that it comes back from Parquet files, also in Python: [`parquet::Writer`](crate) does this
    /// itself. Categories become a dictionary only if they are strings or bytestrings of which none may be missing, and
    /// the fields of records that may be missing are nullable, as `ak.to_parquet` has them: readers look for as
    /// many elements of lists of one size else as if no record were missing.
    #[must_use]
    pub fn for_parquet(mut self, yes: bool) -> Self {
        self.for_parquet = yes;
        self
    }

    /// Whether fields carry Awkward's metadata, by which parameters, tuples and names of records survive.
    #[must_use]
    pub fn extensionarray(mut self, yes: bool) -> Self {
        self.extensionarray = yes;
        self
    }

    /// Whether categories that are the rows of `content`, of which some may be missing, become a dictionary.
    pub(crate) fn keeps_categories(&self, content: &Form, may_miss: bool) -> bool {
        let comes_back = || {
            !may_miss && matches!(content, Form::ListOffset(_)) && plan::Text::of(content).is_some()
        };
        self.categorical_as_dictionary
            && !matches!(content, Form::Empty(_))
            && (!self.for_parquet || comes_back())
    }

    /// The array as an Arrow array.
    ///
    /// What the outermost node has of Awkward's metadata belongs to its field, which [`column`](Self::column) returns
    /// as well.
    ///
    /// # Errors
    /// [`ArrowProblem::NoCounterpart`](crate::ArrowProblem) where Arrow has no type for a node,
    /// [`ArrowProblem::DoesNotFit`](crate::ArrowProblem) and
    /// [`ArrowProblem::NotUtf8`](crate::ArrowProblem) where it has no value, and
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where bytes are on a device.
    pub fn array(&self, array: &Array) -> Result<ArrayRef, ArrowError> {
        Ok(self.column("", array)?.1)
    }

    /// The array as an Arrow array, with the field that describes it.
    ///
    /// # Errors
    /// As for [`array`](Self::array).
    pub fn column(&self, name: &str, array: &Array) -> Result<(Field, ArrayRef), ArrowError> {
        let field = self.field(name, &array.form())?;
        let column = convert(array, &field, None)?;
        Ok((field, column))
    }
}

/// `array` as an Arrow array of the type of `field`, which was planned for its form; what `nulls` says is missing
/// from above.
pub(crate) fn convert(
    array: &Array,
    field: &Field,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let data_type = field.data_type();
    let keeps_categories = matches!(data_type, DataType::Dictionary(..));
    match array {
        Array::Empty(_) => Ok(new_null_array(data_type, 0)),
        Array::Numpy(own) => numbers::numpy(own, field, nulls),
        Array::Regular(own) => lists::regular(own, field, nulls),
        Array::List(own) => lists::list(own, field, nulls),
        Array::ListOffset(own) => lists::list_offset(own, field, nulls),
        Array::Record(own) => records::record(own, field, nulls),
        Array::Union(own) => unions::union(own, field, nulls.as_ref()),
        Array::Indexed(own) if own.is_categorical() && keeps_categories => {
            dictionaries::dictionary(own.index(), own.content(), field, nulls)
        }
        Array::Indexed(own) => {
            let picked = take(own.content(), &own.index().to_i64()?)?;
            convert(&beneath(picked, own.parameters()), field, nulls)
        }
        Array::IndexedOption(own) if own.parameters().is_categorical() && keeps_categories => {
            let nulls = NullBuffer::union(nulls.as_ref(), Some(&nulls::of_index(own.index())?));
            dictionaries::dictionary(own.index(), own.content(), field, nulls)
        }
        Array::IndexedOption(own) => {
            let nulls = NullBuffer::union(nulls.as_ref(), Some(&nulls::of_index(own.index())?));
            if *data_type == DataType::Null {
                return Ok(std::sync::Arc::new(NullArray::new(own.len())));
            }
            nulls::prove_room(data_type, nulls.as_ref())?;
            if own.content().is_empty() && !matches!(data_type, DataType::Union(..)) {
                return Ok(new_null_array(data_type, own.len()));
            }
            // What lies below a null is anything.
            let rows = own.index().to_i64()?.into_iter().map(|row| row.max(0));
            if own.content().is_empty() {
                return unions::all_missing(own.len(), field);
            }
            let picked = take(own.content(), &rows.collect::<Vec<_>>())?;
            convert(&picked, field, nulls)
        }
        Array::ByteMasked(own) => {
            let nulls = NullBuffer::union(nulls.as_ref(), Some(&nulls::of_bytes(own)?));
            convert(&own.content().slice(0..own.len())?, field, nulls)
        }
        Array::BitMasked(own) => {
            let nulls = NullBuffer::union(nulls.as_ref(), Some(&nulls::of_bits(own)?));
            convert(&own.content().slice(0..own.len())?, field, nulls)
        }
        Array::Unmasked(own) => convert(own.content(), field, nulls),
    }
}

/// The rows that an index picks, which it was proved to have.
fn take(content: &Array, rows: &[i64]) -> Result<Array, ArrowError> {
    let rows: Vec<usize> = rows
        .iter()
        .map(|row| usize::try_from(*row).unwrap_or(usize::MAX))
        .collect();
    Ok(content.take(&rows)?)
}

/// An array that was below an index with these parameters.
fn beneath(array: Array, above: &Parameters) -> Array {
    let above = of_no_categories(above);
    if above.is_empty() {
        return array;
    }
    let parameters = united(array.parameters(), &above);
    array.with_parameters(parameters)
}

/// What cannot come about, as the field was planned for the array's form.
fn unplanned<T>(field: &Field, class: &str) -> Result<T, ArrowError> {
    Err(crate::ArrowProblem::NoCounterpart {
        what: format!("a {class} as {}", field.data_type()),
        hint: "this is a mistake of gawky's: please report it",
    }
    .into())
}
