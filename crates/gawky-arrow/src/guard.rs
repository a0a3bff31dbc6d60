//! Code that is not ours, which panic at some of what damaged files and foreign arrays say.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{ArrowError, ArrowProblem};

/// Runs `read`, whose panic becomes an error. Whoever is told of one does not go on with what was being read.
pub(crate) fn guarded<T>(read: impl FnOnce() -> Result<T, ArrowError>) -> Result<T, ArrowError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| {
        let message = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        Err(ArrowProblem::Damaged {
            reason: message.unwrap_or("no reason was given").to_owned(),
        }
        .into())
    })
}
