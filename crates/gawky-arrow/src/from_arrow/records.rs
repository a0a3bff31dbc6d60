//! Structs.

use std::sync::Arc;

use arrow_buffer::NullBuffer;
use arrow_data::ArrayData;
use gawky_array::{Array, RecordArray};

use super::plan::FieldPlan;
use super::{FromArrow, parts};
use crate::ArrowError;

impl FromArrow {
    pub(super) fn record(
        &self,
        data: &ArrayData,
        plan: &FieldPlan,
        above: Option<&NullBuffer>,
    ) -> Result<Array, ArrowError> {
        let above = NullBuffer::union(above, data.nulls());
        let mut contents = Vec::with_capacity(plan.children.len());
        for (slot, child) in plan.children.iter().enumerate() {
            let attempt = || {
                let own = parts::rows(parts::child(data, slot)?, data.offset(), data.len())?;
                self.convert(&own, child, above.as_ref())
            };
            contents.push(attempt().map_err(|error| plan.enclose(slot, error))?);
        }
        let names = (!plan.is_tuple()).then(|| Arc::clone(&plan.names));
        let parameters = plan.node_parameters();
        Ok(RecordArray::try_new(names, contents, data.len(), parameters)?.into())
    }
}
