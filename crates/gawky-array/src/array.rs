//! [`Array`]: a form with its buffers and a length.

use std::convert::Infallible;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use gawky_buffer::{Buffer, BufferError, Place};
use gawky_form::{ArrayType, Form, NodeInfo, Parameters, Type};

use crate::node::{
    BitMaskedArray, ByteMaskedArray, EmptyArray, IndexedArray, IndexedOptionArray, ListArray,
    ListOffsetArray, NumpyArray, Pieces, RecordArray, RegularArray, UnionArray, UnmaskedArray,
    as_rows, place_of,
};
use crate::{ArrayError, Problem};

/// A form with its buffers and a length: plain data, never lazy.
///
/// Cloning shares the buffers, and slicing copies none. Every array has been proved when it was made, so
/// reading values cannot fail but for bytes that are on a device.
///
/// ```
/// use gawky_array::{Array, Index, ListOffsetArray, NumpyArray};
/// use gawky_form::Parameters;
///
/// let content = Array::from(NumpyArray::from_vec(vec![1_i64, 2, 3, 4, 5]));
/// let lists = ListOffsetArray::try_new(vec![0_i64, 3, 3, 5].into(), content, Parameters::none())?;
/// let array = Array::from(lists);
/// assert_eq!(array.to_string(), "<Array [[1, 2, 3], [], [4, 5]] type='3 * var * int64'>");
/// # Ok::<(), gawky_array::ArrayError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Array {
    /// No data, of a type that is not known yet.
    Empty(EmptyArray),
    /// A rectilinear array of numbers, booleans or times.
    Numpy(NumpyArray),
    /// Lists that all have one size.
    Regular(RegularArray),
    /// Lists with a start and a stop each, in any order.
    List(ListArray),
    /// Lists that lie one after the other.
    ListOffset(ListOffsetArray),
    /// Records (named fields) or tuples (unnamed ones).
    Record(RecordArray),
    /// Elements picked by an index.
    Indexed(IndexedArray),
    /// Elements picked by an index, where a negative one is missing.
    IndexedOption(IndexedOptionArray),
    /// Elements of which a mask of bytes says whether they are there.
    ByteMasked(ByteMaskedArray),
    /// Elements of which a mask of bits says whether they are there.
    BitMasked(BitMaskedArray),
    /// Elements that might be missing by type, but are all there.
    Unmasked(UnmaskedArray),
    /// Each element from one of several contents.
    Union(UnionArray),
}

impl Array {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Empty(_) => 0,
            Self::Numpy(array) => array.len(),
            Self::Regular(array) => array.len(),
            Self::List(array) => array.len(),
            Self::ListOffset(array) => array.len(),
            Self::Record(array) => array.len(),
            Self::Indexed(array) => array.len(),
            Self::IndexedOption(array) => array.len(),
            Self::ByteMasked(array) => array.len(),
            Self::BitMasked(array) => array.len(),
            Self::Unmasked(array) => array.len(),
            Self::Union(array) => array.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

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

    /// Whether the outermost node has just the buffers that the outermost node of `form` declares, and means
    /// the same by them.
    pub(crate) fn is_laid_out_as(&self, form: &Form) -> bool {
        match self {
            Self::Empty(_) => matches!(form, Form::Empty(_)),
            Self::Numpy(array) => matches!(form, Form::Numpy(form)
                if array.dtype() == form.dtype && *array.inner_shape() == *form.inner_shape),
            Self::Regular(array) => {
                matches!(form, Form::Regular(form) if as_rows(array.size) == form.size)
            }
            Self::List(array) => {
                matches!(form, Form::List(form) if array.starts.kind() == form.starts)
            }
            Self::ListOffset(array) => {
                matches!(form, Form::ListOffset(form) if array.offsets.kind() == form.offsets)
            }
            Self::Record(array) => matches!(form, Form::Record(form)
            if match (&array.fields, form.fields()) {
                (Some(own), Some(names)) => Arc::ptr_eq(own, names) || own == names,
                (own, names) => own.is_none() && names.is_none(),
            }),
            Self::Indexed(array) => {
                matches!(form, Form::Indexed(form) if array.index.kind() == form.index)
            }
            Self::IndexedOption(array) => matches!(form, Form::IndexedOption(form)
                if array.index.kind() == form.index.into()),
            Self::ByteMasked(array) => {
                matches!(form, Form::ByteMasked(form) if array.valid_when == form.valid_when)
            }
            Self::BitMasked(array) => matches!(form, Form::BitMasked(form)
                if array.valid_when == form.valid_when && array.lsb_order == form.lsb_order),
            Self::Unmasked(_) => matches!(form, Form::Unmasked(_)),
            Self::Union(array) => {
                matches!(form, Form::Union(form) if array.index.kind() == form.index)
            }
        }
    }

