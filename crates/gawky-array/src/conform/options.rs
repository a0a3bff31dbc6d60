//! Options of every class, built of options of any, or of what is none.

use std::sync::Arc;

use gawky_buffer::{Buffer, BufferMut};
use gawky_form::{
    BitMaskedForm, ByteMaskedForm, Form, IndexedOptionForm, Parameters, UnmaskedForm,
};

use super::lists::{index, signed};
use super::misfit::{Fitting, Refusal};
use super::records::admits_missing;
use super::rows::{Options, Origin, Rows, Source, is_around_option, leads_to_option, united};
use super::{Rules, build_child, found, indexes, refuse_missing};
use crate::index::masks::packed_bits;
use crate::node::indexed::of_no_categories;
use crate::node::{BitMaskedArray, ByteMaskedArray, IndexedOptionArray, UnmaskedArray, reserved};
use crate::{Array, Problem};

/// The rows of an option: those that are missing are known, and what the others are is not looked at.
fn optional<'a>(
    rows: Rows<'a>,
    form: &Form,
    above: &Parameters,
    rules: Rules,
) -> Fitting<Rows<'a>> {
    // What may be missing in the form's contents of a union stays there.
    let content = form.children().first();
    let lifts = !content.is_some_and(|content| admits_missing(content));
    let mut rows = rows.peel(Options::Compared, |_, array| {
        (lifts && leads_to_option(array)) || is_around_option(array)
    })?;
    let wanted = parameters(form, above);
    for source in rows.sources_mut() {
        let Some(own) = source.option.take() else {
            continue;
        };
        let obstacle = match source.origin {
            Origin::Array(_) => rules.differing(&own, &wanted),
            // An option around others may be all that says an element is missing: it knows its own metadata only.
            Origin::Missing | Origin::Filler => own
                .iter()
                .any(|(name, value)| wanted.get(name) != Some(value))
                .then(|| rules.differing(&own, &wanted))
                .flatten(),
        };
        if let Some(obstacle) = obstacle {
            return Err(match source.origin {
                Origin::Array(array) => Refusal::of(
                    format!("an option of {}", array.form().describe_node()),
                    form,
                    obstacle,
                ),
                _ => Refusal::of("an option", form, obstacle),
            });
        }
    }
    Ok(rows)
}

/// The metadata of an option of options are those of all of them.
fn parameters(form: &Form, above: &Parameters) -> Parameters {
    let own = united(&of_no_categories(form.parameters()), above);
    match form.children().first() {
        Some(content) if form.is_option() && (content.is_option() || is_index(content)) => {
            let mut passed = Parameters::none();
            let mut below: &Form = content;
            while is_index(below) {
                passed = united(&of_no_categories(below.parameters()), &passed);
                match below.children().first() {
                    Some(content) => below = content,
                    None => break,
                }
            }
            if below.is_option() {
                parameters(below, &passed).union(&own)
            } else {
                own
            }
        }
        _ => own,
    }
}

fn is_index(form: &Form) -> bool {
    matches!(form, Form::Indexed(_))
}

/// The rows of a mask's content, one for each row: below those that are missing anything will do.
fn masked<'a>(rows: &Rows<'a>) -> Fitting<Rows<'a>> {
    let mut content = Rows::default();
    let mut known: Vec<Option<usize>> = vec![None; rows.sources().len()];
    let mut filler = None;
    for run in rows.runs() {
        let (Some(source), Some(known)) =
            (rows.sources().get(run.source), known.get_mut(run.source))
        else {
            continue;
        };
        let place = match source.origin {
            Origin::Array(_) => content.source_once(known, || source.clone()),
            Origin::Missing | Origin::Filler => {
                content.source_once(&mut filler, || Source::plain(Origin::Filler))
            }
        };
        content.push(place, run.start, run.len)?;
    }
    Ok(content)
}

/// Whether each run of rows is there, with its length.
fn validity(rows: &Rows<'_>) -> impl Iterator<Item = (bool, usize)> {
    rows.runs()
        .iter()
        .map(|run| (matches!(rows.origin(*run), Origin::Array(_)), run.len))
}

