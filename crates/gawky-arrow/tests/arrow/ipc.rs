//! Arrow files and streams.

use std::io::Cursor;

use gawky::Array;
use gawky::array::{NumpyArray, RecordArray};
use gawky_arrow::ipc::{Compression, FileReader, FileWriter, StreamReader, StreamWriter};
use gawky_arrow::{ArrowError, FromArrow, ToArrow};

use super::golden::arrays;
use super::may_be_refused;

/// The array in pieces, the middle one of no rows.
fn pieces(array: &Array) -> Vec<Array> {
    let middle = array.len() / 2;
    [0..middle, middle..middle, middle..array.len()]
        .map(|rows| array.slice(rows).unwrap())
        .to_vec()
}

fn through_file(array: &Array, compression: Compression) -> Result<Array, ArrowError> {
    let options = ToArrow::new().categorical_as_dictionary(false);
    let mut writer = FileWriter::new(Vec::new(), &array.form(), &options, compression)?;
    for piece in pieces(array) {
        writer.write(&piece)?;
    }
    let mut reader = FileReader::new(Cursor::new(writer.finish()?), &FromArrow::new())?;
    assert_eq!(reader.count_batches(), 3);
    let form = reader.form()?;
    let read = reader.by_ref().collect::<Result<Vec<_>, _>>()?;
    for piece in &read {
        assert_eq!(piece.form(), form);
    }
    reader.seek(2)?;
    assert!(
        reader
            .next()
            .unwrap()?
            .equal_values(&read[2], true)
            .unwrap()
    );
    Ok(Array::concatenate(&read).unwrap())
}

fn through_stream(array: &Array, compression: Compression) -> Result<Array, ArrowError> {
    let mut writer = StreamWriter::new(Vec::new(), &array.form(), &ToArrow::new(), compression)?;
    for piece in pieces(array) {
        writer.write(&piece)?;
    }
    let bytes = writer.finish()?;
    let reader = StreamReader::new(&*bytes, &FromArrow::new())?;
    let read = reader.collect::<Result<Vec<_>, _>>()?;
    assert_eq!(read.len(), 3);
    Ok(Array::concatenate(&read).unwrap())
}

#[test]
fn golden_arrays_say_the_same_when_they_are_read_again() {
    let codecs = [Compression::None, Compression::Lz4, Compression::Zstd];
    let mut passed = 0;
    for file in ["awkward2.jsonl", "awkward1.jsonl", "random2.jsonl"] {
        for (number, (name, array)) in arrays(file).into_iter().enumerate() {
            let codec = codecs[number % codecs.len()];
            for (way, trip) in [
                (
                    "file",
                    through_file as fn(_, _) -> Result<Array, ArrowError>,
                ),
                ("stream", through_stream),
            ] {
                match trip(&array, codec) {
                    Ok(again) => {
                        let same = again.equal_values(&array, true).unwrap();
                        assert!(same, "{name}, {way}: {array} became {again}");
                        passed += 1;
                    }
                    Err(error) => assert!(may_be_refused(&error), "{name}, {way}: {error}"),
                }
            }
        }
    }
    assert!(passed > 600, "{passed}");
}

fn points() -> Array {
    let x = Array::from(NumpyArray::from_vec(vec![1.5, 2.5, 3.5]));
    let y = Array::from(NumpyArray::from_vec(vec![10_i64, 20, 30]));
    RecordArray::from_fields([("x", x), ("y", y)]).into()
}

fn file(array: &Array) -> Vec<u8> {
    let options = ToArrow::new();
    let mut writer =
        FileWriter::new(Vec::new(), &array.form(), &options, Compression::None).unwrap();
    writer.write(array).unwrap();
    writer.finish().unwrap()
}

#[test]
fn some_columns_are_read_in_the_order_of_the_file() {
    let input = Cursor::new(file(&points()));
    let mut reader = FileReader::of_columns(input.clone(), &["y"], &FromArrow::new()).unwrap();
    assert_eq!(reader.next().unwrap().unwrap().field_names(), ["y"]);
    let mut reader =
        FileReader::of_columns(input.clone(), &["y", "x", "y"], &FromArrow::new()).unwrap();
    assert_eq!(reader.next().unwrap().unwrap(), points());
    let error = FileReader::of_columns(input, &["z"], &FromArrow::new()).unwrap_err();
    assert!(error.to_string().contains('z'), "{error}");
}

#[test]
fn another_form_is_conformed_or_refused() {
    let form = points().form();
    let mut writer =
        StreamWriter::new(Vec::new(), &form, &ToArrow::new(), Compression::None).unwrap();
    let narrow = Array::from(NumpyArray::from_vec(vec![1_i32]));
    let fits = RecordArray::from_fields([
        ("x", Array::from(NumpyArray::from_vec(vec![0.5_f32]))),
        ("y", narrow.clone()),
    ]);
    writer.write(&fits.into()).unwrap();
    let error = writer.write(&narrow).unwrap_err();
    assert!(error.to_string().contains("not of the form"), "{error}");
}

#[test]
fn damaged_files_are_errors_or_arrays_but_no_panics() {
    let whole = file(&points());
    for at in (0..whole.len()).step_by(3) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x5a;
        for input in [damaged, whole[..at].to_vec()] {
            if let Ok(reader) = FileReader::new(Cursor::new(&input), &FromArrow::new()) {
                for array in reader {
                    drop(array);
                }
            }
        }
    }
}

