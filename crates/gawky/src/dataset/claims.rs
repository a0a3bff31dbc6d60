//! [`Claim`]: a number of a partition that nobody else writes under.
//!
//! Before a writer puts the first blob of partition `n` it puts `claims/n`, on the condition that there is none; so of
//! several one has it, and the others take the next number. Then it looks whether the dataset has been committed to
//! since the manifest that it counted from was read: whoever has committed `n` has taken the claim away again, so
//! that a claim on `n` may come too late. If all numbers up to `n` have been given away by now, it starts again from there.
//!
//! So for a claim that was had and looked upon: nobody else has it, and nobody will, as long as it is there or `n` is
//! below the manifest's `next_id`. A writer never takes away a claim of its own but after `n` went below `next_id`: a
//! number under which something may have been put, by a request that is still on its way perhaps, is never given
//! to anybody else. What dead writers leave is removed by vacuum.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gawky_buffer::{Buffer, Key, Version};
use gawky_store::{Container, ContainerConditional, ContainerDelete, StoreError};
use serde::{Deserialize, Serialize};
use tracing::debug;

use super::commit::Patience;
use super::fault::DatasetFault;
use super::manifest::{MANIFEST, json_blob};
use super::stored::{Stored, load_to_replace, newest};
use super::token;
use crate::Error;

/// The folder of the claims.
pub(super) const CLAIMS: &str = "claims";

/// What the name of a claim begins with that was only tried.
pub(super) const PROBE: &str = "probe-";

/// How many numbers in a row may be taken by others before a writer gives up.
const MOST_TAKEN: u64 = 10_000;

/// The key of the claim on a number.
pub(super) fn claim_key(id: u64) -> String {
    format!("{CLAIMS}/{id}")
}

/// What a claim says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Holder {
    /// Whose it is.
    pub(super) token: String,
    /// Since when, in seconds since 1970.
    pub(super) time: u64,
}

impl Holder {
    pub(super) fn now(token: &str) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            token: token.to_owned(),
            time: since.map_or(0, |since| since.as_secs()),
        }
    }

    /// Reads it; `None` where it is no claim.
    pub(super) fn read(bytes: &Buffer) -> Option<Self> {
        serde_json::from_slice(bytes.bytes().ok()?).ok()
    }

    /// Whether it has been there for so long.
    pub(super) fn is_older_than(&self, age: Duration) -> bool {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        now.saturating_sub(Duration::from_secs(self.time)) >= age
    }

    pub(super) fn to_buffer(&self) -> Buffer {
        let text = format!("{{\"token\": {:?}, \"time\": {}}}\n", self.token, self.time);
        Buffer::from_vec(text.into_bytes())
    }
}

/// A number that nobody else writes under.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) id: u64,
    /// The state of the manifest after which it was had.
    seen: Option<Version>,
}

/// Who claims.
#[derive(Clone, Debug)]
pub(super) struct Claimer {
    token: String,
    /// Past the numbers that it has claimed, or found claimed.
    beyond: u64,
    /// Whether the container is known to replace blobs on a condition.
    proved: bool,
}

impl Claimer {
    /// A writer that has not claimed anything yet.
    pub(super) fn new() -> Self {
        Self {
            token: token::draw(),
            beyond: 0,
            proved: false,
        }
    }

    /// A writer upon a container of which it may be known that it replaces on conditions.
    pub(super) fn upon(proved: bool) -> Self {
        Self {
            proved,
            ..Self::new()
        }
    }

    /// Whether the container is known to replace blobs on a condition.
    pub(super) fn is_proved(&self) -> bool {
        self.proved
    }

