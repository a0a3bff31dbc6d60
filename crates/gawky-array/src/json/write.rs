//! The walk over rows that writes them.

use std::io::{self, Write};
use std::ops::Range;

use gawky_buffer::DType;

use super::number::{self, Numbers};
use super::path::{Step, path_of};
use super::text::quoted;
use super::{JsonError, JsonProblem, ToJson};
use crate::node::{NumpyArray, RecordArray, as_rows};
use crate::{Array, Value};

/// How much is gathered before it goes to the writer, in bytes.
const GATHERED: usize = 64 * 1024;

/// What is written around rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// Before the first row, if there is one or not.
    pub(super) first: &'static str,
    /// Before each other row.
    pub(super) next: &'static str,
    /// Behind each row.
    pub(super) behind: &'static str,
    /// Behind all rows.
    pub(super) last: &'static str,
}

/// What is found out of an array once for all of its rows.
struct Labels<'a> {
    /// The names of the fields of records, as they are written before each value.
    own: Vec<Vec<u8>>,
    /// The numbers, where a row is one of them.
    numbers: Option<Numbers<'a>>,
    children: Vec<Labels<'a>>,
}

impl<'a> Labels<'a> {
    fn of(array: &'a Array) -> Self {
        let own = match array {
            Array::Record(record) => (0..record.contents().len())
                .map(|slot| {
                    let mut label = vec![if slot == 0 { b'{' } else { b',' }];
                    quoted(&mut label, name_of(record, slot).as_bytes());
                    label.push(b':');
                    label
                })
                .collect(),
            _ => Vec::new(),
        };
        Self {
            own,
            numbers: Numbers::of(array),
            children: array.children().iter().map(Self::of).collect(),
        }
    }

    fn own(&self, slot: usize) -> &[u8] {
        self.own.get(slot).map_or(&[], Vec::as_slice)
    }

    fn child(&self, slot: usize) -> &Self {
        static NONE: Labels<'static> = Labels {
            own: Vec::new(),
            numbers: None,
            children: Vec::new(),
        };
        self.children.get(slot).unwrap_or(&NONE)
    }
}

fn name_of(record: &RecordArray, slot: usize) -> String {
    match record.fields().and_then(|names| names.get(slot)) {
        Some(name) => name.to_string(),
        None => slot.to_string(),
    }
}

/// Why writing stops.
enum Stop {
    Writer(io::Error),
    /// With the steps that lead there, the innermost first.
    Unfit(JsonProblem, Vec<Step>),
}

impl From<JsonProblem> for Stop {
    fn from(problem: JsonProblem) -> Self {
        Self::Unfit(problem, Vec::new())
    }
}

impl Stop {
    #[cold]
    fn below(mut self, step: impl FnOnce() -> Step) -> Self {
        if let Self::Unfit(_, steps) = &mut self {
            steps.push(step());
        }
        self
    }

    fn in_row(self, row: u64) -> JsonError {
        match self {
            Self::Writer(error) => JsonError::Write(error),
            Self::Unfit(problem, steps) => JsonError::Unfit {
                row,
                path: path_of(&steps),
                problem,
            },
        }
    }
}

