//! At random: lazily read is what is read, then taken.

use gawky::prelude::*;
use gawky_testkit::arbitrary::arrays;
use gawky_testkit::containers::CountingContainer;
use proptest::prelude::*;
use proptest::sample::Index as Pick;

/// An array in up to four partitions, cut at random.
fn cut(array: &Array, cuts: &[Pick]) -> Partitioned {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(array.len() + 1)).collect();
    ends.push(array.len());
    ends.sort_unstable();
    let mut begin = 0;
    let parts = ends.into_iter().map(|end| {
        let part = array.slice(begin..end).unwrap();
        begin = end;
        part
    });
    Partitioned::try_new(parts.collect()).unwrap()
}

fn within(length: usize, ends: (Pick, Pick)) -> (usize, usize) {
    let (a, b) = (ends.0.index(length + 1), ends.1.index(length + 1));
    (a.min(b), a.max(b))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_of_partitions_are_slices(
        array in arrays(),
        cuts in prop::collection::vec(any::<Pick>(), 0..4),
        ends in any::<(Pick, Pick)>(),
    ) {
        let parts = cut(&array, &cuts);
        let container = CountingContainer::new(MemoryContainer::new());
        let (form, lengths) = gawky::to_buffers(&parts, &container).unwrap();
        container.reset();
        let (start, end) = within(array.len(), ends);
        let lazy = LazyArray::new(&form, lengths, &container).unwrap();
        let rows = lazy.rows(start as u64..end as u64).unwrap();
        prop_assert_eq!(rows.array_type().to_string(), format!("{} * {}", end - start, array.type_()));
        prop_assert!(container.requested_keys().is_empty());

        let explanation = rows.explain().unwrap();
        let told = explanation.report.bytes_asked;
        let (read, report) = rows.read_with_report().unwrap();
        let slice = array.slice(start..end).unwrap();
        prop_assert!(read.equal_values(&slice, true).unwrap(), "{read} is not {slice}");
        prop_assert_eq!(explanation.fetches(), report.fetches as u64);
        prop_assert_eq!(explanation.steps, report.steps);
        prop_assert!(told <= report.bytes_asked);
        if explanation.buffers.iter().all(|buffer| buffer.range.is_some()) {
            prop_assert_eq!(explanation.bytes(), report.bytes_asked);
        }
    }

    #[test]
    fn rows_are_taken(
        array in arrays(),
        cuts in prop::collection::vec(any::<Pick>(), 0..4),
        picks in prop::collection::vec(any::<Pick>(), 0..8),
    ) {
        let parts = cut(&array, &cuts);
        let memory = MemoryContainer::new();
        let (form, lengths) = gawky::to_buffers(&parts, &memory).unwrap();
        let rows: Vec<usize> = match array.len() {
            0 => Vec::new(),
            length => picks.iter().map(|pick| pick.index(length)).collect(),
        };
        let wanted: Vec<u64> = rows.iter().map(|row| *row as u64).collect();
        let lazy = LazyArray::new(&form, lengths, &memory).unwrap();
        let taken = lazy.take(&wanted).unwrap();
        let expected = array.take(&rows).unwrap();
        prop_assert!(taken.equal_values(&expected, true).unwrap(), "{taken} is not {expected}");
    }

    /// Rows with more between them than is read along.
    #[test]
    fn rows_far_from_each_other_are_taken(
        array in arrays(),
        picks in prop::collection::vec(any::<Pick>(), 0..8),
    ) {
        prop_assume!(!array.is_empty());
        // Of bits, 4 KiB are 32,768 rows.
        let copies = 100_000_usize.div_ceil(array.len());
        let many: Vec<usize> = (0..array.len()).cycle().take(copies * array.len()).collect();
        let array = array.take(&many).unwrap();
        let memory = MemoryContainer::new();
        let (form, lengths) = gawky::to_buffers(&array, &memory).unwrap();
        let rows: Vec<usize> = picks.iter().map(|pick| pick.index(array.len())).collect();
        let wanted: Vec<u64> = rows.iter().map(|row| *row as u64).collect();
        let lazy = LazyArray::new(&form, lengths, &memory).unwrap();
        let taken = lazy.take(&wanted).unwrap();
        let expected = array.take(&rows).unwrap();
        prop_assert!(taken.equal_values(&expected, true).unwrap(), "{taken} is not {expected}");
    }

    #[test]
    fn fields_are_fields(array in arrays(), cuts in prop::collection::vec(any::<Pick>(), 0..3)) {
        let parts = cut(&array, &cuts);
        let memory = MemoryContainer::new();
        let (form, lengths) = gawky::to_buffers(&parts, &memory).unwrap();
        let lazy = LazyArray::new(&form, lengths, &memory).unwrap();
        for name in array.field_names() {
            match (array.field(&name), lazy.field(&name)) {
                (Ok(field), Ok(lazily)) => {
                    let read = lazily.read().unwrap();
                    prop_assert!(read.equal_values(&field, true).unwrap(), "{read} is not {field}");
                    prop_assert_eq!(lazily.type_(), read.type_());
                }
                (Err(_), Err(_)) => {}
                (now, lazily) => prop_assert!(false, "{now:?} and {lazily:?}"),
            }
        }
    }
}
