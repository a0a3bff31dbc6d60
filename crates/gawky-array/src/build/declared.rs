//! Columns that keep to a declared type.

use std::sync::Arc;

use gawky_buffer::{DType, Scalar};
use gawky_form::{Form, FormError, Type};

use super::choices::Choices;
use super::column::{Column, Declared, Kind, Picks, Values, holds, parts_of};
use super::lists::{Lists, Regulars, Strings, Tuples};
use super::numbers::{Numbers, exactly, is_float, rounded, signed};
use super::pairs::Pairs;
use super::records::{Categories, Records};
use super::unfit::{Undeclared, Unfit};

impl Column {
    /// A column that keeps to a type, whose finished array is of the form that [`Form::from_type`] gives it; what is unknown in the
    /// type is learned.
    pub(crate) fn of_type(of: &Type) -> Result<Self, FormError> {
        let form = Form::from_type(of)?;
        Ok(Self::keeping(of, Some(form)))
    }

    /// A column whose finished array is of a form.
    pub(crate) fn of_form(form: &Form) -> Result<Self, FormError> {
        let of = form.type_();
        Form::from_type(&of)?;
        Ok(Self::keeping(&of, Some(form.clone())))
    }

    /// A column of a type, of which a form can be made.
    fn keeping(of: &Type, form: Option<Form>) -> Self {
        let mut core = of;
        while let Type::Option(option) = core {
            core = &option.content;
        }
        Self {
            values: values_of(core),
            picks: matches!(of, Type::Option(_)).then(Picks::default),
            fixed: !matches!(core, Type::Unknown(_)),
            declared: Some(Arc::new(Declared {
                of: of.clone(),
                form,
            })),
            kept: None,
        }
    }

    /// A column of numbers of a dtype.
    pub(super) fn of_numbers(dtype: DType) -> Self {
        Self {
            values: values_of_dtype(dtype),
            fixed: true,
            ..Self::default()
        }
    }

    /// A column of bytes.
    pub(super) fn of_bytes() -> Self {
        Self::of_numbers(DType::UInt8)
    }

    /// What is declared, as datashape; what is unknown where nothing is.
    pub(super) fn declared_name(&self) -> String {
        match (&self.declared, &self.values) {
            (Some(declared), _) => declared.of.to_string(),
            (None, Values::Numbers(numbers)) => numbers.dtype().primitive().to_string(),
            (None, _) => "unknown".to_owned(),
        }
    }

    /// Whether a row may be missing.
    pub(super) fn takes_null(&self) -> bool {
        match (&self.picks, &self.values) {
            (Some(_), _) => true,
            (None, Values::Union(choices)) => choices.takes_null(),
            (None, _) => !self.fixed,
        }
    }

    /// Whether it keeps to a type that is declared.
    pub(crate) fn is_declared(&self) -> bool {
        self.fixed
    }

    /// Whether a type was declared for it of which nothing is unknown.
    pub(crate) fn is_all_declared(&self) -> bool {
        let of = self.declared.as_ref().map(|declared| &declared.of);
        of.is_some_and(|of| Form::from_type(of).is_ok_and(|form| !form.has_unknown()))
    }

    /// Whether it takes bytestrings, and not this string.
    pub(crate) fn wants_bytes(&self, text: &str) -> bool {
        self.rank(Kind::Bytes).is_some() && self.rank(Kind::Text(text)).is_none()
    }

    /// Whether it is one of records.
    #[inline]
    pub(crate) fn has_records(&self) -> bool {
        matches!(self.values, Values::Record(_))
    }

    /// Whether it holds complex numbers.
    pub(crate) fn is_complex(&self) -> bool {
        matches!(self.values, Values::Complex(_))
    }

    /// How many elements its tuples have, if it holds tuples.
    pub(crate) fn tuple_size(&self) -> Option<usize> {
        match &self.values {
            Values::Tuple(tuples) => Some(tuples.contents.len()),
            _ => None,
        }
    }

