//! What all fuzz targets have: an allocator of which no allocation is larger than [`MOST`].
//!
//! libFuzzer counts the memory that was touched, and sees allocations only where a sanitizer tells it of them: a claim of a
//! few bytes for which terabytes are reserved would go by unseen. Here it is refused. Who asked in a way that may fail goes
//! on with an error, as on a machine that has no more; who did not ends the process, which is a finding.

#![allow(unsafe_code, reason = "an allocator is unsafe to write")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;

/// The most bytes of one allocation: what `scripts/fuzz` tells libFuzzer, too.
pub const MOST: usize = 1 << 30;

struct Bounded;

#[global_allocator]
static ALLOCATOR: Bounded = Bounded;

// SAFETY: what is not refused, which an allocator may do, the system's allocator does.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match layout.size() <= MOST {
            // SAFETY: the caller promises what it has to promise the system's.
            true => unsafe { System.alloc(layout) },
            false => ptr::null_mut(),
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match layout.size() <= MOST {
            // SAFETY: as above.
            true => unsafe { System.alloc_zeroed(layout) },
            false => ptr::null_mut(),
        }
    }

    unsafe fn realloc(&self, bytes: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        match size <= MOST {
            // SAFETY: as above.
            true => unsafe { System.realloc(bytes, layout, size) },
            false => ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, bytes: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(bytes, layout) }
    }
}
