//! Containers for tests: one that counts, one that fails on demand, one that answers later, one that does something else
//! in between, and a device that is none, with kernels or without; a blocking end for containers by futures, and a layer that changes nothing.

mod block_on;
mod counting;
mod fake_device;
mod faulty;
mod hooked;
mod identity_layer;
mod later;

pub use block_on::{BlockOn, Finish};
pub use counting::{CountingContainer, Counts};
pub use fake_device::{FakeDevice, Transfers, bytes_on_fake_device};
pub use faulty::{Fault, FaultyContainer};
pub use hooked::HookedContainer;
pub use identity_layer::IdentityLayer;
pub use later::Later;
