//! [`Attribute`]: what a buffer is to its node.

use std::fmt;

/// What a buffer is to its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Attribute {
    /// The elements of a NumPy node.
    Data,
    /// Where lists begin and end, one more than there are lists.
    Offsets,
    /// Where lists begin.
    Starts,
    /// Where lists end.
    Stops,
    /// Which element of the content each element is.
    Index,
    /// Which content each element of a union is from.
    Tags,
    /// Which elements are there.
    Mask,
}

impl Attribute {
    /// All that there are.
    pub const ALL: [Self; 7] = [
        Self::Data,
        Self::Offsets,
        Self::Starts,
        Self::Stops,
        Self::Index,
        Self::Tags,
        Self::Mask,
    ];

    /// The name that keys use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Offsets => "offsets",
            Self::Starts => "starts",
            Self::Stops => "stops",
            Self::Index => "index",
            Self::Tags => "tags",
            Self::Mask => "mask",
        }
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
