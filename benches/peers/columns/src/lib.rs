//! Nested data as flat columns, for formats of arrays of numbers that know no nesting: what their user has to do.
//!
//! `python/columns.py` of the folder above says which flat columns a node has, and does the same in Python.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::ByteArrayType;
use arrow_array::{
    Array, ArrayRef, BooleanArray, FixedSizeListArray, GenericByteArray, GenericListArray,
    LargeBinaryArray, LargeListArray, OffsetSizeTrait, StructArray, UnionArray, make_array,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_data::ArrayData;
use arrow_schema::{DataType, Field, Fields, UnionFields};
use gawky_peers_contest::{Failure, Outcome};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// What a column is made of, as the group's attributes say it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "node", rename_all = "lowercase")]
pub enum Node {
    Flat {
        valid: bool,
        r#type: Type,
    },
    Text {
        valid: bool,
    },
    List {
        valid: bool,
        content: Box<Node>,
    },
    Fixed {
        valid: bool,
        size: u64,
        content: Box<Node>,
    },
    Record {
        valid: bool,
        fields: IndexMap<String, Node>,
    },
    Union {
        valid: bool,
        contents: Vec<(i8, Node)>,
    },
}

/// What Zarr calls the types of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Float32,
    Float64,
}

impl Type {
    const ALL: [Self; 11] = [
        Self::Bool,
        Self::Int8,
        Self::Int16,
        Self::Int32,
        Self::Int64,
        Self::Uint8,
        Self::Uint16,
        Self::Uint32,
        Self::Uint64,
        Self::Float32,
        Self::Float64,
    ];

    fn of(arrow: &DataType) -> Outcome<Self> {
        let same = Self::ALL.into_iter().find(|same| same.arrow() == *arrow);
        same.ok_or_else(|| Failure::cannot(format!("has no arrays of {arrow}")))
    }

    /// What Zarr calls it, and what Arrow does.
    fn names(self) -> (&'static str, DataType) {
        match self {
            Self::Bool => ("bool", DataType::Boolean),
            Self::Int8 => ("int8", DataType::Int8),
            Self::Int16 => ("int16", DataType::Int16),
            Self::Int32 => ("int32", DataType::Int32),
            Self::Int64 => ("int64", DataType::Int64),
            Self::Uint8 => ("uint8", DataType::UInt8),
            Self::Uint16 => ("uint16", DataType::UInt16),
            Self::Uint32 => ("uint32", DataType::UInt32),
            Self::Uint64 => ("uint64", DataType::UInt64),
            Self::Float32 => ("float32", DataType::Float32),
            Self::Float64 => ("float64", DataType::Float64),
        }
    }

    pub fn zarr(self) -> &'static str {
        self.names().0
    }

    fn arrow(self) -> DataType {
        self.names().1
    }

    /// How many bytes one takes.
    pub fn width(self) -> usize {
        self.arrow().primitive_width().unwrap_or(1)
    }
}

/// One array of numbers.
#[derive(Clone, Debug)]
pub struct Flat {
    pub name: String,
    pub r#type: Type,
    pub bytes: Buffer,
}

