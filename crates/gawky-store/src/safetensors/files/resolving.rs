//! [`Resolving`]: from keys of tensors in files to bytes of files, step by step.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use gawky_buffer::{Buffer, Fetch, Key};

use super::file_and_tensor;
use super::open_files::OpenFiles;
use crate::fetched::check_count;
use crate::opening::Opening;
use crate::range::check_range;
use crate::safetensors::SafeTensorsIndex;
use crate::safetensors::header_sought::HeaderSought;
use crate::safetensors::index::Source;
use crate::{FetchReport, Fetched, Profile, StoreError, key};

/// What one call of [`Resolving::step`] came to.
pub(super) enum Step {
    /// Fetch these, hand over what comes, step again.
    Need(Vec<Fetch>),
    /// The answers, in the order of the fetches.
    Done(Vec<Option<Fetched>>),
}

/// Fetches of tensors in files on their way: opens the files that are not open, then asks for the tensors.
pub(super) struct Resolving<'a> {
    open: &'a OpenFiles,
    fetches: &'a [Fetch],
    targets: Vec<Target>,
    files: Vec<File>,
    profile: Profile,
    header_bytes: Option<u64>,
    stage: Stage,
}

/// Where a fetch leads.
enum Target {
    /// To a blob of the container below.
    Below,
    /// Nowhere: it wants no bytes.
    Nowhere,
    /// Into the file of this number.
    Inside { file: usize, tensor: Fetch },
}

struct File {
    key: Key,
    state: State,
    /// Whether its header was here before, so that the file may have been replaced since.
    was_kept: bool,
}

enum State {
    Closed,
    Sought(HeaderSought),
    Open(Arc<SafeTensorsIndex>),
    Missing,
}

enum Stage {
    /// Files are being opened.
    Opening,
    /// The bytes of all fetches are awaited, of which each has such a source.
    Fetching { below: Vec<Key>, sources: Vec<From> },
    /// They have come.
    Fetched {
        sources: Vec<From>,
        fetched: Vec<Option<Fetched>>,
    },
}

/// An error, and the file that it is about.
type Failed = (Option<usize>, StoreError);

/// Where the answer to a fetch comes from.
enum From {
    Below,
    Nothing,
    Inside(Source),
}

impl<'a> Resolving<'a> {
    pub(super) fn new(
        open: &'a OpenFiles,
        fetches: &'a [Fetch],
        profile: Profile,
        header_bytes: Option<u64>,
    ) -> Result<Self, StoreError> {
        let mut resolving = Self {
            open,
            fetches,
            targets: Vec::with_capacity(fetches.len()),
            files: Vec::new(),
            profile,
            header_bytes,
            stage: Stage::Opening,
        };
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        for fetch in fetches {
            let target = match file_and_tensor(&fetch.key) {
                None => Target::Below,
                Some((file, name)) => {
                    key::validate(&fetch.key)?;
                    let wants_nothing = match &fetch.range {
                        None => false,
                        Some(range) => !check_range(&fetch.key, range)?,
                    };
                    if wants_nothing {
                        Target::Nowhere
                    } else {
                        let next = resolving.files.len();
                        let number = *numbers.entry(file).or_insert(next);
                        if number == next {
                            resolving.want(file);
                        }
                        {
                            let mut tensor = fetch.clone();
                            tensor.key = Key::from(name);
                            Target::Inside {
                                file: number,
                                tensor,
                            }
                        }
                    }
                }
            };
            resolving.targets.push(target);
        }
        resolving.seek();
        Ok(resolving)
    }

    /// Only opens these files, and fetches nothing of them.
    pub(super) fn opening(
        open: &'a OpenFiles,
        files: &[&str],
        profile: Profile,
        header_bytes: Option<u64>,
    ) -> Result<Self, StoreError> {
        let mut resolving = Self::new(open, &[], profile, header_bytes)?;
        files.iter().for_each(|file| resolving.want(file));
        resolving.seek();
        Ok(resolving)
    }

    /// How many bytes a tensor has of the file of this number, once that is open.
    pub(super) fn size(&self, file: usize, tensor: &str) -> Option<u64> {
        match &self.files.get(file)?.state {
            State::Open(index) => index.size_of(tensor),
            State::Closed | State::Sought(_) | State::Missing => None,
        }
    }

    fn want(&mut self, file: &str) {
        let kept = self.open.get(file);
        self.files.push(File {
            key: Key::from(file),
            was_kept: kept.is_some(),
            state: kept.map_or(State::Closed, State::Open),
        });
    }

