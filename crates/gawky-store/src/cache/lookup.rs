//! [`Lookup`]: the stepper between a reader, the shelf and the container below; no I/O of its own.
//!
//! A reader first makes the requests that nobody else makes, tells everybody what came of them, and only then waits for
//! the requests of others. So nobody waits who has anything that others wait for, and two readers that want
//! the same blobs in opposite orders cannot stop each other.

use std::mem;
use std::sync::Arc;

use event_listener::EventListener;
use gawky_buffer::{Buffer, Fetch, Version};

use super::compact::fit_to_keep;
use super::flight::{Flight, Outcome, Waits};
use super::shelf::{ENTRY_COST, Placed, Trash, weight_of};
use super::{Cache, Retention};
use crate::conditional::check_version;
use crate::range::check_length;
use crate::{ContainerId, FetchReport, Fetched, StoreError, key};

/// What a reader is to do next.
#[derive(Debug)]
pub(super) enum Step {
    /// Make these requests below, all at once, and supply what came of them.
    Fetch(Vec<Fetch>),
    /// Wait, and ask again.
    Wait(EventListener),
    /// Nothing more: one answer for each fetch.
    Done(Vec<Option<Fetched>>),
}

/// The fetches of one call on their way through the cache.
#[derive(Debug)]
pub(super) struct Lookup<'a> {
    cache: &'a Cache,
    container: &'a ContainerId,
    fetches: &'a [Fetch],
    waits: Waits,
    /// Whether to wait for the requests of others at all.
    join: bool,
    answers: Vec<Option<Fetched>>,
    /// Which fetches have to be looked up still.
    unplaced: Vec<usize>,
    leads: Vec<Lead>,
    joined: Vec<(usize, Arc<Flight>)>,
}

/// A request that this reader makes.
#[derive(Debug)]
struct Lead {
    at: usize,
    retention: Retention,
    /// What others wait for; `None` when the bytes pass.
    flight: Option<Arc<Flight>>,
    /// What the clock of the shelf showed before.
    began: u64,
}

impl<'a> Lookup<'a> {
    /// Answers what the cache has.
    pub(super) fn new(
        cache: &'a Cache,
        container: &'a ContainerId,
        fetches: &'a [Fetch],
        waits: Waits,
        report: &mut FetchReport,
    ) -> Self {
        let mut lookup = Self {
            cache,
            container,
            fetches,
            waits,
            join: true,
            answers: Vec::with_capacity(fetches.len()),
            unplaced: Vec::new(),
            leads: Vec::new(),
            joined: Vec::new(),
        };
        let mut shelf = cache.shelf();
        for (at, fetch) in fetches.iter().enumerate() {
            let answer = if asks_nothing(fetch) {
                Some(Buffer::empty().into())
            } else {
                let range = fetch.range.as_ref();
                let version = fetch.version.as_ref();
                let found = shelf.find(container, &fetch.key, range, version, fetch.dtype);
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

    /// What to do next.
    pub(super) fn step(&mut self, report: &mut FetchReport) -> Result<Step, StoreError> {
        loop {
            self.place(report);
            if !self.leads.is_empty() {
                let fetches = self
                    .leads
                    .iter()
                    .filter_map(|lead| self.fetches.get(lead.at));
                return Ok(Step::Fetch(fetches.cloned().collect()));
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
                return Err(StoreError::backend(
                    self.first_key(),
                    format!(
                        "the container gave {} answers to {} requests: it does not keep to the rules of fetch",
                        fetched.len(),
                        self.leads.len()
                    ),
                ));
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
                Ok(()) => landing.push(self.prepare(lead, fetch, answer, report)),
                Err(error) => {
                    if let Some(flight) = &lead.flight {
                        self.cache.shelf().abandon(self.container, fetch, flight);
                        flight.end(Outcome::Failed(error.clone()));
                    }
                    wrong.get_or_insert(error);
                }
            }
        }
        let mut trash = Trash::new();
        let mut shelf = self.cache.shelf();
        for (lead, fetch, answer, fit) in &mut landing {
            let fit = fit.take();
            match &lead.flight {
                Some(flight) => {
                    let answer = answer.as_ref();
                    shelf.land(self.container, fetch, flight, answer, fit, &mut trash);
                }
                None => {
                    let version = answer.as_ref().map(|fetched| &fetched.version);
                    shelf.observe(self.container, &fetch.key, version, lead.began, &mut trash);
                }
            }
        }
        drop(shelf);
        drop(trash);
        for (lead, _, answer, _) in landing {
            if let Some(flight) = lead.flight {
                flight.end(Outcome::Landed(answer.clone()));
            }
            self.answer(lead.at, answer);
        }
        wrong.map_or(Ok(()), Err)
    }

    /// Finds, joins or leads what has to be looked up.
    fn place(&mut self, report: &mut FetchReport) {
        if self.unplaced.is_empty() {
            return;
        }
        // The policy may be anybody's code, so it is asked before anything is locked.
        let unplaced: Vec<(usize, &Fetch, Retention)> = mem::take(&mut self.unplaced)
            .into_iter()
            .filter_map(|at| {
                let fetch = self.fetches.get(at)?;
                Some((at, fetch, self.cache.policy().decide(fetch)))
            })
            .collect();
        let mut shelf = self.cache.shelf();
        for (at, fetch, retention) in unplaced {
            let began = shelf.clock();
            if retention == Retention::Pass {
                shelf.stats.passes += 1;
                self.leads.push(Lead {
                    at,
                    retention,
                    flight: None,
                    began,
                });
                continue;
            }
            match shelf.place(self.container, fetch, self.waits, self.join) {
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
                    self.leads.push(Lead {
                        at,
                        retention,
                        flight: Some(flight),
                        began,
                    });
                }
            }
        }
    }

    /// Makes an answer fit to be kept, if it is to be kept; who asked is given the same memory.
    #[allow(
        clippy::type_complexity,
        reason = "it is what `supply` loops over, and nothing else"
    )]
    fn prepare(
        &self,
        lead: Lead,
        fetch: &'a Fetch,
        mut answer: Option<Fetched>,
        report: &mut FetchReport,
    ) -> (
        Lead,
        &'a Fetch,
        Option<Fetched>,
        Option<(Buffer, Retention)>,
    ) {
        let mut fit = None;
        if let Some(fetched) = &mut answer
            && lead.retention != Retention::Pass
            && (fetched.bytes.len() as u64).saturating_add(ENTRY_COST) <= self.cache.capacity()
            && let Some(bytes) = fit_to_keep(&fetched.bytes, fetch.dtype, report)
            && weight_of(&bytes) <= self.cache.capacity()
        {
            fetched.bytes = bytes.clone();
            fit = Some((bytes, lead.retention));
        }
        (lead, fetch, answer, fit)
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
            let mut shelf = self.cache.shelf();
            let found = found.clone().map(Some);
            let now = shelf.clock();
            shelf.observe(self.container, key, found.as_ref(), now, &mut trash);
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
        let mut shelf = self.cache.shelf();
        for (fetch, flight) in &flights {
            shelf.abandon(self.container, fetch, flight);
        }
        drop(shelf);
        for (fetch, flight) in flights {
            flight.end(outcome(fetch));
        }
    }

    fn first_key(&self) -> String {
        let first = self
            .leads
            .first()
            .and_then(|lead| self.fetches.get(lead.at));
        first.map_or_else(String::new, |fetch| fetch.key.to_string())
    }
}

/// A reader that goes away, in whatever way, leaves its requests to those who wait for them.
impl Drop for Lookup<'_> {
    fn drop(&mut self) {
        let leads = mem::take(&mut self.leads);
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
