//! Every dtype to every other, and compared.

use gawky_buffer::{Buffer, BufferError, DType, TimeUnit, Unit};

use super::edges::elements;
use super::{Random, Twins};

fn second() -> TimeUnit {
    TimeUnit::from(Unit::Second)
}

/// All dtypes, those of time with one unit.
pub(super) fn targets() -> Vec<DType> {
    let mut all = DType::TIMELESS.to_vec();
    all.extend([DType::DateTime64(second()), DType::TimeDelta64(second())]);
    all
}

/// Whether only some devices convert the one to the other.
fn on_host(from: DType, to: DType) -> bool {
    let extended = |dtype| matches!(dtype, DType::Float128 | DType::Complex256);
    from != to && (extended(from) || extended(to))
}

pub(super) fn casts_from(twins: &Twins<'_>, from: DType) {
    let mut random = Random(31);
    let all = elements(from, &mut random);
    let size = from.itemsize();
    let some = all.slice(0..(200 * size).min(all.len())).unwrap();
    for to in targets() {
        // A device may leave these to the host, and must then say so.
        if on_host(from, to) {
            let found = twins.kernels().cast(&twins.up(&some, 0), from, to);
            if matches!(found, Err(BufferError::Cast { .. })) {
                continue;
            }
        }
        let what = format!("{from} to {to}");
        twins.make(&what, 0, &[&all], |kernels, inputs| {
            kernels.cast(&inputs[0], from, to)
        });
        for length in [0, 1, 2, 3, 17] {
            let few = some.slice(0..length * size).unwrap();
            twins.make(&what, 0, &[&few], |kernels, inputs| {
                kernels.cast(&inputs[0], from, to)
            });
        }
        for shift in [size, from.partsize(), 1] {
            twins.make(&what, shift, &[&some], |kernels, inputs| {
                kernels.cast(&inputs[0], from, to)
            });
        }
        let odd = random.bytes(size + 1);
        twins.make(&what, 0, &[&odd], |kernels, inputs| {
            kernels.cast(&inputs[0], from, to)
        });
    }
}

pub(super) fn ticks_of_every_unit_become_those_of_every_other(twins: &Twins<'_>) {
    let mut random = Random(32);
    // Few enough to fit in most units, and as many as there can be.
    let small = random.numbers(300, -1000, 2000);
    let near = random.numbers(300, -40_000_000, 80_000_000);
    let mut ends: Vec<i64> = vec![i64::MIN, i64::MIN + 1, i64::MAX, 0, -1, 1, i64::MIN];
    ends.extend(random.bytes(400).typed::<i64>().unwrap().iter());
    let ends = Buffer::from_vec(ends);
    let one_by_one: Vec<Buffer> = (0..12)
        .map(|at| ends.slice(at * 8..at * 8 + 8).unwrap())
        .collect();
    let counts = [1, 7, i32::MAX.unsigned_abs()];
    for from in Unit::ALL {
        for to in Unit::ALL {
            for (count, other) in [
                (1, 1),
                (1, 15),
                (15, 1),
                (counts[2], 1),
                (1, counts[2]),
                (7, counts[2]),
            ] {
                let (Some(from), Some(to)) = (TimeUnit::new(count, from), TimeUnit::new(other, to))
                else {
                    continue;
                };
                for (from, to) in [
                    (DType::DateTime64(from), DType::DateTime64(to)),
                    (DType::TimeDelta64(from), DType::TimeDelta64(to)),
                ] {
                    let what = format!("{from} to {to}");
                    for ticks in [&small, &near, &ends].into_iter().chain(&one_by_one) {
                        twins.make(&what, 0, &[ticks], |kernels, inputs| {
                            kernels.cast(&inputs[0], from, to)
                        });
                    }
                }
            }
        }
    }
}

