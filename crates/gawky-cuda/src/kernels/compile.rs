//! Sources of kernels to what a device loads, by NVRTC.

use std::ffi::{CStr, CString, c_int};

use cudarc::nvrtc::result::{self, NvrtcError};
use cudarc::nvrtc::{Ptx, sys};

use super::program::Program;
use crate::{CudaError, probe};

/// What a device's processors can do, as one number: 90 for 9.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Capability(pub(crate) i32);

/// A program for a device of that capability.
///
/// Where NVRTC knows the capability, this is machine code, which a driver older than NVRTC loads too; else it is the
/// intermediate code of the nearest one below, which the driver translates.
///
/// # Errors
/// [`CudaError::NvrtcUnavailable`] and [`CudaError::Compile`].
pub(crate) fn compile(program: Program, capability: Capability) -> Result<Ptx, CudaError> {
    probe::compiler()?;
    let known = known_capabilities();
    let exact = known.contains(&capability);
    let target = if exact {
        format!("sm_{}", capability.0)
    } else {
        let below = known.into_iter().filter(|known| *known < capability).max();
        format!("compute_{}", below.unwrap_or(capability).0)
    };
    let mut options = vec![
        format!("--gpu-architecture={target}"),
        // A product and a sum are rounded one after the other, as they are on the host.
        "--fmad=false".to_owned(),
        "--device-int128".to_owned(),
        // Each program uses some of the functions in the headers.
        "--diag-suppress=177".to_owned(),
    ];
    options.extend(program.macros());
    let failed = |log: String| CudaError::Compile {
        kernel: format!("{program:?} for {target}"),
        log,
    };
    let compilation = Compilation::new(program, &failed)?;
    compilation.run(&options).map_err(&failed)?;
    if exact {
        compilation.machine_code().map_err(&failed)
    } else {
        compilation.intermediate_code().map_err(&failed)
    }
}

/// The capabilities that NVRTC compiles for; none where it is too old to say.
fn known_capabilities() -> Vec<Capability> {
    if !probe::compiler_tells_capabilities() {
        return Vec::new();
    }
    let mut count: c_int = 0;
    // SAFETY: the function is there, as the probe has seen, and writes one number.
    let asked = unsafe { sys::nvrtcGetNumSupportedArchs(&raw mut count) };
    let mut known = vec![0; usize::try_from(count).unwrap_or(0)];
    if asked.result().is_err() || known.is_empty() {
        return Vec::new();
    }
    // SAFETY: likewise, and there is room for as many numbers as it has said there are.
    match unsafe { sys::nvrtcGetSupportedArchs(known.as_mut_ptr()) }.result() {
        Ok(()) => known.into_iter().map(Capability).collect(),
        Err(_) => Vec::new(),
    }
}

/// A source that NVRTC has, with what it makes of it.
struct Compilation {
    program: sys::nvrtcProgram,
    // NVRTC may refer to both until the program is destroyed.
    _text: CString,
    _name: CString,
}

impl Compilation {
    fn new(program: Program, failed: &impl Fn(String) -> CudaError) -> Result<Self, CudaError> {
        let text = CString::new(program.text()).map_err(|error| failed(error.to_string()))?;
        let name = CString::new(program.name()).map_err(|error| failed(error.to_string()))?;
        let program =
            result::create_program(&text, Some(&name)).map_err(|error| failed(said(error)))?;
        Ok(Self {
            program,
            _text: text,
            _name: name,
        })
    }

    /// Compiles; the error is what the compiler has to say.
    fn run(&self, options: &[String]) -> Result<(), String> {
        // SAFETY: the program is there until it is dropped.
        let Err(error) = (unsafe { result::compile_program(self.program, options) }) else {
            return Ok(());
        };
        // SAFETY: likewise.
        let log = unsafe { result::get_program_log(self.program) };
        let log = log.map(|log| {
            let bytes: &[u8] = bytemuck::cast_slice(&log);
            let text = CStr::from_bytes_until_nul(bytes).map(CStr::to_string_lossy);
            text.unwrap_or_default().into_owned()
        });
        Err(format!("{}\n{}", said(error), log.unwrap_or_default()))
    }

    fn machine_code(&self) -> Result<Ptx, String> {
        let mut size = 0;
        // SAFETY: the program is there until it is dropped, and has been compiled.
        let asked = unsafe { sys::nvrtcGetCUBINSize(self.program, &raw mut size) };
        asked.result().map_err(said)?;
        let mut code = vec![0_u8; size];
        // SAFETY: likewise, and there is room for as many bytes as it has said there are.
        let given = unsafe { sys::nvrtcGetCUBIN(self.program, code.as_mut_ptr().cast()) };
        given.result().map_err(said)?;
        Ok(Ptx::from_binary(code))
    }

    fn intermediate_code(&self) -> Result<Ptx, String> {
        // SAFETY: the program is there until it is dropped, and has been compiled.
        let code = unsafe { result::get_ptx(self.program) }.map_err(said)?;
        // With the NUL at its end, which the driver looks for.
        Ok(Ptx::from_binary(bytemuck::cast_slice(&code).to_vec()))
    }
}

impl Drop for Compilation {
    fn drop(&mut self) {
        // Nothing can be done about a failure, and nothing but memory is lost.
        // SAFETY: the program was created and is destroyed once, here.
        let _destroyed = unsafe { result::destroy_program(self.program) };
    }
}

fn said(error: NvrtcError) -> String {
    format!("{:?}", error.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "a test may panic")]

    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Every program, for each of the capabilities in `GAWKY_TEST_NVRTC` (90 if it is not set), by the NVRTC that is
    /// here: NVIDIA's by `scripts/cuda-nvrtc`. Without one this passes without looking, unless the variable is set.
    #[test]
    fn every_program_compiles() {
        let asked = std::env::var("GAWKY_TEST_NVRTC").ok();
        if let Err(error) = probe::compiler() {
            assert!(asked.is_none(), "{error}");
            return println!("nothing was compiled: {error}");
        }
        let capabilities: Vec<i32> = asked
            .as_deref()
            .unwrap_or("90")
            .split(',')
            .filter_map(|number| number.parse().ok())
            .collect();
        let jobs: Vec<_> = capabilities
            .iter()
            .flat_map(|number| {
                Program::all()
                    .into_iter()
                    .map(|program| (program, Capability(*number)))
            })
            .collect();
        assert!(!jobs.is_empty());
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some((program, capability)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Err(error) = compile(*program, *capability) {
                    panic!("{error}");
                }
            }
        };
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(work);
            }
        });
        println!("{} programs for {capabilities:?}", Program::all().len());
    }

    #[test]
    fn what_does_not_compile_says_why() {
        if probe::compiler().is_err() {
            return;
        }
        let known = known_capabilities();
        let Some(last) = known.iter().max() else {
            return;
        };
        // The nearest below is taken for what NVRTC does not know yet.
        assert!(compile(Program::Fill, Capability(last.0 + 1)).is_ok());
        match compile(Program::Fill, Capability(-1)) {
            Err(CudaError::Compile { kernel, log }) => {
                assert!(kernel.contains("Fill"), "{kernel}");
                assert!(log.contains("architecture"), "{log}");
            }
            other => panic!("{other:?}"),
        }
    }
}
