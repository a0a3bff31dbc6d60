//! The containers for tests, tested.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests say what is wrong by panicking"
)]

use std::ops::Range;

use gawky_store::{
    Blob, Buffer, Container, ContainerConditional, ContainerWrite, DType, Fetch, MemoryContainer,
    StoreError,
};
use gawky_testkit::containers::{CountingContainer, Fault, FaultyContainer};

fn blob(key: &str, bytes: &[u8]) -> Blob {
    Blob::new(key, DType::UInt8, Buffer::copied_from(bytes))
}

fn fetch(key: &str, range: Option<Range<u64>>) -> Fetch {
    match range {
        None => Fetch::whole(key, DType::UInt8),
        Some(range) => Fetch::range(key, range, DType::UInt8),
    }
}

/// Answers ranges with one byte less or more, and has no `fetch` of its own.
struct Careless(isize);

impl Container for Careless {
    fn get(&self, _key: &str) -> Result<Option<Buffer>, StoreError> {
        Ok(Some(Buffer::from_vec(vec![1_u8; 100])))
    }

    fn get_range(&self, _key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        let len = usize::try_from(range.end - range.start).unwrap();
        Ok(Some(Buffer::from_vec(vec![
            1_u8;
            len.saturating_add_signed(
                self.0
            )
        ])))
    }
}

#[test]
fn an_answer_of_another_length_is_an_error_and_never_data() {
    for (by, got) in [(-1, 7), (1, 9), (-8, 0)] {
        let error = Careless(by).fetch(&[fetch("k", Some(0..8))]).unwrap_err();
        assert!(
            matches!(&error, StoreError::WrongLength { key, asked: 8, got: g } if key == "k" && *g == got),
            "{error}"
        );
    }
    assert!(Careless(0).fetch(&[fetch("k", Some(0..8))]).is_ok());
    assert_eq!(
        Careless(1).fetch(&[fetch("k", Some(8..8))]).unwrap(),
        [Some(Buffer::empty())]
    );
}

#[test]
fn empty_ranges_cost_nothing() {
    let counting = CountingContainer::new(MemoryContainer::new());
    counting.put(blob("k", b"12345678")).unwrap();
    counting
        .fetch(&[fetch("k", Some(3..3)), fetch("nothing", Some(0..0))])
        .unwrap();
    counting.get_range("k", 99..99).unwrap();
    assert_eq!(
        (counting.counts().calls, counting.counts().requests),
        (0, 0)
    );

    counting
        .fetch(&[
            fetch("k", Some(0..2)),
            fetch("k", Some(2..2)),
            fetch("nothing", None),
        ])
        .unwrap();
    counting.get("k").unwrap();
    let counts = counting.reset();
    assert_eq!((counts.calls, counts.requests, counts.bytes), (2, 3, 10));
    assert_eq!((counts.puts, counts.bytes_put), (1, 8));
    assert_eq!(counting.requested_keys(), [""; 0]);
    assert_eq!(counting.counts().calls, 0);
}

#[test]
fn faults_show_as_told() {
    let faulty = FaultyContainer::new(MemoryContainer::new());
    faulty
        .put_many(vec![blob("k", &[1, 2, 3]), blob("l", &[4])])
        .unwrap();
    assert_eq!(faulty.operations(), 2);
    for (fault, expected) in [
        (Fault::Missing, None),
        (Fault::Short, Some(vec![1_u8, 2])),
        (Fault::Long, Some(vec![1, 2, 3, 0])),
        (Fault::Corrupt, Some(vec![254, 2, 3])),
    ] {
        faulty.heal();
        faulty.fail_key("k", fault);
        let answers = faulty.fetch(&[fetch("l", None), fetch("k", None)]).unwrap();
        assert_eq!(answers[0], Some(Buffer::from_vec(vec![4_u8])));
        assert_eq!(answers[1], expected.map(Buffer::from_vec), "{fault:?}");
    }
    faulty.heal();
    faulty.fail_nth(faulty.operations() + 1, Fault::Error);
    assert!(faulty.fetch(&[fetch("l", None), fetch("k", None)]).is_err());
    assert!(faulty.fetch(&[fetch("l", None), fetch("k", None)]).is_ok());
}

#[test]
fn a_writer_killed_on_the_way() {
    let faulty = FaultyContainer::new(MemoryContainer::new());
    faulty.fail_from(2, Fault::Error);
    let blobs = (0..5_u8).map(|n| blob(&format!("n{n}"), &[n])).collect();
    assert!(faulty.put_many(blobs).is_err());
    assert_eq!(faulty.inner().len(), 2);
    assert!(faulty.put(blob("n5", &[5])).is_err());

    faulty.heal();
    faulty.fail_nth(faulty.operations(), Fault::ErrorAfterwards);
    assert!(faulty.put_if_absent(blob("manifest", b"{}")).is_err());
    assert!(
        faulty.inner().contains("manifest").unwrap(),
        "it landed all the same"
    );
    assert!(
        faulty
            .put_if_absent(blob("manifest", b"{}"))
            .unwrap_err()
            .is_conflict()
    );
}
