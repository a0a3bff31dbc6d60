//! The conformance suite that any container can run.
//!
//! It is one chain, of the capabilities that the container has; every check starts on a container of its own:
//!
//! ```
//! use gawky_store::MemoryContainer;
//! use gawky_testkit::store_suite::Suite;
//!
//! Suite::of(MemoryContainer::new).reading().writing().deleting().listing().conditional().typed().finish();
//! ```
//!
//! # On a container of your own
//!
//! Depend on `gawky-testkit` for tests, and write a test that says how to make an empty container
//! ([`Suite::of`]), or, where it cannot be written or is to be written in another way, one that holds given blobs
//! ([`Suite::filled_by`]). Name the capabilities that it has; `finish` fails with all that is wrong, each failure
//! under the name of its check. A container that several tests share gives each call a prefix or bucket of its own,
//! as every check expects to find nothing but its own blobs.
//!
//! What a container need not have, the checks find out by themselves: without versions, the one that is asked is
//! to be ignored; without coalescing, nothing need be merged. A few need as much as 64 MiB for a moment.
//!
//! ```
//! use std::collections::HashMap;
//! use gawky_store::{Buffer, Container, StoreError, key};
//! use gawky_testkit::store_suite::Suite;
//!
//! struct Mine(HashMap<String, Buffer>);
//!
//! impl Container for Mine {
//!     fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
//!         key::validate(key)?;
//!         Ok(self.0.get(key).cloned())
//!     }
//! }
//!
//! Suite::filled_by(|blobs| Mine(blobs.into_iter().map(|blob| (blob.key.into(), blob.bytes)).collect()))
//!     .reading()
//!     .finish();
//! ```
//!
//! # On one by futures
//!
//! An `AsyncContainer` runs the same suite through [`BlockOn`](crate::containers::BlockOn): as it is, where its
//! futures need no runtime, and otherwise with a closure that finishes a future on the runtime that it needs.
//!
//! ```
//! use gawky_store::MemoryContainer;
//! use gawky_testkit::containers::{BlockOn, Later};
//! use gawky_testkit::store_suite::Suite;
//!
//! // `Later` stands for a container that is `AsyncContainer` and `AsyncContainerWrite`. For one that needs tokio:
//! // BlockOn::by(mine(), move |future| runtime.block_on(future))
//! Suite::of(|| BlockOn::new(Later::new(MemoryContainer::new()))).reading().writing().finish();
//! ```
//!
//! # On a layer
//!
//! A `Layer` is run as what it makes of a container, blocking and by futures: fill the container below, and answer
//! it in a `Layered`.

// Checks are tests: they say what is wrong by panicking.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check that fails panics, as every test does, and the suite catches it"
)]

mod conditional;
mod deleting;
mod keys;
mod listing;
mod ranges;
mod reading;
mod samples;
mod typed;
mod versioned;
mod writing;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use gawky_store::{
    Blob, Container, ContainerConditional, ContainerDelete, ContainerList, ContainerWrite, DType,
};

/// A run of the suite over containers that one function makes.
#[derive(Debug)]
#[must_use = "only finish() makes failures fail the test"]
pub struct Suite<F> {
    fill: F,
    case_sensitive: bool,
    by_content: bool,
    held_as: fn(DType) -> DType,
    checks: usize,
    failures: Vec<String>,
}

/// What a check starts from.
struct Setup<'a, C> {
    fill: &'a dyn Fn(Vec<Blob>) -> C,
    case_sensitive: bool,
    by_content: bool,
    held_as: fn(DType) -> DType,
}

type Check<C> = (&'static str, fn(&Setup<'_, C>));

macro_rules! checks {
    ($($module:ident::$check:ident),* $(,)?) => {
        &[$((stringify!($check), $module::$check)),*]
    };
}

impl Suite<()> {
    /// The suite on containers that can be written; each call of `make` must answer an empty one.
    ///
    /// ```
    /// # use gawky_testkit::store_suite::Suite;
    /// use std::sync::atomic::{AtomicU32, Ordering};
    /// use gawky_store::Directory;
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let next = AtomicU32::new(0);
    /// let make = || Directory::create(folder.path().join(next.fetch_add(1, Ordering::Relaxed).to_string()));
    /// Suite::of(|| make().unwrap()).reading().finish();
    /// ```
    pub fn of<C: ContainerWrite>(make: impl Fn() -> C) -> Suite<impl Fn(Vec<Blob>) -> C> {
        Self::filled_by(move |blobs| {
            let container = make();
            container.put_many(blobs).unwrap();
            container
        })
    }

