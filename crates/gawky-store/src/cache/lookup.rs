//! [`Lookup`]: the stepper between a reader, the shelf and the container below; no I/O of its own.
//!
//! A reader first makes the requests that nobody else makes, tells everybody what came of them, and only then waits for
//! the requests of others. So nobody waits who has anything that others wait for, and two readers that want
//! the same blobs in opposite orders cannot stop each other.

use std::collections::HashMap;
use std::mem;
use std::sync::Arc;

use event_listener::EventListener;
use foldhash::fast::RandomState;
use gawky_buffer::{Buffer, Fetch, Key, Version};

use super::Retention;
use super::cached::Shelved;
use super::compact::fit_to_keep;
use super::disk::Keepsake;
use super::flight::{Flight, Outcome, Waits};
use super::shelf::{ENTRY_COST, Known, Landing, Placed, Seen, Trash};
use crate::conditional::check_version;
use crate::fetched::check_count;
use crate::range::check_length;
use crate::{FetchReport, Fetched, StoreError, key};

/// What a reader is to do next.
#[derive(Debug)]
pub(super) enum Step {
    /// Look on disk for these, and supply what was [`loaded`](Lookup::loaded).
    Load(Vec<Fetch>),
    /// Ask below for the versions of these blobs, and supply what is [`current`](Lookup::current).
    Versions(Vec<Key>),
    /// Make these requests below, all at once, and supply what came of them.
    Fetch(Vec<Fetch>),
    /// Keep these on disk.
    Store(Vec<Keepsake>),
    /// Wait, and ask again.
    Wait(EventListener),
    /// Nothing more: one answer for each fetch.
    Done(Vec<Option<Fetched>>),
}

/// The fetches of one call on their way through the cache.
#[derive(Debug)]
pub(super) struct Lookup<'a> {
    shelved: Shelved<'a>,
    fetches: &'a [Fetch],
    waits: Waits,
    /// How often anything had been written through the cache when the call began.
    overwrites: u64,
    /// Whether to wait for the requests of others at all.
    join: bool,
    answers: Vec<Option<Fetched>>,
    /// Which fetches have to be looked up still.
    unplaced: Vec<usize>,
    /// To be looked for on disk.
    unsought: Vec<Lead>,
    /// Found on disk, of a state that may be an old one.
    unconfirmed: Vec<(Lead, Fetched)>,
    /// To be fetched below.
    leads: Vec<Lead>,
    /// To be kept on disk.
    keepsakes: Vec<Keepsake>,
    joined: Vec<(usize, Arc<Flight>)>,
}

/// A request that this reader makes.
#[derive(Debug)]
struct Lead {
    at: usize,
    retention: Retention,
    /// Whether to keep the bytes on disk.
    on_disk: bool,
    /// What others wait for; `None` when the bytes pass.
    flight: Option<Arc<Flight>>,
    /// What the clock of the shelf showed before.
    began: u64,
}

impl<'a> Lookup<'a> {
    /// Answers what the cache has.
    pub(super) fn new(
        shelved: Shelved<'a>,
        fetches: &'a [Fetch],
        waits: Waits,
        report: &mut FetchReport,
    ) -> Self {
        let mut lookup = Self {
            shelved,
            fetches,
            waits,
            overwrites: 0,
            join: true,
            answers: Vec::with_capacity(fetches.len()),
            unplaced: Vec::new(),
            unsought: Vec::new(),
            unconfirmed: Vec::new(),
            leads: Vec::new(),
            keepsakes: Vec::new(),
            joined: Vec::new(),
        };
        let mut shelf = shelved.cache.shelf();
        lookup.overwrites = shelf.overwrites;
        for (at, fetch) in fetches.iter().enumerate() {
            let answer = if asks_nothing(fetch) {
                Some(Buffer::empty().into())
            } else {
                let range = fetch.range.as_ref();
                let version = fetch.version.as_ref();
                let found = shelf.find(shelved.container, &fetch.key, range, version, fetch.dtype);
                match &found {
                    None => lookup.unplaced.push(at),
                    Some(hit) => {
                        shelf.stats.hits += 1;
                        hit_by(hit, report);
                    }
                }
                found
            };
            lookup.answers.push(answer);
        }
        drop(shelf);
        lookup
    }

    /// How often anything had been written through the cache when the call began.
    pub(super) fn overwrites(&self) -> u64 {
        self.overwrites
    }

