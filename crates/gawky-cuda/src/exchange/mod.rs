//! The same memory in other hands: `cudarc`'s slices, DLPack, and the CUDA array interface.

mod array_interface;
pub mod dlpack;
mod foreign;
mod slice;

pub use array_interface::CudaArrayInterface;
pub use slice::CudaLoan;