    /// The suite on containers that cannot be written, or are to be written in another way: `fill` answers one
    /// that holds these blobs and nothing else.
    ///
    /// ```
    /// # use gawky_testkit::store_suite::Suite;
    /// use std::collections::HashMap;
    /// use gawky_store::Buffer;
    ///
    /// Suite::filled_by(|blobs| {
    ///     let pairs = blobs.into_iter().map(|blob| (blob.key.into(), blob.bytes));
    ///     pairs.collect::<HashMap<String, Buffer>>()
    /// })
    /// .reading()
    /// .listing()
    /// .finish();
    /// ```
    pub fn filled_by<C>(fill: impl Fn(Vec<Blob>) -> C) -> Suite<impl Fn(Vec<Blob>) -> C> {
        Suite {
            fill,
            case_sensitive: true,
            by_content: false,
            held_as: |dtype| dtype,
            checks: 0,
            failures: Vec::new(),
        }
    }
}

impl<C, F: Fn(Vec<Blob>) -> C> Suite<F> {
    /// Says that the container takes keys that differ only in case for one, as some file systems do.
    pub fn ignoring_case(mut self) -> Self {
        self.case_sensitive = false;
        self
    }

    /// Says what the container holds blobs of a dtype as, where its format lacks that dtype: a date as an
    /// integer, for example.
    pub fn holding(mut self, held_as: fn(DType) -> DType) -> Self {
        self.held_as = held_as;
        self
    }

    /// Says that versions are made of the bytes, as S3's ETags are: a blob that is put back as it was is at its
    /// old version again.
    pub fn versioned_by_content(mut self) -> Self {
        self.by_content = true;
        self
    }

    /// Everything about [`Container`].
    pub fn reading(self) -> Self
    where
        C: Container,
    {
        self.run(checks![
            reading::whole_blobs,
            reading::an_empty_blob_is_not_missing,
            reading::a_large_blob,
            reading::a_huge_blob,
            reading::a_missing_key_is_none,
            reading::sizes,
            reading::presence,
            reading::every_range_of_a_blob,
            reading::ranges_of_a_large_blob,
            reading::a_range_past_the_end_says_what_is_there,
            reading::an_empty_range_is_empty_everywhere,
            reading::a_range_cannot_end_before_it_starts,
            reading::a_range_of_nothing_is_none,
            reading::nothing_fetched_is_nothing,
            reading::fetched_in_order,
            reading::fetched_twice,
            reading::missing_among_present,
            reading::fetched_ranges,
            reading::many_fetched_at_once,
            reading::large_blobs_fetched_at_once,
            reading::a_bad_fetch_among_good_ones,
            reading::the_first_failure_is_told,
            reading::bytes_outlive_their_container,
            reading::many_threads,
            reading::through_pointers,
            reading::the_profile_is_sane,
            reading::identities,
            reading::no_version_of_nothing,
            ranges::neighbours,
            ranges::scattered,
            ranges::of_a_blob_that_is_fetched_whole,
            ranges::one_of_several_neighbours_passes_the_end,
            ranges::integers_behind_odd_bytes,
            ranges::who_declares_merging_merges,
            ranges::few_bytes_do_not_keep_many_alive,
            versioned::states_come_with_the_bytes,
            versioned::many_states_are_those_of_each,
            versioned::many_sizes_are_those_of_each,
            versioned::the_state_that_is_there_is_answered,
            versioned::another_state_is_refused,
            versioned::nothing_is_in_no_state,
            versioned::raw_fetches_always_answer,
            versioned::origins_are_ignored,
            versioned::the_report_adds_up,
            versioned::ranges_are_reported,
            versioned::nothing_asked_costs_nothing,
            keys::odd_keys_read,
            keys::bad_keys_are_not_read,
            keys::look_alikes_are_missing,
        ])
    }

