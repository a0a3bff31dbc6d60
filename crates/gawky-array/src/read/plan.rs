//! [`Plan`]: the nodes of a form in a row, and what is known of each while it is read.

use std::ops::Range;

use gawky_buffer::Buffer;
use gawky_form::{Form, FormError, MAX_DEPTH, NodePath};

use crate::node::{
    BitMaskedArray, ByteMaskedArray, ChildRows, EmptyArray, Fault, IndexedArray,
    IndexedOptionArray, ListArray, ListOffsetArray, NumpyArray, Opening, RecordArray, RegularArray,
    Runs, Slots, UnionArray, UnmaskedArray, in_memory,
};
use crate::{Array, ArrayError, Location, Problem};

use super::scattered;

/// The nodes of a form, parents before children, and what is known of each.
#[derive(Debug)]
pub(super) struct Plan<'f> {
    nodes: Vec<Node<'f>>,
    /// What came for each buffer of each node, in the order of the nodes; once prepared, exactly what the
    /// node's rows need.
    slots: Vec<Option<Buffer>>,
}

#[derive(Debug)]
struct Node<'f> {
    form: &'f Form,
    parent: usize,
    /// One past the last node of the subtree.
    end: usize,
    rows: Runs,
    /// The slot of the node's first buffer.
    slot: usize,
}

/// How many nodes a form has, which nests no deeper than forms are parsed.
fn nodes_in(form: &Form, depth: usize) -> Result<usize, ArrayError> {
    if depth > MAX_DEPTH {
        return Err(ArrayError::TooDeep {
            depth,
            max: MAX_DEPTH,
        });
    }
    let mut count = 1;
    for child in form.children() {
        count += nodes_in(child, depth + 1)?;
    }
    Ok(count)
}

/// Whether the rows of a node alone say which rows of its children it needs, whatever its bytes are.
pub(super) fn opens_at_once(form: &Form) -> bool {
    matches!(form, Form::Empty(_) | Form::Numpy(_)) || form.rows_of_contents().is_some()
}

/// Which rows of its children a node needs for rows next to each other, given its own bytes for them.
pub(super) fn open_run(
    form: &Form,
    rows: &Range<u64>,
    slots: Slots<'_>,
    opening: Opening,
) -> Result<ChildRows, Fault> {
    Ok(match form {
        Form::Empty(_) => EmptyArray::open(rows)?,
        Form::Numpy(form) => NumpyArray::open(form, rows)?,
        Form::Regular(form) => RegularArray::open(form, rows)?,
        Form::List(form) => ListArray::open(form, slots, opening)?,
        Form::ListOffset(form) => ListOffsetArray::open(form, rows, slots, opening)?,
        Form::Record(_) => RecordArray::open(rows),
        Form::Indexed(form) => IndexedArray::open(form, slots, opening)?,
        Form::IndexedOption(form) => IndexedOptionArray::open(form, slots, opening)?,
        Form::ByteMasked(_) => ByteMaskedArray::open(rows),
        Form::BitMasked(_) => BitMaskedArray::open(rows),
        Form::Unmasked(_) => UnmaskedArray::open(rows),
        Form::Union(form) => UnionArray::open(form, slots, opening)?,
    })
}

impl<'f> Plan<'f> {
    pub(super) fn of(form: &'f Form) -> Result<Self, ArrayError> {
        let count = nodes_in(form, 1)?;
        let mut plan = Self {
            nodes: Vec::with_capacity(count),
            slots: Vec::with_capacity(count),
        };
        plan.add(form, 0);
        Ok(plan)
    }

