//! Nested, ragged, typed data as named buffers, in Awkward Array's own format.
//!
//! ```
//! use gawky::prelude::*;
//!
//! let events = gawky::json::from_str(r#"[{"met": 33.1, "muons": [{"pt": 50.2}, {"pt": 22.0}]}, {"met": 12.9, "muons": []}]"#)?;
//! assert_eq!(events.array_type().to_string(), "2 * {met: float64, muons: var * {pt: float64}}");
//!
//! let mut dataset = Dataset::create("memory:")?; // or a path; with the feature `object-store` a URL
//! dataset.append(&events)?;
//!
//! let pt = dataset.lazy().field("muons.pt")?.rows(0..1)?.read()?; // only these bytes move
//! assert_eq!(pt.value()?.to_string(), "[[50.2, 22.0]]");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`Form`] says how data is nested, in JSON; an [`Array`] is a form with its buffers and a length. [`to_buffers`] takes an array apart into byte blobs under
//! configurable keys, and [`from_buffers`] puts it together again, from any [`Container`]: whole, or some rows of some columns.
//!
//! ```
//! use gawky::prelude::*;
//!
//! let pt = Array::from(NumpyArray::from_vec(vec![50.2_f32, 22.0, 7.5]));
//! let muons = Array::from(RecordArray::from_fields([("pt", pt)]));
//! let events = Array::from(ListOffsetArray::try_new(vec![0_i64, 2, 2, 3].into(), muons, Parameters::none())?);
//!
//! let memory = MemoryContainer::new();
//! let (form, length) = gawky::to_buffers(&events, &memory)?; // node0-offsets, node2-data
//! assert_eq!(gawky::from_buffers(&form, length, &memory)?, events);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to go
//!
//! Each concept has one page in the folder `docs/` of the repository; its `README.md` lists them all.
//!
//! | concept | in the code | page in `docs/` |
//! |---|---|---|
//! | how nested data becomes flat arrays | [`form`], [`array`](mod@array), [`buffer`] | `forms-and-buffers.md` |
//! | taking apart and putting together, whole or some rows | [`to_buffers`], [`ToBuffers`], [`from_buffers`], [`FromBuffers`], [`ReadReport`]; [`to_buffers_async`], [`from_buffers_async`] | `forms-and-buffers.md` |
//! | what blobs are called; several partitions | [`KeyFormat`], [`FormKeyFormat`], [`Partitioned`] | `keys.md` |
//! | some fields, some rows, when they are needed | [`LazyArray`], [`Explanation`], [`Batches`] | `lazy.md` |
//! | partitions that are appended to, with versions | [`dataset`] | `datasets.md` |
//! | where blobs live; caches, checksums | [`store`], `safetensors`, `object_store` | `storage.md` |
//! | checking all that is stored | [`LazyArray::validate`], [`Dataset::validate`], [`Validation`] | `datasets.md` |
//! | JSON in and out | [`json`] | none: the module tells all |
//! | Rust values in and out, through serde; row by row | [`rows`], [`ArrayBuilder`] | the same |
//! | hot loops over slices | [`typed`] | the same |
//! | Arrow, Parquet | `arrow` | `arrow.md` |
//! | NVIDIA GPUs | `cuda` | `cuda.md` |
//! | what can go wrong | [`Error`] | `errors.md`, `security.md` |
//! | what costs what | [`ReadReport`] | `performance.md` |
//! | the bytes, for other languages | | `formats.md` |
//! | what Awkward Array calls the same | | `from-awkward.md` |
//!
//! [`buffer`], [`form`], [`array`](mod@array) and [`store`] are the crates below, re-exported whole.
//!
//! # Features
//!
//! | feature | what it brings |
//! |---|---|
//! | `safetensors`, `npz`, `checksums` | the files and proofs of these names; on unless turned off |
//! | `object-store` | containers by URL (`gawky::object_store`), of all four kinds below |
//! | `aws`, `azure`, `gcp`, `http` | the same for one kind each: `s3://`, `az://`, `gs://`, `https://` |
//! | `remote` | what these share, with no kind by itself: opening folders and memory by URL, and stores of the crate `object_store` that you build |
//! | `arrow` | arrays to and from Apache Arrow: `gawky::arrow` |
//! | `arrow-ipc`, `parquet`, `arrow-ffi` | Arrow's files and streams, Parquet files, the C Data Interface: modules of `gawky::arrow` |
//! | `cuda` | arrays on CUDA devices: `gawky::cuda` |
//! | `ndarray` | views of buffers as arrays of that crate |

pub mod dataset;
mod driver;
mod error;
mod from_buffers;
mod lazy;
mod lockstep;
mod partitioned;
mod partitions;
mod report;
#[cfg(feature = "safetensors")]
pub mod safetensors;
mod to_buffers;
mod upward;
mod validate;

pub use gawky_array as array;
#[cfg(feature = "arrow")]
pub use gawky_arrow as arrow;
pub use gawky_buffer as buffer;
#[cfg(feature = "cuda")]
pub use gawky_cuda as cuda;
pub use gawky_form as form;
#[cfg(feature = "remote")]
pub use gawky_object_store as object_store;
pub use gawky_store as store;

pub use dataset::Dataset;
pub use error::Error;
pub use from_buffers::{FromBuffers, Lengths, OneLength, from_buffers, from_buffers_async};
pub use gawky_array::{Array, ArrayBuilder, CanonicalRules, Value};
pub use gawky_array::{json, rows, typed};
pub use gawky_buffer::{Buffer, ByteOrder, DType, Place};
pub use gawky_form::{Form, FormKeyFormat, KeyFormat};
pub use gawky_store::{AsyncContainer, Container, ContainerWrite, Directory, MemoryContainer};
pub use lazy::{Batches, Ends, ExplainedBuffer, Explanation, LazyArray, StoredBuffer, StoredBytes};
pub use partitioned::Partitioned;
pub use report::ReadReport;
#[cfg(feature = "safetensors")]
pub use safetensors::{
    from_safetensors, from_safetensors_async, to_safetensors, to_safetensors_async,
};
pub use to_buffers::{ToBuffers, Writable, to_buffers, to_buffers_async};
pub use validate::{Validation, ValidationFault};

/// What most programs need: `use gawky::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Array, ArrayBuilder, Buffer, ByteOrder, CanonicalRules, Container, ContainerWrite, DType,
        Dataset, Directory, Error, Form, FormKeyFormat, FromBuffers, KeyFormat, LazyArray,
        MemoryContainer, Partitioned, Place, ToBuffers, Value,
    };
    pub use gawky_array::{
        BitMaskedArray, ByteMaskedArray, EmptyArray, Index, IndexedArray, IndexedOptionArray,
        ListArray, ListOffsetArray, NumpyArray, RecordArray, RegularArray, UnionArray,
        UnmaskedArray,
    };
    pub use gawky_form::Parameters;
}
