#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::ops::Range;
use std::sync::Arc;

use super::*;
use crate::{Complex, Device, f16};

/// A device that is host memory with another name.
#[derive(Debug)]
struct Elsewhere;

#[derive(Debug)]
struct Remote(Vec<u8>);

impl Device for Elsewhere {
    fn name(&self) -> &str {
        "elsewhere:0"
    }

    fn upload(&self, pieces: &[Buffer]) -> Result<Vec<Buffer>, BufferError> {
        let upload = |piece: &Buffer| -> Result<Buffer, BufferError> {
            Ok(Buffer::from_device(Arc::new(Remote(
                piece.bytes()?.to_vec(),
            ))))
        };
        pieces.iter().map(upload).collect()
    }
}

impl DeviceBytes for Remote {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn device(&self) -> Arc<dyn Device> {
        Arc::new(Elsewhere)
    }

    fn address(&self) -> usize {
        4096
    }

    fn to_host(&self, range: Range<usize>) -> Result<Buffer, BufferError> {
        Ok(Buffer::copied_from(&self.0[range]))
    }
}

/// The same bytes on another device, for tests elsewhere in this crate.
pub(crate) fn elsewhere(host: &Buffer) -> Buffer {
    Elsewhere
        .upload(std::slice::from_ref(host))
        .unwrap()
        .remove(0)
}

fn address<T>(values: &[T]) -> usize {
    values.as_ptr().addr()
}

fn vec_keeps_its_memory<T: Native>(values: Vec<T>) {
    let before = address(&values);
    let len = size_of_val(values.as_slice());
    let buffer = Buffer::from_vec(values);
    assert_eq!(buffer.address(), before);
    assert_eq!(buffer.len(), len);
    assert!(matches!(buffer.typed::<T>().unwrap(), Cow::Borrowed(_)));
}

#[test]
fn vectors_of_every_native_come_in_without_a_copy() {
    vec_keeps_its_memory(vec![1_i8; 3]);
    vec_keeps_its_memory(vec![1_i16; 3]);
    vec_keeps_its_memory(vec![1_i32; 3]);
    vec_keeps_its_memory(vec![1_i64; 3]);
    vec_keeps_its_memory(vec![1_u8; 3]);
    vec_keeps_its_memory(vec![1_u16; 3]);
    vec_keeps_its_memory(vec![1_u32; 3]);
    vec_keeps_its_memory(vec![1_u64; 3]);
    vec_keeps_its_memory(vec![f16::ONE; 3]);
    vec_keeps_its_memory(vec![1_f32; 3]);
    vec_keeps_its_memory(vec![1_f64; 3]);
    vec_keeps_its_memory(vec![Complex::new(1_f32, 2.0); 3]);
    vec_keeps_its_memory(vec![Complex::new(1_f64, 2.0); 3]);
    let mut spare = Vec::with_capacity(7);
    spare.push(Complex::new(1_f64, 2.0));
    vec_keeps_its_memory(spare);
    assert!(Buffer::from_vec(Vec::<i64>::new()).is_empty());
}

