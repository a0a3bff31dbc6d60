//! Inner shapes: rows of more than one dimension are lists of lists.

use std::sync::Arc;

use gawky_form::{Form, NodeInfo, NumpyForm, Parameters, RegularForm};

use super::misfit::Fitting;
use super::rows::Rows;
use super::{Rules, build};
use crate::node::NumpyArray;
use crate::{Array, Problem};

/// The same array with lists instead of inner shapes; `None` where there is no inner shape.
pub(super) fn as_lists(array: &Array) -> Result<Option<Array>, Problem> {
    if let Array::Numpy(own) = array {
        let is_flat = own.inner_shape().is_empty();
        return if is_flat {
            Ok(None)
        } else {
            own.nested().map(Some)
        };
    }
    let mut changed = false;
    let mut contents = Vec::with_capacity(array.children().len());
    for child in array.children() {
        let nested = as_lists(child)?;
        changed |= nested.is_some();
        contents.push(nested.unwrap_or_else(|| child.clone()));
    }
    Ok(changed.then(|| array.over(contents)))
}

/// Rows of an inner shape, built as lists of lists, the outermost of which has the parameters.
pub(super) fn numpy(
    rows: Rows<'_>,
    own: &NumpyForm,
    above: &Parameters,
    rules: Rules,
) -> Fitting<Array> {
    let length = rows.len();
    let flat = Form::from(NumpyForm {
        dtype: own.dtype,
        inner_shape: Arc::new([]),
        info: NodeInfo::default(),
    });
    let mut lists = own.inner_shape.iter().rev().fold(flat, |content, size| {
        RegularForm {
            size: *size,
            content: Arc::new(content),
            info: NodeInfo::default(),
        }
        .into()
    });
    lists.info_mut().parameters = own.info.parameters.clone();
    let mut built = build(rows, &lists, above, rules)?;
    let data = loop {
        built = match built {
            Array::Regular(list) => Arc::unwrap_or_clone(list.content),
            Array::Numpy(numbers) => break numbers.data().clone(),
            _ => break gawky_buffer::Buffer::empty(),
        };
    };
    let array = NumpyArray::try_new(
        data,
        own.dtype,
        Arc::clone(&own.inner_shape),
        length,
        own.info.parameters.clone(),
    );
    Ok(array
        .map_err(|_| Problem::TooLarge {
            what: "bytes",
            length: crate::node::as_rows(length),
        })?
        .into())
}
