//! Nested, ragged, typed data as named buffers, in Awkward Array's own format.
//!
//! A [`Form`] says how data is nested; [`to_buffers`] takes an [`Array`] apart into byte blobs under
//! configurable keys, [`from_buffers`] puts it together again, from any [`Container`].
//!
//! ```
//! use gawky::prelude::*;
//!
//! let pt = Array::from(NumpyArray::from_vec(vec![50.2_f32, 22.0, 7.5]));
//! let muons = Array::from(RecordArray::from_fields([("pt", pt)]));
//! let events = Array::from(ListOffsetArray::try_new(vec![0_i64, 2, 2, 3].into(), muons, Parameters::none())?);
//!
//! let memory = MemoryContainer::new();
//! let (form, length) = gawky::to_buffers(&events, &memory)?;
//! let same = gawky::from_buffers(&form, length, &memory)?;
//!
//! assert_eq!(same, events);
//! assert_eq!(same.array_type().to_string(), "3 * var * {pt: float32}");
//! assert_eq!(same.value()?.to_string(), "[[{pt: 50.2}, {pt: 22.0}], [], [{pt: 7.5}]]");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nobody has buffers to begin with. JSON comes in by one call, into memory or, however large it is, piece by piece into a dataset:
//!
//! ```
//! use gawky::json::{self, FromJson};
//! use gawky::prelude::*;
//!
//! let events = json::from_str(r#"[{"met": 33.1, "muons": [{"pt": 50.2}, {"pt": 22.0}]}, {"met": 12.9, "muons": []}]"#)?;
//! assert_eq!(events.array_type().to_string(), "2 * {met: float64, muons: var * {pt: float64}}");
//!
//! let lines = "{\"met\": 33.1}\n{\"met\": 12.9}\n{\"met\": 7}\n";
//! let from = FromJson::new().line_delimited(true).schema(&"{met: float32}".parse()?)?;
//! for batch in from.batch_rows(2).batches(lines.as_bytes()) {
//!     println!("{}", batch?);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | verb | what it does |
//! |---|---|
//! | [`to_buffers`], [`ToBuffers`] | takes an array, or one in partitions, apart into a container |
//! | [`from_buffers`], [`FromBuffers`] | puts it together again: whole, or some rows |
//! | [`from_buffers_async`], [`to_buffers_async`] | the same, without blocking |
//! | `safetensors` | arrays in Hugging Face's files, as `ak.to_safetensors` writes them; with the feature of that name, which is on unless turned off |
//! | [`Dataset`] | partitions in a container, with a manifest: appended to, read by others at the same time, with old versions |
//! | [`ReadReport`] | what reading took: requests, bytes, copies, time |
//! | [`Partitioned`] | arrays that share a form, one after the other |
//! | [`LazyArray`] | an array that is read when it is needed: some fields, some rows, across partitions |
//! | [`Validation`] | what a full check of all that is stored has found |
//! | [`json`] | JSON as arrays, and arrays as JSON: whole, line by line, or in batches |
//! | [`rows`] | Rust values, and whatever else serde reads, as rows of arrays, and back |
//!
//! The rooms below are re-exported whole: [`buffer`] (bytes and dtypes), [`form`] (forms, types, keys),
//! [`array`](mod@array) (arrays and values), [`store`] (containers).
//!
//! | feature | what it brings |
//! |---|---|
//! | `safetensors`, `npz`, `checksums` | the files and proofs of these names; on unless turned off |
//! | `object-store` | containers by URL (`gawky::object_store`), of all four kinds below |
//! | `aws`, `azure`, `gcp`, `http` | the same for one kind each: `s3://`, `az://`, `gs://`, `https://` |
//! | `remote` | what these share, with no kind by itself: for stores of the crate `object_store` that you build |
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

/// The code of the page about datasets, which is compiled and run with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/datasets.md")]
struct DatasetsPage;
