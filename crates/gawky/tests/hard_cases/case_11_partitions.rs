//! Arrays in pieces. (scikit-hep/uproot5 #450, dask-contrib/dask-awkward #279)

use gawky::array::{ArrayError, Problem};
use gawky::prelude::*;
use gawky::store::ContainerDelete;
use gawky_testkit::containers::{CountingContainer, Fault, FaultyContainer};

use super::{form, node_error};

const LISTS: &str = r#"{"class": "ListOffsetArray", "offsets": "i64", "content": "int64"}"#;

/// `[[0], [1, 2]]`, nothing, `[[], [3]]`.
fn three() -> Partitioned {
    let lists = |offsets: Vec<i64>, numbers: Vec<i64>| {
        let content = NumpyArray::from_vec(numbers).into();
        Array::from(ListOffsetArray::try_new(offsets.into(), content, Parameters::none()).unwrap())
    };
    Partitioned::try_new(vec![
        lists(vec![0, 1, 3], vec![0, 1, 2]),
        lists(vec![0], vec![]),
        lists(vec![0, 0, 1], vec![3]),
    ])
    .unwrap()
}

fn written() -> (Form, Vec<u64>, MemoryContainer) {
    let memory = MemoryContainer::new();
    let (form, lengths) = gawky::to_buffers(&three(), &memory).unwrap();
    (form, lengths, memory)
}

#[test]
fn no_partitions_at_all() {
    let none = gawky::from_buffers(&form(LISTS), Vec::new(), &super::blobs([])).unwrap();
    assert_eq!((none.len(), none.is_empty()), (0, true));
    assert_eq!(none.lengths(), Vec::<u64>::new());
    assert_eq!(none.form().type_().to_string(), "var * int64");
    assert_eq!(
        none.concatenate().unwrap().to_string(),
        "<Array [] type='0 * var * int64'>"
    );

    // Written and read again, there are still none, and the form is known.
    let memory = MemoryContainer::new();
    let (form, lengths) = gawky::to_buffers(&none, &memory).unwrap();
    assert!(lengths.is_empty() && memory.is_empty());
    assert_eq!(form.form_key(), Some("node0"));
    assert_eq!(gawky::from_buffers(&form, lengths, &memory).unwrap(), none);
}

/// Rules hold where there is nothing to hold them, too.
#[test]
fn no_partitions_by_each_rule() {
    let form = form(
        r#"{"class": "UnmaskedArray", "content": {"class": "UnmaskedArray", "content": "int64"}}"#,
    );
    let read = |rules| {
        let read = FromBuffers::new(&form, Vec::new()).rules(rules);
        read.read(&super::blobs([]))
    };
    assert_eq!(
        read(CanonicalRules::AsIs)
            .unwrap()
            .form()
            .type_()
            .to_string(),
        "??int64"
    );
    assert_eq!(
        read(CanonicalRules::Simplify)
            .unwrap()
            .form()
            .type_()
            .to_string(),
        "?int64"
    );
    assert!(read(CanonicalRules::Strict).is_err());
}

#[test]
fn an_empty_one_between_two_full_ones() {
    let (form, lengths, memory) = written();
    assert_eq!(lengths, [2, 0, 2]);
    let read = gawky::from_buffers(&form, lengths, &memory).unwrap();
    assert_eq!(read, three());
    assert_eq!(
        read.concatenate().unwrap().to_string(),
        "<Array [[0], [1, 2], [], [3]] type='4 * var * int64'>"
    );
    // Nothing is asked for no rows, so nothing need be there.
    for key in ["part1-node0-offsets", "part1-node1-data"] {
        memory.delete(key).unwrap();
    }
    assert_eq!(
        gawky::from_buffers(&form, &[2, 0, 2], &memory)
            .unwrap()
            .len(),
        4
    );
}

