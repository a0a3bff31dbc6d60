//! [`RecordForm`]: records (named fields) or tuples (unnamed ones).

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::{Form, FormError, NodeInfo};

/// Records (named fields) or tuples (unnamed ones); no buffers.
///
/// Two fields may have one name; looking the name up finds the first.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordForm {
    fields: Option<Arc<[Arc<str>]>>,
    contents: Arc<[Arc<Form>]>,
    /// Parameters and form key.
    pub info: NodeInfo,
}

impl RecordForm {
    /// A record, or a tuple where `fields` is `None`.
    ///
    /// # Errors
    /// [`FormError::FieldCount`] when there are not as many names as contents.
    pub fn try_new(
        fields: Option<Arc<[Arc<str>]>>,
        contents: Arc<[Arc<Form>]>,
        info: NodeInfo,
    ) -> Result<Self, FormError> {
        match &fields {
            Some(fields) if fields.len() != contents.len() => Err(FormError::FieldCount {
                fields: fields.len(),
                contents: contents.len(),
            }),
            _ => Ok(Self {
                fields,
                contents,
                info,
            }),
        }
    }

    /// The names of the fields, in order; `None` for a tuple.
    #[must_use]
    pub fn fields(&self) -> Option<&Arc<[Arc<str>]>> {
        self.fields.as_ref()
    }

    /// The contents, in order.
    #[must_use]
    pub fn contents(&self) -> &Arc<[Arc<Form>]> {
        &self.contents
    }

    /// Whether the fields are unnamed.
    #[must_use]
    pub fn is_tuple(&self) -> bool {
        self.fields.is_none()
    }

    /// Which content `name` is: by name, or by number in a tuple.
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

    /// Where each field of this record is among the `contents` fields of another, by name (the second of one name
    /// is the second there); of tuples, by number. `None` where there is no such field, or only one of both is a
    /// tuple, of which `fields` are `None`.
    #[must_use]
    pub fn places_among(&self, fields: Option<&[Arc<str>]>, contents: usize) -> Vec<Option<usize>> {
        let own = self.contents.len();
        match (self.fields.as_deref(), fields) {
            (Some(names), Some(others)) => places_by_name(names, others),
            (None, None) => (0..own)
                .map(|slot| (slot < contents).then_some(slot))
                .collect(),
            _ => vec![None; own],
        }
    }

    /// The contents, to be changed; their number stays.
    pub(super) fn contents_mut(&mut self) -> &mut [Arc<Form>] {
        Arc::make_mut(&mut self.contents)
    }

    /// This record with only these fields, each by its position and its new content.
    pub(crate) fn with_kept(&self, kept: Vec<(usize, Arc<Form>)>) -> Self {
        let fields = self.fields.as_ref().map(|fields| {
            let names = kept
                .iter()
                .filter_map(|(position, _)| fields.get(*position));
            names.cloned().collect()
        });
        Self {
            fields,
            contents: kept.into_iter().map(|(_, content)| content).collect(),
            info: self.info.clone(),
        }
    }
}

/// Where each of `names` is among `others`, the second of one name being the second there.
fn places_by_name(names: &[Arc<str>], others: &[Arc<str>]) -> Vec<Option<usize>> {
    if names == others {
        return (0..names.len()).map(Some).collect();
    }
    let mut places: HashMap<&str, VecDeque<usize>> = HashMap::with_capacity(others.len());
    for (place, name) in others.iter().enumerate() {
        places.entry(name).or_default().push_back(place);
    }
    names
        .iter()
        .map(|name| places.get_mut(&**name)?.pop_front())
        .collect()
}
