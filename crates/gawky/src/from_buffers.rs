//! [`from_buffers`]: puts an array together from named blobs.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use gawky_array::{Array, CanonicalRules, EmptyArray, ReadOptions, Reading, Step};
use gawky_buffer::{ByteOrder, Place};
use gawky_form::{Form, KeyFormat};
use gawky_store::{AsyncContainer, Container};

use crate::lockstep::Lockstep;
use crate::partitions::{Numbers, Part, Partitions};
use crate::upward::Upward;
use crate::{Error, LazyArray, Partitioned, ReadReport, driver};

mod sealed {
    pub trait Sealed {}
}

/// One length, for an [`Array`], or many, for a [`Partitioned`].
pub trait Lengths: sealed::Sealed {
    /// What is read.
    type Output: fmt::Debug;

    #[doc(hidden)]
    const HAS_PARTITIONS: bool;

    #[doc(hidden)]
    fn lengths(&self) -> Cow<'_, [u64]>;

    /// The output, of the arrays that were read; where there are none, `none` is what is read of no rows.
    #[doc(hidden)]
    fn wrap(&self, arrays: Vec<Array>, none: Option<Array>) -> Self::Output;
}

/// Reads an array that [`to_buffers`](crate::to_buffers), or Awkward's `ak.to_buffers`, has written.
///
/// One length gives an [`Array`], under keys `{form_key}-{attribute}`; many lengths give a
/// [`Partitioned`], under keys `part{partition}-{form_key}-{attribute}`. [`FromBuffers`] has all options.
///
/// ```
/// use gawky::prelude::*;
/// use std::collections::HashMap;
///
/// let form: Form = r#"{"class": "NumpyArray", "primitive": "int64", "form_key": "node0"}"#.parse()?;
/// let blobs = HashMap::from([("node0-data".to_owned(), Buffer::from_vec(vec![1_i64, 2, 3]))]);
/// let array = gawky::from_buffers(&form, 3, &blobs)?;
/// assert_eq!(array.to_string(), "<Array [1, 2, 3] type='3 * int64'>");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When a blob is missing or too short, or its bytes are no such array; the error names partition, node and
/// key, what was needed and what was there.
pub fn from_buffers<L: Lengths, C: Container + ?Sized>(
    form: &Form,
    lengths: L,
    container: &C,
) -> Result<L::Output, Error> {
    FromBuffers::new(form, lengths).read(container)
}

/// [`from_buffers`] without blocking, from a container that is asked by futures.
///
/// ```
/// # use gawky::prelude::*;
/// # use gawky::store::{AsyncContainer, StoreError, async_trait};
/// # struct Constant;
/// # #[async_trait]
/// # impl AsyncContainer for Constant {
/// #     async fn get(&self, _key: &str) -> Result<Option<Buffer>, StoreError> {
/// #         Ok(Some(Buffer::from_vec(vec![1_i64, 2, 3])))
/// #     }
/// # }
/// # async fn example(container: Constant) -> Result<(), Box<dyn std::error::Error>> {
/// let form: Form = r#"{"class": "NumpyArray", "primitive": "int64", "form_key": "node0"}"#.parse()?;
/// let array = gawky::from_buffers_async(&form, 3, &container).await?;
/// assert_eq!(array.to_string(), "<Array [1, 2, 3] type='3 * int64'>");
/// # Ok(())
/// # }
/// # futures_util::FutureExt::now_or_never(example(Constant)).unwrap().unwrap();
/// ```
///
/// # Errors
/// As for [`from_buffers`].
pub async fn from_buffers_async<L: Lengths, C: AsyncContainer + ?Sized>(
    form: &Form,
    lengths: L,
    container: &C,
) -> Result<L::Output, Error> {
    FromBuffers::new(form, lengths).read_async(container).await
}

/// [`from_buffers`] with options.
///
/// ```
/// use gawky::prelude::*;
/// # let numbers = Array::from(NumpyArray::from_vec((0..1000).collect::<Vec<i64>>()));
/// # let memory = MemoryContainer::new();
/// # let (form, length) = ToBuffers::new(&numbers).key_format("run7/{form_key}.{attribute}")?.write(&memory)?;
/// let rows = FromBuffers::new(&form, length)
///     .key_format("run7/{form_key}.{attribute}")?
///     .rows(100..103)
///     .read(&memory)?;
/// assert_eq!(rows.to_string(), "<Array [100, 101, 102] type='3 * int64'>");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct FromBuffers<'f, L> {
    form: &'f Form,
    lengths: L,
    keys: Option<KeyFormat>,
    partition_start: u64,
    options: ReadOptions,
    rows: Option<Range<u64>>,
    place: Place,
}

