//! Unions: every element in the first content that it fits.

use std::sync::Arc;

use gawky_buffer::DType;
use gawky_form::{Form, NumpyForm, Parameters, UnionForm};

use super::lists::{index, signed};
use super::misfit::{Fitting, Obstacle, Refusal};
use super::rows::{Options, Rows, leads_to_union, united};
use super::{Rules, build, found};
use crate::node::{UnionArray, as_rows, reserved};
use crate::{Array, Problem};

/// The rows of one source, which all become elements of one content.
struct Group<'a> {
    rows: Rows<'a>,
    tag: usize,
    /// Where its first element is in that content.
    base: usize,
}

pub(super) fn union(
    rows: Rows<'_>,
    form: &Form,
    own: &UnionForm,
    above: &Parameters,
    rules: Rules,
) -> Fitting<Array> {
    // Where the form has a union in a union, that of the array stays one.
    let contents = own.contents().iter();
    let nests = contents
        .map(|content| core(content))
        .any(|content| matches!(content, Form::Union(_)));
    let rows = rows.peel(Options::PassedOn, |source, array| {
        leads_to_union(array) && !(nests && source.union.is_some())
    })?;
    let rows = with_union_parameters(rows, form, above, rules)?;
    let mut groups = groups(&rows)?;
    // What a content alone is made of need not be built again.
    let mut built: Vec<Option<Array>> = vec![None; own.contents().len()];
    let mut counts = vec![0_usize; own.contents().len()];
    for group in &mut groups {
        let (tag, array) = fitting(&group.rows, form, own, &counts, rules)?;
        group.tag = tag;
        if let (Some(built), Some(count)) = (built.get_mut(tag), counts.get_mut(tag)) {
            *built = (*count == 0).then_some(array);
            *count += 1;
        }
    }
    let mut contents = Vec::with_capacity(own.contents().len());
    for (tag, (content, built)) in own.contents().iter().zip(built).enumerate() {
        let mut together = Rows::default();
        for group in groups.iter_mut().filter(|group| group.tag == tag) {
            group.base = together.len();
            together.append(&group.rows)?;
        }
        contents.push(match built {
            Some(array) => array,
            None => build(together, content, &Parameters::none(), rules)
                .map_err(|refusal| refusal.within(form, tag))?,
        });
    }
    if contents.is_empty() && rows.len() > 0 {
        let length = as_rows(rows.len());
        return Err(Refusal::of(
            found(&rows),
            form,
            Obstacle::Unknown { length },
        ));
    }

    let mut tags: Vec<u8> = reserved(rows.len())?;
    let mut numbers: Vec<i64> = reserved(rows.len())?;
    let mut next: Vec<usize> = groups.iter().map(|group| group.base).collect();
    for run in rows.runs() {
        let (Some(group), Some(next)) = (groups.get(run.source), next.get_mut(run.source)) else {
            continue;
        };
        let tag = u8::try_from(group.tag).unwrap_or(u8::MAX);
        tags.extend(std::iter::repeat_n(tag, run.len));
        numbers.extend((signed(*next)?..).take(run.len));
        *next += run.len;
    }
    Ok(UnionArray {
        tags: tags.into(),
        index: index(numbers, own.index, form)?,
        contents,
        parameters: own.info.parameters.clone(),
    }
    .into())
}

/// Compares the metadata of unions that were peeled off with the form's; the rest belongs to the contents.
fn with_union_parameters<'a>(
    mut rows: Rows<'a>,
    form: &Form,
    above: &Parameters,
    rules: Rules,
) -> Fitting<Rows<'a>> {
    let wanted = united(form.parameters(), above);
    for source in rows.sources_mut() {
        let Some(own) = source.union.take() else {
            continue;
        };
        if let Some(obstacle) = rules.differing(&own, &wanted) {
            return Err(Refusal::of("UnionArray", form, obstacle));
        }
    }
    Ok(rows)
}

/// The rows of each source by themselves, in the order of the sources.
fn groups<'a>(rows: &Rows<'a>) -> Result<Vec<Group<'a>>, Problem> {
    let mut groups: Vec<Group<'a>> = Vec::with_capacity(rows.sources().len());
    for source in rows.sources() {
        let mut own = Rows::default();
        own.source(source.clone());
        groups.push(Group {
            rows: own,
            tag: 0,
            base: 0,
        });
    }
    for run in rows.runs() {
        if let Some(group) = groups.get_mut(run.source) {
            group.rows.push(0, run.start, run.len)?;
        }
    }
    Ok(groups)
}

