//! [`Plan`]: the nodes of a form in a row, and what is known of each while it is read.

use std::ops::Range;

use gawky_buffer::Buffer;
use gawky_form::{Form, FormError, NodePath};

use crate::node::{
    BitMaskedArray, ByteMaskedArray, ChildRows, EmptyArray, Fault, IndexedArray,
    IndexedOptionArray, ListArray, ListOffsetArray, NumpyArray, Opening, Pieces, RecordArray,
    RegularArray, UnionArray, UnmaskedArray, in_memory,
};
use crate::{Array, ArrayError, Location, Problem};

/// The nodes of a form, parents before children, and what is known of each.
#[derive(Debug)]
pub(super) struct Plan<'f> {
    nodes: Vec<Node<'f>>,
}

#[derive(Debug)]
struct Node<'f> {
    form: &'f Form,
    parent: usize,
    /// One past the last node of the subtree.
    end: usize,
    rows: Range<u64>,
    /// What came for each of the node's buffers; once prepared, exactly what its rows need.
    received: [Option<Buffer>; 2],
    pieces: Pieces,
}

impl<'f> Plan<'f> {
    /// The deepest nesting that is read, a node counting 1: as deep as forms are parsed.
    const MAX_DEPTH: usize = gawky_form::MAX_DEPTH;

    pub(super) fn of(form: &'f Form) -> Result<Self, ArrayError> {
        let mut plan = Self { nodes: Vec::new() };
        plan.add(form, 0, 1)?;
        Ok(plan)
    }

    fn add(&mut self, form: &'f Form, parent: usize, depth: usize) -> Result<(), ArrayError> {
        if depth > Self::MAX_DEPTH {
            return Err(ArrayError::TooDeep {
                depth,
                max: Self::MAX_DEPTH,
            });
        }
        let own = self.nodes.len();
        self.nodes.push(Node {
            form,
            parent,
            end: own + 1,
            rows: 0..0,
            received: [None, None],
            pieces: Pieces::new(),
        });
        for child in form.children() {
            self.add(child, own, depth + 1)?;
        }
        let end = self.nodes.len();
        if let Some(node) = self.nodes.get_mut(own) {
            node.end = end;
        }
        Ok(())
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

    pub(super) fn rows(&self, node: usize) -> &Range<u64> {
        &self.node(node).rows
    }

    pub(super) fn set_rows(&mut self, node: usize, rows: Range<u64>) {
        self.node_mut(node).rows = rows;
    }

    pub(super) fn subtree_end(&self, node: usize) -> usize {
        self.node(node).end
    }

    pub(super) fn receive(&mut self, node: usize, slot: usize, blob: Option<Buffer>) {
        if let Some(received) = self.node_mut(node).received.get_mut(slot) {
            *received = blob;
        }
    }

    pub(super) fn take(&mut self, node: usize, slot: usize) -> Option<Buffer> {
        self.node_mut(node).received.get_mut(slot)?.take()
    }

    /// Keeps the prepared bytes of a node's next buffer.
    pub(super) fn place(&mut self, node: usize, slot: usize, piece: Buffer) {
        let pieces = &mut self.node_mut(node).pieces;
        debug_assert_eq!(pieces.len(), slot, "buffers are prepared in order");
        pieces.push(piece);
    }

    /// Which rows of its children a node needs, given its own bytes; those may be re-based.
    pub(super) fn open(&mut self, node: usize, opening: Opening) -> Result<ChildRows, Fault> {
        let node = self.node_mut(node);
        let (rows, pieces) = (&node.rows, &mut node.pieces);
        Ok(match node.form {
            Form::Empty(_) => EmptyArray::open(rows)?,
            Form::Numpy(_) => {
                in_memory(rows.end)?;
                ChildRows::Every(0..0)
            }
            Form::Regular(form) => RegularArray::open(form, rows)?,
            Form::List(form) => ListArray::open(form, pieces, opening)?,
            Form::ListOffset(form) => ListOffsetArray::open(form, rows, pieces, opening)?,
            Form::Record(_) | Form::Unmasked(_) => ChildRows::Every(rows.clone()),
            Form::Indexed(form) => IndexedArray::open(form, pieces, opening)?,
            Form::IndexedOption(form) => IndexedOptionArray::open(form, pieces, opening)?,
            Form::ByteMasked(_) => ByteMaskedArray::open(rows),
            Form::BitMasked(_) => BitMaskedArray::open(rows),
            Form::Union(form) => UnionArray::open(form, pieces, opening)?,
        })
    }

    /// The array, once every node has been opened; children are made before their parents.
    pub(super) fn assemble(&mut self, partition: Option<u64>) -> Result<Array, ArrayError> {
        let mut made: Vec<Array> = Vec::new();
        for position in (0..self.len()).rev() {
            let children = self.form(position).children().len();
            // The last made is the first child.
            let mut own = made.split_off(made.len() - children);
            own.reverse();
            let array = self
                .assemble_node(position, own)
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

    fn assemble_node(
        &mut self,
        position: usize,
        mut children: Vec<Array>,
    ) -> Result<Array, Problem> {
        let node = self.node_mut(position);
        let length = in_memory(node.rows.end - node.rows.start)?;
        let pieces = &mut node.pieces;
        let mut content = || children.pop().unwrap_or(Array::Empty(EmptyArray));
        Ok(match node.form {
            Form::Empty(_) => EmptyArray.into(),
            Form::Numpy(form) => NumpyArray::assemble(form, length, pieces).into(),
            Form::Regular(form) => RegularArray::assemble(form, length, content())?.into(),
            Form::List(form) => ListArray::assemble(form, pieces, content())?.into(),
            Form::ListOffset(form) => ListOffsetArray::assemble(form, pieces, content())?.into(),
            Form::Record(form) => RecordArray::assemble(form, length, children).into(),
            Form::Indexed(form) => IndexedArray::assemble(form, pieces, content())?.into(),
            Form::IndexedOption(form) => {
                IndexedOptionArray::assemble(form, pieces, content())?.into()
            }
            Form::ByteMasked(form) => ByteMaskedArray::assemble(form, pieces, content()).into(),
            Form::BitMasked(form) => {
                let rows = node.rows.clone();
                BitMaskedArray::assemble(form, &rows, length, pieces, content())?.into()
            }
            Form::Unmasked(form) => {
                UnmaskedArray::new(content(), form.info.parameters.clone()).into()
            }
            Form::Union(form) => UnionArray::assemble(form, pieces, children)?.into(),
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
