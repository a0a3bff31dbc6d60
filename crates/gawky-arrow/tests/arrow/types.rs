//! Each type of Arrow's as arrays.

use std::sync::Arc;

use arrow_array::builder::{Int32Builder, MapBuilder, StringBuilder};
use arrow_array::types::{Int8Type, Int16Type, UInt32Type, UInt64Type};
use arrow_array::*;
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer, i256};
use arrow_schema::{DataType, Field, UnionFields, UnionMode};
use gawky::buffer::Scalar;
use gawky_arrow::{ArrowProblem, Decimals, FromArrow, ToArrow};

/// What an Arrow array becomes, also from the middle of a longer one, and that its form is known beforehand.
fn shown(array: &dyn Array) -> String {
    let read = FromArrow::new().array(array).unwrap();
    let doubled = {
        let data = array.to_data();
        let mut copy = arrow_data::transform::MutableArrayData::new(vec![&data], true, 0);
        for _ in 0..2 {
            copy.try_extend(0, 0, data.len()).unwrap();
        }
        make_array(copy.freeze())
    };
    for (whole, from) in [(&doubled, 0), (&doubled, array.len())] {
        let part = FromArrow::new()
            .array(&whole.slice(from, array.len()))
            .unwrap();
        assert!(
            part.equal_values(&read, true).unwrap(),
            "{part} is not {read}"
        );
    }
    let nullable = array.nulls().is_some() || *array.data_type() == DataType::Null;
    let field = Field::new("", array.data_type().clone(), nullable);
    let generating = FromArrow::new().generate_bitmasks(true);
    let form = FromArrow::new().form(&field).unwrap();
    assert_eq!(generating.column(&field, array).unwrap().form(), form);
    read.to_string()
}

macro_rules! shows {
    ($($array:expr => $shown:expr;)*) => {$(
        assert_eq!(shown(&$array), $shown);
    )*};
}

#[test]
fn numbers() {
    shows! {
        Int8Array::from(vec![Some(-1), None]) => "<Array [-1, None] type='2 * ?int8'>";
        UInt64Array::from(vec![u64::MAX]) => "<Array [18446744073709551615] type='1 * uint64'>";
        Float16Array::from(vec![gawky::buffer::f16::from_f32(1.5)]) => "<Array [1.5] type='1 * float16'>";
        Float64Array::from(vec![None, Some(0.5)]) => "<Array [None, 0.5] type='2 * ?float64'>";
        BooleanArray::from(vec![Some(true), None, Some(false)]) => "<Array [True, None, False] type='3 * ?bool'>";
        NullArray::new(2) => "<Array [None, None] type='2 * ?unknown'>";
    }
}

#[test]
fn times() {
    shows! {
        Date32Array::from(vec![0, 19_000]) => "<Array [1970-01-01, 2022-01-08] type='2 * datetime64[D]'>";
        Date64Array::from(vec![86_400_000]) => "<Array [1970-01-02T00:00:00.000] type='1 * datetime64[ms]'>";
        Time32SecondArray::from(vec![60]) => "<Array [1970-01-01T00:01:00] type='1 * datetime64[s]'>";
        Time32MillisecondArray::from(vec![60]) => "<Array [1970-01-01T00:00:00.060] type='1 * datetime64[ms]'>";
        Time64MicrosecondArray::from(vec![60]) => "<Array [1970-01-01T00:00:00.000060] type='1 * datetime64[us]'>";
        Time64NanosecondArray::from(vec![60]) => "<Array [1970-01-01T00:00:00.000000060] type='1 * datetime64[ns]'>";
        TimestampSecondArray::from(vec![60]) => "<Array [1970-01-01T00:01:00] type='1 * datetime64[s]'>";
        TimestampNanosecondArray::from(vec![Some(1), None]) => "<Array [1970-01-01T00:00:00.000000001, None] type='2 * ?datetime64[ns]'>";
        DurationMillisecondArray::from(vec![5]) => "<Array [5 milliseconds] type='1 * timedelta64[ms]'>";
    }
}

