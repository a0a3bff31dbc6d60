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
        let categorical = of.parameters().get("__categorical__");
        if !categorical.is_some_and(is_truthy) {
            return plain(of, of.parameters().clone());
        }
        let parameters = of.parameters().without("__categorical__");
        let categories = Parameters::from_iter([("__array__", "categorical")]);
        if let Type::Option(option) = of {
            return Ok(Self::IndexedOption(IndexedOptionForm {
                index: SignedIndexType::I64,
                content: Arc::new(Self::from_type(&option.content)?),
                info: NodeInfo::new(parameters.union(&categories)),
            }));
        }
        Ok(Self::Indexed(IndexedForm {
            index: IndexType::I64,
            content: Arc::new(plain(of, parameters)?),
            info: NodeInfo::new(categories),
        }))
    }
}

/// The form of a type that is not categorical.
fn plain(of: &Type, parameters: Parameters) -> Result<Form, FormError> {
    let info = NodeInfo::new(parameters);
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
            content: Arc::new(Form::from_type(&regular.content)?),
            info,
        }
        .into(),
        Type::List(list) => ListOffsetForm {
            offsets: IndexType::I64,
            content: Arc::new(Form::from_type(&list.content)?),
            info,
        }
        .into(),
        Type::Option(option) => IndexedOptionForm {
            index: SignedIndexType::I64,
            content: Arc::new(Form::from_type(&option.content)?),
            info,
        }
        .into(),
        Type::Record(record) => {
            RecordForm::try_new(record.fields().cloned(), all(record.contents())?, info)?.into()
        }
        Type::Union(union) => {
            UnionForm::try_new(IndexType::I64, all(&union.contents)?, info)?.into()
        }
    })
}

fn all(types: &[Type]) -> Result<Arc<[Arc<Form>]>, FormError> {
    // A loop, for unoptimized builds: adapters take several times the stack.
    let mut forms = Vec::with_capacity(types.len());
    for of in types {
        forms.push(Arc::new(Form::from_type(of)?));
    }
    Ok(forms.into())
}

/// What Python takes for true.
fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}
