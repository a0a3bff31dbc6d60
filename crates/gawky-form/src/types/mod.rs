//! [`Type`]: what a user sees of an array, in datashape, and [`ArrayType`], which has a length too.
//!
//! The rules are those of Awkward 2's `awkward/types/*.py`; behaviors, which are Python's, have no part here.

mod equal;
mod from_form;
mod nearest;
mod parse;
mod print;
mod to_form;

use std::sync::Arc;

use gawky_buffer::DType;

pub use parse::DatashapeProblem;

use crate::{FormError, Parameters};

/// What a user sees of an array's elements: no classes, no buffers, no form keys.
///
/// It prints as Awkward's datashape, on one line, or with `{:#}` on several, as `type.show()` does:
///
/// ```
/// use gawky_form::Type;
/// let muons: Type = "var * Muon[pt: float32, charge: ?int8]".parse()?;
/// assert_eq!(muons.to_string(), "var * Muon[pt: float32, charge: ?int8]");
/// assert_eq!(format!("{muons:#}"), "var * Muon[\n    pt: float32,\n    charge: ?int8\n]");
/// # Ok::<(), gawky_form::FormError>(())
/// ```
///
/// `==` compares all of it; [`is_equal_to`](Type::is_equal_to) compares as Awkward does.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// Not known, for lack of data.
    Unknown(UnknownType),
    /// Numbers, booleans, times.
    Numpy(NumpyType),
    /// Lists of one size.
    Regular(RegularType),
    /// Lists of any size.
    List(ListType),
    /// Values that may be missing.
    Option(OptionType),
    /// Records or tuples.
    Record(RecordType),
    /// Values of several types.
    Union(UnionType),
}

/// A type that is not known, for lack of data: `unknown`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnknownType {
    /// The metadata.
    pub parameters: Parameters,
}

/// Numbers, booleans, times: `float64`.
#[derive(Clone, Debug, PartialEq)]
pub struct NumpyType {
    /// What they are.
    pub dtype: DType,
    /// The metadata; `__array__` makes characters of `uint8`.
    pub parameters: Parameters,
}

/// Lists of one size: `3 * float64`.
#[derive(Clone, Debug, PartialEq)]
pub struct RegularType {
    /// How long each list is.
    pub size: u64,
    /// What the lists hold.
    pub content: Arc<Type>,
    /// The metadata; `__array__` makes strings of lists.
    pub parameters: Parameters,
}

/// Lists of any size: `var * float64`.
#[derive(Clone, Debug, PartialEq)]
pub struct ListType {
    /// What the lists hold.
    pub content: Arc<Type>,
    /// The metadata; `__array__` makes strings of lists.
    pub parameters: Parameters,
}

/// Values that may be missing: `?float64`.
#[derive(Clone, Debug, PartialEq)]
pub struct OptionType {
    /// What they are where they are not missing.
    pub content: Arc<Type>,
    /// The metadata.
    pub parameters: Parameters,
}

/// Records, `{x: float64}`, or tuples, `(float64, bool)`.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordType {
    fields: Option<Arc<[Arc<str>]>>,
    contents: Arc<[Type]>,
    /// The metadata; `__record__` is the name of the records.
    pub parameters: Parameters,
}

impl RecordType {
    /// A record, or a tuple where `fields` is `None`.
    ///
    /// # Errors
    /// [`FormError::FieldCount`] when there are not as many names as contents.
    pub fn try_new(
        fields: Option<Arc<[Arc<str>]>>,
        contents: Arc<[Type]>,
        parameters: Parameters,
    ) -> Result<Self, FormError> {
        match &fields {
            Some(fields) if fields.len() != contents.len() => Err(FormError::FieldCount {
                fields: fields.len(),
                contents: contents.len(),
            }),
            _ => Ok(Self {
                fields,
                contents,
                parameters,
            }),
        }
    }

