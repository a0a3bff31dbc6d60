//! Where there is no driver: an error, no panic, and not a word on the terminal.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::process::Command;

use gawky_cuda::{CudaDevice, CudaError};

/// What the other test looks at from outside, in a process of its own.
#[test]
fn without_a_driver() {
    for _ in 0..2 {
        let errors = [CudaDevice::new(0).err(), CudaDevice::count().err()];
        for error in errors {
            match error {
                None => return,
                Some(CudaError::CudaUnavailable { reason }) => assert!(!reason.is_empty()),
                Some(error) => panic!("{error}"),
            }
        }
    }
}

#[test]
fn nothing_is_printed() {
    let out = Command::new(std::env::current_exe().unwrap())
        .args([
            "without_a_driver",
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ])
        // The simulated driver is found by it.
        .env_remove("LD_LIBRARY_PATH")
        .output()
        .unwrap();
    assert!(out.status.success(), "{out:?}");
    assert_eq!(String::from_utf8_lossy(&out.stderr), "");
    let printed = String::from_utf8_lossy(&out.stdout);
    for line in printed.lines() {
        let harness = ["", "running 1 test", "test without_a_driver ... ok"].contains(&line)
            || line.starts_with("test result: ok. 1 passed");
        assert!(harness, "{line:?}");
    }
}
