//! Arrays of different forms put together, and cast to other types.

use gawky_array::rows::FromRows;
use gawky_array::{
    Array, ArrayError, ListOffsetArray, NumpyArray, Obstacle, Problem, RecordArray, UnionArray,
};
use gawky_buffer::{Buffer, DType};
use gawky_form::{Form, Merging, Parameters, Type};
use gawky_testkit::arbitrary::{Sample, arrays, is_small, says_the_same};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::properties::cases;

fn numbers<T: gawky_buffer::Native>(values: Vec<T>) -> Array {
    NumpyArray::from_vec(values).into()
}

fn of_dtype(name: &str, values: Vec<i64>) -> Array {
    let (dtype, length) = (DType::from_primitive(name).unwrap(), values.len());
    let array = NumpyArray::try_new(
        Buffer::from_vec(values),
        dtype,
        [].into(),
        length,
        Parameters::none(),
    );
    array.unwrap().into()
}

fn lists(offsets: Vec<i32>, content: Array) -> Array {
    ListOffsetArray::try_new(offsets.into(), content, Parameters::none())
        .unwrap()
        .into()
}

fn cast(array: &Array, to: &str) -> Result<Array, ArrayError> {
    array.cast_to(&to.parse::<Type>().unwrap())
}

const BEYOND: i64 = (1 << 53) + 1;

#[test]
fn a_value_that_would_be_rounded_is_told_with_its_place() {
    let (exact, beyond) = (
        numbers(vec![1_i64 << 53]),
        lists(vec![0, 2], numbers(vec![1, BEYOND])),
    );
    let floats = lists(vec![0, 1], numbers(vec![0.5]));
    let both = Array::concatenate(&[exact, numbers(vec![0.5])]).unwrap();
    assert_eq!(both.type_().to_string(), "float64");
    let events = |lists: Array| Array::from(RecordArray::from_fields([("pt", lists)]));
    let error = Array::concatenate(&[events(floats), events(beyond)]).unwrap_err();
    let ArrayError::Misfit(misfit) = &error else {
        panic!("{error}")
    };
    assert!(
        matches!(&misfit.obstacle, Obstacle::Value { at: 1, value, to: DType::Float64 } if value == "9007199254740993")
    );
    assert_eq!(misfit.path.to_string(), "pt");
    // Integers of both signs have no integer in common.
    let unsigned = Array::concatenate(&[numbers(vec![u64::MAX]), numbers(vec![-1_i8])]);
    assert!(
        unsigned
            .unwrap_err()
            .to_string()
            .contains("18446744073709551615, the element 0, is no float64")
    );
}

#[test]
fn a_union_keeps_apart_what_would_be_rounded() {
    let union = |integer: i64, rows: usize| {
        let contents = vec![numbers(vec![integer, BEYOND]), numbers(vec![0.5])];
        let (tags, index) = (vec![1_u8, 0, 0], vec![0_i64, 0, 1]);
        let union = UnionArray::try_new(tags.into(), index.into(), contents, Parameters::none());
        Array::from(union.unwrap())
            .slice(0..rows)
            .unwrap()
            .simplify()
            .unwrap()
            .to_string()
    };
    assert_eq!(
        union(7, 3),
        format!("<Array [0.5, 7, {BEYOND}] type='3 * union[float64, int64]'>")
            .replace("float64, int64", "int64, float64")
    );
    // What no row reaches does not stand in the way.
    assert_eq!(union(7, 2), "<Array [0.5, 7.0] type='2 * float64'>");
}

#[test]
fn one_form_is_put_together_as_it_is() {
    let one = lists(vec![0, 2], numbers(vec![1_i8, 2]));
    let both = Array::concatenate(&[one.clone(), one.clone()]).unwrap();
    assert_eq!(both.form(), one.form());
    let other = lists(vec![0, 1], numbers(vec![300_i16]));
    let wide = Array::concatenate(&[one.clone(), other, one]).unwrap();
    assert_eq!(
        wide.to_string(),
        "<Array [[1, 2], [300], [1, 2]] type='3 * var * int16'>"
    );
    assert_eq!(wide.form().describe_node(), "ListOffsetArray (i32)");
}

