//! Reading objects: every answer is what was asked, or an error.

use std::ops::ControlFlow::{Break, Continue};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use gawky_buffer::{Buffer, Fetch, Version};
use gawky_store::plan::{Request, Requests};
use gawky_store::{
    AsyncContainer, ContainerId, FetchReport, Fetched, Profile, StoreError, check_version,
};
use object_store::path::Path;
use object_store::{Attribute, GetOptions, GetRange, GetResult, ObjectMeta};

use crate::attempts::Attempts;
use crate::body::{BodyFault, body};
use crate::retries::Tries;
use crate::room::{Room, Share};
use crate::transfer_error::{Refusal, refusal};
use crate::version::{if_match, version_of};
use crate::witness::Head;
use crate::{AsyncObjectContainer, TransferError, under_way};

/// One call of `fetch`.
struct Call {
    container: AsyncObjectContainer,
    requests: Requests,
    tally: Mutex<FetchReport>,
}

/// Why one attempt came to nothing.
enum Attempt {
    /// Another may come to something.
    Again(TransferError),
    /// The store refuses, and will.
    Refused(TransferError),
    /// It is no use.
    Final(StoreError),
}

/// What one attempt may take, and what it took.
struct Incoming<'s> {
    share: &'s mut Share,
    /// Where requests beside its own count.
    tally: &'s Mutex<FetchReport>,
    /// Whether its answer waited for room.
    had_to_wait: bool,
    came: u64,
}

impl Call {
    async fn request(&self, at: usize, share: Share) -> Result<Option<Fetched>, StoreError> {
        let Some(request) = self.requests.as_slice().get(at) else {
            return Ok(None);
        };
        let answer = self.container.request(request, &self.tally, share).await;
        answer.map_err(|error| self.requests.blame(at, error))
    }
}

impl AsyncObjectContainer {
    async fn request(
        &self,
        request: &Request,
        tally: &Mutex<FetchReport>,
        share: Share,
    ) -> Result<Option<Fetched>, StoreError> {
        let path = self.path_of(&request.key)?;
        // No object is as large as that, and servers choke on such numbers.
        if let Some(range) = &request.range
            && range.end > i64::MAX.unsigned_abs()
        {
            let Some(meta) = self.head_counted(&request.key, &path, tally).await? else {
                return Ok(None);
            };
            return Err(out_of_range(request, range, meta.size));
        }
        let (tries, share) = (Tries::default(), tokio::sync::Mutex::new(share));
        let read = self.retries.run(&tries, || async {
            let mut share = share.lock().await;
            let mut incoming = Incoming {
                share: &mut share,
                tally,
                had_to_wait: false,
                came: 0,
            };
            let attempts = Attempts::default();
            let answer = self.attempt(request, &path, &attempts, &mut incoming).await;
            // An answer that waited for room here may have lost its server's patience by that.
            if incoming.had_to_wait {
                tries.spare();
            }
            let times = tries.count(&attempts);
            note(tally, times, &tries, incoming.came);
            match answer {
                Ok(answer) => Break(Ok(answer)),
                Err(Attempt::Final(error)) => Break(Err(error)),
                Err(Attempt::Refused(error)) => {
                    Break(Err(self.failed(&request.key, tries.sent(), error)))
                }
                Err(Attempt::Again(error)) => Continue(error),
            }
        });
        match read.await {
            Ok(answer) => answer,
            Err(error) => Err(self
                .given_up(request, &path, tries.sent(), error, tally)
                .await),
        }
    }

