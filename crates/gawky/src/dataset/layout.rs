//! [`Layout`]: how partitions lie in their container.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use gawky_array::{Array, WriteOptions, Writing};
use gawky_buffer::{Attribute, Blob, Buffer, ByteOrder};
use gawky_form::{Dialect, EmptyForm, Form, FormKeyFormat, KeyFormat, KeyParts};
#[cfg(feature = "safetensors")]
use gawky_store::safetensors::SafeTensorsWriter;
use gawky_store::{ContainerWrite, key};

use super::checksums::CHECKSUMS;
use super::claims::CLAIMS;
use super::column::ASIDE;
use super::fault::DatasetFault;
use super::history::VERSIONS;
use super::manifest::MANIFEST;
use crate::Error;

/// In what the buffers of a partition lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Packing {
    /// Each in a blob of its own, called as Awkward 1 calls them: `part0-node1-offsets`.
    #[default]
    Blobs,
    /// All of a partition in one file, as `ak.to_safetensors` writes it: `part0.safetensors`.
    Safetensors,
}

/// What stands between the file and the tensor in the keys of [`Packing::Safetensors`].
const FILE_END: &str = ".safetensors/";

impl Packing {
    /// As the manifest calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Blobs => "blobs",
            Self::Safetensors => "safetensors",
        }
    }

    pub(super) fn by_name(name: &str) -> Option<Self> {
        [Self::Blobs, Self::Safetensors]
            .into_iter()
            .find(|packing| packing.name() == name)
    }

    /// How keys are made unless it is said otherwise.
    pub(super) fn template(self) -> &'static str {
        match self {
            Self::Blobs => "part{partition}-{form_key}-{attribute}",
            Self::Safetensors => "part{partition}.safetensors/{form_key}-{attribute}",
        }
    }
}

/// The first segments of the keys that are the dataset's own.
const OWN: [&str; 5] = [CHECKSUMS, CLAIMS, VERSIONS, ASIDE, MANIFEST];

/// Whether a form key is of letters, digits, `-` and `_` alone.
fn is_plain(form_key: &str) -> bool {
    // Without a branch, so that it compiles to vector instructions.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() | (byte == b'-') | (byte == b'_');
    !form_key.is_empty() && form_key.bytes().fold(true, |all, byte| all & plain(byte))
}

/// How partitions lie in their container: of which form they are, and what their buffers are called.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// With form keys.
    pub(super) form: Form,
    pub(super) keys: KeyFormat,
    pub(super) packing: Packing,
    pub(super) byteorder: ByteOrder,
    /// Whether each partition has a blob of its checksums.
    pub(super) checksums: bool,
    /// What [`form_json`](Self::form_json) answers, once it has been asked.
    form_json: OnceLock<String>,
}

impl Layout {
    /// A layout whose keys are keys, and lie where nothing else does; an error says what is wrong.
    pub(super) fn try_new(
        form: Form,
        keys: KeyFormat,
        packing: Packing,
        byteorder: ByteOrder,
    ) -> Result<Self, String> {
        let layout = Self {
            form,
            keys,
            packing,
            byteorder,
            checksums: false,
            form_json: OnceLock::new(),
        };
        if layout.packing == Packing::Safetensors {
            if layout.file_and_tensor().is_none() {
                return Err(format!(
                    "{:?} names no file and no tensor in it: put {FILE_END:?} between the two",
                    layout.template()
                ));
            }
            if byteorder == ByteOrder::Big {
                return Err(
                    "safetensors files are little-endian: leave the byte order as it is, or pack \
                            into blobs"
                        .to_owned(),
                );
            }
        }
        let plain_will_do = layout.plain_form_keys_will_do();
        layout.check_keys(&layout.form, plain_will_do, &mut String::new())?;
        Ok(layout)
    }

    /// Checks the keys of a part of the form; `text` is room for them. Where plain form keys make no wrong ones
    /// ([`plain_form_keys_will_do`](Self::plain_form_keys_will_do)), those of such nodes are not made.
    fn check_keys(
        &self,
        form: &Form,
        plain_will_do: bool,
        text: &mut String,
    ) -> Result<(), String> {
        if !(plain_will_do && form.form_key().is_some_and(is_plain)) {
            let partition = self.keys.has_partition().then_some(0);
            for spec in &*form.buffers() {
                let Some(form_key) = form.form_key() else {
                    // It knows where in the form that is.
                    let expected = self.form.expected_buffers(&self.keys, partition);
                    return expected.map(drop).map_err(|error| error.to_string());
                };
                self.check_key(form_key, spec.attribute, text)?;
            }
        }
        let children = form.children();
        children
            .iter()
            .try_for_each(|child| self.check_keys(child, plain_will_do, text))
    }

