//! [`Batches`]: arrays of the rows that a reader gives.

use std::fmt;
use std::io::{self, ErrorKind, Read};

use super::grow::{Grow, Grown};
use super::{FromJson, JsonError, JsonFault};
use crate::Array;

/// How much is read at least before rows are looked for, in bytes.
const CHUNK: usize = 256 << 10;

/// How many times longer than a row may be a line is that is passed over, at most: what never ends is not read for ever.
const LONGEST: usize = 64;

/// What is done with rows that cannot be taken.
type Aside<'f> = Box<dyn FnMut(BadRow<'_>) -> io::Result<()> + 'f>;

/// A row that cannot be taken, and is left out.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct BadRow<'a> {
    /// Where it is, and why.
    pub error: &'a JsonError,
    /// Its text; where that is no JSON, the rest of the line that it begins in. Empty where it is
    /// [too long](FromJson::row_bytes) to be kept.
    pub text: &'a [u8],
}

/// Arrays of the rows that a reader gives, one after the other: [`FromJson::batches`].
///
/// After an error there are no more. Memory holds one batch, and so much of the text as a row has, or a few hundred thousand bytes.
pub struct Batches<'f, R> {
    reader: R,
    grow: Grow,
    /// Room for what is read, of which some is read, and of that some is used.
    room: Vec<u8>,
    read: usize,
    used: usize,
    /// Whether the reader is at its end.
    whole: bool,
    ended: bool,
    aside: Option<Aside<'f>>,
}

impl<'f, R: Read> Batches<'f, R> {
    pub(super) fn new(from: FromJson, reader: R) -> Self {
        Self {
            reader,
            grow: Grow::new(from),
            room: Vec::new(),
            read: 0,
            used: 0,
            whole: false,
            ended: false,
            aside: None,
        }
    }

    /// Leaves out rows that cannot be taken, after they were told to `aside`; arrays are as if these had never been there.
    ///
    /// Of [lines](FromJson::line_delimited) one that is no JSON, or [too long](FromJson::row_bytes), is left out up to its end. In a list only rows can be left out that are JSON, as it is not
    /// known where others end.
    ///
    /// ```
    /// use gawky_array::json::FromJson;
    ///
    /// let text = "{\"x\": 1}\n{\"x\": 2.5}\n{\"x\": \n{\"x\": 3}\n";
    /// let mut bad = Vec::new();
    /// let from = FromJson::new().line_delimited(true).schema(&"{x: int64}".parse()?)?;
    /// let mut batches = from.batches(text.as_bytes()).skip_bad(|row| {
    ///     bad.push(format!("{}: {}", String::from_utf8_lossy(row.text), row.error));
    ///     Ok(())
    /// });
    /// let array = batches.next().unwrap()?;
    /// assert_eq!((array.value()?.to_string().as_str(), batches.skipped()), ("[{x: 1}, {x: 3}]", 2));
    /// drop(batches);
    /// assert_eq!(bad[0], "{\"x\": 2.5}: line 2, column 10 (row 1, x): 2.5 is no int64, the declared type");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// One of `aside` ends it all: the next batch is [`JsonError::Aside`].
    pub fn skip_bad(mut self, aside: impl FnMut(BadRow<'_>) -> io::Result<()> + 'f) -> Self {
        self.aside = Some(Box::new(aside));
        self
    }

    /// How many rows were left out so far.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.grow.skipped()
    }

    /// All rows as one array, which may be empty.
    pub(super) fn into_one(mut self) -> Result<Array, JsonError> {
        while !matches!(self.step()?, Grown::All) {}
        self.grow.batch()
    }

    /// Reads some, and adds the rows that it has.
    fn step(&mut self) -> Result<Grown, JsonError> {
        let rest = self.room.get(self.used..self.read).unwrap_or_default();
        let mut told;
        let aside: Option<super::grow::Aside<'_>> = match &mut self.aside {
            None => None,
            Some(aside) => {
                told = |error: &JsonError, text: &[u8]| aside(BadRow { error, text });
                Some(&mut told)
            }
        };
        let grown = self.grow.step(rest, self.whole, aside)?;
        match grown {
            Grown::Full { used } => self.used += used,
            Grown::More { used } => {
                self.used += used;
                self.fill()?;
            }
            Grown::All => {}
        }
        Ok(grown)
    }

    /// Reads at least as much again as there is, so that a long row is not looked at more often than need be.
    fn fill(&mut self) -> Result<(), JsonError> {
        self.room.copy_within(self.used..self.read, 0);
        self.read -= self.used;
        self.used = 0;
        let limit = self.grow.options().row_bytes;
        if self.read > limit {
            self.pass_over_long(limit)?;
        }
        self.read_on()
    }

    /// Leaves out the line of a row that is too long to be kept.
    fn pass_over_long(&mut self, limit: usize) -> Result<(), JsonError> {
        let there = self.room.get(..self.read).unwrap_or_default();
        let start = there.len() - there.trim_ascii_start().len();
        let before = there.get(..start).unwrap_or_default();
        let fault = JsonFault::TooLong { limit };
        let error = self.grow.refused(before, String::new(), fault);
        if self.aside.is_none() || !self.grow.options().line_delimited {
            return Err(error);
        }
        let mut from = start;
        let mut left = limit.saturating_mul(LONGEST);
        loop {
            let rest = self.room.get(from..self.read).unwrap_or_default();
            let line = rest.iter().position(|byte| *byte == b'\n');
            let to = line.map_or(self.read, |line| from + line + 1);
            self.grow.pass_over(self.room.get(..to).unwrap_or_default());
            self.room.copy_within(to..self.read, 0);
            self.read -= to;
            if line.is_some() || self.whole {
                break;
            }
            left = left.saturating_sub(to);
            if left == 0 {
                return Err(error);
            }
            from = 0;
            self.read_on()?;
        }
        if let Some(aside) = &mut self.aside {
            let (error, text) = (&error, &[][..]);
            aside(BadRow { error, text }).map_err(JsonError::Aside)?;
        }
        self.grow.skip();
        Ok(())
    }

    fn read_on(&mut self) -> Result<(), JsonError> {
        let wanted = self.read.saturating_add(self.read.max(CHUNK));
        if self.room.len() < wanted {
            let mut room = vec![0; wanted];
            if let Some((there, _)) = room.split_at_mut_checked(self.read) {
                there.copy_from_slice(self.room.get(..self.read).unwrap_or_default());
            }
            self.room = room;
        }
        while self.read < wanted && !self.whole {
            let room = self.room.get_mut(self.read..wanted).unwrap_or_default();
            match self.reader.read(room) {
                Ok(0) => self.whole = true,
                // No reader has more than there was room for.
                Ok(read) => self.read += read.min(room.len()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(JsonError::Read(error)),
            }
        }
        Ok(())
    }

    fn next_batch(&mut self) -> Result<Option<Array>, JsonError> {
        loop {
            match self.step()? {
                Grown::More { .. } => {}
                Grown::Full { .. } => return self.grow.batch().map(Some),
                Grown::All => {
                    self.ended = true;
                    return match self.grow.is_empty() {
                        true => Ok(None),
                        false => self.grow.batch().map(Some),
                    };
                }
            }
        }
    }
}

impl<R: Read> Iterator for Batches<'_, R> {
    type Item = Result<Array, JsonError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let batch = self.next_batch().transpose();
        self.ended |= matches!(batch, None | Some(Err(_)));
        batch
    }
}

impl<R> fmt::Debug for Batches<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches")
            .field("options", self.grow.options())
            .field("skipped", &self.grow.skipped())
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
