//! Indexes: one that shares what is picked more than once, or one into categories.

use std::sync::Arc;

use gawky_form::{Form, IndexedForm, Parameters};

use super::lists::{index, signed, span};
use super::misfit::{Fitting, Obstacle, Refusal};
use super::rows::{Options, Origin, Rows, Run, Shared, Source, united};
use super::{Rules, build_child, found, refuse_missing};
use crate::categories::Distinct;
use crate::node::indexed::of_no_categories;
use crate::node::{IndexedArray, reserved};
use crate::{Array, Index};

pub(super) fn indexed(
    rows: Rows<'_>,
    form: &Form,
    own: &IndexedForm,
    above: &Parameters,
    rules: Rules,
) -> Fitting<Array> {
    if own.info.parameters.is_categorical() {
        let categories = categorical(rows, form, above, rules)?;
        return Ok(IndexedArray {
            index: index(categories.index, own.index, form)?,
            content: Arc::new(categories.content),
            parameters: own.info.parameters.clone(),
        }
        .into());
    }
    let rows = rows.peel(
        Options::PassedOn,
        |_, array| matches!(array, Array::Indexed(own) if !own.is_categorical()),
    )?;
    let mut content = Rows::default();
    for source in rows.sources() {
        content.source(source.clone());
    }
    let mut spans = reserved(rows.runs().len())?;
    spans.extend(rows.runs().iter().map(|run| match rows.origin(*run) {
        Origin::Array(_) => span(*run),
        // One row stands for all that are missing.
        Origin::Missing | Origin::Filler => (run.source, 0, 1),
    }));
    let shared = Shared::new(&spans, &mut content)?;
    let mut numbers: Vec<i64> = reserved(rows.len())?;
    for run in rows.runs() {
        let first = signed(shared.place(run.source, run.start))?;
        match rows.origin(*run) {
            Origin::Array(_) => numbers.extend((first..).take(run.len)),
            Origin::Missing | Origin::Filler => {
                numbers.extend(std::iter::repeat_n(first, run.len));
            }
        }
    }
    let above = united(&own.info.parameters, above);
    Ok(IndexedArray {
        index: index(numbers, own.index, form)?,
        content: Arc::new(build_child(content, form, 0, &above, rules)?),
        parameters: own.info.parameters.clone(),
    }
    .into())
}

/// Categories, each there once, and which of them each row is; negative where it is missing.
pub(super) struct Categories {
    pub(super) index: Vec<i64>,
    pub(super) content: Array,
}

/// What an index of categories is made of.
fn of_categories(array: &Array) -> Option<(&Index, &Array)> {
    match array {
        Array::Indexed(own) if own.is_categorical() => Some((&own.index, &own.content)),
        Array::IndexedOption(own) if own.is_categorical() => Some((&own.index, &own.content)),
        _ => None,
    }
}

/// The rows as categories. Those of an array that has categories already stay as they are, those included that no
/// row is of; else rows that are the same are one category.
pub(super) fn categorical(
    rows: Rows<'_>,
    form: &Form,
    above: &Parameters,
    rules: Rules,
) -> Fitting<Categories> {
    let may_miss = form.is_option();
    let layered = found(&rows);
    let how = if may_miss {
        Options::Compared
    } else {
        Options::PassedOn
    };
    let mut rows = rows.peel(how, |_, array| of_categories(array).is_none())?;
    let own = united(&of_no_categories(form.parameters()), above);
    let (wanted, passed) = if may_miss {
        (Some(own), Parameters::none())
    } else {
        refuse_missing(&rows, &layered, form)?;
        (None, own)
    };
    for source in rows.sources_mut() {
        let Some(wanted) = &wanted else { break };
        let layer = source
            .array()
            .filter(|array| of_categories(array).is_some());
        let option = source.option.take();
        let own = match layer {
            Some(array @ Array::IndexedOption(_)) => {
                Some(united(&of_no_categories(array.parameters()), &source.above))
            }
            _ => option,
        };
        if let Some(obstacle) = own.and_then(|own| rules.differing(&own, wanted)) {
            return Err(Refusal::of("an option", form, obstacle));
        }
    }

    let mut all = Rows::default();
    let mut numbers: Vec<i64> = reserved(rows.len())?;
    // For each source where its categories begin among all, and where its source is.
    let mut begins: Vec<Option<(usize, usize)>> = vec![None; rows.sources().len()];
    let mut has_categories = false;
    for run in rows.runs() {
        let (Some(source), Some(begin)) =
            (rows.sources().get(run.source), begins.get_mut(run.source))
        else {
            continue;
        };
        let Origin::Array(array) = source.origin else {
            match source.origin {
                // Any category will do, if there is one.
                Origin::Filler if !may_miss => {
                    let (_, place) = *begin.get_or_insert_with(|| (0, all.source(source.clone())));
                    numbers.extend(std::iter::repeat_n(signed(all.len())?, run.len));
                    all.push(place, 0, 1)?;
                }
                _ => numbers.extend(std::iter::repeat_n(-1, run.len)),
            }
            continue;
        };
        if let Some((own, categories)) = of_categories(array) {
            let base = match *begin {
                Some((base, _)) => base,
                None => {
                    has_categories = true;
                    let mut inner = source.clone();
                    inner.origin = Origin::Array(categories);
                    inner.option = None;
                    inner.above = if matches!(array, Array::Indexed(_)) {
                        united(&of_no_categories(array.parameters()), &source.above)
                    } else {
                        Parameters::none()
                    };
                    let base = all.len();
                    if !categories.is_empty() {
                        let place = all.source(inner);
                        all.push(place, 0, categories.len())?;
                    }
                    *begin = Some((base, 0));
                    base
                }
            };
            pick(
                own,
                *run,
                signed(base)?,
                may_miss,
                &layered,
                form,
                &mut numbers,
            )?;
        } else {
            let (_, place) = *begin.get_or_insert_with(|| (0, all.source(source.clone())));
            let next = signed(all.len())?;
            numbers.extend((next..).take(run.len));
            all.push(place, run.start, run.len)?;
        }
    }
    let adds = |source: &Source<'_>| match source.origin {
        Origin::Array(_) => true,
        Origin::Filler => !may_miss,
        Origin::Missing => false,
    };
    let additions = rows.sources().iter().filter(|source| adds(source)).count();
    let is_distinct = has_categories && additions == 1;
    let content = build_child(all, form, 0, &passed, rules)?;
    if is_distinct || content.is_empty() {
        return Ok(Categories {
            index: numbers,
            content,
        });
    }
    if form.children().iter().any(|inner| has_union(inner)) {
        return Err(Refusal::new(&content, form, Obstacle::Categories));
    }
    let distinct = Distinct::of(&content)?;
    distinct.reindex(&mut numbers);
    Ok(Categories {
        index: numbers,
        content: distinct.content,
    })
}

fn pick(
    own: &Index,
    run: Run,
    base: i64,
    may_miss: bool,
    layered: &str,
    form: &Form,
    numbers: &mut Vec<i64>,
) -> Fitting<()> {
    let picked = own.slice(run.start..run.start.saturating_add(run.len))?;
    for value in picked.to_i64()? {
        if value >= 0 {
            numbers.push(value.saturating_add(base));
        } else if may_miss {
            numbers.push(-1);
        } else {
            let at = crate::node::as_rows(numbers.len());
            return Err(Refusal::of(layered, form, Obstacle::Missing { at }));
        }
    }
    Ok(())
}

fn has_union(form: &Form) -> bool {
    matches!(form, Form::Union(_)) || form.children().iter().any(|child| has_union(child))
}
