//! Keys as names in folders and buckets, injectively.
//!
//! What is kept under a key lies in a [`Directory`](crate::Directory) or in an object store at the path that
//! [`path_of`] tells, so that a folder copied into a bucket, or back, is the same container. The rules:
//!
//! - A segment that every file system takes is a name as it stands, so Python and everything else finds it.
//! - In others, the characters that some file system refuses or takes for something else are
//!   percent-encoded, and so is every `%`, so that decoding is unique: control characters and `< > : " | ? * \ %`, a
//!   dot or a space at the end, and the first character of device names such as `CON` and of what begins like this
//!   crate's own files, `.gawky-`.
//! - An encoded segment above 255 bytes, which no file system would hold in one name, is cut into a chain of
//!   folders, whose pieces a lone `%` at the end and a `+` at the start tie together.
//!
//! ```
//! use gawky_store::names::{key_of, path_of};
//! assert_eq!(path_of("events/part0-node1-offsets"), "events/part0-node1-offsets");
//! assert_eq!(path_of("100%"), "100%25");
//! assert_eq!(key_of("100%25").as_deref(), Some("100%"));
//! assert_eq!(key_of("100%"), None, "no key has this name");
//! ```

use std::borrow::Cow;

/// What the names of this crate's own files start with: temporary files and the lock.
pub(crate) const RESERVED_PREFIX: &str = ".gawky-";

// What common file systems hold in one name, in bytes.
const LONGEST_NAME: usize = 255;
// What one piece of a longer name holds; with its marks it stays below the limit.
const PIECE: usize = 240;

/// The path of `key`, relative and joined by slashes. The key is not checked: see [`key::validate`](crate::key::validate).
#[must_use]
pub fn path_of(key: &str) -> Cow<'_, str> {
    if key.split('/').all(is_plain) {
        return Cow::Borrowed(key);
    }
    let mut path = String::with_capacity(key.len() + 8);
    for (at, segment) in key.split('/').enumerate() {
        if at > 0 {
            path.push('/');
        }
        if is_plain(segment) {
            path.push_str(segment);
        } else {
            push_encoded(&mut path, &encoded(segment));
        }
    }
    Cow::Owned(path)
}

/// The key that has this path; `None` when no key has.
#[must_use]
pub fn key_of(path: &str) -> Option<String> {
    let mut key = String::with_capacity(path.len());
    let mut continues = false;
    for mut name in path.split('/') {
        if continues {
            name = name.strip_prefix('+')?;
        } else if !key.is_empty() {
            key.push('/');
        }
        continues = false;
        if let Some(piece) = name.strip_suffix('%') {
            continues = true;
            name = piece;
        }
        decode_onto(&mut key, name)?;
    }
    // Names that decode to a key which is written otherwise (`%41`, `100%`, `CON`) are not that key's.
    let is_ours = !continues && crate::key::validate(&key).is_ok() && path_of(&key) == path;
    is_ours.then_some(key)
}

fn is_plain(segment: &str) -> bool {
    segment.len() <= LONGEST_NAME
        && !segment.bytes().any(must_encode)
        && !segment.ends_with(['.', ' '])
        && !segment.starts_with(RESERVED_PREFIX)
        && !is_device_name(segment)
}

fn must_encode(byte: u8) -> bool {
    byte.is_ascii_control()
        || matches!(
            byte,
            b'%' | b'<' | b'>' | b':' | b'"' | b'|' | b'?' | b'*' | b'\\'
        )
}

/// Names that Windows takes for devices, in any case and with any extension.
fn is_device_name(segment: &str) -> bool {
    let stem = segment.split('.').next().unwrap_or(segment);
    let stem = stem.trim_end_matches(' ');
    if ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
        .iter()
        .any(|name| stem.eq_ignore_ascii_case(name))
    {
        return true;
    }
    let mut characters = stem.chars();
    let port: String = characters.by_ref().take(3).collect();
    let number = matches!(
        (characters.next(), characters.next()),
        (Some('0'..='9' | '¹' | '²' | '³'), None)
    );
    number && (port.eq_ignore_ascii_case("COM") || port.eq_ignore_ascii_case("LPT"))
}

fn encoded(segment: &str) -> String {
    let first = segment.starts_with(RESERVED_PREFIX) || is_device_name(segment);
    let last = segment.len() - 1;
    let mut out = String::with_capacity(segment.len() + 8);
    for (at, character) in segment.char_indices() {
        match u8::try_from(character) {
            Ok(byte)
                if byte.is_ascii()
                    && (must_encode(byte)
                        || (at == 0 && first)
                        || (at == last && matches!(byte, b'.' | b' '))) =>
            {
                out.push('%');
                for digit in [byte >> 4, byte & 15] {
                    out.extend(char::from_digit(digit.into(), 16).map(|d| d.to_ascii_uppercase()));
                }
            }
            _ => out.push(character),
        }
    }
    out
}

