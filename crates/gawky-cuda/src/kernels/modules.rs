//! What has been compiled for a device, and how it is launched.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use cudarc::driver::sys::CUdevice_attribute;
use cudarc::driver::{CudaContext, CudaModule, LaunchConfig, PushKernelArg};

use super::compile::{Capability, compile};
use super::program::Program;
use crate::{CudaDevice, CudaError};

/// Threads per block: `BLOCK` in `device.h`.
pub(crate) const BLOCK: u64 = 256;

/// Blocks per multiprocessor, where there is work for so many. More than it holds at a time, so that none idles for
/// long while the last ones finish; and not without end, so that each has several rounds.
const BLOCKS_EACH: u64 = 64;

/// The programs that have been compiled for a device, each once.
#[derive(Default)]
pub(crate) struct Modules {
    // The lock is held to find an entry. Who fills one does not hold it; who wants the same one waits.
    loaded: Mutex<HashMap<Program, Arc<Loading>>>,
    multiprocessors: OnceLock<u64>,
}

type Loading = OnceLock<Result<Arc<CudaModule>, CudaError>>;

impl Modules {
    fn module(
        &self,
        program: Program,
        context: &Arc<CudaContext>,
    ) -> Result<Arc<CudaModule>, CudaError> {
        let entry = {
            let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(loaded.entry(program).or_default())
        };
        entry.get_or_init(|| load(program, context)).clone()
    }

    fn most_blocks(&self, context: &CudaContext) -> u64 {
        let asked = || {
            let attribute = CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;
            let count = context.attribute(attribute).unwrap_or(1);
            u64::try_from(count).unwrap_or(1).max(1)
        };
        self.multiprocessors.get_or_init(asked) * BLOCKS_EACH
    }
}

impl fmt::Debug for Modules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_set().entries(loaded.keys()).finish()
    }
}

fn load(program: Program, context: &Arc<CudaContext>) -> Result<Arc<CudaModule>, CudaError> {
    let (major, minor) = context
        .compute_capability()
        .map_err(|error| CudaError::of_call("cuDeviceGetAttribute", error))?;
    let code = compile(program, Capability(major * 10 + minor))?;
    context
        .load_module(code)
        .map_err(|error| CudaError::of_call("cuModuleLoadData", error))
}

impl CudaDevice {
    /// Sends a kernel to the stream, with a thread for each of `threads`, if there can be so many: kernels make do with
    /// any number.
    ///
    /// # Safety
    /// The arguments are those of the kernel of that name, and memory is as long as the kernel takes it to be: what is
    /// read until the kernel is done, what is written besides by nobody else.
    ///
    /// # Errors
    /// [`CudaError::NvrtcUnavailable`], [`CudaError::Compile`] and [`CudaError::Driver`].
    pub(crate) unsafe fn launch(
        &self,
        program: Program,
        kernel: &str,
        threads: u64,
        arguments: &[u64],
    ) -> Result<(), CudaError> {
        let module = self.modules().module(program, self.context())?;
        let function = module
            .load_function(kernel)
            .map_err(|error| CudaError::of_call("cuModuleGetFunction", error))?;
        let most = self.modules().most_blocks(self.context());
        let blocks = threads.div_ceil(BLOCK).clamp(1, most);
        let mut call = self.stream().launch_builder(&function);
        for argument in arguments {
            call.arg(argument);
        }
        let config = LaunchConfig {
            grid_dim: (u32::try_from(blocks).unwrap_or(u32::MAX), 1, 1),
            block_dim: (u32::try_from(BLOCK).unwrap_or(u32::MAX), 1, 1),
            shared_mem_bytes: 0,
        };
        // SAFETY: the caller vouches for the arguments, each of which takes 8 bytes, as all parameters of kernels do.
        unsafe { call.launch(config) }
            .map(|_| ())
            .map_err(|error| CudaError::of_call("cuLaunchKernel", error))
    }
}
