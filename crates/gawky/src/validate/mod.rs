//! [`Validation`]: what a full check of all that is stored has found.

mod looking;

use std::fmt;
use std::ops::AddAssign;

use gawky_array::{ArrayError, Location};
use gawky_store::StoreError;

use crate::Error;

pub(crate) use looking::{Looking, look, look_async};

/// What a full check has found: of one partition, or of many together.
///
/// [`LazyArray::validate`](crate::LazyArray::validate) and [`Dataset::validate`](crate::Dataset::validate) make them. Printed, it is
/// one line for each fault, and nothing where there is none.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Validation {
    /// How many partitions were looked at.
    pub partitions: u64,
    /// How many blobs were looked at, those that should be there and are not included; a tensor of a file is one.
    pub blobs: u64,
    /// How many of them were proved by checksums.
    pub proved: u64,
    /// How many bytes were read for that.
    pub bytes: u64,
    /// What is wrong, partition after partition.
    pub faults: Vec<ValidationFault>,
}

impl Validation {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }

    /// A partition that cannot even be begun with.
    pub(crate) fn failed(position: usize, error: ArrayError) -> Self {
        let position = u64::try_from(position).unwrap_or(u64::MAX);
        Self {
            partitions: 1,
            faults: vec![ValidationFault::of_array(position, None, error)],
            ..Self::default()
        }
    }
}

impl AddAssign for Validation {
    fn add_assign(&mut self, other: Self) {
        self.partitions += other.partitions;
        self.blobs += other.blobs;
        self.proved += other.proved;
        self.bytes += other.bytes;
        self.faults.extend(other.faults);
    }
}

impl fmt::Display for Validation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.faults {
            writeln!(f, "{fault}")?;
        }
        Ok(())
    }
}

/// Something that is wrong, and where: a blob, or a whole file.
#[derive(Debug)]
#[non_exhaustive]
pub struct ValidationFault {
    /// Where the partition stands, from 0; `None` for what belongs to none.
    pub partition: Option<u64>,
    /// The number by which the partition's blobs are called; `None` where that is none.
    pub id: Option<u64>,
    /// The node, by the fields that lead to it: `muon.pt`; empty for the outermost one, and for what is not of one node.
    pub path: String,
    /// The key of the blob or file.
    pub key: String,
    /// What is wrong, as reading would say it.
    pub error: Error,
}

impl ValidationFault {
    /// What is wrong, without where.
    #[must_use]
    pub fn problem(&self) -> String {
        match &self.error {
            Error::Array(ArrayError::Node { problem, .. }) => problem.to_string(),
            Error::Store { source, .. } => source.to_string(),
            Error::Dataset { fault, .. } => fault.to_string(),
            error => error.to_string(),
        }
    }

    /// A problem of a file that belongs to no partition.
    pub(crate) fn of_dataset(key: String, error: Error) -> Self {
        Self {
            partition: None,
            id: None,
            path: String::new(),
            key,
            error,
        }
    }

    /// A problem of an array, which mostly knows where it is.
    fn of_array(partition: u64, id: Option<u64>, error: ArrayError) -> Self {
        let (path, key) = match &error {
            ArrayError::Node { location, .. } => (
                location.path.clone(),
                location.key.clone().unwrap_or_default(),
            ),
            _ => Default::default(),
        };
        Self {
            partition: Some(partition),
            id,
            path,
            key,
            error: error.into(),
        }
    }

    /// What befell something that others of a partition depend on.
    pub(crate) fn of_other(partition: u64, id: Option<u64>, error: StoreError) -> Self {
        Self {
            partition: Some(partition),
            id,
            path: String::new(),
            key: error.key().to_owned(),
            error: error.into(),
        }
    }

    /// What befell a blob that belongs to a node, or the file that it lies in.
    fn of_store(
        partition: u64,
        id: Option<u64>,
        location: Option<Location>,
        error: StoreError,
    ) -> Self {
        let wanted = location.as_ref().and_then(|location| location.key.clone());
        let wanted = wanted.unwrap_or_else(|| error.key().to_owned());
        if !error.key().is_empty() && error.key() != wanted {
            return Self::of_other(partition, id, error);
        }
        let innermost = innermost(&error);
        let file = looking::file_of(&wanted).filter(|file| innermost.key() == file);
        let (key, path, source) = match file {
            // Nothing in it can be read.
            Some(file) => (file, String::new(), innermost.clone()),
            None => {
                let path = location.map_or_else(String::new, |location| location.path);
                (wanted, path, error)
            }
        };
        Self {
            partition: Some(partition),
            id,
            path,
            key,
            error: source.into(),
        }
    }
}

impl fmt::Display for ValidationFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(partition) = self.partition {
            write!(f, "partition {partition}")?;
            if let Some(id) = self.id.filter(|id| *id != partition) {
                write!(f, " (called {id})")?;
            }
            f.write_str(", ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}, ", self.path)?;
        }
        let problem = self.problem();
        // Stores name the key themselves.
        let key = format!("{:?}", self.key);
        match self.key.is_empty() || problem.contains(&key) {
            true => f.write_str(&problem),
            false => write!(f, "{key}: {problem}"),
        }
    }
}

/// What befell the blob that others lie in.
fn innermost(error: &StoreError) -> &StoreError {
    let mut innermost = error;
    while let StoreError::Inside { source, .. } = innermost {
        innermost = source;
    }
    innermost
}
