//! Choosing columns of nested records by name, before any data is read.

mod braces;
mod field;
mod glob;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use crate::{Form, FormError, RecordForm};
use glob::Glob;

/// How many bytes a pattern may have: reading it takes time by the square of its length.
const MAX_PATTERN: usize = 4096;

fn check_length(pattern: &str) -> Result<(), FormError> {
    if pattern.len() > MAX_PATTERN {
        return Err(FormError::LongColumn {
            length: pattern.len(),
            limit: MAX_PATTERN,
        });
    }
    Ok(())
}

/// Patterns of columns: one string, or several.
pub trait Columns {
    /// The patterns, each a path with dots.
    fn patterns(&self) -> Vec<&str>;
}

impl Columns for str {
    fn patterns(&self) -> Vec<&str> {
        vec![self]
    }
}

impl Columns for String {
    fn patterns(&self) -> Vec<&str> {
        vec![self]
    }
}

impl<S: AsRef<str>> Columns for [S] {
    fn patterns(&self) -> Vec<&str> {
        self.iter().map(AsRef::as_ref).collect()
    }
}

impl<S: AsRef<str>, const N: usize> Columns for [S; N] {
    fn patterns(&self) -> Vec<&str> {
        self.as_slice().patterns()
    }
}

impl<S: AsRef<str>> Columns for Vec<S> {
    fn patterns(&self) -> Vec<&str> {
        self.as_slice().patterns()
    }
}

impl<C: Columns + ?Sized> Columns for &C {
    fn patterns(&self) -> Vec<&str> {
        (**self).patterns()
    }
}

impl Form {
    /// The form with only these columns, and what lies in them.
    ///
    /// A pattern is a path of field names with dots (a tuple's fields are `0`, `1`, …); lists, options and
    /// unions are passed through. Names may have wildcards as in a shell (`*`, `?`, `[abc]`, `[!a-c]`), and
    /// alternatives in braces: `{met,jet}.p*`. These are the rules of Awkward 2's
    /// [`select_columns`](https://github.com/scikit-hep/awkward/blob/main/src/awkward/forms/form.py), but
    ///
    /// - nothing selected is dropped: Awkward drops records that have no fields, and makes one alternative of
    ///   a union that is left alone the whole; here a record without fields stays, so that its length does,
    ///   and so do all alternatives of a union, whose tags count them;
    /// - a pattern that leads to no column is an error; Awkward takes it for what it matched last, or nothing.
    ///   (A last `*` leads to all fields of a record, though it may have none.)
    ///
    /// Without any pattern, records are left without fields.
    ///
    /// ```
    /// use gawky_form::Form;
    /// let form = Form::from_type(&"{met: float32, muon: var * {pt: float32, eta: float32, charge: int8}}".parse()?)?;
    /// assert_eq!(form.select("muon.{pt,c*}")?.type_().to_string(), "{muon: var * {pt: float32, charge: int8}}");
    /// assert_eq!(form.select(["met", "muon.eta"])?.type_().to_string(), "{met: float32, muon: var * {eta: float32}}");
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    ///
    /// # Errors
    /// [`FormError::NoColumn`] when a pattern leads to no column; [`FormError::EmptyColumn`] for an empty one;
    /// [`FormError::TooManyAlternatives`] when braces multiply beyond 1024 patterns; [`FormError::LongColumn`]
    /// for a pattern of more than 4096 bytes.
    pub fn select(&self, columns: impl Columns) -> Result<Self, FormError> {
        self.select_below(&[] as &[&str], columns)
    }

    /// The form with only these columns of the field at `path`, a path of names as they stand: patterns are
    /// as for [`select`](Self::select), but begin there.
    ///
    /// ```
    /// use gawky_form::Form;
    /// let form = Form::from_type(&"{met: float32, muon: var * {pt: float32, charge: int8}}".parse()?)?;
    /// assert_eq!(form.select_below(&["muon"], "p*")?.type_().to_string(), "{muon: var * {pt: float32}}");
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    ///
    /// # Errors
    /// As for [`select`](Self::select).
    pub fn select_below<S: AsRef<str>>(
        &self,
        path: &[S],
        columns: impl Columns,
    ) -> Result<Self, FormError> {
        self.select_patterns(&Patterns::below(path, &columns)?)
    }

