//! Making a node of its members, once all are known.

use std::borrow::Cow;
use std::sync::Arc;

use gawky_buffer::{
    Key, {ByteOrder, DType, Unit},
};
use serde::de;

use super::Context;
use super::members::{Contents, Members};
use crate::json::MAX_DIMENSIONS;
use crate::json::problem::{JsonProblem, Step};
use crate::{
    BitMaskedForm, ByteMaskedForm, EmptyForm, Form, FormError, IndexType, IndexedForm,
    IndexedOptionForm, ListForm, ListOffsetForm, NodeInfo, NumpyForm, RecordForm, RegularForm,
    SignedIndexType, UnionForm, UnmaskedForm,
};

/// Why members make no node, and which one is to blame, if one is.
pub(super) struct Refused {
    problem: JsonProblem,
    member: Option<&'static str>,
}

impl From<JsonProblem> for Refused {
    fn from(problem: JsonProblem) -> Self {
        Self {
            problem,
            member: None,
        }
    }
}

impl From<FormError> for Refused {
    fn from(error: FormError) -> Self {
        JsonProblem::Node(Box::new(error)).into()
    }
}

impl Refused {
    fn of(member: &'static str, problem: JsonProblem) -> Self {
        Self {
            problem,
            member: Some(member),
        }
    }

    pub(super) fn fail<E: de::Error>(self, context: &Context) -> E {
        let error = context.fail(self.problem);
        match self.member {
            Some(member) => context
                .at::<(), E>(Err(error), || Step::Member(member))
                .err()
                .unwrap_or_else(|| E::custom("")),
            None => error,
        }
    }
}

/// The classes, without the widths that Awkward 1 adds.
#[derive(Clone, Copy)]
enum Kind {
    Empty,
    Numpy,
    Regular,
    List,
    ListOffset,
    Record,
    Indexed,
    IndexedOption,
    ByteMasked,
    BitMasked,
    Unmasked,
    Union,
    Virtual,
}

/// A class, with the integers that its name says it has.
fn class(name: &str) -> Option<(Kind, Option<IndexType>)> {
    use IndexType::{I32, I64, U32};
    Some(match name {
        "EmptyArray" => (Kind::Empty, None),
        "NumpyArray" => (Kind::Numpy, None),
        "RegularArray" => (Kind::Regular, None),
        "ListArray" => (Kind::List, None),
        "ListArray32" => (Kind::List, Some(I32)),
        "ListArrayU32" => (Kind::List, Some(U32)),
        "ListArray64" => (Kind::List, Some(I64)),
        "ListOffsetArray" => (Kind::ListOffset, None),
        "ListOffsetArray32" => (Kind::ListOffset, Some(I32)),
        "ListOffsetArrayU32" => (Kind::ListOffset, Some(U32)),
        "ListOffsetArray64" => (Kind::ListOffset, Some(I64)),
        "RecordArray" => (Kind::Record, None),
        "IndexedArray" => (Kind::Indexed, None),
        "IndexedArray32" => (Kind::Indexed, Some(I32)),
        "IndexedArrayU32" => (Kind::Indexed, Some(U32)),
        "IndexedArray64" => (Kind::Indexed, Some(I64)),
        "IndexedOptionArray" => (Kind::IndexedOption, None),
        "IndexedOptionArray32" => (Kind::IndexedOption, Some(I32)),
        "IndexedOptionArray64" => (Kind::IndexedOption, Some(I64)),
        "ByteMaskedArray" => (Kind::ByteMasked, None),
        "BitMaskedArray" => (Kind::BitMasked, None),
        "UnmaskedArray" => (Kind::Unmasked, None),
        "UnionArray" => (Kind::Union, None),
        "UnionArray8_32" => (Kind::Union, Some(I32)),
        "UnionArray8_U32" => (Kind::Union, Some(U32)),
        "UnionArray8_64" => (Kind::Union, Some(I64)),
        "VirtualArray" => (Kind::Virtual, None),
        _ => return None,
    })
}

/// The dtype of a primitive's name.
pub(super) fn primitive(name: &str) -> Result<DType, JsonProblem> {
    DType::from_primitive(name).map_err(|error| JsonProblem::UnknownDType(error.to_string()))
}

