//! A [`Window`] for those who wait until there is room.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gawky_store::Profile;
use gawky_store::plan::Window;
use tokio::sync::Notify;

/// What one call may have under way at once.
///
/// What is under way and wants more comes before what is new, in the order in which it came: so little is begun, and an
/// answer that has come does not wait while its server loses patience.
#[derive(Debug)]
pub(crate) struct Room {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    window: Window,
    /// Who wants more, by number.
    queue: VecDeque<u64>,
    next: u64,
}

/// One request's share of the room, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    room: Arc<Room>,
    bytes: u64,
}

impl Room {
    pub(crate) fn new(profile: &Profile) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                window: Window::new(profile),
                queue: VecDeque::new(),
                next: 0,
            }),
            changed: Notify::new(),
        })
    }

    /// Waits until a request of so many bytes may start, and nothing that is under way waits.
    pub(crate) async fn start(self: &Arc<Self>, bytes: u64) -> Share {
        self.until(|state| state.queue.is_empty() && state.window.start(bytes))
            .await;
        self.share(bytes)
    }

    /// Waits until one more request of so many bytes may start, for something that is under way.
    pub(crate) async fn further(self: &Arc<Self>, bytes: u64) -> Share {
        let place = Place::last(self);
        self.until(|state| place.is_first(state) && state.window.start(bytes))
            .await;
        self.share(bytes)
    }

    fn share(self: &Arc<Self>, bytes: u64) -> Share {
        Share {
            room: Arc::clone(self),
            bytes,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn until(&self, is_so: impl Fn(&mut State) -> bool) {
        loop {
            // Made before it is looked, so that no change is missed.
            let changed = self.changed.notified();
            if is_so(&mut self.state()) {
                return;
            }
            changed.await;
        }
    }
}

impl Share {
    /// Makes it one of so many bytes, and tells whether that had to wait.
    pub(crate) async fn resize(&mut self, bytes: u64) -> bool {
        if bytes == self.bytes {
            return false;
        }
        let place = Place::last(&self.room);
        let held = std::mem::take(&mut self.bytes);
        let take = |state: &mut State| place.is_first(state) && state.window.take(bytes);
        let is_there = {
            let mut state = self.room.state();
            state.window.give(held);
            take(&mut state)
        };
        if !is_there {
            self.room.changed.notify_waiters();
            self.room.until(take).await;
        }
        self.bytes = bytes;
        !is_there
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.room.state().window.finish(self.bytes);
        self.room.changed.notify_waiters();
    }
}

/// A place in the queue, given up when it is dropped.
struct Place<'r> {
    room: &'r Room,
    number: u64,
}

impl<'r> Place<'r> {
    fn last(room: &'r Room) -> Self {
        let mut state = room.state();
        let number = state.next;
        state.next += 1;
        state.queue.push_back(number);
        Self { room, number }
    }

    fn is_first(&self, state: &State) -> bool {
        state.queue.front() == Some(&self.number)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.room
            .state()
            .queue
            .retain(|number| *number != self.number);
        self.room.changed.notify_waiters();
    }
}
