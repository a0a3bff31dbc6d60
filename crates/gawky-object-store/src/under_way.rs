//! Several requests under way at once.

use std::collections::BTreeSet;
use std::future::Future;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use gawky_store::StoreError;
use gawky_store::plan::Window;

/// Runs `jobs`, each with the bytes that it counts for, as the window has room; their answers in order.
///
/// After a failure nothing more is started, and what comes before it is awaited: the first failure in order is
/// told. What is still under way then is dropped.
pub(crate) async fn all<T, J>(
    mut window: Window,
    jobs: impl IntoIterator<Item = (u64, J)>,
) -> Result<Vec<T>, StoreError>
where
    J: Future<Output = Result<T, StoreError>>,
{
    let mut waiting = jobs.into_iter().enumerate().peekable();
    let mut running = FuturesUnordered::new();
    let mut under_way = BTreeSet::new();
    let mut done = Vec::new();
    let mut failed: Option<(usize, StoreError)> = None;
    loop {
        while failed.is_none()
            && let Some((at, (bytes, job))) =
                waiting.next_if(|(_, (bytes, _))| window.start(*bytes))
        {
            under_way.insert(at);
            done.push(None);
            running.push(async move { (at, bytes, job.await) });
        }
        if let Some((first, _)) = &failed
            && under_way.first().is_none_or(|at| at > first)
        {
            break;
        }
        let Some((at, bytes, answer)) = running.next().await else {
            break;
        };
        window.finish(bytes);
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
    match failed {
        Some((_, error)) => Err(error),
        None => Ok(done.into_iter().flatten().collect()),
    }
}