impl<'f, L: Lengths> FromBuffers<'f, L> {
    /// Reads arrays of `form`, whose nodes have form keys.
    #[must_use]
    pub fn new(form: &'f Form, lengths: L) -> Self {
        Self {
            form,
            lengths,
            keys: None,
            partition_start: 0,
            options: ReadOptions::default(),
            rows: None,
            place: Place::Host,
        }
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

    /// What to do about nodes that Awkward 2 does not allow where they are; kept unless set.
    #[must_use]
    pub fn rules(mut self, rules: CanonicalRules) -> Self {
        self.options.rules = rules;
        self
    }

    /// Where the array is to live; on the host unless set.
    ///
    /// Structure (offsets, index, tags, masks) is fetched into the host's memory, proved there, and sent up when the
    /// array is complete, in one upload for each partition. So is data where little is read. What is more than 16 MiB
    /// is fetched in pieces of about that size (also blobs of a container that does not know their sizes, 64 of them
    /// at a time, unless a request to it is expensive), and the data of each goes up, in one upload, before the next
    /// is fetched: a device that copies on its own does so meanwhile, and the host holds a piece or two of the data, not
    /// all of it. Big-endian data is put in order on the device where it computes, else before it is sent.
    ///
    /// A device copies best from memory that it knows: `Directory` and `LocalFile`, and what is read through them, read into
    /// such memory by their option `host_memory`, and it goes up from where it landed.
    ///
    /// [`read_async`](Self::read_async) sends data up on the thread that polls it, and blocks that while the device takes
    /// it: until it is gathered in pinned memory, mostly.
    #[must_use]
    pub fn place(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// Reads only these rows, and only the bytes that they need; of partitions, the rows of each that they
    /// touch, so that fewer and shorter partitions come back.
    #[must_use]
    pub fn rows(mut self, rows: Range<u64>) -> Self {
        self.rows = Some(rows);
        self
    }

    /// Trusts structure instead of proving it; sizes are still checked.
    ///
    /// # Safety
    /// The blobs must have been written by something that keeps the rules of their node classes; reading
    /// values of an array of which they do not hold may give wrong ones.
    #[must_use]
    pub unsafe fn trusting(mut self) -> Self {
        // SAFETY: the caller of this function has made the same promise.
        self.options = unsafe { self.options.trusting() };
        self
    }

    /// Reads.
    ///
    /// # Errors
    /// As for [`from_buffers`].
    pub fn read<C: Container + ?Sized>(&self, container: &C) -> Result<L::Output, Error> {
        let (arrays, _) = driver::read(self.begin(|key| container.known_size(key))?, container)?;
        self.finish(arrays)
    }

    /// Reads, and tells what that took.
    ///
    /// # Errors
    /// As for [`from_buffers`].
    pub fn read_with_report<C: Container + ?Sized>(
        &self,
        container: &C,
    ) -> Result<(L::Output, ReadReport), Error> {
        let (arrays, report) = driver::read(
            self.begin(|key| container.known_size(key))?.with_keys(),
            container,
        )?;
        Ok((self.finish(arrays)?, report))
    }

    /// Reads without blocking while bytes are fetched; sending them to a device blocks ([`place`](Self::place)).
    ///
    /// # Errors
    /// As for [`from_buffers`].
    pub async fn read_async<C: AsyncContainer + ?Sized>(
        &self,
        container: &C,
    ) -> Result<L::Output, Error> {
        let (arrays, _) =
            driver::read_async(self.begin(|key| container.known_size(key))?, container).await?;
        self.finish(arrays)
    }

    /// [`read_async`](Self::read_async), which tells what that took.
    ///
    /// # Errors
    /// As for [`from_buffers`].
    pub async fn read_async_with_report<C: AsyncContainer + ?Sized>(
        &self,
        container: &C,
    ) -> Result<(L::Output, ReadReport), Error> {
        let lockstep = self.begin(|key| container.known_size(key))?.with_keys();
        let (arrays, report) = driver::read_async(lockstep, container).await?;
        Ok((self.finish(arrays)?, report))
    }

    /// The readings of all partitions that are touched.
    fn begin(
        &self,
        known_size: impl Fn(&str) -> Option<u64>,
    ) -> Result<Lockstep<Reading<'f>>, Error> {
        let lengths = self.lengths.lengths();
        let readings: Result<Vec<_>, _> = if L::HAS_PARTITIONS {
            let partitions = self.partitions(&lengths)?;
            let reading = |part| partitions.reading(self.form, &part, &known_size);
            match &self.rows {
                None => partitions.all().map(reading).collect(),
                Some(rows) => partitions.touched(rows.clone())?.map(reading).collect(),
            }
        } else {
            // Which lengths and rows one array can have is the reading's to say.
            let part = Part {
                position: 0,
                length: lengths.first().copied().unwrap_or(0),
                rows: self.rows.clone(),
            };
            let reading = self.partitions(&[0])?.reading(self.form, &part, known_size);
            reading.map(|reading| vec![reading])
        };
        let upward = Upward::to(&self.place, &self.options);
        Ok(Lockstep::new(readings?).upward(upward))
    }

    fn partitions(&self, lengths: &[u64]) -> Result<Partitions, Error> {
        let numbers = Numbers::From(self.partition_start);
        Partitions::try_new(lengths, numbers, self.blob_names(), self.options.clone())
    }

    /// The same array, not read before it is needed; of it, the rows that are set.
    ///
    /// ```
    /// use gawky::prelude::*;
    /// # let numbers = Array::from(NumpyArray::from_vec((0..1000).collect::<Vec<i64>>()));
    /// # let memory = MemoryContainer::new();
    /// # let (form, length) = ToBuffers::new(&numbers).key_format("run7/{form_key}.{attribute}")?.write(&memory)?;
    /// let lazy = FromBuffers::new(&form, length)
    ///     .key_format("run7/{form_key}.{attribute}")?
    ///     .lazy(&memory)?;
    /// assert_eq!(lazy.rows(100..102)?.read()?.to_string(), "<Array [100, 101] type='2 * int64'>");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the lengths are too large together or share keys, or the rows are not within them.
    pub fn lazy<C>(&self, container: C) -> Result<LazyArray<C>, Error> {
        let partitions = self.partitions(&self.lengths.lengths())?;
        let lazy = LazyArray::over(Arc::new(self.form.clone()), partitions, container)
            .place(self.place.clone());
        match &self.rows {
            None => Ok(lazy),
            Some(rows) => lazy.within(rows.clone()),
        }
    }

    fn blob_names(&self) -> KeyFormat {
        match &self.keys {
            Some(keys) => keys.clone(),
            None if L::HAS_PARTITIONS => KeyFormat::partitioned(),
            None => KeyFormat::array(),
        }
    }

    /// What was read, in its place.
    fn finish(&self, mut arrays: Vec<Array>) -> Result<L::Output, Error> {
        if !self.place.is_host() {
            for array in &mut arrays {
                *array = array.to_place(&self.place)?;
            }
        }
        let none = match arrays.is_empty() {
            true => Some(self.no_rows()?),
            false => None,
        };
        Ok(self.lengths.wrap(arrays, none))
    }

    /// What reading no rows at all comes to, by the same rules; no bytes are needed for that.
    fn no_rows(&self) -> Result<Array, Error> {
        let keys = self.blob_names();
        let mut reading = Reading::rows(self.form, 0, 0..0, &keys, self.options.clone())?;
        match reading.step()? {
            Step::Done(array) => Ok(array),
            Step::Need(_) => Ok(Array::empty(self.form)?),
        }
    }
}

/// One length, in any of the integers that lengths come in.
///
/// Any integer gives the same, an [`Array`], so that a number as it stands in a program is one too.
pub trait OneLength: sealed::Sealed + Copy + fmt::Debug {
    #[doc(hidden)]
    fn rows(self) -> u64;
}

macro_rules! one_length {
    ($($integer:ty),*) => {$(
        impl sealed::Sealed for $integer {}
        impl OneLength for $integer {
            fn rows(self) -> u64 {
                // A length that no machine could count is refused by the reading itself.
                u64::try_from(self).unwrap_or(u64::MAX)
            }
        }
    )*};
}

one_length!(u64, usize, i64, u32, i32);

impl<T: OneLength> Lengths for T {
    type Output = Array;

    const HAS_PARTITIONS: bool = false;

    fn lengths(&self) -> Cow<'_, [u64]> {
        Cow::Owned(vec![self.rows()])
    }

    fn wrap(&self, mut arrays: Vec<Array>, none: Option<Array>) -> Array {
        arrays.pop().or(none).unwrap_or(Array::Empty(EmptyArray))
    }
}

macro_rules! many_lengths {
    ($([$($generics:tt)*] $lengths:ty),* $(,)?) => {$(
        impl<$($generics)*> sealed::Sealed for $lengths {}
        impl<$($generics)*> Lengths for $lengths {
            type Output = Partitioned;

            const HAS_PARTITIONS: bool = true;

            fn lengths(&self) -> Cow<'_, [u64]> {
                Cow::Borrowed(self.as_ref())
            }

            fn wrap(&self, arrays: Vec<Array>, none: Option<Array>) -> Partitioned {
                Partitioned::read_as(none.as_ref(), arrays)
            }
        }
    )*};
}

many_lengths!([] &[u64], [] Vec<u64>, [] &Vec<u64>, [const N: usize] [u64; N], [const N: usize] &[u64; N]);
