//! Types as text: Awkward's datashape, on one line or several.

use std::fmt::{self, Write};

use gawky_buffer::{DType, TimeUnit, Unit};
use serde_json::Value;

use super::{ArrayType, NumpyType, OptionType, RecordType, Type, UnionType};
use crate::{Parameters, python_json};

impl fmt::Display for Type {
    /// On one line; with `{:#}` on several, as Awkward's `type.show()`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layout = if f.alternate() {
            Layout::Tall { indent: 0 }
        } else {
            Layout::Compact
        };
        write_type(f, self, layout)
    }
}

impl fmt::Display for ArrayType {
    /// On one line; with `{:#}` on several, as Awkward's `type.show()`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} * ", self.length)?;
        self.content.fmt(f)
    }
}

/// One line, or several with an indentation of so many times four spaces.
#[derive(Clone, Copy)]
enum Layout {
    Compact,
    Tall { indent: usize },
}

impl Layout {
    fn inner(self) -> Self {
        match self {
            Self::Compact => Self::Compact,
            Self::Tall { indent } => Self::Tall { indent: indent + 1 },
        }
    }

    /// The end of a line, where lines end.
    fn line(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compact => Ok(()),
            Self::Tall { indent } => write!(f, "\n{:1$}", "", indent * 4),
        }
    }

    /// A comma between items.
    fn comma(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compact => f.write_str(", "),
            Self::Tall { .. } => {
                f.write_char(',')?;
                self.line(f)
            }
        }
    }
}

fn write_type(f: &mut fmt::Formatter<'_>, of: &Type, layout: Layout) -> fmt::Result {
    // An option says that it is categorical within itself.
    let categorical = is_set(of.parameters(), "__categorical__") && !matches!(of, Type::Option(_));
    if categorical {
        f.write_str("categorical[type=")?;
    }
    match of {
        Type::Unknown(unknown) => match text(&unknown.parameters, &["__categorical__"]) {
            None => f.write_str("unknown")?,
            Some(parameters) => write!(f, "unknown[{parameters}]")?,
        },
        Type::Numpy(numpy) => write_numpy(f, numpy)?,
        Type::Regular(regular) => match string(&regular.parameters) {
            Some(name) => write!(f, "{name}[{}]", regular.size)?,
            None => {
                let size = regular.size.to_string();
                write_list(f, &size, &regular.content, &regular.parameters, layout)?;
            }
        },
        Type::List(list) => match string(&list.parameters) {
            Some(name) => f.write_str(name)?,
            None => write_list(f, "var", &list.content, &list.parameters, layout)?,
        },
        Type::Option(option) => write_option(f, option, layout)?,
        Type::Record(record) => write_record(f, record, layout)?,
        Type::Union(union) => write_union(f, union, layout)?,
    }
    if categorical {
        f.write_char(']')?;
    }
    Ok(())
}

fn is_set(parameters: &Parameters, name: &str) -> bool {
    parameters.get(name).is_some_and(|value| !value.is_null())
}

/// The name of lists that are strings.
fn string(parameters: &Parameters) -> Option<&'static str> {
    match parameters.array() {
        Some("string") => Some("string"),
        Some("bytestring") => Some("bytes"),
        _ => None,
    }
}

/// `parameters={…}`, without `excluded` ones and nulls; `None` where none is left.
fn text(parameters: &Parameters, excluded: &[&str]) -> Option<String> {
    let mut out = String::new();
    for (name, value) in parameters.iter() {
        if value.is_null() || excluded.contains(&name) {
            continue;
        }
        out.push_str(if out.is_empty() { "parameters={" } else { ", " });
        out.push_str(&quoted(name));
        out.push_str(": ");
        out.push_str(&json(value));
    }
    if out.is_empty() {
        return None;
    }
    out.push('}');
    Some(out)
}

fn json(value: &Value) -> String {
    // A value has string keys and no failing parts.
    python_json::dumps(value).unwrap_or_default()
}

fn quoted(name: &str) -> String {
    python_json::dumps(name).unwrap_or_default()
}

fn write_numpy(f: &mut fmt::Formatter<'_>, numpy: &NumpyType) -> fmt::Result {
    if let Some(name @ ("byte" | "char")) = numpy.parameters.array() {
        return f.write_str(name);
    }
    f.write_str(&numpy.dtype.primitive())?;
    // Awkward fails on what is no unit of time; here it is printed as any other parameter.
    let unit = numpy
        .parameters
        .str("__unit__")
        .and_then(|unit| unit.parse::<TimeUnit>().ok())
        .filter(|unit| unit.unit != Unit::Generic);
    let parameters = match unit {
        Some(_) => text(&numpy.parameters, &["__categorical__", "__unit__"]),
        None => text(&numpy.parameters, &["__categorical__"]),
    };
    match (unit, parameters) {
        (None, None) => Ok(()),
        (None, Some(parameters)) => write!(f, "[{parameters}]"),
        (Some(unit), None) => write!(f, "[unit=\"{unit}\"]"),
        (Some(unit), Some(parameters)) => write!(f, "[unit=\"{unit}\", {parameters}]"),
    }
}

