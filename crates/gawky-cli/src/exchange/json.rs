//! How rows are written as JSON.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gawky::json::{Layout, ToJson, Writer};

/// How numbers are spelled for which JSON has no words.
pub(super) const NAN: &str = "nan";
pub(super) const INFINITY: &str = "inf";
pub(super) const MINUS_INFINITY: &str = "-inf";
/// The names of the parts of complex numbers.
pub(super) const COMPLEX: [&str; 2] = ["real", "imag"];

/// Writes arrays as JSON.
pub(crate) fn json_writer<W: Write>(out: W, layout: Layout) -> Writer<W> {
    let [real, imaginary] = COMPLEX;
    let options = ToJson::new()
        .nan_string(NAN)
        .posinf_string(INFINITY)
        .neginf_string(MINUS_INFINITY)
        .complex_record_fields(real, imaginary)
        .convert_bytes(|bytes| STANDARD.encode(bytes));
    Writer::with_options(out, layout, &options)
}
