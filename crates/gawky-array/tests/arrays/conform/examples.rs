//! One conversion each, and one refusal.

use std::sync::Arc;

use gawky_array::{
    Array, BitMaskedArray, ByteMaskedArray, EmptyArray, IndexedArray, IndexedOptionArray,
    ListArray, ListOffsetArray, NumpyArray, Obstacle, RecordArray, RegularArray, UnionArray,
    UnmaskedArray,
};
use gawky_buffer::{DType, Place};
use gawky_form::Parameters;
use gawky_testkit::containers::FakeDevice;

use super::{NONE, conformed, form, misfit, numbers, refused, same, truth};

fn list_of(class: &str, kind: &str, content: &str) -> String {
    let names: &[&str] = match class {
        "ListArray" => &["starts", "stops"],
        _ => &["offsets"],
    };
    let structure: Vec<_> = names
        .iter()
        .map(|name| format!(r#""{name}": "{kind}""#))
        .collect();
    format!(
        r#"{{"class": "{class}", {}, "content": {content}}}"#,
        structure.join(", ")
    )
}

fn lists() -> Array {
    let content = numbers((0..10).collect::<Vec<i64>>());
    ListOffsetArray::try_new(vec![2_i64, 4, 6].into(), content, NONE)
        .unwrap()
        .into()
}

#[test]
fn lists_of_any_class() {
    let array = lists();
    for kind in ["i32", "u32", "i64"] {
        let there = same(&array, &list_of("ListArray", kind, r#""int64""#));
        same(&there, &list_of("ListOffsetArray", kind, r#""int64""#));
    }
    let regular = r#"{"class": "RegularArray", "size": 2, "content": "int64"}"#;
    let there = same(&array, regular);
    same(
        &there,
        r#"{"class": "NumpyArray", "primitive": "int64", "inner_shape": [2]}"#,
    );
    same(&there, &list_of("ListOffsetArray", "i32", r#""int64""#));
    let ragged =
        ListOffsetArray::try_new(vec![0_i64, 2, 5].into(), numbers(vec![0_i64; 5]), NONE).unwrap();
    assert_eq!(
        refused(&ragged.into(), regular),
        Obstacle::ListLength {
            at: 1,
            length: 3,
            size: 2
        }
    );
    assert_eq!(refused(&array, r#""int64""#), Obstacle::Kind);
    assert_eq!(refused(&numbers(vec![1_i64]), regular), Obstacle::Kind);
}

#[test]
fn what_no_list_reaches_does_not_stand_in_the_way() {
    let content = numbers(vec![1e300, 1.0, 2.0, 0.5]);
    let array = ListOffsetArray::try_new(vec![1_i64, 3].into(), content.clone(), NONE).unwrap();
    let there = conformed(
        &array.into(),
        &list_of("ListOffsetArray", "i64", r#""int8""#),
    );
    assert_eq!(there.to_string(), "<Array [[1, 2]] type='1 * var * int8'>");
    // Empty lists may lie anywhere, also beyond what an i32 can say.
    let far = 1_i64 << 40;
    let starts = vec![far, 1].into();
    let array = ListArray::try_new(starts, vec![far, 3].into(), content, NONE).unwrap();
    let there = conformed(&array.into(), &list_of("ListArray", "i32", r#""int8""#));
    assert_eq!(
        there.to_string(),
        "<Array [[], [1, 2]] type='2 * var * int8'>"
    );
}

#[test]
fn lists_that_overlap_stay_so() {
    let content = numbers((0..1000).collect::<Vec<i64>>());
    let starts: Vec<i64> = (0..500).collect();
    let stops: Vec<i64> = (500..1000).collect();
    let array = ListArray::try_new(starts.into(), stops.into(), content, NONE).unwrap();
    let there = conformed(&array.into(), &list_of("ListArray", "i64", r#""int32""#));
    assert_eq!(there.nbytes(), 500 * 16 + 999 * 4);
}

#[test]
fn the_content_is_shared_where_only_structure_changes() {
    let data = vec![1.5_f64, 2.5, 3.5];
    let content = NumpyArray::from_vec(data);
    let address = content.data().address();
    let list = ListOffsetArray::try_new(vec![0_i64, 1, 3].into(), content.into(), NONE).unwrap();
    for class in ["ListOffsetArray", "ListArray"] {
        let there = same(&list.clone().into(), &list_of(class, "i32", r#""float64""#));
        let Array::Numpy(content) = &there.children()[0] else {
            panic!("{there}")
        };
        assert_eq!(content.data().address(), address);
    }
}

/// `[1, None, 3]` of every class of option; what is missing hides a number that fits nothing.
fn options() -> Vec<Array> {
    let content = || numbers(vec![1_i64, 1 << 40, 3]);
    vec![
        IndexedOptionArray::try_new(vec![0_i64, -1, 2].into(), content(), NONE)
            .unwrap()
            .into(),
        ByteMaskedArray::try_new(vec![1_u8, 0, 1].into(), content(), true, NONE)
            .unwrap()
            .into(),
        BitMaskedArray::try_new(vec![0b010_u8].into(), content(), false, true, 3, NONE)
            .unwrap()
            .into(),
    ]
}

const OPTIONS: [&str; 6] = [
    r#"{"class": "IndexedOptionArray", "index": "i32", "content": "int8"}"#,
    r#"{"class": "IndexedOptionArray", "index": "i64", "content": "int8"}"#,
    r#"{"class": "ByteMaskedArray", "mask": "i8", "valid_when": false, "content": "int8"}"#,
    r#"{"class": "ByteMaskedArray", "mask": "i8", "valid_when": true, "content": "int8"}"#,
    r#"{"class": "BitMaskedArray", "mask": "u8", "valid_when": true, "lsb_order": false, "content": "int8"}"#,
    r#"{"class": "BitMaskedArray", "mask": "u8", "valid_when": false, "lsb_order": true, "content": "int8"}"#,
];

#[test]
fn options_of_any_class() {
    for array in options() {
        for option in OPTIONS {
            let there = conformed(&array, option);
            assert_eq!(there.to_string(), "<Array [1, None, 3] type='3 * ?int8'>");
        }
        let missing = Obstacle::Missing { at: 1 };
        assert_eq!(refused(&array, r#""int64""#), missing);
        let unmasked = r#"{"class": "UnmaskedArray", "content": "int64"}"#;
        assert_eq!(refused(&array, unmasked), missing);
        let there = array.slice(2..3).unwrap();
        assert_eq!(conformed(&there, r#""int8""#), numbers(vec![3_i8]));
        conformed(&there, unmasked);
    }
    for option in OPTIONS {
        let there = conformed(&numbers(vec![1_i64, 2]), option);
        assert_eq!(there.to_string(), "<Array [1, 2] type='2 * ?int8'>");
    }
    let unmasked = UnmaskedArray::new(numbers(vec![7_i64]), NONE).into();
    assert_eq!(conformed(&unmasked, r#""int64""#), numbers(vec![7_i64]));
}

#[test]
fn a_mask_finds_something_to_stand_below_it() {
    let none = IndexedOptionArray::try_new(vec![-1_i64, -1].into(), EmptyArray.into(), NONE);
    let none = Array::from(none.unwrap());
    let masked = |content: &str| {
        format!(
            r#"{{"class": "ByteMaskedArray", "mask": "i8", "valid_when": true, "content": {content}}}"#
        )
    };
    for content in [
        r#""datetime64[s]""#.to_owned(),
        r#"{"class": "NumpyArray", "primitive": "int8", "inner_shape": [2, 0, 3]}"#.to_owned(),
        list_of("ListArray", "u32", r#""int64""#),
        list_of("ListOffsetArray", "i64", r#"{"class": "EmptyArray"}"#),
        r#"{"class": "RegularArray", "size": 3, "content": "bool"}"#.to_owned(),
        r#"{"class": "RecordArray", "fields": ["x"], "contents": ["int8"]}"#.to_owned(),
        r#"{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": [{"class": "EmptyArray"}, "int8"]}"#.to_owned(),
        r#"{"class": "IndexedArray", "index": "i64", "content": "int8", "parameters": {"__array__": "categorical"}}"#.to_owned(),
    ] {
        same(&none, &masked(&content));
    }
    assert_eq!(
        refused(&none, &masked(r#"{"class": "EmptyArray"}"#)),
        Obstacle::Unknown { length: 2 }
    );
}

#[test]
fn an_index_comes_and_goes() {
    let content = numbers(vec![1e300, 1.0, 2.0]);
    let array = IndexedArray::try_new(vec![2_i64, 1, 2].into(), content, NONE).unwrap();
    let array = Array::from(array);
    let index = r#"{"class": "IndexedArray", "index": "u32", "content": "float32"}"#;
    let there = conformed(&array, index);
    // What is picked twice is there once, and what is not picked is gone.
    assert_eq!(there.nbytes(), 3 * 4 + 2 * 4);
    assert_eq!(
        there.to_string(),
        "<Array [2.0, 1.0, 2.0] type='3 * float32'>"
    );
    assert_eq!(conformed(&array, r#""int8""#), numbers(vec![2_i8, 1, 2]));
    same(
        &numbers(vec![1_i64, 1]),
        r#"{"class": "IndexedArray", "index": "i32", "content": "int64"}"#,
    );
}

#[test]
fn categories_are_made_distinct() {
    let categories = r#"{"class": "IndexedArray", "index": "i64", "content": "int64", "parameters": {"__array__": "categorical"}}"#;
    let there = same(&numbers(vec![5_i64, 7, 5]), categories);
    assert_eq!(there.children()[0], numbers(vec![5_i64, 7]));
    // Categories that no row is of are kept.
    let categorical = Parameters::from_iter([("__array__", "categorical")]);
    let content = numbers(vec![9_i32, 5]);
    let array = IndexedArray::try_new(vec![1_i32, 1].into(), content, categorical).unwrap();
    let there = conformed(&array.clone().into(), categories);
    assert_eq!(there.children()[0], numbers(vec![9_i64, 5]));
    assert_eq!(
        conformed(&array.into(), r#""int64""#),
        numbers(vec![5_i64, 5])
    );
    let option = categories.replace("IndexedArray", "IndexedOptionArray");
    let parameters = Parameters::from_iter([("__array__", "categorical")]);
    let array =
        IndexedOptionArray::try_new(vec![1_i32, -1].into(), numbers(vec![9_i32, 5]), parameters);
    let there = conformed(&array.unwrap().into(), &option);
    assert_eq!(there.value().unwrap().to_string(), "[5, None]");
    assert_eq!(there.children()[0], numbers(vec![9_i64, 5]));
    for array in options() {
        let there = same(&array, &option);
        assert_eq!(there.children()[0], numbers(vec![1_i64, 3]));
    }
    assert_eq!(
        refused(&options()[0], categories),
        Obstacle::Missing { at: 1 }
    );
    let union = categories.replace(
        r#""int64""#,
        r#"{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": ["int64", "bool"]}"#,
    );
    assert_eq!(refused(&numbers(vec![1_i64]), &union), Obstacle::Categories);
}

#[test]
fn nothing_becomes_anything() {
    let lists = ListOffsetArray::try_new(vec![0_i64, 0, 0].into(), EmptyArray.into(), NONE);
    let lists = Array::from(lists.unwrap());
    for content in [
        r#""float16""#,
        r#"{"class": "RecordArray", "fields": ["x"], "contents": ["int8"]}"#,
    ] {
        same(&lists, &list_of("ListOffsetArray", "i32", content));
        conformed(&EmptyArray.into(), content);
        conformed(&EmptyArray.into(), &list_of("ListArray", "i32", content));
    }
    // And back, as long as there is nothing.
    conformed(&numbers(Vec::<i64>::new()), r#"{"class": "EmptyArray"}"#);
    assert_eq!(
        refused(&numbers(vec![1_i64]), r#"{"class": "EmptyArray"}"#),
        Obstacle::Unknown { length: 1 }
    );
}

fn records() -> Array {
    RecordArray::from_fields([
        ("x", numbers(vec![1_i64, 2])),
        ("y", numbers(vec![0.5, 1.5])),
    ])
    .into()
}

fn record(fields: &str, contents: &str) -> String {
    format!(r#"{{"class": "RecordArray", "fields": {fields}, "contents": {contents}}}"#)
}

#[test]
fn fields_by_name() {
    let array = records();
    let there = conformed(&array, &record(r#"["y", "x"]"#, r#"["float64", "int8"]"#));
    assert_eq!(
        there.to_string(),
        "<Array [{y: 0.5, x: 1}, {y: 1.5, x: 2}] type='2 * {y: float64, x: int8}'>"
    );
    let option = OPTIONS[2];
    let more = record(
        r#"["x", "z", "y"]"#,
        &format!(r#"["int64", {option}, "float64"]"#),
    );
    let there = conformed(&array, &more);
    assert_eq!(
        there.value().unwrap().to_string(),
        "[{x: 1, z: None, y: 0.5}, {x: 2, z: None, y: 1.5}]"
    );
    assert_eq!(
        refused(
            &array,
            &record(r#"["x", "z", "y"]"#, r#"["int64", "int64", "float64"]"#)
        ),
        Obstacle::NoSuchField {
            field: "z".to_owned()
        }
    );
    assert_eq!(
        refused(&array, &record(r#"["x"]"#, r#"["int64"]"#)),
        Obstacle::AdditionalField {
            field: "y".to_owned()
        }
    );
    assert_eq!(
        refused(&array, &record("null", r#"["int64", "float64"]"#)),
        Obstacle::Tuple
    );
    assert_eq!(refused(&array, r#""int64""#), Obstacle::Kind);
}

#[test]
fn two_fields_of_one_name_stay_in_their_order() {
    let array = RecordArray::from_fields([
        ("x", numbers(vec![1_i64])),
        ("y", numbers(vec![2_i64])),
        ("x", numbers(vec![3_i64])),
    ]);
    let form = record(r#"["x", "x", "y"]"#, r#"["int64", "int8", "int64"]"#);
    let there = conformed(&array.into(), &form);
    assert_eq!(there.value().unwrap().to_string(), "[{x: 1, x: 3, y: 2}]");
}

fn union(contents: &str) -> String {
    format!(r#"{{"class": "UnionArray", "tags": "i8", "index": "i32", "contents": {contents}}}"#)
}

#[test]
fn unions_by_what_fits() {
    let contents = vec![numbers(vec![1_i64, 2]), truth(), lists()];
    let tags = vec![2_u8, 0, 1, 0].into();
    let array = UnionArray::try_new(tags, vec![1_i64, 1, 0, 0].into(), contents, NONE).unwrap();
    let array = Array::from(array);
    let list = list_of("ListOffsetArray", "i64", r#""int64""#);
    same(&array, &union(&format!(r#"[{list}, "bool", "int64"]"#)));
    let there = conformed(&array, &union(&format!(r#"["bool", "float64", {list}]"#)));
    assert_eq!(
        there.value().unwrap().to_string(),
        "[[4, 5], 2.0, True, 1.0]"
    );
    // Floats stay floats, whichever comes first and however whole they are.
    let there = conformed(&numbers(vec![1.0_f32]), &union(r#"["int64", "float64"]"#));
    assert_eq!(there.value().unwrap().to_string(), "[1.0]");
    // A union of which one content is used, or all fit one, need be none.
    let one = array.slice(1..2).unwrap();
    assert_eq!(conformed(&one, r#""int8""#), numbers(vec![2_i8]));
    let Obstacle::NoContent { reasons } = refused(&array, &union(r#"["bool", "int64"]"#)) else {
        panic!()
    };
    assert_eq!(reasons.len(), 2, "{reasons:?}");
}

/// Lists of another size are nothing alike, whatever they hold: a pair of integers became one of floats, in a union with empty lists of integers.
#[test]
fn lists_of_one_size_go_where_lists_of_that_size_are() {
    let pairs = NumpyArray::try_new(vec![155_u8, 45].into(), DType::UInt8, [2].into(), 1, NONE);
    let list = |dtype: &str, size: u8| {
        format!(r#"{{"class": "NumpyArray", "primitive": "{dtype}", "inner_shape": [{size}]}}"#)
    };
    let inner = union(&format!("[{}, {}]", list("float32", 2), list("uint8", 0)));
    let pair = format!(
        r#"{{"class": "IndexedArray", "index": "i64", "content": {}}}"#,
        list("uint8", 2)
    );
    same(
        &pairs.unwrap().into(),
        &union(&format!("[{inner}, {pair}]")),
    );
}

/// 32 bits became 64, as what holds lists of nothing known was as unlike itself as another union.
#[test]
fn what_is_of_the_type_of_a_content_goes_there() {
    let nothing = |class: &str| list_of(class, "i64", r#"{"class": "EmptyArray"}"#);
    let wide = union(&format!(r#"["int64", {}]"#, nothing("ListOffsetArray")));
    let narrow = |class: &str| union(&format!(r#"[{}, "int32"]"#, nothing(class)));
    let both = |class: &str| union(&format!("[{wide}, {}]", narrow(class)));
    let array = conformed(&numbers(vec![7_i32]), &both("ListArray"));
    assert_eq!(same(&array, &both("ListOffsetArray")).len(), 1);
}

#[test]
fn an_option_of_a_union_is_a_union_of_options() {
    let contents = vec![numbers(vec![1_i64, 2]), truth()];
    let union_array = UnionArray::try_new(
        vec![0_u8, 1, 0].into(),
        vec![0_i64, 0, 1].into(),
        contents,
        NONE,
    );
    let masked = ByteMaskedArray::try_new(
        vec![1_u8, 1, 0].into(),
        union_array.unwrap().into(),
        true,
        NONE,
    );
    let masked = Array::from(masked.unwrap());
    let options = union(&format!(
        r#"[{}, {}]"#,
        OPTIONS[1].replace("int8", "int64"),
        OPTIONS[2].replace("int8", "bool")
    ));
    let there = same(&masked, &options);
    same(
        &there,
        &OPTIONS[4].replace(r#""int8""#, &union(r#"["bool", "int64"]"#)),
    );
}

#[test]
fn parameters_are_part_of_the_meaning() {
    let text = |outer: &str, inner: &str| {
        let parameters = |name: &str| Parameters::from_iter([("__array__", name)]);
        let letters = NumpyArray::from_vec(b"abc".to_vec()).with_parameters(parameters(inner));
        let offsets = vec![0_i64, 1, 3].into();
        Array::from(ListOffsetArray::try_new(offsets, letters.into(), parameters(outer)).unwrap())
    };
    let (strings, bytes) = (text("string", "char"), text("bytestring", "byte"));
    let error = strings.conform_to(&bytes.form()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "(root): ListOffsetArray (i64) cannot become ListOffsetArray (i64): the parameter \"__array__\" is \
         \"string\" here and \"bytestring\" there; metadata are part of the meaning; the forms differ: \
         (root): parameter \"__array__\" \"string\" here, parameter \"__array__\" \"bytestring\" there; \
         (root): parameter \"__array__\" \"char\" here, parameter \"__array__\" \"byte\" there"
    );
    let wide = r#"{"class": "ListOffsetArray", "offsets": "i64", "parameters": {"__array__": "string"}, "content":
        {"class": "NumpyArray", "primitive": "int16", "parameters": {"__array__": "char"}}}"#;
    assert!(matches!(refused(&strings, wide), Obstacle::DType { .. }));
    same(
        &strings,
        &wide
            .replace("int16", "uint8")
            .replace("ListOffsetArray", "ListArray")
            .replace(r#""offsets": "i64""#, r#""starts": "i32", "stops": "i32""#),
    );
    // What an index says of what it picks, may be said of that itself; the order of parameters is none.
    let both = Parameters::from_iter([("a", 1), ("b", 2)]);
    let index = IndexedArray::try_new(vec![0_i64].into(), numbers(vec![1_i64]), both).unwrap();
    same(
        &index.into(),
        r#"{"class": "NumpyArray", "primitive": "int64", "parameters": {"b": 2, "a": 1, "c": null}}"#,
    );
}

#[test]
fn inner_shapes_are_lists() {
    let array = NumpyArray::try_new(
        (0..12).collect::<Vec<i64>>().into(),
        DType::Int64,
        Arc::new([2, 3]),
        2,
        Parameters::from_iter([("doc", "x")]),
    );
    let array = Array::from(array.unwrap());
    let nested = r#"{"class": "RegularArray", "size": 2, "parameters": {"doc": "x"}, "content":
        {"class": "RegularArray", "size": 3, "content": "int64"}}"#;
    let there = same(&array, nested);
    assert_eq!(array, there.conform_to(&array.form()).unwrap());
    let packed = array.pack().unwrap();
    assert_eq!(array, packed.conform_to(&array.form()).unwrap());
    let narrow = r#"{"class": "NumpyArray", "primitive": "int8", "inner_shape": [2, 3], "parameters": {"doc": "x"}}"#;
    conformed(&array, narrow);
    assert!(matches!(
        refused(&array, &narrow.replace("[2, 3]", "[3, 2]")),
        Obstacle::ListLength {
            length: 2,
            size: 3,
            ..
        }
    ));
}

#[test]
fn the_error_names_the_place_and_all_differences() {
    let muons = RecordArray::from_fields([("pt", numbers(vec![0.5])), ("q", numbers(vec![1_i8]))]);
    let lists = ListOffsetArray::try_new(vec![0_i64, 1].into(), muons.into(), NONE).unwrap();
    let events = Array::from(RecordArray::from_fields([("muon", Array::from(lists))]));
    let wanted = record(
        r#"["muon"]"#,
        &format!(
            "[{}]",
            list_of(
                "ListOffsetArray",
                "i32",
                &record(r#"["q", "pt"]"#, r#"["int64", "int32"]"#)
            )
        ),
    );
    let misfit = misfit(&events, &wanted);
    assert_eq!(misfit.path.to_string(), "muon.pt");
    assert_eq!(misfit.found, "NumpyArray (float64)");
    assert_eq!(misfit.wanted, "NumpyArray (int32)");
    assert_eq!(
        misfit.to_string(),
        "muon.pt: NumpyArray (float64) cannot become NumpyArray (int32): 0.5, the element 0, is no int32; the forms \
         differ: muon: ListOffsetArray (i64) here, ListOffsetArray (i32) there; muon.pt: NumpyArray (float64) here, \
         NumpyArray (int32) there; muon.q: NumpyArray (int8) here, NumpyArray (int64) there; muon: fields in the \
         order pt, q here, fields in the order q, pt there"
    );
}

#[test]
fn rows_without_end_cost_nothing_or_are_refused() {
    let length = 1_usize << 60;
    let blank = RegularArray::try_new(EmptyArray.into(), 0, length, NONE).unwrap();
    let blank = Array::from(blank);
    let there = conformed(
        &blank,
        r#"{"class": "UnmaskedArray", "content": {"class": "RegularArray", "size": 0, "content": "int64"}}"#,
    );
    assert_eq!(there.len(), length);
    for json in [
        list_of("ListOffsetArray", "i64", r#""int64""#),
        list_of("ListArray", "i64", r#""int64""#),
        r#"{"class": "ByteMaskedArray", "mask": "i8", "valid_when": true, "content": {"class": "RegularArray", "size": 0, "content": "int64"}}"#.to_owned(),
        r#"{"class": "BitMaskedArray", "mask": "u8", "valid_when": true, "lsb_order": true, "content": {"class": "RegularArray", "size": 0, "content": "int64"}}"#.to_owned(),
        r#"{"class": "IndexedArray", "index": "i64", "content": {"class": "RegularArray", "size": 0, "content": "int64"}}"#.to_owned(),
    ] {
        let error = blank.conform_to(&form(&json)).unwrap_err();
        assert!(error.to_string().contains("memory"), "{error}");
    }
    // Lists over rows without end are one run, too.
    let lists = ListOffsetArray::try_new(vec![0_i64, 1 << 60].into(), blank, NONE).unwrap();
    conformed(
        &lists.into(),
        r#"{"class": "ListArray", "starts": "i64", "stops": "i64", "content": {"class": "RegularArray", "size": 0, "content": "bool"}}"#,
    );
}

#[test]
fn an_array_of_the_form_stays_where_it_is() {
    let device = Place::Device(FakeDevice::new("fake:0"));
    let there = lists().to_place(&device).unwrap();
    assert_eq!(
        there.conform_to(&lists().form()).unwrap().form(),
        lists().form()
    );
    let other = form(&list_of("ListOffsetArray", "i32", r#""int64""#));
    let error = there.conform_to(&other).unwrap_err();
    assert!(error.to_string().contains("fake:0"), "{error}");
}
