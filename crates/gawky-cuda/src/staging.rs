//! Host memory that uploads are gathered in: which block is to be used next, how much there is in all, and when a block
//! may be written again. Arithmetic without a device; what a block and an event are is the caller's business.

use std::collections::VecDeque;

/// The least block.
const LEAST: usize = 64 << 10;
/// The largest.
const MOST: usize = 8 << 20;

/// A point in a device's work.
pub(crate) trait Point {
    /// Whether it is known to have been reached.
    fn has_passed(&self) -> bool;
}

/// Blocks of host memory, `limit` bytes in all.
#[derive(Debug)]
pub(crate) struct Staging<M, E> {
    limit: usize,
    held: usize,
    idle: Vec<Block<M>>,
    // Those that copies may still read, the oldest first.
    away: VecDeque<(E, Block<M>)>,
}

/// Memory, and how much of it counts.
#[derive(Debug)]
pub(crate) struct Block<M> {
    pub(crate) memory: M,
    size: usize,
}

/// Where a block comes from.
#[derive(Debug)]
pub(crate) enum Taken<M, E> {
    /// It is here.
    Ready(Block<M>),
    /// It is to be made, of so many bytes; some that were too small are to be dropped.
    Make(Room, Vec<Block<M>>),
    /// It is here when this has been waited for.
    After(E, Block<M>),
}

/// Room for a block that is being made, to be given back when that fails.
#[derive(Debug)]
pub(crate) struct Room {
    size: usize,
}

impl Room {
    /// How many bytes the block is to have.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    pub(crate) fn filled<M>(self, memory: M) -> Block<M> {
        Block {
            memory,
            size: self.size,
        }
    }
}

/// How much is gathered at a time, where there may be `limit` bytes in all: a quarter, so that blocks are filled while others
/// travel.
pub(crate) fn chunk(limit: usize) -> usize {
    let quarter = (limit / 4).clamp(LEAST, MOST);
    1 << quarter.ilog2()
}

impl<M, E: Point> Staging<M, E> {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(LEAST * 2),
            held: 0,
            idle: Vec::new(),
            away: VecDeque::new(),
        }
    }

    /// How much is gathered at a time.
    pub(crate) fn chunk(&self) -> usize {
        chunk(self.limit)
    }

    /// A block of `len` bytes, a [`chunk`] at most.
    pub(crate) fn take(&mut self, len: usize) -> Taken<M, E> {
        self.come_back();
        let size = len.max(LEAST).next_power_of_two();
        let fitting = |block: &&mut Block<M>| block.size >= size;
        let least = self
            .idle
            .iter_mut()
            .filter(fitting)
            .map(|block| block.size)
            .min();
        let found = self.idle.iter().position(|block| Some(block.size) == least);
        if let Some(found) = found {
            return Taken::Ready(self.idle.swap_remove(found));
        }
        let mut too_small = Vec::new();
        while self.held + size > self.limit {
            let Some(block) = self.idle.pop() else { break };
            self.held -= block.size;
            too_small.push(block);
        }
        if self.held + size > self.limit {
            let oldest = self.away.iter().position(|(_, block)| block.size >= size);
            if let Some((event, block)) = oldest.and_then(|oldest| self.away.remove(oldest)) {
                return Taken::After(event, block);
            }
        }
        // Over the limit only where all of it is away in smaller blocks, or filled by other threads just now.
        self.held += size;
        Taken::Make(Room { size }, too_small)
    }

    /// The block of a room could not be made.
    pub(crate) fn give_up(&mut self, room: &Room) {
        self.held -= room.size;
    }

    /// A block that copies read until `event`.
    pub(crate) fn give_back(&mut self, event: E, block: Block<M>) {
        self.away.push_back((event, block));
    }

    /// A block that nothing reads.
    pub(crate) fn give_back_unused(&mut self, block: Block<M>) {
        self.idle.push(block);
    }

    fn come_back(&mut self) {
        while self
            .away
            .front()
            .is_some_and(|(event, _)| event.has_passed())
        {
            self.idle
                .extend(self.away.pop_front().map(|(_, block)| block));
        }
    }
}

/// What copies still read, kept until they are done.
#[derive(Debug)]
pub(crate) struct Parked<T, E> {
    queue: VecDeque<(E, usize, T)>,
    bytes: usize,
}

impl<T, E: Point> Parked<T, E> {
    /// Of so many bytes in all, or so many things, the oldest are waited for.
    const BYTES: usize = 256 << 20;
    const COUNT: usize = 64;

