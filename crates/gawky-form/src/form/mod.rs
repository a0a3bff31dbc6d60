//! [`Form`]: the tree of node classes, one file per class.

mod bit_masked;
mod buffer_spec;
mod byte_masked;
mod empty;
mod index_type;
mod indexed;
mod indexed_option;
mod list;
mod list_offset;
mod numpy;
mod record;
mod regular;
mod union;
mod unmasked;

use std::sync::Arc;

pub use gawky_buffer::Attribute;
use gawky_buffer::Key;

pub use bit_masked::BitMaskedForm;
pub use buffer_spec::{BufferSpec, BufferSpecs, Extent};
pub use byte_masked::ByteMaskedForm;
pub use empty::EmptyForm;
pub use index_type::{IndexType, SignedIndexType};
pub use indexed::IndexedForm;
pub use indexed_option::IndexedOptionForm;
pub use list::ListForm;
pub use list_offset::ListOffsetForm;
pub use numpy::NumpyForm;
pub use record::RecordForm;
pub use regular::RegularForm;
pub use union::UnionForm;
pub use unmasked::UnmaskedForm;

use crate::Parameters;

/// How data is nested: a tree of node classes without lengths or data.
///
/// The classes and their meaning are Awkward's
/// (<https://awkward-array.org/doc/main/reference/generated/ak.forms.Form.html>). Subtrees are shared, so
/// cloning is O(1).
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// No data, of a type that is not known yet.
    Empty(EmptyForm),
    /// A rectilinear array of numbers, booleans or times.
    Numpy(NumpyForm),
    /// Lists that all have one size.
    Regular(RegularForm),
    /// Lists with a start and a stop each, in any order.
    List(ListForm),
    /// Lists that lie one after the other.
    ListOffset(ListOffsetForm),
    /// Records (named fields) or tuples (unnamed ones).
    Record(RecordForm),
    /// Elements picked by an index.
    Indexed(IndexedForm),
    /// Elements picked by an index, where a negative one is missing.
    IndexedOption(IndexedOptionForm),
    /// Elements of which a mask of bytes says whether they are there.
    ByteMasked(ByteMaskedForm),
    /// Elements of which a mask of bits says whether they are there.
    BitMasked(BitMaskedForm),
    /// Elements that might be missing by type, but are all there.
    Unmasked(UnmaskedForm),
    /// Each element from one of several contents.
    Union(UnionForm),
}

/// What every node carries: parameters, and the form key that names its buffers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeInfo {
    /// The node's metadata.
    pub parameters: Parameters,
    /// The node's name in a container, if it has one yet.
    pub form_key: Option<Key>,
}

impl NodeInfo {
    /// Parameters without a form key.
    #[must_use]
    pub fn new(parameters: Parameters) -> Self {
        Self {
            parameters,
            form_key: None,
        }
    }
}

