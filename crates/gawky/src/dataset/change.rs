//! [`Change`]: what a commit does to a manifest; pure, so that it can be done again upon another.

use std::sync::Arc;

use super::fault::DatasetFault;
use super::history::History;
use super::layout::Layout;
use super::manifest::{Attributes, MANIFEST, Manifest};
use super::partitions::Partitions;
use crate::Error;

/// What a commit does.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// The version that it was begun at.
    pub(super) began: u64,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// Partitions that have been written, behind those that are there.
    Append {
        ids: Vec<u64>,
        lengths: Vec<u64>,
        layout: Arc<Layout>,
    },
    /// Partitions that have been written, instead of those that are there.
    Overwrite {
        ids: Vec<u64>,
        lengths: Vec<u64>,
        layout: Arc<Layout>,
        attributes: Option<Attributes>,
    },
    /// Fewer partitions.
    Delete { ids: Vec<u64> },
    /// Partitions put together into larger ones.
    Compact { runs: Vec<Run>, layout: Arc<Layout> },
    /// Other attributes.
    Attributes {
        seen: Attributes,
        wanted: Attributes,
    },
    /// Fewer versions, and no number below this one for anybody.
    Forget { oldest: u64, next_id: u64 },
}

/// Partitions that stand one after the other, and the one that is to stand in their place.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) old: Vec<u64>,
    pub(super) id: u64,
    pub(super) length: u64,
}

/// A manifest that may follow another.
#[derive(Debug)]
pub(super) struct Next {
    pub(super) manifest: Manifest,
    /// Whether the one before has to be kept under its version first.
    pub(super) keeps_base: bool,
}

impl Change {
    fn name(&self) -> &'static str {
        match self.what {
            What::Append { .. } => "an append",
            What::Overwrite { .. } => "an overwrite",
            What::Delete { .. } => "deleting partitions",
            What::Compact { .. } => "a compaction",
            What::Attributes { .. } => "changing the attributes",
            What::Forget { .. } => "a vacuum",
        }
    }

    /// The manifest that follows `base` when this is done.
    ///
    /// # Errors
    /// [`DatasetFault::Conflict`] when it does not go with what others have done since it was begun.
    pub(super) fn apply(&self, base: &Manifest, token: &str) -> Result<Next, Error> {
        let conflict = |problem: &str| {
            DatasetFault::Conflict {
                change: self.name(),
                base: self.began,
                found: base.version,
                problem: problem.to_owned(),
            }
            .of(MANIFEST)
        };
        let refused = |problem: String| DatasetFault::Options { problem }.of(MANIFEST);
        match &self.what {
            What::Append {
                ids,
                lengths,
                layout,
            } => {
                if base.layout.reads(layout) {
                    let partitions = base.partitions.followed_by(ids, lengths).map_err(refused)?;
                    return next(base, token, partitions, Kind::Grown);
                }
                if !layout.reads(&base.layout) {
                    return Err(conflict("somebody has given the dataset another form"));
                }
                // Where nothing is known of the rows that are there, there are none, and their partitions go. A version
                // keeps the form that it had.
                let partitions = match base.layout.is_unknown() {
                    false => base.partitions.followed_by(ids, lengths),
                    true => base.partitions.replaced_by(ids.clone(), lengths.clone()),
                };
                let kind = match base.partitions.count() {
                    0 => Kind::Grown,
                    _ => Kind::Changed,
                };
                let mut next = next(base, token, partitions.map_err(refused)?, kind)?;
                next.manifest.layout = Arc::clone(layout);
                Ok(next)
            }
            What::Overwrite {
                ids,
                lengths,
                layout,
                attributes,
            } => {
                if base.version != self.began {
                    return Err(conflict("somebody has committed what it would undo unseen"));
                }
                let partitions = base
                    .partitions
                    .replaced_by(ids.clone(), lengths.clone())
                    .map_err(refused)?;
                let mut next = next(base, token, partitions, Kind::Changed)?;
                next.manifest.layout = Arc::clone(layout);
                if let Some(attributes) = attributes {
                    next.manifest.attributes = attributes.clone();
                }
                Ok(next)
            }
            What::Delete { ids } => {
                let gone: std::collections::HashSet<u64> = ids.iter().copied().collect();
                let all = base.partitions.ids();
                let (kept, lengths): (Vec<u64>, Vec<u64>) = all
                    .iter()
                    .zip(base.partitions.lengths())
                    .filter(|(id, _)| !gone.contains(id))
                    .unzip();
                if all.len() - kept.len() != gone.len() {
                    return Err(conflict("some of them have gone already"));
                }
                let partitions = base
                    .partitions
                    .replaced_by(kept, lengths)
                    .map_err(refused)?;
                next(base, token, partitions, Kind::Changed)
            }
            What::Compact { runs, layout } => {
                if !base.layout.reads(layout) {
                    return Err(conflict("somebody has given the dataset another form"));
                }
                let partitions = compacted(&base.partitions, runs)
                    .ok_or_else(|| conflict("some of the partitions have gone, or moved"))?
                    .map_err(refused)?;
                next(base, token, partitions, Kind::Changed)
            }
            What::Attributes { seen, wanted } => {
                if base.attributes.map() != seen.map() {
                    return Err(conflict("somebody has changed them"));
                }
                let mut next = next(base, token, base.partitions.clone(), Kind::Changed)?;
                next.manifest.attributes = wanted.clone();
                Ok(next)
            }
            What::Forget { oldest, next_id } => {
                let partitions = base.partitions.with_next_id(*next_id);
                let mut next = next(base, token, partitions, Kind::Grown)?;
                let manifest = &mut next.manifest;
                manifest.oldest = manifest.oldest.max(*oldest).min(base.version);
                manifest.history = manifest.history.cut(manifest.oldest);
                if manifest.history.since() <= manifest.oldest {
                    manifest.previous = None;
                }
                Ok(next)
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The version before is a beginning of it.
    Grown,
    Changed,
}

fn next(base: &Manifest, token: &str, partitions: Partitions, kind: Kind) -> Result<Next, Error> {
    let version = base.version + 1;
    let count = partitions.count();
    let grown = match kind {
        Kind::Grown => base.history.followed_by(count),
        Kind::Changed => None,
    };
    let keeps_base = grown.is_none();
    let manifest = Manifest {
        version,
        partitions,
        previous: if keeps_base {
            Some(base.version)
        } else {
            base.previous
        },
        history: grown.unwrap_or_else(|| History::beginning(version, count)),
        commits: base.commits_with(token),
        ..base.clone()
    };
    Ok(Next {
        manifest,
        keeps_base,
    })
}

/// The partitions with each run replaced; `None` where one is not there any more as it was.
fn compacted(base: &Partitions, runs: &[Run]) -> Option<Result<Partitions, String>> {
    let (all, all_lengths) = (base.ids(), base.lengths());
    let (mut ids, mut lengths) = (Vec::new(), Vec::new());
    let mut position = 0;
    for run in runs {
        let start = base.position(*run.old.first()?)?;
        let end = start.checked_add(run.old.len())?;
        if all.get(start..end)? != run.old {
            return None;
        }
        ids.extend_from_slice(all.get(position..start)?);
        lengths.extend_from_slice(all_lengths.get(position..start)?);
        ids.push(run.id);
        lengths.push(run.length);
        position = end;
    }
    ids.extend_from_slice(all.get(position..)?);
    lengths.extend_from_slice(all_lengths.get(position..)?);
    Some(base.replaced_by(ids, lengths))
}