    /// Everything about [`ContainerWrite`].
    pub fn writing(self) -> Self
    where
        C: Container + ContainerWrite,
    {
        self.run(checks![
            writing::put_then_get,
            writing::pieces_are_one_blob,
            writing::every_dtype,
            writing::every_small_size,
            writing::overwritten_by_longer_shorter_and_nothing,
            writing::many_at_once,
            writing::the_last_of_two_is_kept,
            writing::bad_keys_stop_before_the_first_put,
            writing::a_key_below_a_key,
            writing::a_key_above_a_key,
            writing::deep_keys,
            writing::slices_are_put_as_they_read,
            writing::bytes_read_before_stay_as_they_were,
            writing::readers_see_old_or_new,
            writing::many_writers,
            writing::device_bytes_are_not_fetched,
            writing::through_pointers,
            versioned::an_old_state_is_refused,
            keys::bad_keys_are_not_written,
            keys::keys_differing_in_case,
        ])
    }

    /// Everything about [`ContainerDelete`].
    pub fn deleting(self) -> Self
    where
        C: Container + ContainerWrite + ContainerDelete,
    {
        self.run(checks![
            deleting::deleted,
            deleting::deleting_nothing_is_fine,
            deleting::deleted_many,
            deleting::put_again_after_delete,
            deleting::neighbours_stay,
            deleting::puts_and_deletes_at_once,
            deleting::a_key_in_place_of_one_above_or_below,
            deleting::deep_keys_deleted,
            deleting::bytes_read_before_outlive_the_delete,
            deleting::deleted_through_pointers,
            keys::odd_keys_come_and_go,
            keys::bad_keys_are_not_deleted,
            keys::the_other_case_stays,
        ])
    }

    /// Everything about [`ContainerList`].
    pub fn listing(self) -> Self
    where
        C: Container + ContainerList,
    {
        self.run(checks![
            listing::nothing,
            listing::everything_sorted,
            listing::prefixes_are_paths,
            listing::a_key_is_its_own_prefix,
            listing::a_prefix_of_nothing,
            listing::bad_prefixes,
            listing::odd_keys,
            listing::many_keys,
            listing::listed_is_there,
            listing::through_pointers,
        ])
    }

    /// What listing makes together with writing and deleting.
    pub fn listing_and_writing(self) -> Self
    where
        C: Container + ContainerList + ContainerWrite + ContainerDelete,
    {
        self.run(checks![
            listing::after_writing_and_deleting,
            listing::prefixes_deleted_by_segment,
            listing::everything_deleted,
            listing::while_writing,
        ])
    }

    /// Everything about [`ContainerConditional`]; the check replaces and deletes behind its back, too.
    pub fn conditional(self) -> Self
    where
        C: Container + ContainerConditional + ContainerWrite + ContainerDelete,
    {
        self.run(checks![
            conditional::created_once,
            conditional::replaced_at_its_version,
            conditional::not_replaced_at_another,
            conditional::not_replaced_when_gone,
            conditional::versions_change_with_every_put,
            conditional::versions_stay_without_a_put,
            conditional::versions_do_not_come_back,
            conditional::both_ways_of_asking_agree,
            conditional::created_again_after_delete,
            conditional::nothing_has_no_version,
            conditional::bad_keys,
            conditional::odd_keys,
            conditional::device_bytes_are_not_fetched,
            conditional::one_of_many_creates,
            conditional::no_update_is_lost,
            conditional::through_pointers,
        ])
    }

    /// For containers that know what they hold: a fetch as something else is refused.
    pub fn typed(self) -> Self
    where
        C: Container,
    {
        self.run(checks![
            typed::contradictions_are_refused,
            typed::raw_bytes_are_anything,
            typed::times_are_integers,
            typed::contradictions_of_ranges_are_refused,
        ])
    }

    /// Ends the run.
    ///
    /// # Panics
    /// When a check failed, with every failure.
    pub fn finish(self) {
        assert!(
            self.failures.is_empty(),
            "{} of {} checks failed:\n{}",
            self.failures.len(),
            self.checks,
            self.failures.join("\n")
        );
        assert!(
            self.checks > 0,
            "no check was run: name the container's capabilities"
        );
    }

    fn run(mut self, checks: &[Check<C>]) -> Self {
        let setup = Setup {
            fill: &self.fill,
            case_sensitive: self.case_sensitive,
            by_content: self.by_content,
            held_as: self.held_as,
        };
        for (name, check) in checks {
            self.checks += 1;
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(&setup))) {
                self.failures
                    .push(format!("  {name}: {}", message(&*panic)));
            }
        }
        self
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("panicked")
}
