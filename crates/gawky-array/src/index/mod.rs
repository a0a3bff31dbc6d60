//! [`Index`]: the integers of a structure buffer.

mod counts;
pub(crate) mod lists;
pub(crate) mod masks;
pub(crate) mod picks;
pub(crate) mod reach;
pub(crate) mod rows;
pub(crate) mod unions;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use gawky_buffer::{Alignment, Buffer, BufferError, DType, Kernels, Native, Place};
use gawky_form::IndexType;

/// The integers of a structure buffer (offsets, starts, stops or an index), native-endian and aligned.
///
/// ```
/// use gawky_array::Index;
/// let offsets = Index::from(vec![0_i64, 3, 3, 5]);
/// assert_eq!(offsets.get(1), Some(3));
/// ```
#[derive(Clone)]
pub struct Index {
    buffer: Buffer,
    kind: IndexType,
}

/// The integers themselves.
#[derive(Clone, Copy, Debug)]
pub(crate) enum IndexView<'a> {
    I32(&'a [i32]),
    U32(&'a [u32]),
    I64(&'a [i64]),
}

/// One kind of integer that an index is made of.
pub(crate) trait IndexElement: Native + Copy + Ord + Into<i64> + Default {
    /// The same number as `i64`.
    fn wide(self) -> i64 {
        self.into()
    }

    /// The same number in this kind; the caller knows that it fits.
    fn from_i64(value: i64) -> Self;
}

impl IndexElement for i32 {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "callers pass numbers no greater than one that was read from this kind"
    )]
    fn from_i64(value: i64) -> Self {
        value as Self
    }
}

impl IndexElement for u32 {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "callers pass numbers no greater than one that was read from this kind"
    )]
    fn from_i64(value: i64) -> Self {
        value as Self
    }
}

impl IndexElement for i64 {
    fn from_i64(value: i64) -> Self {
        value
    }
}

/// Runs one piece of generic code on whichever integers a view holds.
macro_rules! with_integers {
    ($view:expr, $values:ident => $body:expr) => {
        match $view {
            $crate::index::IndexView::I32($values) => $body,
            $crate::index::IndexView::U32($values) => $body,
            $crate::index::IndexView::I64($values) => $body,
        }
    };
}
pub(crate) use with_integers;

/// So many times the same number, on a device.
pub(crate) fn filled_there(
    kernels: &dyn Kernels,
    number: i64,
    length: usize,
) -> Result<Buffer, BufferError> {
    kernels.fill(&number.to_ne_bytes(), length)
}

/// How many numbers are shown of a buffer.
const FEW: usize = 8;

impl fmt::Debug for Index {
    /// The kind, how many numbers there are, and the first of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Index({}, {}: ", self.kind.dtype(), self.len())?;
        match self.view() {
            Ok(view) => {
                let first = with_integers!(view, values => few(values));
                write!(f, "[{first}])")
            }
            Err(_) => write!(f, "on {})", self.buffer.place()),
        }
    }
}

fn few<T: fmt::Display>(numbers: &[T]) -> String {
    let mut shown: Vec<String> = numbers.iter().take(FEW).map(T::to_string).collect();
    if numbers.len() > FEW {
        shown.push("...".to_owned());
    }
    shown.join(", ")
}

impl Index {
    /// Integers of the given kind in a native-endian buffer, which is copied only where it is misaligned.
    ///
    /// # Errors
    /// [`BufferError::NotMultiple`] when the length is no whole number of integers.
    pub fn try_new(buffer: Buffer, kind: IndexType) -> Result<Self, BufferError> {
        let itemsize = kind.dtype().itemsize();
        if !buffer.len().is_multiple_of(itemsize) {
            return Err(BufferError::NotMultiple {
                len: buffer.len(),
                itemsize,
            });
        }
        let (buffer, _) = buffer.aligned(Alignment::try_new(itemsize)?)?;
        Ok(Self { buffer, kind })
    }

    /// The kind of integer.
    #[must_use]
    pub fn kind(&self) -> IndexType {
        self.kind
    }

    /// How many integers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.buffer.len() / self.kind.dtype().itemsize()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// The bytes.
    #[must_use]
    pub fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// One integer; `None` past the end, or where the bytes are not on the host.
    #[must_use]
    pub fn get(&self, position: usize) -> Option<i64> {
        with_integers!(self.view().ok()?, values => values.get(position).map(|value| value.wide()))
    }

    /// The integers `range`, without a copy.
    ///
    /// # Errors
    /// [`BufferError::OutOfRange`] when `range` is not within the index.
    pub fn slice(&self, range: Range<usize>) -> Result<Self, BufferError> {
        let itemsize = self.kind.dtype().itemsize();
        let scale = |position: usize| position.saturating_mul(itemsize);
        Ok(Self {
            buffer: self.buffer.slice(scale(range.start)..scale(range.end))?,
            kind: self.kind,
        })
    }