    /// Whether there are several contents of lists, or of what comes as a list, or of records, of which a row alone tells which takes it.
    pub(crate) fn is_ambiguous(&self) -> bool {
        let Values::Union(choices) = &self.values else {
            return false;
        };
        let of_kind = |is: fn(&Values) -> bool| {
            choices
                .contents
                .iter()
                .filter(|content| is(&content.values))
                .count()
        };
        self.fixed
            && (of_kind(|values| matches!(values, Values::Record(_))) > 1
                || of_kind(|values| {
                    matches!(
                        values,
                        Values::List(_)
                            | Values::Regular(_)
                            | Values::Tuple(_)
                            | Values::Bytes(_)
                            | Values::Complex(_)
                    )
                }) > 1)
    }

    /// Of how many contents a row is, where it is [ambiguous](Self::is_ambiguous).
    pub(crate) fn choices(&self) -> usize {
        match &self.values {
            Values::Union(choices) => choices.contents.len(),
            _ => 0,
        }
    }

    /// Begins a row that is of this content of a union.
    pub(crate) fn choose(&mut self, content: usize) -> Result<&mut Self, Unfit> {
        let row = super::place(self.values.len());
        if let Some(picks) = &mut self.picks {
            picks.index.push(row);
        }
        match &mut self.values {
            Values::Union(choices) => choices.choose(content),
            _ => Err(Unfit::TooManyKinds),
        }
    }

    /// Whether maps are lists of pairs here; `None` where nothing is declared that says it.
    pub(crate) fn wants_pairs(&self) -> Option<bool> {
        match self.fixed {
            true => {
                Some(self.rank(Kind::Record(None)).is_none() && self.rank(Kind::List).is_some())
            }
            false => None,
        }
    }

    /// How well this column takes a kind, the less the better; `None` where it does not.
    pub(super) fn rank(&self, kind: Kind<'_>) -> Option<u8> {
        if !self.fixed {
            // What learns takes all, but of a union those contents first that are of the kind.
            return Some(self.values.rank(kind).unwrap_or(u8::MAX));
        }
        self.values.rank(kind)
    }

    /// Why a kind is not taken.
    #[cold]
    pub(super) fn refusal(&self, kind: Kind<'_>) -> Unfit {
        let kind = match kind {
            Kind::Pair(_) => Kind::Tuple(2),
            kind => kind,
        };
        let declared = self.declared_name();
        let inexact = |value: Scalar| Undeclared::Inexact {
            value: value.to_string(),
            declared: declared.clone(),
        };
        let of_numbers = matches!(self.values, Values::Numbers(_) | Values::Complex(_));
        match (kind, &self.values) {
            (Kind::Number(number), _) if of_numbers => return inexact(number).into(),
            (Kind::Decimal(value), _) if of_numbers => {
                return inexact(value.scalar()).into();
            }
            (Kind::Text(text), Values::Numbers(numbers)) if is_time(numbers) => {
                if let Err(error) = Scalar::parse_time(text, numbers.dtype()) {
                    return Undeclared::Time(error).into();
                }
            }
            (Kind::Text(text), Values::Category(categories)) => {
                return categories.refusal(text).into();
            }
            (Kind::Text(text), Values::Regular(regulars)) if regulars.text => {
                return regulars.of_another_length(text.len(), false);
            }
            (Kind::Tuple(found), Values::Regular(regulars)) if !regulars.text => {
                return regulars.of_another_length(found, false);
            }
            (Kind::Tuple(found), Values::Tuple(tuples)) => {
                return Undeclared::TupleLength {
                    found,
                    more: false,
                    size: tuples.contents.len(),
                }
                .into();
            }
            (Kind::Variant(name), Values::Record(records)) if records.slot(name).is_none() => {
                return records.no_such_field(name);
            }
            _ => {}
        }
        let found = match kind {
            Kind::Bool => "a boolean".to_owned(),
            Kind::Number(number) => match number.dtype() {
                DType::DateTime64(_) => format!("the date {number}"),
                DType::TimeDelta64(_) => format!("the duration {number}"),
                _ => format!("the number {number}"),
            },
            Kind::Decimal(value) => format!("the number {}", value.nearest),
            Kind::Text(_) => "a string".to_owned(),
            Kind::Bytes => "a bytestring".to_owned(),
            Kind::List => "a list".to_owned(),
            Kind::Tuple(size) => format!("a tuple of {size}"),
            Kind::Pair(_) => "a pair".to_owned(),
            Kind::Record(None) => "a record".to_owned(),
            Kind::Record(Some(name)) => format!("a record called {name:?}"),
            Kind::Category => "a variant without anything in it".to_owned(),
            Kind::Variant(name) => format!("the variant {name:?}"),
        };
        Undeclared::Kind { found, declared }.into()
    }

