//! [`Key`]: the name of a blob, or of a node.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

use compact_str::CompactString;

/// The name of a blob in its container, or of a node in its form: a string, of which the usual short ones
/// (24 bytes or fewer) need no allocation.
///
/// An array has thousands; wherever a `&str` is taken, `&key` will do.
///
/// ```
/// use gawky_buffer::Key;
/// let key = Key::from("part0-node12-offsets");
/// assert_eq!(&*key, "part0-node12-offsets");
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(CompactString);

impl Key {
    /// The name.
    #[must_use]
    #[inline]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Deref for Key {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Key {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// A key hashes and compares as its text does, so maps by key are asked with a `&str`.
impl Borrow<str> for Key {
    #[inline]
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl From<&str> for Key {
    #[inline]
    fn from(text: &str) -> Self {
        Self(CompactString::new(text))
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        Self(CompactString::from(text))
    }
}

impl From<&String> for Key {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.0.into_string()
    }
}

impl PartialEq<str> for Key {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Key {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for Key {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_short_ones_are_kept_as_they_are() {
        for text in [
            "",
            "node0-data",
            "a name of exactly 24 byte",
            &"x".repeat(300),
            "mäggi",
        ] {
            let key = Key::from(text);
            assert_eq!(key, text);
            assert_eq!(String::from(key.clone()), text);
            assert_eq!(Key::from(text.to_owned()), key);
            assert_eq!(format!("{key} {key:?}"), format!("{text} {text:?}"));
        }
    }

    #[test]
    fn maps_by_key_are_asked_with_text() {
        let map = std::collections::HashMap::from([(Key::from("node0-data"), 1)]);
        assert_eq!(map.get("node0-data"), Some(&1));
    }
}
