//! Awkward's metadata as Parquet files have it: one JSON text in the schema, and fields without any.
//!
//! The text and its members are those of `awkward/_connect/pyarrow/table_conv.py`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Schema, UnionFields};

use crate::extension::{Annotation, Told, is_nullable_for_above, is_option, unreadable};
use crate::from_arrow::plan::{FieldPlan, Planner, fields_below};
use crate::{ArrowError, ArrowProblem};

/// Where a schema has the text.
const KEY: &str = "awkward_array_metadata";

/// What the fields of `schema` say: by its text, where it has one, else by what they carry themselves.
pub(crate) fn planned(schema: &Schema) -> Result<Vec<FieldPlan>, ArrowError> {
    let mut planner = Planner::default();
    let mut columns: HashMap<String, Option<Told>> = match schema.metadata().get(KEY) {
        Some(text) => serde_json::from_str(text).map_err(unreadable)?,
        None => HashMap::new(),
    };
    let fields = schema.fields().iter();
    let plans = fields.map(|field| {
        let told = columns.remove(field.name()).flatten();
        tell(&mut planner, field, told, 0).map_err(|error| error.in_field(field.name()))
    });
    plans.collect()
}

fn tell(
    planner: &mut Planner,
    field: &Field,
    told: Option<Told>,
    depth: usize,
) -> Result<FieldPlan, ArrowError> {
    let Some(mut told) = told else {
        return planner.field_at(field, depth);
    };
    // Its nulls are those of the record around it.
    let is_no_option = told
        .option_type
        .as_ref()
        .is_some_and(|told| told == "False");
    let is_option = is_option(field) && !is_no_option;
    let annotation = Arc::new(told.annotation(field.data_type()));
    let mut subfields = Subfields {
        told: told.subfield_metadata.unwrap_or_default(),
        expected: fields_below(field.data_type()).len(),
    };
    planner.annotated(
        field,
        annotation,
        is_option,
        depth,
        &mut |planner, place, child| {
            let told = subfields.take(place, child.name());
            tell(planner, child, told, depth + 1)
        },
    )
}

/// What is told of the fields of a field: in their order, or by name where only some of them were read.
struct Subfields {
    told: Vec<Option<Told>>,
    expected: usize,
}

impl Subfields {
    fn take(&mut self, place: usize, name: &str) -> Option<Told> {
        let is_whole = self.told.len() == self.expected;
        let place = if is_whole {
            place
        } else {
            self.told.iter().position(|told| {
                let told = told.as_ref().and_then(|told| told.field_name.as_deref());
                told == Some(name)
            })?
        };
        self.told.get_mut(place)?.take()
    }
}

/// A schema of the same fields without metadata of their own, which is in a text of the schema instead.
pub(crate) fn plain(schema: &Schema) -> Result<Schema, ArrowError> {
    let mut text = String::from("{");
    let mut fields: Vec<FieldRef> = Vec::with_capacity(schema.fields().len());
    let mut names = HashSet::new();
    for (place, field) in schema.fields().iter().enumerate() {
        if !names.insert(field.name()) {
            return Err(ArrowProblem::NoCounterpart {
                what: format!("two columns named {:?}", field.name()),
                hint: "give each field a name of its own",
            }
            .into());
        }
        if place > 0 {
            text.push_str(", ");
        }
        text.push_str(&quoted(field.name()));
        text.push_str(": ");
        fields.push(Arc::new(collect(field, &mut text)?));
    }
    text.push('}');
    let mut metadata = schema.metadata().clone();
    metadata.insert(KEY.to_owned(), text);
    Ok(Schema::new_with_metadata(fields, metadata))
}

