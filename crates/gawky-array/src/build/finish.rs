//! Grown columns as arrays.

use std::sync::Arc;

use gawky_buffer::{Buffer, DType};
use gawky_form::{Parameters, Type};

use super::column::{Column, Values};
use super::lists::{Strings, Tuples};
use super::numbers::Numbers;
use super::place;
use crate::node::{
    EmptyArray, IndexedArray, IndexedOptionArray, ListOffsetArray, NumpyArray, RecordArray,
    RegularArray, UnionArray,
};
use crate::{Array, ArrayError};

impl Column {
    /// The rows as an array: of the declared type's form, or of one that Awkward 2 allows.
    pub(crate) fn finish(self) -> Result<Array, ArrayError> {
        let declared = self.declared.clone();
        let array = self.into_array()?;
        match declared
            .as_ref()
            .and_then(|declared| declared.form.as_ref())
        {
            Some(form) if array.is_of_form(form) => Ok(array),
            Some(form) if !form.has_unknown() => array.conform_to(form),
            // What goes together the column has found out already.
            _ => array
                .simplified()
                .map_err(|problem| ArrayError::of_node(array.class(), None, problem)),
        }
    }

    fn into_array(mut self) -> Result<Array, ArrayError> {
        // The recursion is here alone, so that it takes little stack.
        let mut contents = Vec::new();
        for content in self.values.take_contents() {
            contents.push(content.into_array()?);
        }
        self.of_contents(contents)
    }

    /// As an array, given its contents as arrays.
    fn of_contents(self, contents: Vec<Array>) -> Result<Array, ArrayError> {
        let mut of = self.declared.as_ref().map(|declared| &declared.of);
        let mut options = Vec::new();
        while let Some(Type::Option(option)) = of {
            options.push(own(&option.parameters));
            of = Some(&option.content);
        }
        let known = of.filter(|of| !matches!(of, Type::Unknown(_)));
        let mut array = self.values.of_contents(contents, known)?;
        // Of options in options the outermost says what is missing.
        while options.len() > 1
            && let Some(inner) = options.pop()
        {
            let all: Vec<i64> = (0..place(array.len())).collect();
            array = IndexedOptionArray::try_new(all.into(), array, inner)?.into();
        }
        match self.picks {
            None => Ok(array),
            Some(picks) => {
                let option = options.pop().unwrap_or_default();
                Ok(IndexedOptionArray::try_new(picks.index.into(), array, option)?.into())
            }
        }
    }
}

/// The parameters of a type as those of its node.
fn own(parameters: &Parameters) -> Parameters {
    parameters.without("__categorical__")
}

impl Values {
    /// The columns within these values, which are left without them.
    fn take_contents(&mut self) -> Vec<Column> {
        let only = |content: &mut Column| vec![std::mem::take(content)];
        match self {
            Self::Bytes(lists) | Self::List(lists) => only(&mut lists.content),
            Self::Regular(regulars) => only(&mut regulars.content),
            Self::Tuple(tuples) => std::mem::take(&mut tuples.contents),
            Self::Record(records) => std::mem::take(&mut records.contents),
            Self::Variant(variants) => only(&mut variants.content),
            Self::Union(choices) => std::mem::take(&mut choices.contents),
            // Numbers and texts; of complex numbers both parts become one array.
            Self::Unknown
            | Self::Bool(_)
            | Self::Numbers(_)
            | Self::Complex(_)
            | Self::Text(_)
            | Self::Category(_) => Vec::new(),
        }
    }

