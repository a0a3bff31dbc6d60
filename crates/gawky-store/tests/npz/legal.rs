//! What is unusual and right.

use gawky_store::npz::{Npz, NpzOptions};
use gawky_store::{Buffer, Container, ContainerList, DType, Fetch, MemoryContainer};

use super::raw::{RawArchive, RawMember, archive, int16s, npy};
use super::{elements, get};

fn numbers(archive: &[u8], key: &str) -> Vec<i16> {
    let bytes = elements(archive, key);
    let (pairs, rest) = bytes.as_chunks();
    assert!(rest.is_empty());
    pairs.iter().map(|pair| i16::from_le_bytes(*pair)).collect()
}

#[test]
fn no_member_at_all() {
    let npz = Npz::from_buffer(Buffer::copied_from(&archive(&[]))).unwrap();
    assert_eq!(npz.list("").unwrap(), [""; 0]);
    assert_eq!(npz.get("x").unwrap(), None);
}

#[test]
fn headers_of_every_version() {
    for version in [1, 2, 3] {
        let array = npy(
            version,
            "{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }   \n",
            &[1, 0, 2, 0],
        );
        let bytes = archive(&[RawMember::stored("x.npy", &array)]);
        assert_eq!(numbers(&bytes, "x"), [1, 2], "{version}");
    }
}

#[test]
fn every_order_of_bytes_and_axes() {
    // [[1, 2, 3], [4, 5, 6]]
    let little = [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0];
    let big = [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6];
    let columns = [1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6, 0];
    let big_columns = [0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6];
    for (descr, fortran, bytes) in [
        ("<i2", "False", little),
        (">i2", "False", big),
        ("<i2", "True", columns),
        (">i2", "True", big_columns),
    ] {
        let header =
            format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': (2, 3), }}\n");
        let array = npy(1, &header, &bytes);
        for member in [RawMember::stored, RawMember::deflated] {
            let bytes = archive(&[member("x.npy", &array)]);
            assert_eq!(numbers(&bytes, "x"), [1, 2, 3, 4, 5, 6], "{header}");
        }
    }
}

#[test]
fn a_big_endian_complex_number_is_two_of_eight_bytes() {
    let array = npy(
        1,
        "{'descr': '>c16', 'fortran_order': False, 'shape': (), }\n",
        &[0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0],
    );
    let bytes = elements(&archive(&[RawMember::stored("x.npy", &array)]), "x");
    let parts: Vec<f64> = bytes
        .as_chunks()
        .0
        .iter()
        .map(|part| f64::from_le_bytes(*part))
        .collect();
    assert_eq!(parts, [1.0, 2.0]);
}

#[test]
fn arrays_without_elements() {
    for shape in [
        "(0,)",
        "(0, 9223372036854775807)",
        "(9223372036854775807, 2, 0)",
    ] {
        let header = format!("{{'descr': '<f8', 'fortran_order': True, 'shape': {shape}, }}\n");
        let bytes = archive(&[RawMember::stored("x.npy", &npy(1, &header, &[]))]);
        assert_eq!(elements(&bytes, "x"), [0_u8; 0], "{shape}");
    }
}

#[test]
fn one_element_without_an_axis() {
    let array = npy(
        1,
        "{'descr': '|b1', 'fortran_order': False, 'shape': (), }\n",
        &[1],
    );
    assert_eq!(
        elements(&archive(&[RawMember::stored("x.npy", &array)]), "x"),
        [1]
    );
}

#[test]
fn sizes_behind_the_data() {
    let bytes = archive(&[
        RawMember::deflated("x.npy", &int16s(&[1, 2])).streamed(),
        RawMember::stored("y.npy", &int16s(&[3])).streamed(),
    ]);
    assert_eq!(numbers(&bytes, "x"), [1, 2]);
    assert_eq!(numbers(&bytes, "y"), [3]);
}

