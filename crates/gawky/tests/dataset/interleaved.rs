//! Two writers, interleaved at every point there is.

use std::sync::Mutex;
use std::time::Duration;

use gawky::dataset::Vacuum;
use gawky_testkit::containers::HookedContainer;

use super::*;

type Hooked = Arc<HookedContainer<Memory>>;
type Doing<C> = fn(&mut Dataset<C>) -> Result<(), Error>;

/// What came of it: what one writer was told, what the other was, and the rows before, in between and after.
struct Outcome {
    one: Result<(), Error>,
    other: Result<(), Error>,
    rows: Vec<String>,
    at: u64,
}

/// Does `one` on a dataset of two partitions, and the whole of `other` before each of its requests in turn.
fn interleaved(one: Doing<Hooked>, other: Doing<Memory>, check: impl Fn(Outcome)) {
    let mut at = 0;
    loop {
        let container = memory();
        created(&container)
            .append_all([&lists(0), &lists(10)])
            .unwrap();
        let hooked: Hooked = Arc::new(HookedContainer::new(Arc::clone(&container)));
        let mut dataset = patient(Dataset::open_in(Arc::clone(&hooked)).unwrap());
        let begun = hooked.calls();
        let told = Arc::new(Mutex::new(None));
        let (tell, inner) = (Arc::clone(&told), Arc::clone(&container));
        hooked.before(begun + at, move || {
            let mut handle = super::dataset(&inner);
            *tell.lock().unwrap() = Some(other(&mut handle));
        });
        let outcome = one(&mut dataset);
        let Some(other) = told.lock().unwrap().take() else {
            assert!(at >= 2, "there were points to interleave at");
            return;
        };
        let found = super::dataset(&container);
        all_versions_read(&found);
        check(Outcome {
            one: outcome,
            other,
            rows: rows(&found),
            at,
        });
        // Whatever came of it, the next one succeeds.
        let mut next = super::dataset(&container);
        next.append(&lists(90)).unwrap();
        at += 1;
    }
}

fn compact<C: Store>(dataset: &mut Dataset<C>) -> Result<(), Error> {
    dataset.compact(100).map(drop)
}

/// Takes every writer for dead.
fn vacuum<C: Store>(dataset: &mut Dataset<C>) -> Result<(), Error> {
    dataset
        .vacuum(Vacuum::keep(1).older_than(Duration::ZERO))
        .map(drop)
}

/// Takes nobody for dead.
fn patient_vacuum<C: Store>(dataset: &mut Dataset<C>) -> Result<(), Error> {
    dataset.vacuum(Vacuum::keep(1)).map(drop)
}

fn contains_once(rows: &[String], array: &Array) -> bool {
    let said = said(std::slice::from_ref(array)).remove(0);
    rows.iter().filter(|row| **row == said).count() == 1
}

fn append<C: Store>(dataset: &mut Dataset<C>) -> Result<(), Error> {
    dataset.append(&lists(50)).map(drop)
}

fn append_two<C: Store>(dataset: &mut Dataset<C>) -> Result<(), Error> {
    dataset.append_all([&lists(60), &lists(70)]).map(drop)
}

fn overwrite<C: Store>(dataset: &mut Dataset<C>) -> Result<(), Error> {
    dataset.overwrite([&lists(80)]).map(drop)
}

fn delete<C: Store>(dataset: &mut Dataset<C>) -> Result<(), Error> {
    dataset.delete_partitions([0])
}

#[test]
fn an_append_within_an_append() {
    interleaved(append, append_two, |outcome| {
        outcome.one.unwrap();
        outcome.other.unwrap();
        assert_eq!(outcome.rows.len(), 5, "{}", outcome.at);
        for array in [lists(0), lists(10), lists(50), lists(60), lists(70)] {
            assert!(
                contains_once(&outcome.rows, &array),
                "{}: {:?}",
                outcome.at,
                outcome.rows
            );
        }
    });
    interleaved(append_two, append, |outcome| {
        outcome.one.unwrap();
        outcome.other.unwrap();
        assert_eq!(outcome.rows.len(), 5, "{}", outcome.at);
    });
}

