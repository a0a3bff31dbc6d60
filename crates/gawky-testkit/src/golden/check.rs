//! What `tests/golden/README.md` asks of one case.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gawky::array::ArrayError;
use gawky::form::Dialect;
use gawky::{
    Array, Buffer, ByteOrder, Container, Error, Form, FormKeyFormat, FromBuffers, KeyFormat,
    Lengths, MemoryContainer, Partitioned, Place, ToBuffers,
};
use gawky_store::{ContainerList, StoreError};
use serde::Deserialize;
use serde_json::Value as Json;

use super::case::{Case, Length};
use super::encoding::{difference, surrogates_hidden};
use crate::containers::FakeDevice;
use crate::device_suite::array_agrees;

/// Why a case failed: the first difference.
#[derive(Debug)]
pub struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

fn fail(what: impl Into<String>) -> Failure {
    Failure(what.into())
}

/// The blobs of a case, by key.
type Blobs = BTreeMap<String, Buffer>;

/// Blobs that remember how far into each was read.
struct Watched<'b> {
    blobs: &'b Blobs,
    ends: Mutex<BTreeMap<String, u64>>,
}

impl<'b> Watched<'b> {
    fn new(blobs: &'b Blobs) -> Self {
        let ends = Mutex::default();
        Self { blobs, ends }
    }

    fn ends(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, key: &str, end: u64) {
        let mut ends = self.ends();
        let own = ends.entry(key.to_owned()).or_default();
        *own = end.max(*own);
    }

    /// One past the last byte that was asked for, 0 where none was.
    fn end(&self, key: &str) -> u64 {
        self.ends().get(key).copied().unwrap_or(0)
    }
}

impl Container for Watched<'_> {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.note(key, u64::MAX);
        Ok(self.blobs.get(key).cloned())
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        self.note(key, range.end);
        self.blobs.get_range(key, range)
    }
}

/// What is read: one array, or partitions; checked in the same way.
enum Read {
    One(Array),
    Many(Partitioned),
}

impl Read {
    fn whole(&self) -> Result<Array, Error> {
        match self {
            Self::One(array) => Ok(array.clone()),
            Self::Many(partitions) => partitions.concatenate(),
        }
    }
}

/// A case, taken to pieces once.
struct Subject<'c> {
    case: &'c Case,
    form: Form,
    keys: KeyFormat,
    blobs: Blobs,
    /// For each blob that reading asks for, what its bytes mean.
    dtypes: BTreeMap<String, gawky::DType>,
}

/// Does what the README asks of one case.
///
/// Deep cases take more stack than some threads have; those that [`run`](super::run) starts have enough.
///
/// # Errors
/// The first difference.
pub fn check(case: &Case) -> Result<(), Failure> {
    let form = Form::from_json(case.form.get())?;
    form_prints_back(case, &form)?;
    if case.valid == Some(false) {
        // Anything but a panic will do.
        if let Ok(subject) = Subject::of(case, form) {
            let _ = subject.read(&subject.blobs, ByteOrder::Little);
        }
        return Ok(());
    }
    let subject = Subject::of(case, form)?;
    let read = subject.read(&subject.blobs, ByteOrder::Little)?;
    let array = read.whole()?;
    subject.says(&array)?;
    array_agrees(&Place::Device(FakeDevice::with_kernels("fake:0")), &array).map_err(fail)?;
    subject.writes_back(&read)?;
    subject.packs(&read)?;
    subject.reads_rows(&array)?;

    let swapped = subject.big_endian()?;
    subject
        .read(&swapped, ByteOrder::Big)
        .and_then(|read| read.whole())
        .map_err(|error| fail(format!("big-endian: {error}")))
        .and_then(|again| subject.agrees("big-endian", &again, &array))?;
    subject
        .read(&subject.at_odd_addresses()?, ByteOrder::Little)
        .and_then(|read| read.whole())
        .map_err(|error| fail(format!("at odd addresses: {error}")))
        .and_then(|again| subject.agrees("at odd addresses", &again, &array))?;
    subject.refuses_short_blobs(&array)
}

/// Checks of a case that is valid what [`array_agrees`] does at `place`, and nothing else.
///
/// # Errors
/// The first difference.
pub fn check_at(place: &Place, case: &Case) -> Result<(), Failure> {
    if case.valid == Some(false) {
        return Ok(());
    }
    let subject = Subject::of(case, Form::from_json(case.form.get())?)?;
    let array = subject.read(&subject.blobs, ByteOrder::Little)?.whole()?;
    array_agrees(place, &array).map_err(fail)
}

