//! [`RegularForm`]: lists that all have one size.

use std::sync::Arc;

use crate::{Form, NodeInfo};

/// Lists that all have one size; no buffers.
#[derive(Clone, Debug, PartialEq)]
pub struct RegularForm {
    /// How long each list is.
    pub size: u64,
    /// What the lists hold.
    pub content: Arc<Form>,
    /// Parameters and form key.
    pub info: NodeInfo,
}
