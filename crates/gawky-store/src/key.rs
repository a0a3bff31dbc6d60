//! The rules for keys that every container shares.
//!
//! A key is one or more segments joined by single slashes. Any other character is allowed, so field names
//! survive as they are. Refused, because somewhere they would reach outside of the container or make two
//! keys one: the empty key, a NUL, an empty segment (`a//b`, `a/`), the segments `.` and `..`, and
//! absolute paths in either style (`/abs`, `\abs`, `C:\x`, `C:/x`).

use std::fmt;

use crate::StoreError;

/// The rule that a key breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyFault {
    /// It has no character at all.
    Empty,
    /// It holds a NUL character.
    Nul,
    /// It starts with a slash, a backslash or a drive.
    Absolute,
    /// A segment is empty.
    EmptySegment,
    /// A segment is `.` or `..`.
    DotSegment,
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it is empty; give it a name, for example node0-offsets",
            Self::Nul => "it holds a NUL character; remove that",
            Self::Absolute => {
                "it is an absolute path; keys are relative to their container, without a leading slash, \
                 backslash or drive"
            }
            Self::EmptySegment => {
                "it has an empty segment; join names with single slashes, with none at the end"
            }
            Self::DotSegment => "it has a segment . or ..; keys name blobs without walking up or around",
        })
    }
}

/// Checks that `key` is one that every container accepts.
///
/// ```
/// use gawky_store::key;
/// assert!(key::validate("events/part0-node1-offsets").is_ok());
/// assert!(key::validate("../secrets").is_err());
/// ```
///
/// # Errors
/// [`StoreError::InvalidKey`], saying which rule it breaks.
pub fn validate(key: &str) -> Result<(), StoreError> {
    match fault(key) {
        None => Ok(()),
        Some(fault) => Err(StoreError::InvalidKey {
            key: key.to_owned(),
            fault,
        }),
    }
}

/// Checks a prefix for listing: a key, a key with a slash at its end, or nothing at all.
///
/// # Errors
/// [`StoreError::InvalidKey`], as for a key.
pub fn validate_prefix(prefix: &str) -> Result<(), StoreError> {
    match prefix.strip_suffix('/').unwrap_or(prefix) {
        "" if prefix.is_empty() => Ok(()),
        "" => Err(StoreError::InvalidKey {
            key: prefix.to_owned(),
            fault: KeyFault::Absolute,
        }),
        stem => validate(stem),
    }
}

/// Whether `key` lies under `prefix`, by whole segments.
///
/// The prefix `6/f` covers `6/f` and `6/f/x`, and not `6/faNT`; `6/f/` covers `6/f/x` alone; the empty
/// prefix covers every key.
#[must_use]
pub fn is_under(key: &str, prefix: &str) -> bool {
    match key.strip_prefix(prefix) {
        None => false,
        Some(rest) => {
            prefix.is_empty() || rest.is_empty() || prefix.ends_with('/') || rest.starts_with('/')
        }
    }
}

/// The rule that `key` breaks, if any.
pub(crate) fn fault(key: &str) -> Option<KeyFault> {
    let bytes = key.as_bytes();
    match is_plain(bytes) || is_joined(bytes) {
        true => None,
        false => fault_of_any(bytes),
    }
}

/// Whether a byte is a letter, a digit, `-` or `_`. Without a branch, so that loops over it compile to vector instructions.
fn is_plain_byte(byte: u8) -> bool {
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    let digit = byte.wrapping_sub(b'0') < 10;
    letter | digit | (byte == b'-') | (byte == b'_')
}

/// Whether all bytes of a key are plain: then it has no fault, and most keys are so.
fn is_plain(bytes: &[u8]) -> bool {
    let all = bytes
        .iter()
        .fold(true, |all, byte| all & is_plain_byte(*byte));
    all && !bytes.is_empty()
}

/// Whether a key is of plain bytes with single slashes and dots between them, as keys of files within files are: then it has
/// no fault either.
fn is_joined(bytes: &[u8]) -> bool {
    let is_joint = |byte: u8| (byte == b'/') | (byte == b'.');
    let Some((last, before)) = bytes.split_last() else {
        return false;
    };
    let known = before.iter().fold(true, |all, byte| {
        all & (is_plain_byte(*byte) | is_joint(*byte))
    });
    // A joint is neither the first nor the last, and no two of them meet.
    let after = bytes.get(1..).unwrap_or_default();
    let apart = before.iter().zip(after).fold(true, |all, (byte, next)| {
        all & !(is_joint(*byte) & is_joint(*next))
    });
    let begins = bytes.first().is_some_and(|first| is_plain_byte(*first));
    known & apart & begins & is_plain_byte(*last)
}

