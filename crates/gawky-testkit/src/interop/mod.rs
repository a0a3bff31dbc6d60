//! Arrays in folders that plain Awkward writes and reads, as `tests/interop/README.md` describes them.
//!
//! The binary `interop` calls [`read_all`] and [`write_all`], [`read_npz`] and [`write_npz`] for blobs in archives of
//! NumPy's, and [`read_safetensors`] and [`write_safetensors`] for arrays in files of that format, and
//! [`write_datasets`] and [`write_histories`]; with the feature `arrow` also `read_arrow` and `write_arrow`, for Arrow and Parquet files. The Python scripts beside that README do the other half.

#[cfg(feature = "arrow")]
mod arrow;
mod datasets;
mod folder;
mod npz;
mod read;
mod safetensors;
mod write;

#[cfg(feature = "arrow")]
pub use arrow::{read_arrow, write_arrow};
pub use datasets::{write_datasets, write_histories};
pub use npz::{read_npz, write_npz};
pub use read::read_all;
pub use safetensors::{read_safetensors, write_safetensors};
pub use write::write_all;

/// What can go wrong with one folder: only ever printed.
type Trouble = Box<dyn std::error::Error>;
