//! Taking back what has been written in vain: partitions that were not committed, and a dataset that nothing has come into.
//!
//! # Why nobody loses anything
//!
//! What a writer removes lies under numbers that it has claimed and not committed, which no version names and nobody else writes
//! under. The claims themselves go only where no put can come after them: a request that the network delivers late would
//! otherwise land among the blobs of whoever has the number next.
//!
//! A dataset is removed in two steps. First its manifest is replaced, on the condition that it is still the first one, by a blob
//! that is none; from then on no commit can be made upon it, so that nobody's commit is lost when it is deleted.

use gawky_buffer::{Buffer, Key};
use gawky_store::{Container, ContainerConditional, ContainerDelete, ContainerWrite};
use tracing::debug;

use super::Dataset;
use super::checksums::checksums_key;
use super::claims::{Claim, release};
use super::layout::Layout;
use super::manifest::{MANIFEST, json_blob};
use super::stored::{load_to_replace, newest};
use crate::Error;

/// What a manifest becomes for the moment before it is gone.
const REMOVED: &str =
    "{\"removed\": \"this dataset was given up before anything was committed to it\"}\n";

impl<C> Dataset<C>
where
    C: Container + ContainerWrite + ContainerConditional + ContainerDelete,
{
    /// Removes a dataset that nobody has committed anything to since it was made: its manifest goes. Answers whether it has gone;
    /// where somebody else has committed, it stays as it is.
    ///
    /// It is for who makes a dataset to fill it, and cannot. Partitions that were written and not committed are the
    /// [writer's](super::DatasetWriter::remove_uncommitted).
    ///
    /// ```
    /// use gawky::prelude::*;
    ///
    /// use gawky::store::ContainerList;
    ///
    /// let memory = std::sync::Arc::new(MemoryContainer::new());
    /// let dataset = gawky::dataset::CreateDataset::new().create_in(memory.clone())?;
    /// assert!(dataset.remove_empty()?);
    /// assert!(memory.list("")?.is_empty());
    /// # Ok::<(), gawky::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of the container.
    pub fn remove_empty(self) -> Result<bool, Error> {
        let container = &*self.container;
        let stored = match self.stored.version {
            Some(_) => self.stored,
            None => newest(load_to_replace(container)?)?,
        };
        let Some(version) = stored.version.filter(|_| stored.manifest.version == 1) else {
            return Ok(false);
        };
        let removed = json_blob(MANIFEST, Buffer::copied_from(REMOVED.as_bytes()));
        match container.put_if_match(removed, &version) {
            Ok(_) => {}
            Err(error) if error.is_conflict() => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        container.delete(MANIFEST)?;
        Ok(true)
    }
}

/// Removes the blobs of partitions that were claimed and written by these layouts, and not committed.
///
/// # Errors
/// Those of the container; then some of them may be there still, which vacuum removes.
pub(super) fn take_back<C>(
    container: &C,
    claims: &[Claim],
    layouts: &[impl AsRef<Layout>],
) -> Result<(), Error>
where
    C: Container + ContainerDelete + ?Sized,
{
    for claim in claims {
        let mut keys = vec![Key::from(checksums_key(claim.id))];
        for layout in layouts {
            keys.extend(
                layout
                    .as_ref()
                    .keys_of(claim.id)?
                    .into_iter()
                    .map(Key::from),
            );
        }
        container.delete_many(&keys)?;
    }
    if container.id().is_some_and(|id| id.is_local()) {
        release(container, claims);
    } else {
        debug!("claims stay until vacuum, as puts may still be on their way");
    }
    Ok(())
}
