//! Ten thousand reads over a network of which every fifth request fails, of blobs and of arrays, with writes between them: not
//! one wrong value, not one blob said to be missing, and every error tells what it is about.

use std::ops::Range;
use std::thread;

use crate::upstream::{Upstream, assert_tells};
use gawky::prelude::{Array, Form, ListOffsetArray, NumpyArray, Parameters, RecordArray};
use gawky::{FromBuffers, ToBuffers};
use gawky_object_store::{Blocking, ObjectContainer};
use gawky_store::safetensors::{SafeTensors, SafeTensorsWriter};
use gawky_store::{
    Blob, Buffer, Container, ContainerConditional, ContainerDelete, ContainerList, ContainerWrite,
    DType, Fetch, FetchReport, StoreError,
};
use gawky_testkit::remote::FaultPlan;

/// As many as `GAWKY_SOAK` says; else all against a real server, and a quarter against the testkit's, so that the
/// tests do not take long.
const READS: u64 = 10_000;
const THREADS: u64 = 4;
const PERCENT: u8 = 20;
/// A blob larger than this is put in parts; S3 has no smaller ones than 5 MiB.
const PART: u64 = 400_000;
const REAL_PART: u64 = 5 << 20;

const SIZES: [usize; 12] = [
    0, 1, 2, 7, 8, 100, 1_000, 4_096, 65_537, 300_000, 1_000_003, 1_500_000,
];
const TENSORS: usize = 30;
const FILE: &str = "tensors.safetensors";
const SHARED: &str = "counter";
const ROWS: u64 = 200;
const ARRAY_KEYS: &str = "array/{form_key}-{attribute}";

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// A range of something that long, empty ones included.
    fn range(&mut self, len: usize) -> Range<u64> {
        let (one, other) = (self.below(len + 1), self.below(len + 1));
        one.min(other) as u64..one.max(other) as u64
    }
}

/// What a key holds, as far as it is never changed.
fn content(seed: usize, len: usize) -> Vec<u8> {
    let mut random = Random(seed as u64);
    (0..len.div_ceil(8))
        .flat_map(|_| random.next().to_le_bytes())
        .take(len)
        .collect()
}

fn blob(key: impl Into<String>, bytes: &[u8]) -> Blob {
    Blob::new(key.into(), DType::UInt8, Buffer::copied_from(bytes))
}

/// What is there to be read.
struct Expected {
    blobs: Vec<(String, Vec<u8>)>,
    tensors: Vec<(String, Vec<u8>)>,
    array: Array,
    form: Form,
    array_keys: Vec<String>,
}

/// Ragged lists of records, as long as `ROWS`.
fn ragged() -> Array {
    let offsets: Vec<i64> = (0..=ROWS.cast_signed())
        .map(|row| row * (row + 3) / 8)
        .collect();
    let len = offsets[ROWS as usize].cast_unsigned();
    let x = NumpyArray::from_vec((0..len).map(|n| n as f64 / 4.0).collect::<Vec<_>>());
    let y = NumpyArray::from_vec((0..=250_u8).cycle().take(len as usize).collect::<Vec<_>>());
    let points = RecordArray::from_fields([("x", x.into()), ("y", y.into())]);
    let lists = ListOffsetArray::try_new(offsets.into(), points.into(), Parameters::none());
    lists.unwrap().into()
}

impl Expected {
    fn put(container: &ObjectContainer) -> Self {
        let blobs = SIZES.iter().enumerate();
        let blobs: Vec<_> = blobs
            .map(|(at, len)| (format!("blobs/{at} ä%"), content(at, *len)))
            .collect();
        let tensors: Vec<_> = (0..TENSORS)
            .map(|at| (format!("node{at}-data"), content(100 + at, at * at * 11)))
            .collect();
        let kept = blobs.iter().map(|(key, bytes)| blob(key, bytes));
        container.put_many(kept.collect()).unwrap();
        let writer = SafeTensorsWriter::new();
        let kept = tensors.iter().map(|(key, bytes)| blob(key, bytes));
        writer.put_many(kept.collect()).unwrap();
        writer.write(container, FILE).unwrap();
        container.put(counter(0, 0)).unwrap();
        let array = ragged();
        let written = ToBuffers::new(&array).key_format(ARRAY_KEYS).unwrap();
        let (form, _) = written.write(container).unwrap();
        Self {
            blobs,
            tensors,
            array,
            form,
            array_keys: container
                .list("array/")
                .unwrap()
                .iter()
                .map(ToString::to_string)
                .collect(),
        }
    }
}

