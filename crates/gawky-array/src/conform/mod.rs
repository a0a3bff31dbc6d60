//! Conforming: the same values in the layout of another form, where nothing is lost by it.
//!
//! | file | what it does |
//! |---|---|
//! | `rows` | what an array says, as rows of plainer arrays: indexes, options and unions peeled off |
//! | `numbers` | scalars as another dtype, if every one of them survives |
//! | `lists`, `records`, `unions`, `options`, `indexes`, `shapes` | builds the nodes of a form of such rows |
//! | `misfit` | why it cannot be done |
//!
//! The form leads: each of its nodes peels off as much as it has to, and hands the rows of its contents down. So a
//! row is gathered once, however many layers lie between, and elements that no row reaches, or that are below a
//! mask, are not looked at: what they hold cannot stand in the way.

mod indexes;
mod lists;
mod misfit;
mod numbers;
mod options;
mod records;
mod rows;
mod shapes;
mod unions;

use gawky_form::{Form, Parameters};

use crate::node::as_rows;
use crate::{Array, ArrayError, EmptyArray};
use misfit::{Fitting, Refusal, differing_parameter};
use rows::{Options, Origin, Rows, united};

pub use misfit::{Misfit, Obstacle};

/// What else than the layout may become that of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// Nothing: neither metadata nor what scalars mean.
    Conforming,
    /// Metadata; and booleans, numbers and complex numbers become one another, where they are the same number.
    Casting,
}

impl Rules {
    /// The first parameter that stands in the way.
    fn differing(self, here: &Parameters, there: &Parameters) -> Option<Obstacle> {
        match self {
            Self::Conforming => differing_parameter(here, there),
            Self::Casting => None,
        }
    }
}

impl Array {
    /// Whether this array is of the form `form`, form keys aside: the same classes with the same facts and the same
    /// parameters. Makes no form to find out.
    #[must_use]
    pub fn is_of_form(&self, form: &Form) -> bool {
        let (own, others) = (self.children(), form.children());
        self.is_laid_out_as(form)
            && self.parameters() == form.parameters()
            && own.len() == others.len()
            && own
                .iter()
                .zip(others)
                .all(|(own, other)| own.is_of_form(other))
    }

    /// The same values in the layout of `form`, where nothing is lost by it; form keys are ignored.
    ///
    /// An array of this form is shared, not copied. What else can be done:
    ///
    /// - lists of any class become those of any other, those of one size if all are so long; structure becomes of
    ///   32 or 64 bits, if its numbers fit;
    /// - numbers become integers or floats of another dtype if every value survives exactly (NaN does), dates and
    ///   durations those of another unit; but booleans, numbers, complex numbers, dates and durations do not
    ///   become one another;
    /// - options become those of another class, or none if nothing is missing, and what is no option one;
    /// - an index is added or taken away; where it is one of categories, they are made distinct;
    /// - fields are put in the order of the form, by name; one that is not there is missing everywhere, if in the form
    ///   it is an option. One that the form does not have is an error;
    /// - a union, or what is none, becomes a union if every element fits one of the contents, and what is none if
    ///   all elements fit that;
    /// - an array of no known type, having no elements, becomes anything.
    ///
    /// Parameters must be the same, as they are part of the meaning; those of an option that is added are the form's. To
    /// change what values mean there is [`cast_to`](Self::cast_to).
    /// Elements that no row reaches count for nothing. The result's form is `form` without form keys.
    ///
    /// ```
    /// use gawky_array::{Array, NumpyArray};
    /// use gawky_form::Form;
    /// let array = Array::from(NumpyArray::from_vec(vec![1_i32, 2, 3]));
    /// let wide = array.conform_to(&Form::from_json(r#""int64""#)?)?;
    /// assert_eq!(wide.to_string(), "<Array [1, 2, 3] type='3 * int64'>");
    ///
    /// let halves = Array::from(NumpyArray::from_vec(vec![1.0, 1.5]));
    /// let error = halves.conform_to(&Form::from_json(r#""int64""#)?).unwrap_err();
    /// assert!(error.to_string().contains("1.5, the element 1, is no int64"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ArrayError::Misfit`] when something would be lost, with the node, the reason, and in what the two forms differ;
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where bytes are on a device and have to be looked at;
    /// [`Problem::OutOfMemory`](crate::Problem) where rows that are picked many times over are too many.
    pub fn conform_to(&self, form: &Form) -> Result<Self, ArrayError> {
        self.built_as(form, Rules::Conforming)
    }

