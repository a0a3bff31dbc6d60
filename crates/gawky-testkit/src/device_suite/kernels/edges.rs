//! Elements that are most likely to go wrong, of each dtype.

use gawky_buffer::{Buffer, DType};

use super::Random;

/// Elements of `dtype`: those that are most likely to go wrong, then random ones.
pub(super) fn elements(dtype: DType, random: &mut Random) -> Buffer {
    let mut bytes = match dtype {
        // Each of them.
        DType::Float16 => (0..=u16::MAX).flat_map(u16::to_ne_bytes).collect(),
        DType::Float32 | DType::Complex64 => floats()
            .into_iter()
            .flat_map(|bits| around_float(bits).flat_map(u32::to_ne_bytes))
            .collect(),
        DType::Float64 | DType::Complex128 => doubles().flat_map(u64::to_ne_bytes).collect(),
        DType::Float128 | DType::Complex256 => Vec::new(),
        _ => integers()
            .flat_map(|number| number.to_ne_bytes()[..dtype.itemsize()].to_vec())
            .collect::<Vec<u8>>(),
    };
    bytes.extend_from_slice(random.bytes(300 * dtype.itemsize()).bytes().unwrap());
    bytes.truncate(bytes.len() / dtype.itemsize() * dtype.itemsize());
    Buffer::copied_from(&bytes)
}

/// The powers of two and their neighbours, of either sign, as eight bytes of which the low ones serve narrower dtypes.
fn integers() -> impl Iterator<Item = i64> {
    (0..64).flat_map(|power| {
        let power = 1_i64 << power;
        (-2..=2).flat_map(move |apart| {
            let near = power.wrapping_add(apart);
            [near, near.wrapping_neg()]
        })
    })
}

/// Bits of floats: zeros, infinities, NaNs with something in them, subnormals, powers of two and ties between halves.
fn floats() -> Vec<u32> {
    let mut bits = vec![
        0,
        1,
        0x007f_ffff,
        0x0080_0000,
        0x7f7f_ffff,
        0x7f80_0000,
        0x7f80_0001,
    ];
    bits.extend([
        0x7fbf_ffff,
        0x7fc0_0000,
        0x7fff_ffff,
        0x7f92_3456,
        0x7fd2_3456,
    ]);
    bits.extend((0..254).map(|exponent| exponent << 23));
    // Halves that are a tie, and those beside them: 1, the least and the greatest, the subnormal ones.
    bits.extend([1.0_f32, 2.0, 65504.0, 65520.0, 6.1e-5, 5.96e-8, 2.98e-8].map(f32::to_bits));
    for exponent in 90..145 {
        for fraction in [
            0x1000, 0x3000, 0x0fff, 0x1001, 0x7f_f000, 0x40_0000, 0x60_0000,
        ] {
            bits.push(exponent << 23 | fraction);
        }
    }
    bits
}

fn around_float(bits: u32) -> impl Iterator<Item = u32> {
    let near = [bits.saturating_sub(1), bits, bits + 1];
    near.into_iter()
        .flat_map(|bits| [bits & 0x7fff_ffff, bits | 0x8000_0000])
}

/// The same of doubles: all of the floats, widened, with neighbours that only doubles have; and the ends of integers.
fn doubles() -> impl Iterator<Item = u64> {
    let widened = floats()
        .into_iter()
        .map(|bits| f64::from(f32::from_bits(bits)).to_bits());
    let own = [
        0,
        1,
        0x000f_ffff_ffff_ffff,
        0x0010_0000_0000_0000,
        0x7fef_ffff_ffff_ffff,
        0x7ff0_0000_0000_0000,
        0x7ff0_0000_0000_0001,
        0x7ff8_0000_0000_0000,
        0x7ff1_2345_6789_abcd,
        0x7fff_ffff_ffff_ffff,
        0x47ef_ffff_f000_0000,
        0x3690_0000_0000_0000,
        0x3e60_0000_0000_0001,
    ];
    let integers = integers().map(|number| (number as f64).to_bits());
    let halves = integers_and_a_half();
    widened
        .chain(own)
        .chain(integers)
        .chain(halves)
        .flat_map(|bits| {
            let near = [bits.saturating_sub(1), bits, bits + 1];
            near.into_iter()
                .flat_map(|bits| [bits & !(1 << 63), bits | 1 << 63])
        })
}

fn integers_and_a_half() -> impl Iterator<Item = u64> {
    (0..40).map(|power| ((1_u64 << power) as f64 - 0.5).to_bits())
}
