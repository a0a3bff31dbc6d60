//! The conformance suite on every container of gawky-store, bare and wrapped.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what is wrong by panicking"
)]

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use gawky_store::{
    AsyncContainer, Blob, Buffer, Container, ContainerWrite, Directory, Layered, MemoryContainer,
    Store, StoreError, async_trait, from_fn,
};
use gawky_testkit::containers::{
    BlockOn, CountingContainer, FaultyContainer, IdentityLayer, Later,
};
use gawky_testkit::store_suite::Suite;
use tempfile::TempDir;

/// Makes folders, each empty, until dropped.
struct Folders {
    home: TempDir,
    next: AtomicU32,
}

impl Folders {
    fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            next: AtomicU32::new(0),
        }
    }

    fn make(&self) -> Directory {
        let name = self.next.fetch_add(1, Ordering::Relaxed).to_string();
        Directory::create(self.home.path().join(name)).unwrap()
    }

    fn ignore_case(&self) -> bool {
        std::fs::write(self.home.path().join("Case"), "").unwrap();
        self.home.path().join("cASE").exists()
    }
}

macro_rules! everything {
    ($suite:expr) => {
        $suite
            .reading()
            .writing()
            .deleting()
            .listing()
            .listing_and_writing()
            .conditional()
    };
}

fn directory(configure: impl Fn(Directory) -> Directory) {
    let folders = Folders::new();
    let suite = Suite::of(|| configure(folders.make()));
    let suite = if folders.ignore_case() {
        suite.ignoring_case()
    } else {
        suite
    };
    everything!(suite).finish();
}

fn pairs(blobs: Vec<Blob>) -> impl Iterator<Item = (String, Buffer)> {
    blobs
        .into_iter()
        .map(|blob| (blob.key.to_string(), blob.bytes))
}

#[test]
fn memory() {
    everything!(Suite::of(MemoryContainer::new))
        .typed()
        .finish();
}

#[test]
fn directory_plain() {
    directory(|folder| folder);
}

#[test]
fn directory_on_one_thread() {
    directory(|folder| folder.threads(0));
}

#[test]
fn directory_on_many_threads() {
    directory(|folder| folder.threads(7));
}

#[test]
fn directory_following_links() {
    directory(|folder| folder.follow_symlinks(true));
}

#[test]
#[cfg_attr(windows, ignore = "there a mapped file cannot be replaced")]
fn directory_mapped() {
    // SAFETY: nothing but the container itself touches these folders, and it never changes a file in place.
    #[allow(unsafe_code, reason = "choosing memory maps is unsafe")]
    directory(|folder| unsafe { folder.mapped() });
}

#[test]
fn directory_with_fsync() {
    let folders = Folders::new();
    Suite::of(|| folders.make().fsync(true))
        .writing()
        .deleting()
        .conditional()
        .finish();
}

#[test]
fn hash_map() {
    Suite::filled_by(|blobs| pairs(blobs).collect::<HashMap<String, Buffer>>())
        .reading()
        .listing()
        .finish();
}

#[test]
fn b_tree_map() {
    Suite::filled_by(|blobs| pairs(blobs).collect::<BTreeMap<String, Buffer>>())
        .reading()
        .listing()
        .finish();
}

#[test]
fn closure() {
    Suite::filled_by(|blobs| {
        let map: HashMap<String, Buffer> = pairs(blobs).collect();
        from_fn(move |key| Ok(map.get(key).cloned()))
    })
    .reading()
    .finish();
}

#[test]
fn arc() {
    everything!(Suite::of(|| Arc::new(MemoryContainer::new())))
        .typed()
        .finish();
}

#[test]
fn reference() {
    let make = || -> &'static MemoryContainer { Box::leak(Box::default()) };
    everything!(Suite::of(make)).typed().finish();
}

#[test]
fn boxed_trait_object() {
    Suite::filled_by(|blobs| -> Box<dyn Container> {
        let memory = MemoryContainer::new();
        memory.put_many(blobs).unwrap();
        Box::new(memory)
    })
    .reading()
    .typed()
    .finish();
}

#[test]
fn counting() {
    everything!(Suite::of(|| CountingContainer::new(MemoryContainer::new())))
        .typed()
        .finish();
}

#[test]
fn faulty_without_faults() {
    everything!(Suite::of(|| FaultyContainer::new(MemoryContainer::new())))
        .typed()
        .finish();
}

fn filled<C: ContainerWrite>(container: C, blobs: Vec<Blob>) -> C {
    container.put_many(blobs).unwrap();
    container
}

#[test]
fn by_futures() {
    Suite::of(|| BlockOn::new(Later::new(MemoryContainer::new())))
        .reading()
        .writing()
        .typed()
        .finish();
}

#[test]
fn a_folder_by_futures_behind_pointers() {
    let folders = Folders::new();
    Suite::of(|| BlockOn::new(Arc::new(Box::new(Later::new(folders.make())))))
        .reading()
        .finish();
}

#[test]
fn by_futures_with_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let runtime = Arc::new(runtime);
    Suite::of(|| {
        let runtime = Arc::clone(&runtime);
        BlockOn::by(Later::new(MemoryContainer::new()), move |future| {
            runtime.block_on(future);
        })
    })
    .reading()
    .finish();
}

/// The two lines that a container by futures needs at least.
struct LeastByFutures(HashMap<String, Buffer>);

#[async_trait]
impl AsyncContainer for LeastByFutures {
    async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        gawky_store::key::validate(key)?;
        Ok(self.0.get(key).cloned())
    }
}

#[test]
fn a_container_by_futures_of_ones_own() {
    Suite::filled_by(|blobs| BlockOn::new(LeastByFutures(pairs(blobs).collect())))
        .reading()
        .finish();
}

#[test]
fn through_a_layer() {
    Suite::filled_by(|blobs| Layered::new(IdentityLayer, filled(MemoryContainer::new(), blobs)))
        .reading()
        .typed()
        .finish();
    let folders = Folders::new();
    Suite::filled_by(|blobs| Layered::new(IdentityLayer, filled(folders.make(), blobs)))
        .reading()
        .finish();
}

#[test]
fn through_a_layer_by_futures() {
    Suite::filled_by(|blobs| {
        let memory = Later::new(filled(MemoryContainer::new(), blobs));
        BlockOn::new(Layered::new(IdentityLayer, memory))
    })
    .reading()
    .typed()
    .finish();
}

/// The two lines that a container needs at least.
struct Least(HashMap<String, Buffer>);

impl Container for Least {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        gawky_store::key::validate(key)?;
        Ok(self.0.get(key).cloned())
    }
}

#[test]
fn a_container_of_ones_own() {
    Suite::filled_by(|blobs| Least(pairs(blobs).collect()))
        .reading()
        .finish();
}

/// All capabilities, behind one pointer chosen at run time.
#[test]
fn any_store() {
    let folders = Folders::new();
    everything!(Suite::of(|| -> Arc<dyn Store> {
        Arc::new(MemoryContainer::new())
    }))
    .finish();
    let make = || -> Box<dyn Store> { Box::new(folders.make().threads(1)) };
    Suite::of(make).reading().deleting().conditional().finish();
}
