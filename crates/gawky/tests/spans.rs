//! The `tracing` span of a read. In a process of its own: which spans are wanted is decided for a whole process.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

use std::fmt;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use gawky::prelude::*;
use gawky::store::{
    AsyncContainer, Container, Fetch, FetchReport, Fetched, StoreError, async_trait,
};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// It reports of every call as though something of each kind had happened.
struct AtOnce(MemoryContainer);

impl Container for AtOnce {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.0.get(key)
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        report.requests += 100;
        report.merged += 200;
        report.retries += 300;
        report.cache_hits += 400;
        report.cache_bytes += 500;
        report.copies += 600;
        report.copied_bytes += 700;
        self.0.fetch_versioned(fetches, report)
    }
}

#[async_trait]
impl AsyncContainer for AtOnce {
    async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.0.get(key)
    }

    async fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        Container::fetch_versioned(self, fetches, report)
    }
}

/// It never answers when it is asked for data.
struct Stuck(MemoryContainer);

#[async_trait]
impl AsyncContainer for Stuck {
    async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.0.get(key)
    }

    async fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        if fetches.iter().any(|fetch| fetch.key.ends_with("-data")) {
            std::future::pending::<()>().await;
        }
        self.0.fetch_versioned(fetches, report)
    }
}

/// It fails when it is asked for data, after one request; structure it hands out.
struct WithoutData(MemoryContainer);

impl Container for WithoutData {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.0.get(key)
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let data = fetches.iter().find(|fetch| fetch.key.ends_with("-data"));
        let Some(fetch) = data else {
            return self.0.fetch_versioned(fetches, report);
        };
        report.request(5);
        Err(StoreError::backend(fetch.key.to_string(), "it is gone"))
    }
}

#[async_trait]
impl AsyncContainer for WithoutData {
    async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.0.get(key)
    }

    async fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        Container::fetch_versioned(self, fetches, report)
    }
}

/// A subscriber that writes down every field of every span and event.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<(String, String)>>>);

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut seen = self.0.lock().unwrap();
        seen.push((field.name().to_owned(), format!("{value:?}")));
    }
}

impl Subscriber for Seen {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("gawky")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let name = ("span".to_owned(), span.metadata().name().to_owned());
        self.0.lock().unwrap().push(name);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Seen {
    /// What a field was set to last, if it is a number.
    fn last(&self, name: &str) -> Option<u64> {
        let seen = self.0.lock().unwrap();
        let found = seen.iter().rev().find(|(field, _)| field == name);
        found.map(|(_, value)| value.parse().unwrap())
    }
}

/// The lists `[[1, 2], [], [3]]`, in `memory`; of the last two, offsets and data are two steps.
fn two_steps(memory: &MemoryContainer) -> (Form, usize) {
    let content = Array::from(NumpyArray::from_vec(vec![1_i32, 2, 3]));
    let lists = ListOffsetArray::try_new(vec![0_i64, 2, 2, 3].into(), content, Parameters::none());
    gawky::to_buffers(&Array::from(lists.unwrap()), memory).unwrap()
}

#[test]
fn a_span_carries_what_the_report_says() {
    let memory = MemoryContainer::new();
    let (form, length) = two_steps(&memory);
    let reader = FromBuffers::new(&form, length).rows(1..3);
    let at_once = AtOnce(memory);
    for blocking in [true, false] {
        let seen = Seen::default();
        let report = tracing::subscriber::with_default(seen.clone(), || match blocking {
            true => reader.read_with_report(&at_once).unwrap().1,
            false => {
                let reading = reader.read_async_with_report(&at_once);
                reading.now_or_never().unwrap().unwrap().1
            }
        });
        let storage = &report.storage;
        for (field, value) in [
            ("steps", report.steps as u64),
            ("fetches", report.fetches as u64),
            ("bytes_asked", report.bytes_asked),
            ("bytes_fetched", storage.bytes),
            ("requests", storage.requests),
            ("merged", storage.merged),
            ("retries", storage.retries),
            ("cache_hits", storage.cache_hits),
            ("cache_bytes", storage.cache_bytes),
            ("copies", report.copies),
            ("copied_bytes", report.copied_bytes),
        ] {
            assert!(value > 0, "{field}");
            assert_eq!(seen.last(field), Some(value), "{field}");
        }
        let elapsed = report.elapsed.as_micros().try_into().unwrap();
        assert_eq!(seen.last("elapsed_us"), Some(elapsed));
        let seen = seen.0.lock().unwrap().clone();
        assert_eq!(seen[0], ("span".to_owned(), "gawky.read".to_owned()));
        let told = |name: &str| -> Vec<String> {
            let told = seen.iter().filter(|(field, _)| field == name);
            told.map(|(_, value)| value.clone()).collect()
        };
        assert_eq!(told("message"), ["step", "fetched", "step", "fetched"]);
        assert_eq!(
            told("keys"),
            [r#"["node0-offsets"]"#, r#"["node1-data"]"#],
            "as the report has them: {:?}",
            report.keys
        );
    }
}

#[test]
fn the_span_of_a_read_that_failed_carries_what_it_did_until_then() {
    let memory = MemoryContainer::new();
    let (form, length) = two_steps(&memory);
    let reader = FromBuffers::new(&form, length).rows(1..3);
    let broken = WithoutData(memory);
    for blocking in [true, false] {
        let seen = Seen::default();
        let read = tracing::subscriber::with_default(seen.clone(), || match blocking {
            true => reader.read(&broken).map(drop),
            false => {
                let reading = reader.read_async(&broken);
                reading.now_or_never().unwrap().map(drop)
            }
        });
        read.unwrap_err();
        assert_eq!(seen.last("steps"), Some(2), "the one that failed, too");
        assert_eq!(seen.last("requests"), Some(2));
        assert_eq!(seen.last("bytes_fetched"), Some(24 + 5));
        assert_eq!(seen.last("bytes_asked"), Some(24));
    }
}

#[test]
fn the_span_of_a_future_that_was_dropped_carries_what_it_did_until_then() {
    let memory = MemoryContainer::new();
    let (form, length) = two_steps(&memory);
    let reader = FromBuffers::new(&form, length).rows(1..3);
    let stuck = Stuck(memory);
    let seen = Seen::default();
    tracing::subscriber::with_default(seen.clone(), || {
        assert!(reader.read_async(&stuck).now_or_never().is_none());
    });
    assert_eq!(seen.last("steps"), Some(1));
    assert_eq!(seen.last("fetches"), Some(1), "what was answered");
    assert_eq!(
        (seen.last("requests"), seen.last("bytes_fetched")),
        (Some(1), Some(24))
    );
    assert!(seen.last("elapsed_us").is_some());
}