fn push_encoded(path: &mut String, name: &str) {
    let mut rest = name;
    if name.len() > LONGEST_NAME {
        while rest.len() > PIECE {
            let (piece, after) = rest.split_at(cut(rest));
            path.push_str(piece);
            path.push_str("%/+");
            rest = after;
        }
    }
    path.push_str(rest);
}

/// Where to cut `name`: neither inside a character nor inside a `%XX`.
fn cut(name: &str) -> usize {
    let mut at = PIECE;
    while !name.is_char_boundary(at) {
        at -= 1;
    }
    // By bytes, as what is before an escape need not be of one.
    let escape = name
        .bytes()
        .take(at)
        .skip(at.saturating_sub(2))
        .position(|byte| byte == b'%');
    match escape {
        Some(found) => at.saturating_sub(2) + found,
        None => at,
    }
}

fn decode_onto(key: &mut String, name: &str) -> Option<()> {
    let mut pieces = name.split('%');
    key.push_str(pieces.next()?);
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        let byte = u8::from_str_radix(digits, 16).ok()?;
        if !byte.is_ascii() {
            return None;
        }
        key.push(char::from(byte));
        key.push_str(rest);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn safe_keys_are_file_names_as_they_stand() {
        for key in [
            "part0-node1-offsets",
            "events/x.y/node0",
            "mäggi",
            "[foo]",
            "~x",
            "a,b!c",
            ".hidden",
            "日本語",
            "a b",
            "+a",
            "A",
            "CONSOLE",
            "COM",
            "COM10",
            "a..b",
            "{x}",
            "#$&'();=@^_`",
        ] {
            assert_eq!(path_of(key), key);
        }
    }

    #[test]
    fn other_keys_are_encoded() {
        for (key, expected) in [
            ("100%", "100%25"),
            ("a%2Fb", "a%252Fb"),
            ("CON", "%43ON"),
            ("con.txt", "%63on.txt"),
            ("x/Lpt1", "x/%4Cpt1"),
            ("COM²", "%43OM²"),
            ("a:b", "a%3Ab"),
            ("a\\b", "a%5Cb"),
            ("what?*", "what%3F%2A"),
            ("ends.", "ends%2E"),
            ("ends ", "ends%20"),
            ("...", "..%2E"),
            ("a\nb", "a%0Ab"),
            (".gawky-lock", "%2Egawky-lock"),
        ] {
            assert_eq!(path_of(key), expected);
        }
    }

    #[test]
    fn every_key_comes_back_and_no_two_share_a_path() {
        let long = "x".repeat(300);
        let parts = [
            "a",
            "A",
            "%",
            "%25",
            "%41",
            "+",
            "+a",
            ".",
            "..",
            "ä",
            "x%",
            "CON",
            ":",
            " ",
            "\\",
            "日",
            ".gawky-tmp-",
            &long,
            "%2E",
        ];
        let mut seen: HashMap<String, String> = HashMap::new();
        for a in parts {
            for b in parts {
                for c in parts {
                    for key in [
                        format!("{a}{b}{c}"),
                        format!("{a}/{b}{c}"),
                        format!("{a}{b}/{c}"),
                    ] {
                        if crate::key::validate(&key).is_err() {
                            continue;
                        }
                        let path = path_of(&key);
                        assert_eq!(key_of(&path).as_deref(), Some(key.as_str()), "{path:?}");
                        for name in path.split('/') {
                            assert!(name.len() <= LONGEST_NAME, "{path:?}");
                        }
                        if let Some(other) = seen.insert(path.into_owned(), key.clone()) {
                            assert_eq!(other, key);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn long_names_are_never_cut_inside_a_character_or_an_escape() {
        for unit in ["x", "%", "ä", "日", ":x", "a%ä", "😀", "ä:"] {
            // So that the cut falls on each byte of it.
            for count in 0..220 {
                let key = "x".repeat(count % 11) + &unit.repeat(100 + count);
                let path = path_of(&key);
                assert_eq!(key_of(&path).as_deref(), Some(key.as_str()), "{path:?}");
                for name in path.split('/') {
                    assert!(name.len() <= LONGEST_NAME, "{path:?}");
                }
            }
        }
    }

    #[test]
    fn names_that_no_key_has_are_nobodys() {
        for foreign in [
            "100%",
            "a%2fb",
            "%41",
            "a%2Fb",
            "CON",
            "a:b",
            ".gawky-tmp-1",
            "%zz",
            "%E4",
            "x%/y",
            "x%",
            "ends.",
            "..",
            "",
            "/a",
            "a//b",
            "a/",
        ] {
            assert_eq!(key_of(foreign), None, "{foreign:?}");
        }
    }
}
