//! [`CanonicalRules`]: what to do about nodes that Awkward's rules do not allow where they are.

use gawky_buffer::DType;
use gawky_form::{Form, NodePath};

use crate::{Array, ArrayError, Location, Problem};

/// What to do about nodes that Awkward 2 does not allow where they are, and Awkward 1 did: an option of an
/// option, an option of a union, an index into an index, a union in a union.
///
/// The rules are those of the constructors in Awkward's `contents/*.py`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CanonicalRules {
    /// Keep them: nothing is lost, and they can be written back as they were.
    #[default]
    AsIs,
    /// Rewrite them as [`Array::simplify`] does, which may change the form.
    Simplify,
    /// Refuse them, before a byte is read.
    Strict,
}

impl CanonicalRules {
    /// Refuses a form, if these rules say so.
    pub(crate) fn check(self, form: &Form, partition: Option<u64>) -> Result<(), ArrayError> {
        match self {
            Self::AsIs | Self::Simplify => Ok(()),
            Self::Strict => strict(form, &mut NodePath::root(), partition),
        }
    }

    /// Rewrites an array, if these rules say so.
    pub(crate) fn apply(self, array: Array) -> Result<Array, ArrayError> {
        match self {
            Self::AsIs | Self::Strict => Ok(array),
            Self::Simplify => array.simplify(),
        }
    }
}

fn strict(form: &Form, path: &mut NodePath, partition: Option<u64>) -> Result<(), ArrayError> {
    if let Some(broken) = broken_rule(form) {
        return Err(ArrayError::Node {
            location: Box::new(Location {
                partition,
                path: if path.is_root() {
                    String::new()
                } else {
                    path.to_string()
                },
                class: form.class(),
                ..Location::default()
            }),
            problem: Problem::NotCanonical(broken),
        });
    }
    for (position, child) in form.children().iter().enumerate() {
        path.enter(form, position);
        strict(child, path, partition)?;
        path.leave(form);
    }
    Ok(())
}

/// Which of Awkward's rules the outermost node of a form breaks, if any.
fn broken_rule(form: &Form) -> Option<String> {
    let hint = "read it with CanonicalRules::Simplify, or AsIs";
    let content = form.children().first();
    match form {
        Form::Empty(_) | Form::Record(_) => None,
        Form::Numpy(numpy) => {
            let text = matches!(numpy.info.parameters.array(), Some("char" | "byte"));
            (text && (numpy.dtype != DType::UInt8 || !numpy.inner_shape.is_empty()))
                .then(|| "characters and bytes must be uint8 in one dimension".to_owned())
        }
        Form::Regular(_) | Form::List(_) | Form::ListOffset(_) => {
            let wanted = match form.parameters().array() {
                Some("string") => "char",
                Some("bytestring") => "byte",
                _ => return None,
            };
            let fits = matches!(content.map(|form| &**form), Some(Form::Numpy(numpy))
                if numpy.info.parameters.array() == Some(wanted));
            (!fits).then(|| format!("its parameter __array__ asks for a content of {wanted}"))
        }
        Form::Indexed(_) | Form::IndexedOption(_) => match content.map(|form| &**form) {
            Some(Form::Union(_)) if form.parameters().is_categorical() => None,
            Some(inner) => nested(form, inner, hint),
            None => None,
        },
        Form::ByteMasked(_) | Form::BitMasked(_) | Form::Unmasked(_) => {
            content.and_then(|inner| nested(form, inner, hint))
        }
        Form::Union(union) => {
            let contents = union.contents();
            if contents.len() < 2 {
                return Some(format!("a union of fewer than two contents; {hint}"));
            }
            for inner in &**contents {
                let erasable =
                    matches!(&**inner, Form::Indexed(_)) && !inner.parameters().is_categorical();
                if erasable || matches!(&**inner, Form::Union(_)) {
                    return Some(format!(
                        "a union must not contain a {}; {hint}",
                        inner.class()
                    ));
                }
            }
            let options = contents.iter().filter(|inner| inner.is_option()).count();
            (options != 0 && options != contents.len())
                .then(|| format!("either all contents of a union are options, or none; {hint}"))
        }
    }
}

fn nested(outer: &Form, inner: &Form, hint: &str) -> Option<String> {
    (inner.is_option() || matches!(inner, Form::Indexed(_) | Form::Union(_))).then(|| {
        format!(
            "a {} must not contain a {}; {hint}",
            outer.class(),
            inner.class()
        )
    })
}