fn form_prints_back(case: &Case, form: &Form) -> Result<(), Failure> {
    let mut json = serde_json::Deserializer::from_str(case.form.get());
    json.disable_recursion_limit();
    let expected = Json::deserialize(&mut json)?;
    let (dialect, verbose) = Dialect::detect(&expected);
    let printed = form.to_json_value(dialect, verbose)?;
    if printed == expected {
        return Ok(());
    }
    // Old ways of writing are read, not written: what is printed must then mean the same.
    let other = Form::from_json(&form.to_json(Dialect::V2, verbose)?)?;
    if other == *form && dialect == Dialect::V2 && has_old_records(&expected) {
        return Ok(());
    }
    Err(fail(format!("the form prints back as {printed}")))
}

impl<'c> Subject<'c> {
    fn of(case: &'c Case, form: Form) -> Result<Self, Failure> {
        let keys = case.keys(&form)?;
        let mut dtypes = BTreeMap::new();
        for partition in Self::partitions(case) {
            for expected in form.expected_buffers(&keys, Some(partition))? {
                dtypes.insert(expected.key, expected.dtype);
            }
        }
        Ok(Self {
            case,
            form,
            keys,
            blobs: Case::blobs(&case.buffers)?,
            dtypes,
        })
    }

    fn partitions(case: &Case) -> Range<u64> {
        let start = case.partition_start.unwrap_or(0);
        let count = match &case.length {
            Length::One(_) => 1,
            Length::Many(lengths) => lengths.len() as u64,
        };
        start..start.saturating_add(count)
    }

    fn read(&self, blobs: &Blobs, order: ByteOrder) -> Result<Read, Error> {
        Ok(match &self.case.length {
            Length::One(length) => Read::One(self.reader(*length).byteorder(order).read(blobs)?),
            Length::Many(lengths) => Read::Many(self.reader(lengths).byteorder(order).read(blobs)?),
        })
    }

    fn read_rows(
        &self,
        rows: Range<u64>,
        blobs: &(impl Container + ?Sized),
    ) -> Result<Array, Error> {
        match &self.case.length {
            Length::One(length) => self.reader(*length).rows(rows).read(blobs),
            Length::Many(lengths) => self.reader(lengths).rows(rows).read(blobs)?.concatenate(),
        }
    }

