//! What is open in a builder, and where in its column the next value goes.

use gawky_form::MAX_DEPTH;

use super::{ArrayBuilder, Nested, Nesting};
use crate::build::{Column, Unfit};
use crate::node::as_rows;
use crate::rows::{RowsError, RowsProblem};

/// A list, a tuple or a record that is growing.
#[derive(Clone, Debug)]
pub(super) struct Level {
    pub(super) nested: Nested,
    /// How many rows its column had before it.
    pub(super) before: usize,
    /// Of how many a tuple is.
    pub(super) size: usize,
    /// The element or the field that is chosen for the next value, or for the last one.
    slot: Option<usize>,
    /// Whether that has its value.
    filled: bool,
}

impl ArrayBuilder {
    /// Adds a value where the next one goes, or nothing.
    #[inline]
    pub(super) fn value(
        &mut self,
        add: impl FnOnce(&mut Column) -> Result<(), RowsError>,
    ) -> Result<(), RowsError> {
        let added = match next(&mut self.column, &self.open) {
            Ok(column) => {
                let before = column.len();
                add(column).inspect_err(|_| column.truncate(before))
            }
            Err(error) => Err(error),
        };
        match added {
            Ok(()) => {
                if let Some(level) = self.open.last_mut() {
                    level.filled = true;
                }
                Ok(())
            }
            Err(error) => Err(self.located(error, self.open.len())),
        }
    }

    pub(super) fn begin(
        &mut self,
        nested: Nested,
        size: usize,
        begin: impl FnOnce(&mut Column) -> Result<(), Unfit>,
    ) -> Result<(), RowsError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.wrong(Nesting::TooDeep));
        }
        let mut before = 0;
        self.value(|column| {
            before = column.len();
            Ok(begin(column)?)
        })?;
        self.open.push(Level {
            nested,
            before,
            size,
            slot: None,
            filled: false,
        });
        Ok(())
    }

    pub(super) fn end(
        &mut self,
        nested: Nested,
        end: impl FnOnce(&mut Column, usize) -> Result<(), Unfit>,
    ) -> Result<(), RowsError> {
        let size = self.innermost(nested, true)?;
        let (_, outer) = innermost_of(&self.open);
        let ended = match inside(&mut self.column, outer) {
            Some(column) => end(column, size),
            None => Ok(()),
        };
        match ended {
            Ok(()) => {
                self.open.pop();
                Ok(())
            }
            Err(unfit) => Err(self.located(unfit.into(), self.open.len() - 1)),
        }
    }

    /// Calls a closure for what was begun last, and ends that; or gives it up.
    pub(super) fn within<E: From<RowsError>>(
        &mut self,
        add: impl FnOnce(&mut Self) -> Result<(), E>,
        end: fn(&mut Self) -> Result<(), RowsError>,
    ) -> Result<(), E> {
        let begun = self.open.len();
        let ended = match self.enclosed(add) {
            Ok(()) => end(self).map_err(E::from),
            Err(error) => Err(error),
        };
        if ended.is_err() {
            self.give_up_to(begun.saturating_sub(1));
        }
        ended
    }

    /// Calls a closure, which has to end all that it begins, and nothing else.
    pub(super) fn enclosed<E: From<RowsError>>(
        &mut self,
        add: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let begun = self.open.len();
        let outside = std::mem::replace(&mut self.outside, begun);
        let added = add(self);
        self.outside = outside;
        match self.open.get(begun).map(|level| level.nested) {
            None => added,
            Some(open) => {
                self.give_up_to(begun);
                added.and_then(|()| Err(self.wrong(Nesting::LeftOpen { open }).into()))
            }
        }
    }

    /// Gives up all that is open but so much.
    pub(super) fn give_up_to(&mut self, depth: usize) {
        let Some(level) = self.open.get(depth) else {
            return;
        };
        let before = level.before;
        self.open.truncate(depth);
        if let Some(column) = inside(&mut self.column, &self.open) {
            column.truncate(before);
        }
        if let Some(level) = self.open.last_mut() {
            level.filled = false;
        }
    }

    /// Of how many the innermost is that is open, if it is of this kind; to be ended it must not have been begun outside of the
    /// closure that runs.
    pub(super) fn innermost(&mut self, wanted: Nested, ending: bool) -> Result<usize, RowsError> {
        let own = !ending || self.open.len() > self.outside;
        let open = self.open.last().filter(|_| own);
        match open.map(|level| (level.nested, level.size)) {
            Some((nested, size)) if nested == wanted => Ok(size),
            other => {
                let open = other.map(|(nested, _)| nested);
                Err(self.wrong(Nesting::NotOpen { wanted, open }))
            }
        }
    }

    /// Says for which element or field of the innermost the next value is.
    pub(super) fn choose(&mut self, slot: usize) {
        if let Some(level) = self.open.last_mut() {
            level.slot = Some(slot);
            level.filled = false;
        }
    }

    #[cold]
    pub(super) fn wrong(&mut self, nesting: Nesting) -> RowsError {
        self.located(RowsProblem::Nesting(nesting).into(), self.open.len())
    }

    /// An error in the row that is growing, in so many of what is open.
    #[cold]
    pub(super) fn located(&mut self, error: RowsError, levels: usize) -> RowsError {
        let mut names = Vec::new();
        let mut column = Some(&mut self.column);
        for level in self.open.iter().take(levels) {
            column = column.and_then(|column| {
                match (level.nested, level.slot) {
                    (Nested::Record, Some(slot)) => {
                        names.extend(column.last_record()?.name_of(slot));
                    }
                    (_, Some(slot)) => names.push(slot.to_string()),
                    _ => {}
                }
                step(column, level)
            });
        }
        let error = names
            .iter()
            .rev()
            .fold(error, |error, name| error.in_field(name));
        error.in_row(as_rows(self.len()))
    }
}

/// The innermost of what is open, and all others.
pub(super) fn innermost_of(open: &[Level]) -> (Option<&Level>, &[Level]) {
    match open.split_last() {
        Some((innermost, outer)) => (Some(innermost), outer),
        None => (None, &[]),
    }
}

/// The column of what grows within what is open.
pub(super) fn inside<'c>(column: &'c mut Column, open: &[Level]) -> Option<&'c mut Column> {
    open.iter().try_fold(column, step)
}

/// The column within a list, tuple or record to which something was added last.
fn step<'c>(column: &'c mut Column, level: &Level) -> Option<&'c mut Column> {
    match level.nested {
        Nested::Record => column.last_record()?.at(level.slot?),
        Nested::List | Nested::Tuple => column.last_sequence()?.into_last(),
    }
}

/// The column to which the next value goes.
fn next<'c>(column: &'c mut Column, open: &[Level]) -> Result<&'c mut Column, RowsError> {
    let (Some(innermost), outer) = innermost_of(open) else {
        return Ok(column);
    };
    let unchosen = match innermost.nested {
        Nested::List => None,
        Nested::Tuple => Some(Nesting::NoIndex),
        Nested::Record => Some(Nesting::NoField),
    };
    if let Some(nesting) = unchosen
        && (innermost.filled || innermost.slot.is_none())
    {
        return Err(RowsProblem::Nesting(nesting).into());
    }
    let growing = inside(column, outer).ok_or(Unfit::TooManyKinds)?;
    match innermost.nested {
        Nested::List => {
            let elements = growing.last_sequence().ok_or(Unfit::TooManyKinds)?;
            Ok(elements.into_first_lacking()?)
        }
        _ => Ok(step(growing, innermost).ok_or(Unfit::TooManyKinds)?),
    }
}
