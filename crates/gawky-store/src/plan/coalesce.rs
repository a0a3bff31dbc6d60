//! Merging fetches into requests.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::RandomState;
use gawky_buffer::{Fetch, Version};

use super::{Request, Requests, Source, asks};
use crate::{Coalescing, StoreError};

/// A request that is still growing, and the fetches that it serves.
struct Growing {
    range: Option<Range<u64>>,
    fetches: Vec<usize>,
}

pub(super) fn plan(
    fetches: &[Fetch],
    coalescing: Option<Coalescing>,
) -> Result<Requests, StoreError> {
    let mut asking = Vec::with_capacity(fetches.len());
    for (at, fetch) in fetches.iter().enumerate() {
        if asks(fetch)? {
            asking.push(at);
        }
    }
    let mut grown = match coalescing {
        None => asking
            .iter()
            .map(|&at| Growing {
                range: fetches.get(at).and_then(|fetch| fetch.range.clone()),
                fetches: vec![at],
            })
            .collect(),
        Some(limits) => merge(fetches, &asking, limits),
    };
    grown.sort_unstable_by_key(|growing| growing.fetches.iter().copied().min());
    Ok(requests(fetches, grown))
}

fn merge(fetches: &[Fetch], asking: &[usize], limits: Coalescing) -> Vec<Growing> {
    type Blob<'f> = (&'f str, Option<&'f Version>);
    let mut blobs: HashMap<Blob<'_>, Vec<usize>, RandomState> = HashMap::default();
    for &at in asking {
        if let Some(fetch) = fetches.get(at) {
            blobs
                .entry((fetch.key.as_str(), fetch.version.as_ref()))
                .or_default()
                .push(at);
        }
    }
    let range_of = |at: usize| fetches.get(at).and_then(|fetch| fetch.range.as_ref());
    let mut grown = Vec::with_capacity(blobs.len());
    for mut of_blob in blobs.into_values() {
        if of_blob.iter().any(|&at| range_of(at).is_none()) {
            grown.push(Growing {
                range: None,
                fetches: of_blob,
            });
            continue;
        }
        of_blob.sort_unstable_by_key(|&at| range_of(at).map(|range| (range.start, range.end)));
        let mut last: Option<Growing> = None;
        for at in of_blob {
            let Some(range) = range_of(at) else { continue };
            match &mut last {
                Some(growing) if joins(growing, range, limits) => {
                    if let Some(grown) = &mut growing.range {
                        grown.end = grown.end.max(range.end);
                    }
                    growing.fetches.push(at);
                }
                _ => grown.extend(last.replace(Growing {
                    range: Some(range.clone()),
                    fetches: vec![at],
                })),
            }
        }
        grown.extend(last);
    }
    grown
}

/// Whether `range`, which does not start before any that came earlier, may be part of the same request.
fn joins(growing: &Growing, range: &Range<u64>, limits: Coalescing) -> bool {
    let Some(merged) = &growing.range else {
        return true;
    };
    let end = merged.end.max(range.end);
    // What lies within it already costs nothing more.
    range.end <= merged.end
        || (range.start <= merged.end.saturating_add(limits.max_gap)
            && end - merged.start <= limits.max_bytes
            && growing.fetches.len() < limits.max_ranges)
}

fn requests(fetches: &[Fetch], grown: Vec<Growing>) -> Requests {
    let mut sources = vec![Source::Nothing; fetches.len()];
    let mut requests = Vec::with_capacity(grown.len());
    let mut wanted = Vec::with_capacity(grown.len());
    for (position, growing) in grown.into_iter().enumerate() {
        let mut bytes = 0_u64;
        let mut made = None;
        for &at in &growing.fetches {
            let (Some(fetch), Some(source)) = (fetches.get(at), sources.get_mut(at)) else {
                continue;
            };
            let request = made.get_or_insert_with(|| Request {
                key: fetch.key.clone(),
                range: growing.range.clone(),
                version: fetch.version.clone(),
            });
            *source = match &fetch.range {
                Some(range) if request.range.as_ref() != Some(range) => {
                    bytes = bytes.saturating_add(range.end - range.start);
                    Source::Part(position, range.clone())
                }
                _ => {
                    bytes = u64::MAX;
                    Source::Whole(position)
                }
            };
        }
        requests.extend(made);
        wanted.push(bytes);
    }
    Requests {
        requests,
        sources,
        wanted,
    }
}
