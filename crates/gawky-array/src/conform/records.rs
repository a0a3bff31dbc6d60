//! Records: their fields in the order of the form.

use gawky_form::{Form, Parameters, RecordForm};

use super::misfit::{Fitting, Obstacle, Refusal};
use super::rows::{Origin, Rows, Source};
use super::{Rules, build_child, plain};
use crate::Array;
use crate::node::RecordArray;

/// Where each field of the form is in one source; `None` where there is no such field.
type Places = Vec<Option<usize>>;

pub(super) fn record(
    rows: Rows<'_>,
    form: &Form,
    own: &RecordForm,
    above: &Parameters,
    rules: Rules,
) -> Fitting<Array> {
    let rows = plain(rows, form, above, rules)?;
    let mut places: Vec<Places> = Vec::with_capacity(rows.sources().len());
    for source in rows.sources() {
        places.push(match source.array() {
            Some(array) => places_in(array, form, own)?,
            None => Vec::new(),
        });
    }
    let mut contents = Vec::with_capacity(own.contents().len());
    for position in 0..own.contents().len() {
        let field = field(&rows, &places, position)?;
        contents.push(build_child(
            field,
            form,
            position,
            &Parameters::none(),
            rules,
        )?);
    }
    Ok(RecordArray {
        fields: own.fields().cloned(),
        contents,
        length: rows.len(),
        parameters: own.info.parameters.clone(),
    }
    .into())
}

fn places_in(array: &Array, form: &Form, own: &RecordForm) -> Fitting<Places> {
    let Array::Record(record) = array else {
        return Err(Refusal::new(array, form, Obstacle::Kind));
    };
    if record.is_tuple() != own.is_tuple() {
        return Err(Refusal::new(array, form, Obstacle::Tuple));
    }
    let places = own.places_among(record.fields(), record.contents.len());
    let mut is_used = vec![false; record.contents.len()];
    for (position, place) in places.iter().enumerate() {
        match place.and_then(|place| is_used.get_mut(place)) {
            Some(used) => *used = true,
            None => {
                let target = own.contents().get(position);
                if !target.is_some_and(|content| admits_missing(content)) {
                    let field = name(own, position);
                    return Err(Refusal::new(array, form, Obstacle::NoSuchField { field }));
                }
            }
        }
    }
    match is_used.iter().position(|used| !used) {
        None => Ok(places),
        Some(position) => {
            let field = record.field_name(position);
            Err(Refusal::new(
                array,
                form,
                Obstacle::AdditionalField { field },
            ))
        }
    }
}

fn name(form: &RecordForm, position: usize) -> String {
    form.fields()
        .and_then(|names| names.get(position))
        .map_or_else(|| position.to_string(), ToString::to_string)
}

/// Whether elements may be missing in such a form.
pub(super) fn admits_missing(form: &Form) -> bool {
    match form {
        Form::Indexed(_) | Form::Union(_) => form
            .children()
            .iter()
            .any(|content| admits_missing(content)),
        other => other.is_option(),
    }
}

/// The rows of one field.
fn field<'a>(rows: &Rows<'a>, places: &[Places], position: usize) -> Fitting<Rows<'a>> {
    let mut field = Rows::default();
    let mut known: Vec<Option<usize>> = vec![None; rows.sources().len()];
    for run in rows.runs() {
        let Some(known) = known.get_mut(run.source) else {
            continue;
        };
        let source = field.source_once(known, || {
            Source::plain(match rows.origin(*run) {
                Origin::Array(array) => places
                    .get(run.source)
                    .and_then(|places| *places.get(position)?)
                    .and_then(|place| array.children().get(place))
                    .map_or(Origin::Missing, Origin::Array),
                other => other,
            })
        });
        field.push(source, run.start, run.len)?;
    }
    Ok(field)
}
