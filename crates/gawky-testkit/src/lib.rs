//! What gawky and other people's containers are tested with.
//!
//! | module | what it is |
//! |---|---|
//! | [`store_suite`] | the conformance suite that any container can run |
//! | [`device_suite`] | what a device with kernels is tested with |
//! | [`golden`] | reads golden cases, made by Awkward, and checks gawky against them |
//! | [`interop`] | reads and writes the folders of the test against plain Awkward |
//! | [`arbitrary`] | random arrays, forms and blobs, for property tests and fuzzing |
//! | [`containers`] | a container that counts, one that fails on demand, and a device that is none |
//! | `remote` | with the feature `remote`: an object store in this process, and a proxy that fails like a network |

pub mod arbitrary;
pub mod containers;
pub mod device_suite;
pub mod golden;
pub mod interop;
#[cfg(feature = "remote")]
pub mod remote;
pub mod store_suite;

#[cfg(doctest)]
mod pages;
