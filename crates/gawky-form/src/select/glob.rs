//! Wildcards by the rules of Python's `fnmatch.fnmatchcase`.

use std::str::Chars;

/// A pattern of one name.
#[derive(Debug)]
pub(crate) struct Glob(Vec<Token>);

#[derive(Debug)]
enum Token {
    /// This character.
    Exactly(char),
    /// Any character: `?`.
    Any,
    /// Any characters, or none: `*`.
    Star,
    /// A character in (or not in) these ranges: `[a-c]`, `[!a-c]`.
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Token {
    fn matches(&self, c: char) -> bool {
        match self {
            Self::Exactly(exactly) => *exactly == c,
            Self::Any => true,
            Self::Star => false,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *negated
            }
        }
    }
}

impl Glob {
    /// The pattern of this name alone, whatever characters are in it.
    pub(super) fn literal(name: &str) -> Self {
        Self(name.chars().map(Token::Exactly).collect())
    }

    pub(super) fn new(pattern: &str) -> Self {
        let mut tokens = Vec::new();
        let mut rest = pattern;
        while let Some(c) = rest.chars().next() {
            let after = rest.get(c.len_utf8()..).unwrap_or_default();
            rest = after;
            match c {
                // Two stars are one.
                '*' if matches!(tokens.last(), Some(Token::Star)) => {}
                '*' => tokens.push(Token::Star),
                '?' => tokens.push(Token::Any),
                '[' => match class(after) {
                    Some((token, after)) => {
                        tokens.push(token);
                        rest = after;
                    }
                    None => tokens.push(Token::Exactly('[')),
                },
                other => tokens.push(Token::Exactly(other)),
            }
        }
        Self(tokens)
    }

    /// Whether it is `*`, which matches every name.
    pub(super) fn is_star(&self) -> bool {
        matches!(*self.0, [Token::Star])
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        let mut token = 0;
        let mut rest = name.chars();
        // Where to go on when what follows the last star does not match: one character later.
        let mut star: Option<(usize, Chars<'_>)> = None;
        loop {
            let mut after_one = rest.clone();
            match (self.0.get(token), after_one.next()) {
                (Some(Token::Star), _) => {
                    token += 1;
                    star = Some((token, rest.clone()));
                }
                (Some(one), Some(c)) if one.matches(c) => {
                    token += 1;
                    rest = after_one;
                }
                (None, None) => return true,
                _ => {
                    let Some((after, from)) = &mut star else {
                        return false;
                    };
                    if from.next().is_none() {
                        return false;
                    }
                    token = *after;
                    rest = from.clone();
                }
            }
        }
    }
}

/// A class, whose `[` has been read, and what follows its `]`; `None` without a `]`.
fn class(text: &str) -> Option<(Token, &str)> {
    let (negated, body) = match text.strip_prefix('!') {
        Some(body) => (true, body),
        None => (false, text),
    };
    // A "]" that comes first is a member.
    let from = usize::from(body.starts_with(']'));
    let end = body.get(from..)?.find(']')? + from;
    let members: Vec<char> = body.get(..end)?.chars().collect();
    let mut ranges = Vec::new();
    let mut rest = members.as_slice();
    loop {
        match rest {
            [from, '-', to, after @ ..] => {
                // A range that runs backwards is empty.
                ranges.push((*from, *to));
                rest = after;
            }
            [one, after @ ..] => {
                ranges.push((*one, *one));
                rest = after;
            }
            [] => break,
        }
    }
    Some((Token::Class { negated, ranges }, body.get(end + 1..)?))
}
