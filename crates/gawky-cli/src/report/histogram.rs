//! [`Histogram`]: how often values are where, in one pass, without knowing their range before.

/// How many bins there are.
pub(super) const BINS: usize = 48;

/// Counts of finite values in bins of one width. Whenever a value lies outside, the bins become twice as wide, until it lies in one.
#[derive(Clone, Debug, Default)]
pub(super) struct Histogram {
    bins: Vec<u64>,
    /// Where the first bin begins.
    start: f64,
    /// How wide a bin is; 0 while all values are one.
    width: f64,
}

impl Histogram {
    /// Counts values, of which these are the least and the greatest.
    pub(super) fn add(&mut self, values: impl Iterator<Item = f64>, least: f64, greatest: f64) {
        if !(least.is_finite() && greatest.is_finite()) {
            return;
        }
        self.make_room(least, greatest);
        for value in values.filter(|value| value.is_finite()) {
            let bin = self.bin(value);
            if let Some(count) = self.bins.get_mut(bin) {
                *count += 1;
            }
        }
    }

    /// Where each bin begins and ends, and how many values are in it; from the first to the last that has any.
    pub(super) fn filled(&self) -> Vec<(f64, f64, u64)> {
        let edge = |bin: usize| (self.start + self.width * as_f64(bin)).min(f64::MAX);
        let all = self.bins.iter().enumerate();
        let mut bins: Vec<_> = all
            .map(|(bin, count)| (edge(bin), edge(bin + 1), *count))
            .skip_while(|(_, _, count)| *count == 0)
            .collect();
        while bins.last().is_some_and(|(_, _, count)| *count == 0) {
            bins.pop();
        }
        bins
    }

    fn bin(&self, value: f64) -> usize {
        if self.width <= 0.0 {
            return 0;
        }
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "what is no bin is made the first or the last one"
        )]
        let bin = ((value - self.start) / self.width) as usize;
        bin.min(BINS - 1)
    }

    fn make_room(&mut self, least: f64, greatest: f64) {
        if self.bins.is_empty() {
            self.bins = vec![0; BINS];
            self.start = least;
            self.width = width(least, greatest);
            return;
        }
        if self.width == 0.0 && (least, greatest) != (self.start, self.start) {
            // All so far were one value.
            let before = self.bins.iter().sum();
            let value = self.start;
            let (least, greatest) = (least.min(value), greatest.max(value));
            self.bins.fill(0);
            self.start = least;
            self.width = width(least, greatest);
            let bin = self.bin(value);
            if let Some(count) = self.bins.get_mut(bin) {
                *count = before;
            }
        }
        let end = |histogram: &Self| histogram.start + histogram.width * as_f64(BINS);
        while self.width > 0.0 && self.width.is_finite() && greatest > end(self) {
            self.double();
        }
        while self.width > 0.0 && self.width.is_finite() && least < self.start {
            // Twice as wide, with the values in the upper half.
            let start = self.start - self.width * as_f64(BINS);
            self.double();
            self.bins.rotate_right(BINS / 2);
            self.start = start;
        }
    }

    /// Bins twice as wide; the upper half is empty.
    fn double(&mut self) {
        let pairs = self.bins.chunks(2).map(|pair| pair.iter().sum());
        let mut bins: Vec<u64> = pairs.collect();
        bins.resize(BINS, 0);
        self.bins = bins;
        self.width *= 2.0;
    }
}

/// How wide bins are between two values, so that both are in one.
fn width(least: f64, greatest: f64) -> f64 {
    // Halves, as the difference may be beyond the numbers.
    (greatest / 2.0 - least / 2.0) / as_f64(BINS) * 2.0
}

#[allow(clippy::cast_precision_loss, reason = "a number of bins")]
fn as_f64(bins: usize) -> f64 {
    bins as f64
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "tests may panic")]
mod tests {
    use super::*;

    fn of(batches: &[&[f64]]) -> Histogram {
        let mut histogram = Histogram::default();
        for batch in batches {
            let least = batch.iter().copied().fold(f64::INFINITY, f64::min);
            let greatest = batch.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            histogram.add(batch.iter().copied(), least, greatest);
        }
        histogram
    }

    #[test]
    fn every_value_is_counted_where_it_is() {
        for batches in [
            &[&[0.0, 1.0, 2.0][..], &[100.0], &[-7.0, 3.5], &[1e6]][..],
            &[&[5.0, 5.0], &[5.0]],
            &[&[5.0], &[5.0, 6.0]],
            &[&[5.0], &[-1e300, 1e300]],
            &[&[f64::MAX, f64::MIN], &[0.0]],
            &[&[0.0], &[f64::MIN_POSITIVE], &[1.0]],
        ] {
            let histogram = of(batches);
            let filled = histogram.filled();
            let values = || batches.iter().copied().flatten().copied();
            let counted: u64 = filled.iter().map(|(_, _, count)| count).sum();
            assert_eq!(counted, values().count() as u64, "{batches:?}");
            let (first, last) = (filled[0], filled[filled.len() - 1]);
            // Edges are as exact as numbers of this size are.
            let near = |bin: (f64, f64, u64)| {
                let inexact = (bin.1 - bin.0) * 1e-9 + f64::MIN_POSITIVE;
                values().any(|value| bin.0 - inexact <= value && value <= bin.1 + inexact)
            };
            assert!(near(first) && near(last), "{batches:?}");
            assert!(filled.len() <= BINS);
        }
        assert_eq!(of(&[&[5.0, 5.0], &[5.0]]).filled(), [(5.0, 5.0, 3)]);
        assert!(of(&[]).filled().is_empty());
    }

    #[test]
    fn what_is_not_finite_is_in_no_bin() {
        let mut histogram = Histogram::default();
        histogram.add([1.0, f64::NAN, f64::INFINITY].into_iter(), 1.0, 1.0);
        assert_eq!(histogram.filled(), [(1.0, 1.0, 1)]);
    }
}
