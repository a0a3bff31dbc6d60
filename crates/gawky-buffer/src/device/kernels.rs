//! [`Kernels`]: what a device computes on bytes in its own memory.

use std::fmt;

use crate::{Buffer, BufferError, DType};

/// What a device computes on bytes in its own memory, so that neither elements nor structure must come back for it.
///
/// [`NdBuffer`](crate::NdBuffer) and the arrays above it do on a device what they do on the host by way of these;
/// [`HostKernels`](crate::HostKernels) are the same functions on the host: what a device computes is what they
/// compute, byte for byte.
///
/// Every [`Buffer`] that is handed in lies on the device, aligned for its elements, and so does every one that comes
/// back, in new memory unless it says otherwise. Bytes that are only moved may lie at any address: those of
/// [`concatenate`](Self::concatenate), [`gather_strided`](Self::gather_strided), [`byte_swapped`](Self::byte_swapped)
/// and the source of [`gather`](Self::gather). Elements are in native byte order. Structure (counts, offsets, rows)
/// is in `i64`; flags are one byte each, true where it is not 0, and written as 0 or 1. Numbers are trusted no further
/// than memory goes: rows and offsets that lie outside of what they point into lead to no access outside of it.
///
/// Methods may be added, with a default that answers [`BufferError::NotComputed`], so that devices that do not know them
/// go on working as before.
///
/// # Errors
/// [`BufferError::NotMultiple`] where a length is no whole number of elements, [`BufferError::TooSmall`] where one
/// buffer is shorter than another says, [`BufferError::NotOnHost`], [`BufferError::TwoPlaces`] and
/// [`BufferError::Device`] where a buffer lies elsewhere or the device fails, [`BufferError::OutOfMemory`] where a result
/// is larger than memory, [`BufferError::NotComputed`] where the device does not compute it.
pub trait Kernels: fmt::Debug + Send + Sync {
    /// `count` times the bytes of `element`: 1, 2, 4, 8, 16 or 32 of them, as elements of all dtypes have.
    ///
    /// # Errors
    /// [`BufferError::NotComputed`] for an element of another size.
    fn fill(&self, element: &[u8], count: usize) -> Result<Buffer, BufferError>;

    /// All `pieces`, one after the other.
    fn concatenate(&self, pieces: &[Buffer]) -> Result<Buffer, BufferError>;

    /// The elements of a strided view, in row-major order and without gaps. That all of them lie within `source` has
    /// been proved.
    ///
    /// # Errors
    /// [`BufferError::Shape`] and [`BufferError::OutOfMemory`] of [`StridedView::bytes`], [`BufferError::OutOfRange`]
    /// where an element does lie outside.
    fn gather_strided(
        &self,
        source: &Buffer,
        view: &StridedView<'_>,
    ) -> Result<Buffer, BufferError>;

    /// Elements of one dtype in the other byte order: the bytes of each part, of [`DType::partsize`], in reverse.
    fn byte_swapped(&self, source: &Buffer, dtype: DType) -> Result<Buffer, BufferError>;

    /// Elements of another dtype, by the rules of [`NdBuffer::astype`](crate::NdBuffer::astype).
    ///
    /// # Errors
    /// [`BufferError::Cast`] where there is no such conversion, [`BufferError::Overflow`] for the first date that does
    /// not fit.
    fn cast(&self, source: &Buffer, from: DType, to: DType) -> Result<Buffer, BufferError>;

    /// Whether equally many elements of one dtype are equal, NaN (and NaT) to NaN only with `equal_nan`; booleans by
    /// what they mean, zeros of either sign to each other.
    fn all_equal(
        &self,
        a: &Buffer,
        b: &Buffer,
        dtype: DType,
        equal_nan: bool,
    ) -> Result<bool, BufferError>;

    /// The rows `rows` (`i64`), each of `row_bytes` bytes; where there is no such row, bytes of `0xff`, which is -1 in
    /// any integer.
    fn gather(
        &self,
        source: &Buffer,
        row_bytes: usize,
        rows: &Buffer,
    ) -> Result<Buffer, BufferError>;

    /// `minuend[i] - subtrahend[i]`, wrapping: counts from stops and starts.
    fn subtract(&self, minuend: &Buffer, subtrahend: &Buffer) -> Result<Buffer, BufferError>;

    /// `values[i] + number`, wrapping.
    fn add(&self, values: &Buffer, number: i64) -> Result<Buffer, BufferError>;

