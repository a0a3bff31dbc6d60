//! The C Data Interface: arrays handed to, and taken from, other languages in the same process without a copy.
//!
//! The structs are those of <https://arrow.apache.org/docs/format/CDataInterface.html>, as the crate `arrow-array` has
//! them. What they carry is shared: whoever takes them releases them.
//!
//! ```
//! use gawky_array::{Array, NumpyArray};
//! use gawky_arrow::{FromArrow, ToArrow, ffi};
//!
//! let array = Array::from(NumpyArray::from_vec(vec![1_i64, 2, 3]));
//! let (exported, schema) = ffi::export(&array, &ToArrow::new())?;
//! // SAFETY: both structs were made by `export`, one line above.
//! let again = unsafe { ffi::import(exported, &schema, &FromArrow::new()) }?;
//! assert_eq!(again, array);
//! # Ok::<(), gawky_arrow::ArrowError>(())
//! ```

use arrow_array::{Array as _, RecordBatchIterator, RecordBatchReader as _};
use arrow_schema::{Field, SchemaRef};
use gawky_array::Array;
use gawky_form::Form;

pub use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
pub use arrow_array::ffi_stream::FFI_ArrowArrayStream;

use arrow_array::ffi::from_ffi;
use arrow_array::ffi_stream::RecordBatchStreamReader;

use crate::from_arrow::plan::Planner;
use crate::guard::guarded;
use crate::{ArrowError, FromArrow, FromBatches, ToArrow, ToBatches};

/// An array as the two structs of the interface: the data, and what they are, Awkward's metadata included.
///
/// # Errors
/// As for [`ToArrow::array`].
pub fn export(
    array: &Array,
    options: &ToArrow,
) -> Result<(FFI_ArrowArray, FFI_ArrowSchema), ArrowError> {
    let (field, column) = options.column("", array)?;
    let schema = FFI_ArrowSchema::try_from(&field)?;
    Ok((FFI_ArrowArray::new(&column.to_data()), schema))
}

/// An array from the two structs of the interface.
///
/// What they say is measured and proved as far as it can be: offsets, keys, tags and lengths that do not hold are errors.
/// How long the buffers are nobody can see; the interface does not say it.
///
/// # Safety
/// `array` must be a struct of the C Data Interface that was not released, of the type that `schema` says. Its pointers
/// must lead to buffers as long as its lengths and offsets make them, which nobody changes until it is released: they are
/// shared, and released with the last array made of them.
///
/// # Errors
/// As for [`FromArrow::column`]; [`ArrowProblem::Arrow`](crate::ArrowProblem) where lengths contradict each other.
pub unsafe fn import(
    array: FFI_ArrowArray,
    schema: &FFI_ArrowSchema,
    options: &FromArrow,
) -> Result<Array, ArrowError> {
    guarded(|| {
        let plan = Planner::default().field(&Field::try_from(schema)?)?;
        // SAFETY: the caller's promise.
        let data = unsafe { from_ffi(array, schema) }?;
        data.validate()?;
        options.prove_room([&data], 0)?;
        options.planned(&data, &plan, None)
    })
}

/// Arrays of one form as a stream of the interface, each a record batch.
///
/// An array that cannot be converted ends the stream with an error.
///
/// # Errors
/// [`ArrowProblem::NoCounterpart`](crate::ArrowProblem) where Arrow has no type for a node.
pub fn export_stream<I>(
    arrays: I,
    form: &Form,
    options: &ToArrow,
) -> Result<FFI_ArrowArrayStream, ArrowError>
where
    I: IntoIterator<Item = Array>,
    I::IntoIter: Send + 'static,
{
    let batches = ToBatches::new(form, options)?;
    let schema: SchemaRef = std::sync::Arc::clone(batches.schema());
    let batches = arrays.into_iter().map(move |array| {
        batches
            .batch(&array)
            .map_err(|error| arrow_schema::ArrowError::ExternalError(Box::new(error)))
    });
    let reader = RecordBatchIterator::new(batches, schema);
    Ok(FFI_ArrowArrayStream::new(Box::new(reader)))
}

/// The arrays of a stream of the interface, one for each record batch, all of one form. Nothing follows an error.
///
/// # Safety
/// `stream` must be a stream of the C interface that was not released, and its arrays as those for [`import`].
///
/// # Errors
/// Where the stream does not tell its schema, or that has metadata of Awkward that cannot be read.
pub unsafe fn import_stream(
    stream: FFI_ArrowArrayStream,
    options: &FromArrow,
) -> Result<impl Iterator<Item = Result<Array, ArrowError>> + use<>, ArrowError> {
    let mut reader = guarded(|| Ok(RecordBatchStreamReader::try_new(stream)?))?;
    let arrays = FromBatches::new(&reader.schema(), options)?;
    let mut is_over = false;
    Ok(std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let next = guarded(|| match reader.next() {
            Some(batch) => {
                let batch = batch?;
                let mut columns = batch.columns().iter();
                columns.try_for_each(|column| column.to_data().validate())?;
                arrays.array(&batch).map(Some)
            }
            None => Ok(None),
        });
        let next = next.transpose();
        is_over = !matches!(next, Some(Ok(_)));
        next
    }))
}
