//! [`Manifest`]: what `dataset.json` says.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::{self, Write};
use std::sync::Arc;

use gawky_buffer::{Blob, Buffer, ByteOrder, DType, Fetch};
use gawky_form::{Form, FormError, KeyFormat};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::checksums::ALGORITHM;
use super::column::{Column, DraftColumn};
use super::fault::{DatasetFault, no_manifest};
use super::history::History;
use super::layout::{Layout, Packing};
use super::partitions::Partitions;
use crate::Error;

/// The key of the manifest.
pub(super) const MANIFEST: &str = "dataset.json";

/// What the member `format` says.
pub(super) const FORMAT: &str = "gawky.dataset";

/// The newest format that is known here.
pub(super) const FORMAT_VERSION: u64 = 1;

/// How many commits are told apart after they have happened.
const TOLD_APART: usize = 16;

/// What `dataset.json` says, as it is at one version; `schemas/dataset.schema.json` describes it.
#[derive(Clone, Debug)]
pub(super) struct Manifest {
    /// Of the data: counts the commits, from 1.
    pub(super) version: u64,
    pub(super) layout: Arc<Layout>,
    pub(super) partitions: Partitions,
    pub(super) attributes: Attributes,
    pub(super) history: History,
    /// The version whose manifest knows those before the history.
    pub(super) previous: Option<u64>,
    /// The first version that vacuum has left.
    pub(super) oldest: u64,
    /// The tokens of the last commits, the newest last.
    pub(super) commits: Vec<String>,
    /// Members of which nothing is known here, as they stand.
    pub(super) rest: Vec<(String, Box<RawValue>)>,
}

/// What the user keeps with the data: a JSON object.
#[derive(Clone, Debug)]
pub(super) struct Attributes {
    map: Map<String, Value>,
    /// As it stands in the file: its numbers may be such as the map cannot hold.
    text: Cow<'static, str>,
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            map: Map::new(),
            text: Cow::Borrowed("{}"),
        }
    }
}

impl Attributes {
    pub(super) fn new(map: Map<String, Value>) -> Self {
        let value = Value::Object(map);
        let text = Cow::Owned(value.to_string());
        match value {
            Value::Object(map) => Self { map, text },
            _ => Self::default(),
        }
    }

    pub(super) fn map(&self) -> &Map<String, Value> {
        &self.map
    }
}

/// Whether a commit whose answer was lost has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    Happened,
    NotHappened,
    /// Too many others have come since.
    Unknown,
}

/// A manifest as it is written.
#[derive(Debug)]
pub(super) struct Encoded {
    pub(super) json: Buffer,
    /// What has to be there before.
    pub(super) asides: Vec<Blob>,
}

impl Manifest {
    /// The version whose manifest knows what was before this one's history.
    pub(super) fn before(&self) -> Option<u64> {
        self.previous
    }

    /// The version at which there were the first so many of these partitions.
    pub(super) fn at(&self, version: u64) -> Option<Self> {
        let count = self.history.partitions_at(version)?;
        Some(Self {
            version,
            partitions: self.partitions.prefix(usize::try_from(count).ok()?),
            history: self.history.up_to(version),
            ..self.clone()
        })
    }

    /// The tokens of the commits up to this one's.
    pub(super) fn commits_with(&self, token: &str) -> Vec<String> {
        let beginning = (self.commits.len() + 1).saturating_sub(TOLD_APART);
        let kept = self.commits.iter().skip(beginning).cloned();
        kept.chain([token.to_owned()]).collect()
    }

    /// Whether the commit with this token, upon version `base`, has happened.
    pub(super) fn settled(&self, token: &str, base: u64) -> Settled {
        if self.commits.iter().any(|commit| commit == token) {
            Settled::Happened
        } else if self.version.saturating_sub(base) <= self.commits.len() as u64 {
            Settled::NotHappened
        } else {
            Settled::Unknown
        }
    }

