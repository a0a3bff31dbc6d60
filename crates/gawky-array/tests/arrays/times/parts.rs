//! Dates and durations as tuples of their parts.

use chrono::TimeDelta;
use gawky_array::Array;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Days, Millis, Took, error, there_and_back};

/// What `time` serialises without its feature `serde-human-readable`.
#[derive(PartialEq, Debug, Clone)]
pub(super) struct Parts<const N: usize>([i64; N]);

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
