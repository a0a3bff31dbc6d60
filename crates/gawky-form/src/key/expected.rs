//! Naming the nodes of a form, and the blobs it expects.

use std::sync::Arc;

use gawky_buffer::{DType, Key};

use super::{FormKeyFormat, KeyFormat, KeyParts, NodePath};
use crate::{Attribute, Form, FormError};

/// A blob that reading a form needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedBuffer {
    /// Its name in the container.
    pub key: String,
    /// What it is to its node.
    pub attribute: Attribute,
    /// What its bytes mean.
    pub dtype: DType,
}

impl Form {
    /// This form with its nodes named, from `id_start`, depth first, parents before children, leaves and
    /// records included: Awkward's numbering.
    ///
    /// ```
    /// use gawky_buffer::{DType, Key};
    /// use gawky_form::{Form, FormKeyFormat, NumpyForm};
    /// let form = Form::from(NumpyForm::new(DType::Float64));
    /// let named = form.with_form_keys(&FormKeyFormat::default(), 0)?;
    /// assert_eq!(named.form_key(), Some("node0"));
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    ///
    /// # Errors
    /// [`FormError::NodeNumber`] when the numbers pass `u64::MAX`.
    pub fn with_form_keys(&self, format: &FormKeyFormat, id_start: u64) -> Result<Self, FormError> {
        self.clone().into_form_keys(format, id_start)
    }

    /// [`with_form_keys`](Self::with_form_keys) of a form that is not needed without them: subtrees that
    /// nobody else shares are named where they are.
    ///
    /// # Errors
    /// As for [`with_form_keys`](Self::with_form_keys).
    pub fn into_form_keys(
        mut self,
        format: &FormKeyFormat,
        id_start: u64,
    ) -> Result<Self, FormError> {
        let mut naming = Naming {
            format,
            next: Some(id_start),
            text: String::new(),
        };
        naming.name(&mut self)?;
        Ok(self)
    }

    /// This form with its nodes unnamed.
    #[must_use]
    pub fn without_form_keys(&self) -> Self {
        let mut plain = self.clone();
        plain.info_mut().form_key = None;
        for child in plain.children_mut() {
            *child = Arc::new(child.without_form_keys());
        }
        plain
    }

    /// Every blob that this form, once read, needs, in writing order: depth first, parents before children.
    ///
    /// # Errors
    /// [`FormError::NoFormKey`] when a node with buffers has no name; [`FormError::NoPartition`] when the keys
    /// ask for a partition and there is none.
    pub fn expected_buffers(
        &self,
        keys: &KeyFormat,
        partition: Option<u64>,
    ) -> Result<Vec<ExpectedBuffer>, FormError> {
        let mut expected = Vec::new();
        self.expect(keys, partition, &mut expected)?;
        Ok(expected)
    }

    fn expect(
        &self,
        keys: &KeyFormat,
        partition: Option<u64>,
        expected: &mut Vec<ExpectedBuffer>,
    ) -> Result<(), FormError> {
        for spec in &*self.buffers() {
            let form_key = self.form_key().ok_or_else(|| FormError::NoFormKey {
                path: NodePath::root(),
                class: self.class(),
            })?;
            expected.push(ExpectedBuffer {
                key: keys.key(&KeyParts {
                    partition,
                    form_key,
                    attribute: spec.attribute,
                })?,
                attribute: spec.attribute,
                dtype: spec.dtype,
            });
        }
        for (position, child) in self.children().iter().enumerate() {
            let found = child.expect(keys, partition, expected);
            // The way to an error is put together on the way back, so that it costs nothing otherwise.
            found.map_err(|error| match error {
                FormError::NoFormKey { mut path, class } => {
                    path.enclose(self, position);
                    FormError::NoFormKey { path, class }
                }
                other => other,
            })?;
        }
        Ok(())
    }
}

/// Names nodes, one after the other.
struct Naming<'a> {
    format: &'a FormKeyFormat,
    /// The number of the next node; `None` past the greatest.
    next: Option<u64>,
    text: String,
}

impl Naming<'_> {
    fn name(&mut self, form: &mut Form) -> Result<(), FormError> {
        let id = self.next.ok_or(FormError::NodeNumber)?;
        self.next = id.checked_add(1);
        self.text.clear();
        self.format.write(id, form, &mut self.text);
        form.info_mut().form_key = Some(Key::from(self.text.as_str()));
        form.children_mut()
            .iter_mut()
            .try_for_each(|child| self.name(Arc::make_mut(child)))
    }
}
