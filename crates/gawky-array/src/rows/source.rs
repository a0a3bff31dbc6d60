//! Arrays whose rows become Rust values.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::source::{self, FieldNote};

pub(super) use crate::source::Bounds;

pub(super) type Source<'a> = source::Source<'a, LeftOut>;
pub(super) type Records<'a> = source::Records<'a, LeftOut>;
pub(super) type Field<'a> = source::Field<'a, LeftOut>;

/// Whether a field is left out of the rows in which it is missing, as what reads it takes nothing for it.
#[derive(Debug)]
pub(super) struct LeftOut(AtomicBool);

impl FieldNote for LeftOut {
    fn of(_slot: usize, _name: Option<&str>) -> Self {
        Self(AtomicBool::new(false))
    }
}

impl LeftOut {
    #[inline]
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Leaves it out from now on.
    #[cold]
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