#[test]
fn numbers_of_zip64() {
    // As np.savez writes it: the sizes of the local header are in its extra data, those of the directory not.
    let array = int16s(&[1, 2]);
    let sizes = [
        (array.len() as u64).to_le_bytes(),
        (array.len() as u64).to_le_bytes(),
    ]
    .concat();
    let extra = [&[1, 0, 16, 0][..], &sizes].concat();
    let by_numpy =
        RawMember::stored("x.npy", &array).with(|member| member.local_extra = extra.clone());
    let mut bytes = archive(std::slice::from_ref(&by_numpy));
    bytes[18..26].fill(0xff);
    assert_eq!(numbers(&bytes, "x"), [1, 2]);

    // All of the directory's, and its end's.
    let mut all = extra.clone();
    all[2] = 24;
    all.extend([0; 8]);
    let mut wide = RawArchive::of(&[by_numpy.with(|member| member.central_extra = all)]);
    wide.directory[20..28].fill(0xff);
    wide.directory[42..46].fill(0xff);
    assert_eq!(numbers(&wide.bytes(), "x"), [1, 2]);
    assert_eq!(numbers(&wide.wide(|_| ()), "x"), [1, 2]);
}

/// Where an archive has an end with wide fields, the other end may say the same in those that are narrow.
#[test]
fn both_ends_may_tell_all() {
    let archive = RawArchive::of(&[RawMember::stored("x.npy", &int16s(&[1, 2]))]);
    let narrow = archive.end.bytes();
    let mut both = archive.wide(|_| ());
    let end = both.len() - narrow.len();
    both[end..].copy_from_slice(&narrow);
    assert_eq!(numbers(&both, "x"), [1, 2]);
    // Members here, and in all; how long the directory is, and where.
    for field in [8, 10, 12, 16] {
        let mut differing = both.clone();
        differing[end + field] += 1;
        let error = Npz::from_buffer(Buffer::copied_from(&differing)).unwrap_err();
        assert!(error.to_string().contains("differ"), "{field}: {error}");
    }
}

#[test]
fn comments_folders_gaps_and_padding() {
    let bytes = RawArchive::of(&[
        RawMember::stored("folder/", &[]),
        RawMember::stored("folder/x.npy", &int16s(&[1])).with(|member| {
            // A field that means nothing here, then too little for one.
            member.central_extra = vec![0x99, 0x99, 1, 0, 7, 0, 0];
            member.behind = vec![b'?'; 100_000];
        }),
        RawMember::stored("form.json", b"{}"),
    ])
    .with(|end| end.comment = b"PK\x05\x06, said the end of the directory".to_vec())
    .bytes();
    let npz = Npz::from_buffer(Buffer::copied_from(&bytes)).unwrap();
    assert_eq!(npz.list("").unwrap(), ["folder/x", "form.json"]);
    assert_eq!(numbers(&bytes, "folder/x"), [1]);
    assert_eq!(elements(&bytes, "form.json"), b"{}");
    assert_eq!(npz.get("folder").unwrap(), None);
    // What is no array is of no dtype, and its size is known.
    assert!(
        npz.fetch(&[Fetch::whole("form.json", DType::Float64)])
            .is_ok()
    );
    assert_eq!(npz.size("form.json").unwrap(), Some(2));
    assert_eq!(npz.size("folder/x").unwrap(), Some(2));
}

#[test]
fn the_longest_comment() {
    let bytes = RawArchive::of(&[RawMember::stored("x.npy", &int16s(&[1, 2]))])
        .with(|end| end.comment = vec![b'.'; 0xffff]);
    assert_eq!(numbers(&bytes.bytes(), "x"), [1, 2]);
    assert_eq!(numbers(&bytes.wide(|_| ()), "x"), [1, 2]);
}

#[test]
fn names_are_keys_but_for_their_end() {
    let names = [
        "a.npy",
        "a.npy.npy",
        "b/c.npy",
        "d",
        "e.npz",
        "ä.npy",
        "f.NPY",
    ];
    let members = names.map(|name| {
        let data = if name.ends_with(".npy") {
            int16s(&[1])
        } else {
            vec![1]
        };
        RawMember::stored(name, &data)
    });
    let bytes = archive(&members);
    let npz = Npz::from_buffer(Buffer::copied_from(&bytes)).unwrap();
    let keys = ["a", "a.npy", "b/c", "d", "e.npz", "f.NPY", "ä"];
    assert_eq!(npz.list("").unwrap(), keys);
    assert_eq!(npz.layer().keys(), keys);
    for key in keys {
        assert!(npz.get(key).unwrap().is_some(), "{key}");
        assert!(npz.contains(key).unwrap(), "{key}");
    }
    assert_eq!(get(&bytes, "b/c.npy").unwrap(), None);
}

