//! Arrays in safetensors files, as `ak.to_safetensors` and `ak.from_safetensors` keep them.
//!
//! The buffers are tensors named by their keys, and the file's metadata holds the form, under `form`, and the length,
//! under `length`. What is written here opens in Python with plain `awkward`, and the other way round; dates,
//! durations and `complex128`, which Awkward does not write, it does read.
//!
//! ```
//! use gawky::prelude::*;
//! use gawky::safetensors::SafeTensorsArray;
//!
//! let pt = Array::from(NumpyArray::from_vec(vec![50.2_f32, 22.0, 7.5]));
//! let events = Array::from(ListOffsetArray::try_new(vec![0_i64, 2, 2, 3].into(), pt, Parameters::none())?);
//!
//! let bucket = MemoryContainer::new();
//! gawky::to_safetensors(&events, &bucket, "events.safetensors")?;
//! assert_eq!(gawky::from_safetensors(&bucket, "events.safetensors")?, events);
//!
//! let file = SafeTensorsArray::open(&bucket, "events.safetensors")?;
//! assert_eq!((file.len(), file.form().type_().to_string()), (3, "var * float32".to_owned()));
//! let last = file.reader().rows(2..3).read(file.tensors())?;
//! assert_eq!(last.value()?.to_string(), "[[7.5]]");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::path::Path;

use gawky_array::Array;
use gawky_buffer::Buffer;
use gawky_form::{Dialect, Form};
use gawky_store::safetensors::{SafeTensors, SafeTensorsIndex, SafeTensorsWriter};
use gawky_store::{
    AsyncContainer, AsyncContainerWrite, Container, ContainerWrite, LocalFile, MemoryContainer,
};

use crate::{Error, FromBuffers, LazyArray, ToBuffers};

/// The members of the metadata, by Awkward's names.
const FORM: &str = "form";
const LENGTH: &str = "length";

/// Writes an array as one safetensors file, packed, as `ak.to_safetensors` does.
///
/// [`ToSafeTensors`] has all options, and writes to paths.
///
/// # Errors
/// When the container refuses the file.
pub fn to_safetensors<C: ContainerWrite + ?Sized>(
    array: &Array,
    container: &C,
    key: &str,
) -> Result<(), Error> {
    ToSafeTensors::new(array).write(container, key).map(drop)
}

/// [`to_safetensors`], without blocking.
///
/// # Errors
/// As there.
pub async fn to_safetensors_async<C: AsyncContainerWrite + ?Sized>(
    array: &Array,
    container: &C,
    key: &str,
) -> Result<(), Error> {
    let writer = ToSafeTensors::new(array);
    writer.write_async(container, key).await.map(drop)
}

/// Reads the array of a safetensors file that [`to_safetensors`], or Awkward's `ak.to_safetensors`, has written.
///
/// [`SafeTensorsArray`] has all options, and reads from paths.
///
/// # Errors
/// When there is no such file, or no array in it; as for [`from_buffers`](crate::from_buffers).
pub fn from_safetensors<C: Container + ?Sized>(container: &C, key: &str) -> Result<Array, Error> {
    SafeTensorsArray::open(container, key)?.read()
}

/// [`from_safetensors`], without blocking.
///
/// # Errors
/// As there.
pub async fn from_safetensors_async<C: AsyncContainer + ?Sized>(
    container: &C,
    key: &str,
) -> Result<Array, Error> {
    let file = SafeTensorsArray::open_async(container, key).await?;
    file.read_async().await
}

/// [`to_safetensors`] with options.
///
/// ```
/// use gawky::prelude::*;
/// use gawky::safetensors::{SafeTensorsArray, ToSafeTensors};
///
/// let folder = tempfile::tempdir()?;
/// let array = Array::from(NumpyArray::from_vec(vec![1_i64, 2, 3]));
/// let path = folder.path().join("numbers.safetensors");
/// ToSafeTensors::new(&array).with_metadata("source", "run 7").write_file(&path)?;
///
/// let file = SafeTensorsArray::open_file(&path)?;
/// assert_eq!(file.metadata()["source"], "run 7");
/// assert_eq!(file.read()?, array);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ToSafeTensors<'a> {
    buffers: ToBuffers<'a, Array>,
    metadata: Vec<(String, String)>,
}

