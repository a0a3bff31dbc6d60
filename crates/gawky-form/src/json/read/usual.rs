//! Reading forms spelled as Awkward 2 and this crate spell them, from a text that is at hand: by far the most there are, in a
//! fraction of what serde takes, which opening a file of many columns consists of.
//!
//! What is spelled otherwise (an escape in a name, a member of Awkward 1, a number that is not whole) and whatever is wrong is
//! left to the [general reader](super), which begins anew and has the words for it. Both only fill [`Members`]; what these
//! make is decided in one place.

use std::borrow::Cow;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::de::DeserializeSeed;
use serde_json::Value;

use super::class;
use super::members::{Contents, ContentsSeed, Members, Names};
use super::parameters::ParametersSeed;
use super::{Context, NodeSeed};
use crate::json::MAX_DEPTH;
use crate::select::Open;
use crate::{Form, NumpyForm, Parameters};

/// The form that a text begins with, and what is left of the text; `None` where it takes the general reader.
pub(in crate::json) fn read<'t>(
    text: &'t str,
    wanted: Option<&[Open<'_>]>,
) -> Option<(Arc<Form>, &'t str)> {
    let mut scan = Scan { text, at: 0 };
    // Nothing is noted in it, as problems are not told from here.
    let context = Context::default();
    let form = scan.node(NodeSeed::root(&context, wanted))?;
    Some((form, text.get(scan.at..)?))
}

