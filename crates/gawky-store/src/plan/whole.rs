//! Ranges of blobs that can only be had whole.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use gawky_buffer::{DType, Fetch, Version};

use super::{Request, Requests, Source, asks};
use crate::StoreError;

/// Turns the ranges of some blobs into fetches of all of them, one for each state and dtype that is asked; other
/// fetches stay as they are. The requests are for what is fetched, in this order.
pub(crate) fn whole_blobs(
    fetches: &[Fetch],
    is_whole: impl Fn(&Fetch) -> Result<bool, StoreError>,
) -> Result<(Vec<Fetch>, Requests), StoreError> {
    type Blob<'f> = (&'f str, Option<&'f Version>, Option<DType>);
    let mut seen: HashMap<Blob<'_>, usize, RandomState> = HashMap::default();
    let mut below: Vec<Fetch> = Vec::with_capacity(fetches.len());
    let mut requests: Vec<Request> = Vec::with_capacity(fetches.len());
    let mut sources = Vec::with_capacity(fetches.len());
    let mut request = |fetch: Fetch| {
        requests.push(Request {
            key: fetch.key.clone(),
            range: fetch.range.clone(),
            version: fetch.version.clone(),
            covered: 0,
            is_split: false,
        });
        below.push(fetch);
        below.len() - 1
    };
    for fetch in fetches {
        if !asks(fetch)? {
            sources.push(Source::Nothing);
            continue;
        }
        if !is_whole(fetch)? {
            sources.push(Source::Whole(request(fetch.clone())));
            continue;
        }
        let blob = (fetch.key.as_str(), fetch.version.as_ref(), fetch.dtype);
        let at = *seen.entry(blob).or_insert_with(|| {
            let mut whole = fetch.clone();
            whole.range = None;
            request(whole)
        });
        sources.push(match &fetch.range {
            None => Source::Whole(at),
            Some(range) => Source::Part(at, range.clone()),
        });
    }
    count_covered(&mut requests, &sources);
    Ok((below, Requests { requests, sources }))
}

/// How much of each blob is wanted, where only ranges are; those that overlap count twice.
fn count_covered(requests: &mut [Request], sources: &[Source]) {
    for source in sources {
        let (at, bytes) = match source {
            Source::Nothing => continue,
            Source::Whole(at) => (*at, u64::MAX),
            Source::Part(at, part) => (*at, part.end - part.start),
        };
        if let Some(request) = requests.get_mut(at) {
            request.covered = request.covered.saturating_add(bytes);
        }
    }
}
