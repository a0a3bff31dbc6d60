//! What a field says of its arrays, read once for all of them: Awkward's metadata, of it and of all fields below.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef};
use gawky_form::{MAX_DEPTH, Parameters};

use crate::extension::{self, Annotation};
use crate::{ArrowError, ArrowProblem};

/// What arrays of a field become.
#[derive(Clone, Debug)]
pub(crate) struct FieldPlan {
    pub(crate) name: Arc<str>,
    pub(crate) data_type: DataType,
    pub(crate) annotation: Arc<Annotation>,
    /// Whether nulls may mean that something is missing.
    pub(crate) is_option: bool,
    /// The names of the fields, where these are structs.
    pub(super) names: Arc<[Arc<str>]>,
    /// What is below: the fields of the type in their order, or the values of a dictionary.
    pub(super) children: Vec<FieldPlan>,
}

impl FieldPlan {
    pub(super) fn child(&self, place: usize) -> Result<&Self, ArrowError> {
        let child = self.children.get(place);
        child.ok_or_else(|| super::refused(&self.data_type, "it has too few fields"))
    }

    pub(super) fn is_tuple(&self) -> bool {
        self.annotation.record_is_tuple == Some(true)
    }

    /// An error below the child number `place`.
    pub(super) fn enclose(&self, place: usize, error: ArrowError) -> ArrowError {
        let name = self.names.get(place).map_or("", |name| name);
        within(&self.data_type, &self.annotation, place, name, error)
    }

    pub(super) fn node_parameters(&self) -> Parameters {
        self.annotation.node_parameters.clone().unwrap_or_default()
    }
}

/// Plans fields; those of one schema mostly say the same, which is read once.
#[derive(Default)]
pub(crate) struct Planner {
    known: HashMap<String, Arc<Annotation>>,
}

impl Planner {
    /// By what the field and those below it carry themselves.
    pub(crate) fn field(&mut self, field: &Field) -> Result<FieldPlan, ArrowError> {
        self.field_at(field, 0)
    }

    pub(crate) fn field_at(
        &mut self,
        field: &Field,
        depth: usize,
    ) -> Result<FieldPlan, ArrowError> {
        let annotation = self.annotation(field)?;
        let is_option = extension::is_option(field);
        self.annotated(field, annotation, is_option, depth, &mut |own, _, child| {
            own.field_at(child, depth + 1)
        })
    }

    /// The plan of a field of which something else says what it is; `below` plans the fields below it, told which of them
    /// it is.
    pub(crate) fn annotated(
        &mut self,
        field: &Field,
        annotation: Arc<Annotation>,
        is_option: bool,
        depth: usize,
        below: &mut dyn FnMut(&mut Self, usize, &FieldRef) -> Result<FieldPlan, ArrowError>,
    ) -> Result<FieldPlan, ArrowError> {
        if depth > MAX_DEPTH {
            return Err(ArrowProblem::TooDeep { max: MAX_DEPTH }.into());
        }
        let children = match field.data_type() {
            DataType::Dictionary(_, values) => {
                let annotation = annotation.values.clone().unwrap_or_default();
                let values = Field::new("", (**values).clone(), true);
                // Whether any is missing is seen by the values.
                let plan = self.annotated(
                    &values,
                    annotation,
                    true,
                    depth + 1,
                    &mut |own, _, child| own.field_at(child, depth + 2),
                );
                vec![plan?]
            }
            data_type => {
                let children = fields_below(data_type).into_iter().enumerate();
                let planned = children.map(|(place, child)| {
                    below(self, place, child)
                        .map_err(|error| within(data_type, &annotation, place, child.name(), error))
                });
                planned.collect::<Result<_, _>>()?
            }
        };
        let names = match field.data_type() {
            DataType::Struct(_) => children
                .iter()
                .map(|child: &FieldPlan| Arc::clone(&child.name))
                .collect(),
            _ => Arc::default(),
        };
        Ok(FieldPlan {
            name: field.name().as_str().into(),
            data_type: field.data_type().clone(),
            annotation,
            is_option,
            names,
            children,
        })
    }

    fn annotation(&mut self, field: &Field) -> Result<Arc<Annotation>, ArrowError> {
        let Some(text) = Annotation::text(field) else {
            return Ok(Arc::default());
        };
        // What is told of a dictionary's values depends on their type.
        let is_plain = !matches!(field.data_type(), DataType::Dictionary(..));
        if is_plain && let Some(known) = self.known.get(text) {
            return Ok(Arc::clone(known));
        }
        let annotation = Arc::new(Annotation::read(text, field.data_type())?);
        if is_plain {
            self.known.insert(text.to_owned(), Arc::clone(&annotation));
        }
        Ok(annotation)
    }
}

/// The fields of a type, in their order.
pub(crate) fn fields_below(data_type: &DataType) -> Vec<&FieldRef> {
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _)
        | DataType::RunEndEncoded(_, item) => vec![item],
        DataType::Struct(fields) => fields.iter().collect(),
        DataType::Union(fields, _) => fields.iter().map(|(_, field)| field).collect(),
        _ => Vec::new(),
    }
}

/// An error below the field number `place` of a type.
fn within(
    data_type: &DataType,
    annotation: &Annotation,
    place: usize,
    name: &str,
    error: ArrowError,
) -> ArrowError {
    match data_type {
        DataType::Struct(_) if annotation.record_is_tuple == Some(true) => error.in_slot(place),
        DataType::Struct(_) => error.in_field(name),
        DataType::Union(..) => error.in_alternative(place),
        _ => error,
    }
}
