//! Where a type is declared, that one decides, and no attribute is needed.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use gawky_array::rows::FromRows;
use jiff::SignedDuration;
use serde::Serialize;

use super::{Maybe, Seconds, parsed};

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
