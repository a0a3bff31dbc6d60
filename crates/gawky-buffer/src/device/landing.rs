//! [`HostMemory`]: memory on the host for bytes from storage.

use std::fmt;

use crate::Buffer;

/// Memory on the host that bytes from storage are read into, other than ordinary memory: pinned memory, which a device
/// copies from by itself.
///
/// A container that reads files (`Directory`, `LocalFile`) takes one as an option. It asks for memory once it knows that
/// as many bytes exist, and where there is none to be had it reads into ordinary memory: so nothing fails for want of
/// this kind.
///
/// ```
/// use gawky_buffer::{Buffer, BufferMut, HostMemory, Landing};
///
/// /// Ordinary memory, a megabyte at a time at most.
/// #[derive(Debug)]
/// struct Little;
///
/// #[derive(Debug)]
/// struct Place(BufferMut);
///
/// impl HostMemory for Little {
///     fn landing(&self, len: usize, phase: u64) -> Option<Box<dyn Landing>> {
///         let memory = (len <= 1 << 20).then(|| BufferMut::try_zeroed_at_phase(len, phase).ok());
///         Some(Box::new(Place(memory.flatten()?)))
///     }
/// }
///
/// impl Landing for Place {
///     fn bytes_mut(&mut self) -> &mut [u8] {
///         self.0.as_mut_slice()
///     }
///
///     fn freeze(mut self: Box<Self>, len: usize) -> Buffer {
///         self.0.truncate(len);
///         self.0.freeze()
///     }
/// }
///
/// let mut landing = Little.landing(3, 0).unwrap();
/// landing.bytes_mut().copy_from_slice(&[1, 2, 3]);
/// assert_eq!(landing.freeze(2).bytes()?, [1, 2]);
/// assert!(Little.landing(2 << 20, 0).is_none());
/// # Ok::<(), gawky_buffer::BufferError>(())
/// ```
pub trait HostMemory: fmt::Debug + Send + Sync {
    /// Memory for `len` bytes, of which the first lies `phase` past a multiple of 64 (only the remainder of `phase` by 64
    /// counts, as for [`BufferMut::try_with_capacity_at_phase`](crate::BufferMut::try_with_capacity_at_phase)); `None`
    /// where there is none to be had, so that they are to be read into ordinary memory.
    ///
    /// Several threads may ask at once.
    fn landing(&self, len: usize, phase: u64) -> Option<Box<dyn Landing>>;
}

/// Memory of a [`HostMemory`] that is being read into.
pub trait Landing: fmt::Debug + Send {
    /// All bytes that were asked for; what they are before they have been written does not matter.
    fn bytes_mut(&mut self) -> &mut [u8];

    /// The first `len` bytes, or all where there are fewer, from where they lie. The memory is free again when the last
    /// buffer over it is dropped.
    fn freeze(self: Box<Self>, len: usize) -> Buffer;
}
