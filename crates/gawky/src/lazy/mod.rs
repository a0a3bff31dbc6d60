//! [`LazyArray`]: an array that is read when it is needed, and no further than it is.

mod batches;
mod counts;
mod ends;
mod explain;
mod pieces;
mod read;
mod stored;
mod take;
mod validate;

use std::fmt;
use std::ops::{Bound, Range, RangeBounds};
use std::sync::Arc;

use gawky_array::{Array, ArrayError};
use gawky_buffer::Place;
use gawky_form::{ArrayType, Columns, Form, Type};

use crate::partitions::{Part, Partitions};
use crate::{Error, FromBuffers, Lengths};

pub use batches::Batches;
pub use ends::Ends;
pub use explain::{ExplainedBuffer, Explanation};
pub use stored::{StoredBuffer, StoredBytes};

/// An array in a container, of which nothing has been read yet: a form, the lengths of its partitions, where they lie,
/// and which fields and rows of it are wanted.
///
/// Looking around does no I/O: [`len`](Self::len), [`form`](Self::form), [`type_`](Self::type_),
/// [`field`](Self::field), [`select`](Self::select), [`rows`](Self::rows), [`partition`](Self::partition) and printing.
/// [`read`](Self::read) fetches what is wanted and makes an [`Array`] of it; [`explain`](Self::explain) tells
/// beforehand what that would be. A field that is not selected is absent from the form, so it cannot be touched by
/// accident.
///
/// It is what Awkward 1 called `from_buffers(…, lazy=True)`; its `lazy_cache` is a container that is
/// [`Cached`](gawky_store::cache::Cached), its `key_format` and `partition_start` are options of [`FromBuffers`], whose
/// [`lazy`](FromBuffers::lazy) makes one, too.
///
/// The container is kept by value: give a reference, an `Arc`, or a container that is cheap to clone, since every view
/// has its own. Once the last view is dropped, no bytes stay alive but those of arrays that were read, and what
/// a cache keeps.
///
/// ```
/// use gawky::prelude::*;
///
/// let pt = Array::from(NumpyArray::from_vec(vec![50.2_f32, 22.0, 7.5]));
/// let muons = Array::from(RecordArray::from_fields([("pt", pt.clone()), ("eta", pt)]));
/// let muons = ListOffsetArray::try_new(vec![0_i64, 2, 2, 3].into(), muons, Parameters::none())?;
/// let met = NumpyArray::from_vec(vec![33.1_f64, 12.9, 8.0]);
/// let events = Array::from(RecordArray::from_fields([("met", met.into()), ("muon", Array::from(muons))]));
/// let memory = MemoryContainer::new();
/// let (form, length) = gawky::to_buffers(&events, &memory)?;
///
/// let lazy = LazyArray::new(&form, length, &memory)?;
/// assert_eq!(lazy.to_string(), "<LazyArray type='3 * {met: float64, muon: var * {pt: float32, eta: float32}}'>");
/// let pt = lazy.field("muon.pt")?;
/// assert_eq!(pt.type_().to_string(), "var * float32");
/// assert_eq!(pt.rows(1..)?.read()?.value()?.to_string(), "[[], [7.5]]");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct LazyArray<C> {
    container: C,
    partitions: Arc<Partitions>,
    /// What is read: with only the selected columns.
    selected: Arc<Form>,
    /// The names that lead from there to what is shown.
    field: Arc<[String]>,
    /// What is shown.
    form: Arc<Form>,
    rows: Range<u64>,
    place: Place,
}

impl<C> LazyArray<C> {
    /// An array of `form`, of one length or one for each partition, whose blobs are called as
    /// [`to_buffers`](crate::to_buffers) calls them.
    ///
    /// # Errors
    /// When the lengths are too large together.
    pub fn new<L: Lengths>(form: &Form, lengths: L, container: C) -> Result<Self, Error> {
        FromBuffers::new(form, lengths).lazy(container)
    }

