//! The walk through a text that adds its values to a column.

use gawky_buffer::Scalar;
use gawky_form::MAX_DEPTH;
use jiter::{Jiter, JiterError, JiterErrorType, JsonErrorType, NumberAny, NumberInt, Peek};

use super::path::{Step, path_of};
use super::{FromJson, JsonFault};
use crate::build::{Column, Decimal, Records, Unfit};
use crate::rows::{Maps, RowsError, RowsProblem};

/// Why a walk ends.
#[derive(Debug)]
pub(super) struct Stop {
    /// Where in the text.
    pub(super) index: usize,
    pub(super) fault: JsonFault,
    /// Where in the row, the innermost first.
    steps: Vec<Step>,
}

type Walked<T> = Result<T, Box<Stop>>;

impl Stop {
    #[cold]
    fn at(index: usize, fault: impl Into<JsonFault>) -> Box<Self> {
        Box::new(Self {
            index,
            fault: fault.into(),
            steps: Vec::new(),
        })
    }

    #[cold]
    fn unfit(json: &Jiter<'_>, unfit: Unfit) -> Box<Self> {
        let error = RowsError::from(unfit);
        Self::at(json.current_index(), error.problem().clone())
    }

    #[cold]
    fn below(mut self: Box<Self>, step: Step) -> Box<Self> {
        self.steps.push(step);
        self
    }

    /// Where in the row: `muons[2].pt`.
    pub(super) fn path(&self) -> String {
        path_of(&self.steps)
    }

    /// Whether the text itself is faulty, so that it cannot be told where the value ends.
    pub(super) fn is_malformed(&self) -> bool {
        matches!(
            self.fault,
            JsonFault::Syntax(_)
                | JsonFault::Truncated
                | JsonFault::Trailing
                | JsonFault::Utf8
                | JsonFault::Surrogate
        )
    }
}

impl From<JiterError> for Box<Stop> {
    #[cold]
    fn from(error: JiterError) -> Self {
        let fault = match error.error_type {
            JiterErrorType::JsonError(
                JsonErrorType::EofWhileParsingList
                | JsonErrorType::EofWhileParsingObject
                | JsonErrorType::EofWhileParsingString
                | JsonErrorType::EofWhileParsingValue,
            ) => JsonFault::Truncated,
            JiterErrorType::JsonError(JsonErrorType::InvalidUnicodeCodePoint) => JsonFault::Utf8,
            JiterErrorType::JsonError(
                JsonErrorType::LoneLeadingSurrogateInHexEscape
                | JsonErrorType::UnexpectedEndOfHexEscape,
            ) => JsonFault::Surrogate,
            JiterErrorType::JsonError(JsonErrorType::TrailingCharacters) => JsonFault::Trailing,
            JiterErrorType::JsonError(JsonErrorType::RecursionLimitExceeded) => {
                RowsProblem::TooDeep.into()
            }
            other => JsonFault::Syntax(other.to_string()),
        };
        Stop::at(error.index, fault)
    }
}

/// Adds the value that comes next as a row.
pub(super) fn value(
    options: &FromJson,
    json: &mut Jiter<'_>,
    peek: Peek,
    column: &mut Column,
) -> Walked<()> {
    Walk { options }.value(json, peek, column, 0)
}

#[derive(Clone, Copy)]
struct Walk<'o> {
    options: &'o FromJson,
}

