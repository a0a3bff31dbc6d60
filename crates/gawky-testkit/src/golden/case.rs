//! One golden case.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gawky::{Buffer, KeyFormat};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// How deep the brackets of a case may nest: far deeper than any form or value that gawky reads, and no deeper
/// than the threads that check cases have stack for.
pub const MAX_NESTING: usize = 1000;

/// One golden case, as `tests/golden/README.md` describes it. Members that are not named there are ignored.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// What the case is called.
    pub name: String,
    /// The form, as the reference prints it.
    pub form: Box<RawValue>,
    /// The length, or those of the partitions.
    pub length: Length,
    /// The blobs, in base64.
    #[serde(default)]
    pub buffers: BTreeMap<String, String>,
    /// The type in datashape, where the case has it.
    #[serde(rename = "type")]
    pub datashape: Option<String>,
    /// The value, where the reference can say it.
    pub list: Option<Box<RawValue>>,
    /// `false` where the reference calls the layout invalid.
    pub valid: Option<bool>,
    /// How many bytes of a blob reading needs, where that is fewer than it has.
    #[serde(default)]
    pub needed: BTreeMap<String, usize>,
    /// The form of the packed array.
    pub packed_form: Option<Value>,
    /// The blobs of the packed array.
    pub packed_buffers: Option<BTreeMap<String, String>>,
    buffer_key: Option<String>,
    key_format: Option<String>,
    /// How nodes are named, where that is not `node{id}`.
    pub form_key: Option<String>,
    /// The number of the first node, where that is not 0.
    pub id_start: Option<u64>,
    /// The number of the first partition, where that is not 0.
    pub partition_start: Option<u64>,
}

/// The length of an array, or those of its partitions.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Length {
    /// One array.
    One(u64),
    /// Partitions.
    Many(Vec<u64>),
}

impl Case {
    /// Reads one line of a golden file.
    ///
    /// # Errors
    /// When it is no case, or nests more than [`MAX_NESTING`] deep.
    pub fn parse(line: &str) -> Result<Self, serde_json::Error> {
        let depth = nesting(line);
        if depth > MAX_NESTING {
            return Err(serde::de::Error::custom(format_args!(
                "the line nests {depth} brackets deep; {MAX_NESTING} is the most"
            )));
        }
        let mut json = serde_json::Deserializer::from_str(line);
        json.disable_recursion_limit();
        Self::deserialize(&mut json)
    }

    /// The template that names blobs, where the case has one.
    #[must_use]
    pub fn template(&self) -> Option<&str> {
        self.key_format.as_deref().or(self.buffer_key.as_deref())
    }

    /// How blobs are named: by the case's template, else by the default that fits the blobs it has.
    ///
    /// # Errors
    /// When the template is none.
    pub fn keys(&self, form: &gawky::Form) -> Result<KeyFormat, gawky::form::FormError> {
        if let Some(template) = self.template() {
            return KeyFormat::template(template);
        }
        let plain = form.expected_buffers(&KeyFormat::array(), None)?;
        let fits = matches!(self.length, Length::One(_))
            && plain
                .iter()
                .all(|expected| self.buffers.contains_key(&expected.key));
        Ok(if fits {
            KeyFormat::array()
        } else {
            KeyFormat::partitioned()
        })
    }

    /// The blobs, decoded.
    ///
    /// # Errors
    /// When one is no base64.
    pub fn blobs(
        buffers: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, Buffer>, base64::DecodeError> {
        buffers
            .iter()
            .map(|(key, text)| {
                Ok((
                    key.clone(),
                    Buffer::copied_from(&BASE64_STANDARD.decode(text)?),
                ))
            })
            .collect()
    }
}

/// How deep the brackets of a JSON text nest; where it is no JSON, at least as deep as a parser gets.
fn nesting(json: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => {
                // To the end of the string; what a backslash escapes does not end it.
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'"' => break,
                        b'\\' => drop(bytes.next()),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    deepest
}
