//! [`ByteMaskedArray`]: elements of which a mask of bytes says whether they are there.

use std::ops::Range;
use std::sync::Arc;

use gawky_buffer::Buffer;
use gawky_form::{Attribute, ByteMaskedForm, Form, NodeInfo, Parameters};

use super::{BitMaskedArray, ChildRows, Pieces, Slots, as_rows, first, together};
use crate::index::masks;
use crate::{Array, ArrayError, Problem};

/// Elements of which a mask of bytes says whether they are there; the content may be longer than the mask.
#[derive(Clone, Debug, PartialEq)]
pub struct ByteMaskedArray {
    pub(crate) mask: Buffer,
    pub(crate) content: Arc<Array>,
    pub(crate) valid_when: bool,
    pub(crate) parameters: Parameters,
}

impl ByteMaskedArray {
    /// As many elements as the mask has bytes; a byte other than zero means `valid_when`.
    ///
    /// # Errors
    /// [`Problem::ContentTooShort`] when the content has fewer elements than the mask,
    /// [`BufferError::TwoPlaces`](gawky_buffer::BufferError) when both lie at two places.
    pub fn try_new(
        mask: Buffer,
        content: Array,
        valid_when: bool,
        parameters: Parameters,
    ) -> Result<Self, ArrayError> {
        let at = |problem| ArrayError::of_node("ByteMaskedArray", Some(Attribute::Mask), problem);
        if content.len() < mask.len() {
            return Err(at(Problem::ContentTooShort {
                needed: as_rows(mask.len()),
                have: as_rows(content.len()),
            }));
        }
        together(&[&mask], std::slice::from_ref(&content)).map_err(|error| at(error.into()))?;
        Ok(Self {
            mask,
            content: Arc::new(content),
            valid_when,
            parameters,
        })
    }

    /// How many elements there are, missing ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.mask.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.mask.is_empty()
    }

    /// One byte for each element.
    #[must_use]
    pub fn mask(&self) -> &Buffer {
        &self.mask
    }

    /// What a byte other than zero means: `true` that the element is there.
    #[must_use]
    pub fn valid_when(&self) -> bool {
        self.valid_when
    }

    /// The elements, missing ones included.
    #[must_use]
    pub fn content(&self) -> &Array {
        &self.content
    }

    /// The metadata.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Whether one element is there; `None` past the end, or where the bytes are not on the host.
    #[must_use]
    pub fn is_valid(&self, row: usize) -> Option<bool> {
        let byte = self.mask.bytes().ok()?.get(row)?;
        Some((*byte != 0) == self.valid_when)
    }

    /// The same elements, with a mask of bits: the lowest of each byte first where `lsb_order`, else the highest.
    ///
    /// ```
    /// use gawky_array::{ByteMaskedArray, NumpyArray};
    /// use gawky_form::Parameters;
    /// let content = NumpyArray::from_vec(vec![1.5, 2.5, 3.5]).into();
    /// let bytes = ByteMaskedArray::try_new(vec![0_u8, 1, 1].into(), content, true, Parameters::none())?;
    /// assert_eq!(bytes.to_bit_masked(true)?.mask()?.bytes()?, [0b110]);
    /// assert_eq!(bytes.to_bit_masked(false)?.mask()?.bytes()?, [0b0110_0000]);
    /// # Ok::<(), gawky_array::ArrayError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where the mask is on a device that computes nothing by itself.
    pub fn to_bit_masked(&self, lsb_order: bool) -> Result<BitMaskedArray, ArrayError> {
        Ok(BitMaskedArray {
            mask: masks::bits_of_bytes(&self.mask, lsb_order)?,
            first_bit: 0,
            content: Arc::clone(&self.content),
            valid_when: self.valid_when,
            lsb_order,
            length: self.len(),
            parameters: self.parameters.clone(),
        })
    }

    pub(crate) fn pieces(&self) -> Pieces {
        Pieces::from_iter([self.mask.clone()])
    }

    pub(crate) fn form(&self, content: Arc<Form>, info: NodeInfo) -> Form {
        ByteMaskedForm {
            valid_when: self.valid_when,
            content,
            info,
        }
        .into()
    }

    pub(crate) fn slice(&self, rows: Range<usize>) -> Result<Self, Problem> {
        Ok(Self {
            mask: self.mask.slice(rows.clone())?,
            content: Arc::new(self.content.slice_within(rows)?),
            valid_when: self.valid_when,
            parameters: self.parameters.clone(),
        })
    }

    pub(crate) fn map_buffers<E>(
        &self,
        map: &mut dyn FnMut(&Buffer) -> Result<Buffer, E>,
    ) -> Result<Self, E> {
        Ok(Self {
            mask: map(&self.mask)?,
            content: Arc::new(self.content.map_buffers(map)?),
            valid_when: self.valid_when,
            parameters: self.parameters.clone(),
        })
    }

    pub(crate) fn open(rows: &Range<u64>) -> ChildRows {
        ChildRows::Every(rows.clone().into())
    }

    pub(crate) fn assemble(form: &ByteMaskedForm, slots: Slots<'_>, content: Array) -> Self {
        Self {
            mask: first(slots),
            content: Arc::new(content),
            valid_when: form.valid_when,
            parameters: form.info.parameters.clone(),
        }
    }
}
