//! Parquet files.

use bytes::Bytes;
use gawky::Array;
use gawky::array::{IndexedOptionArray, ListOffsetArray, NumpyArray, RecordArray, RegularArray};
use gawky::form::Parameters;
use gawky_arrow::parquet::{Compression, Reader, Writer};
use gawky_arrow::{ArrowError, ArrowProblem, ToArrow};

use super::golden::arrays;
use super::may_be_refused;

const CODECS: [Compression; 5] = [
    Compression::None,
    Compression::Snappy,
    Compression::Lz4,
    Compression::Gzip,
    Compression::Zstd,
];

fn through(array: &Array, compression: Compression) -> Result<Array, ArrowError> {
    let mut writer = Writer::with_options(Vec::new(), &array.form(), &ToArrow::new(), compression)?;
    let middle = array.len() / 2;
    writer.write(&array.slice(0..middle).unwrap())?;
    writer.write(&array.slice(middle..array.len()).unwrap())?;
    let reader = Reader::new(Bytes::from(writer.finish()?))?;
    assert_eq!(reader.count_rows(), u64::try_from(array.len()).unwrap());
    let form = reader.form()?;
    let mut read = Vec::new();
    for piece in reader.arrays() {
        let piece = piece?;
        assert_eq!(piece.form(), form);
        read.push(piece);
    }
    if read.is_empty() {
        return Ok(array.clone());
    }
    Ok(Array::concatenate(&read).unwrap())
}

#[test]
fn golden_arrays_say_the_same_when_they_are_read_again() {
    let (mut passed, mut refused) = (0, 0);
    for file in ["awkward2.jsonl", "awkward1.jsonl", "random2.jsonl"] {
        for (number, (name, array)) in arrays(file).into_iter().enumerate() {
            match through(&array, CODECS[number % CODECS.len()]) {
                Ok(again) => {
                    // Times in seconds are in milliseconds now.
                    let same = again.equal_values(&array, true).unwrap()
                        || array.type_().to_string().contains("datetime64[s]");
                    assert!(same, "{name}: {array} became {again}");
                    passed += 1;
                }
                Err(error) if may_be_refused(&error) => {}
                Err(error) => {
                    let is_told = matches!(error.problem(), ArrowProblem::NotInParquet { .. });
                    assert!(is_told, "{name}: {array}: {error}");
                    refused += 1;
                }
            }
        }
    }
    assert!(passed > 200, "{passed}, and {refused} refused");
}

/// Events of a number, and of muons with two.
fn events(count: i32) -> Array {
    let met = NumpyArray::from_vec((0..count).map(f64::from).collect());
    let pt = NumpyArray::from_vec((0..count * 2).map(f64::from).collect());
    let charge = NumpyArray::from_vec((0..count * 2).collect::<Vec<i32>>());
    let muons =
        RecordArray::from_fields([("pt", Array::from(pt)), ("charge", charge.into())]).into();
    let offsets: Vec<i64> = (0..=i64::from(count)).map(|row| row * 2).collect();
    let muons = ListOffsetArray::try_new(offsets.into(), muons, Parameters::none()).unwrap();
    let named = Parameters::from_iter([("__record__", "Event")]);
    Array::from(RecordArray::from_fields([
        ("met", Array::from(met)),
        ("muon", muons.into()),
    ]))
    .with_parameters(named)
}

fn file(arrays: &[Array]) -> Bytes {
    let mut writer = Writer::new(Vec::new(), &arrays[0].form()).unwrap();
    for array in arrays {
        writer.write(array).unwrap();
    }
    writer.finish().unwrap().into()
}

#[test]
fn each_array_is_a_row_group_and_comes_in_batches_of_what_is_asked() {
    let bytes = file(&[events(100), events(7)]);
    let reader = Reader::new(bytes.clone()).unwrap();
    assert_eq!(reader.count_row_groups(), 2);
    let read: Vec<Array> = reader.arrays().map(Result::unwrap).collect();
    assert_eq!(read, [events(100), events(7)]);

    let reader = Reader::new(bytes.clone())
        .unwrap()
        .batches_of(40, usize::MAX);
    let lengths: Vec<usize> = reader.arrays().map(|array| array.unwrap().len()).collect();
    assert_eq!(lengths, [40, 40, 20, 7]);

    let one = Reader::new(bytes.clone())
        .unwrap()
        .row_groups(1..2)
        .unwrap();
    let read: Vec<Array> = one.arrays().map(Result::unwrap).collect();
    assert_eq!(read, [events(7)]);
    let error = Reader::new(bytes.clone())
        .unwrap()
        .row_groups(1..3)
        .unwrap_err();
    assert!(
        error.to_string().contains("of which there are 2"),
        "{error}"
    );

    let few = Reader::new(bytes).unwrap().batches_of(usize::MAX, 1);
    assert_eq!(few.arrays().count(), 107);
}