/// What is wrong with a key, however odd it is.
fn fault_of_any(bytes: &[u8]) -> Option<KeyFault> {
    match bytes {
        [] => return Some(KeyFault::Empty),
        [b'/' | b'\\', ..] => return Some(KeyFault::Absolute),
        [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic() => {
            return Some(KeyFault::Absolute);
        }
        _ => {}
    }
    let mut start = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            0 => return Some(KeyFault::Nul),
            // A backslash may be part of a name, but `..\x` walks up on some machines.
            b'/' | b'\\' => {
                match bytes.get(start..at) {
                    Some([]) if byte == b'/' => return Some(KeyFault::EmptySegment),
                    Some([b'.'] | [b'.', b'.']) => return Some(KeyFault::DotSegment),
                    _ => {}
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    match bytes.get(start..) {
        Some([]) if bytes.last() == Some(&b'/') => Some(KeyFault::EmptySegment),
        Some([b'.'] | [b'.', b'.']) => Some(KeyFault::DotSegment),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_keys_say_why() {
        for (key, expected) in [
            ("", KeyFault::Empty),
            ("../x", KeyFault::DotSegment),
            ("a/../b", KeyFault::DotSegment),
            ("a/..", KeyFault::DotSegment),
            ("..", KeyFault::DotSegment),
            (".", KeyFault::DotSegment),
            ("a/./b", KeyFault::DotSegment),
            ("..\\x", KeyFault::DotSegment),
            ("a\\..\\x", KeyFault::DotSegment),
            ("/abs", KeyFault::Absolute),
            ("/", KeyFault::Absolute),
            ("\\\\server\\share", KeyFault::Absolute),
            ("C:\\x", KeyFault::Absolute),
            ("c:/x", KeyFault::Absolute),
            ("a//b", KeyFault::EmptySegment),
            ("a/", KeyFault::EmptySegment),
            ("a\0b", KeyFault::Nul),
            ("\0", KeyFault::Nul),
        ] {
            let refused = validate(key).map_err(|error| match error {
                StoreError::InvalidKey { key, fault } => Some((key, fault)),
                _ => None,
            });
            assert_eq!(refused, Err(Some((key.to_owned(), expected))));
        }
    }

    #[test]
    fn odd_keys_are_keys() {
        let long = "x".repeat(300);
        for key in [
            "mäggi", "[foo]", "~x", "100%", "a%2Fb", "a,b!c", &long, "A", "a", "CON", "...",
            "a..b", ".hidden", "C:x", "a\\b", "x y", "a\nb", "..a", "a./b", "1:2",
        ] {
            assert!(validate(key).is_ok(), "{key:?}");
        }
    }

    #[test]
    fn keys_that_are_not_looked_at_closely_have_no_fault() {
        const CHARACTERS: &[u8] = b"aZ0-_./\\:\0 ~";
        let mut keys = vec![Vec::new()];
        let mut joined = 0;
        for _ in 0..5 {
            keys = keys
                .iter()
                .flat_map(|key| CHARACTERS.iter().map(|last| [key, &[*last][..]].concat()))
                .collect();
            for key in &keys {
                let (is_plain, is_joined) = (is_plain(key), is_joined(key));
                let fault = fault_of_any(key);
                assert!(
                    !(is_plain || is_joined) || fault.is_none(),
                    "{key:?}: {fault:?}"
                );
                joined += u32::from(is_joined && !is_plain);
            }
        }
        assert!(joined > 1_000, "{joined}");
        for key in ["part0.safetensors/node1-data", "a.b/c.d", "a/b"] {
            assert!(is_joined(key.as_bytes()), "{key}");
        }
        for key in ["", ".", "a/", "/a", "a..b", "a/.b", "a./b", "C:x", "ä"] {
            assert!(
                !is_plain(key.as_bytes()) && !is_joined(key.as_bytes()),
                "{key}"
            );
        }
    }

    #[test]
    fn prefixes_go_by_segment() {
        assert!(is_under("6/f", "6/f"));
        assert!(is_under("6/f/x", "6/f"));
        assert!(!is_under("6/faNT", "6/f"));
        assert!(is_under("6/f/x", "6/f/"));
        assert!(!is_under("6/f", "6/f/"));
        assert!(is_under("anything", ""));
        assert!(!is_under("6", "6/f"));
        for prefix in ["", "a", "a/", "a/b/"] {
            assert!(validate_prefix(prefix).is_ok(), "{prefix:?}");
        }
        for prefix in ["/", "/a", "a//", "..", "../", "a/../"] {
            assert!(validate_prefix(prefix).is_err(), "{prefix:?}");
        }
    }

    #[test]
    fn the_message_names_the_key_and_the_way_out() {
        let message = validate("a//b").map_err(|error| error.to_string());
        assert_eq!(
            message,
            Err("\"a//b\" cannot be a key: it has an empty segment; join names with single slashes, with \
                 none at the end"
                .to_owned())
        );
    }
}