impl Members<'_> {
    /// The node that these members make.
    pub(super) fn make_form(&mut self) -> Result<Arc<Form>, Refused> {
        let name = self.class.take().ok_or_else(|| JsonProblem::Missing {
            class: "a form".to_owned(),
            member: "class",
        })?;
        let (kind, implied) = class(&name).ok_or_else(|| {
            Refused::of(
                "class",
                JsonProblem::UnknownClass(name.clone().into_owned()),
            )
        })?;
        let named = Named {
            class: &name,
            implied,
        };
        let info = NodeInfo {
            parameters: self.parameters.take().unwrap_or_default(),
            form_key: self.form_key.take().flatten().map(|key| Key::from(&*key)),
        };
        let form: Form = match kind {
            Kind::Empty if !info.parameters.is_empty() => {
                return Err(Refused::of("parameters", JsonProblem::EmptyParameters));
            }
            Kind::Empty => EmptyForm { info }.into(),
            Kind::Numpy => {
                let inner_shape = self.inner_shape.take().unwrap_or_default();
                if inner_shape.len() > MAX_DIMENSIONS {
                    let found = inner_shape.len();
                    let limit = MAX_DIMENSIONS;
                    let too_many = JsonProblem::TooManyDimensions { found, limit };
                    return Err(Refused::of("inner_shape", too_many));
                }
                NumpyForm {
                    dtype: self.dtype(named)?,
                    inner_shape: shape(inner_shape),
                    info,
                }
                .into()
            }
            Kind::Regular => RegularForm {
                size: named.need(self.size, "size")?,
                content: named.need(self.content.take(), "content")?,
                info,
            }
            .into(),
            Kind::List => {
                let starts = named.index(self.starts.as_deref(), "starts")?;
                let stops = named.index(self.stops.as_deref(), "stops")?;
                if starts != stops {
                    return Err(JsonProblem::Contradiction {
                        one: format!("starts {:?}", starts.name()),
                        other: format!("stops {:?}", stops.name()),
                    }
                    .into());
                }
                ListForm {
                    starts,
                    content: named.need(self.content.take(), "content")?,
                    info,
                }
                .into()
            }
            Kind::ListOffset => ListOffsetForm {
                offsets: named.index(self.offsets.as_deref(), "offsets")?,
                content: named.need(self.content.take(), "content")?,
                info,
            }
            .into(),
            Kind::Record => self.record(named, info)?.into(),
            Kind::Indexed => IndexedForm {
                index: named.index(self.index.as_deref(), "index")?,
                content: named.need(self.content.take(), "content")?,
                info,
            }
            .into(),
            Kind::IndexedOption => IndexedOptionForm {
                index: named.signed_index(self.index.as_deref(), "index")?,
                content: named.need(self.content.take(), "content")?,
                info,
            }
            .into(),
            Kind::ByteMasked => {
                named.fixed(self.mask.as_deref(), "mask", "i8", false)?;
                ByteMaskedForm {
                    valid_when: named.need(self.valid_when, "valid_when")?,
                    content: named.need(self.content.take(), "content")?,
                    info,
                }
                .into()
            }
            Kind::BitMasked => {
                named.fixed(self.mask.as_deref(), "mask", "u8", false)?;
                BitMaskedForm {
                    valid_when: named.need(self.valid_when, "valid_when")?,
                    lsb_order: named.need(self.lsb_order, "lsb_order")?,
                    content: named.need(self.content.take(), "content")?,
                    info,
                }
                .into()
            }
            Kind::Unmasked => UnmaskedForm {
                content: named.need(self.content.take(), "content")?,
                info,
            }
            .into(),
            Kind::Union => self.union(named, info)?.into(),
            Kind::Virtual => return self.wrapped(named, info),
        };
        Ok(Arc::new(form))
    }

    fn dtype(&self, named: Named<'_>) -> Result<DType, Refused> {
        let itemsize = self
            .itemsize
            .map(|itemsize| {
                usize::try_from(itemsize).map_err(|_| {
                    let wrong = JsonProblem::WrongType {
                        expected: "the size of a dtype's items",
                        found: itemsize.to_string(),
                    };
                    Refused::of("itemsize", wrong)
                })
            })
            .transpose()?;
        let stated = self
            .primitive
            .as_deref()
            .map(|name| primitive(name).map_err(|problem| Refused::of("primitive", problem)))
            .transpose()?;
        let formatted = match (self.format.as_deref(), itemsize) {
            // Awkward 1 needs both; the item size alone says nothing that a primitive does not.
            (Some(_), None) if stated.is_none() => {
                return Err(named.missing("itemsize").into());
            }
            (Some(format), itemsize) => Some(
                format_dtype(format, itemsize).map_err(|problem| Refused::of("format", problem))?,
            ),
            (None, _) => None,
        };
        match (stated, formatted) {
            (Some(stated), formatted) => {
                let dtype = formatted.map_or(Some(stated), |format| agreed(stated, format));
                let dtype = dtype.ok_or_else(|| JsonProblem::Contradiction {
                    one: format!("primitive {:?}", stated.primitive()),
                    other: format!("format {:?}", self.format.as_deref().unwrap_or_default()),
                })?;
                match itemsize {
                    Some(itemsize) if itemsize != dtype.itemsize() => {
                        Err(JsonProblem::Contradiction {
                            one: format!("primitive {:?}", dtype.primitive()),
                            other: format!("itemsize {itemsize}"),
                        }
                        .into())
                    }
                    _ => Ok(dtype),
                }
            }
            (None, Some(formatted)) => Ok(formatted),
            (None, None) => Err(named.missing("primitive").into()),
        }
    }

    fn record(&mut self, named: Named<'_>, info: NodeInfo) -> Result<RecordForm, Refused> {
        let contents = named.need(self.contents.take(), "contents")?;
        let (fields, contents) = match (contents, self.fields.take()) {
            (Contents::List(contents), fields) => kept(fields.flatten(), contents)?,
            (Contents::Object(names, contents), None) => (Some(names), contents),
            (Contents::Object(..), Some(_)) => {
                return Err(JsonProblem::Contradiction {
                    one: "the member \"fields\"".to_owned(),
                    other: "contents that name themselves (an object)".to_owned(),
                }
                .into());
            }
        };
        Ok(RecordForm::try_new(
            fields.map(|names| names.iter().map(|name| Arc::from(&**name)).collect()),
            contents.into(),
            info,
        )?)
    }

    fn union(&mut self, named: Named<'_>, info: NodeInfo) -> Result<UnionForm, Refused> {
        // Awkward 1 reads unions of a width without tags.
        named.fixed(self.tags.as_deref(), "tags", "i8", named.implied.is_some())?;
        let index = named.index(self.index.as_deref(), "index")?;
        match named.need(self.contents.take(), "contents")? {
            // None of a union's is passed over.
            Contents::List(contents) => {
                let contents = contents.into_iter().flatten().collect();
                Ok(UnionForm::try_new(index, contents, info)?)
            }
            Contents::Object(..) => {
                let wrong = JsonProblem::WrongType {
                    expected: "an array of forms",
                    found: "an object".to_owned(),
                };
                Err(Refused::of("contents", wrong))
            }
        }
    }

    /// What a `VirtualArray` wraps; its own parameters mean nothing, as for Awkward 1, its form key stands in
    /// for a missing one.
    fn wrapped(&mut self, named: Named<'_>, info: NodeInfo) -> Result<Arc<Form>, Refused> {
        let form = named.need(self.form.take(), "form")?;
        let mut form = form.ok_or_else(|| Refused::of("form", JsonProblem::UnknownVirtual))?;
        if form.form_key().is_none() && info.form_key.is_some() {
            Arc::make_mut(&mut form).info_mut().form_key = info.form_key;
        }
        Ok(form)
    }
}