    async fn attempt(
        &self,
        request: &Request,
        path: &Path,
        attempts: &Attempts,
        incoming: &mut Incoming<'_>,
    ) -> Result<Option<Fetched>, Attempt> {
        let options = GetOptions {
            range: request.range.clone().map(GetRange::Bounded),
            if_match: request.version.as_ref().and_then(if_match),
            extensions: attempts.extensions(),
            ..GetOptions::default()
        };
        let answer = match self.store.get_opts(path, options).await {
            Ok(answer) => answer,
            Err(error) => return self.refused(request, path, error, incoming.tally).await,
        };
        let version = version_of(&answer.meta);
        if let Some(expected) = &request.version {
            check_version(&request.key, expected, version.clone()).map_err(Attempt::Final)?;
        }
        if let Some(coding) = coding(&answer) {
            return Err(Attempt::Refused(TransferError::Encoded { coding }));
        }
        let size = answer.meta.size;
        let asked = match &request.range {
            None => 0..size,
            Some(range) if range.end > size => {
                return Err(Attempt::Final(out_of_range(request, range, size)));
            }
            Some(range) => range.clone(),
        };
        if answer.range != asked {
            return Err(Attempt::Again(TransferError::WrongRange {
                asked,
                answered: answer.range,
                size,
            }));
        }
        if request.range.is_none()
            && let Some(error) = not_whole(&answer)
        {
            return Err(Attempt::Again(error));
        }
        if request.range.is_none() {
            incoming.had_to_wait = incoming.share.resize(size).await;
        }
        match body(answer, request.phase(), &mut incoming.came).await {
            Ok(bytes) => Ok(Some(Fetched { bytes, version })),
            Err(BodyFault::Transfer(error)) => Err(Attempt::Again(error)),
            Err(BodyFault::Memory(source)) => Err(Attempt::Final(StoreError::Buffer {
                key: request.key.to_string(),
                source,
            })),
        }
    }

    async fn refused(
        &self,
        request: &Request,
        path: &Path,
        error: object_store::Error,
        tally: &Mutex<FetchReport>,
    ) -> Result<Option<Fetched>, Attempt> {
        let key = &request.key;
        let failed = match refusal(&error) {
            Refusal::Missing => return Ok(None),
            Refusal::Condition => match &request.version {
                Some(expected) => {
                    let found = self.head_counted(key, path, tally).await.map_err(Attempt::Final)?;
                    StoreError::VersionMismatch {
                        key: key.to_string(),
                        expected: expected.clone(),
                        found: found.as_ref().and_then(version_of),
                    }
                }
                None => return Err(Attempt::Refused(error.into())),
            },
            // Where nothing is left to answer, some servers answer as if no range had been asked.
            Refusal::Unsupported => match self.past_the_end(request, path, tally).await? {
                Some(past_the_end) => past_the_end,
                None => self.unsupported(
                    key,
                    "answer a range",
                    "its server ignores ranges: serve the files with one that honours them, or read \
                     whole blobs",
                ),
            },
            Refusal::PerhapsOutOfRange => match self.past_the_end(request, path, tally).await? {
                Some(past_the_end) => past_the_end,
                None => return Err(Attempt::Again(error.into())),
            },
            Refusal::Nonsense => return Err(Attempt::Again(error.into())),
            Refusal::NoBucket | Refusal::Taken | Refusal::Denied | Refusal::Final => {
                return Err(Attempt::Refused(error.into()));
            }
        };
        Err(Attempt::Final(failed))
    }

    /// The error of a range that passes the end, if it does.
    async fn past_the_end(
        &self,
        request: &Request,
        path: &Path,
        tally: &Mutex<FetchReport>,
    ) -> Result<Option<StoreError>, Attempt> {
        let Some(range) = &request.range else {
            return Ok(None);
        };
        let meta = self
            .head_counted(&request.key, path, tally)
            .await
            .map_err(Attempt::Final)?;
        Ok(meta
            .filter(|meta| range.end > meta.size)
            .map(|meta| out_of_range(request, range, meta.size)))
    }

    /// What to say after the last attempt: a store that answers short data for a range past the end is told
    /// from one whose bodies break off by the size that it has on record.
    async fn given_up(
        &self,
        request: &Request,
        path: &Path,
        attempts: u32,
        error: TransferError,
        tally: &Mutex<FetchReport>,
    ) -> StoreError {
        if matches!(error, TransferError::BrokenOff { source: None, .. })
            && let Ok(Some(past_the_end)) = self.past_the_end(request, path, tally).await
        {
            return past_the_end;
        }
        self.failed(&request.key, attempts, error)
    }

    /// What the store says about an object; `None` when there is none.
    pub(crate) async fn head(
        &self,
        key: &str,
        path: &Path,
    ) -> Result<Option<ObjectMeta>, StoreError> {
        self.head_counted(key, path, &Mutex::default()).await
    }