    /// Begins to open the files that were not open.
    fn seek(&mut self) {
        let closed = |file: &&mut File| matches!(file.state, State::Closed);
        let several = self.files.iter_mut().filter(closed).nth(1).is_some();
        let (profile, header_bytes) = (self.profile, self.header_bytes);
        for file in self.files.iter_mut().filter(closed) {
            let sought = match header_bytes {
                Some(bytes) => HeaderSought::of_length(&file.key, bytes, &profile),
                // A file that is shorter than was guessed fails the fetch of all of them.
                None if several => HeaderSought::of_length(&file.key, 0, &profile),
                None => HeaderSought::of(&file.key, &profile),
            };
            file.state = State::Sought(sought.without_texts());
        }
    }

    pub(super) fn step(&mut self, report: &mut FetchReport) -> Result<Step, StoreError> {
        if let Stage::Fetched { sources, fetched } =
            std::mem::replace(&mut self.stage, Stage::Opening)
        {
            match self.answers(sources, fetched, report) {
                Ok(answers) => return Ok(Step::Done(answers)),
                Err((file, error)) => self.open_again(file, error)?,
            }
        }
        loop {
            let sought: Vec<Fetch> = self.files.iter().filter_map(File::fetch).collect();
            if !sought.is_empty() {
                return Ok(Step::Need(sought));
            }
            match self.ask() {
                Ok((below, sources)) if below.is_empty() => {
                    let answers = self.answers(sources, Vec::new(), report);
                    return answers.map(Step::Done).map_err(|(_, error)| error);
                }
                Ok((below, sources)) => {
                    self.stage = Stage::Fetching {
                        below: below.iter().map(|fetch| fetch.key.clone()).collect(),
                        sources,
                    };
                    return Ok(Step::Need(below));
                }
                Err((file, error)) => self.open_again(file, error)?,
            }
        }
    }

    /// Hands over what came.
    pub(super) fn supply(
        &mut self,
        fetched: Result<Vec<Option<Fetched>>, StoreError>,
    ) -> Result<(), StoreError> {
        match std::mem::replace(&mut self.stage, Stage::Opening) {
            Stage::Fetching { below, sources } => match fetched {
                Ok(fetched) => {
                    check_count(below.iter(), &fetched)?;
                    self.stage = Stage::Fetched { sources, fetched };
                    Ok(())
                }
                Err(error) => {
                    let file = self.files.iter().position(|file| *file.key == *error.key());
                    let error = self.inside(file, error);
                    self.open_again(file, error)
                }
            },
            Stage::Opening | Stage::Fetched { .. } => self.opened(fetched),
        }
    }

    /// Hands what came to the files that are being opened.
    fn opened(
        &mut self,
        fetched: Result<Vec<Option<Fetched>>, StoreError>,
    ) -> Result<(), StoreError> {
        match fetched {
            Ok(fetched) => {
                let asked: Vec<Key> = self
                    .files
                    .iter()
                    .filter_map(|file| Some(file.fetch()?.key))
                    .collect();
                check_count(asked.iter(), &fetched)?;
                let mut fetched = fetched.into_iter();
                for at in 0..self.files.len() {
                    self.open_one(at, |_| fetched.next().map(Ok))?;
                }
                Ok(())
            }
            Err(error) => {
                // One of them failed, and the others have not been answered.
                let failed = self.files.iter().position(|file| {
                    matches!(file.state, State::Sought(_)) && *file.key == *error.key()
                });
                match failed {
                    None => Err(error),
                    Some(at) => self.open_one(at, |_| Some(Err(error))),
                }
            }
        }
    }

    /// Hands an answer to a file, if it is being opened.
    fn open_one(
        &mut self,
        at: usize,
        answer: impl FnOnce(&File) -> Option<Result<Option<Fetched>, StoreError>>,
    ) -> Result<(), StoreError> {
        let Some(file) = self.files.get_mut(at) else {
            return Ok(());
        };
        if !matches!(file.state, State::Sought(_)) {
            return Ok(());
        }
        let Some(answer) = answer(file) else {
            return Ok(());
        };
        let State::Sought(sought) = &mut file.state else {
            return Ok(());
        };
        match sought.supply(answer, FetchReport::default()) {
            Ok(None) => Ok(()),
            Ok(Some(index)) => {
                // Tensors that came along serve this call alone: later ones ask whether they are still the same.
                self.open
                    .keep(file.key.clone(), Arc::new(index.without_tensors()));
                file.state = State::Open(Arc::new(index));
                Ok(())
            }
            // What lies in a file that is not there is not there.
            Err(StoreError::NotFound { key }) if *file.key == *key => {
                file.state = State::Missing;
                Ok(())
            }
            Err(error) => Err(self.inside(Some(at), error)),
        }
    }

