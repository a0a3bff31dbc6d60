//! What nodes and blobs are called: form keys and buffer keys.
//!
//! A [`FormKeyFormat`] names the nodes of a form (`node0`, `node1`, …, depth first); a [`KeyFormat`] makes
//! from such a name, an attribute and maybe a partition the key of a blob. Each is a template with Python's
//! braces or a closure.

mod expected;
mod path;
mod template;

use std::fmt;
use std::sync::Arc;

pub use expected::ExpectedBuffer;
pub use path::NodePath;
pub use template::TemplateProblem;

use crate::{Attribute, Form, FormError};
use template::{Name, Template, Values};

type NameNode = dyn Fn(u64, &Form) -> String + Send + Sync;
type NameBlob = dyn Fn(&KeyParts<'_>) -> String + Send + Sync;

/// How the nodes of a form are named, given their number: a template over `{id}`, or a closure.
///
/// ```
/// use gawky_form::FormKeyFormat;
/// let padded = FormKeyFormat::template("n{id:03}")?;
/// assert_ne!(format!("{padded:?}"), format!("{:?}", FormKeyFormat::default()));
/// # Ok::<(), gawky_form::FormError>(())
/// ```
#[derive(Clone)]
pub struct FormKeyFormat(NodeNaming);

#[derive(Clone)]
enum NodeNaming {
    Template(Arc<Template>),
    Closure(Arc<NameNode>),
}

impl FormKeyFormat {
    /// Names by a template with the placeholder `{id}`, which may be padded with zeros: `{id:03}`.
    ///
    /// # Errors
    /// [`FormError::Template`] when the braces do not match, or for any other placeholder or format.
    pub fn template(template: &str) -> Result<Self, FormError> {
        Template::parse(template, &[Name::Id])
            .map(|template| Self(NodeNaming::Template(Arc::new(template))))
    }

    /// Names by a closure, which is given the node's number and the node.
    pub fn closure(name: impl Fn(u64, &Form) -> String + Send + Sync + 'static) -> Self {
        Self(NodeNaming::Closure(Arc::new(name)))
    }

    /// Appends the name of one node to `out`.
    pub fn write(&self, id: u64, form: &Form, out: &mut String) {
        match &self.0 {
            NodeNaming::Template(template) => template.write(&Values::node(id), out),
            NodeNaming::Closure(name) => out.push_str(&name(id, form)),
        }
    }

    /// The name of one node.
    #[must_use]
    pub fn form_key(&self, id: u64, form: &Form) -> String {
        let mut out = String::new();
        self.write(id, form, &mut out);
        out
    }
}

impl Default for FormKeyFormat {
    /// `node{id}`, which all of Awkward writes.
    fn default() -> Self {
        Self(NodeNaming::Template(Arc::new(Template::nodes())))
    }
}

impl fmt::Debug for FormKeyFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            NodeNaming::Template(template) => write!(f, "FormKeyFormat({:?})", template.text()),
            NodeNaming::Closure(_) => f.write_str("FormKeyFormat(closure)"),
        }
    }
}

/// What the key of a blob is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyParts<'a> {
    /// The partition, where there are partitions.
    pub partition: Option<u64>,
    /// The name of the node.
    pub form_key: &'a str,
    /// What the blob is to its node.
    pub attribute: Attribute,
}

/// How blobs are named: a template over `{partition}`, `{form_key}` and `{attribute}`, or a closure.
///
/// Parsed once; a template that cannot tell two blobs apart is noticed where their keys collide.
///
/// ```
/// use gawky_form::{Attribute, KeyFormat, KeyParts};
/// let parts = KeyParts { partition: Some(7), form_key: "node0", attribute: Attribute::Data };
/// assert_eq!(KeyFormat::partitioned().key(&parts)?, "part7-node0-data");
/// assert_eq!(KeyFormat::template("{{{partition:04d}}}/{form_key}.{attribute}")?.key(&parts)?, "{0007}/node0.data");
/// # Ok::<(), gawky_form::FormError>(())
/// ```
#[derive(Clone)]
pub struct KeyFormat(BlobNaming);

#[derive(Clone)]
enum BlobNaming {
    Template(Arc<Template>),
    Closure(Arc<NameBlob>),
}

impl KeyFormat {
    /// Keys by a template with Python's braces: `{partition}`, `{form_key}`, `{attribute}`; `{{` and `}}` are
    /// braces; `{partition:04d}` pads with zeros.
    ///
    /// # Errors
    /// [`FormError::Template`] when the braces do not match, or for any other placeholder or format.
    pub fn template(template: &str) -> Result<Self, FormError> {
        Template::parse(template, &[Name::Partition, Name::FormKey, Name::Attribute])
            .map(|template| Self(BlobNaming::Template(Arc::new(template))))
    }

    /// Keys by a closure.
    pub fn closure(key: impl Fn(&KeyParts<'_>) -> String + Send + Sync + 'static) -> Self {
        Self(BlobNaming::Closure(Arc::new(key)))
    }

    /// `{form_key}-{attribute}`: Awkward 2's keys, for a single array.
    #[must_use]
    pub fn array() -> Self {
        Self(BlobNaming::Template(Arc::new(Template::array())))
    }

    /// `part{partition}-{form_key}-{attribute}`: Awkward 1's keys, for an array in partitions.
    #[must_use]
    pub fn partitioned() -> Self {
        Self(BlobNaming::Template(Arc::new(Template::partitioned())))
    }

    /// The template, as it was given; `None` for a closure.
    #[must_use]
    pub fn as_template(&self) -> Option<&str> {
        match &self.0 {
            BlobNaming::Template(template) => Some(template.text()),
            BlobNaming::Closure(_) => None,
        }
    }

    /// Appends the key of one blob to `out`.
    ///
    /// # Errors
    /// [`FormError::NoPartition`] when the template asks for a partition and there is none.
    pub fn write(&self, parts: &KeyParts<'_>, out: &mut String) -> Result<(), FormError> {
        match &self.0 {
            BlobNaming::Template(template) => {
                check_partition(template, parts)?;
                template.write(&Values::blob(parts), out);
            }
            BlobNaming::Closure(key) => out.push_str(&key(parts)),
        }
        Ok(())
    }

    /// The key of one blob.
    ///
    /// # Errors
    /// As for [`write`](Self::write).
    pub fn key(&self, parts: &KeyParts<'_>) -> Result<String, FormError> {
        match &self.0 {
            BlobNaming::Template(template) => {
                check_partition(template, parts)?;
                let values = Values::blob(parts);
                let mut out = String::with_capacity(template.capacity(&values));
                template.write(&values, &mut out);
                Ok(out)
            }
            BlobNaming::Closure(key) => Ok(key(parts)),
        }
    }

    /// Whether the key tells partitions apart; a closure is trusted to.
    #[must_use]
    pub fn has_partition(&self) -> bool {
        match &self.0 {
            BlobNaming::Template(template) => template.has_partition(),
            BlobNaming::Closure(_) => true,
        }
    }
}

fn check_partition(template: &Template, parts: &KeyParts<'_>) -> Result<(), FormError> {
    if template.has_partition() && parts.partition.is_none() {
        return Err(FormError::NoPartition {
            template: template.text().to_owned(),
        });
    }
    Ok(())
}

impl fmt::Debug for KeyFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            BlobNaming::Template(template) => write!(f, "KeyFormat({:?})", template.text()),
            BlobNaming::Closure(_) => f.write_str("KeyFormat(closure)"),
        }
    }
}

#[cfg(test)]
mod tests;
