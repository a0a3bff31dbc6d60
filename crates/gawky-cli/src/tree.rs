//! [`Node`]: a form as a tree, with the bytes of each node.

use std::io::{self, Write};

use gawky::form::Form;
use gawky::{StoredBuffer, StoredBytes};
use serde::Serialize;

use crate::amounts::Bytes;

/// Of wider records only so many fields are shown, unless all are wanted.
const FIELDS: usize = 40;

/// A node of a form, and what is below it.
#[derive(Debug, Serialize)]
pub(crate) struct Node {
    /// The field that it is of the record above.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    class: &'static str,
    /// What tells nodes of its class apart: a dtype, a size, a name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    form_key: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    buffers: Vec<NodeBuffer>,
    /// Of its buffers, and of all below.
    bytes: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contents: Vec<Node>,
}

#[derive(Debug, Serialize)]
struct NodeBuffer {
    attribute: &'static str,
    dtype: String,
    bytes: u64,
    blobs: u64,
    missing: u64,
}

impl Node {
    /// The tree of a form, whose buffers are these, in the order in which they are written.
    pub(crate) fn of(form: &Form, stored: &StoredBytes) -> Self {
        Self::new(None, form, &mut stored.buffers.iter())
    }

    fn new<'s>(
        field: Option<String>,
        form: &Form,
        stored: &mut impl Iterator<Item = &'s StoredBuffer>,
    ) -> Self {
        let buffers: Vec<NodeBuffer> = form
            .buffers()
            .iter()
            .map(|spec| {
                let stored = stored.next();
                NodeBuffer {
                    attribute: spec.attribute.name(),
                    dtype: spec.dtype.to_string(),
                    bytes: stored.map_or(0, |stored| stored.bytes),
                    blobs: stored.map_or(0, |stored| stored.blobs),
                    missing: stored.map_or(0, |stored| stored.missing),
                }
            })
            .collect();
        let contents: Vec<Self> = form
            .children()
            .iter()
            .enumerate()
            .map(|(slot, child)| Self::new(field_of(form, slot), child, stored))
            .collect();
        let own = buffers.iter().map(|buffer| buffer.bytes);
        let below = contents.iter().map(|content| content.bytes);
        Self {
            field,
            class: form.class(),
            details: details(form),
            form_key: form.form_key().map(str::to_owned),
            bytes: own.chain(below).fold(0, u64::saturating_add),
            buffers,
            contents,
        }
    }

    /// The field that it is of the record above.
    pub(crate) fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// The bytes of its buffers, and of all below.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The nodes next below.
    pub(crate) fn contents(&self) -> &[Self] {
        &self.contents
    }

    /// Writes it, a node a line; of wide records only some fields, unless `all` are wanted.
    pub(crate) fn write(&self, out: &mut dyn Write, bytes: Bytes, all: bool) -> io::Result<()> {
        let width = bytes.shown(self.bytes).len().max("bytes".len());
        writeln!(out, "{:>width$}  node", "bytes")?;
        let mut drawing = Drawing {
            out,
            bytes,
            all,
            width,
            indent: String::new(),
        };
        drawing.node(self, "", "")
    }
}

fn field_of(form: &Form, slot: usize) -> Option<String> {
    match form {
        Form::Record(record) => Some(match record.fields() {
            Some(fields) => fields.get(slot)?.to_string(),
            None => slot.to_string(),
        }),
        _ => None,
    }
}

fn details(form: &Form) -> Vec<String> {
    let mut details = Vec::new();
    for name in ["__array__", "__record__"] {
        if let Some(text) = form.parameters().str(name) {
            details.push(format!("{text:?}"));
        }
    }
    match form {
        Form::Numpy(numpy) if !numpy.inner_shape.is_empty() => {
            details.push(format!("{:?}", numpy.inner_shape));
        }
        Form::Regular(regular) => details.push(format!("size {}", regular.size)),
        _ => {}
    }
    details
}

struct Drawing<'a> {
    out: &'a mut dyn Write,
    bytes: Bytes,
    all: bool,
    width: usize,
    /// What stands before the lines below a node.
    indent: String,
}

impl Drawing<'_> {
    fn line(&mut self, bytes: u64, text: &str) -> io::Result<()> {
        let (bytes, width, indent) = (self.bytes.shown(bytes), self.width, &self.indent);
        writeln!(self.out, "{bytes:>width$}  {indent}{text}")
    }

    fn node(&mut self, node: &Node, branch: &str, below: &str) -> io::Result<()> {
        let mut text = branch.to_owned();
        if let Some(field) = &node.field {
            // A name may say anything, also to a terminal.
            for letter in field.chars() {
                match letter.is_control() {
                    true => text.extend(letter.escape_default()),
                    false => text.push(letter),
                }
            }
            text.push_str(": ");
        }
        text.push_str(node.class);
        for detail in &node.details {
            text.push(' ');
            text.push_str(detail);
        }
        if let Some(key) = &node.form_key {
            text.push_str(&format!(" ({key})"));
        }
        for (at, buffer) in node.buffers.iter().enumerate() {
            text.push_str(if at == 0 { "  " } else { ", " });
            let bytes = self.bytes.shown(buffer.bytes);
            text.push_str(&format!("{} {} {bytes}", buffer.attribute, buffer.dtype));
            if buffer.missing > 0 {
                text.push_str(&format!(", {} not there", buffer.missing));
            }
        }
        self.line(node.bytes, &text)?;
        let outer = self.indent.len();
        self.indent.push_str(below);
        let shown = match self.all || node.contents.len() <= FIELDS {
            true => node.contents.len(),
            false => FIELDS,
        };
        for (at, content) in node.contents.iter().take(shown).enumerate() {
            match at + 1 == node.contents.len() {
                true => self.node(content, "`-- ", "    ")?,
                false => self.node(content, "|-- ", "|   ")?,
            }
        }
        let hidden = node.contents.get(shown..).unwrap_or_default();
        if !hidden.is_empty() {
            let bytes = hidden.iter().map(|content| content.bytes);
            let bytes = bytes.fold(0, u64::saturating_add);
            let text = format!(
                "`-- {} fields more: --all shows them, --select chooses",
                hidden.len()
            );
            self.line(bytes, &text)?;
        }
        self.indent.truncate(outer);
        Ok(())
    }
}
