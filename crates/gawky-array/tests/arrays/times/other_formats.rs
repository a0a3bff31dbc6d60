//! JSON, MessagePack and CBOR are as they are without the attribute.

use std::time::Duration;

use chrono::{DateTime, Utc};
use gawky_array::rows;
use serde::{Deserialize, Serialize};

use super::parsed;

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
