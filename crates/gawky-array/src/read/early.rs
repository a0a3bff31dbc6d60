//! [`Early`]: small blobs that come whole with the first step.

use std::ops::Range;

use gawky_buffer::Buffer;

use super::scattered;
use crate::Problem;
use crate::node::{as_rows, in_memory};

/// The blobs that are asked for whole before it is known which rows of them are needed.
#[derive(Debug, Default)]
pub(super) struct Early {
    /// By slot; as long as the last slot that was asked needs.
    slots: Vec<State>,
    is_here: bool,
}

#[derive(Clone, Debug, Default)]
enum State {
    #[default]
    NotAsked,
    Asked(Option<Buffer>),
    /// Its node has it.
    Taken,
}

impl Early {
    pub(super) fn ask(&mut self, slot: usize) {
        if self.slots.len() <= slot {
            self.slots.resize(slot + 1, State::NotAsked);
        }
        if let Some(state) = self.slots.get_mut(slot) {
            *state = State::Asked(None);
        }
    }

    pub(super) fn is_asked(&self, slot: usize) -> bool {
        !matches!(self.slots.get(slot), None | Some(State::NotAsked))
    }

    /// Whether they have come: all of them come with the first step.
    pub(super) fn is_here(&self) -> bool {
        self.is_here
    }

    pub(super) fn have_come(&mut self) {
        self.is_here = true;
    }

    /// Keeps what came for a slot, if it is one of these; else gives it back.
    pub(super) fn keep(&mut self, slot: usize, blob: Option<Buffer>) -> Option<Option<Buffer>> {
        match self.slots.get_mut(slot) {
            Some(state @ State::Asked(_)) if !self.is_here => {
                *state = State::Asked(blob);
                None
            }
            _ => Some(blob),
        }
    }

    /// What came for a slot, once; `None` where nothing was asked.
    pub(super) fn take(&mut self, slot: usize) -> Option<Option<Buffer>> {
        let state = self.slots.get_mut(slot)?;
        if matches!(state, State::NotAsked | State::Taken) {
            return None;
        }
        match std::mem::replace(state, State::Taken) {
            State::Asked(blob) => Some(blob),
            State::NotAsked | State::Taken => None,
        }
    }
}

/// The bytes `range` of a blob that is here as a whole.
pub(super) fn piece(blob: &Buffer, range: &Range<u64>) -> Result<Buffer, Problem> {
    let have = as_rows(blob.len());
    if range.is_empty() {
        return Ok(Buffer::empty());
    }
    if range.end > have {
        return Err(Problem::TooShort {
            needed: range.end,
            have,
        });
    }
    Ok(blob.slice(in_memory(range.start)?..in_memory(range.end)?)?)
}

/// The bytes `ranges` of a blob that is here as a whole, one after the other.
pub(super) fn gathered(blob: &Buffer, ranges: &[Range<u64>]) -> Result<Buffer, Problem> {
    let bytes = blob.bytes()?;
    scattered::gathered(ranges, |range| scattered::piece(bytes, range))
}
