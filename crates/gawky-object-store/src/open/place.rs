//! Which place a text means.

use std::path::PathBuf;

use object_store::path::Path;
use url::Url;

use super::OpenError;

/// What there is to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A folder.
    Folder(PathBuf),
    /// Memory of this process.
    Memory,
    /// A store behind a network.
    Remote(Remote),
}

/// A place in a store behind a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remote {
    pub(super) kind: Kind,
    /// Without the path.
    pub(super) root: Url,
    /// Which bucket, container or server.
    pub(super) host: String,
    /// The path.
    pub(super) prefix: Path,
    /// What was to be opened, for errors.
    pub(super) url: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    S3,
    Gcs,
    Azure,
    Http,
}

/// The place that `text` means: a URL, or a path.
pub(super) fn place(text: &str) -> Result<Place, OpenError> {
    let Some(scheme) = scheme(text) else {
        return Ok(Place::Folder(PathBuf::from(text)));
    };
    let why = |why: &str| OpenError::Url {
        url: text.to_owned(),
        why: why.to_owned(),
    };
    let kind = match scheme.as_str() {
        "memory" => {
            return match text.get("memory:".len()..) {
                Some("" | "//" | "///") => Ok(Place::Memory),
                _ => Err(why("what is in memory has no name: say \"memory:\"")),
            };
        }
        "file" => {
            let path = text.get("file:".len()..).unwrap_or_default();
            let url = Url::parse(text).ok().filter(|_| path.starts_with('/'));
            return url
                .filter(|url| url.query().is_none() && url.fragment().is_none())
                .and_then(|url| url.to_file_path().ok())
                .map(Place::Folder)
                .ok_or_else(|| {
                    why("say file:/// and an absolute path, with ? as %3F and # as %23, or the path alone")
                });
        }
        "s3" | "s3a" => Kind::S3,
        "gs" => Kind::Gcs,
        "az" | "abfs" | "abfss" => Kind::Azure,
        "http" | "https" => Kind::Http,
        _ => {
            return Err(OpenError::Scheme {
                url: text.to_owned(),
                scheme,
            });
        }
    };
    let mut url = Url::parse(text).map_err(|error| why(&error.to_string()))?;
    let names_account = kind == Kind::Azure && url.password().is_none();
    if (!url.username().is_empty() && !names_account) || url.password().is_some() {
        // They would be left out of every request, and be in every message.
        let _ = url.set_password(None);
        let _ = url.set_username("");
        return Err(OpenError::Url {
            url: url.to_string(),
            why: "its user name or password would not be sent: give credentials as options"
                .to_owned(),
        });
    }
    if url.query().is_some() || url.fragment().is_some() {
        url.set_query(None);
        url.set_fragment(None);
        return Err(OpenError::Url {
            url: url.to_string(),
            why: "a query or fragment would not be sent: leave it out, or write ? as %3F and # as %23 where \
                  they belong to a name"
                .to_owned(),
        });
    }
    let host = match url.host_str() {
        Some(host) if !host.is_empty() => host.to_owned(),
        _ => return Err(why("it names no bucket or server")),
    };
    let prefix = Path::from_url_path(url.path()).map_err(|error| why(&error.to_string()))?;
    url.set_path("");
    Ok(Place::Remote(Remote {
        kind,
        root: url,
        host,
        prefix,
        url: text.to_owned(),
    }))
}

/// The scheme of a URL; `None` for paths, `C:\x` and `a:b` among them.
fn scheme(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    let scheme = scheme.to_ascii_lowercase();
    let is_url = rest.starts_with("//")
        || (scheme == "memory" && rest.is_empty())
        || (scheme == "file" && rest.starts_with('/'));
    (is_scheme && is_url).then_some(scheme)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

    use super::*;

    fn remote(text: &str) -> (Kind, String, String, String) {
        match place(text).unwrap() {
            Place::Remote(remote) => (
                remote.kind,
                remote.root.to_string(),
                remote.host,
                remote.prefix.to_string(),
            ),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn urls() {
        for (text, kind, root, host, prefix) in [
            ("s3://bucket", Kind::S3, "s3://bucket", "bucket", ""),
            ("s3://bucket/", Kind::S3, "s3://bucket", "bucket", ""),
            (
                "S3://My_Bucket/a/b/",
                Kind::S3,
                "s3://My_Bucket",
                "My_Bucket",
                "a/b",
            ),
            (
                "s3a://bucket/m%C3%A4ggi%2520/x",
                Kind::S3,
                "s3a://bucket",
                "bucket",
                "mäggi%20/x",
            ),
            ("gs://bucket/a", Kind::Gcs, "gs://bucket", "bucket", "a"),
            ("az://box/a", Kind::Azure, "az://box", "box", "a"),
            (
                "abfss://box@me.dfs.core.windows.net/a",
                Kind::Azure,
                "abfss://box@me.dfs.core.windows.net",
                "me.dfs.core.windows.net",
                "a",
            ),
            (
                "http://localhost:8080/a/b",
                Kind::Http,
                "http://localhost:8080/",
                "localhost",
                "a/b",
            ),
            (
                "https://example.org",
                Kind::Http,
                "https://example.org/",
                "example.org",
                "",
            ),
        ] {
            let expected = (kind, root.to_owned(), host.to_owned(), prefix.to_owned());
            assert_eq!(remote(text), expected, "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn folders() {
        for (text, path) in [
            ("events", "events"),
            ("/data/events", "/data/events"),
            ("./a:b", "./a:b"),
            ("a:b", "a:b"),
            ("C:\\events", "C:\\events"),
            ("file:///data/a%20b", "/data/a b"),
            ("file:/data", "/data"),
            ("file", "file"),
            ("memory", "memory"),
            ("", ""),
        ] {
            assert_eq!(place(text).unwrap(), Place::Folder(path.into()), "{text}");
        }
    }

    #[test]
    fn memory() {
        for text in ["memory:", "memory://", "memory:///", "MEMORY:"] {
            assert_eq!(place(text).unwrap(), Place::Memory, "{text}");
        }
    }

    #[test]
    fn what_names_no_place_says_why() {
        for (text, says) in [
            ("ftp://host/x", "no scheme \"ftp\""),
            ("s3:///x", "no bucket"),
            ("s3://", "no bucket"),
            ("memory://x", "has no name"),
            ("file://host/x", "absolute path"),
            ("file://x", "absolute path"),
            ("file:///a?b", "%3F"),
            ("https://me:secret@host/x", "as options"),
            ("https://me@host/x", "as options"),
            ("s3://key:secret@bucket/x", "as options"),
            ("az://box:secret@account/x", "as options"),
            ("https://host/x?sig=secret", "%3F"),
            ("s3://bucket/a#1", "%23"),
            ("s3://bucket/a//b", "empty"),
            ("http://ho st/x", "invalid"),
        ] {
            let error = place(text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
