//! What lies above the node of a form that has the values: indexes, options, categories.

use gawky_form::{Form, IndexType, Parameters};

/// The class and the parameters of all options above a node together.
pub(crate) type Mask = (&'static str, Parameters);

/// A node, and what lies above it.
pub(crate) struct Layers<'f> {
    pub(crate) mask: Option<Mask>,
    /// What the index of categories is made of, where the node is one of categories.
    pub(crate) categories: Option<IndexType>,
    /// The parameters of the node and of the indexes right above it.
    pub(crate) parameters: Parameters,
    /// The node; below the index, where there are categories.
    pub(crate) node: &'f Form,
}

/// Takes the layers off `form`. Categories are told only where `keeps` says so of their content, and of whether any
/// may be missing; else they are an index as any other.
pub(crate) fn peel(form: &Form, keeps: impl Fn(&Form, bool) -> bool) -> Layers<'_> {
    let mut layers = Layers {
        mask: None,
        categories: None,
        parameters: Parameters::none(),
        node: form,
    };
    let mut above = Parameters::none();
    let mut is_picked = false;
    loop {
        let form = layers.node;
        let own = form.parameters();
        let (index, content) = match form {
            Form::Indexed(indexed) => (Some(indexed.index), &indexed.content),
            Form::IndexedOption(indexed) => (Some(indexed.index.into()), &indexed.content),
            Form::ByteMasked(masked) => (None, &masked.content),
            Form::BitMasked(masked) => (None, &masked.content),
            Form::Unmasked(masked) => (None, &masked.content),
            Form::Empty(_)
            | Form::Numpy(_)
            | Form::Regular(_)
            | Form::List(_)
            | Form::ListOffset(_)
            | Form::Record(_)
            | Form::Union(_) => {
                // Below an index, bytes do not make text of the list around them; without it they would.
                let is_element = is_picked && matches!(own.array(), Some("char" | "byte"));
                let own = if is_element {
                    &own.without("__array__")
                } else {
                    own
                };
                layers.parameters = united(own, &above);
                return layers;
            }
        };
        let may_miss = form.is_option() || layers.mask.is_some();
        let categories = own.is_categorical() && index.is_some() && keeps(content, may_miss);
        let plain = of_no_categories(own);
        if form.is_option() {
            let own = (form.class(), united(own, &above));
            let (class, parameters) = within(own, layers.mask.as_ref());
            let parameters = if categories {
                parameters
            } else {
                of_no_categories(&parameters)
            };
            layers.mask = Some((class, parameters));
            above = Parameters::none();
        } else {
            above = united(&plain, &above);
            is_picked = true;
        }
        layers.node = content;
        if categories {
            layers.categories = index;
            layers.parameters = above.with("__array__", "categorical");
            return layers;
        }
    }
}

/// An option in an option as one.
pub(crate) fn within(own: Mask, outer: Option<&Mask>) -> Mask {
    let Some((outer_class, outer)) = outer else {
        return own;
    };
    // Nothing is missing by the class of one that masks nothing.
    let class = if *outer_class == "UnmaskedArray" {
        own.0
    } else {
        outer_class
    };
    (class, united(&own.1, outer))
}

/// The parameters of both, those of `outer` winning.
pub(crate) fn united(inner: &Parameters, outer: &Parameters) -> Parameters {
    if outer.is_empty() {
        inner.clone()
    } else {
        inner.union(outer)
    }
}

/// The metadata of an index without that it is one of categories.
pub(crate) fn of_no_categories(parameters: &Parameters) -> Parameters {
    if parameters.is_categorical() {
        parameters.without("__array__")
    } else {
        parameters.clone()
    }
}
