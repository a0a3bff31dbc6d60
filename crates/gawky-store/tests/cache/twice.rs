//! A container that is read through the same cache twice.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use gawky_store::cache::{Cache, Cached};
use gawky_store::{
    Answer, AsyncContainer, Container, ContainerId, ContainerWrite, Fetch, FetchReport, Fetched,
    Layer, Layered, Profile, StoreError, Version,
};

use crate::stage::{Stage, ask, blob, block_on, whole};

/// A layer that changes nothing, and is therefore the container below.
struct Glass;

impl Layer for Glass {
    type Pending = ();

    fn ask(&self, fetches: &[Fetch]) -> Result<(Vec<Fetch>, ()), StoreError> {
        Ok((fetches.to_vec(), ()))
    }

    fn answer(
        &self,
        (): (),
        fetched: Vec<Option<Fetched>>,
        _: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        Ok(fetched)
    }

    fn size(&self, _: &str) -> Result<Answer<u64>, StoreError> {
        Ok(Answer::Below)
    }

    fn version(&self, _: &str) -> Result<Answer<Version>, StoreError> {
        Ok(Answer::Below)
    }

    fn profile(&self, below: Profile) -> Profile {
        below
    }

    fn id(&self, below: Option<ContainerId>) -> Option<ContainerId> {
        below
    }
}

/// What `work` answers; where it hangs, the test fails.
fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = channel();
    thread::spawn(move || sender.send(work()));
    receiver
        .recv_timeout(Duration::from_secs(20))
        .expect("it waits for itself")
}

fn reads_once<C>(wrap: impl Fn(Cached<Arc<Stage>>, &Cache) -> C)
where
    C: Container + AsyncContainer + 'static,
{
    let stage = Arc::new(Stage::with(&[("k", b"1234")]));
    let cache = Cache::new(1 << 20);
    let container = wrap(Cached::new(Arc::clone(&stage), &cache), &cache);
    let container = Arc::new(container);
    for _ in 0..2 {
        let blocking = Arc::clone(&container);
        let answers = in_time(move || Container::fetch(&blocking, &[whole("k")]).unwrap());
        assert_eq!(answers[0].as_ref().unwrap().bytes().unwrap(), b"1234");
    }
    cache.clear();
    let by_futures = Arc::clone(&container);
    let answers =
        in_time(move || block_on(AsyncContainer::fetch(&by_futures, &[whole("k")])).unwrap());
    assert_eq!(answers[0].as_ref().unwrap().bytes().unwrap(), b"1234");
    assert_eq!(
        stage.calls(),
        2,
        "one before the cache was cleared, one after"
    );
    assert_eq!((cache.stats().misses, cache.stats().entries), (2, 1));
}

#[test]
fn it_does_not_wait_for_itself() {
    reads_once(|once, cache| Cached::new(once, cache));
    reads_once(|once, cache| Cached::new(Arc::new(once), cache).immutable());
    reads_once(|once, cache| Cached::new(Cached::new(once, cache), cache));
    reads_once(|once, cache| Cached::new(Layered::new(Glass, once), cache));
    // Another cache in between keeps its own part, and hides nothing.
    let stage = Arc::new(Stage::with(&[("k", b"1234")]));
    let (cache, other) = (Cache::new(1 << 20), Cache::new(1 << 20));
    let thrice = Cached::new(Cached::new(Arc::clone(&stage), &cache), &other);
    let thrice = Arc::new(Cached::new(thrice, &cache));
    let answer = in_time(move || Container::get(&thrice, "k").unwrap());
    assert_eq!(answer.unwrap().bytes().unwrap(), b"1234");
    assert_eq!((cache.stats().entries, other.stats().entries), (1, 1));
}

#[test]
fn what_it_overwrites_and_what_others_change_is_dropped_all_the_same() {
    let stage = Stage::with(&[("k", b"1234")]);
    let cache = Cache::new(1 << 20);
    let twice = Cached::new(Cached::new(&stage, &cache), &cache);
    assert_eq!(ask(&twice, whole("k")).unwrap(), b"1234");
    ContainerWrite::put(&stage, blob("k", b"5678")).unwrap();
    assert_eq!(twice.refresh(&["k"]).unwrap(), 1);
    assert_eq!(ask(&twice, whole("k")).unwrap(), b"5678");
}

/// What is in an archive is not what the archive is: both are kept.
#[cfg(feature = "npz")]
#[test]
fn an_archive_in_between_is_a_container_of_its_own() {
    use gawky_store::npz::{Npz, NpzWriter};

    let stage = Arc::new(Stage::new());
    let writer = NpzWriter::new();
    ContainerWrite::put(&writer, blob("k", &[7; 3000])).unwrap();
    writer.write(&*stage, "f").unwrap();
    let cache = Cache::new(1 << 20);
    let archive = Npz::open(Cached::new(Arc::clone(&stage), &cache), "f").unwrap();
    let of_archive = Container::id(&archive).unwrap();
    let twice = Arc::new(Cached::new(archive, &cache));
    let read = Arc::clone(&twice);
    let answer = in_time(move || Container::get(&read, "k").unwrap());
    assert_eq!(answer.unwrap().bytes().unwrap(), [7; 3000]);
    let (calls, kept) = (stage.calls(), cache.entries());
    assert!(kept.iter().any(|entry| entry.container == of_archive));
    assert!(kept.iter().any(|entry| entry.container != of_archive));
    assert_eq!(ask(&twice, whole("k")).unwrap(), [7; 3000]);
    assert_eq!(stage.calls(), calls);
}