    /// Checks the key of one buffer.
    fn check_key(
        &self,
        form_key: &str,
        attribute: Attribute,
        text: &mut String,
    ) -> Result<(), String> {
        let parts = KeyParts {
            partition: self.keys.has_partition().then_some(0),
            form_key,
            attribute,
        };
        text.clear();
        let written = self.keys.write(&parts, text);
        written.map_err(|error| error.to_string())?;
        key::validate(text).map_err(|error| error.to_string())?;
        let folder = text.split('/').next().unwrap_or_default();
        if OWN.contains(&folder) {
            return Err(format!(
                "{text:?} lies where the dataset keeps its own: choose another key format"
            ));
        }
        Ok(())
    }

    /// Whether every plain form key makes keys that are right, as all usual templates do: then a form of thousands of nodes is
    /// checked without making their keys.
    ///
    /// What is plain breaks no rule of keys wherever the shortest, a letter, breaks none. And it makes no name of the dataset's
    /// own where the first segment is the same for all, or has a hyphen, which none of those names has.
    fn plain_form_keys_will_do(&self) -> bool {
        let Some(template) = self.keys.as_template() else {
            return false;
        };
        // What comes out below, which is most of what it takes to check few columns.
        if template == self.packing.template() {
            return true;
        }
        let first = template.split('/').next().unwrap_or_default();
        let is_own_never = first.contains('-') || !first.contains("{form_key}");
        is_own_never
            && Attribute::ALL
                .into_iter()
                .all(|attribute| self.check_key("x", attribute, &mut String::new()).is_ok())
    }

    /// A layout of another form, of which the nodes without names are given such.
    pub(super) fn with_form(&self, form: Form) -> Result<Self, Error> {
        let form = form.with_missing_form_keys();
        Self::try_new(form, self.keys.clone(), self.packing, self.byteorder)
            .map(|layout| layout.with_checksums(self.checksums))
            .map_err(|problem| DatasetFault::Options { problem }.of(MANIFEST))
    }

    /// The same, with or without checksums.
    pub(super) fn with_checksums(self, checksums: bool) -> Self {
        Self { checksums, ..self }
    }

    /// This layout, with what another knows in the place of what it does not.
    pub(super) fn learning(self: &Arc<Self>, other: &Self) -> Result<Arc<Self>, Error> {
        let mut form = self.form.clone();
        match form.learn(&other.form.without_form_keys()) {
            true => self.with_form(form).map(Arc::new),
            false => Ok(Arc::clone(self)),
        }
    }

    pub(super) fn template(&self) -> &str {
        self.keys.as_template().unwrap_or_default()
    }

    /// The form as JSON, which is made once, however many manifests and files it goes into. Tersely, as nearly all of it would be
    /// members that say nothing: opening a dataset reads it all.
    pub(super) fn form_json(&self) -> Result<&str, Error> {
        if let Some(json) = self.form_json.get() {
            return Ok(json);
        }
        let json = self.form.to_json(Dialect::V2, false)?;
        Ok(self.form_json.get_or_init(|| json))
    }