#[test]
fn owners_bytes_and_arrow_come_in_without_a_copy() {
    struct Owner(Arc<Vec<u8>>);
    impl AsRef<[u8]> for Owner {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    let owned = Arc::new(vec![1_u8, 2, 3]);
    let buffer = Buffer::from_owner(Owner(Arc::clone(&owned)));
    assert_eq!(buffer.address(), address(&owned));
    let slice = buffer.slice(1..3).unwrap();
    drop(buffer);
    assert_eq!(Arc::strong_count(&owned), 2, "the slice keeps the owner");
    assert_eq!(slice.bytes().unwrap(), [2, 3]);
    drop(slice);
    assert_eq!(Arc::strong_count(&owned), 1, "and lets it go");

    let bytes = bytes::Bytes::from(vec![0_u8; 40]).slice(3..);
    let before = bytes.as_ptr().addr();
    assert_eq!(Buffer::from(bytes).address(), before);

    let arrow = arrow_buffer::Buffer::from_vec(vec![1_i32, 2]);
    let before = arrow.as_ptr().addr();
    let buffer = Buffer::from(arrow);
    assert_eq!(buffer.address(), before);
    assert_eq!(buffer.to_arrow().unwrap().as_ptr().addr(), before);
}

/// Hard case 5: a misaligned int64 is copied once and read right; an empty slice anywhere is not.
#[test]
fn misaligned_bytes_are_copied_once() {
    let mut bytes = vec![9_u8];
    for value in [1_i64, -2, 3] {
        bytes.extend(value.to_ne_bytes());
    }
    // Arrow's allocations are aligned, so byte 1 of one is at an address of 1 mod 8.
    let odd = Buffer::copied_from(&bytes).slice(1..25).unwrap();
    assert_eq!(odd.address() % 8, 1);
    assert!(matches!(odd.typed::<i64>().unwrap(), Cow::Owned(_)));
    assert_eq!(*odd.typed::<i64>().unwrap(), [1, -2, 3]);

    let eight = Alignment::try_new(8).unwrap();
    let (aligned, copied) = odd.aligned(eight).unwrap();
    assert!(copied);
    assert!(aligned.alignment().satisfies(Alignment::CACHE_LINE));
    assert_eq!(aligned, odd);
    let (again, copied) = aligned.aligned(eight).unwrap();
    assert!(!copied);
    assert_eq!(again.address(), aligned.address());

    let empty = odd.slice(2..2).unwrap();
    assert_eq!(empty.address() % 8, 3);
    assert!(matches!(empty.typed::<i64>().unwrap(), Cow::Borrowed(&[])));
    let (same, copied) = empty.aligned(eight).unwrap();
    assert!(!copied && same.address() == empty.address());
}

#[test]
fn ranges_outside_are_refused() {
    let buffer = Buffer::from_vec(vec![0_u8; 4]);
    assert_eq!(
        buffer.slice(2..5).unwrap_err().to_string(),
        "bytes 2..5 were asked of a buffer of 4 bytes"
    );
    #[expect(clippy::reversed_empty_ranges, reason = "it is what is refused")]
    let reversed = buffer.slice(3..2);
    assert!(reversed.is_err());
    assert!(buffer.slice(usize::MAX..usize::MAX).is_err());
    assert!(buffer.slice(4..4).unwrap().is_empty());
    assert_eq!(
        buffer.slice(0..3).unwrap().typed::<u16>().unwrap_err(),
        BufferError::NotMultiple {
            len: 3,
            itemsize: 2
        }
    );
}

#[test]
fn a_device_is_never_read_in_secret() {
    let host = Buffer::from_vec(vec![1_u8, 2, 3, 4]);
    let device = Elsewhere.upload(std::slice::from_ref(&host)).unwrap();
    let remote = device[0].slice(1..3).unwrap();
    assert_eq!(remote.place().to_string(), "elsewhere:0");
    assert_eq!((remote.len(), remote.address()), (2, 4097));
    assert_eq!(
        remote.bytes().unwrap_err().to_string(),
        "the bytes are on elsewhere:0: copy them with to_host() first"
    );
    assert!(remote.typed::<u8>().is_err());
    assert!(remote.to_arrow().is_err());
    assert!(remote.byte_swapped(DType::UInt16).is_err());
    assert!(remote.scalar(DType::UInt8, 0).is_err());
    assert_eq!(remote.to_host().unwrap().bytes().unwrap(), [2, 3]);
    assert_ne!(remote, host.slice(1..3).unwrap());
    assert_eq!(remote, remote.clone());
    assert!(!remote.aligned(Alignment::CACHE_LINE).unwrap().1);
    assert_eq!(format!("{remote:?}"), "Buffer(2 bytes on elsewhere:0)");
}

#[test]
fn a_backend_finds_its_own_memory_again() {
    use std::any::Any;

    #[derive(Debug)]
    struct Other;

    let host = Buffer::from_vec(vec![1_u8, 2, 3, 4]);
    assert!(host.device_bytes().is_none());
    let remote = elsewhere(&host).slice(1..4).unwrap().slice(1..2).unwrap();
    let (bytes, range) = remote.device_bytes().unwrap();
    assert_eq!(range, 2..3);
    let bytes: &dyn Any = &**bytes;
    assert_eq!(bytes.downcast_ref::<Remote>().unwrap().0[range], [3]);
    assert!(bytes.downcast_ref::<Other>().is_none());
}
