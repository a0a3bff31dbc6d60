//! [`Show`]: an array in so many rows and columns.

use std::fmt;

use gawky_form::ArrayType;

use super::leaf::Digits;
use super::{line, shortened};
use crate::node::as_rows;
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
    pub fn show(&self) -> Show<'_> {
        Show {
            array: self,
            not_read: None,
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
    not_read: Option<NotRead>,
    limit_rows: usize,
    limit_cols: usize,
    precision: usize,
    with_type: bool,
    with_nbytes: bool,
}

/// Rows that belong to an array, and were not read with it.
#[derive(Clone, Copy, Debug)]
struct NotRead {
    /// How many rows of the array come before them.
    after: u64,
    rows: u64,
}

impl Show<'_> {
    /// The array stands for a longer one, of which so many rows after the first `after` have not been read. They are shown as
    /// `...`, and count for the type.
    ///
    /// ```
    /// use gawky_array::{Array, NumpyArray};
    /// let ends = Array::from(NumpyArray::from_vec(vec![0, 1, 998, 999]));
    /// let show = ends.show().not_read(2, 996).limit_rows(4).with_type(true);
    /// assert_eq!(show.to_string(), "type: 1000 * int32\n[0,\n 1,\n ...,\n 999]");
    /// # Ok::<(), gawky_array::ArrayError>(())
    /// ```
    pub fn not_read(mut self, after: u64, rows: u64) -> Self {
        self.not_read = Some(NotRead { after, rows });
        self
    }

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
            Ok(Value::List(list)) if self.is_tall() && !list.is_empty() => {
                let rows = self.positions(as_rows(list.len()));
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

    /// Whether each row has a line. What is not read is a line of its own.
    fn is_tall(&self) -> bool {
        self.limit_rows > 1 || self.not_read.is_some()
    }

    /// How many rows there are, with those that were not read.
    fn length(&self, rows: u64) -> u64 {
        rows.saturating_add(self.not_read.map_or(0, |not_read| not_read.rows))
    }

    /// Which of these rows are shown, in order; `None` stands for those that are not.
    fn positions(&self, rows: u64) -> Vec<Option<usize>> {
        let length = self.length(rows);
        let shown = as_rows(self.limit_rows.max(2)).min(length);
        let front = shown.div_ceil(2);
        let mut positions: Vec<Option<usize>> = (0..front).map(|row| self.read(row)).collect();
        if shown < length {
            positions.push(None);
        }
        // The line of what is left out is one of those in the back.
        let back = length - (shown - front) + u64::from(shown < length);
        positions.extend((back..length).map(|row| self.read(row)));
        positions.dedup_by(|next, row| next.is_none() && row.is_none());
        positions
    }

    /// Where a row of the whole is in the array.
    fn read(&self, row: u64) -> Option<usize> {
        let position = match self.not_read {
            Some(NotRead { after, rows }) if row >= after => {
                let behind = row.checked_sub(after)?.checked_sub(rows)?;
                after.checked_add(behind)?
            }
            _ => row,
        };
        usize::try_from(position).ok()
    }

    fn write_type(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.length(as_rows(self.array.len()));
        let shown = format!("type: {:#}", ArrayType::new(length, self.array.type_()));
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
