//! The header of a safetensors file: 8 bytes that say how long it is, and JSON.
//!
//! The rules are those of the crate `safetensors` (`Metadata::validate` and what its types deserialize from), and
//! some more. Names must differ: the crate keeps the last of two. A dtype is a string, a tensor an object: serde
//! would also take `{"F32": null}` and an array of three. What the format does not know is skipped, as long as it is
//! JSON. The crate itself is not asked: its `read_metadata` wants all of the file, and what its `Metadata` deserializes
//! from has lost the first of two equal names before anybody could look. The benchmark `safetensors` of `gawky`
//! compares what both take.

use std::borrow::Cow;
use std::collections::btree_map::Entry as Text;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::Range;

use ::safetensors::Dtype;
use foldhash::fast::RandomState;
use gawky_buffer::Key;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::SafeTensorsFault;
use super::canonical::{self, Members};
use super::dtype;

/// How many bytes a header may have: the crate's limit.
pub(super) const MAX_HEADER: u64 = 100_000_000;

/// How many bytes say how long the header is.
pub(super) const PREFIX: u64 = 8;

/// The member of the header that is no tensor.
pub(super) const METADATA: &str = "__metadata__";

// How many characters of what is wrong are repeated.
const MAX_MESSAGE: usize = 300;

/// What a header says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) tensors: HashMap<Key, Tensor, RandomState>,
    /// How many bytes all tensors have together.
    pub(super) data_len: u64,
}

/// What becomes of the texts in a header. Awkward's form takes about half of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Texts {
    Kept,
    /// They are proved to be texts, and nothing more.
    Dropped,
}

/// What a header says of one tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tensor {
    pub(super) dtype: Dtype,
    /// Where its bytes are, counted from the end of the header.
    pub(super) range: Range<u64>,
}

/// Where the header ends, of a file that begins with `bytes`.
pub(super) fn end(bytes: &[u8]) -> Result<u64, SafeTensorsFault> {
    let Some(prefix) = bytes.first_chunk() else {
        return Err(SafeTensorsFault::TooShort {
            have: bytes.len() as u64,
        });
    };
    match u64::from_le_bytes(*prefix) {
        len if len <= MAX_HEADER => Ok(PREFIX + len),
        len => Err(SafeTensorsFault::HeaderTooLong { len }),
    }
}

impl Header {
    /// Reads the JSON between the length and the tensors.
    pub(super) fn parse(json: &[u8], texts: Texts) -> Result<Self, SafeTensorsFault> {
        if let Some(canonical) = Self::canonical(json, texts) {
            return canonical;
        }
        let json = str::from_utf8(json).map_err(|error| SafeTensorsFault::Header {
            message: error.to_string(),
        })?;
        Self::general(json, texts)
    }

    /// Reads a header that is written as usual; `None` where it is not, or is wrong.
    fn canonical(json: &[u8], texts: Texts) -> Option<Result<Self, SafeTensorsFault>> {
        let mut parsing = Parsing::of(texts);
        canonical::read(json, &mut parsing)?;
        Some(parsing.proved())
    }

    /// Reads a header as JSON.
    fn general(json: &str, texts: Texts) -> Result<Self, SafeTensorsFault> {
        let mut parsing = Parsing::of(texts);
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let parsed = deserializer
            .deserialize_map(&mut parsing)
            .and_then(|()| deserializer.end());
        if let Some(fault) = parsing.fault {
            return Err(fault);
        }
        parsed.map_err(|error| SafeTensorsFault::Header {
            message: shortened(&error.to_string()),
        })?;
        parsing.proved()
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_MESSAGE) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// What has been read so far.
struct Parsing {
    texts: Texts,
    metadata: BTreeMap<String, String>,
    has_metadata: bool,
    tensors: HashMap<Key, Tensor, RandomState>,
    /// Of all tensors, in the order of the header.
    spans: Vec<(u64, u64)>,
    /// Why reading stopped, where that was not for the JSON.
    fault: Option<SafeTensorsFault>,
}

impl Parsing {
    fn of(texts: Texts) -> Self {
        Self {
            texts,
            metadata: BTreeMap::new(),
            has_metadata: false,
            tensors: HashMap::default(),
            spans: Vec::new(),
            fault: None,
        }
    }

    /// Checks that the tensors lie one after the other.
    fn proved(self) -> Result<Header, SafeTensorsFault> {
        let (tensors, mut spans) = (self.tensors, self.spans);
        if !spans.is_sorted() {
            spans.sort_unstable();
        }
        let mut expected = 0;
        for (start, end) in spans {
            if start != expected || end < start {
                let range = start..end;
                let named = tensors.iter().find(|(_, tensor)| tensor.range == range);
                return Err(SafeTensorsFault::Misplaced {
                    tensor: named.map_or_else(String::new, |(name, _)| shortened(name)),
                    start,
                    end,
                    expected,
                });
            }
            expected = end;
        }
        // So that nothing that is added to it overflows.
        if expected > i64::MAX.unsigned_abs() - PREFIX - MAX_HEADER {
            return Err(SafeTensorsFault::Header {
                message: format!(
                    "its tensors are said to have {expected} bytes, more than any file has"
                ),
            });
        }
        Ok(Header {
            metadata: self.metadata,
            tensors,
            data_len: expected,
        })
    }