/// A JSON text, and how much of it has been read.
struct Scan<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scan<'t> {
    fn node(&mut self, node: NodeSeed<'_>) -> Option<Arc<Form>> {
        if node.depth >= MAX_DEPTH {
            return None;
        }
        match self.next()? {
            b'"' => {
                let dtype = class::primitive(self.string()?).ok()?;
                Some(Arc::new(NumpyForm::new(dtype).into()))
            }
            b'{' => {
                let mut members = Members::default();
                self.members(node, &mut members)?;
                members.make_form().ok()
            }
            _ => None,
        }
    }

    /// The members of an object whose brace has been read.
    fn members(&mut self, node: NodeSeed<'_>, members: &mut Members<'t>) -> Option<()> {
        loop {
            self.expect(b'"')?;
            let name = self.string()?;
            self.expect(b':')?;
            match name {
                "class" => fill(&mut members.class, self.quoted()?),
                "primitive" => fill(&mut members.primitive, self.quoted()?),
                "form_key" => fill(&mut members.form_key, self.quoted_or_null()?),
                "offsets" => fill(&mut members.offsets, self.quoted()?),
                "content" => fill(&mut members.content, self.node(node.child())?),
                "parameters" => fill(&mut members.parameters, self.parameters()?),
                "inner_shape" => fill(&mut members.inner_shape, self.list(Self::number)?),
                "fields" => fill(&mut members.fields, self.fields()?),
                "contents" => {
                    let names = Names::of(members.class.as_deref(), &members.fields);
                    let contents = self.contents(ContentsSeed::new(node.child(), names))?;
                    fill(&mut members.contents, Contents::List(contents))
                }
                "starts" => fill(&mut members.starts, self.quoted()?),
                "stops" => fill(&mut members.stops, self.quoted()?),
                "index" => fill(&mut members.index, self.quoted()?),
                "tags" => fill(&mut members.tags, self.quoted()?),
                "mask" => fill(&mut members.mask, self.quoted()?),
                "size" => fill(&mut members.size, self.number()?),
                "valid_when" => fill(&mut members.valid_when, self.truth()?),
                "lsb_order" => fill(&mut members.lsb_order, self.truth()?),
                _ => None,
            }?;
            if self.is_last(b'}')? {
                return Some(());
            }
        }
    }

    fn contents(&mut self, seed: ContentsSeed<'_, '_>) -> Option<Vec<Option<Arc<Form>>>> {
        self.expect(b'[')?;
        let mut contents = Vec::with_capacity(seed.expected());
        if self.next_is(b']') {
            return Some(contents);
        }
        loop {
            let part = seed.part(contents.len());
            contents.push(if part.is_nothing() {
                self.pass_over(0)?;
                None
            } else {
                Some(self.node(seed.of(&part))?)
            });
            if self.is_last(b']')? {
                return Some(contents);
            }
        }
    }

    /// Parameters: texts, as those are that make strings of lists, are read here; others are rare, and read by the general reader.
    fn parameters(&mut self) -> Option<Parameters> {
        let start = self.at;
        match self.next()? {
            b'{' if self.next_is(b'}') => return Some(Parameters::none()),
            b'n' => return self.rest_of("ull").map(|()| Parameters::none()),
            b'{' => {
                if let Some(texts) = self.texts() {
                    return Some(texts);
                }
            }
            _ => {}
        }
        self.at = start;
        self.pass_over(0)?;
        let mut json = serde_json::Deserializer::from_str(self.text.get(start..self.at)?);
        // The seed counts by itself.
        json.disable_recursion_limit();
        let context = &Context::default();
        ParametersSeed { context }.deserialize(&mut json).ok()
    }

    /// The members of parameters whose brace has been read, if all of them are texts.
    fn texts(&mut self) -> Option<Parameters> {
        let mut texts = IndexMap::new();
        loop {
            self.expect(b'"')?;
            let name = self.string()?;
            self.expect(b':')?;
            self.expect(b'"')?;
            let text = Value::from(self.string()?);
            if texts.insert(name.to_owned(), text).is_some() {
                return None;
            }
            if self.is_last(b'}')? {
                return Some(Parameters::from_map(texts));
            }
        }
    }

    fn fields(&mut self) -> Option<Option<Vec<Cow<'t, str>>>> {
        if self.next_is(b'n') {
            return self.rest_of("ull").map(|()| None);
        }
        self.list(Self::quoted).map(Some)
    }

    fn list<T>(&mut self, mut element: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.expect(b'[')?;
        let mut values = Vec::new();
        if self.next_is(b']') {
            return Some(values);
        }
        loop {
            values.push(element(self)?);
            if self.is_last(b']')? {
                return Some(values);
            }
        }
    }

    /// Goes past any value, and only past what is JSON.
    fn pass_over(&mut self, depth: usize) -> Option<()> {
        if depth >= MAX_DEPTH {
            return None;
        }
        match self.next()? {
            b'"' => self.pass_over_string(),
            b'{' if self.next_is(b'}') => Some(()),
            b'{' => loop {
                self.expect(b'"')?;
                self.pass_over_string()?;
                self.expect(b':')?;
                self.pass_over(depth + 1)?;
                if self.is_last(b'}')? {
                    return Some(());
                }
            },
            b'[' if self.next_is(b']') => Some(()),
            b'[' => loop {
                self.pass_over(depth + 1)?;
                if self.is_last(b']')? {
                    return Some(());
                }
            },
            b't' => self.rest_of("rue"),
            b'f' => self.rest_of("alse"),
            b'n' => self.rest_of("ull"),
            b'0'..=b'9' => {
                self.at -= 1;
                self.number().map(drop)
            }
            _ => None,
        }
    }

    fn pass_over_string(&mut self) -> Option<()> {
        loop {
            match self.special()? {
                b'"' => return Some(()),
                b'\\' => match self.byte()? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                    b'u' => {
                        for _ in 0..4 {
                            self.byte().filter(u8::is_ascii_hexdigit)?;
                        }
                    }
                    _ => return None,
                },
                _ => return None,
            }
        }
    }

    fn quoted(&mut self) -> Option<Cow<'t, str>> {
        self.expect(b'"')?;
        self.string().map(Cow::Borrowed)
    }

    fn quoted_or_null(&mut self) -> Option<Option<Cow<'t, str>>> {
        match self.next()? {
            b'"' => self.string().map(|text| Some(Cow::Borrowed(text))),
            b'n' => self.rest_of("ull").map(|()| None),
            _ => None,
        }
    }

    fn truth(&mut self) -> Option<bool> {
        match self.next()? {
            b't' => self.rest_of("rue").map(|()| true),
            b'f' => self.rest_of("alse").map(|()| false),
            _ => None,
        }
    }

    /// A whole number below 2^64. Of another, what comes behind its first digits ends all this.
    fn number(&mut self) -> Option<u64> {
        let first = self.next().filter(u8::is_ascii_digit)?;
        let mut number = u64::from(first - b'0');
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            if first == b'0' {
                return None;
            }
            number = number
                .checked_mul(10)?
                .checked_add(u64::from(digit - b'0'))?;
            self.at += 1;
        }
        Some(number)
    }

    /// The text of a string whose first quote has been read.
    fn string(&mut self) -> Option<&'t str> {
        let start = self.at;
        let end = self.special()?;
        (end == b'"').then(|| self.text.get(start..self.at - 1))?
    }

    /// Goes past the next byte that is not just part of a string's text: a quote, a backslash, or a control character.
    fn special(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(eight) = bytes.get(self.at..).and_then(<[u8]>::first_chunk) {
            let marks = marks(u64::from_le_bytes(*eight));
            if marks != 0 {
                self.at += (marks.trailing_zeros() / 8) as usize;
                return self.byte();
            }
            self.at += 8;
        }
        loop {
            let byte = self.byte()?;
            if byte < 0x20 || matches!(byte, b'"' | b'\\') {
                return Some(byte);
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// The next byte that is no space.
    fn next(&mut self) -> Option<u8> {
        loop {
            let byte = self.byte()?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    /// Goes past the next byte that is no space, if it is this one.
    fn next_is(&mut self, byte: u8) -> bool {
        let start = self.at;
        let is = self.next() == Some(byte);
        if !is {
            self.at = start;
        }
        is
    }

    /// Goes past what is behind an element or a member: `end`, or a comma.
    fn is_last(&mut self, end: u8) -> Option<bool> {
        match self.next()? {
            b',' => Some(false),
            byte if byte == end => Some(true),
            _ => None,
        }
    }

    fn rest_of(&mut self, word: &str) -> Option<()> {
        let found = self.text.get(self.at..)?.starts_with(word);
        self.at += word.len();
        found.then_some(())
    }
}

/// Fills a slot that must be empty.
fn fill<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    slot.replace(value).is_none().then_some(())
}

/// The highest bit of each of eight bytes that is a quote, a backslash or a control character. Above the first of these
/// other bits may be set as well.
fn marks(eight: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let below = |limit: u8, bytes: u64| bytes.wrapping_sub(ONES * u64::from(limit)) & !bytes;
    let equal = |byte: u8| below(1, eight ^ (ONES * u64::from(byte)));
    (below(0x20, eight) | equal(b'"') | equal(b'\\')) & (ONES << 7)
}