pub(super) fn the_first_date_that_does_not_fit_is_told(twins: &Twins<'_>) {
    let (from, to) = (
        DType::DateTime64(TimeUnit::from(Unit::Day)),
        DType::DateTime64(TimeUnit::from(Unit::Nanosecond)),
    );
    let mut days = vec![1_i64; 70_000];
    for place in [69_999, 300, 301, 5000] {
        days[place] = 106_752 + place as i64;
    }
    let days = Buffer::from_vec(days);
    let found = twins.kernels().cast(&twins.up(&days, 8), from, to);
    assert!(
        matches!(&found, Err(BufferError::Overflow { index: 300, value, .. }) if value.starts_with("2263")),
        "{found:?}"
    );
    twins.make("days", 0, &[&days], |kernels, inputs| {
        kernels.cast(&inputs[0], from, to)
    });
}

pub(super) fn equality_is_that_of_the_host(twins: &Twins<'_>) {
    let mut random = Random(33);
    for dtype in targets() {
        let all = match dtype {
            DType::Float128 | DType::Complex256 => extended(dtype.itemsize()),
            _ => elements(dtype, &mut random),
        };
        let size = dtype.itemsize();
        let what = format!("{dtype}");
        for equal_nan in [true, false] {
            for shift in [0, dtype.partsize(), 1] {
                twins.say(&what, shift, &[&all, &all], |kernels, inputs| {
                    kernels.all_equal(&inputs[0], &inputs[1], dtype, equal_nan)
                });
            }
        }
        // Each of some elements against each other one.
        let count = all.len() / size;
        for _ in 0..150 {
            let one = |random: &mut Random| {
                let at = random.place(count) * size;
                all.slice(at..at + size).unwrap()
            };
            let (a, b) = (one(&mut random), one(&mut random));
            for (a, b) in [(&a, &b), (&a, &a)] {
                for equal_nan in [true, false] {
                    twins.say(&what, 0, &[a, b], |kernels, inputs| {
                        kernels.all_equal(&inputs[0], &inputs[1], dtype, equal_nan)
                    });
                }
            }
        }
        // One that differs, among many that do not, wherever it is.
        for length in [1, 2, 15, 33, 5000] {
            let same = random.flags(length * size, 3);
            for place in [0, length / 2, length - 1] {
                let mut other = same.bytes().unwrap().to_vec();
                other[place * size] ^= 0x11;
                let other = Buffer::copied_from(&other);
                twins.say(&what, 0, &[&same, &other], |kernels, inputs| {
                    kernels.all_equal(&inputs[0], &inputs[1], dtype, true)
                });
            }
        }
        let (short, odd) = (all.slice(0..size).unwrap(), random.bytes(size * 2 + 1));
        for pair in [[&all, &short], [&short, &all], [&odd, &odd]] {
            twins.say(&what, 0, &pair, |kernels, inputs| {
                kernels.all_equal(&inputs[0], &inputs[1], dtype, true)
            });
        }
    }
}

/// Extended floats: zeros, the least with an exponent and without, infinities, NaN in all spellings, with padding.
fn extended(itemsize: usize) -> Buffer {
    let integer_bit = 1_u64 << 63;
    let mut bytes = Vec::new();
    for exponent in [0_u64, 1, 2, 0x3fff, 0x7ffe, 0x7fff] {
        for mantissa in [0, 1, integer_bit, integer_bit | 1, u64::MAX] {
            for sign in [0, 0x8000] {
                for padding in [0, 0x1234_0000] {
                    bytes.extend(mantissa.to_ne_bytes());
                    bytes.extend((exponent | sign | padding).to_ne_bytes());
                }
            }
        }
    }
    bytes.truncate(bytes.len() / itemsize * itemsize);
    Buffer::copied_from(&bytes)
}

pub(super) fn extended_floats_without_an_exponent_equal_the_least_with_one(twins: &Twins<'_>) {
    let elements = |mantissa: u64| {
        [0_u64, 1, 2, 0x8000, 0x8001].map(|top| {
            let words = [mantissa, top | 0xabcd_0000];
            Buffer::from_vec(words.to_vec())
        })
    };
    let all: Vec<Buffer> = [0, 1, 1 << 63].into_iter().flat_map(elements).collect();
    for a in &all {
        for b in &all {
            twins.say("extended floats", 0, &[a, b], |kernels, inputs| {
                kernels.all_equal(&inputs[0], &inputs[1], DType::Float128, false)
            });
        }
    }
}
