//! [`RecordArray`]: records (named fields) or tuples (unnamed ones).

use std::ops::Range;
use std::sync::Arc;

use gawky_buffer::Buffer;
use gawky_form::{Form, FormError, NodeInfo, Parameters, RecordForm};

use super::{ChildRows, as_rows};
use crate::{Array, ArrayError, Problem};

/// Records (named fields) or tuples (unnamed ones).
///
/// The length is kept, so that records without fields lose none; contents may be longer than it. They may lie at
/// different places, one on the host and one on a device: what needs only one of them works where that is.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordArray {
    pub(crate) fields: Option<Arc<[Arc<str>]>>,
    pub(crate) contents: Vec<Array>,
    pub(crate) length: usize,
    pub(crate) parameters: Parameters,
}

impl RecordArray {
    /// `length` records; tuples where `fields` is `None`.
    ///
    /// # Errors
    /// [`FormError::FieldCount`] when there are not as many names as contents,
    /// [`Problem::ContentTooShort`] when a content has fewer elements than there are records.
    pub fn try_new(
        fields: Option<Arc<[Arc<str>]>>,
        contents: Vec<Array>,
        length: usize,
        parameters: Parameters,
    ) -> Result<Self, ArrayError> {
        let at = |problem| ArrayError::of_node("RecordArray", None, problem);
        if let Some(fields) = &fields
            && fields.len() != contents.len()
        {
            return Err(at(Problem::Form(FormError::FieldCount {
                fields: fields.len(),
                contents: contents.len(),
            })));
        }
        if let Some(short) = contents.iter().find(|content| content.len() < length) {
            return Err(at(Problem::ContentTooShort {
                needed: as_rows(length),
                have: as_rows(short.len()),
            }));
        }
        Ok(Self {
            fields,
            contents,
            length,
            parameters,
        })
    }

    /// Records of these fields, as long as the shortest; of length 0 if there are none.
    #[must_use]
    pub fn from_fields<N: AsRef<str>>(fields: impl IntoIterator<Item = (N, Array)>) -> Self {
        let (names, contents): (Vec<Arc<str>>, Vec<Array>) = fields
            .into_iter()
            .map(|(name, content)| (Arc::from(name.as_ref()), content))
            .unzip();
        Self {
            fields: Some(names.into()),
            length: contents.iter().map(Array::len).min().unwrap_or(0),
            contents,
            parameters: Parameters::none(),
        }
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The names of the fields, in order; `None` for tuples.
    #[must_use]
    pub fn fields(&self) -> Option<&[Arc<str>]> {
        self.fields.as_deref()
    }

    /// Whether the fields are unnamed.
    #[must_use]
    pub fn is_tuple(&self) -> bool {
        self.fields.is_none()
    }

    /// The contents, in the order of the fields; each may be longer than the records.
    #[must_use]
    pub fn contents(&self) -> &[Array] {
        &self.contents
    }

    /// The metadata.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Which content `name` is: by name, or by number in tuples.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        match &self.fields {
            Some(fields) => fields.iter().position(|field| &**field == name),
            None => name
                .parse()
                .ok()
                .filter(|position| *position < self.contents.len()),
        }
    }

    /// The name of one field; its number in tuples.
    #[must_use]
    pub fn field_name(&self, position: usize) -> String {
        self.fields
            .as_ref()
            .and_then(|fields| fields.get(position))
            .map_or_else(|| position.to_string(), |name| name.to_string())
    }

    #[allow(
        clippy::expect_used,
        reason = "the constructors proved the very rules that the form's constructor checks"
    )]
    pub(crate) fn form(&self, contents: Arc<[Arc<Form>]>, info: NodeInfo) -> Form {
        RecordForm::try_new(self.fields.clone(), contents, info)
            .expect("as many fields as contents")
            .into()
    }

    pub(crate) fn with_contents(&self, contents: Vec<Array>, length: usize) -> Self {
        Self {
            fields: self.fields.clone(),
            contents,
            length,
            parameters: self.parameters.clone(),
        }
    }

    pub(crate) fn slice(&self, rows: Range<usize>) -> Result<Self, Problem> {
        let contents = self
            .contents
            .iter()
            .map(|content| content.slice_within(rows.clone()))
            .collect::<Result<_, _>>()?;
        Ok(self.with_contents(contents, rows.end - rows.start))
    }

    pub(crate) fn map_buffers<E>(
        &self,
        map: &mut dyn FnMut(&Buffer) -> Result<Buffer, E>,
    ) -> Result<Self, E> {
        let contents = self
            .contents
            .iter()
            .map(|content| content.map_buffers(map))
            .collect::<Result<_, _>>()?;
        Ok(self.with_contents(contents, self.length))
    }

    pub(crate) fn open(rows: &Range<u64>) -> ChildRows {
        ChildRows::Every(rows.clone().into())
    }

    pub(crate) fn assemble(form: &RecordForm, length: usize, contents: Vec<Array>) -> Self {
        Self {
            fields: form.fields().cloned(),
            contents,
            length,
            parameters: form.info.parameters.clone(),
        }
    }
}
