//! Storage behind a network, and a network that fails: an object store in this process, and a proxy that does
//! to answers what networks and busy servers do.
//!
//! | item | what it is |
//! |---|---|
//! | [`ObjectServer`] | blobs in memory, served as Amazon S3 and Google Cloud Storage serve theirs |
//! | [`FaultProxy`] | stands between a client and a server: delays, refuses, resets, truncates, and counts |
//! | [`HttpFault`] | what can happen to one request, and what a client can know of it |
//! | [`FaultPlan`] | to which requests: by a list, by a closure, or at random from a seed |
//! | [`Asked`], [`Exchange`], [`Traffic`] | what was asked, what became of it, and how much of it there was |
//!
//! Both run on a thread of their own, on a port of the loopback interface that was free, until they are dropped;
//! tests use them from any thread, with a runtime or without.
//!
//! ```
//! use gawky_testkit::remote::{FaultPlan, FaultProxy, HttpFault, ObjectServer};
//!
//! let server = ObjectServer::start()?;
//! server.insert("bucket/node0-data", vec![1, 2, 3]);
//! let proxy = FaultProxy::start(server.url())?;
//! proxy.set_plan(FaultPlan::script([HttpFault::Status(503), HttpFault::Reset]));
//! // Whoever asks `proxy.url()` for `/bucket/node0-data` now fails twice, and gets it the third time.
//! # Ok::<(), std::io::Error>(())
//! ```

mod connection;
mod exchange;
mod fault;
mod fault_plan;
mod listener;
mod object_server;
mod objects;
mod proxy;
mod reply;
mod uploads;

pub use exchange::{Asked, Exchange, Traffic};
pub use fault::HttpFault;
pub use fault_plan::FaultPlan;
pub use object_server::ObjectServer;
pub use proxy::FaultProxy;
