//! [`NumpyArray`]: a rectilinear array of numbers, booleans or times.

use std::ops::Range;
use std::sync::Arc;

use gawky_buffer::{Alignment, Buffer, ByteOrder, DType, Native, NdBuffer, Scalar};
use gawky_form::{Attribute, Form, NodeInfo, NumpyForm, Parameters};

use super::{ChildRows, Pieces, RegularArray, Slots, as_rows, first};
use crate::{Array, ArrayError, Index, Problem};

/// A rectilinear array of numbers, booleans or times: row-major, native-endian, aligned.
#[derive(Clone, Debug, PartialEq)]
pub struct NumpyArray {
    data: Buffer,
    dtype: DType,
    inner_shape: Arc<[u64]>,
    length: usize,
    parameters: Parameters,
}

/// Refuses rows that no memory could hold, were none of their axes empty, as NumPy does: then the lengths of
/// all axes together fit into a number.
fn check_size(dtype: DType, inner_shape: &[u64], length: u64) -> Result<(), Problem> {
    let bytes = inner_shape
        .iter()
        .filter(|size| **size != 0)
        .try_fold(length.max(1), |product, size| product.checked_mul(*size))
        .and_then(|elements| elements.checked_mul(as_rows(dtype.itemsize())));
    match bytes.map(i64::try_from) {
        Some(Ok(_)) => Ok(()),
        _ => Err(Problem::TooLarge {
            what: "bytes",
            length,
        }),
    }
}

impl NumpyArray {
    /// An array of `length` rows, each of the shape `inner_shape`.
    ///
    /// The data are native-endian and row-major; they are copied only where they are misaligned.
    ///
    /// # Errors
    /// [`Problem::TooShort`] when there are fewer bytes than the shape needs, [`Problem::TooLarge`] when
    /// no memory could hold them.
    pub fn try_new(
        data: Buffer,
        dtype: DType,
        inner_shape: Arc<[u64]>,
        length: usize,
        parameters: Parameters,
    ) -> Result<Self, ArrayError> {
        let attempt = || {
            check_size(dtype, &inner_shape, as_rows(length))?;
            let form = NumpyForm {
                dtype,
                inner_shape: Arc::clone(&inner_shape),
                info: NodeInfo::default(),
            };
            let needed = as_rows(length)
                .checked_mul(form.row_elements())
                .and_then(|elements| elements.checked_mul(as_rows(dtype.itemsize())))
                .and_then(|bytes| usize::try_from(bytes).ok())
                .ok_or(Problem::TooLarge {
                    what: "bytes",
                    length: as_rows(length),
                })?;
            if data.len() < needed {
                return Err(Problem::TooShort {
                    needed: as_rows(needed),
                    have: as_rows(data.len()),
                });
            }
            let (data, _) = data
                .slice(0..needed)?
                .aligned(Alignment::try_new(dtype.alignment())?)?;
            Ok(data)
        };
        let data = attempt().map_err(|problem| problem.of(Attribute::Data).at("NumpyArray"))?;
        Ok(Self {
            data,
            dtype,
            inner_shape,
            length,
            parameters,
        })
    }

    /// A flat array that takes the memory of `values`.
    #[must_use]
    pub fn from_vec<T: Native>(values: Vec<T>) -> Self {
        Self {
            length: values.len(),
            data: Buffer::from_vec(values),
            dtype: T::DTYPE,
            inner_shape: Arc::new([]),
            parameters: Parameters::none(),
        }
    }

    /// A flat array of numbers of structure, wherever they are.
    pub(crate) fn from_index(index: Index) -> Self {
        Self {
            length: index.len(),
            dtype: index.kind().dtype(),
            data: index.into_buffer(),
            inner_shape: Arc::new([]),
            parameters: Parameters::none(),
        }
    }

    /// The rows as NumPy sees them: the first axis is the rows, the others are the inner shape; no copy.
    ///
    /// ```
    /// use gawky_array::NumpyArray;
    /// let view = NumpyArray::from_vec(vec![1_i64, 2, 3]).to_nd()?;
    /// assert_eq!(view.shape(), [3]);
    /// # Ok::<(), gawky_array::ArrayError>(())
    /// ```
    ///
    /// # Errors
    /// [`ArrayError::Buffer`] where the bytes are too few for the shape, which `try_new` has ruled out.
    pub fn to_nd(&self) -> Result<NdBuffer, ArrayError> {
        let inner = self.inner_shape.iter().map(|size| super::in_memory(*size));
        let shape = std::iter::once(Ok(self.length))
            .chain(inner)
            .collect::<Result<Vec<usize>, Problem>>()
            .map_err(|problem| problem.of(Attribute::Data).at("NumpyArray"))?;
        Ok(NdBuffer::try_new(
            self.data.clone(),
            self.dtype,
            ByteOrder::NATIVE,
            &shape,
        )?)
    }

