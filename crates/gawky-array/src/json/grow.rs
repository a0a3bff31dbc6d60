//! [`Grow`]: rows that are added as a text comes, without I/O.

use std::io;

use jiter::{Jiter, Peek};

use super::walk::{self, Stop};
use super::{FromJson, JsonError, JsonFault, complex};
use crate::Array;
use crate::build::Column;
use crate::node::as_rows;

/// What is done with a row that cannot be taken: with the error, and its text.
pub(super) type Aside<'a> = &'a mut dyn FnMut(&JsonError, &[u8]) -> io::Result<()>;

/// How often a batch is measured.
const ROWS_BETWEEN: usize = 64;
const BYTES_BETWEEN: usize = 64 << 10;

/// The mark with which some programs begin a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Rows that are added as their text comes.
#[derive(Debug)]
pub(super) struct Grow {
    from: FromJson,
    column: Column,
    /// What comes next in the text.
    place: Place,
    position: Position,
    /// How many rows are in the batches before.
    rows_before: u64,
    /// How many rows were left out.
    skipped: u64,
    /// For strings with escapes.
    tape: Vec<u8>,
    /// The rows and bytes since the batch was measured.
    since: (usize, usize),
    /// Whether batches have declared all that can be.
    all_declared: bool,
}

/// What comes next in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// All of it.
    Start,
    /// The one value, which may be a list of rows.
    Value,
    /// The comma behind an element, or the end of the list.
    InList,
    /// A value that is a row.
    Rows,
    /// Nothing.
    End,
}

/// Where in the whole text the part begins that is looked at.
#[derive(Clone, Copy, Debug, Default)]
struct Position {
    /// How many lines end before it.
    lines: u64,
    /// How many bytes come before it in its line.
    columns: u64,
}

/// What has come of a step, and of how many bytes of the text.
#[derive(Debug)]
pub(super) enum Grown {
    /// A batch is full.
    Full { used: usize },
    /// More of the text is needed.
    More { used: usize },
    /// That was the whole text.
    All,
}

/// What the text goes on with.
enum Next {
    /// A row, and what comes behind it.
    Row(Peek, Place),
    /// The end of the list.
    ListEnd,
    /// Blanks only.
    Nothing,
}

/// What has become of a row.
enum Row {
    Added,
    /// Left out, up to this byte.
    Skipped(usize),
    /// The text ends before it does.
    Partial,
}

impl Position {
    /// Where what is behind a part of the text begins.
    fn behind(self, text: &[u8]) -> Self {
        match text.iter().rposition(|byte| *byte == b'\n') {
            None => Self {
                columns: self.columns + as_rows(text.len()),
                ..self
            },
            Some(last) => Self {
                lines: self.lines + as_rows(text.iter().filter(|byte| **byte == b'\n').count()),
                columns: as_rows(text.len() - last - 1),
            },
        }
    }
}

impl Grow {
    pub(super) fn new(from: FromJson) -> Self {
        Self {
            column: from.column(),
            place: Place::Start,
            position: Position::default(),
            rows_before: 0,
            skipped: 0,
            tape: Vec::new(),
            since: (0, 0),
            all_declared: from.column().is_all_declared(),
            from,
        }
    }

    /// Whether all rows are in batches.
    pub(super) fn is_empty(&self) -> bool {
        self.column.len() == 0
    }

    /// How many rows were left out.
    pub(super) fn skipped(&self) -> u64 {
        self.skipped
    }

    pub(super) fn options(&self) -> &FromJson {
        &self.from
    }

    /// Adds rows until a batch is full, or the text is at its end. What was not used is to come again, with more behind it
    /// where it was not the `whole` rest.
    pub(super) fn step(
        &mut self,
        text: &[u8],
        whole: bool,
        aside: Option<Aside<'_>>,
    ) -> Result<Grown, JsonError> {
        let grown = self.rows(text, whole, aside)?;
        if let Grown::Full { used } | Grown::More { used } = grown {
            self.position = self.position.behind(text.get(..used).unwrap_or(text));
        }
        Ok(grown)
    }

    fn rows(
        &mut self,
        text: &[u8],
        whole: bool,
        mut aside: Option<Aside<'_>>,
    ) -> Result<Grown, JsonError> {
        let mut used = 0;
        if self.place == Place::Start {
            if !whole && text.len() < BYTE_ORDER_MARK.len() {
                return Ok(Grown::More { used });
            }
            if text.starts_with(BYTE_ORDER_MARK) {
                used = BYTE_ORDER_MARK.len();
            }
            self.place = match self.from.line_delimited {
                true => Place::Rows,
                false => Place::Value,
            };
        }
        // Another round for each row that is left out.
        loop {
            let base = used;
            let mut json = self.json(text.get(base..).unwrap_or_default());
            loop {
                match self.next(&mut json) {
                    Ok(Next::Nothing) if whole => return Ok(Grown::All),
                    Ok(Next::Nothing) => {
                        used = base + json.current_index();
                        break;
                    }
                    Ok(Next::ListEnd) => self.place = Place::End,
                    Ok(Next::Row(peek, place)) => {
                        match self.row(&mut json, peek, text, base, whole, &mut aside)? {
                            Row::Added => self.place = place,
                            Row::Skipped(to) => {
                                self.place = place;
                                used = to;
                                break;
                            }
                            Row::Partial => return Ok(self.more(json, used)),
                        }
                    }
                    Err(stop) if !whole && base + stop.index >= text.len() => {
                        return Ok(self.more(json, used));
                    }
                    Err(stop) => return Err(self.refusal(text, base, &stop)),
                }
                let before = used;
                used = base + json.current_index();
                if self.is_full(used - before) {
                    self.tape = json.into_tape();
                    return Ok(Grown::Full { used });
                }
            }
            self.tape = json.into_tape();
            if !whole && used >= text.len() {
                return Ok(Grown::More { used });
            }
        }
    }

