//! One field, by its path: what [`Array::field`] takes of an array, a form says before there is one.
//!
//! [`Array::field`]: https://docs.rs/gawky-array/latest/gawky_array/enum.Array.html#method.field

use std::sync::Arc;

use crate::{Form, FormError, NodeInfo, RecordForm};

impl Form {
    /// The names that a dotted path stands for: a field whose own name has dots is found first.
    ///
    /// Lists, options and unions are passed through, and every alternative of a union must have the field; a
    /// tuple's fields are `0`, `1`, …
    ///
    /// ```
    /// use gawky_form::Form;
    /// let form = Form::from_type(&r#"{muon: var * {pt: float32}, "a.b": int8}"#.parse()?)?;
    /// assert_eq!(form.field_path("muon.pt")?, ["muon", "pt"]);
    /// assert_eq!(form.field_path("a.b")?, ["a.b"]);
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    ///
    /// # Errors
    /// [`FormError::NoColumn`], listing those that are there.
    pub fn field_path(&self, path: &str) -> Result<Vec<String>, FormError> {
        let mut names = Vec::new();
        if resolve(&[self], path, &mut names) {
            return Ok(names);
        }
        Err(self.no_column(path.to_owned()))
    }

    /// The form with only the field at `path`, a path of names as they stand, and all that lies in it; with the names
    /// that lead there now: a tuple of which one slot is left has its slot `0`.
    ///
    /// ```
    /// use gawky_form::Form;
    /// let form = Form::from_type(&"{met: float32, muon: var * (float32, int8)}".parse()?)?;
    /// let (form, path) = form.select_field(&["muon", "1"])?;
    /// assert_eq!(form.type_().to_string(), "{muon: var * (int8)}");
    /// assert_eq!(path, ["muon", "0"]);
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    ///
    /// # Errors
    /// [`FormError::NoColumn`] when there is none.
    pub fn select_field<S: AsRef<str>>(
        &self,
        path: &[S],
    ) -> Result<(Self, Vec<String>), FormError> {
        let names: Vec<&str> = path.iter().map(AsRef::as_ref).collect();
        let mut selected = self.clone();
        let mut left = Vec::new();
        keep(&mut selected, &names, &mut left).ok_or_else(|| self.no_column(names.join(".")))?;
        Ok((selected, left))
    }

    /// The form with only the lists at `path`, a path of names as they stand, and of these nothing but their lengths:
    /// what they hold becomes records without fields. With the names that lead there now, and how many lists the
    /// path goes through, these included: Awkward's `axis`.
    ///
    /// ```
    /// use gawky_form::Form;
    /// let form = Form::from_type(&"{met: float32, muon: var * {pt: float32, charge: int8}}".parse()?)?;
    /// let (form, path, axis) = form.select_lengths(&["muon"])?;
    /// assert_eq!(form.type_().to_string(), "{muon: var * {}}");
    /// assert_eq!((path, axis), (vec!["muon".to_owned()], 1));
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    ///
    /// # Errors
    /// [`FormError::NoColumn`] when there is no such field, [`FormError::NoLists`] when it holds none.
    pub fn select_lengths<S: AsRef<str>>(
        &self,
        path: &[S],
    ) -> Result<(Self, Vec<String>, usize), FormError> {
        let (mut selected, names) = self.select_field(path)?;
        match empty_lists(&mut selected, names.len(), 1) {
            Some(axis) => Ok((selected, names, axis)),
            None => Err(FormError::NoLists {
                column: path.iter().map(AsRef::as_ref).collect::<Vec<_>>().join("."),
            }),
        }
    }

    fn no_column(&self, column: String) -> FormError {
        FormError::NoColumn {
            column,
            columns: self.columns(),
        }
    }
}

/// Appends the names of `path`, if all of these forms have such a field.
fn resolve(forms: &[&Form], path: &str, names: &mut Vec<String>) -> bool {
    if fields(forms, path).is_some() {
        names.push(path.to_owned());
        return true;
    }
    let Some((head, tail)) = path.split_once('.') else {
        return false;
    };
    let Some(below) = fields(forms, head) else {
        return false;
    };
    names.push(head.to_owned());
    resolve(&below, tail, names)
}

/// The fields of this name, of the outermost records of all of these forms; `None` where one has none.
fn fields<'f>(forms: &[&'f Form], name: &str) -> Option<Vec<&'f Form>> {
    let mut found = Vec::new();
    for form in forms {
        collect(form, name, &mut found)?;
    }
    (!found.is_empty()).then_some(found)
}

fn collect<'f>(form: &'f Form, name: &str, found: &mut Vec<&'f Form>) -> Option<()> {
    match form {
        Form::Empty(_) | Form::Numpy(_) => None,
        Form::Record(record) => {
            found.push(record.contents().get(record.position(name)?)?);
            Some(())
        }
        _ => form
            .children()
            .iter()
            .try_for_each(|child| collect(child, name, found)),
    }
}

/// Leaves only the field at `path` in a form; `None` where there is none. `left` gets the names that lead there then.
fn keep(form: &mut Form, path: &[&str], left: &mut Vec<String>) -> Option<()> {
    let Some((name, rest)) = path.split_first() else {
        return Some(());
    };
    match form {
        Form::Empty(_) | Form::Numpy(_) => None,
        Form::Record(record) => {
            let position = record.position(name)?;
            let mut content = Arc::clone(record.contents().get(position)?);
            // The alternatives of a union come by here one after the other, with the same names.
            left.truncate(0);
            left.push(name_left(record, name));
            let mut below = Vec::new();
            keep(Arc::make_mut(&mut content), rest, &mut below)?;
            left.append(&mut below);
            *record = record.with_kept(vec![(position, content)]);
            Some(())
        }
        _ => form
            .children_mut()
            .iter_mut()
            .try_for_each(|child| keep(Arc::make_mut(child), path, left)),
    }
}

