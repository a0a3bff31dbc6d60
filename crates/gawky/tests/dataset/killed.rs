//! A writer that dies between any two requests: the dataset is as it was before or after, and the next writer succeeds.

use gawky_testkit::containers::{Fault, FaultyContainer};

use super::*;

type Faulty = Arc<FaultyContainer<Memory>>;

/// Does `change` with the container failing at every request there is; `before` and `after` are the rows there may be.
fn dies_anywhere(
    fault: Fault,
    only_once: bool,
    change: impl Fn(&mut Dataset<Faulty>) -> Result<(), Error>,
) {
    let prepared = || {
        let container = memory();
        let mut dataset = created(&container);
        dataset
            .append_all([&lists(0), &lists(10), &lists(20)])
            .unwrap();
        container
    };
    let open = |container: &Memory| {
        let faulty: Faulty = Arc::new(FaultyContainer::new(Arc::clone(container)));
        let dataset = Dataset::open_in(Arc::clone(&faulty)).unwrap();
        (faulty, patient(dataset))
    };
    let container = prepared();
    let before = rows(&dataset(&container));
    let (faulty, mut handle) = open(&container);
    let opened = faulty.operations();
    change(&mut handle).unwrap();
    let operations = faulty.operations();
    let after = rows(&dataset(&container));
    assert_ne!(before, after);

    for n in opened..operations {
        let container = prepared();
        let manifest = container.get("dataset.json").unwrap();
        let (faulty, mut handle) = open(&container);
        match only_once {
            true => faulty.fail_nth(n, fault),
            false => faulty.fail_from(n, fault),
        }
        let outcome = change(&mut handle);
        drop(handle);
        let found = dataset(&container);
        let found_rows = rows(&found);
        if found_rows == before {
            assert!(
                outcome.is_err(),
                "operation {n}: it was said to have happened"
            );
            assert_eq!(
                container.get("dataset.json").unwrap(),
                manifest,
                "byte for byte"
            );
        } else {
            assert_eq!(found_rows, after, "operation {n}");
        }
        if only_once && fault == Fault::ErrorAfterwards {
            // An answer that got lost on the way to a commit is found out.
            assert_eq!(
                outcome.is_ok(),
                found_rows == after,
                "operation {n}: {outcome:?}"
            );
        }
        all_versions_read(&found);
        // The next writer succeeds despite the litter.
        let mut next = dataset(&container);
        next.append(&lists(90)).unwrap();
        let mut expected = found_rows;
        expected.extend(said(&[lists(90)]));
        assert_eq!(rows(&dataset(&container)), expected, "operation {n}");
    }
}

fn everything_dies(change: impl Fn(&mut Dataset<Faulty>) -> Result<(), Error>) {
    dies_anywhere(Fault::Error, false, &change);
    dies_anywhere(Fault::ErrorAfterwards, false, &change);
    dies_anywhere(Fault::Error, true, &change);
    dies_anywhere(Fault::ErrorAfterwards, true, &change);
}

#[test]
fn an_append_dies() {
    everything_dies(|dataset| dataset.append(&lists(50)).map(drop));
}

#[test]
fn many_appends_die() {
    everything_dies(|dataset| dataset.append_all([&lists(50), &lists(60)]).map(drop));
}

#[test]
fn an_overwrite_dies() {
    everything_dies(|dataset| dataset.overwrite([&lists(50)]).map(drop));
}

#[test]
fn a_deletion_dies() {
    everything_dies(|dataset| dataset.delete_partitions([1]));
}

#[test]
fn a_compaction_dies() {
    everything_dies(|dataset| dataset.compact(6).map(drop));
}

#[test]
fn a_writer_dies() {
    everything_dies(|dataset| {
        // One thread, so that the requests come in one order.
        let mut writer = dataset.writer()?.rows_per_partition(3).in_flight(1, 1);
        for first in [50, 60, 70] {
            writer.append(&lists(first))?;
        }
        writer.finish().map(drop)
    });
}

/// Versions may go, and litter; rows never.
#[test]
fn a_vacuum_dies() {
    let prepared = || {
        let container = memory();
        let mut dataset = created(&container);
        dataset.append_all([&lists(0), &lists(10)]).unwrap();
        dataset.overwrite([&lists(20), &lists(30)]).unwrap();
        dataset.delete_partitions([0]).unwrap();
        // A writer that died.
        let faulty: Faulty = Arc::new(FaultyContainer::new(Arc::clone(&container)));
        faulty.fail_key("dataset.json", Fault::Error);
        let mut dead = Dataset::open_in(Arc::clone(&container)).unwrap();
        dead.append(&lists(40)).unwrap();
        dead.overwrite([&lists(30)]).unwrap();
        container
    };
    for fault in [Fault::Error, Fault::ErrorAfterwards] {
        let mut n = 0;
        loop {
            let container = prepared();
            let faulty: Faulty = Arc::new(FaultyContainer::new(Arc::clone(&container)));
            let mut handle = patient(Dataset::open_in(Arc::clone(&faulty)).unwrap());
            faulty.fail_from(1 + n, fault);
            let outcome = handle
                .vacuum(gawky::dataset::Vacuum::keep(1).older_than(std::time::Duration::ZERO));
            let found = dataset(&container);
            assert_eq!(rows(&found), said(&[lists(30)]), "operation {n}");
            all_versions_read(&found);
            let mut next = dataset(&container);
            next.vacuum(gawky::dataset::Vacuum::keep(1).older_than(std::time::Duration::ZERO))
                .unwrap();
            next.append(&lists(90)).unwrap();
            assert_eq!(rows(&dataset(&container)), said(&[lists(30), lists(90)]));
            if faulty.operations() <= n + 1 {
                outcome.unwrap();
                break;
            }
            n += 1;
        }
        assert!(n > 10, "{n}");
    }
}

/// Nothing at all, or a dataset.
#[test]
fn creating_dies() {
    for fault in [Fault::Error, Fault::ErrorAfterwards] {
        let mut n = 0;
        loop {
            let container = memory();
            let faulty: Faulty = Arc::new(FaultyContainer::new(Arc::clone(&container)));
            faulty.fail_from(n, fault);
            let outcome = CreateDataset::new().create_in(Arc::clone(&faulty));
            match Dataset::open_in(Arc::clone(&container)) {
                Ok(dataset) => assert_eq!((dataset.version(), dataset.len()), (1, 0)),
                Err(_) => assert!(outcome.is_err()),
            }
            let mode = gawky::dataset::CreateMode::Append;
            let mut next = CreateDataset::new()
                .mode(mode)
                .create_in(container)
                .unwrap();
            next.append(&lists(0)).unwrap();
            if faulty.operations() <= n {
                break;
            }
            n += 1;
        }
        assert!(n > 3, "{n}");
    }
}
