//! What is done to an array on a device that computes is what is done to it on the host.

use gawky::Array;
use gawky::array::Index;
use gawky::buffer::Place;

use crate::containers::FakeDevice;

/// One thing that can be done to an array, and what it is called.
type Verb = (
    &'static str,
    fn(&Array) -> Result<Array, gawky::array::ArrayError>,
);

const VERBS: &[Verb] = &[
    ("pack", Array::pack),
    ("num", |array| array.num(1)),
    ("local_index", |array| array.local_index(1)),
    ("flatten", |array| array.flatten(1)),
    ("flatten 0", |array| array.flatten(0)),
];

/// Does to an array there what can be done there, and compares.
///
/// # Errors
/// The first difference in layouts, bytes or errors, as text.
pub(super) fn agrees(array: &Array) -> Result<(), String> {
    let device = FakeDevice::with_kernels("fake:0");
    let place = Place::Device(device.clone());
    let said = |error: gawky::array::ArrayError| error.to_string();
    let there = array.to_place(&place).map_err(said)?;
    let same = |what: &str, found: Result<Array, String>, expected: Result<Array, String>| {
        let found = found.and_then(|found| found.to_place(&Place::Host).map_err(said));
        // Contents of unions that may have become of one form are not made one on a device.
        let refused = matches!(&found, Err(error) if error.contains("the bytes are on fake:0"));
        if found == expected || (refused && expected.is_ok() && has_union(array)) {
            return Ok(());
        }
        let told = |result: &Result<Array, String>| match result {
            Ok(array) => array.to_string(),
            Err(error) => error.clone(),
        };
        let (found, expected) = (told(&found), told(&expected));
        Err(format!("{what} on a device: {found} is not {expected}"))
    };
    for (what, verb) in VERBS {
        same(what, verb(&there).map_err(said), verb(array).map_err(said))?;
    }
    let rows: Vec<usize> = (0..array.len()).rev().step_by(2).collect();
    let taken = array.take(&rows).map_err(said);
    same("take", there.take(&rows).map_err(said), taken.clone())?;
    let index: Vec<u32> = rows
        .iter()
        .filter_map(|row| u32::try_from(*row).ok())
        .collect();
    same(
        "take_index",
        array.take_index(&Index::from(index)).map_err(said),
        taken,
    )?;
    Ok(())
}

fn has_union(array: &Array) -> bool {
    matches!(array, Array::Union(_)) || array.children().iter().any(has_union)
}
