//! [`UnionForm`]: each element from one of several contents.

use std::sync::Arc;

use gawky_buffer::{Attribute, DType};

use super::buffer_spec::{BufferSpec, BufferSpecs};
use crate::{Form, FormError, IndexType, NodeInfo};

/// Each element from one of several contents; buffers: `tags` (`i8`), `index`.
#[derive(Clone, Debug, PartialEq)]
pub struct UnionForm {
    /// The integers of the index; the tags are always `i8`.
    pub index: IndexType,
    contents: Arc<[Arc<Form>]>,
    /// Parameters and form key.
    pub info: NodeInfo,
}

impl UnionForm {
    /// The most contents that 8-bit tags, which are signed, can tell apart.
    pub const MAX_CONTENTS: usize = 128;

    /// A union of `contents`.
    ///
    /// # Errors
    /// [`FormError::UnionWidth`] when there are more than [`MAX_CONTENTS`](Self::MAX_CONTENTS).
    pub fn try_new(
        index: IndexType,
        contents: Arc<[Arc<Form>]>,
        info: NodeInfo,
    ) -> Result<Self, FormError> {
        if contents.len() > Self::MAX_CONTENTS {
            return Err(FormError::UnionWidth {
                contents: contents.len(),
            });
        }
        Ok(Self {
            index,
            contents,
            info,
        })
    }

    /// The alternatives, in the order of the tags.
    #[must_use]
    pub fn contents(&self) -> &Arc<[Arc<Form>]> {
        &self.contents
    }

    pub(super) fn buffers(&self) -> BufferSpecs {
        BufferSpecs::two(
            BufferSpec::per_row(Attribute::Tags, DType::Int8),
            BufferSpec::per_row(Attribute::Index, self.index.dtype()),
        )
    }

    /// The contents, to be changed; their number stays.
    pub(super) fn contents_mut(&mut self) -> &mut [Arc<Form>] {
        Arc::make_mut(&mut self.contents)
    }
}