    #[cold]
    pub(super) fn refusal_of_null(&self) -> Unfit {
        Undeclared::Missing {
            declared: self.declared_name(),
        }
        .into()
    }
}

impl Values {
    /// How well these values take a kind as they are, the less the better; `None` where they do not.
    fn rank(&self, kind: Kind<'_>) -> Option<u8> {
        match (self, kind) {
            (Self::Bool(_), Kind::Bool)
            | (Self::Text(_), Kind::Text(_))
            | (Self::Bytes(_), Kind::Bytes)
            | (Self::List(_), Kind::List)
            | (Self::Category(_), Kind::Category) => Some(0),
            (Self::Record(records), Kind::Record(name)) => {
                (name.is_none() || records.name.as_deref() == name).then_some(0)
            }
            (Self::Variant(variants), Kind::Variant(name)) => {
                (*variants.name == *name).then_some(0)
            }
            (Self::Tuple(tuples), Kind::Tuple(size)) => {
                let rank = u8::from(tuples.pairs != Pairs::Plain);
                (tuples.contents.len() == size).then_some(rank)
            }
            (Self::Tuple(tuples), Kind::Pair(pairs)) => {
                let rank = u8::from(tuples.pairs != pairs);
                (tuples.contents.len() == 2).then_some(rank)
            }
            (Self::Numbers(numbers), Kind::Number(number)) => rank_of(numbers.dtype(), number),
            (Self::Numbers(numbers), Kind::Decimal(value)) => match is_float(numbers.dtype()) {
                true => rounded(value.scalar(), numbers.dtype())
                    .is_some()
                    .then_some(0),
                false if value.is_exact => rank_of(numbers.dtype(), value.scalar()),
                false => None,
            },
            (Self::Numbers(numbers), Kind::Text(text)) if is_time(numbers) => {
                Scalar::parse_time(text, numbers.dtype())
                    .is_ok()
                    .then_some(2)
            }
            (Self::Complex(parts), Kind::Number(number)) => {
                let [real, imaginary] = parts_of(number)?;
                let of = |part: usize| match &parts.contents.get(part)?.values {
                    Self::Numbers(numbers) => Some(numbers.dtype()),
                    _ => None,
                };
                (holds(of(0)?, real) && holds(of(1)?, imaginary)).then_some(3)
            }
            (Self::Complex(parts), Kind::Decimal(value)) => match &parts.contents.first()?.values {
                Self::Numbers(numbers) => rounded(value.scalar(), numbers.dtype())
                    .is_some()
                    .then_some(3),
                _ => None,
            },
            (Self::Complex(_), Kind::Tuple(2)) => Some(2),
            (Self::Complex(_), Kind::List) => Some(4),
            (Self::Text(_), Kind::Category) => Some(1),
            (Self::Category(categories), Kind::Text(text)) => categories.takes(text).then_some(1),
            (Self::Regular(regulars), Kind::Text(text)) if regulars.text => {
                (text.len() == regulars.size).then_some(0)
            }
            (Self::Regular(regulars), Kind::Bytes) if !regulars.text => {
                regulars.content.is_of_bytes().then_some(1)
            }
            (Self::List(lists), Kind::Bytes) => lists.content.is_of_bytes().then_some(2),
            (Self::Bytes(_), Kind::List | Kind::Tuple(_)) => Some(5),
            (Self::Regular(regulars), Kind::List) if !regulars.text => Some(1),
            (Self::Regular(regulars), Kind::Tuple(size)) if !regulars.text => {
                (size == regulars.size).then_some(1)
            }
            (Self::Tuple(_), Kind::List) => Some(3),
            (Self::List(_), Kind::Tuple(_)) => Some(3),
            (Self::Record(records), Kind::Variant(name)) => {
                let slot = records.slot(name)?;
                let rank = if records.names.len() == 1 { 0 } else { 1 };
                records.may_be_only(slot).then_some(rank)
            }
            (Self::Union(choices), kind) => choices
                .contents
                .iter()
                .filter_map(|content| content.rank(kind))
                .min(),
            (_, Kind::Pair(_)) => self.rank(Kind::Tuple(2)),
            _ => None,
        }
    }
}

