//! Alignment of addresses.

use crate::BufferError;

/// A power of two that an address is a multiple of.
///
/// ```
/// use gawky_buffer::Alignment;
/// assert_eq!(Alignment::of_address(24).get(), 8);
/// assert!(Alignment::of_address(24).satisfies(Alignment::new(4).unwrap()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alignment(u32);

impl Alignment {
    /// No requirement at all.
    pub const BYTE: Self = Self(0);
    /// What gawky allocates at: one cache line, 64 bytes.
    pub const CACHE_LINE: Self = Self(6);

    /// The alignment of `bytes`.
    ///
    /// # Errors
    /// [`BufferError::Alignment`] unless `bytes` is a power of two.
    pub fn new(bytes: usize) -> Result<Self, BufferError> {
        if bytes.is_power_of_two() {
            Ok(Self(bytes.trailing_zeros()))
        } else {
            Err(BufferError::Alignment { bytes })
        }
    }

    /// The greatest alignment that `address` has; address 0 counts as aligned to everything.
    #[must_use]
    pub fn of_address(address: usize) -> Self {
        Self(address.trailing_zeros().min(usize::BITS - 1))
    }

    /// The alignment in bytes.
    #[must_use]
    pub fn get(self) -> usize {
        1 << self.0
    }

    /// Whether an address with this alignment also has the alignment `required`.
    #[must_use]
    pub fn satisfies(self, required: Self) -> bool {
        self >= required
    }
}
