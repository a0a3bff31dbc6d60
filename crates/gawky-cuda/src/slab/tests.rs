#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use proptest::prelude::*;

use super::*;

#[test]
fn pieces_begin_at_multiples_of_256() {
    let slab = Slab::of([3, 0, 256, 1, 0]).unwrap();
    assert_eq!(
        slab.ranges().collect::<Vec<_>>(),
        [0..3, 256..256, 256..512, 512..513, 513..513]
    );
    assert_eq!(slab.len(), 513);
    assert_eq!(Slab::of([]).unwrap().len(), 0);
    assert_eq!(Slab::of([0, 0]).unwrap().len(), 0);
}

#[test]
fn what_no_address_space_holds_is_refused() {
    for lens in [
        vec![usize::MAX],
        vec![usize::MAX / 2, 1],
        vec![usize::MAX - 3, 0, 300],
    ] {
        assert!(matches!(
            Slab::of(lens),
            Err(BufferError::OutOfMemory { .. })
        ));
    }
}

#[test]
fn large_pinned_pieces_travel_alone() {
    let slab = Slab::of([10, DIRECT_LEAST, 20, 30, 40]).unwrap();
    let last = DIRECT_LEAST + 256;
    assert_eq!(
        slab.steps(&[true, true, false, false, true], 600),
        [
            Step::Gathered(0..10),
            Step::Direct(1),
            Step::Gathered(last..last + 552),
        ]
    );
    assert_eq!(
        slab.steps(&[], DIRECT_LEAST),
        [
            Step::Gathered(0..DIRECT_LEAST),
            Step::Gathered(DIRECT_LEAST..last + 552)
        ]
    );
    assert_eq!(Slab::of([0]).unwrap().steps(&[true], 600), []);
}

#[test]
fn close_pieces_come_back_together() {
    let far = 1024 + CLOSE;
    let pieces = [
        (7, 256..300),
        (7, 0..10),
        (9, 0..4),
        (7, 512..512),
        (7, 1000..1024),
        (7, far..far + 1),
        (7, far + CLOSE + 2..far + CLOSE + 3),
        (7, 280..290),
    ];
    let found = runs(&pieces);
    assert_eq!(found.len(), 3);
    assert_eq!(found[0].range, 0..far + 1);
    assert_eq!(
        found[0].pieces,
        [(1, 0), (0, 256), (7, 280), (4, 1000), (5, far)]
    );
    assert_eq!(found[1].pieces, [(6, 0)]);
    assert_eq!((found[2].allocation, found[2].range.clone()), (9, 0..4));
}

proptest! {
    /// What goes up by any plan is each piece at its place.
    #[test]
    fn every_plan_moves_every_byte(
        lens in prop::collection::vec((0_usize..3000, any::<bool>()), 0..20),
        large in 0_usize..20,
        chunk in 1_usize..5000,
    ) {
        let mut lens = lens;
        if let Some((len, _)) = lens.get_mut(large) {
            *len += DIRECT_LEAST;
        }
        let pieces: Vec<Vec<u8>> = (0_u8..).zip(&lens).map(|(i, (len, _))| vec![i + 1; *len]).collect();
        let pinned: Vec<bool> = lens.iter().map(|(_, pinned)| *pinned).collect();
        let slab = Slab::of(pieces.iter().map(Vec::len)).unwrap();
        let ranges: Vec<_> = slab.ranges().collect();
        let mut device = vec![0xee; slab.len()];
        for step in slab.steps(&pinned, chunk) {
            match step {
                Step::Gathered(range) => {
                    prop_assert!(range.len() <= chunk && !range.is_empty());
                    let mut staging = vec![0xdd; range.len()];
                    slab.fill(&range, |piece| &pieces[piece], &mut staging);
                    device[range].copy_from_slice(&staging);
                }
                Step::Direct(piece) => {
                    prop_assert!(pinned[piece]);
                    device[ranges[piece].clone()].copy_from_slice(&pieces[piece]);
                }
            }
        }
        for (piece, range) in pieces.iter().zip(&ranges) {
            prop_assert_eq!(&device[range.clone()], &piece[..]);
            prop_assert!(range.is_empty() || range.start % ALIGNED == 0);
        }
        prop_assert!(!device.contains(&0xdd));
    }
}
