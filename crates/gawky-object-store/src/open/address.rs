//! [`Address`]: what a URL or path leads to.

use std::path::PathBuf;

use super::OpenError;
use super::place::{Place, place};

/// What a URL or path that [`open`](crate::open) takes leads to, without looking whether it is there.
///
/// ```
/// use gawky_object_store::Address;
///
/// assert_eq!(Address::of("events")?, Address::Folder("events".into()));
/// assert_eq!(Address::of("file:///my%20events")?, Address::Folder("/my events".into()));
/// assert_eq!(Address::of("memory:")?, Address::Memory);
/// assert_eq!(Address::of("s3://bucket/events")?, Address::Remote);
/// # Ok::<(), gawky_object_store::OpenError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Address {
    /// A folder or a file on this machine.
    Folder(PathBuf),
    /// Memory of this process.
    Memory,
    /// A store behind a network.
    Remote,
}

impl Address {
    /// Where `url` leads to.
    ///
    /// # Errors
    /// [`OpenError::Url`] and [`OpenError::Scheme`], as of [`open`](crate::open).
    pub fn of(url: &str) -> Result<Self, OpenError> {
        Ok(match place(url)? {
            Place::Folder(path) => Self::Folder(path),
            Place::Memory => Self::Memory,
            Place::Remote(_) => Self::Remote,
        })
    }
}
