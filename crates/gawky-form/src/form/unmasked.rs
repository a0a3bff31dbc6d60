//! [`UnmaskedForm`]: elements that might be missing by type, but are all there.

use std::sync::Arc;

use crate::{Form, NodeInfo};

/// Elements that might be missing by type, but are all there; no buffers.
#[derive(Clone, Debug, PartialEq)]
pub struct UnmaskedForm {
    /// The elements.
    pub content: Arc<Form>,
    /// Parameters and form key.
    pub info: NodeInfo,
}
