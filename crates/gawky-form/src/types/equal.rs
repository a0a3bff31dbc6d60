//! Equality as Awkward has it.

use std::sync::Arc;

use super::{ArrayType, RecordType, Type};
use crate::Parameters;

impl Type {
    /// Whether Awkward calls the types equal: the fields of records and the alternatives of unions may come
    /// in another order, and of the parameters only `__array__`, `__list__`, `__record__` and
    /// `__categorical__` count; all others do too with `all_parameters`. A parameter that is null is as none.
    ///
    /// Of fields that share a name, the first is compared with the first, the second with the second, and so
    /// on; Awkward compares the last only.
    ///
    /// ```
    /// use gawky_form::Type;
    /// let one: Type = "union[{x: int8, y: bool}, string]".parse()?;
    /// let other: Type = "union[string, {y: bool, x: int8}]".parse()?;
    /// assert!(one != other && one.is_equal_to(&other, false));
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    #[must_use]
    pub fn is_equal_to(&self, other: &Self, all_parameters: bool) -> bool {
        if matches!((self, other), (Self::Unknown(_), Self::Unknown(_))) {
            return true;
        }
        if !parameters_are_equal(self.parameters(), other.parameters(), all_parameters) {
            return false;
        }
        match (self, other) {
            (Self::Numpy(one), Self::Numpy(other)) => one.dtype == other.dtype,
            (Self::Regular(one), Self::Regular(other)) => {
                one.size == other.size && one.content.is_equal_to(&other.content, all_parameters)
            }
            (Self::List(one), Self::List(other)) => {
                one.content.is_equal_to(&other.content, all_parameters)
            }
            (Self::Option(one), Self::Option(other)) => {
                one.content.is_equal_to(&other.content, all_parameters)
            }
            (Self::Record(one), Self::Record(other)) => {
                records_are_equal(one, other, all_parameters)
            }
            (Self::Union(one), Self::Union(other)) => {
                unions_are_equal(&one.contents, &other.contents, all_parameters)
            }
            _ => false,
        }
    }
}

impl ArrayType {
    /// Whether Awkward calls the types equal; see [`Type::is_equal_to`].
    #[must_use]
    pub fn is_equal_to(&self, other: &Self, all_parameters: bool) -> bool {
        self.length == other.length && self.content.is_equal_to(&other.content, all_parameters)
    }
}

fn parameters_are_equal(one: &Parameters, other: &Parameters, all: bool) -> bool {
    if all {
        let names = one.iter().chain(other.iter());
        names.into_iter().all(|(name, _)| one.is_same(other, name))
    } else {
        one.same_type(other)
    }
}

fn records_are_equal(one: &RecordType, other: &RecordType, all_parameters: bool) -> bool {
    if one.contents().len() != other.contents().len() {
        return false;
    }
    match (one.fields(), other.fields()) {
        (None, None) => one
            .contents()
            .iter()
            .zip(&**other.contents())
            .all(|(one, other)| one.is_equal_to(other, all_parameters)),
        (Some(names), Some(other_names)) => {
            let one = by_name(names, one.contents());
            let other = by_name(other_names, other.contents());
            one.iter()
                .zip(&other)
                .all(|((name, one), (other_name, other))| {
                    name == other_name && one.is_equal_to(other, all_parameters)
                })
        }
        _ => false,
    }
}

fn by_name<'a>(names: &'a [Arc<str>], contents: &'a [Type]) -> Vec<(&'a str, &'a Type)> {
    let mut fields: Vec<_> = names.iter().map(|name| &**name).zip(contents).collect();
    // Stable: fields that share a name stay in order.
    fields.sort_by_key(|(name, _)| *name);
    fields
}

/// Whether some order of `other` is equal to `one`. Equality is transitive, so that the first match is as
/// good as any.
fn unions_are_equal(one: &[Type], other: &[Type], all_parameters: bool) -> bool {
    let mut left: Vec<&Type> = other.iter().collect();
    one.len() == other.len()
        && one.iter().all(|content| {
            let found = left
                .iter()
                .position(|candidate| content.is_equal_to(candidate, all_parameters));
            found.map(|position| left.swap_remove(position)).is_some()
        })
}
