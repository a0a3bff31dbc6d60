//! `gawky cat`.

use std::io::{self, Write};
use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gawky::json::ToJson;

use crate::arguments::{Cat, Format};
use crate::fault::Outcome;
use crate::source::{Source, Verify, check_options};

/// About how many bytes are read at once. Rows become JSON one after the other.
const BATCH: u64 = 32 << 20;

pub(crate) fn run(cat: &Cat, out: &mut dyn Write) -> Outcome {
    check_options(&cat.place.options, &[&cat.place.place])?;
    let verify = match cat.verify {
        true => Verify::All,
        false => Verify::No,
    };
    let source = Source::opened(&cat.place, verify)?;
    let array = source.narrowed(&cat.select, Some(&cat.rows))?;
    let json = ToJson::new()
        .nan_string("nan")
        .posinf_string("inf")
        .neginf_string("-inf")
        .complex_record_fields("real", "imag")
        .convert_bytes(|bytes| STANDARD.encode(bytes));
    match cat.format {
        Format::Jsonl => {
            for batch in array.batches_within(BATCH) {
                json.write_lines(&batch?, &mut *out)?;
            }
        }
        Format::Json => {
            let mut list = List::new(out);
            for batch in array.batches_within(BATCH) {
                json.write_lines(&batch?, &mut list)?;
            }
            list.finish()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes one list of JSON lines, in which there are no other line breaks.
struct List<'a> {
    out: &'a mut dyn Write,
    /// What stands before the next row.
    before: &'static [u8],
    within: bool,
}

impl<'a> List<'a> {
    fn new(out: &'a mut dyn Write) -> Self {
        Self {
            out,
            before: b"[",
            within: false,
        }
    }

    fn finish(self) -> io::Result<()> {
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
