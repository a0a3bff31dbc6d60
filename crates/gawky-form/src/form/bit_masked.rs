//! [`BitMaskedForm`]: elements of which a mask of bits says whether they are there.

use std::sync::Arc;

use gawky_buffer::{Attribute, DType};

use super::buffer_spec::{BufferSpec, BufferSpecs, Extent};
use crate::{Form, NodeInfo};

/// Elements of which a mask of bits says whether they are there; buffer: `mask`, `u8`.
#[derive(Clone, Debug, PartialEq)]
pub struct BitMaskedForm {
    /// What a set bit means: `true` that the element is there.
    pub valid_when: bool,
    /// Whether the first of eight elements is the least significant bit (as in Arrow).
    pub lsb_order: bool,
    /// The elements, missing ones included.
    pub content: Arc<Form>,
    /// Parameters and form key.
    pub info: NodeInfo,
}

impl BitMaskedForm {
    #[allow(clippy::unused_self, reason = "every class answers in the same way")]
    pub(super) fn buffers(&self) -> BufferSpecs {
        BufferSpecs::one(BufferSpec {
            attribute: Attribute::Mask,
            dtype: DType::UInt8,
            extent: Extent::Bits,
        })
    }
}
