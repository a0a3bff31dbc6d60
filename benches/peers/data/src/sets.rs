//! The data sets. Those that are made up are made column by column, until they have as many bytes as was asked for.

use std::path::PathBuf;

use gawky::prelude::*;
use gawky::safetensors::SafeTensorsArray;

use crate::numbers::Numbers;

pub type Made = Result<Option<Set>, Box<dyn std::error::Error>>;

/// A data set.
pub struct Set {
    pub array: Array,
    /// The two that are read alone.
    pub columns: [&'static str; 2],
    /// What JSON has no numbers for: left out of the lines.
    pub no_json: &'static [&'static str],
}

pub const NAMES: [&str; 6] = ["nanoaod", "events", "events-plain", "flat", "wide", "deep"];

/// Makes the set of this name, in `bytes` of buffers or so; none where what it is made of is not there.
pub fn make(name: &str, bytes: u64) -> Made {
    match name {
        "nanoaod" => nanoaod(bytes),
        "events" => events(bytes, true),
        "events-plain" => events(bytes, false),
        "flat" => flat(bytes),
        "wide" => wide(bytes),
        "deep" => deep(bytes),
        _ => Err(format!("no data set \"{name}\"; there are {NAMES:?}").into()),
    }
}

fn set(array: Array, columns: [&'static str; 2]) -> Made {
    Ok(Some(Set {
        array,
        columns,
        no_json: &[],
    }))
}

/// 200 real events, again and again.
fn nanoaod(bytes: u64) -> Made {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/real");
    let folder = std::env::var_os("GAWKY_REAL_DATA").map_or(beside, PathBuf::from);
    let file = folder.join("nanoaod.safetensors");
    if !file.exists() {
        return Ok(None);
    }
    let events = SafeTensorsArray::open_file(file)?.read()?;
    let times = (bytes / events.nbytes() as u64).max(1);
    let tiled = Array::concatenate(&vec![events; times as usize])?;
    Ok(Some(Set {
        array: tiled,
        columns: ["Jet_pt", "Jet_eta"],
        no_json: &["HTXS_Higgs_y"],
    }))
}

fn numbers<T: gawky::buffer::Native>(rows: usize, value: impl FnMut(usize) -> T) -> Array {
    NumpyArray::from_vec((0..rows).map(value).collect::<Vec<T>>()).into()
}

fn booleans(rows: usize, mut value: impl FnMut(usize) -> bool) -> Result<Array, Error> {
    let bytes = Buffer::from_vec(
        (0..rows)
            .map(|row| u8::from(value(row)))
            .collect::<Vec<u8>>(),
    );
    Ok(NumpyArray::try_new(bytes, DType::Bool, [].into(), rows, Parameters::none())?.into())
}

fn record(fields: Vec<(&str, Array)>) -> Array {
    RecordArray::from_fields(fields).into()
}

/// Lists of these lengths; the content is made for all of their elements.
fn lists(
    lengths: impl IntoIterator<Item = u64>,
    content: impl FnOnce(usize) -> Result<Array, Error>,
) -> Result<Array, Error> {
    let mut offsets = vec![0_i64];
    let mut end = 0;
    for length in lengths {
        end += length as i64;
        offsets.push(end);
    }
    let content = content(end as usize)?;
    Ok(ListOffsetArray::try_new(offsets.into(), content, Parameters::none())?.into())
}

/// Some of the rows are missing: `percent` of them.
fn option(n: &mut Numbers, percent: u64, content: Array) -> Result<Array, Error> {
    let mask: Vec<u8> = (0..content.len())
        .map(|_| u8::from(n.below(100) >= percent))
        .collect();
    let length = content.len();
    let masked =
        ByteMaskedArray::try_new(Buffer::from_vec(mask), content, true, Parameters::none())?;
    assert_eq!(masked.len(), length);
    Ok(masked.into())
}

const WORDS: [&str; 8] = [
    "HLT_IsoMu24",
    "HLT_Mu50",
    "HLT_Ele32_WPTight",
    "HLT_PFMET120",
    "HLT_Photon200",
    "é",
    "",
    "HLT_DoubleEle25_CaloIdL_MW",
];

fn strings(n: &mut Numbers, rows: usize) -> Result<Array, Error> {
    let mut bytes = Vec::new();
    let mut offsets = vec![0_i64];
    for _ in 0..rows {
        bytes.extend_from_slice(WORDS[n.below(WORDS.len() as u64) as usize].as_bytes());
        offsets.push(bytes.len() as i64);
    }
    let string = |kind: &str| Parameters::from_iter([("__array__", kind)]);
    let characters = NumpyArray::from_vec(bytes).with_parameters(string("char"));
    Ok(ListOffsetArray::try_new(offsets.into(), characters.into(), string("string"))?.into())
}

/// As many rows as there are in so many bytes, if `sample` is made of some hundreds of them.
fn scaled(bytes: u64, make: impl Fn(usize) -> Result<Array, Error>) -> Result<Array, Error> {
    const SAMPLE: usize = 500;
    let a_row = make(SAMPLE)?.nbytes() as f64 / SAMPLE as f64;
    make((bytes as f64 / a_row).max(1.0) as usize)
}

/// Lists of lists of lists whose lengths follow Zipf's law, strings, options in rows and three depths of lists, and unions if asked.
fn events(bytes: u64, unions: bool) -> Made {
    let array = scaled(bytes, |rows| {
        let n = &mut Numbers::new(1);
        let lengths = |n: &mut Numbers, rows: usize, end: u64| -> Vec<u64> {
            (0..rows).map(|_| n.zipf(end)).collect()
        };
        let muons = lists(lengths(n, rows, 10), |muons| {
            let isolation = numbers(muons, |_| n.unit32());
            Ok(record(vec![
                ("pt", numbers(muons, |_| n.unit32() * 120.0)),
                ("eta", numbers(muons, |_| n.unit32() * 4.8 - 2.4)),
                ("phi", numbers(muons, |_| n.unit32() * 6.28 - 3.14)),
                ("charge", numbers(muons, |_| n.below(2) as i32 * 2 - 1)),
                ("tight", booleans(muons, |_| n.below(3) == 0)?),
                ("isolation", option(n, 20, isolation)?),
            ]))
        })?;
        let jets = lists(lengths(n, rows, 20), |jets| {
            let tracks = lists(lengths(n, jets, 8), |tracks| {
                let hits = lists(lengths(n, tracks, 6), |hits| {
                    let layers = numbers(hits, |_| n.below(3000) as i16);
                    option(n, 10, layers)
                })?;
                Ok(record(vec![
                    ("pt", numbers(tracks, |_| n.unit32() * 50.0)),
                    ("hits", option(n, 15, hits)?),
                ]))
            })?;
            let mut fields = vec![
                ("pt", numbers(jets, |_| n.unit() * 300.0)),
                ("mass", numbers(jets, |_| n.unit() * 0.1)),
                ("flavour", strings(n, jets)?),
                ("tracks", tracks),
            ];
            if unions {
                let (scores, codes) = (
                    |n: &mut Numbers, rows| Ok(numbers(rows, |_| n.unit32())),
                    strings,
                );
                fields.push(("tag", union(n, jets, scores, codes)?));
            }
            Ok(record(fields))
        })?;
        let vertex = record(vec![
            ("x", numbers(rows, |_| n.unit32())),
            ("y", numbers(rows, |_| n.unit32())),
            ("z", numbers(rows, |_| n.unit32() * 20.0 - 10.0)),
        ]);
        let weight = numbers(rows, |_| n.unit() * 2.0);
        let mut fields = vec![
            ("run", numbers(rows, |row| 355_000 + row as i64 / 10_000)),
            ("event", numbers(rows, |row| 1_000_000_000 + row as i64)),
            ("met", numbers(rows, |_| n.unit32() * 90.0)),
            ("weight", option(n, 10, weight)?),
            ("vertex", option(n, 25, vertex)?),
            (
                "triggers",
                lists(lengths(n, rows, 5), |triggers| strings(n, triggers))?,
            ),
            ("muons", muons),
            ("jets", jets),
        ];
        if unions {
            let (ids, names) = (
                |n: &mut Numbers, rows| Ok(numbers(rows, |_| n.next() as i64 >> 16)),
                strings,
            );
            fields.push(("source", union(n, rows, ids, names)?));
        }
        Ok(record(fields))
    })?;
    set(array, ["met", "muons"])
}

/// Each row of the one or of the other.
fn union(
    n: &mut Numbers,
    rows: usize,
    one: impl FnOnce(&mut Numbers, usize) -> Result<Array, Error>,
    other: impl FnOnce(&mut Numbers, usize) -> Result<Array, Error>,
) -> Result<Array, Error> {
    let tags: Vec<i8> = (0..rows).map(|_| i8::from(n.below(3) == 0)).collect();
    let mut lengths = [0_i32; 2];
    let index = tags.iter().map(|&tag| {
        let length = &mut lengths[usize::from(tag == 1)];
        *length += 1;
        *length - 1
    });
    let index: Vec<i32> = index.collect();
    let contents = vec![one(n, lengths[0] as usize)?, other(n, lengths[1] as usize)?];
    Ok(UnionArray::try_new(
        Buffer::from_vec(tags),
        index.into(),
        contents,
        Parameters::none(),
    )?
    .into())
}

const LETTERS: [&str; 20] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s",
    "t",
];

