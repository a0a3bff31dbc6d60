//! Arrays on a device.

use gawky::array::{Array, ArrayError, Index};
use gawky_buffer::{Buffer, BufferError, Place};

use super::structure;
use crate::arbitrary::arrays as random_arrays;

/// Checks that whatever is done with `cases` random arrays, of all classes of nodes, gives on the device what it gives
/// on the host, and that structure which is wrong is refused there with the same words, for five times as many.
///
/// # Panics
/// When something is wrong.
pub fn arrays(device: &Place, cases: u32) {
    super::of_random(cases, &random_arrays(), |array| {
        if let Err(difference) = array_agrees(device, &array) {
            panic!("{difference}, of {array:?}");
        }
    });
    structure::hostile_structure(device, cases.saturating_mul(5));
    structure::errors_name_the_same_places(device);
    structure::tags_and_rows_are_told_in_their_order(device);
}

/// One thing that is done to an array, and what it is called.
type Verb = (&'static str, fn(&Array) -> Result<Array, ArrayError>);

const VERBS: &[Verb] = &[
    ("pack", Array::pack),
    ("num(0)", |array| array.num(0)),
    ("num(1)", |array| array.num(1)),
    ("num(2)", |array| array.num(2)),
    ("num(3)", |array| array.num(3)),
    ("local_index(0)", |array| array.local_index(0)),
    ("local_index(1)", |array| array.local_index(1)),
    ("local_index(2)", |array| array.local_index(2)),
    ("local_index(3)", |array| array.local_index(3)),
    ("flatten(0)", |array| array.flatten(0)),
    ("flatten(1)", |array| array.flatten(1)),
    ("flatten(2)", |array| array.flatten(2)),
    ("flatten(3)", |array| array.flatten(3)),
    ("to_indexed_option", |array| {
        let made = array.to_indexed_option()?;
        Ok(made.map_or_else(|| array.clone(), Array::from))
    }),
    ("to_byte_masked", |array| match array {
        Array::BitMasked(bits) => bits.to_byte_masked().map(Array::from),
        other => Ok(other.clone()),
    }),
    ("to_bit_masked(true)", |array| match array {
        Array::ByteMasked(bytes) => bytes.to_bit_masked(true).map(Array::from),
        other => Ok(other.clone()),
    }),
    ("to_bit_masked(false)", |array| match array {
        Array::ByteMasked(bytes) => bytes.to_bit_masked(false).map(Array::from),
        other => Ok(other.clone()),
    }),
];

/// Does to one array on the device what is done to it on the host, and compares.
///
/// # Errors
/// The first difference in layouts, bytes, places or errors, as text.
pub fn array_agrees(device: &Place, array: &Array) -> Result<(), String> {
    let there = array.to_place(device).map_err(|error| error.to_string())?;
    if there.form() != array.form() || there.len() != array.len() {
        return Err(format!("{there:?} on {device} is of another form"));
    }
    same(
        device,
        "to_place",
        array,
        Ok(there.clone()),
        Ok(array.clone()),
    )?;
    for (what, verb) in VERBS {
        same(device, what, array, verb(&there), verb(array))?;
    }
    taking(device, array, &there)?;
    counting(device, array, &there)?;
    Ok(())
}

fn taking(device: &Place, array: &Array, there: &Array) -> Result<(), String> {
    let rows: Vec<usize> = (0..array.len())
        .rev()
        .step_by(2)
        .chain(0..array.len().min(3))
        .collect();
    let taken = array.take(&rows);
    same(device, "take", array, there.take(&rows), taken.clone())?;
    let packed = |array: Result<Array, ArrayError>| array.and_then(|taken| taken.pack());
    same(
        device,
        "take, pack",
        array,
        packed(there.take(&rows)),
        packed(taken.clone()),
    )?;
    let wide: Vec<i64> = rows
        .iter()
        .map(|row| i64::try_from(*row).unwrap())
        .collect();
    let narrow: Vec<i32> = rows
        .iter()
        .map(|row| i32::try_from(*row).unwrap())
        .collect();
    let unsigned: Vec<u32> = rows
        .iter()
        .map(|row| u32::try_from(*row).unwrap())
        .collect();
    for index in [
        Index::from(wide),
        Index::from(narrow),
        Index::from(unsigned),
    ] {
        let picked = there.take_index(&sent(device, &index));
        same(device, "take_index", array, picked, taken.clone())?;
    }
    let end = i64::try_from(array.len()).unwrap();
    for outside in [vec![-1], vec![0, end, -1], vec![i64::MAX], vec![i64::MIN]] {
        let index = Index::from(outside);
        let (found, expected) = (
            there.take_index(&sent(device, &index)),
            array.take_index(&index),
        );
        same(device, "take_index outside", array, found, expected)?;
    }
    Ok(())
}

/// Lists of 0, 1, 2 and 3 elements in turn, as far as the array goes; and counts that are no such ones.
fn counting(device: &Place, array: &Array, there: &Array) -> Result<(), String> {
    let (mut counts, mut left) = (Vec::new(), array.len());
    for count in (0_usize..4).cycle().take(2 * array.len() + 2) {
        counts.push(i64::try_from(count.min(left)).unwrap());
        left -= count.min(left);
    }
    let more = [&counts[..], &[1]].concat();
    let negative = [&counts[..], &[-1, 1]].concat();
    for counts in [counts, more, negative, vec![i64::MAX, i64::MAX], Vec::new()] {
        let counts = Index::from(counts);
        let (found, expected) = (
            there.unflatten(&sent(device, &counts)),
            array.unflatten(&counts),
        );
        same(device, "unflatten", array, found, expected)?;
    }
    Ok(())
}

/// An index with the same numbers on the device.
fn sent(device: &Place, index: &Index) -> Index {
    Index::try_new(index.buffer().to_place(device).unwrap(), index.kind()).unwrap()
}

fn same(
    device: &Place,
    what: &str,
    array: &Array,
    found: Result<Array, ArrayError>,
    expected: Result<Array, ArrayError>,
) -> Result<(), String> {
    // Counts of a union's contents, which may have become of one form, are not made one on a device.
    let refused = matches!(
        &found,
        Err(ArrayError::Buffer(BufferError::NotOnHost { .. }))
    );
    if refused && what.starts_with("num") && has_union(array) {
        return Ok(());
    }
    // What has no buffer at all is nowhere, and what is made of it may be anywhere.
    if let Ok(found) = &found
        && has_buffers(array)
        && let Some(elsewhere) = elsewhere(device, found)
    {
        return Err(format!("{what} on {device} has a part on {elsewhere}"));
    }
    let said = |error: ArrayError| error.to_string();
    let found = found
        .and_then(|found| found.to_place(&Place::Host))
        .map_err(said);
    let expected = expected.map_err(said);
    // Equal forms, too: arrays of unlike classes may be equal.
    let forms = |result: &Result<Array, String>| result.as_ref().ok().map(Array::form);
    if found == expected && forms(&found) == forms(&expected) {
        return Ok(());
    }
    let told = |result: &Result<Array, String>| match result {
        Ok(array) => format!("{array} of form {:?}", array.form()),
        Err(error) => error.clone(),
    };
    let (found, expected) = (told(&found), told(&expected));
    Err(format!("{what} on {device}: {found} is not {expected}"))
}

fn has_union(array: &Array) -> bool {
    matches!(array, Array::Union(_)) || array.children().iter().any(has_union)
}

fn has_buffers(array: &Array) -> bool {
    !own_buffers(array).is_empty() || array.children().iter().any(has_buffers)
}

/// Where the first buffer lies that is not on the device.
fn elsewhere(device: &Place, array: &Array) -> Option<Place> {
    let own = own_buffers(array);
    let mut places = own
        .iter()
        .map(Buffer::place)
        .filter(|place| place != device);
    places.next().or_else(|| {
        array
            .children()
            .iter()
            .find_map(|child| elsewhere(device, child))
    })
}

/// The buffers of one node.
fn own_buffers(array: &Array) -> Vec<Buffer> {
    match array {
        Array::Numpy(node) => vec![node.data().clone()],
        Array::ListOffset(node) => vec![node.offsets().buffer().clone()],
        Array::List(node) => vec![
            node.starts().buffer().clone(),
            node.stops().buffer().clone(),
        ],
        Array::Indexed(node) => vec![node.index().buffer().clone()],
        Array::IndexedOption(node) => vec![node.index().buffer().clone()],
        Array::ByteMasked(node) => vec![node.mask().clone()],
        Array::BitMasked(node) => vec![node.mask().unwrap()],
        Array::Union(node) => vec![node.tags().clone(), node.index().buffer().clone()],
        Array::Empty(_) | Array::Regular(_) | Array::Record(_) | Array::Unmasked(_) => Vec::new(),
    }
}