    fn reader<L: Lengths>(&self, lengths: L) -> FromBuffers<'_, L> {
        FromBuffers::new(&self.form, lengths)
            .keys(self.keys.clone())
            .partition_start(self.case.partition_start.unwrap_or(0))
    }

    fn says(&self, array: &Array) -> Result<(), Failure> {
        if let Some(expected) = &self.case.datashape {
            let found = array.array_type().to_string();
            if found != *expected {
                return Err(fail(format!("the type is {found}, not {expected}")));
            }
        }
        let Some(list) = &self.case.list else {
            // There is nothing to compare with, but every value must be readable.
            let _ = array.value()?.to_string();
            return Ok(());
        };
        let text = surrogates_hidden(list.get());
        let mut json = serde_json::Deserializer::from_str(&text);
        json.disable_recursion_limit();
        match difference(&array.value()?, &Json::deserialize(&mut json)?) {
            None => Ok(()),
            Some(difference) => Err(fail(difference)),
        }
    }

    fn agrees(&self, how: &str, again: &Array, array: &Array) -> Result<(), Failure> {
        if again.equal_values(array, true)? {
            return Ok(());
        }
        Err(fail(format!("{how}: {again} is not {array}")))
    }

    /// Whether the form's nodes are named by numbers, as `to_buffers` names them; those of the older dialect's
    /// lazy arrays are not.
    fn is_numbered(&self) -> Result<bool, Failure> {
        let format = match &self.case.form_key {
            Some(template) => FormKeyFormat::template(template)?,
            None => FormKeyFormat::default(),
        };
        let numbered = self
            .form
            .with_form_keys(&format, self.case.id_start.unwrap_or(0))?;
        Ok(numbered == self.form)
    }

    /// Takes an array apart again: under the names of `form`, or with nodes numbered anew.
    fn written(
        &self,
        read: &Read,
        form: Option<&Form>,
    ) -> Result<(Form, MemoryContainer), Failure> {
        fn write<W: gawky::Writable>(
            subject: &Subject<'_>,
            array: &W,
            form: Option<&Form>,
        ) -> Result<(Form, MemoryContainer), Failure> {
            let memory = MemoryContainer::new();
            let mut writer = ToBuffers::new(array)
                .keys(subject.keys.clone())
                .partition_start(subject.case.partition_start.unwrap_or(0))
                .id_start(subject.case.id_start.unwrap_or(0));
            if let Some(template) = &subject.case.form_key {
                writer = writer.form_key(template)?;
            }
            if let Some(form) = form {
                writer = writer.form(form);
            }
            let (form, _) = writer.write(&memory)?;
            Ok((form, memory))
        }
        match read {
            Read::One(array) => write(self, array, form),
            Read::Many(partitions) => write(self, partitions, form),
        }
    }

    fn writes_back(&self, read: &Read) -> Result<(), Failure> {
        let own = (!self.is_numbered()?).then_some(&self.form);
        let (form, memory) = self.written(read, own)?;
        if form != self.form {
            return Err(fail("the form that is written is another one"));
        }
        let mut expected = self.blobs.clone();
        // An EmptyArray has no data, though the older dialect writes an empty blob for it.
        expected.retain(|key, blob| self.dtypes.contains_key(key) || !blob.is_empty());
        for (key, needed) in &self.case.needed {
            if let Some(blob) = expected.get_mut(key) {
                *blob = blob.slice(0..*needed)?;
            }
        }
        same_blobs("written", &memory, &expected)
    }

    fn packs(&self, read: &Read) -> Result<(), Failure> {
        let (form, buffers) = (&self.case.packed_form, &self.case.packed_buffers);
        if form.is_none() || buffers.is_none() {
            match read {
                Read::One(array) => packs_to_the_same(array)?,
                Read::Many(partitions) => partitions.iter().try_for_each(packs_to_the_same)?,
            }
        }
        if form.is_none() && buffers.is_none() {
            return Ok(());
        }
        let packed = read.whole()?.pack()?;
        let (found, memory) = self.written(&Read::One(packed), None)?;
        if let Some(form) = form {
            let found = found.to_json_value(Dialect::V2, false)?;
            if found != *form {
                return Err(fail(format!("packed, the form is {found}, not {form}")));
            }
        }
        match buffers {
            Some(buffers) => same_blobs("packed", &memory, &Case::blobs(buffers)?),
            None => Ok(()),
        }
    }

    /// Some rows, read on their own, are the same as those of the whole.
    fn reads_rows(&self, array: &Array) -> Result<(), Failure> {
        let length = u64::try_from(array.len())?;
        let (third, half) = (length / 3, length / 2);
        let mut ranges = vec![0..half, third..length - third, half..half];
        if let Length::Many(lengths) = &self.case.length {
            ranges.extend(across_borders(lengths));
        }
        for rows in ranges {
            let part = self
                .read_rows(rows.clone(), &self.blobs)
                .map_err(|error| fail(format!("rows {rows:?}: {error}")))?;
            let (start, end) = (usize::try_from(rows.start)?, usize::try_from(rows.end)?);
            self.agrees(&format!("rows {rows:?}"), &part, &array.slice(start..end)?)?;
        }
        Ok(())
    }

    fn big_endian(&self) -> Result<Blobs, Failure> {
        let mut swapped = self.blobs.clone();
        for (key, dtype) in &self.dtypes {
            if let Some(blob) = swapped.get_mut(key) {
                // What is left over behind the last whole element is not read.
                let whole = blob.len() - blob.len() % dtype.itemsize();
                *blob = blob.slice(0..whole)?.byte_swapped(*dtype)?;
            }
        }
        Ok(swapped)
    }

    fn at_odd_addresses(&self) -> Result<Blobs, Failure> {
        self.blobs
            .iter()
            .map(|(key, blob)| {
                let mut shifted = vec![0];
                shifted.extend_from_slice(blob.bytes()?);
                let odd = Buffer::copied_from(&shifted).slice(1..shifted.len())?;
                assert_eq!(odd.address() % 2, 1, "an odd address");
                Ok((key.clone(), odd))
            })
            .collect()
    }

    /// Each blob, one byte shorter than needed, is an error that names its key; so it is when all rows are asked
    /// for as a range, unless they do without that byte: then the value is the same.
    fn refuses_short_blobs(&self, array: &Array) -> Result<(), Failure> {
        let rows = 0..u64::try_from(array.len())?;
        let asked = Watched::new(&self.blobs);
        self.read_rows(rows.clone(), &asked)?;

        let mut blobs = self.blobs.clone();
        for key in self.dtypes.keys() {
            let Some(blob) = self.blobs.get(key).cloned() else {
                continue;
            };
            let needed = self.case.needed.get(key).copied().unwrap_or(blob.len());
            let Some(short) = needed.checked_sub(1) else {
                continue;
            };
            // No lists may be written without even one offset.
            if short == 0 {
                continue;
            }
            blobs.insert(key.clone(), blob.slice(0..short)?);
            refuses(
                key,
                &format!("{short} bytes"),
                self.read(&blobs, ByteOrder::Little),
            )?;
            let what = format!("{short} bytes, by rows");
            let part = self.read_rows(rows.clone(), &blobs);
            if asked.end(key) > u64::try_from(short)? {
                refuses(key, &what, part)?;
            } else {
                let part = part.map_err(|error| fail(format!("{key}, {what}: {error}")))?;
                self.agrees(&format!("{key}, {what}"), &part, array)?;
            }
            blobs.insert(key.clone(), blob);
        }
        Ok(())
    }
}

