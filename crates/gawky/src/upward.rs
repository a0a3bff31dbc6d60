//! [`Upward`]: what of a read goes up to a device while the rest of it is fetched.

use gawky_array::{CanonicalRules, ReadOptions};
use gawky_buffer::{Attribute, Buffer, BufferError, Fetch, Place};
use gawky_store::Profile;

/// How many bytes are fetched before they go up, while the next are fetched.
pub(crate) const BUDGET: u64 = 16 << 20;
/// As many blobs whose sizes nobody knows count as much as that.
const UNKNOWN: u64 = BUDGET / 64;
/// A request that is worth as many bytes or fewer may be made once more.
const CHEAP: u64 = 64 << 10;
/// Smaller blobs wait for the structure, with which they go up.
const SMALL: usize = 64 << 10;

/// Where a read goes, and how it is cut so that its data goes up while the next is fetched.
///
/// Data goes up as it came, in one slab for each piece but the last. What is left (structure, which is proved on the
/// host first, small blobs and the last piece) goes up with the array, in one slab. So what is small is one upload.
#[derive(Debug)]
pub(crate) struct Upward(Place);

impl Upward {
    /// `None` where all goes up at last: where bytes stay on the host, where they are looked at to simplify, and where
    /// a device could not put their order right.
    pub(crate) fn to(place: &Place, options: &ReadOptions) -> Option<Self> {
        let is_put_right = options.byteorder.is_native() || place.kernels().is_ok();
        let is_kept = options.rules != CanonicalRules::Simplify;
        (!place.is_host() && is_put_right && is_kept).then(|| Self(place.clone()))
    }

    /// How many of these fetches, which is at least one where there are any, are to be made at once.
    pub(crate) fn cut(
        fetches: &[Fetch],
        known_size: impl Fn(&str) -> Option<u64>,
        profile: &Profile,
    ) -> usize {
        let request = profile.coalescing.map_or(0, |limits| limits.max_gap);
        // Far away, what may be small is not worth another round trip.
        let unknown = if request <= CHEAP { UNKNOWN } else { 0 };
        let mut bytes = 0_u64;
        let full = fetches.iter().position(|fetch| {
            let size = match &fetch.range {
                Some(range) => Some(range.end.saturating_sub(range.start)),
                None => known_size(&fetch.key),
            };
            bytes = bytes.saturating_add(size.unwrap_or(unknown));
            bytes > BUDGET
        });
        full.map_or(fetches.len(), |full| full.max(1))
    }

    /// Sends up what is data, of what was fetched.
    ///
    /// # Errors
    /// [`BufferError::Device`] when the device fails.
    pub(crate) fn send(
        &self,
        fetches: &[Fetch],
        blobs: &mut [Option<Buffer>],
    ) -> Result<(), BufferError> {
        let is_data = |fetch: &Fetch| {
            let origin = fetch.origin.as_ref();
            origin.is_some_and(|origin| origin.attribute == Attribute::Data)
        };
        let mut data: Vec<&mut Buffer> = fetches
            .iter()
            .zip(blobs)
            .filter(|(fetch, _)| is_data(fetch))
            .filter_map(|(_, blob)| blob.as_mut())
            .filter(|blob| blob.len() >= SMALL)
            .collect();
        let pieces: Vec<Buffer> = data.iter().map(|blob| (**blob).clone()).collect();
        for (blob, arrived) in data.iter_mut().zip(self.0.receive(&pieces)?) {
            **blob = arrived;
        }
        Ok(())
    }
}
