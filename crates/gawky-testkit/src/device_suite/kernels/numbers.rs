//! Numbers, flags and bits, and what is first among them.

use gawky_buffer::Buffer;

use super::{LENGTHS, Random, Twins, WHOLE_GRIDS, lengths_and_shifts, variants};

pub(super) fn numbers_are_those_of_the_host(twins: &Twins<'_>) {
    let mut random = Random(11);
    for (length, shift) in lengths_and_shifts([0, 8, 3]) {
        let (a, b) = (random.bytes(length * 8), random.bytes(length * 8));
        let flags = random.flags(length, 2);
        let what = format!("{length} numbers");
        let pair = [&a, &b];
        twins.make(&what, shift, &pair, |kernels, inputs| {
            kernels.subtract(&inputs[0], &inputs[1])
        });
        twins.make(&what, shift, &pair, |kernels, inputs| {
            kernels.less(&inputs[0], &inputs[1])
        });
        twins.make(&what, shift, &[&a], |kernels, inputs| {
            kernels.add(&inputs[0], i64::MAX)
        });
        twins.make(&what, shift, &[&a], |kernels, inputs| {
            kernels.not_negative(&inputs[0])
        });
        twins.make(&what, shift, &[&flags, &a, &b], |kernels, inputs| {
            kernels.choose(&inputs[0], &inputs[1], &inputs[2])
        });
        twins.make("counting", 0, &[], |kernels, _| {
            kernels.counting(i64::MAX - 100, length)
        });
    }
    let same = Buffer::from_vec(vec![5_i64, i64::MIN, 0]);
    twins.make("zero", 0, &[&same], |kernels, inputs| {
        kernels.not_negative(&inputs[0])
    });
    twins.make("equal ones", 0, &[&same, &same], |kernels, inputs| {
        kernels.less(&inputs[0], &inputs[1])
    });
    let (short, odd) = (random.bytes(16), random.bytes(17));
    for inputs in [[&same, &short], [&same, &odd], [&odd, &same]] {
        twins.make("lengths", 0, &inputs, |kernels, inputs| {
            kernels.subtract(&inputs[0], &inputs[1])
        });
        twins.make("lengths", 0, &inputs, |kernels, inputs| {
            kernels.less(&inputs[0], &inputs[1])
        });
        twins.make("lengths", 0, &inputs, |kernels, inputs| {
            kernels.choose(&inputs[0], &inputs[1], &inputs[1])
        });
    }
}

pub(super) fn flags_are_those_of_the_host(twins: &Twins<'_>) {
    let mut random = Random(12);
    for (length, shift) in lengths_and_shifts([0, 1]) {
        let flags = random.flags(length, 2);
        let what = format!("{length} flags");
        for byte in variants(length, &[0, 1, 0x84, 0xff]).iter().copied() {
            twins.make(&what, shift, &[&flags], |kernels, inputs| {
                kernels.equals(&inputs[0], byte)
            });
        }
        for lsb_order in [true, false] {
            twins.make(&what, shift, &[&flags], |kernels, inputs| {
                kernels.flags_to_bits(&inputs[0], lsb_order)
            });
        }
    }
    // Every byte, and each against each other byte.
    let all = Buffer::from_vec((0..=u8::MAX).collect::<Vec<u8>>());
    for byte in 0..=u8::MAX {
        twins.make("all bytes", 0, &[&all], |kernels, inputs| {
            kernels.equals(&inputs[0], byte)
        });
    }
}

pub(super) fn bits_are_those_of_the_host(twins: &Twins<'_>) {
    let mut random = Random(13);
    for (length, shift) in lengths_and_shifts([0, 1]) {
        for first in variants(length, &[1, 0, 7, 8, 13]).iter().copied() {
            let bits = random.bytes((first + length).div_ceil(8));
            for lsb_order in [true, false] {
                let what = format!("bits {first} and {length} more, {lsb_order}");
                twins.make(&what, shift, &[&bits], |kernels, inputs| {
                    kernels.bits_to_flags(&inputs[0], first, length, lsb_order)
                });
            }
        }
    }
    let bits = random.bytes(2);
    for (first, length) in [
        (0, 17),
        (9, 8),
        (usize::MAX, 1),
        (1, usize::MAX),
        (16, 0),
        (17, 0),
    ] {
        twins.make("too few bits", 0, &[&bits], |kernels, inputs| {
            kernels.bits_to_flags(&inputs[0], first, length, true)
        });
    }
}

pub(super) fn bounds_are_those_of_the_host(twins: &Twins<'_>) {
    let mut random = Random(14);
    for length in LENGTHS.into_iter().chain([WHOLE_GRIDS[2]]) {
        let wide = random.bytes(length * 8);
        let narrow = random.numbers(length, -5, 3);
        for values in [&wide, &narrow] {
            twins.say("all", 8, &[values], |kernels, inputs| {
                kernels.bounds(&inputs[0], None)
            });
            for every in variants(length, &[5000, 1, 2]).iter().copied() {
                let flags = random.flags(length, every);
                twins.say("some", 1, &[values, &flags], |kernels, inputs| {
                    kernels.bounds(&inputs[0], Some(&inputs[1]))
                });
            }
        }
    }
    let ends = Buffer::from_vec(vec![i64::MAX, i64::MIN]);
    let none = Buffer::from_vec(vec![0_u8; 2]);
    twins.say("the ends", 0, &[&ends], |kernels, inputs| {
        kernels.bounds(&inputs[0], None)
    });
    twins.say("none", 0, &[&ends, &none], |kernels, inputs| {
        kernels.bounds(&inputs[0], Some(&inputs[1]))
    });
    for one in [i64::MAX, i64::MIN] {
        let one = Buffer::from_vec(vec![one]);
        twins.say("one end", 0, &[&one], |kernels, inputs| {
            kernels.bounds(&inputs[0], None)
        });
    }
}

pub(super) fn the_first_is_that_of_the_host(twins: &Twins<'_>) {
    let mut random = Random(15);
    for (length, shift) in lengths_and_shifts([0, 8, 1]) {
        let ascending: Vec<i64> = (0..).take(length).collect();
        for places in variants(length, &[2, 0, 1, 40]).iter().copied() {
            let (mut numbers, mut flags) = (ascending.clone(), vec![0_u8; length]);
            for _ in 0..places.min(length) {
                let place = random.place(length);
                numbers[place] = -7;
                flags[place] = 0x80;
            }
            let (numbers, flags) = (Buffer::from_vec(numbers), Buffer::from_vec(flags));
            let what = format!("{places} of {length}");
            twins.say(&what, shift, &[&numbers], |kernels, inputs| {
                kernels.first_descent(&inputs[0])
            });
            twins.say(&what, shift, &[&flags], |kernels, inputs| {
                kernels.first_where(&inputs[0])
            });
            for (lowest, end) in [(0, i64::MAX), (-7, 300), (i64::MIN, i64::MAX), (5, 5)] {
                twins.say(&what, shift, &[&numbers], |kernels, inputs| {
                    kernels.first_outside(&inputs[0], lowest, end)
                });
            }
        }
    }
    let greatest = Buffer::from_vec(vec![i64::MIN, 0, i64::MAX]);
    twins.say("the ends", 0, &[&greatest], |kernels, inputs| {
        kernels.first_outside(&inputs[0], i64::MIN, i64::MAX)
    });
}
