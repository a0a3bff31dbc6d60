//! Strings and bytestrings.

use std::sync::Arc;

use arrow_array::types::{BinaryType, ByteArrayType, LargeBinaryType, LargeUtf8Type, Utf8Type};
use arrow_array::{ArrayRef, FixedSizeBinaryArray, GenericByteArray};
use arrow_buffer::{Buffer as ArrowBuffer, NullBuffer};
use arrow_schema::DataType;
use gawky_array::{Array, ListOffsetArray, RegularArray};
use gawky_buffer::Buffer;

use super::lists::{Offset, compacted, laid_out, reached};
use crate::error::as_rows;
use crate::{ArrowError, ArrowProblem};

pub(super) fn text(
    array: &ListOffsetArray,
    data_type: &DataType,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    match data_type {
        DataType::Utf8 => strings::<Utf8Type>(array, nulls),
        DataType::LargeUtf8 => strings::<LargeUtf8Type>(array, nulls),
        DataType::Binary => bytes::<BinaryType>(array, nulls),
        _ => bytes::<LargeBinaryType>(array, nulls),
    }
}

fn bytes<T: ByteArrayType<Offset: Offset>>(
    array: &ListOffsetArray,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let (offsets, content) = reached::<T::Offset>(array)?;
    Ok(Arc::new(GenericByteArray::<T>::try_new(
        offsets,
        data(&content)?.to_arrow()?,
        nulls,
    )?))
}

/// Arrow's strings are proved to be UTF-8, all bytes that lie between them included.
fn strings<T: ByteArrayType<Offset: Offset>>(
    array: &ListOffsetArray,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    if let Ok(strings) = bytes::<T>(array, nulls.clone()) {
        return Ok(strings);
    }
    // What nobody sees may be anything: once more without it.
    let seen = match &nulls {
        Some(nulls) => compacted(array, nulls)?,
        None => laid_out(&moved(array)?)?,
    };
    if let Some(at) = not_utf8(&seen)? {
        return Err(ArrowProblem::NotUtf8 { at }.into());
    }
    bytes::<T>(&seen, nulls)
}

/// The same lists as lists in any order, so that laying them out leaves out what none of them reaches.
fn moved(array: &ListOffsetArray) -> Result<Array, ArrowError> {
    let lists = gawky_array::ListArray::try_new(
        array.offsets().slice(0..array.len())?,
        array.offsets().slice(1..array.len() + 1)?,
        array.content().clone(),
        array.parameters().clone(),
    )?;
    Ok(lists.into())
}

fn not_utf8(array: &ListOffsetArray) -> Result<Option<u64>, ArrowError> {
    let bytes = data(array.content())?.bytes()?;
    let found = (0..array.len()).find(|row| {
        let string = array.bounds(*row).and_then(|bounds| bytes.get(bounds));
        string.is_some_and(|string| std::str::from_utf8(string).is_err())
    });
    Ok(found.map(as_rows))
}

/// The bytes of a content that was planned for as one of bytes.
fn data(content: &Array) -> Result<&Buffer, ArrowError> {
    static EMPTY: std::sync::LazyLock<Buffer> = std::sync::LazyLock::new(Buffer::empty);
    Ok(match content {
        Array::Numpy(numbers) => numbers.data(),
        _ => &EMPTY,
    })
}

pub(super) fn fixed(
    array: &RegularArray,
    size: i32,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let length = array.len().saturating_mul(array.size());
    let bytes = data(array.content())?.slice(0..length)?;
    let bytes = if bytes.is_empty() {
        ArrowBuffer::from_vec(Vec::<u8>::new())
    } else {
        bytes.to_arrow()?
    };
    Ok(Arc::new(FixedSizeBinaryArray::try_new_with_len(
        size,
        bytes,
        nulls,
        array.len(),
    )?))
}