/// Without an allocation for the shape that nearly all have, of no dimensions.
fn shape(inner_shape: Vec<u64>) -> Arc<[u64]> {
    match inner_shape.is_empty() {
        true => Arc::default(),
        false => inner_shape.into(),
    }
}

/// The names of a record's fields, and their contents.
type Fields<'de> = (Option<Vec<Cow<'de, str>>>, Vec<Arc<Form>>);

/// What is left of the fields of a record without those that were passed over.
fn kept<'de>(
    fields: Option<Vec<Cow<'de, str>>>,
    contents: Vec<Option<Arc<Form>>>,
) -> Result<Fields<'de>, FormError> {
    let fields = match fields {
        Some(names) if names.len() != contents.len() => {
            return Err(FormError::FieldCount {
                fields: names.len(),
                contents: contents.len(),
            });
        }
        Some(names) => {
            let kept = names.into_iter().zip(&contents);
            Some(
                kept.filter_map(|(name, content)| content.is_some().then_some(name))
                    .collect(),
            )
        }
        None => None,
    };
    Ok((fields, contents.into_iter().flatten().collect()))
}

/// The dtype of a format, whose order must be this machine's or little.
fn format_dtype(format: &str, itemsize: Option<usize>) -> Result<DType, JsonProblem> {
    let (dtype, order) = DType::from_format(format, itemsize)
        .map_err(|error| JsonProblem::UnknownDType(error.to_string()))?;
    if order == ByteOrder::Big && format.starts_with(['>', '!']) {
        return Err(JsonProblem::ByteOrder(format.to_owned()));
    }
    Ok(dtype)
}

