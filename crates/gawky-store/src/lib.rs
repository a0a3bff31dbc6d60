//! Containers: anything that maps names to bytes.
//!
//! | item | what it is |
//! |---|---|
//! | [`Container`] | reading: one required method, `get`; drivers call `fetch_versioned` |
//! | [`ContainerWrite`], [`ContainerDelete`], [`ContainerList`], [`ContainerConditional`] | writing, deleting, listing, compare-and-swap: separate capabilities |
//! | [`Store`] | all of them at once |
//! | [`AsyncContainer`], [`AsyncContainerWrite`], [`AsyncContainerDelete`], [`AsyncContainerList`], [`AsyncContainerConditional`] | the same, by futures |
//! | [`Fetched`], [`FetchReport`] | bytes with the state they are of, and what fetching took |
//! | [`plan`] | which requests to make for a list of fetches: merging, splitting, how many at once |
//! | [`Layer`], [`Layered`], [`Catalogue`] | what lies between a reader and the bytes (an archive, a proof), written once for blocking and asynchronous containers |
//! | [`MemoryContainer`] | a typed map in memory: no copy in, no copy out |
//! | [`Directory`] | a folder of files: atomic writes, aligned reads, memory maps on request |
//! | [`LocalFile`] | one file as a container of one blob: what archives are read from |
//! | [`FileDraft`] | a file that has its name once all of it is written |
//! | [`cache`] | what was read is kept in memory for who reads it next |
//! | `Checksums`, `Verified` | what blobs had for bytes when they were written, and a layer that proves that they still have; with the feature `checksums`, which is on unless turned off |
//! | [`from_fn`] | a closure as a container; plain maps, `&C`, `Arc<C>` and `Box<C>` are containers as they are |
//! | `npz` | archives as `np.savez` writes them as containers; with the feature of that name, which is on unless turned off |
//! | `safetensors` | Hugging Face's files of tensors as containers; with the feature of that name, which is on unless turned off |
//! | [`Profile`], [`Coalescing`] | what a container declares about itself: concurrency, cost of ranges, merging limits |
//! | [`ContainerId`], [`Version`] | what a cache needs to tell blobs apart: which container, which state of a key |
//! | [`key`], [`range`] | the rules for keys and ranges that every container shares |
//! | [`names`] | how keys are called in folders and buckets |
//! | [`dtypes_agree`] | the rule for containers that know what they hold |
//! | [`StoreError`] | what can go wrong |
//!
//! # A container of your own
//!
//! ```
//! use gawky_store::{Buffer, Container, StoreError};
//!
//! struct Constant;
//!
//! impl Container for Constant {
//!     fn get(&self, _key: &str) -> Result<Option<Buffer>, StoreError> {
//!         Ok(Some(Buffer::from_vec(vec![1_u8, 2, 3])))
//!     }
//! }
//!
//! assert_eq!(Constant.get_range("x", 1..3)?.unwrap().bytes().unwrap(), [2, 3]);
//! # Ok::<(), StoreError>(())
//! ```
//!
//! Run the conformance suite of `gawky-testkit` on it: that takes about four lines.

mod async_container;
pub mod cache;
#[cfg(feature = "checksums")]
mod checksums;
mod conditional;
mod container;
mod delete;
mod directory;
mod dtype_agreement;
mod error;
mod fetched;
mod file;
mod fnv;
mod forward;
mod from_fn;
mod identity;
pub mod key;
mod layer;
mod list;
mod local_file;
mod maps;
mod memory;
pub mod names;
#[cfg(feature = "npz")]
pub mod npz;
#[cfg(any(feature = "npz", feature = "safetensors"))]
mod opening;
pub mod plan;
mod profile;
pub mod range;
#[cfg(feature = "safetensors")]
pub mod safetensors;
mod store;
mod threads;
mod write;

pub use async_container::{
    AsyncContainer, AsyncContainerConditional, AsyncContainerDelete, AsyncContainerList,
    AsyncContainerWrite,
};
pub use async_trait::async_trait;
#[cfg(feature = "checksums")]
pub use checksums::{Checksum, Checksums, Verified};
pub use conditional::{ContainerConditional, check_version};
pub use container::Container;
pub use delete::{ContainerDelete, delete_prefix};
pub use directory::Directory;
pub use dtype_agreement::dtypes_agree;
pub use error::StoreError;
pub use fetched::{FetchReport, Fetched};
pub use file::FileDraft;
pub use from_fn::{FnContainer, from_fn};
pub use identity::ContainerId;
pub use layer::{Answer, Catalogue, Layer, Layered};
pub use list::ContainerList;
pub use local_file::LocalFile;
pub use memory::MemoryContainer;
pub use profile::{Coalescing, Profile};
pub use store::Store;
pub use write::ContainerWrite;

// What the traits' signatures name, and the dtype that a fetch and a blob are made with.
pub use gawky_buffer::{Attribute, Blob, Buffer, DType, Fetch, Key, Origin, Version};
