//! A form for a type.

use std::sync::Arc;

use serde_json::Value;

use super::Type;
use crate::{
    EmptyForm, Form, FormError, IndexType, IndexedForm, IndexedOptionForm, ListOffsetForm,
    NodeInfo, NumpyForm, Parameters, RecordForm, RegularForm, SignedIndexType, UnionForm,
};

impl Form {
    /// The form that Awkward takes for a type: lists by `i64` offsets, options and categories by `i64` index.
    ///
    /// ```
    /// use gawky_form::Form;
    /// let form = Form::from_type(&"var * ?float64".parse()?)?;
    /// assert_eq!(
    ///     form.to_json(Default::default(), false)?,
    ///     r#"{"class": "ListOffsetArray", "offsets": "i64", "content": {"class": "IndexedOptionArray", "index": "i64", "content": "float64"}}"#
    /// );
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    ///
    /// # Errors
    /// [`FormError::EmptyParameters`] for an unknown type with parameters; [`FormError::UnionWidth`] for a union
    /// of more than 128 types.
    pub fn from_type(of: &Type) -> Result<Self, FormError> {
        // The recursion is here alone, so that it takes little stack.
        let mut contents = Vec::new();
        for content in of.contents() {
            contents.push(Arc::new(Self::from_type(content)?));
        }
        of_contents(of, contents)
    }
}

/// The form of a type, given the forms of what it holds.
fn of_contents(of: &Type, contents: Vec<Arc<Form>>) -> Result<Form, FormError> {
    let categorical = of.parameters().get("__categorical__");
    if !categorical.is_some_and(is_truthy) {
        return plain(of, contents, of.parameters().clone());
    }
    let parameters = of.parameters().without("__categorical__");
    let categories = Parameters::from_iter([("__array__", "categorical")]);
    if matches!(of, Type::Option(_)) {
        return plain(of, contents, parameters.union(&categories));
    }
    Ok(Form::Indexed(IndexedForm {
        index: IndexType::I64,
        content: Arc::new(plain(of, contents, parameters)?),
        info: NodeInfo::new(categories),
    }))
}

/// The form of a type that is not categorical.
fn plain(of: &Type, contents: Vec<Arc<Form>>, parameters: Parameters) -> Result<Form, FormError> {
    let info = NodeInfo::new(parameters);
    let only = |contents: Vec<Arc<Form>>| {
        let first = contents.into_iter().next();
        first.unwrap_or_else(|| Arc::new(EmptyForm::default().into()))
    };
    Ok(match of {
        Type::Unknown(_) if !info.parameters.is_empty() => return Err(FormError::EmptyParameters),
        Type::Unknown(_) => EmptyForm { info }.into(),
        Type::Numpy(numpy) => NumpyForm {
            dtype: numpy.dtype,
            inner_shape: Arc::new([]),
            info,
        }
        .into(),
        Type::Regular(regular) => RegularForm {
            size: regular.size,
            content: only(contents),
            info,
        }
        .into(),
        Type::List(_) => ListOffsetForm {
            offsets: IndexType::I64,
            content: only(contents),
            info,
        }
        .into(),
        Type::Option(_) => IndexedOptionForm {
            index: SignedIndexType::I64,
            content: only(contents),
            info,
        }
        .into(),
        Type::Record(record) => {
            RecordForm::try_new(record.fields().cloned(), contents.into(), info)?.into()
        }
        Type::Union(_) => UnionForm::try_new(IndexType::I64, contents.into(), info)?.into(),
    })
}

/// What Python takes for true.
pub(super) fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}
