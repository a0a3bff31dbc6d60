//! HARD CASE 16: blocking calls work on any thread, in a runtime or not, and so does dropping.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use gawky_object_store::object_store::memory::InMemory;
use gawky_object_store::{AsyncObjectContainer, Blocking, ObjectContainer};
use gawky_store::{
    AsyncContainer, Blob, Buffer, Container, ContainerDelete, ContainerList, ContainerWrite, DType,
    Fetch, StoreError, async_trait,
};

fn open() -> ObjectContainer {
    ObjectContainer::over(Arc::new(InMemory::new()), "p".into()).unwrap()
}

fn use_it(container: &ObjectContainer) {
    let blob = |key: &str| Blob::new(key, DType::UInt8, Buffer::from_vec(vec![1_u8, 2, 3]));
    container.put_many(vec![blob("a"), blob("b")]).unwrap();
    let fetches = [Fetch::raw("a", Some(1..3)), Fetch::raw("nothing", None)];
    let answers = container.fetch(&fetches).unwrap();
    assert_eq!(answers, [Some(Buffer::from_vec(vec![2_u8, 3])), None]);
    container.delete("b").unwrap();
    assert_eq!(container.list("").unwrap(), ["a"]);
}

#[test]
fn without_a_runtime() {
    use_it(&open());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn in_a_runtime_of_many_threads() {
    let container = open();
    use_it(&container);
    let there = tokio::spawn(async move { use_it(&container) });
    there.await.unwrap();
}

#[tokio::test(flavor = "current_thread")]
async fn in_a_runtime_of_one_thread() {
    let container = open();
    use_it(&container);
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async { tokio::task::spawn_local(async move { use_it(&container) }).await })
        .await
        .unwrap();
}

#[tokio::test(flavor = "current_thread")]
async fn where_blocking_is_allowed() {
    let container = open();
    let there = container.clone();
    tokio::task::spawn_blocking(move || use_it(&there))
        .await
        .unwrap();
    use_it(&container);
}

#[tokio::test(flavor = "current_thread")]
async fn dropped_in_a_runtime_of_one_thread() {
    drop(open());
    let used = open();
    use_it(&used);
    drop(used.clone());
    use_it(&used);
    drop(used);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_in_a_task() {
    let container = open();
    tokio::spawn(async move {
        use_it(&container);
        drop(container);
    })
    .await
    .unwrap();
}

#[test]
fn from_many_threads_at_once() {
    let container = open();
    std::thread::scope(|scope| {
        for n in 0..16_u8 {
            let container = container.clone();
            scope.spawn(move || {
                let key = format!("k{n}");
                for _ in 0..20 {
                    container
                        .put(Blob::new(&key, DType::UInt8, Buffer::from_vec(vec![n])))
                        .unwrap();
                    assert_eq!(
                        container.get(&key).unwrap(),
                        Some(Buffer::from_vec(vec![n]))
                    );
                }
            });
        }
    });
}

/// A container whose `get` panics, or drops the last handle of its own runtime.
struct Odd(std::sync::Mutex<Option<ObjectContainer>>);

#[async_trait]
impl AsyncContainer for Odd {
    async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        if key == "panic" {
            #[allow(clippy::panic, reason = "that is what is tested")]
            {
                panic!("as told");
            }
        }
        drop(self.0.lock().unwrap().take());
        Ok(None)
    }
}

#[test]
fn a_panic_reaches_the_caller_and_nobody_else() {
    let odd = Blocking::new(Odd(None.into())).unwrap();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| odd.get("panic")));
    assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&"as told"));
    assert_eq!(odd.get("k").unwrap(), None);
}

#[test]
fn the_last_handle_may_go_on_the_runtime_itself() {
    let container = open();
    let odd = Odd(Some(container.clone()).into());
    let odd = Blocking::new(odd).unwrap();
    drop(container);
    assert_eq!(odd.get("k").unwrap(), None);
}

/// A container that asks another one, on the same runtime.
struct Asking(ObjectContainer);

#[async_trait]
impl AsyncContainer for Asking {
    async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.0.get(key)
    }
}

#[test]
fn containers_may_ask_each_other() {
    let asking = Blocking::new(Asking(open())).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| assert_eq!(asking.get("k").unwrap(), None));
        }
    });
}

/// An asynchronous container is used on the caller's runtime, whichever that is.
#[tokio::test(flavor = "current_thread")]
async fn natively() {
    let container = AsyncObjectContainer::new(Arc::new(InMemory::new()), "p".into());
    assert_eq!(container.get("k").await.unwrap(), None);
}