/// Before each compressed buffer stands how long it is going to be, for which arrow-ipc reserves memory.
#[test]
fn what_a_compressed_buffer_says_of_its_length_is_not_believed() {
    let zeros = Array::from(NumpyArray::from_vec(vec![0_f64; 10_000]));
    let array = Array::from(RecordArray::from_fields([("x", zeros)]));
    let options = ToArrow::new();
    for compression in [Compression::Lz4, Compression::Zstd] {
        let mut file = FileWriter::new(Vec::new(), &array.form(), &options, compression).unwrap();
        file.write(&array).unwrap();
        let file = file.finish().unwrap();
        let mut stream =
            StreamWriter::new(Vec::new(), &array.form(), &options, compression).unwrap();
        stream.write(&array).unwrap();
        let stream = stream.finish().unwrap();
        let from_file = |bytes: &[u8]| {
            FileReader::new(Cursor::new(bytes), &FromArrow::new())?.collect::<Result<Vec<_>, _>>()
        };
        let from_stream = |bytes: &[u8]| {
            StreamReader::new(bytes, &FromArrow::new())?.collect::<Result<Vec<_>, _>>()
        };
        assert_eq!(from_file(&file).unwrap(), std::slice::from_ref(&array));
        assert_eq!(from_stream(&stream).unwrap(), std::slice::from_ref(&array));
        for claim in [1_u64 << 40, i64::MAX.unsigned_abs()] {
            for error in [
                from_file(&saying(&file, 80_000, claim)).unwrap_err(),
                from_stream(&saying(&stream, 80_000, claim)).unwrap_err(),
            ] {
                let expected = format!("says that it is {claim}, but can be");
                assert!(error.to_string().contains(&expected), "{error}");
            }
        }
        // One byte more could be true, and is found to be wrong.
        assert!(from_file(&saying(&file, 80_000, 80_001)).is_err());
        assert!(from_stream(&saying(&stream, 80_000, 80_001)).is_err());
    }
}

/// A file of two batches, and where the block of the first is in its footer: 24 bytes, where the message begins, how long its metadata is, and how
/// long its body is. That of the second follows, which begins where the first ends.
fn two_batches() -> (Vec<u8>, usize) {
    let form = points().form();
    let mut writer =
        FileWriter::new(Vec::new(), &form, &ToArrow::new(), Compression::None).unwrap();
    writer.write(&points()).unwrap();
    writer.write(&points()).unwrap();
    let whole = writer.finish().unwrap();
    let footer_len = i32::from_le_bytes(*whole[..whole.len() - 6].last_chunk().unwrap());
    let footer = whole.len() - 10 - usize::try_from(footer_len).unwrap();
    let number = |at: usize| i64::from_le_bytes(*whole[at..].first_chunk().unwrap());
    let first = (footer..whole.len() - 48).find(|at| {
        let lens = [number(at + 8) & 0xffff_ffff, number(at + 16)];
        let end = lens.into_iter().fold(number(*at), i64::saturating_add);
        let is_within = usize::try_from(end).is_ok_and(|end| end < footer);
        number(*at) > 0 && lens[1] > 0 && is_within && number(at + 24) == end
    });
    let first = first.unwrap();
    (whole, first)
}

/// The footer says how long the messages are, for which arrow-ipc reserves memory.
#[test]
fn what_a_footer_says_of_the_length_of_a_message_is_not_believed() {
    let (whole, first) = two_batches();
    // Metadata that goes on in the body would be found by arrow-ipc.
    let mut short = whole.clone();
    short[first + 8..first + 12].copy_from_slice(&16_i32.to_le_bytes());
    let mut reader = FileReader::new(Cursor::new(short), &FromArrow::new()).unwrap();
    let error = reader.next().unwrap().unwrap_err().to_string();
    assert!(
        error.contains("no message can be read in the 16 bytes"),
        "{error}"
    );
    for claim in [1_i64 << 31, 1 << 40, i64::MAX, -1] {
        let mut damaged = whole.clone();
        damaged[first + 16..first + 24].copy_from_slice(&claim.to_le_bytes());
        let mut reader = FileReader::new(Cursor::new(damaged.clone()), &FromArrow::new()).unwrap();
        let error = reader.next().unwrap().unwrap_err().to_string();
        assert!(
            error.contains("the footer says that the message at byte"),
            "{error}"
        );
        // The same place again, with a length that it can have.
        damaged.copy_within(first..first + 8, first + 24);
        let error = FileReader::new(Cursor::new(damaged), &FromArrow::new()).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("the footer says two lengths"), "{error}");
    }
}

/// A footer may name one message as often as it likes.
#[test]
fn a_message_that_is_named_twice_is_read_twice() {
    let (mut whole, first) = two_batches();
    whole.copy_within(first..first + 24, first + 24);
    let reader = FileReader::new(Cursor::new(whole), &FromArrow::new()).unwrap();
    let read: Vec<_> = reader.map(|batch| batch.unwrap().to_string()).collect();
    assert_eq!(read.len(), 2);
    assert_eq!(read[0], read[1]);
}

/// The last bytes say how long the footer is, for which arrow-ipc reserves memory, too.
#[test]
fn what_a_file_says_of_the_length_of_its_footer_is_not_believed() {
    let whole = file(&points());
    let at = whole.len() - 10;
    for claim in [i32::try_from(at).unwrap() + 1, i32::MAX] {
        let mut damaged = whole.clone();
        damaged[at..at + 4].copy_from_slice(&claim.to_le_bytes());
        let error = FileReader::new(Cursor::new(damaged), &FromArrow::new()).unwrap_err();
        let expected = format!("a footer that says it has {claim} bytes, but only {at} are before");
        assert!(error.to_string().contains(&expected), "{error}");
    }
}

/// With another number where there is this one.
fn saying(bytes: &[u8], number: u64, other: u64) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = bytes
        .windows(8)
        .position(|word| word == number.to_le_bytes());
    bytes[at.unwrap()..][..8].copy_from_slice(&other.to_le_bytes());
    bytes
}
