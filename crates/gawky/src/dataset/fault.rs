//! [`DatasetFault`]: what can be wrong with a dataset, or keep it from being changed.

use gawky_store::StoreError;

use super::manifest::FORMAT_VERSION;
use crate::Error;

/// What can be wrong with a dataset, or keep it from being changed; [`Error::Dataset`] names the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetFault {
    /// Nothing under that name.
    #[error("there is no dataset here: check the place, or make one by Dataset::create")]
    Missing,
    /// A dataset where none was to be.
    #[error(
        "there is a dataset already, at version {version}: open it, or create with CreateMode::Append or \
         CreateMode::Overwrite"
    )]
    Exists {
        /// Its version.
        version: u64,
    },
    /// What is no manifest.
    #[error("this is no manifest of a dataset: {problem}")]
    Manifest {
        /// What is wrong, and where.
        problem: String,
    },
    /// A manifest of another time.
    #[error(
        "the dataset is of format {found}, and this gawky knows none above {FORMAT_VERSION}: use a newer one"
    )]
    NewerFormat {
        /// The number of its format.
        found: u64,
    },
    /// A version that is not there.
    #[error("there is no version {version}: the dataset has {oldest} to {newest}")]
    NoVersion {
        /// The one that was wanted.
        version: u64,
        /// The first that is there.
        oldest: u64,
        /// The last.
        newest: u64,
    },
    /// A version of the past, which cannot be changed.
    #[error(
        "version {version} is of the past and cannot be changed, {newest} is the newest: open the dataset anew to write"
    )]
    Past {
        /// The version that is open.
        version: u64,
        /// The newest when it was opened.
        newest: u64,
    },
    /// Somebody else has committed what this change does not go with.
    #[error(
        "{change} was begun at version {base}, and meanwhile {problem}: the dataset is now at version {found}; open it \
         again, and redo the change if it is still wanted"
    )]
    Conflict {
        /// What was to be done.
        change: &'static str,
        /// The version that it began from.
        base: u64,
        /// The version that was found.
        found: u64,
        /// What stands in the way.
        problem: String,
    },
    /// Others were always faster.
    #[error(
        "after {attempts} attempts others were still faster, the dataset is at version {found}: try again, or let \
         fewer writers commit more at once"
    )]
    Overtaken {
        /// How often it was tried.
        attempts: u32,
        /// The version that was found last.
        found: u64,
    },
    /// A claim that is somebody else's now.
    #[error(
        "the claim on partition {partition} is no longer this writer's: vacuum took it for that of one that died; \
         write again, and give vacuum a greater age"
    )]
    ClaimLost {
        /// The number of the partition.
        partition: u64,
    },
    /// Numbers of partitions that are all taken.
    #[error(
        "{tried} numbers of partitions from {first} on are claimed by writers that have not committed: remove what dead \
         writers left by vacuum"
    )]
    AllClaimed {
        /// The first number that was tried.
        first: u64,
        /// How many.
        tried: u64,
    },
    /// A commit that may have happened.
    #[error(
        "whether the commit has happened is not known: open the dataset and look for what was written before writing it \
         again: {source}"
    )]
    Unsettled {
        /// What the container said.
        #[source]
        source: Box<StoreError>,
    },
    /// A partition that is not there.
    #[error("there is no partition {partition}: the dataset has {count}")]
    NoPartition {
        /// The one that was wanted.
        partition: usize,
        /// How many there are.
        count: usize,
    },
    /// What was asked for cannot be, or contradicts what is there.
    #[error("{problem}")]
    Options {
        /// Why, and what to do.
        problem: String,
    },
}

impl DatasetFault {
    /// As the error of a file.
    pub(super) fn of(self, key: &str) -> Error {
        Error::Dataset {
            key: key.to_owned(),
            fault: Box::new(self),
        }
    }
}

/// A manifest that is none.
pub(super) fn no_manifest(key: &str, problem: impl Into<String>) -> Error {
    DatasetFault::Manifest {
        problem: problem.into(),
    }
    .of(key)
}
