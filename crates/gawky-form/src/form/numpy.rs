//! [`NumpyForm`]: a rectilinear array of numbers, booleans or times.

use std::sync::Arc;

use gawky_buffer::{Attribute, DType};

use super::buffer_spec::{BufferSpec, BufferSpecs, Extent};
use crate::NodeInfo;

/// A rectilinear array of numbers, booleans or times, row-major; buffer: `data`.
#[derive(Clone, Debug, PartialEq)]
pub struct NumpyForm {
    /// What the elements are.
    pub dtype: DType,
    /// The shape of one row; empty for a flat array.
    pub inner_shape: Arc<[u64]>,
    /// Parameters and form key.
    pub info: NodeInfo,
}

impl NumpyForm {
    /// A flat array without parameters.
    #[must_use]
    pub fn new(dtype: DType) -> Self {
        Self {
            dtype,
            inner_shape: Arc::default(),
            info: NodeInfo::default(),
        }
    }

    /// Elements per row; saturates, so that no array is large enough for a shape that overflows.
    #[must_use]
    pub fn row_elements(&self) -> u64 {
        if self.inner_shape.contains(&0) {
            return 0;
        }
        self.inner_shape
            .iter()
            .fold(1, |product: u64, n| product.saturating_mul(*n))
    }

    pub(super) fn buffers(&self) -> BufferSpecs {
        BufferSpecs::one(BufferSpec {
            attribute: Attribute::Data,
            dtype: self.dtype,
            extent: Extent::PerRow(self.row_elements()),
        })
    }
}
