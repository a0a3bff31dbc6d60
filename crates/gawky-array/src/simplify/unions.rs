//! Simplifying unions: what Awkward's `UnionArray.simplified` does.

use gawky_form::{Form, FormError, Merging, Parameters, UnionForm};

use super::unmasked;
use crate::concatenate::same_form;
use crate::conform::Rules;
use crate::index::rows::as_carry;
use crate::node::{UnionArray, as_rows};
use crate::take::Gather;
use crate::{Array, Index, Problem};

/// A content of a union, and which elements belong to it: place in the union, place in the content.
struct Part {
    content: Array,
    rows: Vec<(usize, i64)>,
}

impl Part {
    /// The elements that belong to the union, and nothing else.
    fn reached(&self) -> Result<Self, Problem> {
        let picked = as_carry(self.rows.iter().map(|(_, row)| *row))?;
        let places = self.rows.iter().map(|(place, _)| *place);
        Ok(Self {
            content: self.content.carry(&picked.into(), Gather::Now)?,
            rows: places.zip(0..).collect(),
        })
    }

    /// Both parts as one, of a form that both have.
    fn followed_by(mut self, other: &Self) -> Result<Self, Problem> {
        let base = self.content.len();
        self.content = same_form(&[self.content, other.content.clone()])?;
        for (place, row) in &other.rows {
            let moved = i64::try_from(base)
                .ok()
                .and_then(|base| row.checked_add(base));
            let moved = moved.ok_or(Problem::TooLarge {
                what: "elements",
                length: as_rows(*place),
            })?;
            self.rows.push((*place, moved));
        }
        Ok(self)
    }

    /// Both parts as one, if they are of one form; or, by `merging`, if there is a form in which none of their values
    /// changes.
    fn merged(&self, other: &Self, merging: Option<Merging>) -> Result<Option<Self>, Problem> {
        let (own, others) = (self.content.form(), other.content.form());
        if own == others {
            let same = Self {
                content: self.content.clone(),
                rows: self.rows.clone(),
            };
            return same.followed_by(other).map(Some);
        }
        let both = match merging {
            Some(merging) if !is_hollow(&self.content) && !is_hollow(&other.content) => {
                merging.merge(&own, &others)?
            }
            _ => None,
        };
        let Some(both) = both else {
            return Ok(None);
        };
        // What no row reaches must not stand in the way.
        let (Some(own), Some(other)) = (self.reached()?.cast(&both), other.reached()?.cast(&both))
        else {
            return Ok(None);
        };
        own.followed_by(&other).map(Some)
    }

    fn cast(self, form: &Form) -> Option<Self> {
        let content = self.content.built_as(form, Rules::Casting).ok()?;
        Some(Self { content, ..self })
    }
}

/// Whether very many more elements are there than bytes: of what holds nothing, as lists of size zero and records without fields, a few bytes make any
/// number. In another form each of them may take memory.
fn is_hollow(array: &Array) -> bool {
    const A_BYTE: usize = 1024;
    fn elements(array: &Array) -> usize {
        let below = array.children().iter().map(elements);
        below.fold(array.len(), usize::saturating_add)
    }
    elements(array) > array.nbytes().saturating_add(A_BYTE).saturating_mul(A_BYTE)
}

/// Adds a part to others of which no two can be one.
fn add(parts: &mut Vec<Part>, mut part: Part, merging: Option<Merging>) -> Result<(), Problem> {
    let mut place = None;
    // What two have become may be one with a third.
    'again: loop {
        for position in 0..parts.len() {
            let merged = match parts.get(position) {
                Some(other) => other.merged(&part, merging)?,
                None => None,
            };
            if let Some(merged) = merged {
                parts.remove(position);
                part = merged;
                place.get_or_insert(position);
                continue 'again;
            }
        }
        break;
    }
    let place = place.unwrap_or(parts.len()).min(parts.len());
    parts.insert(place, part);
    if parts.len() > UnionForm::MAX_CONTENTS {
        return Err(Problem::Form(FormError::UnionWidth {
            contents: parts.len(),
        }));
    }
    Ok(())
}

