//! Writing forms as JSON.

use std::collections::HashSet;
use std::sync::Arc;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::Dialect;
use crate::{
    Form, FormError, IndexType, NodePath, NumpyForm, Parameters, RecordForm, SignedIndexType,
};
use gawky_buffer::{DType, Unit};

/// A node to be written.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    form: &'a Form,
    style: Style,
    is_root: bool,
}

#[derive(Clone, Copy)]
struct Style {
    dialect: Dialect,
    verbose: bool,
}

impl<'a> Node<'a> {
    pub(super) fn root(form: &'a Form, dialect: Dialect, verbose: bool) -> Self {
        Self {
            form,
            style: Style { dialect, verbose },
            is_root: true,
        }
    }

    fn is_bare(&self, numpy: &NumpyForm) -> bool {
        // Awkward 1 would lose the unit of time.
        let loses_unit = self.style.dialect == Dialect::V1
            && matches!(numpy.dtype, DType::DateTime64(tick) | DType::TimeDelta64(tick)
                if tick.unit != Unit::Generic);
        !self.style.verbose
            && !self.is_root
            && numpy.inner_shape.is_empty()
            && numpy.info.parameters.is_empty()
            && numpy.info.form_key.is_none()
            && !loses_unit
    }
}

impl Style {
    fn node(self, form: &Form) -> Node<'_> {
        Node {
            form,
            style: self,
            is_root: false,
        }
    }

    /// The class, which for Awkward 1 says how wide its integers are.
    fn class(self, form: &Form) -> &'static str {
        if self.dialect == Dialect::V2 {
            return form.class();
        }
        match form {
            Form::List(list) => match list.starts {
                IndexType::I32 => "ListArray32",
                IndexType::U32 => "ListArrayU32",
                IndexType::I64 => "ListArray64",
            },
            Form::ListOffset(list) => match list.offsets {
                IndexType::I32 => "ListOffsetArray32",
                IndexType::U32 => "ListOffsetArrayU32",
                IndexType::I64 => "ListOffsetArray64",
            },
            Form::Indexed(indexed) => match indexed.index {
                IndexType::I32 => "IndexedArray32",
                IndexType::U32 => "IndexedArrayU32",
                IndexType::I64 => "IndexedArray64",
            },
            Form::IndexedOption(indexed) => match indexed.index {
                SignedIndexType::I32 => "IndexedOptionArray32",
                SignedIndexType::I64 => "IndexedOptionArray64",
            },
            Form::Union(union) => match union.index {
                IndexType::I32 => "UnionArray8_32",
                IndexType::U32 => "UnionArray8_U32",
                IndexType::I64 => "UnionArray8_64",
            },
            Form::Empty(_)
            | Form::Numpy(_)
            | Form::Regular(_)
            | Form::Record(_)
            | Form::ByteMasked(_)
            | Form::BitMasked(_)
            | Form::Unmasked(_) => form.class(),
        }
    }
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let style = self.style;
        let is_v1 = style.dialect == Dialect::V1;
        if let Form::Numpy(numpy) = self.form
            && self.is_bare(numpy)
        {
            return serializer.serialize_str(&numpy.dtype.primitive());
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("class", style.class(self.form))?;
        match self.form {
            Form::Empty(_) => {}
            Form::Numpy(numpy) => write_numpy(&mut map, style, numpy)?,
            Form::Regular(regular) if is_v1 => {
                map.serialize_entry("content", &style.node(&regular.content))?;
                map.serialize_entry("size", &regular.size)?;
            }
            Form::Regular(regular) => {
                map.serialize_entry("size", &regular.size)?;
                map.serialize_entry("content", &style.node(&regular.content))?;
            }
            Form::List(list) => {
                map.serialize_entry("starts", list.starts.name())?;
                map.serialize_entry("stops", list.starts.name())?;
                map.serialize_entry("content", &style.node(&list.content))?;
            }
            Form::ListOffset(list) => {
                map.serialize_entry("offsets", list.offsets.name())?;
                map.serialize_entry("content", &style.node(&list.content))?;
            }
            Form::Record(record) => write_record(&mut map, style, record)?,
            Form::Indexed(indexed) => {
                map.serialize_entry("index", indexed.index.name())?;
                map.serialize_entry("content", &style.node(&indexed.content))?;
            }
            Form::IndexedOption(indexed) => {
                map.serialize_entry("index", IndexType::from(indexed.index).name())?;
                map.serialize_entry("content", &style.node(&indexed.content))?;
            }
            Form::ByteMasked(masked) => {
                map.serialize_entry("mask", "i8")?;
                if is_v1 {
                    map.serialize_entry("content", &style.node(&masked.content))?;
                }
                map.serialize_entry("valid_when", &masked.valid_when)?;
                if !is_v1 {
                    map.serialize_entry("content", &style.node(&masked.content))?;
                }
            }
            Form::BitMasked(masked) => {
                map.serialize_entry("mask", "u8")?;
                if is_v1 {
                    map.serialize_entry("content", &style.node(&masked.content))?;
                }
                map.serialize_entry("valid_when", &masked.valid_when)?;
                map.serialize_entry("lsb_order", &masked.lsb_order)?;
                if !is_v1 {
                    map.serialize_entry("content", &style.node(&masked.content))?;
                }
            }
            Form::Unmasked(unmasked) => {
                map.serialize_entry("content", &style.node(&unmasked.content))?;
            }
            Form::Union(union) => {
                map.serialize_entry("tags", "i8")?;
                map.serialize_entry("index", union.index.name())?;
                map.serialize_entry("contents", &Contents(style, union.contents()))?;
            }
        }
        if is_v1 && style.verbose {
            map.serialize_entry("has_identities", &false)?;
        }
        let info = self.form.info();
        if style.verbose || !info.parameters.is_empty() {
            map.serialize_entry("parameters", &info.parameters)?;
        }
        if style.verbose || info.form_key.is_some() {
            map.serialize_entry("form_key", &info.form_key.as_deref())?;
        }
        map.end()
    }
}

