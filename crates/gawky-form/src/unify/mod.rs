//! [`Form::unify`]: the form that holds the values of several.

mod dtype;
mod layers;

use std::sync::Arc;

use crate::{
    EmptyForm, Form, FormError, IndexType, ListOffsetForm, NodeInfo, NumpyForm, Parameters,
    RecordForm, RegularForm, UnionForm,
};
use layers::{Core, Layers};

/// Which values of different types become ones of one type, where forms are unified.
///
/// The rules are those of Awkward's `ak.concatenate`; see [`Form::unify`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Merging {
    /// Whether booleans and numbers become numbers, 0 and 1; otherwise they are kept apart in a union. Awkward calls
    /// it `mergebool`, which is on there, so that `False` and 0 cannot be told apart any more, and off here.
    pub booleans: bool,
    /// Whether dates of different units, and durations, become some of the longest tick of which theirs are multiples;
    /// otherwise they are kept apart in a union, as Awkward does. On unless turned off.
    pub units: bool,
}

impl Default for Merging {
    fn default() -> Self {
        Self::new()
    }
}

impl Merging {
    /// Booleans stay booleans, and dates get a unit in common.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            booleans: false,
            units: true,
        }
    }

    /// Sets [`units`](Self::units).
    #[must_use]
    pub const fn units(mut self, units: bool) -> Self {
        self.units = units;
        self
    }

    /// Sets [`booleans`](Self::booleans).
    #[must_use]
    pub const fn booleans(mut self, booleans: bool) -> Self {
        self.booleans = booleans;
        self
    }

    /// [`Form::unify`] by these rules.
    ///
    /// # Errors
    /// [`FormError::UnionWidth`] where a union would have more than 128 contents.
    pub fn unify<'f>(self, forms: impl IntoIterator<Item = &'f Form>) -> Result<Form, FormError> {
        let mut unified: Option<Unified> = None;
        for form in forms {
            unified = Some(match unified {
                None => Unified::One(form.without_form_keys()),
                Some(Unified::One(before)) => match self.merge(&before, form)? {
                    Some(merged) => Unified::One(merged),
                    None => {
                        let mut contents = Contents::default();
                        self.add(&mut contents, &before)?;
                        self.add(&mut contents, form)?;
                        Unified::Many(contents)
                    }
                },
                Some(Unified::Many(mut contents)) => {
                    self.add(&mut contents, form)?;
                    Unified::Many(contents)
                }
            });
        }
        match unified {
            None => Ok(EmptyForm::default().into()),
            Some(Unified::One(form)) => Ok(form),
            Some(Unified::Many(contents)) => contents.united(),
        }
    }

    /// The form that holds the values of both without a union around them; `None` where there is none. What is
    /// a union already takes in anything.
    ///
    /// # Errors
    /// [`FormError::UnionWidth`] where a union would have more than 128 contents.
    pub fn merge(self, one: &Form, other: &Form) -> Result<Option<Form>, FormError> {
        if one == other {
            return Ok(Some(one.without_form_keys()));
        }
        let ((own, core), (layers, other_core)) = (Layers::of(one), Layers::of(other));
        // What is not known has nothing that could be told apart from another's values.
        if other_core.is_unknown() && layers.option.is_none() {
            return Ok(Some(one.without_form_keys()));
        }
        if core.is_unknown() && own.option.is_none() {
            return Ok(Some(other.without_form_keys()));
        }
        if core.is_union() || other_core.is_union() {
            let mut contents = Contents::default();
            self.add(&mut contents, one)?;
            self.add(&mut contents, other)?;
            return contents.united().map(Some);
        }
        if core.is_unknown() || other_core.is_unknown() {
            let (known, layers) = match other_core.is_unknown() {
                true => (core, own.with_missing(&layers)),
                false => (other_core, layers.with_missing(&own)),
            };
            return Ok(Some(layers.around(known.to_form())));
        }
        let merged = self.merge_cores(&core, &other_core)?;
        Ok(merged.map(|merged| own.of_both(&layers).around(merged)))
    }

    /// [`merge`](Self::merge) of what has neither options nor indexes around it, is known and no union.
    fn merge_cores(self, one: &Core<'_>, other: &Core<'_>) -> Result<Option<Form>, FormError> {
        let (own, others) = (one.parameters(), other.parameters());
        if !own.same_type(&others) {
            return Ok(None);
        }
        let info = || NodeInfo::new(own.intersection(&others));
        match (one.form, other.form) {
            (Form::Numpy(a), Form::Numpy(b)) if a.inner_shape == b.inner_shape => {
                let dtype = dtype::promoted(a.dtype, b.dtype, self);
                Ok(dtype.map(|dtype| {
                    NumpyForm {
                        dtype,
                        inner_shape: Arc::clone(&a.inner_shape),
                        info: info(),
                    }
                    .into()
                }))
            }
            (Form::Record(a), Form::Record(b)) => self.merge_records(a, b, info()),
            (one, other) => match (one.as_lists(), other.as_lists()) {
                (Some(a), Some(b)) => self.merge_lists(&a, &b, info()),
                _ => Ok(None),
            },
        }
    }

    fn merge_lists(
        self,
        one: &Form,
        other: &Form,
        info: NodeInfo,
    ) -> Result<Option<Form>, FormError> {
        let (Some(a), Some(b)) = (one.children().first(), other.children().first()) else {
            return Ok(None);
        };
        let Some(content) = self.merge(a, b)?.map(Arc::new) else {
            return Ok(None);
        };
        Ok(Some(match (one, other) {
            (Form::Regular(a), Form::Regular(b)) if a.size == b.size => RegularForm {
                size: a.size,
                content,
                info,
            }
            .into(),
            (Form::ListOffset(a), Form::ListOffset(b)) if a.offsets == b.offsets => {
                ListOffsetForm {
                    offsets: a.offsets,
                    content,
                    info,
                }
                .into()
            }
            _ => ListOffsetForm {
                offsets: IndexType::I64,
                content,
                info,
            }
            .into(),
        }))
    }

    /// Records of the same fields, in the order of the first.
    fn merge_records(
        self,
        one: &RecordForm,
        other: &RecordForm,
        info: NodeInfo,
    ) -> Result<Option<Form>, FormError> {
        let count = other.contents().len();
        if one.contents().len() != count || one.is_tuple() != other.is_tuple() {
            return Ok(None);
        }
        let places = one.places_among(other.fields().map(|names| &**names), count);
        let mut contents = Vec::with_capacity(count);
        for (content, place) in one.contents().iter().zip(places) {
            let Some(twin) = place.and_then(|place| other.contents().get(place)) else {
                return Ok(None);
            };
            let Some(merged) = self.merge(content, twin)? else {
                return Ok(None);
            };
            contents.push(Arc::new(merged));
        }
        RecordForm::try_new(one.fields().cloned(), contents.into(), info)
            .map(|record| Some(record.into()))
    }

    /// Adds a form to a union: its contents if it is one, each to the first content with which it can be one.
    fn add(self, contents: &mut Contents, form: &Form) -> Result<(), FormError> {
        let mut alternatives = Vec::new();
        if let Some(own) = alternatives_of(form, false, &mut alternatives) {
            contents.parameters = Some(match contents.parameters.take() {
                Some(before) => before.intersection(&own),
                None => own,
            });
        }
        for alternative in alternatives {
            self.add_one(&mut contents.forms, alternative)?;
        }
        Ok(())
    }

    /// Adds what is no union to contents of which no two can be one.
    fn add_one(self, contents: &mut Vec<Form>, mut form: Form) -> Result<(), FormError> {
        let mut place = None;
        // What two have become may be one with a third.
        'again: loop {
            for position in 0..contents.len() {
                let merged = match contents.get(position) {
                    Some(content) => self.merge(content, &form)?,
                    None => None,
                };
                if let Some(merged) = merged {
                    contents.remove(position);
                    form = merged;
                    place.get_or_insert(position);
                    continue 'again;
                }
            }
            break;
        }
        let place = place.unwrap_or(contents.len()).min(contents.len());
        contents.insert(place, form);
        if contents.len() > UnionForm::MAX_CONTENTS {
            return Err(FormError::UnionWidth {
                contents: contents.len(),
            });
        }
        Ok(())
    }
}