#[test]
fn time_zones_are_kept_as_a_parameter_or_dropped() {
    let arrow = TimestampMicrosecondArray::from(vec![60]).with_timezone("Europe/Berlin");
    let array = FromArrow::new().array(&arrow).unwrap();
    assert_eq!(array.parameters().str("timezone"), Some("Europe/Berlin"));
    let again = ToArrow::new().array(&array).unwrap();
    assert_eq!(again.data_type(), arrow.data_type());
    let dropped = FromArrow::new().timezones(false).array(&arrow).unwrap();
    assert!(dropped.parameters().is_empty());
}

#[test]
fn text() {
    let words = || vec![Some("a"), None, Some("thirteen byte"), Some("")];
    let bytes = || vec![Some(&b"a"[..]), None, Some(b"thirteen byte"), Some(b"")];
    let strings = "<Array ['a', None, 'thirteen byte', ''] type='4 * ?string'>";
    let bytestrings = "<Array [b'a', None, b'thirteen byte', b''] type='4 * ?bytes'>";
    shows! {
        StringArray::from(words()) => strings;
        LargeStringArray::from(words()) => strings;
        StringViewArray::from(words()) => strings;
        BinaryArray::from(bytes()) => bytestrings;
        LargeBinaryArray::from(bytes()) => bytestrings;
        BinaryViewArray::from(bytes()) => bytestrings;
        FixedSizeBinaryArray::try_from_iter([b"one", b"two"].iter()).unwrap()
            => "<Array [b'one', b'two'] type='2 * bytes[3]'>";
    }
}

fn item(nullable: bool) -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Int32, nullable))
}

#[test]
fn lists() {
    let values = || Arc::new(Int32Array::from(vec![1, 2, 3, 4]));
    let offsets = || OffsetBuffer::new(ScalarBuffer::from(vec![0, 2, 2, 4]));
    let wide = OffsetBuffer::new(ScalarBuffer::from(vec![1_i64, 2, 4]));
    let nulls = || Some(NullBuffer::from(vec![true, true, false]));
    shows! {
        ListArray::new(item(false), offsets(), values(), nulls())
            => "<Array [[1, 2], [], None] type='3 * option[var * int32]'>";
        ListArray::new(item(true), offsets(), values(), None)
            => "<Array [[1, 2], [], [3, 4]] type='3 * var * ?int32'>";
        LargeListArray::new(item(false), wide, values(), None)
            => "<Array [[2], [3, 4]] type='2 * var * int32'>";
        FixedSizeListArray::new(item(false), 2, values(), None)
            => "<Array [[1, 2], [3, 4]] type='2 * 2 * int32'>";
        ListViewArray::new(item(false), vec![2, 0, 1].into(), vec![2, 0, 3].into(), values(), None)
            => "<Array [[3, 4], [], [2, 3, 4]] type='3 * var * int32'>";
        LargeListViewArray::new(item(false), vec![2, 1].into(), vec![2, 3].into(), values(), None)
            => "<Array [[3, 4], [2, 3, 4]] type='2 * var * int32'>";
    }
}

#[test]
fn maps_are_lists_of_pairs() {
    let mut map = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    map.keys().append_value("a");
    map.values().append_value(1);
    map.append(true).unwrap();
    map.append(false).unwrap();
    let map = map.finish();
    let array = FromArrow::new().array(&map).unwrap();
    assert_eq!(
        array.type_().to_string(),
        "option[var * tuple[[string, ?int32], parameters={\"__array__\": \"map\"}]]"
    );
    assert_eq!(array.get(0).unwrap().to_string(), "[('a', 1)]");
    assert!(array.get(1).unwrap().is_null());

    let (entries, offsets, pairs, nulls, _) = map.into_parts();
    let sorted = MapArray::new(entries, offsets, pairs, nulls, true);
    let array = FromArrow::new().array(&sorted).unwrap();
    assert_eq!(
        array.type_().to_string(),
        "option[var * tuple[[string, ?int32], parameters={\"__array__\": \"sorted_map\"}]]"
    );
}

#[test]
fn records() {
    let x: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
    let fields = vec![Field::new("x", DataType::Int32, false)];
    let nulls = NullBuffer::from(vec![true, false]);
    shows! {
        StructArray::new(fields.into(), vec![x], Some(nulls)) => "<Array [{x: 1}, None] type='2 * ?{x: int32}'>";
        StructArray::new_empty_fields(3, None) => "<Array [{}, {}, {}] type='3 * {}'>";
    }
}

