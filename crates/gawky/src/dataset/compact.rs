//! Compaction: small partitions that stand one after the other, put together.

use std::ops::Range;
use std::sync::Arc;

use gawky_store::{Container, ContainerConditional, ContainerDelete, ContainerWrite};

use super::Dataset;
use super::change::{Change, Run, What};
use super::proof::Proof;
use super::write::{DatasetWritten, fitted, of_partition, packed};
use crate::Error;

/// The runs of partitions that are to become one each, so that none has more than `target` rows but those that are
/// alone.
///
/// They are taken greedily, from the first on; a run of one stays as it is.
fn runs(lengths: &[u64], target: u64) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let (mut start, mut rows) = (0, 0_u64);
    for (position, length) in lengths.iter().enumerate() {
        if position > start && rows.saturating_add(*length) > target {
            runs.push(start..position);
            (start, rows) = (position, 0);
        }
        rows = rows.saturating_add(*length);
    }
    runs.push(start..lengths.len());
    runs.retain(|run| run.len() > 1);
    runs
}

impl<C> Dataset<C>
where
    C: Container + ContainerWrite + ContainerConditional + ContainerDelete,
{
    /// Puts small partitions that stand one after the other together, up to `rows` rows each, in one commit; answers what was
    /// written for that.
    ///
    /// The rows stay as they are, and in their order. Versions before keep the small ones, until
    /// [`vacuum`](Self::vacuum). One run is in memory at a time. Where there are checksums, what is read is proved by them.
    ///
    /// # Errors
    /// As [`append`](Self::append); [`DatasetFault::Conflict`](super::DatasetFault) when somebody has taken away, or
    /// put together, some of those partitions meanwhile.
    pub fn compact(&mut self, rows: u64) -> Result<DatasetWritten, Error> {
        let mut base = self.newest_stored()?;
        let began = base.manifest.version;
        let partitions = base.manifest.partitions.clone();
        let layout = Arc::clone(&base.manifest.layout);
        let (ids, lengths) = (partitions.ids(), partitions.lengths());
        let found = runs(lengths, rows);
        let mut written = DatasetWritten::default();
        if found.is_empty() {
            return Ok(written);
        }
        // Damage must not come to have checksums that say that it is as it was written.
        let small = self.lazy_by(Proof::by(&layout).filter(|_| layout.checksums));
        let (claimer, claims) = self.claim(&mut base, found.len())?;
        let mut replaced = Vec::with_capacity(found.len());
        for (run, claim) in found.into_iter().zip(&claims) {
            let first = run.start as u64;
            let old = ids.get(run.clone()).unwrap_or_default();
            let before: u64 = lengths.iter().take(run.start).sum();
            let rows: u64 = lengths.get(run).unwrap_or_default().iter().sum();
            let whole = small.rows(before..before + rows)?.read()?;
            let whole = packed(&whole, self.pack)
                .and_then(|whole| fitted(whole, &layout.form))
                .map_err(|error| of_partition(first, error))?;
            layout
                .write(&*self.container, claim.id, &whole)
                .map_err(|error| of_partition(first, error))?;
            written.add(&whole, whole.nbytes());
            replaced.push(Run {
                old: old.to_vec(),
                id: claim.id,
                length: whole.len() as u64,
            });
        }
        let what = What::Compact {
            runs: replaced,
            layout,
        };
        self.commit(base, &Change { began, what }, &claimer, &claims)?;
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn runs_are_as_long_as_the_target_allows() {
        for (lengths, target, expected) in [
            (&[][..], 10, &[][..]),
            (&[1], 10, &[]),
            (&[1, 2, 3], 10, &[(0, 3)]),
            (&[1, 2, 3], 5, &[(0, 2)]),
            (&[10, 1, 2, 10], 10, &[(1, 3)]),
            (&[20, 1, 20], 10, &[]),
            (&[5, 5, 5, 5, 5], 10, &[(0, 2), (2, 4)]),
            (&[0, 0, 10], 10, &[(0, 3)]),
            (&[u64::MAX, 1], 10, &[]),
            (&[1, 1], 0, &[]),
        ] {
            let found: Vec<_> = super::runs(lengths, target)
                .into_iter()
                .map(|run| (run.start, run.end))
                .collect();
            assert_eq!(found, expected, "{lengths:?} {target}");
        }
    }
}
