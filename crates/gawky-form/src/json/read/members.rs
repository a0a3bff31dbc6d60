//! The members of a node, in whatever order they come.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde::Deserializer;
use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::leaf::{FromLeaf, LeafSeed};
use super::parameters::ParametersSeed;
use super::{Context, NodeSeed};
use crate::json::problem::{JsonProblem, Step};
use crate::select::Wanted;
use crate::{Form, Parameters};

/// What a record or a union holds.
pub(super) enum Contents<'de> {
    /// `None` where one was passed over, of a record.
    List(Vec<Option<Arc<Form>>>),
    /// Those that were not passed over.
    Object(Vec<Cow<'de, str>>, Vec<Arc<Form>>),
}

/// The members of a node that have been read.
#[derive(Default)]
pub(super) struct Members<'de> {
    pub(super) class: Option<Cow<'de, str>>,
    pub(super) primitive: Option<Cow<'de, str>>,
    pub(super) inner_shape: Option<Vec<u64>>,
    pub(super) itemsize: Option<u64>,
    pub(super) format: Option<Cow<'de, str>>,
    pub(super) size: Option<u64>,
    pub(super) starts: Option<Cow<'de, str>>,
    pub(super) stops: Option<Cow<'de, str>>,
    pub(super) offsets: Option<Cow<'de, str>>,
    pub(super) index: Option<Cow<'de, str>>,
    pub(super) tags: Option<Cow<'de, str>>,
    pub(super) mask: Option<Cow<'de, str>>,
    pub(super) valid_when: Option<bool>,
    pub(super) lsb_order: Option<bool>,
    pub(super) content: Option<Arc<Form>>,
    pub(super) contents: Option<Contents<'de>>,
    pub(super) fields: Option<Option<Vec<Cow<'de, str>>>>,
    /// What a `VirtualArray` wraps.
    pub(super) form: Option<Option<Arc<Form>>>,
    has_length: Option<bool>,
    has_identities: Option<bool>,
    pub(super) parameters: Option<Parameters>,
    pub(super) form_key: Option<Option<Cow<'de, str>>>,
    unknown: HashSet<String>,
}

impl<'de> Members<'de> {
    pub(super) fn read<A: MapAccess<'de>>(
        &mut self,
        node: NodeSeed<'_>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        // Only these recurse; all else is elsewhere, so that a level of nesting takes little stack.
        while let Some(name) = map.next_key_seed(NameSeed)? {
            let mut next = Next { node, map };
            match &*name {
                "content" => next.value("content", node.child(), &mut self.content)?,
                "contents" => {
                    let names = Names::of(self.class.as_deref(), &self.fields);
                    let seed = ContentsSeed::new(node.child(), names);
                    next.value("contents", seed, &mut self.contents)?;
                }
                "form" => next.value("form", OptionalNode(node.child()), &mut self.form)?,
                _ => self.read_flat(name, next)?,
            }
        }
        Ok(())
    }

    /// Reads a member that holds no forms.
    fn read_flat<A: MapAccess<'de>>(
        &mut self,
        name: Cow<'de, str>,
        mut next: Next<'_, '_, A>,
    ) -> Result<(), A::Error> {
        let context = next.node.context;
        match &*name {
            "class" => next.leaf("class", &mut self.class),
            "primitive" => next.leaf("primitive", &mut self.primitive),
            "inner_shape" => next.value("inner_shape", ShapeSeed(context), &mut self.inner_shape),
            "itemsize" => next.leaf("itemsize", &mut self.itemsize),
            "format" => next.leaf("format", &mut self.format),
            "size" => next.leaf("size", &mut self.size),
            "starts" => next.leaf("starts", &mut self.starts),
            "stops" => next.leaf("stops", &mut self.stops),
            "offsets" => next.leaf("offsets", &mut self.offsets),
            "index" => next.leaf("index", &mut self.index),
            "tags" => next.leaf("tags", &mut self.tags),
            "mask" => next.leaf("mask", &mut self.mask),
            "valid_when" => next.leaf("valid_when", &mut self.valid_when),
            "lsb_order" => next.leaf("lsb_order", &mut self.lsb_order),
            "fields" => next.value("fields", FieldsSeed(context), &mut self.fields),
            "has_length" => next.leaf("has_length", &mut self.has_length),
            "has_identities" => next.leaf("has_identities", &mut self.has_identities),
            "parameters" => next.value(
                "parameters",
                ParametersSeed { context },
                &mut self.parameters,
            ),
            "form_key" => next.leaf("form_key", &mut self.form_key),
            _ => {
                next.map.next_value::<IgnoredAny>()?;
                let name = name.into_owned();
                match self.unknown.replace(name) {
                    None => Ok(()),
                    Some(name) => Err(context.fail(JsonProblem::Repeated(name))),
                }
            }
        }
    }
}

/// A member whose name has been read, and whose value comes next.
struct Next<'m, 'c, A> {
    node: NodeSeed<'c>,
    map: &'m mut A,
}

