//! What is no date or duration of the wanted unit.

use std::time::{Duration, SystemTime};

use chrono::NaiveDateTime;
use gawky_array::Array;
use gawky_array::rows::FromRows;
use jiff::Timestamp;

use super::{Nanos, Seconds, Took, Waits, error, parsed};

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
