//! Grown columns as arrays.

use std::sync::Arc;

use gawky_buffer::{Buffer, DType};
use gawky_form::Parameters;

use super::column::{Column, Strings, Values};
use crate::node::{
    EmptyArray, IndexedArray, IndexedOptionArray, ListOffsetArray, NumpyArray, RecordArray,
    UnionArray,
};
use crate::{Array, ArrayError};

impl Column {
    /// The rows as an array, of a form that Awkward 2 allows.
    pub(crate) fn finish(self) -> Result<Array, ArrayError> {
        self.into_array()?.simplify()
    }

    fn into_array(self) -> Result<Array, ArrayError> {
        let values = self.values.into_array()?;
        match self.index {
            None => Ok(values),
            Some(index) => {
                let option = IndexedOptionArray::try_new(index.into(), values, Parameters::none())?;
                Ok(option.into())
            }
        }
    }
}

fn arrays(columns: Vec<Column>) -> Result<Vec<Array>, ArrayError> {
    columns.into_iter().map(Column::into_array).collect()
}

impl Values {
    fn into_array(self) -> Result<Array, ArrayError> {
        const NONE: Parameters = Parameters::none();
        Ok(match self {
            Self::Unknown => Array::Empty(EmptyArray),
            Self::Bool(values) => {
                let length = values.len();
                numbers(Buffer::from_vec(values), DType::Bool, length)?
            }
            Self::Numbers(grown) => {
                let length = grown.len();
                numbers(Buffer::from_vec(grown.bytes), grown.dtype, length)?
            }
            Self::Text(strings) => text(strings, "string", "char")?,
            Self::Bytes(strings) => text(strings, "bytestring", "byte")?,
            Self::List(lists) => {
                let content = lists.content.into_array()?;
                ListOffsetArray::try_new(lists.offsets.into(), content, NONE)?.into()
            }
            Self::Tuple(tuples) => {
                let contents = arrays(tuples.contents)?;
                RecordArray::try_new(None, contents, tuples.length, NONE)?.into()
            }
            Self::Record(records) => {
                let contents = arrays(records.contents)?;
                RecordArray::try_new(Some(records.names.into()), contents, records.length, NONE)?
                    .into()
            }
            Self::Category(categories) => {
                let mut names = Strings::none();
                for name in &categories.names {
                    names.push(name.as_bytes());
                }
                let categorical = NONE.with("__array__", "categorical");
                let names = text(names, "string", "char")?;
                IndexedArray::try_new(categories.index.into(), names, categorical)?.into()
            }
            Self::Variant(variants) => {
                let length = variants.content.len();
                let content = variants.content.into_array()?;
                let names = Some(Arc::from([variants.name]));
                RecordArray::try_new(names, vec![content], length, NONE)?.into()
            }
            Self::Union(choices) => {
                let contents = choices.contents.into_iter().map(Self::into_array);
                let contents = contents.collect::<Result<_, _>>()?;
                let tags = Buffer::from_vec(choices.tags);
                UnionArray::try_new(tags, choices.index.into(), contents, NONE)?.into()
            }
        })
    }
}

fn numbers(data: Buffer, dtype: DType, length: usize) -> Result<Array, ArrayError> {
    let array = NumpyArray::try_new(data, dtype, [].into(), length, Parameters::none())?;
    Ok(array.into())
}

fn text(strings: Strings, list: &str, item: &str) -> Result<Array, ArrayError> {
    let named = |name: &str| Parameters::none().with("__array__", name);
    let content = NumpyArray::from_vec(strings.bytes).with_parameters(named(item));
    Ok(ListOffsetArray::try_new(strings.offsets.into(), content.into(), named(list))?.into())
}
