//! The type of a form.

use std::sync::Arc;

use serde_json::Value;

use super::{
    ArrayType, ListType, NumpyType, OptionType, RecordType, RegularType, Type, UnionType,
    UnknownType,
};
use crate::{Form, IndexedForm, NumpyForm, Parameters};

impl Form {
    /// The type of the elements of an array of this form.
    ///
    /// An option of a union becomes a union of options, and an index gives its parameters to what it picks
    /// from, as in Awkward.
    ///
    /// ```
    /// use gawky_form::Form;
    /// let form = Form::from_json(
    ///     r#"{"class": "UnmaskedArray", "content":
    ///         {"class": "UnionArray", "tags": "i8", "index": "i64", "contents": ["int64", "bool"]}}"#,
    /// )?;
    /// assert_eq!(form.type_().to_string(), "union[?int64, ?bool]");
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    #[must_use]
    pub fn type_(&self) -> Type {
        match self {
            Self::Empty(_) => UnknownType::default().into(),
            Self::Numpy(form) => of_numpy(form),
            Self::Regular(form) => Type::Regular(RegularType {
                size: form.size,
                content: Arc::new(form.content.type_()),
                parameters: form.info.parameters.clone(),
            }),
            Self::List(form) => of_list(&form.content, &form.info.parameters),
            Self::ListOffset(form) => of_list(&form.content, &form.info.parameters),
            Self::Record(form) => Type::Record(RecordType {
                fields: form.fields().cloned(),
                contents: of_all(form.contents()),
                parameters: form.info.parameters.clone(),
            }),
            Self::Indexed(form) => of_indexed(form),
            Self::IndexedOption(form) => {
                let parameters = &form.info.parameters;
                of_option(
                    &form.content,
                    if parameters.is_categorical() {
                        parameters
                            .without("__array__")
                            .with("__categorical__", true)
                    } else {
                        parameters.clone()
                    },
                )
            }
            Self::ByteMasked(form) => of_option(&form.content, form.info.parameters.clone()),
            Self::BitMasked(form) => of_option(&form.content, form.info.parameters.clone()),
            Self::Unmasked(form) => of_option(&form.content, form.info.parameters.clone()),
            Self::Union(form) => Type::Union(UnionType {
                contents: of_all(form.contents()),
                parameters: form.info.parameters.clone(),
            }),
        }
    }

    /// The type of an array of this form and `length`.
    #[must_use]
    pub fn array_type(&self, length: u64) -> ArrayType {
        ArrayType::new(length, self.type_())
    }
}

fn of_all(contents: &[Arc<Form>]) -> Arc<[Type]> {
    // A loop, for unoptimized builds: adapters take several times the stack.
    let mut types = Vec::with_capacity(contents.len());
    for content in contents {
        types.push(content.type_());
    }
    types.into()
}

fn of_list(content: &Form, parameters: &Parameters) -> Type {
    Type::List(ListType {
        content: Arc::new(content.type_()),
        parameters: parameters.clone(),
    })
}

/// The inner shape is of lists, the outermost of which has the parameters.
fn of_numpy(form: &NumpyForm) -> Type {
    let leaf = Type::from(NumpyType {
        dtype: form.dtype,
        parameters: Parameters::none(),
    });
    let mut out = form
        .inner_shape
        .iter()
        .rev()
        .fold(leaf, |content, size| content.regular(*size));
    *out.parameters_mut() = form.info.parameters.clone();
    out
}

fn of_option(content: &Form, parameters: Parameters) -> Type {
    match content.type_() {
        Type::Union(union) => Type::Union(UnionType {
            contents: union
                .contents
                .iter()
                .map(|content| match content {
                    Type::Option(option) => Type::Option(OptionType {
                        content: Arc::clone(&option.content),
                        parameters: parameters.union(&option.parameters),
                    }),
                    other => Type::Option(OptionType {
                        content: Arc::new(other.clone()),
                        parameters: parameters.clone(),
                    }),
                })
                .collect(),
            parameters: union.parameters,
        }),
        other => Type::Option(OptionType {
            content: Arc::new(other),
            parameters,
        }),
    }
}

/// What an index picks from, with the parameters of both; categories say so, and keep their `__array__`.
fn of_indexed(form: &IndexedForm) -> Type {
    let mut out = form.content.type_();
    let parameters = &form.info.parameters;
    if parameters.is_empty() {
        return out;
    }
    let mut merged = if out.parameters().is_empty() {
        parameters.clone()
    } else {
        out.parameters().union(parameters)
    };
    if parameters.is_categorical() {
        let array = form.content.parameters().get("__array__");
        merged = match array.filter(|array| **array != Value::Null) {
            Some(array) => merged.with("__array__", array.clone()),
            None => merged.without("__array__"),
        };
        merged = merged.with("__categorical__", true);
    }
    *out.parameters_mut() = merged;
    out
}
