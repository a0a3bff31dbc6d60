//! [`ListOffsetForm`]: lists that lie one after the other.

use std::sync::Arc;

use gawky_buffer::Attribute;

use super::buffer_spec::{BufferSpec, BufferSpecs, Extent};
use crate::{Form, IndexType, NodeInfo};

/// Lists that lie one after the other; buffer: `offsets`, one more than there are lists.
#[derive(Clone, Debug, PartialEq)]
pub struct ListOffsetForm {
    /// The integers of the offsets.
    pub offsets: IndexType,
    /// What the lists hold.
    pub content: Arc<Form>,
    /// Parameters and form key.
    pub info: NodeInfo,
}

impl ListOffsetForm {
    pub(super) fn buffers(&self) -> BufferSpecs {
        BufferSpecs::one(BufferSpec {
            attribute: Attribute::Offsets,
            dtype: self.offsets.dtype(),
            extent: Extent::Fenceposts,
        })
    }
}
