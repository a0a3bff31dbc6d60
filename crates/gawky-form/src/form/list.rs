//! [`ListForm`]: lists with a start and a stop each, in any order.

use std::sync::Arc;

use gawky_buffer::Attribute;

use super::buffer_spec::{BufferSpec, BufferSpecs};
use crate::{Form, IndexType, NodeInfo};

/// Lists with a start and a stop each, in any order; buffers: `starts`, `stops`.
#[derive(Clone, Debug, PartialEq)]
pub struct ListForm {
    /// The integers of both buffers.
    pub starts: IndexType,
    /// What the lists hold.
    pub content: Arc<Form>,
    /// Parameters and form key.
    pub info: NodeInfo,
}

impl ListForm {
    pub(super) fn buffers(&self) -> BufferSpecs {
        BufferSpecs::two(
            BufferSpec::per_row(Attribute::Starts, self.starts.dtype()),
            BufferSpec::per_row(Attribute::Stops, self.starts.dtype()),
        )
    }
}
