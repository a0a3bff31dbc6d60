//! Arrow's bitmaps as options.

use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_data::ArrayData;
use gawky_array::{Array, BitMaskedArray, EmptyArray, IndexedOptionArray, UnmaskedArray};
use gawky_buffer::Buffer;

use super::parts;
use super::plan::FieldPlan;
use crate::extension::Annotation;
use crate::{ArrowError, ArrowProblem};

/// `node`, as an option if its field says that it is one.
pub(super) fn finalize(
    node: Array,
    nulls: Option<&NullBuffer>,
    plan: &FieldPlan,
    above: Option<&NullBuffer>,
    generate_bitmasks: bool,
) -> Result<Array, ArrowError> {
    let annotation = &plan.annotation;
    let count = nulls.map_or(0, missing);
    if !means_option(plan, count) {
        return match nulls {
            Some(nulls) if count > 0 && !above.is_some_and(|above| above.contains(nulls)) => {
                Err(ArrowProblem::UnexpectedNulls { nulls: count }.into())
            }
            _ => Ok(node),
        };
    }
    let parameters = annotation.mask_parameters.clone();
    let is_unmasked = annotation.mask_type.as_deref() == Some("UnmaskedArray");
    let length = node.len();
    let mask = match nulls {
        Some(nulls) if count > 0 || !is_unmasked => bits(nulls.inner()),
        None if generate_bitmasks && !is_unmasked => {
            Buffer::from_vec(parts::filled(0xff_u8, length.div_ceil(8))?)
        }
        _ => return Ok(UnmaskedArray::new(node, parameters).into()),
    };
    Ok(BitMaskedArray::try_new(mask, node, true, true, length, parameters)?.into())
}

/// How many are missing by the bits themselves, whatever whoever made them counted.
pub(super) fn missing(nulls: &NullBuffer) -> usize {
    nulls.len() - nulls.inner().count_set_bits()
}

/// Whether the nulls of this field are missing values. Awkward says which fields are options by `mask_type`, as not all
/// of its fields tell; what it does not know of, the nulls of others, are so all the same.
pub(super) fn means_option(plan: &FieldPlan, nulls: usize) -> bool {
    let annotation = &plan.annotation;
    let is_told_otherwise = annotation.node_type.is_some()
        && matches!(annotation.mask_type.as_deref(), None | Some("IndexedArray"));
    plan.is_option && (nulls > 0 || !is_told_otherwise)
}

/// Bits from the first of a byte on; shared where they begin with one.
fn bits(bits: &BooleanBuffer) -> Buffer {
    if bits.offset().is_multiple_of(8) {
        let begin = bits.offset() / 8;
        let length = bits.len().div_ceil(8);
        return Buffer::from(bits.inner().slice_with_length(begin, length));
    }
    Buffer::from(bits.sliced())
}

/// Arrow's null type: of nothing known, all missing.
pub(super) fn null(data: &ArrayData, annotation: &Annotation) -> Result<Array, ArrowError> {
    if annotation.is_nonnullable_nulltype && data.is_empty() {
        return Ok(EmptyArray.into());
    }
    let parameters = annotation.mask_parameters.clone();
    let index = parts::filled(-1_i64, data.len())?;
    Ok(IndexedOptionArray::try_new(index.into(), EmptyArray.into(), parameters)?.into())
}
