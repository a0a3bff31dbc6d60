//! Types from text: the datashape that Awkward reads, and a little more.
//!
//! The grammar is that of Awkward 2's `types/_awkward_datashape_parser.py`. What Awkward prints but does not
//! read is read here: `float16` and its like, `[unit="us"]`, parameters of `unknown` and of a union without
//! alternatives, records named `var`, `char` or `byte`.

mod scan;

use std::str::FromStr;
use std::sync::Arc;

use gawky_buffer::DType;

use super::print::is_plain_name;
use super::{ArrayType, NumpyType, OptionType, RecordType, Type, UnionType, UnknownType};
use crate::{FormError, MAX_DEPTH, Parameters};
use scan::Scanner;

/// What is wrong with a datashape; [`FormError::Datashape`] says where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DatashapeProblem {
    /// Something else is needed here.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What is needed.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// A word that is no type.
    #[error("there is no type {0:?}; a record of that name has brackets: {0}[x: int64]")]
    UnknownWord(String),
    /// A number that does not fit.
    #[error("the number {0} is too large")]
    Number(String),
    /// A string that JSON cannot read.
    #[error("this string cannot be read: {0}")]
    BadString(String),
    /// Types nested more deeply than [`MAX_DEPTH`].
    #[error("types are nested more than {0} deep")]
    TooDeep(usize),
    /// Parameters nested more deeply than [`MAX_PARAMETER_DEPTH`](crate::MAX_PARAMETER_DEPTH).
    #[error("parameters are nested more than {0} deep")]
    ParametersTooDeep(usize),
}

impl Type {
    /// Reads a type: all that Awkward reads, and all that it and gawky print.
    ///
    /// What a string or a character holds is not in its text, nor whether it is the option or what it holds
    /// that is categorical (`?categorical[type=int64]`); the usual is taken, which prints alike.
    ///
    /// ```
    /// use gawky_form::Type;
    /// let t = Type::from_datashape("var * {pt: float32, name: ?string}")?;
    /// assert_eq!(t.to_string(), "var * {pt: float32, name: ?string}");
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    ///
    /// # Errors
    /// [`FormError::Datashape`], which says where the text cannot be read, and why.
    pub fn from_datashape(datashape: &str) -> Result<Self, FormError> {
        let mut scanner = Scanner::new(datashape);
        let out = read(&mut scanner, 0)?;
        scanner.end()?;
        Ok(out)
    }
}

impl ArrayType {
    /// Reads the type of an array: its length, `*`, and the type of its elements; see
    /// [`Type::from_datashape`].
    ///
    /// # Errors
    /// [`FormError::Datashape`], which says where the text cannot be read, and why.
    pub fn from_datashape(datashape: &str) -> Result<Self, FormError> {
        let mut scanner = Scanner::new(datashape);
        let length = scanner.size("the length of an array, as in \"3 * int64\"")?;
        scanner.need(b'*', "\"*\"")?;
        let content = read(&mut scanner, 0)?;
        scanner.end()?;
        Ok(Self { length, content })
    }
}

impl FromStr for Type {
    type Err = FormError;

    /// Reads datashape, as [`Type::from_datashape`].
    fn from_str(datashape: &str) -> Result<Self, FormError> {
        Self::from_datashape(datashape)
    }
}

impl FromStr for ArrayType {
    type Err = FormError;

    /// Reads datashape, as [`ArrayType::from_datashape`].
    fn from_str(datashape: &str) -> Result<Self, FormError> {
        Self::from_datashape(datashape)
    }
}

type Read<T> = Result<T, FormError>;

/// One type, `depth` deep in others.
///
/// Each kind of type is a function of its own: in unoptimized builds, one with all of them would take ten
/// times the stack for each level.
fn read(s: &mut Scanner<'_>, depth: usize) -> Read<Type> {
    if depth >= MAX_DEPTH {
        return Err(s.error(DatashapeProblem::TooDeep(MAX_DEPTH)));
    }
    match s.peek() {
        Some(b'?') => question(s, depth),
        Some(b'(') => parentheses(s, depth),
        Some(b'{') => braces(s, depth, false),
        Some(b'[') => brackets(s, depth),
        Some(b'0'..=b'9') => regular(s, depth),
        _ => word(s, depth),
    }
}

