//! [`Source`]: what a PLACE is, and opening it.

use std::fs;
use std::io::ErrorKind;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;

use gawky::dataset::DatasetFault;
use gawky::object_store::{Address, OpenOptions};
use gawky::prelude::*;
use gawky::safetensors::SafeTensorsArray;
use gawky::store::npz::Npz;
use gawky::store::{Fetch, Store};
use serde_json::Value as Json;

use crate::amounts::count;
use crate::arguments::{self, Rows, Select};
use crate::fault::Fault;

/// Any container, for reading.
pub(crate) type AnyContainer = Arc<dyn Container>;

/// About how many bytes of an array are read at once, where all of it is gone through.
pub(crate) const READ_AT_ONCE: u64 = 32 << 20;

/// The names of form and length beside blobs.
pub(crate) const FORM: &str = "form.json";
pub(crate) const LENGTH: &str = "length.json";
/// Another name for it, of partitions.
const LENGTHS: &str = "lengths.json";

/// What is at a place, as one lazy array.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) place: String,
    pub(crate) kind: Kind,
    pub(crate) array: LazyArray<AnyContainer>,
    /// How many rows each partition has, with and without rows.
    pub(crate) lengths: Vec<u64>,
    pub(crate) key_format: String,
    pub(crate) byteorder: ByteOrder,
}

/// Whether what is read of a dataset is proved by its checksums.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verify {
    No,
    /// As far as the dataset has any.
    WhereThereAre,
    /// What has none is an error.
    All,
}

/// What a place is.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A dataset.
    Dataset(Box<Dataset<AnyContainer>>),
    /// Blobs, with form and length beside them, or given.
    Blobs,
    /// A safetensors file.
    Safetensors,
    /// An archive of NumPy's.
    Npz,
}

impl Kind {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Dataset(_) => "dataset",
            Self::Blobs => "blobs",
            Self::Safetensors => "safetensors",
            Self::Npz => "npz",
        }
    }
}

/// How a place is opened. Options are for those behind a network: of two places one may be a folder.
pub(crate) fn opening(place: &str, options: &arguments::Options) -> OpenOptions {
    let options = options.options.iter().filter(|_| is_remote(place));
    OpenOptions::new().options(options.cloned())
}

/// Fails where options are given, and none of the places has any.
pub(crate) fn check_options(options: &arguments::Options, places: &[&str]) -> Result<(), Fault> {
    if options.options.is_empty() || places.iter().any(|place| is_remote(place)) {
        return Ok(());
    }
    let (places, none) = (
        places.join(" and "),
        if places.len() > 1 { "are" } else { "is" },
    );
    Err(Fault::failure(format!(
        "--option is for object stores, and {places} {none} none: leave it out"
    )))
}

/// Whether a place is in a store behind a network; what is wrong with a URL is told by who opens it.
fn is_remote(place: &str) -> bool {
    !matches!(Address::of(place), Ok(Address::Folder(_) | Address::Memory))
}

impl Source {
    /// Opens what is at a place.
    pub(crate) fn open(wanted: &arguments::Place) -> Result<Self, Fault> {
        check_options(&wanted.options, &[&wanted.place])?;
        Self::opened(wanted, Verify::No)
    }

    /// Opens what is at a place; a dataset is proved by its checksums as is said.
    pub(crate) fn opened(wanted: &arguments::Place, verify: Verify) -> Result<Self, Fault> {
        let place = wanted.place.as_str();
        Self::found(wanted, verify).map_err(|fault| fault.of(place))
    }

    fn found(wanted: &arguments::Place, verify: Verify) -> Result<Self, Fault> {
        let place = wanted.place.as_str();
        let options = opening(place, &wanted.options);
        let is_folder = || matches!(Address::of(place), Ok(Address::Folder(path)) if path.is_dir());
        let is_file = |end| has_ending(place, end) && !is_folder();
        let is_given = wanted.form.is_some();
        let source = if is_file(".safetensors") {
            let (folder, key) = options.open_file(place)?;
            match is_given {
                false => {
                    only_for_blobs(wanted, "a safetensors file, which tells that itself")?;
                    Self::safetensors(place, folder, &key)?
                }
                true => {
                    let tensors = gawky::store::safetensors::SafeTensors::open(folder, &key)?;
                    Self::blobs(wanted, Kind::Safetensors, Arc::new(tensors))?
                }
            }
        } else if is_file(".npz") {
            let (folder, key) = options.open_file(place)?;
            let archive: AnyContainer = Arc::new(Npz::open(folder, &key)?);
            Self::blobs(wanted, Kind::Npz, archive)?
        } else {
            let store: Arc<dyn Store> = options.open(place)?;
            let store: AnyContainer = store;
            match is_given {
                false => Self::container(wanted, store, verify)?,
                true => Self::blobs(wanted, Kind::Blobs, store)?,
            }
        };
        match (wanted.at, &source.kind) {
            (Some(_), Kind::Dataset(_)) | (None, _) => Ok(source),
            (Some(_), kind) => Err(Fault::usage(format!(
                "--at is for versions of a dataset, and {place} is {}: leave it out",
                kind.name()
            ))),
        }
    }