/// A field without its metadata, which is added to `text`.
fn collect(field: &Field, text: &mut String) -> Result<Field, ArrowError> {
    let Some(annotation) = Annotation::of(field)? else {
        text.push_str("null");
        return Ok(field.clone());
    };
    text.push('{');
    annotation.write_members(text);
    text.push_str(match is_nullable_for_above(field) {
        true => ", \"option_type\": \"False\"",
        false => ", \"option_type\": false",
    });
    text.push_str(", \"field_name\": ");
    text.push_str(&quoted(field.name()));
    let mut failed = None;
    let mut is_first = true;
    let is_dictionary = matches!(field.data_type(), DataType::Dictionary(..));
    let has_subfields = is_dictionary || !fields_below(field.data_type()).is_empty();
    if has_subfields {
        text.push_str(", \"subfield_metadata\": [");
    }
    let data_type = over(field.data_type(), &mut |_, child| {
        let values = annotation.values.as_ref().filter(|_| is_dictionary);
        let child = match values {
            Some(values) => &Arc::new(child.as_ref().clone().with_metadata(values.to_metadata())),
            None => child,
        };
        if !std::mem::take(&mut is_first) {
            text.push_str(", ");
        }
        match collect(child, text) {
            Ok(child) => Arc::new(child),
            Err(error) => {
                failed.get_or_insert(error);
                Arc::clone(child)
            }
        }
    });
    if has_subfields {
        text.push(']');
    }
    text.push('}');
    match failed {
        Some(error) => Err(error),
        None => Ok(Field::new(field.name(), data_type, field.is_nullable())),
    }
}

fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}

/// The same type over other fields, each made by `map` of its place and of the field there.
fn over(data_type: &DataType, map: &mut dyn FnMut(usize, &FieldRef) -> FieldRef) -> DataType {
    match data_type {
        DataType::List(item) => DataType::List(map(0, item)),
        DataType::LargeList(item) => DataType::LargeList(map(0, item)),
        DataType::ListView(item) => DataType::ListView(map(0, item)),
        DataType::LargeListView(item) => DataType::LargeListView(map(0, item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(map(0, item), *size),
        DataType::Map(entries, is_sorted) => DataType::Map(map(0, entries), *is_sorted),
        DataType::RunEndEncoded(ends, values) => {
            DataType::RunEndEncoded(Arc::clone(ends), map(0, values))
        }
        DataType::Dictionary(key, value) => {
            // Awkward tells of the values of a dictionary as of one field; Arrow has no field for them.
            let field = Arc::new(Field::new("value", (**value).clone(), true));
            let value = map(0, &field).data_type().clone();
            DataType::Dictionary(key.clone(), Box::new(value))
        }
        DataType::Struct(fields) => {
            let fields = fields.iter().enumerate();
            DataType::Struct(fields.map(|(place, field)| map(place, field)).collect())
        }
        DataType::Union(fields, mode) => {
            let fields = fields.iter().enumerate();
            let fields = fields.map(|(place, (id, field))| (id, map(place, field)));
            DataType::Union(UnionFields::from_iter(fields), *mode)
        }
        other => other.clone(),
    }
}

/// Whether arrays of these types are laid out in the same way: names, metadata and what may be null aside.
pub(crate) fn are_alike(one: &DataType, other: &DataType) -> bool {
    let all = |one: Vec<&FieldRef>, other: Vec<&FieldRef>| {
        let mut pairs = one.iter().zip(&other);
        one.len() == other.len()
            && pairs.all(|(one, other)| are_alike(one.data_type(), other.data_type()))
    };
    match (one, other) {
        (DataType::List(one), DataType::List(other))
        | (DataType::LargeList(one), DataType::LargeList(other))
        | (DataType::ListView(one), DataType::ListView(other))
        | (DataType::LargeListView(one), DataType::LargeListView(other))
        | (DataType::Map(one, _), DataType::Map(other, _)) => all(vec![one], vec![other]),
        (DataType::FixedSizeList(one, size), DataType::FixedSizeList(other, other_size)) => {
            size == other_size && all(vec![one], vec![other])
        }
        (DataType::RunEndEncoded(ends, one), DataType::RunEndEncoded(other_ends, other)) => {
            all(vec![ends, one], vec![other_ends, other])
        }
        (DataType::Dictionary(key, one), DataType::Dictionary(other_key, other)) => {
            key == other_key && are_alike(one, other)
        }
        (DataType::Struct(one), DataType::Struct(other)) => {
            all(one.iter().collect(), other.iter().collect())
        }
        (DataType::Union(one, mode), DataType::Union(other, other_mode)) => {
            let ids = |fields: &UnionFields| fields.iter().map(|(id, _)| id).collect::<Vec<_>>();
            mode == other_mode
                && ids(one) == ids(other)
                && all(
                    one.iter().map(|(_, field)| field).collect(),
                    other.iter().map(|(_, field)| field).collect(),
                )
        }
        _ => one == other,
    }
}
