//! One partition after the other, the next ones being read meanwhile.

use std::fmt;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use futures_util::{Stream, StreamExt, stream};
use gawky_array::Array;
use gawky_store::{AsyncContainer, Container};

use super::LazyArray;
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
        let parts: Vec<Self> = self.partitions().collect();
        Batches {
            left: parts.len(),
            source: Source::new(parts, count),
        }
    }
}

impl<C: AsyncContainer + Clone> LazyArray<C> {
    /// Reads one partition after the other without blocking, so many being under way at once.
    pub fn batches_async(
        &self,
        at_once: usize,
    ) -> impl Stream<Item = Result<Array, Error>> + use<'_, C> {
        stream::iter(self.partitions())
            .map(|part| async move { part.read_async().await })
            .buffered(at_once.max(1))
    }
}

/// The arrays of partitions, in order; see [`LazyArray::batches`].
///
/// After an error there are no more. Dropped, it stops reading after the partition that is being read.
pub struct Batches {
    /// How many have not been asked for.
    left: usize,
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
    fn new<C: Container + Clone + 'static>(parts: Vec<LazyArray<C>>, ahead: usize) -> Self {
        let Some(waiting) = ahead.checked_sub(1).filter(|_| parts.len() > 1) else {
            return Self::now(parts);
        };
        let (sender, receiver) = sync_channel(waiting);
        let for_thread = parts.clone();
        let reading = move || {
            for part in for_thread {
                let array = part.read();
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
            Err(_) => Self::now(parts),
        }
    }

    fn now<C: Container + 'static>(parts: Vec<LazyArray<C>>) -> Self {
        Self::Now(Box::new(parts.into_iter().map(|part| part.read())))
    }

    fn next(&mut self) -> Option<Result<Array, Error>> {
        match self {
            Self::Now(arrays) => arrays.next(),
            Self::Ahead { receiver, thread } => {
                let array = receiver.recv().ok();
                // Before the last one the thread can only have panicked, in a container: that must not look like
                // the end.
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

impl Iterator for Batches {
    type Item = Result<Array, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let array = self.source.next()?;
        if array.is_err() {
            self.left = 0;
        }
        Some(array)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

impl fmt::Debug for Batches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}