#[test]
fn unions() {
    let a: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 3]));
    let b: ArrayRef = Arc::new(StringArray::from(vec!["x", "y", "z"]));
    let fields = || {
        UnionFields::try_new(
            vec![3, 7],
            vec![
                Field::new("a", DataType::Int32, false),
                Field::new("b", DataType::Utf8, false),
            ],
        )
        .unwrap()
    };
    let sparse = UnionArray::try_new(
        fields(),
        vec![3, 7, 3].into(),
        None,
        vec![Arc::clone(&a), Arc::clone(&b)],
    );
    let dense = UnionArray::try_new(
        fields(),
        vec![7, 3, 7].into(),
        Some(vec![2, 0, 0].into()),
        vec![a, b],
    );
    shows! {
        sparse.unwrap() => "<Array [1, 'y', 3] type='3 * union[int32, string]'>";
        dense.unwrap() => "<Array ['z', 1, 'x'] type='3 * union[int32, string]'>";
    }
}

/// A struct that is missing has keys of no category, and there may be none at all.
#[test]
fn categories_of_rows_that_are_missing_need_not_be_there() {
    let categories = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let fields = [Field::new("c", categories, false)].into_iter().collect();
    let missing = new_null_array(&DataType::Struct(fields), 2);
    let read = FromArrow::new().array(&missing).unwrap();
    assert_eq!(
        read.to_string(),
        "<Array [None, None] type='2 * ?{c: categorical[type=string]}'>"
    );
}

/// Of what holds nothing there can be more categories than Arrow counts.
#[test]
fn very_many_categories_of_nothing_become_as_many_as_arrow_counts() {
    let nothing: gawky_array::Array = gawky_array::RegularArray::try_new(
        gawky_array::EmptyArray.into(),
        0,
        usize::MAX,
        gawky_form::Parameters::none(),
    )
    .unwrap()
    .into();
    let categories = gawky_array::IndexedArray::try_new(
        gawky_array::Index::from(vec![1_i64, 0]),
        nothing,
        gawky_form::Parameters::from_iter([("__array__", "categorical")]),
    )
    .unwrap()
    .into();
    let (field, there) = gawky_arrow::ToArrow::new().column("", &categories).unwrap();
    there.to_data().validate_full().unwrap();
    let back = FromArrow::new().column(&field, &there).unwrap();
    assert_eq!(back.equal_values(&categories, true), Ok(true), "{back}");
}

/// A few bytes of a file say that there are very many nulls, or that a run is very long.
#[test]
fn rows_that_take_no_bytes_are_not_given_any_memory() {
    const MANY: usize = 1 << 40;
    let refused = |array: &dyn Array, options: FromArrow| {
        let error = options.array(array).unwrap_err();
        assert!(
            matches!(error.problem(), ArrowProblem::RowsOfNothing { .. }),
            "{error}"
        );
    };
    refused(&NullArray::new(MANY), FromArrow::new());
    let ends =
        PrimitiveArray::<arrow_array::types::Int64Type>::from(vec![i64::try_from(MANY).unwrap()]);
    let run = RunArray::try_new(&ends, &Int32Array::from(vec![7])).unwrap();
    refused(&run, FromArrow::new());
    let field = Arc::new(Field::new("item", DataType::Null, true));
    let nulls = Arc::new(NullArray::new(MANY));
    let offsets = OffsetBuffer::new(vec![0, i64::try_from(MANY).unwrap()].into());
    refused(
        &LargeListArray::new(field, offsets, nulls, None),
        FromArrow::new(),
    );
    let bitmasks = FromArrow::new().generate_bitmasks(true);
    refused(&StructArray::new_empty_fields(MANY, None), bitmasks);
    // Of the columns of a batch it is the sum.
    let columns = ["x", "y"].map(|name| {
        let nulls: ArrayRef = Arc::new(NullArray::new(1 << 25));
        (name, nulls)
    });
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let error = FromArrow::new().record_batch(&batch).unwrap_err();
    assert!(
        matches!(error.problem(), ArrowProblem::RowsOfNothing { .. }),
        "{error}"
    );
    // As many as may well be are read.
    let some = FromArrow::new().array(&NullArray::new(1 << 16)).unwrap();
    assert_eq!(some.len(), 1 << 16);
}