    /// All rows and columns of these partitions.
    pub(crate) fn over(form: Arc<Form>, partitions: Partitions, container: C) -> Self {
        Self {
            container,
            rows: 0..partitions.rows(),
            partitions: Arc::new(partitions),
            selected: Arc::clone(&form),
            form,
            field: Arc::from([]),
            place: Place::Host,
        }
    }

    /// The rows of the partition at `position` of all that there are, with and without rows.
    pub(crate) fn rows_of_partition(&self, position: usize) -> Option<Range<u64>> {
        self.partitions.rows_of(position)
    }

    /// The same, read to a place; to the host unless set.
    ///
    /// What lies in one partition goes up as [`FromBuffers::place`](crate::FromBuffers::place) says; what is joined of several, when
    /// all of it has been read.
    #[must_use]
    pub fn place(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// The same in another container, which has the same blobs: one that is asked in another way, or of another type.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use gawky::prelude::*;
    /// # let form = Form::from_type(&"int64".parse()?)?.with_form_keys(&FormKeyFormat::default(), 0)?;
    /// let lazy = LazyArray::new(&form, 0, MemoryContainer::new())?;
    /// let lazy: LazyArray<Arc<dyn Container>> = lazy.map_container(|memory| Arc::new(memory) as Arc<dyn Container>);
    /// assert!(lazy.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn map_container<D>(self, other: impl FnOnce(C) -> D) -> LazyArray<D> {
        LazyArray {
            container: other(self.container),
            partitions: self.partitions,
            selected: self.selected,
            field: self.field,
            form: self.form,
            rows: self.rows,
            place: self.place,
        }
    }

    /// The container.
    #[must_use]
    pub fn container(&self) -> &C {
        &self.container
    }

    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.rows.end - self.rows.start
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The form of what is read: with form keys, but where a [`field`](Self::field) was taken, since taking it may
    /// change the layout around it.
    #[must_use]
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// The type of its rows.
    #[must_use]
    pub fn type_(&self) -> Type {
        self.form.type_()
    }

    /// The type of the whole: its length and the type of its rows.
    #[must_use]
    pub fn array_type(&self) -> ArrayType {
        ArrayType {
            length: self.len(),
            content: self.type_(),
        }
    }

    /// How many partitions its rows lie in; those that have no rows are not counted.
    #[must_use]
    pub fn num_partitions(&self) -> usize {
        self.parts().map_or(0, |parts| parts.len())
    }

    /// The names of the fields of the outermost records.
    #[must_use]
    pub fn field_names(&self) -> Vec<String> {
        let mut form = &*self.form;
        loop {
            match form {
                Form::Record(record) => {
                    let count = record.contents().len();
                    return match record.fields() {
                        Some(fields) => fields.iter().map(ToString::to_string).collect(),
                        None => (0..count).map(|slot| slot.to_string()).collect(),
                    };
                }
                _ => match form.children().first() {
                    Some(child) => form = child,
                    None => return Vec::new(),
                },
            }
        }
    }

    /// These rows of this one, which must all be there.
    pub(crate) fn within(mut self, rows: Range<u64>) -> Result<Self, Error> {
        if rows.start > rows.end || rows.end > self.len() {
            return Err(ArrayError::OutOfRange {
                start: rows.start,
                end: rows.end,
                length: self.len(),
            }
            .into());
        }
        self.rows = self.rows.start + rows.start..self.rows.start + rows.end;
        Ok(self)
    }

    /// The partitions that its rows lie in; of those that are wanted whole, no rows are named.
    fn parts(&self) -> Result<Vec<Part>, ArrayError> {
        let touched = self.partitions.touched(self.rows.clone())?;
        Ok(touched
            .filter(|part| part.rows.as_ref().is_none_or(|rows| !rows.is_empty()))
            .map(|mut part| {
                if part.rows == Some(0..part.length) {
                    part.rows = None;
                }
                part
            })
            .collect())
    }
}

impl<C> LazyArray<C> {
    /// The names that lead from what is read to the field at `path` of what is shown.
    fn names_to(&self, path: &str) -> Result<Vec<String>, Error> {
        let mut names = self.field.to_vec();
        names.extend(self.form.field_path(path)?);
        Ok(names)
    }
}

