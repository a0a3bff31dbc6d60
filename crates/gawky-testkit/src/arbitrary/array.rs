//! Random valid arrays.

#![allow(
    clippy::expect_used,
    reason = "a generator of valid arrays that makes an invalid one should stop the test"
)]

use std::sync::Arc;

use gawky::array::{
    BitMaskedArray, ByteMaskedArray, EmptyArray, Index, IndexedArray, IndexedOptionArray,
    ListArray, ListOffsetArray, NumpyArray, RecordArray, RegularArray, UnionArray, UnmaskedArray,
};
use gawky::buffer::{TimeUnit, Unit};
use gawky::form::Parameters;
use gawky::{Array, Buffer, DType};

use super::{DEPTH, Tape};

/// A valid array of up to 8 rows, nested up to [`DEPTH`].
#[must_use]
pub fn array(tape: &mut Tape<'_>) -> Array {
    let length = tape.below(9);
    array_of(tape, length, DEPTH)
}

/// A valid array of `length` rows, nested up to `depth`.
///
/// # Panics
/// When it is not valid after all: then either this generator or a constructor is wrong.
#[must_use]
pub fn array_of(tape: &mut Tape<'_>, length: usize, depth: usize) -> Array {
    let Some(depth) = depth.checked_sub(1) else {
        return leaf(tape, length);
    };
    match tape.below(15) {
        1 => regular(tape, length, depth),
        2 | 3 => list_offset(tape, length, depth),
        4 => list(tape, length, depth),
        5 | 6 => record(tape, length, depth),
        7 => indexed(tape, length, depth),
        8 => indexed_option(tape, length, depth),
        9 => byte_masked(tape, length, depth),
        10 => bit_masked(tape, length, depth),
        11 => UnmaskedArray::new(array_of(tape, length, depth), parameters(tape)).into(),
        12 => union(tape, length, depth),
        13 => text(tape, length),
        14 => sliced(tape, length, depth),
        _ => leaf(tape, length),
    }
}

/// Metadata without a meaning to gawky, mostly none.
fn parameters(tape: &mut Tape<'_>) -> Parameters {
    match tape.byte() {
        250..=252 => Parameters::from_iter([("doc", "what it is")]),
        253..=255 => Parameters::from_iter([("scale", 2.5)]).with("__record__", "Point"),
        _ => Parameters::none(),
    }
}

/// Any dtype.
pub(super) fn dtype(tape: &mut Tape<'_>) -> DType {
    let unit = |tape: &mut Tape<'_>| {
        let unit = Unit::ALL.get(tape.below(Unit::ALL.len()));
        TimeUnit::from(*unit.unwrap_or(&Unit::Second))
    };
    match tape.below(20) {
        0 | 1 => DType::Int64,
        18 => DType::DateTime64(unit(tape)),
        19 => DType::TimeDelta64(unit(tape)),
        other => *DType::TIMELESS.get(other - 2).unwrap_or(&DType::Float64),
    }
}

fn leaf(tape: &mut Tape<'_>, length: usize) -> Array {
    if length == 0 && tape.once_in(4) {
        return EmptyArray.into();
    }
    let dtype = dtype(tape);
    let inner_shape: &[u64] = match tape.below(16) {
        11 => &[0],
        12 => &[2],
        13 => &[3, 1, 2],
        14 => &[2, 0],
        15 => &[0, 3],
        _ => &[],
    };
    let elements: u64 = inner_shape.iter().product();
    let row = usize::try_from(elements).unwrap_or(0) * dtype.itemsize();
    let spare = tape.below(4) * tape.below(2);
    let data = tape.data(length * row + spare);
    numpy(data, dtype, inner_shape, length, parameters(tape))
}

fn numpy(
    data: Vec<u8>,
    dtype: DType,
    shape: &[u64],
    length: usize,
    parameters: Parameters,
) -> Array {
    NumpyArray::try_new(data.into(), dtype, shape.into(), length, parameters)
        .expect("as many bytes as needed")
        .into()
}

/// A content of at least `needed` rows.
fn content(tape: &mut Tape<'_>, needed: usize, depth: usize) -> Array {
    let spare = tape.below(4).saturating_sub(1);
    array_of(tape, needed + spare, depth)
}

/// Numbers in any kind of integer that can hold them.
fn index(tape: &mut Tape<'_>, numbers: &[i64], signed: bool) -> Index {
    let narrow: Option<Vec<i32>> = numbers.iter().map(|n| i32::try_from(*n).ok()).collect();
    let unsigned: Option<Vec<u32>> = numbers.iter().map(|n| u32::try_from(*n).ok()).collect();
    match (tape.below(3), narrow, unsigned) {
        (1, Some(narrow), _) => narrow.into(),
        (2, _, Some(unsigned)) if !signed => unsigned.into(),
        _ => numbers.to_vec().into(),
    }
}

