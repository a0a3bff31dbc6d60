//! [`exercise`]: whatever can be done to an array, done.

#![allow(
    clippy::panic,
    clippy::expect_used,
    reason = "this is what tests call, and panicking is how they fail"
)]

use super::says_the_same;
use gawky::array::{ArrayError, Problem};
use gawky::buffer::BufferError;
use gawky::form::{Dialect, FormError};
use gawky::{
    Array, ByteOrder, CanonicalRules, Error, Form, FormKeyFormat, FromBuffers, MemoryContainer,
    ToBuffers, Value,
};

/// How many values are looked at before an array counts as large.
const BUDGET: usize = 4000;

/// Whether an array holds few enough values to look at all of them. Rows that hold nothing cost nothing, so
/// that a few bytes make an array of any length.
#[must_use]
pub fn is_small(array: &Array) -> bool {
    fn spend(value: &Value<'_>, left: &mut usize) {
        *left = left.saturating_sub(1);
        let each: &mut dyn Iterator<Item = Value<'_>> = match value {
            Value::List(list) => &mut list.iter(),
            Value::Record(record) => &mut record.values(),
            _ => return,
        };
        for value in each {
            if *left == 0 {
                return;
            }
            spend(&value, left);
        }
    }
    let mut left = BUDGET;
    array.value().map(|value| spend(&value, &mut left)).is_ok() && left > 0
}

/// Does to an array whatever can be done to one: printing, slicing, packing, simplifying, concatenating,
/// taking rows and fields, writing and reading.
///
/// # Panics
/// When a value changes where it should not, or something fails for another reason than lack of memory.
pub fn exercise(array: &Array) {
    let small = is_small(array);
    prints(array, small);
    let last = array.len().saturating_sub(1);
    let middle = (array.len() / 3)..(array.len() / 3 * 2).max(array.len() / 3);
    let sliced = array.slice(middle.clone()).expect("rows within the array");
    assert_eq!(sliced.len(), middle.len());
    assert_eq!(sliced.type_(), array.type_(), "of slice {middle:?}");
    assert!(array.slice(0..array.len().saturating_add(1)).is_err() || array.len() == usize::MAX);

    for (what, array) in [("whole", array), ("slice", &sliced)] {
        packs(what, array, small);
        simplifies(what, array, small);
    }
    if let Some(twice) = allowed(
        "concatenate",
        Array::concatenate(&[sliced.clone(), sliced.clone()]),
    ) {
        assert_eq!(twice.len(), 2 * sliced.len());
        for half in [0..sliced.len(), sliced.len()..twice.len()] {
            same_values(
                "concatenated",
                &twice.slice(half).expect("a half"),
                &sliced,
                small,
            );
        }
    }
    let rows: &[usize] = if array.is_empty() {
        &[]
    } else {
        &[last, 0, last]
    };
    if let Some(taken) = allowed("take", array.take(rows)) {
        assert_eq!(taken.type_(), array.type_(), "of rows taken from {array}");
        for (place, row) in rows.iter().enumerate() {
            let one = |array: &Array, row: usize| array.slice(row..row + 1).expect("a row");
            same_values("taken", &one(&taken, place), &one(array, *row), small);
        }
    }
    for name in array.field_names() {
        has_field(array, &name, small);
    }
    writes(array, small);
}

fn prints(array: &Array, small: bool) {
    let text = array.to_string();
    assert!(
        text.starts_with("<Array ") && text.ends_with("'>"),
        "{text}"
    );
    let value = array.value().expect("on the host");
    let _ = format!("{value:40}");
    if small {
        let _ = value.to_string();
    }
    let form = array.form();
    let json = form
        .to_json(Dialect::V2, true)
        .expect("every form has words");
    // A name that is there twice is one member in the parameters, and one field too many in old records.
    assert_eq!(Form::from_json(&json).as_ref(), Ok(&form), "{json}");
    assert_eq!(array.array_type().content, form.type_());
    let _ = array.nbytes();
}

/// What came, unless there was not enough memory for it or a union would be too wide.
fn allowed<T>(what: &str, result: Result<T, ArrayError>) -> Option<T> {
    match result {
        Ok(made) => Some(made),
        Err(ArrayError::Node {
            problem:
                Problem::OutOfMemory { .. }
                | Problem::TooLarge { .. }
                | Problem::Form(FormError::UnionWidth { .. })
                | Problem::Buffer(BufferError::OutOfMemory { .. }),
            ..
        }) => None,
        Err(error) => panic!("{what}: {error}"),
    }
}

fn same_values(what: &str, found: &Array, expected: &Array, small: bool) {
    if small && is_small(found) {
        assert_eq!(
            found.equal_values(expected, true),
            Ok(true),
            "{what}, {} is {}",
            expected.value().expect("on the host"),
            found.value().expect("on the host"),
        );
    }
}

fn packs(what: &str, array: &Array, small: bool) {
    let Some(mut packed) = allowed("pack", array.pack()) else {
        return;
    };
    assert_eq!(packed.len(), array.len());
    if !has_sensible_parameters(&array.form()) {
        return;
    }
    // Where options and unions nest as they must not, their parameters may change places.
    if canonical(array).is_ok() {
        assert!(
            packed.type_().is_equal_to(&array.type_(), true),
            "{what} packed, {} is {}",
            array.type_(),
            packed.type_()
        );
    }
    same_values("packed", &packed, array, small);
    // As in Awkward, a mask over records becomes an index over all of them, and only packing that index drops
    // those that are missing. With others inside, that takes its time.
    if has_masked_records(&array.form(), false) {
        for _ in 0..super::DEPTH {
            packed = packed.pack().expect("packed once");
            same_values("packed again", &packed, array, small);
        }
    }
    let again = packed.pack().expect("packed once");
    assert_eq!(json(&again), json(&packed), "packed again");
    if small {
        assert_eq!(again, packed, "packed again");
    }
}

