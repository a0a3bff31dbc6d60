//! [`Opening`]: from the size of a file to its directory, without doing any I/O itself.

use gawky_buffer::{Fetch, Key, Version};

use super::directory::{self, End, TAIL};
use super::fault::NpzFault;
use super::{NpzIndex, NpzOptions};
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
        let whole = !profile.cheap_ranges;
        let tail = size.saturating_sub(TAIL)..size;
        let fetch = Fetch::raw(file.clone(), (!whole).then_some(tail));
        let opening = Self {
            file,
            size,
            whole,
            options,
            found: None,
        };
        Ok(Step::Need(fetch, opening))
    }

    /// Goes on with the bytes that were needed.
    pub(super) fn supply(mut self, fetched: Vec<Option<Fetched>>) -> Result<Step, StoreError> {
        let Some(Fetched { bytes, version }) = fetched.into_iter().next().flatten() else {
            return Err(NpzFault::Gone.of_file(&self.file));
        };
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
        let start = self.size.saturating_sub(bytes.len() as u64);
        let within = |at: u64| usize::try_from(at.checked_sub(start)?).ok();
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
