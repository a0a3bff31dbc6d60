//! Dates and durations of other crates in rows, by the attribute and by a declared type.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use gawky_array::rows::{FromRows, RowsError};
use gawky_array::{Array, rows};
use gawky_buffer::{DType, Scalar, Unit};
use jiff::{SignedDuration, Span, Timestamp, Zoned, civil};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::properties::cases;

/// A struct of one field that has the attribute.
macro_rules! dated {
    ($($name:ident $with:literal)*) => {$(
        #[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
        #[serde(bound(serialize = "T: Serialize", deserialize = "T: Deserialize<'de>"))]
        struct $name<T> {
            #[serde(with = $with)]
            t: T,
        }
    )*};
}

dated! {
    Days "rows::datetime64::days"
    Seconds "rows::datetime64::seconds"
    Millis "rows::datetime64::milliseconds"
    Nanos "rows::datetime64::nanoseconds"
    Waits "rows::timedelta64::seconds"
    Millitook "rows::timedelta64::milliseconds"
    Took "rows::timedelta64::nanoseconds"
}

/// The same where it may be missing.
#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
#[serde(bound(serialize = "T: Serialize", deserialize = "T: Deserialize<'de>"))]
struct Maybe<T> {
    #[serde(default, with = "rows::datetime64::microseconds")]
    t: Option<T>,
}

fn there_and_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    row: T,
    of: &str,
    ticks: i64,
) {
    let rows = [row];
    let array = Array::from_rows(&rows).unwrap();
    assert_eq!(array.array_type().to_string(), format!("1 * {{t: {of}}}"));
    let Array::Numpy(numbers) = array.field("t").unwrap() else {
        panic!("{array}")
    };
    let found = numbers.element(0).unwrap().as_ticks();
    assert_eq!(found, Some(ticks), "{rows:?}");
    assert_eq!(array.to_rows::<T>().unwrap(), rows);
}

fn error<T: Serialize>(row: T) -> String {
    Array::from_rows([row]).unwrap_err().to_string()
}

fn parsed<T: std::str::FromStr>(text: &str) -> T {
    let Ok(value) = text.parse() else {
        panic!("{text}")
    };
    value
}

fn offset_date_time(seconds: i64, nanoseconds: i64) -> time::OffsetDateTime {
    time::OffsetDateTime::UNIX_EPOCH
        + time::Duration::seconds(seconds)
        + time::Duration::nanoseconds(nanoseconds)
}

#[test]
fn dates_of_chrono() {
    let before: DateTime<Utc> = parsed("1969-12-31T23:59:59.750Z");
    there_and_back(Millis { t: before }, "datetime64[ms]", -250);
    there_and_back(Nanos { t: before }, "datetime64[ns]", -250_000_000);
    let civil: NaiveDateTime = parsed("2026-11-22T03:30:00");
    there_and_back(Seconds { t: civil }, "datetime64[s]", 1_795_318_200);
    let midnight: NaiveDateTime = parsed("0001-01-01T00:00:00");
    there_and_back(Days { t: midnight }, "datetime64[D]", -719_162);
    let day: NaiveDate = parsed("1969-12-25");
    there_and_back(Days { t: day }, "datetime64[D]", -7);
    there_and_back(Seconds { t: day }, "datetime64[s]", -7 * 86_400);
    for far in ["+12345-01-01T00:00:00Z", "-0001-06-01T00:00:00Z"] {
        let t: DateTime<Utc> = parsed(far);
        there_and_back(Seconds { t }, "datetime64[s]", t.timestamp());
    }
    // An offset is where it was said, and not when.
    let there: DateTime<FixedOffset> = parsed("2026-11-22T04:30:00+01:00");
    let array = Array::from_rows([Seconds { t: there }]).unwrap();
    let back = &array.to_rows::<Seconds<DateTime<FixedOffset>>>().unwrap()[0];
    assert_eq!(back.t, there);
    assert_eq!(back.t.to_rfc3339(), "2026-11-22T03:30:00+00:00");
}

