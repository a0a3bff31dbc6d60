//! Arrow arrays as arrays.
//!
//! | file | what it does |
//! |---|---|
//! | `plan` | what a field says of its arrays, read once for all of them |
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
pub(crate) mod plan;
mod records;
mod text;
mod unions;

use arrow_array::Array as ArrowArray;
use arrow_buffer::NullBuffer;
use arrow_data::ArrayData;
use arrow_schema::{DataType, Field};
use gawky_array::Array;
use gawky_form::Form;

use self::plan::{FieldPlan, Planner};
use crate::made_up::prove_room;
use crate::schema_metadata::are_alike;
use crate::{ArrowError, ArrowProblem};

/// What becomes of decimals, which no array has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decimals {
    /// They are an error, as for Awkward.
    #[default]
    Refuse,
    /// The nearest `float64`: digits beyond the fifteenth may be lost.
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
        self.proved(data, &field)
    }

    /// An Arrow array as an array, with what its field says: whether it is an option, and Awkward's metadata.
    ///
    /// # Errors
    /// As for [`array`](Self::array); [`ArrowProblem::TypesDiffer`] where the field is another's, and
    /// [`ArrowProblem::Metadata`] where it carries metadata of Awkward that cannot be read.
    pub fn column(&self, field: &Field, array: &dyn ArrowArray) -> Result<Array, ArrowError> {
        self.proved(&array.to_data(), field)
    }

    /// One array as what its field says.
    fn proved(&self, data: &ArrayData, field: &Field) -> Result<Array, ArrowError> {
        self.prove_room([data], 0)?;
        self.planned(data, &Planner::default().field(field)?, None)
    }

    /// An Arrow array as what was planned for its field; `above` are the nulls of the record around it.
    pub(crate) fn planned(
        &self,
        data: &ArrayData,
        plan: &FieldPlan,
        above: Option<&NullBuffer>,
    ) -> Result<Array, ArrowError> {
        if *data.data_type() != plan.data_type && !are_alike(&plan.data_type, data.data_type()) {
            return Err(ArrowProblem::TypesDiffer {
                declared: plan.data_type.clone(),
                found: data.data_type().clone(),
            }
            .into());
        }
        self.convert(data, plan, above)
    }

    /// Refuses rows of nothing, of which there are more than there should be memory for: before anything is [`planned`](Self::planned). Around the
    /// arrays may be so many `records`.
    pub(crate) fn prove_room<'a>(
        &self,
        arrays: impl IntoIterator<Item = &'a ArrayData>,
        records: usize,
    ) -> Result<(), ArrowError> {
        prove_room(arrays, records, self.generate_bitmasks)
    }

    /// The form of what arrays of this field become, where bitmasks are generated.
    ///
    /// # Errors
    /// As for [`column`](Self::column).
    pub fn form(&self, field: &Field) -> Result<Form, ArrowError> {
        let plan = Planner::default().field(field)?;
        let empty = ArrayData::new_empty(field.data_type());
        let reading = self.clone().generate_bitmasks(true);
        Ok(reading.convert(&empty, &plan, None)?.form())
    }

    /// `data` as an array of what is planned, `above` being the nulls of the record around it.
    fn convert(
        &self,
        data: &ArrayData,
        plan: &FieldPlan,
        above: Option<&NullBuffer>,
    ) -> Result<Array, ArrowError> {
        let data_type = &plan.data_type;
        let node = match data_type {
            DataType::Null => return nulls::null(data, &plan.annotation),
            DataType::Dictionary(key, _) => return self.dictionary(data, plan, key, above),
            DataType::RunEndEncoded(..) => return self.run_ends(data, plan),
            DataType::Union(fields, mode) => return self.union(data, plan, fields, *mode, above),
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
            | DataType::Duration(_) => self.numbers(data, plan)?,
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
            | DataType::FixedSizeBinary(_) => text::text(data, plan)?,
            DataType::List(_) | DataType::LargeList(_) => self.list(data, plan)?,
            DataType::ListView(_) | DataType::LargeListView(_) => self.list_view(data, plan)?,
            DataType::FixedSizeList(_, size) => self.fixed_size_list(data, plan, *size, above)?,
            DataType::Map(_, is_sorted) => self.map(data, plan, *is_sorted)?,
            DataType::Struct(_) => self.record(data, plan, above)?,
        };
        nulls::finalize(node, data.nulls(), plan, above, self.generate_bitmasks)
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
