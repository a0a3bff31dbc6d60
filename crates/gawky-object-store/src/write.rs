//! Putting objects: at once, or not at all.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::ops::ControlFlow::{Break, Continue};
use std::pin::pin;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use gawky_buffer::{Blob, Buffer};
use gawky_store::{AsyncContainerWrite, Key, StoreError};
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt, PutMode, PutOptions, PutPayload, PutResult};

use crate::attempts::Attempts;
use crate::payload::{parts, payload};
use crate::retries::Tries;
use crate::room::{Room, Share};
use crate::transfer_error::{Refusal, io_kind, refusal};
use crate::{AsyncObjectContainer, under_way};

// What S3, and others after it, allow.
const MOST_PARTS: u64 = 10_000;
// Parts are made a multiple of this.
const PART_STEP: u64 = 1 << 20;

/// A blob that may be put: its key is a key, and its bytes are on the host.
pub(crate) struct Ready {
    pub(crate) key: Key,
    pub(crate) path: Path,
    pub(crate) payload: PutPayload,
}

impl Ready {
    fn len(&self) -> u64 {
        self.payload.content_length() as u64
    }
}

impl AsyncObjectContainer {
    pub(crate) fn ready(&self, blob: Blob) -> Result<Ready, StoreError> {
        self.ready_pieces(blob.key, &[blob.bytes])
    }

    fn ready_pieces(&self, key: Key, pieces: &[Buffer]) -> Result<Ready, StoreError> {
        Ok(Ready {
            path: self.path_of(&key)?,
            payload: payload(&key, pieces)?,
            key,
        })
    }

    /// How many bytes the first request of a put has.
    fn first_size(&self, ready: &Ready) -> u64 {
        let len = ready.len();
        if len > self.part_size {
            part_size(self.part_size, len)
        } else {
            len
        }
    }

    async fn put_alone(&self, ready: &Ready) -> Result<(), StoreError> {
        let room = Room::new(&self.profile);
        let first = room.start(self.first_size(ready)).await;
        self.put_ready(ready, &room, first).await
    }

    async fn put_ready(
        &self,
        ready: &Ready,
        room: &Arc<Room>,
        mut first: Share,
    ) -> Result<(), StoreError> {
        if ready.len() > self.part_size {
            match self.store.put_multipart(&ready.path).await {
                Ok(upload) => return self.put_in_parts(ready, upload, room, first).await,
                // Then it goes in one.
                Err(
                    object_store::Error::NotSupported { .. }
                    | object_store::Error::NotImplemented { .. },
                ) => {
                    first.resize(ready.len()).await;
                }
                Err(error) => return Err(self.not_put(ready, 1, error).await),
            }
        }
        let tries = Tries::default();
        let put = self.retries.run(&tries, || async {
            let error = match self.put_at_once(ready, PutMode::Overwrite, &tries).await {
                (Ok(_), _) => return Break(Ok(())),
                (Err(error), _) => error,
            };
            // Replacing may be done twice: after nonsense, a conflict with another writer, or a folder that another
            // has just taken away.
            let passing = matches!(
                refusal(&error),
                Refusal::Nonsense | Refusal::Taken | Refusal::Missing
            );
            if passing && !is_in_the_way(&error) {
                Continue(error)
            } else {
                Break(Err(error))
            }
        });
        match put.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) | Err(error) => Err(self.not_put(ready, tries.sent(), error).await),
        }
    }

    /// What the store says to one PUT, and how many requests that were.
    pub(crate) async fn put_at_once(
        &self,
        ready: &Ready,
        mode: PutMode,
        tries: &Tries,
    ) -> (object_store::Result<PutResult>, u32) {
        let attempts = Attempts::default();
        let options = PutOptions {
            mode,
            extensions: attempts.extensions(),
            ..PutOptions::default()
        };
        let payload = ready.payload.clone();
        let put = self.store.put_opts(&ready.path, payload, options).await;
        (put, tries.count(&attempts))
    }

    async fn put_in_parts(
        &self,
        ready: &Ready,
        upload: Box<dyn MultipartUpload>,
        room: &Arc<Room>,
        first: Share,
    ) -> Result<(), StoreError> {
        let mut upload = Upload(Some(upload));
        let sent = self.send_parts(ready, &mut upload, room, first).await;
        match sent {
            Ok(()) => {
                // Complete: nothing is to be taken back.
                drop(upload.0.take());
                Ok(())
            }
            Err(error) => {
                if let Some(mut upload) = upload.0.take() {
                    // The error that is told is the first; what cannot be taken back is invisible anyway.
                    let _ = upload.abort().await;
                }
                Err(self.not_put(ready, 1, error).await)
            }
        }
    }

    async fn send_parts(
        &self,
        ready: &Ready,
        upload: &mut Upload,
        room: &Arc<Room>,
        first: Share,
    ) -> object_store::Result<()> {
        let Some(upload) = &mut upload.0 else {
            return Ok(());
        };
        let part = usize::try_from(self.first_size(ready)).unwrap_or(usize::MAX);
        let mut first = Some(first);
        let mut running = FuturesUnordered::new();
        for part in parts(ready.payload.clone(), part) {
            let share = match first.take() {
                Some(share) => share,
                None => {
                    let mut further = pin!(room.further(part.content_length() as u64));
                    loop {
                        if running.is_empty() {
                            break further.await;
                        }
                        match select(&mut further, running.next()).await {
                            Either::Left((share, _)) => break share,
                            Either::Right((sent, _)) => sent.transpose()?,
                        };
                    }
                }
            };
            let sending = upload.put_part(part);
            running.push(async move {
                let _share = share;
                sending.await
            });
        }
        while let Some(sent) = running.next().await {
            sent?;
        }
        upload.complete().await.map(drop)
    }

    /// The error of a put that the store refused.
    pub(crate) async fn not_put(
        &self,
        ready: &Ready,
        attempts: u32,
        error: object_store::Error,
    ) -> StoreError {
        if is_in_the_way(&error)
            && let Some(other) = self.in_the_way(&ready.key).await
        {
            return StoreError::KeyIsPrefix {
                key: ready.key.to_string(),
                other: other.into(),
            };
        }
        if refusal(&error) == Refusal::Unsupported {
            return self.unsupported(
                &ready.key,
                "be written",
                "its server takes no PUT: open a store that can be written",
            );
        }
        self.failed(&ready.key, attempts, error)
    }

    /// A key above or below `key`, where a file system can have only one of them.
    async fn in_the_way(&self, key: &str) -> Option<Key> {
        let mut above = key;
        while let Some((folder, _)) = above.rsplit_once('/') {
            above = folder;
            let path = self.path_of(above).ok()?;
            if let Ok(Some(_)) = self.head(above, &path).await {
                return Some(above.into());
            }
        }
        let path = self.path_of(key).ok()?;
        let mut below = self.store.list(Some(&path));
        while let Some(Ok(meta)) = below.next().await {
            if let Some(key) = self.key_of(&meta.location) {
                return Some(key);
            }
        }
        None
    }
}

