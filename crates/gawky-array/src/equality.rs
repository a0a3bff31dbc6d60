//! Equality by value; equality by layout is `==`.

use crate::{Array, ArrayError, Value};

impl Array {
    /// Whether both arrays hold the same values, however they are laid out.
    ///
    /// Scalars are the same only if they are of one dtype; records, only if their fields have the same names
    /// in the same order. NaN equals NaN where `equal_nan`, as in NumPy's `array_equal`; so does not-a-time.
    /// Equality of layouts (the same classes over the same bytes) is `==`.
    ///
    /// ```
    /// use gawky_array::{Array, IndexedArray, NumpyArray};
    /// use gawky_form::Parameters;
    /// let plain = Array::from(NumpyArray::from_vec(vec![3_i64, 1]));
    /// let content = Array::from(NumpyArray::from_vec(vec![1_i64, 2, 3]));
    /// let picked = IndexedArray::try_new(vec![2_i64, 0].into(), content, Parameters::none())?;
    /// assert!(plain.equal_values(&picked.into(), false)?);
    /// # Ok::<(), gawky_array::ArrayError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where bytes are on a device.
    pub fn equal_values(&self, other: &Self, equal_nan: bool) -> Result<bool, ArrayError> {
        self.require_host()?;
        other.require_host()?;
        Ok(self.len() == other.len() && self.value()?.equals(&other.value()?, equal_nan))
    }
}

impl Value<'_> {
    /// Whether both are the same value, scalars of the same dtype; NaN and not-a-time equal themselves only where
    /// `equal_nan`.
    #[must_use]
    pub fn equals(&self, other: &Value<'_>, equal_nan: bool) -> bool {
        match (self, other) {
            (Self::Null, Value::Null) => true,
            (Self::Scalar(a), Value::Scalar(b)) => {
                a.dtype() == b.dtype() && a.equals(*b, equal_nan)
            }
            (Self::Str(a), Value::Str(b)) => a == b,
            (Self::NonUtf8(a), Value::NonUtf8(b)) | (Self::Bytes(a), Value::Bytes(b)) => a == b,
            (Self::List(a), Value::List(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.equals(&b, equal_nan))
            }
            (Self::Record(a), Value::Record(b)) => {
                let same_names = match (a.names(), b.names()) {
                    (Some(a), Some(b)) => a.eq(b),
                    (None, None) => a.len() == b.len(),
                    _ => false,
                };
                same_names
                    && a.values()
                        .zip(b.values())
                        .all(|(a, b)| a.equals(&b, equal_nan))
            }
            _ => false,
        }
    }
}

/// Equal as in [`Value::equals`], NaN being unequal to itself.
impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.equals(other, false)
    }
}