#[test]
fn dates_are_of_the_finer_unit() {
    let (seconds, millis) = (
        of_dtype("datetime64[s]", vec![2, i64::MIN]),
        of_dtype("datetime64[ms]", vec![1500]),
    );
    let both = Array::concatenate(&[seconds.clone(), millis]).unwrap();
    assert_eq!(both.type_().to_string(), "datetime64[ms]");
    assert_eq!(
        both.slice(0..1)
            .unwrap()
            .as_typed::<gawky_array::typed::DateTime64>()
            .unwrap()[..],
        [2000]
    );
    let far = of_dtype("datetime64[s]", vec![1 << 60]);
    let error = Array::concatenate(&[of_dtype("datetime64[ns]", vec![1]), far]).unwrap_err();
    assert!(matches!(error, ArrayError::Misfit(_)), "{error}");
    let both = Array::concatenate(&[seconds, of_dtype("datetime64[D]", vec![1])]).unwrap();
    assert_eq!(both.type_().to_string(), "datetime64[s]");
}

#[test]
fn booleans_are_numbers_only_on_request() {
    let (booleans, integers) = (
        Array::from_rows([true, false]).unwrap(),
        numbers(vec![7_i8]),
    );
    let pair = [integers, booleans];
    let apart = Array::concatenate(&pair).unwrap();
    assert_eq!(
        apart.to_string(),
        "<Array [7, True, False] type='3 * union[int8, bool]'>"
    );
    let together = Array::concatenate_by(&pair, Merging::new().booleans(true)).unwrap();
    assert_eq!(together.to_string(), "<Array [7, 1, 0] type='3 * int8'>");
    let complex =
        Array::concatenate(&[numbers(vec![1.5_f32]), cast(&pair[0], "complex64").unwrap()])
            .unwrap();
    assert_eq!(
        complex.to_string(),
        "<Array [(1.5+0j), (7+0j)] type='2 * complex64'>"
    );
}

#[test]
fn records_of_two_names_stay_apart() {
    let record = |name: &str, x: i64| {
        let array = RecordArray::from_fields([("x", numbers(vec![x]))]);
        cast(&array.into(), &format!("{name}[x: int64]")).unwrap()
    };
    let both =
        Array::concatenate(&[record("Point", 1), record("Vector", 2), record("Point", 3)]).unwrap();
    assert_eq!(
        both.to_string(),
        "<Array [{x: 1}, {x: 2}, {x: 3}] type='3 * union[Point[x: int64], Vector[x: ...'>"
    );
    let Array::Union(union) = &both else {
        panic!("{both}")
    };
    assert_eq!(union.tags().bytes().unwrap(), [0, 1, 0]);
}

#[test]
fn casting_changes_meaning_and_never_values() {
    let integers = numbers(vec![0_i64, 1, 1]);
    assert_eq!(
        cast(&integers, "bool").unwrap().to_string(),
        "<Array [False, True, True] type='3 * bool'>"
    );
    assert_eq!(
        cast(&cast(&integers, "bool").unwrap(), "complex128")
            .unwrap()
            .to_string(),
        "<Array [0j, (1+0j), (1+0j)] type='3 * complex128'>"
    );
    let complex = cast(&integers, "complex64").unwrap();
    assert_eq!(
        cast(&complex, "uint8").unwrap().to_string(),
        "<Array [0, 1, 1] type='3 * uint8'>"
    );
    let imaginary = Array::concatenate(&[
        complex,
        numbers(vec![gawky_buffer::Complex::new(1.0_f32, 2.0)]),
    ])
    .unwrap();
    for (array, to, message) in [
        (
            &imaginary,
            "float64",
            "(1+2j), the element 3, is no float64",
        ),
        (&numbers(vec![2_u8]), "bool", "2, the element 0, is no bool"),
        (
            &numbers(vec![f64::NAN]),
            "bool",
            "NaN, the element 0, is no bool",
        ),
        (&integers, "datetime64[s]", "mean different things"),
        (
            &of_dtype("datetime64[s]", vec![1]),
            "int64",
            "mean different things",
        ),
        (&integers, "string", "different kinds"),
    ] {
        let error = cast(array, to).unwrap_err().to_string();
        assert!(
            error.to_lowercase().contains(&message.to_lowercase()),
            "{error}"
        );
    }
    // Bytes are what they are called.
    let names = Array::from_rows(["ab", "c"]).unwrap();
    let bytes = cast(&names, "var * uint8").unwrap();
    assert_eq!(
        bytes.to_string(),
        "<Array [[97, 98], [99]] type='2 * var * uint8'>"
    );
    assert_eq!(
        cast(&bytes, "string").unwrap().to_string(),
        "<Array ['ab', 'c'] type='2 * string'>"
    );
    assert!(cast(&lists(vec![0, 1], numbers(vec![65_i64])), "string").is_err());
}

