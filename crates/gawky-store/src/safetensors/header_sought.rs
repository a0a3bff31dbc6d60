//! [`HeaderSought`]: what to fetch until the header is there.

use gawky_buffer::{Fetch, Key};

use super::header::Texts;
use super::index::read_header;
use super::{SafeTensorsFault, SafeTensorsIndex, header};
use crate::opening::Opening;
use crate::{FetchReport, Fetched, Profile, StoreError};

/// At most so many bytes are asked for before it is known how many are needed.
const MAX_GUESS: u64 = 512 * 1024;

/// Opens a file: says what to fetch next, and takes what came of it.
#[derive(Debug)]
pub(super) struct HeaderSought {
    key: Key,
    texts: Texts,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// So many bytes, of which nobody knows whether they suffice, or whether there are as many.
    Guess(u64),
    /// Up to here, as the length said.
    Header(u64),
    /// The whole file.
    Whole,
}

impl HeaderSought {
    /// Opens the file under `key`.
    ///
    /// The first fetch asks for as many bytes as the container would rather read than be asked again, which is
    /// what its coalescing says, up to 512 KiB: behind a network it mostly holds the header (which takes some 200
    /// bytes for a tensor, and Awkward's form in it as much again) and often the first tensors; in memory it is
    /// the length of the header alone.
    pub(super) fn of(key: &str, profile: &Profile) -> Self {
        let guess = profile.coalescing.map_or(0, |limits| limits.max_gap);
        let stage = if profile.cheap_ranges {
            Stage::Guess(guess.clamp(header::PREFIX, MAX_GUESS))
        } else {
            Stage::Whole
        };
        Self {
            key: Key::from(key),
            texts: Texts::Kept,
            stage,
        }
    }

    /// Opens the file under `key`, whose header is known to end, with its length, after so many bytes.
    pub(super) fn of_length(key: &str, bytes: u64, profile: &Profile) -> Self {
        let known = bytes.clamp(header::PREFIX, header::PREFIX + header::MAX_HEADER);
        Self {
            key: Key::from(key),
            texts: Texts::Kept,
            stage: if profile.cheap_ranges {
                Stage::Guess(known)
            } else {
                Stage::Whole
            },
        }
    }

    /// The same for whoever wants the tensors alone.
    pub(super) fn without_texts(self) -> Self {
        Self {
            texts: Texts::Dropped,
            ..self
        }
    }

    /// What to do about an error: where the file is shorter than was guessed, ask for all of it.
    fn fall_back(&mut self, error: StoreError) -> Result<(), StoreError> {
        let StoreError::OutOfRange { have, .. } = error else {
            return Err(error);
        };
        match self.stage {
            Stage::Guess(_) if have < header::PREFIX => {
                Err(self.fault(SafeTensorsFault::TooShort { have }))
            }
            Stage::Guess(len) if have < len => {
                self.stage = Stage::Whole;
                Ok(())
            }
            Stage::Header(needed) => Err(self.fault(SafeTensorsFault::HeaderCut { needed, have })),
            Stage::Guess(_) | Stage::Whole => Err(error),
        }
    }

    fn fault(&self, fault: SafeTensorsFault) -> StoreError {
        StoreError::SafeTensors {
            key: self.key.to_string(),
            fault,
        }
    }
}

impl Opening for HeaderSought {
    type Layer = SafeTensorsIndex;

    fn fetch(&self) -> Fetch {
        let key = self.key.clone();
        match &self.stage {
            Stage::Guess(len) => Fetch::raw(key, Some(0..*len)),
            // From the beginning again, so that the header is of one state, also where there are no versions.
            Stage::Header(end) => Fetch::raw(key, Some(0..*end)),
            Stage::Whole => Fetch::raw(key, None),
        }
    }

    fn supply(
        &mut self,
        answer: Result<Option<Fetched>, StoreError>,
        report: FetchReport,
    ) -> Result<Option<SafeTensorsIndex>, StoreError> {
        let fetched = match answer {
            Ok(Some(fetched)) => fetched,
            Ok(None) => {
                return Err(StoreError::NotFound {
                    key: self.key.to_string(),
                });
            }
            Err(error) => return self.fall_back(error).map(|()| None),
        };
        let whole = matches!(self.stage, Stage::Whole);
        let end = match read_header(&self.key, &fetched.bytes, self.texts)? {
            Ok((header, end)) => {
                let key = self.key.clone();
                let Fetched { bytes, version } = fetched;
                let index = SafeTensorsIndex::new(key, bytes, version, header, end, whole)?;
                return Ok(Some(index.opened_with(report)));
            }
            Err(end) => end,
        };
        match self.stage {
            Stage::Whole => {
                let have = fetched.bytes.len() as u64;
                Err(self.fault(SafeTensorsFault::HeaderCut { needed: end, have }))
            }
            Stage::Header(_) => Err(self.fault(SafeTensorsFault::Changed)),
            Stage::Guess(_) => {
                self.stage = Stage::Header(end);
                Ok(None)
            }
        }
    }
}
