//! Any fetches of any blobs, merged in any way.

use std::ops::Range;

use gawky_buffer::{DType, Fetch, Version};
use proptest::prelude::*;

use super::super::{Requests, Source};
use super::{Blobs, blob, bytes, fetch, planned};
use crate::{Coalescing, Container, StoreError};

fn coalescings() -> impl Strategy<Value = Option<Coalescing>> {
    let limits = (
        prop_oneof![Just(0_u64), 0..40_u64, Just(u64::MAX)],
        prop_oneof![0..200_u64, Just(u64::MAX)],
        prop_oneof![0..6_usize, Just(usize::MAX)],
    );
    prop_oneof![
        1 => Just(None),
        6 => limits.prop_map(|(gap, bytes, ranges)| Some(Coalescing::new(gap, bytes, ranges))),
    ]
}

prop_compose! {
    /// Fetches of a few keys, one of which there is no blob of; a few reach past the end.
    fn fetches(past: u64)(list in prop::collection::vec(
        ("[a-d]", 0..150_u64, 0..40_u64, any::<bool>(), 0..12_u8, 0..4_u8), 0..40,
    )) -> Vec<Fetch> {
        list.into_iter()
            .map(|(key, start, len, typed, kind, version)| {
                let end = (start + len).min(150 + past);
                let asked = (kind > 0).then(|| start.min(end)..end);
                let mut fetch = Fetch::raw(key, asked);
                fetch.dtype = typed.then_some(DType::UInt8);
                fetch.at_version((version == 0).then(|| Version::new("v")))
            })
            .collect()
    }
}

fn three_blobs() -> Blobs {
    ["a", "b", "c"]
        .into_iter()
        .zip(0..)
        .map(|(key, seed)| (key.to_owned(), blob(150, seed)))
        .collect()
}

proptest! {
    #[test]
    fn answers_are_those_of_one_at_a_time(fetches in fetches(0), coalescing in coalescings()) {
        let blobs = three_blobs();
        let (answers, report) = fetch(&blobs, &fetches, coalescing).unwrap();
        prop_assert_eq!(bytes(answers), blobs.fetch(&fetches).unwrap());

        let asking = fetches.iter().filter(|fetch| fetch.range.as_ref().is_none_or(|range| !range.is_empty())).count();
        let requests = planned(&fetches, coalescing).len();
        prop_assert!(requests <= asking);
        prop_assert_eq!(report.merged, (asking - requests) as u64);
        if coalescing.is_none() {
            prop_assert_eq!(requests, asking);
        }
    }

    #[test]
    fn failures_are_those_of_one_at_a_time(fetches in fetches(30), coalescing in coalescings()) {
        let blobs = three_blobs();
        match (fetch(&blobs, &fetches, coalescing), blobs.fetch(&fetches)) {
            (Ok((answers, _)), Ok(expected)) => prop_assert_eq!(bytes(answers), expected),
            (Err(StoreError::OutOfRange { key, start, end, have }), Err(_)) => {
                prop_assert_eq!(have, 150);
                prop_assert!(end > have);
                // Somebody asked exactly this.
                let blamed = |fetch: &Fetch| fetch.key == *key && fetch.range == Some(start..end);
                prop_assert!(fetches.iter().any(blamed));
            }
            (merged, single) => prop_assert!(false, "{merged:?}, but {single:?}"),
        }
    }

    #[test]
    fn limits_are_kept(fetches in fetches(0), limits in coalescings()) {
        let Some(limits) = limits else { return Ok(()) };
        let requests = Requests::plan(&fetches, Some(limits)).unwrap();
        for (at, request) in requests.as_slice().iter().enumerate() {
            let Some(own) = &request.range else { continue };
            let served = requests.sources.iter().zip(&fetches).filter_map(|(source, fetch)| match source {
                Source::Whole(of) | Source::Part(of, _) if *of == at => fetch.range.clone(),
                _ => None,
            });
            let mut pieces: Vec<Range<u64>> = served.collect();
            pieces.sort_by_key(|range| (range.start, range.end));
            prop_assert!(!pieces.is_empty());
            // No gap is wider than allowed, and what extends the range is within the number.
            let (mut end, mut extending) = (own.start, 0);
            for piece in pieces {
                prop_assert!(piece.start <= end.saturating_add(limits.max_gap));
                if piece.end > end {
                    extending += 1;
                    end = piece.end;
                }
            }
            prop_assert_eq!(end, own.end, "nothing beyond the last piece is read");
            prop_assert!(extending <= limits.max_ranges.max(1));
            prop_assert!(extending == 1 || own.end - own.start <= limits.max_bytes);
        }
    }

    #[test]
    fn requests_come_in_the_order_of_first_use(fetches in fetches(0), coalescing in coalescings()) {
        let requests = Requests::plan(&fetches, coalescing).unwrap();
        let mut seen = Vec::new();
        for source in &requests.sources {
            if let Source::Whole(at) | Source::Part(at, _) = source
                && !seen.contains(at)
            {
                seen.push(*at);
            }
        }
        prop_assert_eq!(seen, (0..requests.as_slice().len()).collect::<Vec<_>>());
    }
}
