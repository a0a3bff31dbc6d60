//! Headers as the crate `safetensors` and this one write them: without spaces, members in one order, and no escapes
//! but the usual ones.
//!
//! They are read here, in little more than half the time that serde takes for them. Whatever looks different in
//! any way, what is wrong included, is left to [`header`](super::header): a test compares the two.

use ::safetensors::Dtype;

use super::dtype;
use super::header::METADATA;

/// What is told of a header, member by member.
pub(super) trait Members<'a> {
    /// Whether the texts of the metadata are wanted. Where they are not, they are proved to be texts all the same.
    fn wants_texts(&self) -> bool;

    /// A text of the metadata, empty where it is not wanted; answers whether to go on.
    fn text(&mut self, name: String, text: String) -> bool;

    /// A tensor, with the elements and offsets that it is said to have, and so many bytes of the header behind it;
    /// answers whether to go on.
    fn tensor(
        &mut self,
        name: &'a str,
        dtype: Dtype,
        elements: u64,
        offsets: (u64, u64),
        behind: usize,
    ) -> bool;
}

/// Tells the members of a header; `None` where it does not look as expected, and then what was told means nothing.
pub(super) fn read<'a>(json: &'a [u8], members: &mut impl Members<'a>) -> Option<()> {
    let mut rest = Rest(json);
    rest.skip("{")?;
    if rest.skip("}").is_some() {
        return rest.end();
    }
    let mut name = rest.name()?;
    if name == METADATA {
        rest.skip(":{")?;
        if rest.skip("}").is_none() {
            loop {
                let name = rest.text()?;
                rest.skip(":")?;
                let text = match members.wants_texts() {
                    true => rest.text()?,
                    false => rest.skip_text()?,
                };
                members.text(name, text).then_some(())?;
                if !rest.goes_on()? {
                    break;
                }
            }
        }
        if !rest.goes_on()? {
            return rest.end();
        }
        name = rest.name()?;
    }
    loop {
        if name == METADATA {
            return None;
        }
        rest.skip(":{\"dtype\":")?;
        let dtype = dtype::from_name(rest.name()?)?;
        rest.skip(",\"shape\":[")?;
        let mut elements = 1_u64;
        if rest.skip("]").is_none() {
            loop {
                elements = elements.checked_mul(rest.number()?)?;
                if rest.skip(",").is_none() {
                    break;
                }
            }
            rest.skip("]")?;
        }
        rest.skip(",\"data_offsets\":[")?;
        let start = rest.number()?;
        rest.skip(",")?;
        let end = rest.number()?;
        rest.skip("]}")?;
        let goes_on = members.tensor(name, dtype, elements, (start, end), rest.0.len());
        goes_on.then_some(())?;
        if !rest.goes_on()? {
            return rest.end();
        }
        name = rest.name()?;
    }
}

/// What has not been read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn skip(&mut self, expected: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(expected.as_bytes())?;
        Some(())
    }

    /// Nothing but the spaces that align what follows.
    fn end(&self) -> Option<()> {
        self.0.iter().all(|byte| *byte == b' ').then_some(())
    }

    /// After a member: whether there is another one, or the object ends.
    fn goes_on(&mut self) -> Option<bool> {
        if self.skip(",").is_some() {
            return Some(true);
        }
        self.skip("}").map(|()| false)
    }

    /// A string without escapes.
    fn name(&mut self) -> Option<&'a str> {
        self.skip("\"")?;
        let mut len = 0;
        while let Some(eight) = self.0.get(len..)?.first_chunk() {
            let plain = plain_bytes(u64::from_le_bytes(*eight));
            len += plain;
            if plain < size_of_val(eight) {
                break;
            }
        }
        let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
        len += self.0.get(len..)?.iter().position(is_special)?;
        let (name, rest) = self.0.split_at_checked(len)?;
        self.0 = rest.strip_prefix(b"\"")?;
        str::from_utf8(name).ok()
    }

    /// A number without a sign or leading zeros.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        let mut len = 0;
        for byte in self.0.iter().take_while(|byte| byte.is_ascii_digit()) {
            let digit = u64::from(byte - b'0');
            number = number.checked_mul(10)?.checked_add(digit)?;
            len += 1;
        }
        let (digits, rest) = self.0.split_at_checked(len)?;
        if len == 0 || (len > 1 && digits.starts_with(b"0")) {
            return None;
        }
        self.0 = rest;
        Some(number)
    }

    /// A string, with the usual escapes: of Awkward's form every eighth character is one.
    fn text(&mut self) -> Option<String> {
        self.skip("\"")?;
        let (text, len) = unescaped(self.0)?;
        self.0 = self.0.get(len..)?;
        self.skip("\"")?;
        Some(text)
    }

    /// Passes over a string that [`text`](Self::text) could read; answers an empty one.
    fn skip_text(&mut self) -> Option<String> {
        self.skip("\"")?;
        let (text, rest) = self.0.split_at_checked(escaped_len(self.0)?)?;
        // Escapes stand for ASCII, so that the text is UTF-8 if and only if what stands here is.
        str::from_utf8(text).ok()?;
        self.0 = rest;
        self.skip("\"")?;
        Some(String::new())
    }
}

