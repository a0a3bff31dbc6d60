//! Containers: anything that maps names to bytes.
//!
//! | item | what it is |
//! |---|---|
//! | [`Container`] | reading: one required method, `get`; drivers call `fetch` |
//! | [`ContainerWrite`], [`ContainerDelete`], [`ContainerList`], [`ContainerConditional`] | writing, deleting, listing, compare-and-swap: separate capabilities |
//! | [`Store`] | all of them at once |
//! | [`MemoryContainer`] | a typed map in memory: no copy in, no copy out |
//! | [`Directory`] | a folder of files: atomic writes, aligned reads, memory maps on request |
//! | [`from_fn`] | a closure as a container; plain maps, `&C`, `Arc<C>` and `Box<C>` are containers as they are |
//! | [`Profile`], [`Coalescing`] | what a container declares about itself: concurrency, cost of ranges, merging limits |
//! | [`ContainerId`], [`Version`] | what a cache needs to tell blobs apart: which container, which state of a key |
//! | [`key`], [`range`] | the rules for keys and ranges that every container shares |
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

mod conditional;
mod container;
mod delete;
mod directory;
mod dtype_agreement;
mod error;
mod forward;
mod from_fn;
mod identity;
pub mod key;
mod list;
mod maps;
mod memory;
mod profile;
pub mod range;
mod store;
mod write;

pub use conditional::{ContainerConditional, Version};
pub use container::Container;
pub use delete::{ContainerDelete, delete_prefix};
pub use directory::Directory;
pub use dtype_agreement::dtypes_agree;
pub use error::StoreError;
pub use from_fn::{FnContainer, from_fn};
pub use identity::ContainerId;
pub use list::ContainerList;
pub use memory::MemoryContainer;
pub use profile::{Coalescing, Profile};
pub use store::Store;
pub use write::ContainerWrite;

// What the traits' signatures name, and the dtype that a fetch and a blob are made with.
pub use gawky_buffer::{Blob, Buffer, DType, Fetch, Key};
