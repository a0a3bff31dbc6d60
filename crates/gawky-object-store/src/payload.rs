//! What is put: buffers one behind the other, which need not lie so in memory.

use bytes::Bytes;
use gawky_buffer::Buffer;
use gawky_store::{Key, StoreError};
use object_store::PutPayload;

/// A buffer that is known to be on the host.
struct Host(Buffer);

impl AsRef<[u8]> for Host {
    fn as_ref(&self) -> &[u8] {
        self.0.bytes().unwrap_or_default()
    }
}

/// The bytes of these buffers, which are shared.
///
/// # Errors
/// [`StoreError::NotOnHost`].
pub(crate) fn payload(key: &Key, pieces: &[Buffer]) -> Result<PutPayload, StoreError> {
    let shared = pieces
        .iter()
        .filter(|piece| !piece.is_empty())
        .map(|piece| {
            if piece.place().is_host() {
                return Ok(Bytes::from_owner(Host(piece.clone())));
            }
            Err(StoreError::NotOnHost {
                key: key.to_string(),
                place: piece.place().to_string(),
            })
        });
    shared.collect()
}

/// The payload cut into parts of `size` bytes, of which the last may be shorter; `size` 0 counts as 1.
pub(crate) fn parts(payload: PutPayload, size: usize) -> impl Iterator<Item = PutPayload> {
    let size = size.max(1);
    let mut rest = payload.into_iter();
    let mut begun = Bytes::new();
    std::iter::from_fn(move || {
        let mut part = Vec::new();
        let mut room = size;
        while room > 0 {
            if begun.is_empty() {
                match rest.next() {
                    Some(next) => begun = next,
                    None => break,
                }
            }
            let piece = begun.split_to(begun.len().min(room));
            room -= piece.len();
            part.push(piece);
        }
        (!part.is_empty()).then(|| part.into_iter().collect())
    })
}

/// Whether the payload is these bytes.
pub(crate) fn is_of(payload: &PutPayload, mut bytes: &[u8]) -> bool {
    payload.content_length() == bytes.len()
        && payload
            .iter()
            .all(|piece| match bytes.split_at_checked(piece.len()) {
                Some((own, rest)) => {
                    bytes = rest;
                    own == &**piece
                }
                None => false,
            })
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "tests say what is wrong by panicking"
    )]

    use super::*;

    fn places(payload: &PutPayload) -> Vec<*const u8> {
        payload.iter().map(|piece| piece.as_ptr()).collect()
    }

    #[test]
    fn buffers_are_shared() {
        let (first, second) = (Buffer::copied_from(&[1; 5]), Buffer::copied_from(&[2; 300]));
        let pieces = [
            Buffer::empty(),
            first.clone(),
            Buffer::empty(),
            second.clone(),
        ];
        let payload = payload(&"k".into(), &pieces).unwrap();
        assert_eq!(payload.content_length(), 305);
        let own = [first, second].map(|own| own.bytes().unwrap().as_ptr());
        assert_eq!(places(&payload), own);
    }

    #[test]
    fn parts_are_the_bytes_in_order() {
        let bytes: Vec<u8> = (0..100).collect();
        for cuts in [
            vec![],
            vec![0],
            vec![50],
            vec![1, 2, 3, 99],
            vec![30, 30, 60],
        ] {
            let ends = cuts.iter().copied().chain([bytes.len()]);
            let begins = [0].into_iter().chain(cuts.iter().copied());
            let pieces: Vec<Buffer> = begins
                .zip(ends)
                .map(|(begin, end)| Buffer::copied_from(&bytes[begin..end]))
                .collect();
            let whole = payload(&"k".into(), &pieces).unwrap();
            assert!(is_of(&whole, &bytes));
            for size in [0, 1, 7, 30, 99, 100, 101, usize::MAX] {
                let parts: Vec<PutPayload> = parts(whole.clone(), size).collect();
                let (last, full) = parts.split_last().unwrap();
                let size = size.max(1);
                assert!(full.iter().all(|part| part.content_length() == size));
                assert!((1..=size).contains(&last.content_length()));
                let joined: Vec<u8> = parts.iter().flatten().flatten().copied().collect();
                assert_eq!(joined, bytes);
            }
        }
        assert_eq!(parts(PutPayload::new(), 7).count(), 0);
    }

    #[test]
    fn other_bytes_are_not_those_of_the_payload() {
        let pieces = [Buffer::copied_from(b"abc"), Buffer::copied_from(b"de")];
        let payload = payload(&"k".into(), &pieces).unwrap();
        assert!(is_of(&payload, b"abcde"));
        for other in [&b""[..], b"abcd", b"abcdef", b"abcdX", b"Xbcde", b"abXde"] {
            assert!(!is_of(&payload, other), "{other:?}");
        }
        assert!(is_of(&PutPayload::new(), b""));
    }
}
