//! What a device computes, compared with what [`HostKernels`] compute, byte for byte.

mod bytes;
mod casts;
mod edges;
mod lists;
mod numbers;

use gawky_buffer::{Buffer, BufferError, HostKernels, Kernels, Place};

/// Checks every kernel but `cast` and `all_equal`, with whole and hostile arguments of lengths up to a million: the
/// bytes, or the errors, are those of [`HostKernels`], and bytes lie on the device, also where there are none. Elements
/// at addresses which are not aligned for them may be refused.
///
/// # Panics
/// When something is wrong.
pub fn kernels(device: &Place) {
    let twins = &Twins { place: device };
    bytes::fills_are_those_of_the_host(twins);
    bytes::pieces_are_put_one_after_the_other(twins);
    bytes::swaps_are_those_of_the_host(twins);
    bytes::strided_views_are_those_of_the_host(twins);
    bytes::rows_by_number_are_those_of_the_host(twins);
    numbers::numbers_are_those_of_the_host(twins);
    numbers::flags_are_those_of_the_host(twins);
    numbers::bits_are_those_of_the_host(twins);
    numbers::bounds_are_those_of_the_host(twins);
    numbers::the_first_is_that_of_the_host(twins);
    lists::offsets_are_those_of_the_host(twins);
    lists::offsets_reach_to_the_greatest_and_no_further(twins);
    lists::rows_of_lists_are_those_of_the_host(twins);
    lists::hostile_offsets_give_the_rows_of_the_host(twins);
    lists::rows_of_regular_lists_are_those_of_the_host(twins);
    lists::rows_of_flags_are_those_of_the_host(twins);
}

/// Checks the kernels that [`kernels`] leaves out: `cast` from each dtype to each other one, of the elements that are
/// most likely to go wrong, and `all_equal`. They take longer, as many of them are programs of their own.
///
/// # Panics
/// When something is wrong.
pub fn casts(device: &Place) {
    let twins = &Twins { place: device };
    for from in casts::targets() {
        casts::casts_from(twins, from);
    }
    casts::ticks_of_every_unit_become_those_of_every_other(twins);
    casts::the_first_date_that_does_not_fit_is_told(twins);
    casts::equality_is_that_of_the_host(twins);
    casts::extended_floats_without_an_exponent_equal_the_least_with_one(twins);
}

/// Lengths around the borders of threads, vectors, blocks and tiles.
const LENGTHS: [usize; 13] = [
    0, 1, 15, 16, 17, 255, 256, 257, 2047, 2049, 4095, 4097, 8193,
];

/// Lengths around the number of threads in a grid of the simulated device. They take a while, so once for each kernel.
const WHOLE_GRIDS: [usize; 3] = [65_535, 65_536, 65_537];

/// A few rounds of that grid.
const LONG: usize = (1 << 20) + 3;

/// All of them, each with how far from where they would be aligned inputs are laid: long ones once.
fn lengths_and_shifts<const N: usize>(shifts: [usize; N]) -> impl Iterator<Item = (usize, usize)> {
    let short = LENGTHS
        .into_iter()
        .flat_map(move |length| shifts.map(|shift| (length, shift)));
    let long = WHOLE_GRIDS.into_iter().chain([LONG]);
    short.chain(long.zip(shifts.into_iter().cycle()))
}

/// The first of some variants for lengths that take a while, else all of them.
fn variants<T>(length: usize, all: &[T]) -> &[T] {
    if length < WHOLE_GRIDS[0] {
        all
    } else {
        &all[..1]
    }
}

/// Numbers that look random, the same each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// One of so many places.
    fn place(&mut self, of: usize) -> usize {
        usize::try_from(self.below(of as u64)).unwrap()
    }

    fn bytes(&mut self, length: usize) -> Buffer {
        let words = (0..length.div_ceil(8)).map(|_| self.next());
        let bytes: Vec<u8> = words.flat_map(u64::to_ne_bytes).take(length).collect();
        Buffer::copied_from(&bytes)
    }

    /// Bytes of which about one in `every` is not 0, and those are not all 1.
    fn flags(&mut self, length: usize, every: u64) -> Buffer {
        let flag = |random: &mut Self| match random.below(every) {
            0 => random.next().to_ne_bytes()[0] | 4,
            _ => 0,
        };
        Buffer::from_vec((0..length).map(|_| flag(self)).collect::<Vec<u8>>())
    }

    /// Numbers from `low` on, of `span` values.
    fn numbers(&mut self, length: usize, low: i64, span: u64) -> Buffer {
        let number = |random: &mut Self| low.wrapping_add_unsigned(random.below(span));
        Buffer::from_vec((0..length).map(|_| number(self)).collect::<Vec<i64>>())
    }
}