impl<'de, A: MapAccess<'de>> Next<'_, '_, A> {
    fn leaf<T: FromLeaf<'de>>(
        &mut self,
        name: &'static str,
        slot: &mut Option<T>,
    ) -> Result<(), A::Error> {
        let context = self.node.context;
        let leaf = LeafSeed {
            context,
            expected: T::EXPECTED,
        };
        let value = self.map.next_value_seed(leaf).and_then(|leaf| {
            T::from_leaf(leaf).map_err(|error| error.fail::<T, A::Error>(context))
        });
        self.fill(name, value, slot)
    }

    fn value<S: DeserializeSeed<'de>>(
        &mut self,
        name: &'static str,
        seed: S,
        slot: &mut Option<S::Value>,
    ) -> Result<(), A::Error> {
        let value = self.map.next_value_seed(seed);
        self.fill(name, value, slot)
    }

    fn fill<T>(
        &mut self,
        name: &'static str,
        value: Result<T, A::Error>,
        slot: &mut Option<T>,
    ) -> Result<(), A::Error> {
        let context = self.node.context;
        let value = context.at(value, || Step::Member(name))?;
        match slot.replace(value) {
            None => Ok(()),
            Some(_) => Err(context.fail(JsonProblem::Repeated(name.to_owned()))),
        }
    }
}

/// Reads the name of a member, without a copy where there are no escapes in it.
pub(super) struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }

    fn visit_borrowed_str<E: de::Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_string<E: de::Error>(self, name: String) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name))
    }
}

/// Refuses what is neither an array nor (where that is allowed) an object or null.
macro_rules! refuse_leaves {
    ($expected:expr) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str($expected)
        }

        fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
            Err(wrong(self.context(), $expected, &value))
        }

        fn visit_u64<E: de::Error>(self, value: u64) -> Result<Self::Value, E> {
            Err(wrong(self.context(), $expected, &value))
        }

        fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> {
            Err(wrong(self.context(), $expected, &value))
        }

        fn visit_f64<E: de::Error>(self, value: f64) -> Result<Self::Value, E> {
            Err(wrong(self.context(), $expected, &value))
        }

        fn visit_str<E: de::Error>(self, value: &str) -> Result<Self::Value, E> {
            Err(wrong(self.context(), $expected, &format_args!("{value:?}")))
        }
    };
}

fn wrong<E: de::Error>(
    context: &Context,
    expected: &'static str,
    found: &(impl fmt::Display + ?Sized),
) -> E {
    context.fail(JsonProblem::WrongType {
        expected,
        found: found.to_string(),
    })
}

/// Reads leaves, one after the other.
fn read_list<'de, T: FromLeaf<'de>, U, A: SeqAccess<'de>>(
    context: &Context,
    mut seq: A,
    keep: impl Fn(T) -> U,
) -> Result<Vec<U>, A::Error> {
    let leaf = LeafSeed {
        context,
        expected: T::EXPECTED,
    };
    let mut values = Vec::new();
    loop {
        let value = seq.next_element_seed(leaf).and_then(|leaf| {
            leaf.map(|leaf| T::from_leaf(leaf).map_err(|error| error.fail::<T, _>(context)))
                .transpose()
        });
        match context.at(value, || Step::Element(values.len()))? {
            Some(value) => values.push(keep(value)),
            None => return Ok(values),
        }
    }
}

/// Reads an inner shape.
struct ShapeSeed<'c>(&'c Context);

impl ShapeSeed<'_> {
    fn context(&self) -> &Context {
        self.0
    }
}

impl<'de> DeserializeSeed<'de> for ShapeSeed<'_> {
    type Value = Vec<u64>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<u64>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ShapeSeed<'_> {
    type Value = Vec<u64>;

    refuse_leaves!("an array of sizes");

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Vec<u64>, A::Error> {
        read_list(self.0, seq, |size| size)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Vec<u64>, E> {
        Err(wrong(self.0, "an array of sizes", "null"))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Vec<u64>, A::Error> {
        Err(wrong(self.0, "an array of sizes", "an object"))
    }
}

/// Reads the names of fields, or null.
struct FieldsSeed<'c>(&'c Context);

impl FieldsSeed<'_> {
    fn context(&self) -> &Context {
        self.0
    }
}

impl<'de> DeserializeSeed<'de> for FieldsSeed<'_> {
    type Value = Option<Vec<Cow<'de, str>>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for FieldsSeed<'_> {
    type Value = Option<Vec<Cow<'de, str>>>;

    refuse_leaves!("an array of names or null");

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        read_list(self.0, seq, |name| name).map(Some)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(wrong(self.0, "an array of names or null", "an object"))
    }
}

/// By which names patterns find the contents in an array.
#[derive(Clone, Copy)]
pub(super) enum Names<'m> {
    /// By these.
    Fields(&'m [Cow<'m, str>]),
    /// By their positions, as in a tuple.
    Positions,
    /// They go through all of them, which are alternatives of a union.
    Through,
    /// It is not known yet, as other members come first than usual: then all contents are read.
    Unknown,
}

