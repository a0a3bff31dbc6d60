//! Rust structs as rows of arrays and back: gawky and `serde_arrow`, on the shapes of the latter's own benchmark.
//!
//!     cargo bench --bench rows [SECONDS [ROWS]]
//!
//! Both do each piece of work in turns, for SECONDS (3) a piece, on the same ROWS (1000). Prints the least time that each of them took, in
//! microseconds, and their ratio: above 1, gawky is faster.

use std::fmt::Debug;
use std::hint::black_box;
use std::time::{Duration, Instant};

use gawky::Array;
use gawky::rows::FromRows;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_arrow::_impl::arrow::datatypes::FieldRef;
use serde_arrow::schema::SchemaLike;

/// `primitives` of serde_arrow's benchmark.
#[derive(Debug, Serialize, Deserialize, PartialEq)]
struct Primitives {
    k: bool,
    a: u8,
    b: u16,
    c: u32,
    d: u64,
    e: i8,
    f: i16,
    g: i32,
    h: i64,
    i: f32,
    j: f64,
    l: String,
}

/// `complex` of serde_arrow's benchmark.
#[derive(Debug, Serialize, Deserialize, PartialEq)]
struct Complex {
    string: String,
    points: Vec<Point>,
    child: SubItem,
}

#[derive(Debug, Serialize, Deserialize, PartialEq)]
struct Point {
    x: f32,
    y: f32,
}

#[derive(Debug, Serialize, Deserialize, PartialEq)]
struct SubItem {
    first: bool,
    second: f64,
    c: Option<f32>,
}

/// The generator of numbers that has the name SplitMix64.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// Fewer than 50 characters of all of Unicode.
    fn text(&mut self) -> String {
        let length = self.next() % 50;
        let mut text = String::new();
        while (text.chars().count() as u64) < length {
            text.extend(char::from_u32((self.next() % 0x11_0000) as u32));
        }
        text
    }
}

fn primitives(n: &mut Numbers) -> Primitives {
    Primitives {
        k: n.next() % 2 == 0,
        a: n.next() as u8,
        b: n.next() as u16,
        c: n.next() as u32,
        d: n.next(),
        e: n.next() as i8,
        f: n.next() as i16,
        g: n.next() as i32,
        h: n.next() as i64,
        i: n.unit(),
        j: n.unit().into(),
        l: n.text(),
    }
}

fn complex(n: &mut Numbers) -> Complex {
    Complex {
        string: n.text(),
        points: (0..1 + n.next() % 49)
            .map(|_| Point {
                x: n.unit(),
                y: n.unit(),
            })
            .collect(),
        child: SubItem {
            first: n.next() % 2 == 0,
            second: n.unit().into(),
            c: (n.next() % 2 == 0).then(|| n.unit()),
        },
    }
}

/// How long a piece of work took at least.
struct Least<F>(F, Duration);

impl<T, F: FnMut() -> T> Least<F> {
    fn of(work: F) -> Self {
        Self(work, Duration::MAX)
    }

    fn once_more(&mut self) {
        let began = Instant::now();
        black_box((self.0)());
        self.1 = self.1.min(began.elapsed());
    }

    fn micros(&self) -> f64 {
        self.1.as_secs_f64() * 1e6
    }
}

fn in_turns<A, B>(
    name: &str,
    seconds: Duration,
    gawky: impl FnMut() -> A,
    peer: impl FnMut() -> B,
) {
    let (mut gawky, mut peer) = (Least::of(gawky), Least::of(peer));
    let began = Instant::now();
    while began.elapsed() < seconds {
        gawky.once_more();
        peer.once_more();
    }
    let (gawky, peer) = (gawky.micros(), peer.micros());
    println!(
        "{name:46} {gawky:10.1} {peer:10.1} {ratio:8.2}",
        ratio = peer / gawky
    );
}

fn compare<T: Serialize + DeserializeOwned + PartialEq + Debug>(
    shape: &str,
    rows: &[T],
    seconds: Duration,
) {
    let fields = Vec::<FieldRef>::from_samples(rows, Default::default()).unwrap();
    let batch = serde_arrow::to_record_batch(&fields, &rows).unwrap();
    let array = Array::from_rows(rows).unwrap();
    let declared = FromRows::new().of_type(&array.form().type_()).unwrap();
    assert_eq!(array.to_rows::<T>().unwrap(), rows);
    assert_eq!(declared.build(rows).unwrap(), array);
    let name = |what: &str| format!("{shape}: {what}");
    let to_arrow = || serde_arrow::to_arrow(&fields, rows).unwrap();
    in_turns(
        &name("structs to array, the layout learned"),
        seconds,
        || Array::from_rows(rows).unwrap(),
        to_arrow,
    );
    in_turns(
        &name("structs to array, the type declared"),
        seconds,
        || declared.build(rows).unwrap(),
        to_arrow,
    );
    in_turns(
        &name("array to structs"),
        seconds,
        || array.to_rows::<T>().unwrap(),
        || serde_arrow::from_record_batch::<Vec<T>>(&batch).unwrap(),
    );
}

fn main() {
    // Cargo says --bench as well.
    let arguments = std::env::args().skip(1);
    let mut numbers = arguments.filter(|argument| !argument.starts_with("--"));
    let seconds = numbers
        .next()
        .map_or(3.0, |seconds| seconds.parse().unwrap());
    let rows = numbers.next().map_or(1000, |rows| rows.parse().unwrap());
    let seconds = Duration::from_secs_f64(seconds);

    println!(
        "{:46} {:>10} {:>10} {:>8}",
        "microseconds", "gawky", "peer", "ratio"
    );
    let made = &mut Numbers(1);
    let structs: Vec<Primitives> = (0..rows).map(|_| primitives(made)).collect();
    compare("primitives", &structs, seconds);
    let structs: Vec<Complex> = (0..rows).map(|_| complex(made)).collect();
    compare("complex", &structs, seconds);
}
