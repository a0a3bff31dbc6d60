//! Typed access: the elements of an array as Rust slices, for loops in which every nanosecond counts.
//!
//! | method | gives | rows are |
//! |---|---|---|
//! | [`Array::as_slice`] | `&[T]`, borrowed | `T` |
//! | [`Array::as_values`] | [`Values<T>`], shared | `T` |
//! | [`Array::as_list`] | [`Lists`] | `&[T]`, or lists of lists, of strings, … |
//! | [`Array::as_strings`] | [`Strings`] | `&str` |
//! | [`Array::as_bytes`] | [`TypedList<u8>`] | `&[u8]` |
//! | [`Array::as_option`] | [`Optional`] | `Option<T>` |
//! | [`Array::as_typed`] | any of these | what its [`Typed`] says |
//!
//! What is wanted is said as a Rust type, and everything else follows from it:
//!
//! | type | matches | rows are |
//! |---|---|---|
//! | `i8` … `u64`, `f16`, `f32`, `f64`, `Complex<f32>`, `Complex<f64>` | numbers of just this dtype | the numbers |
//! | `bool` | booleans | `bool` |
//! | [`DateTime64`], [`TimeDelta64`] | dates and durations of any unit | ticks, as `i64` |
//! | `String`, [`ByteString`] | strings, bytestrings | `&str`, `&[u8]` |
//! | `Vec<T>` | lists of any class | a slice of `T`, or what stands for it |
//! | `Option<T>` | options of any class, and what is no option | `Option<T>` |
//! | [`Array`] | anything | [`Value`](crate::Value) |
//!
//! Nothing is converted: where the array holds something else, the error names what was wanted and what is there.
//! What these types hold is theirs: it shares the buffers of the array, so it may outlive it. Where elements do not
//! lie one after the other (below an index, or in lists out of order) they are gathered once, which
//! [`Column::copied_bytes`] counts.
//!
//! ```
//! use gawky_array::{Array, ListOffsetArray, NumpyArray, RecordArray};
//! use gawky_form::Parameters;
//! # let pt = Array::from(NumpyArray::from_vec(vec![50.2_f32, 22.0, 7.5]));
//! # let muons = Array::from(RecordArray::from_fields([("pt", pt)]));
//! # let muons = ListOffsetArray::try_new(vec![0_i64, 2, 2, 3].into(), muons, Parameters::none())?;
//! # let events = Array::from(RecordArray::from_fields([("muon", Array::from(muons))]));
//! // Events, each with a list of muons, each with a pt.
//! let pt = events.field("muon.pt")?.as_list::<f32>()?;
//!
//! let mut sums = Vec::new();
//! for event in &pt {
//!     sums.push(event.iter().sum::<f32>());
//! }
//! assert_eq!(sums, [72.2, 0.0, 7.5]);
//! assert_eq!(pt.offsets(), [0, 2, 2, 3]);
//! assert_eq!(pt.values(), [50.2, 22.0, 7.5]);
//! # Ok::<(), gawky_array::ArrayError>(())
//! ```

mod column;
mod lists;
mod numbers;
mod optional;
mod strings;
mod ticks;
mod values;

use crate::{Array, ArrayError, Problem};

pub use column::{Column, Rows, View};
pub use lists::{Lists, ListsView, TypedList};
pub use optional::{Optional, OptionalView};
pub use strings::{ByteString, Strings, StringsView};
pub use ticks::{DateTime64, Ticks, TimeDelta64};
pub use values::{Element, Values};

mod sealed {
    pub trait Sealed {}
}
use sealed::Sealed;

/// What rows may be asked as: see the [table](self).
///
/// Sealed: it is implemented for the types in that table.
pub trait Typed: Sealed {
    /// What the rows are kept as.
    type Column: Column;

    /// The type as it is told in errors: `var * float32`.
    #[doc(hidden)]
    fn wanted() -> String;

    /// The rows of an array; `is_copy` says that its own buffers were made for this call.
    #[doc(hidden)]
    fn column(array: &Array, is_copy: bool) -> Result<Self::Column, Refused>;
}

/// Why rows are not what was asked.
#[doc(hidden)]
#[derive(Debug)]
pub enum Refused {
    /// They are something else, and this might help.
    Other { class: &'static str, hint: String },
    /// Something is wrong with them.
    Problem(Box<Problem>),
}

impl Refused {
    #[cold]
    fn other(array: &Array, hint: impl Into<String>) -> Self {
        Self::Other {
            class: array.class(),
            hint: hint.into(),
        }
    }
}

impl<P: Into<Problem>> From<P> for Refused {
    fn from(problem: P) -> Self {
        Self::Problem(Box::new(problem.into()))
    }
}

impl Array {
    /// The rows as what `T` says; see the [table](crate::typed).
    ///
    /// ```
    /// use gawky_array::Array;
    /// let array = Array::from_rows([vec![vec![1_i64, 2], vec![]], vec![vec![3]]])?;
    /// let nested = array.as_typed::<Vec<Vec<i64>>>()?;
    /// let longest = nested.iter().map(|row| row.iter().map(<[i64]>::len).max());
    /// assert_eq!(longest.collect::<Vec<_>>(), [Some(2), Some(1)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ArrayError::OtherType`] where the array holds something else;
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where bytes are on a device.
    pub fn as_typed<T: Typed>(&self) -> Result<T::Column, ArrayError> {
        T::column(self, false).map_err(|refused| self.of_other_type(T::wanted(), refused))
    }

    fn of_other_type(&self, wanted: String, refused: Refused) -> ArrayError {
        match refused {
            Refused::Other { class, hint } => ArrayError::OtherType {
                wanted,
                found: in_brief(self.type_().to_string()),
                class,
                hint,
            },
            Refused::Problem(problem) => ArrayError::of_node(self.class(), None, *problem),
        }
    }
}

/// A type as long as fits into a message.
fn in_brief(datashape: String) -> String {
    const SHOWN: usize = 200;
    match datashape.char_indices().nth(SHOWN) {
        None => datashape,
        Some((end, _)) => format!("{}…", datashape.get(..end).unwrap_or_default()),
    }
}
