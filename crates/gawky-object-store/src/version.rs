//! States of objects as [`Version`]s.
//!
//! An ETag stands for itself. With a generation it is `ETag#generation`; without an ETag, `#generation`. Where
//! there is neither, the time of the last change and the size have to do: `@nanoseconds-size`.

use gawky_store::Version;
use object_store::{ObjectMeta, UpdateVersion};

/// The state that an object is in; `None` when the store does not tell.
pub(crate) fn version_of(meta: &ObjectMeta) -> Option<Version> {
    version(meta.e_tag.as_deref(), meta.version.as_deref()).or_else(|| {
        // A store that does not know the time says 1970.
        let changed = meta.last_modified.timestamp_nanos_opt()?;
        (changed > 0).then(|| Version::new(format!("@{changed}-{}", meta.size)))
    })
}

pub(crate) fn version(e_tag: Option<&str>, generation: Option<&str>) -> Option<Version> {
    match (e_tag, generation) {
        (None, None) => None,
        (Some(e_tag), None) => Some(Version::new(e_tag)),
        (e_tag, Some(generation)) => Some(Version::new(format!(
            "{}#{generation}",
            e_tag.unwrap_or_default()
        ))),
    }
}

/// What to send to a store, so that it proves the state itself.
pub(crate) fn condition(version: &Version) -> UpdateVersion {
    let token = version.as_str();
    if token.starts_with('@') {
        return UpdateVersion {
            e_tag: None,
            version: None,
        };
    }
    // Between its quotes an ETag may have a # of its own.
    let quoted = token.find('"').and_then(|opening| {
        let after = token.get(opening + 1..)?;
        Some(opening + 1 + after.find('"')? + 1)
    });
    let start = quoted.unwrap_or(0);
    let hash = token
        .get(start..)
        .and_then(|rest| rest.find('#'))
        .map(|at| start + at);
    let (e_tag, generation) = match hash.and_then(|at| token.split_at_checked(at)) {
        Some((e_tag, generation)) => (e_tag, generation.strip_prefix('#')),
        None => (token, None),
    };
    UpdateVersion {
        e_tag: (!e_tag.is_empty()).then(|| e_tag.to_owned()),
        version: generation.map(str::to_owned),
    }
}

/// What to send with a GET. Weak ETags never match there, so the answer's own version is to be compared.
pub(crate) fn if_match(version: &Version) -> Option<String> {
    condition(version)
        .e_tag
        .filter(|e_tag| !e_tag.starts_with("W/"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn etag_and_generation_come_back() {
        for e_tag in [
            None,
            Some("\"abc\""),
            Some("W/\"a#b\""),
            Some("\"#\""),
            Some("12"),
            Some("5f-6-7"),
        ] {
            for generation in [
                None,
                Some("1700000000000000"),
                Some("2024-05-01T00:00:00.0Z"),
            ] {
                let Some(token) = version(e_tag, generation) else {
                    assert_eq!((e_tag, generation), (None, None));
                    continue;
                };
                let back = condition(&token);
                assert_eq!(
                    (back.e_tag.as_deref(), back.version.as_deref()),
                    (e_tag, generation),
                    "{token}"
                );
            }
        }
        assert_eq!(version(Some("\"abc\""), None).unwrap().as_str(), "\"abc\"");
    }

    #[test]
    fn what_cannot_be_proved_there_is_not_sent() {
        assert_eq!(if_match(&Version::new("W/\"1\"")), None);
        assert_eq!(if_match(&Version::new("@17-5")), None);
        assert_eq!(if_match(&Version::new("#17")), None);
        assert_eq!(
            if_match(&Version::new("\"1\"#17")).as_deref(),
            Some("\"1\"")
        );
    }
}
