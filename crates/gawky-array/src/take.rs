//! Taking rows by number, with the same layouts as Awkward's `_carry`.

use std::sync::Arc;

use gawky_buffer::{BufferError, Place};

use crate::index::rows::{Rows, gather_bytes, gather_index};
use crate::index::{masks, picks, reach};
use crate::node::{
    ByteMaskedArray, IndexedArray, IndexedOptionArray, ListArray, ListOffsetArray, NumpyArray,
    RecordArray, RegularArray, UnionArray, UnmaskedArray, as_rows,
};
use crate::simplify;
use crate::{Array, ArrayError, Index, Problem};

/// Whether records are gathered now, or their rows noted in an index over all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gather {
    Now,
    /// What Awkward calls a lazy carry: it shows in the layout of options of records.
    Later,
}

impl Array {
    /// The rows `rows`, in that order; a row may be taken more than once.
    ///
    /// Of an array on a device they are taken there: their numbers are sent up once, in one buffer.
    /// [`take_index`](Self::take_index) takes those that are there already.
    ///
    /// ```
    /// use gawky_array::{Array, NumpyArray};
    /// let array = Array::from(NumpyArray::from_vec(vec![10_i64, 20, 30]));
    /// assert_eq!(array.take(&[2, 0, 2])?.to_string(), "<Array [30, 10, 30] type='3 * int64'>");
    /// let error = array.take(&[0, 3]).unwrap_err();
    /// assert!(error.to_string().contains("index 3 at 1 is not within"), "{error}");
    /// # Ok::<(), gawky_array::ArrayError>(())
    /// ```
    ///
    /// # Errors
    /// [`Problem::IndexOutOfRange`] for the first that is past the end;
    /// [`BufferError::NotOnHost`] where the array is on a device that computes nothing by itself.
    pub fn take(&self, rows: &[usize]) -> Result<Self, ArrayError> {
        let attempt = || {
            if let Some(at) = rows.iter().position(|row| *row >= self.len()) {
                let index = rows.get(at).and_then(|row| i64::try_from(*row).ok());
                return Err(self.no_such_row(at, index.unwrap_or(i64::MAX)));
            }
            let rows = Rows::from(rows);
            match self.first_place() {
                Some(place) if !place.is_host() => {
                    self.carry(&sent_up(&rows.as_index()?, &place)?, Gather::Now)
                }
                _ => self.carry(&rows, Gather::Now),
            }
        };
        attempt().map_err(|problem| ArrayError::of_node(self.class(), None, problem))
    }

    /// The rows that an index of any kind names, in its order.
    ///
    /// Where both are on one device, nothing travels but the answer to whether all rows are there. Of an array on a device,
    /// an index on the host is sent up once, as [`take`](Self::take) does. No index is fetched from a device, as there
    /// may be many rows: bring it here by [`Index::to_place`].
    ///
    /// ```
    /// use gawky_array::{Array, Index, NumpyArray};
    /// let array = Array::from(NumpyArray::from_vec(vec![10_i64, 20, 30]));
    /// let rows = Index::from(vec![2_u32, 0, 2]);
    /// assert_eq!(array.take_index(&rows)?.to_string(), "<Array [30, 10, 30] type='3 * int64'>");
    /// let error = array.take_index(&Index::from(vec![0_i64, -1])).unwrap_err();
    /// assert!(error.to_string().contains("index -1 at 1 is not within"), "{error}");
    /// # Ok::<(), gawky_array::ArrayError>(())
    /// ```
    ///
    /// # Errors
    /// [`Problem::IndexOutOfRange`] for the first number that names no row, negative ones included;
    /// [`BufferError::TwoPlaces`] when the index is on a device and the array is elsewhere; [`BufferError::NotOnHost`] where
    /// the array is on a device that computes nothing by itself.
    pub fn take_index(&self, rows: &Index) -> Result<Self, ArrayError> {
        let attempt = || {
            let from = rows.buffer().place();
            // An array of no bytes at all is nowhere, and so anywhere.
            let to = self.first_place().unwrap_or_else(|| from.clone());
            if from != to && !from.is_host() {
                return Err(Problem::from(BufferError::TwoPlaces {
                    place: to.to_string(),
                    other: from.to_string(),
                }));
            }
            if let Some((at, index)) = reach::first_outside(rows, 0, self.len())? {
                return Err(self.no_such_row(at, index));
            }
            let rows = if from == to {
                Rows::of_index(rows)?
            } else {
                sent_up(rows, &to)?
            };
            self.carry(&rows, Gather::Now)
        };
        attempt().map_err(|problem| ArrayError::of_node(self.class(), None, problem))
    }

    fn no_such_row(&self, at: usize, index: i64) -> Problem {
        Problem::IndexOutOfRange {
            at: as_rows(at),
            index,
            length: as_rows(self.len()),
        }
    }

