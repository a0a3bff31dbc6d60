//! S3, Google Cloud Storage, Azure, HTTP and whatever else the crate [`object_store`] reaches, as containers.
//!
//! | item | what it is |
//! |---|---|
//! | [`open`], [`open_async`], [`OpenOptions`] | a container by its URL or path: `s3://`, `gs://`, `az://`, `https://`, `file://`, `memory:`, a folder |
//! | [`AsyncObjectContainer`] | a container over any `Arc<dyn ObjectStore>` and a prefix, by futures |
//! | [`ObjectContainer`] | the same for programs without futures; it works on any thread, in a runtime or not |
//! | [`Blocking`] | what makes any asynchronous container a blocking one, by a runtime on threads of its own |
//! | [`Retries`] | how often and how fast a failed transfer is begun again |
//! | [`Witness`] | the HTTP client of stores that are opened by URL, for those that are built by hand |
//! | [`OpenError`] | why a place cannot be opened |
//! | [`TransferError`] | what can go wrong between here and there; the source of [`StoreError::Remote`](gawky_store::StoreError::Remote) |
//!
//! ```
//! use std::sync::Arc;
//! use gawky_object_store::{ObjectContainer, object_store::memory::InMemory};
//! use gawky_store::{Blob, Buffer, Container, ContainerWrite, DType};
//!
//! let container = ObjectContainer::over(Arc::new(InMemory::new()), "events".into())?;
//! container.put(Blob::new("node0-offsets", DType::Int64, Buffer::from_vec(vec![0_i64, 2, 3])))?;
//! assert_eq!(container.get_range("node0-offsets", 8..16)?, Some(Buffer::from_vec(vec![2_i64])));
//! # Ok::<(), gawky_store::StoreError>(())
//! ```
//!
//! # Features
//!
//! | feature | what it brings |
//! |---|---|
//! | `aws` | `s3://` and `s3a://` |
//! | `azure` | `az://`, `abfs://` and `abfss://` |
//! | `gcp` | `gs://` |
//! | `http` | `http://` and `https://` |
//!
//! All are on unless turned off. Each needs a C compiler, for TLS. Without any of them folders and memory are opened by URL, and stores that you build are
//! containers.
//!
//! # Names
//!
//! A blob is one object. Ordinary keys are the names of their objects as they stand, below the prefix, so Python
//! and everything else finds them; odd ones are called as [`gawky_store::names`] says, which is how a
//! [`Directory`](gawky_store::Directory) calls them, too: a folder copied into a bucket is the same container.

mod attempts;
mod blocking;
mod body;
mod conditional;
mod container;
mod delete;
mod list;
mod open;
mod own_runtime;
mod payload;
mod read;
mod retries;
mod room;
mod transfer_error;
mod under_way;
mod version;
mod witness;
mod write;

pub use blocking::{Blocking, ObjectContainer};
pub use container::AsyncObjectContainer;
pub use open::{Address, OpenError, OpenOptions, open, open_async};
pub use retries::Retries;
pub use transfer_error::TransferError;
#[cfg(any(feature = "aws", feature = "azure", feature = "gcp", feature = "http"))]
pub use witness::Witness;

pub use object_store;
