//! The words, numbers, strings and JSON that datashape is made of.

use indexmap::IndexMap;
use serde_json::{Map, Number, Value};

use super::{DatashapeProblem, Read};
use crate::{FormError, MAX_PARAMETER_DEPTH, Parameters};
use gawky_buffer::DType;

/// A place in a text; white space is skipped before each look.
pub(super) struct Scanner<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, position: 0 }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        let spaceless = self
            .rest()
            .trim_start_matches([' ', '\t', '\x0c', '\r', '\n']);
        self.position = self.text.len() - spaceless.len();
    }

    /// The place where the next word or sign starts.
    pub(super) fn mark(&mut self) -> usize {
        self.skip_space();
        self.position
    }

    /// Goes back to a place.
    pub(super) fn reset(&mut self, mark: usize) {
        self.position = mark;
    }

    /// `categorical[type=`
    pub(super) fn categorical(&mut self) -> Read<()> {
        self.word();
        self.need(b'[', "\"[type=\"")?;
        if self.word() != Some("type") {
            return Err(self.expected("\"type=\""));
        }
        self.need(b'=', "\"=\"")
    }

    pub(super) fn peek(&mut self) -> Option<u8> {
        self.skip_space();
        self.rest().bytes().next()
    }

    /// Goes past `sign`, if it is next.
    pub(super) fn eat(&mut self, sign: u8) -> bool {
        let is_next = self.peek() == Some(sign);
        self.position += usize::from(is_next);
        is_next
    }

    pub(super) fn need(&mut self, sign: u8, expected: &'static str) -> Read<()> {
        if self.eat(sign) {
            Ok(())
        } else {
            Err(self.expected(expected))
        }
    }

    pub(super) fn end(&mut self) -> Read<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.expected("the end")),
        }
    }

    pub(super) fn error_at(&self, position: usize, problem: DatashapeProblem) -> FormError {
        FormError::Datashape { position, problem }
    }

    pub(super) fn error(&mut self, problem: DatashapeProblem) -> FormError {
        let position = self.mark();
        self.error_at(position, problem)
    }

    pub(super) fn expected(&mut self, expected: &'static str) -> FormError {
        self.skip_space();
        let rest = self.rest();
        let found = match rest.char_indices().nth(20) {
            _ if rest.is_empty() => "the end".to_owned(),
            Some((end, _)) => format!("{:?}…", rest.get(..end).unwrap_or_default()),
            None => format!("{rest:?}"),
        };
        self.error(DatashapeProblem::Expected { expected, found })
    }

    /// Goes past as many bytes as `test` holds for.
    fn take_while(&mut self, test: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.bytes().position(|byte| !test(byte));
        let taken = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        self.position += taken.len();
        taken
    }

    /// The next word, if one is next.
    pub(super) fn word(&mut self) -> Option<&'a str> {
        match self.peek() {
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
                Some(self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
            }
            _ => None,
        }
    }

    /// A whole number.
    pub(super) fn size(&mut self, expected: &'static str) -> Read<u64> {
        let start = self.mark();
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        if digits.is_empty() {
            return Err(self.expected(expected));
        }
        digits
            .parse()
            .map_err(|_| self.error_at(start, DatashapeProblem::Number(digits.to_owned())))
    }

    /// The text of a date's dtype, which starts at `start`, with its tick if that follows.
    pub(super) fn with_tick(&mut self, start: usize) -> &'a str {
        let from_start = self.text.get(start..).unwrap_or_default();
        let bare_end = from_start
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(from_start.len());
        let bare = from_start.get(..bare_end).unwrap_or_default();
        let with_tick = from_start
            .find(']')
            .and_then(|end| from_start.get(..=end))
            .filter(|text| {
                text.get(bare_end..)
                    .is_some_and(|tick| tick.starts_with('['))
            })
            .filter(|text| DType::from_primitive(text).is_ok());
        let primitive = with_tick.unwrap_or(bare);
        self.position = start + primitive.len();
        primitive
    }

    /// The name of a field and its colon, if they are next; nothing is passed if not.
    pub(super) fn key(&mut self) -> Read<Option<String>> {
        let start = self.mark();
        let name = if self.peek() == Some(b'"') {
            Some(self.string()?)
        } else {
            self.word().map(str::to_owned)
        };
        if name.is_some() && self.eat(b':') {
            return Ok(name);
        }
        self.position = start;
        Ok(None)
    }

    /// Whether `parameters=` is next.
    pub(super) fn at_parameters(&mut self) -> bool {
        let start = self.mark();
        let is_next = self.word() == Some("parameters") && self.peek() == Some(b'=');
        self.position = start;
        is_next
    }

    /// `parameters={…}`
    pub(super) fn parameters(&mut self) -> Read<Parameters> {
        if !self.at_parameters() {
            return Err(self.expected("\"parameters=\""));
        }
        self.word();
        self.need(b'=', "\"=\"")?;
        if self.peek() != Some(b'{') {
            return Err(self.expected("\"{\""));
        }
        match self.json(0)? {
            Value::Object(members) => Ok(Parameters::from_map(members.into_iter().collect())),
            _ => Err(self.expected("\"{\"")),
        }
    }

    /// `, parameters={…}]` or `]`
    pub(super) fn trailing_parameters(&mut self) -> Read<Parameters> {
        let parameters = if self.eat(b',') {
            self.parameters()?
        } else {
            Parameters::none()
        };
        self.need(b']', "\",\" and parameters, or \"]\"")?;
        Ok(parameters)
    }

    /// `[parameters={…}]` or nothing.
    pub(super) fn bracketed_parameters(&mut self) -> Read<Parameters> {
        if !self.eat(b'[') {
            return Ok(Parameters::none());
        }
        let parameters = self.parameters()?;
        self.need(b']', "\"]\"")?;
        Ok(parameters)
    }

    /// `[unit="us", parameters={…}]`, one of both, or nothing.
    pub(super) fn bracketed_unit_and_parameters(&mut self) -> Read<Parameters> {
        if !self.eat(b'[') {
            return Ok(Parameters::none());
        }
        let start = self.mark();
        if self.word() == Some("unit") {
            self.need(b'=', "\"=\"")?;
            let unit = self.string()?;
            let mut parameters = Parameters::from_iter([("__unit__", unit)]);
            parameters.update(&self.trailing_parameters()?);
            return Ok(parameters);
        }
        self.position = start;
        let parameters = self.parameters()?;
        self.need(b']', "\"]\"")?;
        Ok(parameters)
    }

    /// A string in double quotes, with JSON's escapes.
    fn string(&mut self) -> Read<String> {
        let start = self.mark();
        if self.peek() != Some(b'"') {
            return Err(self.expected("a string"));
        }
        let mut escaped = false;
        let end = self.rest().bytes().skip(1).position(|byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        });
        let Some(end) = end else {
            let unclosed = "its closing quote is missing".to_owned();
            return Err(self.error_at(start, DatashapeProblem::BadString(unclosed)));
        };
        // Both quotes too.
        let literal = self.rest().get(..end + 2).unwrap_or_default();
        self.position += literal.len();
        serde_json::from_str(literal)
            .map_err(|error| self.error_at(start, DatashapeProblem::BadString(error.to_string())))
    }

    /// Any JSON; of members that come twice the last counts, as in Python.
    fn json(&mut self, depth: usize) -> Read<Value> {
        match self.peek() {
            Some(b'{' | b'[') if depth >= MAX_PARAMETER_DEPTH => {
                Err(self.error(DatashapeProblem::ParametersTooDeep(MAX_PARAMETER_DEPTH)))
            }
            Some(b'{') => self.json_object(depth),
            Some(b'[') => self.json_array(depth),
            Some(b'"') => self.string().map(Value::String),
            Some(b'+' | b'-' | b'.' | b'0'..=b'9') => self.json_number(),
            _ => match self.word() {
                Some("true") => Ok(Value::Bool(true)),
                Some("false") => Ok(Value::Bool(false)),
                Some("null") => Ok(Value::Null),
                _ => Err(self.expected("a JSON value")),
            },
        }
    }

    fn json_object(&mut self, depth: usize) -> Read<Value> {
        self.need(b'{', "\"{\"")?;
        let mut members = Map::new();
        if self.eat(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            let name = self.string()?;
            self.need(b':', "\":\"")?;
            let value = self.json(depth + 1)?;
            members.insert(name, value);
            if !self.eat(b',') {
                self.need(b'}', "\",\" or \"}\"")?;
                return Ok(Value::Object(members));
            }
        }
    }

    fn json_array(&mut self, depth: usize) -> Read<Value> {
        self.need(b'[', "\"[\"")?;
        let mut values = Vec::new();
        if self.eat(b']') {
            return Ok(Value::Array(values));
        }
        loop {
            values.push(self.json(depth + 1)?);
            if !self.eat(b',') {
                self.need(b']', "\",\" or \"]\"")?;
                return Ok(Value::Array(values));
            }
        }
    }

    /// A number, with a sign or without, with digits before or after its point.
    fn json_number(&mut self) -> Read<Value> {
        let start = self.mark();
        let digits = |byte: u8| byte.is_ascii_digit();
        let sign = |scanner: &mut Self| {
            if matches!(scanner.rest().bytes().next(), Some(b'+' | b'-')) {
                scanner.position += 1;
            }
        };
        sign(self);
        self.take_while(digits);
        if self.rest().starts_with('.') {
            self.position += 1;
            self.take_while(digits);
        }
        if self.rest().starts_with(['e', 'E']) {
            self.position += 1;
            sign(self);
            self.take_while(digits);
        }
        let text = self.text.get(start..self.position).unwrap_or_default();
        let whole = text.strip_prefix('+').unwrap_or(text);
        if let Ok(value) = whole.parse::<i64>() {
            return Ok(value.into());
        }
        if let Ok(value) = whole.parse::<u64>() {
            return Ok(value.into());
        }
        match text.parse::<f64>() {
            Ok(value) => Number::from_f64(value)
                .map(Value::Number)
                .ok_or_else(|| self.error_at(start, DatashapeProblem::Number(text.to_owned()))),
            Err(_) => {
                self.position = start;
                Err(self.expected("a number"))
            }
        }
    }
}

impl Parameters {
    /// Sets all of `other`'s, nulls too.
    pub(crate) fn update(&mut self, other: &Self) {
        let both = self.iter().chain(other.iter());
        let merged: IndexMap<_, _> = both
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect();
        *self = Self::from_map(merged);
    }
}
