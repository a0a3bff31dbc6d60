//! Dates that are missing, and lists of dates.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use gawky_array::Array;
use gawky_array::rows::FromRows;
use jiff::Timestamp;

use super::{Days, Maybe, Millis, Seconds, error, parsed};

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
