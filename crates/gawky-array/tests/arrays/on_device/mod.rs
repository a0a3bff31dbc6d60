//! Arrays on a device that computes by itself: the same layouts as on the host, and nothing travels but a few numbers.

mod moving;
mod rows;
mod validation;
mod verbs;

use std::sync::Arc;

use gawky_array::{Array, ArrayError};
use gawky_buffer::Place;
use gawky_testkit::containers::FakeDevice;

/// A device that computes, and its place.
pub(crate) fn computing() -> (Arc<FakeDevice>, Place) {
    let device = FakeDevice::with_kernels("fake:0");
    let place = Place::Device(device.clone());
    (device, place)
}

/// How many nodes an array has.
fn nodes(array: &Array) -> u64 {
    1 + array.children().iter().map(nodes).sum::<u64>()
}

/// Whether there is a union anywhere. Verbs after which its contents may be of one form cannot make one of them on a
/// device.
pub(crate) fn has_union(array: &Array) -> bool {
    matches!(array, Array::Union(_)) || array.children().iter().any(has_union)
}

/// Does the same to an array on the host and on a device: the results must be of one layout, and of one error where
/// there is none. On the device nothing is sent up, all that comes back are single numbers, and the result stays there.
#[track_caller]
pub(crate) fn same_there(array: &Array, verb: impl Fn(&Array) -> Result<Array, ArrayError>) {
    let (device, place) = computing();
    let there = array.to_place(&place).unwrap();
    let before = device.transfers();
    let result = verb(&there);
    let after = device.transfers();
    assert_eq!(after.uploads, before.uploads, "something was sent up");
    let numbers = after.pieces_down - before.pieces_down;
    assert!(after.bytes_down - before.bytes_down <= 8 * numbers);
    let expected = verb(array);
    match (result, expected) {
        (Ok(result), Ok(expected)) => {
            let most = 8 * (nodes(array) + nodes(&result));
            assert!(numbers <= most, "{numbers} numbers came back");
            result.to_place(&place).unwrap();
            let sent = device.transfers().bytes_up - after.bytes_up;
            // What has no buffer at all is nowhere.
            assert!(
                sent == 0 || before.pieces == 0,
                "some of the result is on the host"
            );
            let home = result.to_place(&Place::Host).unwrap();
            assert_eq!(home.form(), expected.form());
            assert_eq!(home, expected);
        }
        (result, expected) => assert_eq!(
            result.map_err(|error| error.to_string()).err(),
            expected.map_err(|error| error.to_string()).err(),
        ),
    }
}

/// That a device that only keeps bytes says so, where there are any.
#[track_caller]
pub(crate) fn refused_where_nothing_computes<T: std::fmt::Debug>(
    array: &Array,
    verb: impl Fn(&Array) -> Result<T, ArrayError>,
) {
    let there = array
        .to_place(&Place::Device(FakeDevice::new("fake:1")))
        .unwrap();
    let error = verb(&there).unwrap_err().to_string();
    assert!(error.contains("the bytes are on fake:1"), "{error}");
}
