//! [`Puzzle`]: a form and blobs that may or may not make an array.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "this is what tests call, and panicking is how they fail"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use gawky::array::{ArrayError, Problem};
use gawky::form::{Attribute, BufferSpec, Dialect};
use gawky::{
    Array, Buffer, ByteOrder, CanonicalRules, Error, Form, FormKeyFormat, FromBuffers, KeyFormat,
    LazyArray,
};

use super::array::at_odd_address;
use super::{DEPTH, Tape, exercise, form, is_small, says_the_same};

/// A form and blobs that may or may not make an array, and how to read them.
#[derive(Clone)]
pub struct Puzzle {
    /// The form, with form keys.
    pub form: Form,
    /// The length that is claimed.
    pub length: u64,
    /// The rows to be read, besides all.
    pub rows: Range<u64>,
    /// The byte order that is claimed.
    pub byteorder: ByteOrder,
    /// What is to be done about nodes that are not allowed.
    pub rules: CanonicalRules,
    /// The blobs; some are missing, some are cut short, some at odd addresses.
    pub blobs: BTreeMap<String, Buffer>,
}

impl fmt::Debug for Puzzle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} rows, of which {:?}, {:?}-endian, {:?}, of form {}",
            self.length,
            self.rows,
            self.byteorder,
            self.rules,
            self.form.to_json(Dialect::V2, false).unwrap_or_default()
        )?;
        for (key, blob) in &self.blobs {
            write!(f, "\n{key}: {:?}", blob.bytes().unwrap_or_default())?;
        }
        Ok(())
    }
}

/// How many elements blobs have at most.
const ELEMENTS: usize = 12;

impl Puzzle {
    /// Reads one off a tape.
    #[must_use]
    pub fn from_tape(tape: &mut Tape<'_>) -> Self {
        let length = match tape.byte() {
            250 => u64::MAX,
            251 => 1 << 62,
            252 => 1 << 40,
            other => u64::from(other % 10),
        };
        let (start, end) = (tape.byte() % 12, tape.byte() % 12);
        let byteorder = byteorder(tape.once_in(4));
        let rules = rules(tape.byte());
        let form = named(&form(tape, DEPTH));
        let mut blobs = BTreeMap::new();
        fill(&form, tape, byteorder, &mut blobs);
        Self {
            form,
            length,
            rows: u64::from(start)..u64::from(end),
            byteorder,
            rules,
            blobs,
        }
    }

