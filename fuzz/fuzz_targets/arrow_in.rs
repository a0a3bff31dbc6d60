//! Arrow from outside: any bytes as its files and streams, files of which some bytes are others now, and Arrow arrays that are not what
//! they say, as they may come through the C Data Interface. What is read is an array that can be written, handed over
//! and read again; what is not is an error.
//!
//! The crates of arrow-rs panic at some of what such files say, which gawky makes errors of. Such panics are told by the file
//! that they come from: one of a crate of arrow-rs, or of what it decompresses by, unwinds, and is a finding only where gawky lets
//! it through; any other panic is one at once.

#![no_main]

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow_data::{ArrayData, ArrayDataBuilder};
use gawky::arrow::arrow_array::{Array as _, make_array};
use gawky::arrow::arrow_schema::{DataType, Field, Fields, TimeUnit, UnionFields, UnionMode};
use gawky::arrow::ipc::{Compression, FileReader, FileWriter, StreamReader, StreamWriter};
use gawky::arrow::{ArrowError, ArrowProblem, FromArrow, ToArrow, ffi, from_arrow};
use gawky::{Array, Form};
use gawky_fuzz as _;
use gawky_testkit::arbitrary::{self, Puzzle, Tape, has_sensible_parameters, is_small};
use libfuzzer_sys::fuzz_target;

/// The crates whose panics are not gawky's.
const FOREIGN: [&str; 8] = [
    "/arrow-array-",
    "/arrow-buffer-",
    "/arrow-data-",
    "/arrow-ipc-",
    "/arrow-schema-",
    "/arrow-select-",
    "/flatbuffers-",
    "/lz4_flex-",
];

fn let_arrow_panic() {
    let aborting = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let file = panic.location().map_or("", |location| location.file());
        if !FOREIGN.iter().any(|name| file.contains(name)) {
            aborting(panic);
        }
    }));
}

fuzz_target!(init: let_arrow_panic(), |bytes: &[u8]| {
    let Some((how, bytes)) = bytes.split_first() else {
        return;
    };
    match how % 5 {
        0 => file(bytes),
        1 => stream(bytes),
        2 => {
            let mut tape = Tape::new(bytes);
            let array = arbitrary::array(&mut tape);
            written(&array, &mut tape);
        }
        3 => {
            let mut tape = Tape::new(bytes);
            let mut damages = Tape::new(bytes.get(..16).unwrap_or_default());
            for _ in 0..16 {
                tape.byte();
            }
            if let Some(Ok(array)) = Puzzle::from_json(tape.rest()).map(|puzzle| puzzle.read()) {
                written(&array, &mut damages);
            }
        }
        _ => unproved(&mut Tape::new(bytes)),
    }
});

/// What can be done to an array that was read.
fn holds_together(array: &Array) {
    let _ = array.to_string();
    if is_small(array) {
        let _ = array.value().expect("on the host").to_string();
    }
    // Tuples are told from records by the field's metadata.
    let Ok((field, there)) = ToArrow::new().column("", array) else {
        return;
    };
    assert_eq!(there.len(), array.len());
    let back = FromArrow::new()
        .column(&field, &there)
        .expect("what gawky made");
    assert_eq!(back.len(), array.len());
    assert_same(array, &back);
    // Proved by gawky, it holds what Arrow promises, too.
    there.to_data().validate_full().expect("what gawky made");
}

/// They say the same, where it is clear what is text.
fn assert_same(array: &Array, again: &Array) {
    if !is_small(array) || !has_sensible_parameters(&array.form()) {
        return;
    }
    let said = |array: &Array| array.value().expect("on the host").to_string();
    assert_eq!(
        again.equal_values(array, true),
        Ok(true),
        "{} became {}, of {}",
        said(array),
        said(again),
        array.type_()
    );
}

fn read_all(arrays: impl Iterator<Item = Result<Array, ArrowError>>) -> Vec<Array> {
    let mut all = Vec::new();
    let mut is_over = false;
    for array in arrays {
        assert!(!is_over, "nothing follows an error");
        match array {
            Ok(array) => all.push(array),
            Err(_) => is_over = true,
        }
    }
    all
}