    /// What the elements are.
    #[must_use]
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The shape of one row; empty for a flat array.
    #[must_use]
    pub fn inner_shape(&self) -> &[u64] {
        &self.inner_shape
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The elements' bytes, exactly as many as there are elements.
    #[must_use]
    pub fn data(&self) -> &Buffer {
        &self.data
    }

    /// The metadata.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// These rows under other metadata.
    #[must_use]
    pub fn with_parameters(mut self, parameters: Parameters) -> Self {
        self.parameters = parameters;
        self
    }

    /// Elements in one row.
    #[must_use]
    pub fn row_elements(&self) -> usize {
        self.inner_shape
            .iter()
            .map(|size| usize::try_from(*size).unwrap_or(usize::MAX))
            .try_fold(1_usize, usize::checked_mul)
            .unwrap_or(0)
    }

    /// Bytes in one row. An array whose rows are too large for memory has none of them.
    pub(crate) fn row_bytes(&self) -> usize {
        self.row_elements().saturating_mul(self.dtype.itemsize())
    }

    /// One element, counted across rows; `None` past the end, or where the data are not on the host.
    #[must_use]
    pub fn element(&self, position: usize) -> Option<Scalar> {
        Scalar::read(self.dtype, self.data.bytes().ok()?, position)
    }

    pub(crate) fn pieces(&self) -> Pieces {
        Pieces::from_iter([self.data.clone()])
    }

    pub(crate) fn form(&self, info: NodeInfo) -> Form {
        NumpyForm {
            dtype: self.dtype,
            inner_shape: Arc::clone(&self.inner_shape),
            info,
        }
        .into()
    }

    pub(crate) fn slice(&self, rows: Range<usize>) -> Result<Self, Problem> {
        let size = self.row_bytes();
        let bytes = rows.start.saturating_mul(size)..rows.end.saturating_mul(size);
        Ok(Self {
            data: self.data.slice(bytes)?,
            length: rows.end - rows.start,
            dtype: self.dtype,
            inner_shape: Arc::clone(&self.inner_shape),
            parameters: self.parameters.clone(),
        })
    }

    /// The same form over other rows, whose bytes the caller has gathered.
    pub(crate) fn with_rows(&self, data: Buffer, length: usize) -> Self {
        Self {
            data,
            length,
            ..self.clone()
        }
    }

    /// These rows; those of more than one dimension as nested regular lists.
    pub(crate) fn nested(&self) -> Result<Array, Problem> {
        let Some((innermost, outer)) = self.inner_shape().split_last() else {
            return Ok(self.clone().into());
        };
        let mut rows = vec![self.len()];
        for size in outer {
            let last = rows.last().copied().unwrap_or(0);
            rows.push(last.saturating_mul(super::in_memory(*size)?));
        }
        let itemsize = self.dtype().itemsize();
        let elements = self.data().len() / itemsize;
        let flat = Self::try_new(
            self.data().clone(),
            self.dtype(),
            Arc::new([]),
            elements,
            Parameters::none(),
        );
        let mut nested = Array::from(flat.map_err(|_| Problem::TooLarge {
            what: "bytes",
            length: as_rows(elements),
        })?);
        let sizes = outer.iter().chain(std::iter::once(innermost)).rev();
        for (size, length) in sizes.zip(rows.into_iter().rev()) {
            nested = RegularArray {
                content: Arc::new(nested),
                size: super::in_memory(*size)?,
                length,
                parameters: Parameters::none(),
            }
            .into();
        }
        Ok(nested.with_parameters(self.parameters().clone()))
    }

    pub(crate) fn map_buffers<E>(
        &self,
        map: &mut dyn FnMut(&Buffer) -> Result<Buffer, E>,
    ) -> Result<Self, E> {
        Ok(self.with_rows(map(&self.data)?, self.length))
    }

    pub(crate) fn open(form: &NumpyForm, rows: &Range<u64>) -> Result<ChildRows, Problem> {
        super::in_memory(rows.end)?;
        check_size(form.dtype, &form.inner_shape, rows.end)?;
        Ok(ChildRows::Every((0..0).into()))
    }

    pub(crate) fn assemble(form: &NumpyForm, length: usize, slots: Slots<'_>) -> Self {
        Self {
            data: first(slots),
            dtype: form.dtype,
            inner_shape: Arc::clone(&form.inner_shape),
            length,
            parameters: form.info.parameters.clone(),
        }
    }
}

/// The rows of a view as an array: row-major and native-endian, without a copy where they lie so already.
///
/// ```
/// use gawky_array::{Array, NumpyArray};
/// use gawky_buffer::NdBuffer;
/// let table = NdBuffer::from_vec(vec![1_i64, 2, 3, 4, 5, 6], &[2, 3])?;
/// let columns = Array::from(NumpyArray::try_from(&table.t())?);
/// assert_eq!(columns.to_string(), "<Array [[1, 4], [2, 5], [3, 6]] type='3 * 2 * int64'>");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl TryFrom<&NdBuffer> for NumpyArray {
    type Error = ArrayError;

    fn try_from(view: &NdBuffer) -> Result<Self, ArrayError> {
        let (length, inner) = match view.shape().split_first() {
            Some((length, inner)) => (*length, inner),
            // A scalar is a row.
            None => (1, &[][..]),
        };
        let data = view.to_buffer(ByteOrder::NATIVE)?;
        let inner_shape = inner.iter().map(|size| as_rows(*size)).collect();
        Self::try_new(data, view.dtype(), inner_shape, length, Parameters::none())
    }
}