    /// As JSON, one member a line; a column that has grown too long for it moves to a blob, which is called by `token`.
    pub(super) fn encode(&mut self, token: &str) -> Result<Encoded, Error> {
        let version = self.version;
        let (lengths, ids, next_id) = self.partitions.columns();
        let (lengths, lengths_aside) = lengths.encode(&format!("lengths-{version}-{token}"))?;
        let (ids, ids_aside) = match ids {
            None => (None, None),
            Some(ids) => {
                let (ids, aside) = ids.encode(&format!("ids-{version}-{token}"))?;
                (Some(ids), aside)
            }
        };
        let layout = &self.layout;
        let mut text = WrittenMembers::default();
        text.push("format", quoted(FORMAT));
        text.push("format_version", FORMAT_VERSION);
        text.push("version", version);
        text.push("form", layout.form_json()?);
        text.push("key_format", quoted(layout.template()));
        text.push("packing", quoted(layout.packing.name()));
        text.push("byteorder", quoted(sign(layout.byteorder)));
        if layout.checksums {
            text.push("checksums", quoted(ALGORITHM));
        }
        text.push("lengths", lengths);
        text.push_some("ids", ids);
        text.push_some("next_id", next_id);
        text.push("attributes", &self.attributes.text);
        text.push("history", self.history.to_json());
        text.push_some("previous", self.previous);
        text.push_some("oldest", Some(self.oldest).filter(|oldest| *oldest > 1));
        let commits: Vec<String> = self.commits.iter().map(|commit| quoted(commit)).collect();
        text.push("commits", format!("[{}]", commits.join(", ")));
        for (name, value) in &self.rest {
            text.push(name, value.get());
        }
        Ok(Encoded {
            json: Buffer::from_vec(text.finish().into_bytes()),
            asides: lengths_aside.into_iter().chain(ids_aside).collect(),
        })
    }
}

/// A manifest of which columns that lie in blobs have yet to be read.
#[derive(Debug)]
pub(super) struct Draft {
    key: String,
    manifest: Manifest,
    history: Box<RawValue>,
    lengths: DraftColumn,
    ids: Option<DraftColumn>,
    next_id: Option<u64>,
}

impl Draft {
    /// Reads what a manifest says, of its form only these columns where they are given; `key` is told in errors.
    pub(super) fn parse(key: &str, bytes: &[u8], columns: Option<&[&str]>) -> Result<Self, Error> {
        let fault = |problem: String| no_manifest(key, problem);
        let text = str::from_utf8(bytes).map_err(|error| fault(error.to_string()))?;
        // What is wrong with a form is told once everything else is known.
        let members = Members::read_with_form(text, columns)
            .map_or_else(|| Members::read(text), Ok)
            .map_err(|error| fault(error.to_string()))?;
        let mut members = Reader {
            key,
            form: members.form,
            members: members.others,
        };
        let format: String = members.required("format")?;
        if format != FORMAT {
            return Err(fault(format!("format: it is {format:?}, not {FORMAT:?}")));
        }
        let found: u64 = members.required("format_version")?;
        if found > FORMAT_VERSION {
            return Err(DatasetFault::NewerFormat { found }.of(key));
        }
        if found != FORMAT_VERSION {
            return Err(fault(format!("format_version: there is no format {found}")));
        }
        let version: u64 = members.required("version")?;
        if version == 0 || version > super::partitions::MOST {
            return Err(fault(format!("version: {version} counts no commits")));
        }
        let form = match members.form.take() {
            Some(form) => form,
            None => {
                let form = members.raw("form")?;
                let form = match columns {
                    None => Form::from_json(form.get()),
                    Some(columns) => Form::from_json_columns(form.get(), columns),
                };
                form.map_err(|error| match error {
                    FormError::Json { .. } | FormError::JsonSyntax { .. } => {
                        fault(format!("form: {error}"))
                    }
                    // It is the columns that are wrong.
                    error => error.into(),
                })?
            }
        };
        let template: String = members.required("key_format")?;
        let keys = KeyFormat::template(&template)
            .map_err(|error| fault(format!("key_format: {error}")))?;
        let packing: String = members.required("packing")?;
        let packing = Packing::by_name(&packing)
            .ok_or_else(|| fault(format!("packing: there is none called {packing:?}")))?;
        let byteorder: String = members.required("byteorder")?;
        let byteorder = match byteorder.as_str() {
            "<" => ByteOrder::Little,
            ">" => ByteOrder::Big,
            _ => {
                return Err(fault(format!(
                    "byteorder: {byteorder:?} is neither < nor >"
                )));
            }
        };
        let layout = Layout::try_new(form, keys, packing, byteorder)
            .map_err(|problem| fault(format!("key_format: {problem}")))?;
        let checksums: Option<String> = members.optional("checksums")?;
        if let Some(other) = checksums.as_ref().filter(|name| *name != ALGORITHM) {
            return Err(fault(format!("checksums: there are none called {other:?}")));
        }
        let layout = layout.with_checksums(checksums.is_some());
        let column = |name: &str, json: &RawValue| {
            DraftColumn::parse(json).map_err(|problem| fault(format!("{name}: {problem}")))
        };
        let lengths = column("lengths", members.raw("lengths")?)?;
        let ids = match members.take("ids") {
            None => None,
            Some(json) => Some(column("ids", json)?),
        };
        let next_id = members.optional("next_id")?;
        let attributes = match members.take("attributes") {
            None => Attributes::default(),
            Some(json) => Attributes {
                map: members.of("attributes", json)?,
                text: Cow::Owned(json.get().to_owned()),
            },
        };
        let history = members.raw("history")?.to_owned();
        let previous: Option<u64> = members.optional("previous")?;
        let oldest = members.optional("oldest")?.unwrap_or(1);
        if oldest == 0 || oldest > version {
            return Err(fault(format!("oldest: {oldest} is none of its versions")));
        }
        let commits: Vec<String> = members.optional("commits")?.unwrap_or_default();
        let rest = members.rest();
        Ok(Self {
            key: key.to_owned(),
            manifest: Manifest {
                version,
                layout: Arc::new(layout),
                partitions: Partitions::default(),
                attributes,
                history: History::beginning(version, 0),
                previous,
                oldest,
                commits,
                rest,
            },
            history,
            lengths,
            ids,
            next_id,
        })
    }

