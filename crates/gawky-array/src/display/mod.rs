//! Arrays and values as text, in the manner of Awkward.
//!
//! | file | what it writes |
//! |---|---|
//! | `full` | a value in full |
//! | `line` | a value in so many columns: what does not fit becomes `...` |
//! | `show` | an array in so many rows and columns |
//! | `leaf` | strings, bytestrings and numbers |

mod full;
mod leaf;
mod line;
mod show;

use std::fmt;

use crate::{Array, ListRef, RecordRef, Value};
use leaf::Digits;

pub use show::Show;

/// How long the text of an array may be before elements are left out, in characters; Awkward's width.
const WIDTH: usize = 80;

impl fmt::Display for Array {
    /// `<Array [[1, 2, 3], [], [4, 5]] type='3 * var * int64'>`, with `...` for what does not fit into a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = shortened(&self.array_type().to_string(), WIDTH / 2);
        let room = WIDTH.saturating_sub(kind.chars().count() + "<Array  type=''>".len());
        match self.value() {
            Ok(value) => {
                let shown = in_one_line(&value, room);
                write!(f, "<Array {shown} type='{kind}'>")
            }
            Err(error) => write!(f, "<Array ({error}) type='{kind}'>"),
        }
    }
}

/// The value in full if that takes no more than so many characters, and otherwise what fits.
fn in_one_line(value: &Value<'_>, room: usize) -> String {
    full::within(value, room).unwrap_or_else(|| line::of(value, room, Digits::All))
}

/// The beginning of what is longer than `width` characters.
fn shortened(text: &str, width: usize) -> String {
    if text.chars().nth(width).is_none() {
        return text.to_owned();
    }
    let kept = text.chars().take(width.saturating_sub(3));
    kept.chain("...".chars()).collect()
}

impl fmt::Display for Value<'_> {
    /// The value as Python would print it, in full. With a width (`{:40}`) it takes at most so many characters, and elements
    /// that do not fit are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match f.width() {
            None => full::write(f, self),
            Some(width) => f.write_str(&in_one_line(self, width)),
        }
    }
}

impl fmt::Debug for Value<'_> {
    /// One line of 80 characters at most, however large the value is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&in_one_line(self, WIDTH))
    }
}

impl fmt::Debug for ListRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Value::List(*self), f)
    }
}

impl fmt::Debug for RecordRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Value::Record(*self), f)
    }
}
