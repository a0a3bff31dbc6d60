//! Values in full.

use std::fmt::{self, Write};

use super::leaf::{self, Digits};
use crate::Value;

/// Writes the value as Python would print it, however long it is.
pub(super) fn write(f: &mut impl Write, value: &Value<'_>) -> fmt::Result {
    write_within(f, value, usize::MAX)
}

/// Strings of more than `room` characters are cut, which the writer is known to refuse.
fn write_within(f: &mut impl Write, value: &Value<'_>, room: usize) -> fmt::Result {
    match value {
        Value::List(list) => {
            f.write_str("[")?;
            for (position, value) in list.iter().enumerate() {
                comma(f, position)?;
                write_within(f, &value, room)?;
            }
            f.write_str("]")
        }
        Value::Record(record) => {
            f.write_str(if record.is_tuple() { "(" } else { "{" })?;
            for (position, value) in record.values().enumerate() {
                comma(f, position)?;
                if let Some(name) = record.name_at(position) {
                    f.write_str(&leaf::label(name))?;
                }
                write_within(f, &value, room)?;
            }
            f.write_str(match (record.is_tuple(), record.len()) {
                (true, 1) => ",)",
                (true, _) => ")",
                (false, _) => "}",
            })
        }
        other => f.write_str(&leaf::text(other, room, Digits::All)),
    }
}

/// The value in full, if that takes at most so many characters.
pub(super) fn within(value: &Value<'_>, room: usize) -> Option<String> {
    let mut line = Bounded {
        text: String::new(),
        left: room,
    };
    write_within(&mut line, value, room)
        .ok()
        .map(|()| line.text)
}

/// Text that does not grow beyond its bounds.
struct Bounded {
    text: String,
    left: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let width = text.chars().count();
        self.left = self.left.checked_sub(width).ok_or(fmt::Error)?;
        self.text.push_str(text);
        Ok(())
    }
}

fn comma(f: &mut impl Write, position: usize) -> fmt::Result {
    match position {
        0 => Ok(()),
        _ => f.write_str(", "),
    }
}