    /// The blobs that are needed yet; usually none.
    pub(super) fn fetches(&self) -> Vec<Fetch> {
        let columns = [Some(&self.lengths), self.ids.as_ref()];
        columns
            .into_iter()
            .flatten()
            .filter_map(DraftColumn::fetch)
            .collect()
    }

    /// The manifest, with the blobs that were needed.
    pub(super) fn finish(self, blobs: Vec<Option<Buffer>>) -> Result<Manifest, Error> {
        let key = self.key;
        let mut blobs = blobs.into_iter();
        let mut column = |name: &str, draft: DraftColumn| -> Result<Column, Error> {
            let blob = match draft.fetch() {
                None => None,
                Some(_) => blobs.next().flatten(),
            };
            draft
                .finish(blob.as_ref())
                .map_err(|problem| no_manifest(&key, format!("{name}: {problem}")))
        };
        let lengths = column("lengths", self.lengths)?;
        let ids = match self.ids {
            None => None,
            Some(ids) => Some(column("ids", ids)?),
        };
        let fault = |problem: String| no_manifest(&key, problem);
        let partitions = Partitions::try_new(lengths, ids, self.next_id).map_err(fault)?;
        let mut manifest = self.manifest;
        manifest.history = History::parse(&self.history, manifest.version, partitions.count())
            .map_err(|problem| fault(format!("history: {problem}")))?;
        if let Some(previous) = manifest.previous
            && previous.checked_add(1) != Some(manifest.history.since())
        {
            return Err(fault(format!(
                "previous: version {previous} is not the one before the history"
            )));
        }
        if partitions.count() > 1 && !manifest.layout.keys.has_partition() {
            return Err(fault(format!(
                "key_format: {:?} gives all partitions the same keys",
                manifest.layout.template()
            )));
        }
        manifest.partitions = partitions;
        Ok(manifest)
    }
}

/// A JSON text as a blob.
pub(super) fn json_blob(key: impl Into<gawky_buffer::Key>, json: Buffer) -> Blob {
    Blob::new(key, DType::UInt8, json)
}

