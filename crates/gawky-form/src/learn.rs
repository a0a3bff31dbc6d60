//! [`Form::learn`]: what one form does not know, told by another.

use std::collections::HashSet;
use std::sync::Arc;

use gawky_buffer::Key;

use crate::{Form, FormKeyFormat};

impl Form {
    /// Whether there is an `EmptyForm` anywhere in it: something of which nothing is known.
    #[must_use]
    pub fn has_unknown(&self) -> bool {
        matches!(self, Self::Empty(_)) || self.children().iter().any(|child| child.has_unknown())
    }

    /// Puts what `other` knows in the place of each `EmptyForm`; whether there was any. All else stays as it is, with its
    /// name. What is put in has the names that it has there.
    ///
    /// Options, indexes and the classes of lists may differ; records are gone through by the names of their fields, tuples
    /// by position, unions not at all.
    ///
    /// ```
    /// use gawky_form::Form;
    /// let mut form = Form::from_type(&"{met: float32, jets: var * unknown}".parse()?)?;
    /// let more = Form::from_type(&"{met: int32, jets: var * {pt: ?float32}}".parse()?)?;
    /// assert!(form.learn(&more));
    /// assert_eq!(form.type_().to_string(), "{met: float32, jets: var * {pt: ?float32}}");
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    pub fn learn(&mut self, other: &Self) -> bool {
        match (&mut *self, other) {
            (_, Self::Empty(_)) => false,
            (Self::Empty(_), known) => {
                *self = known.clone();
                true
            }
            (Self::Record(here), Self::Record(there)) => {
                let pairs: Vec<_> = match (here.fields(), there.fields()) {
                    (Some(names), Some(_)) => names
                        .iter()
                        .map(|name| there.position(name).and_then(|at| there.contents().get(at)))
                        .collect(),
                    (None, None) => (0..here.contents().len())
                        .map(|at| there.contents().get(at))
                        .collect(),
                    _ => return false,
                };
                let mut learned = false;
                for (content, told) in self.children_mut().iter_mut().zip(pairs) {
                    learned |= told.is_some_and(|told| learn_shared(content, told));
                }
                learned
            }
            (Self::Union(_), _) | (_, Self::Union(_)) => false,
            (here, there) => {
                let (wraps, wrapped) = (here.wraps_rows(), there.wraps_rows());
                let told = match there.children().first() {
                    // What an option or an index is around on one side alone.
                    Some(content) if wrapped && !wraps => return here.learn(content),
                    Some(content) if wrapped || here.is_lists() && there.is_lists() => content,
                    _ if wraps => there,
                    _ => return false,
                };
                let content = here.children_mut().first_mut();
                content.is_some_and(|content| learn_shared(content, told))
            }
        }
    }

    /// Gives those nodes names that have none: `node0`, `node1`, …, depth first, but for names that are taken.
    #[must_use]
    pub fn with_missing_form_keys(mut self) -> Self {
        let mut naming = Missing::default();
        naming.see(&self);
        naming.name(&mut self);
        self
    }

    /// Whether its rows are rows of its content, if they are there.
    fn wraps_rows(&self) -> bool {
        self.is_option() || matches!(self, Self::Indexed(_))
    }

    fn is_lists(&self) -> bool {
        matches!(self, Self::Regular(_) | Self::List(_) | Self::ListOffset(_))
    }
}

/// Learns without making a form its own copy of which nothing is unknown.
fn learn_shared(form: &mut Arc<Form>, told: &Form) -> bool {
    form.has_unknown() && Arc::make_mut(form).learn(told)
}

/// Names nodes that have no name, by the names that are free.
#[derive(Default)]
struct Missing {
    taken: HashSet<Key>,
    format: FormKeyFormat,
    /// The number of the next name, if it is free.
    next: u64,
    text: String,
}

impl Missing {
    /// Takes the names that are there.
    fn see(&mut self, form: &Form) {
        self.taken.extend(form.info().form_key.clone());
        for child in form.children() {
            self.see(child);
        }
    }

    fn name(&mut self, form: &mut Form) {
        if form.form_key().is_none() {
            let free = self.free(form);
            form.info_mut().form_key = Some(free);
        }
        for child in form.children_mut() {
            self.name(Arc::make_mut(child));
        }
    }

    fn free(&mut self, form: &Form) -> Key {
        loop {
            self.text.clear();
            self.format.write(self.next, form, &mut self.text);
            // More nodes than that are in no form.
            self.next = self.next.saturating_add(1);
            if !self.taken.contains(self.text.as_str()) {
                return Key::from(self.text.as_str());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FormError;

    fn form(datashape: &str) -> Result<Form, FormError> {
        Form::from_type(&datashape.parse()?)
    }

    fn names(form: &Form) -> Vec<&str> {
        let below = form.children().iter().flat_map(|child| names(child));
        form.form_key().into_iter().chain(below).collect()
    }

    #[test]
    fn what_is_unknown_is_learned_and_nothing_else() -> Result<(), FormError> {
        for (known, told, expected) in [
            ("unknown", "int64", "int64"),
            ("int64", "unknown", "int64"),
            ("unknown", "unknown", "unknown"),
            ("int64", "float64", "int64"),
            ("?unknown", "?int64", "?int64"),
            ("?unknown", "int64", "?int64"),
            ("var * unknown", "?var * int64", "var * int64"),
            ("var * unknown", "3 * ?int64", "var * ?int64"),
            (
                "var * unknown",
                "var * var * unknown",
                "var * var * unknown",
            ),
            (
                "{a: unknown, b: int8}",
                "{b: int16, a: string}",
                "{a: string, b: int8}",
            ),
            ("{a: unknown}", "{b: int16}", "{a: unknown}"),
            ("{a: unknown}", "(int16)", "{a: unknown}"),
            ("(unknown, unknown)", "(int16, string)", "(int16, string)"),
            (
                "union[int8, var * unknown]",
                "union[int8, var * int8]",
                "union[int8, var * unknown]",
            ),
        ] {
            let mut learning = form(known)?;
            let learned = learning.learn(&form(told)?);
            assert_eq!(
                learning.type_().to_string(),
                expected,
                "{known} from {told}"
            );
            assert_eq!(learned, known != expected, "{known} from {told}");
        }
        Ok(())
    }

    #[test]
    fn names_that_are_there_stay() -> Result<(), FormError> {
        let known = form("{a: unknown, b: var * int8}")?;
        let mut known = known.with_form_keys(&FormKeyFormat::default(), 0)?;
        known.learn(&form("{a: var * int64}")?);
        let named = known.with_missing_form_keys();
        assert_eq!(names(&named), ["node0", "node1", "node4", "node2", "node3"]);
        Ok(())
    }
}
