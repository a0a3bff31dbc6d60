//! `gawky report`: what is at a place, as a page of HTML that needs nothing else.
//!
//! | file | what is in it |
//! |---|---|
//! | `survey` | what values each column has, gathered batch by batch |
//! | `histogram` | how values are spread, in one pass |
//! | `treemap` | boxes in proportion to bytes |
//! | `page` | the page |
//! | `drawing` | its pictures |

mod drawing;
mod histogram;
mod page;
mod survey;
mod treemap;

use gawky::form::Form;
use gawky::{Array, LazyArray, StoredBytes};

use crate::fault::Fault;
use crate::source::{AnyContainer, Source};
use crate::tree::Node;
use survey::Survey;
use treemap::Block;

/// What a page tells.
#[derive(Debug)]
pub(crate) struct Report {
    /// What there is, name by name.
    facts: Vec<(&'static str, String)>,
    place: String,
    type_: String,
    blocks: Block,
    /// How many rows each partition has.
    lengths: Vec<u64>,
    columns: Survey,
}

impl Report {
    /// Looks at sizes; values are told batch by batch.
    pub(crate) fn begin(
        source: &Source,
        array: &LazyArray<AnyContainer>,
        facts: Vec<(&'static str, String)>,
    ) -> Result<Self, Fault> {
        let stored = array.stored()?;
        Ok(Self {
            facts,
            place: source.place.clone(),
            type_: format!("{:#}", array.array_type()),
            blocks: blocks(array.form(), &stored),
            lengths: array
                .partitions()
                .map(|partition| partition.len())
                .collect(),
            columns: Survey::of(&array.type_(), String::new()),
        })
    }

    /// Looks at the values of some rows.
    pub(crate) fn add(&mut self, rows: &Array) -> Result<(), Fault> {
        Ok(self.columns.add(rows).map_err(gawky::Error::from)?)
    }

    /// The page.
    pub(crate) fn html(&self) -> String {
        page::of(self)
    }
}

/// The boxes of a form: one for each field, whatever nodes it is made of.
fn blocks(form: &Form, stored: &StoredBytes) -> Block {
    let tree = Node::of(form, stored);
    block(&tree, String::new(), String::new())
}

fn block(node: &Node, name: String, path: String) -> Block {
    let mut within = Vec::new();
    fields(node, &path, &mut within);
    Block {
        name,
        path,
        bytes: node.bytes(),
        within,
    }
}

/// The fields next below a node, through lists, options and unions.
fn fields(node: &Node, path: &str, found: &mut Vec<Block>) {
    for content in node.contents() {
        match content.field() {
            Some(name) => {
                let path = match path.is_empty() {
                    true => name.to_owned(),
                    false => format!("{path}.{name}"),
                };
                found.push(block(content, name.to_owned(), path));
            }
            None => fields(content, path, found),
        }
    }
}