    /// The rows `rows`, which the caller knows to be within the array.
    ///
    /// Each class has a function of its own: in one, an unoptimized build would give every level of nesting the
    /// stack of all of them.
    pub(crate) fn carry(&self, rows: &Rows<'_>, gather: Gather) -> Result<Self, Problem> {
        match self {
            Self::Empty(_) => Ok(self.clone()),
            Self::Numpy(array) => numpy(array, rows),
            Self::Regular(array) => regular(array, rows, gather),
            Self::List(array) => list(array, rows),
            Self::ListOffset(array) => list_offset(array, rows),
            Self::Record(array) => record(array, rows, gather),
            Self::Indexed(array) => indexed(array, rows),
            Self::IndexedOption(array) => indexed_option(array, rows),
            Self::ByteMasked(array) => byte_masked(array, rows, gather),
            Self::BitMasked(array) => byte_masked(&array.masked_by_bytes()?, rows, gather),
            Self::Unmasked(array) => unmasked(array, rows, gather),
            Self::Union(array) => union(array, rows),
        }
    }

    /// `length` rows of an array in which no row holds anything, so that all are alike; `None` for others.
    ///
    /// Such rows cost nothing, however many a list over them claims; gathering them would cost an index.
    pub(crate) fn blank_rows(&self, length: usize) -> Option<Self> {
        match self {
            Self::Numpy(array) if array.row_bytes() == 0 => Some(Self::Numpy(
                // Where the array's other bytes are.
                array.with_rows(array.data().slice(0..0).unwrap_or_default(), length),
            )),
            Self::Regular(array) if array.size == 0 => Some(
                RegularArray {
                    length,
                    ..array.clone()
                }
                .into(),
            ),
            Self::Regular(array) => {
                let elements = length.checked_mul(array.size)?;
                Some(
                    RegularArray {
                        content: Arc::new(array.content.blank_rows(elements)?),
                        length,
                        ..array.clone()
                    }
                    .into(),
                )
            }
            Self::Record(array) => {
                let contents: Option<Vec<Self>> = array
                    .contents
                    .iter()
                    .map(|content| content.blank_rows(length))
                    .collect();
                Some(array.with_contents(contents?, length).into())
            }
            Self::Unmasked(array) => Some(Self::from(UnmaskedArray::new(
                array.content.blank_rows(length)?,
                array.parameters.clone(),
            ))),
            _ => None,
        }
    }

    /// [`blank_rows`](Self::blank_rows), as they look once they have been gathered later and packed.
    pub(crate) fn blank_rows_packed(&self, length: usize) -> Result<Option<Self>, Problem> {
        Ok(match self {
            Self::Numpy(_) => self.blank_rows(length),
            Self::Regular(array) if array.size == 0 => Some(
                RegularArray {
                    content: Arc::new(
                        array
                            .content
                            .carry(&none_of(&array.content)?, Gather::Later)?,
                    ),
                    length,
                    ..array.clone()
                }
                .into(),
            ),
            Self::Regular(array) => {
                let Some(elements) = length.checked_mul(array.size) else {
                    return Ok(None);
                };
                let content = array.content.blank_rows_packed(elements)?;
                content.map(|content| {
                    RegularArray {
                        content: Arc::new(content),
                        length,
                        ..array.clone()
                    }
                    .into()
                })
            }
            // Gathered later, a record is under an index; taking that away unites the parameters of both.
            Self::Record(array) => self.blank_rows(length).map(|blank| {
                blank.with_parameters(array.parameters.union(&gawky_form::Parameters::none()))
            }),
            _ => None,
        })
    }
}

/// Rows that are on the host, on a device that computes: where it does not, nothing is sent.
fn sent_up(rows: &Index, place: &Place) -> Result<Rows<'static>, Problem> {
    place.kernels()?;
    Rows::of_index(&rows.to_place(place)?)
}

/// No rows of a content, wherever it is.
fn none_of(content: &Array) -> Result<Rows<'static>, Problem> {
    Rows::of_index(&picks::counting(
        0,
        &content.first_place().unwrap_or_default(),
    )?)
}

fn numpy(array: &NumpyArray, rows: &Rows<'_>) -> Result<Array, Problem> {
    let data = gather_bytes(array.data(), array.row_bytes(), rows)?;
    Ok(array.with_rows(data, rows.len()).into())
}

fn list(array: &ListArray, rows: &Rows<'_>) -> Result<Array, Problem> {
    Ok(ListArray {
        starts: gather_index(&array.starts, rows)?,
        stops: gather_index(&array.stops, rows)?,
        content: Arc::clone(&array.content),
        parameters: array.parameters.clone(),
    }
    .into())
}

fn indexed(array: &IndexedArray, rows: &Rows<'_>) -> Result<Array, Problem> {
    Ok(IndexedArray {
        index: gather_index(&array.index, rows)?,
        content: Arc::clone(&array.content),
        parameters: array.parameters.clone(),
    }
    .into())
}

fn indexed_option(array: &IndexedOptionArray, rows: &Rows<'_>) -> Result<Array, Problem> {
    Ok(IndexedOptionArray {
        index: gather_index(&array.index, rows)?,
        content: Arc::clone(&array.content),
        parameters: array.parameters.clone(),
    }
    .into())
}