    /// Stops for a reason that the deserializer has no words for.
    fn stop<E: Error>(&mut self, fault: SafeTensorsFault) -> E {
        self.fault = Some(fault);
        E::custom("")
    }

    fn twice<E: Error>(&mut self, name: &str) -> E {
        self.stop(SafeTensorsFault::Duplicate {
            name: shortened(name),
        })
    }

    fn keep<E: Error>(&mut self, name: &str, info: &Info) -> Result<(), E> {
        let (start, end) = info.offsets;
        // A range that ends before it starts is told as misplaced, with where it should have been.
        if let Some(have) = end.checked_sub(start)
            && info.needed() != Some(have)
        {
            return Err(self.stop(SafeTensorsFault::Size {
                tensor: shortened(name),
                dtype: dtype::name(info.dtype),
                needed: info.needed(),
                have,
            }));
        }
        match self.tensors.entry(Key::from(name)) {
            Entry::Occupied(_) => Err(self.twice(name)),
            Entry::Vacant(vacant) => {
                vacant.insert(Tensor {
                    dtype: info.dtype,
                    range: start..end,
                });
                self.spans.push((start, end));
                Ok(())
            }
        }
    }
}

impl<'a> Members<'a> for Parsing {
    fn wants_texts(&self) -> bool {
        self.texts == Texts::Kept
    }

    fn text(&mut self, name: String, text: String) -> bool {
        match self.metadata.entry(name) {
            Text::Vacant(vacant) => {
                vacant.insert(text);
                true
            }
            Text::Occupied(_) => false,
        }
    }

    fn tensor(
        &mut self,
        name: &'a str,
        dtype: Dtype,
        elements: u64,
        offsets: (u64, u64),
        behind: usize,
    ) -> bool {
        if self.spans.is_empty() {
            // Most take some ninety bytes.
            let more = behind / 80;
            self.tensors.reserve(more);
            self.spans.reserve(more);
        }
        let info = Info {
            dtype,
            elements: Some(elements),
            offsets,
        };
        self.keep::<serde_json::Error>(name, &info).is_ok()
    }
}

impl<'de> Visitor<'de> for &mut Parsing {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = members.next_key()? {
            if name != METADATA {
                let info = members.next_value()?;
                self.keep(&name, &info)?;
            } else if self.has_metadata {
                return Err(self.twice(METADATA));
            } else {
                self.has_metadata = true;
                members.next_value_seed(Metadata(self))?;
            }
        }
        Ok(())
    }
}

/// A string, borrowed from the header where it has no escapes.
struct Name<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// The texts of `__metadata__`, which may be `null`.
struct Metadata<'a>(&'a mut Parsing);

impl<'de> DeserializeSeed<'de> for Metadata<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Metadata<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of strings")
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some((Name(name), Name(text))) = members.next_entry()? {
            match self.0.metadata.entry(name.into_owned()) {
                Text::Vacant(vacant) => {
                    vacant.insert(match self.0.texts {
                        Texts::Kept => text.into_owned(),
                        Texts::Dropped => String::new(),
                    });
                }
                Text::Occupied(occupied) => {
                    let name = occupied.key().clone();
                    return Err(self.0.twice(&name));
                }
            }
        }
        Ok(())
    }
}

/// What the header says of a tensor, as it stands there.
struct Info {
    dtype: Dtype,
    /// Elements of the shape; `None` when they cannot be counted.
    elements: Option<u64>,
    offsets: (u64, u64),
}

impl Info {
    /// How many bytes shape and dtype come to.
    fn needed(&self) -> Option<u64> {
        let bits = self.elements?.checked_mul(self.dtype.bitsize() as u64)?;
        bits.is_multiple_of(8).then_some(bits / 8)
    }
}

impl<'de> serde::Deserialize<'de> for Info {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InfoVisitor)
    }
}

struct InfoVisitor;