    /// What to do next.
    pub(super) fn step(&mut self, report: &mut FetchReport) -> Result<Step, StoreError> {
        loop {
            self.place(report);
            if !self.unsought.is_empty() {
                return Ok(Step::Load(self.asked(&self.unsought)));
            }
            if !self.unconfirmed.is_empty() {
                return Ok(Step::Versions(self.unconfirmed_keys()));
            }
            if !self.leads.is_empty() {
                return Ok(Step::Fetch(self.asked(&self.leads)));
            }
            if !self.keepsakes.is_empty() {
                return Ok(Step::Store(mem::take(&mut self.keepsakes)));
            }
            let Some((at, flight)) = self.joined.last() else {
                return Ok(Step::Done(mem::take(&mut self.answers)));
            };
            let at = *at;
            match flight.outcome() {
                Err(listener) => return Ok(Step::Wait(listener)),
                Ok(Outcome::Landed(answer)) => {
                    if let Some(hit) = &answer {
                        hit_by(hit, report);
                    }
                    self.answer(at, answer);
                }
                Ok(Outcome::Failed(error)) => return Err(error),
                Ok(Outcome::Abandoned) => self.unplaced.push(at),
                Ok(Outcome::Unclear) => {
                    // Who waits again may be disappointed again, once for every reader before.
                    self.join = false;
                    self.unplaced.push(at);
                }
            }
            self.joined.pop();
        }
    }

    /// Takes what came of the requests of the last step, keeps what is to be kept, and tells those who wait.
    pub(super) fn supply(
        &mut self,
        fetched: Result<Vec<Option<Fetched>>, StoreError>,
        report: &mut FetchReport,
    ) -> Result<(), StoreError> {
        let fetched = match fetched {
            Ok(fetched) if fetched.len() == self.leads.len() => fetched,
            Ok(fetched) => {
                let asked = self.asked(&self.leads);
                return check_count(asked.iter().map(|fetch| &fetch.key), &fetched);
            }
            Err(error) => {
                self.fail(&error);
                return Err(error);
            }
        };
        let mut wrong = None;
        let mut landing = Vec::with_capacity(fetched.len());
        for (lead, answer) in mem::take(&mut self.leads).into_iter().zip(fetched) {
            let Some(fetch) = self.fetches.get(lead.at) else {
                continue;
            };
            match check(fetch, answer.as_ref()) {
                Ok(()) => landing.push((lead, answer, Known::FromContainer)),
                Err(error) => {
                    self.end(vec![lead], |_| Outcome::Failed(error.clone()));
                    wrong.get_or_insert(error);
                }
            }
        }
        self.land(landing, report);
        wrong.map_or(Ok(()), Err)
    }

    /// Takes what was found on disk for the requests of the last step. Bytes that may be of an old state have to be
    /// confirmed first.
    pub(super) fn loaded(&mut self, loaded: Vec<Option<Fetched>>, report: &mut FetchReport) {
        let mut loaded = loaded.into_iter();
        let mut landing = Vec::new();
        for lead in mem::take(&mut self.unsought) {
            let Some(fetch) = self.fetches.get(lead.at) else {
                continue;
            };
            let found = loaded.next().flatten();
            let Some(found) = found.filter(|found| check(fetch, Some(found)).is_ok()) else {
                self.leads.push(lead);
                continue;
            };
            if self.shelved.is_immutable(&fetch.key) {
                landing.push((lead, Some(found), Known::Forever));
            } else if fetch.version.is_some() {
                landing.push((lead, Some(found), Known::FromDisk));
            } else if found.version.is_some() {
                self.unconfirmed.push((lead, found));
            } else {
                self.leads.push(lead);
            }
        }
        self.found(landing, report);
    }

    /// Takes the versions that the container has of the blobs of the last step, in their order; where it cannot tell,
    /// they are fetched, and whoever cannot tell the version may tell why when asked for the bytes.
    pub(super) fn current(
        &mut self,
        versions: Result<Vec<Option<Version>>, StoreError>,
        report: &mut FetchReport,
    ) {
        let keys = self.unconfirmed_keys();
        let versions = versions
            .ok()
            .filter(|versions| versions.len() == keys.len());
        let versions = versions.unwrap_or_default();
        for _ in &keys {
            report.request(0);
        }
        let current: HashMap<Key, Version, RandomState> = keys
            .into_iter()
            .zip(versions)
            .filter_map(|(key, version)| Some((key, version?)))
            .collect();
        let mut landing = Vec::new();
        for (lead, found) in mem::take(&mut self.unconfirmed) {
            let key = self.fetches.get(lead.at).map(|fetch| fetch.key.as_str());
            let now = key.and_then(|key| current.get(key));
            if now.is_some() && now == found.version.as_ref() {
                landing.push((lead, Some(found), Known::FromContainer));
            } else {
                self.leads.push(lead);
            }
        }
        self.found(landing, report);
    }

