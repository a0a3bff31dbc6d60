//! What random arrays have found, each in its smallest form.

use std::sync::Arc;

use gawky_array::{
    Array, ArrayError, ByteMaskedArray, EmptyArray, Index, IndexedArray, IndexedOptionArray,
    ListOffsetArray, NumpyArray, Problem, RecordArray, RegularArray, UnionArray, UnmaskedArray,
    Value,
};
use gawky_buffer::{Buffer, DType};
use gawky_form::Parameters;

fn numbers(values: Vec<i64>) -> Array {
    NumpyArray::from_vec(values).into()
}

fn masked(mask: Vec<u8>, content: Array) -> Array {
    ByteMaskedArray::try_new(mask.into(), content, true, Parameters::none())
        .unwrap()
        .into()
}

fn problem<T: std::fmt::Debug>(result: Result<T, ArrayError>) -> Problem {
    match result {
        Err(ArrayError::Node { problem, .. }) => problem,
        other => panic!("{other:?}"),
    }
}

/// Taking rows, and packing what an index picks, made one option of options.
#[test]
fn options_of_options_stay_so_when_rows_are_taken() {
    let inner = masked(vec![1, 0, 1], numbers(vec![1, 2, 3]));
    for array in [
        masked(vec![1, 1, 0], inner.clone()),
        UnmaskedArray::new(inner, Parameters::none()).into(),
    ] {
        assert_eq!(array.type_().to_string(), "??int64");
        let taken = array.take(&[1, 0]).unwrap();
        assert_eq!(taken.to_string(), "<Array [None, 1] type='2 * ??int64'>");
        let index = Index::from(vec![0_i64, -1]);
        let picked = IndexedOptionArray::try_new(index, array, Parameters::none()).unwrap();
        let packed = Array::from(picked).pack().unwrap();
        assert_eq!(packed.to_string(), "<Array [1, None] type='2 * ???int64'>");
    }
}

/// It stayed a union of nothing, which breaks the rules, and an option of it became tags that name nothing.
#[test]
fn a_union_of_nothing_is_simplified_to_nothing() {
    let nothing = Array::from(
        UnionArray::try_new(
            Buffer::empty(),
            Vec::<i64>::new().into(),
            Vec::new(),
            Parameters::none(),
        )
        .unwrap(),
    );
    assert_eq!(nothing.simplify().unwrap(), EmptyArray.into());
    let option = IndexedOptionArray::try_new(vec![-1_i64, -7].into(), nothing, Parameters::none());
    let simple = Array::from(option.unwrap()).simplify().unwrap();
    assert_eq!(
        simple.to_string(),
        "<Array [None, None] type='2 * ?unknown'>"
    );
}

/// A few bytes make lists of any number of records without fields; as options each of these would have taken memory.
#[test]
fn contents_of_very_many_elements_that_hold_nothing_stay_apart() {
    let list = |length: i64, content: Array| {
        ListOffsetArray::try_new(vec![0, length].into(), content, Parameters::none())
            .unwrap()
            .into()
    };
    let nothing = |length| {
        let record = RecordArray::try_new(Some([].into()), vec![], length, Parameters::none());
        Array::from(record.unwrap())
    };
    let union = |length: usize| {
        let many = list(length.try_into().unwrap(), nothing(length));
        let option = list(1, UnmaskedArray::new(nothing(1), Parameters::none()).into());
        let tags = vec![0_u8, 1].into();
        UnionArray::try_new(
            tags,
            vec![0_i64, 0].into(),
            vec![many, option],
            Parameters::none(),
        )
    };
    let simple = |length| Array::from(union(length).unwrap()).simplify().unwrap();
    assert_eq!(simple(3).type_().to_string(), "var * ?{}");
    assert_eq!(
        simple(1 << 40).type_().to_string(),
        "union[var * {}, var * ?{}]"
    );
}

/// Contents that only differed in being options stayed two after they had become options both.
#[test]
fn contents_of_a_union_become_options_before_they_are_merged() {
    let option = Array::from(UnmaskedArray::new(numbers(vec![1, 2]), Parameters::none()));
    let union = UnionArray::try_new(
        vec![0_u8, 1, 1, 2].into(),
        vec![0_i64, 1, 0, 0].into(),
        vec![numbers(vec![5]), option, Array::from_rows([true]).unwrap()],
        Parameters::none(),
    );
    let simple = Array::from(union.unwrap()).simplify().unwrap();
    assert_eq!(
        simple.to_string(),
        "<Array [5, 2, 1, True] type='4 * union[?int64, ?bool]'>"
    );
    assert_eq!(simple.simplify().unwrap(), simple);
}

/// The byte at the number of the row was taken for the row.
#[test]
fn characters_of_two_bytes_are_numbers() {
    let array = NumpyArray::try_new(
        Buffer::from_vec(vec![0x41_u16, 0x4242]),
        DType::UInt16,
        Arc::new([]),
        2,
        Parameters::from_iter([("__array__", "char")]),
    );
    let array = Array::from(array.unwrap());
    assert_eq!(
        array.get(1).unwrap(),
        Value::Scalar(gawky_buffer::Scalar::UInt16(0x4242))
    );
}