/// Empties the lists that lie `records` records below; their axis, where the first lists here have `axis`.
fn empty_lists(form: &mut Form, records: usize, axis: usize) -> Option<usize> {
    let below = match form {
        Form::Empty(_) | Form::Numpy(_) => return None,
        Form::Record(_) => (records.checked_sub(1)?, axis),
        Form::Regular(_) | Form::List(_) | Form::ListOffset(_) if is_text(form) => return None,
        Form::Regular(_) | Form::List(_) | Form::ListOffset(_) if records == 0 => {
            let nothing =
                RecordForm::try_new(Some(Arc::from([])), Arc::from([]), NodeInfo::default());
            for content in form.children_mut() {
                *content = Arc::new(Form::from(nothing.clone().ok()?));
            }
            return Some(axis);
        }
        Form::Regular(_) | Form::List(_) | Form::ListOffset(_) => (records, axis + 1),
        Form::Indexed(_)
        | Form::IndexedOption(_)
        | Form::ByteMasked(_)
        | Form::BitMasked(_)
        | Form::Unmasked(_)
        | Form::Union(_) => (records, axis),
    };
    let mut found = None;
    for content in form.children_mut() {
        let own = empty_lists(Arc::make_mut(content), below.0, below.1)?;
        // The alternatives of a union must agree.
        if found.is_some_and(|axis| axis != own) {
            return None;
        }
        found = Some(own);
    }
    found
}

/// Whether a list is a string, which has no lengths for anybody but its characters.
fn is_text(form: &Form) -> bool {
    matches!(form.parameters().array(), Some("string" | "bytestring"))
}

fn name_left(record: &RecordForm, name: &str) -> String {
    match record.is_tuple() {
        true => "0".to_owned(),
        false => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

    use super::*;

    fn form(text: &str) -> Form {
        Form::from_type(&text.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_field_is_left_alone_through_everything() {
        let nested = form("{a: var * ?{b: 3 * {c: int8, d: bool}, e: int8}, f: int8}");
        let path = nested.field_path("a.b.d").unwrap();
        let (left, names) = nested.select_field(&path).unwrap();
        assert_eq!(left.type_().to_string(), "{a: var * ?{b: 3 * {d: bool}}}");
        assert_eq!(names, ["a", "b", "d"]);
    }

    #[test]
    fn no_names_leave_everything() {
        let all = form("{a: int8}");
        assert_eq!(
            all.select_field::<&str>(&[]).unwrap(),
            (all.clone(), vec![])
        );
    }

    #[test]
    fn every_alternative_of_a_union_must_have_it() {
        let both = form("union[{a: int8, b: {c: int8}}, {b: {c: float32, d: int8}}]");
        assert_eq!(both.field_path("b.c").unwrap(), ["b", "c"]);
        let (left, names) = both.select_field(&["b", "c"]).unwrap();
        assert_eq!(
            left.type_().to_string(),
            "union[{b: {c: int8}}, {b: {c: float32}}]"
        );
        assert_eq!(names, ["b", "c"]);
        for missing in ["a", "b.d", "b.e", "", "b."] {
            assert!(both.field_path(missing).is_err(), "{missing}");
        }
        assert!(both.select_field(&["a"]).is_err());
    }

    #[test]
    fn of_lists_only_the_lengths_are_left() {
        let lengths = |text: &str, path: &[&str]| {
            let (form, _, axis) = form(text).select_lengths(path).ok()?;
            Some((form.type_().to_string(), axis))
        };
        let told = |text: &str, axis| Some((text.to_owned(), axis));
        assert_eq!(lengths("var * int8", &[]), told("var * {}", 1));
        let nested = "{a: var * {b: ?3 * var * int8}, c: int8}";
        assert_eq!(lengths(nested, &["a"]), told("{a: var * {}}", 1));
        assert_eq!(
            lengths(nested, &["a", "b"]),
            told("{a: var * {b: option[3 * {}]}}", 2)
        );
        // Alternatives of a union have to agree on where the lists are.
        assert_eq!(
            lengths("union[{a: var * int8}, {a: 3 * string}]", &["a"]),
            told("union[{a: var * {}}, {a: 3 * {}}]", 1)
        );
        let apart = "union[{a: {b: var * int8}}, {a: var * {b: var * int8}}]";
        assert_eq!(lengths(apart, &["a", "b"]), None);
        for path in [&["c"] as &[&str], &[], &["d"]] {
            assert_eq!(lengths(nested, path), None);
        }
        assert_eq!(lengths("{s: string}", &["s"]), None);
        assert_eq!(
            lengths("{s: var * string}", &["s"]),
            told("{s: var * {}}", 1)
        );
    }

    #[test]
    fn wildcards_and_dots_are_names() {
        let odd = form(r#"{"a*": int8, "b.c": {"d.e": int8}, ab: int8}"#);
        assert_eq!(odd.select_field(&["a*"]).unwrap().0.columns(), ["a*"]);
        assert!(odd.select_field(&["b", "c"]).is_err());
        assert_eq!(odd.field_path("b.c").unwrap(), ["b.c"]);
        // As Array::field does, a path is cut at its first dot only where no field has the whole as its name.
        assert!(odd.field_path("b.c.d.e").is_err());
        assert_eq!(
            odd.select_below(&["b.c"], "*").unwrap().columns(),
            ["b.c.d.e"]
        );
        assert!(odd.select_below(&["a?"], "*").is_err());
    }
}