    fn found(&mut self, landing: Vec<(Lead, Option<Fetched>, Known)>, report: &mut FetchReport) {
        if landing.is_empty() {
            return;
        }
        for (_, found, _) in &landing {
            if let Some(hit) = found {
                hit_by(hit, report);
            }
        }
        self.shelved.cache.shelf().stats.disk_hits += landing.len() as u64;
        let kept = self.keepsakes.len();
        self.land(landing, report);
        // It is there already.
        self.keepsakes.truncate(kept);
    }

    /// Keeps what came, and tells those who wait.
    fn land(&mut self, landing: Vec<(Lead, Option<Fetched>, Known)>, report: &mut FetchReport) {
        let prepared: Vec<_> = landing
            .into_iter()
            .filter_map(|(lead, mut answer, known)| {
                let fetch = self.fetches.get(lead.at)?;
                let fit = self.fit(&lead, fetch, answer.as_mut(), report);
                Some((lead, fetch, answer, fit, known))
            })
            .collect();
        let mut landed = Vec::with_capacity(prepared.len());
        let mut trash = Trash::new();
        let container = self.shelved.container;
        let mut shelf = self.shelved.cache.shelf();
        for (lead, fetch, answer, fit, known) in prepared {
            let current = match &lead.flight {
                Some(flight) => {
                    let landing = Landing {
                        answer: answer.as_ref(),
                        fit,
                        known,
                    };
                    shelf.land(container, fetch, flight, landing, &mut trash)
                }
                None => {
                    let seen = Seen::in_answer(answer.as_ref());
                    shelf.observe(container, &fetch.key, seen, lead.began, &mut trash)
                }
            };
            landed.push((lead, fetch, answer, current));
        }
        drop(shelf);
        drop(trash);
        for (lead, fetch, answer, current) in landed {
            if lead.on_disk
                && current
                && let Some(fetched) = &answer
            {
                self.keepsakes.extend(self.shelved.keepsake(fetch, fetched));
            }
            if let Some(flight) = lead.flight {
                flight.end(Outcome::Landed(answer.clone()));
            }
            self.answer(lead.at, answer);
        }
    }

    /// Finds, joins or leads what has to be looked up.
    fn place(&mut self, report: &mut FetchReport) {
        if self.unplaced.is_empty() {
            return;
        }
        // The policy may be anybody's code, so it is asked before anything is locked.
        let unplaced: Vec<(&Fetch, Lead)> = mem::take(&mut self.unplaced)
            .into_iter()
            .filter_map(|at| {
                let fetch = self.fetches.get(at)?;
                let lead = Lead {
                    at,
                    retention: self.shelved.cache.policy().decide(fetch),
                    on_disk: self.shelved.disk().is_some_and(|disk| disk.keeps(fetch)),
                    flight: None,
                    began: 0,
                };
                Some((fetch, lead))
            })
            .collect();
        let mut shelf = self.shelved.cache.shelf();
        for (fetch, mut lead) in unplaced {
            let at = lead.at;
            lead.began = shelf.clock();
            if lead.retention == Retention::Pass && !lead.on_disk {
                shelf.stats.passes += 1;
                self.leads.push(lead);
                continue;
            }
            match shelf.place(self.shelved.container, fetch, self.waits, self.join) {
                Placed::Hit(hit) => {
                    shelf.stats.hits += 1;
                    hit_by(&hit, report);
                    if let Some(answer) = self.answers.get_mut(at) {
                        *answer = Some(hit);
                    }
                }
                Placed::Wait(flight) => {
                    shelf.stats.waits += 1;
                    self.joined.push((at, flight));
                }
                Placed::Lead(flight) => {
                    shelf.stats.misses += 1;
                    lead.flight = Some(flight);
                    if lead.on_disk {
                        self.unsought.push(lead);
                    } else {
                        self.leads.push(lead);
                    }
                }
            }
        }
    }

    /// Makes an answer fit to be kept, if it is to be kept; who asked is given the same memory.
    fn fit(
        &self,
        lead: &Lead,
        fetch: &Fetch,
        answer: Option<&mut Fetched>,
        report: &mut FetchReport,
    ) -> Option<(Buffer, Retention)> {
        let capacity = self.shelved.cache.capacity();
        let fetched = answer?;
        let least = (fetched.bytes.len() as u64).saturating_add(ENTRY_COST);
        if lead.retention == Retention::Pass || least > capacity {
            return None;
        }
        let bytes = fit_to_keep(&fetched.bytes, fetch.dtype, report)?;
        fetched.bytes = bytes.clone();
        Some((bytes, lead.retention))
    }

