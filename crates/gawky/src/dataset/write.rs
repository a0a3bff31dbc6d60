//! Changing a dataset: partitions are claimed and written first, then a commit names them.

use std::sync::Arc;

use gawky_array::Array;
use gawky_form::Form;
use gawky_store::{Container, ContainerConditional, ContainerDelete, ContainerWrite};
use serde_json::{Map, Value};

use super::change::{Change, What};
use super::claims::{Claim, Claimer};
use super::commit::commit;
use super::fault::DatasetFault;
use super::layout::Layout;
use super::manifest::{Attributes, MANIFEST};
use super::{Dataset, Stored};
use crate::Error;

/// What has been written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DatasetWritten {
    /// How many partitions.
    pub partitions: u64,
    /// How many rows.
    pub rows: u64,
    /// How many bytes their buffers have.
    pub bytes: u64,
    /// How many bytes more the arrays held, that no row reaches.
    pub bytes_saved: u64,
}

impl DatasetWritten {
    pub(super) fn add(&mut self, array: &Array, held: usize) {
        let bytes = array.nbytes() as u64;
        self.partitions += 1;
        self.rows += array.len() as u64;
        self.bytes += bytes;
        self.bytes_saved += (held as u64).saturating_sub(bytes);
    }
}

/// An array as it is written, but for its form: packed, unless that is not wanted.
pub(super) fn packed(array: &Array, pack: bool) -> Result<Array, Error> {
    match pack {
        true => Ok(array.pack()?),
        false => Ok(array.clone()),
    }
}

/// An array as it is written: [`packed`], and of the dataset's form.
pub(super) fn fitted(packed: Array, form: &Form) -> Result<Array, Error> {
    if packed.is_of_form(form) {
        return Ok(packed);
    }
    Ok(packed.conform_to(form)?)
}

/// How arrays are written upon a manifest: as its layout says, and, of what that does not know, as those of them that do. They
/// are packed, as packing may change their form.
pub(super) fn layout_for<'a>(
    base: &Arc<Layout>,
    packed: impl IntoIterator<Item = &'a Array>,
) -> Result<Arc<Layout>, Error> {
    if !base.form.has_unknown() {
        return Ok(Arc::clone(base));
    }
    let mut form = base.form.clone();
    let mut learned = false;
    for array in packed {
        learned |= form.learn(&array.form());
    }
    match learned {
        true => base.with_form(form).map(Arc::new),
        false => Ok(Arc::clone(base)),
    }
}

/// Arrays that are ready to be written.
struct Ready {
    layout: Arc<Layout>,
    arrays: Vec<Array>,
    written: DatasetWritten,
}

impl Ready {
    fn new(base: &Arc<Layout>, arrays: &[&Array], pack: bool) -> Result<Self, Error> {
        let of_each = |position: usize, made: Result<Array, Error>| {
            made.map_err(|error| of_partition(position as u64, error))
        };
        let packed = arrays
            .iter()
            .enumerate()
            .map(|(position, array)| of_each(position, packed(array, pack)))
            .collect::<Result<Vec<_>, Error>>()?;
        let layout = layout_for(base, &packed)?;
        let mut written = DatasetWritten::default();
        let arrays = packed
            .into_iter()
            .zip(arrays)
            .enumerate()
            .map(|(position, (packed, array))| {
                let fitted = of_each(position, fitted(packed, &layout.form))?;
                written.add(&fitted, array.nbytes());
                Ok(fitted)
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self {
            layout,
            arrays,
            written,
        })
    }

    fn lengths(&self) -> Vec<u64> {
        self.arrays.iter().map(|array| array.len() as u64).collect()
    }
}

/// The error of one of the partitions that are to be written.
pub(super) fn of_partition(partition: u64, source: Error) -> Error {
    Error::Partition {
        partition,
        source: Box::new(source),
    }
}

impl<C> Dataset<C>
where
    C: Container + ContainerWrite + ContainerConditional + ContainerDelete,
{
    /// Adds an array as one partition, in one commit.
    ///
    /// It is packed first, unless [`pack`](Self::pack) says otherwise, and made of the dataset's form where nothing is lost by
    /// that.
    ///
    /// # Errors
    /// When it cannot be of the dataset's form, or the container fails; [`DatasetFault::Conflict`] when somebody has given
    /// the dataset another form meanwhile. Then the dataset is as it was.
    pub fn append(&mut self, array: &Array) -> Result<DatasetWritten, Error> {
        self.append_all([array])
    }

    /// Adds arrays, each as one partition, in one commit; a `&Partitioned`, for example.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn append_all<'a>(
        &mut self,
        arrays: impl IntoIterator<Item = &'a Array>,
    ) -> Result<DatasetWritten, Error> {
        let arrays: Vec<&Array> = arrays.into_iter().collect();
        if arrays.is_empty() {
            return Ok(DatasetWritten::default());
        }
        let mut base = self.newest_stored()?;
        let began = base.manifest.version;
        let mut ready = Ready::new(&base.manifest.layout, &arrays, self.pack)?;
        let (claimer, claims) = self.claim(&mut base, arrays.len())?;
        let found = &base.manifest.layout;
        if !found.reads(&ready.layout) && !ready.layout.reads(found) {
            // Somebody has given it another form since.
            ready = Ready::new(&base.manifest.layout, &arrays, self.pack)?;
        }
        self.write_all(&ready, &claims)?;
        let what = What::Append {
            ids: claims.iter().map(|claim| claim.id).collect(),
            lengths: ready.lengths(),
            layout: Arc::clone(&ready.layout),
        };
        self.commit(base, &Change { began, what }, &claimer, &claims)?;
        Ok(ready.written)
    }