/// Rows that are the bytes of one string or bytestring.
enum Bytes<'a> {
    Chars(&'a [u8]),
    Bytes(&'a [u8]),
}

impl<'a> Bytes<'a> {
    /// As [`Array::list_value`] has it; `None` for rows that are a list.
    fn of(array: &'a Array, rows: Range<usize>) -> Option<Self> {
        let Array::Numpy(numbers) = array else {
            return None;
        };
        if numbers.dtype() != DType::UInt8 {
            return None;
        }
        match array.list_value(rows) {
            Value::Str(text) => Some(Self::Chars(text.as_bytes())),
            Value::NonUtf8(bytes) => Some(Self::Chars(bytes)),
            Value::Bytes(bytes) => Some(Self::Bytes(bytes)),
            _ => None,
        }
    }
}

/// Where rows are written to, and how.
pub(super) struct Rows<W> {
    json: ToJson,
    frame: Frame,
    /// How many there are.
    rows: u64,
    text: Vec<u8>,
    pub(super) writer: W,
}

impl<W> Rows<W> {
    /// How many rows have been added.
    pub(super) fn len(&self) -> u64 {
        self.rows
    }
}

impl<W: Write> Rows<W> {
    pub(super) fn new(json: &ToJson, frame: Frame, writer: W) -> Self {
        Self {
            json: json.clone(),
            frame,
            rows: 0,
            text: Vec::new(),
            writer,
        }
    }

    /// Adds all rows of an array, whose bytes are on the host.
    pub(super) fn add(&mut self, array: &Array) -> Result<(), JsonError> {
        let labels = Labels::of(array);
        for row in 0..array.len() {
            let before = match self.rows {
                0 => self.frame.first,
                _ => self.frame.next,
            };
            self.text.extend_from_slice(before.as_bytes());
            self.row(array, &labels, row)
                .map_err(|stop| stop.in_row(self.rows))?;
            self.text.extend_from_slice(self.frame.behind.as_bytes());
            self.rows += 1;
        }
        self.flush().map_err(JsonError::Write)
    }

    /// Adds what is behind all rows.
    pub(super) fn end(&mut self) -> Result<(), JsonError> {
        if self.rows == 0 {
            self.text.extend_from_slice(self.frame.first.as_bytes());
        }
        self.text.extend_from_slice(self.frame.last.as_bytes());
        self.flush().map_err(JsonError::Write)
    }

    /// Writes the rows of an array as one string, if they are its characters; whether they are.
    pub(super) fn add_string(&mut self, array: &Array) -> Result<bool, JsonError> {
        let Some(bytes) = Bytes::of(array, 0..array.len()) else {
            return Ok(false);
        };
        self.bytes(bytes).map_err(|stop| stop.in_row(0))?;
        self.flush().map_err(JsonError::Write)?;
        Ok(true)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.write_all(&self.text)?;
        self.text.clear();
        Ok(())
    }

    fn flush_where_much(&mut self) -> Result<(), Stop> {
        match self.text.len() < GATHERED {
            true => Ok(()),
            false => self.flush().map_err(Stop::Writer),
        }
    }

    /// One row, which is there, with all its bytes on the host: that was looked at before the first.
    fn row(&mut self, array: &Array, labels: &Labels<'_>, row: usize) -> Result<(), Stop> {
        self.flush_where_much()?;
        if let Some(numbers) = &labels.numbers {
            return Ok(numbers.write(&mut self.text, &self.json, row)?);
        }
        match array {
            Array::Empty(_) => {}
            Array::Numpy(numbers) => match Bytes::of(array, row..row + 1) {
                Some(Bytes::Chars(char)) => quoted(&mut self.text, char),
                _ => self.numbers(numbers, 0, row * numbers.row_elements())?,
            },
            Array::Regular(lists) => {
                let rows = row * lists.size..(row + 1) * lists.size;
                self.list(&lists.content, labels.child(0), rows)?;
            }
            Array::List(lists) => {
                let rows = lists.bounds(row).unwrap_or_default();
                self.list(&lists.content, labels.child(0), rows)?;
            }
            Array::ListOffset(lists) => {
                let rows = lists.bounds(row).unwrap_or_default();
                self.list(&lists.content, labels.child(0), rows)?;
            }
            Array::Record(record) => self.record(record, labels, row)?,
            Array::Indexed(indexed) => {
                let picked = indexed.index.get(row);
                self.picked(&indexed.content, labels, picked)?;
            }
            Array::IndexedOption(indexed) => {
                let picked = indexed.index.get(row);
                self.picked(&indexed.content, labels, picked)?;
            }
            Array::ByteMasked(masked) => {
                let row = masked.is_valid(row).unwrap_or_default().then_some(row);
                self.option(&masked.content, labels, row)?;
            }
            Array::BitMasked(masked) => {
                let row = masked.is_valid(row).unwrap_or_default().then_some(row);
                self.option(&masked.content, labels, row)?;
            }
            Array::Unmasked(unmasked) => self.row(&unmasked.content, labels.child(0), row)?,
            Array::Union(union) => {
                if let Some((tag, picked)) = union.pick(row)
                    && let Some(content) = union.contents.get(tag)
                {
                    self.row(content, labels.child(tag), picked)?;
                }
            }
        }
        Ok(())
    }

    /// The row of the content that an index picks; nothing where it is negative.
    fn picked(
        &mut self,
        content: &Array,
        labels: &Labels<'_>,
        picked: Option<i64>,
    ) -> Result<(), Stop> {
        let row = picked.and_then(|picked| usize::try_from(picked).ok());
        self.option(content, labels, row)
    }

    fn option(
        &mut self,
        content: &Array,
        labels: &Labels<'_>,
        row: Option<usize>,
    ) -> Result<(), Stop> {
        match row {
            Some(row) => self.row(content, labels.child(0), row),
            None => {
                self.text.extend_from_slice(b"null");
                Ok(())
            }
        }
    }

    fn record(
        &mut self,
        record: &RecordArray,
        labels: &Labels<'_>,
        row: usize,
    ) -> Result<(), Stop> {
        if record.contents().is_empty() {
            self.text.push(b'{');
        }
        for (slot, content) in record.contents().iter().enumerate() {
            self.text.extend_from_slice(labels.own(slot));
            self.row(content, labels.child(slot), row)
                .map_err(|stop| stop.below(|| Step::Field(name_of(record, slot))))?;
        }
        self.text.push(b'}');
        Ok(())
    }

    fn list(
        &mut self,
        content: &Array,
        labels: &Labels<'_>,
        rows: Range<usize>,
    ) -> Result<(), Stop> {
        if let Some(bytes) = Bytes::of(content, rows.clone()) {
            return self.bytes(bytes);
        }
        self.text.push(b'[');
        let first = rows.start;
        for row in rows {
            if row > first {
                self.text.push(b',');
            }
            self.row(content, labels, row)
                .map_err(|stop| stop.below(|| Step::Position(as_rows(row - first))))?;
        }
        self.text.push(b']');
        Ok(())
    }

    fn bytes(&mut self, bytes: Bytes<'_>) -> Result<(), Stop> {
        match bytes {
            Bytes::Chars(bytes) => quoted(&mut self.text, bytes),
            Bytes::Bytes(bytes) => {
                let convert = self.json.convert_bytes.as_ref().ok_or(JsonProblem::Bytes)?;
                quoted(&mut self.text, convert(bytes).as_bytes());
            }
        }
        Ok(())
    }

    /// What lies below `axis` axes of a NumPy array, from the element `first` on.
    fn numbers(&mut self, array: &NumpyArray, axis: usize, first: usize) -> Result<(), Stop> {
        let (size, below) = match array.inner_shape().split_at_checked(axis) {
            Some((_, [size, below @ ..])) => (*size, below),
            _ => {
                if let Some(element) = array.element(first) {
                    number::scalar(&mut self.text, &self.json, element)?;
                }
                return Ok(());
            }
        };
        self.flush_where_much()?;
        // The rows exist, and so these fit.
        let stride: usize = below
            .iter()
            .map(|size| usize::try_from(*size).unwrap_or(0))
            .product();
        self.text.push(b'[');
        for position in 0..usize::try_from(size).unwrap_or(0) {
            if position > 0 {
                self.text.push(b',');
            }
            self.numbers(array, axis + 1, first + position * stride)
                .map_err(|stop| stop.below(|| Step::Position(as_rows(position))))?;
        }
        self.text.push(b']');
        Ok(())
    }
}
