//! Panics. Those of readers that are not ours become errors in the library, which are told as such, and nothing else of them; one that nobody
//! catches is told in one line.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};

/// What the last panic said, and where.
static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Runs it without a word about panics, unless `RUST_BACKTRACE` asks for all of them; one that nobody caught is the error.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    if std::env::var_os("RUST_BACKTRACE").is_none() {
        panic::set_hook(Box::new(|panic| {
            *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic.to_string());
        }));
    }
    panic::catch_unwind(AssertUnwindSafe(run)).map_err(|_| {
        let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).take();
        last.unwrap_or_else(|| "panicked".to_owned())
    })
}