    /// A dataset, or blobs with form and length beside them.
    fn container(
        wanted: &arguments::Place,
        store: AnyContainer,
        verify: Verify,
    ) -> Result<Self, Fault> {
        let dataset = match Dataset::open_in(Arc::clone(&store)) {
            Err(Error::Dataset { fault, .. }) if matches!(*fault, DatasetFault::Missing) => {
                return Self::blobs(wanted, Kind::Blobs, store);
            }
            dataset => dataset?,
        };
        only_for_blobs(wanted, "a dataset, which tells that itself")?;
        let dataset = match wanted.at {
            Some(version) => dataset.open_at(version)?,
            None => dataset,
        };
        let verified = match verify {
            Verify::No => false,
            Verify::WhereThereAre => dataset.has_checksums(),
            Verify::All => true,
        };
        let dataset = dataset.verified(verified);
        let lazy = dataset.lazy();
        Ok(Self {
            place: wanted.place.clone(),
            array: lazy.map_container(|blobs| Arc::new(blobs) as AnyContainer),
            lengths: dataset.lengths().to_vec(),
            key_format: dataset
                .key_format()
                .as_template()
                .unwrap_or_default()
                .to_owned(),
            byteorder: dataset.byteorder(),
            kind: Kind::Dataset(Box::new(dataset)),
        })
    }

    fn safetensors(place: &str, folder: Arc<dyn Store>, key: &str) -> Result<Self, Fault> {
        let file = SafeTensorsArray::open(folder, key)?;
        let length = file.len();
        let lazy = file.reader().lazy(file.tensors().clone())?;
        Ok(Self {
            place: place.to_owned(),
            kind: Kind::Safetensors,
            array: lazy.map_container(|tensors| Arc::new(tensors) as AnyContainer),
            lengths: vec![length],
            key_format: template(&KeyFormat::array()),
            byteorder: ByteOrder::Little,
        })
    }

    /// Blobs whose form and length are given, or lie beside them.
    fn blobs(wanted: &arguments::Place, kind: Kind, blobs: AnyContainer) -> Result<Self, Fault> {
        let beside = [FORM, LENGTH, LENGTHS].map(|key| Fetch::raw(key, None));
        let mut beside = blobs.fetch(&beside)?.into_iter();
        let mut next = || beside.next().flatten();
        let (form, one, many) = (next(), next(), next());
        let length = one
            .map(|json| (LENGTH, json))
            .or(many.map(|json| (LENGTHS, json)));
        let place = wanted.place.as_str();
        let form = match (&wanted.form, form) {
            (Some(path), _) => {
                let text = fs::read_to_string(path).map_err(|error| unread(path, &error))?;
                let path = path.display();
                text.parse::<Form>()
                    .map_err(|error| Fault::failure(format!("--form {path}: {error}")))?
            }
            (None, Some(json)) => parsed_form(&json)
                .map_err(|error| Fault::failure(format!("{place}: {FORM}: {error}")))?,
            (None, None) => return Err(no_form(place, &kind)),
        };
        let lengths = match (wanted.length.as_slice(), length) {
            ([length], _) => Lengths::One(*length),
            ([], Some((key, json))) => Lengths::parse(json.bytes().unwrap_or_default()).ok_or_else(|| {
                Fault::failure(format!(
                    "{place}: {key} is neither a number of rows nor a list of such: write one, or give --length"
                ))
            })?,
            ([], None) => {
                return Err(Fault::failure(format!(
                    "{place}: no {LENGTH} lies beside the form: give the number of rows by --length, of partitions those of each"
                )));
            }
            (lengths, _) => Lengths::Many(lengths.to_vec()),
        };
        let (array, keys, lengths) = match lengths {
            Lengths::One(length) => {
                let (array, keys) = lazy(&form, length, KeyFormat::array(), wanted, blobs)?;
                (array, keys, vec![length])
            }
            Lengths::Many(lengths) => {
                let keys = KeyFormat::partitioned();
                let (array, keys) = lazy(&form, lengths.clone(), keys, wanted, blobs)?;
                (array, keys, lengths)
            }
        };
        Ok(Self {
            place: place.to_owned(),
            kind,
            array,
            lengths,
            key_format: template(&keys),
            byteorder: ByteOrder::Little,
        })
    }

    /// The same with fewer fields and rows.
    pub(crate) fn narrowed(
        &self,
        select: &Select,
        rows: Option<&Rows>,
    ) -> Result<LazyArray<AnyContainer>, Fault> {
        let mut array = self.array.clone();
        if !select.select.is_empty() {
            array = array
                .select(&select.select)
                .map_err(|error| unselected(&select.select, self.array.form(), &error))?;
        }
        if let Some(rows) = rows.and_then(|rows| rows.rows) {
            let length = array.len();
            array = array.rows(rows).map_err(|_| outside(rows, length))?;
        }
        Ok(array)
    }
}

