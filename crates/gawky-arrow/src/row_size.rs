//! [`row_size`]: how much a row takes in Arrow that holds nothing.

use arrow_schema::DataType;

/// The bytes of a row that are there whatever its value is, or `usize::MAX` where they are more; `None` for a type of which there can be no row.
pub(crate) fn row_size(data_type: &DataType) -> Option<usize> {
    match data_type {
        DataType::FixedSizeList(item, size) => {
            let size = usize::try_from(*size).ok()?;
            Some(row_size(item.data_type())?.saturating_mul(size))
        }
        DataType::FixedSizeBinary(size) => usize::try_from(*size).ok(),
        DataType::Struct(fields) => sum(fields.iter().map(|field| row_size(field.data_type()))),
        DataType::Union(fields, _) if fields.is_empty() => None,
        DataType::Union(fields, _) => {
            let below = sum(fields.iter().map(|(_, field)| row_size(field.data_type())));
            Some(below?.saturating_add(5))
        }
        // An offset, a view, or a key.
        other => Some(other.primitive_width().unwrap_or(size_of::<u128>())),
    }
}

fn sum(mut sizes: impl Iterator<Item = Option<usize>>) -> Option<usize> {
    sizes.try_fold(0_usize, |sum, size| Some(sum.saturating_add(size?)))
}
