//! What is moved: fill, concatenate, byte swap, strided views, rows by number.

use gawky_buffer::{Buffer, BufferError, DType, StridedView};

use super::{LENGTHS, LONG, Random, Twins, WHOLE_GRIDS, lengths_and_shifts};

pub(super) fn fills_are_those_of_the_host(twins: &Twins<'_>) {
    let mut random = Random(1);
    for size in [1, 2, 4, 8, 16, 32] {
        let element = random.bytes(size);
        let element = element.bytes().unwrap();
        for count in LENGTHS.into_iter().chain(WHOLE_GRIDS) {
            twins.make(
                &format!("{count} times {size} bytes"),
                0,
                &[],
                |kernels, _| kernels.fill(element, count),
            );
        }
    }
    twins.make("a long one", 0, &[], |kernels, _| {
        kernels.fill(&[7, 8], LONG)
    });
    for size in [0, 3, 5, 33, 64] {
        let element = vec![1; size];
        for count in [0, 7] {
            twins.say("an odd size", 0, &[], |kernels, _| {
                let refused = kernels.fill(&element, count);
                Ok(matches!(refused, Err(BufferError::NotComputed { .. })))
            });
        }
    }
    twins.say("one that is too long", 0, &[], |kernels, _| {
        let full = kernels.fill(&[0; 32], usize::MAX / 16);
        Ok(matches!(full, Err(BufferError::OutOfMemory { .. })))
    });
}

pub(super) fn pieces_are_put_one_after_the_other(twins: &Twins<'_>) {
    let mut random = Random(2);
    let pieces = [5, 0, 16, 257].map(|length| random.bytes(length));
    for shift in [0, 3] {
        let pieces: Vec<&Buffer> = pieces.iter().collect();
        twins.make("pieces", shift, &pieces, |kernels, pieces| {
            kernels.concatenate(pieces)
        });
    }
    twins.make("no pieces", 0, &[], |kernels, pieces| {
        kernels.concatenate(pieces)
    });
}

pub(super) fn swaps_are_those_of_the_host(twins: &Twins<'_>) {
    let mut random = Random(3);
    let dtypes = [DType::Int16, DType::Float32, DType::UInt64, DType::Float128];
    for dtype in dtypes {
        let part = dtype.itemsize();
        for (length, shift) in lengths_and_shifts([0, part, 1]) {
            let source = random.bytes(length * part);
            let what = format!("{length} parts of {part}");
            twins.make(&what, shift, &[&source], |kernels, inputs| {
                kernels.byte_swapped(&inputs[0], dtype)
            });
        }
        let source = random.bytes(part + 1);
        twins.make("a piece of a part", 0, &[&source], |kernels, inputs| {
            kernels.byte_swapped(&inputs[0], dtype)
        });
    }
    // Complex numbers have two parts, and bytes have no order.
    for dtype in [
        DType::Complex64,
        DType::Complex256,
        DType::Bool,
        DType::Int8,
    ] {
        for length in [0, 4, 32, 64] {
            let source = random.bytes(length);
            twins.make(&dtype.to_string(), 0, &[&source], |kernels, inputs| {
                kernels.byte_swapped(&inputs[0], dtype)
            });
        }
    }
}