impl<'a> ToSafeTensors<'a> {
    /// Writes `array`, packed.
    #[must_use]
    pub fn new(array: &'a Array) -> Self {
        Self::of(ToBuffers::new(array).pack(true))
    }

    /// Writes what these options make of an array: with other names, or not packed.
    ///
    /// Leave the byte order as it is: the format is little-endian, and refuses anything else.
    #[must_use]
    pub fn of(buffers: ToBuffers<'a, Array>) -> Self {
        Self {
            buffers,
            metadata: Vec::new(),
        }
    }

    /// Leaves a text of your own in the file's metadata. `form` and `length` are taken.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.metadata.push((name.into(), text.into()));
        self
    }

    /// Writes the file into a container, at once; answers the form (with form keys) and the length.
    ///
    /// # Errors
    /// As for [`to_safetensors`].
    pub fn write<C: ContainerWrite + ?Sized>(
        &self,
        container: &C,
        key: &str,
    ) -> Result<(Form, usize), Error> {
        let (writer, form, length) = self.writer()?;
        writer.write(container, key)?;
        Ok((form, length))
    }

    /// Writes the file into a container, at once and without blocking; answers the form (with form keys) and the
    /// length.
    ///
    /// # Errors
    /// As for [`to_safetensors`].
    pub async fn write_async<C: AsyncContainerWrite + ?Sized>(
        &self,
        container: &C,
        key: &str,
    ) -> Result<(Form, usize), Error> {
        let (writer, form, length) = self.writer()?;
        writer.write_async(container, key).await?;
        Ok((form, length))
    }

    /// Writes the file to a path, replacing what is there at once; answers the form (with form keys) and the length.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_file(&self, path: impl AsRef<Path>) -> Result<(Form, usize), Error> {
        let (writer, form, length) = self.writer()?;
        LocalFile::write(path, &writer.finish()?)?;
        Ok((form, length))
    }

    /// The file, in memory.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn to_buffer(&self) -> Result<Buffer, Error> {
        Ok(self.writer()?.0.finish()?)
    }

    fn writer(&self) -> Result<(SafeTensorsWriter, Form, usize), Error> {
        let mut writer = SafeTensorsWriter::new();
        let (form, length) = self.buffers.write(&writer)?;
        for (name, text) in &self.metadata {
            writer = writer.with_metadata(name, text);
        }
        // With all members of every node, as Awkward writes it.
        let json = form.to_json(Dialect::V2, true)?;
        Ok((telling(writer, json, length), form, length))
    }
}

/// The same, telling in its metadata of which form the array is, and how many rows it has.
pub(crate) fn telling(
    writer: SafeTensorsWriter,
    form: impl Into<String>,
    length: usize,
) -> SafeTensorsWriter {
    writer
        .with_metadata(FORM, form)
        .with_metadata(LENGTH, length.to_string())
}

/// An array in a safetensors file: its form and length, and the tensors to read it from.
///
/// Opening reads the header; [`read`](Self::read) reads the array, and [`reader`](Self::reader) reads some
/// rows of it, or in another way.
#[derive(Clone, Debug)]
pub struct SafeTensorsArray<C> {
    tensors: SafeTensors<C>,
    form: Form,
    length: u64,
}

impl<C> SafeTensorsArray<C> {
    /// The array of a file that is open.
    ///
    /// # Errors
    /// [`Error::NoArray`] when its metadata has no form or no length, and when they are none.
    pub fn of(tensors: SafeTensors<C>) -> Result<Self, Error> {
        let index = tensors.layer();
        let form = member(index, FORM)?;
        let form = Form::from_json(form).map_err(|source| no_array(index, source.to_string()))?;
        let length = member(index, LENGTH)?;
        let length = length.trim().parse().map_err(|_| {
            no_array(
                index,
                format!("the length in its metadata, {length:?}, is no number of rows"),
            )
        })?;
        Ok(Self {
            tensors,
            form,
            length,
        })
    }

