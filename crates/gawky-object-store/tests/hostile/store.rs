//! A store that does wrong as it is told, and counts what it is asked.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};
use gawky_object_store::object_store::memory::InMemory;
use gawky_object_store::object_store::path::Path;
use gawky_object_store::object_store::{
    Attribute, CopyOptions, Error, GetOptions, GetRange, GetResult, GetResultPayload, ListResult,
    MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, Result, UploadPart,
};
use gawky_store::async_trait;

/// What it does to one GET.
#[derive(Clone, Debug)]
pub(crate) enum Wrong {
    /// The last byte is missing, and nothing says so.
    Short,
    /// Nothing comes at all, and nothing says so.
    Nothing,
    /// Half the bytes, then an error.
    BreaksOff,
    /// One byte too many.
    Long,
    /// The bytes one further on, and it says so.
    OtherRange,
    /// Many more bytes than there are, it says.
    Claims(u64),
    /// So many bytes are asked for, and as few as there are come, as if they were all.
    EndIsNoEnd,
    /// The bytes as they are, it says, in this coding.
    Encoded(&'static str),
    /// Refused.
    Error(fn() -> Error),
    /// No ETag.
    NoETag,
    /// A weak ETag; a strong comparison with it fails.
    WeakETag,
    /// As it should be, after all that is under way.
    Slow,
    /// As it should be, and its body takes a while.
    Heavy,
    /// Never.
    Hangs,
    /// As it should be, when another body is coming at the same time, on another thread.
    Meets,
    /// By a panic.
    Panics,
}

pub(crate) fn forbidden() -> Error {
    Error::PermissionDenied {
        path: "p".into(),
        source: "403 Forbidden".into(),
    }
}

/// What `object_store` makes of an answer: the first error has the URL in its text, its cause the answer.
#[derive(Debug, thiserror::Error)]
#[error("Error performing GET http://host/p in 1ms, after 3 retries - {0}")]
struct Performing(#[source] Answered);

#[derive(Debug, thiserror::Error)]
#[error("Server returned non-2xx status code: {0}: {1}")]
struct Answered(&'static str, &'static str);

fn answered(status: &'static str, body: &'static str) -> Error {
    let source = Box::new(Performing(Answered(status, body)));
    match status.get(..3) {
        Some("404") => Error::NotFound {
            path: "p".into(),
            source,
        },
        _ => Error::Generic {
            store: "test",
            source,
        },
    }
}

pub(crate) fn unavailable() -> Error {
    answered("503 Service Unavailable", "")
}

pub(crate) fn no_bucket() -> Error {
    answered("404 Not Found", "<Error><Code>NoSuchBucket</Code></Error>")
}

pub(crate) fn no_container() -> Error {
    answered("404 Not Found", "<Code>ContainerNotFound</Code>")
}

pub(crate) fn no_bucket_of_google() -> Error {
    let body = r#"{"error":{"code":404,"message":"The specified bucket does not exist."}}"#;
    answered("404 Not Found", body)
}

/// A key that is called like an error.
pub(crate) fn no_such_key() -> Error {
    let body =
        "<Code>NoSuchKey</Code><Key>x/NoSuchBucket ContainerNotFound bucket does not exist</Key>";
    answered("404 Not Found", body)
}

pub(crate) fn nonsense() -> Error {
    Error::Generic {
        store: "test",
        source: "Requested 0..8, got 1..9".into(),
    }
}

pub(crate) fn not_partial() -> Error {
    Error::NotSupported {
        source: "Range not supported by p".into(),
    }
}

pub(crate) fn conflict() -> Error {
    Error::AlreadyExists {
        path: "p".into(),
        source: "409 Conflict".into(),
    }
}

#[derive(Default)]
pub(crate) struct Hostile {
    pub(crate) inner: InMemory,
    /// Done to the next GETs, one to each.
    pub(crate) gets: Mutex<VecDeque<Wrong>>,
    /// Done to the GETs of ranges that begin there.
    pub(crate) at: Mutex<BTreeMap<u64, Wrong>>,
    /// Done to every GET.
    pub(crate) always: Mutex<Option<Wrong>>,
    /// Done to the next PUTs of any kind.
    pub(crate) puts: Mutex<VecDeque<fn() -> Error>>,
    /// Said in the middle of the next listings.
    pub(crate) lists: Mutex<VecDeque<fn() -> Error>>,
    /// Said of the first object of the next deletions, which stays.
    pub(crate) deletes: Mutex<VecDeque<fn() -> Error>>,
    /// How many listings and deletions there were.
    pub(crate) sweeps: AtomicUsize,
    /// The ranges of all GETs; none for a whole object.
    pub(crate) asked: Mutex<Vec<Option<Range<u64>>>>,
    /// Whether PUTs tell no ETag.
    pub(crate) no_etags: AtomicBool,
    pub(crate) conditions: Mutex<Vec<Option<String>>>,
    pub(crate) heads: AtomicUsize,
    pub(crate) under_way: Gauge,
    /// Bytes of bodies, both ways.
    pub(crate) bytes: Gauge,
    pub(crate) meeting: Arc<(Mutex<usize>, Condvar)>,
    pub(crate) aborted: Arc<AtomicUsize>,
    pub(crate) completed: Arc<AtomicUsize>,
}

/// How many there are, and how many there have been at once.
#[derive(Clone, Default)]
pub(crate) struct Gauge {
    pub(crate) now: Arc<AtomicUsize>,
    pub(crate) most: Arc<AtomicUsize>,
}

pub(crate) struct Entered(Arc<AtomicUsize>, usize);

impl Gauge {
    pub(crate) fn enter(&self) -> Entered {
        self.enter_with(1)
    }

    pub(crate) fn enter_with(&self, many: usize) -> Entered {
        let now = self.now.fetch_add(many, Ordering::SeqCst) + many;
        self.most.fetch_max(now, Ordering::SeqCst);
        Entered(Arc::clone(&self.now), many)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.fetch_sub(self.1, Ordering::SeqCst);
    }
}

impl Hostile {
    pub(crate) fn next(&self, wrong: impl IntoIterator<Item = Wrong>) {
        self.gets.lock().unwrap().extend(wrong);
    }

    pub(crate) fn always(&self, wrong: Wrong) {
        *self.always.lock().unwrap() = Some(wrong);
    }

    /// The ranges asked since this was last looked at.
    pub(crate) fn asked(&self) -> Vec<Option<Range<u64>>> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    async fn answer(
        &self,
        location: &Path,
        range: Option<Range<u64>>,
        wrong: Wrong,
    ) -> Result<GetResult> {
        let whole = self.inner.get_opts(location, GetOptions::default()).await?;
        let mut meta = whole.meta.clone();
        let bytes = whole.bytes().await?;
        let size = bytes.len() as u64;
        let mut asked = match range {
            None => 0..size,
            Some(range) if range.start >= size && !matches!(wrong, Wrong::EndIsNoEnd) => {
                return Err(answered("416 Range Not Satisfiable", ""));
            }
            Some(range) if matches!(wrong, Wrong::EndIsNoEnd) => range,
            Some(range) => range.start..range.end.min(size),
        };
        let cut = |range: &Range<u64>| {
            let at = |n: u64| usize::try_from(n.min(size)).unwrap();
            bytes.slice(at(range.start)..at(range.end))
        };
        let mut chunks: Vec<Result<Bytes>> = Vec::new();
        match wrong {
            Wrong::Short => chunks.push(Ok(cut(&(asked.start..asked.end - 1)))),
            Wrong::Nothing => {}
            Wrong::BreaksOff => {
                let middle = asked.start + (asked.end - asked.start) / 2;
                chunks.push(Ok(cut(&(asked.start..middle))));
                chunks.push(Err(Error::Generic {
                    store: "test",
                    source: "connection reset".into(),
                }));
            }
            Wrong::Long => {
                chunks.push(Ok(cut(&asked)));
                chunks.push(Ok(Bytes::from_static(b"!")));
            }
            Wrong::OtherRange => {
                asked = asked.start + 1..asked.end + 1;
                chunks.push(Ok(cut(&asked)));
            }
            Wrong::Claims(size) => {
                chunks.push(Ok(cut(&asked)));
                meta.size = size;
                asked = 0..size;
            }
            Wrong::EndIsNoEnd => {
                chunks.push(Ok(cut(&asked)));
                meta.size = asked.end;
            }
            Wrong::Encoded(coding) => {
                let mut encoded =
                    result(meta, asked.clone(), stream::iter([Ok(cut(&asked))]).boxed());
                let encoding = Attribute::ContentEncoding;
                encoded.attributes.insert(encoding, coding.into());
                return Ok(encoded);
            }
            Wrong::Error(error) => return Err(error()),
            Wrong::NoETag => {
                chunks.push(Ok(cut(&asked)));
                meta.e_tag = None;
            }
            Wrong::WeakETag => {
                chunks.push(Ok(cut(&asked)));
                meta.e_tag = Some("W/\"1\"".into());
            }
            Wrong::Slow => {
                for _ in 0..100 {
                    tokio::task::yield_now().await;
                }
                chunks.push(Ok(cut(&asked)));
            }
            Wrong::Heavy => {
                let (gauge, body) = (self.bytes.clone(), cut(&asked));
                let stream = stream::once(async move {
                    let _entered = gauge.enter_with(body.len());
                    for _ in 0..10 {
                        tokio::task::yield_now().await;
                    }
                    Ok(body)
                });
                return Ok(result(meta, asked, stream.boxed()));
            }
            Wrong::Meets => {
                let (meeting, body) = (Arc::clone(&self.meeting), cut(&asked));
                let stream = stream::once(async move {
                    let (there, changed) = &*meeting;
                    let mut there = there.lock().unwrap();
                    *there += 1;
                    changed.notify_all();
                    let patience = Duration::from_secs(20);
                    let (there, _) = changed
                        .wait_timeout_while(there, patience, |there| *there < 2)
                        .unwrap();
                    assert!(*there >= 2, "nobody else came");
                    Ok(body)
                });
                return Ok(result(meta, asked, stream.boxed()));
            }
            Wrong::Panics => panic!("as told"),
            Wrong::Hangs => {
                let gauge = self.under_way.enter();
                let stream = stream::once(async move {
                    let _gauge = gauge;
                    std::future::pending::<()>().await;
                    Ok(Bytes::new())
                });
                return Ok(result(meta, asked, stream.boxed()));
            }
        }
        Ok(result(meta, asked, stream::iter(chunks).boxed()))
    }
}

fn result(
    meta: ObjectMeta,
    range: Range<u64>,
    stream: BoxStream<'static, Result<Bytes>>,
) -> GetResult {
    GetResult {
        payload: GetResultPayload::Stream(stream),
        meta,
        range,
        attributes: Default::default(),
        extensions: Default::default(),
    }
}

impl fmt::Debug for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hostile")
    }
}