/// How long the text up to the next quote is, if [`unescaped`] could say what it stands for.
fn escaped_len(escaped: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        if let Some(eight) = escaped.get(at..)?.first_chunk() {
            let marks = Marks::of(u64::from_le_bytes(*eight));
            let after_backslash = marks.backslash << 8;
            // Nearly every escape is that of a quote, and then nothing has to be looked at byte by byte.
            if marks.control | (after_backslash & !marks.quote) == 0 {
                let ends = marks.quote & !after_backslash;
                if ends != 0 {
                    return Some(at + ends.trailing_zeros() as usize / 8);
                }
                // What a backslash at the end escapes is looked at together with it.
                at += size_of_val(eight) - usize::from(marks.backslash >> 63 != 0);
                continue;
            }
        }
        at += match *escaped.get(at)? {
            b'"' => return Some(at),
            b'\\' => {
                let meant = *MEANT.get(usize::from(*escaped.get(at + 1)?))?;
                (meant != 0).then_some(2)?
            }
            0..0x20 => return None,
            _ => 1,
        };
    }
}

/// In which of eight bytes something is: their highest bits are set, and no others.
struct Marks {
    quote: u64,
    backslash: u64,
    control: u64,
}

impl Marks {
    /// By sums that carry into the highest bit of a byte and no further, so that every mark counts.
    fn of(eight: u64) -> Self {
        let is_zero = |bytes: u64| !((bytes & !HIGH).wrapping_add(!HIGH) | bytes) & HIGH;
        Self {
            quote: is_zero(eight ^ (ONES * 0x22)),
            backslash: is_zero(eight ^ (ONES * 0x5C)),
            control: !((eight & !HIGH).wrapping_add(ONES * 0x60) | eight) & HIGH,
        }
    }
}

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGH: u64 = ONES << 7;

/// What the text up to the next quote stands for, and how long it is.
fn unescaped(escaped: &[u8]) -> Option<(String, usize)> {
    const STEP: usize = 8;
    let mut text = Vec::new();
    let mut block = [0; 1 << 10];
    let (mut at, mut filled) = (0, 0);
    // Eight bytes are copied at once, and what comes after a special one is written over. Where the next one is
    // cannot be foreseen, so nothing here branches on it.
    while let Some(bytes) = escaped.get(at..)?.first_chunk::<{ STEP + 2 }>() {
        if filled + STEP + 1 > block.len() {
            text.extend_from_slice(block.get(..filled)?);
            filled = 0;
        }
        let eight = bytes.first_chunk::<STEP>()?;
        *block.get_mut(filled..)?.first_chunk_mut()? = *eight;
        let plain = plain_bytes(u64::from_le_bytes(*eight));
        at += plain;
        filled += plain;
        let (byte, next) = (*bytes.get(plain)?, *bytes.get(plain + 1)?);
        let is_escape = byte == b'\\';
        let meant = *MEANT.get(usize::from(next))?;
        *block.get_mut(filled)? = meant;
        at += 2 * usize::from(is_escape);
        filled += usize::from(is_escape);
        if byte == b'"' || byte < 0x20 || (is_escape && meant == 0) {
            if is_escape {
                return None;
            }
            break;
        }
    }
    text.extend_from_slice(block.get(..filled)?);
    loop {
        let byte = *escaped.get(at)?;
        at += 1;
        text.push(match byte {
            b'"' => return Some((String::from_utf8(text).ok()?, at - 1)),
            b'\\' => {
                at += 1;
                let meant = *MEANT.get(usize::from(*escaped.get(at - 1)?))?;
                (meant != 0).then_some(meant)?
            }
            0..0x20 => return None,
            byte => byte,
        });
    }
}

/// What each byte means after a backslash; 0 where it takes more to know, or is wrong.
#[allow(
    clippy::indexing_slicing,
    reason = "done by the compiler, which would not let it pass"
)]
const MEANT: [u8; 256] = {
    let mut meant = [0; 256];
    meant[b'"' as usize] = b'"';
    meant[b'\\' as usize] = b'\\';
    meant[b'/' as usize] = b'/';
    meant[b'b' as usize] = 8;
    meant[b'f' as usize] = 12;
    meant[b'n' as usize] = b'\n';
    meant[b'r' as usize] = b'\r';
    meant[b't' as usize] = b'\t';
    meant
};