fn byte_masked(array: &ByteMaskedArray, rows: &Rows<'_>, gather: Gather) -> Result<Array, Problem> {
    let mask = gather_bytes(&array.mask, 1, rows)?;
    let content = array.content.carry(rows, gather)?;
    if simplify::is_wrapping(&array.content) {
        // What was not allowed before stays, as the type has it.
        return Ok(ByteMaskedArray {
            mask,
            content: Arc::new(content),
            valid_when: array.valid_when,
            parameters: array.parameters.clone(),
        }
        .into());
    }
    simplify::byte_masked(mask, content, array.valid_when, &array.parameters)
}

fn unmasked(array: &UnmaskedArray, rows: &Rows<'_>, gather: Gather) -> Result<Array, Problem> {
    let content = array.content.carry(rows, gather)?;
    if simplify::is_wrapping(&array.content) {
        return Ok(UnmaskedArray::new(content, array.parameters.clone()).into());
    }
    simplify::unmasked(content, &array.parameters)
}

fn union(array: &UnionArray, rows: &Rows<'_>) -> Result<Array, Problem> {
    Ok(UnionArray {
        tags: gather_bytes(&array.tags, 1, rows)?,
        index: gather_index(&array.index, rows)?,
        contents: array.contents.clone(),
        parameters: array.parameters.clone(),
    }
    .into())
}

fn regular(array: &RegularArray, rows: &Rows<'_>, gather: Gather) -> Result<Array, Problem> {
    let total = rows.len().saturating_mul(array.size);
    let blank = match gather {
        Gather::Now => array.content.blank_rows(total),
        Gather::Later => array.content.blank_rows_packed(total)?,
    };
    let content = match blank {
        Some(blank) => blank,
        None => {
            let elements = rows.of_elements(array.size, total)?;
            array.content.carry(&elements, gather)?
        }
    };
    Ok(RegularArray {
        content: Arc::new(content),
        size: array.size,
        length: rows.len(),
        parameters: array.parameters.clone(),
    }
    .into())
}

fn list_offset(array: &ListOffsetArray, rows: &Rows<'_>) -> Result<Array, Problem> {
    let length = array.len();
    Ok(ListArray {
        starts: gather_index(&array.offsets.slice(0..length)?, rows)?,
        stops: gather_index(&array.offsets.slice(1..length + 1)?, rows)?,
        content: Arc::clone(&array.content),
        parameters: array.parameters.clone(),
    }
    .into())
}

fn record(array: &RecordArray, rows: &Rows<'_>, gather: Gather) -> Result<Array, Problem> {
    let all = Array::Record(array.clone());
    if gather == Gather::Later {
        return Ok(IndexedArray {
            index: rows.as_index()?,
            content: Arc::new(all),
            parameters: gawky_form::Parameters::none(),
        }
        .into());
    }
    let contents = array
        .contents
        .iter()
        .map(|content| content.carry(rows, Gather::Now))
        .collect::<Result<_, _>>()?;
    Ok(array.with_contents(contents, rows.len()).into())
}

impl Array {
    /// An option of any class as an [`IndexedOptionArray`] of `i64`; `None` for what is no option.
    ///
    /// ```
    /// use gawky_array::{Array, ByteMaskedArray, NumpyArray};
    /// use gawky_form::Parameters;
    /// let content = NumpyArray::from_vec(vec![1.5, 2.5, 3.5]).into();
    /// let masked = ByteMaskedArray::try_new(vec![1_u8, 0, 1].into(), content, true, Parameters::none())?;
    /// let option = Array::from(masked).to_indexed_option()?.unwrap();
    /// assert_eq!(option.index().to_i64()?, [0, -1, 2]);
    /// # Ok::<(), gawky_array::ArrayError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`] where what is missing is told on a device that computes nothing by
    /// itself.
    pub fn to_indexed_option(&self) -> Result<Option<IndexedOptionArray>, ArrayError> {
        self.indexed_option()
            .map_err(|problem| ArrayError::of_node(self.class(), None, problem))
    }

    pub(crate) fn indexed_option(&self) -> Result<Option<IndexedOptionArray>, Problem> {
        let (index, content, parameters) = match self {
            Self::IndexedOption(array) => {
                (array.index.widened()?, &array.content, &array.parameters)
            }
            Self::ByteMasked(array) => (
                masks::index_of_bytes(&array.mask, array.valid_when)?,
                &array.content,
                &array.parameters,
            ),
            Self::BitMasked(array) => (
                masks::index_of_bits(&array.mask, array.bits_of_mask(), array.valid_when)?,
                &array.content,
                &array.parameters,
            ),
            Self::Unmasked(array) => (
                picks::counting(
                    array.content.len(),
                    &array.content.first_place().unwrap_or_default(),
                )?,
                &array.content,
                &array.parameters,
            ),
            _ => return Ok(None),
        };
        Ok(Some(IndexedOptionArray {
            index,
            content: Arc::clone(content),
            parameters: parameters.clone(),
        }))
    }
}
