//! Datasets that several writers change over a network of which every fifth request fails: no commit is lost, and none done twice.

use std::thread;
use std::time::Duration;

use crate::upstream::Upstream;
use gawky::dataset::{CreateDataset, DatasetFault, Packing, Vacuum};
use gawky::prelude::*;
use gawky_object_store::ObjectContainer;
use gawky_store::ContainerList;
use gawky_testkit::remote::FaultPlan;

const WRITERS: i64 = 4;
const CHANGES: i64 = 20;
const PERCENT: u8 = 20;

/// One row that tells which it is: `[which, -which]`.
pub(crate) fn events(which: i64) -> Array {
    let numbers = NumpyArray::from_vec(vec![which, -which]);
    let lists = ListOffsetArray::try_new(vec![0_i64, 2].into(), numbers.into(), Parameters::none());
    lists.unwrap().into()
}

/// Which rows there are, in order.
pub(crate) fn rows<C: Container>(dataset: &Dataset<C>) -> Vec<i64> {
    let all = dataset.lazy().read().unwrap();
    let rows = all.iter().unwrap().map(|row| {
        let list = row.as_list().unwrap();
        let number = |at: usize| match list.get(at).unwrap().as_scalar() {
            Some(gawky::buffer::Scalar::Int64(number)) => number,
            other => panic!("{other:?}"),
        };
        assert_eq!((list.len(), number(1)), (2, -number(0)));
        number(0)
    });
    rows.collect()
}

/// What is known of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    NotDone,
    NotKnown,
}

/// Tries until it succeeds; a fifth of all requests cannot keep it from that for ever.
fn opened(upstream: &Upstream) -> Dataset<ObjectContainer> {
    for _ in 0..100 {
        if let Ok(dataset) = Dataset::open_in(upstream.container()) {
            return dataset.with_patience(1_000, |_| thread::yield_now());
        }
    }
    panic!("it cannot be opened");
}

fn append(upstream: &Upstream, dataset: &mut Dataset<ObjectContainer>, which: i64) -> Outcome {
    match dataset.append(&events(which)) {
        Ok(_) => Outcome::Done,
        Err(error) => {
            *dataset = opened(upstream);
            match error {
                Error::Dataset { fault, .. }
                    if matches!(*fault, DatasetFault::Unsettled { .. }) =>
                {
                    Outcome::NotKnown
                }
                _ => Outcome::NotDone,
            }
        }
    }
}

/// Changes that leave the rows as they are; whether they happen or not, nothing else may.
fn rearrange(upstream: &Upstream, dataset: &mut Dataset<ObjectContainer>, change: i64) {
    let outcome = match change % 10 {
        4 => dataset.compact(5).map(drop),
        9 => dataset.vacuum(Vacuum::keep(3)).map(drop),
        _ => return,
    };
    if outcome.is_err() {
        *dataset = opened(upstream);
    }
}

/// With as many seeds as `GAWKY_SEEDS` says, or one.
fn no_commit_is_lost_or_doubled(packing: Packing, seed: u64) {
    let seeds = std::env::var("GAWKY_SEEDS").map_or(1, |said| said.parse().unwrap());
    for seed in seed..seed + seeds {
        with_seed(packing, seed);
    }
}

fn with_seed(packing: Packing, seed: u64) {
    let upstream = Upstream::start();
    CreateDataset::new()
        .packing(packing)
        .create_in(upstream.direct())
        .unwrap();
    upstream.proxy.set_plan(FaultPlan::random(seed, PERCENT));
    let outcomes: Vec<(i64, Outcome)> = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let upstream = &upstream;
                scope.spawn(move || {
                    let mut dataset = opened(upstream);
                    (0..CHANGES)
                        .map(|change| {
                            let which = 1_000 * (writer + 1) + change;
                            let outcome = append(upstream, &mut dataset, which);
                            rearrange(upstream, &mut dataset, change + 3 * writer);
                            (which, outcome)
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        let outcomes = writers.into_iter().map(|writer| writer.join().unwrap());
        outcomes.flatten().collect()
    });
    upstream.proxy.set_plan(FaultPlan::none());

    let mut dataset = Dataset::open_in(upstream.direct()).unwrap();
    let found = rows(&dataset);
    for (which, outcome) in &outcomes {
        let times = found.iter().filter(|found| *found == which).count();
        let may_be = match outcome {
            Outcome::Done => 1..=1,
            Outcome::NotDone => 0..=0,
            Outcome::NotKnown => 0..=1,
        };
        assert!(
            may_be.contains(&times),
            "{which} is there {times} times: {outcome:?}"
        );
    }
    assert!(found.len() <= outcomes.len(), "{found:?}");
    let of = |wanted| {
        outcomes
            .iter()
            .filter(|(_, outcome)| *outcome == wanted)
            .count()
    };
    let told = format!(
        "{packing:?}: {} appends done, {} not, {} not known; {} versions",
        of(Outcome::Done),
        of(Outcome::NotDone),
        of(Outcome::NotKnown),
        dataset.version()
    );
    println!("{told}");
    assert!(of(Outcome::Done) > 0, "{told}");
    let validation = dataset.validate();
    assert!(validation.is_clean(), "{validation}");
    for version in dataset.versions().unwrap() {
        assert_eq!(
            rows(&dataset.open_at(version.version).unwrap()).len() as u64,
            version.rows
        );
    }

    // What failed writers left goes, and nothing else.
    dataset
        .vacuum(Vacuum::keep(1).older_than(Duration::ZERO))
        .unwrap();
    assert_eq!(rows(&dataset), found);
    assert!(dataset.validate().is_clean());
    let left = upstream.direct().list("").unwrap();
    let blobs = if packing == Packing::Safetensors {
        2
    } else {
        3
    };
    assert_eq!(left.len(), 1 + blobs * dataset.lengths().len(), "{left:?}");
}

#[test]
fn of_blobs() {
    no_commit_is_lost_or_doubled(Packing::Blobs, 3);
}

#[test]
fn of_safetensors_files() {
    no_commit_is_lost_or_doubled(Packing::Safetensors, 4);
}
