//! [`EmptyForm`]: no data, of a type that is not known yet.

use crate::NodeInfo;

/// No data, of a type that is not known yet; its length is always 0, it has no buffers, and parameters
/// are refused when it is read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EmptyForm {
    /// Parameters (always none) and form key.
    pub info: NodeInfo,
}
