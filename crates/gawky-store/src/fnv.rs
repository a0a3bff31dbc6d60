//! A hash that is the same on every machine and for good, for names that outlive a process.

/// FNV-1a with 128 bits: <http://www.isthe.com/chongo/tech/comp/fnv/>. It keeps apart what nobody has made to collide.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fnv(u128);

impl Fnv {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

    /// The hash of nothing.
    pub(crate) const fn new() -> Self {
        Self(Self::BASIS)
    }

    /// The hash of what it was of, and these bytes behind it.
    #[must_use]
    pub(crate) fn and(self, bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(self.0, |hash, byte| {
            (hash ^ u128::from(*byte)).wrapping_mul(Self::PRIME)
        }))
    }

    /// As 32 hexadecimal digits.
    pub(crate) fn hex(self) -> String {
        format!("{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those that the authors publish.
    #[test]
    fn known_hashes() {
        assert_eq!(Fnv::new().hex(), "6c62272e07bb014262b821756295c58d");
        let a = Fnv::new().and(b"a");
        assert_eq!(a.hex(), "d228cb696f1a8caf78912b704e4a8964");
        let foobar = Fnv::new().and(b"foo").and(b"bar");
        assert_eq!(foobar.hex(), "343e1662793c64bf6f0d3597ba446f18");
    }
}