/// The form is the one that was told, but for options that Awkward's metadata knows nothing of: they show only in the rows that have them.
fn assert_told(told: Option<&Form>, form: &Form) {
    assert!(
        told.is_some_and(|told| told == form || are_same_but_for_options(told, form)),
        "{told:?}, {form:?}"
    );
}

fn are_same_but_for_options(one: &Form, other: &Form) -> bool {
    fn beneath(form: &Form) -> &Form {
        // Categories that are missing are so by their index.
        let is_around = form.is_option() || matches!(form, Form::Indexed(_));
        match is_around.then(|| form.children().first()).flatten() {
            Some(content) => beneath(content),
            None => form,
        }
    }
    let (one, other) = (beneath(one), beneath(other));
    let (below, others) = (one.children(), other.children());
    match below.is_empty() && others.is_empty() {
        true => one == other,
        false => {
            one.class() == other.class()
                && below.len() == others.len()
                && below
                    .iter()
                    .zip(others)
                    .all(|(one, other)| are_same_but_for_options(one, other))
        }
    }
}

fn file(bytes: &[u8]) {
    let Ok(reader) = FileReader::new(Cursor::new(bytes), &FromArrow::new()) else {
        return;
    };
    let form = reader.form();
    let arrays = read_all(reader);
    for array in &arrays {
        assert_told(form.as_ref().ok(), &array.form());
        holds_together(array);
    }
    let Some(name) = arrays
        .first()
        .and_then(|first| first.field_names().into_iter().next())
    else {
        return;
    };
    // The first column of that name, read alone.
    if let Ok(one) = FileReader::of_columns(Cursor::new(bytes), &[&name], &FromArrow::new()) {
        let one = read_all(one);
        for (one, whole) in one.iter().zip(&arrays) {
            assert_eq!(one.len(), whole.len());
        }
    }
}

fn stream(bytes: &[u8]) {
    let Ok(reader) = StreamReader::new(bytes, &FromArrow::new()) else {
        return;
    };
    let form = reader.form();
    for array in read_all(reader) {
        assert_told(form.as_ref().ok(), &array.form());
        holds_together(&array);
    }
}

/// The most rows that any node has.
fn longest(array: &Array) -> usize {
    let below = array.children().iter().map(longest);
    below.fold(array.len(), usize::max)
}

/// A valid array as a file or a stream, of which some bytes are changed; if none are, it comes back.
fn written(array: &Array, tape: &mut Tape<'_>) {
    // Rows that hold nothing cost nothing here, and memory in Arrow; so do categories that no row has.
    if !is_small(array) || longest(array) > 1 << 20 {
        return;
    }
    let how = tape.byte();
    let compression = match how >> 4 {
        0 => Compression::Lz4,
        1 => Compression::Zstd,
        _ => Compression::None,
    };
    let is_file = how & 1 == 0;
    let Some(mut bytes) = write(array, is_file, compression) else {
        return;
    };
    let damages = (how >> 1) & 7;
    for _ in 0..damages {
        damage(&mut bytes, tape);
    }
    match (is_file, damages) {
        (true, 0) => came_back(
            array,
            read_all(FileReader::new(Cursor::new(&bytes), &FromArrow::new()).expect("whole")),
        ),
        (false, 0) => came_back(
            array,
            read_all(StreamReader::new(&*bytes, &FromArrow::new()).expect("whole")),
        ),
        (true, _) => file(&bytes),
        (false, _) => stream(&bytes),
    }
}

fn write(array: &Array, is_file: bool, compression: Compression) -> Option<Vec<u8>> {
    let (form, options) = (array.form(), ToArrow::new());
    if is_file {
        let mut writer = FileWriter::new(Vec::new(), &form, &options, compression).ok()?;
        writer.write(array).ok()?;
        writer.finish().ok()
    } else {
        let mut writer = StreamWriter::new(Vec::new(), &form, &options, compression).ok()?;
        writer.write(array).ok()?;
        writer.finish().ok()
    }
}

fn came_back(array: &Array, read: Vec<Array>) {
    let [again] = read.as_slice() else {
        panic!("{} arrays came of one", read.len());
    };
    assert_eq!(again.len(), array.len());
    assert_same(array, again);
    holds_together(again);
}

