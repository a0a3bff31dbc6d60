//! What can go wrong with forms, types and keys.

/// What can go wrong with forms, types and keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// A record form with as many names as contents was needed.
    #[error("a record has {fields} field names for {contents} contents")]
    FieldCount {
        /// How many names there are.
        fields: usize,
        /// How many contents there are.
        contents: usize,
    },
    /// A union with more alternatives than 8-bit tags can tell apart.
    #[error("a union has {contents} contents, but its tags are 8-bit: 128 at most")]
    UnionWidth {
        /// How many contents there are.
        contents: usize,
    },
}
