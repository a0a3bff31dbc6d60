//! What can go wrong with a CUDA device.

use cudarc::driver::DriverError;
use cudarc::driver::sys::CUresult;
use gawky_buffer::{Buffer, BufferError};

/// What to do without NVRTC.
const NVRTC: &str = "install libnvrtc of CUDA 12 (the NVIDIA package cuda-nvrtc-12-x, or pip's nvidia-cuda-nvrtc-cu12 \
                     with its folder in LD_LIBRARY_PATH)";

/// What can go wrong with a CUDA device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CudaError {
    /// There is no CUDA here: no driver, one that is too old, or no device.
    #[error("CUDA is unavailable: {reason}")]
    CudaUnavailable {
        /// What is missing.
        reason: String,
    },
    /// The compiler of kernels, NVRTC, is not here. Bytes can be copied without it, nothing can be computed.
    #[error("the CUDA runtime compiler is unavailable: {reason}; {NVRTC}")]
    NvrtcUnavailable {
        /// What is missing.
        reason: String,
    },
    /// A device that there is not.
    #[error("there is no CUDA device {ordinal}: the driver has {count}, counted from 0")]
    NoSuchDevice {
        /// What was asked.
        ordinal: usize,
        /// How many there are.
        count: usize,
    },
    /// A call of the driver failed.
    #[error("{call} failed with {name}: {message}")]
    Driver {
        /// The function of the driver, or what was asked of it.
        call: &'static str,
        /// CUDA's name for the error, such as `CUDA_ERROR_ILLEGAL_ADDRESS`.
        name: String,
        /// CUDA's text for it.
        message: String,
    },
    /// There is not so much memory left.
    #[error("{bytes} bytes do not fit in {memory}")]
    OutOfMemory {
        /// Which memory: a device's, or that of the host that can be pinned.
        memory: String,
        /// How many were asked.
        bytes: usize,
    },
    /// NVRTC refused a kernel.
    #[error("the kernel {kernel} does not compile:\n{log}")]
    Compile {
        /// The kernel, and what it was compiled for.
        kernel: String,
        /// What NVRTC said.
        log: String,
    },
    /// Bytes that should lie on one device and lie elsewhere.
    #[error("the bytes are on {have}, and {place} was to use them: copy them there first")]
    Elsewhere {
        /// The device that was to use them.
        place: String,
        /// Where they are.
        have: String,
    },
    /// Memory that is to be handed over while others still share it.
    #[error("the memory is shared: drop the other buffers over it first, or hand over a copy")]
    Shared,
    /// Numbers of an array that somebody else describes, which cannot be true or are not understood here.
    #[error("the array cannot be taken over: {reason}")]
    Import {
        /// What is wrong.
        reason: String,
    },
    /// An array that the other side would not understand.
    #[error("the array cannot be handed over: {reason}")]
    Export {
        /// What is wrong, and what to do instead.
        reason: String,
    },
    /// What went wrong with bytes wherever they lie.
    #[error(transparent)]
    Buffer(#[from] BufferError),
}

/// A buffer that could not be made a slice, and why.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{error}")]
pub struct IntoSliceError {
    /// The buffer, as it was.
    pub buffer: Buffer,
    /// Why it is still one.
    #[source]
    pub error: Box<CudaError>,
}

impl CudaError {
    /// The driver's error of a call.
    pub(crate) fn of_call(call: &'static str, error: DriverError) -> Self {
        let text = |said: Result<&std::ffi::CStr, DriverError>| {
            said.map(|said| said.to_string_lossy().into_owned())
                .unwrap_or_else(|_| format!("{:?}", error.0))
        };
        Self::Driver {
            call,
            name: text(error.error_name()),
            message: text(error.error_string()),
        }
    }

    /// The same for an allocation of so many bytes.
    pub(crate) fn of_allocation(
        call: &'static str,
        error: DriverError,
        memory: String,
        bytes: usize,
    ) -> Self {
        match error.0 {
            CUresult::CUDA_ERROR_OUT_OF_MEMORY => Self::OutOfMemory { memory, bytes },
            _ => Self::of_call(call, error),
        }
    }

    /// This error as one of buffers, at the device `place`: [`BufferError::NotComputed`] without NVRTC,
    /// [`BufferError::TwoPlaces`] for bytes that lie elsewhere, [`BufferError::OutOfMemory`], and
    /// [`BufferError::Device`] with the text of any other.
    #[must_use]
    pub fn at(self, place: &str) -> BufferError {
        match self {
            Self::Buffer(error) => error,
            Self::OutOfMemory { memory, bytes } => BufferError::OutOfMemory {
                what: format!("a block of {bytes} bytes in {memory}"),
            },
            Self::NvrtcUnavailable { reason } => BufferError::NotComputed {
                place: place.to_owned(),
                what: format!("compute without the CUDA runtime compiler ({reason})"),
                instead: NVRTC,
            },
            Self::Elsewhere { place, have } => BufferError::TwoPlaces { place, other: have },
            other => BufferError::Device {
                place: place.to_owned(),
                message: other.to_string(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_caller_can_act_on_is_no_text() {
        let missing = CudaError::NvrtcUnavailable {
            reason: "it is not here".to_owned(),
        };
        let error = missing.at("cuda:1");
        assert!(matches!(&error, BufferError::NotComputed { place, .. } if place == "cuda:1"));
        assert!(error.to_string().starts_with(
            "cuda:1 does not compute without the CUDA runtime compiler (it is not here): install libnvrtc"
        ));
        let elsewhere = CudaError::Elsewhere {
            place: "cuda:1".to_owned(),
            have: "the host".to_owned(),
        };
        assert_eq!(
            elsewhere.at("cuda:1"),
            BufferError::TwoPlaces {
                place: "cuda:1".to_owned(),
                other: "the host".to_owned(),
            }
        );
    }
}