fn damage(bytes: &mut Vec<u8>, tape: &mut Tape<'_>) {
    if bytes.is_empty() {
        return;
    }
    let at = usize::from(u16::from_le_bytes([tape.byte(), tape.byte()])) % bytes.len();
    match tape.byte() {
        0 => bytes.truncate(at),
        1 => drop(bytes.remove(at)),
        2 => bytes.insert(at, 0),
        3..=20 => {
            // A number that lies aligned, replaced by one that somebody might rely on.
            let at = at / 4 * 4;
            let numbers = [-1, 0, 1, i32::MAX, i32::MIN, 1 << 20, 255, 8];
            let number = numbers[tape.below(numbers.len())].to_le_bytes();
            for (byte, new) in bytes.iter_mut().skip(at).zip(number) {
                *byte = new;
            }
        }
        other => bytes[at] = other,
    }
}

/// An Arrow array that nobody has proved.
fn unproved(tape: &mut Tape<'_>) {
    let data_type = data_type(tape, 3);
    let length = rows_of_any(tape);
    let data = data(tape, &data_type, length);
    // Making an array of its parts, arrow-rs measures some of them, and panics.
    let quietly = |data: ArrayData| catch_unwind(AssertUnwindSafe(|| make_array(data))).ok();
    let Some(arrow) = quietly(data.clone()) else {
        return;
    };
    let valid = catch_unwind(AssertUnwindSafe(|| data.validate_full().is_ok())).unwrap_or(false);
    match from_arrow(&arrow) {
        Ok(array) => {
            assert_eq!(array.len(), arrow.len());
            holds_together(&array);
            if valid {
                handed_over(&array);
            }
        }
        Err(error) => assert!(!valid || is_beyond(&error), "{error}: {data:?}"),
    }
}

/// Whether this is about what arrays cannot be, about more than there is memory for, or about nulls where a field denies them, which
/// arrow-rs does not look for in all types.
fn is_beyond(error: &ArrowError) -> bool {
    matches!(
        error.problem(),
        ArrowProblem::Unsupported { .. }
            | ArrowProblem::TooDeep { .. }
            | ArrowProblem::NotUtf8 { .. }
            | ArrowProblem::UnexpectedNulls { .. }
            | ArrowProblem::RowsOfNothing { .. }
    ) || error.to_string().contains("memory")
}

/// Through the structs of the C Data Interface and back.
fn handed_over(array: &Array) {
    let Ok((exported, schema)) = ffi::export(array, &ToArrow::new()) else {
        return;
    };
    // SAFETY: both were made by `export`, one line above.
    let again = unsafe { ffi::import(exported, &schema, &FromArrow::new()) };
    let again = again.expect("what was handed over");
    assert_eq!(again.len(), array.len());
    assert_same(array, &again);
}

fn rows_of_any(tape: &mut Tape<'_>) -> usize {
    match tape.byte() {
        250 => usize::MAX,
        251 => usize::MAX / 16,
        252 => 1 << 40,
        other => usize::from(other % 8),
    }
}

