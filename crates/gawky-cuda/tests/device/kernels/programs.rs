//! How kernels are compiled and kept.

use std::sync::Barrier;

use gawky_buffer::Kernels;

use super::Twins;

#[test]
fn threads_that_need_the_same_kernel_get_it() {
    let Some(twins) = Twins::new() else { return };
    let begin = Barrier::new(8);
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (twins, begin) = (&twins, &begin);
            scope.spawn(move || {
                begin.wait();
                let counted = twins.device.counting(number, 3).unwrap().to_host().unwrap();
                assert_eq!(
                    *counted.typed::<i64>().unwrap(),
                    [number, number + 1, number + 2]
                );
            });
        }
    });
}

#[test]
fn what_is_dropped_early_is_still_computed_with() {
    let Some(twins) = Twins::new() else { return };
    let mut made = twins.device.counting(0, 1000).unwrap();
    for _ in 0..50 {
        // Each time what was made before is dropped, while the kernel that reads it may not have run.
        made = twins.device.add(&made, 1).unwrap();
    }
    let last = made.to_host().unwrap().typed::<i64>().unwrap()[999];
    assert_eq!(last, 1049);
}

#[test]
fn buffers_of_another_device_object_are_read_after_they_are_written() {
    let (Some(twins), Some(other)) = (Twins::new(), Twins::new()) else {
        return;
    };
    let made = other.device.counting(7, 70_000).unwrap();
    let more = twins.device.add(&made, 1).unwrap();
    drop(made);
    let back = more.to_host().unwrap();
    assert_eq!(back.typed::<i64>().unwrap()[69_999], 70_007);
}

#[test]
fn host_bytes_are_refused() {
    let Some(twins) = Twins::new() else { return };
    let here = gawky_buffer::Buffer::from_vec(vec![1_i64, 2]);
    let refused = twins.device.add(&here, 1);
    assert!(refused.is_err_and(|error| error.to_string().contains("host")));
}
