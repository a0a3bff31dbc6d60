//! Compaction: the same rows in fewer partitions.

use gawky::dataset::Packing;

use super::*;

#[test]
fn small_partitions_become_large_ones() {
    for packing in [Packing::Blobs, Packing::Safetensors] {
        let container = memory();
        let mut dataset = CreateDataset::new()
            .packing(packing)
            .create_in(Arc::clone(&container))
            .unwrap();
        let arrays: Vec<Array> = (0..7).map(|first| lists(first * 10)).collect();
        for array in &arrays {
            dataset.append(array).unwrap();
        }
        let written = dataset.compact(9).unwrap();
        assert_eq!((written.partitions, written.rows), (2, 18));
        assert_eq!(dataset.lengths(), [9, 9, 3]);
        assert_eq!(dataset.ids(), Some(&[7, 8, 6][..]));
        let expected = [
            Array::concatenate(&arrays[..3]).unwrap(),
            Array::concatenate(&arrays[3..6]).unwrap(),
            arrays[6].clone(),
        ];
        assert_eq!(rows(&dataset), said(&expected));
        assert_eq!(rows(&super::dataset(&container)), said(&expected));
        assert_eq!(rows(&dataset.open_at(8).unwrap()), said(&arrays));
        let version = dataset.version();
        assert_eq!(
            dataset.compact(9).unwrap().partitions,
            0,
            "there is nothing more to do"
        );
        assert_eq!(dataset.version(), version);
    }
}
