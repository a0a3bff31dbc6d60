//! Hostile text takes little memory: hard case 3.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use gawky_form::{Form, Type};

/// The system's allocator, which notes how much was in use at once.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: all is left to the system's allocator; counting touches no memory of its blocks.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller keeps to the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the block is from `alloc` above, which is the system's.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most memory that `run` has in use beyond what was before.
fn extra(run: impl FnOnce()) -> usize {
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    run();
    PEAK.load(Ordering::Relaxed) - before
}

// One test: others at the same time would be counted too.
#[test]
fn hostile_text_takes_less_than_a_mebibyte() {
    const DEEP: usize = 100_000;
    let list = r#"{"class":"ListOffsetArray","offsets":"i64","content":"#.repeat(DEEP);
    let record = r#"{"class":"RecordArray","contents":{"a":"#.repeat(DEEP);
    let brackets = "[".repeat(DEEP);
    let parameters =
        format!(r#"{{"class":"NumpyArray","primitive":"int8","parameters":{{"p":{brackets}"#);
    let ignored = format!(r#"{{"class":"NumpyArray","primitive":"int8","other":{brackets}"#);
    for json in [&list, &record, &parameters, &ignored, &brackets] {
        let bytes = extra(|| assert!(Form::from_json(json).is_err()));
        assert!(bytes < 1 << 20, "{bytes} bytes for {}…", &json[..40]);
    }
    for open in [
        "var * ",
        "?",
        "(",
        "{x:",
        "P[",
        "[",
        "int8[parameters={\"a\":[",
    ] {
        let text = open.repeat(DEEP);
        let bytes = extra(|| assert!(Type::from_datashape(&text).is_err()));
        assert!(bytes < 1 << 20, "{bytes} bytes for {open}");
    }
    let sizes = r#"{"class": "RegularArray", "size": 4611686018427387904, "content": {"class": "NumpyArray", "primitive": "int8", "inner_shape": [18446744073709551615, 18446744073709551615]}}"#;
    let bytes = extra(|| {
        let form = Form::from_json(sizes).unwrap();
        assert!(!form.array_type(u64::MAX).to_string().is_empty());
    });
    assert!(bytes < 1 << 20, "{bytes} bytes for huge sizes");
    let bomb = "{a,b,c,d}".repeat(30);
    let bytes = extra(|| assert!(Form::from_json("\"int8\"").unwrap().select(&bomb).is_err()));
    assert!(bytes < 1 << 20, "{bytes} bytes for braces");
}
