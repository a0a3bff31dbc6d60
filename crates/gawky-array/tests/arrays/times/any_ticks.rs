//! Every count of nanoseconds, in every type that has them.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use gawky_array::Array;
use gawky_array::rows::RowsError;
use gawky_buffer::{DType, Scalar, Unit};
use jiff::{SignedDuration, Timestamp, Zoned, civil};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::parts::Parts;
use super::{Nanos, Took};
use crate::properties::cases;

proptest! {
    #![proptest_config(cases(64))]

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
