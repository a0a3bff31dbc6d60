//! [`FormDifference`]: where two forms differ, and how.

use std::fmt;

use crate::{Form, NodePath, Parameters};

/// One thing in which two forms differ, at one node.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormDifference {
    /// The node.
    pub path: NodePath,
    /// What it is in the one form: `NumpyArray (float32)`; `nothing` where there is no such node.
    pub here: String,
    /// What it is in the other.
    pub there: String,
}

impl fmt::Display for FormDifference {
    /// `muon.pt: NumpyArray (float32) here, NumpyArray (float64) there`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} here, {} there", self.path, self.here, self.there)
    }
}

/// All in which two forms differ, in the order of the first; the first hundred are kept, the others counted.
///
/// Prints one difference a line, twenty at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormDifferences {
    kept: Vec<FormDifference>,
    total: usize,
}

impl FormDifferences {
    /// How many differences are kept.
    pub const MAX_KEPT: usize = 100;

    const LINES: usize = 20;

    /// How many there are, those included that are not kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.total
    }

    /// Whether the forms are the same, but for form keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// Those that are kept: [`MAX_KEPT`](Self::MAX_KEPT) at most.
    pub fn iter(&self) -> std::slice::Iter<'_, FormDifference> {
        self.kept.iter()
    }

    /// All on one line, `shown` of them at most: for messages.
    #[must_use]
    pub fn in_brief(&self, shown: usize) -> String {
        self.joined("; ", shown)
    }

    fn joined(&self, separator: &str, shown: usize) -> String {
        let mut parts: Vec<String> = self
            .kept
            .iter()
            .take(shown)
            .map(ToString::to_string)
            .collect();
        if self.total > parts.len() {
            parts.push(format!("and {} more", self.total - parts.len()));
        }
        parts.join(separator)
    }

    fn push(&mut self, path: &NodePath, here: impl Into<String>, there: impl Into<String>) {
        self.total = self.total.saturating_add(1);
        if self.kept.len() < Self::MAX_KEPT {
            self.kept.push(FormDifference {
                path: path.clone(),
                here: here.into(),
                there: there.into(),
            });
        }
    }

    fn compare(&mut self, here: &Form, there: &Form, path: &mut NodePath) {
        match (here.layer(), there.layer()) {
            (Layer::Wrapper, Layer::Wrapper) | (Layer::List, Layer::List) => {
                self.node(here, there, path);
                self.contents(here, there, path);
            }
            (Layer::Record, Layer::Record) => self.records(here, there, path),
            (Layer::Union, Layer::Union) => {
                self.node(here, there, path);
                self.alternatives(here, there, path);
            }
            (Layer::Leaf, Layer::Leaf) => self.node(here, there, path),
            // An option or an index that only one of them has: what lies below may still be the same.
            (Layer::Wrapper, _) => {
                self.push(path, here.describe_node(), "no such layer");
                self.parameters(here.parameters(), &Parameters::none(), path);
                if let Some(content) = here.children().first() {
                    self.compare(content, there, path);
                }
            }
            (_, Layer::Wrapper) => {
                self.push(path, "no such layer", there.describe_node());
                self.parameters(&Parameters::none(), there.parameters(), path);
                if let Some(content) = there.children().first() {
                    self.compare(here, content, path);
                }
            }
            _ => self.node(here, there, path),
        }
    }

    /// Compares what the two nodes themselves are.
    fn node(&mut self, here: &Form, there: &Form, path: &NodePath) {
        let (own, other) = (here.describe_node(), there.describe_node());
        if own != other {
            self.push(path, own, other);
        }
        self.parameters(here.parameters(), there.parameters(), path);
    }

    fn parameters(&mut self, here: &Parameters, there: &Parameters, path: &NodePath) {
        if here == there {
            return;
        }
        let text = |parameters: &Parameters, name: &str| match parameters.get(name) {
            Some(value) => format!("parameter {name:?} {value}"),
            None => format!("no parameter {name:?}"),
        };
        let only_there = there.iter().filter(|(name, _)| here.get(name).is_none());
        for (name, _) in here.iter().chain(only_there) {
            if here.get(name) != there.get(name) {
                self.push(path, text(here, name), text(there, name));
            }
        }
    }

    fn contents(&mut self, here: &Form, there: &Form, path: &mut NodePath) {
        for (own, other) in here.children().iter().zip(there.children()) {
            self.compare(own, other, path);
        }
    }

    /// Compares fields by name, the second of one name with the second.
    fn records(&mut self, here: &Form, there: &Form, path: &mut NodePath) {
        let (Form::Record(own), Form::Record(other)) = (here, there) else {
            return;
        };
        self.parameters(here.parameters(), there.parameters(), path);
        if own.is_tuple() != other.is_tuple() {
            self.push(path, here.describe_node(), there.describe_node());
            return;
        }
        let (names, count) = (other.fields().map(|names| &**names), other.contents().len());
        let places = own.places_among(names, count);
        for (position, place) in places.iter().enumerate() {
            let Some(content) = own.contents().get(position) else {
                continue;
            };
            path.enter(here, position);
            match place.and_then(|place| other.contents().get(place)) {
                Some(twin) => self.compare(content, twin, path),
                None => self.push(path, content.describe_node(), "nothing"),
            }
            path.leave(here);
        }
        let mut only_there = vec![true; count];
        for place in places.iter().flatten() {
            if let Some(only) = only_there.get_mut(*place) {
                *only = false;
            }
        }
        for (position, content) in other.contents().iter().enumerate() {
            if only_there.get(position) == Some(&true) {
                path.enter(there, position);
                self.push(path, "nothing", content.describe_node());
                path.leave(there);
            }
        }
        let common: Vec<usize> = places.into_iter().flatten().collect();
        if !common.is_sorted() {
            self.push(path, fields_in_order(here), fields_in_order(there));
        }
    }

    fn alternatives(&mut self, here: &Form, there: &Form, path: &mut NodePath) {
        let (own, other) = (here.children(), there.children());
        for position in 0..own.len().max(other.len()) {
            path.enter(here, position);
            match (own.get(position), other.get(position)) {
                (Some(own), Some(other)) => self.compare(own, other, path),
                (Some(own), None) => self.push(path, own.describe_node(), "nothing"),
                (None, Some(other)) => self.push(path, "nothing", other.describe_node()),
                (None, None) => {}
            }
            path.leave(here);
        }
    }
}

