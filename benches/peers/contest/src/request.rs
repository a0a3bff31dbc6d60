use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{Failure, Outcome};

/// Where something stored lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a folder.
    Folder(PathBuf),
    /// Under `s3://bucket/prefix`, on a server at `endpoint` that takes any credentials and no TLS.
    Bucket { url: String, endpoint: String },
}

impl Place {
    /// The folder, for those who read no other place.
    pub fn folder(&self) -> Outcome<&Path> {
        match self {
            Self::Folder(folder) => Ok(folder),
            Self::Bucket { .. } => Err(Failure::cannot("reads no object stores")),
        }
    }
}

/// Which rows are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows {
    All,
    Range(Range<u64>),
    /// In ascending order, each once.
    Scattered(Vec<u64>),
}

/// What is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Columns by name, in the order of the schema; all where it is none.
    pub columns: Option<Vec<String>>,
    pub rows: Rows,
}

fn text(request: &Value, member: &str) -> Outcome<String> {
    let text = request.get(member).and_then(Value::as_str);
    let text =
        text.ok_or_else(|| Failure::Failed(format!("the request has no text \"{member}\"")))?;
    Ok(text.to_owned())
}

pub(crate) fn path(request: &Value, member: &str) -> Outcome<PathBuf> {
    text(request, member).map(PathBuf::from)
}

pub(crate) fn place(request: &Value) -> Outcome<Place> {
    let at = text(request, "at")?;
    if at.starts_with("s3://") {
        let endpoint = text(request, "endpoint")?;
        return Ok(Place::Bucket { url: at, endpoint });
    }
    Ok(Place::Folder(at.into()))
}

pub(crate) fn wanted(request: &Value) -> Outcome<Wanted> {
    let wrong =
        |what: &str| Failure::Failed(format!("\"{what}\" of the request is not understood"));
    let numbers = |value: &Value| -> Option<Vec<u64>> {
        value.as_array()?.iter().map(Value::as_u64).collect()
    };
    let columns = match request.get("columns") {
        None | Some(Value::Null) => None,
        Some(Value::Array(names)) => Some(
            names
                .iter()
                .map(|name| name.as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .ok_or_else(|| wrong("columns"))?,
        ),
        Some(_) => return Err(wrong("columns")),
    };
    let rows = match request.get("rows") {
        None | Some(Value::Null) => Rows::All,
        Some(rows) => match (
            rows.get("range").and_then(numbers),
            rows.get("take").and_then(numbers),
        ) {
            (Some(ends), None) if ends.len() == 2 => Rows::Range(ends[0]..ends[1]),
            (None, Some(rows)) => Rows::Scattered(rows),
            _ => return Err(wrong("rows")),
        },
    };
    Ok(Wanted { columns, rows })
}