fn write_list(
    f: &mut fmt::Formatter<'_>,
    size: &str,
    content: &Type,
    parameters: &Parameters,
    layout: Layout,
) -> fmt::Result {
    match text(parameters, &["__categorical__"]) {
        None => {
            write!(f, "{size} * ")?;
            write_type(f, content, layout)
        }
        Some(parameters) => {
            write!(f, "[{size} * ")?;
            write_type(f, content, layout)?;
            write!(f, ", {parameters}]")
        }
    }
}

fn write_option(f: &mut fmt::Formatter<'_>, option: &OptionType, layout: Layout) -> fmt::Result {
    let parameters = text(&option.parameters, &["__categorical__"]);
    let is_list = match &*option.content {
        Type::Regular(_) | Type::List(_) => !matches!(
            option.content.parameters().array(),
            Some("string" | "bytestring" | "char" | "byte")
        ),
        _ => false,
    };
    let bracketed = parameters.is_some() || is_list;
    f.write_str(if bracketed { "option[" } else { "?" })?;
    let categorical = is_set(&option.parameters, "__categorical__");
    if categorical {
        f.write_str("categorical[type=")?;
    }
    write_type(f, &option.content, layout)?;
    if categorical {
        f.write_char(']')?;
    }
    if let Some(parameters) = parameters {
        write!(f, ", {parameters}")?;
    }
    if bracketed {
        f.write_char(']')?;
    }
    Ok(())
}

fn write_union(f: &mut fmt::Formatter<'_>, union: &UnionType, layout: Layout) -> fmt::Result {
    let inner = layout.inner();
    f.write_str("union[")?;
    inner.line(f)?;
    for (position, content) in union.contents.iter().enumerate() {
        if position > 0 {
            inner.comma(f)?;
        }
        write_type(f, content, inner)?;
    }
    match text(&union.parameters, &["__categorical__"]) {
        None => layout.line(f)?,
        Some(parameters) => {
            f.write_str(", ")?;
            layout.line(f)?;
            f.write_str(&parameters)?;
        }
    }
    f.write_char(']')
}

fn write_record(f: &mut fmt::Formatter<'_>, record: &RecordType, layout: Layout) -> fmt::Result {
    let all = &record.parameters;
    let name = all.str("__record__").filter(|name| is_plain_name(name));
    let parameters = match all.get("__record__") {
        // A name that is no plain word is printed first.
        Some(other) if name.is_none() && !other.is_null() => {
            let first = format!("parameters={{\"__record__\": {}", json(other));
            let rest = text(all, &["__categorical__", "__record__"]);
            let rest = rest
                .as_deref()
                .and_then(|rest| rest.strip_prefix("parameters={"));
            Some(match rest {
                None => first + "}",
                Some(rest) => format!("{first}, {rest}"),
            })
        }
        _ => text(all, &["__categorical__", "__record__"]),
    };
    let (open, close) = match (name, record.is_tuple(), parameters.is_some()) {
        (Some(_), _, _) => ("[", "]"),
        (None, true, false) => ("(", ")"),
        (None, false, false) => ("{", "}"),
        (None, true, true) => ("tuple[[", "], "),
        (None, false, true) => ("struct[{", "}, "),
    };
    f.write_str(name.unwrap_or_default())?;
    f.write_str(open)?;
    let inner = layout.inner();
    inner.line(f)?;
    for (position, content) in record.contents().iter().enumerate() {
        if position > 0 {
            inner.comma(f)?;
        }
        if let Some(field) = record.fields().and_then(|fields| fields.get(position)) {
            if is_identifier(field) {
                f.write_str(field)?;
            } else {
                f.write_str(&quoted(field))?;
            }
            f.write_str(": ")?;
        }
        write_type(f, content, inner)?;
    }
    match (name, parameters) {
        (Some(_), Some(parameters)) => {
            if !record.contents().is_empty() {
                f.write_str(", ")?;
            }
            layout.line(f)?;
            write!(f, "{parameters}]")
        }
        (None, Some(parameters)) => {
            layout.line(f)?;
            write!(f, "{close}{parameters}]")
        }
        (_, None) => {
            layout.line(f)?;
            f.write_str(close)
        }
    }
}

/// A letter or underscore, then letters, digits, underscores, all ASCII.
///
/// Awkward's pattern lets a newline follow too, and prints what it cannot read back; such names are quoted
/// here.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The words that `[` may follow without making a named record.
const RESERVED: [&str; 10] = [
    "unknown",
    "string",
    "bytes",
    "option",
    "tuple",
    "struct",
    "union",
    "categorical",
    "datetime64",
    "timedelta64",
];

/// Whether records may be printed by this name: `Muon[pt: float32]`.
pub(super) fn is_plain_name(name: &str) -> bool {
    is_identifier(name)
        && !RESERVED.contains(&name)
        && !DType::TIMELESS
            .iter()
            .any(|dtype| dtype.kind_name() == name)
}