impl fmt::Display for FormDifferences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.joined("\n", Self::LINES))
    }
}

impl<'a> IntoIterator for &'a FormDifferences {
    type Item = &'a FormDifference;
    type IntoIter = std::slice::Iter<'a, FormDifference>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// What a node is to the values: nodes of one kind can stand for one another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layer {
    /// An option or an index: one more layer around what lies below.
    Wrapper,
    List,
    Record,
    Union,
    Leaf,
}

fn fields_in_order(form: &Form) -> String {
    const SHOWN: usize = 8;
    let Form::Record(record) = form else {
        return String::new();
    };
    let names = record.fields().map(|fields| &**fields).unwrap_or_default();
    let mut shown: Vec<&str> = names.iter().take(SHOWN).map(|name| &**name).collect();
    if names.len() > SHOWN {
        shown.push("…");
    }
    format!("fields in the order {}", shown.join(", "))
}

impl Form {
    /// In what this form and `other` differ, form keys aside: one entry for every node that is another class or
    /// has other facts, for every parameter, and for every field that only one of them has.
    ///
    /// Fields are compared by name. Where only one form has an option or an index, what lies below is compared
    /// with the other's node, and so are lists of different classes.
    ///
    /// ```
    /// use gawky_form::Form;
    /// let here = Form::from_json(
    ///     r#"{"class": "ListOffsetArray", "offsets": "i32", "content": "float32"}"#,
    /// )?;
    /// let there = Form::from_json(
    ///     r#"{"class": "ListOffsetArray", "offsets": "i64", "content": "float32"}"#,
    /// )?;
    /// assert_eq!(
    ///     here.difference(&there).to_string(),
    ///     "(root): ListOffsetArray (i32) here, ListOffsetArray (i64) there",
    /// );
    /// assert!(here.difference(&here).is_empty());
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    #[must_use]
    pub fn difference(&self, other: &Self) -> FormDifferences {
        let mut differences = FormDifferences::default();
        differences.compare(self, other, &mut NodePath::root());
        differences
    }

    /// The class of the outermost node with what it says of itself, children aside: `NumpyArray (float64)`,
    /// `RegularArray (size 3)`, `ListOffsetArray (i64)`.
    #[must_use]
    pub fn describe_node(&self) -> String {
        let class = self.class();
        match self {
            Self::Empty(_) | Self::Unmasked(_) => class.to_owned(),
            Self::Numpy(form) => {
                let mut facts = form.dtype.primitive().into_owned();
                for size in form.inner_shape.iter() {
                    facts.push_str(&format!(", {size}"));
                }
                format!("{class} ({facts})")
            }
            Self::Regular(form) => format!("{class} (size {})", form.size),
            Self::List(form) => format!("{class} ({})", form.starts.name()),
            Self::ListOffset(form) => format!("{class} ({})", form.offsets.name()),
            Self::Record(form) => {
                let kind = if form.is_tuple() { "slots" } else { "fields" };
                format!("{class} ({} {kind})", form.contents().len())
            }
            Self::Indexed(form) => format!("{class} ({})", form.index.name()),
            Self::IndexedOption(form) => {
                format!("{class} ({})", crate::IndexType::from(form.index).name())
            }
            Self::ByteMasked(form) => format!("{class} (valid_when {})", form.valid_when),
            Self::BitMasked(form) => format!(
                "{class} (valid_when {}, lsb_order {})",
                form.valid_when, form.lsb_order
            ),
            Self::Union(form) => {
                let contents = form.contents().len();
                format!("{class} ({}, {contents} contents)", form.index.name())
            }
        }
    }

    fn layer(&self) -> Layer {
        match self {
            Self::Indexed(_)
            | Self::IndexedOption(_)
            | Self::ByteMasked(_)
            | Self::BitMasked(_)
            | Self::Unmasked(_) => Layer::Wrapper,
            Self::Regular(_) | Self::List(_) | Self::ListOffset(_) => Layer::List,
            Self::Record(_) => Layer::Record,
            Self::Union(_) => Layer::Union,
            Self::Empty(_) | Self::Numpy(_) => Layer::Leaf,
        }
    }
}