impl<C: Clone> LazyArray<C> {
    /// One field of the records in it, through whatever lists, options and unions they are nested in; a dotted path goes
    /// on into the records of that field. As [`Array::field`], but nothing is read.
    ///
    /// # Errors
    /// [`FormError::NoColumn`](gawky_form::FormError::NoColumn), listing those that are there.
    pub fn field(&self, path: &str) -> Result<Self, Error> {
        let (form, field) = self.selected.select_field(&self.names_to(path)?)?;
        self.showing(form, field)
    }

    /// The same with only these columns, by the patterns of [`Form::select`].
    ///
    /// ```
    /// # use gawky::prelude::*;
    /// # let form = Form::from_type(&"{met: float32, muon: var * {pt: float32, eta: float32, charge: int8}}".parse()?)?
    /// #     .with_form_keys(&FormKeyFormat::default(), 0)?;
    /// # let memory = MemoryContainer::new();
    /// let lazy = LazyArray::new(&form, 1_000_000, &memory)?;
    /// let few = lazy.select(["met", "muon.{pt,c*}"])?;
    /// assert_eq!(few.type_().to_string(), "{met: float32, muon: var * {pt: float32, charge: int8}}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Form::select`].
    pub fn select(&self, columns: impl Columns) -> Result<Self, Error> {
        let form = self.selected.select_below(&self.field, columns)?;
        self.showing(form, self.field.to_vec())
    }

    fn showing(&self, selected: Form, field: Vec<String>) -> Result<Self, Error> {
        let selected = Arc::new(selected);
        let form = match field.is_empty() {
            true => Arc::clone(&selected),
            false => Arc::new(projected(Array::empty(&selected)?, &field)?.form()),
        };
        Ok(Self {
            selected,
            field: field.into(),
            form,
            ..self.clone()
        })
    }

    /// These rows of it: `10..20`, `10..`, `..`.
    ///
    /// # Errors
    /// [`ArrayError::OutOfRange`] when they are not all there.
    pub fn rows(&self, rows: impl RangeBounds<u64>) -> Result<Self, Error> {
        let start = match rows.start_bound() {
            Bound::Unbounded => 0,
            Bound::Included(start) => *start,
            Bound::Excluded(before) => before.saturating_add(1),
        };
        let end = match rows.end_bound() {
            Bound::Unbounded => self.len(),
            Bound::Included(last) => last.saturating_add(1),
            Bound::Excluded(end) => *end,
        };
        self.clone().within(start..end)
    }

    /// What of it lies in the partition at `position` among those that it lies in; `None` past the last.
    #[must_use]
    pub fn partition(&self, position: usize) -> Option<Self> {
        self.partitions().nth(position)
    }

    /// What of it lies in each of the partitions that it lies in, in order.
    pub fn partitions(&self) -> impl ExactSizeIterator<Item = Self> + use<'_, C> {
        // The rows are within those of the partitions, as everything that sets them has checked.
        let parts = self.parts().unwrap_or_default();
        parts.into_iter().map(|part| {
            let all = self.partitions.rows_of(part.position).unwrap_or(0..0);
            let own = part.rows.unwrap_or(0..part.length);
            Self {
                rows: all.start + own.start..all.start + own.end,
                ..self.clone()
            }
        })
    }
}

/// What a path of names leads to in an array.
fn projected(mut array: Array, field: &[String]) -> Result<Array, ArrayError> {
    for name in field {
        array = array.field(name)?;
    }
    Ok(array)
}

impl<C> fmt::Display for LazyArray<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<LazyArray type='{}'>", self.array_type())
    }
}

/// Without the container, which may be large to print.
impl<C> fmt::Debug for LazyArray<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LazyArray")
            .field("type", &format_args!("{}", self.array_type()))
            .field("rows", &self.rows)
            .field("partitions", &self.partitions.count())
            .finish_non_exhaustive()
    }
}
