//! How numbers of bytes and rows are shown.

/// How numbers of bytes are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bytes {
    /// In units that leave three or four digits: `1.5 KiB`.
    Rounded,
    /// To the byte.
    Exact,
}

impl Bytes {
    pub(crate) fn shown(self, bytes: u64) -> String {
        const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        if self == Self::Exact || bytes < 1024 {
            return format!("{bytes} B");
        }
        // In tenths, rounded to the nearest.
        let mut unit = 1_u128 << 10;
        for name in UNITS {
            let tenths = (u128::from(bytes) * 10 + unit / 2) / unit;
            if tenths < 10_240 {
                return format!("{}.{} {name}", tenths / 10, tenths % 10);
            }
            unit <<= 10;
        }
        format!("{bytes} B")
    }
}

/// A number of things: `1 row`, `2 rows`.
pub(crate) fn count(number: u64, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_rounded_to_tenths_of_the_unit() {
        for (bytes, expected) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (1_048_524, "1023.9 KiB"),
            (1_048_575, "1.0 MiB"),
            (u64::MAX, "16.0 EiB"),
        ] {
            assert_eq!(Bytes::Rounded.shown(bytes), expected);
        }
        assert_eq!(Bytes::Exact.shown(1536), "1536 B");
    }
}