#[test]
fn what_has_the_type_is_shared() {
    let array = lists(vec![0, 1, 3], numbers(vec![1.5_f32, 2.5, 3.5]));
    let same = cast(&array, "var * float32").unwrap();
    assert_eq!(
        same.children()[0].as_slice::<f32>().unwrap().as_ptr(),
        array.children()[0].as_slice::<f32>().unwrap().as_ptr()
    );
    assert_eq!(same, array);
    let option = cast(&array, "var * ?float32").unwrap();
    assert_eq!(option.children()[0].class(), "UnmaskedArray");
    assert_eq!(option.form().describe_node(), "ListOffsetArray (i32)");
    let form = Form::from_type(&"var * ?float32".parse().unwrap()).unwrap();
    assert_eq!(array.cast_to(&form).unwrap().form(), form);
}

#[test]
fn arrays_of_one_form_are_joined_whatever_the_form() {
    let mask = |class: &str| {
        format!(r#"{{"class": "{class}", "mask": "i8", "valid_when": true, "content": "int64"}}"#)
    };
    for (form, parts) in [
        (
            mask("ByteMaskedArray"),
            [json!([1, null]), json!([null, 3, 4])],
        ),
        (
            mask("BitMaskedArray").replace(r#""i8","#, r#""u8", "lsb_order": false,"#),
            [json!([1, null, 2]), json!([null, 3, 4])],
        ),
        (
            r#"{"class": "UnmaskedArray", "content": "int64"}"#.to_owned(),
            [json!([1]), json!([2, 3])],
        ),
        (
            r#"{"class": "IndexedOptionArray", "index": "i64", "content": "int64"}"#.to_owned(),
            [json!([1, null]), json!([null, 3])],
        ),
        (
            r#"{"class": "IndexedArray", "index": "u32", "content": "int64"}"#.to_owned(),
            [json!([1, 2]), json!([3])],
        ),
        (
            r#"{"class": "ListArray", "starts": "i32", "stops": "i32", "content": "int64"}"#
                .to_owned(),
            [json!([[1], []]), json!([[2, 3], [4]])],
        ),
        (
            r#"{"class": "RegularArray", "size": 2, "content": "int64"}"#.to_owned(),
            [json!([[1, 2]]), json!([[3, 4], [5, 6]])],
        ),
    ] {
        let form = Form::from_json(&form).unwrap();
        let rows = parts.map(|rows| rows.as_array().unwrap().clone());
        let built = rows.each_ref().map(|rows| {
            let rows_of = FromRows::new().of_form(&form).unwrap();
            rows_of.build(rows).unwrap()
        });
        let both = Array::concatenate(&built).unwrap();
        assert_eq!(both.form(), form);
        assert_eq!(both.to_rows::<Json>().unwrap(), rows.concat());
    }
}

#[test]
fn so_many_alternatives_as_tags_tell_apart() {
    let union = |contents: Vec<Array>| {
        let parts = (vec![0_u8].into(), vec![0_i64].into());
        Array::from(UnionArray::try_new(parts.0, parts.1, contents, Parameters::none()).unwrap())
    };
    let records = |names: std::ops::Range<usize>| {
        let record = |name: usize| {
            let fields = [(
                name.to_string(),
                Array::from(NumpyArray::from_vec(vec![7_i64])),
            )];
            Array::from(RecordArray::from_fields(fields))
        };
        union(names.map(record).collect())
    };
    let most = union(vec![records(0..64), records(64..128)]);
    assert_eq!(most.simplify().unwrap().children().len(), 128);
    let more = union(vec![records(0..64), records(64..129)]);
    let error = more.simplify().unwrap_err();
    assert!(error.to_string().contains("129"), "{error}");
}

/// What arrays of nonsense may fail with.
fn is_lack_of_room(error: &ArrayError) -> bool {
    matches!(
        error,
        ArrayError::Node {
            problem: Problem::OutOfMemory { .. } | Problem::TooLarge { .. },
            ..
        } | ArrayError::Form(gawky_form::FormError::UnionWidth { .. })
    )
}

/// Whether nodes nest as Awkward allows, as far as options and unions go.
fn is_canonical(form: &Form) -> bool {
    let is_layer = |form: &Form| form.is_option() || matches!(form, Form::Indexed(_));
    let inner = |child: &Form| is_layer(child) || matches!(child, Form::Union(_));
    form.children().iter().all(|child| {
        let fits = match form {
            Form::Union(_) => !matches!(&**child, Form::Union(_)),
            form if is_layer(form) => !inner(child),
            _ => true,
        };
        fits && is_canonical(child)
    })
}

fn has_union(form: &Form) -> bool {
    matches!(form, Form::Union(_)) || form.children().iter().any(|child| has_union(child))
}

/// Whether no two contents of a union can be one.
fn is_simple(form: &Form) -> bool {
    let contents = form.children();
    let is_one = |at: usize| {
        let others = contents[at + 1..].iter();
        others.into_iter().any(|other| {
            Merging::new()
                .merge(&contents[at], other)
                .unwrap()
                .is_some()
        })
    };
    let is_apart = !matches!(form, Form::Union(_)) || !(0..contents.len()).any(is_one);
    is_apart && contents.iter().all(|content| is_simple(content))
}

/// Whether characters are right below a list, and only there.
fn has_plain_text(form: &Form) -> bool {
    let is_text = |form: &Form| matches!(form.parameters().array(), Some("char" | "byte"));
    let is_list = matches!(form, Form::Regular(_) | Form::List(_) | Form::ListOffset(_));
    form.children()
        .iter()
        .all(|child| (is_list && is_text(child)) || (!is_text(child) && has_plain_text(child)))
}

fn forms() -> impl Strategy<Value = (Sample, Sample)> {
    (arrays(), arrays())
}

proptest! {
    #![proptest_config(cases(3000))]

    /// The rows of the one, and then those of the other, whatever they are; and each can be had back.
    #[test]
    fn together_they_are_all_rows((one, other) in forms()) {
        let both = match Array::concatenate(&[(*one).clone(), (*other).clone()]) {
            Ok(both) => both,
            Err(ArrayError::Misfit(misfit)) => {
                // Of unions and options the value is told among the reasons.
                prop_assert!(misfit.to_string().contains(", is no "), "{}", misfit);
                return Ok(());
            }
            Err(error) => {
                prop_assert!(is_lack_of_room(&error), "{}", error);
                return Ok(());
            }
        };
        prop_assert_eq!(both.len(), one.len() + other.len());
        let plain = has_plain_text(&one.form()) && has_plain_text(&other.form()) && !is_text(&one) && !is_text(&other);
        if !(is_small(&one) && is_small(&other) && is_small(&both) && plain) {
            return Ok(());
        }
        let expected = one.iter().unwrap().chain(other.iter().unwrap());
        for (row, (found, expected)) in both.iter().unwrap().zip(expected).enumerate() {
            prop_assert!(says_the_same(&expected, &found), "row {row}: {expected} became {found} of {}", both.type_());
        }
        for (part, rows) in [(&one, 0..one.len()), (&other, one.len()..both.len())] {
            // Contents of a union may have become one, of which not all fits the one content or the other any more.
            let form = part.form();
            let back = both.slice(rows).unwrap().cast_to(&form);
            let back = match back {
                Ok(back) => back,
                Err(error) => {
                    prop_assert!(is_lack_of_room(&error) || !is_canonical(&form) || has_union(&form), "{}", error);
                    continue;
                }
            };
            for (found, expected) in back.iter().unwrap().zip(part.iter().unwrap()) {
                prop_assert!(says_the_same(&expected, &found), "{expected} came back as {found}");
            }
        }
    }

    #[test]
    fn unifying_is_the_same_both_ways_and_twice((one, other) in forms()) {
        let (one, other) = (one.form(), other.form());
        prop_assert_eq!(&Form::unify([&one, &one]).unwrap(), &one);
        let Ok(both) = Form::unify([&one, &other]) else { return Ok(()) };
        prop_assert_eq!(&Form::unify([&both, &both]).unwrap(), &both);
        // What is not known goes with anything, so that it depends on the order with what; and of three dtypes it depends on
        // the order which NumPy promotes them to.
        if one.has_unknown() || other.has_unknown() || !is_simple(&one) || !is_simple(&other) {
            return Ok(());
        }
        let back = Form::unify([&other, &one]).unwrap();
        prop_assert!(both.type_().is_equal_to(&back.type_(), false), "{} and {}", both.type_(), back.type_());
        for part in [&one, &other] {
            let again = Form::unify([&both, part]).unwrap();
            prop_assert!(again.type_().is_equal_to(&both.type_(), false), "{} with {} is {}", both.type_(), part.type_(), again.type_());
        }
    }

    /// The form of a type that is near another has that type.
    #[test]
    fn the_nearest_form_is_of_the_type((one, other) in forms()) {
        let of = other.form().type_();
        let Ok(plain) = Form::from_type(&of) else { return Ok(()) };
        let nearest = one.form().with_type(&of).unwrap();
        prop_assert!(nearest.type_().is_equal_to(&plain.type_(), true), "{} is not {}", nearest.type_(), plain.type_());
    }
}

fn is_text(array: &Array) -> bool {
    matches!(array.parameters().array(), Some("char" | "byte"))
}
