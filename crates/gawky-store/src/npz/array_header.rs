//! [`ArrayHeader`]: what NumPy writes before the elements of an array.
//!
//! The format is that of NumPy's page "NEP 1: A simple file format for NumPy arrays", in all three versions.

use gawky_buffer::{Buffer, BufferError, ByteOrder, DType, NdBuffer};

use super::fault::NpzFault;
use super::fields::Fields;
use super::literal::{Descr, Literal, MAX_AXES};

const MAGIC: &[u8] = b"\x93NUMPY";

/// NumPy pads its header so that the elements begin at a multiple of this.
const ALIGNMENT: usize = 64;
/// NumPy leaves room for the longest axis to be written anew in place, so many digits in all.
const AXIS_DIGITS: usize = 21;

/// What an array is, and where its elements begin.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ArrayHeader {
    dtype: DType,
    byteorder: ByteOrder,
    fortran_order: bool,
    shape: Vec<usize>,
    begins: usize,
}

impl ArrayHeader {
    /// Reads it from an array with all its elements, of which there must be as many as it says.
    pub(super) fn read(array: &[u8]) -> Result<Self, NpzFault> {
        let Some(mut fields) = Fields::signed(array, MAGIC) else {
            return Err(NpzFault::array(
                "it does not begin with \\x93NUMPY, although its name ends in .npy",
            ));
        };
        let short = || NpzFault::array("its header is cut off");
        let [version, minor] = fields.u16().ok_or_else(short)?.to_le_bytes();
        let len = match (version, minor) {
            (1, 0) => fields.u16().map(u32::from),
            (2 | 3, 0) => fields.u32(),
            _ => {
                return Err(NpzFault::array(format!(
                    "its header has the version {version}.{minor}, and 1.0, 2.0 and 3.0 are known"
                )));
            }
        };
        let len = len.and_then(|len| usize::try_from(len).ok());
        let text = len.and_then(|len| fields.take(len)).ok_or_else(short)?;
        // Names of fields may be in other letters; of an array without fields it is all ASCII.
        let text =
            str::from_utf8(text).map_err(|_| NpzFault::array("its header is not in UTF-8"))?;
        let literal = Literal::parse(text).map_err(NpzFault::array)?;
        let (dtype, byteorder) = match literal.descr {
            Descr::Simple(descr) => simple(descr)?,
            Descr::Structured => {
                return Err(NpzFault::DType {
                    descr: "[…]".to_owned(),
                    why: "it has fields; save every field as an array of its own",
                });
            }
        };
        let have = fields.len() as u64;
        let shape = counted(&literal.shape, dtype, have)?;
        Ok(Self {
            dtype,
            byteorder,
            fortran_order: literal.fortran_order,
            shape,
            begins: array.len() - fields.len(),
        })
    }

    /// How many bytes there are before the elements, by the first bytes of an array.
    pub(super) fn length(array: &[u8]) -> Option<u64> {
        let mut fields = Fields::signed(array, MAGIC)?;
        let [version, minor] = fields.u16()?.to_le_bytes();
        let len = match (version, minor) {
            (1, 0) => fields.u16().map(u32::from),
            (2 | 3, 0) => fields.u32(),
            _ => None,
        };
        let before = array.len() - fields.len();
        Some(u64::from(len?) + before as u64)
    }

    pub(super) fn dtype(&self) -> DType {
        self.dtype
    }

    /// The elements of the array that this was read from: in row-major order, little-endian, which is what
    /// readers take blobs for. They are copied only where they do not lie so.
    pub(super) fn row_major(&self, array: &Buffer) -> Result<Buffer, BufferError> {
        let elements = array.slice(self.begins..array.len())?;
        let view = |shape: &[usize]| NdBuffer::try_new(elements, self.dtype, self.byteorder, shape);
        let view = if self.fortran_order {
            let reversed: Vec<usize> = self.shape.iter().rev().copied().collect();
            view(&reversed)?.t()
        } else {
            view(&self.shape)?
        };
        view.to_buffer(ByteOrder::Little)
    }

    /// What NumPy itself writes before such an array in row-major order, byte for byte.
    pub(super) fn written(
        dtype: DType,
        byteorder: ByteOrder,
        shape: &[usize],
    ) -> Result<Vec<u8>, NpzFault> {
        let axes: Vec<String> = shape.iter().map(ToString::to_string).collect();
        let spare = axes
            .first()
            .map_or(0, |first| AXIS_DIGITS.saturating_sub(first.len()));
        let tuple = match axes.as_slice() {
            [only] => format!("({only},)"),
            axes => format!("({})", axes.join(", ")),
        };
        let mut text = format!(
            "{{'descr': '{}', 'fortran_order': False, 'shape': {tuple}, }}",
            dtype.typestr(byteorder)
        );
        text.extend(std::iter::repeat_n(' ', spare));
        // Before the text come the magic, the version and the length; behind it a line feed.
        let before = MAGIC.len() + 4;
        let plain = before + text.len() + 1;
        text.extend(std::iter::repeat_n(' ', ALIGNMENT - plain % ALIGNMENT));
        text.push('\n');
        let len = u16::try_from(text.len()).ok();
        let Some(len) = len.filter(|_| shape.len() <= MAX_AXES) else {
            return Err(NpzFault::array(format!(
                "it has {} axes, and NumPy has {MAX_AXES} at most; reshape it",
                shape.len()
            )));
        };
        let mut header = MAGIC.to_vec();
        header.extend([1, 0]);
        header.extend(len.to_le_bytes());
        header.extend(text.as_bytes());
        Ok(header)
    }
}

/// A dtype without fields.
fn simple(descr: &str) -> Result<(DType, ByteOrder), NpzFault> {
    let refused = |why| NpzFault::DType {
        descr: descr.to_owned(),
        why,
    };
    let kind = descr
        .trim_start_matches(['<', '>', '|', '='])
        .chars()
        .next();
    match kind {
        Some('O') => {
            return Err(refused(
                "its elements are Python objects, which only Python can read; save ak.to_buffers of the data \
                 instead",
            ));
        }
        Some('S' | 'U' | 'a') => {
            return Err(refused(
                "its elements are strings; save ak.to_buffers of them instead",
            ));
        }
        Some('V') => {
            return Err(refused(
                "its elements are bytes without a meaning; save them as uint8",
            ));
        }
        _ => {}
    }
    let read = DType::from_typestr(descr)
        .map_err(|_| refused("gawky has no such dtype; convert the array before saving it"))?;
    // What NumPy writes always says in which order the bytes are; this machine's is not that of the writer.
    match descr.as_bytes().first() {
        Some(b'<' | b'>') => Ok(read),
        Some(b'|') if read.0.itemsize() == 1 => Ok(read),
        _ => Err(refused("it does not say in which order the bytes are")),
    }
}

/// The shape, if it comes to exactly the bytes that there are.
fn counted(shape: &[u64], dtype: DType, have: u64) -> Result<Vec<usize>, NpzFault> {
    let needed = if shape.contains(&0) {
        Some(0)
    } else {
        shape
            .iter()
            .try_fold(dtype.itemsize() as u64, |bytes, len| {
                bytes.checked_mul(*len)
            })
    };
    let fits = shape.iter().map(|len| usize::try_from(*len).ok()).collect();
    match (needed, fits) {
        (Some(needed), Some(shape)) if needed == have => Ok(shape),
        _ => Err(NpzFault::Length {
            shape: format!("{shape:?}"),
            needed: needed.map_or_else(|| "more".to_owned(), |needed| needed.to_string()),
            have,
        }),
    }
}