fn data_type(tape: &mut Tape<'_>, depth: usize) -> DataType {
    let field = |tape: &mut Tape<'_>, name: &str| {
        let inner = data_type(tape, depth.saturating_sub(1));
        Field::new(name, inner, !tape.once_in(4))
    };
    let choice = tape.below(if depth == 0 { 16 } else { 28 });
    match choice {
        1 => DataType::Boolean,
        2 => DataType::Utf8,
        3 => DataType::LargeUtf8,
        4 => DataType::Binary,
        5 => DataType::LargeBinary,
        6 => DataType::BinaryView,
        7 => DataType::Utf8View,
        8 => DataType::FixedSizeBinary(size(tape)),
        9 => DataType::Timestamp(TimeUnit::Microsecond, tape.once_in(2).then(|| "UTC".into())),
        10 => DataType::Float16,
        11 => DataType::UInt8,
        12 => DataType::Null,
        13 => DataType::Date32,
        14 => DataType::Time32(TimeUnit::Second),
        15 => DataType::Float64,
        16 | 17 => DataType::List(field(tape, "item").into()),
        18 => DataType::LargeList(field(tape, "item").into()),
        19 => DataType::FixedSizeList(field(tape, "item").into(), size(tape)),
        20 => DataType::ListView(field(tape, "item").into()),
        21 | 22 => {
            let names = ["x", "y", "x"].into_iter().take(tape.below(4));
            DataType::Struct(names.map(|name| field(tape, name)).collect::<Fields>())
        }
        23 => {
            let mode = match tape.once_in(2) {
                true => UnionMode::Dense,
                false => UnionMode::Sparse,
            };
            let count = tape.below(4);
            let ids: Vec<i8> = (0..3)
                .map(|id| id * if tape.once_in(4) { 2 } else { 1 })
                .collect();
            let names = ["x", "y", "z"].into_iter().take(count);
            let fields: Vec<Field> = names.map(|name| field(tape, name)).collect();
            let ids = ids.into_iter().take(count);
            match UnionFields::try_new(ids, fields) {
                Ok(fields) => DataType::Union(fields, mode),
                Err(_) => DataType::Null,
            }
        }
        24 => {
            let keys = [DataType::Int8, DataType::UInt32, DataType::Int64][tape.below(3)].clone();
            let values = data_type(tape, depth - 1);
            DataType::Dictionary(Box::new(keys), Box::new(values))
        }
        25 => {
            let ends = [DataType::Int16, DataType::Int32, DataType::Int64][tape.below(3)].clone();
            let ends = Field::new("run_ends", ends, false);
            DataType::RunEndEncoded(ends.into(), field(tape, "values").into())
        }
        26 => {
            let entries = vec![field(tape, "keys"), field(tape, "values")];
            let entries = Field::new("entries", DataType::Struct(entries.into()), false);
            DataType::Map(entries.into(), false)
        }
        27 => DataType::Decimal128(10, 2),
        _ => DataType::Int32,
    }
}

fn size(tape: &mut Tape<'_>) -> i32 {
    match tape.byte() {
        250 => -1,
        251 => i32::MAX,
        other => i32::from(other % 4),
    }
}

/// Offsets, indexes or run ends of `width` bytes: sensible mostly.
fn numbers(tape: &mut Tape<'_>, count: usize, width: usize, grows: bool) -> Buffer {
    let mut bytes = Vec::new();
    let mut sum = 0_i64;
    for _ in 0..count.min(40) {
        let choice = tape.byte();
        let step = i64::from(choice % 4);
        let number = match choice {
            250 => -1,
            251 => i64::MAX,
            252 => i64::MIN,
            253 => i64::from(i32::MAX),
            _ if grows => sum + step,
            _ => step,
        };
        if grows {
            sum = number.clamp(0, 100);
        }
        bytes.extend_from_slice(&number.to_le_bytes()[..width]);
    }
    Buffer::from_vec(bytes)
}

fn bytes(tape: &mut Tape<'_>, len: usize) -> Buffer {
    let len = match tape.byte() {
        250 => len / 2,
        251 => 0,
        _ => len,
    };
    Buffer::from_vec(tape.data(len.min(400)))
}

