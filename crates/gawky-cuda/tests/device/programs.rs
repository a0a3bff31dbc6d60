//! How kernels are compiled, kept and called. What they compute, gawky's tests/cuda looks at.

use std::sync::Barrier;

use gawky_buffer::{Buffer, DType, Device, Kernels};

use super::device;

#[test]
fn threads_that_need_the_same_kernel_get_it() {
    let Some(device) = device() else { return };
    let begin = Barrier::new(8);
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (device, begin) = (&device, &begin);
            scope.spawn(move || {
                begin.wait();
                let counted = device.counting(number, 3).unwrap().to_host().unwrap();
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
    let Some(device) = device() else { return };
    let mut made = device.counting(0, 1000).unwrap();
    for _ in 0..50 {
        // Each time what was made before is dropped, while the kernel that reads it may not have run.
        made = device.add(&made, 1).unwrap();
    }
    let last = made.to_host().unwrap().typed::<i64>().unwrap()[999];
    assert_eq!(last, 1049);
}

#[test]
fn buffers_of_another_device_object_are_read_after_they_are_written() {
    let (Some(device), Some(other)) = (device(), device()) else {
        return;
    };
    let made = other.counting(7, 70_000).unwrap();
    let more = device.add(&made, 1).unwrap();
    drop(made);
    let back = more.to_host().unwrap();
    assert_eq!(back.typed::<i64>().unwrap()[69_999], 70_007);
}

#[test]
fn host_bytes_are_refused() {
    let Some(device) = device() else { return };
    let here = Buffer::from_vec(vec![1_i64, 2]);
    let refused = device.add(&here, 1);
    assert!(refused.is_err_and(|error| error.to_string().contains("host")));
}

#[test]
fn elements_may_lie_at_any_address() {
    let Some(device) = device() else { return };
    let mut bytes = vec![0xee; 3];
    bytes.extend(
        [7_i64, -1, 300]
            .iter()
            .flat_map(|number| number.to_ne_bytes()),
    );
    let sent = device.upload(&[Buffer::copied_from(&bytes)]).unwrap();
    let odd = sent[0].slice(3..bytes.len()).unwrap();
    let home = |made: Buffer| made.to_host().unwrap();
    let added = home(device.add(&odd, 1).unwrap());
    assert_eq!(*added.typed::<i64>().unwrap(), [8, 0, 301]);
    let offsets = home(device.offsets(&odd).unwrap());
    assert_eq!(*offsets.typed::<i64>().unwrap(), [0, 7, 7, 307]);
    let doubles = device.cast(&odd, DType::Int64, DType::Float64).unwrap();
    assert_eq!(*home(doubles).typed::<f64>().unwrap(), [7.0, -1.0, 300.0]);
    assert_eq!(device.first_descent(&odd).unwrap(), Some(1));
    let equal = device.all_equal(&odd, &odd, DType::Int64, false);
    assert_eq!(equal, Ok(true));
}