/// To make one up must take no memory that is not there.
#[test]
fn categories_that_take_much_are_not_made_up() {
    let list = |item| {
        let item = Arc::new(Field::new("item", item, false));
        DataType::FixedSizeList(item, i32::MAX)
    };
    let none = DataType::Union(UnionFields::empty(), UnionMode::Dense);
    let large = DataType::FixedSizeBinary(i32::MAX);
    for values in [
        list(list(DataType::Int64)),
        list(DataType::Int8),
        large,
        none,
    ] {
        let empty = make_array(arrow_data::ArrayData::new_empty(&values));
        let categories = DataType::Dictionary(Box::new(DataType::Int32), Box::new(values));
        let missing = arrow_data::ArrayData::builder(categories.clone())
            .len(1)
            .nulls(Some(NullBuffer::new_null(1)))
            .add_buffer(vec![0_i32].into())
            .add_child_data(empty.to_data())
            .build()
            .unwrap();
        let fields = vec![Field::new("c", categories, false)];
        let nulls = Some(NullBuffer::new_null(1));
        let below = StructArray::new(fields.into(), vec![make_array(missing)], nulls);
        let error = FromArrow::new().array(&below).unwrap_err();
        assert!(
            matches!(error.problem(), ArrowProblem::UnexpectedNulls { nulls: 1 }),
            "{error}"
        );
    }
}

/// A struct that is missing has a union in which something is missing, although its contents are no options.
#[test]
fn what_is_missing_in_a_union_below_a_row_that_is_missing_does_not_matter() {
    let union = |content| {
        let fields = [Field::new("a", content, false)];
        DataType::Union(UnionFields::from_fields(fields), UnionMode::Dense)
    };
    let below = |content| DataType::Struct([Field::new("u", content, true)].into_iter().collect());
    let nested = new_null_array(&below(union(union(DataType::Int32))), 3);
    let read = FromArrow::new().array(&nested).unwrap();
    assert_eq!(
        read.to_string(),
        "<Array [None, None, None] type='3 * ?{u: union[union[int32]]}'>"
    );
    let union = below(union(DataType::Int32));
    let missing = new_null_array(&union, 3);
    let read = FromArrow::new().array(&missing).unwrap();
    assert_eq!(
        read.to_string(),
        "<Array [None, None, None] type='3 * ?{u: union[int32]}'>"
    );
    // Of rows that are there it does.
    let rows = missing.as_any().downcast_ref::<StructArray>().unwrap();
    let there = StructArray::new(rows.fields().clone(), rows.columns().to_vec(), None);
    let error = FromArrow::new().array(&there).unwrap_err();
    assert!(
        matches!(error.problem(), ArrowProblem::UnexpectedNulls { nulls: 3 }),
        "{error}"
    );
}

#[test]
fn dictionaries_have_nulls_in_keys_and_in_values() {
    let words = || Arc::new(StringArray::from(vec![Some("a"), None]));
    let small = DictionaryArray::<Int8Type>::new(
        Int8Array::from(vec![0, 0]),
        Arc::new(StringArray::from(vec!["a"])),
    );
    let wide = DictionaryArray::<UInt64Type>::new(
        vec![Some(0), None].into_iter().collect(),
        Arc::new(StringArray::from(vec!["a"])),
    );
    let both = DictionaryArray::<UInt32Type>::new(
        vec![Some(0), None, Some(1)].into_iter().collect(),
        words(),
    );
    shows! {
        small => "<Array ['a', 'a'] type='2 * categorical[type=string]'>";
        wide => "<Array ['a', None] type='2 * ?categorical[type=string]'>";
    }
    let array = FromArrow::new().array(&both).unwrap();
    assert!(
        array.to_string().starts_with("<Array ['a', None, None] "),
        "{array}"
    );
}

#[test]
fn runs_are_expanded() {
    let ends = Int16Array::from(vec![2, 3, 6]);
    let values = Int32Array::from(vec![Some(5), None, Some(7)]);
    let runs = RunArray::<Int16Type>::try_new(&ends, &values).unwrap();
    let array = FromArrow::new().array(&runs).unwrap();
    assert_eq!(
        array.to_string(),
        "<Array [5, 5, None, 7, 7, 7] type='6 * ?int32'>"
    );
    let part = FromArrow::new().array(&runs.slice(1, 3)).unwrap();
    assert_eq!(part.to_string(), "<Array [5, None, 7] type='3 * ?int32'>");
}