/// Data of a type, which may be right, too short, or not what the type promises.
fn data(tape: &mut Tape<'_>, data_type: &DataType, length: usize) -> ArrayData {
    let offset = if tape.once_in(8) { tape.below(5) } else { 0 };
    let rows = length.saturating_add(offset).min(60);
    let mut builder = ArrayData::builder(data_type.clone())
        .len(length)
        .offset(offset);
    let can_be_null = !matches!(
        data_type,
        DataType::Null | DataType::Union(..) | DataType::RunEndEncoded(..)
    );
    if can_be_null && tape.once_in(4) && length <= 60 {
        let bits = Buffer::from_vec(tape.data(16));
        builder = builder.nulls(Some(NullBuffer::new(BooleanBuffer::new(
            bits, offset, length,
        ))));
    }
    let child = |tape: &mut Tape<'_>, data_type: &DataType, fitting: usize| {
        let length = if tape.once_in(16) {
            rows_of_any(tape)
        } else {
            fitting
        };
        data(tape, data_type, length)
    };
    builder = match data_type {
        DataType::Null => builder,
        DataType::Boolean => builder.add_buffer(bytes(tape, rows.div_ceil(8))),
        DataType::Utf8 | DataType::Binary => builder
            .add_buffer(numbers(tape, rows + 1, 4, true))
            .add_buffer(letters(tape, rows * 4)),
        DataType::LargeUtf8 | DataType::LargeBinary => builder
            .add_buffer(numbers(tape, rows + 1, 8, true))
            .add_buffer(letters(tape, rows * 4)),
        DataType::BinaryView | DataType::Utf8View => views(tape, builder, rows),
        DataType::FixedSizeBinary(size) => {
            let size = usize::try_from(*size).unwrap_or(1).min(8);
            builder.add_buffer(bytes(tape, rows * size))
        }
        DataType::List(field) | DataType::Map(field, _) => builder
            .add_buffer(numbers(tape, rows + 1, 4, true))
            .add_child_data(child(tape, field.data_type(), rows * 3)),
        DataType::LargeList(field) => builder
            .add_buffer(numbers(tape, rows + 1, 8, true))
            .add_child_data(child(tape, field.data_type(), rows * 3)),
        DataType::ListView(field) => builder
            .add_buffer(numbers(tape, rows, 4, false))
            .add_buffer(numbers(tape, rows, 4, false))
            .add_child_data(child(tape, field.data_type(), 6)),
        DataType::FixedSizeList(field, size) => {
            let size = usize::try_from(*size).unwrap_or(1).min(8);
            builder.add_child_data(child(tape, field.data_type(), rows * size))
        }
        DataType::Struct(fields) => {
            for field in fields {
                builder = builder.add_child_data(child(tape, field.data_type(), rows));
            }
            builder
        }
        DataType::Union(fields, mode) => {
            builder = builder.add_buffer(numbers(tape, rows, 1, false));
            if *mode == UnionMode::Dense {
                builder = builder.add_buffer(numbers(tape, rows, 4, false));
            }
            for (_, field) in fields.iter() {
                builder = builder.add_child_data(child(tape, field.data_type(), rows.max(4)));
            }
            builder
        }
        DataType::Dictionary(keys, values) => {
            let width = keys.primitive_width().unwrap_or(4);
            builder
                .add_buffer(numbers(tape, rows, width, false))
                .add_child_data(child(tape, values, 4))
        }
        DataType::RunEndEncoded(ends, values) => {
            let width = ends.data_type().primitive_width().unwrap_or(4);
            let runs = 4;
            let ends = ArrayData::builder(ends.data_type().clone())
                .len(runs)
                .add_buffer(numbers(tape, runs, width, true));
            builder.add_child_data(build(ends)).add_child_data(child(
                tape,
                values.data_type(),
                runs,
            ))
        }
        other => {
            let width = other.primitive_width().unwrap_or(8);
            builder.add_buffer(bytes(tape, rows * width))
        }
    };
    build(builder)
}

fn letters(tape: &mut Tape<'_>, len: usize) -> Buffer {
    let text = "aä€\u{1F600} 'b'\n".bytes().cycle();
    match tape.below(4) {
        0 => bytes(tape, len),
        _ => Buffer::from_vec(
            text.take(len.min(400))
                .map(|byte| byte & 0x7F)
                .collect::<Vec<u8>>(),
        ),
    }
}

fn views(tape: &mut Tape<'_>, builder: ArrayDataBuilder, rows: usize) -> ArrayDataBuilder {
    let mut views = Vec::new();
    for _ in 0..rows.min(20) {
        let len = match tape.byte() {
            250 => u32::MAX,
            other => u32::from(other % 24),
        };
        let (buffer, at) = (u32::from(tape.byte() % 3), u32::from(tape.byte() % 16));
        let prefix = u32::from_le_bytes(*b"abab");
        let words = match len {
            0..=12 => [len, prefix, 0, 0],
            _ => [len, prefix, buffer, at],
        };
        for word in words {
            views.extend_from_slice(&word.to_le_bytes());
        }
    }
    let text = b"ab".repeat(16);
    builder
        .add_buffer(Buffer::from_vec(views))
        .add_buffer(Buffer::from_vec(text.clone()))
        .add_buffer(Buffer::from_vec(text))
}

fn build(builder: ArrayDataBuilder) -> ArrayData {
    // SAFETY: no value is read of it but by gawky, which proves it, and by arrow-rs's own proof.
    unsafe { builder.build_unchecked() }
}
