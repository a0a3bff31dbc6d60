//! Arrow arrays as what contenders are given and give: the neutral files, bytes and digests.

use std::fs::File;
use std::io::BufReader;
use std::ops::Range;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{
    Array, ArrayRef, GenericByteArray, GenericListArray, OffsetSizeTrait, RecordBatch, UInt64Array,
    UnionArray,
};
use arrow_buffer::{BooleanBuffer, OffsetBuffer};
use arrow_schema::{ArrowError, DataType};
use arrow_select::{filter::filter, take::take};

use crate::{Column, Digest};

/// The one record batch of a neutral file, in memory.
pub fn neutral(file: &Path) -> Result<RecordBatch, ArrowError> {
    let mut batches =
        arrow_ipc::reader::FileReader::try_new(BufReader::new(File::open(file)?), None)?;
    let none = || ArrowError::IpcError(format!("{} has no record batch", file.display()));
    batches.next().ok_or_else(none)?
}

/// Shows the bytes that the rows of an array reach.
pub fn buffers(array: &dyn Array, see: &mut dyn FnMut(&[u8])) {
    if let Some(nulls) = array.nulls() {
        bits(nulls.inner(), see);
    }
    match array.data_type() {
        DataType::Null => {}
        DataType::Boolean => bits(array.as_boolean().values(), see),
        DataType::List(_) => list(array.as_list::<i32>(), see),
        DataType::LargeList(_) => list(array.as_list::<i64>(), see),
        DataType::FixedSizeList(..) => buffers(array.as_fixed_size_list().values(), see),
        DataType::Utf8 => bytes(array.as_string::<i32>(), see),
        DataType::LargeUtf8 => bytes(array.as_string::<i64>(), see),
        DataType::Binary => bytes(array.as_binary::<i32>(), see),
        DataType::LargeBinary => bytes(array.as_binary::<i64>(), see),
        DataType::Struct(_) => array
            .as_struct()
            .columns()
            .iter()
            .for_each(|column| buffers(column, see)),
        DataType::Union(..) => union(array.as_union(), see),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            buffers(dictionary.keys(), see);
            buffers(dictionary.values(), see);
        }
        other => {
            let data = array.to_data();
            match other.primitive_width() {
                Some(width) => {
                    see(&data.buffers()[0].as_slice()[data.offset() * width..]
                        [..data.len() * width])
                }
                // Views, and what nobody here makes: all that they keep alive.
                None => data.buffers().iter().for_each(|buffer| see(buffer)),
            }
        }
    }
}

fn bits(bits: &BooleanBuffer, see: &mut dyn FnMut(&[u8])) {
    see(&bits.values()[bits.offset() / 8..(bits.offset() + bits.len()).div_ceil(8)]);
}

/// Offsets as bytes, and what lies between the first and the last.
fn offsets<O: OffsetSizeTrait>(
    offsets: &OffsetBuffer<O>,
    see: &mut dyn FnMut(&[u8]),
) -> Range<usize> {
    see(offsets.inner().inner().as_slice());
    offsets[0].as_usize()..offsets[offsets.len() - 1].as_usize()
}

fn list<O: OffsetSizeTrait>(array: &GenericListArray<O>, see: &mut dyn FnMut(&[u8])) {
    let reached = offsets(array.offsets(), see);
    buffers(&array.values().slice(reached.start, reached.len()), see);
}

fn bytes<T: ByteArrayType>(array: &GenericByteArray<T>, see: &mut dyn FnMut(&[u8])) {
    let reached = offsets(array.offsets(), see);
    see(&array.value_data()[reached]);
}

fn union(array: &UnionArray, see: &mut dyn FnMut(&[u8])) {
    see(array.type_ids().inner().as_slice());
    let Some(offsets) = array.offsets() else {
        return contents(array).for_each(|(_, content)| buffers(content, see));
    };
    see(offsets.inner().as_slice());
    let whole = contents(array)
        .map(|(_, content)| content.len())
        .sum::<usize>()
        == array.len();
    for (id, content) in contents(array) {
        if whole {
            buffers(content, see);
            continue;
        }
        let (mut first, mut end) = (usize::MAX, 0);
        for (_, &offset) in array
            .type_ids()
            .iter()
            .zip(offsets.iter())
            .filter(|(has, _)| **has == id)
        {
            first = first.min(offset as usize);
            end = end.max(offset as usize + 1);
        }
        if first < end {
            buffers(&content.slice(first, end - first), see);
        }
    }
}

fn contents(array: &UnionArray) -> impl Iterator<Item = (i8, &ArrayRef)> {
    let DataType::Union(fields, _) = array.data_type() else {
        unreachable!("a union is of the type of one")
    };
    fields.iter().map(|(id, _)| (id, array.child(id)))
}

