//! What a shelf holds on to when nothing is left: nothing.

#![allow(clippy::panic, reason = "tests say what is wrong by panicking")]

use super::*;

struct Reader<'a> {
    shelf: &'a mut Shelf,
    id: ContainerId,
    fetch: Fetch,
}

impl Reader<'_> {
    fn lead(&mut self) -> Arc<Flight> {
        match self.shelf.place(&self.id, &self.fetch, Waits::Thread, true) {
            Placed::Lead(flight) => flight,
            other => panic!("{other:?}"),
        }
    }

    fn land(&mut self, flight: &Arc<Flight>, version: Option<&str>, keep: bool) -> bool {
        self.land_bytes(flight, version, keep, Buffer::from_vec(vec![7_u8; 8]))
    }

    fn land_bytes(
        &mut self,
        flight: &Arc<Flight>,
        version: Option<&str>,
        keep: bool,
        bytes: Buffer,
    ) -> bool {
        let answer = version.map(|version| Fetched {
            bytes: bytes.clone(),
            version: Some(Version::new(version)),
        });
        let landing = Landing {
            answer: answer.as_ref(),
            fit: keep.then_some((bytes, Retention::Keep)),
            known: Known::FromContainer,
        };
        let mut trash = Trash::new();
        self.shelf
            .land(&self.id, &self.fetch, flight, landing, &mut trash)
    }

    fn observe(&mut self, version: Option<&str>) {
        let version = version.map(Version::new);
        let seen = version
            .as_ref()
            .map_or(Seen::Gone, |version| Seen::In(Some(version)));
        let (began, mut trash) = (self.shelf.clock(), Trash::new());
        self.shelf.observe(&self.id, "k", seen, began, &mut trash);
    }

    fn holds_nothing(&self) -> bool {
        self.shelf.containers.is_empty()
            && self.shelf.kept.is_empty()
            && (self.shelf.stats.bytes, self.shelf.stats.entries) == (0, 0)
    }
}

#[test]
fn nothing_is_held_on_to_for_nothing() {
    let mut shelf = Shelf::new(1 << 20);
    let mut reader = Reader {
        shelf: &mut shelf,
        id: ContainerId::new("s3://bucket"),
        fetch: Fetch::raw("k", Some(0..8)),
    };
    let kept = |reader: &mut Reader<'_>| {
        let flight = reader.lead();
        assert!(reader.land(&flight, Some("1"), true));
        assert!(!reader.holds_nothing());
    };

    let flight = reader.lead();
    assert!(!reader.land(&flight, None, false));
    assert!(reader.holds_nothing(), "what is missing");
    let flight = reader.lead();
    assert!(reader.land(&flight, Some("1"), false));
    assert!(reader.holds_nothing(), "what passes");
    let flight = reader.lead();
    let (id, fetch) = (reader.id.clone(), reader.fetch.clone());
    reader.shelf.abandon(&id, &fetch, &flight);
    assert!(reader.holds_nothing(), "what was abandoned");

    for version in [Some("2"), None] {
        kept(&mut reader);
        reader.observe(Some("1"));
        assert!(!reader.holds_nothing());
        reader.observe(version);
        assert!(reader.holds_nothing(), "what is old or gone");
    }
    reader.observe(Some("3"));
    assert!(reader.holds_nothing(), "what nobody has read");

    kept(&mut reader);
    let numbers: Vec<u64> = reader.shelf.entries().iter().map(|entry| entry.0).collect();
    reader.shelf.evict(&numbers, &mut Trash::new());
    assert!(reader.holds_nothing(), "what was evicted");

    reader.fetch = Fetch::raw("k", None);
    let flight = reader.lead();
    reader.shelf.clear(None, &mut Trash::new());
    assert!(
        reader.holds_nothing(),
        "what is under way is not held on to"
    );
    assert!(!reader.land(&flight, Some("1"), true));
    assert!(reader.holds_nothing(), "nor is it kept when it lands");
}

#[test]
fn what_takes_more_than_there_is_throws_nothing_out() {
    let mut shelf = Shelf::new(2 * ENTRY_COST);
    let mut reader = Reader {
        shelf: &mut shelf,
        id: ContainerId::new("s3://bucket"),
        fetch: Fetch::raw("k", Some(0..8)),
    };
    let flight = reader.lead();
    assert!(reader.land(&flight, Some("1"), true));
    reader.fetch = Fetch::raw("l", None);
    let flight = reader.lead();
    let bytes = Buffer::from_vec(vec![7_u64; 200]);
    assert!(reader.land_bytes(&flight, Some("1"), true, bytes));
    let stats = &reader.shelf.stats;
    assert_eq!(
        (stats.entries, stats.insertions, stats.evictions),
        (1, 1, 0)
    );
}