impl Walk<'_> {
    fn value(
        self,
        json: &mut Jiter<'_>,
        peek: Peek,
        column: &mut Column,
        depth: usize,
    ) -> Walked<()> {
        match peek {
            // Of all else the kind tells which content of a union takes it.
            Peek::Array | Peek::Object if column.is_ambiguous() => {
                self.one_of(json, peek, column, depth)
            }
            _ => self.of_kind(json, peek, column, depth),
        }
    }

    /// A value of the content that takes its kind, if there are several.
    fn of_kind(
        self,
        json: &mut Jiter<'_>,
        peek: Peek,
        column: &mut Column,
        depth: usize,
    ) -> Walked<()> {
        match peek {
            Peek::Null => {
                json.known_null()?;
                column.null().map_err(|unfit| Stop::unfit(json, unfit))
            }
            Peek::True | Peek::False => {
                let value = json.known_bool(peek)?;
                column.bool(value).map_err(|unfit| Stop::unfit(json, unfit))
            }
            Peek::String => self.string(json, column),
            Peek::Array => self.list(json, column, deeper(json, depth)?),
            Peek::Object => self.object(json, column, deeper(json, depth)?),
            _ => number(json, peek, column),
        }
    }

    /// A value of the content that takes its kind, or else of the first that takes it at all, as [`Column::add`] does it.
    #[cold]
    fn one_of(
        self,
        json: &mut Jiter<'_>,
        peek: Peek,
        column: &mut Column,
        depth: usize,
    ) -> Walked<()> {
        let (rows, before) = (column.len(), json.clone());
        match self.of_kind(json, peek, column, depth) {
            Err(stop) if !stop.is_malformed() => column.truncate(rows),
            read => return read,
        }
        let mut reasons = Vec::new();
        for content in 0..column.choices() {
            *json = before.clone();
            let chosen = column
                .choose(content)
                .map_err(|unfit| Stop::unfit(json, unfit))?;
            match self.value(json, peek, chosen, deeper(&before, depth)?) {
                Ok(()) => return Ok(()),
                Err(stop) if stop.is_malformed() => return Err(stop),
                Err(stop) => {
                    column.truncate(rows);
                    reasons.push(stop);
                }
            }
        }
        let told = |stop: &Stop| match stop.path() {
            path if path.is_empty() => stop.fault.to_string(),
            path => format!("{path}: {}", stop.fault),
        };
        let reasons = reasons.iter().map(|stop| told(stop)).collect();
        Err(Stop::at(
            json.current_index(),
            RowsProblem::NoContent { reasons },
        ))
    }

    fn string(self, json: &mut Jiter<'_>, column: &mut Column) -> Walked<()> {
        let start = json.current_index();
        let text = json.known_str()?;
        if let Some(value) = self.options.not_finite(text)
            && column.native(value).is_ok()
        {
            return Ok(());
        }
        let added = match &self.options.convert_strings {
            Some(convert) if column.wants_bytes(text) => {
                let bytes = convert(text).ok_or_else(|| Stop::at(start, JsonFault::Bytes))?;
                column.bytes(&bytes)
            }
            _ => column.text(text),
        };
        added.map_err(|unfit| Stop::unfit(json, unfit))
    }

    fn list(self, json: &mut Jiter<'_>, column: &mut Column, depth: usize) -> Walked<()> {
        let mut sequence = column.list().map_err(|unfit| Stop::unfit(json, unfit))?;
        let mut next = json.known_array()?;
        let mut position = 0;
        while let Some(peek) = next {
            let content = sequence.next().map_err(|unfit| Stop::unfit(json, unfit))?;
            self.value(json, peek, content, depth)
                .map_err(|stop| stop.below(Step::Position(position)))?;
            position += 1;
            next = json.array_step()?;
        }
        sequence.end().map_err(|unfit| Stop::unfit(json, unfit))
    }

    fn object(self, json: &mut Jiter<'_>, column: &mut Column, depth: usize) -> Walked<()> {
        if self.options.maps != Maps::Records && !column.is_declared() {
            return self.pairs(json, column, depth);
        }
        if !column.has_records() && column.is_declared() {
            match (&self.options.complex_record_fields, column.tuple_size()) {
                (Some(names), _) if column.is_complex() => {
                    return self.complex(json, column, names);
                }
                (_, Some(fields)) => return self.tuple(json, column, fields, depth),
                _ if column.wants_pairs() == Some(true) && !column.is_complex() => {
                    return self.pairs(json, column, depth);
                }
                _ => {}
            }
        }
        let records = column.record().map_err(|unfit| Stop::unfit(json, unfit))?;
        self.record(json, records, depth)
    }

    fn record(self, json: &mut Jiter<'_>, records: &mut Records, depth: usize) -> Walked<()> {
        let mut key = json.known_object()?;
        while let Some(name) = key {
            if self.options.skip_unknown && !records.has(name) {
                json.next_skip()?;
            } else {
                let field = match records.field(name) {
                    Ok(field) => field,
                    Err(Unfit::FieldTwice) => {
                        let key = name.to_owned();
                        return Err(Stop::at(
                            json.current_index(),
                            RowsProblem::KeyTwice { key },
                        ));
                    }
                    Err(unfit) => return Err(Stop::unfit(json, unfit)),
                };
                let peek = json.peek()?;
                if let Err(stop) = self.value(json, peek, field, depth) {
                    return Err(stop.below(Step::Field(records.last_name().to_owned())));
                }
            }
            key = json.next_key()?;
        }
        records.end().map_err(|unfit| Stop::unfit(json, unfit))
    }

    /// An object as a list of pairs of name and value.
    fn pairs(self, json: &mut Jiter<'_>, column: &mut Column, depth: usize) -> Walked<()> {
        let depth = deeper(json, depth)?;
        let mut sequence = column.list().map_err(|unfit| Stop::unfit(json, unfit))?;
        let mut key = json.known_object()?;
        while let Some(name) = key {
            let begun = sequence.next().and_then(|content| {
                let mut pair = content.pair(self.options.maps.pairs())?;
                pair.next()?.text(name)
            });
            begun.map_err(|unfit| Stop::unfit(json, unfit))?;
            let peek = json.peek()?;
            let mut pair = sequence
                .next()
                .and_then(|content| content.last_sequence().ok_or(Unfit::TooManyKinds))
                .map_err(|unfit| Stop::unfit(json, unfit))?;
            let value = pair.next().map_err(|unfit| Stop::unfit(json, unfit))?;
            if let Err(stop) = self.value(json, peek, value, depth) {
                let name = pair.slot_text(0).unwrap_or_default().to_owned();
                return Err(stop.below(Step::Field(name)));
            }
            pair.end().map_err(|unfit| Stop::unfit(json, unfit))?;
            key = json.next_key()?;
        }
        sequence.end().map_err(|unfit| Stop::unfit(json, unfit))
    }

    /// An object whose names are `"0"`, `"1"`, … as the tuple that is declared.
    fn tuple(
        self,
        json: &mut Jiter<'_>,
        column: &mut Column,
        fields: usize,
        depth: usize,
    ) -> Walked<()> {
        let mut sequence = column
            .tuple(fields)
            .map_err(|unfit| Stop::unfit(json, unfit))?;
        let mut key = json.known_object()?;
        while let Some(name) = key {
            let slot = slot_of(name);
            let Some((slot, content)) = slot.and_then(|slot| Some((slot, sequence.slot(slot)?)))
            else {
                let key = name.to_owned();
                let problem = match slot.is_some_and(|slot| slot < fields) {
                    true => RowsProblem::KeyTwice { key },
                    false => RowsProblem::Told(format!(
                        "a tuple of {fields} is declared here, which has no field {key:?}"
                    )),
                };
                return Err(Stop::at(json.current_index(), problem));
            };
            let peek = json.peek()?;
            self.value(json, peek, content, depth)
                .map_err(|stop| stop.below(Step::Field(slot.to_string())))?;
            key = json.next_key()?;
        }
        sequence.end().map_err(|unfit| Stop::unfit(json, unfit))
    }

    /// An object as the complex number that is declared; what else is in it is passed over.
    fn complex(self, json: &mut Jiter<'_>, column: &mut Column, names: &[String; 2]) -> Walked<()> {
        let start = json.current_index();
        let mut parts = [None; 2];
        let mut key = json.known_object()?;
        while let Some(name) = key {
            let slot = names.iter().position(|known| known == name);
            match slot.and_then(|slot| parts.get_mut(slot)) {
                Some(part @ None) => *part = self.float(json)?,
                Some(Some(_)) => {
                    let key = name.to_owned();
                    return Err(Stop::at(
                        json.current_index(),
                        RowsProblem::KeyTwice { key },
                    ));
                }
                None => json.next_skip()?,
            }
            key = json.next_key()?;
        }
        let [Some(real), Some(imaginary)] = parts else {
            let [real, imaginary] = names.clone();
            return Err(Stop::at(start, JsonFault::Complex(real, imaginary)));
        };
        let mut added = || {
            let mut both = column.tuple(2)?;
            both.next()?.decimal(Decimal::of_float(real))?;
            both.next()?.decimal(Decimal::of_float(imaginary))?;
            both.end()
        };
        added().map_err(|unfit| Stop::unfit(json, unfit))
    }

    /// The value that comes next as a float; `None` where it is none.
    fn float(self, json: &mut Jiter<'_>) -> Walked<Option<f64>> {
        let peek = json.peek()?;
        let start = json.current_index();
        if peek == Peek::String {
            return Ok(self.options.not_finite(json.known_str()?));
        }
        if !peek.is_num() {
            json.next_skip()?;
            return Ok(None);
        }
        let float = f64::from(json.known_number(peek)?);
        match float.is_finite() || is_literal(json, start) {
            true => Ok(Some(float)),
            false => Err(Stop::at(start, JsonFault::Float(text_of(json, start)))),
        }
    }
}

