//! Merging fetches into requests.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::RandomState;
use gawky_buffer::{Fetch, Version};

use super::{Request, Requests, Source, asks};
use crate::{Coalescing, StoreError};

pub(super) fn plan(
    fetches: &[Fetch],
    coalescing: Option<Coalescing>,
) -> Result<Requests, StoreError> {
    let mut asking = Vec::with_capacity(fetches.len());
    for (at, fetch) in fetches.iter().enumerate() {
        if asks(fetch)? {
            asking.push((at, fetch));
        }
    }
    Ok(match coalescing {
        None => one_each(&asking, fetches.len()),
        Some(limits) => merged(&asking, fetches.len(), limits),
    })
}

fn one_each(asking: &[(usize, &Fetch)], fetches: usize) -> Requests {
    let mut sources = vec![Source::Nothing; fetches];
    let mut requests = Vec::with_capacity(asking.len());
    for (at, fetch) in asking {
        if let Some(source) = sources.get_mut(*at) {
            *source = Source::Whole(requests.len());
        }
        requests.push(Request {
            key: fetch.key.clone(),
            range: fetch.range.clone(),
            version: fetch.version.clone(),
            covered: fetch.range.as_ref().map_or(u64::MAX, len),
            is_split: false,
        });
    }
    Requests { requests, sources }
}

/// A request that is still growing.
struct Growing {
    range: Option<Range<u64>>,
    /// How many of its bytes are wanted.
    covered: u64,
    /// How many ranges it was made of, without those that lie within others.
    ranges: usize,
    /// Which of the sorted fetches it serves.
    serves: Range<usize>,
    /// The first fetch, in the order in which they were asked.
    first: usize,
}

/// A fetch, and which of the distinct blobs, numbered, it is of.
struct OfBlob<'f> {
    blob: usize,
    at: usize,
    fetch: &'f Fetch,
}

fn merged(asking: &[(usize, &Fetch)], fetches: usize, limits: Coalescing) -> Requests {
    let mut sorted = by_blob(asking);
    // A blob that is wanted whole comes before its ranges; what is equal stays in the order of the fetches, so that
    // a plan depends on nothing but them.
    sorted.sort_unstable_by_key(|of| {
        let range = of.fetch.range.as_ref();
        (of.blob, range.map(|range| (range.start, range.end)), of.at)
    });
    let mut grown: Vec<Growing> = Vec::new();
    let mut blob = None;
    for (position, of) in sorted.iter().enumerate() {
        let range = of.fetch.range.as_ref();
        match grown.last_mut().filter(|_| blob == Some(of.blob)) {
            Some(growing) if growing.takes(range, limits) => growing.take(range, of.at),
            _ => grown.push(Growing {
                range: range.cloned(),
                covered: range.map_or(u64::MAX, len),
                ranges: 1,
                serves: position..position + 1,
                first: of.at,
            }),
        }
        blob = Some(of.blob);
    }
    grown.sort_unstable_by_key(|growing| growing.first);
    requests(&sorted, grown, fetches)
}

fn by_blob<'f>(asking: &[(usize, &'f Fetch)]) -> Vec<OfBlob<'f>> {
    type Blob<'f> = (&'f str, Option<&'f Version>);
    let mut numbers: HashMap<Blob<'_>, usize, RandomState> = HashMap::default();
    let mut last: Option<(Blob<'_>, usize)> = None;
    let mut number = |of: Blob<'f>| {
        // The fetches of one blob mostly come in a row.
        if let Some((key, number)) = last
            && key == of
        {
            return number;
        }
        let next = numbers.len();
        let number = *numbers.entry(of).or_insert(next);
        last = Some((of, number));
        number
    };
    asking
        .iter()
        .map(|&(at, fetch)| OfBlob {
            blob: number((fetch.key.as_str(), fetch.version.as_ref())),
            at,
            fetch,
        })
        .collect()
}

impl Growing {
    /// Whether a fetch of the same blob, which does not start before any that came earlier, may be part of this.
    fn takes(&self, range: Option<&Range<u64>>, limits: Coalescing) -> bool {
        let (Some(own), Some(range)) = (&self.range, range) else {
            // The blob is read whole.
            return self.range.is_none();
        };
        // What lies within costs nothing more.
        range.end <= own.end
            || (range.start <= own.end.saturating_add(limits.max_gap)
                && range.end - own.start <= limits.max_bytes
                && self.ranges < limits.max_ranges)
    }

    fn take(&mut self, range: Option<&Range<u64>>, at: usize) {
        self.serves.end += 1;
        self.first = self.first.min(at);
        if let (Some(own), Some(range)) = (&mut self.range, range)
            && range.end > own.end
        {
            self.covered += range.end - range.start.max(own.end);
            self.ranges += 1;
            own.end = range.end;
        }
    }
}

fn requests(sorted: &[OfBlob<'_>], grown: Vec<Growing>, fetches: usize) -> Requests {
    let mut sources = vec![Source::Nothing; fetches];
    let mut requests = Vec::with_capacity(grown.len());
    for growing in grown {
        let served = sorted.get(growing.serves).unwrap_or_default();
        let Some(OfBlob { fetch: any, .. }) = served.first() else {
            continue;
        };
        let mut is_split = false;
        for of in served {
            let source = match &of.fetch.range {
                Some(range) if growing.range.as_ref() != Some(range) => {
                    is_split = true;
                    Source::Part(requests.len(), range.clone())
                }
                _ => Source::Whole(requests.len()),
            };
            if let Some(slot) = sources.get_mut(of.at) {
                *slot = source;
            }
        }
        requests.push(Request {
            key: any.key.clone(),
            range: growing.range,
            version: any.version.clone(),
            covered: growing.covered,
            is_split,
        });
    }
    Requests { requests, sources }
}

fn len(range: &Range<u64>) -> u64 {
    range.end.saturating_sub(range.start)
}