    /// Whether nothing is known of the rows.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self.form, Form::Empty(_))
    }

    /// The form of rows of which nothing is known.
    pub(super) fn unknown_form() -> Result<Form, Error> {
        let unknown = Form::from(EmptyForm::default());
        Ok(unknown.into_form_keys(&FormKeyFormat::default(), 0)?)
    }

    /// Whether what is written by one reads by the other, and is proved by it.
    pub(super) fn reads_as(&self, other: &Self) -> bool {
        self.form == other.form
            && self.template() == other.template()
            && self.packing == other.packing
            && self.byteorder == other.byteorder
            && self.checksums == other.checksums
    }

    /// Whether what is written by `other` reads by this one: they are the same, or this one knows what is unknown there, of
    /// which there are no rows then.
    pub(super) fn reads(&self, other: &Self) -> bool {
        let reads = |form: &Form| {
            let mut learning = form.clone();
            form == &self.form || learning.learn(&self.form) && learning == self.form
        };
        self.template() == other.template()
            && self.packing == other.packing
            && self.byteorder == other.byteorder
            && self.checksums == other.checksums
            && reads(&other.form)
    }

    /// The templates of the file and of the tensor, where there are files.
    fn file_and_tensor(&self) -> Option<(&str, &str)> {
        let template = self.template();
        let (file, tensor) = template.split_once(FILE_END)?;
        let file = template.get(..file.len() + FILE_END.len() - 1)?;
        Some((file, tensor))
    }

    /// The file of a partition, and the keys within.
    fn file(&self, id: u64) -> Result<(String, KeyFormat), Error> {
        let (file, tensor) = self.file_and_tensor().unwrap_or_default();
        let parts = KeyParts {
            partition: Some(id),
            form_key: "",
            attribute: Attribute::Data,
        };
        let file = KeyFormat::template(file)?.key(&parts)?;
        Ok((file, KeyFormat::template(tensor)?))
    }

    /// The keys of a partition: of its blobs, or of its file.
    pub(super) fn keys_of(&self, id: u64) -> Result<Vec<String>, Error> {
        if self.packing == Packing::Safetensors {
            return Ok(vec![self.file(id)?.0]);
        }
        let partition = self.keys.has_partition().then_some(id);
        let expected = self.form.expected_buffers(&self.keys, partition)?;
        Ok(expected.into_iter().map(|blob| blob.key).collect())
    }

    /// The keys that blobs of such nodes have in a partition, whatever they are; none where there are files.
    pub(super) fn keys_of_nodes(
        &self,
        id: u64,
        nodes: &BTreeSet<String>,
    ) -> Result<Vec<String>, Error> {
        let mut keys = Vec::new();
        if self.packing == Packing::Safetensors {
            return Ok(keys);
        }
        for form_key in nodes {
            for attribute in Attribute::ALL {
                keys.push(self.keys.key(&KeyParts {
                    partition: Some(id),
                    form_key,
                    attribute,
                })?);
            }
        }
        Ok(keys)
    }

    /// Writes an array of this very form as the partition called `id`.
    pub(super) fn write<C: ContainerWrite + ?Sized>(
        &self,
        container: &C,
        id: u64,
        array: &Array,
    ) -> Result<(), Error> {
        let (file, keys) = match self.packing {
            Packing::Blobs => (None, self.keys.clone()),
            Packing::Safetensors => {
                let (file, tensors) = self.file(id)?;
                (Some(file), tensors)
            }
        };
        let mut options = WriteOptions::default();
        options.byteorder = self.byteorder;
        options.partition = keys.has_partition().then_some(id);
        options.keys = keys;
        let mut blobs = Writing::new(options).blobs(array, &self.form)?;
        let pieces = match &file {
            None => Vec::new(),
            Some(file) => self.file_pieces(file, blobs.clone(), array.len())?,
        };
        let header = file.as_deref().zip(pieces.first());
        let checksums = match self.checksums {
            true => Some(super::checksums::of_partition(id, &blobs, header)?),
            false => None,
        };
        if let Some(file) = file {
            blobs.clear();
            container.put_pieces(file.into(), &pieces)?;
        }
        blobs.extend(checksums);
        Ok(container.put_many(blobs)?)
    }

    /// The tensors of a partition as its file: pieces, of which the first is all that comes before the tensors.
    #[cfg(feature = "safetensors")]
    fn file_pieces(
        &self,
        file: &str,
        tensors: Vec<Blob>,
        length: usize,
    ) -> Result<Vec<Buffer>, Error> {
        let writer = SafeTensorsWriter::new();
        writer.put_many(tensors)?;
        let writer = crate::safetensors::telling(writer, self.form_json()?, length);
        Ok(writer.into_pieces(file)?)
    }

    #[cfg(not(feature = "safetensors"))]
    #[allow(clippy::unused_self, reason = "the same as with the feature")]
    fn file_pieces(
        &self,
        _file: &str,
        _tensors: Vec<Blob>,
        _length: usize,
    ) -> Result<Vec<Buffer>, Error> {
        Err(DatasetFault::Options {
            problem: "its partitions are safetensors files, and this gawky was built without the feature safetensors"
                .to_owned(),
        }
        .of(MANIFEST))
    }
}
