//! Unions, dense and sparse.

use arrow_buffer::NullBuffer;
use arrow_data::ArrayData;
use arrow_schema::{DataType, UnionFields, UnionMode};
use gawky_array::{Array, Index, UnionArray, UnmaskedArray};
use gawky_buffer::Buffer;
use gawky_form::{IndexType, Parameters};

use super::plan::FieldPlan;
use super::{FromArrow, parts};
use crate::error::as_rows;
use crate::{ArrowError, ArrowProblem};

impl FromArrow {
    /// An Arrow union has no nulls of its own; if one of its contents is an option, all become options, as Awkward
    /// has it.
    pub(super) fn union(
        &self,
        data: &ArrayData,
        plan: &FieldPlan,
        fields: &UnionFields,
        mode: UnionMode,
        above: Option<&NullBuffer>,
    ) -> Result<Array, ArrowError> {
        let tags = parts::own(data, 0, 1)?;
        let index = match mode {
            UnionMode::Dense => {
                let bytes = parts::own(data, 1, size_of::<i32>())?;
                Index::try_new(bytes, IndexType::I32)?
            }
            UnionMode::Sparse => counted(data.len()),
        };
        let mut contents = Vec::with_capacity(fields.len());
        for (tag, content) in plan.children.iter().enumerate() {
            let attempt = || {
                let child = parts::child(data, tag)?;
                match mode {
                    UnionMode::Dense => {
                        let id = fields.iter().nth(tag).map(|(id, _)| id);
                        let may_miss = child.nulls().is_some()
                            || matches!(child.data_type(), DataType::Union(..));
                        let above = above.filter(|_| may_miss);
                        let above = above
                            .zip(id)
                            .map(|(above, id)| reached(above, &tags, &index, id, child.len()));
                        self.convert(child, content, above.transpose()?.as_ref())
                    }
                    UnionMode::Sparse => {
                        let own = parts::rows(child, data.offset(), data.len())?;
                        self.convert(&own, content, above)
                    }
                }
            };
            contents.push(attempt().map_err(|error| plan.enclose(tag, error))?);
        }
        let is_option = |content: &Array| content.form().is_option();
        if contents.iter().any(is_option) {
            for content in &mut contents {
                if !is_option(content) {
                    *content = UnmaskedArray::new(content.clone(), Parameters::none()).into();
                }
            }
        }
        let tags = numbered(tags, fields)?;
        let parameters = plan.node_parameters();
        Ok(UnionArray::try_new(tags, index, contents, parameters)?.into())
    }
}

/// Which elements of a content are of rows that are there. Below rows that are missing others may be missing, too, as arrow-rs makes them.
fn reached(
    above: &NullBuffer,
    ids: &Buffer,
    index: &Index,
    id: i8,
    length: usize,
) -> Result<NullBuffer, ArrowError> {
    let mut is_reached = parts::filled(false, length)?;
    let ids = ids.typed::<i8>()?;
    let rows = ids.iter().zip(index.to_i64()?);
    for (row, (own, place)) in rows.enumerate() {
        if *own == id
            && row < above.len()
            && above.is_valid(row)
            && let Some(there) = usize::try_from(place)
                .ok()
                .and_then(|place| is_reached.get_mut(place))
        {
            *there = true;
        }
    }
    Ok(NullBuffer::from(is_reached))
}

/// `0, 1, 2, …`, in 32 bits where they fit.
fn counted(length: usize) -> Index {
    match i32::try_from(length) {
        Ok(length) => Index::from((0..length).collect::<Vec<i32>>()),
        Err(_) => {
            let length = i64::try_from(length).unwrap_or(i64::MAX);
            Index::from((0..length).collect::<Vec<i64>>())
        }
    }
}

/// Arrow's type ids, which may be any, as the numbers of the contents; shared where they are so already.
fn numbered(tags: Buffer, fields: &UnionFields) -> Result<Buffer, ArrowError> {
    let is_counted = fields
        .iter()
        .enumerate()
        .all(|(tag, (id, _))| usize::try_from(id) == Ok(tag));
    if is_counted {
        return Ok(tags);
    }
    let mut numbered = Vec::with_capacity(tags.len());
    for (row, id) in tags.typed::<i8>()?.iter().enumerate() {
        let tag = fields.iter().position(|(own, _)| own == *id);
        let tag = tag.and_then(|tag| i8::try_from(tag).ok());
        numbered.push(tag.ok_or_else(|| ArrowProblem::OutOfBounds {
            at: as_rows(row),
            what: "content",
            index: i64::from(*id),
            length: as_rows(fields.len()),
        })?);
    }
    Ok(Buffer::from_vec(numbered))
}
