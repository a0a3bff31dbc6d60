//! Nothing proves foreign structure on a device that computes nothing; what one that computes proves,
//! `gawky_testkit::device_suite` tests.

use gawky_array::{Array, Index, ListOffsetArray, NumpyArray};
use gawky_buffer::{Buffer, Device};
use gawky_form::{IndexType, Parameters};

#[test]
fn a_device_that_computes_nothing_proves_nothing() {
    let device = gawky_testkit::containers::FakeDevice::new("fake:1");
    let offsets = device.upload(&[Buffer::from_vec(vec![0_i64, 1])]).unwrap();
    let offsets = Index::try_new(offsets[0].clone(), IndexType::I64).unwrap();
    let content = Array::from(NumpyArray::from_vec(vec![1_u8]));
    let error = ListOffsetArray::try_new(offsets, content, Parameters::none()).unwrap_err();
    assert!(
        error.to_string().contains("the bytes are on fake:1"),
        "{error}"
    );
}