    pub(crate) fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            bytes: 0,
        }
    }

    /// Keeps `what` until `event`. What is returned is to be waited for, where it has not passed, and dropped.
    #[must_use]
    pub(crate) fn park(&mut self, event: E, bytes: usize, what: T) -> Vec<(E, T)> {
        self.queue.push_back((event, bytes, what));
        self.bytes = self.bytes.saturating_add(bytes);
        let mut done = self.passed();
        while self.queue.len() > 1 && (self.queue.len() > Self::COUNT || self.bytes > Self::BYTES) {
            done.extend(self.oldest());
        }
        done
    }

    /// What is done, to be dropped.
    #[must_use]
    pub(crate) fn passed(&mut self) -> Vec<(E, T)> {
        let mut done = Vec::new();
        while self
            .queue
            .front()
            .is_some_and(|(event, ..)| event.has_passed())
        {
            done.extend(self.oldest());
        }
        done
    }

    fn oldest(&mut self) -> Option<(E, T)> {
        let (event, bytes, what) = self.queue.pop_front()?;
        self.bytes = self.bytes.saturating_sub(bytes);
        Some((event, what))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;

    impl Point for Rc<Cell<bool>> {
        fn has_passed(&self) -> bool {
            self.get()
        }
    }

    type Blocks = Staging<u32, Rc<Cell<bool>>>;

    fn made(staging: &mut Blocks, len: usize, name: u32) -> Block<u32> {
        match staging.take(len) {
            Taken::Make(room, _) => room.filled(name),
            other => panic!("{other:?}"),
        }
    }

    fn ready(staging: &mut Blocks, len: usize) -> Block<u32> {
        match staging.take(len) {
            Taken::Ready(block) => block,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_block_is_used_again_when_its_copy_is_done() {
        let mut staging = Blocks::new(1 << 20);
        let event = Rc::new(Cell::new(false));
        let first = made(&mut staging, 100, 1);
        staging.give_back(Rc::clone(&event), first);
        let second = made(&mut staging, LEAST, 2);
        staging.give_back_unused(second);
        assert_eq!(ready(&mut staging, 1).memory, 2);
        event.set(true);
        assert_eq!(ready(&mut staging, 1).memory, 1);
    }

    #[test]
    fn the_least_block_that_fits_is_taken() {
        let mut staging = Blocks::new(1 << 30);
        let sizes = [(1, LEAST * 4), (2, LEAST), (3, LEAST * 2)];
        let blocks = sizes.map(|(name, size)| made(&mut staging, size, name));
        for block in blocks {
            staging.give_back_unused(block);
        }
        assert_eq!(ready(&mut staging, LEAST + 1).memory, 3);
        assert_eq!(ready(&mut staging, LEAST + 1).memory, 1);
        assert_eq!(ready(&mut staging, 0).memory, 2);
    }

    #[test]
    fn the_limit_is_kept_by_waiting_for_the_oldest() {
        let mut staging = Blocks::new(LEAST * 2);
        for name in [1, 2] {
            let block = made(&mut staging, LEAST, name);
            staging.give_back(Rc::new(Cell::new(false)), block);
        }
        let Taken::After(_, block) = staging.take(5) else {
            panic!("there is no room");
        };
        assert_eq!(block.memory, 1);
        assert_eq!(staging.held, LEAST * 2);
    }

    #[test]
    fn small_blocks_make_room_for_a_larger_one() {
        let mut staging = Blocks::new(LEAST * 2);
        for block in [1, 2].map(|name| made(&mut staging, LEAST, name)) {
            staging.give_back_unused(block);
        }
        let Taken::Make(room, dropped) = staging.take(LEAST * 2) else {
            panic!("no block is large enough");
        };
        assert_eq!((room.size(), dropped.len()), (LEAST * 2, 2));
        assert_eq!(staging.held, LEAST * 2);
        staging.give_up(&room);
        assert_eq!(staging.held, 0);
    }

    #[test]
    fn chunks_fit_the_limit() {
        assert_eq!(chunk(0), LEAST);
        assert_eq!(chunk(32 << 20), 8 << 20);
        assert_eq!(chunk(usize::MAX), MOST);
        assert_eq!(chunk(3 << 20), 512 << 10);
    }

    #[test]
    fn what_is_parked_leaves_in_order_and_has_a_bound() {
        let mut parked = Parked::new();
        let events: Vec<_> = (0..3).map(|_| Rc::new(Cell::new(false))).collect();
        for (number, event) in events.iter().enumerate() {
            assert!(parked.park(Rc::clone(event), 10, number).is_empty());
        }
        events.get(1).unwrap().set(true);
        assert!(parked.passed().is_empty());
        events.first().unwrap().set(true);
        assert_eq!(
            parked
                .passed()
                .into_iter()
                .map(|(_, n)| n)
                .collect::<Vec<_>>(),
            [0, 1]
        );
        let large = Parked::<usize, Rc<Cell<bool>>>::BYTES;
        let out = parked.park(Rc::new(Cell::new(false)), large, 3);
        assert_eq!(out.into_iter().map(|(_, n)| n).collect::<Vec<_>>(), [2]);
        let many: usize = (0..200)
            .map(|_| parked.park(Rc::new(Cell::new(false)), 0, 9).len())
            .sum();
        assert_eq!(many, 200 + 1 - 64);
    }
}
