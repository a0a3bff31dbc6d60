//! [`CachePolicy`]: what a cache keeps.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use foldhash::fast::RandomState;
use gawky_buffer::{Attribute, Fetch, Key};

/// What becomes of bytes that were fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Retention {
    /// They are handed on and not kept, as though there were no cache.
    Pass,
    /// They are kept until there is no room for them: what was not used for longest goes first.
    #[default]
    Keep,
    /// They are kept, and go only when nothing that is merely kept is left to go.
    Pin,
}

/// Which bytes are kept, by the buffer of the node that they are ([`Fetch::origin`]).
///
/// A policy decides about what is fetched from now on. What is there already is served, and stays until it has to
/// make room.
///
/// ```
/// use gawky_store::cache::{CachePolicy, Retention};
/// use gawky_store::{Attribute, DType, Fetch, Origin};
///
/// // Offsets and their like are small, and every read of rows wants them; of the data, only one column.
/// let policy = CachePolicy::structure_only().with_node("node7", Attribute::Data, Retention::Pin);
/// let fetch = |node: &str, attribute| {
///     let origin = Origin { form_key: node.into(), attribute };
///     Fetch::whole(format!("{node}-{attribute}"), DType::Int64).with_origin(Some(origin))
/// };
/// assert_eq!(policy.decide(&fetch("node3", Attribute::Offsets)), Retention::Keep);
/// assert_eq!(policy.decide(&fetch("node3", Attribute::Data)), Retention::Pass);
/// assert_eq!(policy.decide(&fetch("node7", Attribute::Data)), Retention::Pin);
/// ```
#[derive(Clone)]
pub struct CachePolicy(Rule);

#[derive(Clone)]
enum Rule {
    Table(Table),
    Function(Arc<dyn Fn(&Fetch) -> Retention + Send + Sync>),
}

#[derive(Clone, Debug)]
struct Table {
    structure: Retention,
    data: Retention,
    without_origin: Retention,
    nodes: HashMap<Key, Vec<(Attribute, Retention)>, RandomState>,
}

impl CachePolicy {
    /// Everything is kept. It is the default.
    #[must_use]
    pub fn everything() -> Self {
        Self::of(Retention::Keep, Retention::Keep)
    }

    /// Only offsets, starts, stops, index, tags and masks are kept, and what belongs to no form; the elements of
    /// NumPy nodes pass.
    #[must_use]
    pub fn structure_only() -> Self {
        Self::of(Retention::Keep, Retention::Pass)
    }

    /// Everything is kept, and all but the elements of NumPy nodes goes last.
    #[must_use]
    pub fn structure_first() -> Self {
        Self::of(Retention::Pin, Retention::Keep)
    }

    /// Nothing is kept but what [`with_node`](Self::with_node) and [`without_origin`](Self::without_origin) add.
    #[must_use]
    pub fn nothing() -> Self {
        Self::of(Retention::Pass, Retention::Pass).without_origin(Retention::Pass)
    }

    /// A decision of your own, made for each fetch that the cache cannot answer.
    #[must_use]
    pub fn from_fn(decide: impl Fn(&Fetch) -> Retention + Send + Sync + 'static) -> Self {
        Self(Rule::Function(Arc::new(decide)))
    }

    /// The same policy, but for one buffer of one node; on top of a function, it is asked first.
    #[must_use]
    pub fn with_node(
        self,
        form_key: impl Into<Key>,
        attribute: Attribute,
        retention: Retention,
    ) -> Self {
        let form_key = form_key.into();
        match self.0 {
            Rule::Table(mut table) => {
                let node = table.nodes.entry(form_key).or_default();
                node.retain(|(of, _)| *of != attribute);
                node.push((attribute, retention));
                Self(Rule::Table(table))
            }
            Rule::Function(decide) => Self::from_fn(move |fetch| match &fetch.origin {
                Some(origin) if origin.form_key == form_key && origin.attribute == attribute => {
                    retention
                }
                _ => decide(fetch),
            }),
        }
    }

    /// The same policy, but for bytes that belong to no form: manifests, headers, whatever is asked for by key
    /// alone. They are kept unless it is said otherwise.
    #[must_use]
    pub fn without_origin(self, retention: Retention) -> Self {
        match self.0 {
            Rule::Table(table) => Self(Rule::Table(Table {
                without_origin: retention,
                ..table
            })),
            Rule::Function(decide) => Self::from_fn(move |fetch| match &fetch.origin {
                None => retention,
                Some(_) => decide(fetch),
            }),
        }
    }

    /// What becomes of the bytes of this fetch.
    #[must_use]
    pub fn decide(&self, fetch: &Fetch) -> Retention {
        let table = match &self.0 {
            Rule::Function(decide) => return decide(fetch),
            Rule::Table(table) => table,
        };
        let Some(origin) = &fetch.origin else {
            return table.without_origin;
        };
        let own = table.nodes.get(origin.form_key.as_str());
        let own = own.and_then(|node| node.iter().find(|(of, _)| *of == origin.attribute));
        match (own, origin.attribute) {
            (Some((_, retention)), _) => *retention,
            (None, Attribute::Data) => table.data,
            (None, _) => table.structure,
        }
    }

    fn of(structure: Retention, data: Retention) -> Self {
        Self(Rule::Table(Table {
            structure,
            data,
            without_origin: Retention::Keep,
            nodes: HashMap::default(),
        }))
    }
}

impl Default for CachePolicy {
    fn default() -> Self {
        Self::everything()
    }
}

impl fmt::Debug for CachePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Rule::Table(table) => fmt::Debug::fmt(table, f),
            Rule::Function(_) => f.write_str("CachePolicy::from_fn(..)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use gawky_buffer::{DType, Origin};

    use super::*;

    fn fetch(form_key: &str, attribute: Attribute) -> Fetch {
        let origin = Origin {
            form_key: form_key.into(),
            attribute,
        };
        Fetch::whole("k", DType::Int64).with_origin(Some(origin))
    }

    #[test]
    fn structure_is_all_but_data() {
        use Attribute::{Data, Index, Mask, Offsets, Starts, Stops, Tags};
        let structure = [Index, Mask, Offsets, Starts, Stops, Tags];
        for (policy, of_structure, of_data) in [
            (CachePolicy::everything(), Retention::Keep, Retention::Keep),
            (
                CachePolicy::structure_only(),
                Retention::Keep,
                Retention::Pass,
            ),
            (
                CachePolicy::structure_first(),
                Retention::Pin,
                Retention::Keep,
            ),
            (CachePolicy::nothing(), Retention::Pass, Retention::Pass),
        ] {
            for attribute in structure {
                assert_eq!(policy.decide(&fetch("node0", attribute)), of_structure);
            }
            assert_eq!(policy.decide(&fetch("node0", Data)), of_data);
        }
    }

    #[test]
    fn one_buffer_of_one_node_is_an_exception_from_anything() {
        let function = CachePolicy::from_fn(|_| Retention::Keep);
        for base in [CachePolicy::everything(), function] {
            let policy = base
                .with_node("node1", Attribute::Data, Retention::Pin)
                .with_node("node1", Attribute::Data, Retention::Pass)
                .without_origin(Retention::Pin);
            for (fetch, expected) in [
                (fetch("node1", Attribute::Data), Retention::Pass),
                (fetch("node1", Attribute::Mask), Retention::Keep),
                (fetch("node2", Attribute::Data), Retention::Keep),
                (Fetch::raw("k", None), Retention::Pin),
            ] {
                assert_eq!(policy.decide(&fetch), expected, "{fetch:?}");
            }
        }
    }
}
