//! [`FromJson`]: how arrays are read.

use std::fmt;
use std::io::Read;
use std::sync::Arc;

use gawky_form::Type;

use super::grow::Grow;
use super::{Batches, JsonError, schema};
use crate::Array;
use crate::build::Column;
use crate::rows::Maps;

/// How strings become bytestrings.
type ConvertStrings = Arc<dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync>;

/// How JSON is read as arrays; see the [module](super) for what becomes what.
///
/// ```
/// use gawky_array::json::FromJson;
///
/// let text = r#"[1, "nan", 2.5]"#;
/// assert_eq!(FromJson::new().read_str(text)?.array_type().to_string(), "3 * union[float64, string]");
///
/// let array = FromJson::new().nan_string("nan").read_str(text)?;
/// assert_eq!(array.to_string(), "<Array [1.0, nan, 2.5] type='3 * float64'>");
/// # Ok::<(), gawky_array::json::JsonError>(())
/// ```
#[derive(Clone)]
#[must_use = "nothing is read before read()"]
pub struct FromJson {
    /// None of it is there, of the type that is declared.
    column: Column,
    pub(super) line_delimited: bool,
    nan_string: Option<String>,
    posinf_string: Option<String>,
    neginf_string: Option<String>,
    pub(super) complex_record_fields: Option<[String; 2]>,
    pub(super) convert_strings: Option<ConvertStrings>,
    pub(super) inf_nan: bool,
    pub(super) maps: Maps,
    pub(super) skip_unknown: bool,
    pub(super) batch_rows: usize,
    pub(super) batch_bytes: usize,
    pub(super) row_bytes: usize,
    pub(super) first_batch_declares: bool,
}

impl Default for FromJson {
    fn default() -> Self {
        Self {
            column: Column::default(),
            line_delimited: false,
            nan_string: None,
            posinf_string: None,
            neginf_string: None,
            complex_record_fields: None,
            convert_strings: None,
            inf_nan: false,
            maps: Maps::default(),
            skip_unknown: false,
            batch_rows: usize::MAX,
            batch_bytes: 64 << 20,
            row_bytes: 64 << 20,
            first_batch_declares: false,
        }
    }
}

impl FromJson {
    /// One text; what the rows are follows from them.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether all values of the text are rows, one after the other, each on a line of its own or not; otherwise it has one value, and the
    /// elements of that are the rows.
    pub fn line_delimited(mut self, lines: bool) -> Self {
        self.line_delimited = lines;
        self
    }

    /// What the rows are. Whatever does not fit is an error; the form of the array is the one that the type has.
    ///
    /// ```
    /// use gawky_array::json::FromJson;
    /// let text = r#"[{"pt": 50.2, "at": "2026-11-22T01:00:00"}, {"pt": 22, "at": null}]"#;
    /// let array = FromJson::new().schema(&"{pt: float32, at: ?datetime64[s]}".parse()?)?.read_str(text)?;
    /// assert_eq!(array.array_type().to_string(), "2 * {pt: float32, at: ?datetime64[s]}");
    ///
    /// let error = FromJson::new().schema(&"uint8".parse()?)?.read_str("[1,\n 256]").unwrap_err();
    /// assert_eq!(error.to_string(), "line 2, column 5 (row 1): 256 is no uint8, the declared type");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`JsonError::Array`] where no array can be of the type.
    pub fn schema(mut self, of: &Type) -> Result<Self, JsonError> {
        self.column = Column::of_type(of).map_err(crate::ArrayError::from)?;
        Ok(self)
    }

    /// What the rows are, as a [JSON Schema](https://json-schema.org), of which the same is understood as by `ak.from_json`: `type`, with
    /// `"null"` for what may be missing, `items`, `minItems` and `maxItems` where they are equal, `properties`, and `enum` of strings. Of a schema of
    /// an array, the items are the rows. Objects may have more fields than the schema has, which are [passed over](Self::skip_unknown).
    ///
    /// # Errors
    /// [`JsonError::Schema`] where it says something else.
    pub fn json_schema(self, schema: &str) -> Result<Self, JsonError> {
        let (of, enums) = schema::rows_of(schema)?;
        let mut enums = enums.into_iter();
        let mut json = self.schema(&of)?.skip_unknown(true);
        json.column.close_categories(&mut || enums.next());
        Ok(json)
    }

    /// Passes over fields that the [type](Self::schema) does not have, which otherwise are errors. What is passed over is proved to be JSON, but for
    /// the bytes of its strings.
    pub fn skip_unknown(mut self, skip: bool) -> Self {
        self.skip_unknown = skip;
        self
    }

    /// Which string is NaN, where a number can be.
    pub fn nan_string(mut self, text: impl Into<String>) -> Self {
        self.nan_string = Some(text.into());
        self
    }

    /// Which string is infinity.
    pub fn posinf_string(mut self, text: impl Into<String>) -> Self {
        self.posinf_string = Some(text.into());
        self
    }

    /// Which string is minus infinity.
    pub fn neginf_string(mut self, text: impl Into<String>) -> Self {
        self.neginf_string = Some(text.into());
        self
    }

    /// Whether `NaN`, `Infinity` and `-Infinity` are numbers, which JSON does not have, but Python writes.
    pub fn inf_nan(mut self, allowed: bool) -> Self {
        self.inf_nan = allowed;
        self
    }

    /// By which names objects are told that are complex numbers, and their parts; what else is in these is left out.
    pub fn complex_record_fields(
        mut self,
        real: impl Into<String>,
        imaginary: impl Into<String>,
    ) -> Self {
        self.complex_record_fields = Some([real.into(), imaginary.into()]);
        self
    }

