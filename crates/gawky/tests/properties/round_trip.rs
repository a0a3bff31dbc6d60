//! What is written can be read: whole, by rows, in either byte order, from anywhere.

use std::collections::BTreeMap;
use std::ops::Range;

use gawky::array::ArrayError;
use gawky::form::{Extent, Form as AnyForm};
use gawky::prelude::*;
use gawky_testkit::arbitrary::arrays;
use gawky_testkit::containers::{CountingContainer, FakeDevice};
use proptest::prelude::*;
use proptest::sample::Index as Pick;

use crate::cases;

fn rows(array: &Array, ends: (Pick, Pick)) -> Range<usize> {
    let (a, b) = (ends.0.index(array.len() + 1), ends.1.index(array.len() + 1));
    a.min(b)..a.max(b)
}

fn as_u64(rows: &Range<usize>) -> Range<u64> {
    u64::try_from(rows.start).unwrap()..u64::try_from(rows.end).unwrap()
}

/// The addresses of all buffers that hold anything, in writing order.
fn addresses(array: &Array) -> BTreeMap<String, usize> {
    let memory = MemoryContainer::new();
    let (form, _) = gawky::to_buffers(array, &memory).unwrap();
    let keys = form.expected_buffers(&KeyFormat::array(), None).unwrap();
    keys.into_iter()
        .filter_map(|expected| {
            let blob = memory.get(&expected.key).unwrap()?;
            (!blob.is_empty()).then(|| (expected.key.to_string(), blob.address()))
        })
        .collect()
}

/// How many levels of a form there are, each known only by the data of the one above. Masks, records and lists
/// of one size share the level of what is in them.
fn levels(form: &AnyForm) -> usize {
    /// Whether a level has any buffers, and how many levels there are below it.
    fn level(form: &AnyForm) -> (bool, usize) {
        let own = !form.buffers().is_empty();
        let children = form.children().iter().map(|child| level(child));
        let points = matches!(
            form,
            AnyForm::List(_)
                | AnyForm::ListOffset(_)
                | AnyForm::Indexed(_)
                | AnyForm::IndexedOption(_)
                | AnyForm::Union(_)
        );
        if points {
            let below = children.map(|(any, below)| usize::from(any) + below);
            return (true, below.max().unwrap_or(0));
        }
        children.fold((own, 0), |all, (any, below)| {
            (all.0 || any, all.1.max(below))
        })
    }
    let (any, below) = level(form);
    usize::from(any) + below
}