    /// The form with only these columns, each a path of field names: as [`select`](Self::select), but dots and
    /// braces are part of the names.
    ///
    /// ```
    /// use gawky_form::Form;
    /// let form = Form::from_type(&r#"{"a.b": {c: int8, d: int8}}"#.parse()?)?;
    /// assert_eq!(form.select_paths(&[["a.b", "d"]])?.type_().to_string(), r#"{"a.b": {d: int8}}"#);
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    ///
    /// # Errors
    /// As for [`select`](Self::select).
    pub fn select_paths<P: AsRef<[S]>, S: AsRef<str>>(
        &self,
        columns: &[P],
    ) -> Result<Self, FormError> {
        let mut patterns = Patterns::default();
        for path in columns {
            let names: Vec<&str> = path.as_ref().iter().map(AsRef::as_ref).collect();
            if names.is_empty() {
                return Err(FormError::EmptyColumn {
                    column: String::new(),
                });
            }
            let pattern = names.join(".");
            check_length(&pattern)?;
            let globs = names.into_iter().map(Glob::new).collect();
            patterns.push(Cow::Owned(pattern), [globs]);
        }
        self.select_patterns(&patterns)
    }

    pub(crate) fn select_patterns(&self, patterns: &Patterns<'_>) -> Result<Self, FormError> {
        let mut selection = Selection {
            found: vec![false; patterns.given.len()],
        };
        let selected = selection.select(self, &patterns.open());
        let unfound = selection.found.iter().position(|found| !found);
        match unfound.and_then(|pattern| patterns.given.get(pattern)) {
            Some(pattern) => Err(FormError::NoColumn {
                column: pattern.clone().into_owned(),
                columns: self.columns(),
            }),
            None => Ok(selected.unwrap_or_else(|| without_fields(self))),
        }
    }

    /// The paths of all columns: of the fields that hold no further records, in order.
    ///
    /// An array without records has none.
    ///
    /// ```
    /// use gawky_form::Form;
    /// let form = Form::from_type(&"{met: float32, muon: var * {pt: float32, charge: int8}}".parse()?)?;
    /// assert_eq!(form.columns(), ["met", "muon.pt", "muon.charge"]);
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        let mut columns = Vec::new();
        collect(self, &mut Vec::new(), &mut columns);
        // The alternatives of a union may have columns in common.
        let mut seen = HashSet::new();
        columns.retain(|column| seen.insert(column.clone()));
        columns
    }
}

fn collect(form: &Form, path: &mut Vec<String>, columns: &mut Vec<String>) {
    match form {
        Form::Empty(_) | Form::Numpy(_) if path.is_empty() => {}
        Form::Empty(_) | Form::Numpy(_) => columns.push(path.join(".")),
        Form::Record(record) => {
            for (position, content) in record.contents().iter().enumerate() {
                path.push(name(record, position).into_owned());
                collect(content, path, columns);
                path.pop();
            }
        }
        _ => {
            for child in form.children() {
                collect(child, path, columns);
            }
        }
    }
}

fn name(record: &RecordForm, position: usize) -> Cow<'_, str> {
    match record.fields().and_then(|fields| fields.get(position)) {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned(position.to_string()),
    }
}

/// Patterns as they were given, and the paths that each of them stands for.
#[derive(Default)]
pub(crate) struct Patterns<'c> {
    given: Vec<Cow<'c, str>>,
    paths: Vec<(usize, Vec<Glob>)>,
}

impl<'c> Patterns<'c> {
    /// Of columns of the field at `path`.
    pub(crate) fn below<S: AsRef<str>>(
        path: &[S],
        columns: &'c impl Columns,
    ) -> Result<Self, FormError> {
        let mut patterns = Self::default();
        for pattern in columns.patterns() {
            check_length(pattern)?;
            let expanded = braces::expand(pattern)?;
            if expanded.iter().any(String::is_empty) {
                return Err(FormError::EmptyColumn {
                    column: pattern.to_owned(),
                });
            }
            let paths = expanded.iter().map(|expanded| {
                let above = path.iter().map(|name| Glob::literal(name.as_ref()));
                above.chain(expanded.split('.').map(Glob::new)).collect()
            });
            patterns.push(Cow::Borrowed(pattern), paths);
        }
        Ok(patterns)
    }

