//! Lists of every class, built of lists of any.

use std::sync::Arc;

use gawky_form::{Form, IndexType, ListForm, ListOffsetForm, Parameters, RegularForm};

use super::misfit::{Fitting, Obstacle, Refusal, too_wide};
use super::rows::{Origin, Rows, Run, Shared, Source};
use super::{Rules, build_child, plain};
use crate::node::{ListArray, ListOffsetArray, RegularArray, as_rows, in_memory, reserved};
use crate::{Array, Index, Problem};

/// The elements of lists, and what each list is of them.
struct Lists<'a> {
    rows: Rows<'a>,
    /// The sources of the lists' elements: one for each source of lists, in their order.
    contents: Vec<Source<'a>>,
}

impl<'a> Lists<'a> {
    fn new(rows: Rows<'a>, form: &Form, above: &Parameters, rules: Rules) -> Fitting<Self> {
        let rows = plain(rows, form, above, rules)?;
        let mut contents = Vec::with_capacity(rows.sources().len());
        for source in rows.sources() {
            let content = match source.origin {
                Origin::Array(array) => match array {
                    Array::Regular(_) | Array::List(_) | Array::ListOffset(_) => array
                        .children()
                        .first()
                        .map_or(Origin::Filler, Origin::Array),
                    _ => return Err(Refusal::new(array, form, Obstacle::Kind)),
                },
                Origin::Missing | Origin::Filler => Origin::Filler,
            };
            contents.push(Source::plain(content));
        }
        Ok(Self { rows, contents })
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    /// Calls `take` with source, start and length of every list; what nobody sees are lists without elements.
    fn each(&self, mut take: impl FnMut(usize, usize, usize) -> Fitting<()>) -> Fitting<()> {
        for run in self.rows.runs() {
            for row in run.start..run.start.saturating_add(run.len) {
                let (start, len) = match self.rows.origin(*run) {
                    Origin::Array(array) => bounds(array, row)?,
                    Origin::Missing | Origin::Filler => (0, 0),
                };
                take(run.source, start, len)?;
            }
        }
        Ok(())
    }
}

/// Where one list begins, and how many elements it has.
fn bounds(array: &Array, row: usize) -> Result<(usize, usize), Problem> {
    let bounds = match array {
        Array::Regular(own) => Some((row.saturating_mul(own.size), own.size)),
        Array::List(own) => own.bounds(row).map(|list| (list.start, list.len())),
        Array::ListOffset(own) => own.bounds(row).map(|list| (list.start, list.len())),
        _ => None,
    };
    bounds.ok_or(Problem::IndexOutOfRange {
        at: as_rows(row),
        index: -1,
        length: as_rows(array.len()),
    })
}

/// Rows of the elements' sources, of which only those are kept that have any.
struct Elements<'a, 's> {
    rows: Rows<'a>,
    contents: &'s [Source<'a>],
    known: Vec<Option<usize>>,
}

impl<'a, 's> Elements<'a, 's> {
    fn of(contents: &'s [Source<'a>]) -> Self {
        Self {
            rows: Rows::default(),
            contents,
            known: vec![None; contents.len()],
        }
    }

    fn source(&mut self, list_source: usize) -> usize {
        let (Some(content), Some(known)) = (
            self.contents.get(list_source),
            self.known.get_mut(list_source),
        ) else {
            return 0;
        };
        self.rows.source_once(known, || content.clone())
    }

    fn push(&mut self, list_source: usize, start: usize, len: usize) -> Result<(), Problem> {
        if len == 0 {
            return Ok(());
        }
        let source = self.source(list_source);
        self.rows.push(source, start, len)
    }
}

/// Integers of just this kind.
pub(super) fn index(values: Vec<i64>, kind: IndexType, form: &Form) -> Fitting<Index> {
    let greatest = values.iter().max().copied().unwrap_or(0);
    let index = Index::fitting(values, kind);
    if index.kind() == kind {
        Ok(index)
    } else {
        Err(too_wide(usize::try_from(greatest).unwrap_or(0), kind, form))
    }
}

pub(super) fn signed(number: usize) -> Result<i64, Problem> {
    i64::try_from(number).map_err(|_| Problem::TooLarge {
        what: "elements",
        length: as_rows(number),
    })
}

