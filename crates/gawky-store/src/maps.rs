//! Plain maps from keys to buffers, as they are.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;
use std::ops::Range;

use gawky_buffer::{Buffer, Fetch, Key};

use crate::range::{check_range, slice_exactly};
use crate::{Container, ContainerList, FetchReport, Fetched, Profile, StoreError, key};

// A map holds whatever its owner put there; the rules for keys are asked only about keys it lacks, which
// also keeps them off the path that matters.
fn found(key: &str, blob: Option<&Buffer>) -> Result<Option<Buffer>, StoreError> {
    match blob {
        Some(blob) => Ok(Some(blob.clone())),
        None => key::validate(key).map(|()| None),
    }
}

fn found_range(
    key: &str,
    blob: Option<&Buffer>,
    range: Range<u64>,
) -> Result<Option<Buffer>, StoreError> {
    if let Some(blob) = blob {
        // Past its end an empty range is as empty as elsewhere.
        return slice_exactly(key, blob, range).map(Some);
    }
    key::validate(key)?;
    Ok((!check_range(key, &range)?).then(Buffer::empty))
}

macro_rules! map_container {
    ($map:ty $(, $hasher:ident)?) => {
        impl$(<$hasher: BuildHasher + Send + Sync>)? Container for $map {
            fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
                found(key, <$map>::get(self, key))
            }

            fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
                found_range(key, <$map>::get(self, key), range)
            }

            fn fetch_versioned(
                &self,
                fetches: &[Fetch],
                report: &mut FetchReport,
            ) -> Result<Vec<Option<Fetched>>, StoreError> {
                let mut answers = Vec::with_capacity(fetches.len());
                for Fetch { key, range, .. } in fetches {
                    let blob = <$map>::get(self, key.as_str());
                    let answer = match range {
                        None => found(key, blob)?,
                        Some(range) => found_range(key, blob, range.clone())?,
                    };
                    if range.as_ref().is_none_or(|range| range.start < range.end) {
                        report.request(answer.as_ref().map_or(0, |bytes| bytes.len() as u64));
                    }
                    answers.push(answer.map(Fetched::from));
                }
                Ok(answers)
            }

            fn profile(&self) -> Profile {
                Profile::MEMORY
            }
        }

        impl$(<$hasher: BuildHasher + Send + Sync>)? ContainerList for $map {
            fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
                key::validate_prefix(prefix)?;
                let mut keys: Vec<Key> =
                    self.keys().filter(|key| key::is_under(key, prefix)).map(Key::from).collect();
                keys.sort_unstable();
                Ok(keys)
            }
        }
    };
}

map_container!(HashMap<String, Buffer, S>, S);
map_container!(BTreeMap<String, Buffer>);