    fn push(&mut self, given: Cow<'c, str>, paths: impl IntoIterator<Item = Vec<Glob>>) {
        let number = self.given.len();
        self.given.push(given);
        let paths = paths.into_iter().map(|globs| (number, globs));
        self.paths.extend(paths);
    }

    /// All of them, at the root of a form.
    pub(crate) fn open(&self) -> Vec<Open<'_>> {
        let paths = self.paths.iter();
        paths
            .map(|(pattern, globs)| Open {
                pattern: *pattern,
                globs,
            })
            .collect()
    }
}

/// What is left of a pattern on the way into a form.
#[derive(Clone, Copy)]
pub(crate) struct Open<'p> {
    pattern: usize,
    globs: &'p [Glob],
}

/// What patterns want of a field.
pub(crate) struct Wanted<'p> {
    /// All of it.
    pub(crate) whole: bool,
    /// What is left of those that go on into it.
    pub(crate) deeper: Vec<Open<'p>>,
}

impl<'p> Wanted<'p> {
    /// Of the field of this name; `ends` is told of the patterns that lead to it and no further.
    pub(crate) fn of(open: &[Open<'p>], field: &str, mut ends: impl FnMut(usize)) -> Self {
        let mut wanted = Self {
            whole: false,
            deeper: Vec::new(),
        };
        for path in open {
            match path.globs.split_first() {
                Some((glob, rest)) if glob.matches(field) => {
                    if rest.is_empty() {
                        ends(path.pattern);
                        wanted.whole = true;
                    } else {
                        wanted.deeper.push(Open {
                            globs: rest,
                            ..*path
                        });
                    }
                }
                _ => {}
            }
        }
        wanted
    }

    /// The patterns that are left of it; `None` where all of it is wanted.
    pub(crate) fn open(&self) -> Option<&[Open<'p>]> {
        (!self.whole).then_some(self.deeper.as_slice())
    }

    /// Whether it is nothing.
    pub(crate) fn is_nothing(&self) -> bool {
        !self.whole && self.deeper.is_empty()
    }
}

struct Selection {
    /// Which patterns have led to a column.
    found: Vec<bool>,
}

impl Selection {
    /// What the patterns select of a form; `None` where they lead to nothing.
    fn select(&mut self, form: &Form, open: &[Open<'_>]) -> Option<Form> {
        match form {
            Form::Empty(_) | Form::Numpy(_) => None,
            Form::Record(record) => self.select_record(record, open).map(Form::from),
            Form::Union(_) => {
                let mut selected = form.clone();
                let mut any = false;
                for content in selected.children_mut() {
                    let alternative = self.select(content, open);
                    any |= alternative.is_some();
                    *content = Arc::new(alternative.unwrap_or_else(|| without_fields(content)));
                }
                any.then_some(selected)
            }
            _ => {
                let mut selected = form.clone();
                for content in selected.children_mut() {
                    *content = Arc::new(self.select(content, open)?);
                }
                Some(selected)
            }
        }
    }

    fn select_record(&mut self, record: &RecordForm, open: &[Open<'_>]) -> Option<RecordForm> {
        let mut any = false;
        for path in open {
            if let [last] = path.globs
                && last.is_star()
            {
                self.find(path.pattern);
                any = true;
            }
        }
        let mut kept = Vec::new();
        for (position, content) in record.contents().iter().enumerate() {
            let field = name(record, position);
            let Wanted { whole, deeper } = Wanted::of(open, &field, |pattern| self.find(pattern));
            // Also where all is kept: deeper patterns are found here too.
            let part = if deeper.is_empty() {
                None
            } else {
                self.select(content, &deeper).map(Arc::new)
            };
            if whole {
                kept.push((position, Arc::clone(content)));
            } else if let Some(part) = part {
                kept.push((position, part));
            }
        }
        (any || !kept.is_empty()).then(|| record.with_kept(kept))
    }

    fn find(&mut self, pattern: usize) {
        if let Some(found) = self.found.get_mut(pattern) {
            *found = true;
        }
    }
}

/// The form with its outermost records emptied.
fn without_fields(form: &Form) -> Form {
    let mut emptied = form.clone();
    match &mut emptied {
        Form::Record(record) => *record = record.with_kept(Vec::new()),
        _ => {
            for child in emptied.children_mut() {
                *child = Arc::new(without_fields(child));
            }
        }
    }
    emptied
}

#[cfg(test)]
mod tests;
