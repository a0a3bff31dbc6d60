//! Offsets, rows of lists, rows whose flag is true.

use gawky_buffer::{Buffer, BufferError};

use super::{Random, Twins, lengths_and_shifts, variants};

pub(super) fn offsets_are_those_of_the_host(twins: &Twins<'_>) {
    let mut random = Random(21);
    for (length, shift) in lengths_and_shifts([0, 8, 1]) {
        for (low, span) in variants(length, &[(-2, 9), (0, 1 << 40)]) {
            let counts = random.numbers(length, *low, *span);
            twins.make(
                &format!("{length} counts"),
                shift,
                &[&counts],
                |kernels, inputs| kernels.offsets(&inputs[0]),
            );
        }
    }
    twins.make("no counts", 0, &[&random.bytes(12)], |kernels, inputs| {
        kernels.offsets(&inputs[0])
    });
}

pub(super) fn offsets_reach_to_the_greatest_and_no_further(twins: &Twins<'_>) {
    for (length, first) in [(2, 0), (300, 0), (5000, 0), (5000, 4999), (5000, 2100)] {
        let mut counts = vec![0_i64; length];
        counts[first] = i64::MAX;
        let just = Buffer::from_vec(counts.clone());
        twins.make("the greatest", 0, &[&just], |kernels, inputs| {
            kernels.offsets(&inputs[0])
        });
        for other in [0, length / 2, length - 1] {
            for count in [1, i64::MAX] {
                let mut counts = counts.clone();
                counts[other] = counts[other].wrapping_add(count).max(count);
                counts[first] = i64::MAX;
                let counts = Buffer::from_vec(counts);
                twins.make("too great", 0, &[&counts], |kernels, inputs| {
                    kernels.offsets(&inputs[0])
                });
            }
        }
    }
    // As many as wrap around to a small number: all of them, tile by tile.
    let counts = Buffer::from_vec(vec![i64::MAX; 6000]);
    twins.make("far too great", 0, &[&counts], |kernels, inputs| {
        kernels.offsets(&inputs[0])
    });
    // And where the last tile by itself is not too great.
    let counts = Buffer::from_vec([vec![i64::MAX; 2048], vec![1; 3000]].concat());
    twins.make(
        "too great before the last tile",
        0,
        &[&counts],
        |kernels, inputs| kernels.offsets(&inputs[0]),
    );
    let counts = Buffer::from_vec(vec![i64::MIN; 6000]);
    twins.make("all negative", 0, &[&counts], |kernels, inputs| {
        kernels.offsets(&inputs[0])
    });
}

fn offsets(counts: impl Iterator<Item = u64>) -> Vec<i64> {
    let mut offsets = vec![0];
    let mut last = 0;
    for count in counts {
        last += count.cast_signed();
        offsets.push(last);
    }
    offsets
}

pub(super) fn rows_of_lists_are_those_of_the_host(twins: &Twins<'_>) {
    let mut random = Random(22);
    // Empty lists, long ones, and many empty ones between long ones.
    for (lists, longest) in [(0, 1), (1, 1), (1, 5000), (300, 9), (5000, 2), (3, 8000)] {
        let counts = (0..lists).map(|_| random.below(longest + 1));
        let offsets = offsets(counts.collect::<Vec<_>>().into_iter());
        let length = usize::try_from(*offsets.last().unwrap()).unwrap();
        let (offsets, starts) = (Buffer::from_vec(offsets), random.bytes(lists * 8));
        for shift in [0, 8, 1] {
            // More than there are, and fewer.
            for length in [length, length + 3000, length / 2] {
                let what = format!("{lists} lists, {length} rows");
                twins.make(&what, shift, &[&starts, &offsets], |kernels, inputs| {
                    kernels.list_rows(&inputs[0], &inputs[1], length)
                });
            }
        }
    }
    let mut sparse = vec![0_u64; 10_000];
    for place in [0, 17, 4096, 4097, 9999] {
        sparse[place] = 2500;
    }
    let (offsets, starts) = (
        Buffer::from_vec(offsets(sparse.into_iter())),
        random.bytes(80_000),
    );
    twins.make("sparse", 0, &[&starts, &offsets], |kernels, inputs| {
        kernels.list_rows(&inputs[0], &inputs[1], 12_500)
    });
}

pub(super) fn hostile_offsets_give_the_rows_of_the_host(twins: &Twins<'_>) {
    let mut random = Random(23);
    let hostile: [&[i64]; 7] = [
        &[5, 9, 9, 12],
        &[0, 10, 3, 8],
        &[-4, 0, 2, 1],
        &[i64::MIN, i64::MAX, 0, 7],
        &[0, i64::MAX, i64::MIN, -1],
        &[9, 8, 7, 6],
        &[3, 3, 3, 3],
    ];
    for offsets in hostile {
        let (offsets, starts) = (Buffer::from_vec(offsets.to_vec()), random.bytes(24));
        for length in [0, 1, 10, 300] {
            twins.make(
                &format!("{offsets:?}"),
                0,
                &[&starts, &offsets],
                |kernels, inputs| kernels.list_rows(&inputs[0], &inputs[1], length),
            );
        }
    }
    let (starts, offsets) = (random.bytes(7000 * 8), random.bytes(7001 * 8));
    twins.make(
        "random offsets",
        0,
        &[&starts, &offsets],
        |kernels, inputs| kernels.list_rows(&inputs[0], &inputs[1], 10_000),
    );
    twins.make(
        "too few offsets",
        0,
        &[&offsets, &starts],
        |kernels, inputs| kernels.list_rows(&inputs[0], &inputs[1], 10),
    );
}

pub(super) fn rows_of_regular_lists_are_those_of_the_host(twins: &Twins<'_>) {
    let mut random = Random(24);
    for (lists, size) in [
        (0, 3),
        (3, 0),
        (1, 1),
        (255, 1),
        (100, 7),
        (300, 256),
        (20_000, 3),
    ] {
        let rows = random.bytes(lists * 8);
        for shift in [0, 8, 1] {
            twins.make(
                &format!("{lists} lists of {size}"),
                shift,
                &[&rows],
                |kernels, inputs| kernels.regular_rows(&inputs[0], size),
            );
        }
    }
    let rows = random.bytes(32);
    twins.say("too many", 0, &[&rows], |kernels, inputs| {
        let rows = kernels.regular_rows(&inputs[0], usize::MAX / 8);
        Ok(matches!(rows, Err(BufferError::OutOfMemory { .. })))
    });
}

pub(super) fn rows_of_flags_are_those_of_the_host(twins: &Twins<'_>) {
    let mut random = Random(25);
    for (length, shift) in lengths_and_shifts([0, 1, 16]) {
        for every in variants(length, &[3, 1, 3000]).iter().copied() {
            let flags = random.flags(length, every);
            let what = format!("{length} flags, one of {every}");
            twins.make(&what, shift, &[&flags], |kernels, inputs| {
                kernels.rows_where(&inputs[0])
            });
            twins.make(&what, shift, &[&flags], |kernels, inputs| {
                kernels.numbers_where(&inputs[0])
            });
        }
    }
    let none = Buffer::from_vec(vec![0_u8; 5000]);
    twins.make("none", 0, &[&none], |kernels, inputs| {
        kernels.rows_where(&inputs[0])
    });
    twins.make("none", 0, &[&none], |kernels, inputs| {
        kernels.numbers_where(&inputs[0])
    });
}