/// The position that a name of a tuple's element tells, as it is written.
fn slot_of(name: &str) -> Option<usize> {
    match name.as_bytes() {
        [b'0'] | [b'1'..=b'9', ..] => name.parse().ok(),
        _ => None,
    }
}

/// How deep what is in a value at this depth is.
fn deeper(json: &Jiter<'_>, depth: usize) -> Walked<usize> {
    match depth < MAX_DEPTH {
        true => Ok(depth + 1),
        false => Err(Stop::at(json.current_index(), RowsProblem::TooDeep)),
    }
}

fn number(json: &mut Jiter<'_>, peek: Peek, column: &mut Column) -> Walked<()> {
    let start = json.current_index();
    let taken = match json.known_number(peek)? {
        NumberAny::Int(NumberInt::Int(0)) if peek == Peek::Minus && column.is_declared() => column
            .decimal(Decimal::of_float(-0.0))
            .or_else(|_| column.native(0_i64)),
        NumberAny::Int(NumberInt::Int(value)) => column.integer(value),
        NumberAny::Int(NumberInt::BigInt(value)) => match u64::try_from(&value) {
            Ok(value) => column.integer_of(Scalar::UInt64(value)),
            Err(_) if column.is_declared() => {
                let float = f64::from(NumberInt::BigInt(value));
                if !float.is_finite() {
                    return Err(Stop::at(start, JsonFault::Float(text_of(json, start))));
                }
                column.decimal(Decimal::of_float(float))
            }
            Err(_) => return Err(Stop::at(start, JsonFault::Integer(text_of(json, start)))),
        },
        NumberAny::Float(value) if value.is_finite() => {
            column.decimal(match column.is_declared() && !column.is_of_floats() {
                true => Decimal::of(json.slice_to_current(start), value),
                false => Decimal::of_float(value),
            })
        }
        NumberAny::Float(value) if is_literal(json, start) => column.native(value),
        NumberAny::Float(_) => return Err(Stop::at(start, JsonFault::Float(text_of(json, start)))),
    };
    taken.map_err(|unfit| Stop::unfit(json, unfit))
}

/// Whether what was just read says by a word that it is infinite, or no number.
fn is_literal(json: &Jiter<'_>, start: usize) -> bool {
    json.slice_to_current(start)
        .iter()
        .any(u8::is_ascii_uppercase)
        && !json.slice_to_current(start).iter().any(u8::is_ascii_digit)
}

#[cold]
fn text_of(json: &Jiter<'_>, start: usize) -> String {
    const SHOWN: usize = 40;
    let text = String::from_utf8_lossy(json.slice_to_current(start));
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into_owned(),
    }
}