#[test]
fn decimals_are_refused_or_kept() {
    let decimals = Decimal128Array::from(vec![Some(-12345), None])
        .with_precision_and_scale(10, 2)
        .unwrap();
    let error = FromArrow::new().array(&decimals).unwrap_err();
    assert!(
        matches!(error.problem(), ArrowProblem::Unsupported { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("FromArrow::decimals"), "{error}");
    let floats = FromArrow::new().decimals(Decimals::Float64);
    assert_eq!(
        floats.array(&decimals).unwrap().to_string(),
        "<Array [-123.45, None] type='2 * ?float64'>"
    );
    let wide = Decimal256Array::from(vec![i256::from_i128(-1)])
        .with_precision_and_scale(40, 1)
        .unwrap();
    assert_eq!(
        floats.array(&wide).unwrap().to_string(),
        "<Array [-0.1] type='1 * float64'>"
    );
    let bytes = FromArrow::new().decimals(Decimals::Bytes);
    let kept = bytes.array(&wide).unwrap();
    assert_eq!(kept.parameters().get("decimal").unwrap()["scale"], 1);
    assert_eq!(
        kept.get(0).unwrap().to_string(),
        format!("b'{}'", "\\xff".repeat(32))
    );
}

/// The text of a decimal, parsed, is the float that is nearest to it.
#[test]
fn decimals_become_the_nearest_floats() {
    let mut digits: Vec<i256> = (0..38)
        .step_by(if cfg!(miri) { 9 } else { 1 })
        .flat_map(|at| {
            let power = 10_i128.pow(at);
            [power - 1, power + 1, power * 7 / 3, -power * 5 / 9]
        })
        .chain([1 << 53, (1 << 53) + 1, i128::MAX, i128::MIN])
        .map(i256::from_i128)
        .collect();
    digits.extend([i256::MAX, i256::MIN]);
    let floats = FromArrow::new().decimals(Decimals::Float64);
    for scale in [0_i8, 1, 2, 17, 22, 23, 37, 76, -1, -5, -22, -23, -76] {
        let decimals = Decimal256Array::from(digits.clone());
        let data = decimals.into_data().into_builder();
        // A precision of 76 digits is the most that there is; the outermost integers have 77.
        let typed = data.data_type(DataType::Decimal256(76, scale));
        let array = floats.array(&make_array(typed.build().unwrap())).unwrap();
        for (row, digits) in digits.iter().enumerate() {
            let expected: f64 = format!("{digits}e{}", -i32::from(scale)).parse().unwrap();
            let found = array.get(row).unwrap().as_scalar();
            assert_eq!(found, Some(Scalar::Float64(expected)), "{digits} {scale}");
        }
    }
    // Of the narrower ones, the sign is at their own end.
    let narrow = Decimal32Array::from(vec![-123_456_789, 7])
        .with_precision_and_scale(9, 4)
        .unwrap();
    let array = floats.array(&narrow).unwrap();
    assert_eq!(
        array.to_string(),
        "<Array [-12345.6789, 0.0007] type='2 * float64'>"
    );
}

#[test]
fn intervals_are_refused() {
    let error = FromArrow::new()
        .array(&IntervalYearMonthArray::from(vec![1]))
        .unwrap_err();
    assert!(
        matches!(error.problem(), ArrowProblem::Unsupported { .. }),
        "{error}"
    );
}

#[test]
fn errors_name_the_field() {
    let interval: ArrayRef = Arc::new(IntervalYearMonthArray::from(vec![1]));
    let inner = StructArray::from(vec![(
        Arc::new(Field::new("pt", interval.data_type().clone(), false)),
        interval,
    )]);
    let outer = StructArray::from(vec![(
        Arc::new(Field::new("muon", inner.data_type().clone(), false)),
        Arc::new(inner) as ArrayRef,
    )]);
    let error = FromArrow::new().array(&outer).unwrap_err();
    assert!(error.to_string().starts_with("muon.pt: "), "{error}");
}
