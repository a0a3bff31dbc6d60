//! Values in so many columns: what does not fit becomes `...`.
//!
//! The rule is Awkward's ([`prettyprint.py`](https://github.com/scikit-hep/awkward/blob/main/src/awkward/prettyprint.py),
//! `valuestr_horiz`): of a list, elements are taken in turn from the front and from the back for as long as there is room; of a
//! record, fields from the front, each in half of the room that is left. A string that has a line for itself is cut, where Awkward's
//! lines overflow.

use super::leaf::{self, Digits};
use crate::{ListRef, RecordRef, Value};

/// The value in at most `room` columns, if `...` and a few brackets fit into them.
pub(super) fn of(value: &Value<'_>, room: usize, digits: Digits) -> String {
    // Beyond that, what is left is counted down without an overflow.
    let room = i64::try_from(room).unwrap_or(i64::MAX).min(1 << 40);
    Lines { digits }.value(value, room).text
}

/// What is left out, after a comma.
const MORE: &str = ", ...";

/// The columns that it takes.
const MORE_WIDTH: i64 = 5;

/// Some text and how many columns it takes. That of a string which is cut is more than it was given.
struct Cell {
    text: String,
    width: i64,
}

#[derive(Clone, Copy)]
struct Lines {
    digits: Digits,
}

impl Lines {
    /// The value, and how many columns it takes, which may be more than there are.
    fn value(self, value: &Value<'_>, room: i64) -> Cell {
        match value {
            Value::List(list) => self.list(*list, room),
            Value::Record(record) => self.record(*record, room),
            leaf => self.leaf(leaf, room),
        }
    }

    fn leaf(self, value: &Value<'_>, room: i64) -> Cell {
        let room_of_text = usize::try_from(room.max(0)).unwrap_or(usize::MAX);
        let mut text = leaf::text(value, room_of_text, self.digits);
        let width = columns(&text);
        let is_text = matches!(value, Value::Str(_) | Value::Bytes(_) | Value::NonUtf8(_));
        if is_text && width > room && room >= 8 {
            let quote = text.chars().next_back().into_iter();
            let kept = text.chars().take(room_of_text - 4);
            text = kept.chain("...".chars()).chain(quote).collect();
        }
        Cell { text, width }
    }

    fn list(self, list: ListRef<'_>, room: i64) -> Cell {
        let inner = room - 2;
        match list.len() {
            0 => Cell {
                text: "[]".to_owned(),
                width: 2,
            },
            1 => {
                let value = list.get(0).unwrap_or(Value::Null);
                let cell = self.value(&value, inner);
                let is_nested = matches!(value, Value::List(_) | Value::Record(_));
                if is_nested && cell.width > inner {
                    return Cell {
                        text: "[...]".to_owned(),
                        width: cell.width + 2,
                    };
                }
                Cell {
                    text: format!("[{}]", cell.text),
                    width: cell.width + 2,
                }
            }
            _ => self.several(list, inner),
        }
    }

    /// A list of at least two, between brackets for which there is room.
    fn several(self, list: ListRef<'_>, room: i64) -> Cell {
        let mut left = room - MORE_WIDTH;
        let (mut front, mut back) = (String::from("["), Vec::new());
        let mut taken = 0;
        // Where not even a digit fits, nothing has to be tried.
        while taken < list.len() && left > 0 {
            let forward = taken % 2 == 0;
            let position = if forward {
                taken / 2
            } else {
                list.len() - 1 - taken / 2
            };
            let comma = if taken == 0 { 0 } else { 2 };
            let value = list.get(position).unwrap_or(Value::Null);
            let cell = self.value(&value, left - comma);
            if left < comma + cell.width {
                break;
            }
            left -= comma + cell.width;
            match forward {
                true if taken == 0 => front.push_str(&cell.text),
                true => front.extend([", ", &cell.text]),
                false => back.push(cell.text),
            }
            taken += 1;
        }
        if taken == 0 {
            front.push_str("...");
            left -= 3;
        } else if taken < list.len() {
            front.push_str(MORE);
            left -= MORE_WIDTH;
        }
        for text in back.iter().rev() {
            front.extend([", ", text]);
        }
        front.push(']');
        Cell {
            text: front,
            width: room - (left + MORE_WIDTH) + 2,
        }
    }

    fn record(self, record: RecordRef<'_>, room: i64) -> Cell {
        let (open, close) = if record.is_tuple() {
            ('(', ')')
        } else {
            ('{', '}')
        };
        let mut left = room - 2 - MORE_WIDTH;
        let mut text = String::from(open);
        // Names and values that are there.
        let (mut names, mut values) = (0, 0);
        for (position, value) in record.values().enumerate() {
            let comma = if position == 0 { 0 } else { 2 };
            let label = record
                .name_at(position)
                .map(leaf::label)
                .unwrap_or_default();
            let width = columns(&label);
            if left < comma + width + 3 {
                break;
            }
            if position > 0 {
                text.push_str(", ");
            }
            text.push_str(&label);
            left -= comma + width;
            names += 1;
            let target = if record.len() == 1 {
                left
            } else {
                left - left / 2
            };
            let cell = self.value(&value, target);
            if left < cell.width {
                text.push_str("...");
                left -= 3;
                break;
            }
            text.push_str(&cell.text);
            left -= cell.width;
            values += 1;
        }
        if names == 0 && !record.is_empty() {
            text.push_str("...");
            left -= 3;
        } else if values < record.len() {
            text.push_str(MORE);
            left -= MORE_WIDTH;
        } else if record.is_tuple() && values == 1 {
            text.push(',');
            left -= 1;
        }
        text.push(close);
        Cell {
            text,
            width: room - (left + MORE_WIDTH),
        }
    }
}

/// How many columns a text takes: one for each character, as Python counts.
fn columns(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}
