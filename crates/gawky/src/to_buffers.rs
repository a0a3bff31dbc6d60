//! [`to_buffers`]: takes an array apart into named blobs.

use std::collections::HashSet;

use gawky_array::{Array, ArrayError, WriteOptions, Writing};
use gawky_buffer::{Blob, ByteOrder};
use gawky_form::{Form, FormKeyFormat, KeyFormat};
#[cfg(feature = "checksums")]
use gawky_store::Checksums;
use gawky_store::{AsyncContainerWrite, ContainerWrite};

use crate::partitioned::partition_number;
use crate::{Error, Partitioned};

mod sealed {
    pub trait Sealed {}
}

/// What can be taken apart: an [`Array`], whose length is one number, or a [`Partitioned`], which has many.
pub trait Writable: sealed::Sealed {
    /// One length, or one for each partition.
    type Length;

    #[doc(hidden)]
    fn arrays(&self) -> &[Array];

    #[doc(hidden)]
    fn form(&self) -> Form;

    #[doc(hidden)]
    fn length(&self) -> Self::Length;

    #[doc(hidden)]
    fn has_partitions(&self) -> bool;
}

impl sealed::Sealed for Array {}

impl Writable for Array {
    type Length = usize;

    fn arrays(&self) -> &[Array] {
        std::slice::from_ref(self)
    }

    fn form(&self) -> Form {
        Self::form(self)
    }

    fn length(&self) -> usize {
        self.len()
    }

    fn has_partitions(&self) -> bool {
        false
    }
}

impl sealed::Sealed for Partitioned {}

impl Writable for Partitioned {
    type Length = Vec<u64>;

    fn arrays(&self) -> &[Array] {
        self.partitions()
    }

    fn form(&self) -> Form {
        Self::form(self).clone()
    }

    fn length(&self) -> Vec<u64> {
        self.lengths()
    }

    fn has_partitions(&self) -> bool {
        true
    }
}

/// Takes an array apart into a container, and returns its form (with form keys) and its length.
///
/// The keys are Awkward's: `{form_key}-{attribute}` for an [`Array`],
/// `part{partition}-{form_key}-{attribute}` for a [`Partitioned`]; nothing is copied on the way into
/// memory. [`ToBuffers`] has all options.
///
/// ```
/// use gawky::prelude::*;
/// let array = Array::from(NumpyArray::from_vec(vec![1_i64, 2, 3]));
/// let memory = MemoryContainer::new();
/// let (form, length) = gawky::to_buffers(&array, &memory)?;
/// assert_eq!((form.form_key(), length), (Some("node0"), 3));
/// assert_eq!(memory.get("node0-data")?.map(|blob| blob.len()), Some(24));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When two blobs would have one key (before the first is put), or the container refuses one.
pub fn to_buffers<W: Writable, C: ContainerWrite + ?Sized>(
    array: &W,
    container: &C,
) -> Result<(Form, W::Length), Error> {
    ToBuffers::new(array).write(container)
}

/// [`to_buffers`] without blocking, into a container that is written by futures.
///
/// # Errors
/// As for [`to_buffers`].
pub async fn to_buffers_async<W: Writable, C: AsyncContainerWrite + ?Sized>(
    array: &W,
    container: &C,
) -> Result<(Form, W::Length), Error> {
    ToBuffers::new(array).write_async(container).await
}

/// [`to_buffers`] with options.
///
/// ```
/// use gawky::prelude::*;
/// let array = Array::from(NumpyArray::from_vec(vec![1_i64, 2, 3])).slice(1..2)?;
/// let memory = MemoryContainer::new();
/// let (form, length) = ToBuffers::new(&array)
///     .form_key("n{id}")?
///     .id_start(100)
///     .key_format("run7/{form_key}.{attribute}.bin")?
///     .byteorder(ByteOrder::Big)
///     .write(&memory)?;
/// assert!(memory.contains("run7/n100.data.bin")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ToBuffers<'a, W> {
    array: &'a W,
    options: WriteOptions,
    keys: Option<KeyFormat>,
    partition_start: u64,
    pack: bool,
    form: Option<&'a Form>,
}