impl Form {
    /// The class name that Awkward 2 writes.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::Empty(_) => "EmptyArray",
            Self::Numpy(_) => "NumpyArray",
            Self::Regular(_) => "RegularArray",
            Self::List(_) => "ListArray",
            Self::ListOffset(_) => "ListOffsetArray",
            Self::Record(_) => "RecordArray",
            Self::Indexed(_) => "IndexedArray",
            Self::IndexedOption(_) => "IndexedOptionArray",
            Self::ByteMasked(_) => "ByteMaskedArray",
            Self::BitMasked(_) => "BitMaskedArray",
            Self::Unmasked(_) => "UnmaskedArray",
            Self::Union(_) => "UnionArray",
        }
    }

    /// What every node carries.
    #[must_use]
    #[inline]
    pub fn info(&self) -> &NodeInfo {
        match self {
            Self::Empty(form) => &form.info,
            Self::Numpy(form) => &form.info,
            Self::Regular(form) => &form.info,
            Self::List(form) => &form.info,
            Self::ListOffset(form) => &form.info,
            Self::Record(form) => &form.info,
            Self::Indexed(form) => &form.info,
            Self::IndexedOption(form) => &form.info,
            Self::ByteMasked(form) => &form.info,
            Self::BitMasked(form) => &form.info,
            Self::Unmasked(form) => &form.info,
            Self::Union(form) => &form.info,
        }
    }

    /// What every node carries, to be changed.
    pub fn info_mut(&mut self) -> &mut NodeInfo {
        match self {
            Self::Empty(form) => &mut form.info,
            Self::Numpy(form) => &mut form.info,
            Self::Regular(form) => &mut form.info,
            Self::List(form) => &mut form.info,
            Self::ListOffset(form) => &mut form.info,
            Self::Record(form) => &mut form.info,
            Self::Indexed(form) => &mut form.info,
            Self::IndexedOption(form) => &mut form.info,
            Self::ByteMasked(form) => &mut form.info,
            Self::BitMasked(form) => &mut form.info,
            Self::Unmasked(form) => &mut form.info,
            Self::Union(form) => &mut form.info,
        }
    }

    /// The node's parameters.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.info().parameters
    }

    /// The name of the node's buffers, if it has one.
    #[must_use]
    #[inline]
    pub fn form_key(&self) -> Option<&str> {
        self.info().form_key.as_deref()
    }

    /// The node's children: none, the one content, or the contents in order.
    #[must_use]
    #[inline]
    pub fn children(&self) -> &[Arc<Form>] {
        match self {
            Self::Empty(_) | Self::Numpy(_) => &[],
            Self::Regular(form) => std::slice::from_ref(&form.content),
            Self::List(form) => std::slice::from_ref(&form.content),
            Self::ListOffset(form) => std::slice::from_ref(&form.content),
            Self::Record(form) => form.contents(),
            Self::Indexed(form) => std::slice::from_ref(&form.content),
            Self::IndexedOption(form) => std::slice::from_ref(&form.content),
            Self::ByteMasked(form) => std::slice::from_ref(&form.content),
            Self::BitMasked(form) => std::slice::from_ref(&form.content),
            Self::Unmasked(form) => std::slice::from_ref(&form.content),
            Self::Union(form) => form.contents(),
        }
    }

    /// The node's children, to be changed; those that are shared become this node's own copies.
    pub fn children_mut(&mut self) -> &mut [Arc<Form>] {
        match self {
            Self::Empty(_) | Self::Numpy(_) => &mut [],
            Self::Regular(form) => std::slice::from_mut(&mut form.content),
            Self::List(form) => std::slice::from_mut(&mut form.content),
            Self::ListOffset(form) => std::slice::from_mut(&mut form.content),
            Self::Record(form) => form.contents_mut(),
            Self::Indexed(form) => std::slice::from_mut(&mut form.content),
            Self::IndexedOption(form) => std::slice::from_mut(&mut form.content),
            Self::ByteMasked(form) => std::slice::from_mut(&mut form.content),
            Self::BitMasked(form) => std::slice::from_mut(&mut form.content),
            Self::Unmasked(form) => std::slice::from_mut(&mut form.content),
            Self::Union(form) => form.contents_mut(),
        }
    }

    /// How many rows of its contents a row of this node has, where the form alone says so: 1 for records and masks, the
    /// size for regular arrays. `None` where data says it, and where there are no contents.
    #[must_use]
    pub fn rows_of_contents(&self) -> Option<u64> {
        match self {
            Self::Record(_) | Self::ByteMasked(_) | Self::BitMasked(_) | Self::Unmasked(_) => {
                Some(1)
            }
            Self::Regular(regular) => Some(regular.size),
            Self::Empty(_)
            | Self::Numpy(_)
            | Self::List(_)
            | Self::ListOffset(_)
            | Self::Indexed(_)
            | Self::IndexedOption(_)
            | Self::Union(_) => None,
        }
    }

    /// The buffers that this node itself declares (not those of its children), in writing order.
    #[must_use]
    #[inline]
    pub fn buffers(&self) -> BufferSpecs {
        match self {
            Self::Empty(_) | Self::Regular(_) | Self::Record(_) | Self::Unmasked(_) => {
                BufferSpecs::none()
            }
            Self::Numpy(form) => form.buffers(),
            Self::List(form) => form.buffers(),
            Self::ListOffset(form) => form.buffers(),
            Self::Indexed(form) => form.buffers(),
            Self::IndexedOption(form) => form.buffers(),
            Self::ByteMasked(form) => form.buffers(),
            Self::BitMasked(form) => form.buffers(),
            Self::Union(form) => form.buffers(),
        }
    }

    /// How many buffers [`buffers`](Self::buffers) declares.
    #[must_use]
    #[inline]
    pub fn buffer_count(&self) -> usize {
        match self {
            Self::Empty(_) | Self::Regular(_) | Self::Record(_) | Self::Unmasked(_) => 0,
            Self::Numpy(_)
            | Self::ListOffset(_)
            | Self::Indexed(_)
            | Self::IndexedOption(_)
            | Self::ByteMasked(_)
            | Self::BitMasked(_) => 1,
            Self::List(_) | Self::Union(_) => 2,
        }
    }

    /// Whether elements may be missing at this node.
    #[must_use]
    pub fn is_option(&self) -> bool {
        matches!(
            self,
            Self::IndexedOption(_) | Self::ByteMasked(_) | Self::BitMasked(_) | Self::Unmasked(_)
        )
    }
}

macro_rules! into_form {
    ($($node:ident => $variant:ident),* $(,)?) => {$(
        impl From<$node> for Form {
            fn from(form: $node) -> Self {
                Self::$variant(form)
            }
        }
    )*};
}

into_form! {
    EmptyForm => Empty, NumpyForm => Numpy, RegularForm => Regular, ListForm => List,
    ListOffsetForm => ListOffset, RecordForm => Record, IndexedForm => Indexed,
    IndexedOptionForm => IndexedOption, ByteMaskedForm => ByteMasked, BitMaskedForm => BitMasked,
    UnmaskedForm => Unmasked, UnionForm => Union,
}
