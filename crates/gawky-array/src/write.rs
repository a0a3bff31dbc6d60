//! [`Writing`]: the walk that takes an array apart into named blobs.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use gawky_buffer::{Blob, ByteOrder};
use gawky_form::{
    Attribute, Form, FormError, FormKeyFormat, KeyFormat, KeyParts, MAX_DEPTH, NodePath,
};

use crate::{Array, ArrayError};

/// How an array is taken apart.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WriteOptions {
    /// The order of the bytes within the elements of every blob.
    pub byteorder: ByteOrder,
    /// The partition that keys name.
    pub partition: Option<u64>,
    /// How nodes are named.
    pub form_key: FormKeyFormat,
    /// The number of the first node.
    pub id_start: u64,
    /// How blobs are named.
    pub keys: KeyFormat,
}

impl Default for WriteOptions {
    /// `node0`, `node1`, …; `{form_key}-{attribute}`; little-endian.
    fn default() -> Self {
        Self {
            byteorder: ByteOrder::default(),
            partition: None,
            form_key: FormKeyFormat::default(),
            id_start: 0,
            keys: KeyFormat::array(),
        }
    }
}

/// An array, taken apart.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Written {
    /// The form, with form keys.
    pub form: Form,
    /// How many rows there are.
    pub length: usize,
    /// The bytes and their keys, all different; parents before children.
    pub blobs: Vec<Blob>,
}

/// Takes arrays apart into named blobs; copies nothing but to change byte order or to shift bits.
#[derive(Clone, Debug, Default)]
pub struct Writing {
    options: WriteOptions,
}

impl Writing {
    /// A walk with these options.
    #[must_use]
    pub fn new(options: WriteOptions) -> Self {
        Self { options }
    }

    /// Takes one array apart.
    ///
    /// # Errors
    /// [`ArrayError::KeyCollision`] when two buffers would have one key, and [`ArrayError::TooDeep`] when the
    /// array nests so deep that it could not be read again; nothing has been written by then.
    pub fn write(&self, array: &Array) -> Result<Written, ArrayError> {
        let form = array
            .form()
            .into_form_keys(&self.options.form_key, self.options.id_start)?;
        let blobs = self.blobs(array, &form)?;
        Ok(Written {
            form,
            length: array.len(),
            blobs,
        })
    }

    /// The blobs of an array whose form, with form keys, is known already.
    ///
    /// # Errors
    /// As for [`write`](Self::write), and [`ArrayError::FormsDiffer`] when the array is of another form.
    pub fn blobs(&self, array: &Array, form: &Form) -> Result<Vec<Blob>, ArrayError> {
        let mut blobs = Vec::with_capacity(buffers_in(form, 1)?);
        self.walk(array, form, &mut String::new(), &mut blobs)?;
        // Seeded afresh, so that keys from outside cannot be chosen to collide in it.
        let mut seen = HashMap::with_capacity_and_hasher(blobs.len(), RandomState::default());
        for (position, blob) in blobs.iter().enumerate() {
            if let Some(first) = seen.insert(blob.key.as_str(), position) {
                return Err(collision(form, &blob.key, first, position));
            }
        }
        Ok(blobs)
    }

    /// Appends the blobs of one node and of those below it; `key` is room to write in.
    fn walk(
        &self,
        array: &Array,
        form: &Form,
        key: &mut String,
        blobs: &mut Vec<Blob>,
    ) -> Result<(), ArrayError> {
        let (specs, pieces) = (form.buffers(), array.pieces()?);
        if !array.is_laid_out_as(form) || array.children().len() != form.children().len() {
            return Err(ArrayError::FormsDiffer {
                first: Box::new(form.clone()),
                second: Box::new(array.form()),
            });
        }
        for (spec, piece) in specs.iter().zip(pieces) {
            self.write_key(form, spec.attribute, key)?;
            let bytes = if self.options.byteorder.is_native() {
                piece
            } else {
                piece.byte_swapped(spec.dtype)?
            };
            blobs.push(
                Blob::new(key.as_str(), spec.dtype, bytes).with_byteorder(self.options.byteorder),
            );
        }
        let children = array.children().iter().zip(form.children());
        for (position, (child, child_form)) in children.enumerate() {
            let walked = self.walk(child, child_form, key, blobs);
            // The way to an error is put together on the way back, so that it costs nothing otherwise.
            walked.map_err(|error| match error {
                ArrayError::Form(FormError::NoFormKey { mut path, class }) => {
                    path.enclose(form, position);
                    FormError::NoFormKey { path, class }.into()
                }
                other => other,
            })?;
        }
        Ok(())
    }

    /// Writes the key of one of a node's buffers over what is in `key`.
    fn write_key(
        &self,
        form: &Form,
        attribute: Attribute,
        key: &mut String,
    ) -> Result<(), ArrayError> {
        let Some(form_key) = form.form_key() else {
            return Err(FormError::NoFormKey {
                path: NodePath::root(),
                class: form.class(),
            }
            .into());
        };
        let parts = KeyParts {
            partition: self.options.partition,
            form_key,
            attribute,
        };
        key.clear();
        Ok(self.options.keys.write(&parts, key)?)
    }
}

/// How many buffers a form declares in all, which nests no deeper than it could be read again.
fn buffers_in(form: &Form, depth: usize) -> Result<usize, ArrayError> {
    if depth > MAX_DEPTH {
        return Err(ArrayError::TooDeep {
            depth,
            max: MAX_DEPTH,
        });
    }
    let mut count = form.buffer_count();
    for child in form.children() {
        count += buffers_in(child, depth + 1)?;
    }
    Ok(count)
}

/// The error for two buffers, counted in writing order, that have one key.
#[cold]
fn collision(form: &Form, key: &str, first: usize, second: usize) -> ArrayError {
    fn names(form: &Form, path: &mut NodePath, all: &mut Vec<String>) {
        for spec in &*form.buffers() {
            all.push(format!("{} of {path} ({})", spec.attribute, form.class()));
        }
        for (position, child) in form.children().iter().enumerate() {
            path.enter(form, position);
            names(child, path, all);
            path.leave(form);
        }
    }
    let mut all = Vec::new();
    names(form, &mut NodePath::root(), &mut all);
    let name = |position: usize| all.get(position).cloned().unwrap_or_default();
    ArrayError::KeyCollision {
        key: key.to_owned(),
        first: name(first),
        second: name(second),
    }
}