/// An empty axis made any shape fit; then strides and lengths overflowed. NumPy refuses such shapes too.
#[test]
fn axes_that_no_memory_holds_are_refused_beside_an_empty_one() {
    for shape in [[1 << 40, 1 << 40, 0], [0, 1 << 62, 2], [1, 0, u64::MAX]] {
        let made = NumpyArray::try_new(
            Buffer::empty(),
            DType::Int64,
            Arc::new(shape),
            1,
            Parameters::none(),
        );
        assert_eq!(
            problem(made),
            Problem::TooLarge {
                what: "bytes",
                length: 1
            },
            "{shape:?}"
        );
    }
    let fits = NumpyArray::try_new(
        Buffer::empty(),
        DType::Int64,
        Arc::new([1 << 30, 1 << 29, 0]),
        1,
        Parameters::none(),
    );
    let array = Array::from(fits.unwrap());
    assert_eq!(
        array.to_string(),
        "<Array [[[[], [], ..., []], ...]] type='1 * 1073741824 * 536870912 * 0 * int64'>"
    );
    assert_eq!(array.pack().unwrap().type_(), array.type_());
}

/// The lengths of rows that hold nothing added up to more than any number holds.
#[test]
fn rows_that_hold_nothing_cannot_be_put_together_without_end() {
    let many = usize::try_from(i64::MAX).unwrap();
    let records = RecordArray::try_new(None, Vec::new(), many, Parameters::none()).unwrap();
    let records = Array::from(records);
    let lists = ListOffsetArray::try_new(
        vec![0_i64, i64::MAX].into(),
        records.clone(),
        Parameters::none(),
    );
    let regular = RegularArray::try_new(numbers(Vec::new()), 0, many, Parameters::none());
    for array in [records, lists.unwrap().into(), regular.unwrap().into()] {
        let thrice = Array::concatenate(&[array.clone(), array.clone(), array]);
        assert!(matches!(problem(thrice), Problem::TooLarge { .. }));
    }
}

/// An index of as many entries was made, which no memory holds.
#[test]
fn rows_that_hold_nothing_cost_nothing_to_pack() {
    let many = 1 << 40;
    let blank = RecordArray::try_new(None, Vec::new(), many * 2, Parameters::none()).unwrap();
    let lists = RegularArray::try_new(blank.into(), many, 2, Parameters::none()).unwrap();
    let nested = RegularArray::try_new(lists.into(), 1, 2, Parameters::none()).unwrap();
    let index = Index::from(vec![1_i64, -1, 0]);
    let option = IndexedOptionArray::try_new(index, nested.into(), Parameters::none());
    let packed = Array::from(option.unwrap()).pack().unwrap();
    assert_eq!(packed.len(), 3);
    assert_eq!(packed.nbytes(), 3 * 8);
    assert_eq!(packed.pack().unwrap(), packed);
}

/// Any negative number means missing; packed, it is -1, as in Awkward.
#[test]
fn missing_elements_are_packed_as_one_number() {
    let index = Index::from(vec![-7_i32, 2, -1, i32::MIN]);
    let option = IndexedOptionArray::try_new(index, numbers(vec![5, 6, 7]), Parameters::none());
    let Array::IndexedOption(packed) = Array::from(option.unwrap()).pack().unwrap() else {
        panic!("packed options are options");
    };
    assert_eq!(packed.index(), &vec![-1_i32, 0, -1, -1].into());
    assert_eq!(packed.content(), &numbers(vec![7]));
}

/// Options around a union made two contents of one form, which only simplifying again put together.
#[test]
fn options_around_a_union_leave_no_two_contents_of_one_form() {
    let index = Index::from(vec![0_i64, -1]);
    let picked = IndexedOptionArray::try_new(index, numbers(vec![1]), Parameters::none()).unwrap();
    let contents = vec![picked.into(), masked(vec![1], numbers(vec![2]))];
    let places = Index::from(vec![0_i64, 1, 0]);
    let union = UnionArray::try_new(
        vec![0_u8, 0, 1].into(),
        places,
        contents,
        Parameters::none(),
    );
    let array = Array::from(UnmaskedArray::new(
        union.unwrap().into(),
        Parameters::none(),
    ));
    let simple = array.simplify().unwrap();
    assert_eq!(simple.to_string(), "<Array [1, None, 2] type='3 * ?int64'>");
    assert_eq!(simple.simplify().unwrap(), simple);
}

#[test]
fn categories_that_are_made_distinct_keep_their_form() {
    let parameters = |name: &str| Parameters::from_iter([("__array__", name)]);
    let categorical = |index: Vec<i64>, text: &str, offsets: Vec<i64>| {
        let letters = NumpyArray::from_vec(text.as_bytes().to_vec());
        let letters = letters.with_parameters(parameters("char"));
        let strings =
            ListOffsetArray::try_new(offsets.into(), letters.into(), parameters("string")).unwrap();
        let index = index.into();
        Array::from(
            IndexedArray::try_new(index, strings.into(), parameters("categorical")).unwrap(),
        )
    };
    let first = categorical(vec![1, 0], "abc", vec![0, 1, 3]);
    let second = categorical(vec![0, 1], "bcd", vec![0, 2, 3]);
    let both = Array::concatenate(&[first.clone(), second]).unwrap();
    // It was a ListArray that strings became.
    assert_eq!(both.form(), first.form());
    assert_eq!(both.value().unwrap().to_string(), "['bc', 'a', 'bc', 'd']");
    assert_eq!(both.children()[0].len(), 3);
}
