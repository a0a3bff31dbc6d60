//! The conformance suite finds what containers do wrong.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests say what is wrong by panicking"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use gawky_store::{
    Blob, Buffer, Coalescing, Container, ContainerId, ContainerWrite, Fetch, FetchReport, Fetched,
    Key, MemoryContainer, Profile, StoreError, Version,
};
use gawky_testkit::store_suite::Suite;

/// What a container may do wrong, although each of its blobs reads as it should.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    /// Hands out a blob at any version.
    Versions,
    /// Labels bytes with another version than it tells.
    Labels,
    /// Counts nothing.
    Report,
    /// Counts from nothing, whatever was there.
    Overwrites,
    /// Counts empty ranges.
    Empty,
    /// Says that it merges, and does not.
    Merging,
    /// Leaves out fetches with an origin.
    Origins,
    /// Leaves out raw fetches.
    Raw,
    /// Answers ranges that touch with the bytes of the first.
    Neighbours,
    /// Answers large ranges with memory that keeps the whole blob alive, and says that it merges.
    Retains,
    /// Says that nothing may be under way.
    Window,
    /// Tells the states of many blobs in another order.
    Order,
}

struct Broken(MemoryContainer, Wrong);

impl Broken {
    fn is_wrong(&self, fetch: &Fetch) -> bool {
        match self.1 {
            Wrong::Origins => fetch.origin.is_some(),
            Wrong::Raw => fetch.dtype.is_none(),
            _ => false,
        }
    }
}

impl Container for Broken {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.0.get(key)
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let mut asked: Vec<Fetch> = fetches.to_vec();
        let mut own = FetchReport::default();
        if matches!(self.1, Wrong::Versions) {
            asked.iter_mut().for_each(|fetch| fetch.version = None);
        }
        if matches!(self.1, Wrong::Neighbours) {
            for at in 1..asked.len() {
                let end = asked[at - 1].range.as_ref().map(|range| range.end);
                let start = asked[at].range.as_ref().map(|range| range.start);
                if asked[at].key == asked[at - 1].key && end.is_some() && end == start {
                    let Some(range) = &mut asked[at].range else {
                        continue;
                    };
                    let back = range.start.min(1);
                    *range = range.start - back..range.end - back;
                }
            }
        }
        let mut answers = self.0.fetch_versioned(&asked, &mut own)?;
        for (answer, fetch) in answers.iter_mut().zip(fetches) {
            if self.is_wrong(fetch) {
                *answer = None;
            }
            if let (Wrong::Labels, Some(fetched)) = (self.1, answer) {
                fetched.version = Some(Version::new("another"));
            }
        }
        match self.1 {
            Wrong::Report => {}
            Wrong::Overwrites => *report = own,
            Wrong::Empty => {
                own.requests = fetches.len() as u64;
                *report += own;
            }
            _ => *report += own,
        }
        Ok(answers)
    }

    fn profile(&self) -> Profile {
        match self.1 {
            Wrong::Merging | Wrong::Retains => {
                Profile::new(1, true, Some(Coalescing::new(0, 1 << 30, 1000)))
            }
            Wrong::Window => Profile::MEMORY.with_max_in_flight(0),
            _ => Profile::MEMORY,
        }
    }

    fn id(&self) -> Option<ContainerId> {
        self.0.id()
    }

    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        self.0.version(key)
    }

    fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        let mut versions = self.0.versions(keys)?;
        if matches!(self.1, Wrong::Order) {
            versions.reverse();
        }
        Ok(versions)
    }
}

impl ContainerWrite for Broken {
    fn put(&self, blob: Blob) -> Result<(), StoreError> {
        self.0.put(blob)
    }
}

#[test]
fn what_is_wrong_is_found() {
    for (wrong, checks) in [
        (Wrong::Versions, &["another_state_is_refused"][..]),
        (Wrong::Labels, &["states_come_with_the_bytes"]),
        (
            Wrong::Report,
            &["the_report_adds_up", "ranges_are_reported"],
        ),
        (Wrong::Overwrites, &["the_report_adds_up"]),
        (Wrong::Empty, &["nothing_asked_costs_nothing"]),
        (Wrong::Merging, &["who_declares_merging_merges"]),
        (Wrong::Origins, &["origins_are_ignored"]),
        (Wrong::Raw, &["raw_fetches_always_answer"]),
        (
            Wrong::Neighbours,
            &["neighbours", "integers_behind_odd_bytes"],
        ),
        (Wrong::Retains, &["few_bytes_do_not_keep_many_alive"]),
        (Wrong::Window, &["the_profile_is_sane"]),
        (Wrong::Order, &["many_states_are_those_of_each"]),
    ] {
        let run = || {
            Suite::of(|| Broken(MemoryContainer::new(), wrong))
                .reading()
                .finish()
        };
        let failure = catch_unwind(AssertUnwindSafe(run)).expect_err("a broken container passed");
        let failure = failure.downcast_ref::<String>().unwrap();
        for check in checks {
            assert!(
                failure.contains(&format!("  {check}: ")),
                "{wrong:?} {check} {failure}"
            );
        }
    }
}

#[test]
fn an_old_state_that_is_handed_out_is_found() {
    let run = || {
        Suite::of(|| Broken(MemoryContainer::new(), Wrong::Versions))
            .writing()
            .finish()
    };
    let failure = catch_unwind(AssertUnwindSafe(run)).expect_err("a broken container passed");
    let failure = failure.downcast_ref::<String>().unwrap();
    assert!(
        failure.contains("1 of ") && failure.contains("  an_old_state_is_refused: "),
        "{failure}"
    );
}