/// The digest of batches of one schema, one after the other.
pub fn digest(batches: &[RecordBatch]) -> Result<Digest, ArrowError> {
    let mut digest = Digest::default();
    let Some(first) = batches.first() else {
        return Ok(digest);
    };
    for (number, field) in first.schema_ref().fields().iter().enumerate() {
        let mut column = Column::default();
        for batch in batches {
            add(batch.column(number), &mut column)?;
        }
        digest.push(field.name(), column);
    }
    Ok(digest)
}

/// Adds an array to the digest of its column.
pub fn add(array: &ArrayRef, column: &mut Column) -> Result<(), ArrowError> {
    if let Some(nulls) = array.nulls().filter(|nulls| nulls.null_count() > 0) {
        let valid = arrow_array::BooleanArray::new(nulls.inner().clone(), None);
        let array = filter(array, &valid)?;
        return if array.null_count() == 0 {
            add(&array, column)
        } else {
            Ok(())
        };
    }
    macro_rules! numbers {
        ($type:ident as $as:ty) => {
            column.add(
                array
                    .as_primitive::<$type>()
                    .values()
                    .iter()
                    .map(|&leaf| leaf as $as as f64),
            )
        };
    }
    match array.data_type() {
        DataType::Null => {}
        DataType::Boolean => column.add(
            array
                .as_boolean()
                .values()
                .iter()
                .map(|leaf| f64::from(u8::from(leaf))),
        ),
        DataType::Int8 => numbers!(Int8Type as i8),
        DataType::Int16 => numbers!(Int16Type as i16),
        DataType::Int32 => numbers!(Int32Type as i32),
        DataType::Int64 => numbers!(Int64Type as i64),
        DataType::UInt8 => numbers!(UInt8Type as u8),
        DataType::UInt16 => numbers!(UInt16Type as u16),
        DataType::UInt32 => numbers!(UInt32Type as u32),
        DataType::UInt64 => numbers!(UInt64Type as u64),
        DataType::Float32 => numbers!(Float32Type as f32),
        DataType::Float64 => numbers!(Float64Type as f64),
        DataType::List(_) => add_list(array.as_list::<i32>(), column)?,
        DataType::LargeList(_) => add_list(array.as_list::<i64>(), column)?,
        DataType::FixedSizeList(..) => {
            let values = array.as_fixed_size_list().values();
            column.add_lists(values.len() as u64);
            add(values, column)?;
        }
        DataType::Utf8 => add_bytes(array.as_string::<i32>(), column),
        DataType::LargeUtf8 => add_bytes(array.as_string::<i64>(), column),
        DataType::Binary => add_bytes(array.as_binary::<i32>(), column),
        DataType::LargeBinary => add_bytes(array.as_binary::<i64>(), column),
        DataType::Utf8View => add_strings(
            array.as_string_view().iter().flatten().map(str::as_bytes),
            column,
        ),
        DataType::BinaryView => add_strings(array.as_binary_view().iter().flatten(), column),
        DataType::Struct(_) => {
            for field in array.as_struct().columns() {
                add(field, column)?;
            }
        }
        DataType::Union(..) => {
            let array = array.as_union();
            for (id, content) in contents(array) {
                let rows = array
                    .type_ids()
                    .iter()
                    .enumerate()
                    .filter(|(_, has)| **has == id);
                let rows = rows.map(|(row, _)| {
                    array.offsets().map_or(row, |offsets| offsets[row] as usize) as u64
                });
                add(
                    &take(content, &UInt64Array::from_iter_values(rows), None)?,
                    column,
                )?;
            }
        }
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            add(&take(dictionary.values(), dictionary.keys(), None)?, column)?;
        }
        other => {
            return Err(ArrowError::NotYetImplemented(format!(
                "a digest of {other}"
            )));
        }
    }
    Ok(())
}

fn add_list<O: OffsetSizeTrait>(
    array: &GenericListArray<O>,
    column: &mut Column,
) -> Result<(), ArrowError> {
    let reached = offsets(array.offsets(), &mut |_| {});
    column.add_lists(reached.len() as u64);
    add(&array.values().slice(reached.start, reached.len()), column)
}

fn add_bytes<T: ByteArrayType>(array: &GenericByteArray<T>, column: &mut Column) {
    add_strings(
        [&array.value_data()[offsets(array.offsets(), &mut |_| {})]],
        column,
    );
}

fn add_strings<'a>(strings: impl IntoIterator<Item = &'a [u8]>, column: &mut Column) {
    for bytes in strings {
        column.add_lists(bytes.len() as u64);
        column.add(bytes.iter().map(|&byte| f64::from(byte)));
    }
}
