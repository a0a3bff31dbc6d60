//! The order of the bytes within one element.

/// The order of the bytes within one element of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// Least significant byte first; NumPy's `<`.
    Little,
    /// Most significant byte first; NumPy's `>`.
    Big,
}

impl ByteOrder {
    /// The order of the machine that runs this code.
    pub const NATIVE: Self = if cfg!(target_endian = "little") {
        Self::Little
    } else {
        Self::Big
    };

    /// Whether this is the order of the machine that runs this code.
    #[must_use]
    pub fn is_native(self) -> bool {
        self == Self::NATIVE
    }
}

impl Default for ByteOrder {
    /// Little-endian, which is what Awkward's `from_buffers` and `to_buffers` default to.
    fn default() -> Self {
        Self::Little
    }
}