    /// The form, with form keys.
    #[must_use]
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The texts in the header, form and length among them.
    #[must_use]
    pub fn metadata(&self) -> &std::collections::BTreeMap<String, String> {
        self.tensors.layer().metadata()
    }

    /// The container of the tensors.
    #[must_use]
    pub fn tensors(&self) -> &SafeTensors<C> {
        &self.tensors
    }

    /// The same array, of which only the fields and rows are read that are wanted, in fewer steps than of other
    /// containers: the header tells which tensors are small, and these come whole with the first step.
    ///
    /// # Errors
    /// When it has more rows than any array can have.
    pub fn lazy(&self) -> Result<LazyArray<&SafeTensors<C>>, Error> {
        self.reader().lazy(&self.tensors)
    }

    /// All options of reading: some rows, other names, big-endian bytes as `ak.to_safetensors(…, byteorder=">")`
    /// leaves them. Read from [`tensors`](Self::tensors).
    #[must_use]
    pub fn reader(&self) -> FromBuffers<'_, u64> {
        FromBuffers::new(&self.form, self.length)
    }
}

impl<C: Container> SafeTensorsArray<C> {
    /// Opens the file under `key`.
    ///
    /// # Errors
    /// When there is no such file, or no array in it.
    pub fn open(container: C, key: &str) -> Result<Self, Error> {
        Self::of(SafeTensors::open(container, key)?)
    }

    /// Reads the array.
    ///
    /// # Errors
    /// As for [`from_buffers`](crate::from_buffers).
    pub fn read(&self) -> Result<Array, Error> {
        self.reader().read(&self.tensors)
    }
}

impl<C: AsyncContainer> SafeTensorsArray<C> {
    /// Opens the file under `key`, without blocking.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_async(container: C, key: &str) -> Result<Self, Error> {
        Self::of(SafeTensors::open_async(container, key).await?)
    }

    /// Reads the array, without blocking.
    ///
    /// # Errors
    /// As for [`from_buffers`](crate::from_buffers).
    pub async fn read_async(&self) -> Result<Array, Error> {
        self.reader().read_async(&self.tensors).await
    }
}

impl SafeTensorsArray<MemoryContainer> {
    /// Opens a file of which all bytes are here; the array shares them.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_buffer(bytes: Buffer) -> Result<Self, Error> {
        Self::of(SafeTensors::from_buffer(bytes)?)
    }
}

impl SafeTensorsArray<LocalFile> {
    /// Opens a file on the local disk.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::of(SafeTensors::open_file(path)?)
    }

    /// Maps a file on the local disk into memory; the array shares the map, nothing is copied.
    ///
    /// # Safety
    /// As long as an array from here lives, nobody, in this process or another, may change or truncate the file in
    /// place.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    #[allow(
        unsafe_code,
        reason = "a map of a file is sound only by a promise that the caller must make"
    )]
    pub unsafe fn open_mapped(path: impl AsRef<Path>) -> Result<Self, Error> {
        // SAFETY: the caller of this function has made the same promise.
        Self::of(unsafe { SafeTensors::open_mapped(path) }?)
    }
}

fn member<'a>(index: &'a SafeTensorsIndex, name: &str) -> Result<&'a str, Error> {
    match index.metadata().get(name) {
        Some(text) => Ok(text),
        None => Err(no_array(
            index,
            format!(
                "its metadata has no {name:?}; open it as SafeTensors, and give form and length to from_buffers"
            ),
        )),
    }
}

fn no_array(index: &SafeTensorsIndex, problem: String) -> Error {
    Error::NoArray {
        key: index.file_key().to_owned(),
        problem,
    }
}
