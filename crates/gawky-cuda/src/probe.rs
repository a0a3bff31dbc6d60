//! Whether there is CUDA here, found out without a panic and without a word.
//!
//! `cudarc` loads the driver and the compiler when they are first called, and panics when they are missing, or lack a
//! function that is called. So both are looked for first, and nothing of them is called before their probe has
//! passed.

use std::ffi::c_void;
use std::sync::OnceLock;

use cudarc::driver::result;

use crate::CudaError;

/// The functions of the driver that are called, here and by what is called of `cudarc`.
const DRIVER: [&str; 39] = [
    "cuInit",
    "cuGetErrorName",
    "cuGetErrorString",
    "cuDeviceGet",
    "cuDeviceGetCount",
    "cuDeviceGetName",
    "cuDeviceGetAttribute",
    "cuDevicePrimaryCtxRetain",
    "cuDevicePrimaryCtxRelease_v2",
    "cuCtxGetCurrent",
    "cuCtxSetCurrent",
    "cuCtxSynchronize",
    "cuStreamCreate",
    "cuStreamDestroy_v2",
    "cuStreamSynchronize",
    "cuStreamWaitEvent",
    "cuEventCreate",
    "cuEventRecord",
    "cuEventQuery",
    "cuEventSynchronize",
    "cuEventDestroy_v2",
    "cuMemAlloc_v2",
    "cuMemFree_v2",
    "cuMemAllocAsync",
    "cuMemFreeAsync",
    "cuDeviceGetDefaultMemPool",
    "cuMemPoolGetAttribute",
    "cuMemPoolSetAttribute",
    "cuMemHostAlloc",
    "cuMemFreeHost",
    "cuMemcpyHtoDAsync_v2",
    "cuMemcpyDtoHAsync_v2",
    "cuMemcpyDtoDAsync_v2",
    "cuMemsetD8Async",
    "cuModuleLoadData",
    "cuModuleUnload",
    "cuModuleGetFunction",
    "cuLaunchKernel",
    "cuPointerGetAttribute",
];

/// The functions of NVRTC that are called.
const NVRTC: [&str; 7] = [
    "nvrtcCreateProgram",
    "nvrtcCompileProgram",
    "nvrtcGetProgramLogSize",
    "nvrtcGetProgramLog",
    "nvrtcGetPTXSize",
    "nvrtcGetPTX",
    "nvrtcDestroyProgram",
];

/// Those that may be missing.
const TELLING: [&str; 4] = [
    "nvrtcGetNumSupportedArchs",
    "nvrtcGetSupportedArchs",
    "nvrtcGetCUBINSize",
    "nvrtcGetCUBIN",
];

/// How many devices there are, of which there is one at least.
///
/// # Errors
/// [`CudaError::CudaUnavailable`].
pub(crate) fn devices() -> Result<usize, CudaError> {
    // Only what was found is kept: who installs a driver need not start anew.
    static INITIALISED: OnceLock<()> = OnceLock::new();
    if INITIALISED.get().is_none() {
        initialise()?;
        INITIALISED.get_or_init(|| ());
    }
    let count = result::device::get_count()
        .map_err(|error| CudaError::of_call("cuDeviceGetCount", error))
        .map_err(|error| unavailable(error.to_string()))?;
    match usize::try_from(count) {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(unavailable("the driver finds no device".to_owned())),
    }
}

fn initialise() -> Result<(), CudaError> {
    // SAFETY: looking for the library loads it, which runs its initialisers; it is NVIDIA's driver, or what the
    // user has put in its place.
    if !unsafe { cudarc::driver::sys::is_culib_present() } {
        return Err(unavailable(
            "the driver's library is not here (libcuda.so.1 on Linux, nvcuda.dll on Windows): install NVIDIA's driver"
                .to_owned(),
        ));
    }
    // SAFETY: the library is there, so this neither panics nor loads anything else.
    let library = unsafe { cudarc::driver::sys::culib() };
    for name in DRIVER {
        // SAFETY: the symbol is looked up, and not called.
        if unsafe { library.get::<*mut c_void>(name.as_bytes()) }.is_err() {
            return Err(unavailable(format!(
                "the driver's library has no function {name}: install a driver for CUDA 12 or later"
            )));
        }
    }
    result::init()
        .map_err(|error| CudaError::of_call("cuInit", error))
        .map_err(|error| unavailable(error.to_string()))
}

fn unavailable(reason: String) -> CudaError {
    CudaError::CudaUnavailable { reason }
}

/// Whether kernels can be compiled.
///
/// # Errors
/// [`CudaError::NvrtcUnavailable`].
pub(crate) fn compiler() -> Result<(), CudaError> {
    static FOUND: OnceLock<()> = OnceLock::new();
    if FOUND.get().is_some() {
        return Ok(());
    }
    let unavailable = |reason| Err(CudaError::NvrtcUnavailable { reason });
    // SAFETY: as for the driver's library.
    if !unsafe { cudarc::nvrtc::sys::is_culib_present() } {
        return unavailable("its library, libnvrtc, is not here".to_owned());
    }
    // SAFETY: the library is there, so this neither panics nor loads anything else.
    let library = unsafe { cudarc::nvrtc::sys::culib() };
    for name in NVRTC {
        // SAFETY: the symbol is looked up, and not called.
        if unsafe { library.get::<*mut c_void>(name.as_bytes()) }.is_err() {
            return unavailable(format!("its library has no function {name}"));
        }
    }
    FOUND.get_or_init(|| ());
    Ok(())
}

/// Whether the compiler, which is there, says what it compiles for, and gives machine code: since CUDA 11.2 it does.
pub(crate) fn compiler_tells_capabilities() -> bool {
    // SAFETY: the library is there, as the caller knows, so this neither panics nor loads anything else.
    let library = unsafe { cudarc::nvrtc::sys::culib() };
    TELLING.iter().all(|name| {
        // SAFETY: the symbol is looked up, and not called.
        unsafe { library.get::<*mut c_void>(name.as_bytes()) }.is_ok()
    })
}
