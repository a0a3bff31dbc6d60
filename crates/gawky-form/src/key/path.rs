//! [`NodePath`]: where in a form a node is, as people say it.

use std::fmt;
use std::sync::Arc;

use crate::Form;

/// Where in a form a node is, as people say it: `muon.pt`.
///
/// Fields are joined by dots, tuples count theirs from 0, alternatives of a union are `[1]`; lists and
/// options add nothing. The root prints as `(root)`.
///
/// ```
/// use gawky_form::NodePath;
/// let mut path = NodePath::root();
/// assert_eq!(path.to_string(), "(root)");
/// path.push_field("muon");
/// path.push_alternative(1);
/// path.push_field("pt");
/// assert_eq!(path.to_string(), "muon[1].pt");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NodePath(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    Field(Arc<str>),
    Slot(usize),
    Alternative(usize),
}

impl Step {
    /// The step from `parent` to its child at `position`, if that is one.
    fn into_child(parent: &Form, position: usize) -> Option<Self> {
        match parent {
            Form::Record(record) => {
                let name = record.fields().and_then(|fields| fields.get(position));
                Some(name.map_or(Self::Slot(position), |name| Self::Field(Arc::clone(name))))
            }
            Form::Union(_) => Some(Self::Alternative(position)),
            _ => None,
        }
    }
}

impl NodePath {
    /// The path of the root.
    #[must_use]
    pub fn root() -> Self {
        Self(Vec::new())
    }

    /// Whether this is the root (or reached from it through lists and options only).
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Steps into a field of a record.
    pub fn push_field(&mut self, name: impl Into<Arc<str>>) {
        self.0.push(Step::Field(name.into()));
    }

    /// Steps into a field of a tuple.
    pub fn push_slot(&mut self, slot: usize) {
        self.0.push(Step::Slot(slot));
    }

    /// Steps into an alternative of a union.
    pub fn push_alternative(&mut self, alternative: usize) {
        self.0.push(Step::Alternative(alternative));
    }

    /// Steps from `parent`, which is here, to its child at `position`; [`leave`](Self::leave) undoes it.
    pub fn enter(&mut self, parent: &Form, position: usize) {
        self.0.extend(Step::into_child(parent, position));
    }

    /// Makes a path within the child of `parent` at `position` a path within `parent`: for errors that find
    /// their way on their way up.
    pub fn enclose(&mut self, parent: &Form, position: usize) {
        if let Some(step) = Step::into_child(parent, position) {
            self.0.insert(0, step);
        }
    }

    /// Steps from a child of `parent` back to it.
    pub fn leave(&mut self, parent: &Form) {
        if matches!(parent, Form::Record(_) | Form::Union(_)) {
            self.0.pop();
        }
    }

    /// The path of the child of `parent`, which is here, at `position`.
    #[must_use]
    pub fn child(&self, parent: &Form, position: usize) -> Self {
        let mut path = self.clone();
        path.enter(parent, position);
        path
    }
}

impl fmt::Display for NodePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() {
            return f.write_str("(root)");
        }
        for (position, step) in self.0.iter().enumerate() {
            if position > 0 && !matches!(step, Step::Alternative(_)) {
                f.write_str(".")?;
            }
            match step {
                Step::Field(name) => f.write_str(name)?,
                Step::Slot(slot) => write!(f, "{slot}")?,
                Step::Alternative(alternative) => write!(f, "[{alternative}]")?,
            }
        }
        Ok(())
    }
}