#[test]
fn columns_are_chosen_by_patterns() {
    let bytes = file(&[events(5)]);
    for (patterns, shown) in [
        (vec!["muon.pt"], "Event[muon: var * {pt: float64}]"),
        (
            vec!["met", "muon.c*"],
            "Event[met: float64, muon: var * {charge: int32}]",
        ),
        (
            vec!["muon"],
            "Event[muon: var * {pt: float64, charge: int32}]",
        ),
    ] {
        let reader = Reader::new(bytes.clone())
            .unwrap()
            .columns(&patterns)
            .unwrap();
        assert_eq!(reader.form().unwrap().type_().to_string(), shown);
        let array = reader.arrays().next().unwrap().unwrap();
        assert_eq!(array.type_().to_string(), shown);
        assert_eq!(array.len(), 5);
    }
    let error = Reader::new(bytes).unwrap().columns("electron").unwrap_err();
    assert!(error.to_string().contains("electron"), "{error}");
}

#[test]
fn a_column_is_found_whatever_its_name_and_its_place() {
    let one = |value: i64| Array::from(NumpyArray::from_vec(vec![value]));
    let tuple = |first, second| {
        let slots = vec![one(first), one(second)];
        Array::from(RecordArray::try_new(None, slots, 1, Parameters::none()).unwrap())
    };
    let inner = Array::from(RecordArray::from_fields([("b", one(1)), ("c", one(2))]));
    let records = Array::from(RecordArray::from_fields([
        ("a.b", one(3)),
        ("a", inner),
        ("pair", tuple(4, 5)),
    ]));
    let bytes = file(&[records]);
    for (pattern, shown) in [
        (
            "pair.1",
            "<Array [{pair: (5,)}] type='1 * {pair: (int64)}'>",
        ),
        (
            "pair.0",
            "<Array [{pair: (4,)}] type='1 * {pair: (int64)}'>",
        ),
        ("a.c", "<Array [{a: {c: 2}}] type='1 * {a: {c: int64}}'>"),
    ] {
        let reader = Reader::new(bytes.clone())
            .unwrap()
            .columns(pattern)
            .unwrap();
        let array = reader.arrays().next().unwrap().unwrap();
        assert_eq!(array.to_string(), shown);
        assert_eq!(reader.form().unwrap(), array.form());
    }
    let reader = Reader::new(bytes).unwrap();
    let both = reader
        .columns("a.b")
        .unwrap()
        .arrays()
        .next()
        .unwrap()
        .unwrap();
    assert!(both.to_string().contains("{b: 1}"), "{both}");
}

#[test]
fn what_is_below_a_missing_record_comes_back() {
    let numbers = NumpyArray::from_vec(vec![1_i32, 2, 3, 4]);
    let lists = RegularArray::try_new(numbers.into(), 2, 2, Parameters::none()).unwrap();
    let inner = RecordArray::from_fields([("n", Array::from(NumpyArray::from_vec(vec![1, 2])))]);
    let records = RecordArray::from_fields([("y", Array::from(lists)), ("z", inner.into())]);
    let index = vec![0_i64, -1, 1].into();
    let records = IndexedOptionArray::try_new(index, records.into(), Parameters::none()).unwrap();
    let outer = RecordArray::from_fields([("z", Array::from(records.clone()))]);
    for column in [Array::from(records), Array::from(outer)] {
        let table = Array::from(RecordArray::from_fields([("x", column)]));
        let bytes = file(std::slice::from_ref(&table));
        let reader = Reader::new(bytes).unwrap();
        let again = reader.arrays().next().unwrap().unwrap();
        assert_eq!(again.form(), reader.form().unwrap());
        assert_eq!(again.type_(), table.type_());
        assert!(again.equal_values(&table, true).unwrap(), "{again}");
    }
}

#[test]
fn what_parquet_lacks_is_an_error() {
    let tags = gawky::Buffer::from_vec(vec![0_u8]);
    let numbers = Array::from(NumpyArray::from_vec(vec![1_i64]));
    let union = gawky::array::UnionArray::try_new(
        tags,
        vec![0_i64].into(),
        vec![numbers.clone(), numbers],
        Parameters::none(),
    );
    let inner = RecordArray::from_fields([("y", Array::from(union.unwrap()))]);
    let outer = RecordArray::from_fields([("x", Array::from(inner))]);
    let error = Writer::new(Vec::new(), &Array::from(outer).form()).unwrap_err();
    assert!(
        error.to_string().starts_with("x.y: Parquet has no unions"),
        "{error}"
    );
}

#[test]
fn damaged_files_are_errors_or_arrays_but_no_panics() {
    let whole = file(&[events(3)]);
    for at in (0..whole.len()).step_by(3) {
        let mut damaged = whole.to_vec();
        damaged[at] ^= 0x5a;
        for input in [damaged, whole[..at].to_vec()] {
            if let Ok(reader) = Reader::new(Bytes::from(input)) {
                for array in reader.arrays() {
                    drop(array);
                }
            }
        }
    }
}
