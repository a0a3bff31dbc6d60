//! What every contender is asked, how its answers are timed, and how it is proved that all have read the same.
//!
//! A contender is a process that [`serve`]s: it answers each line of JSON on its standard input by one on its standard output.
//! `README.md` of the workspace has the questions. A contender in Rust is a [`Contender`] and a `main` of one line; those in
//! Python speak the same protocol through `python/contest.py`.

#[cfg(feature = "arrow")]
pub mod arrow;
mod clock;
mod digest;
mod protocol;
mod request;

pub use clock::Clock;
pub use digest::{Column, Digest};
pub use protocol::serve;
pub use request::{Place, Rows, Wanted};

use std::path::Path;

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure {
    /// It is nothing that this contender does: a cell without a figure, and a footnote that says why.
    Cannot(String),
    /// It does such things, but this went wrong.
    Failed(String),
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            let cause = error.to_string();
            if !text.contains(&cause) {
                text = format!("{text}: {cause}");
            }
            source = error.source();
        }
        Self::Failed(text)
    }
}

impl Failure {
    /// What this contender does not do, and why.
    pub fn cannot(why: impl Into<String>) -> Self {
        Self::Cannot(why.into())
    }
}

/// What a contender answers, or why not.
pub type Outcome<T> = Result<T, Failure>;

/// What is known of something stored once it is open: it proves that it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    pub rows: u64,
    pub fields: u64,
}

/// One way to store and read nested data.
///
/// Every method starts from nothing: no handle, header or schema is kept from one call to the next. What is drawn up once for the
/// process, such as a pool of threads, may stay.
pub trait Contender {
    /// Data in memory in the contender's own form: what is written.
    type Array;
    /// What reading gives, whose bytes are all reachable in memory.
    type Read;

    /// What it is, and which version.
    fn name(&self) -> String;
    /// The version of the library.
    fn version(&self) -> String;

    /// How many threads it may use; all processors, unless it says otherwise.
    fn threads(&self) -> usize {
        std::thread::available_parallelism().map_or(1, usize::from)
    }

    /// Takes the array of a neutral file (an Arrow file) into memory. Not timed.
    fn load(&self, neutral: &Path) -> Outcome<Self::Array>;

    /// Writes it to a folder, which is there and empty. Nothing is forced to disk.
    fn write(&self, array: &Self::Array, to: &Path) -> Outcome<()>;

    /// Opens what was written so far that all columns and the number of rows are known.
    fn open(&self, at: &Place) -> Outcome<Opened>;

    /// Opens and reads what is wanted.
    fn read(&self, at: &Place, wanted: &Wanted) -> Outcome<Self::Read>;

    /// Shows the bytes of what was read, or of what `json_in` made: no more than the rows in question reach.
    fn buffers(&self, read: &Self::Read, see: &mut dyn FnMut(&[u8]));

    /// What was read in a few numbers for each column. Not timed.
    fn digest(&self, read: &Self::Read) -> Outcome<Digest>;

    /// Reads lines of JSON. What has to be known beforehand may be found out first; then the clock is started anew.
    fn json_in(&self, _file: &Path, _clock: &mut Clock) -> Outcome<Self::Read> {
        Err(Failure::cannot("reads no JSON"))
    }

    /// Writes lines of JSON into memory.
    fn json_out(&self, _array: &Self::Array) -> Outcome<Vec<u8>> {
        Err(Failure::cannot("writes no JSON"))
    }
}