    /// The same integers at `place`: this index itself if it is there, else one transfer.
    ///
    /// ```
    /// use gawky_array::Index;
    /// use gawky_buffer::Place;
    /// let place = Place::Host; // or a device
    /// let rows = Index::from(vec![2_u32, 0]).to_place(&place)?;
    /// assert_eq!(rows.buffer().place(), place);
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::Device`] when a device fails.
    pub fn to_place(&self, place: &Place) -> Result<Self, BufferError> {
        Self::try_new(self.buffer.to_place(place)?, self.kind)
    }

    /// All integers as `i64`.
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`] when the bytes are on a device.
    pub fn to_i64(&self) -> Result<Vec<i64>, BufferError> {
        Ok(
            with_integers!(self.view()?, values => values.iter().map(|value| value.wide()).collect()),
        )
    }

    /// The integers on the host as `i64`, borrowed where they are.
    pub(crate) fn numbers(&self) -> Result<Cow<'_, [i64]>, BufferError> {
        match self.view()? {
            IndexView::I64(numbers) => Ok(Cow::Borrowed(numbers)),
            _ => Ok(Cow::Owned(self.to_i64()?)),
        }
    }

    /// The same integers as `i64`; no copy where they are.
    pub(crate) fn widened(&self) -> Result<Self, BufferError> {
        if self.kind == IndexType::I64 {
            return Ok(self.clone());
        }
        match self.buffer.place().kernels()? {
            None => Ok(Self::from(self.to_i64()?)),
            Some(kernels) => {
                let wide = kernels.cast(&self.buffer, self.kind.dtype(), DType::Int64)?;
                Ok(Self::of_i64(wide))
            }
        }
    }

    /// The integers, of which the caller knows that they are aligned and native-endian `i64`.
    pub(crate) fn of_i64(buffer: Buffer) -> Self {
        Self {
            buffer,
            kind: IndexType::I64,
        }
    }

    /// The integers at these places, which are within the index; from a device they are fetched, all in one go.
    pub(crate) fn read<const N: usize>(&self, at: [usize; N]) -> Result<[i64; N], BufferError> {
        let pieces = at
            .iter()
            .map(|at| Ok(self.slice(*at..at.saturating_add(1))?.buffer))
            .collect::<Result<Vec<_>, BufferError>>()?;
        let mut numbers = [0; N];
        for (number, piece) in numbers.iter_mut().zip(Place::Host.receive(&pieces)?) {
            *number = Self::try_new(piece, self.kind)?.get(0).unwrap_or(0);
        }
        Ok(numbers)
    }

    pub(crate) fn into_buffer(self) -> Buffer {
        self.buffer
    }

    pub(crate) fn with_buffer(&self, buffer: Buffer) -> Self {
        Self {
            buffer,
            kind: self.kind,
        }
    }

    /// The integers, borrowed.
    pub(crate) fn view(&self) -> Result<IndexView<'_>, BufferError> {
        fn elements<T: Native>(buffer: &Buffer) -> Result<&[T], BufferError> {
            let bytes = buffer.bytes()?;
            if bytes.is_empty() {
                return Ok(&[]);
            }
            bytemuck::try_cast_slice(bytes).map_err(|_| BufferError::NotMultiple {
                len: bytes.len(),
                itemsize: size_of::<T>(),
            })
        }
        Ok(match self.kind {
            IndexType::I32 => IndexView::I32(elements(&self.buffer)?),
            IndexType::U32 => IndexView::U32(elements(&self.buffer)?),
            IndexType::I64 => IndexView::I64(elements(&self.buffer)?),
        })
    }

    /// These integers, which are `i64`, in as narrow a kind as `kind`, or as they are where one does not fit.
    pub(crate) fn narrowed(self, kind: IndexType) -> Result<Self, BufferError> {
        let place = self.buffer.place();
        let Some(kernels) = place.kernels()? else {
            return Ok(Self::fitting(self.to_i64()?, kind));
        };
        let (least, greatest) = match kind {
            IndexType::I32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
            IndexType::U32 => (0, i64::from(u32::MAX)),
            IndexType::I64 => return Ok(self),
        };
        if kernels
            .first_outside(&self.buffer, least, greatest + 1)?
            .is_some()
        {
            return Ok(self);
        }
        let buffer = kernels.cast(&self.buffer, DType::Int64, kind.dtype())?;
        Ok(Self { buffer, kind })
    }

    /// The same integers in as narrow a kind as `kind`, or in `i64` where one does not fit.
    pub(crate) fn fitting(values: Vec<i64>, kind: IndexType) -> Self {
        fn narrowed<T: IndexElement + TryFrom<i64>>(values: &[i64]) -> Option<Vec<T>> {
            values
                .iter()
                .map(|value| T::try_from(*value).ok())
                .collect()
        }
        let narrow = match kind {
            IndexType::I32 => narrowed::<i32>(&values).map(Self::from),
            IndexType::U32 => narrowed::<u32>(&values).map(Self::from),
            IndexType::I64 => None,
        };
        narrow.unwrap_or_else(|| Self::from(values))
    }
}

macro_rules! index_from_vec {
    ($($integer:ty => $kind:ident),*) => {$(
        impl From<Vec<$integer>> for Index {
            fn from(values: Vec<$integer>) -> Self {
                Self { buffer: Buffer::from_vec(values), kind: IndexType::$kind }
            }
        }
    )*};
}

index_from_vec!(i32 => I32, u32 => U32, i64 => I64);

/// Two indexes are equal when they are of one kind and hold the same integers.
impl PartialEq for Index {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.buffer == other.buffer
    }
}

impl Eq for Index {}
