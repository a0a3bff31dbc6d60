//! The walk over rows that writes them.

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Range;

use super::number::{self, Number};
use super::path::{Step, path_of};
use super::text::quoted;
use super::{JsonError, JsonProblem, ToJson};
use crate::node::{NumpyArray, as_rows};
use crate::source::{Bounds, FieldNote, Records, Source};
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

/// What is written before the values of a field: the brace or comma, its name, and the colon.
struct Label {
    /// Filled up: what has a size that is known when this is compiled is copied by a single instruction.
    pieces: Box<[[u8; 16]]>,
    bytes: usize,
}

impl Label {
    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        let end = out.len() + self.bytes;
        for piece in &self.pieces {
            out.extend_from_slice(piece);
        }
        out.truncate(end);
    }
}

impl FieldNote for Label {
    fn of(slot: usize, name: Option<&str>) -> Self {
        let mut label = vec![if slot == 0 { b'{' } else { b',' }];
        quoted(&mut label, name_of(slot, name).as_bytes());
        label.push(b':');
        let bytes = label.len();
        label.resize(bytes.next_multiple_of(16), 0);
        Self {
            pieces: label.as_chunks().0.into(),
            bytes,
        }
    }
}

fn name_of(slot: usize, name: Option<&str>) -> Cow<'_, str> {
    match name {
        Some(name) => name.into(),
        None => slot.to_string().into(),
    }
}

type Rows<'a> = Source<'a, Label>;

/// Why writing stops.
enum Stop {
    Writer(io::Error),
    /// With the steps that lead there, the innermost first.
    Unfit(JsonProblem, Vec<Step>),
}

impl From<JsonProblem> for Box<Stop> {
    #[cold]
    fn from(problem: JsonProblem) -> Self {
        Self::new(Stop::Unfit(problem, Vec::new()))
    }
}

