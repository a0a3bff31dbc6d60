//! Fields: one column of records, wherever they are nested.

use std::sync::Arc;

use gawky_form::Parameters;

use crate::node::{ListArray, ListOffsetArray, RecordArray, RegularArray};
use crate::{Array, ArrayError, simplify};

impl Array {
    /// One field of the records in this array, through whatever lists, options and unions they are nested in;
    /// a dotted path goes on into the records of that field.
    ///
    /// A field whose own name has dots is found first. Metadata of lists and options around the records is
    /// dropped, as in Awkward's `array["field"]`.
    ///
    /// ```
    /// use gawky_array::{Array, NumpyArray, RecordArray};
    /// let pt = Array::from(NumpyArray::from_vec(vec![50.2_f32, 22.0]));
    /// let muons = Array::from(RecordArray::from_fields([("pt", pt)]));
    /// let events = Array::from(RecordArray::from_fields([("muon", muons)]));
    /// assert_eq!(events.field("muon.pt")?.to_string(), "<Array [50.2, 22.0] type='2 * float32'>");
    /// # Ok::<(), gawky_array::ArrayError>(())
    /// ```
    ///
    /// # Errors
    /// [`ArrayError::NoSuchField`], listing those that are there;
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where an array on a device has unions around the field, whose contents
    /// may have to become one, or options around an option, and the device computes nothing by itself.
    pub fn field(&self, path: &str) -> Result<Self, ArrayError> {
        match self.single_field(path) {
            Ok(found) => Ok(found),
            Err(missing) => {
                let Some((head, tail)) = path.split_once('.') else {
                    return Err(missing);
                };
                self.single_field(head)?
                    .field(tail)
                    .map_err(|error| error.below(head))
            }
        }
    }

    fn single_field(&self, name: &str) -> Result<Self, ArrayError> {
        let none = || ArrayError::NoSuchField {
            field: name.to_owned(),
            path: String::new(),
            fields: self.field_names(),
        };
        let problem = |problem| ArrayError::of_node(self.class(), None, problem);
        let plain = Parameters::none();
        Ok(match self {
            Self::Empty(_) | Self::Numpy(_) => return Err(none()),
            Self::Record(array) => column(array, name).ok_or_else(none)?,
            Self::Regular(array) => RegularArray {
                content: Arc::new(array.content.single_field(name)?),
                parameters: plain,
                ..array.clone()
            }
            .into(),
            Self::List(array) => ListArray {
                content: Arc::new(array.content.single_field(name)?),
                parameters: plain,
                ..array.clone()
            }
            .into(),
            Self::ListOffset(array) => ListOffsetArray {
                content: Arc::new(array.content.single_field(name)?),
                parameters: plain,
                ..array.clone()
            }
            .into(),
            Self::Indexed(array) => {
                let content = array.content.single_field(name)?;
                simplify::indexed(&array.index, content, &plain).map_err(problem)?
            }
            Self::IndexedOption(array) => {
                let content = array.content.single_field(name)?;
                simplify::indexed_option(&array.index, content, &plain).map_err(problem)?
            }
            Self::ByteMasked(array) => {
                let content = array.content.single_field(name)?;
                let mask = array.mask.clone();
                simplify::byte_masked(mask, content, array.valid_when, &plain).map_err(problem)?
            }
            Self::BitMasked(array) => {
                let content = array.content.single_field(name)?;
                simplify::bit_masked(array, content, &plain).map_err(problem)?
            }
            Self::Unmasked(array) => {
                simplify::unmasked(array.content.single_field(name)?, &plain).map_err(problem)?
            }
            Self::Union(array) => {
                let contents = array
                    .contents
                    .iter()
                    .map(|content| content.single_field(name))
                    .collect::<Result<Vec<_>, _>>()?;
                let tags = array.tags.bytes()?;
                let index = array.index.to_i64()?;
                simplify::union(tags, &index, contents, &plain).map_err(problem)?
            }
        })
    }

    /// The names of the fields of the outermost records; of a union, those of its first content.
    #[must_use]
    pub fn field_names(&self) -> Vec<String> {
        match self {
            Self::Record(array) => (0..array.contents.len())
                .map(|position| array.field_name(position))
                .collect(),
            _ => self
                .children()
                .first()
                .map(Self::field_names)
                .unwrap_or_default(),
        }
    }
}

fn column(array: &RecordArray, name: &str) -> Option<Array> {
    array
        .contents
        .get(array.position(name)?)?
        .slice_within(0..array.length)
        .ok()
}

impl ArrayError {
    /// This error, found while looking below the field `head`.
    pub(crate) fn below(mut self, head: &str) -> Self {
        if let Self::NoSuchField { path, .. } | Self::NoSuchAxis { path, .. } = &mut self {
            *path = if path.is_empty() {
                head.to_owned()
            } else {
                format!("{head}.{path}")
            };
        }
        self
    }
}
