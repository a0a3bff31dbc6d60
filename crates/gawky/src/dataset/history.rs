//! [`History`]: which versions a manifest knows, its own last.
//!
//! An append only adds partitions, so each version is a beginning of the next, and all that has to be kept of it is how
//! many partitions it had. What does more than append starts a history of its own, and keeps the manifest before it, as it
//! was, under `versions/`; so does what would make the history longer than [`MOST_VERSIONS`]. From version to version one
//! so comes back along a chain, and nothing is listed.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::manifest::Manifest;

/// How many versions one manifest knows at most.
pub(super) const MOST_VERSIONS: usize = 1_000;

/// The folder of the manifests that were.
pub(super) const VERSIONS: &str = "versions";

/// The key of the manifest of a version that was.
pub(super) fn version_key(version: u64) -> String {
    format!("{VERSIONS}/{version}.json")
}

/// How many partitions there were at each version since the last commit that did more than append.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct History {
    since: u64,
    partitions: Vec<u64>,
}

impl History {
    /// The history of a version that begins one.
    pub(super) fn beginning(version: u64, partitions: u64) -> Self {
        Self {
            since: version,
            partitions: vec![partitions],
        }
    }

    /// Reads it; an error says what contradicts what.
    pub(super) fn parse(json: &RawValue, version: u64, count: u64) -> Result<Self, String> {
        let history: Self = serde_json::from_str(json.get()).map_err(|error| error.to_string())?;
        let length = history.partitions.len() as u64;
        if history.since == 0 || history.since.checked_add(length) != version.checked_add(1) {
            return Err(format!(
                "{length} versions since {} do not end with version {version}",
                history.since
            ));
        }
        if history.partitions.last() != Some(&count) || !history.partitions.is_sorted() {
            return Err(format!(
                "its partitions do not grow to the {count} that there are"
            ));
        }
        Ok(history)
    }

    pub(super) fn to_json(&self) -> String {
        let partitions: Vec<String> = self.partitions.iter().map(u64::to_string).collect();
        format!(
            "{{\"since\": {}, \"partitions\": [{}]}}",
            self.since,
            partitions.join(",")
        )
    }

    /// The first version that it knows.
    pub(super) fn since(&self) -> u64 {
        self.since
    }

    /// With one version more; `None` when it is full.
    pub(super) fn followed_by(&self, partitions: u64) -> Option<Self> {
        if self.partitions.len() >= MOST_VERSIONS {
            return None;
        }
        let mut history = self.clone();
        history.partitions.push(partitions);
        Some(history)
    }

    /// How many partitions there were at `version`, if that is one of these.
    pub(super) fn partitions_at(&self, version: u64) -> Option<u64> {
        let position = version.checked_sub(self.since)?;
        self.partitions
            .get(usize::try_from(position).ok()?)
            .copied()
    }

    /// Without the versions after `version`, which is one of these.
    pub(super) fn up_to(&self, version: u64) -> Self {
        let known = version.saturating_sub(self.since).saturating_add(1);
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        Self {
            since: self.since,
            partitions: self.partitions.iter().take(known).copied().collect(),
        }
    }

    /// Without the versions before `oldest`; the last one stays.
    pub(super) fn cut(&self, oldest: u64) -> Self {
        let gone = usize::try_from(oldest.saturating_sub(self.since)).unwrap_or(usize::MAX);
        let gone = gone.min(self.partitions.len().saturating_sub(1));
        Self {
            since: self.since.saturating_add(gone as u64),
            partitions: self.partitions.iter().skip(gone).copied().collect(),
        }
    }

    /// The versions that it knows, with their partitions.
    fn versions(&self) -> impl Iterator<Item = (u64, u64)> {
        (self.since..).zip(self.partitions.iter().copied())
    }
}

/// One version of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DatasetVersion {
    /// Its number.
    pub version: u64,
    /// How many partitions it has.
    pub partitions: u64,
    /// How many rows it has.
    pub rows: u64,
}

/// Adds the versions that a manifest knows, the newest first; answers the version whose manifest knows those before.
pub(super) fn collect(
    manifest: &Manifest,
    oldest: u64,
    into: &mut Vec<DatasetVersion>,
) -> Option<u64> {
    let mut sums = vec![0];
    let mut rows = 0;
    for length in manifest.partitions.lengths() {
        rows += length;
        sums.push(rows);
    }
    let known = manifest.history.versions();
    let mut found: Vec<_> = known
        .filter(|(version, _)| *version >= oldest)
        .map(|(version, partitions)| DatasetVersion {
            version,
            partitions,
            rows: usize::try_from(partitions)
                .ok()
                .and_then(|count| sums.get(count).copied())
                .unwrap_or(rows),
        })
        .collect();
    found.reverse();
    into.append(&mut found);
    manifest.before().filter(|version| *version >= oldest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str, version: u64, count: u64) -> Result<History, String> {
        let raw = RawValue::from_string(text.to_owned()).map_err(|error| error.to_string())?;
        History::parse(&raw, version, count)
    }

    #[test]
    fn it_tells_how_many_there_were() {
        let history = parsed(r#"{"since": 3, "partitions": [2,2,5]}"#, 5, 5)
            .unwrap_or_else(|_| History::beginning(0, 0));
        let at: Vec<_> = (2..7)
            .map(|version| history.partitions_at(version))
            .collect();
        assert_eq!(at, [None, Some(2), Some(2), Some(5), None]);
        assert_eq!(
            history.cut(4).to_json(),
            r#"{"since": 4, "partitions": [2,5]}"#
        );
        assert_eq!(
            history.cut(9).to_json(),
            r#"{"since": 5, "partitions": [5]}"#
        );
        assert_eq!(history.cut(0), history);
    }

    #[test]
    fn it_must_end_where_the_dataset_is() {
        for (text, version, count) in [
            (r#"{"since": 3, "partitions": [2,2,5]}"#, 6, 5),
            (r#"{"since": 3, "partitions": [2,2,5]}"#, 5, 4),
            (r#"{"since": 3, "partitions": [2,1,5]}"#, 5, 5),
            (r#"{"since": 0, "partitions": [5]}"#, 0, 5),
            (r#"{"since": 1, "partitions": []}"#, 0, 0),
            (
                r#"{"since": 18446744073709551615, "partitions": [1,1]}"#,
                1,
                1,
            ),
            (r#"{"since": 1, "partitions": [-1]}"#, 1, 1),
            ("[]", 1, 1),
        ] {
            assert!(parsed(text, version, count).is_err(), "{text}");
        }
    }
}
