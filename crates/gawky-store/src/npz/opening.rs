//! [`Opening`]: from the size of a file to its directory, without doing any I/O itself.

use std::ops::Range;

use gawky_buffer::{Fetch, Key, Version};

use super::directory::{self, End, TAIL};
use super::fault::NpzFault;
use super::{NpzIndex, NpzOptions};
use crate::range::check_length;
use crate::{FetchReport, Fetched, Profile, StoreError};

/// An archive that is being opened.
pub(super) struct Opening {
    file: Key,
    size: u64,
    /// Whether the file is fetched whole or not at all.
    whole: bool,
    options: NpzOptions,
    found: Option<(End, Option<Version>)>,
}

/// What comes next.
pub(super) enum Step {
    /// These bytes are needed.
    Need(Fetch, Opening),
    /// All is known.
    Done(NpzIndex),
}

impl Opening {
    /// Begins with the size of the file, if there is one, in a container with this profile.
    pub(super) fn start(
        file: &str,
        size: Option<u64>,
        profile: &Profile,
        options: NpzOptions,
    ) -> Result<Step, StoreError> {
        let Some(size) = size else {
            return Err(StoreError::NotFound {
                key: file.to_owned(),
            });
        };
        if size == 0 {
            return Err(NpzFault::NotZip { size }.of_file(file));
        }
        let file = Key::from(file);
        let opening = Self {
            file,
            size,
            whole: !profile.cheap_ranges,
            options,
            found: None,
        };
        let range = (!opening.whole).then(|| opening.tail());
        Ok(Step::Need(Fetch::raw(opening.file.clone(), range), opening))
    }

    fn tail(&self) -> Range<u64> {
        self.size.saturating_sub(TAIL)..self.size
    }

    /// Goes on with the bytes that were needed.
    pub(super) fn supply(mut self, fetched: Vec<Option<Fetched>>) -> Result<Step, StoreError> {
        let Some(Fetched { bytes, version }) = fetched.into_iter().next().flatten() else {
            return Err(NpzFault::Gone.of_file(&self.file));
        };
        let asked = match &self.found {
            Some((end, _)) => end.directory.clone(),
            None if self.whole => 0..self.size,
            None => self.tail(),
        };
        check_length(&self.file, &asked, &bytes)?;
        let bytes = bytes.bytes().map_err(|source| StoreError::Buffer {
            key: self.file.to_string(),
            source,
        })?;
        if let Some((end, version)) = self.found.take() {
            return self.done(bytes, &end, version);
        }
        let end = End::find(bytes, self.size).map_err(|fault| fault.of_file(&self.file))?;
        let (range, limit) = (end.directory.clone(), self.options.max_directory_bytes);
        let len = range.end.saturating_sub(range.start);
        if len > limit {
            return Err(NpzFault::DirectoryTooLarge { bytes: len, limit }.of_file(&self.file));
        }
        // Mostly it is among the last bytes, too.
        let within = |at: u64| usize::try_from(at.checked_sub(asked.start)?).ok();
        let here = within(range.start)
            .zip(within(range.end))
            .and_then(|(from, to)| bytes.get(from..to));
        match here {
            Some(directory) => self.done(directory, &end, version),
            None => {
                let fetch = Fetch::raw(self.file.clone(), Some(range)).at_version(version.clone());
                self.found = Some((end, version));
                Ok(Step::Need(fetch, self))
            }
        }
    }

    fn done(self, bytes: &[u8], end: &End, version: Option<Version>) -> Result<Step, StoreError> {
        match directory::members(bytes, end) {
            Ok(members) => {
                let Self {
                    file,
                    size,
                    whole,
                    options,
                    ..
                } = self;
                Ok(Step::Done(NpzIndex {
                    file,
                    size,
                    whole,
                    version,
                    members,
                    options,
                    opening: FetchReport::default(),
                }))
            }
            Err(trouble) => Err(trouble.in_file(&self.file)),
        }
    }
}
