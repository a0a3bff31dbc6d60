//! The metadata of one node.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

/// The JSON metadata of one node, kept as it is and in order; clones share it.
///
/// No parameters and an empty object are the same thing. An integer that fits neither `i64` nor `u64` is read as
/// the nearest `f64`, a limit of the JSON reader.
///
/// ```
/// use gawky_form::Parameters;
/// let named = Parameters::from_iter([("__record__", "Muon")]);
/// assert_eq!(named.str("__record__"), Some("Muon"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters(Option<Arc<IndexMap<String, Value>>>);

impl Parameters {
    /// No parameters.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// All of `map`.
    pub(crate) fn from_map(map: IndexMap<String, Value>) -> Self {
        Self((!map.is_empty()).then(|| Arc::new(map)))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The value of one parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.as_ref()?.get(name)
    }

    /// The value of one parameter, where it is a string.
    #[must_use]
    pub fn str(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// The parameter `__array__`, which makes strings of lists and categories of indexes.
    #[must_use]
    pub fn array(&self) -> Option<&str> {
        self.str("__array__")
    }

    /// Whether `__array__` says that this is an index into categories.
    #[must_use]
    pub fn is_categorical(&self) -> bool {
        self.array() == Some("categorical")
    }

    /// All parameters, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0
            .iter()
            .flat_map(|map| map.iter().map(|(name, value)| (name.as_str(), value)))
    }

    /// These parameters with one set to `value`.
    #[must_use]
    pub fn with(&self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let mut map = self.0.as_deref().cloned().unwrap_or_default();
        map.insert(name.into(), value.into());
        Self(Some(Arc::new(map)))
    }

    /// These parameters without one.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        if self.get(name).is_none() {
            return self.clone();
        }
        self.iter()
            .filter(|(other, _)| *other != name)
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect()
    }

    /// These parameters and `other`'s, which win; nulls are dropped, as in Awkward's `parameters_union`.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.iter()
            .chain(other.iter())
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect()
    }

    /// What these parameters and `other`'s have in common; nulls are dropped, as in Awkward's `parameters_intersect`.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.iter()
            .filter(|(name, value)| !value.is_null() && other.get(name) == Some(value))
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect()
    }

    /// Whether those are the same that make two types different: `__array__`, `__list__`, `__record__` and
    /// `__categorical__`. One that is null is as none.
    #[must_use]
    pub fn same_type(&self, other: &Self) -> bool {
        const TELLING: [&str; 4] = ["__array__", "__list__", "__record__", "__categorical__"];
        TELLING.into_iter().all(|name| self.is_same(other, name))
    }

    /// Whether one parameter is the same in both; one that is null is as none.
    pub(crate) fn is_same(&self, other: &Self, name: &str) -> bool {
        let value = |parameters: &'_ Self| {
            parameters
                .get(name)
                .filter(|value| !value.is_null())
                .cloned()
        };
        value(self) == value(other)
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Parameters {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(iter: I) -> Self {
        let map: IndexMap<String, Value> = iter
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Self::from_map(map)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::Form;

    #[test]
    fn integers_beyond_64_bits_are_the_nearest_float() {
        for (integer, read) in [
            ("18446744073709551615", Value::from(u64::MAX)),
            ("-9223372036854775808", Value::from(i64::MIN)),
            ("18446744073709551617", Value::from(18446744073709551616.0)),
            ("-9223372036854775809", Value::from(-9223372036854775808.0)),
        ] {
            let json = format!(
                r#"{{"class": "NumpyArray", "primitive": "int8", "parameters": {{"x": {integer}}}}}"#
            );
            let form: Form = json.parse().unwrap();
            assert_eq!(form.parameters().get("x"), Some(&read), "{integer}");
        }
    }
}