    /// Claims `count` numbers. `base` is the manifest that it counts from; where that has been replaced it becomes the
    /// new one.
    ///
    /// # Errors
    /// [`Error::PartitionsShareKeys`] where a number has no keys of its own, so that what was written under it would replace what
    /// is there. No dataset of ours is so, but one that others wrote may be, of a single partition.
    pub(super) fn claim<C>(
        &mut self,
        container: &C,
        base: &mut Stored,
        count: usize,
        patience: &Patience,
    ) -> Result<Vec<Claim>, Error>
    where
        C: Container + ContainerConditional + ContainerDelete + ?Sized,
    {
        let layout = &base.manifest.layout;
        if count > 0 && !layout.keys.has_partition() {
            return Err(Error::PartitionsShareKeys {
                template: layout.template().to_owned(),
            });
        }
        let mut claims: Vec<Claim> = Vec::new();
        let mut next = base.manifest.partitions.next_id().max(self.beyond);
        let mut attempts = 0;
        while claims.len() < count {
            let mut tried = 0;
            while claims.len() < count {
                if tried >= MOST_TAKEN {
                    let first = next - tried;
                    return Err(DatasetFault::AllClaimed { first, tried }.of(CLAIMS));
                }
                if self.take(container, next)? {
                    claims.push(Claim {
                        id: next,
                        seen: None,
                    });
                    tried = 0;
                } else {
                    tried += 1;
                }
                next += 1;
                self.beyond = next;
            }
            self.look(container, base)?;
            let given_away = base.manifest.partitions.next_id();
            for claim in &mut claims {
                claim.seen.clone_from(&base.version);
            }
            let (late, held): (Vec<Claim>, Vec<Claim>) =
                claims.into_iter().partition(|claim| claim.id < given_away);
            release(container, &late);
            claims = held;
            next = next.max(given_away);
            if claims.len() < count {
                attempts += 1;
                patience.again(attempts, base.manifest.version)?;
            }
        }
        Ok(claims)
    }

    /// Claims one number; whether it was free.
    fn take<C>(&mut self, container: &C, id: u64) -> Result<bool, Error>
    where
        C: Container + ContainerConditional + ContainerDelete + ?Sized,
    {
        let key = claim_key(id);
        let blob = json_blob(key.as_str(), Holder::now(&self.token).to_buffer());
        let had = match container.put_if_absent(blob.clone()) {
            Ok(version) => Some(version),
            Err(error) if error.is_conflict() => None,
            Err(error @ StoreError::Unsupported { .. }) => return Err(error.into()),
            // It may have been put all the same.
            Err(error) => match container.get_versioned(&key)? {
                Some((found, version)) if self.is_holder(&found) => Some(version),
                Some(_) => None,
                None => return Err(error.into()),
            },
        };
        let Some(version) = had else {
            return Ok(false);
        };
        if !self.proved {
            // A container that cannot replace on a condition is to say so before anything is written, not when it is
            // to be committed.
            if let Err(error @ StoreError::Unsupported { .. }) =
                container.put_if_match(blob, &version)
            {
                release(container, &[Claim { id, seen: None }]);
                return Err(error.into());
            }
            self.proved = true;
        }
        Ok(true)
    }

    /// Brings `base` up to date.
    fn look<C: Container + ContainerConditional + ?Sized>(
        &self,
        container: &C,
        base: &mut Stored,
    ) -> Result<(), Error> {
        if base.version.is_none() || container.version(MANIFEST)? != base.version {
            *base = newest(load_to_replace(container)?)?;
        }
        Ok(())
    }

    /// Makes sure that claims are still this writer's before a commit upon `base`. Those that were had after the very
    /// same manifest need no look: vacuum, the only one that takes claims of others, commits after that.
    pub(super) fn check<C: ContainerConditional + ?Sized>(
        &self,
        container: &C,
        base: &Stored,
        claims: &[Claim],
    ) -> Result<(), Error> {
        let doubtful = claims
            .iter()
            .filter(|claim| claim.seen.is_none() || claim.seen != base.version);
        for claim in doubtful {
            let key = claim_key(claim.id);
            // As it is now, and not as a cache has it.
            let found = container.get_versioned(&key)?;
            if !found.is_some_and(|(found, _)| self.is_holder(&found)) {
                return Err(DatasetFault::ClaimLost {
                    partition: claim.id,
                }
                .of(&key));
            }
        }
        Ok(())
    }

    fn is_holder(&self, found: &Buffer) -> bool {
        Holder::read(found).is_some_and(|holder| holder.token == self.token)
    }
}

/// Removes claims on numbers that are given away, as well as that goes: those that stay do no harm.
pub(super) fn release<C: ContainerDelete + ?Sized>(container: &C, claims: &[Claim]) {
    if claims.is_empty() {
        return;
    }
    let keys: Vec<Key> = claims
        .iter()
        .map(|claim| Key::from(claim_key(claim.id)))
        .collect();
    if let Err(error) = container.delete_many(&keys) {
        debug!(%error, "claims stay until vacuum");
    }
}