/// What forms have become so far.
enum Unified {
    One(Form),
    Many(Contents),
}

/// What a union is made of, of which no two can be one.
#[derive(Default)]
struct Contents {
    forms: Vec<Form>,
    /// What the unions had in common.
    parameters: Option<Parameters>,
}

impl Contents {
    /// The union, of which either all contents are options, or none; or the one content.
    fn united(mut self) -> Result<Form, FormError> {
        if self.forms.iter().any(Form::is_option) {
            for content in self.forms.iter_mut().filter(|form| !form.is_option()) {
                *content = layers::unmasked(content);
            }
        }
        let parameters = self.parameters.unwrap_or_default();
        if self.forms.is_empty() {
            return Ok(EmptyForm::default().into());
        }
        if self.forms.len() == 1
            && let Some(mut only) = self.forms.pop()
        {
            if !parameters.is_empty() && !matches!(only, Form::Empty(_)) {
                let info = only.info_mut();
                info.parameters = info.parameters.union(&parameters);
            }
            return Ok(only);
        }
        let contents = self.forms.into_iter().map(Arc::new).collect();
        let info = NodeInfo::new(parameters);
        Ok(UnionForm::try_new(IndexType::I64, contents, info)?.into())
    }
}

/// The contents of a union, or the form itself, in such layers as a union's content may have; the metadata of the unions.
fn alternatives_of(form: &Form, is_optional: bool, into: &mut Vec<Form>) -> Option<Parameters> {
    let (mut layers, core) = Layers::of(form);
    if is_optional {
        layers = layers.with_option();
    }
    match core.form {
        Form::Union(union) => {
            let mut parameters = core.parameters();
            if union.contents().is_empty() && layers.option.is_some() {
                // There is nothing that might be there, but there may be rows that are missing.
                into.push(layers.around_content(EmptyForm::default().into()));
            }
            for content in union.contents().iter() {
                let inner = alternatives_of(content, layers.option.is_some(), into);
                if let Some(inner) = inner {
                    parameters = inner.union(&parameters);
                }
            }
            Some(parameters)
        }
        _ => {
            into.push(layers.around_content(core.to_form()));
            None
        }
    }
}

