//! Containers for tests: one that counts, one that fails on demand, and a device that is none.

mod counting;
mod fake_device;
mod faulty;

pub use counting::{CountingContainer, Counts};
pub use fake_device::{FakeDevice, Transfers, bytes_on_fake_device};
pub use faulty::{Fault, FaultyContainer};
