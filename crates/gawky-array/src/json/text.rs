//! Strings of JSON.

/// Writes a string with its quotes; bytes that are no UTF-8 become `\udc80` to `\udcff`.
#[inline]
pub(super) fn quoted(out: &mut Vec<u8>, bytes: &[u8]) {
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    match is_plain(bytes) {
        true => out.extend_from_slice(bytes),
        false => odd(out, bytes),
    }
    out.push(b'"');
}

/// What is not plain ASCII, or has to be escaped.
#[inline(never)]
fn odd(out: &mut Vec<u8>, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        escaped(out, chunk.valid().as_bytes());
        for byte in chunk.invalid() {
            out.extend_from_slice(b"\\udc");
            hex(out, *byte);
        }
    }
}

/// Whether all bytes are written as they are, and are ASCII, so that they need not be proved to be UTF-8.
fn is_plain(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    match bytes.last_chunk::<8>() {
        // The last word may have some bytes of the one before in it.
        Some(last) => words.iter().chain([last]).all(|word| is_plain_word(*word)),
        None => rest
            .iter()
            .all(|byte| byte.is_ascii() && !needs_escape(*byte)),
    }
}

/// The same of eight bytes at once, by what the highest bit of each comes to.
fn is_plain_word(word: [u8; 8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHEST: u64 = 0x80 * ONES;
    let word = u64::from_ne_bytes(word);
    let below = |least: u64| word.wrapping_sub(least * ONES);
    let is = |byte: u8| (word ^ (u64::from(byte) * ONES)).wrapping_sub(ONES);
    (word | below(0x20) | is(b'"') | is(b'\\')) & HIGHEST == 0
}

fn escaped(out: &mut Vec<u8>, text: &[u8]) {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| needs_escape(*byte)) {
        let (plain, odd) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((byte, after)) = odd.split_first() else {
            return;
        };
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            byte => {
                out.extend_from_slice(b"\\u00");
                hex(out, *byte);
            }
        }
        rest = after;
    }
    out.extend_from_slice(rest);
}

fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn hex(out: &mut Vec<u8>, byte: u8) {
    for digit in [byte >> 4, byte & 15] {
        out.push(match digit {
            0..10 => b'0' + digit,
            _ => b'a' + (digit - 10),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = b"before ".to_vec();
        write(&mut out);
        String::from_utf8_lossy(&out)
            .strip_prefix("before ")
            .map(str::to_owned)
            .unwrap_or_default()
    }

    #[test]
    fn what_has_to_be_escaped_is_found_wherever_it_is() {
        let odd: [(&[u8], &str); 12] = [
            (b"\"", "\\\""),
            (b"\\", "\\\\"),
            (b"\n", "\\n"),
            (b"\r", "\\r"),
            (b"\t", "\\t"),
            (b"\0", "\\u0000"),
            (b"\x1f", "\\u001f"),
            (b"\x80", "\\udc80"),
            (b"\xff", "\\udcff"),
            ("é".as_bytes(), "é"),
            ("\u{1f980}".as_bytes(), "\u{1f980}"),
            (b" !#[]\x7f", " !#[]\x7f"),
        ];
        for (bytes, spelling) in odd {
            for before in 0..20 {
                for behind in 0..20 {
                    let (left, right) = ("a".repeat(before), "z".repeat(behind));
                    let text = [left.as_bytes(), bytes, right.as_bytes()].concat();
                    assert_eq!(
                        written(|out| quoted(out, &text)),
                        format!("\"{left}{spelling}{right}\"")
                    );
                }
            }
        }
    }
}
