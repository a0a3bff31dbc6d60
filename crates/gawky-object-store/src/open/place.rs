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

impl Place {
    /// Where the file that this is lies, and its name; `None` where it is none.
    pub(super) fn file(self) -> Option<(Self, String)> {
        match self {
            Self::Memory => None,
            Self::Folder(path) => {
                let name = path.file_name()?.to_str()?.to_owned();
                let folder = path.parent().filter(|above| !above.as_os_str().is_empty());
                let folder = folder.unwrap_or_else(|| std::path::Path::new("."));
                Some((Self::Folder(folder.to_owned()), name))
            }
            Self::Remote(remote) => {
                let prefix = remote.prefix.as_ref();
                let (above, name) = prefix.rsplit_once('/').unwrap_or(("", prefix));
                let name = Some(name.to_owned()).filter(|name| !name.is_empty())?;
                let prefix = Path::parse(above).ok()?;
                Some((Self::Remote(Remote { prefix, ..remote }), name))
            }
        }
    }
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
///
/// [`Url`] mends what it parses: it resolves dot segments, leaves out tabs and newlines, cuts off spaces. What it would mend is
/// refused here, since it would be another place than the one that was written.
pub(super) fn place(text: &str) -> Result<Place, OpenError> {
    let why = |why: &str| OpenError::Url {
        url: shown(text),
        why: why.to_owned(),
    };
    let clean: String = text.trim().chars().filter(|c| !c.is_control()).collect();
    if clean != text && (scheme(&clean).is_some() || lacks_slashes(&clean)) {
        return Err(why(
            "a URL has no control characters, and no spaces at its ends: leave them out, or write them as %20, %09, %0A \
             where they belong to a name",
        ));
    }
    if lacks_slashes(text) {
        return Err(why(
            "a URL has two slashes behind its scheme; a path that is called so has ./ before it",
        ));
    }
    let Some(scheme) = scheme(text) else {
        return Ok(Place::Folder(PathBuf::from(text)));
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
            check_path(path).map_err(|wrong| why(&wrong))?;
            if path.contains('\\') {
                return Err(why(BACKSLASH));
            }
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
                url: shown(text),
                scheme,
            });
        }
    };
    let rest = text.get(scheme.len() + "://".len()..).unwrap_or_default();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    // `Url` takes the next name for it where it is missing.
    if authority.is_empty() {
        return Err(why("it names no bucket or server"));
    }
    let mut url = Url::parse(text).map_err(|error| why(&error.to_string()))?;
    let names_account = kind == Kind::Azure && url.password().is_none();
    if (!url.username().is_empty() && !names_account) || url.password().is_some() {
        // They would be left out of every request, and be in every message.
        return Err(why(
            "its user name or password would not be sent: give credentials as options",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(why(
            "a query or fragment would not be sent: leave it out, or write ? as %3F and # as %23 where \
             they belong to a name",
        ));
    }
    if url.port().is_some() && kind != Kind::Http {
        return Err(why(
            "a bucket has no port: give the address of its server as the option \"endpoint\" (of gs:// \"base_url\")",
        ));
    }
    check_path(path).map_err(|wrong| why(&wrong))?;
    if kind == Kind::Http && rest.contains('\\') {
        return Err(why(BACKSLASH));
    }
    let host = match url.host_str() {
        Some(host) if !host.is_empty() => host.to_owned(),
        _ => return Err(why("it names no bucket or server")),
    };
    // As it was written: that of `url` is mended.
    let prefix = Path::from_url_path(path).map_err(|error| why(&error.to_string()))?;
    url.set_path("");
    Ok(Place::Remote(Remote {
        kind,
        root: url,
        host,
        prefix,
        url: text.to_owned(),
    }))
}

const BACKSLASH: &str =
    "a backslash would be taken for a slash: write %5C where it belongs to a name";

/// Fails if the path of a URL would not be walked as it is written.
fn check_path(path: &str) -> Result<(), String> {
    let decoded = path.to_ascii_lowercase().replace("%2f", "/");
    let decoded = decoded.replace("%2e", ".");
    match decoded.split('/').find(|part| matches!(*part, "." | "..")) {
        None => Ok(()),
        Some(part) => Err(format!(
            "its path has the segment {part:?}, which names no object: write the path without it"
        )),
    }
}

/// As much of it as may be in a message: behind these characters, or before the first, there may be secrets.
fn shown(text: &str) -> String {
    match text.split_once(':') {
        Some((scheme, rest)) if rest.contains(['@', '?', '#']) => format!("{scheme}:…"),
        _ => text.to_owned(),
    }
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

/// Whether it begins as the URLs of a known scheme do, but for the slashes.
fn lacks_slashes(text: &str) -> bool {
    const KNOWN: [&str; 10] = [
        "s3", "s3a", "gs", "az", "abfs", "abfss", "http", "https", "file", "memory",
    ];
    let begins = text.split_once(':').is_some_and(|(scheme, _)| {
        let scheme = scheme.to_ascii_lowercase();
        KNOWN.contains(&scheme.as_str())
    });
    begins && scheme(text).is_none()
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
            ("./s3:x", "./s3:x"),
            ("../a b ", "../a b "),
            (" x\ty", " x\ty"),
            ("a:/b", "a:/b"),
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

    /// Mended, each of them would be another place.
    #[test]
    fn nothing_is_mended() {
        for (text, says) in [
            ("s3://bucket/a/../b", "\"..\""),
            ("s3://bucket/./b", "\".\""),
            ("s3://bucket/..", "\"..\""),
            ("s3://bucket/users/%2e%2e/other", "\"..\""),
            ("s3://bucket/users/.%2E/other", "\"..\""),
            ("s3://bucket/users%2f..%2Fother", "\"..\""),
            ("http://host/a/%2E/b", "\".\""),
            ("gs://bucket/a/..", "\"..\""),
            ("az://box/../b", "\"..\""),
            ("https://me:secret@host/../b", "as options"),
            ("file:///data/../b", "\"..\""),
            ("file:///data/%2e%2e/b", "\"..\""),
            ("file:/data/./b", "\".\""),
            ("s3://bucket/a\tb", "control"),
            ("s3://bucket/a\nb", "control"),
            ("s3://bucket/a\u{0}", "control"),
            ("s3://buc\tket/a", "control"),
            ("s\t3://bucket/a", "control"),
            ("s3://bucket/a%0Ab", "illegal"),
            ("s3://bucket/a ", "spaces at its ends"),
            ("s3://bucket/a\n", "control"),
            (" s3://bucket/a", "spaces at its ends"),
            ("\u{a0}s3://bucket/a", "spaces at its ends"),
            ("file:///data ", "spaces at its ends"),
            ("memory:\n", "control"),
            (" s3:/bucket", "spaces at its ends"),
            ("s3:/bucket/x", "two slashes"),
            ("s3:bucket/x", "two slashes"),
            ("S3:/bucket/x", "two slashes"),
            ("https:/host/x", "two slashes"),
            ("https:me:secret@host/x", "two slashes"),
            ("gs:", "two slashes"),
            ("memory:x", "two slashes"),
            ("file:x", "two slashes"),
            ("http://host/a\\b", "%5C"),
            ("http://host\\a/b", "%5C"),
            ("file:///a\\b", "%5C"),
        ] {
            let error = place(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text:?}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    /// What belongs to a name stays as it is.
    #[test]
    fn names_are_names() {
        for (text, prefix) in [
            ("s3://bucket/a b", "a b"),
            ("s3://bucket/a%20", "a "),
            ("s3://bucket/...", "..."),
            ("s3://bucket/.a/..b", ".a/..b"),
            ("s3://bucket/a%2Fb", "a/b"),
            ("s3://bucket/a%252e%252e", "a%2e%2e"),
            ("http://host/a%5Cb", "a\\b"),
            ("https://host/ä", "ä"),
        ] {
            assert_eq!(remote(text).3, prefix, "{text}");
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
            ("https://me:secret@ho st/x", "invalid"),
            ("ftp://me:secret@host/x", "no scheme"),
            ("s3://bucket:9000/x", "\"endpoint\""),
            ("abfss://box@me.dfs.core.windows.net:1/x", "no port"),
            ("http:///host/x", "no bucket or server"),
        ] {
            let error = place(text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
