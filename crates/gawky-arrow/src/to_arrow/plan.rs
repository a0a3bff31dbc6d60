//! Which Arrow field a form becomes: decided by the form and the options alone, so that all arrays of one form become
//! columns of one schema.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{
    DataType, Field, Fields, Metadata, TimeUnit as ArrowUnit, UnionFields, UnionMode,
};
use gawky_buffer::{DType, TimeUnit, Unit};
use gawky_form::{Form, IndexType, Parameters};

use super::ToArrow;
use crate::extension::{Annotation, metadata, nullable_for_above};
use crate::layers::{Layers, Mask, peel, within};
use crate::{ArrowError, ArrowProblem};

/// A field without its name.
struct Planned {
    data_type: DataType,
    nullable: bool,
    annotation: Annotation,
}

/// What the elements of text are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    Strings,
    Bytes,
}

impl Text {
    /// Whether lists of this form are strings: by their parameter, and as their content is bytes.
    pub(crate) fn of(form: &Form) -> Option<Self> {
        let text = match form.parameters().array() {
            Some("string") => Self::Strings,
            Some("bytestring") => Self::Bytes,
            _ => return None,
        };
        let content = match form {
            Form::Regular(list) => &list.content,
            Form::List(list) => &list.content,
            Form::ListOffset(list) => &list.content,
            _ => return None,
        };
        match &**content {
            Form::Numpy(numbers)
                if numbers.dtype == DType::UInt8 && numbers.inner_shape.is_empty() =>
            {
                Some(text)
            }
            _ => None,
        }
    }
}

impl ToArrow {
    /// The Arrow field that arrays of `form` become.
    ///
    /// # Errors
    /// [`ArrowProblem::NoCounterpart`] where Arrow has no type for a node.
    pub fn field(&self, name: &str, form: &Form) -> Result<Field, ArrowError> {
        Planner::new(self).field(name, form)
    }
}

/// What is above a field.
#[derive(Clone, Copy, Default)]
struct Above<'m> {
    /// An option that cannot be where it is.
    mask: Option<&'m Mask>,
    /// Whether the record may be missing, which the field is to tell as well.
    may_miss: bool,
}

/// Plans the fields of forms; those of one schema mostly carry the same metadata, which they share.
pub(crate) struct Planner<'o> {
    options: &'o ToArrow,
    known: HashMap<String, Metadata>,
}

impl<'o> Planner<'o> {
    pub(crate) fn new(options: &'o ToArrow) -> Self {
        Self {
            options,
            known: HashMap::new(),
        }
    }

    /// The field that arrays of `form` become.
    pub(crate) fn field(&mut self, name: &str, form: &Form) -> Result<Field, ArrowError> {
        self.field_below(name, form, Above::default())
    }

    fn field_below(
        &mut self,
        name: &str,
        form: &Form,
        above: Above<'_>,
    ) -> Result<Field, ArrowError> {
        let planned = self.plan(form, above)?;
        let field = Field::new(name, planned.data_type, planned.nullable);
        let field = self.annotated(field, &planned.annotation);
        Ok(if above.may_miss && !planned.nullable {
            nullable_for_above(field)
        } else {
            field
        })
    }

    /// The field with Awkward's metadata, if that is asked for.
    fn annotated(&mut self, field: Field, annotation: &Annotation) -> Field {
        if !self.options.extensionarray {
            return field;
        }
        let text = annotation.to_text();
        if let Some(known) = self.known.get(&text) {
            return field.with_metadata(known.clone());
        }
        let metadata = metadata(text.clone());
        self.known.insert(text, metadata.clone());
        field.with_metadata(metadata)
    }

    fn child(&mut self, name: &str, form: &Form) -> Result<Arc<Field>, ArrowError> {
        self.field(name, form).map(Arc::new)
    }