    fn add(&mut self, form: &'f Form, parent: usize) {
        let own = self.nodes.len();
        self.nodes.push(Node {
            form,
            parent,
            end: own + 1,
            rows: (0..0).into(),
            slot: self.slots.len(),
        });
        for _ in 0..form.buffer_count() {
            self.slots.push(None);
        }
        for child in form.children() {
            self.add(child, own);
        }
        let end = self.nodes.len();
        self.node_mut(own).end = end;
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    #[allow(
        clippy::indexing_slicing,
        reason = "node numbers come from this plan itself, never from outside"
    )]
    fn node(&self, node: usize) -> &Node<'f> {
        &self.nodes[node]
    }

    #[allow(
        clippy::indexing_slicing,
        reason = "node numbers come from this plan itself, never from outside"
    )]
    fn node_mut(&mut self, node: usize) -> &mut Node<'f> {
        &mut self.nodes[node]
    }

    pub(super) fn form(&self, node: usize) -> &'f Form {
        self.node(node).form
    }

    pub(super) fn rows(&self, node: usize) -> &Runs {
        &self.node(node).rows
    }

    pub(super) fn set_rows(&mut self, node: usize, rows: Runs) {
        self.node_mut(node).rows = rows;
    }

    pub(super) fn subtree_end(&self, node: usize) -> usize {
        self.node(node).end
    }

    /// The slot of the node's first buffer; its others follow.
    pub(super) fn slot(&self, node: usize) -> usize {
        self.node(node).slot
    }

    /// The slots of the node's buffers.
    pub(super) fn slots_of(&self, node: usize) -> Range<usize> {
        let node = self.node(node);
        node.slot..node.slot + node.form.buffer_count()
    }

    /// The node whose buffer has this slot.
    pub(super) fn node_of(&self, slot: usize) -> Option<usize> {
        self.nodes
            .iter()
            .position(|node| (node.slot..node.slot + node.form.buffer_count()).contains(&slot))
    }

    pub(super) fn put(&mut self, slot: usize, blob: Option<Buffer>) {
        if let Some(own) = self.slots.get_mut(slot) {
            *own = blob;
        }
    }

    /// What came for one buffer.
    pub(super) fn received(&self, slot: usize) -> Option<&Buffer> {
        self.slots.get(slot)?.as_ref()
    }

    pub(super) fn take(&mut self, slot: usize) -> Option<Buffer> {
        self.slots.get_mut(slot)?.take()
    }

    /// A node, and the slots of its buffers.
    #[allow(
        clippy::indexing_slicing,
        reason = "node and slot numbers come from this plan itself, never from outside"
    )]
    fn with_slots(&mut self, node: usize) -> (&Node<'f>, Slots<'_>) {
        let node = &self.nodes[node];
        let count = node.form.buffer_count();
        (node, &mut self.slots[node.slot..node.slot + count])
    }

    /// Whether the rows of a node alone say which rows of its children it needs, whatever its bytes are.
    pub(super) fn opens_at_once(&self, node: usize) -> bool {
        opens_at_once(self.form(node))
    }

    /// Which rows of its children a node needs, given its own bytes; those may be re-based.
    pub(super) fn open(&mut self, node: usize, opening: Opening) -> Result<ChildRows, Fault> {
        let (node, slots) = self.with_slots(node);
        match &node.rows {
            Runs::One(rows) => open_run(node.form, rows, slots, opening),
            Runs::Many(runs) => scattered::open(node.form, runs, slots, opening),
        }
    }

    /// The array, once every node has been opened; children are made before their parents.
    pub(super) fn assemble(&mut self, partition: Option<u64>) -> Result<Array, ArrayError> {
        let mut made: Vec<Array> = Vec::with_capacity(self.len());
        for position in (0..self.len()).rev() {
            let array =
                self.assemble_node(position, &mut made)
                    .map_err(|problem| ArrayError::Node {
                        location: Box::new(Location {
                            partition,
                            path: self.path(position),
                            class: self.form(position).class(),
                            ..Location::default()
                        }),
                        problem,
                    })?;
            made.push(array);
        }
        Ok(made.pop().unwrap_or(Array::Empty(EmptyArray)))
    }

    /// Makes a node's array of its buffers and of its children, which are the last made, the first one last.
    pub(super) fn assemble_node(
        &mut self,
        position: usize,
        made: &mut Vec<Array>,
    ) -> Result<Array, Problem> {
        let (node, slots) = self.with_slots(position);
        let length = in_memory(node.rows.rows())?;
        let content = |made: &mut Vec<Array>| made.pop().unwrap_or(Array::Empty(EmptyArray));
        let contents = |made: &mut Vec<Array>, count: usize| -> Vec<Array> {
            made.drain(made.len().saturating_sub(count)..)
                .rev()
                .collect()
        };
        Ok(match node.form {
            Form::Empty(_) => EmptyArray.into(),
            Form::Numpy(form) => NumpyArray::assemble(form, length, slots).into(),
            Form::Regular(form) => RegularArray::assemble(form, length, content(made))?.into(),
            Form::List(form) => ListArray::assemble(form, slots, content(made))?.into(),
            Form::ListOffset(form) => ListOffsetArray::assemble(form, slots, content(made))?.into(),
            Form::Record(form) => {
                let contents = contents(made, form.contents().len());
                RecordArray::assemble(form, length, contents).into()
            }
            Form::Indexed(form) => IndexedArray::assemble(form, slots, content(made))?.into(),
            Form::IndexedOption(form) => {
                IndexedOptionArray::assemble(form, slots, content(made))?.into()
            }
            Form::ByteMasked(form) => ByteMaskedArray::assemble(form, slots, content(made)).into(),
            Form::BitMasked(form) => {
                BitMaskedArray::assemble(form, &node.rows, length, slots, content(made))?.into()
            }
            Form::Unmasked(form) => UnmaskedArray::assemble(form, content(made)).into(),
            Form::Union(form) => {
                let contents = contents(made, form.contents().len());
                UnionArray::assemble(form, slots, contents)?.into()
            }
        })
    }

    fn node_path(&self, node: usize) -> NodePath {
        let mut line = Vec::new();
        let mut below = node;
        while below != 0 {
            line.push(below);
            below = self.node(below).parent;
        }
        let mut path = NodePath::root();
        for below in line.into_iter().rev() {
            let parent = self.node(below).parent;
            let mut child = parent + 1;
            let mut position = 0;
            while child < below {
                child = self.subtree_end(child);
                position += 1;
            }
            path.enter(self.form(parent), position);
        }
        path
    }

    /// The fields that lead to a node; empty for the root.
    pub(super) fn path(&self, node: usize) -> String {
        let path = self.node_path(node);
        if path.is_root() {
            String::new()
        } else {
            path.to_string()
        }
    }

    pub(super) fn no_form_key(&self, node: usize) -> FormError {
        FormError::NoFormKey {
            path: self.node_path(node),
            class: self.form(node).class(),
        }
    }
}
