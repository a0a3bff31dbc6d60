//! One partition after the other, the next ones being read meanwhile.

use std::fmt;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use futures_util::{Stream, StreamExt, stream};
use gawky_array::Array;
use gawky_store::{AsyncContainer, Container};

use super::LazyArray;
use super::pieces::Pieces;
use crate::Error;

impl<C: Container + Clone + 'static> LazyArray<C> {
    /// Reads one partition after the other; while one is worked on, the next is being read.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use gawky::prelude::*;
    /// # let numbers = |from: i64, to: i64| Array::from(NumpyArray::from_vec((from..to).collect::<Vec<i64>>()));
    /// # let partitioned = Partitioned::try_new(vec![numbers(0, 3), numbers(3, 5)])?;
    /// let memory = Arc::new(MemoryContainer::new());
    /// let (form, lengths) = gawky::to_buffers(&partitioned, &memory)?;
    /// let lazy = LazyArray::new(&form, lengths, memory)?;
    /// for batch in lazy.batches() {
    ///     println!("{}", batch?);
    /// }
    /// # assert_eq!(lazy.batches().count(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn batches(&self) -> Batches {
        self.batches_ahead(1)
    }

    /// [`batches`](Self::batches), with so many partitions read ahead, by a thread of its own: beside the one that is
    /// worked on, so many and one more are in memory at most. With 0 nothing is read before it is asked for.
    #[must_use]
    pub fn batches_ahead(&self, count: usize) -> Batches {
        Batches::of(Pieces::new(self, None), count)
    }

    /// [`batches`](Self::batches) of about so many bytes at most: a partition that is larger is read by ranges of its rows. For
    /// streams that must not take more memory than that, about three times: one batch is worked on, one is
    /// ready, and one is being read. Where ranges are not [cheap](gawky_store::Profile::cheap_ranges), partitions are read whole, since
    /// each range would read as much.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use gawky::prelude::*;
    /// # let numbers = Array::from(NumpyArray::from_vec((0..1000).collect::<Vec<i64>>()));
    /// let memory = Arc::new(MemoryContainer::new());
    /// let (form, length) = gawky::to_buffers(&numbers, &memory)?;
    /// let lazy = LazyArray::new(&form, length, memory)?;
    /// let lengths: Result<Vec<usize>, Error> = lazy.batches_within(3000).map(|batch| Ok(batch?.len())).collect();
    /// assert_eq!(lengths?, [334, 334, 332]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn batches_within(&self, bytes: u64) -> Batches {
        Batches::of(Pieces::new(self, Some(bytes)), 1)
    }
}

impl<C: AsyncContainer + Clone> LazyArray<C> {
    /// Reads one partition after the other without blocking, so many being under way at once.
    ///
    /// # Errors
    /// Each item may be one, as of [`read_async`](Self::read_async).
    pub fn batches_async(
        &self,
        at_once: usize,
    ) -> impl Stream<Item = Result<Array, Error>> + use<'_, C> {
        stream::iter(self.partitions())
            .map(|part| async move { part.read_async().await })
            .buffered(at_once.max(1))
    }
}

/// The arrays of partitions, or of pieces of them, in order; see [`LazyArray::batches`] and [`LazyArray::batches_within`].
///
/// After an error there are no more. Dropped, it stops reading after the partition that is being read.
pub struct Batches {
    /// Whether all that there is has been answered, or something has failed.
    ended: bool,
    /// How many have not been asked for, where partitions are read whole.
    left: Option<usize>,
    source: Source,
}

enum Source {
    /// Read when they are asked for.
    Now(Box<dyn Iterator<Item = Result<Array, Error>> + Send>),
    /// Read by a thread, which ends when nobody listens any more.
    Ahead {
        receiver: Receiver<Result<Array, Error>>,
        thread: Option<JoinHandle<()>>,
    },
}

impl Source {
    fn new<C: Container + Clone + 'static>(pieces: Pieces<C>, ahead: usize) -> Self {
        let is_one = pieces.is_one();
        let Some(waiting) = ahead.checked_sub(1).filter(|_| !is_one) else {
            return Self::Now(Box::new(pieces));
        };
        let (sender, receiver) = sync_channel(waiting);
        let for_thread = pieces.clone();
        let reading = move || {
            for array in for_thread {
                let failed = array.is_err();
                if sender.send(array).is_err() || failed {
                    return;
                }
            }
        };
        match thread::Builder::new()
            .name("gawky-batches".to_owned())
            .spawn(reading)
        {
            Ok(thread) => Self::Ahead {
                receiver,
                thread: Some(thread),
            },
            // Without a thread it works as well, only slower.
            Err(_) => Self::Now(Box::new(pieces)),
        }
    }

    fn next(&mut self) -> Option<Result<Array, Error>> {
        match self {
            Self::Now(arrays) => arrays.next(),
            Self::Ahead { receiver, thread } => {
                let array = receiver.recv().ok();
                // A panic of the thread, in a container, must not look like the end.
                if array.is_none()
                    && let Some(Err(panic)) = thread.take().map(JoinHandle::join)
                {
                    resume_unwind(panic);
                }
                array
            }
        }
    }
}

impl Batches {
    fn of<C: Container + Clone + 'static>(pieces: Pieces<C>, ahead: usize) -> Self {
        Self {
            ended: false,
            left: pieces.len_exactly(),
            source: Source::new(pieces, ahead),
        }
    }
}

impl Iterator for Batches {
    type Item = Result<Array, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let array = self.source.next();
        self.ended = !matches!(array, Some(Ok(_)));
        self.left = self.left.map(|left| left.saturating_sub(1));
        array
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, if self.ended { Some(0) } else { self.left })
    }
}

impl fmt::Debug for Batches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}