fn sign(byteorder: ByteOrder) -> &'static str {
    match byteorder {
        ByteOrder::Little => "<",
        ByteOrder::Big => ">",
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// An object that is being written, one member a line.
#[derive(Default)]
struct WrittenMembers(String);

impl WrittenMembers {
    fn push(&mut self, name: &str, value: impl fmt::Display) {
        let before = if self.0.is_empty() { "{" } else { "," };
        // Written where it is to be: a form may have megabytes. Nothing is refused by memory.
        let _ = write!(self.0, "{before}\n  {}: {value}", quoted(name));
    }

    fn push_some(&mut self, name: &str, value: Option<impl fmt::Display>) {
        if let Some(value) = value {
            self.push(name, value);
        }
    }

    fn finish(self) -> String {
        self.0 + "\n}\n"
    }
}

/// The members of a manifest, in order, none of them twice.
struct Members<'a> {
    /// That of the form, where it was read in its place.
    form: Option<Form>,
    /// The others, as they stand.
    others: Vec<(String, &'a RawValue)>,
}

/// What JSON takes for space.
const SPACE: [char; 4] = [' ', '\n', '\r', '\t'];

impl<'a> Members<'a> {
    /// Reads them, and the form in its place: it is nearly all of a manifest, and would be gone through twice otherwise. `None`
    /// where anything is wrong, or spelled in a way that [`read`](Self::read) knows better.
    fn read_with_form(text: &'a str, columns: Option<&[&str]>) -> Option<Self> {
        let mut members = Members {
            form: None,
            others: Vec::new(),
        };
        let mut rest = text.trim_start_matches(SPACE).strip_prefix('{')?;
        loop {
            let name: String;
            (name, rest) = first_value(rest)?;
            rest = rest.trim_start_matches(SPACE).strip_prefix(':')?;
            if name == "form" {
                let (form, length) = Form::from_json_start(rest, columns).ok()?;
                if members.form.replace(form).is_some() {
                    return None;
                }
                rest = rest.get(length..)?;
            } else {
                let value;
                (value, rest) = first_value(rest)?;
                members.others.push((name, value));
            }
            rest = rest.trim_start_matches(SPACE);
            match rest.strip_prefix(',') {
                Some(after) => rest = after,
                None => {
                    let after = rest.strip_prefix('}')?.trim_start_matches(SPACE);
                    return (after.is_empty() && members.others_differ()).then_some(members);
                }
            }
        }
    }

    /// Whether no two of the others have one name.
    fn others_differ(&self) -> bool {
        let mut names: Vec<&str> = self.others.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.is_sorted_by(|before, after| before < after)
    }

    /// Reads them, the form as it stands like all others.
    fn read(text: &'a str) -> serde_json::Result<Self> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        // Forms count by themselves how deep they are, and nothing else is looked into here.
        deserializer.disable_recursion_limit();
        let members = deserializer.deserialize_map(MembersVisitor)?;
        deserializer.end().map(|()| members)
    }
}

/// The JSON value that a text begins with, and what is behind it.
fn first_value<'a, T: Deserialize<'a>>(text: &'a str) -> Option<(T, &'a str)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    let first = values.next()?.ok()?;
    Some((first, text.get(values.byte_offset()..)?))
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Members {
            form: None,
            others: Vec::new(),
        };
        let mut seen = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !seen.insert(name.clone()) {
                return Err(A::Error::custom(format_args!("{name:?} is there twice")));
            }
            members.others.push((name, map.next_value()?));
        }
        Ok(members)
    }
}

/// Takes members out of an object by their names; what nobody takes is the rest.
struct Reader<'a> {
    key: &'a str,
    form: Option<Form>,
    members: Vec<(String, &'a RawValue)>,
}

impl<'a> Reader<'a> {
    fn take(&mut self, name: &str) -> Option<&'a RawValue> {
        let position = self.members.iter().position(|(own, _)| own == name)?;
        Some(self.members.remove(position).1)
    }

    fn raw(&mut self, name: &str) -> Result<&'a RawValue, Error> {
        self.take(name)
            .ok_or_else(|| no_manifest(self.key, format!("it has no {name:?}")))
    }

    fn of<T: serde::de::DeserializeOwned>(&self, name: &str, json: &RawValue) -> Result<T, Error> {
        serde_json::from_str(json.get())
            .map_err(|error| no_manifest(self.key, format!("{name}: {error}")))
    }

    fn required<T: serde::de::DeserializeOwned>(&mut self, name: &str) -> Result<T, Error> {
        let json = self.raw(name)?;
        self.of(name, json)
    }

    fn optional<T: serde::de::DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, Error> {
        match self.take(name) {
            None => Ok(None),
            Some(json) => self.of(name, json).map(Some),
        }
    }

    fn rest(self) -> Vec<(String, Box<RawValue>)> {
        self.members
            .into_iter()
            .map(|(name, value)| (name, value.to_owned()))
            .collect()
    }
}
