//! Masks of bits, masks of bytes and indexes with gaps made of one another, on the host and on a device.

use gawky_buffer::{Buffer, BufferError};

use super::filled_there;
use crate::node::reserved;
use crate::{Index, Problem};

/// Which bits of a mask belong to elements, and in which order they lie in a byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bits {
    pub(crate) first: usize,
    pub(crate) length: usize,
    pub(crate) lsb_order: bool,
}

impl Bits {
    /// The bit of one element; `None` past the end of the bytes.
    #[inline]
    pub(crate) fn get(self, bytes: &[u8], row: usize) -> Option<bool> {
        let position = self.first + row;
        let byte = bytes.get(position / 8)?;
        let shift = if self.lsb_order {
            position % 8
        } else {
            7 - position % 8
        };
        Some((byte >> shift) & 1 == 1)
    }

    /// The bit of each element.
    pub(crate) fn of(self, bytes: &[u8]) -> impl ExactSizeIterator<Item = bool> {
        (0..self.length).map(move |row| self.get(bytes, row).unwrap_or(false))
    }
}

/// A byte for each bit: 1 where it is set, else 0.
pub(crate) fn bytes_of_bits(mask: &Buffer, bits: Bits) -> Result<Buffer, BufferError> {
    match mask.place().kernels()? {
        None => Ok(bits
            .of(mask.bytes()?)
            .map(u8::from)
            .collect::<Vec<u8>>()
            .into()),
        Some(kernels) => kernels.bits_to_flags(mask, bits.first, bits.length, bits.lsb_order),
    }
}

/// A bit for each byte: set where it is not 0. The last byte is filled up with zeros.
pub(crate) fn bits_of_bytes(mask: &Buffer, lsb_order: bool) -> Result<Buffer, BufferError> {
    match mask.place().kernels()? {
        None => Ok(packed_bits(
            mask.bytes()?.iter().map(|byte| *byte != 0),
            lsb_order,
        )),
        Some(kernels) => kernels.flags_to_bits(mask, lsb_order),
    }
}

/// The same bits from the first bit of the first byte on.
pub(crate) fn shifted_bits(mask: &Buffer, bits: Bits) -> Result<Buffer, BufferError> {
    match mask.place().kernels()? {
        None => Ok(packed_bits(bits.of(mask.bytes()?), bits.lsb_order)),
        Some(_) => bits_of_bytes(&bytes_of_bits(mask, bits)?, bits.lsb_order),
    }
}

/// Bits as bytes, the last one filled up with zeros.
pub(crate) fn packed_bits(bits: impl Iterator<Item = bool>, lsb_order: bool) -> Buffer {
    let mut bytes: Vec<u8> = Vec::new();
    for (position, bit) in bits.enumerate() {
        let shift = if lsb_order {
            position % 8
        } else {
            7 - position % 8
        };
        if position % 8 == 0 {
            bytes.push(0);
        }
        if let Some(byte) = bytes.last_mut() {
            *byte |= u8::from(bit) << shift;
        }
    }
    bytes.into()
}

/// Where each element of a mask of bytes is in the content, -1 for those that are not there.
pub(crate) fn index_of_bytes(mask: &Buffer, valid_when: bool) -> Result<Index, Problem> {
    let place = mask.place();
    let Some(kernels) = place.kernels()? else {
        return index_of_valid(mask.bytes()?.iter().map(|byte| (*byte != 0) == valid_when));
    };
    let rows = kernels.counting(0, mask.len())?;
    let missing = filled_there(kernels, -1, mask.len())?;
    let (set, unset) = if valid_when {
        (rows, missing)
    } else {
        (missing, rows)
    };
    Ok(Index::of_i64(kernels.choose(mask, &set, &unset)?))
}

/// Where each element of a mask of bits is in the content, -1 for those that are not there.
pub(crate) fn index_of_bits(mask: &Buffer, bits: Bits, valid_when: bool) -> Result<Index, Problem> {
    match mask.place().kernels()? {
        None => index_of_valid(bits.of(mask.bytes()?).map(|bit| bit == valid_when)),
        Some(_) => index_of_bytes(&bytes_of_bits(mask, bits)?, valid_when),
    }
}

fn index_of_valid(valid: impl ExactSizeIterator<Item = bool>) -> Result<Index, Problem> {
    let mut index = reserved(valid.len())?;
    index.extend(
        (0_i64..)
            .zip(valid)
            .map(|(row, valid)| if valid { row } else { -1 }),
    );
    Ok(Index::from(index))
}
