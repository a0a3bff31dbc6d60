//! Waiting that must not be put off: before memory is freed, or touched again, that the device may still use.
//!
//! `cudarc`'s own functions return an error that is on record from before, and have not waited then. These wait in any
//! case. What they return is whether they have: where they have not, memory is to be kept for ever.

use cudarc::driver::sys::CUevent_wait_flags::CU_EVENT_WAIT_DEFAULT;
use cudarc::driver::{CudaContext, CudaEvent, CudaStream, DriverError, result};

/// Makes the context current on this thread.
pub(crate) fn bind(context: &CudaContext) -> Result<(), DriverError> {
    // SAFETY: the context is alive.
    unsafe { result::ctx::set_current(context.cu_ctx()) }
}

/// Waits until all is done that was sent to the stream.
pub(crate) fn for_stream(stream: &CudaStream) -> Result<(), DriverError> {
    bind(stream.context())?;
    // SAFETY: the stream is alive, and its context current.
    unsafe { result::stream::synchronize(stream.cu_stream()) }
}

/// Waits until all is done that was sent to any stream of the context.
pub(crate) fn for_context(context: &CudaContext) -> Result<(), DriverError> {
    bind(context)?;
    result::ctx::synchronize()
}

/// Waits for an event.
pub(crate) fn for_event(event: &CudaEvent) -> Result<(), DriverError> {
    bind(event.context())?;
    // SAFETY: the event is alive, and its context current.
    unsafe { result::event::synchronize(event.cu_event()) }
}

/// Makes what is sent to `stream` from now on wait for an event.
pub(crate) fn in_order(stream: &CudaStream, event: &CudaEvent) -> Result<(), DriverError> {
    bind(stream.context())?;
    // SAFETY: both are alive, and the context is current.
    unsafe {
        result::stream::wait_event(stream.cu_stream(), event.cu_event(), CU_EVENT_WAIT_DEFAULT)
    }
}

/// Makes what is sent to `stream` from now on wait for what was sent to `other` before; where that cannot be, waits for it here.
pub(crate) fn in_order_of(stream: &CudaStream, other: &CudaStream) -> Result<(), DriverError> {
    let joined = other
        .record_event(None)
        .and_then(|event| in_order(stream, &event));
    joined.or_else(|_| for_stream(other))
}