proptest! {
    #![proptest_config(cases(800))]

    /// In values, form and type the first time; in every byte from then on, as what no row reaches is gone.
    #[test]
    fn what_is_written_is_read(array in arrays(), big in any::<bool>()) {
        let order = if big { ByteOrder::Big } else { ByteOrder::Little };
        let mut array = array.0;
        for time in 0..2 {
            let memory = MemoryContainer::new();
            let write = ToBuffers::new(&array).byteorder(order);
            let (form, length) = write.write(&memory).unwrap();
            let read = FromBuffers::new(&form, length).byteorder(order);
            let (again, report) = read.read_with_report(&memory).unwrap();
            prop_assert_eq!(again.form(), array.form());
            prop_assert_eq!(again.array_type(), array.array_type());
            prop_assert!(again.equal_values(&array, true).unwrap(), "{again} is not {array}");
            if time == 1 {
                prop_assert_eq!(&again, &array);
            }
            if !big {
                prop_assert_eq!((report.copies, report.copied_bytes), (0, 0));
            }
            // SAFETY: this very array was proved when it was made.
            let trusting = unsafe { read.trusting() };
            prop_assert_eq!(&trusting.read(&memory).unwrap(), &again);
            array = again;
        }
    }

    /// No buffer is copied on the way through memory, but for bits that must be shifted.
    #[test]
    fn memory_is_not_copied(array in arrays()) {
        let memory = MemoryContainer::new();
        let (form, length) = gawky::to_buffers(&*array, &memory).unwrap();
        let (again, report) = FromBuffers::new(&form, length).read_with_report(&memory).unwrap();
        prop_assert_eq!(report.copies, 0);
        let written = addresses(&array);
        for (key, address) in addresses(&again) {
            let is_mask = key.ends_with("-mask");
            prop_assert_eq!(memory.get(&key).unwrap().map(|blob| blob.address()), Some(address));
            prop_assert!(is_mask || written[&key] == address, "{key} of {array:?}");
        }
    }

    #[test]
    fn rows_are_slices(array in arrays(), ends in any::<(Pick, Pick)>(), big in any::<bool>()) {
        let order = if big { ByteOrder::Big } else { ByteOrder::Little };
        let memory = MemoryContainer::new();
        let (form, length) = ToBuffers::new(&*array).byteorder(order).write(&memory).unwrap();
        let whole = FromBuffers::new(&form, length).byteorder(order).read(&memory).unwrap();
        let rows = rows(&array, ends);
        let sliced = whole.slice(rows.clone()).unwrap();

        let container = CountingContainer::new(memory);
        let read = FromBuffers::new(&form, length).byteorder(order).rows(as_u64(&rows));
        let (part, report) = read.read_with_report(&container).unwrap();
        prop_assert_eq!(part.len(), rows.len());
        prop_assert_eq!(part.form(), sliced.form());
        prop_assert!(part.equal_values(&sliced, true).unwrap(), "{part} is not {sliced}");

        // What is reported is what happened, one call for each step, and no blob is asked for twice.
        let counts = container.counts();
        prop_assert_eq!(report.steps as u64, counts.calls);
        prop_assert_eq!(report.fetches as u64, counts.requests);
        prop_assert_eq!(report.bytes_asked, counts.bytes);
        prop_assert!(report.steps <= levels(&form));
        for key in container.requested_keys() {
            prop_assert_eq!(container.requests_of(&key), 1, "{}", key);
        }
        // And it is exactly what its rows need.
        prop_assert_eq!(report.bytes_asked, needed(&whole, rows.clone()), "{:?} of {:?}", rows, &array);

        // SAFETY: this very array was proved when it was made.
        let trusting = unsafe { read.trusting() };
        prop_assert_eq!(trusting.read(&container).unwrap(), part);
    }

    #[test]
    fn rows_of_partitions_are_slices(
        array in arrays(),
        at in any::<(Pick, Pick)>(),
        ends in any::<(Pick, Pick)>(),
        pack in any::<bool>(),
    ) {
        let middle = rows(&array, at);
        let parts = [0..middle.start, middle.clone(), middle.end..array.len()];
        let parts = parts.map(|rows| array.slice(rows).unwrap());
        let parts = Partitioned::try_new(parts.to_vec()).unwrap();
        let memory = MemoryContainer::new();
        let (form, lengths) = match ToBuffers::new(&parts).pack(pack).write(&memory) {
            Ok(written) => written,
            // As in Awkward, what packing makes of a union or of lists in disorder depends on the data.
            Err(Error::Array(ArrayError::FormsDiffer { .. })) if pack => return Ok(()),
            Err(error) => panic!("{error}"),
        };
        let whole = gawky::from_buffers(&form, &lengths, &memory).unwrap();
        prop_assert_eq!(whole.lengths(), lengths.clone());
        prop_assert!(whole.concatenate().unwrap().equal_values(&array, true).unwrap());
        let rows = rows(&array, ends);
        let part = FromBuffers::new(&form, &lengths).rows(as_u64(&rows)).read(&memory).unwrap();
        let expected = array.slice(rows).unwrap();
        prop_assert!(part.concatenate().unwrap().equal_values(&expected, true).unwrap());
    }

    #[test]
    fn reading_onto_a_device_is_reading(array in arrays()) {
        let memory = MemoryContainer::new();
        let (form, length) = gawky::to_buffers(&*array, &memory).unwrap();
        let device = FakeDevice::new("fake:0");
        let read = FromBuffers::new(&form, length);
        let there = read.clone().place(Place::Device(device.clone())).read(&memory).unwrap();
        let sent = device.transfers();
        prop_assert_eq!(sent.uploads, u64::from(sent.pieces > 0));
        prop_assert_eq!(there.to_place(&Place::Host).unwrap(), read.read(&memory).unwrap());
    }
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn a_directory_keeps_what_it_is_given(array in arrays(), big in any::<bool>(), ends in any::<(Pick, Pick)>()) {
        let order = if big { ByteOrder::Big } else { ByteOrder::Little };
        let home = tempfile::tempdir().unwrap();
        let folder = Directory::create(home.path().join("array")).unwrap();
        let (form, length) = ToBuffers::new(&*array).byteorder(order).write(&folder).unwrap();
        let folder = Directory::open(home.path().join("array")).unwrap();
        let read = FromBuffers::new(&form, length).byteorder(order);
        let again = read.read(&folder).unwrap();
        prop_assert!(again.equal_values(&array, true).unwrap());
        let rows = rows(&array, ends);
        let part = read.rows(as_u64(&rows)).read(&folder).unwrap();
        prop_assert!(part.equal_values(&array.slice(rows).unwrap(), true).unwrap());
    }
}

/// The bytes that rows of an array need, worked out from the array as a whole.
///
/// No rows need nothing, not even the one offset.
fn needed(array: &Array, rows: Range<usize>) -> u64 {
    if rows.is_empty() {
        return 0;
    }
    let own: usize = array
        .form()
        .buffers()
        .iter()
        .map(|spec| {
            let elements = match spec.extent {
                Extent::PerRow(each) => rows.len() * usize::try_from(each).unwrap(),
                Extent::Fenceposts => rows.len() + 1,
                Extent::Bits => rows.end.div_ceil(8) - rows.start / 8,
            };
            elements * spec.dtype.itemsize()
        })
        .sum();
    // What elements pick, and all between.
    let span = |picked: &mut dyn Iterator<Item = Range<usize>>| {
        let picked: Vec<_> = picked.filter(|range| !range.is_empty()).collect();
        let start = picked.iter().map(|range| range.start).min().unwrap_or(0);
        start..picked.iter().map(|range| range.end).max().unwrap_or(0)
    };
    let of_index = |index: &Index| {
        let picks = rows
            .clone()
            .filter_map(|row| usize::try_from(index.get(row).unwrap()).ok());
        span(&mut picks.map(|row| row..row + 1))
    };
    let below = match array {
        Array::List(lists) => vec![span(
            &mut rows.clone().map(|row| lists.bounds(row).unwrap()),
        )],
        Array::ListOffset(lists) => vec![span(
            &mut rows.clone().map(|row| lists.bounds(row).unwrap()),
        )],
        Array::Indexed(array) => vec![of_index(array.index())],
        Array::IndexedOption(array) => vec![of_index(array.index())],
        Array::Union(union) => (0..union.contents().len())
            .map(|tag| {
                let picks = rows.clone().map(|row| union.pick(row).unwrap());
                let own = picks.filter(|(other, _)| *other == tag);
                span(&mut own.map(|(_, row)| row..row + 1))
            })
            .collect(),
        Array::Regular(lists) => {
            let elements = rows.start * lists.size()..rows.end * lists.size();
            vec![elements]
        }
        other => vec![rows; other.children().len()],
    };
    let children = array.children().iter().zip(below);
    own as u64
        + children
            .map(|(child, rows)| needed(child, rows))
            .sum::<u64>()
}
