//! [`IndexedOptionForm`]: elements picked by an index, where a negative one is missing.

use std::sync::Arc;

use gawky_buffer::Attribute;

use super::buffer_spec::{BufferSpec, BufferSpecs};
use crate::{Form, IndexType, NodeInfo, SignedIndexType};

/// Elements picked by an index, where a negative one is missing; buffer: `index`.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexedOptionForm {
    /// The integers of the index.
    pub index: SignedIndexType,
    /// What the index picks from.
    pub content: Arc<Form>,
    /// Parameters and form key.
    pub info: NodeInfo,
}

impl IndexedOptionForm {
    pub(super) fn buffers(&self) -> BufferSpecs {
        BufferSpecs::one(BufferSpec::per_row(
            Attribute::Index,
            IndexType::from(self.index).dtype(),
        ))
    }
}
