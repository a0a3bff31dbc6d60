//! Naming the nodes of a form, and the blobs it expects.

use std::sync::Arc;

use gawky_buffer::{DType, Key};

use super::{FormKeyFormat, KeyFormat, KeyParts, NodePath};
use crate::{Attribute, Extent, Form, FormError};

/// A blob that reading a form needs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExpectedBuffer {
    /// Its name in the container.
    pub key: String,
    /// Where the node is that it is for.
    pub path: NodePath,
    /// The node's name.
    pub form_key: Key,
    /// What it is to its node.
    pub attribute: Attribute,
    /// What its bytes mean.
    pub dtype: DType,
    /// How many elements it has for the rows of its node.
    pub extent: Extent,
    /// How many rows its node has for each row of the array; `None` where data says that.
    pub repeat: Option<u64>,
}

impl ExpectedBuffer {
    /// How many bytes it has for an array of `length` rows; `None` where data says that, or the numbers overflow.
    ///
    /// ```
    /// use gawky_form::{Form, FormKeyFormat, KeyFormat};
    /// let form = Form::from_type(&"{a: 3 * int16, b: var * float32}".parse()?)?
    ///     .with_form_keys(&FormKeyFormat::default(), 0)?;
    /// let expected = form.expected_buffers(&KeyFormat::array(), None)?;
    /// let bytes: Vec<_> = expected.iter().map(|buffer| buffer.bytes(10)).collect();
    /// assert_eq!(bytes, [Some(60), Some(88), None]);
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    #[must_use]
    pub fn bytes(&self, length: u64) -> Option<u64> {
        let rows = length.checked_mul(self.repeat?)?;
        let elements = self.extent.elements(0..rows)?;
        let itemsize = u64::try_from(self.dtype.itemsize()).ok()?;
        elements.end.checked_mul(itemsize)
    }
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
        let mut expecting = Expecting {
            keys,
            partition,
            path: NodePath::root(),
            expected: Vec::new(),
        };
        expecting.node(self, Some(1))?;
        Ok(expecting.expected)
    }
}

/// Collects the buffers of nodes, one after the other.
struct Expecting<'a> {
    keys: &'a KeyFormat,
    partition: Option<u64>,
    /// Of the node that is looked at.
    path: NodePath,
    expected: Vec<ExpectedBuffer>,
}

impl Expecting<'_> {
    fn node(&mut self, form: &Form, repeat: Option<u64>) -> Result<(), FormError> {
        for spec in &*form.buffers() {
            let form_key = form.form_key().ok_or_else(|| FormError::NoFormKey {
                path: self.path.clone(),
                class: form.class(),
            })?;
            self.expected.push(ExpectedBuffer {
                key: self.keys.key(&KeyParts {
                    partition: self.partition,
                    form_key,
                    attribute: spec.attribute,
                })?,
                path: self.path.clone(),
                form_key: Key::from(form_key),
                attribute: spec.attribute,
                dtype: spec.dtype,
                extent: spec.extent,
                repeat,
            });
        }
        let below = repeat
            .zip(form.rows_of_contents())
            .and_then(|(rows, each)| rows.checked_mul(each));
        for (position, child) in form.children().iter().enumerate() {
            self.path.enter(form, position);
            self.node(child, below)?;
            self.path.leave(form);
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