/// A type that starts with a word.
fn word(s: &mut Scanner<'_>, depth: usize) -> Read<Type> {
    let start = s.mark();
    let Some(name) = s.word() else {
        return Err(s.expected("a type"));
    };
    let bracket = s.peek() == Some(b'[');
    match name {
        "var" if !bracket => list(s, depth),
        "unknown" => unknown(s),
        "string" => strings(s, "string", "char"),
        "bytes" => strings(s, "bytestring", "byte"),
        "char" | "byte" if !bracket => Ok(character(name)),
        "option" => option(s, depth),
        "tuple" => tuple_with_parameters(s, depth),
        "struct" => braces(s, depth, true),
        "union" => union(s, depth),
        "categorical" => categorical(s, start, depth),
        "datetime64" | "timedelta64" => {
            let primitive = s.with_tick(start);
            numbers(s, primitive)
        }
        _ if !is_plain_name(name) => numbers(s, name),
        _ if bracket => named(s, name, depth),
        _ => Err(s.error_at(start, DatashapeProblem::UnknownWord(name.to_owned()))),
    }
}

/// `?type`
fn question(s: &mut Scanner<'_>, depth: usize) -> Read<Type> {
    s.need(b'?', "\"?\"")?;
    option_content(s, depth).map(Type::Option)
}

/// `(type, …)`
fn parentheses(s: &mut Scanner<'_>, depth: usize) -> Read<Type> {
    s.need(b'(', "\"(\"")?;
    let contents = types(s, depth, b')')?;
    s.need(b')', "\",\" or \")\"")?;
    tuple(contents, Parameters::none())
}

/// `[type, parameters={…}]`
fn brackets(s: &mut Scanner<'_>, depth: usize) -> Read<Type> {
    s.need(b'[', "\"[\"")?;
    let mut out = read(s, depth + 1)?;
    s.need(b',', "\",\" and parameters")?;
    let parameters = s.parameters()?;
    s.need(b']', "\"]\"")?;
    out.parameters_mut().update(&parameters);
    Ok(out)
}

/// `size * type`
fn regular(s: &mut Scanner<'_>, depth: usize) -> Read<Type> {
    let size = s.size("a size")?;
    s.need(b'*', "\"*\"")?;
    Ok(read(s, depth + 1)?.regular(size))
}

/// `* type`, after `var`.
fn list(s: &mut Scanner<'_>, depth: usize) -> Read<Type> {
    s.need(b'*', "\"*\"")?;
    Ok(read(s, depth + 1)?.list())
}

fn unknown(s: &mut Scanner<'_>) -> Read<Type> {
    let parameters = s.bracketed_parameters()?;
    Ok(UnknownType { parameters }.into())
}

/// `[type, parameters={…}]`, after `option`.
fn option(s: &mut Scanner<'_>, depth: usize) -> Read<Type> {
    s.need(b'[', "\"[\"")?;
    let mut option = option_content(s, depth)?;
    option.parameters.update(&s.trailing_parameters()?);
    Ok(option.into())
}

/// `[[type, …], parameters={…}]`, after `tuple`.
fn tuple_with_parameters(s: &mut Scanner<'_>, depth: usize) -> Read<Type> {
    s.need(b'[', "\"[[\"")?;
    s.need(b'[', "\"[[\"")?;
    let contents = types(s, depth, b']')?;
    s.need(b']', "\",\" or \"]\"")?;
    let parameters = s.trailing_parameters()?;
    tuple(contents, parameters)
}

/// `[type, …, parameters={…}]`, after `union`.
fn union(s: &mut Scanner<'_>, depth: usize) -> Read<Type> {
    s.need(b'[', "\"[\"")?;
    let items = items(s, depth, false)?;
    Ok(UnionType {
        contents: items.contents.into(),
        parameters: items.parameters,
    }
    .into())
}

/// `categorical[type=type]`, from its start.
fn categorical(s: &mut Scanner<'_>, start: usize, depth: usize) -> Read<Type> {
    s.reset(start);
    s.categorical()?;
    let mut out = read(s, depth + 1)?;
    s.need(b']', "\"]\"")?;
    let parameters = out.parameters().with("__categorical__", true);
    *out.parameters_mut() = parameters;
    Ok(out)
}

/// What an option holds. Of two `categorical` around it the outer one is the option's, and so is one around another option,
/// which would print before that.
fn option_content(s: &mut Scanner<'_>, depth: usize) -> Read<OptionType> {
    let start = s.mark();
    let once = s.word() == Some("categorical") && s.peek() == Some(b'[');
    s.reset(start);
    if !once {
        return Ok(OptionType {
            content: Arc::new(read(s, depth + 1)?),
            parameters: Parameters::none(),
        });
    }
    s.categorical()?;
    let inner = s.mark();
    let twice = s.word() == Some("categorical") && s.peek() == Some(b'[');
    s.reset(inner);
    let mut content = read(s, depth + 1)?;
    s.need(b']', "\"]\"")?;
    let mut parameters = Parameters::none();
    let categorical = match twice || matches!(content, Type::Option(_)) {
        true => &mut parameters,
        false => content.parameters_mut(),
    };
    *categorical = categorical.with("__categorical__", true);
    Ok(OptionType {
        content: Arc::new(content),
        parameters,
    })
}