/// Members that lie beyond what 32 bits can count, in a file that is mostly not there.
#[test]
fn far_away() {
    const FAR: u64 = 5 << 30;

    struct Sparse {
        head: Vec<u8>,
        tail: Vec<u8>,
    }

    impl Container for Sparse {
        fn get(&self, _: &str) -> Result<Option<Buffer>, gawky_store::StoreError> {
            panic!("all 5 GiB of it")
        }

        fn get_range(
            &self,
            _: &str,
            range: std::ops::Range<u64>,
        ) -> Result<Option<Buffer>, gawky_store::StoreError> {
            assert!(range.end - range.start < 100_000, "{range:?}");
            let byte = |at: u64| match at.checked_sub(FAR) {
                Some(at) => self.tail[at as usize],
                None => self.head.get(at as usize).copied().unwrap_or(0),
            };
            Ok(Some(Buffer::from_vec(range.map(byte).collect::<Vec<u8>>())))
        }

        fn size(&self, _: &str) -> Result<Option<u64>, gawky_store::StoreError> {
            Ok(Some(FAR + self.tail.len() as u64))
        }

        fn profile(&self) -> gawky_store::Profile {
            gawky_store::Profile::FILE
        }
    }

    let (near, far) = (
        RawMember::stored("near.npy", &int16s(&[1])),
        RawMember::stored("far.npy", &int16s(&[2])),
    );
    let head = RawArchive::of(std::slice::from_ref(&near));
    let own = RawArchive::of(std::slice::from_ref(&far.clone().with(|member| {
        member.offset = Some(u32::MAX);
        member.central_extra = [&[1, 0, 8, 0][..], &FAR.to_le_bytes()].concat();
    })));
    let mut both = RawArchive {
        members: own.members,
        directory: [head.directory, own.directory].concat(),
        end: own.end,
    };
    both.end.members = 2;
    let directory = both.directory.len() as u64;
    let offset = FAR + both.members.len() as u64;
    let tail = both.wide(|wide| {
        wide[40..48].copy_from_slice(&directory.to_le_bytes());
        wide[48..56].copy_from_slice(&offset.to_le_bytes());
        wide[64..72].copy_from_slice(&(offset + directory).to_le_bytes());
    });
    let sparse = Sparse {
        head: head.members,
        tail,
    };
    let npz = Npz::open(&sparse, "far.npz").unwrap();
    assert_eq!(npz.layer().file_size(), FAR + sparse.tail.len() as u64);
    for (key, number) in [("near", 1), ("far", 2)] {
        let bytes = npz.get(key).unwrap().unwrap();
        assert_eq!(bytes.bytes().unwrap(), [number, 0], "{key}");
    }
}

#[test]
fn a_directory_that_is_not_among_the_last_bytes() {
    let members: Vec<RawMember> = (0..2_000)
        .map(|n| RawMember::stored(&format!("part0-node{n}-data.npy"), &int16s(&[n])))
        .collect();
    let memory = MemoryContainer::new();
    memory
        .insert("many.npz", Buffer::copied_from(&archive(&members)))
        .unwrap();
    let npz = Npz::open(&memory, "many.npz").unwrap();
    assert_eq!(npz.layer().opening().requests, 2);
    let bytes = npz.get("part0-node1999-data").unwrap().unwrap();
    assert_eq!(bytes.bytes().unwrap(), 1_999_i16.to_le_bytes());

    let few = NpzOptions::default().max_directory_bytes(100_000);
    let (key, fault) = super::fault(Npz::open_with(&memory, "many.npz", few));
    assert_eq!(key, "many.npz");
    assert!(
        fault.to_string().starts_with("its directory has 1"),
        "{fault}"
    );
}
