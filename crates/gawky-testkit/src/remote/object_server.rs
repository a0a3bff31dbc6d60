//! [`ObjectServer`]: an object store in this process.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::net::TcpStream;

use super::connection::{Connection, closes};
use super::listener::Listener;
use super::objects::Objects;

/// Blobs in memory, served over HTTP as Amazon S3 and Google Cloud Storage serve theirs.
///
/// It reads whole blobs and ranges, answers `HEAD`, puts (at once and in parts) and deletes, deletes many, lists by
/// prefix and delimiter, and honours conditions: by ETag as S3 does, by generation as Google does. Buckets need not be made, and nobody is
/// asked who they are. It is not for measuring S3, but for measuring and testing clients.
///
/// ```
/// use gawky_testkit::remote::ObjectServer;
///
/// let server = ObjectServer::start()?;
/// server.insert("bucket/part0-node0-data", vec![1, 2, 3]);
/// assert_eq!(server.get("bucket/part0-node0-data").unwrap(), [1, 2, 3].as_slice());
/// assert!(server.url().starts_with("http://127.0.0.1:"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct ObjectServer {
    listener: Listener,
    objects: Arc<Mutex<Objects>>,
}

impl ObjectServer {
    /// Starts one without blobs.
    ///
    /// # Errors
    /// When the system has no port or thread left.
    pub fn start() -> io::Result<Self> {
        let objects: Arc<Mutex<Objects>> = Arc::default();
        let serving = Arc::clone(&objects);
        let listener = Listener::start("object-server", move |stream| {
            let objects = Arc::clone(&serving);
            async move {
                // A client that breaks off is none of the server's business.
                let _ = serve(&objects, stream).await;
            }
        })?;
        Ok(Self { listener, objects })
    }

    /// Where clients find it, as `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        self.listener.url()
    }

    /// Keeps a blob, named by bucket and key as in `bucket/key`.
    pub fn insert(&self, path: &str, bytes: impl Into<Bytes>) {
        locked(&self.objects).insert(path, bytes.into());
    }

    /// The blob of this bucket and key.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<Bytes> {
        locked(&self.objects).get(path)
    }

    /// Deletes a blob; answers whether it was there.
    pub fn remove(&self, path: &str) -> bool {
        locked(&self.objects).remove(path)
    }

    /// Bucket and key of every blob, sorted.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        locked(&self.objects).paths()
    }
}

fn locked(objects: &Mutex<Objects>) -> MutexGuard<'_, Objects> {
    objects.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(objects: &Mutex<Objects>, stream: TcpStream) -> io::Result<()> {
    let mut client = Connection::new(stream);
    while let Some(request) = client.request().await? {
        let answer = locked(objects).answer(&request);
        client.write_response(request.method(), &answer).await?;
        if closes(request.headers()) {
            client.close().await;
            break;
        }
    }
    Ok(())
}