impl<'a, W: Writable> ToBuffers<'a, W> {
    /// Takes `array` apart.
    #[must_use]
    pub fn new(array: &'a W) -> Self {
        Self {
            array,
            options: WriteOptions::default(),
            keys: None,
            partition_start: 0,
            pack: false,
            form: None,
        }
    }

    /// Names nodes by a template: `{id}`.
    ///
    /// # Errors
    /// When the template has another placeholder, or unmatched braces.
    pub fn form_key(self, template: &str) -> Result<Self, Error> {
        Ok(self.form_keys(FormKeyFormat::template(template)?))
    }

    /// Names nodes in any way, by a closure for example.
    #[must_use]
    pub fn form_keys(mut self, form_key: FormKeyFormat) -> Self {
        self.options.form_key = form_key;
        self
    }

    /// The number of the first node; 0 unless set.
    #[must_use]
    pub fn id_start(mut self, id: u64) -> Self {
        self.options.id_start = id;
        self
    }

    /// Names blobs by a template: `{partition}`, `{form_key}`, `{attribute}`; Awkward's `buffer_key` and
    /// `key_format`.
    ///
    /// # Errors
    /// When the template has another placeholder, or unmatched braces.
    pub fn key_format(self, template: &str) -> Result<Self, Error> {
        Ok(self.keys(KeyFormat::template(template)?))
    }

    /// Names blobs in any way, by a closure for example.
    #[must_use]
    pub fn keys(mut self, keys: KeyFormat) -> Self {
        self.keys = Some(keys);
        self
    }

    /// The number of the first partition; 0 unless set.
    #[must_use]
    pub fn partition_start(mut self, number: u64) -> Self {
        self.partition_start = number;
        self
    }

    /// The order of the bytes in the blobs; little-endian unless set.
    #[must_use]
    pub fn byteorder(mut self, order: ByteOrder) -> Self {
        self.options.byteorder = order;
        self
    }

    /// Packs first, so that only what rows reach is written; the form may change, the type does not.
    ///
    /// Partitions of one form may pack into several (a union that is gathered in one need not be in another);
    /// writing then fails, before the first blob: concatenate them, or leave them as they are.
    #[must_use]
    pub fn pack(mut self, pack: bool) -> Self {
        self.pack = pack;
        self
    }

    /// Names nodes as `form` does, which must be the array's own but for its form keys; what was read by it is
    /// then written under the same keys.
    #[must_use]
    pub fn form(mut self, form: &'a Form) -> Self {
        self.form = Some(form);
        self
    }

    /// Writes, and returns the form (with form keys) and the length, or lengths.
    ///
    /// # Errors
    /// As for [`to_buffers`].
    pub fn write<C: ContainerWrite + ?Sized>(
        &self,
        container: &C,
    ) -> Result<(Form, W::Length), Error> {
        let (form, blobs) = self.blobs()?;
        container.put_many(blobs)?;
        Ok((form, self.array.length()))
    }

    /// Writes without blocking.
    ///
    /// # Errors
    /// As for [`to_buffers`].
    pub async fn write_async<C: AsyncContainerWrite + ?Sized>(
        &self,
        container: &C,
    ) -> Result<(Form, W::Length), Error> {
        let (form, blobs) = self.blobs()?;
        container.put_many(blobs).await?;
        Ok((form, self.array.length()))
    }