impl Column {
    fn is_of_bytes(&self) -> bool {
        self.picks.is_none() && matches!(self.values, Values::Numbers(Numbers::UInt8(_)))
    }
}

/// How well a dtype takes a number: its own best, an integer of another width next.
fn rank_of(dtype: DType, number: Scalar) -> Option<u8> {
    let from = number.dtype();
    if from == dtype {
        return Some(0);
    }
    exactly(number, dtype)?;
    let same_class =
        signed(from).is_some() == signed(dtype).is_some() && is_float(from) == is_float(dtype);
    Some(if same_class { 1 } else { 2 })
}

fn is_time(numbers: &Numbers) -> bool {
    matches!(numbers, Numbers::Ticks(..))
}

/// No values of a type that is no option.
fn values_of(of: &Type) -> Values {
    let content = |content: &Type| Column::keeping(content, None);
    match of {
        Type::Unknown(_) | Type::Option(_) => Values::Unknown,
        Type::Numpy(numpy) => values_of_dtype(numpy.dtype),
        Type::Regular(regular) => Values::Regular(Regulars {
            size: usize::try_from(regular.size).unwrap_or(usize::MAX),
            content: Box::new(content(&regular.content)),
            length: 0,
            text: is_text(of),
        }),
        Type::List(_) if is_text(of) && is_categorical(of) => {
            Values::Category(Categories::default())
        }
        Type::List(_) if is_text(of) => Values::Text(Strings::none()),
        Type::List(list) => {
            let lists = Lists::of(content(&list.content));
            match of.parameters().array() == Some("bytestring") && lists.content.is_of_bytes() {
                true => Values::Bytes(lists),
                false => Values::List(lists),
            }
        }
        Type::Record(record) => {
            let contents = record.contents().iter().map(content).collect();
            match record.fields() {
                Some(names) => {
                    let name = of.parameters().str("__record__");
                    Values::Record(Records::declared(name, names.to_vec(), contents))
                }
                None => {
                    let pairs = Pairs::called(of.parameters().array());
                    Values::Tuple(Tuples::of_map(pairs, contents))
                }
            }
        }
        Type::Union(union) => {
            Values::Union(Choices::none(union.contents.iter().map(content).collect()))
        }
    }
}

fn values_of_dtype(dtype: DType) -> Values {
    match dtype {
        DType::Bool => Values::Bool(Vec::new()),
        _ => Numbers::none(dtype).map_or_else(|| Values::complex(dtype), Values::Numbers),
    }
}

/// Whether lists of characters are strings.
fn is_text(of: &Type) -> bool {
    let [content] = of.contents() else {
        return false;
    };
    of.parameters().array() == Some("string")
        && content.parameters().array() == Some("char")
        && matches!(content, Type::Numpy(numpy) if numpy.dtype == DType::UInt8)
}

fn is_categorical(of: &Type) -> bool {
    of.parameters().get("__categorical__") == Some(&serde_json::Value::Bool(true))
}