    /// What to do about a file that is not as its header has it: where that was read before, the file has been
    /// replaced since, and is opened anew.
    fn open_again(&mut self, file: Option<usize>, error: StoreError) -> Result<(), StoreError> {
        let file = file.and_then(|at| self.files.get_mut(at));
        match file {
            Some(file) if file.was_kept && error.is_conflict() => {
                self.open.forget(&file.key);
                file.was_kept = false;
                let sought = match self.header_bytes {
                    Some(bytes) => HeaderSought::of_length(&file.key, bytes, &self.profile),
                    None => HeaderSought::of(&file.key, &self.profile),
                };
                file.state = State::Sought(sought.without_texts());
                Ok(())
            }
            _ => Err(error),
        }
    }

    /// What to fetch below, and where each answer is to come from.
    fn ask(&self) -> Result<(Vec<Fetch>, Vec<From>), Failed> {
        let mut below = Vec::new();
        let mut sources = Vec::with_capacity(self.targets.len());
        for (fetch, target) in self.fetches.iter().zip(&self.targets) {
            sources.push(match target {
                Target::Nowhere => From::Nothing,
                Target::Below => {
                    below.push(fetch.clone());
                    From::Below
                }
                Target::Inside { file, tensor } => {
                    match self.files.get(*file).map(|file| &file.state) {
                        Some(State::Open(index)) => {
                            let told = |error| (Some(*file), told_of(&fetch.key, error));
                            let source = index.source(tensor).map_err(told)?;
                            below.extend(index.fetch_below(&source, tensor));
                            From::Inside(source)
                        }
                        _ => From::Inside(Source::Missing),
                    }
                }
            });
        }
        Ok((below, sources))
    }

    fn answers(
        &self,
        sources: Vec<From>,
        fetched: Vec<Option<Fetched>>,
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, Failed> {
        let mut fetched = fetched.into_iter();
        let mut answers = Vec::with_capacity(sources.len());
        for ((fetch, target), source) in self.fetches.iter().zip(&self.targets).zip(sources) {
            answers.push(match (source, target) {
                (From::Nothing, _) => Some(Buffer::empty().into()),
                (From::Below, _) => fetched.next().flatten(),
                (From::Inside(source), Target::Inside { file, .. }) => {
                    match self.files.get(*file).map(|file| &file.state) {
                        Some(State::Open(index)) => index
                            .answer_of(source, || fetched.next().flatten(), report)
                            .map_err(|error| (Some(*file), told_of(&fetch.key, error)))?,
                        _ => None,
                    }
                }
                (From::Inside(_), _) => None,
            });
        }
        Ok(answers)
    }

    /// An error of a file, as one of the first fetch that leads into it, and, where the file is too short, past its
    /// end.
    fn inside(&self, file: Option<usize>, error: StoreError) -> StoreError {
        let Some(at) = file else {
            return error;
        };
        let reaches = |range: &Range<u64>| match &error {
            StoreError::OutOfRange { have, .. } => range.end > *have,
            _ => true,
        };
        let wanted = self.fetches.iter().zip(&self.targets).find(|(_, target)| {
            let Target::Inside { file, tensor } = target else {
                return false;
            };
            let range = match self.files.get(*file).map(|file| &file.state) {
                Some(State::Open(index)) => match index.source(tensor) {
                    Ok(Source::Below(range)) => range,
                    _ => return false,
                },
                _ => return *file == at,
            };
            *file == at && reaches(&range)
        });
        match wanted {
            None => error,
            Some((fetch, _)) => told_of(&fetch.key, error),
        }
    }
}

impl File {
    /// What to fetch to open it; `None` where it is open.
    fn fetch(&self) -> Option<Fetch> {
        match &self.state {
            State::Sought(sought) => Some(sought.fetch()),
            State::Closed | State::Open(_) | State::Missing => None,
        }
    }
}

/// An error of a tensor or its file, as one of the key that was wanted.
fn told_of(key: &Key, error: StoreError) -> StoreError {
    StoreError::Inside {
        key: key.to_string(),
        source: Box::new(error),
    }
}
