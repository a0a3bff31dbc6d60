//! Templates with Python's braces, parsed once.

use std::fmt;

use super::KeyParts;
use crate::FormError;

/// Why a template was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TemplateProblem {
    /// A `{` without its `}`.
    Unclosed,
    /// A `}` without its `{`.
    Unopened,
    /// A placeholder that is not one of these.
    UnknownName {
        /// What the braces hold.
        name: String,
        /// What they may hold.
        known: &'static str,
    },
    /// A format other than padding a number with zeros.
    Format {
        /// The placeholder.
        name: &'static str,
        /// What follows the colon.
        format: String,
    },
}

impl fmt::Display for TemplateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unclosed => f.write_str("this \"{\" has no \"}\"; a literal brace is \"{{\""),
            Self::Unopened => f.write_str("this \"}\" has no \"{\"; a literal brace is \"}}\""),
            Self::UnknownName { name, known } => {
                write!(
                    f,
                    "there is no placeholder {{{name}}} here, only {known}; a literal brace is \"{{{{\""
                )
            }
            Self::Format { name, format } => write!(
                f,
                "{{{name}}} cannot be formatted as {format:?}: only numbers can, and only padded with up to \
                 {MAX_WIDTH} digits of zeros, as in \"04d\""
            ),
        }
    }
}

/// The widest zero padding; `u64::MAX` has 20 digits.
const MAX_WIDTH: u8 = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Id,
    Partition,
    FormKey,
    Attribute,
}

impl Name {
    fn text(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Partition => "partition",
            Self::FormKey => "form_key",
            Self::Attribute => "attribute",
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Self::Id | Self::Partition)
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Literal(Box<str>),
    Number { width: u8 },
    FormKey,
    Attribute,
}

/// What one use of a template puts in its places.
pub(super) struct Values<'a> {
    number: u64,
    form_key: &'a str,
    attribute: &'static str,
}

impl Values<'_> {
    pub(super) fn node(id: u64) -> Self {
        Self {
            number: id,
            form_key: "",
            attribute: "",
        }
    }
}

impl<'a> Values<'a> {
    pub(super) fn blob(parts: &KeyParts<'a>) -> Self {
        Self {
            number: parts.partition.unwrap_or_default(),
            form_key: parts.form_key,
            attribute: parts.attribute.name(),
        }
    }
}

#[derive(Debug)]
pub(super) struct Template {
    text: Box<str>,
    pieces: Box<[Piece]>,
    has_number: bool,
    /// Room for all but the form key and the attribute.
    fixed_len: usize,
}

impl Template {
    fn new(text: &str, pieces: Vec<Piece>) -> Self {
        let fixed_len = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal(literal) => literal.len(),
                Piece::Number { width } => usize::from(*width).max(4),
                Piece::FormKey | Piece::Attribute => 0,
            })
            .sum();
        Self {
            text: text.into(),
            has_number: pieces
                .iter()
                .any(|piece| matches!(piece, Piece::Number { .. })),
            pieces: pieces.into(),
            fixed_len,
        }
    }

    pub(super) fn nodes() -> Self {
        let pieces = vec![Piece::Literal("node".into()), Piece::Number { width: 0 }];
        Self::new("node{id}", pieces)
    }

    pub(super) fn array() -> Self {
        let pieces = vec![Piece::FormKey, Piece::Literal("-".into()), Piece::Attribute];
        Self::new("{form_key}-{attribute}", pieces)
    }

    pub(super) fn partitioned() -> Self {
        let pieces = vec![
            Piece::Literal("part".into()),
            Piece::Number { width: 0 },
            Piece::Literal("-".into()),
            Piece::FormKey,
            Piece::Literal("-".into()),
            Piece::Attribute,
        ];
        Self::new("part{partition}-{form_key}-{attribute}", pieces)
    }

    /// Reads a template in which the placeholders `known` may stand, at most one of them a number.
    pub(super) fn parse(text: &str, known: &[Name]) -> Result<Self, FormError> {
        let refuse = |position: usize, problem| FormError::Template {
            template: text.to_owned(),
            position,
            problem,
        };
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let position = text.len() - rest.len() + at;
            let (before, from_brace) = rest.split_at(at);
            literal.push_str(before);
            if let Some(after) = from_brace.strip_prefix("{{") {
                literal.push('{');
                rest = after;
            } else if let Some(after) = from_brace.strip_prefix("}}") {
                literal.push('}');
                rest = after;
            } else if let Some(inside) = from_brace.strip_prefix('{') {
                let (inside, after) = inside
                    .split_once('}')
                    .ok_or_else(|| refuse(position, TemplateProblem::Unclosed))?;
                if inside.contains('{') {
                    return Err(refuse(position, TemplateProblem::Unclosed));
                }
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal).into()));
                }
                pieces
                    .push(placeholder(inside, known).map_err(|problem| refuse(position, problem))?);
                rest = after;
            } else {
                return Err(refuse(position, TemplateProblem::Unopened));
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal.into()));
        }
        Ok(Self::new(text, pieces))
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn has_partition(&self) -> bool {
        self.has_number
    }

    pub(super) fn capacity(&self, values: &Values<'_>) -> usize {
        self.fixed_len + values.form_key.len() + values.attribute.len()
    }

    #[inline]
    pub(super) fn write(&self, values: &Values<'_>, out: &mut String) {
        // Once for all pieces, so that none of them has to grow the text.
        out.reserve(self.capacity(values));
        for piece in &*self.pieces {
            match piece {
                Piece::Literal(literal) => out.push_str(literal),
                Piece::Number { width } => push_number(values.number, *width, out),
                Piece::FormKey => out.push_str(values.form_key),
                Piece::Attribute => out.push_str(values.attribute),
            }
        }
    }
}

fn placeholder(inside: &str, known: &[Name]) -> Result<Piece, TemplateProblem> {
    let (name, format) = inside.split_once(':').unwrap_or((inside, ""));
    let name = known
        .iter()
        .copied()
        .find(|candidate| candidate.text() == name)
        .ok_or_else(|| TemplateProblem::UnknownName {
            name: name.to_owned(),
            known: if known.contains(&Name::Id) {
                "{id}"
            } else {
                "{partition}, {form_key} and {attribute}"
            },
        })?;
    let width = parse_width(format, name.is_number()).ok_or_else(|| TemplateProblem::Format {
        name: name.text(),
        format: format.to_owned(),
    })?;
    Ok(match name {
        Name::Id | Name::Partition => Piece::Number { width },
        Name::FormKey => Piece::FormKey,
        Name::Attribute => Piece::Attribute,
    })
}

/// `""`, `"d"`, `"04"`, `"04d"`: the width to pad to.
fn parse_width(format: &str, is_number: bool) -> Option<u8> {
    if format.is_empty() {
        return Some(0);
    }
    if !is_number {
        return None;
    }
    let digits = format.strip_suffix('d').unwrap_or(format);
    if digits.is_empty() {
        return Some(0);
    }
    let width = digits.strip_prefix('0')?;
    if !width.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if width.is_empty() {
        return Some(0);
    }
    width.parse().ok().filter(|width| *width <= MAX_WIDTH)
}

fn push_number(number: u64, width: u8, out: &mut String) {
    let mut room = itoa::Buffer::new();
    let digits = room.format(number);
    for _ in digits.len()..usize::from(width) {
        out.push('0');
    }
    out.push_str(digits);
}
