//! The drivers: step, fetch, supply, until the arrays are there; blocking, and by futures.
//!
//! What is asked and what becomes of the answers is all in [`Lockstep`]; only the fetching differs.

use std::fmt;
use std::time::Instant;

use gawky_store::{AsyncContainer, Container, Fetch, FetchReport};
use tracing::{Instrument, Span, debug, debug_span, field, trace};

use crate::lockstep::{Lockstep, Stepper};
use crate::{Error, ReadReport};

pub(crate) fn read<R: Stepper, C: Container + ?Sized>(
    lockstep: Lockstep<R>,
    container: &C,
) -> Result<(Vec<R::Output>, ReadReport), Error> {
    let mut read = Read::of(lockstep);
    let lockstep = &mut read.lockstep;
    let driven = read.span.in_scope(|| {
        while lockstep.step(|key| container.known_size(key), || container.profile())? {
            let mut took = FetchReport::default();
            let fetched = container.fetch_versioned(lockstep.fetches(), &mut took);
            stepped(lockstep.fetches(), &took);
            lockstep.supply(fetched, took)?;
        }
        Ok(())
    });
    driven.map(|()| read.end())
}

pub(crate) async fn read_async<R: Stepper, C: AsyncContainer + ?Sized>(
    lockstep: Lockstep<R>,
    container: &C,
) -> Result<(Vec<R::Output>, ReadReport), Error> {
    let mut read = Read::of(lockstep);
    let lockstep = &mut read.lockstep;
    let driving = async {
        while lockstep.step(|key| container.known_size(key), || container.profile())? {
            let mut took = FetchReport::default();
            let fetched = container
                .fetch_versioned(lockstep.fetches(), &mut took)
                .await;
            stepped(lockstep.fetches(), &took);
            lockstep.supply(fetched, took)?;
        }
        Ok(())
    };
    let driven = driving.instrument(read.span.clone()).await;
    driven.map(|()| read.end())
}

/// A read under way. In whatever way it ends, it tells its span what it took: one that failed, or a future that was
/// dropped, is what one wants to know about.
struct Read<R: Stepper> {
    lockstep: Lockstep<R>,
    span: Span,
    started: Instant,
    has_ended: bool,
}

impl<R: Stepper> Read<R> {
    fn of(lockstep: Lockstep<R>) -> Self {
        Self {
            lockstep,
            span: span(),
            started: Instant::now(),
            has_ended: false,
        }
    }

    fn end(&mut self) -> (Vec<R::Output>, ReadReport) {
        self.has_ended = true;
        let (outputs, mut report) = self.lockstep.finish();
        report.elapsed = self.started.elapsed();
        report.record(&self.span);
        (outputs, report)
    }
}

impl<R: Stepper> Drop for Read<R> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.end();
        }
    }
}

/// The span of one read; it gets the fields of [`ReadReport`] when the read has ended.
fn span() -> Span {
    debug_span!(
        "gawky.read",
        steps = field::Empty,
        fetches = field::Empty,
        bytes_asked = field::Empty,
        bytes_fetched = field::Empty,
        requests = field::Empty,
        merged = field::Empty,
        retries = field::Empty,
        cache_hits = field::Empty,
        cache_bytes = field::Empty,
        copies = field::Empty,
        copied_bytes = field::Empty,
        elapsed_us = field::Empty,
    )
}

fn stepped(fetches: &[Fetch], took: &FetchReport) {
    debug!(
        fetches = fetches.len(),
        requests = took.requests,
        bytes_fetched = took.bytes,
        cache_hits = took.cache_hits,
        "step"
    );
    trace!(keys = ?Keys(fetches), "fetched");
}

/// The keys of some fetches, written out only where somebody listens.
struct Keys<'a>(&'a [Fetch]);

impl fmt::Debug for Keys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|fetch| fetch.key.as_str()))
            .finish()
    }
}