#[test]
fn dates_of_jiff() {
    let before: Timestamp = parsed("1969-12-31T23:59:59.75Z");
    there_and_back(Millis { t: before }, "datetime64[ms]", -250);
    let civil: civil::DateTime = parsed("2026-11-22T03:30:00");
    there_and_back(Seconds { t: civil }, "datetime64[s]", 1_795_318_200);
    there_and_back(
        Days {
            t: civil::date(1969, 12, 25),
        },
        "datetime64[D]",
        -7,
    );
    there_and_back(
        Seconds {
            t: civil::date(-1, 6, 1),
        },
        "datetime64[s]",
        -62_185_708_800,
    );
    let zoned: Zoned = parsed("2026-11-22T03:30:00+00:00[+00:00]");
    there_and_back(Seconds { t: zoned }, "datetime64[s]", 1_795_318_200);
}

#[test]
fn dates_of_time() {
    let before = offset_date_time(-1, 750_000_000);
    there_and_back(Millis { t: before }, "datetime64[ms]", -250);
    there_and_back(
        Seconds {
            t: offset_date_time(1_795_318_200, 0),
        },
        "datetime64[s]",
        1_795_318_200,
    );
    let plain = time::PrimitiveDateTime::new(before.date(), before.time());
    there_and_back(Nanos { t: plain }, "datetime64[ns]", -250_000_000);
    there_and_back(Days { t: before.date() }, "datetime64[D]", -1);
    // There whole hours and minutes are written, and seconds behind them.
    let offset = time::UtcOffset::from_hms(-5, -30, -15).unwrap();
    let array = Array::from_rows([Millis {
        t: before.to_offset(offset),
    }])
    .unwrap();
    assert_eq!(
        array.to_rows::<Millis<time::OffsetDateTime>>().unwrap(),
        [Millis { t: before }]
    );
    let counted = time::Timestamp::new(-1, 750_000_000).unwrap();
    there_and_back(Millis { t: counted }, "datetime64[ms]", -250);
}

#[test]
fn dates_of_the_standard_library() {
    let t = SystemTime::UNIX_EPOCH + Duration::from_millis(1_500);
    there_and_back(Millis { t }, "datetime64[ms]", 1_500);
    let before = Millis {
        t: SystemTime::UNIX_EPOCH - Duration::from_millis(1),
    };
    assert!(error(before).starts_with("row 0, t: "));
    let before = Array::from_rows([Millis {
        t: parsed::<Timestamp>("1969-12-31T23:59:59Z"),
    }]);
    assert_eq!(
        before
            .unwrap()
            .to_rows::<Millis<SystemTime>>()
            .unwrap_err()
            .to_string(),
        "row 0, t: 1969-12-31T23:59:59.000 is before the beginning of the type's time"
    );
}

/// What `time` serialises without its feature `serde-human-readable`.
#[derive(PartialEq, Debug, Clone)]
struct Parts<const N: usize>([i64; N]);

impl<const N: usize> Serialize for Parts<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeTuple;
        let mut tuple = serializer.serialize_tuple(N)?;
        for part in self.0 {
            tuple.serialize_element(&part)?;
        }
        tuple.end()
    }
}

impl<'de, const N: usize> Deserialize<'de> for Parts<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<const N: usize>;
        impl<'de, const N: usize> serde::de::Visitor<'de> for Visitor<N> {
            type Value = Parts<N>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("parts")
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut seq: A,
            ) -> Result<Parts<N>, A::Error> {
                let mut parts = [0; N];
                for part in &mut parts {
                    *part = seq.next_element()?.unwrap();
                }
                assert_eq!(seq.next_element::<i64>()?, None);
                Ok(Parts(parts))
            }
        }
        deserializer.deserialize_tuple(N, Visitor)
    }
}

