//! Durations of chrono, jiff, time and the standard library.

use std::time::Duration;

use chrono::TimeDelta;
use gawky_array::Array;
use jiff::{SignedDuration, Span};

use super::{Millitook, Took, Waits, there_and_back};

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