/// How many rows blobs have: in one array, or in each partition.
pub(crate) enum Lengths {
    One(u64),
    Many(Vec<u64>),
}

impl Lengths {
    pub(crate) fn parse(json: &[u8]) -> Option<Self> {
        match serde_json::from_slice(json).ok()? {
            Json::Array(lengths) => {
                let lengths = lengths.iter().map(Json::as_u64);
                lengths.collect::<Option<_>>().map(Self::Many)
            }
            length => length.as_u64().map(Self::One),
        }
    }
}

fn lazy<L: gawky::Lengths>(
    form: &Form,
    lengths: L,
    keys: KeyFormat,
    wanted: &arguments::Place,
    blobs: AnyContainer,
) -> Result<(LazyArray<AnyContainer>, KeyFormat), Fault> {
    let keys = match &wanted.key_format {
        Some(given) => KeyFormat::template(given)
            .map_err(|error| Fault::failure(format!("--key-format: {error}")))?,
        None => keys,
    };
    let reader = FromBuffers::new(form, lengths)
        .keys(keys.clone())
        .partition_start(wanted.partition_start.unwrap_or(0));
    Ok((reader.lazy(blobs)?, keys))
}

/// Whether a name ends so, in capitals too.
pub(crate) fn has_ending(place: &str, end: &str) -> bool {
    let at = place.len().checked_sub(end.len());
    at.and_then(|at| place.get(at..))
        .is_some_and(|last| last.eq_ignore_ascii_case(end))
}

/// Fails for what is said of blobs, where there are none of which it could be said.
fn only_for_blobs(wanted: &arguments::Place, what: &str) -> Result<(), Fault> {
    let said = [
        ("--length", !wanted.length.is_empty()),
        ("--partition-start", wanted.partition_start.is_some()),
        ("--key-format", wanted.key_format.is_some()),
    ];
    match said.iter().find(|(_, is_said)| *is_said) {
        None => Ok(()),
        Some((option, _)) => Err(Fault::usage(format!(
            "{option} is for blobs, and {} is {what}: leave it out",
            wanted.place
        ))),
    }
}

/// Why the file of a form cannot be read.
fn unread(path: &Path, error: &std::io::Error) -> Fault {
    let path = path.display();
    Fault::failure(match error.kind() {
        ErrorKind::NotFound => format!("--form {path}: there is no such file: check the path"),
        ErrorKind::InvalidData => format!("--form {path}: it is not in UTF-8: give a file of JSON"),
        _ => format!("--form {path}: {error}: give a file that can be read"),
    })
}

/// Why fields cannot be chosen; and how they can, where a name has letters in it that mean something.
fn unselected(patterns: &[String], form: &Form, error: &Error) -> Fault {
    let columns = form.columns();
    Fault::failure(
        match patterns.iter().any(|pattern| columns.contains(pattern)) {
            false => format!("--select: {error}"),
            true => format!(
                "--select: {error}; say ? for each . * ? [ ] {{ }} or , that is part of a name"
            ),
        },
    )
}

/// Rows that are not there.
fn outside(rows: (Bound<u64>, Bound<u64>), length: u64) -> Fault {
    let number = |bound: Bound<u64>| match bound {
        Bound::Included(row) | Bound::Excluded(row) => row.to_string(),
        Bound::Unbounded => String::new(),
    };
    Fault::failure(format!(
        "--rows: rows {}..{} are not within an array of {}",
        number(rows.0),
        number(rows.1),
        count(length, "row")
    ))
}

fn template(keys: &KeyFormat) -> String {
    keys.as_template().unwrap_or_default().to_owned()
}

pub(crate) fn parsed_form(json: &Buffer) -> Result<Form, String> {
    let bytes = json.bytes().map_err(|error| error.to_string())?;
    let text = str::from_utf8(bytes).map_err(|_| "it is not in UTF-8".to_owned())?;
    text.parse::<Form>().map_err(|error| error.to_string())
}

fn no_form(place: &str, kind: &Kind) -> Fault {
    Fault::failure(match kind {
        Kind::Npz => format!(
            "{place}: there is no {FORM} in the archive: give the form by --form FILE, as ak.to_buffers returns it"
        ),
        _ => format!(
            "{place}: there is neither dataset.json, of a dataset, nor {FORM}, of blobs: check the place, or give the form by \
             --form FILE"
        ),
    })
}

/// A dataset that is to be changed, or listed.
pub(crate) fn dataset(place: &str, options: &arguments::Options) -> Result<Dataset, Fault> {
    check_options(options, &[place])?;
    let opened = opening(place, options).open(place).map_err(Fault::from);
    opened
        .and_then(|store| Ok(Dataset::open_in(store)?))
        .map_err(|fault| fault.of(place))
}