/// Whether what was read of a blob that is too short is an error that names its key.
fn refuses<T>(key: &str, what: &str, read: Result<T, Error>) -> Result<(), Failure> {
    match read {
        Ok(_) => Err(fail(format!("{key}: {what} are accepted"))),
        Err(Error::Array(ArrayError::Node { location, .. }))
            if location.key.as_deref() == Some(key) =>
        {
            Ok(())
        }
        Err(error) => Err(fail(format!("{key}, {what}: the error is {error}"))),
    }
}

/// The last row before each border between partitions and the first one behind it, with any empty partitions
/// between them.
fn across_borders(lengths: &[u64]) -> Vec<Range<u64>> {
    let mut borders = Vec::new();
    let mut rows = 0_u64;
    for length in lengths.iter().filter(|length| **length > 0) {
        if rows > 0 {
            borders.push(rows - 1..rows.saturating_add(1));
        }
        rows = rows.saturating_add(*length);
    }
    borders
}

fn packs_to_the_same(array: &Array) -> Result<(), Failure> {
    let packed = array.pack()?;
    if !packed.type_().is_equal_to(&array.type_(), true) {
        return Err(fail(format!(
            "packed, the type is {}, not {}",
            packed.type_(),
            array.type_()
        )));
    }
    if packed.equal_values(array, true)? {
        return Ok(());
    }
    Err(fail(format!("packed, {array} is {packed}")))
}

fn has_old_records(form: &Json) -> bool {
    match form {
        Json::Object(members) => {
            members.get("contents").is_some_and(Json::is_object)
                || (members.get("class").and_then(Json::as_str) == Some("RecordArray")
                    && !members.contains_key("fields"))
                || members.values().any(has_old_records)
        }
        Json::Array(items) => items.iter().any(has_old_records),
        _ => false,
    }
}

fn same_blobs(how: &str, found: &MemoryContainer, expected: &Blobs) -> Result<(), Failure> {
    for (key, blob) in expected {
        let Some(own) = found.get(key)? else {
            return Err(fail(format!("{how}: there is no {key}")));
        };
        if own != *blob {
            return Err(fail(format!(
                "{how}: {key} is {:?}, not {:?}",
                shown(&own),
                shown(blob)
            )));
        }
    }
    let keys = found.list("")?;
    match keys
        .into_iter()
        .find(|key| !expected.contains_key(key.as_str()))
    {
        Some(key) => Err(fail(format!("{how}: {key} is not expected"))),
        None => Ok(()),
    }
}

fn shown(blob: &Buffer) -> Vec<u8> {
    blob.bytes()
        .map(|bytes| bytes.iter().copied().take(64).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_are_crossed_once_each() {
        assert_eq!(across_borders(&[]), []);
        assert_eq!(across_borders(&[0, 3, 0]), []);
        assert_eq!(across_borders(&[2, 0, 0, 1, 0, 3]), [1..3, 2..4]);
    }

    #[test]
    fn only_errors_that_name_the_key_refuse() -> Result<(), Failure> {
        let json = r#"{"class": "NumpyArray", "primitive": "int16", "form_key": "a"}"#;
        let form = Form::from_json(json)?;
        let read = |blob: &[u8]| {
            let blobs = Blobs::from([("a-data".to_owned(), Buffer::copied_from(blob))]);
            FromBuffers::new(&form, 2).rows(0..2).read(&blobs)
        };
        assert!(refuses("a-data", "three", read(&[1, 0, 2])).is_ok());
        assert!(refuses("b-data", "three", read(&[1, 0, 2])).is_err());
        assert!(refuses("a-data", "four", read(&[1, 0, 2, 0])).is_err());
        Ok(())
    }

    #[test]
    fn how_far_a_blob_was_read_is_known() -> Result<(), Failure> {
        let blobs = Blobs::from([("a".to_owned(), Buffer::copied_from(&[1, 2, 3]))]);
        let watched = Watched::new(&blobs);
        watched.get_range("a", 0..2)?;
        watched.get_range("a", 1..1)?;
        assert_eq!((watched.end("a"), watched.end("b")), (2, 0));
        watched.get("a")?;
        assert_eq!(watched.end("a"), u64::MAX);
        Ok(())
    }
}
