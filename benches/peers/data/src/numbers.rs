//! Numbers that look random and are always the same.

/// The generator that has the name SplitMix64.
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Between 0 and 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn unit32(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// A length below `end`, by Zipf's law: `k` has a probability as 1/(k+1).
    pub fn zipf(&mut self, end: u64) -> u64 {
        // The sum up to k grows as ln(k+1), so its inverse is an exponential.
        let log = (end as f64 + 1.0).ln();
        ((self.unit() * log).exp() as u64 - 1).min(end - 1)
    }
}