/// The device, whose kernels are compared with their twins on the host.
struct Twins<'p> {
    place: &'p Place,
}

impl Twins<'_> {
    fn kernels(&self) -> &dyn Kernels {
        self.place.kernels().unwrap().unwrap()
    }

    /// A buffer on the device, `shift` bytes after where it would be aligned.
    fn up(&self, buffer: &Buffer, shift: usize) -> Buffer {
        let bytes = [&vec![0xee; shift], buffer.bytes().unwrap()].concat();
        let piece = Buffer::copied_from(&bytes).to_place(self.place).unwrap();
        piece.slice(shift..bytes.len()).unwrap()
    }

    /// That both make the same bytes, or the same error, of `inputs`, which lie `shift` bytes from where they would be
    /// aligned; and that what the device makes lies on it, even where there are no bytes.
    fn make(
        &self,
        what: &str,
        shift: usize,
        inputs: &[&Buffer],
        call: impl Fn(&dyn Kernels, &[Buffer]) -> Result<Buffer, BufferError>,
    ) {
        let (found, expected) = self.both(shift, inputs, call);
        if let Ok(found) = &found {
            assert_eq!(found.place(), *self.place, "{what}, shift {shift}");
        }
        let found = found.map(|found| found.to_host().unwrap());
        same(what, shift, &found, &expected);
    }

    /// That both say the same.
    fn say<T: PartialEq + Said>(
        &self,
        what: &str,
        shift: usize,
        inputs: &[&Buffer],
        call: impl Fn(&dyn Kernels, &[Buffer]) -> Result<T, BufferError>,
    ) {
        let (found, expected) = self.both(shift, inputs, call);
        same(what, shift, &found, &expected);
    }

    /// What the device says, and what the host says.
    fn both<T>(
        &self,
        shift: usize,
        inputs: &[&Buffer],
        call: impl Fn(&dyn Kernels, &[Buffer]) -> T,
    ) -> (T, T) {
        let host: Vec<Buffer> = inputs.iter().map(|input| (*input).clone()).collect();
        let device: Vec<Buffer> = inputs.iter().map(|input| self.up(input, shift)).collect();
        let expected = call(&HostKernels, &host);
        (call(self.kernels(), &device), expected)
    }
}

fn same<T: PartialEq + Said>(
    what: &str,
    shift: usize,
    found: &Result<T, BufferError>,
    expected: &Result<T, BufferError>,
) {
    match (found, expected) {
        (Err(BufferError::Device { .. }), _) if !shift.is_multiple_of(16) => {}
        (Ok(found), Ok(expected)) => {
            assert!(
                found == expected,
                "{what}, shift {shift}: {}",
                found.unlike(expected)
            );
        }
        (found, expected) => assert_eq!(
            found.as_ref().err(),
            expected.as_ref().err(),
            "{what}, shift {shift}"
        ),
    }
}

/// What a kernel says, for messages.
trait Said {
    fn unlike(&self, other: &Self) -> String;
}

impl Said for Buffer {
    fn unlike(&self, other: &Self) -> String {
        let (ours, theirs) = (self.bytes().unwrap(), other.bytes().unwrap());
        let place = ours.iter().zip(theirs).position(|(a, b)| a != b);
        let near = |bytes: &[u8]| {
            let start = place.unwrap_or(0) / 16 * 16;
            bytes
                .iter()
                .skip(start)
                .take(16)
                .copied()
                .collect::<Vec<u8>>()
        };
        format!(
            "{} and {} bytes, which differ at {place:?}: {:02x?} and {:02x?}",
            ours.len(),
            theirs.len(),
            near(ours),
            near(theirs)
        )
    }
}

impl<T: std::fmt::Debug> Said for Option<T> {
    fn unlike(&self, other: &Self) -> String {
        format!("{self:?} and {other:?}")
    }
}

impl Said for String {
    fn unlike(&self, other: &Self) -> String {
        format!("{self} and {other}")
    }
}

impl Said for bool {
    fn unlike(&self, other: &Self) -> String {
        format!("{self} and {other}")
    }
}
