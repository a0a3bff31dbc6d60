//! Arrow arrays as arrays.
//!
//! | file | what it does |
//! |---|---|
//! | `parts` | the buffers and the children of an Arrow array, measured |
//! | `numbers`, `decimals`, `text`, `lists`, `records`, `unions`, `dictionaries` | an Arrow array of one of these types as a node |
//! | `nulls` | Arrow's bitmaps as options |
//!
//! Nothing that an Arrow array says is trusted: lengths are measured here, and offsets, indexes and tags are proved by
//! the nodes' constructors, as those of arrays that come from elsewhere need not hold what Arrow's types promise.

mod decimals;
mod dictionaries;
mod lists;
mod nulls;
mod numbers;
mod parts;
mod records;
mod text;
mod unions;

use arrow_array::Array as ArrowArray;
use arrow_buffer::NullBuffer;
use arrow_data::ArrayData;
use arrow_schema::{DataType, Field};
use gawky_array::Array;
use gawky_form::{Form, MAX_DEPTH};

use crate::extension::Annotation;
use crate::native::are_alike;
use crate::{ArrowError, ArrowProblem};

/// What becomes of decimals, which no array has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decimals {
    /// They are an error, as for Awkward.
    #[default]
    Refuse,
    /// The nearest `float64`: digits beyond the sixteenth are lost.
    Float64,
    /// Their bytes, as bytestrings of one size (little-endian integers); precision and scale are in the parameter
    /// `decimal`.
    Bytes,
}

/// How Arrow arrays become arrays.
///
/// ```
/// use arrow_array::{Array as _, Int32Array};
/// use gawky_arrow::FromArrow;
///
/// let arrow = Int32Array::from(vec![Some(1), None, Some(3)]);
/// let array = FromArrow::new().array(&arrow)?;
/// assert_eq!(array.to_string(), "<Array [1, None, 3] type='3 * ?int32'>");
/// # Ok::<(), gawky_arrow::ArrowError>(())
/// ```
#[derive(Clone, Debug)]
pub struct FromArrow {
    generate_bitmasks: bool,
    timezones: bool,
    decimals: Decimals,
}

impl Default for FromArrow {
    fn default() -> Self {
        Self::new()
    }
}

impl FromArrow {
    /// The defaults: no bitmask where Arrow has none, time zones kept, decimals refused.
    #[must_use]
    pub fn new() -> Self {
        Self {
            generate_bitmasks: false,
            timezones: true,
            decimals: Decimals::Refuse,
        }
    }

    /// Whether what may be missing has a bitmask even where nothing is, so that the form follows from the field alone.
    #[must_use]
    pub fn generate_bitmasks(mut self, yes: bool) -> Self {
        self.generate_bitmasks = yes;
        self
    }

    /// Whether the time zone of a timestamp is kept in the parameter `timezone`, from which
    /// [`ToArrow`](crate::ToArrow) restores it; else it is dropped, as in Python.
    #[must_use]
    pub fn timezones(mut self, keep: bool) -> Self {
        self.timezones = keep;
        self
    }

    /// What becomes of decimals.
    #[must_use]
    pub fn decimals(mut self, decimals: Decimals) -> Self {
        self.decimals = decimals;
        self
    }

    /// An Arrow array as an array; it is an option if it has a bitmap of what is there.
    ///
    /// # Errors
    /// [`ArrowProblem::Unsupported`] where arrays have no counterpart for a type, and those of the nodes' constructors
    /// where the Arrow array is not what it promises to be.
    pub fn array(&self, array: &dyn ArrowArray) -> Result<Array, ArrowError> {
        self.data(&array.to_data())
    }

    /// As [`array`](Self::array), of Arrow's parts.
    pub(crate) fn data(&self, data: &ArrayData) -> Result<Array, ArrowError> {
        let nullable = data.nulls().is_some() || *data.data_type() == DataType::Null;
        let field = Field::new("", data.data_type().clone(), nullable);
        self.described(data, &field)
    }

    /// An Arrow array as an array, with what its field says: whether it is an option, and Awkward's metadata.
    ///
    /// # Errors
    /// As for [`array`](Self::array); [`ArrowProblem::TypesDiffer`] where the field is another's, and
    /// [`ArrowProblem::Metadata`] where it carries metadata of Awkward that cannot be read.
    pub fn column(&self, field: &Field, array: &dyn ArrowArray) -> Result<Array, ArrowError> {
        self.described(&array.to_data(), field)
    }