#[test]
fn dates_in_parts() {
    there_and_back(
        Days {
            t: Parts([1969, 365]),
        },
        "datetime64[D]",
        -1,
    );
    there_and_back(
        Days {
            t: Parts([-1, 365]),
        },
        "datetime64[D]",
        -719_529,
    );
    let parts = [1969, 365, 23, 59, 59, 750_000_000];
    there_and_back(Millis { t: Parts(parts) }, "datetime64[ms]", -250);
    let [year, day, hour, minute, second, rest] = parts;
    let zoned = [year, day, hour, minute, second, rest, 0, 0, 0];
    there_and_back(Millis { t: Parts(zoned) }, "datetime64[ms]", -250);
    let east = Array::from_rows([Millis {
        t: Parts([1970, 1, 1, 30, 0, 0, 1, 30, 0]),
    }])
    .unwrap();
    assert_eq!(
        east.to_rows::<Millis<Timestamp>>().unwrap()[0].t,
        Timestamp::UNIX_EPOCH
    );
    there_and_back(
        Took {
            t: Parts([-2, 500_000_000]),
        },
        "timedelta64[ns]",
        -1_500_000_000,
    );
    // Both signs, as `time` has them.
    let same = Array::from_rows([Took {
        t: Parts([-1, -500_000_000]),
    }])
    .unwrap();
    assert_eq!(
        same.to_rows::<Took<TimeDelta>>().unwrap()[0].t,
        TimeDelta::milliseconds(-1_500)
    );
    for (row, found) in [
        (error(Days { t: (1, 2, 3) }), "a tuple of 3"),
        (
            error(Days { t: ("a", 2) }),
            "a tuple of 2 that are not all integers",
        ),
        (
            error(Days {
                t: Parts([2026, 366]),
            }),
            "a tuple of 2 that are not all integers",
        ),
    ] {
        assert_eq!(
            row,
            format!("row 0, t: {found} does not go into the declared type datetime64[D]")
        );
    }
}

#[test]
fn durations() {
    let ms = |ms| TimeDelta::milliseconds(ms);
    there_and_back(Millitook { t: ms(-1_500) }, "timedelta64[ms]", -1_500);
    there_and_back(Millitook { t: ms(1_500) }, "timedelta64[ms]", 1_500);
    there_and_back(
        Millitook {
            t: SignedDuration::from_millis(-1_500),
        },
        "timedelta64[ms]",
        -1_500,
    );
    there_and_back(
        Took {
            t: SignedDuration::new(-3_601, -1),
        },
        "timedelta64[ns]",
        -3_601_000_000_001,
    );
    there_and_back(
        Millitook {
            t: time::Duration::milliseconds(-1_500),
        },
        "timedelta64[ms]",
        -1_500,
    );
    there_and_back(
        Millitook {
            t: time::Duration::milliseconds(-500),
        },
        "timedelta64[ms]",
        -500,
    );
    there_and_back(
        Waits {
            t: time::Duration::seconds(7),
        },
        "timedelta64[s]",
        7,
    );
    there_and_back(
        Millitook {
            t: Duration::from_millis(1_500),
        },
        "timedelta64[ms]",
        1_500,
    );
    there_and_back(
        Took {
            t: Duration::new(9_223_372_036, 854_775_807),
        },
        "timedelta64[ns]",
        i64::MAX,
    );
    there_and_back(Millitook { t: -1_500_i64 }, "timedelta64[ms]", -1_500);
    // A span has no other order than that of its parts.
    let span = Millitook {
        t: Span::new().hours(1).milliseconds(-250),
    };
    let array = Array::from_rows([span]).unwrap();
    let back = array.to_rows::<Millitook<SignedDuration>>().unwrap();
    assert_eq!(back[0].t.as_millis(), -3_600_250);

    let negative = Array::from_rows([Took { t: ms(-1) }]).unwrap();
    assert_eq!(
        negative
            .to_rows::<Took<Duration>>()
            .unwrap_err()
            .to_string(),
        "row 0, t: -1000000 nanoseconds is before the beginning of the type's time"
    );
}