    /// Writes, and returns the checksums of all blobs as well, to be kept beside the form.
    ///
    /// ```
    /// use gawky::prelude::*;
    /// use gawky::store::{Checksums, Layered, Verified};
    ///
    /// let array = Array::from(NumpyArray::from_vec(vec![1_i64, 2, 3]));
    /// let memory = MemoryContainer::new();
    /// let (form, length, checksums) = ToBuffers::new(&array).write_with_checksums(&memory)?;
    /// memory.put(checksums.to_blob("checksums.json"))?;
    ///
    /// let kept = memory.get("checksums.json")?.unwrap_or_default();
    /// let checksums = Checksums::from_json(kept.bytes()?)?;
    /// let proved = Layered::new(Verified::new(checksums), &memory);
    /// assert_eq!(gawky::from_buffers(&form, length, &proved)?, array);
    ///
    /// memory.insert("node0-data", Buffer::from_vec(vec![1_i64, 2, 4]))?;
    /// assert!(gawky::from_buffers(&form, length, &proved).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`to_buffers`], and when bytes are on a device.
    #[cfg(feature = "checksums")]
    pub fn write_with_checksums<C: ContainerWrite + ?Sized>(
        &self,
        container: &C,
    ) -> Result<(Form, W::Length, Checksums), Error> {
        let (form, blobs) = self.blobs()?;
        let checksums = Checksums::of(&blobs)?;
        container.put_many(blobs)?;
        Ok((form, self.array.length(), checksums))
    }

    /// [`write_with_checksums`](Self::write_with_checksums) without blocking.
    ///
    /// # Errors
    /// As there.
    #[cfg(feature = "checksums")]
    pub async fn write_with_checksums_async<C: AsyncContainerWrite + ?Sized>(
        &self,
        container: &C,
    ) -> Result<(Form, W::Length, Checksums), Error> {
        let (form, blobs) = self.blobs()?;
        let checksums = Checksums::of(&blobs)?;
        container.put_many(blobs).await?;
        Ok((form, self.array.length(), checksums))
    }

    /// The form, and the blobs of all partitions, all keys of which are different.
    pub(crate) fn blobs(&self) -> Result<(Form, Vec<Blob>), Error> {
        let arrays = self.array.arrays();
        let keys = match &self.keys {
            Some(keys) => keys.clone(),
            None if self.array.has_partitions() => KeyFormat::partitioned(),
            None => KeyFormat::array(),
        };
        if arrays.len() > 1 && !keys.has_partition() {
            return Err(Error::PartitionsShareKeys {
                template: keys.as_template().unwrap_or_default().to_owned(),
            });
        }
        let mut packed = Vec::new();
        let arrays = if self.pack {
            for array in arrays {
                packed.push(array.pack()?);
            }
            &packed
        } else {
            arrays
        };
        let plain = match arrays.first() {
            Some(first) => first.form(),
            None => self.array.form(),
        };
        let form = match self.form {
            Some(form) => {
                refuse_other_form(form, &plain)?;
                form.clone()
            }
            None => plain.into_form_keys(&self.options.form_key, self.options.id_start)?,
        };
        let mut blobs = Vec::new();
        for (position, array) in arrays.iter().enumerate() {
            let number = partition_number(self.partition_start, position, arrays.len())?;
            let mut options = self.options.clone();
            options.keys = keys.clone();
            options.partition = keys.has_partition().then_some(number);
            let mut own = Writing::new(options).blobs(array, &form)?;
            if blobs.is_empty() {
                blobs = own;
            } else {
                blobs.append(&mut own);
            }
        }
        if arrays.len() > 1 {
            refuse_shared_keys(&blobs)?;
        }
        Ok((form, blobs))
    }
}

/// A form that is not the array's own; what would be written under it could not be read by it.
fn refuse_other_form(form: &Form, own: &Form) -> Result<(), Error> {
    let plain = form.without_form_keys();
    if plain == *own {
        return Ok(());
    }
    Err(ArrayError::FormsDiffer {
        first: Box::new(plain),
        second: Box::new(own.clone()),
    }
    .into())
}

/// Partitions whose keys collide, which a closure could make them do.
fn refuse_shared_keys(blobs: &[Blob]) -> Result<(), Error> {
    let mut seen = HashSet::with_capacity(blobs.len());
    match blobs.iter().find(|blob| !seen.insert(blob.key.as_str())) {
        None => Ok(()),
        Some(blob) => Err(ArrayError::KeyCollision {
            key: blob.key.to_string(),
            first: "one partition".to_owned(),
            second: "another partition".to_owned(),
        }
        .into()),
    }
}
