//! [`Tape`]: random bytes, each of which decides something.

/// Random bytes, each of which decides something; past its end everything is zero, which stands for the
/// simplest choice.
#[derive(Clone, Debug)]
pub struct Tape<'a> {
    rest: &'a [u8],
}

impl<'a> Tape<'a> {
    /// Reads `bytes` from the first.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.rest.split_first() else {
            return 0;
        };
        self.rest = rest;
        *first
    }

    /// A number below `limit`, which is 256 at most; 0 where `limit` is.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::from(self.byte()).checked_rem(limit).unwrap_or(0)
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: u8) -> bool {
        self.byte() % times == times - 1
    }

    /// Eight bytes as a number.
    pub fn number(&mut self) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    /// `len` bytes that follow from a few of the tape: data, of which no byte decides anything.
    pub fn data(&mut self, len: usize) -> Vec<u8> {
        let mut state = u64::from(self.byte());
        let mut data = Vec::with_capacity(len);
        while data.len() < len {
            // Steele and others' SplitMix64; from 0 come small numbers.
            let mut word = state;
            if state > 0 {
                word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                word ^= word >> 27;
                state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            }
            data.extend_from_slice(&word.to_le_bytes());
        }
        data.truncate(len);
        data
    }

    /// What is left.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}