    /// The metadata of the outermost node.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        static NONE: Parameters = Parameters::none();
        match self {
            Self::Empty(_) => &NONE,
            Self::Numpy(array) => array.parameters(),
            Self::Regular(array) => array.parameters(),
            Self::List(array) => array.parameters(),
            Self::ListOffset(array) => array.parameters(),
            Self::Record(array) => array.parameters(),
            Self::Indexed(array) => array.parameters(),
            Self::IndexedOption(array) => array.parameters(),
            Self::ByteMasked(array) => array.parameters(),
            Self::BitMasked(array) => array.parameters(),
            Self::Unmasked(array) => array.parameters(),
            Self::Union(array) => array.parameters(),
        }
    }

    /// The same array under other metadata; an [`EmptyArray`] has none and stays as it is.
    #[must_use]
    pub fn with_parameters(mut self, parameters: Parameters) -> Self {
        match &mut self {
            Self::Empty(_) => {}
            Self::Numpy(array) => *array = array.clone().with_parameters(parameters),
            Self::Regular(array) => array.parameters = parameters,
            Self::List(array) => array.parameters = parameters,
            Self::ListOffset(array) => array.parameters = parameters,
            Self::Record(array) => array.parameters = parameters,
            Self::Indexed(array) => array.parameters = parameters,
            Self::IndexedOption(array) => array.parameters = parameters,
            Self::ByteMasked(array) => array.parameters = parameters,
            Self::BitMasked(array) => array.parameters = parameters,
            Self::Unmasked(array) => array.parameters = parameters,
            Self::Union(array) => array.parameters = parameters,
        }
        self
    }

    /// The children: none, the one content, or the contents in order; each may be longer than this array.
    #[must_use]
    pub fn children(&self) -> &[Self] {
        match self {
            Self::Empty(_) | Self::Numpy(_) => &[],
            Self::Regular(array) => std::slice::from_ref(&array.content),
            Self::List(array) => std::slice::from_ref(&array.content),
            Self::ListOffset(array) => std::slice::from_ref(&array.content),
            Self::Record(array) => &array.contents,
            Self::Indexed(array) => std::slice::from_ref(&array.content),
            Self::IndexedOption(array) => std::slice::from_ref(&array.content),
            Self::ByteMasked(array) => std::slice::from_ref(&array.content),
            Self::BitMasked(array) => std::slice::from_ref(&array.content),
            Self::Unmasked(array) => std::slice::from_ref(&array.content),
            Self::Union(array) => &array.contents,
        }
    }

    /// The form, without form keys.
    #[must_use]
    pub fn form(&self) -> Form {
        let info = NodeInfo::new(self.parameters().clone());
        let content = |content: &Self| Arc::new(content.form());
        let contents = |contents: &[Self]| contents.iter().map(content).collect();
        match self {
            Self::Empty(_) => EmptyArray::form(info),
            Self::Numpy(array) => array.form(info),
            Self::Regular(array) => array.form(content(&array.content), info),
            Self::List(array) => array.form(content(&array.content), info),
            Self::ListOffset(array) => array.form(content(&array.content), info),
            Self::Record(array) => array.form(contents(&array.contents), info),
            Self::Indexed(array) => array.form(content(&array.content), info),
            Self::IndexedOption(array) => array.form(content(&array.content), info),
            Self::ByteMasked(array) => array.form(content(&array.content), info),
            Self::BitMasked(array) => array.form(content(&array.content), info),
            Self::Unmasked(array) => UnmaskedArray::form(content(&array.content), info),
            Self::Union(array) => array.form(contents(&array.contents), info),
        }
    }

    /// What users see: the type of one row, in datashape.
    #[must_use]
    pub fn type_(&self) -> Type {
        self.form().type_()
    }

    /// What users see: the length and the type of one row, `3 * var * int64`.
    #[must_use]
    pub fn array_type(&self) -> ArrayType {
        self.form().array_type(as_rows(self.len()))
    }

    /// The bytes that the outermost node itself holds, in the order that its form declares them.
    pub(crate) fn pieces(&self) -> Result<Pieces, BufferError> {
        Ok(match self {
            Self::Empty(_) | Self::Regular(_) | Self::Record(_) | Self::Unmasked(_) => {
                Pieces::new()
            }
            Self::Numpy(array) => array.pieces(),
            Self::List(array) => array.pieces(),
            Self::ListOffset(array) => array.pieces(),
            Self::Indexed(array) => array.pieces(),
            Self::IndexedOption(array) => array.pieces(),
            Self::ByteMasked(array) => array.pieces(),
            Self::BitMasked(array) => array.pieces()?,
            Self::Union(array) => array.pieces(),
        })
    }

    /// The rows `rows`, without copying a buffer.
    ///
    /// # Errors
    /// [`ArrayError::OutOfRange`] when `rows` is not within the array.
    pub fn slice(&self, rows: Range<usize>) -> Result<Self, ArrayError> {
        if rows.start > rows.end || rows.end > self.len() {
            return Err(ArrayError::OutOfRange {
                start: as_rows(rows.start),
                end: as_rows(rows.end),
                length: as_rows(self.len()),
            });
        }
        self.slice_within(rows)
            .map_err(|problem| ArrayError::of_node(self.class(), None, problem))
    }

    /// The rows `rows`, which the caller knows to be within the array.
    pub(crate) fn slice_within(&self, rows: Range<usize>) -> Result<Self, Problem> {
        if rows == (0..self.len()) {
            return Ok(self.clone());
        }
        Ok(match self {
            Self::Empty(array) => Self::Empty(array.clone()),
            Self::Numpy(array) => Self::Numpy(array.slice(rows)?),
            Self::Regular(array) => Self::Regular(array.slice(rows)?),
            Self::List(array) => Self::List(array.slice(rows)?),
            Self::ListOffset(array) => Self::ListOffset(array.slice(rows)?),
            Self::Record(array) => Self::Record(array.slice(rows)?),
            Self::Indexed(array) => Self::Indexed(array.slice(rows)?),
            Self::IndexedOption(array) => Self::IndexedOption(array.slice(rows)?),
            Self::ByteMasked(array) => Self::ByteMasked(array.slice(rows)?),
            Self::BitMasked(array) => Self::BitMasked(array.slice(rows)?),
            Self::Unmasked(array) => Self::Unmasked(array.slice(rows)?),
            Self::Union(array) => Self::Union(array.slice(rows)?),
        })
    }

    /// The same array over other buffers, each made from one of its own by `map`, depth first.
    ///
    /// The caller keeps length and content of every buffer.
    pub(crate) fn map_buffers<E>(
        &self,
        map: &mut dyn FnMut(&Buffer) -> Result<Buffer, E>,
    ) -> Result<Self, E> {
        Ok(match self {
            Self::Empty(array) => Self::Empty(array.clone()),
            Self::Numpy(array) => Self::Numpy(array.map_buffers(map)?),
            Self::Regular(array) => Self::Regular(array.map_buffers(map)?),
            Self::List(array) => Self::List(array.map_buffers(map)?),
            Self::ListOffset(array) => Self::ListOffset(array.map_buffers(map)?),
            Self::Record(array) => Self::Record(array.map_buffers(map)?),
            Self::Indexed(array) => Self::Indexed(array.map_buffers(map)?),
            Self::IndexedOption(array) => Self::IndexedOption(array.map_buffers(map)?),
            Self::ByteMasked(array) => Self::ByteMasked(array.map_buffers(map)?),
            Self::BitMasked(array) => Self::BitMasked(array.map_buffers(map)?),
            Self::Unmasked(array) => Self::Unmasked(array.map_buffers(map)?),
            Self::Union(array) => Self::Union(array.map_buffers(map)?),
        })
    }

    /// Shows every buffer to `see`, in the order of [`map_buffers`](Self::map_buffers), until it breaks.
    fn see_buffers<B>(&self, see: &mut dyn FnMut(&Buffer) -> ControlFlow<B>) -> Option<B> {
        // No other list of the buffers is kept: there is none that could differ in what it has, or in its order.
        let seen = self.map_buffers(&mut |buffer| match see(buffer) {
            ControlFlow::Continue(()) => Ok(buffer.clone()),
            ControlFlow::Break(found) => Err(found),
        });
        seen.err()
    }

    /// Every buffer, depth first, as it is held.
    fn held_buffers(&self) -> Vec<Buffer> {
        let mut buffers = Vec::new();
        self.see_buffers::<Infallible>(&mut |buffer| {
            buffers.push(buffer.clone());
            ControlFlow::Continue(())
        });
        buffers
    }

    /// Where the array lies: the place of all its buffers. Those of no bytes on the host do not count, and what has no
    /// others is on the host.
    ///
    /// ```
    /// use gawky_array::{Array, NumpyArray};
    /// use gawky_buffer::Place;
    /// let array = Array::from(NumpyArray::from_vec(vec![1_i64, 2, 3]));
    /// assert_eq!(array.place()?, Place::Host);
    /// # Ok::<(), gawky_array::ArrayError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::TwoPlaces`] where they lie at more than one, as fields of records may.
    pub fn place(&self) -> Result<Place, ArrayError> {
        let mut found: Option<Place> = None;
        let differs = self.see_buffers(&mut |buffer| {
            match (place_of(buffer), &found) {
                (Some(place), None) => found = Some(place),
                (Some(place), Some(before)) if place != *before => {
                    return ControlFlow::Break(BufferError::TwoPlaces {
                        place: before.to_string(),
                        other: place.to_string(),
                    });
                }
                _ => {}
            }
            ControlFlow::Continue(())
        });
        match differs {
            Some(differs) => Err(differs.into()),
            None => Ok(found.unwrap_or_default()),
        }
    }

    /// Where the first buffer lies of which [`place`](Self::place) takes account, without a look at the others.
    pub(crate) fn first_place(&self) -> Option<Place> {
        self.see_buffers(&mut |buffer| match place_of(buffer) {
            Some(place) => ControlFlow::Break(place),
            None => ControlFlow::Continue(()),
        })
    }

    /// The bytes of all buffers together, as they are held: parts that no row reaches count too.
    #[must_use]
    pub fn nbytes(&self) -> usize {
        let mut bytes = 0;
        self.see_buffers::<Infallible>(&mut |buffer| {
            bytes += buffer.len();
            ControlFlow::Continue(())
        });
        bytes
    }

    /// The same array at `place`. All buffers travel in one go, to a device or back from one; what is there already is
    /// shared.
    ///
    /// # Errors
    /// [`BufferError::Device`] when a device fails.
    pub fn to_place(&self, place: &Place) -> Result<Self, ArrayError> {
        let mut arrived = place.receive(&self.held_buffers())?.into_iter();
        let moved = self.map_buffers(&mut |_| {
            arrived.next().ok_or_else(|| BufferError::Device {
                place: place.to_string(),
                message: "fewer buffers arrived than were sent".to_owned(),
            })
        });
        Ok(moved?)
    }

    /// The same array on the host: [`to_place`](Self::to_place) with [`Place::Host`].
    ///
    /// # Errors
    /// [`BufferError::Device`] when a device fails.
    pub fn to_host(&self) -> Result<Self, ArrayError> {
        self.to_place(&Place::Host)
    }

    /// The outermost node of this array over other contents of the same lengths.
    pub(crate) fn over(&self, mut contents: Vec<Self>) -> Self {
        match self {
            Self::Record(own) => return own.with_contents(contents, own.length).into(),
            Self::Union(own) => {
                return UnionArray {
                    contents,
                    ..own.clone()
                }
                .into();
            }
            _ => {}
        }
        let Some(content) = contents.pop() else {
            return self.clone();
        };
        let content = Arc::new(content);
        match self {
            Self::Empty(_) | Self::Numpy(_) | Self::Record(_) | Self::Union(_) => self.clone(),
            Self::Regular(own) => RegularArray {
                content,
                ..own.clone()
            }
            .into(),
            Self::List(own) => ListArray {
                content,
                ..own.clone()
            }
            .into(),
            Self::ListOffset(own) => ListOffsetArray {
                content,
                ..own.clone()
            }
            .into(),
            Self::Indexed(own) => IndexedArray {
                content,
                ..own.clone()
            }
            .into(),
            Self::IndexedOption(own) => IndexedOptionArray {
                content,
                ..own.clone()
            }
            .into(),
            Self::ByteMasked(own) => ByteMaskedArray {
                content,
                ..own.clone()
            }
            .into(),
            Self::BitMasked(own) => BitMaskedArray {
                content,
                ..own.clone()
            }
            .into(),
            Self::Unmasked(own) => UnmaskedArray {
                content,
                ..own.clone()
            }
            .into(),
        }
    }

    /// Whether every buffer is on the host, so that values can be read.
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`], naming the place, when one is not.
    pub fn require_host(&self) -> Result<(), BufferError> {
        if let Self::Numpy(array) = self {
            return array.data().bytes().map(|_| ());
        }
        for piece in &self.pieces()? {
            piece.bytes()?;
        }
        self.children().iter().try_for_each(Self::require_host)
    }
}

macro_rules! into_array {
    ($($node:ident => $variant:ident),* $(,)?) => {$(
        impl From<$node> for Array {
            fn from(array: $node) -> Self {
                Self::$variant(array)
            }
        }
    )*};
}

into_array! {
    EmptyArray => Empty, NumpyArray => Numpy, RegularArray => Regular, ListArray => List,
    ListOffsetArray => ListOffset, RecordArray => Record, IndexedArray => Indexed,
    IndexedOptionArray => IndexedOption, ByteMaskedArray => ByteMasked, BitMaskedArray => BitMasked,
    UnmaskedArray => Unmasked, UnionArray => Union,
}