/// Whether a file system says that there is a file where a folder is to be, or the other way round.
fn is_in_the_way(error: &object_store::Error) -> bool {
    matches!(
        io_kind(error),
        Some(
            ErrorKind::NotADirectory
                | ErrorKind::IsADirectory
                | ErrorKind::DirectoryNotEmpty
                | ErrorKind::AlreadyExists
        )
    )
}

/// How large the parts of a blob are: at least `least`, and so large that they are not too many.
fn part_size(least: u64, len: u64) -> u64 {
    let needed = len.div_ceil(MOST_PARTS);
    if needed <= least {
        least
    } else {
        needed.next_multiple_of(PART_STEP)
    }
}

/// An upload in parts, which is taken back when it is dropped before its end.
struct Upload(Option<Box<dyn MultipartUpload>>);

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(mut upload) = self.0.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move { upload.abort().await });
        }
    }
}

#[async_trait]
impl AsyncContainerWrite for AsyncObjectContainer {
    async fn put(&self, blob: Blob) -> Result<(), StoreError> {
        self.put_alone(&self.ready(blob)?).await
    }

    /// Sent one behind the other, from where they lie.
    async fn put_pieces(&self, key: Key, pieces: &[Buffer]) -> Result<(), StoreError> {
        self.put_alone(&self.ready_pieces(key, pieces)?).await
    }

    async fn put_many(&self, blobs: Vec<Blob>) -> Result<(), StoreError> {
        let mut ready = Vec::with_capacity(blobs.len());
        let mut places: HashMap<Key, usize> = HashMap::new();
        for blob in blobs {
            let blob = self.ready(blob)?;
            match places.get(&blob.key) {
                // Sent at once, the two would arrive in any order.
                Some(&earlier) => {
                    if let Some(place) = ready.get_mut(earlier) {
                        *place = blob;
                    }
                }
                None => {
                    places.insert(blob.key.clone(), ready.len());
                    ready.push(blob);
                }
            }
        }
        let room = Room::new(&self.profile);
        let container = Arc::new(self.clone());
        let jobs = ready.into_iter().map(|ready| {
            let (container, room) = (Arc::clone(&container), Arc::clone(&room));
            let first = self.first_size(&ready);
            let job = move |share| async move { container.put_ready(&ready, &room, share).await };
            (first, job)
        });
        under_way::all(&room, jobs.collect()).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_never_too_many() {
        for len in [
            1,
            16 << 20,
            1 << 30,
            160_000 << 20,
            (160_000 << 20) + 1,
            5 << 40,
        ] {
            let part = part_size(16 << 20, len);
            assert!(part >= 16 << 20);
            assert!(len.div_ceil(part) <= MOST_PARTS, "{len}");
        }
        assert_eq!(part_size(5, 40), 5);
    }
}