#[test]
fn what_is_missing() {
    let rows = [
        Maybe { t: None },
        Maybe {
            t: Some(parsed::<DateTime<Utc>>("1969-12-31T23:59:59.000001Z")),
        },
    ];
    let array = Array::from_rows(&rows).unwrap();
    assert_eq!(array.array_type().to_string(), "2 * {t: ?datetime64[us]}");
    assert_eq!(array.to_rows::<Maybe<DateTime<Utc>>>().unwrap(), rows);
    assert_eq!(
        array
            .to_rows::<Millis<DateTime<Utc>>>()
            .unwrap_err()
            .to_string(),
        "row 0: missing field `t`"
    );
    let none = Array::from_rows(&rows[..1]).unwrap();
    assert_eq!(none.array_type().to_string(), "1 * {t: ?datetime64[us]}");
    assert_eq!(
        none.to_rows::<Maybe<NaiveDateTime>>().unwrap(),
        [Maybe { t: None }]
    );

    // Not-a-time is nothing, too.
    let nat = FromRows::new()
        .of_type(&"{t: datetime64[us]}".parse().unwrap())
        .unwrap();
    let array = nat.build([serde_json::json!({"t": "NaT"})]).unwrap();
    assert_eq!(
        array.to_rows::<Maybe<NaiveDateTime>>().unwrap(),
        [Maybe { t: None }]
    );
    let error = array
        .to_rows::<Millis<Timestamp>>()
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("row 0, t: "), "{error}");
}

#[test]
fn lists_of_dates() {
    let days = |days: &[&str]| -> Vec<NaiveDate> { days.iter().map(|day| parsed(day)).collect() };
    let rows = [
        Days { t: days(&[]) },
        Days {
            t: days(&["1969-12-31", "2026-11-22"]),
        },
    ];
    let array = Array::from_rows(&rows).unwrap();
    assert_eq!(
        array.array_type().to_string(),
        "2 * {t: var * datetime64[D]}"
    );
    assert_eq!(array.to_rows::<Days<Vec<NaiveDate>>>().unwrap(), rows);
    let optional = [Millis {
        t: vec![
            Some(vec![parsed::<Timestamp>("1969-12-31T00:00:00Z")]),
            None,
        ],
    }];
    let array = Array::from_rows(&optional).unwrap();
    assert_eq!(
        array.array_type().to_string(),
        "1 * {t: var * option[var * datetime64[ms]]}"
    );
    assert_eq!(
        array
            .to_rows::<Millis<Vec<Option<Vec<Timestamp>>>>>()
            .unwrap(),
        optional
    );
    let long = Days {
        t: vec![
            parsed::<Timestamp>("1970-01-01T00:00:00Z"),
            parsed("1970-01-01T01:00:00Z"),
        ],
    };
    assert_eq!(
        error(long),
        "row 0, t[1]: \"1970-01-01T01:00:00Z\" is no datetime64[D]: it is no whole number of ticks"
    );
    let array = Array::from_rows([Seconds {
        t: vec![parsed::<Timestamp>("1970-01-01T01:00:00Z")],
    }])
    .unwrap();
    let error = array.to_rows::<Seconds<Vec<NaiveDate>>>().unwrap_err();
    assert_eq!((error.row(), error.path().as_str()), (Some(0), "t[0]"));
}