    fn json<'t>(&mut self, text: &'t [u8]) -> Jiter<'t> {
        let json = Jiter::with_tape(text, std::mem::take(&mut self.tape));
        match self.from.inf_nan {
            true => json.with_allow_inf_nan(),
            false => json,
        }
    }

    fn more(&mut self, json: Jiter<'_>, used: usize) -> Grown {
        self.tape = json.into_tape();
        Grown::More { used }
    }

    /// Goes to the next row.
    fn next(&self, json: &mut Jiter<'_>) -> Result<Next, Box<Stop>> {
        Ok(match self.place {
            Place::Start | Place::Rows => match json.peek() {
                Ok(peek) => Next::Row(peek, Place::Rows),
                // There is nothing else that looking at what comes next can say.
                Err(_) => Next::Nothing,
            },
            Place::Value => match json.peek()? {
                Peek::Array => match json.known_array()? {
                    Some(peek) => Next::Row(peek, Place::InList),
                    None => Next::ListEnd,
                },
                peek => Next::Row(peek, Place::End),
            },
            Place::InList => match json.array_step()? {
                Some(peek) => Next::Row(peek, Place::InList),
                None => Next::ListEnd,
            },
            Place::End => {
                json.finish()?;
                Next::Nothing
            }
        })
    }

    /// Adds a row, or none of it.
    fn row(
        &mut self,
        json: &mut Jiter<'_>,
        peek: Peek,
        text: &[u8],
        base: usize,
        whole: bool,
        aside: &mut Option<Aside<'_>>,
    ) -> Result<Row, JsonError> {
        let (rows, start) = (self.column.len(), base + json.current_index());
        let added = walk::value(&self.from, json, peek, &mut self.column);
        let end = base
            + added
                .as_ref()
                .map_or_else(|stop| stop.index, |()| json.current_index());
        // Even a number that is there may go on.
        if !whole && end >= text.len() {
            self.column.truncate(rows);
            return Ok(Row::Partial);
        }
        let Err(stop) = added else {
            return Ok(Row::Added);
        };
        self.column.truncate(rows);
        let error = self.refusal(text, base, &stop);
        let Some(aside) = aside else {
            return Err(error);
        };
        let rest = text.get(start..).unwrap_or_default();
        let Some(length) = self.length_of_bad(rest, &stop, whole) else {
            return match whole || !self.from.line_delimited {
                true => Err(error),
                false => Ok(Row::Partial),
            };
        };
        let row = rest.get(..length).unwrap_or(rest);
        aside(&error, row.trim_ascii_end()).map_err(JsonError::Aside)?;
        self.skipped += 1;
        Ok(Row::Skipped(start + length))
    }

    /// How many bytes to pass over to what comes behind a row that cannot be taken: its own, where they are JSON, and
    /// the line that it begins in otherwise. `None` where that is not known, or not yet.
    fn length_of_bad(&mut self, rest: &[u8], stop: &Stop, whole: bool) -> Option<usize> {
        if !stop.is_malformed() {
            let mut json = self.json(rest);
            let skipped = json.next_skip();
            let length = json.current_index();
            self.tape = json.into_tape();
            if skipped.is_ok() {
                return (whole || length < rest.len()).then_some(length);
            }
        }
        if !self.from.line_delimited {
            return None;
        }
        match rest.iter().position(|byte| *byte == b'\n') {
            Some(line) => Some(line + 1),
            None => whole.then_some(rest.len()),
        }
    }

    /// Whether the batch has no room for another row, now that so many bytes were read.
    fn is_full(&mut self, bytes: usize) -> bool {
        if self.column.len() >= self.from.batch_rows {
            return true;
        }
        let (rows, read) = &mut self.since;
        *rows += 1;
        *read += bytes;
        if *rows < ROWS_BETWEEN && *read < BYTES_BETWEEN {
            return false;
        }
        self.since = (0, 0);
        self.column.nbytes() >= self.from.batch_bytes
    }

    fn refusal(&self, text: &[u8], base: usize, stop: &Stop) -> JsonError {
        self.refused(
            text.get(..base + stop.index).unwrap_or(text),
            stop.path(),
            stop.fault.clone(),
        )
    }

    /// Leaves out the row that comes next, whose text is [passed over](Self::pass_over).
    pub(super) fn skip(&mut self) {
        self.skipped += 1;
    }

    /// Some text is not looked at.
    pub(super) fn pass_over(&mut self, text: &[u8]) {
        self.position = self.position.behind(text);
    }

    /// What is wrong with the row that comes next.
    pub(super) fn refused(&self, before: &[u8], path: String, fault: JsonFault) -> JsonError {
        let position = self.position.behind(before);
        JsonError::Refused {
            line: position.lines + 1,
            column: position.columns + 1,
            row: self.rows_before + as_rows(self.column.len()) + self.skipped,
            path,
            fault,
        }
    }

    /// The rows as an array; those that come are of the layout that these have taught.
    pub(super) fn batch(&mut self) -> Result<Array, JsonError> {
        let next = self.column.layout();
        let column = std::mem::replace(&mut self.column, next);
        let before = self.rows_before;
        self.rows_before += as_rows(column.len());
        let declared = column.is_declared();
        let array = column.finish()?;
        let array = match &self.from.complex_record_fields {
            Some(names) if !declared => complex::folded(array, names, before)?,
            _ => array,
        };
        if self.from.first_batch_declares && !self.all_declared {
            let form = array.form();
            self.column = Column::of_form(&form).map_err(crate::ArrayError::from)?;
            self.all_declared = !form.has_unknown();
        }
        Ok(array)
    }
}