    fn plan(&mut self, form: &Form, above: Above<'_>) -> Result<Planned, ArrowError> {
        let mut layers = peel(form, |content, may_miss| {
            self.options.keeps_categories(content, may_miss)
        });
        layers.mask = match layers.mask {
            Some(own) => Some(within(own, above.mask)),
            None => above.mask.cloned(),
        };
        if let Form::Union(union) = layers.node
            && layers.categories.is_none()
        {
            return self.union(&layers, union.contents());
        }
        let is_option = layers.mask.is_some();
        let mut annotation = Annotation {
            node_type: Some(layers.node.class().to_owned()),
            node_parameters: Some(layers.parameters.clone()),
            ..Annotation::default()
        };
        if let Some((class, parameters)) = &layers.mask {
            annotation.mask_type = Some((*class).to_owned());
            annotation.mask_parameters = parameters.clone();
        }
        let mut nullable = is_option;
        let data_type = match layers.categories {
            Some(index) => {
                annotation.node_type = Some("IndexedArray".to_owned());
                let key = match index {
                    IndexType::I32 => DataType::Int32,
                    IndexType::U32 => DataType::UInt32,
                    IndexType::I64 => DataType::Int64,
                };
                let values = self.plan(layers.node, Above::default())?;
                // For Arrow, what picks a null is one.
                nullable |= values.nullable;
                annotation.values = Some(Arc::new(values.annotation));
                DataType::Dictionary(Box::new(key), Box::new(values.data_type))
            }
            None => {
                let may_miss = self.options.for_parquet && (is_option || above.may_miss);
                self.node(&layers, may_miss, &mut annotation)?
            }
        };
        if data_type == DataType::Null {
            annotation.is_nonnullable_nulltype = !is_option;
        }
        Ok(Planned {
            nullable: nullable || data_type == DataType::Null,
            data_type,
            annotation,
        })
    }

    fn node(
        &mut self,
        layers: &Layers<'_>,
        may_miss: bool,
        annotation: &mut Annotation,
    ) -> Result<DataType, ArrowError> {
        Ok(match layers.node {
            Form::Empty(_) => match self.options.emptyarray_to {
                Some(dtype) => number(dtype, &Parameters::none())?,
                None => DataType::Null,
            },
            Form::Numpy(numbers) => {
                if !numbers.inner_shape.is_empty() {
                    annotation.node_type = Some("RegularArray".to_owned());
                }
                let flat = number(numbers.dtype, &layers.parameters)?;
                self.shaped(flat, &numbers.inner_shape)?
            }
            Form::Regular(list) => match Text::of(layers.node) {
                Some(Text::Strings) => self.text(Text::Strings, IndexType::I64),
                Some(Text::Bytes) => DataType::FixedSizeBinary(list_size(list.size)?),
                None => DataType::FixedSizeList(
                    self.child("item", &list.content)?,
                    list_size(list.size)?,
                ),
            },
            Form::List(list) => match Text::of(layers.node) {
                Some(text) => self.text(text, IndexType::I64),
                None => self.list(IndexType::I64, &list.content)?,
            },
            Form::ListOffset(list) => match Text::of(layers.node) {
                Some(text) => self.text(text, list.offsets),
                None => self.list(list.offsets, &list.content)?,
            },
            Form::Record(record) => {
                annotation.record_is_tuple = Some(record.is_tuple());
                let mut fields = Vec::with_capacity(record.contents().len());
                let above = Above {
                    may_miss,
                    ..Above::default()
                };
                for (slot, content) in record.contents().iter().enumerate() {
                    fields.push(match record.fields().and_then(|names| names.get(slot)) {
                        Some(name) => self
                            .field_below(name, content, above)
                            .map_err(|error| error.in_field(name))?,
                        None => self
                            .field_below(&slot.to_string(), content, above)
                            .map_err(|error| error.in_slot(slot))?,
                    });
                }
                DataType::Struct(Fields::from(fields))
            }
            Form::Indexed(_)
            | Form::IndexedOption(_)
            | Form::ByteMasked(_)
            | Form::BitMasked(_)
            | Form::Unmasked(_)
            | Form::Union(_) => DataType::Null,
        })
    }

    /// Arrow's unions have no nulls of their own: what is missing is so in their first content. A union is nullable if a
    /// content is.
    fn union(
        &mut self,
        layers: &Layers<'_>,
        contents: &[Arc<Form>],
    ) -> Result<Planned, ArrowError> {
        let mut fields = Vec::with_capacity(contents.len());
        for (tag, content) in contents.iter().enumerate() {
            let above = Above {
                mask: layers.mask.as_ref().filter(|_| tag == 0),
                ..Above::default()
            };
            let field = self
                .field_below(&tag.to_string(), content, above)
                .map_err(|error| error.in_alternative(tag))?;
            fields.push((i8::try_from(tag).unwrap_or(i8::MAX), Arc::new(field)));
        }
        if fields.is_empty() {
            return Err(ArrowProblem::NoCounterpart {
                what: "a union of no contents".to_owned(),
                hint: "simplify the array first",
            }
            .into());
        }
        Ok(Planned {
            nullable: fields.iter().any(|(_, field)| field.is_nullable()),
            data_type: DataType::Union(UnionFields::from_iter(fields), UnionMode::Dense),
            annotation: Annotation {
                node_type: Some("UnionArray".to_owned()),
                node_parameters: Some(layers.parameters.clone()),
                ..Annotation::default()
            },
        })
    }