/// 20 columns of numbers of all sizes.
fn flat(bytes: u64) -> Made {
    let array = scaled(bytes, |rows| {
        let n = &mut Numbers::new(2);
        let columns = LETTERS.iter().enumerate().map(|(number, &name)| {
            let column = match number % 5 {
                0 => numbers(rows, |_| n.unit()),
                1 => numbers(rows, |_| n.unit32()),
                2 => numbers(rows, |row| row as i64 * 7),
                3 => numbers(rows, |_| n.below(1 << 20) as i32),
                _ => numbers(rows, |_| n.below(200) as u8),
            };
            (name, column)
        });
        Ok(record(columns.collect()))
    })?;
    set(array, ["a", "d"])
}

/// 20,000 columns of 100 rows, a quarter of them of lists.
fn wide(_bytes: u64) -> Made {
    const ROWS: usize = 100;
    let n = &mut Numbers::new(3);
    let columns: Result<Vec<(String, Array)>, Error> = (0..20_000)
        .map(|number| {
            let column = match number % 4 {
                0 => numbers(ROWS, |_| n.unit()),
                1 => numbers(ROWS, |_| n.unit32()),
                2 => numbers(ROWS, |_| n.below(1 << 20) as i32),
                _ => {
                    let lengths: Vec<u64> = (0..ROWS).map(|_| n.zipf(10)).collect();
                    lists(lengths, |all| Ok(numbers(all, |_| n.unit32())))?
                }
            };
            Ok((format!("column{number:05}"), column))
        })
        .collect();
    set(
        RecordArray::from_fields(columns?).into(),
        ["column07001", "column13003"],
    )
}

/// Lists in lists, and records in records.
fn deep(bytes: u64) -> Made {
    const LISTS: usize = 16;
    const RECORDS: usize = 32;
    let array = scaled(bytes, |rows| {
        let n = &mut Numbers::new(4);
        fn nested(n: &mut Numbers, rows: usize, depth: usize) -> Result<Array, Error> {
            if depth == 0 {
                return Ok(numbers(rows, |_| n.unit()));
            }
            // 1.125 in the mean: 6.6 numbers a row, 16 deep.
            let lengths: Vec<u64> = (0..rows)
                .map(|_| [0, 1, 1, 1, 1, 1, 2, 2][n.below(8) as usize])
                .collect();
            lists(lengths, |all| nested(n, all, depth - 1))
        }
        let mut records = record(vec![
            ("x", numbers(rows, |_| n.unit())),
            ("n", numbers(rows, |row| row as i64)),
        ]);
        for _ in 1..RECORDS {
            records = record(vec![("in", records)]);
        }
        let lists = nested(n, rows, LISTS)?;
        Ok(record(vec![
            ("id", numbers(rows, |row| row as i64)),
            ("lists", lists),
            ("records", records),
        ]))
    })?;
    set(array, ["lists", "records"])
}
