//! The form of a type that is nearest to another form.

use std::sync::Arc;

use super::{NumpyType, OptionType, RecordType, Type, UnionType};
use crate::{
    Form, FormError, IndexType, IndexedForm, IndexedOptionForm, ListOffsetForm, NodeInfo,
    NumpyForm, Parameters, RecordForm, RegularForm, SignedIndexType, UnionForm, UnmaskedForm,
};

impl Form {
    /// The form of this type that is nearest to this form: whatever can stay as it is does so, and all else is as
    /// [`from_type`](Self::from_type) has it. Form keys are dropped.
    ///
    /// An option that is added is one of which nothing is missing; fields are in the order of the type.
    ///
    /// ```
    /// use gawky_form::Form;
    /// let form = Form::from_json(r#"{"class": "ListOffsetArray", "offsets": "i32", "content": "int32"}"#)?;
    /// let wide = form.with_type(&"var * ?float64".parse()?)?;
    /// assert_eq!(
    ///     wide.to_json(Default::default(), false)?,
    ///     r#"{"class": "ListOffsetArray", "offsets": "i32", "content": {"class": "UnmaskedArray", "content": "float64"}}"#
    /// );
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_type`](Self::from_type).
    pub fn with_type(&self, of: &Type) -> Result<Self, FormError> {
        nearest(self, of)
    }
}

fn nearest(form: &Form, of: &Type) -> Result<Form, FormError> {
    let categorical = of.parameters().get("__categorical__");
    if categorical.is_some_and(super::to_form::is_truthy) {
        return categories(form, of);
    }
    match (form, of) {
        // An option of a union is a union of options.
        (_, Type::Option(option)) => match &*option.content {
            Type::Union(union) => nearest(form, &union_of_options(union, option)),
            _ => optional(form, option),
        },
        // What is missing in the one may be so in any content of the other.
        (form, Type::Union(_)) if form.is_option() => Form::from_type(of),
        (form, of) if form.is_option() => nearest(content_of(form), of),
        (Form::Indexed(own), of) => {
            let content = nearest(&own.content, of)?;
            // An index stays around what may be below one, unless its metadata would come back.
            if own.info.parameters.is_empty() && !is_wrapper(&content) {
                return Ok(IndexedForm {
                    index: own.index,
                    content: Arc::new(content),
                    info: NodeInfo::default(),
                }
                .into());
            }
            Ok(content)
        }
        (form, Type::Union(union)) => of_union(form, union),
        (Form::Union(own), of) => nearest(alternative(own.contents(), of), of),
        (form, of) => plain(form, of),
    }
}

/// The form of what is no option, no union and not categorical, near to a form that is none either.
fn plain(form: &Form, of: &Type) -> Result<Form, FormError> {
    let info = NodeInfo::new(of.parameters().clone());
    Ok(match (form, of) {
        (Form::Record(own), Type::Record(record)) if own.is_tuple() == record.is_tuple() => {
            return of_record(own, record);
        }
        (Form::Numpy(own), of) if !own.inner_shape.is_empty() => {
            if let Some(dtype) = dtype_below(&own.inner_shape, of) {
                return Ok(NumpyForm {
                    dtype,
                    inner_shape: Arc::clone(&own.inner_shape),
                    info,
                }
                .into());
            }
            match form.as_lists() {
                Some(lists) => return plain(&lists, of),
                None => Form::from_type(of)?,
            }
        }
        (Form::Regular(_) | Form::List(_) | Form::ListOffset(_), Type::Regular(list)) => {
            RegularForm {
                size: list.size,
                content: Arc::new(nearest(content_of(form), &list.content)?),
                info,
            }
            .into()
        }
        (Form::Regular(own), Type::List(list)) => ListOffsetForm {
            offsets: IndexType::I64,
            content: Arc::new(nearest(&own.content, &list.content)?),
            info,
        }
        .into(),
        (Form::List(_) | Form::ListOffset(_), Type::List(list)) => {
            let mut same = form.without_form_keys();
            if let Some(content) = same.children_mut().first_mut() {
                *content = Arc::new(nearest(content, &list.content)?);
            }
            *same.info_mut() = info;
            same
        }
        _ => Form::from_type(of)?,
    })
}

/// The dtype of a type that is lists of just these sizes, none of which has metadata but the outermost.
fn dtype_below(sizes: &[u64], of: &Type) -> Option<gawky_buffer::DType> {
    match (sizes.split_first(), of) {
        (Some((size, inner)), Type::Regular(list)) if *size == list.size => {
            let has_none = list.content.parameters().is_empty();
            has_none.then(|| dtype_below(inner, &list.content))?
        }
        (None, Type::Numpy(NumpyType { dtype, .. })) => Some(*dtype),
        _ => None,
    }
}

fn optional(form: &Form, option: &OptionType) -> Result<Form, FormError> {
    let info = NodeInfo::new(option.parameters.clone());
    if form.is_option() {
        let content = nearest(content_of(form), &option.content)?;
        if !is_wrapper(&content) {
            let mut same = form.without_form_keys();
            if let Some(own) = same.children_mut().first_mut() {
                *own = Arc::new(content);
            }
            *same.info_mut() = info;
            return Ok(same);
        }
    }
    let mut core = form;
    while is_wrapper(core) && !matches!(core, Form::Union(_)) {
        core = content_of(core);
    }
    let is_picked = !std::ptr::eq(core, form) || matches!(core, Form::Union(_));
    let content = Arc::new(nearest(core, &option.content)?);
    if is_wrapper(&content) || is_picked {
        return Ok(indexed_option(content, info.parameters));
    }
    Ok(UnmaskedForm { content, info }.into())
}

/// The form of what is categorical.
fn categories(form: &Form, of: &Type) -> Result<Form, FormError> {
    let parameters = of.parameters().without("__categorical__");
    let index = match form {
        Form::Indexed(own) => own.index,
        _ => IndexType::I64,
    };
    let content = match form {
        Form::Indexed(_) | Form::IndexedOption(_) => content_of(form),
        other => other,
    };
    let marked = Parameters::from_iter([("__array__", "categorical")]);
    if let Type::Option(option) = of {
        let content = Arc::new(nearest(content, &option.content)?);
        return Ok(indexed_option(content, parameters.union(&marked)));
    }
    let mut inner = of.clone();
    *inner.parameters_mut() = parameters;
    Ok(IndexedForm {
        index,
        content: Arc::new(nearest(content, &inner)?),
        info: NodeInfo::new(marked),
    }
    .into())
}

fn of_record(own: &RecordForm, record: &RecordType) -> Result<Form, FormError> {
    let mut contents = Vec::with_capacity(record.contents().len());
    // A form of these fields, to ask where each is in the other.
    let names = record.fields().cloned();
    let blank: Vec<_> = record
        .contents()
        .iter()
        .map(|_| Arc::new(blank()))
        .collect();
    let target = RecordForm::try_new(names.clone(), blank.into(), NodeInfo::default())?;
    let places = target.places_among(own.fields().map(|names| &**names), own.contents().len());
    for (of, place) in record.contents().iter().zip(places) {
        contents.push(Arc::new(
            match place.and_then(|place| own.contents().get(place)) {
                Some(content) => nearest(content, of)?,
                None => Form::from_type(of)?,
            },
        ));
    }
    let info = NodeInfo::new(record.parameters.clone());
    Ok(RecordForm::try_new(names, contents.into(), info)?.into())
}

fn blank() -> Form {
    crate::EmptyForm::default().into()
}

fn of_union(form: &Form, union: &UnionType) -> Result<Form, FormError> {
    let (index, own): (IndexType, Vec<&Form>) = match form {
        Form::Union(own) => (
            own.index,
            own.contents().iter().map(|content| &**content).collect(),
        ),
        other => (IndexType::I64, vec![other]),
    };
    // Those of equal types go together first, and then what is left, in order.
    let mut free: Vec<Option<(&Form, Type)>> = own
        .into_iter()
        .map(|form| Some((form, form.type_())))
        .collect();
    let mut partners: Vec<Option<&Form>> = Vec::with_capacity(union.contents.len());
    for of in union.contents.iter() {
        let twin = free
            .iter_mut()
            .find(|other| matches!(other, Some((_, other)) if other.is_equal_to(of, false)));
        partners.push(twin.and_then(Option::take).map(|(form, _)| form));
    }
    let mut rest = free.into_iter().flatten().map(|(form, _)| form);
    let mut contents = Vec::with_capacity(union.contents.len());
    for (of, partner) in union.contents.iter().zip(partners) {
        let content = match partner.or_else(|| rest.next()) {
            Some(form) => nearest(form, of)?,
            None => Form::from_type(of)?,
        };
        contents.push(Arc::new(match content {
            // The union has an index of its own.
            Form::Indexed(own) if !own.info.parameters.is_categorical() => (*own.content).clone(),
            other => other,
        }));
    }
    let info = NodeInfo::new(union.parameters.clone());
    Ok(UnionForm::try_new(index, contents.into(), info)?.into())
}

/// The content of a union that is nearest to what is none: one of an equal type, or the first.
fn alternative<'f>(contents: &'f [Arc<Form>], of: &Type) -> &'f Form {
    static NONE: std::sync::LazyLock<Form> = std::sync::LazyLock::new(blank);
    let twin = contents
        .iter()
        .find(|content| content.type_().is_equal_to(of, false));
    twin.or_else(|| contents.first())
        .map_or(&NONE, |form| &**form)
}

fn union_of_options(union: &UnionType, option: &OptionType) -> Type {
    let contents = union.contents.iter().map(|content| match content {
        Type::Option(_) => content.clone(),
        other => Type::Option(OptionType {
            content: Arc::new(other.clone()),
            parameters: option.parameters.clone(),
        }),
    });
    Type::Union(UnionType {
        contents: contents.collect(),
        parameters: union.parameters.clone(),
    })
}

fn indexed_option(content: Arc<Form>, parameters: Parameters) -> Form {
    IndexedOptionForm {
        index: SignedIndexType::I64,
        content,
        info: NodeInfo::new(parameters),
    }
    .into()
}

/// The one content of a form that has one.
fn content_of(form: &Form) -> &Form {
    match form.children().first() {
        Some(content) => content,
        None => form,
    }
}

/// Whether options and indexes must not be around this.
fn is_wrapper(form: &Form) -> bool {
    form.is_option() || matches!(form, Form::Indexed(_) | Form::Union(_))
}