#[test]
fn what_is_not_exact_is_refused() {
    let timestamp = |text| parsed::<Timestamp>(text);
    for (told, text, reason) in [
        (
            error(Seconds {
                t: timestamp("1969-12-31T23:59:59.5Z"),
            }),
            "1969-12-31T23:59:59.5Z",
            "it is no whole number of ticks",
        ),
        (
            error(Nanos {
                t: timestamp("2300-01-01T00:00:00Z"),
            }),
            "2300-01-01T00:00:00Z",
            "it is further away than 64 bits count ticks",
        ),
    ] {
        let unit = if reason.starts_with("it is no") {
            "s"
        } else {
            "ns"
        };
        assert_eq!(
            told,
            format!("row 0, t: \"{text}\" is no datetime64[{unit}]: {reason}")
        );
    }
    assert_eq!(
        error(Waits {
            t: Duration::from_millis(1_500)
        }),
        "row 0, t: \"PT1.5S\" is no timedelta64[s]: it is no whole number of ticks"
    );
    assert_eq!(
        error(Took { t: Duration::MAX }),
        "row 0, t: \"PT18446744073709551615.999999999S\" is no timedelta64[ns]: it is further away than 64 bits count ticks"
    );
    for (told, found) in [
        (error(Took { t: true }), "a boolean"),
        (error(Took { t: 1.5 }), "the number 1.5"),
        (
            error(Took { t: i64::MIN }),
            "the number -9223372036854775808",
        ),
        (
            error(Took { t: u64::MAX }),
            "the number 18446744073709551615",
        ),
        (
            error(Took {
                t: SystemTime::UNIX_EPOCH,
            }),
            "a struct \"SystemTime\"",
        ),
    ] {
        assert_eq!(
            told,
            format!("row 0, t: {found} does not go into the declared type timedelta64[ns]")
        );
    }
    let array = Array::from_rows([Took { t: Duration::ZERO }]).unwrap();
    assert_eq!(
        array.to_rows::<Nanos<Timestamp>>().unwrap_err().to_string(),
        "row 0, t: 0 nanoseconds is a duration, and no date"
    );
    let finer = FromRows::new()
        .of_type(&"{t: datetime64[ps]}".parse().unwrap())
        .unwrap();
    let array = finer.build([serde_json::json!({"t": 1})]).unwrap();
    assert_eq!(
        array
            .to_rows::<Nanos<NaiveDateTime>>()
            .unwrap_err()
            .to_string(),
        "row 0, t: it is no whole number of nanoseconds"
    );
}

#[test]
fn a_declared_type_decides() {
    let declared = |of: &str| FromRows::new().of_type(&of.parse().unwrap()).unwrap();
    let t: DateTime<Utc> = parsed("1969-12-31T23:59:59Z");
    let array = declared("{t: ?datetime64[us]}")
        .build([Seconds { t }])
        .unwrap();
    assert_eq!(array.array_type().to_string(), "1 * {t: ?datetime64[us]}");
    assert_eq!(
        array.to_rows::<Maybe<DateTime<Utc>>>().unwrap(),
        [Maybe { t: Some(t) }]
    );
    let error = declared("{t: int64}").build([Seconds { t }]).unwrap_err();
    assert_eq!((error.row(), error.path().as_str()), (Some(0), "t"));

    // Without an attribute.
    #[derive(Serialize)]
    struct Bare {
        a: Duration,
        b: TimeDelta,
        c: SignedDuration,
        d: time::Duration,
        e: SystemTime,
        f: time::Timestamp,
        g: [Duration; 2],
    }
    let second = Duration::from_secs(1);
    let bare = Bare {
        a: second,
        b: TimeDelta::seconds(-1),
        c: SignedDuration::from_secs(-1),
        d: time::Duration::seconds(-1),
        e: SystemTime::UNIX_EPOCH + second,
        f: time::Timestamp::new(-1, 0).unwrap(),
        g: [second, second],
    };
    let of = "{a: timedelta64[ms], b: timedelta64[ms], c: timedelta64[ms], d: timedelta64[ms], e: datetime64[ms], f: datetime64[ms], \
              g: 2 * ?timedelta64[ms]}";
    let array = declared(of).build([bare]).unwrap();
    let ticks = serde_json::to_value(array.to_rows::<serde_json::Value>().unwrap()).unwrap();
    assert_eq!(
        ticks.to_string(),
        r#"[{"a":1000,"b":-1000,"c":-1000,"d":-1000,"e":"1970-01-01T00:00:01.000","f":"1969-12-31T23:59:59.000","g":[1000,1000]}]"#
    );
}

