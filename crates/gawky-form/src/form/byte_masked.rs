//! [`ByteMaskedForm`]: elements of which a mask of bytes says whether they are there.

use std::sync::Arc;

use gawky_buffer::{Attribute, DType};

use super::buffer_spec::{BufferSpec, BufferSpecs};
use crate::{Form, NodeInfo};

/// Elements of which a mask of bytes says whether they are there; buffer: `mask`, `i8`.
#[derive(Clone, Debug, PartialEq)]
pub struct ByteMaskedForm {
    /// What a byte other than zero means: `true` that the element is there.
    pub valid_when: bool,
    /// The elements, missing ones included.
    pub content: Arc<Form>,
    /// Parameters and form key.
    pub info: NodeInfo,
}

impl ByteMaskedForm {
    #[allow(clippy::unused_self, reason = "every class answers in the same way")]
    pub(super) fn buffers(&self) -> BufferSpecs {
        BufferSpecs::one(BufferSpec::per_row(Attribute::Mask, DType::Int8))
    }
}