pub(super) fn indexed_option(
    rows: Rows<'_>,
    form: &Form,
    own: &IndexedOptionForm,
    above: &Parameters,
    rules: Rules,
) -> Fitting<Array> {
    let kind = own.index.into();
    if own.info.parameters.is_categorical() {
        let categories = indexes::categorical(rows, form, above, rules)?;
        return Ok(IndexedOptionArray {
            index: index(categories.index, kind, form)?,
            content: Arc::new(categories.content),
            parameters: own.info.parameters.clone(),
        }
        .into());
    }
    let rows = optional(rows, form, above, rules)?;
    let mut content = Rows::default();
    let mut known: Vec<Option<usize>> = vec![None; rows.sources().len()];
    let mut numbers: Vec<i64> = reserved(rows.len())?;
    for run in rows.runs() {
        let (Some(source), Some(known)) =
            (rows.sources().get(run.source), known.get_mut(run.source))
        else {
            continue;
        };
        match source.origin {
            Origin::Array(_) => {
                let next = signed(content.len())?;
                numbers.extend((next..).take(run.len));
                let place = content.source_once(known, || source.clone());
                content.push(place, run.start, run.len)?;
            }
            Origin::Missing | Origin::Filler => {
                numbers.extend(std::iter::repeat_n(-1, run.len));
            }
        }
    }
    Ok(IndexedOptionArray {
        index: index(numbers, kind, form)?,
        content: Arc::new(build_child(content, form, 0, &Parameters::none(), rules)?),
        parameters: own.info.parameters.clone(),
    }
    .into())
}

pub(super) fn byte_masked(
    rows: Rows<'_>,
    form: &Form,
    own: &ByteMaskedForm,
    above: &Parameters,
    rules: Rules,
) -> Fitting<Array> {
    let rows = optional(rows, form, above, rules)?;
    let mut mask: Vec<u8> = reserved(rows.len())?;
    for (is_there, len) in validity(&rows) {
        mask.extend(std::iter::repeat_n(
            u8::from(is_there == own.valid_when),
            len,
        ));
    }
    Ok(ByteMaskedArray {
        mask: mask.into(),
        content: Arc::new(build_child(
            masked(&rows)?,
            form,
            0,
            &Parameters::none(),
            rules,
        )?),
        valid_when: own.valid_when,
        parameters: own.info.parameters.clone(),
    }
    .into())
}

pub(super) fn bit_masked(
    rows: Rows<'_>,
    form: &Form,
    own: &BitMaskedForm,
    above: &Parameters,
    rules: Rules,
) -> Fitting<Array> {
    let rows = optional(rows, form, above, rules)?;
    Ok(BitMaskedArray {
        mask: bits(&rows, own)?,
        first_bit: 0,
        content: Arc::new(build_child(
            masked(&rows)?,
            form,
            0,
            &Parameters::none(),
            rules,
        )?),
        valid_when: own.valid_when,
        lsb_order: own.lsb_order,
        length: rows.len(),
        parameters: own.info.parameters.clone(),
    }
    .into())
}

fn bits(rows: &Rows<'_>, own: &BitMaskedForm) -> Result<Buffer, Problem> {
    // Rows that hold nothing may be more than their bits find memory for.
    drop(BufferMut::try_with_capacity(rows.len().div_ceil(8))?);
    let bits = validity(rows)
        .flat_map(|(is_there, len)| std::iter::repeat_n(is_there == own.valid_when, len));
    Ok(packed_bits(bits, own.lsb_order))
}

pub(super) fn unmasked(
    rows: Rows<'_>,
    form: &Form,
    own: &UnmaskedForm,
    above: &Parameters,
    rules: Rules,
) -> Fitting<Array> {
    let layered = found(&rows);
    let rows = optional(rows, form, above, rules)?;
    // What is missing may be so below: in an option of an option, or in a union of them.
    if !admits_missing(&own.content) {
        refuse_missing(&rows, &layered, form)?;
    }
    let content = build_child(rows, form, 0, &Parameters::none(), rules)?;
    Ok(UnmaskedArray::new(content, own.info.parameters.clone()).into())
}
