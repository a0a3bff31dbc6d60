//! [`ListArray`]: lists with a start and a stop each, in any order.

use std::ops::Range;
use std::sync::Arc;

use gawky_buffer::{Buffer, BufferError};
use gawky_form::{Attribute, Form, ListForm, NodeInfo, Parameters};

use super::{
    ChildRows, Fault, ListOffsetArray, Opening, Pieces, Slots, as_rows, first, put_back, second,
    together,
};
use crate::index::{IndexElement, IndexView, lists, reach};
use crate::take::Gather;
use crate::{Array, ArrayError, Index, Problem};

/// Lists with a start and a stop each; they may overlap, and lie in any order.
///
/// An empty list may begin anywhere, even beyond the content.
#[derive(Clone, Debug, PartialEq)]
pub struct ListArray {
    pub(crate) starts: Index,
    pub(crate) stops: Index,
    pub(crate) content: Arc<Array>,
    pub(crate) parameters: Parameters,
}

/// Starts and stops with `base` subtracted; those of empty lists become 0.
fn rebased(starts: &Index, stops: &Index, base: i64) -> Result<(Index, Index), BufferError> {
    fn shift<T: IndexElement>(own: &[T], other: &[T], base: i64) -> Buffer {
        own.iter()
            .zip(other)
            .map(|(own, other)| {
                if own == other {
                    T::default()
                } else {
                    T::from_i64(own.wide().wrapping_sub(base))
                }
            })
            .collect::<Vec<T>>()
            .into()
    }
    let (new_starts, new_stops) = match (starts.view()?, stops.view()?) {
        (IndexView::I32(a), IndexView::I32(b)) => (shift(a, b, base), shift(b, a, base)),
        (IndexView::U32(a), IndexView::U32(b)) => (shift(a, b, base), shift(b, a, base)),
        (IndexView::I64(a), IndexView::I64(b)) => (shift(a, b, base), shift(b, a, base)),
        _ => (starts.buffer().clone(), stops.buffer().clone()),
    };
    Ok((starts.with_buffer(new_starts), stops.with_buffer(new_stops)))
}

impl ListArray {
    /// As many lists as there are starts; further stops are ignored.
    ///
    /// # Errors
    /// [`Problem::BufferTooShort`] when there are fewer stops than starts, [`Problem::ListBounds`] when a
    /// list that is not empty begins below 0 or ends before it begins, [`Problem::ContentTooShort`] when
    /// one ends beyond the content, [`Problem::KindsDiffer`] when starts and stops are of two kinds, and
    /// [`BufferError::TwoPlaces`] when they, or the content, lie at two places.
    pub fn try_new(
        starts: Index,
        stops: Index,
        content: Array,
        parameters: Parameters,
    ) -> Result<Self, ArrayError> {
        let attempt = || -> Result<Index, Fault> {
            if stops.len() < starts.len() {
                return Err(Problem::BufferTooShort {
                    needed: as_rows(starts.len()),
                    have: as_rows(stops.len()),
                }
                .of(Attribute::Stops));
            }
            let stops = stops.slice(0..starts.len())?;
            let (_, highest) = reach::of_lists(&starts, &stops, true)
                .map_err(|problem| problem.of(Attribute::Stops))?;
            let needed = super::unsigned(highest)?;
            if needed > as_rows(content.len()) {
                return Err(Problem::ContentTooShort {
                    needed,
                    have: as_rows(content.len()),
                }
                .of(Attribute::Stops));
            }
            together(
                &[starts.buffer(), stops.buffer()],
                std::slice::from_ref(&content),
            )?;
            Ok(stops)
        };
        let stops = attempt().map_err(|fault| fault.at("ListArray"))?;
        Ok(Self {
            starts,
            stops,
            content: Arc::new(content),
            parameters,
        })
    }

