//! [`Show`]: an array in so many rows and columns.

use std::fmt;

use super::leaf::Digits;
use super::{line, shortened};
use crate::{Array, Value};

impl Array {
    /// The array in at most 20 rows of 80 columns, or as many as it is told, as `ak.Array.show` prints it.
    ///
    /// ```
    /// use gawky_array::Array;
    /// let array = Array::from_rows([vec![1.125, 2.0], vec![], vec![3.3]])?;
    /// assert_eq!(
    ///     array.show().with_type(true).to_string(),
    ///     "type: 3 * var * float64\n\
    ///      [[1.12, 2],\n \
    ///       [],\n \
    ///       [3.3]]"
    /// );
    /// # Ok::<(), gawky_array::rows::RowsError>(())
    /// ```
    #[must_use]
    pub fn show(&self) -> Show<'_> {
        Show {
            array: self,
            limit_rows: 20,
            limit_cols: 80,
            precision: 3,
            with_type: false,
            with_nbytes: false,
        }
    }
}

/// An array to be shown in so many rows and columns: what does not fit becomes `...`. Made by [`Array::show`].
///
/// The names and defaults are those of [`ak.Array.show`](https://awkward-array.org/doc/main/reference/generated/ak.Array.html).
/// However large the array is, only what is shown is looked at.
#[derive(Clone, Debug)]
#[must_use = "nothing is shown before it is formatted, by println!(\"{}\", ..) for example"]
pub struct Show<'a> {
    array: &'a Array,
    limit_rows: usize,
    limit_cols: usize,
    precision: usize,
    with_type: bool,
    with_nbytes: bool,
}

impl Show<'_> {
    /// How many rows of the array are shown at most, one on each line; the type, too, takes no more lines. 20, unless told.
    pub fn limit_rows(mut self, rows: usize) -> Self {
        self.limit_rows = rows;
        self
    }

    /// How many characters a line has at most: 80, unless told. Lines are never made narrower than a few brackets and `...`.
    pub fn limit_cols(mut self, columns: usize) -> Self {
        self.limit_cols = columns;
        self
    }

    /// How many significant digits floats are shown with: 3, unless told.
    pub fn precision(mut self, digits: usize) -> Self {
        self.precision = digits;
        self
    }

    /// Whether the type is shown first. No, unless told.
    pub fn with_type(mut self, yes: bool) -> Self {
        self.with_type = yes;
        self
    }

    /// Whether it is shown how many bytes the buffers have. No, unless told.
    pub fn with_nbytes(mut self, yes: bool) -> Self {
        self.with_nbytes = yes;
        self
    }
}

impl fmt::Display for Show<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.with_type {
            self.write_type(f)?;
        }
        if self.with_nbytes {
            writeln!(f, "nbytes: {}", amount(self.array.nbytes()))?;
        }
        match self.array.value() {
            Ok(Value::List(list)) if self.limit_rows > 1 && !list.is_empty() => {
                let rows: Vec<_> = self.positions(list.len()).collect();
                for (line, position) in rows.iter().enumerate() {
                    let shown = position
                        .and_then(|position| list.get(position))
                        .map(|value| self.line(&value, self.limit_cols.saturating_sub(2)));
                    let begin = if line == 0 { "[" } else { " " };
                    let end = if line + 1 < rows.len() { ",\n" } else { "]" };
                    write!(f, "{begin}{}{end}", shown.as_deref().unwrap_or("..."))?;
                }
                Ok(())
            }
            Ok(value) => f.write_str(&self.line(&value, self.limit_cols)),
            Err(error) => write!(f, "({error})"),
        }
    }
}

impl Show<'_> {
    fn line(&self, value: &Value<'_>, room: usize) -> String {
        line::of(value, room, Digits::Significant(self.precision))
    }

    /// Which rows of so many are shown; `None` stands for those that are left out.
    fn positions(&self, length: usize) -> impl Iterator<Item = Option<usize>> {
        let shown = self.limit_rows.min(length);
        let front = shown.div_ceil(2);
        let back = length - (shown - front)..length;
        let left_out = shown < length;
        (0..front)
            .map(Some)
            .chain(left_out.then_some(None))
            .chain(back.skip(usize::from(left_out)).map(Some))
    }

    fn write_type(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = format!("type: {:#}", self.array.array_type());
        let lines = shown.lines().count();
        for (number, line) in shown.lines().enumerate() {
            if number + 1 >= self.limit_rows.max(1) && lines > self.limit_rows.max(1) {
                return writeln!(f, "    ... ({} more lines)", lines - number);
            }
            writeln!(f, "{}", shortened(line, self.limit_cols))?;
        }
        Ok(())
    }
}

/// A number of bytes with a unit, as Awkward writes it.
fn amount(bytes: usize) -> String {
    #[allow(clippy::cast_precision_loss, reason = "one decimal of it is shown")]
    let scaled = |unit: f64| bytes as f64 / unit;
    match bytes {
        0..=1_000 => format!("{bytes} B"),
        1_001..=1_000_000 => format!("{:.1} kB", scaled(1e3)),
        1_000_001..=1_000_000_000 => format!("{:.1} MB", scaled(1e6)),
        _ => format!("{:.1} GB", scaled(1e9)),
    }
}