impl Stop {
    #[cold]
    fn below(mut self: Box<Self>, step: Step) -> Box<Self> {
        if let Self::Unfit(_, steps) = &mut *self {
            steps.push(step);
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

/// Whether something was written; what stopped it is apart, as each row hands it on.
type Written = Result<(), Box<Stop>>;

/// Where rows are written to, and how.
pub(super) struct Output<W> {
    json: ToJson,
    frame: Frame,
    /// How many there are.
    rows: u64,
    text: Vec<u8>,
    pub(super) writer: W,
}

impl<W> Output<W> {
    /// How many rows have been added.
    pub(super) fn len(&self) -> u64 {
        self.rows
    }
}

impl<W: Write> Output<W> {
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
        let source = Rows::new(array)?;
        for row in 0..array.len() {
            let before = match self.rows {
                0 => self.frame.first,
                _ => self.frame.next,
            };
            self.text.extend_from_slice(before.as_bytes());
            self.row(&source, row)
                .map_err(|stop| stop.in_row(self.rows))?;
            self.text.extend_from_slice(self.frame.behind.as_bytes());
            self.rows += 1;
            self.flush_where_much()
                .map_err(|stop| stop.in_row(self.rows))?;
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
        match array.list_value(0..array.len()) {
            Value::Str(text) => quoted(&mut self.text, text.as_bytes()),
            Value::NonUtf8(bytes) => quoted(&mut self.text, bytes),
            Value::Bytes(bytes) => self.bytes(bytes).map_err(|stop| stop.in_row(0))?,
            _ => return Ok(false),
        }
        self.flush().map_err(JsonError::Write)?;
        Ok(true)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.write_all(&self.text)?;
        self.text.clear();
        Ok(())
    }

    #[inline]
    fn flush_where_much(&mut self) -> Written {
        match self.text.len() < GATHERED {
            true => Ok(()),
            false => self.flush().map_err(|error| Box::new(Stop::Writer(error))),
        }
    }

    /// One row, which is there. Numbers are told from all else first, and each kind has a function of its own: of all that takes
    /// many registers none is spent on them.
    #[inline]
    fn row(&mut self, source: &Rows<'_>, row: usize) -> Written {
        match source {
            Source::Int8(all) => self.number(all, row),
            Source::Int16(all) => self.number(all, row),
            Source::Int32(all) => self.number(all, row),
            Source::Int64(all) => self.number(all, row),
            Source::UInt8(all) => self.number(all, row),
            Source::UInt16(all) => self.number(all, row),
            Source::UInt32(all) => self.number(all, row),
            Source::UInt64(all) => self.number(all, row),
            Source::Float32(all) => self.number(all, row),
            Source::Float64(all) => self.number(all, row),
            _ => self.other_row(source, row),
        }
    }

    #[inline(never)]
    fn other_row(&mut self, source: &Rows<'_>, row: usize) -> Written {
        match source {
            Source::Bool(all) => {
                if let Some(value) = all.get(row) {
                    number::boolean(&mut self.text, *value != 0);
                }
                Ok(())
            }
            Source::Scalars(array) => self.scalar(array, row),
            Source::Text(bounds, all) => {
                quoted(&mut self.text, bytes_of(bounds, all, row));
                Ok(())
            }
            Source::Bytes(bounds, all) => self.bytes(bytes_of(bounds, all, row)),
            Source::List(bounds, content) => self.list(bounds, content, row),
            Source::Record(records) => self.record(records, row),
            Source::Picked(..) | Source::Masked(..) | Source::Union(..) => {
                match source.beneath(row) {
                    Some(Some((source, row))) => self.row(source, row),
                    Some(None) => {
                        self.text.extend_from_slice(b"null");
                        Ok(())
                    }
                    None => Ok(()),
                }
            }
            // Nothing has no rows, and numbers have been told apart.
            _ => Ok(()),
        }
    }

    #[inline(never)]
    fn scalar(&mut self, array: &NumpyArray, row: usize) -> Written {
        if let Some(element) = array.element(row) {
            number::scalar(&mut self.text, &self.json, element)?;
        }
        Ok(())
    }

    #[inline(never)]
    fn number(&mut self, all: &[impl Number], row: usize) -> Written {
        match all.get(row) {
            Some(value) => Ok(value.write(&mut self.text, &self.json)?),
            None => Ok(()),
        }
    }

    #[inline]
    fn record(&mut self, records: &Records<'_, Label>, row: usize) -> Written {
        if records.fields.is_empty() {
            self.text.push(b'{');
        }
        for (slot, field) in records.fields.iter().enumerate() {
            self.flush_where_much()?;
            field.note.write(&mut self.text);
            self.row(&field.source, row).map_err(|stop| {
                let name = (!records.is_tuple).then_some(field.name);
                stop.below(Step::Field(name_of(slot, name).into_owned()))
            })?;
        }
        self.text.push(b'}');
        Ok(())
    }

    #[inline]
    fn list(&mut self, bounds: &Bounds<'_>, content: &Rows<'_>, row: usize) -> Written {
        let rows = bounds.of(row).unwrap_or_default();
        self.text.push(b'[');
        match content {
            Source::Int8(all) => self.numbers(all, rows)?,
            Source::Int16(all) => self.numbers(all, rows)?,
            Source::Int32(all) => self.numbers(all, rows)?,
            Source::Int64(all) => self.numbers(all, rows)?,
            Source::UInt8(all) => self.numbers(all, rows)?,
            Source::UInt16(all) => self.numbers(all, rows)?,
            Source::UInt32(all) => self.numbers(all, rows)?,
            Source::UInt64(all) => self.numbers(all, rows)?,
            Source::Float32(all) => self.numbers(all, rows)?,
            Source::Float64(all) => self.numbers(all, rows)?,
            _ => {
                let first = rows.start;
                for row in rows {
                    if row > first {
                        self.text.push(b',');
                    }
                    self.flush_where_much()?;
                    self.row(content, row)
                        .map_err(|stop| stop.below(Step::Position(as_rows(row - first))))?;
                }
            }
        }
        self.text.push(b']');
        Ok(())
    }

    /// The elements of a list of numbers: of what kind they are is looked at once.
    fn numbers(&mut self, all: &[impl Number], rows: Range<usize>) -> Written {
        let values = all.get(rows).unwrap_or_default();
        for (position, value) in values.iter().enumerate() {
            if position > 0 {
                self.text.push(b',');
            }
            self.flush_where_much()?;
            value.write(&mut self.text, &self.json).map_err(|problem| {
                Box::<Stop>::from(problem).below(Step::Position(as_rows(position)))
            })?;
        }
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Written {
        let convert = self.json.convert_bytes.as_ref().ok_or(JsonProblem::Bytes)?;
        quoted(&mut self.text, convert(bytes).as_bytes());
        Ok(())
    }
}

fn bytes_of<'a>(bounds: &Bounds<'_>, all: &'a [u8], row: usize) -> &'a [u8] {
    let bytes = bounds.of(row).and_then(|bytes| all.get(bytes));
    bytes.unwrap_or_default()
}