impl Form {
    /// The form that holds the values of all of these, without form keys.
    ///
    /// It is what Awkward's `ak.concatenate` makes of arrays (`contents/*.py`, `_mergeable_next` and `_mergemany`):
    ///
    /// - numbers are of the dtype that NumPy promotes theirs to; booleans stay apart from them, unless [`Merging`] says
    ///   otherwise;
    /// - dates, and durations, are of the longest tick of which theirs are multiples (Awkward: a union);
    /// - lists of one size stay so if it is the same, and are otherwise lists by offsets of 64 bits;
    /// - what may be missing in one of them may be missing;
    /// - categories stay so if all have some (Awkward: an error);
    /// - records have the same fields, in any order, or are kept apart; and so are tuples of another length;
    /// - what is not known is whatever another says;
    /// - a union takes in anything, as one of its contents if it fits;
    /// - whatever does not go together, and what has another name (`__record__`, `__array__` and the like), is kept apart in a union.
    ///
    /// Metadata that are not the same everywhere are dropped. To take over what is not known, and nothing else, there is
    /// [`learn`](Self::learn).
    ///
    /// ```
    /// use gawky_form::Form;
    /// let forms = ["var * int32", "3 * ?float64"].map(|datashape| {
    ///     Form::from_type(&datashape.parse()?)
    /// });
    /// let [one, other] = forms;
    /// let both = Form::unify([&one?, &other?])?;
    /// assert_eq!(both.type_().to_string(), "var * ?float64");
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    ///
    /// # Errors
    /// [`FormError::UnionWidth`] where a union would have more than 128 contents.
    pub fn unify<'f>(forms: impl IntoIterator<Item = &'f Self>) -> Result<Self, FormError> {
        Merging::new().unify(forms)
    }

    /// Lists of any class, an inner shape being some; `None` for what is none.
    pub(crate) fn as_lists(&self) -> Option<Self> {
        match self {
            Self::Regular(_) | Self::List(_) | Self::ListOffset(_) => Some(self.clone()),
            Self::Numpy(own) => {
                let (size, inner) = own.inner_shape.split_first()?;
                let content = NumpyForm {
                    dtype: own.dtype,
                    inner_shape: inner.into(),
                    info: NodeInfo::default(),
                };
                Some(
                    RegularForm {
                        size: *size,
                        content: Arc::new(content.into()),
                        info: own.info.clone(),
                    }
                    .into(),
                )
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
