//! What every device with kernels is tested with, and golden cases.

use std::thread;

use gawky_testkit::device_suite;
use gawky_testkit::golden::{Case, check_at};

use super::device;

/// As text, since the machine that has the device may have nothing but this program.
const GOLDEN: [&str; 2] = [
    include_str!("../../../../tests/golden/awkward1.jsonl"),
    include_str!("../../../../tests/golden/awkward2.jsonl"),
];

#[test]
fn whole_buffers() {
    let Some(device) = device() else { return };
    device_suite::buffers(&device.place());
}

#[test]
fn kernels() {
    let Some(device) = device() else { return };
    device_suite::kernels(&device.place());
}

#[test]
fn casts() {
    let Some(device) = device() else { return };
    device_suite::casts(&device.place());
}

#[test]
fn random_views() {
    let Some(device) = device() else { return };
    device_suite::views(&device.place(), 16);
}

#[test]
fn random_arrays() {
    let Some(device) = device() else { return };
    device_suite::arrays(&device.place(), 24);
}

#[test]
fn golden_cases() {
    let Some(device) = device() else { return };
    let place = device.place();
    let check = move || {
        let mut failures = Vec::new();
        let lines = GOLDEN.iter().flat_map(|text| text.lines());
        for line in lines.filter(|line| !line.trim().is_empty()) {
            let case = Case::parse(line).unwrap();
            if let Err(failure) = check_at(&place, &case) {
                failures.push(format!("{}: {failure}", case.name));
            }
        }
        failures
    };
    // Some cases nest deeper than the stack of a test's thread allows.
    let deep = thread::Builder::new().stack_size(32 << 20).spawn(check);
    assert_eq!(deep.unwrap().join().unwrap(), [""; 0]);
}