    /// What a string is where the [type](Self::schema) has a bytestring; `None` is an error.
    pub fn convert_strings(
        mut self,
        convert: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        self.convert_strings = Some(Arc::new(convert));
        self
    }

    /// What becomes of objects where no type says it: records, or lists of pairs of name and value.
    pub fn maps(mut self, maps: Maps) -> Self {
        self.maps = maps;
        self
    }

    /// How many rows a [batch](Self::batches) has at most; any number, unless it is said.
    pub fn batch_rows(mut self, rows: usize) -> Self {
        self.batch_rows = rows.max(1);
        self
    }

    /// With how many bytes of buffers a [batch](Self::batches) is full; 64 MiB, unless it is said. It may have a few rows more.
    pub fn batch_bytes(mut self, bytes: usize) -> Self {
        self.batch_bytes = bytes;
        self
    }

    /// How many bytes of a row are kept, where a [reader](Self::read) gives it, before its end has been read; 64 MiB, unless it is said, and twice
    /// that for a moment. It bounds memory, not rows: of what is read at once, which grows with it, a longer row may be taken.
    pub fn row_bytes(mut self, bytes: usize) -> Self {
        self.row_bytes = bytes;
        self
    }

    /// Whether the type of the first [batch](Self::batches) is declared for all others, as by a [schema](Self::schema): what does not fit it is an error
    /// then, or [left out](super::Batches::skip_bad), so that all batches go together. What is unknown
    /// in it, or in the type that is declared, is declared by the first batch that knows it.
    ///
    /// ```
    /// use gawky_array::json::FromJson;
    ///
    /// let from = FromJson::new().line_delimited(true).batch_rows(1).first_batch_declares(true);
    /// let mut batches = from.batches("{\"x\": 1}\n{\"x\": null}\n".as_bytes());
    /// assert_eq!(batches.next().unwrap()?.array_type().to_string(), "1 * {x: int64}");
    /// let error = batches.next().unwrap().unwrap_err();
    /// assert!(error.to_string().starts_with("line 2, column 11 (row 1, x): "), "{error}");
    /// # Ok::<(), gawky_array::json::JsonError>(())
    /// ```
    pub fn first_batch_declares(mut self, declares: bool) -> Self {
        self.first_batch_declares = declares;
        self
    }

    /// The array that a text is.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub fn read_str(&self, text: &str) -> Result<Array, JsonError> {
        self.read_slice(text.as_bytes())
    }

    /// The same of bytes, which are to be UTF-8.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub fn read_slice(&self, text: &[u8]) -> Result<Array, JsonError> {
        let mut grow = Grow::new(self.in_one());
        grow.step(text, true, None)?;
        grow.batch()
    }

    /// The same of all that a reader gives, which is not kept in memory itself.
    ///
    /// # Errors
    /// [`JsonError::Refused`] where the text is no JSON, or a row cannot be taken: it says where, and why. [`JsonError::Read`] from the reader.
    pub fn read(&self, reader: impl Read) -> Result<Array, JsonError> {
        Batches::new(self.in_one(), reader).into_one()
    }

    /// Arrays of the rows that a reader gives, none larger than [said](Self::batch_bytes), so that files can be read that are larger than memory. The
    /// layout that rows have taught is kept from one to the next.
    ///
    /// ```
    /// use gawky_array::json::FromJson;
    ///
    /// let text = "{\"x\": 1}\n{\"x\": 2, \"y\": true}\n{\"x\": null}\n";
    /// let from = FromJson::new().line_delimited(true).batch_rows(2);
    /// let batches = from.batches(text.as_bytes()).collect::<Result<Vec<_>, _>>()?;
    /// let types: Vec<String> = batches.iter().map(|batch| batch.array_type().to_string()).collect();
    /// assert_eq!(types, ["2 * {x: int64, y: ?bool}", "1 * {x: ?int64, y: ?bool}"]);
    /// # Ok::<(), gawky_array::json::JsonError>(())
    /// ```
    pub fn batches<'f, R: Read>(&self, reader: R) -> Batches<'f, R> {
        Batches::new(self.clone(), reader)
    }

    /// The same without batches.
    fn in_one(&self) -> Self {
        self.clone().batch_rows(usize::MAX).batch_bytes(usize::MAX)
    }

    /// Takes the column to which rows are added.
    pub(super) fn column(&self) -> Column {
        self.column.clone()
    }

    /// The number that a string stands for, if it is one of those that JSON has no words for.
    #[inline]
    pub(super) fn not_finite(&self, text: &str) -> Option<f64> {
        let is = |said: &Option<String>| said.as_deref() == Some(text);
        if is(&self.nan_string) {
            Some(f64::NAN)
        } else if is(&self.posinf_string) {
            Some(f64::INFINITY)
        } else if is(&self.neginf_string) {
            Some(f64::NEG_INFINITY)
        } else {
            None
        }
    }
}

impl fmt::Debug for FromJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromJson")
            .field("line_delimited", &self.line_delimited)
            .field("declared", &self.column.is_declared())
            .field("nan_string", &self.nan_string)
            .field("posinf_string", &self.posinf_string)
            .field("neginf_string", &self.neginf_string)
            .field("complex_record_fields", &self.complex_record_fields)
            .field("convert_strings", &self.convert_strings.is_some())
            .field("inf_nan", &self.inf_nan)
            .field("maps", &self.maps)
            .field("skip_unknown", &self.skip_unknown)
            .field("batch_rows", &self.batch_rows)
            .field("batch_bytes", &self.batch_bytes)
            .field("row_bytes", &self.row_bytes)
            .field("first_batch_declares", &self.first_batch_declares)
            .finish()
    }
}