    /// Puts arrays, each as one partition, in the place of all that is there, in one commit. They may be of another form.
    ///
    /// # Errors
    /// As [`append`](Self::append); [`DatasetFault::Conflict`] when anybody has committed anything since this handle was
    /// opened, or last changed the dataset, as that would be lost unseen.
    pub fn overwrite<'a>(
        &mut self,
        arrays: impl IntoIterator<Item = &'a Array>,
    ) -> Result<DatasetWritten, Error> {
        let arrays: Vec<&Array> = arrays.into_iter().collect();
        let mut base = self.newest_stored()?;
        let began = base.manifest.version;
        let layout = &base.manifest.layout;
        let ready = match Ready::new(layout, &arrays, self.pack) {
            Ok(ready) => ready,
            // Of a form of their own.
            Err(_) => {
                let unknown = Arc::new(layout.with_form(Layout::unknown_form()?)?);
                Ready::new(&unknown, &arrays, self.pack)?
            }
        };
        let (claimer, claims) = self.claim(&mut base, arrays.len())?;
        let what = What::Overwrite {
            ids: claims.iter().map(|claim| claim.id).collect(),
            lengths: ready.lengths(),
            layout: Arc::clone(&ready.layout),
            attributes: None,
        };
        let change = Change { began, what };
        // Before anything is written in vain.
        change.apply(&base.manifest, "")?;
        self.write_all(&ready, &claims)?;
        self.commit(base, &change, &claimer, &claims)?;
        Ok(ready.written)
    }

    /// Takes partitions away, in one commit, by where they stand in [`lengths`](Self::lengths). Versions before keep them.
    ///
    /// # Errors
    /// [`DatasetFault::NoPartition`]; [`DatasetFault::Conflict`] when somebody else has taken one of them away.
    pub fn delete_partitions(
        &mut self,
        positions: impl IntoIterator<Item = usize>,
    ) -> Result<(), Error> {
        let base = self.newest_stored()?;
        let partitions = &base.manifest.partitions;
        let mut ids = Vec::new();
        for position in positions {
            let id = partitions.id(position).ok_or_else(|| {
                DatasetFault::NoPartition {
                    partition: position,
                    count: partitions.lengths().len(),
                }
                .of(MANIFEST)
            })?;
            ids.push(id);
        }
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(());
        }
        let began = base.manifest.version;
        let what = What::Delete { ids };
        self.commit(base, &Change { began, what }, &Claimer::new(), &[])
    }

    /// Replaces what is kept with the data.
    ///
    /// # Errors
    /// [`DatasetFault::Conflict`] when somebody else has replaced it meanwhile.
    pub fn set_attributes(&mut self, attributes: Map<String, Value>) -> Result<(), Error> {
        let base = self.newest_stored()?;
        let began = base.manifest.version;
        let what = What::Attributes {
            seen: base.manifest.attributes.clone(),
            wanted: Attributes::new(attributes),
        };
        self.commit(base, &Change { began, what }, &Claimer::new(), &[])
    }

    /// What this handle shows, which must not be of the past.
    pub(super) fn newest_stored(&self) -> Result<Stored, Error> {
        match self.newest {
            None => Ok(self.stored.clone()),
            Some(newest) => Err(DatasetFault::Past {
                version: self.version(),
                newest,
            }
            .of(MANIFEST)),
        }
    }

    pub(super) fn claim(
        &mut self,
        base: &mut Stored,
        count: usize,
    ) -> Result<(Claimer, Vec<Claim>), Error> {
        let mut claimer = Claimer::upon(self.proved);
        let claims = claimer.claim(&*self.container, base, count, &self.patience)?;
        self.proved = claimer.is_proved();
        Ok((claimer, claims))
    }

    pub(super) fn commit(
        &mut self,
        base: Stored,
        change: &Change,
        claimer: &Claimer,
        claims: &[Claim],
    ) -> Result<(), Error> {
        let container = &*self.container;
        self.stored = commit(
            container,
            base,
            change,
            Some((claimer, claims)),
            &self.patience,
        )?;
        Ok(())
    }

    fn write_all(&self, ready: &Ready, claims: &[Claim]) -> Result<(), Error> {
        for (position, (array, claim)) in ready.arrays.iter().zip(claims).enumerate() {
            ready
                .layout
                .write(&*self.container, claim.id, array)
                .map_err(|error| of_partition(position as u64, error))?;
        }
        Ok(())
    }
}
