//! Which state a file is in.

use std::fs::Metadata;
use std::time::UNIX_EPOCH;

use gawky_buffer::Version;

/// The state of a file: when it was written, its size, and which file it is.
///
/// What is written here is a new file, so its number (on Unix) differs from that of the file whose name it takes; and as
/// the number may be that of an earlier one, it has a time of its own as well, to the nanosecond where the
/// file system keeps it: two writings between two ticks of the kernel's clock are two versions. A foreign program that rewrites a file in place within one tick of the kernel's clock
/// (milliseconds), with as many bytes, goes unnoticed.
pub(crate) fn version_of(metadata: &Metadata) -> Version {
    let written = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |since| since.as_nanos());
    #[cfg(unix)]
    let file = std::os::unix::fs::MetadataExt::ino(metadata);
    #[cfg(not(unix))]
    let file = 0_u64;
    // Every answer carries it, so it is spelled in the 24 characters or fewer that a key takes without allocating.
    let mut token = String::with_capacity(24);
    digits(&mut token, u64::try_from(written).unwrap_or(u64::MAX));
    token.push('.');
    digits(&mut token, metadata.len());
    token.push('.');
    digits(&mut token, file);
    Version::new(token)
}

/// Writes a number to base 64, the last digit first.
fn digits(token: &mut String, mut number: u64) {
    const DIGITS: [u8; 64] = *b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
    loop {
        let (rest, digit) = (number / 64, number % 64);
        let digit = usize::try_from(digit).ok().and_then(|at| DIGITS.get(at));
        token.extend(digit.copied().map(char::from));
        number = rest;
        if number == 0 {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelled_apart() {
        let spelled = |number| {
            let mut token = String::new();
            digits(&mut token, number);
            token
        };
        for (number, expected) in [
            (0, "0"),
            (63, "_"),
            (64, "01"),
            (64 * 64 + 10, "A01"),
            (u64::MAX, "__________F"),
        ] {
            assert_eq!(spelled(number), expected);
        }
    }
}