    /// Offsets from counts, one more than there are counts, the first 0. Negative counts count as 0.
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`] when the last is more than `i64` holds.
    fn offsets(&self, counts: &Buffer) -> Result<Buffer, BufferError>;

    /// The rows of lists that begin at `starts` and lie one after the other at `offsets` (from 0, one more than there
    /// are starts): element `j` of list `i` is row `starts[i] + j - offsets[i]`. `length` is the last offset, which the
    /// caller has read.
    fn list_rows(
        &self,
        starts: &Buffer,
        offsets: &Buffer,
        length: usize,
    ) -> Result<Buffer, BufferError>;

    /// The rows of lists of one `size`, taken by `rows`: `rows[i] * size + 0..size`, for each.
    fn regular_rows(&self, rows: &Buffer, size: usize) -> Result<Buffer, BufferError>;

    /// `first..first + length`.
    fn counting(&self, first: i64, length: usize) -> Result<Buffer, BufferError>;

    /// The flags of `length` bits from bit `first` on, the lowest bit of each byte first, or the highest.
    fn bits_to_flags(
        &self,
        bits: &Buffer,
        first: usize,
        length: usize,
        lsb_order: bool,
    ) -> Result<Buffer, BufferError>;

    /// The bits of flags, the lowest bit of each byte first, or the highest; the last byte is filled up with 0.
    fn flags_to_bits(&self, flags: &Buffer, lsb_order: bool) -> Result<Buffer, BufferError>;

    /// Flags of where each element of `bytes` is `byte`.
    fn equals(&self, bytes: &Buffer, byte: u8) -> Result<Buffer, BufferError>;

    /// Flags of where each number is not negative.
    fn not_negative(&self, values: &Buffer) -> Result<Buffer, BufferError>;

    /// The rows whose flag is true, in order.
    fn rows_where(&self, flags: &Buffer) -> Result<Buffer, BufferError>;

    /// For each flag how many are true before it, where it is true; else -1.
    fn numbers_where(&self, flags: &Buffer) -> Result<Buffer, BufferError>;

    /// `yes[i]` where the flag is true, else `no[i]`.
    fn choose(&self, flags: &Buffer, yes: &Buffer, no: &Buffer) -> Result<Buffer, BufferError>;

    /// The least and the greatest of the numbers whose flag is true, or of all; `None` where there are none.
    fn bounds(
        &self,
        values: &Buffer,
        flags: Option<&Buffer>,
    ) -> Result<Option<(i64, i64)>, BufferError>;

    /// The first of `values` that is less than the one before it, by its place; the first of them has none before it.
    fn first_descent(&self, values: &Buffer) -> Result<Option<usize>, BufferError>;

    /// The first of `values` that is less than `lowest`, or not less than `end`.
    fn first_outside(
        &self,
        values: &Buffer,
        lowest: i64,
        end: i64,
    ) -> Result<Option<usize>, BufferError>;

    /// The first place at which the flag is true.
    fn first_where(&self, flags: &Buffer) -> Result<Option<usize>, BufferError>;

    /// Flags of where `a[i] < b[i]`.
    fn less(&self, a: &Buffer, b: &Buffer) -> Result<Buffer, BufferError>;
}

/// Where the elements of a strided view lie.
#[derive(Clone, Copy, Debug)]
pub struct StridedView<'a> {
    /// Bytes per element.
    pub itemsize: usize,
    /// Elements along each axis.
    pub shape: &'a [usize],
    /// Bytes from one element to the next along each axis.
    pub strides: &'a [isize],
    /// The byte at which the first element starts.
    pub offset: usize,
}

impl StridedView<'_> {
    /// How many bytes all elements have.
    ///
    /// # Errors
    /// [`BufferError::Shape`] when there is not one stride for each axis, [`BufferError::OutOfMemory`] when the bytes are
    /// more than can be counted.
    pub fn bytes(&self) -> Result<usize, BufferError> {
        if self.strides.len() != self.shape.len() {
            return Err(BufferError::Shape {
                from: self.shape.to_vec(),
                to: format!("a view with strides {:?}", self.strides),
                reason: "there must be one stride for each axis",
            });
        }
        if self.shape.contains(&0) {
            return Ok(0);
        }
        let product = |bytes: usize, length: &usize| bytes.checked_mul(*length);
        let bytes = self.shape.iter().try_fold(self.itemsize, product);
        bytes.ok_or_else(|| BufferError::OutOfMemory {
            what: format!("{:?} of {} bytes each", self.shape, self.itemsize),
        })
    }
}
