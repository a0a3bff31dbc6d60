//! Dates of chrono, jiff, time and the standard library.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, Utc};
use gawky_array::Array;
use jiff::{Timestamp, Zoned, civil};

use super::{Days, Millis, Nanos, Seconds, error, parsed, there_and_back};

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
