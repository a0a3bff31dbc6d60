//! Arrays and values as text, in the manner of Awkward's `repr`.

use std::fmt::{self, Write};

use gawky_buffer::Scalar;

use crate::{Array, ListRef, RecordRef, Value};

/// How long an array's text may be before elements are left out, in characters; Awkward's width.
const WIDTH: usize = 80;

impl fmt::Display for Array {
    /// `<Array [[1, 2, 3], [], [4, 5]] type='3 * var * int64'>`, with `…` for what does not fit into a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.array_type().to_string();
        let shown = shortened(&kind, WIDTH / 2);
        let room = WIDTH.saturating_sub(shown.chars().count() + "<Array  type=''>".len());
        match self.value() {
            Ok(value) => write!(f, "<Array {} type='{shown}'>", limited(&value, room)),
            Err(error) => write!(f, "<Array ({error}) type='{shown}'>"),
        }
    }
}

fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(3)).collect();
    format!("{kept}...")
}

impl fmt::Display for Value<'_> {
    /// The value as Python would print it, in full; with a width (`{:40}`) elements are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&limited(self, f.width().unwrap_or(usize::MAX)))
    }
}

/// The value in about `room` characters; elements that do not fit are replaced by `...`.
fn limited(value: &Value<'_>, room: usize) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Scalar(Scalar::Bool(true)) => "True".to_owned(),
        Value::Scalar(Scalar::Bool(false)) => "False".to_owned(),
        Value::Scalar(scalar) => scalar.to_string(),
        Value::Str(text) => quoted(text, room),
        Value::NonUtf8(bytes) | Value::Bytes(bytes) => format!("b{}", quoted_bytes(bytes, room)),
        Value::List(list) => limited_list(*list, room),
        Value::Record(record) => limited_record(*record, room),
    }
}

fn quoted(text: &str, room: usize) -> String {
    let escaped: String = text
        .chars()
        .take(room.max(4))
        .flat_map(|c| c.escape_debug())
        .filter(|c| *c != '\u{0}')
        .collect();
    let escaped = escaped.replace("\\\"", "\"");
    if text.chars().count() > room.max(4) {
        return format!("'{escaped}...'");
    }
    format!("'{escaped}'")
}

fn quoted_bytes(bytes: &[u8], room: usize) -> String {
    let shown = bytes.get(..room.max(4).min(bytes.len())).unwrap_or(bytes);
    let dots = if shown.len() < bytes.len() { "..." } else { "" };
    format!("'{}{dots}'", shown.escape_ascii())
}

fn limited_list(list: ListRef<'_>, room: usize) -> String {
    let mut text = String::from("[");
    let last_room = room / 4;
    for (position, value) in list.iter().enumerate() {
        let is_last = position + 1 == list.len();
        let used = text.chars().count();
        let part = limited(&value, room.saturating_sub(used));
        // Beyond this element there must be room for ", ..., " and a last one.
        let after = if is_last { 1 } else { 7 + last_room };
        if position > 0 && used + 2 + part.chars().count() + after > room {
            text.push_str(", ...");
            if let Some(end) = list.get(list.len() - 1) {
                let end = limited(&end, last_room.max(4));
                if used + 5 + end.chars().count() < room {
                    let _ = write!(text, ", {end}");
                }
            }
            break;
        }
        if position > 0 {
            text.push_str(", ");
        }
        text.push_str(&part);
    }
    text.push(']');
    text
}

fn limited_record(record: RecordRef<'_>, room: usize) -> String {
    let (open, close) = if record.is_tuple() {
        ('(', ')')
    } else {
        ('{', '}')
    };
    let mut text = String::from(open);
    let names: Option<Vec<&str>> = record.names().map(Iterator::collect);
    for (position, value) in record.values().enumerate() {
        let name = names.as_ref().and_then(|names| names.get(position));
        let used = text.chars().count();
        let label = name.map(|name| format!("{name}: ")).unwrap_or_default();
        let part = limited(&value, room.saturating_sub(used + label.chars().count()));
        if position > 0 {
            text.push_str(", ");
            if used + 6 + label.chars().count() + part.chars().count() > room {
                text.push_str("...");
                break;
            }
        }
        text.push_str(&label);
        text.push_str(&part);
    }
    if record.is_tuple() && record.len() == 1 {
        text.push(',');
    }
    text.push(close);
    text
}