    /// [`try_new`](Self::try_new) without the pass over the structure.
    ///
    /// # Safety
    /// Everything that `try_new` would refuse must be known not to be so: reading values of an array of which
    /// the rules do not hold may give wrong ones. Starts and stops must be equally long. With the feature `recheck`
    /// they are proved all the same.
    #[must_use]
    #[allow(
        clippy::expect_used,
        reason = "only where the feature that exists to find such mistakes is on"
    )]
    pub unsafe fn new_unchecked(
        starts: Index,
        stops: Index,
        content: Array,
        parameters: Parameters,
    ) -> Self {
        if cfg!(feature = "recheck") {
            return Self::try_new(starts, stops, content, parameters)
                .expect("the caller's promise");
        }
        Self {
            starts,
            stops,
            content: Arc::new(content),
            parameters,
        }
    }

    /// How many lists there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Where lists begin.
    #[must_use]
    pub fn starts(&self) -> &Index {
        &self.starts
    }

    /// Where lists end.
    #[must_use]
    pub fn stops(&self) -> &Index {
        &self.stops
    }

    /// What the lists hold.
    #[must_use]
    pub fn content(&self) -> &Array {
        &self.content
    }

    /// The metadata.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Where one list lies in the content; `None` past the end, or where the bytes are not on the host.
    #[must_use]
    pub fn bounds(&self, row: usize) -> Option<Range<usize>> {
        let (start, stop) = (self.starts.get(row)?, self.stops.get(row)?);
        if start == stop {
            return Some(0..0);
        }
        Some(usize::try_from(start).ok()?..usize::try_from(stop).ok()?)
    }

    /// The elements of the content from the first to the last that a list reaches.
    pub(crate) fn extent(&self) -> Result<Range<usize>, Problem> {
        super::extent(reach::of_lists(&self.starts, &self.stops, false)?)
    }

    /// The same lists, laid one after the other.
    pub(crate) fn end_to_end(&self) -> Result<ListOffsetArray, Problem> {
        let Some(offsets) = lists::end_to_end(&self.starts, &self.stops)? else {
            return self.laid_out();
        };
        let (offsets, content) = if lists::are_within(&offsets, self.content.len())? {
            (offsets, Arc::clone(&self.content))
        } else {
            // Each list begins where the one before ends, so if one lies outside, it is empty, and so are all.
            let nothing = self.content.slice_within(0..0)?;
            (lists::all_empty(&offsets)?, Arc::new(nothing))
        };
        Ok(ListOffsetArray {
            offsets,
            content,
            parameters: self.parameters.clone(),
        })
    }

    /// The same lists, with what they hold gathered in their order.
    fn laid_out(&self) -> Result<ListOffsetArray, Problem> {
        let (starts, stops) = (self.starts.widened()?, self.stops.widened()?);
        let (offsets, length) = lists::laid_out(&starts, &stops)?;
        let content = match self.content.blank_rows_packed(length)? {
            Some(blank) => blank,
            None => {
                let rows = lists::rows(&starts, &stops, &offsets, length)?;
                self.content.carry(&rows, Gather::Later)?
            }
        };
        Ok(ListOffsetArray {
            offsets,
            content: Arc::new(content),
            parameters: self.parameters.clone(),
        })
    }

    pub(crate) fn pieces(&self) -> Pieces {
        Pieces::from_iter([self.starts.buffer().clone(), self.stops.buffer().clone()])
    }

    pub(crate) fn form(&self, content: Arc<Form>, info: NodeInfo) -> Form {
        ListForm {
            starts: self.starts.kind(),
            content,
            info,
        }
        .into()
    }

    pub(crate) fn slice(&self, rows: Range<usize>) -> Result<Self, Problem> {
        Ok(Self {
            starts: self.starts.slice(rows.clone())?,
            stops: self.stops.slice(rows)?,
            content: Arc::clone(&self.content),
            parameters: self.parameters.clone(),
        })
    }

    pub(crate) fn map_buffers<E>(
        &self,
        map: &mut dyn FnMut(&Buffer) -> Result<Buffer, E>,
    ) -> Result<Self, E> {
        let starts = self.starts.with_buffer(map(self.starts.buffer())?);
        let stops = self.stops.with_buffer(map(self.stops.buffer())?);
        Ok(Self {
            starts,
            stops,
            content: Arc::new(self.content.map_buffers(map)?),
            parameters: self.parameters.clone(),
        })
    }

    pub(crate) fn open(
        form: &ListForm,
        slots: Slots<'_>,
        opening: Opening,
    ) -> Result<ChildRows, Fault> {
        let starts = Index::try_new(first(slots), form.starts)?;
        let stops = Index::try_new(second(slots), form.starts)?;
        let (lowest, highest) = reach::of_lists(&starts, &stops, opening.prove)
            .map_err(|problem| problem.of(Attribute::Stops))?;
        let (rows, base) = opening
            .child(lowest, highest)
            .map_err(|problem| problem.of(Attribute::Stops))?;
        let (starts, stops) = if base == 0 && !opening.rebase {
            (starts, stops)
        } else {
            rebased(&starts, &stops, base)?
        };
        put_back(slots, [starts.into_buffer(), stops.into_buffer()]);
        Ok(ChildRows::Every(rows.into()))
    }

    pub(crate) fn assemble(
        form: &ListForm,
        slots: Slots<'_>,
        content: Array,
    ) -> Result<Self, Problem> {
        Ok(Self {
            starts: Index::try_new(first(slots), form.starts)?,
            stops: Index::try_new(second(slots), form.starts)?,
            content: Arc::new(content),
            parameters: form.info.parameters.clone(),
        })
    }
}