#[test]
fn an_overwrite_within_an_append() {
    interleaved(append, overwrite, |outcome| {
        outcome.one.unwrap();
        outcome.other.unwrap();
        assert!(contains_once(&outcome.rows, &lists(80)));
        // It came before the overwrite, which saw it, or after.
        match outcome.rows.len() {
            1 => assert_eq!(outcome.rows, said(&[lists(80)])),
            _ => assert_eq!(outcome.rows, said(&[lists(80), lists(50)])),
        }
    });
}

#[test]
fn an_append_within_an_overwrite() {
    interleaved(overwrite, append, |outcome| {
        outcome.other.unwrap();
        match outcome.one {
            // The append came after.
            Ok(()) => assert_eq!(outcome.rows, said(&[lists(80), lists(50)])),
            Err(error) => {
                let DatasetFault::Conflict { base, found, .. } = fault::<()>(Err(error)) else {
                    panic!();
                };
                assert_eq!((base, found), (2, 3));
                assert_eq!(outcome.rows, said(&[lists(0), lists(10), lists(50)]));
            }
        }
    });
}

#[test]
fn deletions_and_appends_go_together() {
    interleaved(delete, append, |outcome| {
        outcome.one.unwrap();
        outcome.other.unwrap();
        assert_eq!(outcome.rows, said(&[lists(10), lists(50)]));
    });
    interleaved(append, delete, |outcome| {
        outcome.one.unwrap();
        outcome.other.unwrap();
        assert_eq!(outcome.rows, said(&[lists(10), lists(50)]));
    });
}

#[test]
fn of_two_deletions_of_one_partition_one_is_told() {
    interleaved(
        delete,
        |dataset| dataset.delete_partitions([0]),
        |outcome| {
            outcome.other.unwrap();
            if let Err(error) = outcome.one {
                let found = fault::<()>(Err(error));
                assert!(matches!(found, DatasetFault::Conflict { .. }), "{found}");
                assert_eq!(outcome.rows, said(&[lists(10)]));
            }
        },
    );
}

#[test]
fn compactions_and_appends_go_together() {
    let two = || {
        said(&[
            Array::concatenate(&[lists(0), lists(10)]).unwrap(),
            lists(50),
        ])
    };
    interleaved(compact, append, |outcome| {
        outcome.one.unwrap();
        outcome.other.unwrap();
        assert_eq!(outcome.rows, two());
    });
    interleaved(append, compact, |outcome| {
        outcome.one.unwrap();
        outcome.other.unwrap();
        // It may have found all three.
        if outcome.rows.len() != 1 {
            assert_eq!(outcome.rows, two());
        }
    });
}

#[test]
fn what_is_deleted_is_not_put_together() {
    interleaved(compact, delete, |outcome| {
        outcome.other.unwrap();
        match outcome.one {
            Ok(()) => assert!(outcome.rows.len() <= 1, "{:?}", outcome.rows),
            Err(error) => {
                let found = fault::<()>(Err(error));
                assert!(matches!(found, DatasetFault::Conflict { .. }), "{found}");
                assert_eq!(outcome.rows, said(&[lists(10)]));
            }
        }
    });
}