impl<'m> Names<'m> {
    /// By what was read before the contents.
    pub(super) fn of(class: Option<&str>, fields: &'m Option<Option<Vec<Cow<'m, str>>>>) -> Self {
        match (class, fields) {
            (Some("RecordArray"), Some(Some(names))) => Self::Fields(names),
            (Some("RecordArray"), Some(None)) => Self::Positions,
            (Some(class), _) if class.starts_with("UnionArray") => Self::Through,
            _ => Self::Unknown,
        }
    }
}

/// Reads an array or an object of forms.
#[derive(Clone, Copy)]
pub(super) struct ContentsSeed<'c, 'm> {
    node: NodeSeed<'c>,
    names: Names<'m>,
}

/// What is wanted of one of several contents.
pub(super) enum Part<'w> {
    /// All of it.
    Whole,
    /// What is wanted of all of them together.
    Same,
    Some(Wanted<'w>),
}

impl Part<'_> {
    pub(super) fn is_nothing(&self) -> bool {
        matches!(self, Self::Some(wanted) if wanted.is_nothing())
    }
}

impl<'c, 'm> ContentsSeed<'c, 'm> {
    pub(super) fn new(node: NodeSeed<'c>, names: Names<'m>) -> Self {
        Self { node, names }
    }

    fn context(&self) -> &Context {
        self.node.context
    }

    /// How many contents there should be, as far as names that have been read tell.
    pub(super) fn expected(self) -> usize {
        match self.names {
            Names::Fields(names) => names.len(),
            _ => 0,
        }
    }

    /// What is wanted of the content at `position`.
    pub(super) fn part(self, position: usize) -> Part<'c> {
        let (open, name) = match (self.node.wanted, self.names) {
            (None, _) | (_, Names::Unknown) => return Part::Whole,
            (_, Names::Through) => return Part::Same,
            (Some(open), Names::Positions) => (open, Cow::Owned(position.to_string())),
            (Some(open), Names::Fields(names)) => match names.get(position) {
                Some(name) => (open, Cow::Borrowed(&**name)),
                // There are too many, which is told when all have been read.
                None => return Part::Whole,
            },
        };
        Part::Some(Wanted::of(open, &name, |_| {}))
    }

    /// What reads that much of a content.
    pub(super) fn of<'p>(self, part: &'p Part<'p>) -> NodeSeed<'p>
    where
        'c: 'p,
    {
        self.node.wanting(match part {
            Part::Whole => None,
            Part::Same => self.node.wanted,
            Part::Some(wanted) => wanted.open(),
        })
    }

    /// Reads what is wanted of the content at `position`; it is `None` where that is nothing.
    fn element<'de, A: SeqAccess<'de>>(
        self,
        position: usize,
        seq: &mut A,
    ) -> Result<Option<Option<Arc<Form>>>, A::Error> {
        let part = self.part(position);
        if part.is_nothing() {
            let passed = seq.next_element::<IgnoredAny>()?;
            return Ok(passed.map(|_| None));
        }
        let content = seq.next_element_seed(self.of(&part))?;
        Ok(content.map(Some))
    }
}

impl<'de> DeserializeSeed<'de> for ContentsSeed<'_, '_> {
    type Value = Contents<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Contents<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ContentsSeed<'_, '_> {
    type Value = Contents<'de>;

    refuse_leaves!("an array or an object of forms");

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Contents<'de>, A::Error> {
        let mut contents = Vec::new();
        loop {
            let content = self.element(contents.len(), &mut seq);
            let step = || Step::Element(contents.len());
            match self.node.context.at(content, step)? {
                Some(content) => contents.push(content),
                None => return Ok(Contents::List(contents)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Contents<'de>, A::Error> {
        let context = self.node.context;
        let mut seen = HashSet::new();
        let mut names = Vec::new();
        let mut contents = Vec::new();
        while let Some(name) = map.next_key_seed(NameSeed)? {
            let wanted = self.node.wanted.map(|open| Wanted::of(open, &name, |_| {}));
            if wanted.as_ref().is_some_and(Wanted::is_nothing) {
                map.next_value::<IgnoredAny>()?;
            } else {
                let seed = self.node.wanting(wanted.as_ref().and_then(Wanted::open));
                let content = map.next_value_seed(seed);
                contents.push(context.at(content, || Step::Named(name.to_string()))?);
                names.push(name.clone());
            }
            if !seen.insert(name.clone()) {
                return Err(context.fail(JsonProblem::Repeated(name.into_owned())));
            }
        }
        Ok(Contents::Object(names, contents))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Contents<'de>, E> {
        Err(wrong(
            self.node.context,
            "an array or an object of forms",
            "null",
        ))
    }
}

/// Reads a form or null.
struct OptionalNode<'c>(NodeSeed<'c>);

impl<'de> DeserializeSeed<'de> for OptionalNode<'_> {
    type Value = Option<Arc<Form>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for OptionalNode<'_> {
    type Value = Option<Arc<Form>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a form or null")
    }

    fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.0.deserialize(deserializer).map(Some)
    }
}
