//! The drivers: step, fetch, supply, until the arrays are there; blocking, and by futures.
//!
//! What is asked and what becomes of the answers is all in [`Lockstep`]; only the fetching differs.

use std::time::Instant;

use gawky_store::{AsyncContainer, Container, FetchReport};
use tracing::{Instrument, Span, debug, debug_span, field};

use crate::lockstep::{Lockstep, Stepper};
use crate::{Error, ReadReport};

pub(crate) fn read<R: Stepper, C: Container + ?Sized>(
    mut lockstep: Lockstep<R>,
    container: &C,
) -> Result<(Vec<R::Output>, ReadReport), Error> {
    let span = span();
    let started = Instant::now();
    let driven = span.in_scope(|| {
        while lockstep.step()? {
            let mut took = FetchReport::default();
            let fetched = container.fetch_versioned(lockstep.fetches(), &mut took);
            stepped(&lockstep, &took);
            lockstep.supply(fetched, took)?;
        }
        Ok(())
    });
    finish(lockstep, driven, started, &span)
}

pub(crate) async fn read_async<R: Stepper, C: AsyncContainer + ?Sized>(
    mut lockstep: Lockstep<R>,
    container: &C,
) -> Result<(Vec<R::Output>, ReadReport), Error> {
    let span = span();
    let started = Instant::now();
    let driving = async {
        while lockstep.step()? {
            let mut took = FetchReport::default();
            let fetched = container
                .fetch_versioned(lockstep.fetches(), &mut took)
                .await;
            stepped(&lockstep, &took);
            lockstep.supply(fetched, took)?;
        }
        Ok(())
    };
    let driven = driving.instrument(span.clone()).await;
    finish(lockstep, driven, started, &span)
}

/// Tells the span what reading took, also where it failed: that is when one wants to know.
fn finish<R: Stepper>(
    lockstep: Lockstep<R>,
    driven: Result<(), Error>,
    started: Instant,
    span: &Span,
) -> Result<(Vec<R::Output>, ReadReport), Error> {
    let (outputs, mut report) = lockstep.finish();
    report.elapsed = started.elapsed();
    report.record(span);
    driven.map(|()| (outputs, report))
}

/// The span of one read; it gets the fields of [`ReadReport`] when the read is done or has failed.
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
    )
}

fn stepped<R: Stepper>(lockstep: &Lockstep<R>, took: &FetchReport) {
    debug!(
        fetches = lockstep.fetches().len(),
        requests = took.requests,
        bytes_fetched = took.bytes,
        cache_hits = took.cache_hits,
        "step"
    );
}
