//! [`Blobs`]: partitions as blobs, with form and length beside them.

use std::sync::Arc;

use gawky::prelude::*;
use gawky::store::{Blob, Key, Store};

use super::Written;
use crate::fault::Fault;
use crate::source::{FORM, LENGTH};

/// Blobs that are being written.
pub(super) struct Blobs {
    store: Arc<dyn Store>,
    keys: KeyFormat,
    /// That of the first partition, with form keys.
    form: Option<Form>,
    lengths: Vec<u64>,
    written: Written,
}

impl Blobs {
    /// None yet.
    pub(super) fn new(store: Arc<dyn Store>, keys: KeyFormat) -> Self {
        Self {
            store,
            keys,
            form: None,
            lengths: Vec::new(),
            written: Written::default(),
        }
    }

    /// How much has been written.
    pub(super) fn written(&self) -> Written {
        self.written
    }

    pub(super) fn put(&mut self, array: &Array) -> Result<(), Fault> {
        let mut packed = array.pack().map_err(Error::from)?;
        if let Some(form) = &self.form
            && !packed.is_of_form(form)
        {
            packed = packed.conform_to(form).map_err(Error::from)?;
        }
        let form = match &self.form {
            Some(form) => form.clone(),
            None => packed.form().into_form_keys(&FormKeyFormat::default(), 0)?,
        };
        // It may be there in part, even where it fails.
        self.lengths.push(packed.len() as u64);
        let number = self.lengths.len() as u64 - 1;
        ToBuffers::new(&packed)
            .form(self.form.insert(form))
            .keys(self.keys.clone())
            .partition_start(number)
            .write(&self.store)?;
        self.written.add(&packed);
        Ok(())
    }

    /// Puts form and length beside them, the form at last: without it nothing is read.
    pub(super) fn finish(&self, is_one: bool) -> Result<(), Fault> {
        let length = match (is_one, self.lengths.first()) {
            (true, Some(length)) => length.to_string(),
            _ => serde_json::to_string(&self.lengths)?,
        };
        let form = self.form.as_ref().map(Form::to_string).unwrap_or_default();
        for (key, text) in [(LENGTH, length), (FORM, form)] {
            let bytes = Buffer::copied_from(text.as_bytes());
            self.store.put(Blob::new(key, DType::UInt8, bytes))?;
        }
        Ok(())
    }

    /// Removes what there is of a copy that failed, as far as it can be.
    pub(super) fn take_back(&self) {
        let mut keys = vec![Key::from(FORM), Key::from(LENGTH)];
        if let Some(form) = &self.form {
            keys.extend(blobs_of(form, &self.keys, self.lengths.len() as u64));
        }
        let _ = self.store.delete_many(&keys);
    }
}

/// The keys of the blobs of so many partitions.
fn blobs_of(form: &Form, keys: &KeyFormat, partitions: u64) -> Vec<Key> {
    let of_one = |partition| {
        let partition = keys.has_partition().then_some(partition);
        form.expected_buffers(keys, partition).unwrap_or_default()
    };
    let all = (0..partitions).flat_map(of_one);
    all.map(|blob| Key::from(blob.key)).collect()
}