/// A union without unions in it, in which no two contents are of one form, and either all are options or none.
pub(crate) fn union(
    tags: &[u8],
    index: &[i64],
    contents: Vec<Array>,
    parameters: &Parameters,
) -> Result<Array, Problem> {
    united(tags, index, contents, parameters, None)
}

/// The same array, in which contents of unions are one where [`Merging::merge`] knows a form for both and none of their
/// values changes. Dates of different units stay apart, as in Awkward.
pub(super) fn promoted(array: &Array) -> Result<Array, Problem> {
    let mut contents = Vec::with_capacity(array.children().len());
    for content in array.children() {
        contents.push(promoted(content)?);
    }
    match array {
        Array::Union(own) => united(
            own.tags.bytes()?,
            &own.index.to_i64()?,
            contents,
            &own.parameters,
            Some(Merging::new().units(false)),
        ),
        _ => Ok(array.over(contents)),
    }
}

fn united(
    tags: &[u8],
    index: &[i64],
    contents: Vec<Array>,
    parameters: &Parameters,
    merging: Option<Merging>,
) -> Result<Array, Problem> {
    let mut parameters = parameters.clone();
    // Contents without unions among them.
    let mut plain: Vec<Part> = Vec::new();
    for (tag, content) in contents.into_iter().enumerate() {
        let rows: Vec<(usize, i64)> = tags
            .iter()
            .zip(index)
            .enumerate()
            .filter(|(_, (other, _))| usize::from(**other) == tag)
            .map(|(place, (_, row))| (place, *row))
            .collect();
        match content {
            Array::Union(inner) => {
                parameters = inner.parameters.union(&parameters);
                plain.extend(parts_of(&inner, &rows)?);
            }
            Array::Indexed(inner) if !inner.is_categorical() => {
                let picked = rows.iter().filter_map(|(place, row)| {
                    Some((*place, inner.index.get(usize::try_from(*row).ok()?)?))
                });
                let united = inner.content.parameters().union(&inner.parameters);
                plain.push(Part {
                    rows: picked.collect(),
                    content: (*inner.content).clone().with_parameters(united),
                });
            }
            content => plain.push(Part { content, rows }),
        }
    }
    // Before merging, as contents that differ in that only are then of one form.
    let has_options = plain.iter().any(|part| part.content.is_option());
    let mut parts = Vec::new();
    for mut part in plain {
        if has_options && !part.content.is_option() {
            part.content = unmasked(part.content, &Parameters::none())?;
        }
        add(&mut parts, part, merging)?;
    }
    if parts.is_empty() {
        // A union of nothing has no elements.
        return Ok(crate::EmptyArray.into());
    }
    let mut new_tags = vec![0_u8; tags.len()];
    let mut new_index = vec![0_i64; tags.len()];
    for (tag, part) in (0..).zip(&parts) {
        for (place, row) in &part.rows {
            if let (Some(own_tag), Some(own_row)) =
                (new_tags.get_mut(*place), new_index.get_mut(*place))
            {
                (*own_tag, *own_row) = (tag, *row);
            }
        }
    }
    if let [only] = parts.as_slice() {
        let rows = as_carry(new_index.into_iter())?;
        let picked = only.content.carry(&rows.into(), Gather::Later)?;
        let united = picked.parameters().union(&parameters);
        return Ok(picked.with_parameters(united));
    }
    Ok(UnionArray {
        tags: new_tags.into(),
        index: Index::from(new_index),
        contents: parts.into_iter().map(|part| part.content).collect(),
        parameters,
    }
    .into())
}

/// The contents of a union in a union, of which the elements `rows` belong to the outer one.
fn parts_of(union: &UnionArray, rows: &[(usize, i64)]) -> Result<Vec<Part>, Problem> {
    let tags = union.tags.bytes()?;
    let parts = union.contents.iter().enumerate().map(|(tag, content)| {
        let own = rows.iter().filter_map(|(place, row)| {
            let row = usize::try_from(*row).ok()?;
            (usize::from(*tags.get(row)?) == tag).then_some((*place, union.index.get(row)?))
        });
        Part {
            content: content.clone(),
            rows: own.collect(),
        }
    });
    Ok(parts.collect())
}
