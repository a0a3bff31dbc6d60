//! Any bytes as a safetensors file: what is taken, the crate `safetensors` takes for the same; and any bytes as
//! its header, over a file that has other bytes.

#![no_main]

use gawky::safetensors::SafeTensorsArray;
use gawky::store::safetensors::SafeTensors;
use gawky::store::{Buffer, Container, MemoryContainer};
use gawky_fuzz as _;
use libfuzzer_sys::fuzz_target;

fn agrees(file: &[u8]) {
    let Ok(ours) = SafeTensors::from_buffer(Buffer::copied_from(file)) else {
        return;
    };
    let index = ours.layer();
    assert_eq!(index.file_size(), file.len() as u64);
    // What no tensor has is skipped, as long as it is JSON; the crate is stricter with numbers and escapes in it.
    if let Ok(theirs) = safetensors::SafeTensors::deserialize(file) {
        assert_eq!(theirs.len(), index.len());
        for (name, tensor) in theirs.iter() {
            let range = index.range(name).expect("the crate has it");
            let (start, end) = (range.start as usize, range.end as usize);
            assert_eq!(&file[start..end], tensor.data(), "{name}");
        }
    }
    for key in index.keys() {
        let bytes = ours
            .get(key)
            .expect("it is all there")
            .expect("it is listed");
        assert_eq!(
            Some(bytes.len() as u64),
            ours.size(key).expect("it is a key")
        );
    }
    if let Ok(array) = SafeTensorsArray::of(ours) {
        let _ = array.read();
    }
}

fuzz_target!(|bytes: &[u8]| {
    agrees(bytes);
    // Behind a length that is right, with some bytes of data, and in a container that is asked piece by piece.
    let (header, data) = bytes.split_at(
        bytes
            .len()
            .saturating_sub(usize::from(bytes.first().copied().unwrap_or(0) % 32)),
    );
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header);
    file.extend_from_slice(data);
    agrees(&file);
    let memory = MemoryContainer::new();
    memory
        .insert("f", Buffer::copied_from(&file))
        .expect("it is a key");
    if let Ok(tensors) = SafeTensors::open(memory, "f") {
        for key in tensors.layer().keys() {
            // The file may be shorter than its header says.
            let _ = tensors.get(key);
        }
    }
});
