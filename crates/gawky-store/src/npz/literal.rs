//! The Python literal in the header of an array, read as far as NumPy writes it.
//!
//! NumPy hands the text to `ast.literal_eval`; here nothing is evaluated, and what NumPy's own writer cannot
//! have written is refused. See `numpy/lib/_format_impl.py`.

/// What the header says, unchecked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Literal<'a> {
    pub(super) descr: Descr<'a>,
    pub(super) fortran_order: bool,
    pub(super) shape: Vec<u64>,
}

/// The dtype.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Descr<'a> {
    /// `'<f8'`, without the quotes.
    Simple(&'a str),
    /// A list of fields, or a dtype with a shape of its own; unread.
    Structured,
}

/// More axes than this no array has: NumPy's `NPY_MAXDIMS`.
pub(super) const MAX_AXES: usize = 64;

impl<'a> Literal<'a> {
    /// Reads `{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }`: members in any order, spaces where they
    /// may be, a comma after the last or none; and answers what is wrong with anything else.
    pub(super) fn parse(text: &'a str) -> Result<Self, String> {
        let mut scan = Scan { text, at: 0 };
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        scan.expect('{')?;
        while !scan.skip('}') {
            let key = scan.string()?;
            scan.expect(':')?;
            let twice = match key {
                "descr" => match scan.descr()? {
                    // Its inner brackets are not followed, so nothing behind it is read either.
                    Descr::Structured => {
                        return Ok(Self {
                            descr: Descr::Structured,
                            fortran_order: false,
                            shape: Vec::new(),
                        });
                    }
                    simple => descr.replace(simple).is_some(),
                },
                "fortran_order" => fortran_order.replace(scan.boolean()?).is_some(),
                "shape" => shape.replace(scan.shape()?).is_some(),
                other => {
                    return Err(format!(
                        "its header has {other:?}, which NumPy does not know"
                    ));
                }
            };
            if twice {
                return Err(format!("its header has {key:?} twice"));
            }
            if !scan.skip(',') {
                scan.expect('}')?;
                break;
            }
        }
        scan.space();
        if scan.at < text.len() {
            return Err(scan.unexpected("the end"));
        }
        let lacks = |what: &str| format!("its header lacks {what:?}");
        Ok(Self {
            descr: descr.ok_or_else(|| lacks("descr"))?,
            fortran_order: fortran_order.ok_or_else(|| lacks("fortran_order"))?,
            shape: shape.ok_or_else(|| lacks("shape"))?,
        })
    }
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len()
            - rest
                .trim_start_matches([' ', '\t', '\n', '\r', '\x0c'])
                .len();
    }

    /// Takes `token`, with the space before it, if it comes next.
    fn skip(&mut self, token: char) -> bool {
        self.space();
        let comes = self.rest().starts_with(token);
        self.at += if comes { token.len_utf8() } else { 0 };
        comes
    }

    fn expect(&mut self, token: char) -> Result<(), String> {
        if self.skip(token) {
            Ok(())
        } else {
            Err(self.unexpected(&format!("{:?}", token.to_string())))
        }
    }

    fn unexpected(&self, wanted: &str) -> String {
        let found: String = self.rest().chars().take(20).collect();
        match found.as_str() {
            "" => format!("its header ends where {wanted} should be"),
            found => format!(
                "its header has {found:?} at byte {} where {wanted} should be",
                self.at
            ),
        }
    }

    /// A string in either quotes, without escapes, which no dtype and no name of a member needs.
    fn string(&mut self) -> Result<&'a str, String> {
        for quote in ['\'', '"'] {
            if self.skip(quote) {
                let Some((string, _)) = self.rest().split_once(quote) else {
                    return Err("its header has a string without an end".to_owned());
                };
                if string.contains('\\') {
                    return Err(format!("its header has an escape in {string:?}"));
                }
                self.at += string.len() + quote.len_utf8();
                return Ok(string);
            }
        }
        Err(self.unexpected("a string"))
    }

    fn descr(&mut self) -> Result<Descr<'a>, String> {
        if self.skip('[') || self.skip('(') {
            return Ok(Descr::Structured);
        }
        self.string().map(Descr::Simple)
    }

    fn boolean(&mut self) -> Result<bool, String> {
        self.space();
        for (word, value) in [("True", true), ("False", false)] {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.unexpected("True or False"))
    }

    /// A tuple of numbers: `()`, `(3,)`, `(3, 4)`.
    fn shape(&mut self) -> Result<Vec<u64>, String> {
        let mut shape = Vec::new();
        self.expect('(')?;
        while !self.skip(')') {
            if shape.len() == MAX_AXES {
                return Err(format!(
                    "its header has a shape of more than {MAX_AXES} axes"
                ));
            }
            shape.push(self.number()?);
            if !self.skip(',') {
                self.expect(')')?;
                // Python's `(3)` is a number, not a tuple of one.
                if shape.len() == 1 {
                    return Err("its header has a number as the shape, not a tuple".to_owned());
                }
                break;
            }
        }
        Ok(shape)
    }

    fn number(&mut self) -> Result<u64, String> {
        self.space();
        let rest = self.rest();
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let number = match number {
            "" => return Err(self.unexpected("a number of elements")),
            number => number
                .parse()
                .map_err(|_| format!("its header has {number} elements along one axis"))?,
        };
        self.at += digits;
        // Python 2 wrote `3L`.
        self.at += usize::from(after.starts_with('L'));
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn simple<'a>(
        descr: &'a str,
        fortran_order: bool,
        shape: &[u64],
    ) -> Result<Literal<'a>, String> {
        Ok(Literal {
            descr: Descr::Simple(descr),
            fortran_order,
            shape: shape.to_vec(),
        })
    }

    #[test]
    fn what_numpy_writes() {
        for (text, expected) in [
            (
                "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }        \n",
                simple("<f8", false, &[3]),
            ),
            (
                "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }\n",
                simple(">i2", true, &[2, 3]),
            ),
            (
                "{'descr': '|b1', 'fortran_order': False, 'shape': (), }\n",
                simple("|b1", false, &[]),
            ),
            // By Python 2, and by other programs.
            (
                "{'shape': (3L, 4L), 'fortran_order': False, 'descr': '<M8[15us]'}",
                simple("<M8[15us]", false, &[3, 4]),
            ),
            (
                " {\"descr\":\"<i4\",\n\"shape\":(18446744073709551615,),\"fortran_order\":True,}",
                simple("<i4", true, &[u64::MAX]),
            ),
            (
                "{'descr': [('x', '<f8'), ('y', '<i4')], 'fortran_order': False, 'shape': (3,), }",
                Ok(Literal {
                    descr: Descr::Structured,
                    fortran_order: false,
                    shape: vec![],
                }),
            ),
        ] {
            assert_eq!(Literal::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn what_it_does_not_write_says_why() {
        let axes = format!(
            "{{'descr': '<f8', 'fortran_order': False, 'shape': ({}), }}",
            "1, ".repeat(65)
        );
        for (text, why) in [
            ("", "its header ends where \"{\" should be"),
            (
                "[]",
                "its header has \"[]\" at byte 0 where \"{\" should be",
            ),
            ("{", "its header ends where a string should be"),
            ("{}", "its header lacks \"descr\""),
            ("{'descr': '<f8'}", "its header lacks \"fortran_order\""),
            (
                "{'descr': '<f8', 'fortran_order': False}",
                "its header lacks \"shape\"",
            ),
            (
                "{'descr': '<f8', 'descr': '<f8'}",
                "its header has \"descr\" twice",
            ),
            (
                "{'order': 'C'}",
                "its header has \"order\", which NumPy does not know",
            ),
            ("{'descr': '<f8", "its header has a string without an end"),
            (
                "{'descr': '\\x3cf8'}",
                "its header has an escape in \"\\\\x3cf8\"",
            ),
            (
                "{'fortran_order': 0}",
                "its header has \"0}\" at byte 18 where True or False should be",
            ),
            (
                "{'shape': (3)}",
                "its header has a number as the shape, not a tuple",
            ),
            (
                "{'shape': (-1,)}",
                "its header has \"-1,)}\" at byte 11 where a number of elements should be",
            ),
            (
                "{'shape': (18446744073709551616,)}",
                "its header has 18446744073709551616 elements along one axis",
            ),
            (
                "{'shape': [3]}",
                "its header has \"[3]}\" at byte 10 where \"(\" should be",
            ),
            (&axes, "its header has a shape of more than 64 axes"),
            (
                "{'descr': '<f8', 'fortran_order': False, 'shape': (), } + 1",
                "its header has \"+ 1\" at byte 56 where the end should be",
            ),
            (
                "{'shape': (3,) 'descr': '<f8'}",
                "its header has \"'descr': '<f8'}\" at byte 15 where \"}\" should be",
            ),
        ] {
            assert_eq!(Literal::parse(text).unwrap_err(), why, "{text}");
        }
    }
}