    /// As an array, given the contents as arrays, with the metadata that are declared, if any are.
    fn of_contents(self, contents: Vec<Array>, of: Option<&Type>) -> Result<Array, ArrayError> {
        let only = |contents: Vec<Array>| {
            let first = contents.into_iter().next();
            first.unwrap_or(Array::Empty(EmptyArray))
        };
        let declared = of.map(|of| own(of.parameters()));
        let parameters = declared.clone().unwrap_or_default();
        Ok(match self {
            Self::Unknown => Array::Empty(EmptyArray),
            Self::Bool(values) => {
                let length = values.len();
                numbers(Buffer::from_vec(values), DType::Bool, length, parameters)?
            }
            Self::Numbers(grown) => {
                let (dtype, length) = (grown.dtype(), grown.len());
                numbers(grown.into_buffer(), dtype, length, parameters)?
            }
            Self::Complex(parts) => complex(parts, parameters)?,
            Self::Text(strings) => text(strings, of)?,
            Self::Bytes(lists) => {
                let mut content = only(contents);
                if declared.is_none() {
                    content = content.with_parameters(named("byte"));
                }
                let parameters = declared.unwrap_or_else(|| named("bytestring"));
                ListOffsetArray::try_new(lists.offsets.into(), content, parameters)?.into()
            }
            Self::List(lists) => {
                let content = only(contents);
                ListOffsetArray::try_new(lists.offsets.into(), content, parameters)?.into()
            }
            Self::Regular(regulars) => {
                let content = only(contents);
                let (size, length) = (regulars.size, regulars.length);
                RegularArray::try_new(content, size, length, parameters)?.into()
            }
            Self::Tuple(tuples) => {
                let parameters = match tuples.pairs.name() {
                    Some(name) if declared.is_none() => parameters.with("__array__", name),
                    _ => parameters,
                };
                RecordArray::try_new(None, contents, tuples.length, parameters)?.into()
            }
            Self::Record(records) => {
                let names = Some(records.names.into());
                let parameters = match records.name {
                    Some(name) if declared.is_none() => parameters.with("__record__", &*name),
                    _ => parameters,
                };
                RecordArray::try_new(names, contents, records.length, parameters)?.into()
            }
            Self::Category(categories) => {
                let mut names = Strings::none();
                for name in &categories.names {
                    names.push(name.as_bytes());
                }
                let names = text(names, of)?;
                IndexedArray::try_new(categories.index.into(), names, named("categorical"))?.into()
            }
            Self::Variant(variants) => {
                let content = only(contents);
                let length = content.len();
                let names = Some(Arc::from([variants.name]));
                RecordArray::try_new(names, vec![content], length, parameters)?.into()
            }
            Self::Union(choices) => {
                let tags = Buffer::from_vec(choices.tags);
                UnionArray::try_new(tags, choices.index.into(), contents, parameters)?.into()
            }
        })
    }
}

fn named(name: &str) -> Parameters {
    Parameters::none().with("__array__", name)
}

fn numbers(
    data: Buffer,
    dtype: DType,
    length: usize,
    parameters: Parameters,
) -> Result<Array, ArrayError> {
    Ok(NumpyArray::try_new(data, dtype, [].into(), length, parameters)?.into())
}

fn text(strings: Strings, of: Option<&Type>) -> Result<Array, ArrayError> {
    let (list, item) = match of {
        Some(of) => {
            let item = of.contents().first().map(|item| own(item.parameters()));
            (own(of.parameters()), item.unwrap_or_default())
        }
        None => (named("string"), named("char")),
    };
    let content = NumpyArray::from_vec(strings.bytes).with_parameters(item);
    Ok(ListOffsetArray::try_new(strings.offsets.into(), content.into(), list)?.into())
}

/// Real and imaginary parts, one behind the other.
fn complex(parts: Tuples, parameters: Parameters) -> Result<Array, ArrayError> {
    let length = parts.length;
    let both = parts
        .contents
        .into_iter()
        .map(|column| match column.values {
            Values::Numbers(numbers) => Some(numbers),
            _ => None,
        });
    let both: Option<Vec<Numbers>> = both.collect();
    let (data, dtype) = match both.map(<[Numbers; 2]>::try_from) {
        Some(Ok([Numbers::Float32(real), Numbers::Float32(imaginary)])) => (
            Buffer::from_vec(interleaved(real, imaginary)),
            DType::Complex64,
        ),
        Some(Ok([Numbers::Float64(real), Numbers::Float64(imaginary)])) => (
            Buffer::from_vec(interleaved(real, imaginary)),
            DType::Complex128,
        ),
        Some(Ok([Numbers::Float128(real), Numbers::Float128(imaginary)])) => {
            let chunks = |bytes: &[u8]| -> Vec<[u8; 16]> { bytes.as_chunks().0.to_vec() };
            let both = interleaved(chunks(&real), chunks(&imaginary));
            (
                Buffer::from_vec(both.as_flattened().to_vec()),
                DType::Complex256,
            )
        }
        _ => (Buffer::from_vec(Vec::<u8>::new()), DType::Complex128),
    };
    numbers(data, dtype, length, parameters)
}

fn interleaved<T>(real: Vec<T>, imaginary: Vec<T>) -> Vec<T> {
    real.into_iter()
        .zip(imaginary)
        .flat_map(|(real, imaginary)| [real, imaginary])
        .collect()
}