    /// The same values in the layout of `form`, of which its own form may differ as much as `rules` allow.
    pub(crate) fn built_as(&self, form: &Form, rules: Rules) -> Result<Self, ArrayError> {
        if self.is_of_form(form) {
            return Ok(self.clone());
        }
        self.require_host()?;
        let attempt = || {
            let nested = shapes::as_lists(self)?;
            let array = nested.as_ref().unwrap_or(self);
            build(Rows::of(array)?, form, &Parameters::none(), rules)
        };
        attempt().map_err(|refusal: Box<Refusal>| refusal.into_error(self, form))
    }
}

/// Builds an array of `form` that has just these rows; `above` is what the indexes above it in the form pass on.
///
/// Each class has a function of its own: in one, an unoptimized build would give every level of nesting the
/// stack of all of them.
fn build(rows: Rows<'_>, form: &Form, above: &Parameters, rules: Rules) -> Fitting<Array> {
    if let Some((source, array, run)) = rows.whole()
        && source.is_bare()
        && above.is_empty()
        && array.is_of_form(form)
    {
        return Ok(array.slice_within(run.start..run.start.saturating_add(run.len))?);
    }
    let built = match form {
        Form::Empty(_) => empty(&rows, form),
        Form::Numpy(own) => numbers::numpy(rows, form, own, above, rules),
        Form::Regular(own) => lists::regular(rows, form, own, above, rules),
        Form::List(own) => lists::list(rows, form, own, above, rules),
        Form::ListOffset(own) => lists::list_offset(rows, form, own, above, rules),
        Form::Record(own) => records::record(rows, form, own, above, rules),
        Form::Indexed(own) => indexes::indexed(rows, form, own, above, rules),
        Form::IndexedOption(own) => options::indexed_option(rows, form, own, above, rules),
        Form::ByteMasked(own) => options::byte_masked(rows, form, own, above, rules),
        Form::BitMasked(own) => options::bit_masked(rows, form, own, above, rules),
        Form::Unmasked(own) => options::unmasked(rows, form, own, above, rules),
        Form::Union(own) => unions::union(rows, form, own, above, rules),
    };
    built.map_err(|refusal| refusal.of_class(form.class()))
}

/// Builds the child of `form` at `position`.
fn build_child(
    rows: Rows<'_>,
    form: &Form,
    position: usize,
    above: &Parameters,
    rules: Rules,
) -> Fitting<Array> {
    match form.children().get(position) {
        Some(child) => {
            build(rows, child, above, rules).map_err(|refusal| refusal.within(form, position))
        }
        None => Ok(EmptyArray.into()),
    }
}

fn empty(rows: &Rows<'_>, form: &Form) -> Fitting<Array> {
    match rows.len() {
        0 => Ok(EmptyArray.into()),
        length => Err(Refusal::of(
            found(rows),
            form,
            Obstacle::Unknown {
                length: as_rows(length),
            },
        )),
    }
}

/// What the first rows are, in words.
fn found(rows: &Rows<'_>) -> String {
    match rows.runs().first().map(|run| rows.origin(*run)) {
        Some(Origin::Array(array)) => array.form().describe_node(),
        Some(Origin::Missing) => "an option".to_owned(),
        Some(Origin::Filler) => "what lies below a mask".to_owned(),
        None => "nothing".to_owned(),
    }
}

/// The same rows without any index, option or union above them, for a node of numbers, lists or records: none is
/// missing, and the metadata are those of the form.
fn plain<'a>(rows: Rows<'a>, form: &Form, above: &Parameters, rules: Rules) -> Fitting<Rows<'a>> {
    let layered = found(&rows);
    let rows = rows.peel(Options::PassedOn, |_, _| true)?;
    refuse_missing(&rows, &layered, form)?;
    let wanted = united(form.parameters(), above);
    for source in rows.sources() {
        if let Some(array) = source.array() {
            let own = source.parameters();
            if let Some(obstacle) = rules.differing(&own, &wanted) {
                return Err(Refusal::new(array, form, obstacle));
            }
        }
    }
    Ok(rows)
}

fn refuse_missing(rows: &Rows<'_>, layered: &str, form: &Form) -> Fitting<()> {
    let missing = rows
        .placed()
        .find(|(_, run)| matches!(rows.origin(*run), Origin::Missing));
    match missing {
        None => Ok(()),
        Some((place, _)) => Err(Refusal::of(
            layered,
            form,
            Obstacle::Missing { at: as_rows(place) },
        )),
    }
}
