//! [`Uploads`]: objects that arrive in parts.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>

use std::collections::BTreeMap;

use bytes::Bytes;

/// The uploads that were begun, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Uploads {
    begun: u64,
    uploads: BTreeMap<u64, Upload>,
}

#[derive(Debug, Default)]
struct Upload {
    path: String,
    /// By their numbers, which need not be without gaps.
    parts: BTreeMap<u64, Bytes>,
}

impl Uploads {
    pub(super) fn begin(&mut self, path: &str) -> u64 {
        self.begun += 1;
        let path = path.to_owned();
        let parts = BTreeMap::new();
        self.uploads.insert(self.begun, Upload { path, parts });
        self.begun
    }

    /// Keeps a part; answers whether there is such an upload.
    pub(super) fn put(&mut self, path: &str, upload: u64, part: u64, bytes: Bytes) -> bool {
        let upload = self
            .uploads
            .get_mut(&upload)
            .filter(|upload| upload.path == path);
        upload
            .map(|upload| upload.parts.insert(part, bytes))
            .is_some()
    }

    /// All the parts, one after the other. The upload stays, so that it can be completed again by a client that
    /// has not heard of its success.
    pub(super) fn joined(&self, path: &str, upload: u64) -> Option<Bytes> {
        let upload = self
            .uploads
            .get(&upload)
            .filter(|upload| upload.path == path)?;
        let parts: Vec<&[u8]> = upload.parts.values().map(Bytes::as_ref).collect();
        Some(parts.concat().into())
    }

    pub(super) fn give_up(&mut self, upload: u64) {
        self.uploads.remove(&upload);
    }
}