#[test]
fn other_formats_do_not_see_the_attribute() {
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Without {
        t: DateTime<Utc>,
        took: Duration,
    }
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct With {
        #[serde(with = "rows::datetime64::seconds")]
        t: DateTime<Utc>,
        #[serde(with = "rows::timedelta64::seconds")]
        took: Duration,
    }
    let (t, took) = (parsed("2026-11-22T03:30:00.25Z"), Duration::from_millis(1));
    let (with, without) = (With { t, took }, Without { t, took });
    let text = serde_json::to_string(&without).unwrap();
    assert_eq!(serde_json::to_string(&with).unwrap(), text);
    assert_eq!(serde_json::from_str::<With>(&text).unwrap(), with);
    let value = serde_json::to_value(&without).unwrap();
    assert_eq!(serde_json::from_value::<With>(value).unwrap(), with);
    let packed = rmp_serde::to_vec(&without).unwrap();
    assert_eq!(rmp_serde::to_vec(&with).unwrap(), packed);
    assert_eq!(rmp_serde::from_slice::<With>(&packed).unwrap(), with);
    let mut cbor = Vec::new();
    ciborium::into_writer(&without, &mut cbor).unwrap();
    assert_eq!(ciborium::from_reader::<With, _>(&*cbor).unwrap(), with);
    // Through serde's own value, which flattening takes.
    #[derive(Deserialize, PartialEq, Debug)]
    struct Outer {
        #[serde(flatten)]
        with: With,
    }
    assert_eq!(
        serde_json::from_str::<Outer>(&text).unwrap(),
        Outer { with }
    );
}

proptest! {
    #![proptest_config(cases(64))]

    /// Every count of nanoseconds, in every type that has them.
    #[test]
    fn all_types_tell_the_same_date(ticks in any::<i64>()) {
        prop_assume!(ticks != i64::MIN);
        let dtype = DType::DateTime64(Unit::Nanosecond.into());
        let rows = [Nanos { t: ticks }];
        let array = Array::from_rows(&rows).unwrap();
        let scalar = Scalar::DateTime64(Some(ticks), Unit::Nanosecond.into());
        prop_assert_eq!(scalar.dtype(), dtype);
        fn same<T: Serialize + DeserializeOwned>(array: &Array) -> Result<bool, RowsError> {
            Ok(Array::from_rows(array.to_rows::<Nanos<T>>()?)? == *array)
        }
        prop_assert!(same::<DateTime<Utc>>(&array).unwrap());
        prop_assert!(same::<NaiveDateTime>(&array).unwrap());
        prop_assert!(same::<Timestamp>(&array).unwrap());
        prop_assert!(same::<civil::DateTime>(&array).unwrap());
        prop_assert!(same::<Zoned>(&array).unwrap());
        prop_assert!(same::<time::OffsetDateTime>(&array).unwrap());
        prop_assert!(same::<time::PrimitiveDateTime>(&array).unwrap());
        prop_assert!(same::<Parts<6>>(&array).unwrap());
        prop_assert!(same::<Parts<9>>(&array).unwrap());
        prop_assert!(same::<String>(&array).unwrap());
    }

    #[test]
    fn all_types_tell_the_same_duration(ticks in any::<i64>()) {
        prop_assume!(ticks != i64::MIN);
        let array = Array::from_rows([Took { t: ticks }]).unwrap();
        fn same<T: Serialize + DeserializeOwned>(array: &Array) -> Result<bool, RowsError> {
            Ok(Array::from_rows(array.to_rows::<Took<T>>()?)? == *array)
        }
        prop_assert!(same::<TimeDelta>(&array).unwrap());
        prop_assert!(same::<SignedDuration>(&array).unwrap());
        prop_assert!(same::<time::Duration>(&array).unwrap());
        prop_assert!(same::<Parts<2>>(&array).unwrap());
        prop_assert!(same::<String>(&array).unwrap());
        prop_assert_eq!(same::<Duration>(&array).is_ok(), ticks >= 0);
    }
}