#[test]
fn rows_across_a_border() {
    let (form, lengths, memory) = written();
    let container = CountingContainer::new(memory);
    let read = FromBuffers::new(&form, &lengths);
    for (rows, shown, asked) in [
        (
            1..3,
            vec!["[[1, 2]]", "[]", "[[]]"],
            vec![
                "part0-node0-offsets",
                "part0-node1-data",
                "part2-node0-offsets",
            ],
        ),
        (
            0..1,
            vec!["[[0]]"],
            vec!["part0-node0-offsets", "part0-node1-data"],
        ),
        (
            3..4,
            vec!["[[3]]"],
            vec!["part2-node0-offsets", "part2-node1-data"],
        ),
        (2..2, vec![], vec![]),
    ] {
        let _ = container.reset();
        let (part, report) = read
            .clone()
            .rows(rows.clone())
            .read_with_report(&container)
            .unwrap();
        let values: Vec<String> = part
            .iter()
            .map(|array| array.value().unwrap().to_string())
            .collect();
        assert_eq!(values, shown, "{rows:?}");
        assert_eq!(container.requested_keys(), asked, "{rows:?}");
        assert_eq!(container.counts().bytes, report.bytes_asked);
        assert_eq!(part.len() as u64, rows.end - rows.start);
        assert_eq!(part.form().type_().to_string(), "var * int64");
    }
    let error = read.clone().rows(3..5).read(&container).unwrap_err();
    assert_eq!(
        error.to_string(),
        "rows 3..5 are not within an array of 4 rows"
    );
    assert!(matches!(
        error,
        Error::Array(ArrayError::OutOfRange {
            start: 3,
            end: 5,
            length: 4
        })
    ));
}

#[test]
fn a_partition_that_fails_is_named() {
    let (form, lengths, memory) = written();
    memory
        .insert("part2-node0-offsets", vec![0_i64, 5, 1].into())
        .unwrap();
    let error = gawky::from_buffers(&form, &lengths, &memory);
    assert_eq!(
        error.as_ref().unwrap_err().to_string(),
        "(root), ListOffsetArray, offsets, partition 2, key \"part2-node0-offsets\": list 1 would begin at 5 and \
         end at 1: offsets must not decrease"
    );
    let (location, problem) = node_error(error);
    assert_eq!(location.partition, Some(2));
    assert_eq!(
        problem,
        Problem::OffsetsDecrease {
            at: 1,
            start: 5,
            stop: 1
        }
    );

    memory.delete("part2-node0-offsets").unwrap();
    let (location, problem) = node_error(gawky::from_buffers(&form, &lengths, &memory));
    assert_eq!(location.partition, Some(2));
    assert_eq!(problem, Problem::Missing { needed: 24 });
}

#[test]
fn a_container_that_fails_is_no_missing_blob() {
    let (form, lengths, memory) = written();
    let faulty = FaultyContainer::new(memory);
    faulty.fail_key("part2-node1-data", Fault::Error);
    let error = gawky::from_buffers(&form, &lengths, &faulty).unwrap_err();
    assert!(matches!(error, Error::Store { .. }), "{error}");
    let text = error.to_string();
    for told in ["partition 2", "\"part2-node1-data\"", "told to fail"] {
        assert!(text.contains(told), "{text}");
    }
}

#[test]
fn partitions_of_two_forms() {
    let floats = Array::from(NumpyArray::from_vec(vec![0.5_f64]));
    let error =
        Partitioned::try_new(vec![floats, NumpyArray::from_vec(vec![1_i64]).into()]).unwrap_err();
    assert!(
        matches!(error, Error::Array(ArrayError::FormsDiffer { .. })),
        "{error}"
    );
}

#[test]
fn numbers_of_partitions_that_do_not_suffice() {
    let (form, _, memory) = written();
    let read = FromBuffers::new(&form, [0, 0])
        .partition_start(u64::MAX)
        .read(&memory);
    assert_eq!(
        read.unwrap_err().to_string(),
        "partition numbers from 18446744073709551615 on do not suffice for 2 partitions"
    );
    let read = FromBuffers::new(&form, [u64::MAX, 2])
        .rows(0..1)
        .read(&memory);
    assert!(read.is_err());
}