/// Whether there are records below a mask.
fn has_masked_records(form: &Form, masked: bool) -> bool {
    let is_mask = form.is_option() && !matches!(form, Form::IndexedOption(_));
    let masked = masked || is_mask;
    masked && matches!(form, Form::Record(_))
        || form
            .children()
            .iter()
            .any(|child| has_masked_records(child, masked))
}

fn json(array: &Array) -> String {
    let json = array.form().to_json(Dialect::V2, false);
    json.expect("every form has words")
}

fn simplifies(what: &str, array: &Array, small: bool) {
    let Some(simple) = allowed("simplify", array.simplify()) else {
        return;
    };
    assert_eq!(simple.len(), array.len());
    if !has_sensible_parameters(&array.form()) {
        return;
    }
    // Numbers of two dtypes may have become some of one.
    if small && is_small(&simple) {
        let (before, after) = (array.value(), simple.value());
        let (before, after) = (before.expect("on the host"), after.expect("on the host"));
        assert!(
            says_the_same(&before, &after),
            "simplified, {before} is {after}"
        );
    }
    if let Err(error) = canonical(&simple) {
        panic!("{what} simplified, but {error}: {}", json(array));
    }
    // A number that kept two contents apart may be one that no row reaches once unions around them are one.
    let again = simple.simplify().expect("simplified once");
    if is_small(&simple) && is_small(&again) {
        let (once, twice) = (simple.value(), again.value());
        let (once, twice) = (once.expect("on the host"), twice.expect("on the host"));
        assert!(
            says_the_same(&once, &twice),
            "simplified twice, {once} is {twice}"
        );
    }
}

/// Whether nodes nest as Awkward allows.
fn canonical(array: &Array) -> Result<Array, Error> {
    let named = array
        .form()
        .with_form_keys(&FormKeyFormat::default(), 0)
        .expect("few nodes");
    FromBuffers::new(&named, 0_u64)
        .rules(CanonicalRules::Strict)
        .rows(0..0)
        .read(&std::collections::HashMap::new())
}

/// Whether characters are in strings and strings of characters, and only there, and categories under indexes.
/// Elsewhere, whether something is a list of characters or a string depends on what lies between.
#[must_use]
pub fn has_sensible_parameters(form: &Form) -> bool {
    let own = form.parameters().array();
    let content = form.children().first();
    let wanted = match form {
        Form::Regular(_) | Form::List(_) | Form::ListOffset(_) => match own {
            Some("string") => Some("char"),
            Some("bytestring") => Some("byte"),
            _ => None,
        },
        _ => None,
    };
    if let Some(wanted) = wanted {
        return matches!(content.map(|content| &**content), Some(Form::Numpy(numpy))
            if numpy.info.parameters.array() == Some(wanted)
                && numpy.dtype == gawky::DType::UInt8
                && numpy.inner_shape.is_empty());
    }
    match own {
        None => {}
        Some("categorical") if matches!(form, Form::Indexed(_) | Form::IndexedOption(_)) => {}
        Some(_) => return false,
    }
    form.children()
        .iter()
        .all(|child| has_sensible_parameters(child))
}

fn has_field(array: &Array, name: &str, small: bool) {
    let found = match array.field(name) {
        Ok(found) => found,
        // Another content of a union may lack it.
        Err(ArrayError::NoSuchField { .. }) => return,
        other => match allowed("field", other) {
            Some(found) => found,
            None => return,
        },
    };
    assert_eq!(found.len(), array.len(), "field {name:?}");
    if small && has_sensible_parameters(&array.form()) {
        let (found, whole) = (found.value(), array.value());
        let (found, whole) = (found.expect("on the host"), whole.expect("on the host"));
        assert!(
            is_field(&found, &whole, name),
            "field {name:?} of {whole} is {found}"
        );
    }
}

fn is_field(found: &Value<'_>, whole: &Value<'_>, name: &str) -> bool {
    match (found, whole) {
        (_, Value::Record(record)) => record
            .get(name)
            .is_some_and(|value| says_the_same(&value, found)),
        (Value::List(found), Value::List(whole)) => {
            found.len() == whole.len()
                && found
                    .iter()
                    .zip(whole.iter())
                    .all(|(found, whole)| is_field(&found, &whole, name))
        }
        // A field of no rows at all may be text.
        (Value::Str(""), Value::List(whole)) => whole.is_empty(),
        (found, whole) => found.equals(whole, true),
    }
}

fn writes(array: &Array, small: bool) {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let memory = MemoryContainer::new();
        let written = ToBuffers::new(array).byteorder(order).write(&memory);
        let (form, length) = match written {
            Ok(written) => written,
            Err(Error::Array(error)) => match allowed("write", Err(error)) {
                Some(written) => written,
                None => return,
            },
            Err(error) => panic!("write: {error}"),
        };
        let read = FromBuffers::new(&form, length).byteorder(order);
        let again = read.read(&memory).expect("what was just written");
        assert_eq!(again.form(), array.form());
        same_values("written and read", &again, array, small);
    }
}
