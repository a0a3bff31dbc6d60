//! Shape with data: arrays, and how they are read from and written to named buffers, without I/O.
//!
//! | type | what it is |
//! |---|---|
//! | [`Array`] and its 12 node structs | a form with its buffers and a length; plain data, never lazy |
//! | [`Index`] | the integers of a structure buffer: offsets, starts, stops, indexes |
//! | [`Reading`] | the stepper that asks for bytes and makes an array of them |
//! | [`Outlining`] | the same, to find out what would be asked for |
//! | [`Validating`] | the same, to find out all that is wrong |
//! | [`Writing`] | the walk that takes an array apart into named blobs |
//! | [`Value`] | one element, borrowed |
//! | [`Show`] | an array as text, in so many rows and columns |
//! | [`Misfit`] | why [`Array::conform_to`] or [`Array::cast_to`] cannot give an array another layout without losing something |
//! | [`json`] | arrays as JSON |
//! | [`ArrayBuilder`] | an array that grows by single calls: a number, the begin of a list, its end |
//! | [`rows`] | Rust values as rows, and back, through serde |
//! | [`typed`] | rows as Rust slices, for hot loops |
//! | [`CanonicalRules`] | what to do about options of options and their like |
//!
//! ```
//! use gawky_array::{Array, ListOffsetArray, NumpyArray, RecordArray};
//! use gawky_form::Parameters;
//!
//! let pt = NumpyArray::from_vec(vec![50.2_f32, 22.0, 7.5]);
//! let muons = RecordArray::from_fields([("pt", pt.into())]);
//! let events = ListOffsetArray::try_new(vec![0_i64, 2, 2, 3].into(), muons.into(), Parameters::none())?;
//! let events = Array::from(events); // proved when it was made: reading values cannot fail or panic
//!
//! assert_eq!(events.array_type().to_string(), "3 * var * {pt: float32}");
//! assert_eq!(events.slice(1..3)?.value()?.to_string(), "[[], [{pt: 7.5}]]");
//! assert_eq!(events.field("pt")?.as_list::<f32>()?.get(0), Some(&[50.2_f32, 22.0][..]));
//! # Ok::<(), gawky_array::ArrayError>(())
//! ```
//!
//! Nothing here opens a file: [`Reading`] says which bytes it needs and is handed them, [`Writing`] answers
//! with blobs. The drivers that move bytes are in the crate `gawky`.
//!
//! Arrays may be on a device ([`Array::to_place`], [`Array::place`]). Lengths, types, slices and fields need no byte of them. On a device that
//! computes ([`Kernels`](gawky_buffer::Kernels)), structure is proved, rows are taken, arrays are packed, lists are counted, numbered and
//! flattened without coming back: by the same code as on the host, but for the functions over single buffers that it
//! is made of. What has to be known on the host for that (how many elements lists have together, where an error is) is
//! read back number by number. Whatever looks at values says that they are not on the host.
//!
//! The feature `recheck` is for tests: unchecked constructors and trusting reads then prove all the same what they are promised, and panic where it does not hold.

mod array;
mod build;
mod builder;
mod canonical;
mod cast;
mod categories;
mod concatenate;
mod conform;
mod display;
mod equality;
mod error;
mod field;
mod flatten;
mod index;
pub mod json;
mod local_index;
mod node;
mod num;
mod pack;
mod reached;
mod read;
pub mod rows;
mod simplify;
mod source;
mod take;
pub mod typed;
mod unflatten;
mod value;
mod write;

pub use array::Array;
pub use builder::{ArrayBuilder, Nested, Nesting};
pub use canonical::CanonicalRules;
pub use cast::CastTarget;
pub use conform::{Misfit, Obstacle};
pub use display::Show;
pub use error::{ArrayError, Location, Problem};
pub use index::Index;
pub use node::{
    BitMaskedArray, ByteMaskedArray, EmptyArray, IndexedArray, IndexedOptionArray, ListArray,
    ListOffsetArray, NumpyArray, RecordArray, RegularArray, UnionArray, UnmaskedArray,
    positions_among,
};
pub use read::{
    OutlineStep, Outlining, Planned, ReadOptions, Reading, ReadingReport, Step, Validating,
};
pub use value::{Iter, ListRef, RecordRef, Value};
pub use write::{WriteOptions, Writing, Written};