/// Adds the flat columns of an array to those that are there.
pub fn flatten(name: &str, array: &ArrayRef, into: &mut Vec<Flat>) -> Outcome<Node> {
    let valid = array.null_count() > 0;
    let mut add = |attribute: &str, r#type: Type, bytes: Buffer| {
        let name = format!("{name}-{attribute}");
        into.push(Flat {
            name,
            r#type,
            bytes,
        });
    };
    if let Some(nulls) = array.nulls().filter(|_| valid) {
        add("valid", Type::Bool, bytes_of(nulls.inner()));
    }
    Ok(match array.data_type() {
        DataType::Boolean => {
            add("data", Type::Bool, bytes_of(array.as_boolean().values()));
            Node::Flat {
                valid,
                r#type: Type::Bool,
            }
        }
        DataType::Utf8 => text(array.as_string::<i32>(), valid, &mut add),
        DataType::LargeUtf8 => text(array.as_string::<i64>(), valid, &mut add),
        DataType::Binary => text(array.as_binary::<i32>(), valid, &mut add),
        DataType::LargeBinary => text(array.as_binary::<i64>(), valid, &mut add),
        DataType::List(_) => list(name, array.as_list::<i32>(), valid, into)?,
        DataType::LargeList(_) => list(name, array.as_list::<i64>(), valid, into)?,
        DataType::FixedSizeList(_, size) => {
            let content = flatten(
                &format!("{name}/content"),
                array.as_fixed_size_list().values(),
                into,
            )?;
            Node::Fixed {
                valid,
                size: u64::from(size.unsigned_abs()),
                content: Box::new(content),
            }
        }
        DataType::Struct(fields) => {
            let columns = fields.iter().zip(array.as_struct().columns());
            let fields = columns.map(|(field, column)| {
                Ok((
                    field.name().clone(),
                    flatten(&format!("{name}/{}", field.name()), column, into)?,
                ))
            });
            Node::Record {
                valid,
                fields: fields.collect::<Outcome<_>>()?,
            }
        }
        DataType::Union(fields, _) => {
            let array = array.as_union();
            let offsets = array
                .offsets()
                .ok_or_else(|| Failure::cannot("sparse unions are not written out"))?;
            add("ids", Type::Int8, array.type_ids().inner().clone());
            add(
                "offsets",
                Type::Int64,
                offsets
                    .iter()
                    .map(|&offset| i64::from(offset))
                    .collect::<Vec<_>>()
                    .into(),
            );
            let contents = fields
                .iter()
                .map(|(id, _)| Ok((id, flatten(&format!("{name}/{id}"), array.child(id), into)?)));
            Node::Union {
                valid,
                contents: contents.collect::<Outcome<_>>()?,
            }
        }
        other => {
            let r#type = Type::of(other)?;
            let data = array.to_data();
            let (start, bytes) = (data.offset() * r#type.width(), data.len() * r#type.width());
            add(
                "data",
                r#type,
                data.buffers()[0].slice_with_length(start, bytes),
            );
            Node::Flat { valid, r#type }
        }
    })
}

/// One byte for each bit.
fn bytes_of(bits: &BooleanBuffer) -> Buffer {
    bits.iter().map(u8::from).collect::<Vec<_>>().into()
}

/// Offsets that begin with 0, and what they reach.
fn offsets_of<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>) -> (Buffer, Range<usize>) {
    let reached = offsets[0].as_usize()..offsets[offsets.len() - 1].as_usize();
    let offsets = offsets
        .iter()
        .map(|offset| (offset.as_usize() - reached.start) as i64);
    (offsets.collect::<Vec<_>>().into(), reached)
}

fn text<T: ByteArrayType>(
    array: &GenericByteArray<T>,
    valid: bool,
    add: &mut impl FnMut(&str, Type, Buffer),
) -> Node {
    let (offsets, reached) = offsets_of(array.offsets());
    add("offsets", Type::Int64, offsets);
    add(
        "data",
        Type::Uint8,
        array
            .values()
            .slice_with_length(reached.start, reached.len()),
    );
    Node::Text { valid }
}

fn list<O: OffsetSizeTrait>(
    name: &str,
    array: &GenericListArray<O>,
    valid: bool,
    into: &mut Vec<Flat>,
) -> Outcome<Node> {
    let (offsets, reached) = offsets_of(array.offsets());
    into.push(Flat {
        name: format!("{name}-offsets"),
        r#type: Type::Int64,
        bytes: offsets,
    });
    let content = array.values().slice(reached.start, reached.len());
    Ok(Node::List {
        valid,
        content: Box::new(flatten(&format!("{name}/content"), &content, into)?),
    })
}

/// Where flat columns are read.
pub trait Source {
    /// The bytes of those elements of a flat column that lie in these ranges, one after the other; the ranges ascend.
    fn elements(&self, name: &str, ranges: &[Range<u64>]) -> Outcome<Vec<u8>>;
}

/// What was read of a node.
#[derive(Clone, Debug)]
pub struct Part {
    valid: Option<Vec<u8>>,
    rows: usize,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Flat(DataType, Vec<u8>),
    Text(Vec<i64>, Vec<u8>),
    List(Vec<i64>, Box<Part>),
    Fixed(u64, Box<Part>),
    Record(Vec<(String, Part)>),
    Union {
        ids: Vec<u8>,
        offsets: Vec<i32>,
        contents: Vec<(i8, Part)>,
    },
}

