//! How much lies in the container, told by sizes alone.

use std::vec;

use gawky_buffer::{Attribute, DType, Key};
use gawky_form::ExpectedBuffer;
use gawky_store::{AsyncContainer, Container, StoreError};

use super::LazyArray;
use crate::Error;
use crate::partitions::Part;

/// Of how many blobs sizes are asked in one call, about.
const AT_ONCE: usize = 4_096;

/// How many bytes the partitions take in which the rows of a [`LazyArray`] lie; [`LazyArray::stored`] tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredBytes {
    /// How many partitions.
    pub partitions: usize,
    /// What there is of each buffer of each node, in writing order.
    pub buffers: Vec<StoredBuffer>,
}

/// How many bytes one buffer of one node takes, in all partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredBuffer {
    /// Where the node is, by the fields that lead to it; empty for the root, and the same for lists in lists.
    pub path: String,
    /// The node's name.
    pub form_key: Key,
    /// What the buffer is to it.
    pub attribute: Attribute,
    /// What its bytes mean.
    pub dtype: DType,
    /// How many blobs there are.
    pub blobs: u64,
    /// How many bytes they have together.
    pub bytes: u64,
    /// How many blobs are not there.
    pub missing: u64,
    /// The first of those.
    pub first_missing: Option<Key>,
}

impl StoredBytes {
    /// How many bytes it is in all.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let bytes = self.buffers.iter().map(|buffer| buffer.bytes);
        bytes.fold(0, u64::saturating_add)
    }

    /// How many blobs there are.
    #[must_use]
    pub fn blobs(&self) -> u64 {
        self.buffers.iter().map(|buffer| buffer.blobs).sum()
    }

    /// How many blobs are not there.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.buffers.iter().map(|buffer| buffer.missing).sum()
    }
}

impl StoredBuffer {
    fn none_of(expected: &ExpectedBuffer) -> Self {
        Self {
            path: match expected.path.is_root() {
                true => String::new(),
                false => expected.path.to_string(),
            },
            form_key: expected.form_key.clone(),
            attribute: expected.attribute,
            dtype: expected.dtype,
            blobs: 0,
            bytes: 0,
            missing: 0,
            first_missing: None,
        }
    }

    fn add(&mut self, key: &Key, size: Option<u64>) {
        match size {
            Some(bytes) => {
                self.blobs += 1;
                self.bytes = self.bytes.saturating_add(bytes);
            }
            None => {
                self.missing += 1;
                self.first_missing.get_or_insert_with(|| key.clone());
            }
        }
    }
}

/// Sizes that are being summed up: keys of some partitions, their sizes, keys of the next ones.
struct Summing<'a, C> {
    array: &'a LazyArray<C>,
    parts: vec::IntoIter<Part>,
    asked: Vec<Key>,
    stored: StoredBytes,
}

impl<'a, C> Summing<'a, C> {
    fn of(array: &'a LazyArray<C>) -> Result<Self, Error> {
        let parts = array.parts()?;
        Ok(Self {
            stored: StoredBytes {
                partitions: parts.len(),
                buffers: Vec::new(),
            },
            parts: parts.into_iter(),
            asked: Vec::new(),
            array,
        })
    }

    /// The keys of which to ask the sizes next; none when all are told.
    fn next(&mut self) -> Result<&[Key], Error> {
        let (partitions, form) = (&self.array.partitions, &self.array.selected);
        self.asked.clear();
        while self.asked.len() < AT_ONCE
            && let Some(part) = self.parts.next()
        {
            let keys = partitions.keys();
            let number = keys
                .has_partition()
                .then(|| partitions.number(part.position));
            let expected = form.expected_buffers(keys, number)?;
            if self.stored.buffers.is_empty() {
                self.stored.buffers = expected.iter().map(StoredBuffer::none_of).collect();
            }
            let keys = expected.into_iter().map(|buffer| Key::from(buffer.key));
            self.asked.extend(keys);
        }
        Ok(&self.asked)
    }

    fn supply(&mut self, sizes: &[Option<u64>]) -> Result<(), Error> {
        if sizes.len() != self.asked.len() {
            let asked = self.asked.first().map(Key::to_string);
            return Err(StoreError::AnswerCount {
                key: asked.unwrap_or_default(),
                asked: self.asked.len(),
                got: sizes.len(),
            }
            .into());
        }
        let each = self.stored.buffers.len().max(1);
        let (keys, sizes) = (self.asked.chunks(each), sizes.chunks(each));
        for (keys, sizes) in keys.zip(sizes) {
            for ((buffer, key), size) in self.stored.buffers.iter_mut().zip(keys).zip(sizes) {
                buffer.add(key, *size);
            }
        }
        Ok(())
    }
}

impl<C: Container> LazyArray<C> {
    /// Asks how many bytes there are of each buffer, in all partitions that its rows lie in, whole. Only sizes are asked, which
    /// headers and file systems tell; no data is read.
    ///
    /// ```
    /// use gawky::prelude::*;
    /// # let pt = Array::from(NumpyArray::from_vec(vec![50.2_f32, 22.0, 7.5]));
    /// # let lists = Array::from(ListOffsetArray::try_new(vec![0_i64, 2, 2, 3].into(), pt, Parameters::none())?);
    /// # let memory = MemoryContainer::new();
    /// # let (form, length) = gawky::to_buffers(&lists, &memory)?;
    /// let stored = LazyArray::new(&form, length, &memory)?.stored()?;
    /// let bytes: Vec<_> = stored.buffers.iter().map(|buffer| buffer.bytes).collect();
    /// assert_eq!((bytes, stored.bytes()), (vec![32, 12], 44));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When nodes have no form keys, and what keeps the container from telling. A blob that is not there is none: it is
    /// counted.
    pub fn stored(&self) -> Result<StoredBytes, Error> {
        let mut summing = Summing::of(self)?;
        loop {
            let keys = summing.next()?;
            if keys.is_empty() {
                return Ok(summing.stored);
            }
            let sizes = self.container.sizes(keys)?;
            summing.supply(&sizes)?;
        }
    }
}

impl<C: AsyncContainer> LazyArray<C> {
    /// [`stored`](Self::stored), without blocking.
    ///
    /// # Errors
    /// As there.
    pub async fn stored_async(&self) -> Result<StoredBytes, Error> {
        let mut summing = Summing::of(self)?;
        loop {
            let keys = summing.next()?;
            if keys.is_empty() {
                return Ok(summing.stored);
            }
            let sizes = self.container.sizes(keys).await?;
            summing.supply(&sizes)?;
        }
    }
}