/// A dtype, and its brackets.
fn numbers(s: &mut Scanner<'_>, primitive: &str) -> Read<Type> {
    let Ok(dtype) = DType::from_primitive(primitive) else {
        return Err(s.error(DatashapeProblem::UnknownWord(primitive.to_owned())));
    };
    Ok(NumpyType {
        dtype,
        parameters: s.bracketed_unit_and_parameters()?,
    }
    .into())
}

fn character(array: &str) -> Type {
    NumpyType {
        dtype: DType::UInt8,
        parameters: Parameters::from_iter([("__array__", array)]),
    }
    .into()
}

/// Strings, of one size where brackets follow.
fn strings(s: &mut Scanner<'_>, array: &str, characters: &str) -> Read<Type> {
    let content = character(characters);
    let mut out = if s.eat(b'[') {
        let size = s.size("a size")?;
        s.need(b']', "\"]\"")?;
        content.regular(size)
    } else {
        content.list()
    };
    *out.parameters_mut() = Parameters::from_iter([("__array__", array)]);
    Ok(out)
}

fn tuple(contents: Vec<Type>, parameters: Parameters) -> Read<Type> {
    RecordType::try_new(None, contents.into(), parameters).map(Type::from)
}

/// Types between commas, up to `close`, which is left.
fn types(s: &mut Scanner<'_>, depth: usize, close: u8) -> Read<Vec<Type>> {
    let mut contents = Vec::new();
    if s.peek() == Some(close) {
        return Ok(contents);
    }
    loop {
        contents.push(read(s, depth + 1)?);
        if !s.eat(b',') {
            return Ok(contents);
        }
    }
}

/// `{name: type, …}`, or `[{name: type, …}, parameters={…}]` after `struct`.
fn braces(s: &mut Scanner<'_>, depth: usize, is_struct: bool) -> Read<Type> {
    if is_struct {
        s.need(b'[', "\"[{\"")?;
    }
    s.need(b'{', "\"{\"")?;
    let mut names: Vec<Arc<str>> = Vec::new();
    let mut contents = Vec::new();
    while !s.eat(b'}') {
        if !names.is_empty() {
            s.need(b',', "\",\" or \"}\"")?;
        }
        let Some(name) = s.key()? else {
            return Err(s.expected("the name of a field and \":\""));
        };
        names.push(name.into());
        contents.push(read(s, depth + 1)?);
    }
    let parameters = if is_struct {
        s.trailing_parameters()?
    } else {
        Parameters::none()
    };
    RecordType::try_new(Some(names.into()), contents.into(), parameters).map(Type::from)
}

/// What brackets hold after a name or `union`.
struct Items {
    names: Vec<Arc<str>>,
    contents: Vec<Type>,
    parameters: Parameters,
}

/// Types, or fields where those may be, then maybe parameters, then `]`.
fn items(s: &mut Scanner<'_>, depth: usize, may_have_names: bool) -> Read<Items> {
    let mut items = Items {
        names: Vec::new(),
        contents: Vec::new(),
        parameters: Parameters::none(),
    };
    // Awkward prints a union without alternatives as "union[, parameters=…]".
    if s.peek() == Some(b',') {
        items.parameters = s.trailing_parameters()?;
        return Ok(items);
    }
    while s.peek() != Some(b']') || !items.contents.is_empty() {
        if s.at_parameters() {
            items.parameters = s.parameters()?;
            break;
        }
        let name = if may_have_names { s.key()? } else { None };
        match name {
            // Either all have names or none has.
            Some(name) if items.names.len() == items.contents.len() => {
                items.names.push(name.into());
            }
            None if items.names.is_empty() => {}
            Some(_) => return Err(s.expected("a type without a name, as before it")),
            None => return Err(s.expected("the name of a field and \":\"")),
        }
        items.contents.push(read(s, depth + 1)?);
        if !s.eat(b',') {
            break;
        }
    }
    s.need(b']', "\",\" or \"]\"")?;
    Ok(items)
}

/// `Name[…]`
fn named(s: &mut Scanner<'_>, name: &str, depth: usize) -> Read<Type> {
    s.need(b'[', "\"[\"")?;
    let items = items(s, depth, true)?;
    let mut parameters = Parameters::from_iter([("__record__", name)]);
    parameters.update(&items.parameters);
    if items.names.is_empty() {
        tuple(items.contents, parameters)
    } else {
        RecordType::try_new(Some(items.names.into()), items.contents.into(), parameters)
            .map(Type::from)
    }
}
