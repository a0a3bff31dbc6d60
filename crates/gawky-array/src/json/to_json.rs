//! [`ToJson`]: how arrays are written.

use std::fmt;
use std::io::Write;
use std::sync::Arc;

use super::write::{Frame, Output};
use super::{JsonError, Layout, Writer};
use crate::{Array, ArrayError};

/// All rows on one line.
const LIST: Frame = Frame {
    first: "[",
    next: ",",
    behind: "",
    last: "]",
};

/// How bytestrings are written.
type ConvertBytes = Arc<dyn Fn(&[u8]) -> String + Send + Sync>;

/// How arrays are written as JSON; see the [module](super) for what becomes what.
///
/// What JSON has no words for (NaN, infinities, complex numbers, bytestrings) is an error unless it is said how to write it.
///
/// ```
/// use gawky_array::{Array, NumpyArray, json::ToJson};
/// let array = Array::from(NumpyArray::from_vec(vec![1.5, f64::NAN, f64::INFINITY]));
///
/// let error = ToJson::new().to_string(&array).unwrap_err();
/// assert_eq!(error.to_string(), "row 1: JSON has no NaN: say by nan_string how to write it");
///
/// let json = ToJson::new().nan_string("nan").posinf_string("inf");
/// assert_eq!(json.to_string(&array)?, r#"[1.5,"nan","inf"]"#);
/// # Ok::<(), gawky_array::json::JsonError>(())
/// ```
#[derive(Clone, Default)]
#[must_use = "nothing is written before write()"]
pub struct ToJson {
    pub(super) nan_string: Option<String>,
    pub(super) posinf_string: Option<String>,
    pub(super) neginf_string: Option<String>,
    pub(super) complex_record_fields: Option<[String; 2]>,
    pub(super) convert_bytes: Option<ConvertBytes>,
}

impl ToJson {
    /// Numbers that JSON has no words for, and bytestrings, are errors.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is written, as a string, for NaN.
    pub fn nan_string(mut self, text: impl Into<String>) -> Self {
        self.nan_string = Some(text.into());
        self
    }

    /// What is written, as a string, for infinity.
    pub fn posinf_string(mut self, text: impl Into<String>) -> Self {
        self.posinf_string = Some(text.into());
        self
    }

    /// What is written, as a string, for minus infinity.
    pub fn neginf_string(mut self, text: impl Into<String>) -> Self {
        self.neginf_string = Some(text.into());
        self
    }

    /// The names under which the parts of a complex number are written, as an object of the two.
    pub fn complex_record_fields(
        mut self,
        real: impl Into<String>,
        imaginary: impl Into<String>,
    ) -> Self {
        self.complex_record_fields = Some([real.into(), imaginary.into()]);
        self
    }

    /// What is written, as a string, for a bytestring: its Base64, for example.
    pub fn convert_bytes(
        mut self,
        convert: impl Fn(&[u8]) -> String + Send + Sync + 'static,
    ) -> Self {
        self.convert_bytes = Some(Arc::new(convert));
        self
    }

    /// The array as one text: a list of its rows.
    ///
    /// # Errors
    /// As for [`write`](Self::write).
    pub fn to_string(&self, array: &Array) -> Result<String, JsonError> {
        let mut text = Vec::new();
        self.write(array, &mut text)?;
        // Only what is UTF-8 has been written.
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Writes the array as one text: a list of its rows. A [`Writer`] writes one of many arrays. What is written is gathered before it goes to the writer, in some
    /// ten thousand bytes.
    ///
    /// # Errors
    /// [`JsonError::Unfit`] for what JSON has no words for, and [`JsonError::Write`] from the writer; both may have written some
    /// rows. [`JsonError::Array`] where bytes are on a device.
    pub fn write(&self, array: &Array, writer: impl Write) -> Result<(), JsonError> {
        array.require_host().map_err(ArrayError::from)?;
        let mut rows = Output::new(self, LIST, writer);
        match rows.add_string(array)? {
            true => Ok(()),
            false => {
                rows.add(array)?;
                rows.end()
            }
        }
    }

    /// Writes the rows as [JSON lines](https://jsonlines.org): each on a line of its own.
    ///
    /// ```
    /// use gawky_array::{Array, NumpyArray, RecordArray, json::ToJson};
    /// let x = Array::from(NumpyArray::from_vec(vec![1, 2]));
    /// let points = Array::from(RecordArray::from_fields([("x", x)]));
    /// let mut text = Vec::new();
    /// ToJson::new().write_lines(&points, &mut text)?;
    /// assert_eq!(text, b"{\"x\":1}\n{\"x\":2}\n");
    /// # Ok::<(), gawky_array::json::JsonError>(())
    /// ```
    ///
    /// # Errors
    /// As for [`write`](Self::write).
    pub fn write_lines(&self, array: &Array, writer: impl Write) -> Result<(), JsonError> {
        Writer::with_options(writer, Layout::Lines, self).write(array)
    }
}

impl fmt::Debug for ToJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToJson")
            .field("nan_string", &self.nan_string)
            .field("posinf_string", &self.posinf_string)
            .field("neginf_string", &self.neginf_string)
            .field("complex_record_fields", &self.complex_record_fields)
            .field("convert_bytes", &self.convert_bytes.is_some())
            .finish()
    }
}
