//! [`BitMaskedArray`]: elements of which a mask of bits says whether they are there.

use std::ops::Range;
use std::sync::Arc;

use gawky_buffer::{Buffer, BufferError};
use gawky_form::{Attribute, BitMaskedForm, Form, NodeInfo, Parameters};

use super::{ByteMaskedArray, ChildRows, Pieces, Runs, Slots, as_rows, first, together};
use crate::index::masks::{self, Bits};
use crate::{Array, ArrayError, Problem};

/// Elements of which a mask of bits says whether they are there.
///
/// A slice keeps the bytes and notes at which bit it begins, so slicing copies nothing; writing shifts the
/// bits into place.
#[derive(Clone, Debug)]
pub struct BitMaskedArray {
    pub(crate) mask: Buffer,
    pub(crate) first_bit: usize,
    pub(crate) content: Arc<Array>,
    pub(crate) valid_when: bool,
    pub(crate) lsb_order: bool,
    pub(crate) length: usize,
    pub(crate) parameters: Parameters,
}

impl BitMaskedArray {
    /// `length` elements; a set bit means `valid_when`, and the first of eight elements is the least
    /// significant bit of its byte where `lsb_order`.
    ///
    /// # Errors
    /// [`Problem::TooShort`] when the mask has too few bits, [`Problem::ContentTooShort`] when the content
    /// has too few elements, [`BufferError::TwoPlaces`] when both lie at two places.
    pub fn try_new(
        mask: Buffer,
        content: Array,
        valid_when: bool,
        lsb_order: bool,
        length: usize,
        parameters: Parameters,
    ) -> Result<Self, ArrayError> {
        let at = |problem| ArrayError::of_node("BitMaskedArray", Some(Attribute::Mask), problem);
        let needed = length.div_ceil(8);
        if mask.len() < needed {
            return Err(at(Problem::TooShort {
                needed: as_rows(needed),
                have: as_rows(mask.len()),
            }));
        }
        if content.len() < length {
            return Err(at(Problem::ContentTooShort {
                needed: as_rows(length),
                have: as_rows(content.len()),
            }));
        }
        let mask = mask.slice(0..needed)?;
        together(&[&mask], std::slice::from_ref(&content)).map_err(|error| at(error.into()))?;
        Ok(Self {
            mask,
            first_bit: 0,
            content: Arc::new(content),
            valid_when,
            lsb_order,
            length,
            parameters,
        })
    }

    /// How many elements there are, missing ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// What a set bit means: `true` that the element is there.
    #[must_use]
    pub fn valid_when(&self) -> bool {
        self.valid_when
    }