    /// The same, and what it took.
    async fn head_counted(
        &self,
        key: &str,
        path: &Path,
        tally: &Mutex<FetchReport>,
    ) -> Result<Option<ObjectMeta>, StoreError> {
        let tries = Tries::default();
        let head = self.retries.run(&tries, || async {
            let attempts = Attempts::default();
            let options = GetOptions {
                head: true,
                extensions: attempts.extensions(),
                ..GetOptions::default()
            };
            let answer = self.store.get_opts(path, options).await;
            let times = tries.count(&attempts);
            note(tally, times, &tries, 0);
            let error = match answer {
                Ok(answer) => return Break(Ok(Some(answer.meta))),
                Err(error) => error,
            };
            match refusal(&error) {
                Refusal::Missing => Break(Ok(None)),
                Refusal::Nonsense => Continue(error),
                Refusal::Unsupported => Break(Err(self.unsupported(
                    key,
                    "tell the size and the version of a blob",
                    "its server does not answer HEAD: serve the files with one that does, or read \
                     whole blobs",
                ))),
                _ => Break(Err(self.failed(key, tries.sent(), error))),
            }
        });
        let head = head.await;
        head.unwrap_or_else(|error| Err(self.failed(key, tries.sent(), error)))
    }

    async fn one(&self, fetch: Fetch) -> Result<Option<Buffer>, StoreError> {
        let mut answers = self
            .fetch_versioned(&[fetch], &mut FetchReport::default())
            .await?;
        Ok(answers.pop().flatten().map(|fetched| fetched.bytes))
    }
}

/// Writes down what one attempt took.
fn note(tally: &Mutex<FetchReport>, times: u32, tries: &Tries, came: u64) {
    let mut report = tally.lock().unwrap_or_else(PoisonError::into_inner);
    report.requests += u64::from(times);
    report.retries += u64::from(times - 1) + u64::from(tries.is_repeated());
    report.bytes += came;
}

/// What is wrong with an answer that is to be a whole blob, as far as its head tells.
fn not_whole(answer: &GetResult) -> Option<TransferError> {
    let head: &Head = answer.extensions.get()?;
    match (head.status, head.part()) {
        // The second: what a proxy has passed on, and vouches for.
        (200 | 203, _) => None,
        (206, Some((range, size))) if range == (0..size) && range == answer.range => None,
        (206, Some((answered, size))) => Some(TransferError::WrongRange {
            asked: 0..size,
            answered,
            size,
        }),
        (status, _) => Some(TransferError::NotWhole { status }),
    }
}

/// How the bytes of an answer are encoded, if they are. What is chunked for signing (some stores keep that word) comes as it
/// is.
fn coding(answer: &GetResult) -> Option<String> {
    let coding = answer.attributes.get(&Attribute::ContentEncoding)?;
    let is_plain = coding.split(',').map(str::trim).all(|coding| {
        let plain = ["", "identity", "aws-chunked"];
        plain.iter().any(|plain| coding.eq_ignore_ascii_case(plain))
    });
    (!is_plain).then(|| coding.to_string())
}

fn out_of_range(request: &Request, range: &Range<u64>, have: u64) -> StoreError {
    StoreError::OutOfRange {
        key: request.key.to_string(),
        start: range.start,
        end: range.end,
        have,
    }
}

#[async_trait]
impl AsyncContainer for AsyncObjectContainer {
    async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.one(Fetch::raw(key, None)).await
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        self.one(Fetch::raw(key, Some(range))).await
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        let path = self.path_of(key)?;
        Ok(self.head(key, &path).await?.map(|meta| meta.size))
    }

    async fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let call = Arc::new(Call {
            container: self.clone(),
            requests: Requests::plan(fetches, self.profile.coalescing)?,
            tally: Mutex::default(),
        });
        let jobs = call.requests.as_slice().iter().enumerate();
        let jobs = jobs.map(|(at, request)| {
            let call = Arc::clone(&call);
            let job = move |share| async move { call.request(at, share).await };
            // How large a whole blob is, its answer tells.
            (request.len().unwrap_or(0), job)
        });
        let fetched = under_way::all(&Room::new(&self.profile), jobs.collect()).await;
        *report += *call.tally.lock().unwrap_or_else(PoisonError::into_inner);
        call.requests.answers(fetched?, report)
    }

    fn profile(&self) -> Profile {
        self.profile
    }

    fn id(&self) -> Option<ContainerId> {
        Some(self.id.clone())
    }

    async fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        let path = self.path_of(key)?;
        Ok(self.head(key, &path).await?.as_ref().and_then(version_of))
    }
}