/// The content that these rows fit, and what they become in it; `counts` says how many sources each has already.
fn fitting(
    rows: &Rows<'_>,
    form: &Form,
    own: &UnionForm,
    counts: &[usize],
    rules: Rules,
) -> Fitting<(usize, Array)> {
    let mut reasons = Vec::new();
    let mut order: Vec<usize> = (0..own.contents().len()).collect();
    let array = rows.sources().first().and_then(|source| source.array());
    let type_ = array.map(|array| array.form().type_());
    // One of the very type, then what is most alike; of contents that are equally alike, one that has no elements yet.
    order.sort_by_cached_key(|tag| {
        let content = own.contents().get(*tag);
        (
            type_ != content.map(|content| content.type_()),
            content.map(|content| unlikeness(rows, content)),
            counts.get(*tag).is_some_and(|count| *count > 0),
        )
    });
    // One that takes them as they are, before one that changes what they mean.
    let last = rules;
    for rules in [Rules::Conforming, last] {
        reasons.clear();
        for tag in &order {
            let Some(content) = own.contents().get(*tag) else {
                continue;
            };
            match build(rows.clone(), content, &Parameters::none(), rules) {
                Ok(array) => return Ok((*tag, array)),
                Err(refusal) if refusal.is_misfit() => {
                    reasons.push(refusal.within(form, *tag).in_brief());
                }
                Err(refusal) => return Err(refusal.within(form, *tag)),
            }
        }
        if rules == last {
            break;
        }
    }
    Err(Refusal::of(
        found(rows),
        form,
        Obstacle::NoContent { reasons },
    ))
}

/// How unlike rows of one source are to a content: what is most alike is tried first, so that floats do not become
/// integers where there are floats as well, nor 64 bits 8 where there are 64.
fn unlikeness(rows: &Rows<'_>, content: &Form) -> u8 {
    match rows.sources().first().and_then(|source| source.array()) {
        Some(array) if !array.is_of_form(content) => distance(&array.form(), content) + 1,
        _ => 0,
    }
}

/// How unlike the types of two forms are, options aside: 0 where they are the same, 3 where they have nothing in common.
fn distance(own: &Form, other: &Form) -> u8 {
    let (own, other) = (core(own), core(other));
    let nearest = |own: &Form, others: &[Arc<Form>]| {
        let distances = others.iter().map(|other| distance(own, other));
        distances.min().unwrap_or(3)
    };
    if let (Some((own_size, own)), Some((other_size, other))) = (element(own), element(other)) {
        let sizes = own_size.zip(other_size);
        return match sizes.is_some_and(|(own, other)| own != other) {
            true => 3,
            false => distance(&own, &other),
        };
    }
    match (own, other) {
        // One of them has an inner shape.
        (Form::Numpy(own), Form::Numpy(other))
            if own.inner_shape.len() != other.inner_shape.len() =>
        {
            3
        }
        (Form::Numpy(own), Form::Numpy(other)) if own.dtype == other.dtype => 0,
        (Form::Numpy(own), Form::Numpy(other)) => {
            1 + u8::from(sort(own.dtype) != sort(other.dtype))
        }
        (Form::Record(_), Form::Record(_)) => {
            let pairs = own.children().iter().zip(other.children());
            let farthest = pairs.map(|(own, other)| distance(own, other)).max();
            let same_count = own.children().len() == other.children().len();
            farthest.unwrap_or(0).max(u8::from(!same_count))
        }
        (Form::Union(union), _) => {
            let contents = union.contents().iter();
            contents.map(|own| distance(own, other)).max().unwrap_or(0)
        }
        (_, Form::Union(union)) => nearest(own, union.contents()),
        (Form::Empty(_), Form::Empty(_)) => 0,
        (Form::Empty(_), _) | (_, Form::Empty(_)) => 1,
        _ => 3,
    }
}

/// What lies below options and indexes.
fn core(form: &Form) -> &Form {
    match form.children().first() {
        Some(content) if form.is_option() || matches!(form, Form::Indexed(_)) => core(content),
        _ => form,
    }
}

/// What lists of any class hold, and how many of it where they are of one size; an inner shape is lists, too.
fn element(form: &Form) -> Option<(Option<u64>, Form)> {
    match form {
        Form::Regular(own) => Some((Some(own.size), (*own.content).clone())),
        Form::List(own) => Some((None, (*own.content).clone())),
        Form::ListOffset(own) => Some((None, (*own.content).clone())),
        Form::Numpy(own) => {
            let (size, inner) = own.inner_shape.split_first()?;
            let form = NumpyForm {
                inner_shape: inner.into(),
                ..own.clone()
            };
            Some((Some(*size), form.into()))
        }
        _ => None,
    }
}

fn sort(dtype: DType) -> u8 {
    match dtype {
        DType::Float16 | DType::Float32 | DType::Float64 | DType::Float128 => 1,
        DType::UInt8 | DType::UInt16 | DType::UInt32 | DType::UInt64 => 2,
        DType::Int8 | DType::Int16 | DType::Int32 | DType::Int64 => 3,
        _ => 4,
    }
}
