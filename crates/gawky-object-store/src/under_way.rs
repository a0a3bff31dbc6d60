//! Several requests under way at once.

use std::collections::BTreeSet;
use std::future::Future;
use std::panic::resume_unwind;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::future::{BoxFuture, Either, select};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use gawky_store::StoreError;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::room::{Room, Share};

/// Does `jobs`, each beginning with a request of so many bytes, as the room allows; their answers in order.
///
/// On a runtime of several threads each is a task of its own, so that all of them move bytes: copying and decrypting
/// keep one thread busy with one body. A single one, and any elsewhere, is done by who waits for it.
///
/// After a failure nothing more is started, and what comes before it is awaited: the first failure in order is
/// told. What is still under way then is dropped.
pub(crate) async fn all<T, F, J>(
    room: &Arc<Room>,
    jobs: Vec<(u64, F)>,
) -> Result<Vec<T>, StoreError>
where
    F: FnOnce(Share) -> J,
    J: Future<Output = Result<T, StoreError>> + Send + 'static,
    T: Send + 'static,
{
    let threads = Handle::try_current()
        .ok()
        .filter(|runtime| jobs.len() > 1 && runtime.metrics().num_workers() > 1);
    let mut done: Vec<Option<T>> = jobs.iter().map(|_| None).collect();
    let mut waiting = jobs.into_iter().enumerate().peekable();
    let mut running = FuturesUnordered::new();
    let mut under_way = BTreeSet::new();
    let mut failed: Option<(usize, StoreError)> = None;
    loop {
        if let Some((first, _)) = &failed
            && under_way.first().is_none_or(|at| at > first)
        {
            break;
        }
        let next = waiting.peek().map(|(_, (bytes, _))| *bytes);
        let event = match next.filter(|_| failed.is_none()) {
            None => Either::Right(running.next().await),
            Some(bytes) => {
                let start = pin!(room.start(bytes));
                if running.is_empty() {
                    Either::Left(start.await)
                } else {
                    match select(start, running.next()).await {
                        Either::Left((share, _)) => Either::Left(share),
                        Either::Right((ended, _)) => Either::Right(ended),
                    }
                }
            }
        };
        match event {
            Either::Left(share) => {
                let Some((at, (_, job))) = waiting.next() else {
                    continue;
                };
                let job = job(share);
                let job: BoxFuture<'static, _> = match &threads {
                    Some(runtime) => Task(runtime.spawn(job)).boxed(),
                    None => job.boxed(),
                };
                under_way.insert(at);
                running.push(job.map(move |answer| (at, answer)));
            }
            Either::Right(None) => break,
            Either::Right(Some((at, answer))) => {
                under_way.remove(&at);
                match answer {
                    Ok(answer) => {
                        if let Some(place) = done.get_mut(at) {
                            *place = Some(answer);
                        }
                    }
                    Err(error) => {
                        if failed.as_ref().is_none_or(|(first, _)| at < *first) {
                            failed = Some((at, error));
                        }
                    }
                }
            }
        }
    }
    match failed {
        Some((_, error)) => Err(error),
        None => Ok(done.into_iter().flatten().collect()),
    }
}

/// A task that ends when nobody waits for it any more. Its panic is the waiter's.
struct Task<T>(JoinHandle<Result<T, StoreError>>);

impl<T> Future for Task<T> {
    type Output = Result<T, StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match ready!(self.0.poll_unpin(context)) {
            Ok(answer) => answer,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(_) => Err(StoreError::backend("", "the runtime has ended")),
            },
        })
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