    /// Reads one off bytes that hold a form as JSON, so that a fuzzer can start from real ones:
    /// how (1 byte), length (8), first row (1), last row (1), the length of the JSON (2), the JSON; then for each
    /// blob, in the order that the form expects them, its length (2) and its bytes. `None` for no form.
    #[must_use]
    pub fn from_json(bytes: &[u8]) -> Option<Self> {
        let mut tape = Tape::new(bytes);
        let how = tape.byte();
        let length = tape.number();
        let (start, end) = (tape.byte(), tape.byte());
        let run = |tape: &mut Tape<'_>| {
            let len = usize::from(tape.byte()) | usize::from(tape.byte()) << 8;
            let len = len.min(tape.rest().len());
            (0..len).map(|_| tape.byte()).collect::<Vec<u8>>()
        };
        let json = String::from_utf8(run(&mut tape)).ok()?;
        let form = named(&Form::from_json(&json).ok()?);
        let mut blobs = BTreeMap::new();
        for expected in form.expected_buffers(&KeyFormat::array(), None).ok()? {
            let bytes = run(&mut tape);
            if !bytes.is_empty() || how & 8 == 0 {
                blobs.insert(expected.key, at_odd_address(&bytes));
            }
        }
        Some(Self {
            form,
            length,
            rows: u64::from(start)..u64::from(end),
            byteorder: byteorder(how & 1 == 1),
            rules: rules(how >> 1),
            blobs,
        })
    }

    fn reader(&self) -> FromBuffers<'_, u64> {
        FromBuffers::new(&self.form, self.length)
            .byteorder(self.byteorder)
            .rules(self.rules)
    }

    /// Reads all rows.
    ///
    /// # Errors
    /// Mostly.
    pub fn read(&self) -> Result<Array, Error> {
        self.reader().read(&self.blobs)
    }

    /// Validating finds something wrong where reading does, each blob once; and nothing else but what is no text.
    fn check_validation(&self, can_be_read: bool) {
        let Ok(lazy) = self.reader().lazy(&self.blobs) else {
            return;
        };
        let mut faults = lazy.validate().faults;
        let mut told = BTreeSet::new();
        for fault in &faults {
            // Nodes without bytes have no keys.
            let place = [&fault.key, &fault.path]
                .into_iter()
                .find(|name| !name.is_empty());
            assert!(told.insert(place), "{fault:?} is told twice");
        }
        faults.retain(|fault| {
            !matches!(
                &fault.error,
                Error::Array(ArrayError::Node {
                    problem: Problem::NotUtf8 { .. },
                    ..
                })
            )
        });
        if self.rules == CanonicalRules::AsIs {
            assert_eq!(faults.is_empty(), can_be_read, "{faults:?}");
        }
    }

    /// Reads by all ways, which are to agree ([`check_ways`](Self::check_ways)), and does whatever can be done to what came.
    ///
    /// # Panics
    /// When two answers that should agree do not.
    pub fn check(&self) {
        self.check_ways();
        self.check_arrays();
    }

    /// Does whatever can be done to all rows, and to some.
    ///
    /// # Panics
    /// As [`exercise`].
    pub fn check_arrays(&self) {
        let rows = self.reader().rows(self.rows.clone()).read(&self.blobs);
        for array in [&self.read(), &rows].into_iter().flatten() {
            exercise(array);
        }
    }

    /// Reads all rows and some rows, trusting what was proved, lazily, by fields and scattered, and compares.
    ///
    /// # Panics
    /// When two answers that should agree do not.
    pub fn check_ways(&self) {
        // Rows that hold nothing cost nothing, until they are in a union of others that do.
        let as_is = self.reader().rules(CanonicalRules::AsIs);
        if self.rules == CanonicalRules::Simplify
            && as_is.read(&self.blobs).is_ok_and(|array| !is_small(&array))
        {
            return;
        }
        let whole = self.read();
        let rows = self.reader().rows(self.rows.clone()).read(&self.blobs);
        self.check_validation(whole.is_ok());
        let lazy = self.reader().lazy(&self.blobs);
        let read = lazy.as_ref().map(LazyArray::read);
        match (&whole, read) {
            // Of no rows nothing is read, so the layout may be another.
            (Ok(whole), Ok(Ok(lazily))) => {
                assert_eq!(lazily.len(), whole.len(), "lazily");
                self.same(&lazily, whole, "lazily");
            }
            // Of no rows nothing is read, so that nothing is found wrong, or something else.
            (Err(_), Ok(lazily)) if self.length == 0 => {
                assert!(
                    lazily.is_err() || lazily.is_ok_and(|array| array.is_empty()),
                    "lazily"
                );
            }
            (Err(error), Ok(Err(lazily))) => {
                assert_eq!(lazily.to_string(), error.to_string(), "lazily");
            }
            // What no array can have is refused before anything is read.
            (Err(_), Err(_)) => {}
            (whole, lazily) => panic!("read: {whole:?}, lazily: {lazily:?}"),
        }
        #[allow(unsafe_code, reason = "trusting reads are compared with proved ones")]
        // SAFETY: of what is proved below all is true. Of the rest nothing may happen but wrong values.
        let trusting = unsafe { self.reader().trusting() };
        let (Ok(whole), Ok(lazy)) = (whole, lazy) else {
            // Wrong offsets may tell of billions of rows: they are not walked over.
            let as_is = trusting.rules(CanonicalRules::AsIs);
            if let Ok(wrong) = as_is.read(&self.blobs) {
                let _ = wrong.to_string();
            }
            return;
        };
        let trusted = trusting.clone().read(&self.blobs);
        assert_eq!(trusted.as_ref().ok(), Some(&whole), "trusting");
        // Whoever can read all rows can read some.
        if self.rows.start > self.rows.end || self.rows.end > self.length {
            assert!(rows.is_err(), "{:?} of {}", self.rows, self.length);
            return;
        }
        let rows = rows.expect("all rows can be read");
        let trusted = trusting.rows(self.rows.clone()).read(&self.blobs);
        assert_eq!(trusted.as_ref().ok(), Some(&rows), "rows, trusting");
        // A partition that is wanted whole is read whole, so the layout may be another.
        let some = lazy.rows(self.rows.clone()).and_then(|some| some.read());
        self.same(&some.expect("all rows can be read"), &rows, "rows, lazily");
        self.check_rows(&whole, &rows);
        self.check_scattered(&whole, &lazy);
        self.check_fields(&whole, &lazy);
    }

    /// These rows, cut out of the whole, are the same.
    fn check_rows(&self, whole: &Array, rows: &Array) {
        let in_memory = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
        let within = in_memory(self.rows.start)..in_memory(self.rows.end);
        let sliced = whole.slice(within).expect("rows within the whole");
        // Simplifying may merge contents of a union that are of one form only without their rows.
        if self.rules != CanonicalRules::Simplify {
            assert_eq!(sliced.form(), rows.form(), "{:?}", self.rows);
        }
        self.same(&sliced, rows, "by rows");
    }

    /// Rows here and there, not in order, and one of them twice.
    fn check_scattered(&self, whole: &Array, lazy: &LazyArray<&BTreeMap<String, Buffer>>) {
        let (Some(last), Ok(count)) = (self.length.checked_sub(1), usize::try_from(self.length))
        else {
            return;
        };
        let taken = lazy.take(&[last, self.rows.start.min(last), last]);
        let start =
            usize::try_from(self.rows.start).map_or(count - 1, |start| start.min(count - 1));
        match (taken, whole.take(&[count - 1, start, count - 1])) {
            (Ok(lazily), Ok(taken)) => self.same(&lazily, &taken, "scattered"),
            // There may be no memory for as many as are written out.
            (Err(_), Err(_)) => {}
            (lazily, taken) => assert!(!is_small(whole), "scattered: {lazily:?} and {taken:?}"),
        }
    }

    /// Each field, read alone, is that of the whole.
    fn check_fields(&self, whole: &Array, lazy: &LazyArray<&BTreeMap<String, Buffer>>) {
        // A form may have other fields once it was simplified.
        if self.rules == CanonicalRules::Simplify {
            return;
        }
        for name in lazy.field_names() {
            if name.contains('.') {
                continue;
            }
            let Ok(field) = lazy.field(&name) else {
                continue;
            };
            match (field.read(), whole.field(&name)) {
                (Ok(lazily), Ok(own)) => self.same(&lazily, &own, &name),
                (Err(error), Ok(_)) => panic!("{name}: {error}"),
                // Not all contents of a union need have it.
                (_, Err(_)) => {}
            }
        }
    }

    fn same(&self, found: &Array, expected: &Array, what: &str) {
        if is_small(expected) && is_small(found) {
            // Of fewer rows, contents of a union may be of one form that of all rows are not.
            let is_equal = found.equal_values(expected, true) == Ok(true);
            if self.rules == CanonicalRules::Simplify && !is_equal {
                let (one, other) = (found.value(), expected.value());
                let (one, other) = (one.expect("on the host"), other.expect("on the host"));
                assert!(says_the_same(&one, &other), "{what}: {one} is not {other}");
                return;
            }
            assert!(
                is_equal,
                "{what}, of rows {:?}: {found} is not {expected}",
                self.rows
            );
        }
    }
}