fn number(key: &str, value: u64) -> Blob {
    blob(key, &value.to_le_bytes())
}

/// The number that all readers share, and who made it so: of two who put equal bytes both may be told that they succeeded.
fn counter(value: u64, by: u64) -> Blob {
    blob(SHARED, &[value.to_le_bytes(), by.to_le_bytes()].concat())
}

/// The first number of a blob.
fn value(bytes: &Buffer) -> u64 {
    let bytes = bytes.bytes().unwrap();
    u64::from_le_bytes(*bytes.first_chunk().unwrap())
}

/// What became of the reads.
#[derive(Debug, Default)]
struct Tally {
    /// Reads of all kinds.
    reads: u64,
    /// Those of them that made an array.
    arrays: u64,
    writes: u64,
    errors: u64,
    /// Conditional puts that are said to have succeeded.
    counted: u64,
}

struct Reader<'a> {
    container: ObjectContainer,
    expected: &'a Expected,
    random: Random,
    number: u64,
    tally: Tally,
}

impl Reader<'_> {
    fn step(&mut self) {
        let (at, choice) = (self.random.below(SIZES.len()), self.random.below(100));
        let (key, bytes) = &self.expected.blobs[at];
        let outcome = match choice {
            0..20 => self.whole(key, bytes),
            20..40 => self.range(key, bytes),
            40..50 => self.array(),
            50..65 => self.many(),
            65..70 => self.past_the_end(key, bytes),
            70..75 => self.missing(),
            75..80 => self.size(key, bytes),
            80..88 => self.tensors(),
            88..91 => self.list(),
            91..94 => self.put(bytes),
            94..97 => self.put_if_absent(),
            _ => self.count(),
        };
        match choice {
            0..91 => self.tally.reads += 1,
            _ => self.tally.writes += 1,
        }
        if let Err(error) = outcome {
            self.tally.errors += 1;
            let about: Vec<_> = self.about().collect();
            assert_tells(
                &error,
                &about.iter().map(String::as_str).collect::<Vec<_>>(),
            );
        }
    }

    /// All that an error here can be about.
    fn about(&self) -> impl Iterator<Item = String> {
        let blobs = self.expected.blobs.iter().map(|(key, _)| key.clone());
        let arrays = self.expected.array_keys.iter().cloned();
        let own = ["missing", FILE, SHARED, "blobs/", "blobs"].map(str::to_owned);
        blobs
            .chain(arrays)
            .chain(own)
            .chain([self.own("put"), self.own("created")])
    }

    fn own(&self, name: &str) -> String {
        format!("{name}/{}", self.number)
    }

    fn whole(&mut self, key: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let answer = self.container.get(key)?;
        assert_eq!(answer.unwrap().bytes().unwrap(), bytes, "{key}");
        Ok(())
    }

    fn range(&mut self, key: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let range = self.random.range(bytes.len());
        let answer = self.container.get_range(key, range.clone())?;
        assert_eq!(
            answer.unwrap().bytes().unwrap(),
            part(bytes, &range),
            "{key}"
        );
        Ok(())
    }

    /// Several at once: whole ones and ranges, some of which are merged.
    fn many(&mut self) -> Result<(), StoreError> {
        let mut fetches = Vec::new();
        let mut expected = Vec::new();
        for _ in 0..=self.random.below(6) {
            let (key, bytes) = &self.expected.blobs[self.random.below(SIZES.len())];
            let range = self.random.range(bytes.len());
            let range = (self.random.below(8) > 0).then_some(range);
            expected.push(
                range
                    .as_ref()
                    .map_or(bytes.as_slice(), |range| part(bytes, range)),
            );
            fetches.push(Fetch::raw(key.as_str(), range));
        }
        let answers = self.container.fetch(&fetches)?;
        for ((fetch, expected), answer) in fetches.iter().zip(expected).zip(answers) {
            assert_eq!(answer.unwrap().bytes().unwrap(), expected, "{fetch:?}");
        }
        Ok(())
    }

    fn past_the_end(&mut self, key: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let len = bytes.len() as u64;
        let start = self.random.next() % (len + 2);
        match self.container.get_range(key, start..len + 3) {
            Err(StoreError::OutOfRange { have, .. }) => {
                assert_eq!(have, len, "{key}");
                Ok(())
            }
            Err(error) => Err(error),
            Ok(answer) => panic!("{key}: {start}..{} of {len} is {answer:?}", len + 3),
        }
    }

    fn missing(&mut self) -> Result<(), StoreError> {
        assert_eq!(self.container.get("missing")?, None);
        assert_eq!(self.container.size("missing")?, None);
        Ok(())
    }

    fn size(&mut self, key: &str, bytes: &[u8]) -> Result<(), StoreError> {
        assert_eq!(self.container.size(key)?, Some(bytes.len() as u64), "{key}");
        assert!(self.container.contains(key)?, "{key}");
        assert!(self.container.version(key)?.is_some(), "{key}");
        Ok(())
    }

    fn tensors(&mut self) -> Result<(), StoreError> {
        let file = SafeTensors::open(&self.container, FILE)?;
        let wanted: Vec<_> = (0..3)
            .map(|_| &self.expected.tensors[self.random.below(TENSORS)])
            .collect();
        let fetches: Vec<_> = wanted
            .iter()
            .map(|(key, _)| Fetch::whole(key.as_str(), DType::UInt8))
            .collect();
        let answers = file.fetch_versioned(&fetches, &mut FetchReport::default())?;
        for ((key, bytes), answer) in wanted.iter().zip(answers) {
            assert_eq!(answer.unwrap().bytes.bytes().unwrap(), bytes, "{key}");
        }
        Ok(())
    }

    /// All rows of an array, or some.
    fn array(&mut self) -> Result<(), StoreError> {
        let rows = self.random.range(ROWS as usize);
        let is_whole = self.random.below(4) == 0;
        let rows = if is_whole { 0..ROWS } else { rows };
        let reading = FromBuffers::new(&self.expected.form, ROWS)
            .key_format(ARRAY_KEYS)
            .unwrap();
        let read = reading.rows(rows.clone()).read(&self.container);
        match read {
            Ok(array) => {
                let rows = rows.start as usize..rows.end as usize;
                let expected = self
                    .expected
                    .array
                    .slice(rows)
                    .and_then(|rows| rows.pack())
                    .unwrap();
                assert_eq!(array.pack().unwrap(), expected);
                self.tally.arrays += 1;
                Ok(())
            }
            Err(gawky::Error::Store { location, source }) => {
                assert!(location.is_some(), "{source}");
                Err(*source)
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn list(&mut self) -> Result<(), StoreError> {
        let keys = self.container.list("blobs/")?;
        let mut expected: Vec<_> = self.expected.blobs.iter().map(|(key, _)| key).collect();
        expected.sort();
        assert_eq!(
            keys,
            expected.iter().map(|key| key.as_str()).collect::<Vec<_>>()
        );
        Ok(())
    }

    /// Whether it is said to have succeeded or not, the blob is the old one or the new one.
    fn put(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let key = self.own("put");
        let before = self.settled(|this| this.container.get(&key));
        let put = self.container.put(blob(&key, bytes));
        let after = self.settled(|this| this.container.get(&key));
        let is_new = after
            .as_ref()
            .is_some_and(|after| after.bytes().unwrap() == bytes);
        assert!(is_new || (put.is_err() && after == before), "{key}");
        put
    }

    fn put_if_absent(&mut self) -> Result<(), StoreError> {
        let key = self.own("created");
        self.settled(|this| this.container.delete(&key));
        let mine = self.random.next();
        match self.container.put_if_absent(number(&key, mine)) {
            // Nobody else creates it: it is this one's, of which the answer was lost.
            Ok(_) | Err(StoreError::Exists { .. }) => {
                let kept = self.settled(|this| this.container.get(&key));
                assert_eq!(value(&kept.unwrap()), mine);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Adds one to the number that all readers share.
    fn count(&mut self) -> Result<(), StoreError> {
        let Some((bytes, version)) = self.container.get_versioned(SHARED)? else {
            panic!("the counter is said to be missing");
        };
        let next = counter(value(&bytes) + 1, self.number);
        match self.container.put_if_match(next, &version) {
            Ok(_) => self.tally.counted += 1,
            Err(error) if error.is_conflict() => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// The answer, after as many failures as it takes.
    fn settled<T>(&self, mut ask: impl FnMut(&Self) -> Result<T, StoreError>) -> T {
        (0..100)
            .find_map(|_| ask(self).ok())
            .expect("at least one of a hundred attempts")
    }
}

fn part<'a>(bytes: &'a [u8], range: &Range<u64>) -> &'a [u8] {
    &bytes[range.start as usize..range.end as usize]
}

#[test]
fn nothing_that_is_read_is_wrong_however_much_fails() {
    let upstream = Upstream::start();
    let direct = upstream.direct();
    let expected = Expected::put(&direct);
    let reads = match std::env::var("GAWKY_SOAK") {
        Ok(reads) => reads.parse().expect("GAWKY_SOAK is a number"),
        Err(_) if upstream.is_real() => READS,
        Err(_) => READS / 4,
    };
    let part_size = if upstream.is_real() { REAL_PART } else { PART };
    let container = upstream.container().inner().clone();
    let container = Blocking::new(container.with_part_size(part_size)).unwrap();
    upstream.proxy.set_plan(FaultPlan::random(2026, PERCENT));

    let tallies: Vec<Tally> = thread::scope(|scope| {
        let reader = |number| {
            let mut reader = Reader {
                container: container.clone(),
                expected: &expected,
                random: Random(number),
                number,
                tally: Tally::default(),
            };
            scope.spawn(move || {
                while reader.tally.reads < reads / THREADS {
                    reader.step();
                }
                reader.tally
            })
        };
        let readers: Vec<_> = (0..THREADS).map(reader).collect();
        readers
            .into_iter()
            .map(|reader| reader.join().unwrap())
            .collect()
    });

    let sum = |of: fn(&Tally) -> u64| tallies.iter().map(of).sum::<u64>();
    let (read, arrays, writes, errors, counted) = (
        sum(|tally| tally.reads),
        sum(|tally| tally.arrays),
        sum(|tally| tally.writes),
        sum(|tally| tally.errors),
        sum(|tally| tally.counted),
    );
    let traffic = upstream.proxy.traffic();
    println!(
        "{} server: {read} reads, {arrays} of them arrays, {writes} writes, {errors} errors, {counted} counted; {} requests, {} spoilt",
        if upstream.is_real() {
            "a real"
        } else {
            "the testkit's"
        },
        traffic.requests,
        traffic.faults,
    );
    assert_eq!(read, reads / THREADS * THREADS);
    // About a fifth of the requests, of which most are asked again; what is left are refusals for good.
    assert!(traffic.faults * 100 > traffic.requests * 10, "{traffic:?}");
    assert!(arrays * 20 > read, "{arrays} of {read} made an array");
    assert!(errors * 10 < read, "{errors} of {read} failed for good");
    // No number that was counted is lost; one that is said to have failed may have been counted all the same.
    let (last, _) = direct.get_versioned(SHARED).unwrap().unwrap();
    assert!(
        value(&last) >= counted && counted > 0,
        "{} < {counted}",
        value(&last)
    );
}