#[test]
fn a_vacuum_takes_nothing_from_who_is_alive() {
    for other in [append, append_two] {
        interleaved(other, patient_vacuum, |outcome| {
            outcome.one.unwrap();
            outcome.other.unwrap();
            assert_eq!(outcome.rows[..2], said(&[lists(0), lists(10)]));
            assert!(outcome.rows.len() > 2, "{}", outcome.at);
        });
    }
    interleaved(patient_vacuum, append, |outcome| {
        outcome.one.unwrap();
        outcome.other.unwrap();
        assert_eq!(outcome.rows, said(&[lists(0), lists(10), lists(50)]));
    });
    interleaved(patient_vacuum, overwrite, |outcome| {
        outcome.one.unwrap();
        outcome.other.unwrap();
        assert_eq!(outcome.rows, said(&[lists(80)]));
    });
    // Written and replaced in between: versions that vacuum never saw before are kept all the same.
    interleaved(
        patient_vacuum,
        |dataset| {
            append(dataset)?;
            overwrite(dataset)?;
            append_two(dataset)
        },
        |outcome| {
            outcome.one.unwrap();
            outcome.other.unwrap();
            assert_eq!(outcome.rows, said(&[lists(80), lists(60), lists(70)]));
        },
    );
}

#[test]
fn a_writer_that_is_taken_for_dead_notices() {
    for one in [append, append_two, compact] {
        interleaved(one, vacuum, |outcome| {
            outcome.other.unwrap();
            match outcome.one {
                Ok(()) => {}
                Err(error) => {
                    let found = fault::<()>(Err(error));
                    assert!(matches!(found, DatasetFault::ClaimLost { .. }), "{found}");
                    assert_eq!(outcome.rows, said(&[lists(0), lists(10)]));
                }
            }
        });
    }
    interleaved(vacuum, append, |outcome| {
        outcome.one.unwrap();
        outcome.other.unwrap();
        assert_eq!(outcome.rows, said(&[lists(0), lists(10), lists(50)]));
    });
}

/// A third writer comes as soon as a slow one has been taken for dead: they never write under one number.
#[test]
fn nobody_gets_the_number_of_a_writer_that_is_taken_for_dead() {
    interleaved(
        append,
        |dataset| {
            vacuum(dataset)?;
            append_two(dataset)
        },
        |outcome| {
            outcome.other.unwrap();
            if outcome.one.is_err() {
                assert_eq!(
                    outcome.rows,
                    said(&[lists(0), lists(10), lists(60), lists(70)])
                );
            } else {
                assert!(contains_once(&outcome.rows, &lists(50)));
                assert_eq!(outcome.rows.len(), 5);
            }
        },
    );
    // Before vacuum has committed, too.
    interleaved(vacuum, append_two, |outcome| {
        outcome.one.unwrap();
        outcome.other.unwrap();
        assert_eq!(
            outcome.rows,
            said(&[lists(0), lists(10), lists(60), lists(70)])
        );
    });
}

/// A writer before each of whose requests another one does something; how it ends.
fn always_overtaken(other: fn(&mut Dataset<Memory>, u64)) {
    let container = memory();
    created(&container);
    let hooked: Hooked = Arc::new(HookedContainer::new(Arc::clone(&container)));
    for n in 0..100 {
        let inner = Arc::clone(&container);
        hooked.before(n, move || other(&mut super::dataset(&inner), n));
    }
    let waited = Arc::new(Mutex::new(Vec::new()));
    let waits = Arc::clone(&waited);
    let mut dataset = Dataset::open_in(hooked)
        .unwrap()
        .with_patience(3, move |attempt| waits.lock().unwrap().push(attempt));
    let found = fault(dataset.append(&lists(5_000)));
    let DatasetFault::Overtaken { attempts: 3, found } = found else {
        panic!("{found}");
    };
    let there = super::dataset(&container);
    assert!(found + 1 >= there.version() && found <= there.version());
    assert_eq!(*waited.lock().unwrap(), [1, 2]);
    assert!(!contains_once(&rows(&there), &lists(5_000)));
}

#[test]
fn who_is_always_overtaken_is_told() {
    always_overtaken(|dataset, n| {
        dataset.append(&lists(n.cast_signed())).unwrap();
    });
    always_overtaken(|dataset, n| {
        let mut attributes = dataset.attributes().clone();
        attributes.insert("n".to_owned(), n.into());
        dataset.set_attributes(attributes).unwrap();
    });
}