impl fmt::Display for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hostile")
    }
}

#[async_trait]
impl ObjectStore for Hostile {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let gauge = (
            self.under_way.enter(),
            self.bytes.enter_with(payload.content_length()),
        );
        tokio::task::yield_now().await;
        let error = self.puts.lock().unwrap().pop_front();
        drop(gauge);
        if let Some(error) = error {
            return Err(error());
        }
        let mode: PutMode = options.mode;
        let mut put = self.inner.put_opts(location, payload, mode.into()).await?;
        if self.no_etags.load(Ordering::SeqCst) {
            (put.e_tag, put.version) = (None, None);
        }
        Ok(put)
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let inner = self.inner.put_multipart_opts(location, options).await?;
        Ok(Box::new(Upload {
            inner,
            wrong: self.puts.lock().unwrap().drain(..).collect(),
            aborted: Arc::clone(&self.aborted),
            completed: Arc::clone(&self.completed),
            gauge: self.under_way.clone(),
            bytes: self.bytes.clone(),
        }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        if options.head {
            self.heads.fetch_add(1, Ordering::SeqCst);
            return self.inner.get_opts(location, options).await;
        }
        let range = options.range.as_ref().map(|range| match range {
            GetRange::Bounded(range) => range.clone(),
            GetRange::Offset(start) => *start..u64::MAX,
            GetRange::Suffix(_) => 0..u64::MAX,
        });
        self.asked.lock().unwrap().push(range.clone());
        self.conditions
            .lock()
            .unwrap()
            .push(options.if_match.clone());
        let gauge = self.under_way.enter();
        tokio::task::yield_now().await;
        let wrong = self.gets.lock().unwrap().pop_front();
        let start = range.as_ref().map_or(0, |range| range.start);
        let wrong = wrong.or_else(|| self.at.lock().unwrap().get(&start).cloned());
        let wrong = wrong.or_else(|| self.always.lock().unwrap().clone());
        drop(gauge);
        match wrong {
            Some(wrong) => self.answer(location, range, wrong).await,
            None => self.inner.get_opts(location, options).await,
        }
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.sweeps.fetch_add(1, Ordering::SeqCst);
        let Some(error) = self.deletes.lock().unwrap().pop_front() else {
            return self.inner.delete_stream(locations);
        };
        let inner = self.inner.clone();
        let deleted = locations.enumerate().then(move |(at, location)| {
            let inner = inner.clone();
            async move {
                match location {
                    Ok(_) if at == 0 => Err(error()),
                    Ok(location) => inner.delete(&location).await.map(|()| location),
                    Err(error) => Err(error),
                }
            }
        });
        deleted.boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.sweeps.fetch_add(1, Ordering::SeqCst);
        let listed = self.inner.list(prefix);
        match self.lists.lock().unwrap().pop_front() {
            Some(error) => listed.take(1).chain(stream::iter([Err(error())])).boxed(),
            None => listed,
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

#[derive(Debug)]
struct Upload {
    inner: Box<dyn MultipartUpload>,
    wrong: VecDeque<fn() -> Error>,
    aborted: Arc<AtomicUsize>,
    completed: Arc<AtomicUsize>,
    gauge: Gauge,
    bytes: Gauge,
}

impl fmt::Debug for Gauge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gauge")
    }
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        if let Some(error) = self.wrong.pop_front() {
            return async move { Err(error()) }.boxed();
        }
        let len = data.content_length();
        let part = self.inner.put_part(data);
        let (gauge, bytes) = (self.gauge.clone(), self.bytes.clone());
        async move {
            let _entered = (gauge.enter(), bytes.enter_with(len));
            tokio::task::yield_now().await;
            part.await
        }
        .boxed()
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.completed.fetch_add(1, Ordering::SeqCst);
        self.inner.complete().await
    }

    async fn abort(&mut self) -> Result<()> {
        self.aborted.fetch_add(1, Ordering::SeqCst);
        self.inner.abort().await
    }
}
