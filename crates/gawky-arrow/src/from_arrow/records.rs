//! Structs.

use std::sync::Arc;

use arrow_data::ArrayData;
use arrow_schema::Fields;
use gawky_array::{Array, RecordArray};

use super::{FromArrow, parts};
use crate::ArrowError;
use crate::extension::Annotation;

impl FromArrow {
    pub(super) fn record(
        &self,
        data: &ArrayData,
        fields: &Fields,
        annotation: &Annotation,
    ) -> Result<Array, ArrowError> {
        let is_tuple = annotation.record_is_tuple == Some(true);
        let mut contents = Vec::with_capacity(fields.len());
        for (slot, field) in fields.iter().enumerate() {
            let attempt = || {
                let child = parts::rows(parts::child(data, slot)?, data.offset(), data.len())?;
                self.convert(&child, field, data.nulls())
            };
            contents.push(attempt().map_err(|error| match is_tuple {
                true => error.in_slot(slot),
                false => error.in_field(field.name()),
            })?);
        }
        let names = fields.iter().map(|field| Arc::from(field.name().as_str()));
        let names = (!is_tuple).then(|| names.collect());
        let parameters = annotation.node_parameters.clone().unwrap_or_default();
        Ok(RecordArray::try_new(names, contents, data.len(), parameters)?.into())
    }
}
