//! Reading forms from JSON: a recursive walk that carries its depth.
//!
//! Errors are kept beside serde's, in a [`Context`], so that they stay typed; the way to them is put together
//! as the recursion unwinds, so that a form without errors pays nothing for it.

mod class;
mod leaf;
mod members;
mod parameters;
pub(super) mod usual;

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use serde::Deserializer;
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::MAX_DEPTH;
use super::problem::{JsonProblem, Step};
use crate::select::Open;
use crate::{Form, FormError, NumpyForm};
use members::Members;

/// What a read has found wrong, if anything.
#[derive(Default)]
pub(super) struct Context {
    failure: Cell<Option<Box<Failure>>>,
}

struct Failure {
    problem: JsonProblem,
    /// Innermost first.
    steps: Vec<Step>,
}

impl Context {
    /// Notes a problem here, and gives serde an error to carry up.
    fn fail<E: de::Error>(&self, problem: JsonProblem) -> E {
        self.failure.set(Some(Box::new(Failure {
            problem,
            steps: Vec::new(),
        })));
        E::custom("this is no form")
    }

    /// Notes that a problem, if there is one, is one step further in.
    fn at<T, E>(&self, result: Result<T, E>, step: impl FnOnce() -> Step) -> Result<T, E> {
        if result.is_err()
            && let Some(mut failure) = self.failure.take()
        {
            failure.steps.push(step());
            self.failure.set(Some(failure));
        }
        result
    }

    pub(super) fn into_error(self) -> Option<FormError> {
        let failure = self.failure.into_inner()?;
        let mut path = String::from("$");
        for step in failure.steps.iter().rev() {
            path.push_str(&step.to_string());
        }
        Some(FormError::Json {
            path,
            problem: failure.problem,
        })
    }
}

/// Reads one node.
#[derive(Clone, Copy)]
pub(super) struct NodeSeed<'c> {
    context: &'c Context,
    /// How many nodes this one is in.
    depth: usize,
    /// The columns that are wanted, where these are not all.
    wanted: Option<&'c [Open<'c>]>,
}

impl<'c> NodeSeed<'c> {
    pub(super) fn root(context: &'c Context, wanted: Option<&'c [Open<'c>]>) -> Self {
        Self {
            context,
            depth: 0,
            wanted,
        }
    }

    /// The same with these columns.
    fn wanting<'w>(self, wanted: Option<&'w [Open<'w>]>) -> NodeSeed<'w>
    where
        'c: 'w,
    {
        NodeSeed { wanted, ..self }
    }

    fn child(self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self
        }
    }
}

impl<'de> DeserializeSeed<'de> for NodeSeed<'_> {
    type Value = Arc<Form>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Arc<Form>, D::Error> {
        if self.depth >= MAX_DEPTH {
            return Err(self.context.fail(JsonProblem::TooDeep(MAX_DEPTH)));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NodeSeed<'_> {
    type Value = Arc<Form>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NODE)
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Arc<Form>, E> {
        let dtype = class::primitive(name).map_err(|problem| self.context.fail(problem))?;
        Ok(Arc::new(NumpyForm::new(dtype).into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Arc<Form>, A::Error> {
        let mut members = Box::<Members<'de>>::default();
        members.read(self, &mut map)?;
        members
            .make_form()
            .map_err(|refused| refused.fail(self.context))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Arc<Form>, A::Error> {
        Err(self.wrong("an array"))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Arc<Form>, E> {
        Err(self.wrong("null"))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Arc<Form>, E> {
        Err(self.wrong(&value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Arc<Form>, E> {
        Err(self.wrong(&value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Arc<Form>, E> {
        Err(self.wrong(&value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Arc<Form>, E> {
        Err(self.wrong(&value))
    }
}

const NODE: &str = "a form (an object with a class) or the name of a dtype";

impl NodeSeed<'_> {
    fn wrong<E: de::Error>(self, found: &(impl fmt::Display + ?Sized)) -> E {
        self.context.fail(JsonProblem::WrongType {
            expected: NODE,
            found: found.to_string(),
        })
    }
}