pub(super) fn strided_views_are_those_of_the_host(twins: &Twins<'_>) {
    let mut random = Random(4);
    let source = random.bytes(4096);
    let views: [(usize, &[usize], &[isize], usize); 15] = [
        (8, &[4, 8], &[64, 8], 0),
        (8, &[4, 8], &[8, 64], 16),
        (4, &[10, 3, 5], &[400, -40, 4], 90),
        (4, &[3, 0, 5], &[400, 4, 4], 0),
        (4, &[], &[], 12),
        (1, &[100], &[3], 1),
        (1, &[100], &[-3], 301),
        (2, &[7, 9], &[0, 2], 2),
        (16, &[5, 3], &[160, 32], 16),
        (32, &[3, 4], &[32, 96], 0),
        (32, &[3, 4], &[32, 96], 8),
        (3, &[5, 4], &[7, 50], 0),
        (8, &[2, 2, 2, 2, 2, 2], &[8, 16, 32, 64, 128, 256], 0),
        (
            4,
            &[2, 3, 2, 2, 2, 2, 2, 3],
            &[4, 12, 40, 88, 180, 300, 700, 900],
            4,
        ),
        (8, &[1, 64, 1, 3], &[-8, 24, 0, 8], 0),
    ];
    for (itemsize, shape, strides, offset) in views {
        for shift in [0, 8, 1] {
            let view = StridedView {
                itemsize,
                shape,
                strides,
                offset,
            };
            twins.make(
                &format!("{view:?}"),
                shift,
                &[&source],
                |kernels, inputs| kernels.gather_strided(&inputs[0], &view),
            );
        }
    }
    // As many elements as there are threads in a grid, and more.
    let long = random.bytes(300_000);
    let view = StridedView {
        itemsize: 2,
        shape: &[300, 500],
        strides: &[2, 600],
        offset: 0,
    };
    twins.make("a long one", 0, &[&long], |kernels, inputs| {
        kernels.gather_strided(&inputs[0], &view)
    });
    let hostile: [(usize, &[usize], &[isize]); 6] = [
        (2, &[300, 500], &[2]),
        (2, &[300], &[2, 600]),
        (0, &[usize::MAX], &[0]),
        (8, &[usize::MAX, 0], &[8, 8]),
        (8, &[2, usize::MAX], &[8, 8]),
        (usize::MAX, &[0], &[1]),
    ];
    for (itemsize, shape, strides) in hostile {
        let view = StridedView {
            itemsize,
            shape,
            strides,
            offset: 0,
        };
        twins.say(&format!("{view:?}"), 0, &[&long], |kernels, inputs| {
            let gathered = kernels.gather_strided(&inputs[0], &view);
            Ok(format!(
                "{:?}",
                gathered
                    .map(|made| made.len())
                    .map_err(|error| std::mem::discriminant(&error))
            ))
        });
    }
    let outside = StridedView { offset: 4, ..view };
    twins.say(
        "one that leaves its source",
        0,
        &[&long],
        |kernels, inputs| {
            let gathered = kernels.gather_strided(&inputs[0], &outside);
            Ok(matches!(gathered, Err(BufferError::OutOfRange { .. })))
        },
    );
}

pub(super) fn rows_by_number_are_those_of_the_host(twins: &Twins<'_>) {
    let mut random = Random(5);
    for row in [0, 1, 2, 3, 4, 8, 12, 16, 24, 32, 40, 128] {
        // The last row is not whole.
        let source = random.bytes(row * 300 + row / 2);
        for length in [0, 1, 255, 256, 257, 5000] {
            let rows = random.numbers(length, -3, 307);
            for shift in [0, 8, 1] {
                let what = format!("{length} rows of {row} bytes");
                twins.make(&what, shift, &[&source, &rows], |kernels, inputs| {
                    kernels.gather(&inputs[0], row, &inputs[1])
                });
            }
        }
        let hostile = [i64::MIN, i64::MAX, -1, 1 << 60, 1 << 61, 300, 299, 0];
        let rows = Buffer::from_vec(hostile.to_vec());
        twins.make(
            &format!("hostile rows of {row} bytes"),
            0,
            &[&source, &rows],
            |kernels, inputs| kernels.gather(&inputs[0], row, &inputs[1]),
        );
    }
    let nothing = Buffer::empty();
    let rows = Buffer::from_vec(vec![0_i64, 1]);
    twins.make(
        "rows of nothing",
        0,
        &[&nothing, &rows],
        |kernels, inputs| kernels.gather(&inputs[0], 4, &inputs[1]),
    );
    twins.make(
        "rows that are no numbers",
        0,
        &[&nothing, &random.bytes(9)],
        |kernels, inputs| kernels.gather(&inputs[0], 4, &inputs[1]),
    );
    // Rows larger than memory, of which none is wanted, or one.
    for rows in [vec![], vec![0_i64]] {
        let rows = Buffer::from_vec(rows);
        for size in [usize::MAX, usize::MAX / 2] {
            twins.say("huge rows", 0, &[&nothing, &rows], |kernels, inputs| {
                let gathered = kernels.gather(&inputs[0], size, &inputs[1]);
                Ok(match gathered {
                    Ok(made) => made.is_empty(),
                    Err(error) => matches!(error, BufferError::OutOfMemory { .. }),
                })
            });
        }
    }
    let (source, rows) = (
        random.bytes(LONG),
        random.numbers(LONG, -1, LONG as u64 + 2),
    );
    twins.make("many rows", 0, &[&source, &rows], |kernels, inputs| {
        kernels.gather(&inputs[0], 1, &inputs[1])
    });
}
