//! The runtime of the blocking containers.

use std::any::Any;
use std::cell::Cell;
use std::future::Future;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError, Weak, mpsc};
use std::thread;

use futures_util::FutureExt;
use gawky_store::StoreError;
use tokio::runtime::{Builder, Runtime};

// More threads than this move no more bytes.
const MOST_THREADS: usize = 4;

thread_local! {
    static IS_OURS: Cell<bool> = const { Cell::new(false) };
}

/// A runtime on threads of its own, which others send work to and wait. It may be dropped anywhere; Tokio's own must
/// not be where one may not block.
#[derive(Debug)]
pub(crate) struct OwnRuntime(Option<Runtime>);

impl OwnRuntime {
    /// That of the process, started if there is none.
    pub(crate) fn shared() -> Result<Arc<Self>, StoreError> {
        static SHARED: Mutex<Weak<OwnRuntime>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = shared.upgrade() {
            return Ok(runtime);
        }
        let runtime = Arc::new(Self::start()?);
        *shared = Arc::downgrade(&runtime);
        Ok(runtime)
    }

    fn start() -> Result<Self, StoreError> {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Builder::new_multi_thread()
            .worker_threads(cores.min(MOST_THREADS))
            .thread_name("gawky-object-store")
            .on_thread_start(|| IS_OURS.set(true))
            .enable_all()
            .build()
            .map(|runtime| Self(Some(runtime)))
            .map_err(|error| StoreError::backend("", format!("no runtime can be started: {error}")))
    }

    /// Does `work` there, and waits for what comes of it; `None` when the runtime has ended before. A panic is the
    /// caller's.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (send, outcome) = mpsc::sync_channel::<Result<T, Box<dyn Any + Send>>>(1);
        let work = AssertUnwindSafe(work).catch_unwind();
        self.0.as_ref()?.spawn(async move {
            // Nobody hangs up before it has an answer.
            let _ = send.send(work.await);
        });
        let outcome = if IS_OURS.get() {
            // A container that is asked by another on this runtime: its thread's other work goes elsewhere.
            tokio::task::block_in_place(|| outcome.recv())
        } else {
            outcome.recv()
        };
        match outcome.ok()? {
            Ok(answer) => Some(answer),
            Err(panic) => resume_unwind(panic),
        }
    }
}

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
