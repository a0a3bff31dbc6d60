//! The options and indexes around a form, taken off and put on again.

use std::sync::Arc;

use crate::{
    Form, IndexType, IndexedForm, IndexedOptionForm, NodeInfo, Parameters, SignedIndexType,
    UnmaskedForm,
};

/// The parameter that makes an index one of categories.
const CATEGORICAL: &str = "__array__";

/// What options and indexes are around.
#[derive(Clone)]
pub(super) struct Core<'f> {
    pub(super) form: &'f Form,
    /// The metadata that indexes above pass on.
    passed: Parameters,
}

impl Core<'_> {
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self.form, Form::Empty(_))
    }

    pub(super) fn is_union(&self) -> bool {
        matches!(self.form, Form::Union(_))
    }

    /// The metadata, with those that are passed on.
    pub(super) fn parameters(&self) -> Parameters {
        match self.passed.is_empty() {
            true => self.form.parameters().clone(),
            false => self.form.parameters().union(&self.passed),
        }
    }

    /// The form by itself, without form keys.
    pub(super) fn to_form(&self) -> Form {
        let mut form = self.form.without_form_keys();
        if !self.passed.is_empty() && !self.is_unknown() {
            form.info_mut().parameters = self.parameters();
        }
        form
    }
}

/// The options and indexes around a form.
#[derive(Clone, Default)]
pub(super) struct Layers<'f> {
    /// The metadata of the options, if there are any.
    pub(super) option: Option<Parameters>,
    /// The option itself, where it is the only layer.
    only: Option<&'f Form>,
    pub(super) is_indexed: bool,
    pub(super) is_categorical: bool,
}

impl<'f> Layers<'f> {
    /// What is around `form`, and what that is around.
    pub(super) fn of(form: &'f Form) -> (Self, Core<'f>) {
        let mut layers = Self::default();
        let mut passed = Parameters::none();
        let mut core = form;
        while let (Some(content), true) = (core.children().first(), is_layer(core)) {
            let is_categorical = core.parameters().is_categorical();
            let own = match is_categorical {
                true => core.parameters().without(CATEGORICAL),
                false => core.parameters().clone(),
            };
            layers.is_categorical |= is_categorical;
            if core.is_option() {
                layers.option = Some(match layers.option {
                    Some(outer) => own.union(&outer),
                    None => own,
                });
            } else {
                layers.is_indexed = true;
                if !own.is_empty() {
                    passed = own.union(&passed);
                }
            }
            core = content;
        }
        if form.is_option()
            && form
                .children()
                .first()
                .is_some_and(|content| !is_layer(content))
        {
            layers.only = Some(form);
        }
        (layers, Core { form: core, passed })
    }

    /// What is around a form that holds the values of two: an option where either has one, of its class if both are of
    /// it, and categories where both have some.
    pub(super) fn of_both(&self, other: &Self) -> Self {
        let option = match (&self.option, &other.option) {
            (Some(own), Some(other)) => Some(own.intersection(other)),
            (one, None) => one.clone(),
            (None, other) => other.clone(),
        };
        let only = match (self.only, other.only) {
            (Some(one), Some(other)) => is_alike(one, other).then_some(one),
            // Nothing is missing in either.
            (Some(one @ Form::Unmasked(_)), None) if other.option.is_none() => Some(one),
            (None, Some(one @ Form::Unmasked(_))) if self.option.is_none() => Some(one),
            _ => None,
        };
        Self {
            option,
            only,
            is_indexed: self.is_indexed && other.is_indexed,
            is_categorical: self.is_categorical && other.is_categorical,
        }
    }

    /// These layers, and an option around what is not known: of that there can be missing rows alone.
    pub(super) fn with_missing(&self, unknown: &Self) -> Self {
        Self {
            is_indexed: self.is_indexed,
            is_categorical: self.is_categorical,
            ..self.of_both(unknown)
        }
    }

    /// The same layers, and an option with them, of which something may be missing.
    pub(super) fn with_option(mut self) -> Self {
        self.option.get_or_insert_default();
        if matches!(self.only, Some(Form::Unmasked(_))) {
            self.only = None;
        }
        self
    }

    /// The layers around `core`, which is no union.
    pub(super) fn around(&self, core: Form) -> Form {
        let content = Arc::new(core);
        let categorical = |parameters: &Parameters| parameters.with(CATEGORICAL, "categorical");
        match (&self.option, self.is_categorical) {
            (Some(parameters), true) => indexed_option(content, categorical(parameters)),
            (Some(parameters), false) => match self.only {
                Some(only @ (Form::ByteMasked(_) | Form::BitMasked(_) | Form::Unmasked(_))) => {
                    let mut same = only.clone();
                    *same.info_mut() = NodeInfo::new(parameters.clone());
                    if let Some(own) = same.children_mut().first_mut() {
                        *own = content;
                    }
                    same
                }
                _ => indexed_option(content, parameters.clone()),
            },
            (None, true) => indexed(content, categorical(&Parameters::none())),
            (None, false) if self.is_indexed => indexed(content, Parameters::none()),
            (None, false) => Arc::unwrap_or_clone(content),
        }
    }

    /// The layers around one of a union's contents: an index is taken off there, as the union has one.
    pub(super) fn around_content(&self, core: Form) -> Form {
        if self.option.is_none() && !self.is_categorical {
            core
        } else {
            self.around(core)
        }
    }
}

/// An option of which nothing is missing, around what is none.
pub(super) fn unmasked(form: &Form) -> Form {
    let (layers, core) = Layers::of(form);
    if layers.is_categorical {
        return layers.with_option().around(core.to_form());
    }
    UnmaskedForm {
        content: Arc::new(core.to_form()),
        info: NodeInfo::default(),
    }
    .into()
}

fn indexed(content: Arc<Form>, parameters: Parameters) -> Form {
    IndexedForm {
        index: IndexType::I64,
        content,
        info: NodeInfo::new(parameters),
    }
    .into()
}

fn indexed_option(content: Arc<Form>, parameters: Parameters) -> Form {
    IndexedOptionForm {
        index: SignedIndexType::I64,
        content,
        info: NodeInfo::new(parameters),
    }
    .into()
}

fn is_layer(form: &Form) -> bool {
    form.is_option() || matches!(form, Form::Indexed(_))
}

/// Whether two options have the same class and facts.
fn is_alike(one: &Form, other: &Form) -> bool {
    match (one, other) {
        (Form::ByteMasked(one), Form::ByteMasked(other)) => one.valid_when == other.valid_when,
        (Form::BitMasked(one), Form::BitMasked(other)) => {
            (one.valid_when, one.lsb_order) == (other.valid_when, other.lsb_order)
        }
        (Form::Unmasked(_), Form::Unmasked(_)) => true,
        _ => false,
    }
}