    /// Lists of one size for each axis of `shape`.
    fn shaped(&mut self, flat: DataType, shape: &[u64]) -> Result<DataType, ArrowError> {
        let mut data_type = flat;
        for (axis, size) in shape.iter().enumerate().rev() {
            let is_innermost = axis + 1 == shape.len();
            let annotation = Annotation {
                node_type: Some(
                    if is_innermost {
                        "NumpyArray"
                    } else {
                        "RegularArray"
                    }
                    .to_owned(),
                ),
                node_parameters: Some(Parameters::none()),
                ..Annotation::default()
            };
            let item = Field::new("item", data_type, false);
            let item = self.annotated(item, &annotation);
            data_type = DataType::FixedSizeList(Arc::new(item), list_size(*size)?);
        }
        Ok(data_type)
    }

    fn text(&self, text: Text, offsets: IndexType) -> DataType {
        let is_narrow = offsets == IndexType::I32
            || match text {
                Text::Strings => self.options.string_to32,
                Text::Bytes => self.options.bytestring_to32,
            };
        match (text, is_narrow) {
            (Text::Strings, true) => DataType::Utf8,
            (Text::Strings, false) => DataType::LargeUtf8,
            (Text::Bytes, true) => DataType::Binary,
            (Text::Bytes, false) => DataType::LargeBinary,
        }
    }

    fn list(&mut self, offsets: IndexType, content: &Form) -> Result<DataType, ArrowError> {
        let item = self.child("item", content)?;
        Ok(if offsets == IndexType::I32 || self.options.list_to32 {
            DataType::List(item)
        } else {
            DataType::LargeList(item)
        })
    }
}

fn list_size(size: u64) -> Result<i32, ArrowError> {
    i32::try_from(size).map_err(|_| {
        ArrowProblem::NoCounterpart {
            what: format!("lists of one size, which is {size}"),
            hint: "Arrow's sizes have 32 bits; use lists with offsets",
        }
        .into()
    })
}

/// The type of flat numbers.
fn number(dtype: DType, parameters: &Parameters) -> Result<DataType, ArrowError> {
    let none = |hint| ArrowProblem::NoCounterpart {
        what: dtype.to_string(),
        hint,
    };
    Ok(match dtype {
        DType::Bool => DataType::Boolean,
        DType::Int8 => DataType::Int8,
        DType::Int16 => DataType::Int16,
        DType::Int32 => DataType::Int32,
        DType::Int64 => DataType::Int64,
        DType::UInt8 => DataType::UInt8,
        DType::UInt16 => DataType::UInt16,
        DType::UInt32 => DataType::UInt32,
        DType::UInt64 => DataType::UInt64,
        DType::Float16 => DataType::Float16,
        DType::Float32 => DataType::Float32,
        DType::Float64 => DataType::Float64,
        DType::DateTime64(tick) if tick == TimeUnit::from(Unit::Day) => DataType::Date32,
        DType::DateTime64(tick) => {
            let zone = parameters.str(super::TIMEZONE).map(Arc::from);
            DataType::Timestamp(unit(tick).ok_or_else(|| none(TIMES))?, zone)
        }
        DType::TimeDelta64(tick) => DataType::Duration(unit(tick).ok_or_else(|| none(TIMES))?),
        DType::Float128 => return Err(none("convert it to float64").into()),
        DType::Complex64 | DType::Complex128 | DType::Complex256 => {
            return Err(none("make it a record of its real and its imaginary part").into());
        }
    })
}

const TIMES: &str =
    "convert it to s, ms, us or ns (days are dates of 32 bits, if they are datetimes)";

fn unit(tick: TimeUnit) -> Option<ArrowUnit> {
    if tick.count.get() != 1 {
        return None;
    }
    Some(match tick.unit {
        Unit::Second => ArrowUnit::Second,
        Unit::Millisecond => ArrowUnit::Millisecond,
        Unit::Microsecond => ArrowUnit::Microsecond,
        Unit::Nanosecond => ArrowUnit::Nanosecond,
        _ => return None,
    })
}