    /// Whether the first of eight elements is the least significant bit.
    #[must_use]
    pub fn lsb_order(&self) -> bool {
        self.lsb_order
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

    /// Which bits of the bytes are those of elements.
    pub(crate) fn bits_of_mask(&self) -> Bits {
        Bits {
            first: self.first_bit,
            length: self.length,
            lsb_order: self.lsb_order,
        }
    }

    /// Whether one element is there; `None` past the end, or where the bytes are not on the host.
    #[must_use]
    pub fn is_valid(&self, row: usize) -> Option<bool> {
        if row >= self.length {
            return None;
        }
        Some(self.bits_of_mask().get(self.mask.bytes().ok()?, row)? == self.valid_when)
    }

    /// Each bit of the mask, in the order of the elements.
    pub(crate) fn bits(&self) -> Result<Vec<bool>, BufferError> {
        Ok(self.bits_of_mask().of(self.mask.bytes()?).collect())
    }

    /// On a device bits cannot be looked at: there, only the very same ones are.
    fn has_same_bits(&self, other: &Self) -> bool {
        match (self.bits(), other.bits()) {
            (Ok(own), Ok(other)) => own == other,
            (Err(_), Err(_)) => self.first_bit == other.first_bit && self.mask == other.mask,
            _ => false,
        }
    }

    /// The mask in whole bytes, the first element being the first bit.
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`] when bits must be shifted, but are on a device that computes nothing by itself.
    pub fn mask(&self) -> Result<Buffer, BufferError> {
        if self.first_bit == 0 {
            return Ok(self.mask.clone());
        }
        masks::shifted_bits(&self.mask, self.bits_of_mask())
    }

    /// The same elements, with a mask of bytes.
    ///
    /// ```
    /// use gawky_array::{BitMaskedArray, NumpyArray};
    /// use gawky_form::Parameters;
    /// let content = NumpyArray::from_vec(vec![1.5, 2.5, 3.5]).into();
    /// let bits = BitMaskedArray::try_new(vec![0b110_u8].into(), content, true, true, 3, Parameters::none())?;
    /// assert_eq!(bits.to_byte_masked()?.mask().bytes()?, [0, 1, 1]);
    /// # Ok::<(), gawky_array::ArrayError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`] where the mask is on a device that computes nothing by itself.
    pub fn to_byte_masked(&self) -> Result<ByteMaskedArray, ArrayError> {
        self.masked_by_bytes().map_err(|problem| {
            ArrayError::of_node("BitMaskedArray", Some(Attribute::Mask), problem)
        })
    }

    pub(crate) fn masked_by_bytes(&self) -> Result<ByteMaskedArray, Problem> {
        Ok(ByteMaskedArray {
            mask: masks::bytes_of_bits(&self.mask, self.bits_of_mask())?,
            content: Arc::new(self.content.slice_within(0..self.length)?),
            valid_when: self.valid_when,
            parameters: self.parameters.clone(),
        })
    }

    pub(crate) fn pieces(&self) -> Result<Pieces, BufferError> {
        Ok(Pieces::from_iter([self.mask()?]))
    }

    pub(crate) fn form(&self, content: Arc<Form>, info: NodeInfo) -> Form {
        BitMaskedForm {
            valid_when: self.valid_when,
            lsb_order: self.lsb_order,
            content,
            info,
        }
        .into()
    }

    pub(crate) fn slice(&self, rows: Range<usize>) -> Result<Self, Problem> {
        let length = rows.end - rows.start;
        let begin = self.first_bit + rows.start;
        let end = if length == 0 { begin } else { begin + length };
        Ok(Self {
            mask: self
                .mask
                .slice(begin / 8..end.div_ceil(8).max(begin / 8).min(self.mask.len()))?,
            first_bit: begin % 8,
            content: Arc::new(self.content.slice_within(rows)?),
            valid_when: self.valid_when,
            lsb_order: self.lsb_order,
            length,
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
            ..self.clone()
        })
    }

    pub(crate) fn open(rows: &Range<u64>) -> ChildRows {
        ChildRows::Every(rows.clone().into())
    }

    pub(crate) fn assemble(
        form: &BitMaskedForm,
        rows: &Runs,
        length: usize,
        slots: Slots<'_>,
        content: Array,
    ) -> Result<Self, Problem> {
        let mask = first(slots);
        let (mask, first_bit) = match rows {
            Runs::One(rows) if rows.is_empty() => (mask, 0),
            Runs::One(rows) => (mask, super::in_memory(rows.start % 8)?),
            Runs::Many(runs) => (joined_bits(&mask, runs, form.lsb_order)?, 0),
        };
        Ok(Self {
            mask,
            first_bit,
            content: Arc::new(content),
            valid_when: form.valid_when,
            lsb_order: form.lsb_order,
            length,
            parameters: form.info.parameters.clone(),
        })
    }
}

/// The bits of runs of rows, of each of which the whole bytes are here, one run after the other.
fn joined_bits(bytes: &Buffer, runs: &[Range<u64>], lsb_order: bool) -> Result<Buffer, Problem> {
    let bytes = bytes.bytes()?;
    let mut rest = bytes;
    let mut pieces = Vec::with_capacity(runs.len());
    for run in runs {
        let bits = Bits {
            first: super::in_memory(run.start % 8)?,
            length: super::in_memory(run.end - run.start)?,
            lsb_order,
        };
        let (piece, after) = rest
            .split_at_checked((bits.first + bits.length).div_ceil(8))
            .unwrap_or((rest, &[]));
        rest = after;
        pieces.push((bits, piece));
    }
    let bits = pieces.iter().flat_map(|(bits, piece)| bits.of(piece));
    Ok(masks::packed_bits(bits, lsb_order))
}

/// Two are equal when the same bits are set for the same elements, at whichever bit they begin; bits past
/// the last element do not count.
impl PartialEq for BitMaskedArray {
    fn eq(&self, other: &Self) -> bool {
        self.length == other.length
            && self.valid_when == other.valid_when
            && self.lsb_order == other.lsb_order
            && self.parameters == other.parameters
            && self.has_same_bits(other)
            && self.content == other.content
    }
}