fn byteorder(is_big: bool) -> ByteOrder {
    if is_big {
        ByteOrder::Big
    } else {
        ByteOrder::Little
    }
}

fn rules(choice: u8) -> CanonicalRules {
    match choice % 4 {
        1 => CanonicalRules::Simplify,
        2 => CanonicalRules::Strict,
        _ => CanonicalRules::AsIs,
    }
}

/// The form with its nodes numbered; the form itself where they cannot be.
fn named(form: &Form) -> Form {
    form.with_form_keys(&FormKeyFormat::default(), 0)
        .unwrap_or_else(|_| form.clone())
}

fn fill(form: &Form, tape: &mut Tape<'_>, order: ByteOrder, blobs: &mut BTreeMap<String, Buffer>) {
    for spec in &*form.buffers() {
        let key = format!("{}-{}", form.form_key().unwrap_or_default(), spec.attribute);
        if let Some(bytes) = blob(form, spec, tape, order) {
            blobs.insert(key, bytes);
        }
    }
    for child in form.children() {
        fill(child, tape, order, blobs);
    }
}

/// One blob: right mostly, or cut short, or any bytes, or none.
fn blob(form: &Form, spec: &BufferSpec, tape: &mut Tape<'_>, order: ByteOrder) -> Option<Buffer> {
    let bytes = match tape.byte() {
        240..=243 => return None,
        244..=247 => {
            let len = tape.below(80);
            tape.data(len)
        }
        choice => {
            let mut bytes = sensible(form, spec, tape, order);
            if choice % 16 == 15 {
                bytes.truncate(tape.below(64));
            }
            bytes
        }
    };
    Some(if tape.once_in(4) {
        at_odd_address(&bytes)
    } else {
        Buffer::copied_from(&bytes)
    })
}

/// Elements that could be meant.
fn sensible(form: &Form, spec: &BufferSpec, tape: &mut Tape<'_>, order: ByteOrder) -> Vec<u8> {
    let mut sum = 0_i64;
    let mut number = |tape: &mut Tape<'_>| -> i64 {
        let choice = tape.byte();
        let small = i64::from(choice % 4);
        match spec.attribute {
            // Rarely down, and rarely far.
            Attribute::Offsets | Attribute::Stops => {
                sum = match choice {
                    250..=252 => sum.wrapping_sub(1),
                    253 => i64::from(i32::MAX),
                    254 => sum.wrapping_add(1 << 40),
                    255 => i64::MAX,
                    _ => sum.saturating_add(small % 3),
                };
                sum
            }
            Attribute::Tags => {
                let contents = i64::try_from(form.children().len()).unwrap_or(1);
                i64::from(choice % 64).checked_rem(contents).unwrap_or(0)
            }
            Attribute::Index | Attribute::Starts => match choice {
                240..=249 => -1,
                250 => i64::MAX,
                251 => 1 << 40,
                _ => small,
            },
            Attribute::Mask => i64::from(choice),
            Attribute::Data => small,
        }
    };
    if spec.attribute == Attribute::Data {
        return tape.data(ELEMENTS * spec.dtype.itemsize());
    }
    let mut bytes = Vec::new();
    for _ in 0..ELEMENTS {
        let own = number(tape).to_le_bytes();
        let own = own.get(..spec.dtype.itemsize()).unwrap_or(&own);
        match order {
            ByteOrder::Little => bytes.extend_from_slice(own),
            ByteOrder::Big => bytes.extend(own.iter().rev()),
        }
    }
    bytes
}