/// What both say: Awkward 1's primitives leave the unit of time to the format.
fn agreed(stated: DType, formatted: DType) -> Option<DType> {
    match (stated, formatted) {
        (DType::DateTime64(tick), DType::DateTime64(_))
        | (DType::TimeDelta64(tick), DType::TimeDelta64(_))
            if tick.unit == Unit::Generic =>
        {
            Some(formatted)
        }
        _ => (stated == formatted).then_some(stated),
    }
}

/// A class by the name that it was given, for errors, with the integers that the name implies.
#[derive(Clone, Copy)]
struct Named<'a> {
    class: &'a Cow<'a, str>,
    implied: Option<IndexType>,
}

impl Named<'_> {
    fn missing(self, member: &'static str) -> JsonProblem {
        JsonProblem::Missing {
            class: self.class.to_string(),
            member,
        }
    }

    fn need<T>(self, value: Option<T>, member: &'static str) -> Result<T, Refused> {
        value.ok_or_else(|| self.missing(member).into())
    }

    /// The integers that a member says, which must be those that the class implies, if it does.
    fn index(self, stated: Option<&str>, member: &'static str) -> Result<IndexType, Refused> {
        let Some(stated) = stated else {
            return self.need(self.implied, member);
        };
        let index = match stated {
            "i32" => IndexType::I32,
            "u32" => IndexType::U32,
            "i64" => IndexType::I64,
            _ => return Err(self.unknown(member, stated, "\"i32\", \"u32\" or \"i64\"")),
        };
        match self.implied {
            Some(implied) if implied != index => Err(JsonProblem::Contradiction {
                one: format!("the class {}", self.class),
                other: format!("{member} {stated:?}"),
            }
            .into()),
            _ => Ok(index),
        }
    }

    fn signed_index(
        self,
        stated: Option<&str>,
        member: &'static str,
    ) -> Result<SignedIndexType, Refused> {
        match self.index(stated, member)? {
            IndexType::I32 => Ok(SignedIndexType::I32),
            IndexType::I64 => Ok(SignedIndexType::I64),
            IndexType::U32 => Err(self.unknown(member, "u32", "\"i32\" or \"i64\"")),
        }
    }

    /// A member that can only be one thing.
    fn fixed(
        self,
        stated: Option<&str>,
        member: &'static str,
        only: &'static str,
        may_lack: bool,
    ) -> Result<(), Refused> {
        match stated {
            Some(stated) if stated == only => Ok(()),
            Some(stated) if only == "i8" => Err(self.unknown(member, stated, "\"i8\"")),
            Some(stated) => Err(self.unknown(member, stated, "\"u8\"")),
            None if may_lack => Ok(()),
            None => Err(self.missing(member).into()),
        }
    }

    fn unknown(self, member: &'static str, found: &str, allowed: &'static str) -> Refused {
        let unknown = JsonProblem::UnknownIndex {
            class: self.class.to_string(),
            found: found.to_owned(),
            allowed,
        };
        Refused::of(member, unknown)
    }
}
