//! How rows are written as JSON.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gawky::json::ToJson;

/// How numbers are spelled for which JSON has no words.
pub(super) const NAN: &str = "nan";
pub(super) const INFINITY: &str = "inf";
pub(super) const MINUS_INFINITY: &str = "-inf";
/// The names of the parts of complex numbers.
pub(super) const COMPLEX: [&str; 2] = ["real", "imag"];

/// How arrays are written as JSON.
pub(crate) fn to_json() -> ToJson {
    let [real, imaginary] = COMPLEX;
    ToJson::new()
        .nan_string(NAN)
        .posinf_string(INFINITY)
        .neginf_string(MINUS_INFINITY)
        .complex_record_fields(real, imaginary)
        .convert_bytes(|bytes| STANDARD.encode(bytes))
}

/// Makes one list of JSON lines, in which there are no other line breaks.
pub(crate) struct List<'a> {
    out: &'a mut dyn Write,
    /// What stands before the next row.
    before: &'static [u8],
    within: bool,
}

impl<'a> List<'a> {
    pub(crate) fn new(out: &'a mut dyn Write) -> Self {
        Self {
            out,
            before: b"[",
            within: false,
        }
    }

    pub(crate) fn finish(self) -> io::Result<()> {
        match self.before {
            b"[" => self.out.write_all(b"[]\n"),
            _ => self.out.write_all(b"]\n"),
        }
    }
}

impl Write for List<'_> {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            if !self.within {
                self.out.write_all(self.before)?;
                self.before = b",\n";
                self.within = true;
            }
            let row = line.strip_suffix(b"\n");
            self.within = row.is_none();
            self.out.write_all(row.unwrap_or(line))?;
        }
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_a_list_however_they_come() -> io::Result<()> {
        for (writes, expected) in [
            (&[][..], "[]\n"),
            (&["1\n"], "[1]\n"),
            (&["1\n2\n", "3\n"], "[1,\n2,\n3]\n"),
            (&["{\"a\"", ":1}", "\n", "2", "\n"], "[{\"a\":1},\n2]\n"),
        ] {
            let mut text = Vec::new();
            let mut list = List::new(&mut text);
            for write in writes {
                list.write_all(write.as_bytes())?;
            }
            list.finish()?;
            assert_eq!(String::from_utf8_lossy(&text), expected);
        }
        Ok(())
    }
}
