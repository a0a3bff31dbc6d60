//! What has been compiled and loaded, and how it is launched.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError, Weak};

use cudarc::driver::sys::CUdevice_attribute;
use cudarc::driver::{CudaContext, CudaModule, LaunchConfig, PushKernelArg};
use cudarc::nvrtc::Ptx;

use super::compile::{Capability, compile};
use super::program::Program;
use crate::{CudaDevice, CudaError};

/// Threads per block: `BLOCK` in `device.h`.
pub(crate) const BLOCK: u64 = 256;

/// Blocks per multiprocessor, where there is work for so many. More than it holds at a time, so that none idles for
/// long while the last ones finish; and not without end, so that each has several rounds.
const BLOCKS_EACH: u64 = 64;

/// What has been loaded into a context, each program once, for all devices of that context.
pub(crate) struct Modules {
    context: Arc<CudaContext>,
    loaded: Loaded<Program, Arc<CudaModule>>,
    multiprocessors: OnceLock<u64>,
}

/// What is made for a key when it is first asked for. What could not be made is tried again.
struct Loaded<K, V> {
    // The lock is held to find an entry. Who fills one does not hold it; who wants the same one waits.
    entries: Mutex<HashMap<K, Arc<Mutex<Option<V>>>>>,
}

impl<K: Eq + Hash, V: Clone> Loaded<K, V> {
    fn get(&self, key: K, make: impl FnOnce() -> Result<V, CudaError>) -> Result<V, CudaError> {
        let entry = {
            let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(entries.entry(key).or_default())
        };
        let mut made = entry.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = &*made {
            return Ok(made.clone());
        }
        Ok(made.insert(make()?).clone())
    }
}

impl<K, V> Default for Loaded<K, V> {
    fn default() -> Self {
        Self {
            entries: Mutex::default(),
        }
    }
}

/// Code for devices of one capability, which serves all contexts of this process.
fn code(program: Program, capability: Capability) -> Result<Ptx, CudaError> {
    static COMPILED: LazyLock<Loaded<(Program, Capability), Ptx>> = LazyLock::new(Loaded::default);
    COMPILED.get((program, capability), || compile(program, capability))
}

impl Modules {
    /// Those of a context. They hold it, and go when the last device that has them goes.
    pub(crate) fn of(context: &Arc<CudaContext>) -> Arc<Self> {
        static ALL: Mutex<Vec<Weak<Modules>>> = Mutex::new(Vec::new());
        // Declared before the lock, so that what is dropped here is dropped without it.
        let mut alive = Vec::new();
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|modules| {
            let modules = modules.upgrade();
            let is_alive = modules.is_some();
            alive.extend(modules);
            is_alive
        });
        if let Some(own) = alive.iter().find(|modules| modules.context == *context) {
            return Arc::clone(own);
        }
        let own = Arc::new(Self {
            context: Arc::clone(context),
            loaded: Loaded::default(),
            multiprocessors: OnceLock::new(),
        });
        all.push(Arc::downgrade(&own));
        own
    }

    /// A program, loaded by way of the caller's own handle of the context: errors on record elsewhere are not the caller's.
    fn module(
        &self,
        program: Program,
        context: &Arc<CudaContext>,
    ) -> Result<Arc<CudaModule>, CudaError> {
        self.loaded.get(program, || {
            let (major, minor) = context
                .compute_capability()
                .map_err(|error| CudaError::of_call("cuDeviceGetAttribute", error))?;
            let code = code(program, Capability(major * 10 + minor))?;
            context
                .load_module(code)
                .map_err(|error| CudaError::of_call("cuModuleLoadData", error))
        })
    }

    fn most_blocks(&self, context: &CudaContext) -> u64 {
        if let Some(count) = self.multiprocessors.get() {
            return *count * BLOCKS_EACH;
        }
        let attribute = CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;
        let asked = context.attribute(attribute).ok();
        let asked = asked.and_then(|count| u64::try_from(count).ok());
        match asked {
            Some(count) => *self.multiprocessors.get_or_init(|| count.max(1)) * BLOCKS_EACH,
            // It is asked again the next time.
            None => BLOCKS_EACH,
        }
    }
}

impl fmt::Debug for Modules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let loaded = &self.loaded.entries;
        let loaded = loaded.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_set().entries(loaded.keys()).finish()
    }
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