fn write_numpy<M: SerializeMap>(
    map: &mut M,
    style: Style,
    numpy: &NumpyForm,
) -> Result<(), M::Error> {
    let shape = (style.verbose || !numpy.inner_shape.is_empty()).then_some(&*numpy.inner_shape);
    match style.dialect {
        Dialect::V2 => {
            map.serialize_entry("primitive", &*numpy.dtype.primitive())?;
            if let Some(shape) = shape {
                map.serialize_entry("inner_shape", shape)?;
            }
        }
        Dialect::V1 => {
            if let Some(shape) = shape {
                map.serialize_entry("inner_shape", shape)?;
            }
            map.serialize_entry("itemsize", &numpy.dtype.itemsize())?;
            map.serialize_entry("format", &*numpy.dtype.format())?;
            map.serialize_entry("primitive", numpy.dtype.kind_name())?;
        }
    }
    Ok(())
}

fn write_record<M: SerializeMap>(
    map: &mut M,
    style: Style,
    record: &RecordForm,
) -> Result<(), M::Error> {
    match (style.dialect, record.fields()) {
        (Dialect::V1, Some(fields)) => {
            map.serialize_entry("contents", &Named(style, fields, record.contents()))
        }
        (Dialect::V1, None) => map.serialize_entry("contents", &Contents(style, record.contents())),
        (Dialect::V2, fields) => {
            map.serialize_entry("fields", &fields.map(|fields| Names(fields)))?;
            map.serialize_entry("contents", &Contents(style, record.contents()))
        }
    }
}

struct Names<'a>(&'a [Arc<str>]);

impl Serialize for Names<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|name| &**name))
    }
}

struct Contents<'a>(Style, &'a [Arc<Form>]);

impl Serialize for Contents<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.1.len()))?;
        for content in self.1 {
            seq.serialize_element(&self.0.node(content))?;
        }
        seq.end()
    }
}

struct Named<'a>(Style, &'a [Arc<str>], &'a [Arc<Form>]);

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.2.len()))?;
        for (name, content) in self.1.iter().zip(self.2) {
            map.serialize_entry(&**name, &self.0.node(content))?;
        }
        map.end()
    }
}

impl Serialize for Parameters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Form {
    /// Whether `dialect` can say this form.
    pub(super) fn check_dialect(&self, dialect: Dialect) -> Result<(), FormError> {
        match dialect {
            Dialect::V2 => Ok(()),
            Dialect::V1 => self.check_v1(&mut NodePath::root()),
        }
    }

    fn check_v1(&self, path: &mut NodePath) -> Result<(), FormError> {
        if let Self::Record(record) = self
            && let Some(fields) = record.fields()
        {
            let mut seen = HashSet::new();
            if let Some(twice) = fields.iter().find(|name| !seen.insert(&***name)) {
                return Err(FormError::NotInDialect {
                    path: path.clone(),
                    field: twice.to_string(),
                });
            }
        }
        for (position, child) in self.children().iter().enumerate() {
            path.enter(self, position);
            child.check_v1(path)?;
            path.leave(self);
        }
        Ok(())
    }
}
