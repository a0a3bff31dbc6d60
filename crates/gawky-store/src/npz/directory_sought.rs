//! [`DirectorySought`]: from the size of a file to its directory.

use std::ops::Range;

use gawky_buffer::{Fetch, Key, Version};

use super::directory::{self, End, TAIL};
use super::fault::NpzFault;
use super::{NpzIndex, NpzOptions};
use crate::opening::Opening;
use crate::range::check_length;
use crate::{FetchReport, Fetched, Profile, StoreError};

/// What to fetch until the directory is there.
pub(super) struct DirectorySought {
    file: Key,
    size: u64,
    /// Whether the file is fetched whole or not at all.
    whole: bool,
    options: NpzOptions,
    /// The end of the file, where the directory does not lie in it too, and its state.
    end: Option<(End, Option<Version>)>,
}

impl DirectorySought {
    /// Begins with the size of the file, if there is one, in a container with this profile.
    pub(super) fn of(
        file: &str,
        size: Option<u64>,
        profile: &Profile,
        options: NpzOptions,
    ) -> Result<Self, StoreError> {
        match size {
            None => Err(StoreError::NotFound {
                key: file.to_owned(),
            }),
            Some(0) => Err(NpzFault::NotZip { size: 0 }.of_file(file)),
            Some(size) => Ok(Self {
                file: Key::from(file),
                size,
                whole: !profile.cheap_ranges,
                options,
                end: None,
            }),
        }
    }

    fn tail(&self) -> Range<u64> {
        self.size.saturating_sub(TAIL)..self.size
    }

    /// Which bytes of the file are fetched now.
    fn awaited(&self) -> Range<u64> {
        match &self.end {
            Some((end, _)) => end.directory.clone(),
            None if self.whole => 0..self.size,
            None => self.tail(),
        }
    }

    fn index(
        &self,
        directory: &[u8],
        end: &End,
        version: Option<Version>,
        opening: FetchReport,
    ) -> Result<Option<NpzIndex>, StoreError> {
        let members = directory::members(directory, end).map_err(|it| it.in_file(&self.file))?;
        Ok(Some(NpzIndex {
            file: self.file.clone(),
            size: self.size,
            whole: self.whole,
            version,
            members,
            options: self.options.clone(),
            opening,
        }))
    }
}

impl Opening for DirectorySought {
    type Layer = NpzIndex;

    fn fetch(&self) -> Fetch {
        let file = self.file.clone();
        match &self.end {
            Some((end, version)) => {
                Fetch::raw(file, Some(end.directory.clone())).at_version(version.clone())
            }
            None => Fetch::raw(file, (!self.whole).then(|| self.tail())),
        }
    }

    fn supply(
        &mut self,
        answer: Result<Option<Fetched>, StoreError>,
        report: FetchReport,
    ) -> Result<Option<NpzIndex>, StoreError> {
        let Some(Fetched { bytes, version }) = answer? else {
            return Err(NpzFault::Gone.of_file(&self.file));
        };
        let asked = self.awaited();
        check_length(&self.file, &asked, &bytes)?;
        let bytes = bytes.bytes().map_err(|source| StoreError::Buffer {
            key: self.file.to_string(),
            source,
        })?;
        if let Some((end, version)) = self.end.take() {
            return self.index(bytes, &end, version, report);
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
            Some(directory) => self.index(directory, &end, version, report),
            None => {
                self.end = Some((end, version));
                Ok(None)
            }
        }
    }
}
