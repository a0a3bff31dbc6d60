//! Choosing columns of nested records by name, before any data is read.

mod braces;
mod field;
mod glob;

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
        let patterns = columns.patterns();
        let mut paths = Vec::new();
        for (number, pattern) in patterns.iter().enumerate() {
            check_length(pattern)?;
            for expanded in braces::expand(pattern)? {
                if expanded.is_empty() {
                    return Err(FormError::EmptyColumn {
                        column: (*pattern).to_owned(),
                    });
                }
                let above = path.iter().map(|name| Glob::literal(name.as_ref()));
                let globs = above.chain(expanded.split('.').map(Glob::new)).collect();
                paths.push((number, globs));
            }
        }
        self.select_globs(&patterns, &paths)
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
        let mut patterns = Vec::new();
        let mut paths = Vec::new();
        for (number, path) in columns.iter().enumerate() {
            let names: Vec<&str> = path.as_ref().iter().map(AsRef::as_ref).collect();
            if names.is_empty() {
                return Err(FormError::EmptyColumn {
                    column: String::new(),
                });
            }
            let pattern = names.join(".");
            check_length(&pattern)?;
            patterns.push(pattern);
            paths.push((number, names.into_iter().map(Glob::new).collect()));
        }
        let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        self.select_globs(&patterns, &paths)
    }

    fn select_globs(
        &self,
        patterns: &[&str],
        paths: &[(usize, Vec<Glob>)],
    ) -> Result<Self, FormError> {
        let mut selection = Selection {
            found: vec![false; patterns.len()],
        };
        let open: Vec<Open<'_>> = paths
            .iter()
            .map(|(pattern, globs)| Open {
                pattern: *pattern,
                globs,
            })
            .collect();
        let selected = selection.select(self, &open);
        let unfound = selection.found.iter().position(|found| !found);
        match unfound.and_then(|pattern| patterns.get(pattern)) {
            Some(pattern) => Err(FormError::NoColumn {
                column: (*pattern).to_owned(),
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
                path.push(name(record, position));
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

fn name(record: &RecordForm, position: usize) -> String {
    match record.fields().and_then(|fields| fields.get(position)) {
        Some(name) => name.to_string(),
        None => position.to_string(),
    }
}

/// What is left of a pattern on the way into a form.
#[derive(Clone, Copy)]
struct Open<'p> {
    pattern: usize,
    globs: &'p [Glob],
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
            let mut whole = false;
            let mut deeper = Vec::new();
            for path in open {
                match path.globs.split_first() {
                    Some((glob, rest)) if glob.matches(&field) => {
                        if rest.is_empty() {
                            self.find(path.pattern);
                            whole = true;
                        } else {
                            deeper.push(Open {
                                globs: rest,
                                ..*path
                            });
                        }
                    }
                    _ => {}
                }
            }
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