    /// The names of the fields, in order; `None` for a tuple.
    #[must_use]
    pub fn fields(&self) -> Option<&Arc<[Arc<str>]>> {
        self.fields.as_ref()
    }

    /// The types of the fields, in order.
    #[must_use]
    pub fn contents(&self) -> &Arc<[Type]> {
        &self.contents
    }

    /// Whether the fields are unnamed.
    #[must_use]
    pub fn is_tuple(&self) -> bool {
        self.fields.is_none()
    }
}

/// Values of several types: `union[float64, string]`.
#[derive(Clone, Debug, PartialEq)]
pub struct UnionType {
    /// The types.
    pub contents: Arc<[Type]>,
    /// The metadata.
    pub parameters: Parameters,
}

impl Type {
    /// The metadata.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        match self {
            Self::Unknown(t) => &t.parameters,
            Self::Numpy(t) => &t.parameters,
            Self::Regular(t) => &t.parameters,
            Self::List(t) => &t.parameters,
            Self::Option(t) => &t.parameters,
            Self::Record(t) => &t.parameters,
            Self::Union(t) => &t.parameters,
        }
    }

    /// The metadata, to be changed.
    pub fn parameters_mut(&mut self) -> &mut Parameters {
        match self {
            Self::Unknown(t) => &mut t.parameters,
            Self::Numpy(t) => &mut t.parameters,
            Self::Regular(t) => &mut t.parameters,
            Self::List(t) => &mut t.parameters,
            Self::Option(t) => &mut t.parameters,
            Self::Record(t) => &mut t.parameters,
            Self::Union(t) => &mut t.parameters,
        }
    }

    /// What the type holds: nothing, the one content, or the contents in order.
    #[must_use]
    pub fn contents(&self) -> &[Self] {
        match self {
            Self::Unknown(_) | Self::Numpy(_) => &[],
            Self::Regular(t) => std::slice::from_ref(&t.content),
            Self::List(t) => std::slice::from_ref(&t.content),
            Self::Option(t) => std::slice::from_ref(&t.content),
            Self::Record(t) => t.contents(),
            Self::Union(t) => &t.contents,
        }
    }

    /// `var * self`
    #[must_use]
    pub fn list(self) -> Self {
        Self::from(ListType {
            content: Arc::new(self),
            parameters: Parameters::none(),
        })
    }

    /// `size * self`
    #[must_use]
    pub fn regular(self, size: u64) -> Self {
        Self::from(RegularType {
            size,
            content: Arc::new(self),
            parameters: Parameters::none(),
        })
    }

    /// `?self`
    #[must_use]
    pub fn option(self) -> Self {
        Self::from(OptionType {
            content: Arc::new(self),
            parameters: Parameters::none(),
        })
    }
}

impl From<DType> for Type {
    fn from(dtype: DType) -> Self {
        Self::Numpy(NumpyType {
            dtype,
            parameters: Parameters::none(),
        })
    }
}

macro_rules! into_type {
    ($($node:ident => $variant:ident),* $(,)?) => {$(
        impl From<$node> for Type {
            fn from(node: $node) -> Self {
                Self::$variant(node)
            }
        }
    )*};
}

into_type! {
    UnknownType => Unknown, NumpyType => Numpy, RegularType => Regular, ListType => List,
    OptionType => Option, RecordType => Record, UnionType => Union,
}

/// The type of a whole array: `3 * var * float64`.
///
/// ```
/// use gawky_form::ArrayType;
/// let t: ArrayType = "3 * var * float64".parse()?;
/// assert_eq!((t.length, t.content.to_string().as_str()), (3, "var * float64"));
/// # Ok::<(), gawky_form::FormError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ArrayType {
    /// How many elements the array has.
    pub length: u64,
    /// What they are.
    pub content: Type,
}

impl ArrayType {
    /// The type of an array of `length` elements.
    #[must_use]
    pub fn new(length: u64, content: Type) -> Self {
        Self { length, content }
    }
}

#[cfg(test)]
mod tests;