/// How many of eight bytes come before the first quote, backslash or control character.
///
/// The usual trick: a byte of `x - 0x01…` borrows into its highest bit where it was zero. A byte after one
/// that borrowed may be marked for nothing, so only the first mark counts.
fn plain_bytes(eight: u64) -> usize {
    let is_zero = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes;
    let quote = is_zero(eight ^ (ONES * 0x22));
    let backslash = is_zero(eight ^ (ONES * 0x5C));
    let control = eight.wrapping_sub(ONES * 0x20) & !eight;
    let marks = (quote | backslash | control) & HIGH;
    marks.trailing_zeros() as usize / 8
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn special_bytes_are_found_wherever_they_are() {
        for at in 0..8_usize {
            for byte in 0..=255_u8 {
                let mut eight = [b'a'; 8];
                *eight.get_mut(at).unwrap() = byte;
                let special = matches!(byte, b'"' | b'\\' | 0..0x20);
                let expected = if special { at } else { 8 };
                assert_eq!(
                    plain_bytes(u64::from_le_bytes(eight)),
                    expected,
                    "{byte} at {at}"
                );
                // The first of two counts.
                *eight.last_mut().unwrap() = b'"';
                let expected = if special { at } else { 7 };
                assert_eq!(
                    plain_bytes(u64::from_le_bytes(eight)),
                    expected,
                    "{byte} at {at}"
                );
            }
        }
    }

    /// What is behind a string that is passed over.
    fn skipped(json: &str) -> Option<&[u8]> {
        let mut rest = Rest(json.as_bytes());
        rest.skip_text()?;
        Some(rest.0)
    }

    #[test]
    fn texts_are_passed_over_if_and_only_if_they_are_read() {
        const PIECES: [&[u8]; 9] = [
            b"\"",
            b"\\",
            b"\\\"",
            b"\\n",
            b"\\u0061",
            b"a",
            b"\n",
            b"\xff",
            b"\xc3\xa4",
        ];
        // All texts of up to four pieces, wherever in a chunk they begin.
        for number in 0..9_usize.pow(4) {
            let pieces = (0..4).map(|place| PIECES.get(number / 9_usize.pow(place) % 9).unwrap());
            let middle: Vec<u8> = pieces.flat_map(|piece| piece.iter().copied()).collect();
            for before in 0..8 {
                let mut json = b"\"".to_vec();
                json.resize(1 + before, b'x');
                json.extend_from_slice(&middle);
                json.extend_from_slice(b"\"behind,\n,");
                let (mut read, mut skipped) = (Rest(&json), Rest(&json));
                let is_text = read.text().is_some();
                assert_eq!(skipped.skip_text().is_some(), is_text, "{json:?}");
                assert!(!is_text || read.0 == skipped.0, "{json:?}");
            }
        }
    }

    #[test]
    fn texts_are_what_serde_makes_of_them() {
        for text in [
            "",
            "a",
            "\"",
            "\\",
            "\\\"",
            "{\"class\": \"ä\"}",
            "eight by",
            "eight byt\"e",
            "\n\t\r\u{8}\u{c}/",
            "日本語のキー\"日本語のキー",
            "ends in\\",
            "\u{7f}",
        ] {
            let json = serde_json::to_string(text).unwrap();
            for after in ["", ",", "aaaaaaaaaaaaaaaa"] {
                let json = format!("{json}{after}");
                let mut rest = Rest(json.as_bytes());
                assert_eq!(rest.text().as_deref(), Some(text));
                assert_eq!(rest.0, after.as_bytes());
                assert_eq!(skipped(&json), Some(after.as_bytes()), "{json}");
            }
        }
        // Around the borders of a block.
        for len in (1_015..1_034).chain(2_040..2_050) {
            for tail in ["", "\"", "\n\n", "ä"] {
                let text = "x".repeat(len) + tail;
                let json = serde_json::to_string(&text).unwrap();
                assert_eq!(Rest(json.as_bytes()).text(), Some(text));
                assert_eq!(skipped(&json), Some(&b""[..]));
                let text = "\\".repeat(len) + tail;
                let json = serde_json::to_string(&text).unwrap();
                assert_eq!(Rest(json.as_bytes()).text(), Some(text));
                assert_eq!(skipped(&json), Some(&b""[..]));
            }
        }
        for other in [
            "\"\\u0061\"",
            "\"\u{1}\"",
            "\"open",
            "\"open eight or more",
            "\"\\",
            "\"\\x\"",
            "",
        ] {
            assert_eq!(Rest(other.as_bytes()).text(), None, "{other}");
            assert_eq!(skipped(other), None, "{other}");
        }
    }

    #[test]
    fn numbers_are_json_s() {
        for (text, number) in [
            ("0,", Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("01", None),
            ("-1", None),
            ("", None),
            ("7.5", Some(7)),
        ] {
            assert_eq!(Rest(text.as_bytes()).number(), number, "{text}");
        }
    }
}