fn signed(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn regular(tape: &mut Tape<'_>, length: usize, depth: usize) -> Array {
    let size = tape.below(4);
    let content = content(tape, length * size, depth);
    RegularArray::try_new(content, size, length, parameters(tape))
        .expect("enough content")
        .into()
}

/// Offsets of `length` lists, the first mostly 0.
fn offsets(tape: &mut Tape<'_>, length: usize) -> Vec<i64> {
    let mut end = tape.below(4).saturating_sub(2);
    let mut offsets = vec![signed(end)];
    for _ in 0..length {
        end += tape.below(4);
        offsets.push(signed(end));
    }
    offsets
}

fn last(offsets: &[i64]) -> usize {
    usize::try_from(offsets.last().copied().unwrap_or(0)).unwrap_or(0)
}

fn list_offset(tape: &mut Tape<'_>, length: usize, depth: usize) -> Array {
    let offsets = offsets(tape, length);
    // No lists need no content, wherever the one offset lies.
    let needed = if length == 0 && tape.once_in(2) {
        0
    } else {
        last(&offsets)
    };
    let content = content(tape, needed, depth);
    let offsets = index(tape, &offsets, false);
    match ListOffsetArray::try_new(offsets, content.clone(), parameters(tape)) {
        Ok(array) => array.into(),
        Err(_) if length == 0 => {
            ListOffsetArray::try_new(vec![0_i64].into(), content, Parameters::none())
                .expect("no lists need nothing")
                .into()
        }
        Err(error) => unreachable_array(&error),
    }
}

#[allow(clippy::panic, reason = "this stops the test")]
fn unreachable_array(error: &gawky::array::ArrayError) -> Array {
    panic!("the generator made an invalid array: {error}")
}

/// Starts and stops in any order within `content`; those of empty lists may lie anywhere.
fn bounds(tape: &mut Tape<'_>, length: usize, content: usize) -> (Vec<i64>, Vec<i64>) {
    (0..length)
        .map(|_| {
            let start = tape.below(content + 1);
            let stop = start + tape.below(content - start + 1);
            match (start == stop, tape.byte()) {
                (true, 200..=220) => (999, 999),
                (true, 221..=230) => (-3, -3),
                _ => (signed(start), signed(stop)),
            }
        })
        .unzip()
}

fn list(tape: &mut Tape<'_>, length: usize, depth: usize) -> Array {
    let content_length = tape.below(7);
    let (starts, mut stops) = bounds(tape, length, content_length);
    if tape.once_in(8) {
        stops.push(77);
    }
    let content = array_of(tape, content_length, depth);
    let all: Vec<i64> = starts.iter().chain(&stops).copied().collect();
    let kind = tape.byte();
    // The same choice for both, as both must be of one kind.
    let of_kind = |numbers: &[i64]| {
        let whole = index(&mut Tape::new(&[kind]), &all, false);
        match whole.kind() {
            gawky::form::IndexType::I64 => index(&mut Tape::new(&[0]), numbers, false),
            _ => index(&mut Tape::new(&[kind]), numbers, false),
        }
    };
    ListArray::try_new(of_kind(&starts), of_kind(&stops), content, parameters(tape))
        .expect("all lists are within the content")
        .into()
}

fn record(tape: &mut Tape<'_>, length: usize, depth: usize) -> Array {
    const NAMES: [&str; 8] = ["x", "y", "pt", "mäggi", "a.b", "", "0", "x"];
    let fields = tape.below(4);
    let names: Option<Arc<[Arc<str>]>> = if tape.once_in(4) {
        None
    } else {
        let first = tape.below(NAMES.len());
        let names = NAMES.iter().cycle().skip(first).take(fields);
        Some(names.map(|name| Arc::from(*name)).collect())
    };
    let contents = (0..fields).map(|_| content(tape, length, depth)).collect();
    RecordArray::try_new(names, contents, length, parameters(tape))
        .expect("contents that are long enough")
        .into()
}

fn indexed(tape: &mut Tape<'_>, length: usize, depth: usize) -> Array {
    let content_length = tape.below(5) + usize::from(length > 0);
    let numbers: Vec<i64> = (0..length)
        .map(|_| signed(tape.below(content_length)))
        .collect();
    let index = index(tape, &numbers, false);
    if tape.once_in(5) {
        return IndexedArray::try_new(index, categories(content_length), categorical())
            .expect("an index within the content")
            .into();
    }
    let content = array_of(tape, content_length, depth);
    IndexedArray::try_new(index, content, parameters(tape))
        .expect("an index within the content")
        .into()
}

fn categorical() -> Parameters {
    Parameters::from_iter([("__array__", "categorical")])
}

/// Numbers that are all different.
fn categories(length: usize) -> Array {
    let numbers: Vec<i64> = (0..length).map(|row| signed(row) * 10).collect();
    NumpyArray::from_vec(numbers).into()
}

fn indexed_option(tape: &mut Tape<'_>, length: usize, depth: usize) -> Array {
    let content_length = tape.below(5);
    let numbers: Vec<i64> = (0..length)
        .map(|_| match tape.below(content_length + 2) {
            0 => -1,
            1 => -7,
            picked => signed(picked - 2),
        })
        .collect();
    let index = index(tape, &numbers, true);
    if tape.once_in(8) {
        return IndexedOptionArray::try_new(index, categories(content_length), categorical())
            .expect("an index within the content")
            .into();
    }
    let content = array_of(tape, content_length, depth);
    IndexedOptionArray::try_new(index, content, parameters(tape))
        .expect("an index within the content")
        .into()
}

fn byte_masked(tape: &mut Tape<'_>, length: usize, depth: usize) -> Array {
    const BYTES: [u8; 4] = [0, 1, 255, 2];
    let mask: Vec<u8> = (0..length)
        .map(|_| BYTES.get(tape.below(4)).copied().unwrap_or(0))
        .collect();
    let valid_when = !tape.once_in(2);
    let content = content(tape, length, depth);
    ByteMaskedArray::try_new(mask.into(), content, valid_when, parameters(tape))
        .expect("enough content")
        .into()
}

fn bit_masked(tape: &mut Tape<'_>, length: usize, depth: usize) -> Array {
    // Bits that are cut off show that a mask need not begin at a whole byte.
    let before = tape.below(19).saturating_sub(8);
    let whole = before + length;
    let bits: Vec<u8> = (0..whole.div_ceil(8) + tape.below(2))
        .map(|_| tape.byte())
        .collect();
    let (valid_when, lsb_order) = (!tape.once_in(2), tape.once_in(2));
    let content = content(tape, whole, depth);
    let array = BitMaskedArray::try_new(
        bits.into(),
        content,
        valid_when,
        lsb_order,
        whole,
        parameters(tape),
    );
    Array::from(array.expect("enough bits and content"))
        .slice(before..whole)
        .expect("rows within the array")
}

fn union(tape: &mut Tape<'_>, length: usize, depth: usize) -> Array {
    let lengths: Vec<usize> = (0..tape.below(4) + usize::from(length > 0))
        .map(|_| tape.below(4) + usize::from(length > 0))
        .collect();
    let picks: Vec<(u8, i64)> = (0..length)
        .map(|_| {
            let tag = tape.below(lengths.len());
            let within = lengths.get(tag).copied().unwrap_or(1);
            (u8::try_from(tag).unwrap_or(0), signed(tape.below(within)))
        })
        .collect();
    let (tags, mut numbers): (Vec<u8>, Vec<i64>) = picks.into_iter().unzip();
    if tape.once_in(8) {
        numbers.push(3);
    }
    let index = index(tape, &numbers, false);
    let contents = lengths
        .into_iter()
        .map(|length| array_of(tape, length, depth))
        .collect();
    UnionArray::try_new(tags.into(), index, contents, parameters(tape))
        .expect("tags and an index within the contents")
        .into()
}

/// Strings or bytestrings, in lists of any class.
fn text(tape: &mut Tape<'_>, length: usize) -> Array {
    const LETTERS: &[u8] = b"abc'\"\\ \n\x00\xc3\xa4\xff";
    let (outer, inner) = if tape.once_in(3) {
        ("bytestring", "byte")
    } else {
        ("string", "char")
    };
    let parameters = |name: &str| Parameters::from_iter([("__array__", name)]);
    let how = tape.below(3);
    let count = length * 2 + 1;
    let letters: Vec<u8> = (0..count)
        .map(|_| {
            LETTERS
                .get(tape.below(LETTERS.len()))
                .copied()
                .unwrap_or(b'a')
        })
        .collect();
    let content = numpy(letters, DType::UInt8, &[], count, parameters(inner));
    match how {
        1 => RegularArray::try_new(content, 2, length, parameters(outer))
            .expect("enough letters")
            .into(),
        2 => {
            let starts: Vec<i64> = (0..length).map(|row| signed(row % count)).collect();
            let stops: Vec<i64> = starts.iter().map(|_| signed(count)).collect();
            ListArray::try_new(starts.into(), stops.into(), content, parameters(outer))
                .expect("lists within the letters")
                .into()
        }
        _ => {
            let offsets: Vec<i64> = (0..=length)
                .map(|row| signed((row * 3).min(count)))
                .collect();
            ListOffsetArray::try_new(offsets.into(), content, parameters(outer))
                .expect("offsets within the letters")
                .into()
        }
    }
}

/// Rows from the middle of a longer array.
fn sliced(tape: &mut Tape<'_>, length: usize, depth: usize) -> Array {
    let before = tape.below(4);
    let after = tape.below(3);
    array_of(tape, before + length + after, depth)
        .slice(before..before + length)
        .expect("rows within the array")
}

/// The bytes of a blob at an address that no type but bytes likes.
pub(super) fn at_odd_address(bytes: &[u8]) -> Buffer {
    let mut shifted = vec![0_u8];
    shifted.extend_from_slice(bytes);
    let whole = Buffer::copied_from(&shifted);
    whole.slice(1..shifted.len()).unwrap_or_default()
}