    fn asked(&self, leads: &[Lead]) -> Vec<Fetch> {
        let fetches = leads.iter().filter_map(|lead| self.fetches.get(lead.at));
        fetches.cloned().collect()
    }

    /// The blobs of which something was found that has to be confirmed, each once.
    fn unconfirmed_keys(&self) -> Vec<Key> {
        let leads = self.unconfirmed.iter().map(|(lead, _)| lead);
        let keys = leads.filter_map(|lead| Some(self.fetches.get(lead.at)?.key.clone()));
        let mut keys: Vec<Key> = keys.collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    fn answer(&mut self, at: usize, fetched: Option<Fetched>) {
        if let Some(answer) = self.answers.get_mut(at) {
            *answer = fetched;
        }
    }

    /// Ends all that this reader leads, because the container failed.
    fn fail(&mut self, error: &StoreError) {
        if let StoreError::VersionMismatch { key, found, .. } = error {
            let mut trash = Trash::new();
            let mut shelf = self.shelved.cache.shelf();
            let seen = found
                .as_ref()
                .map_or(Seen::Gone, |found| Seen::In(Some(found)));
            let now = shelf.clock();
            shelf.observe(self.shelved.container, key, seen, now, &mut trash);
            drop(shelf);
        }
        let leads = mem::take(&mut self.leads);
        let keys = leads.iter().filter_map(|lead| self.fetches.get(lead.at));
        let of_key = keys.filter(|fetch| fetch.key == *error.key()).count();
        let one = leads.len() == 1;
        self.end(leads, |fetch| {
            if one || is_to_blame(fetch, error, of_key) {
                Outcome::Failed(error.clone())
            } else {
                Outcome::Unclear
            }
        });
    }

    fn end(&self, leads: Vec<Lead>, outcome: impl Fn(&Fetch) -> Outcome) {
        let flights: Vec<(&Fetch, Arc<Flight>)> = leads
            .into_iter()
            .filter_map(|lead| Some((self.fetches.get(lead.at)?, lead.flight?)))
            .collect();
        if flights.is_empty() {
            return;
        }
        let mut shelf = self.shelved.cache.shelf();
        for (fetch, flight) in &flights {
            shelf.abandon(self.shelved.container, fetch, flight);
        }
        drop(shelf);
        for (fetch, flight) in flights {
            flight.end(outcome(fetch));
        }
    }
}

/// A reader that goes away, in whatever way, leaves its requests to those who wait for them.
impl Drop for Lookup<'_> {
    fn drop(&mut self) {
        let mut leads = mem::take(&mut self.leads);
        leads.append(&mut self.unsought);
        leads.extend(self.unconfirmed.drain(..).map(|(lead, _)| lead));
        self.end(leads, |_| Outcome::Abandoned);
    }
}

/// Whether a fetch is for no bytes at all, under a key that may be asked. What is wrong with others, the container
/// says.
fn asks_nothing(fetch: &Fetch) -> bool {
    let empty = fetch
        .range
        .as_ref()
        .is_some_and(|range| range.start == range.end);
    empty && key::validate(&fetch.key).is_ok()
}

fn hit_by(hit: &Fetched, report: &mut FetchReport) {
    report.cache_hits += 1;
    report.cache_bytes += hit.bytes.len() as u64;
}

/// Checks that an answer is one to its fetch.
fn check(fetch: &Fetch, answer: Option<&Fetched>) -> Result<(), StoreError> {
    let Some(Fetched { bytes, version }) = answer else {
        return Ok(());
    };
    if let Some(range) = &fetch.range {
        check_length(&fetch.key, range, bytes)?;
    }
    match (&fetch.version, version) {
        (Some(wanted), Some(Version { .. })) => check_version(&fetch.key, wanted, version.clone()),
        _ => Ok(()),
    }
}

/// Whether an error of a call is certainly that of this fetch, of `of_key` that the call made for the error's key.
fn is_to_blame(fetch: &Fetch, error: &StoreError, of_key: usize) -> bool {
    let range_of_error = match error {
        StoreError::OutOfRange { start, end, .. } => Some((*start, *end)),
        _ => None,
    };
    let own = fetch.range.as_ref().map(|range| (range.start, range.end));
    fetch.key == *error.key() && (of_key == 1 || (own.is_some() && own == range_of_error))
}