impl<'de> Visitor<'de> for InfoVisitor {
    type Value = Info;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with dtype, shape and data_offsets")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Info, A::Error> {
        let (mut dtype, mut elements, mut offsets) = (None, None, None);
        while let Some(Name(name)) = members.next_key()? {
            match &*name {
                "dtype" => once("dtype", &mut dtype, || {
                    let Name(name) = members.next_value()?;
                    dtype::from_name(&name).ok_or_else(|| {
                        A::Error::custom(format_args!("there is no dtype {:?}", shortened(&name)))
                    })
                })?,
                "shape" => once("shape", &mut elements, || {
                    members.next_value().map(|Elements(elements)| elements)
                })?,
                "data_offsets" => once("data_offsets", &mut offsets, || members.next_value())?,
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Info {
            dtype: dtype.ok_or_else(|| A::Error::missing_field("dtype"))?,
            elements: elements.ok_or_else(|| A::Error::missing_field("shape"))?,
            offsets: offsets.ok_or_else(|| A::Error::missing_field("data_offsets"))?,
        })
    }
}

/// Reads a member that may be there once.
fn once<T, E: Error>(
    name: &'static str,
    member: &mut Option<T>,
    read: impl FnOnce() -> Result<T, E>,
) -> Result<(), E> {
    match member {
        Some(_) => Err(E::duplicate_field(name)),
        None => {
            *member = Some(read()?);
            Ok(())
        }
    }
}

/// The product of a shape, multiplied from the left as the crate does; `None` when it cannot be counted.
struct Elements(Option<u64>);

impl<'de> serde::Deserialize<'de> for Elements {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shape;

        impl<'de> Visitor<'de> for Shape {
            type Value = Elements;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of lengths")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut lengths: A) -> Result<Elements, A::Error> {
                let mut product = Some(1_u64);
                while let Some(length) = lengths.next_element()? {
                    product = product.and_then(|product| product.checked_mul(length));
                }
                Ok(Elements(product))
            }
        }

        deserializer.deserialize_seq(Shape)
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test may panic"
    )]

    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;

    const USUAL: &str = concat!(
        r#"{"__metadata__":{"form":"{\"class\": \"ä\"}","length":"3"},"a":{"dtype":"I64","shape":[2,1],"data_offsets":[0,16]},"#,
        r#""node1-data":{"dtype":"U8","shape":[],"data_offsets":[16,17]},"none":{"dtype":"F32","shape":[0],"data_offsets":[17,17]}}  "#,
    );

    #[test]
    fn usual_headers_are_read_without_serde() {
        for header in [
            USUAL,
            "{}",
            "{}   ",
            r#"{"__metadata__":{}}"#,
            r#"{"__metadata__":{"a":"b"}} "#,
            r#"{"a":{"dtype":"BF16","shape":[0],"data_offsets":[0,0]}}"#,
        ] {
            for texts in [Texts::Kept, Texts::Dropped] {
                let general = Header::general(header, texts);
                let canonical = Header::canonical(header.as_bytes(), texts).unwrap();
                assert_eq!(canonical, general, "{header}");
                assert!(general.is_ok(), "{header}");
            }
        }
        for other in [
            "",
            "{",
            "{ }",
            "{}x",
            r#"{"__metadata__":null}"#,
            r#"{"\u0061":{}}"#,
        ] {
            for texts in [Texts::Kept, Texts::Dropped] {
                let canonical = Header::canonical(other.as_bytes(), texts);
                assert!(canonical.is_none(), "{other}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        /// Whatever the quick reader takes is what serde makes of it.
        #[test]
        fn both_ways_of_reading_agree(
            changes in proptest::collection::vec((any::<Index>(), 0..4_u8, any::<Index>()), 0..4),
        ) {
            const PIECES: [&str; 16] = [
                "0", "1", "7", ",", "]", "[", "}", "{", "\"", "\\", ":", " ", "a", "\\\"", "__metadata__", "\u{1}",
            ];
            let mut header = USUAL.to_owned();
            for (at, how, with) in changes {
                let mut at = at.index(header.len());
                while !header.is_char_boundary(at) {
                    at -= 1;
                }
                let piece = PIECES[with.index(PIECES.len())];
                let next = header[at..].chars().next().map_or(0, char::len_utf8);
                match how {
                    0 => header.insert_str(at, piece),
                    1 => header.replace_range(at..at + next, piece),
                    2 => header.replace_range(at..at + next, ""),
                    _ => {
                        // A piece of itself, as a whole member for example.
                        let end = at + header[at..].find('}').unwrap_or(0);
                        let copy = header[at..end].to_owned();
                        header.insert_str(at, &copy);
                    }
                }
            }
            for texts in [Texts::Kept, Texts::Dropped] {
                if let Some(read) = Header::canonical(header.as_bytes(), texts) {
                    prop_assert_eq!(read, Header::general(&header, texts), "{}", header);
                }
            }
            // What is not kept is looked at all the same.
            let kept = Header::parse(header.as_bytes(), Texts::Kept);
            let dropped = Header::parse(header.as_bytes(), Texts::Dropped);
            prop_assert_eq!(kept.map(|kept| kept.tensors), dropped.map(|dropped| dropped.tensors), "{}", header);
        }
    }
}
