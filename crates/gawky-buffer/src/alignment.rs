//! Alignment of addresses.

use crate::BufferError;

/// A power of two that an address is a multiple of.
///
/// ```
/// use gawky_buffer::Alignment;
/// assert_eq!(Alignment::of_address(24).get(), 8);
/// assert!(Alignment::of_address(24).satisfies(Alignment::try_new(4).unwrap()));
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
    #[inline]
    pub fn try_new(bytes: usize) -> Result<Self, BufferError> {
        if bytes.is_power_of_two() {
            Ok(Self(bytes.trailing_zeros()))
        } else {
            Err(BufferError::Alignment { bytes })
        }
    }

    /// The greatest alignment that `address` has; address 0 counts as aligned to everything.
    #[must_use]
    #[inline]
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
    #[inline]
    pub fn satisfies(self, required: Self) -> bool {
        self >= required
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn only_powers_of_two_are_alignments() {
        for bytes in [1, 2, 64, 1 << 20] {
            assert_eq!(Alignment::try_new(bytes).unwrap().get(), bytes);
        }
        assert_eq!(
            Alignment::try_new(24).unwrap_err().to_string(),
            "24 is no alignment: use a power of two"
        );
        assert!(Alignment::try_new(0).is_err());
    }

    #[test]
    fn an_address_has_the_greatest_it_can() {
        assert_eq!(Alignment::of_address(1), Alignment::BYTE);
        assert_eq!(Alignment::of_address(192), Alignment::CACHE_LINE);
        let null = Alignment::of_address(0);
        assert!(null.satisfies(Alignment::CACHE_LINE) && null.get() > 0);
        assert!(!Alignment::of_address(32).satisfies(Alignment::CACHE_LINE));
    }
}
