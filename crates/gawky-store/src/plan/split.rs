//! Cutting the answers to requests into those to fetches.

use std::ops::Range;

use gawky_buffer::Buffer;

use super::{Request, Source};
use crate::fetched::check_count;
use crate::range::{check_length, slice_exactly};
use crate::{FetchReport, Fetched, StoreError};

// Memory that is not worth a copy, however little of it is wanted.
const LITTLE: u64 = 64 * 1024;
// A piece that is a smaller part than this of its memory is copied out of it, as long as all such pieces together
// are a smaller part than this, too: that costs little, and keeping one of them costs little as well.
const SMALL: u64 = 16;

pub(super) fn answers(
    requests: &[Request],
    sources: &[Source],
    fetched: Vec<Option<Fetched>>,
    report: &mut FetchReport,
) -> Result<Vec<Option<Fetched>>, StoreError> {
    check_count(requests.iter().map(|request| &request.key), &fetched)?;
    for (request, fetched) in requests.iter().zip(&fetched) {
        if let (Some(range), Some(fetched)) = (&request.range, fetched) {
            check_length(&request.key, range, &fetched.bytes)?;
        }
    }
    let asked = sources.iter().filter(|source| **source != Source::Nothing);
    report.merged += asked.count().saturating_sub(requests.len()) as u64;
    let sharing = sharing(requests, sources, &fetched);
    let answer = |source: &Source| match source {
        Source::Nothing => Ok(Some(Buffer::empty().into())),
        Source::Whole(at) => Ok(fetched.get(*at).cloned().flatten()),
        Source::Part(at, part) => {
            let (Some(request), Some(Some(fetched)), Some(sharing)) =
                (requests.get(*at), fetched.get(*at), sharing.get(*at))
            else {
                return Ok(None);
            };
            let mut bytes = cut(request, &fetched.bytes, part)?;
            if !sharing.allows(bytes.len() as u64) {
                bytes = owned(&bytes, report);
            }
            Ok(Some(Fetched {
                bytes,
                version: fetched.version.clone(),
            }))
        }
    };
    sources.iter().map(answer).collect()
}

fn cut(request: &Request, bytes: &Buffer, part: &Range<u64>) -> Result<Buffer, StoreError> {
    let start = request.range.as_ref().map_or(0, |range| range.start);
    // A request begins no later than its pieces; were it not so, the error would say it.
    let within = part.start.saturating_sub(start)..part.end.saturating_sub(start);
    slice_exactly(&request.key, bytes, within)
}

/// Which pieces of one answer may share its memory.
struct Sharing {
    /// How many bytes every one of them keeps alive.
    kept: u64,
    /// Whether less than half of them is wanted.
    is_waste: bool,
    /// How many bytes its small pieces have together.
    small: u64,
}

impl Sharing {
    fn allows(&self, piece: u64) -> bool {
        let is_rare = self.small < self.kept / SMALL;
        self.kept < LITTLE || !(self.is_waste || (self.is_small(piece) && is_rare))
    }

    fn is_small(&self, piece: u64) -> bool {
        piece < self.kept / SMALL
    }
}

fn sharing(requests: &[Request], sources: &[Source], fetched: &[Option<Fetched>]) -> Vec<Sharing> {
    let mut sharing: Vec<Sharing> = requests
        .iter()
        .zip(fetched)
        .map(|(request, fetched)| {
            let kept = fetched
                .as_ref()
                .map_or(0, |fetched| fetched.bytes.retained() as u64);
            Sharing {
                kept,
                is_waste: request.covered < kept / 2,
                small: 0,
            }
        })
        .collect();
    for source in sources {
        if let Source::Part(at, part) = source
            && let Some(sharing) = sharing.get_mut(*at)
            && sharing.is_small(part.end - part.start)
        {
            sharing.small = sharing.small.saturating_add(part.end - part.start);
        }
    }
    sharing
}

/// A copy of these bytes that keeps no others alive; bytes on a device are left where they are.
fn owned(bytes: &Buffer, report: &mut FetchReport) -> Buffer {
    match bytes.bytes() {
        Ok(slice) => {
            report.copied(slice.len() as u64);
            Buffer::copied_from(slice)
        }
        Err(_) => bytes.clone(),
    }
}