    /// As [`column`](Self::column), of the field of a record that is missing where `above` has nulls.
    pub(crate) fn within(
        &self,
        field: &Field,
        array: &dyn ArrowArray,
        above: &NullBuffer,
    ) -> Result<Array, ArrowError> {
        self.checked(&array.to_data(), field, Some(above))
    }

    /// As [`column`](Self::column), of Arrow's parts.
    pub(crate) fn described(&self, data: &ArrayData, field: &Field) -> Result<Array, ArrowError> {
        self.checked(data, field, None)
    }

    fn checked(
        &self,
        data: &ArrayData,
        field: &Field,
        above: Option<&NullBuffer>,
    ) -> Result<Array, ArrowError> {
        if data.data_type() != field.data_type() && !are_alike(field.data_type(), data.data_type())
        {
            return Err(ArrowProblem::TypesDiffer {
                declared: field.data_type().clone(),
                found: data.data_type().clone(),
            }
            .into());
        }
        measure_depth(field.data_type(), 0)?;
        self.convert(data, field, above)
    }

    /// The form of what arrays of this field become, where bitmasks are generated.
    ///
    /// # Errors
    /// As for [`column`](Self::column).
    pub fn form(&self, field: &Field) -> Result<Form, ArrowError> {
        measure_depth(field.data_type(), 0)?;
        let empty = ArrayData::new_empty(field.data_type());
        let reading = self.clone().generate_bitmasks(true);
        Ok(reading.described(&empty, field)?.form())
    }

    /// `data` as an array of what `field` says, `above` being the nulls of the record around it.
    fn convert(
        &self,
        data: &ArrayData,
        field: &Field,
        above: Option<&NullBuffer>,
    ) -> Result<Array, ArrowError> {
        let annotation = Annotation::of(field)?.unwrap_or_default();
        let data_type = field.data_type();
        let node = match data_type {
            DataType::Null => return nulls::null(data, &annotation),
            DataType::Dictionary(..) => return self.dictionary(data, field, &annotation, above),
            DataType::RunEndEncoded(_, values) => return self.run_ends(data, values),
            DataType::Union(fields, mode) => return self.union(data, field, fields, *mode),
            DataType::Boolean
            | DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32
            | DataType::UInt64
            | DataType::Float16
            | DataType::Float32
            | DataType::Float64
            | DataType::Timestamp(..)
            | DataType::Date32
            | DataType::Date64
            | DataType::Time32(_)
            | DataType::Time64(_)
            | DataType::Duration(_) => self.numbers(data, data_type, &annotation)?,
            DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..) => self.decimal(data, data_type)?,
            DataType::Interval(_) => return Err(refused(data_type, INTERVALS)),
            DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Binary
            | DataType::LargeBinary
            | DataType::Utf8View
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_) => text::text(data, data_type, &annotation)?,
            DataType::List(item) | DataType::LargeList(item) => {
                self.list(data, data_type, item, &annotation)?
            }
            DataType::ListView(item) | DataType::LargeListView(item) => {
                self.list_view(data, data_type, item, &annotation)?
            }
            DataType::FixedSizeList(item, size) => {
                self.fixed_size_list(data, item, *size, &annotation)?
            }
            DataType::Map(entries, is_sorted) => self.map(data, entries, *is_sorted)?,
            DataType::Struct(fields) => self.record(data, fields, &annotation)?,
        };
        nulls::finalize(
            node,
            data.nulls(),
            field,
            &annotation,
            above,
            self.generate_bitmasks,
        )
    }
}

const INTERVALS: &str = "months, days and nanoseconds have no common unit; make them durations";

fn refused(data_type: &DataType, hint: &'static str) -> ArrowError {
    ArrowProblem::Unsupported {
        data_type: data_type.clone(),
        hint,
    }
    .into()
}

/// Refuses types that nest deeper than forms may.
fn measure_depth(data_type: &DataType, depth: usize) -> Result<(), ArrowError> {
    if depth > MAX_DEPTH {
        return Err(ArrowProblem::TooDeep { max: MAX_DEPTH }.into());
    }
    let depth = depth + 1;
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _)
        | DataType::RunEndEncoded(_, item) => measure_depth(item.data_type(), depth),
        DataType::Dictionary(_, value) => measure_depth(value, depth),
        DataType::Struct(fields) => fields
            .iter()
            .try_for_each(|field| measure_depth(field.data_type(), depth)),
        DataType::Union(fields, _) => fields
            .iter()
            .try_for_each(|(_, field)| measure_depth(field.data_type(), depth)),
        _ => Ok(()),
    }
}
