//! [`IndexedForm`]: elements picked by an index.

use std::sync::Arc;

use gawky_buffer::Attribute;

use super::buffer_spec::{BufferSpec, BufferSpecs};
use crate::{Form, IndexType, NodeInfo};

/// Elements picked by an index, categories for example; buffer: `index`.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexedForm {
    /// The integers of the index.
    pub index: IndexType,
    /// What the index picks from.
    pub content: Arc<Form>,
    /// Parameters and form key.
    pub info: NodeInfo,
}

impl IndexedForm {
    pub(super) fn buffers(&self) -> BufferSpecs {
        BufferSpecs::one(BufferSpec::per_row(Attribute::Index, self.index.dtype()))
    }
}