/// Reads the rows of a node that lie in these ranges, which ascend: its own columns, then those of the nodes below for what they reach.
pub fn read(source: &impl Source, name: &str, node: &Node, ranges: &[Range<u64>]) -> Outcome<Part> {
    let flat = |attribute: &str| format!("{name}-{attribute}");
    let below = |node: &str| format!("{name}/{node}");
    let get = |attribute: &str| source.elements(&flat(attribute), ranges);
    let (Node::Flat { valid, .. } | Node::Text { valid } | Node::List { valid, .. }) = node else {
        return read_product(source, name, node, ranges);
    };
    let valid = valid.then(|| get("valid")).transpose()?;
    let content = match node {
        Node::List { content, .. } => {
            let (offsets, reached) = lists(source, &flat("offsets"), ranges)?;
            Content::List(
                offsets,
                Box::new(read(source, &below("content"), content, &reached)?),
            )
        }
        Node::Flat { r#type, .. } => Content::Flat(r#type.arrow(), get("data")?),
        _ => {
            let (offsets, reached) = lists(source, &flat("offsets"), ranges)?;
            Content::Text(offsets, source.elements(&flat("data"), &reached)?)
        }
    };
    Ok(Part {
        valid,
        rows: length(ranges),
        content,
    })
}

fn read_product(
    source: &impl Source,
    name: &str,
    node: &Node,
    ranges: &[Range<u64>],
) -> Outcome<Part> {
    let flat = |attribute: &str| format!("{name}-{attribute}");
    let below = |node: &str| format!("{name}/{node}");
    let get = |attribute: &str| source.elements(&flat(attribute), ranges);
    let (valid, content) = match node {
        Node::Fixed {
            valid,
            size,
            content,
        } => {
            let reached: Vec<_> = ranges
                .iter()
                .map(|range| range.start * size..range.end * size)
                .collect();
            (
                valid,
                Content::Fixed(
                    *size,
                    Box::new(read(source, &below("content"), content, &reached)?),
                ),
            )
        }
        Node::Record { valid, fields } => {
            let fields = fields.iter().map(|(field, node)| {
                Ok((field.clone(), read(source, &below(field), node, ranges)?))
            });
            (valid, Content::Record(fields.collect::<Outcome<_>>()?))
        }
        Node::Union { valid, contents } => {
            let ids = get("ids")?;
            let stored = numbers(&get("offsets")?);
            let mut offsets = vec![0_i32; stored.len()];
            let mut parts = Vec::new();
            for (id, node) in contents {
                // Of each content, the rows that are meant, each once.
                let here: Vec<usize> = (0..ids.len())
                    .filter(|&row| ids[row].cast_signed() == *id)
                    .collect();
                let mut reached: Vec<u64> =
                    here.iter().map(|&row| stored[row].unsigned_abs()).collect();
                reached.sort_unstable();
                reached.dedup();
                for row in here {
                    let position =
                        reached.partition_point(|&offset| offset < stored[row].unsigned_abs());
                    offsets[row] = i32::try_from(position)?;
                }
                parts.push((
                    *id,
                    read(source, &below(&id.to_string()), node, &runs(&reached))?,
                ));
            }
            (
                valid,
                Content::Union {
                    ids,
                    offsets,
                    contents: parts,
                },
            )
        }
        _ => return read(source, name, node, ranges),
    };
    let valid = valid.then(|| get("valid")).transpose()?;
    Ok(Part {
        valid,
        rows: length(ranges),
        content,
    })
}

fn length(ranges: &[Range<u64>]) -> usize {
    ranges
        .iter()
        .map(|range| (range.end - range.start) as usize)
        .sum()
}

/// Numbers that ascend as ranges of those that follow each other.
pub fn runs(numbers: &[u64]) -> Vec<Range<u64>> {
    let runs = numbers.chunk_by(|before, number| before + 1 == *number);
    runs.filter_map(|run| Some(*run.first()?..run.last()? + 1))
        .collect()
}

fn numbers(bytes: &[u8]) -> Vec<i64> {
    bytemuck::pod_collect_to_vec(bytes)
}

/// The offsets of the lists in these ranges, counted from 0 for what is read, and the elements that the lists reach.
fn lists(
    source: &impl Source,
    name: &str,
    ranges: &[Range<u64>],
) -> Outcome<(Vec<i64>, Vec<Range<u64>>)> {
    let wanted = ranges.iter().filter(|range| !range.is_empty());
    // One offset more for each range; ranges that would touch by it are one.
    let mut ends: Vec<Range<u64>> = Vec::new();
    for range in wanted.clone() {
        match ends.last_mut() {
            Some(last) if last.end >= range.start => last.end = range.end + 1,
            _ => ends.push(range.start..range.end + 1),
        }
    }
    let stored = numbers(&source.elements(name, &ends)?);
    let (mut offsets, mut reached) = (vec![0], Vec::<Range<u64>>::new());
    let (mut total, mut before, mut which) = (0, 0, 0);
    for range in wanted {
        while ends[which].end <= range.start {
            before += (ends[which].end - ends[which].start) as usize;
            which += 1;
        }
        let first = before + (range.start - ends[which].start) as usize;
        let here = &stored[first..=first + (range.end - range.start) as usize];
        offsets.extend(here[1..].iter().map(|offset| offset - here[0] + total));
        total += here[here.len() - 1] - here[0];
        let elements = here[0].unsigned_abs()..here[here.len() - 1].unsigned_abs();
        match reached.last_mut() {
            Some(last) if last.end == elements.start => last.end = elements.end,
            _ if elements.is_empty() => {}
            _ => reached.push(elements),
        }
    }
    Ok((offsets, reached))
}

/// Shows all bytes that were read.
pub fn buffers(part: &Part, see: &mut dyn FnMut(&[u8])) {
    part.valid.iter().for_each(|valid| see(valid));
    match &part.content {
        Content::Flat(_, data) => see(data),
        Content::Text(offsets, data) => {
            see(bytemuck::cast_slice(offsets));
            see(data);
        }
        Content::List(offsets, content) => {
            see(bytemuck::cast_slice(offsets));
            buffers(content, see);
        }
        Content::Fixed(_, content) => buffers(content, see),
        Content::Record(fields) => fields.iter().for_each(|(_, field)| buffers(field, see)),
        Content::Union {
            ids,
            offsets,
            contents,
        } => {
            see(ids);
            see(bytemuck::cast_slice(offsets));
            contents
                .iter()
                .for_each(|(_, content)| buffers(content, see));
        }
    }
}

/// What was read as an Arrow array, for its digest.
pub fn to_arrow(part: Part) -> Outcome<ArrayRef> {
    let Part {
        valid,
        rows,
        content,
    } = part;
    let bits = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|&byte| byte != 0)
            .collect::<BooleanBuffer>()
    };
    let nulls = valid.map(|valid| NullBuffer::new(bits(&valid)));
    let offsets = |offsets: Vec<i64>| OffsetBuffer::new(ScalarBuffer::from(offsets));
    let field =
        |name: &str, array: &ArrayRef| Arc::new(Field::new(name, array.data_type().clone(), true));
    Ok(match content {
        Content::Flat(DataType::Boolean, data) => Arc::new(BooleanArray::new(bits(&data), nulls)),
        Content::Flat(r#type, data) => {
            let data = ArrayData::builder(r#type)
                .len(rows)
                .add_buffer(Buffer::from_vec(data))
                .nulls(nulls)
                .align_buffers(true);
            make_array(data.build()?)
        }
        Content::Text(ends, data) => Arc::new(LargeBinaryArray::try_new(
            offsets(ends),
            Buffer::from_vec(data),
            nulls,
        )?),
        Content::List(ends, content) => {
            let content = to_arrow(*content)?;
            Arc::new(LargeListArray::try_new(
                field("item", &content),
                offsets(ends),
                content,
                nulls,
            )?)
        }
        Content::Fixed(size, content) => {
            let content = to_arrow(*content)?;
            Arc::new(FixedSizeListArray::try_new(
                field("item", &content),
                i32::try_from(size)?,
                content,
                nulls,
            )?)
        }
        Content::Record(parts) => {
            let parts = parts
                .into_iter()
                .map(|(name, part)| Ok((name, to_arrow(part)?)));
            let parts = parts.collect::<Outcome<Vec<_>>>()?;
            let fields = parts
                .iter()
                .map(|(name, array)| field(name, array))
                .collect::<Fields>();
            let arrays = parts.into_iter().map(|(_, array)| array).collect();
            Arc::new(StructArray::try_new_with_length(
                fields, arrays, nulls, rows,
            )?)
        }
        Content::Union {
            ids,
            offsets,
            contents,
        } => {
            let contents = contents
                .into_iter()
                .map(|(id, part)| Ok((id, to_arrow(part)?)));
            let contents = contents.collect::<Outcome<Vec<_>>>()?;
            let named = contents
                .iter()
                .map(|(id, array)| (*id, field(&id.to_string(), array)));
            let fields = named.collect::<UnionFields>();
            let ids = ids.into_iter().map(u8::cast_signed).collect::<Vec<i8>>();
            let arrays = contents.into_iter().map(|(_, array)| array).collect();
            Arc::new(UnionArray::try_new(
                fields,
                ids.into(),
                Some(offsets.into()),
                arrays,
            )?)
        }
    })
}