pub(super) fn regular(
    rows: Rows<'_>,
    form: &Form,
    own: &RegularForm,
    above: &Parameters,
    rules: Rules,
) -> Fitting<Array> {
    let lists = Lists::new(rows, form, above, rules)?;
    let size = in_memory(own.size)?;
    let mut elements = Elements::of(&lists.contents);
    let refused = |array: &Array, at: usize, length: usize| {
        let obstacle = Obstacle::ListLength {
            at: as_rows(at),
            length: as_rows(length),
            size: own.size,
        };
        Refusal::new(array, form, obstacle)
    };
    let too_many = |len: usize| Problem::TooLarge {
        what: "list elements",
        length: as_rows(len),
    };
    for (place, run) in lists.rows.placed() {
        match lists.rows.origin(run) {
            Origin::Array(array @ Array::Regular(list)) => {
                if list.size != size {
                    return Err(refused(array, place, list.size));
                }
                elements.push(run.source, run.start * size, run.len * size)?;
            }
            Origin::Array(array) => {
                for (at, row) in (run.start..run.start.saturating_add(run.len)).enumerate() {
                    let (start, len) = bounds(array, row)?;
                    if len != size {
                        return Err(refused(array, place + at, len));
                    }
                    elements.push(run.source, start, len)?;
                }
            }
            Origin::Missing | Origin::Filler => {
                let len = run.len.checked_mul(size).ok_or_else(|| too_many(run.len))?;
                elements.push(run.source, 0, len)?;
            }
        }
    }
    Ok(RegularArray {
        content: Arc::new(build_child(
            elements.rows,
            form,
            0,
            &Parameters::none(),
            rules,
        )?),
        size,
        length: lists.len(),
        parameters: own.info.parameters.clone(),
    }
    .into())
}

pub(super) fn list_offset(
    rows: Rows<'_>,
    form: &Form,
    own: &ListOffsetForm,
    above: &Parameters,
    rules: Rules,
) -> Fitting<Array> {
    let lists = Lists::new(rows, form, above, rules)?;
    let mut elements = Elements::of(&lists.contents);
    let offsets = match lists.rows.whole() {
        Some((_, Array::ListOffset(whole), run)) => {
            let offsets = whole
                .offsets
                .slice(run.start..run.start.saturating_add(run.len).saturating_add(1))?;
            let first = offsets.get(0).unwrap_or(0);
            let last = offsets.get(run.len).unwrap_or(first);
            let start = usize::try_from(first).unwrap_or(0);
            elements.push(
                run.source,
                start,
                usize::try_from(last - first).unwrap_or(0),
            )?;
            if first == 0 && offsets.kind() == own.offsets {
                offsets
            } else {
                let values = offsets.to_i64()?;
                let moved = values.into_iter().map(|offset| offset - first).collect();
                index(moved, own.offsets, form)?
            }
        }
        _ => {
            let room = lists.len().saturating_add(1);
            let mut offsets: Vec<i64> = reserved(room)?;
            offsets.push(0);
            lists.each(|source, start, len| {
                elements.push(source, start, len)?;
                offsets.push(signed(elements.rows.len())?);
                Ok(())
            })?;
            index(offsets, own.offsets, form)?
        }
    };
    Ok(ListOffsetArray {
        offsets,
        content: Arc::new(build_child(
            elements.rows,
            form,
            0,
            &Parameters::none(),
            rules,
        )?),
        parameters: own.info.parameters.clone(),
    }
    .into())
}

/// Lists that may overlap: what several of them share is kept once.
pub(super) fn list(
    rows: Rows<'_>,
    form: &Form,
    own: &ListForm,
    above: &Parameters,
    rules: Rules,
) -> Fitting<Array> {
    let lists = Lists::new(rows, form, above, rules)?;
    let mut elements = Elements::of(&lists.contents);
    let mut spans: Vec<(usize, usize, usize)> = reserved(lists.len())?;
    lists.each(|source, start, len| {
        // An empty list lies anywhere, and covers nothing.
        let source = if len == 0 { 0 } else { elements.source(source) };
        spans.push((source, start, start.saturating_add(len)));
        Ok(())
    })?;
    let mut covered: Vec<(usize, usize, usize)> = reserved(spans.len())?;
    covered.extend(spans.iter().filter(|(_, start, stop)| start < stop));
    let shared = Shared::new(&covered, &mut elements.rows)?;
    let (mut starts, mut stops) = (reserved(spans.len())?, reserved(spans.len())?);
    for (source, start, stop) in spans {
        let begin = if start < stop {
            shared.place(source, start)
        } else {
            0
        };
        starts.push(signed(begin)?);
        stops.push(signed(begin + (stop - start))?);
    }
    Ok(ListArray {
        starts: index(starts, own.starts, form)?,
        stops: index(stops, own.starts, form)?,
        content: Arc::new(build_child(
            elements.rows,
            form,
            0,
            &Parameters::none(),
            rules,
        )?),
        parameters: own.info.parameters.clone(),
    }
    .into())
}

/// A run of one source, as a span.
pub(super) fn span(run: Run) -> (usize, usize, usize) {
    (run.source, run.start, run.start.saturating_add(run.len))
}
