//! [`UnmaskedArray`]: elements that might be missing by type, but are all there.

use std::ops::Range;
use std::sync::Arc;

use gawky_buffer::Buffer;
use gawky_form::{Form, NodeInfo, Parameters, UnmaskedForm};

use super::ChildRows;
use crate::{Array, Problem};

/// Elements that might be missing by type, but are all there.
#[derive(Clone, Debug, PartialEq)]
pub struct UnmaskedArray {
    pub(crate) content: Arc<Array>,
    pub(crate) parameters: Parameters,
}

impl UnmaskedArray {
    /// As many elements as the content has.
    #[must_use]
    pub fn new(content: Array, parameters: Parameters) -> Self {
        Self {
            content: Arc::new(content),
            parameters,
        }
    }

    /// How many elements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.content.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.content.is_empty()
    }

    /// The elements.
    #[must_use]
    pub fn content(&self) -> &Array {
        &self.content
    }

    /// The metadata.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    pub(crate) fn form(content: Arc<Form>, info: NodeInfo) -> Form {
        UnmaskedForm { content, info }.into()
    }

    pub(crate) fn slice(&self, rows: Range<usize>) -> Result<Self, Problem> {
        Ok(Self {
            content: Arc::new(self.content.slice_within(rows)?),
            parameters: self.parameters.clone(),
        })
    }

    pub(crate) fn map_buffers<E>(
        &self,
        map: &mut dyn FnMut(&Buffer) -> Result<Buffer, E>,
    ) -> Result<Self, E> {
        Ok(Self {
            content: Arc::new(self.content.map_buffers(map)?),
            parameters: self.parameters.clone(),
        })
    }

    pub(crate) fn open(rows: &Range<u64>) -> ChildRows {
        ChildRows::Every(rows.clone().into())
    }

    pub(crate) fn assemble(form: &UnmaskedForm, content: Array) -> Self {
        Self::new(content, form.info.parameters.clone())
    }
}
