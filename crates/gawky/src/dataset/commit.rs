//! Commits: one manifest in the place of another, on the condition that it is still there.

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use gawky_store::{Container, ContainerConditional, ContainerDelete, ContainerWrite, StoreError};

use super::change::Change;
use super::claims::{Claim, Claimer, release};
use super::fault::DatasetFault;
use super::history::version_key;
use super::manifest::{MANIFEST, Settled, json_blob};
use super::stored::{Stored, load_to_replace, newest};
use super::token;
use crate::Error;

/// How often a commit is tried that fails without anybody being in its way.
const MOST_FAILURES: u32 = 3;

/// How often a commit is tried, and how long it waits in between.
#[derive(Clone)]
pub(super) struct Patience {
    pub(super) attempts: u32,
    pub(super) wait: Arc<dyn Fn(u32) + Send + Sync>,
}

impl Default for Patience {
    /// 100 attempts, with waits by lot of up to 10 ms, 20 ms, 40 ms, … 1 s.
    fn default() -> Self {
        Self {
            attempts: 100,
            wait: Arc::new(|attempt| {
                let most = 10_u64.saturating_mul(1 << attempt.min(7)).min(1_000);
                thread::sleep(Duration::from_millis(token::lot_below(most)));
            }),
        }
    }
}

impl Patience {
    /// Waits after an attempt that came too late, for a dataset that was found at this version.
    pub(super) fn again(&self, attempts: u32, found: u64) -> Result<(), Error> {
        if attempts >= self.attempts {
            return Err(DatasetFault::Overtaken { attempts, found }.of(MANIFEST));
        }
        (self.wait)(attempts);
        Ok(())
    }
}

impl fmt::Debug for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patience")
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// Commits a change, upon `base` or whatever has come since and goes with it; answers what is there now.
///
/// Each commit has a token, which the manifest carries. When the answer to a put is lost, or when it is a conflict that
/// may be with the put itself, what is found tells whether it has happened, so none is done twice, and none is taken for
/// lost. A put that is still on its way can do no harm: it is conditional on a manifest that, once replaced, never
/// comes back.
///
/// # Errors
/// As [`Change::apply`] and [`Claimer::check`]; [`DatasetFault::Overtaken`] and [`DatasetFault::Unsettled`].
pub(super) fn commit<C>(
    container: &C,
    mut base: Stored,
    change: &Change,
    claims: Option<(&Claimer, &[Claim])>,
    patience: &Patience,
) -> Result<Stored, Error>
where
    C: Container + ContainerWrite + ContainerConditional + ContainerDelete + ?Sized,
{
    let token = token::draw();
    let (mut attempts, mut failures) = (0, 0);
    // Whether an attempt may have happened although it seemed to fail.
    let mut in_doubt = false;
    if base.version.is_none() {
        base = newest(load_to_replace(container)?)?;
    }
    loop {
        attempts += 1;
        if let Some((claimer, claims)) = claims {
            claimer.check(container, &base, claims)?;
        }
        let next = change.apply(&base.manifest, &token)?;
        if next.keeps_base {
            // The same bytes by whoever does it.
            let key = version_key(base.manifest.version);
            container.put(json_blob(key, base.bytes.clone()))?;
        }
        let mut manifest = next.manifest;
        let encoded = manifest.encode(&token)?;
        if !encoded.asides.is_empty() {
            container.put_many(encoded.asides)?;
        }
        let Some(version) = &base.version else {
            // It was read to be replaced.
            return Err(DatasetFault::Missing.of(MANIFEST));
        };
        let blob = json_blob(MANIFEST, encoded.json.clone());
        let error = match container.put_if_match(blob, version) {
            Ok(version) => {
                if let Some((_, claims)) = claims {
                    release(container, claims);
                }
                return Ok(Stored {
                    manifest,
                    bytes: encoded.json,
                    version: Some(version),
                });
            }
            Err(error @ StoreError::Unsupported { .. }) => return Err(error.into()),
            Err(error) => error,
        };
        // What is there tells whether it has happened, which an answer of whatever kind does not.
        let unsettled = |source: StoreError| {
            DatasetFault::Unsettled {
                source: Box::new(source),
            }
            .of(MANIFEST)
        };
        let found = match load_to_replace(container) {
            Ok(found) => newest(found)?,
            Err(_) if !error.is_conflict() => return Err(unsettled(error)),
            Err(other) => return Err(other),
        };
        let named = |claims: &[Claim]| {
            let first = claims.first();
            first.is_some_and(|claim| found.manifest.partitions.position(claim.id).is_some())
        };
        in_doubt |= !error.is_conflict();
        let happened = match found.manifest.settled(&token, base.manifest.version) {
            Settled::Happened => true,
            Settled::NotHappened => false,
            Settled::Unknown if !in_doubt => false,
            // Nobody else could have named what was claimed.
            Settled::Unknown if claims.is_some_and(|(_, claims)| named(claims)) => true,
            Settled::Unknown => return Err(unsettled(error)),
        };
        if happened {
            if let Some((_, claims)) = claims {
                release(container, claims);
            }
            return Ok(found);
        }
        if found.manifest.version != base.manifest.version {
            // What it was conditional on is gone for good.
            in_doubt = false;
        }
        if !error.is_conflict() {
            failures += 1;
            if failures >= MOST_FAILURES {
                return Err(match error {
                    // Nothing is on its way to a file system.
                    StoreError::Io { .. } => error.into(),
                    error => unsettled(error),
                });
            }
        }
        patience.again(attempts, found.manifest.version)?;
        base = found;
    }
}
