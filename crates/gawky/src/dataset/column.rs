//! [`Column`]: a number for each partition, of which a beginning may lie in a blob of its own.

use std::sync::Arc;

use gawky_buffer::{Blob, Buffer, DType, Fetch, Key};
use gawky_form::{Attribute, Dialect, Form, KeyFormat, KeyParts, NumpyForm};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Error;

/// How many numbers stand in a manifest itself; what is more moves to a blob.
pub(super) const INLINE: usize = 10_000;

/// The folder of such blobs.
pub(super) const ASIDE: &str = "aside";

/// A number for each partition.
///
/// Beyond [`INLINE`] of them a beginning lies in a blob of little-endian `int64`, itself an array of gawky's and of
/// Awkward's: the manifest has its form, whose form key names the blob, its length, and under `rest` the numbers that
/// have come since. So that an append rewrites neither the blob nor much of the manifest, the blob is written anew only
/// when the rest has grown beyond [`INLINE`], too.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Column {
    numbers: Arc<Vec<u64>>,
    aside: Option<Aside>,
}

/// A beginning that lies in a blob.
#[derive(Clone, Debug, PartialEq)]
struct Aside {
    form_key: Key,
    count: usize,
}

impl Column {
    pub(super) fn new(numbers: Vec<u64>) -> Self {
        Self {
            numbers: Arc::new(numbers),
            aside: None,
        }
    }

    pub(super) fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    /// With these numbers behind; what lies in a blob stays there.
    pub(super) fn followed_by(&self, more: &[u64]) -> Self {
        let mut numbers = Vec::with_capacity(self.numbers.len() + more.len());
        numbers.extend_from_slice(&self.numbers);
        numbers.extend_from_slice(more);
        Self {
            numbers: Arc::new(numbers),
            aside: self.aside.clone(),
        }
    }

    /// The first `count`.
    pub(super) fn prefix(&self, count: usize) -> Self {
        let numbers = self.numbers.get(..count).unwrap_or(&self.numbers);
        Self {
            numbers: Arc::new(numbers.to_vec()),
            aside: self.aside.clone().filter(|aside| aside.count <= count),
        }
    }

    /// The key of the blob that a beginning lies in.
    pub(super) fn aside_key(&self) -> Option<String> {
        Some(blob_key(&self.aside.as_ref()?.form_key))
    }

    /// As JSON; and the blob to be written before, where there has to be a new one. It is called by `name`, which
    /// nobody else may use.
    pub(super) fn encode(&mut self, name: &str) -> Result<(String, Option<Blob>), Error> {
        let count = self.aside.as_ref().map_or(0, |aside| aside.count);
        let mut blob = None;
        if self.numbers.len().saturating_sub(count) > INLINE {
            let aside = Aside {
                form_key: format!("{ASIDE}/{name}").into(),
                count: self.numbers.len(),
            };
            let bytes: Vec<u8> = self
                .numbers
                .iter()
                .flat_map(|number| number.to_le_bytes())
                .collect();
            let key = blob_key(&aside.form_key);
            blob = Some(Blob::new(key, DType::Int64, Buffer::from_vec(bytes)));
            self.aside = Some(aside);
        }
        let json = match &self.aside {
            None => list(&self.numbers),
            Some(Aside { form_key, count }) => {
                let mut form = Form::from(NumpyForm::new(DType::Int64));
                form.info_mut().form_key = Some(form_key.as_str().into());
                let form = form.to_json(Dialect::V2, false)?;
                let rest = list(self.numbers.get(*count..).unwrap_or_default());
                format!("{{\"form\": {form}, \"length\": {count}, \"rest\": {rest}}}")
            }
        };
        Ok((json, blob))
    }
}

fn list(numbers: &[u64]) -> String {
    let mut text = "[".to_owned();
    for (position, number) in numbers.iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
        text.push_str(&number.to_string());
    }
    text.push(']');
    text
}

/// The key of the only blob of an array of numbers whose node has this form key.
fn blob_key(form_key: &str) -> String {
    let parts = KeyParts {
        partition: None,
        form_key,
        attribute: Attribute::Data,
    };
    // The format has no partition, which is all that could go wrong.
    KeyFormat::array().key(&parts).unwrap_or_default()
}

/// A column of which the blob, if there is one, has yet to be read.
#[derive(Debug)]
pub(super) struct DraftColumn {
    aside: Option<Aside>,
    rest: Vec<u64>,
}

#[derive(Deserialize)]
struct AsideJson<'a> {
    #[serde(borrow)]
    form: &'a RawValue,
    length: usize,
    rest: Vec<u64>,
}

impl DraftColumn {
    /// Reads it; an error says what is wrong.
    pub(super) fn parse(json: &RawValue) -> Result<Self, String> {
        if !json.get().starts_with('{') {
            let rest = serde_json::from_str(json.get()).map_err(|error| error.to_string())?;
            return Ok(Self { aside: None, rest });
        }
        let aside: AsideJson<'_> =
            serde_json::from_str(json.get()).map_err(|error| error.to_string())?;
        let form = Form::from_json(aside.form.get()).map_err(|error| error.to_string())?;
        let form_key = match (&form, form.form_key()) {
            (Form::Numpy(numpy), Some(form_key))
                if numpy.dtype == DType::Int64 && numpy.inner_shape.is_empty() =>
            {
                Key::from(form_key)
            }
            _ => {
                return Err(
                    "its form is not that of a NumpyArray of int64 with a form key".to_owned(),
                );
            }
        };
        gawky_store::key::validate(&blob_key(&form_key)).map_err(|error| error.to_string())?;
        Ok(Self {
            aside: Some(Aside {
                form_key,
                count: aside.length,
            }),
            rest: aside.rest,
        })
    }

    /// The blob that is needed, if any.
    pub(super) fn fetch(&self) -> Option<Fetch> {
        let aside = self.aside.as_ref()?;
        Some(Fetch::whole(blob_key(&aside.form_key), DType::Int64))
    }

    /// With the blob that was asked for; an error says what is wrong.
    pub(super) fn finish(self, blob: Option<&Buffer>) -> Result<Column, String> {
        let Some(aside) = self.aside else {
            return Ok(Column::new(self.rest));
        };
        let key = blob_key(&aside.form_key);
        let Some(blob) = blob else {
            return Err(format!("their blob {key:?} is missing"));
        };
        let bytes = blob
            .bytes()
            .map_err(|error| format!("their blob {key:?}: {error}"))?;
        let have = bytes.len() / size_of::<i64>();
        if have < aside.count {
            return Err(format!(
                "their blob {key:?} has {have} numbers, and {} are needed",
                aside.count
            ));
        }
        let (numbers, _) = bytes.as_chunks::<{ size_of::<i64>() }>();
        let mut numbers = numbers
            .iter()
            .take(aside.count)
            .map(|number| u64::try_from(i64::from_le_bytes(*number)))
            .collect::<Result<Vec<u64>, _>>()
            .map_err(|_| format!("their blob {key:?} has a negative number"))?;
        numbers.extend_from_slice(&self.rest);
        Ok(Column {
            numbers: Arc::new(numbers),
            aside: Some(aside),
        })
    }
}
