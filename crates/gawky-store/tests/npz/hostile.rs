//! What is meant to hurt, each with what is said of it.

use gawky_store::key::KeyFault;
use gawky_store::npz::{Npz, NpzFault, NpzOptions};
use gawky_store::{Buffer, Container, DType, Fetch, StoreError};

use super::raw::{RawArchive, RawEnd, RawMember, archive, int16s, npy};
use super::{fault, get};

/// The name that archives have that are opened from memory.
const FILE: &str = "memory.npz";

fn open(archive: &[u8]) -> Result<Npz<gawky_store::MemoryContainer>, StoreError> {
    Npz::from_buffer(Buffer::copied_from(archive))
}

fn x() -> RawMember {
    RawMember::stored("x.npy", &int16s(&[1, 2]))
}

fn deflated() -> RawMember {
    RawMember::deflated("x.npy", &int16s(&[1; 1_000]))
}

#[test]
fn what_is_no_archive() {
    for bytes in [
        &b""[..],
        b"P",
        b"PK\x05\x06",
        b"\x93NUMPY",
        &archive(&[x()])[..150],
        &[0; 100_000],
        // Bytes behind the end, and a comment that goes on beyond it.
        &[archive(&[x()]), vec![0]].concat(),
        &RawArchive::of(&[x()])
            .with(|end| end.comment_len = Some(1))
            .bytes(),
    ] {
        let size = bytes.len() as u64;
        assert_eq!(
            fault(open(bytes)),
            (FILE.to_owned(), NpzFault::NotZip { size })
        );
    }
}

#[test]
fn directories_that_lie() {
    let of = |change: fn(&mut RawEnd)| RawArchive::of(&[x()]).with(change).bytes();
    let wide = |at: usize, byte: u8| RawArchive::of(&[x()]).wide(|wide| wide[at] = byte);
    let mut behind = RawArchive::of(&[x()]);
    behind.directory.push(0);
    behind.end.bytes += 1;
    let mut before = RawArchive::of(&[x()]);
    before.members.insert(0, b'#');
    let mut other_signature = RawArchive::of(&[x()]);
    other_signature.directory[0] = b'p';
    let mut disagreeing = RawArchive::of(&[x()]).wide(|_| ());
    let end = disagreeing.len() - 22;
    disagreeing[end + 8] = 3;
    disagreeing[end + 9] = 0;
    for (bytes, why) in [
        (
            of(|end| end.disk = 1),
            "it is one part of an archive in several",
        ),
        (
            of(|end| end.members = 2),
            "it should have 2 members, for which 51 bytes are too few",
        ),
        (
            of(|end| end.members = 0xffff),
            "it should have 65535 members, for which 51 bytes are too few",
        ),
        (of(|end| end.members = 0), "51 bytes follow its last member"),
        (
            of(|end| end.bytes = 50),
            "it should be 50 bytes from byte 107 on, but its end begins at byte 158",
        ),
        (
            of(|end| end.offset = 106),
            "it should be 51 bytes from byte 106 on, but its end begins at byte 158",
        ),
        (
            of(|end| end.offset = u32::MAX),
            "it should be 51 bytes from byte 4294967295 on, but its end begins at byte 158",
        ),
        (
            of(|end| (end.bytes, end.offset) = (u32::MAX, u32::MAX)),
            "it should be 4294967295 bytes from byte 4294967295 on, but its end begins at byte 158",
        ),
        (
            before.bytes(),
            "it should be 51 bytes from byte 107 on, but its end begins at byte 159",
        ),
        (behind.bytes(), "1 bytes follow its last member"),
        (other_signature.bytes(), "member 0 of 1 is cut off"),
        (wide(0, 0), "its zip64 end is not where it should be"),
        (wide(4, 45), "its zip64 end should have 45 bytes and has 44"),
        (wide(16, 1), "its end and its zip64 end differ"),
        (wide(24, 2), "it is one part of an archive in several"),
        (
            wide(46, 0xff),
            "it should be 71776119061217331 bytes from byte 107 on, but its end begins at byte 158",
        ),
        (
            wide(55, 0xff),
            "it should be 51 bytes from byte 18374686479671623787 on, but its end begins at byte 158",
        ),
        (wide(64, 157), "its zip64 end is not where it should be"),
        (
            wide(71, 0xff),
            "its zip64 end is not before the end of the file",
        ),
        (disagreeing, "its end and its zip64 end differ"),
    ] {
        let why = why.to_owned();
        assert_eq!(
            fault(open(&bytes)),
            (FILE.to_owned(), NpzFault::Directory { why })
        );
    }
}

#[test]
fn names_that_lead_elsewhere() {
    for (name, rule) in [
        ("../x.npy", KeyFault::DotSegment),
        ("a/../../x.npy", KeyFault::DotSegment),
        ("..", KeyFault::DotSegment),
        ("..npy", KeyFault::DotSegment),
        ("/etc/passwd", KeyFault::Absolute),
        ("\\\\server\\x.npy", KeyFault::Absolute),
        ("C:\\x.npy", KeyFault::Absolute),
        ("x\0y.npy", KeyFault::Nul),
        ("a//x.npy", KeyFault::EmptySegment),
        ("../", KeyFault::DotSegment),
        ("x//", KeyFault::EmptySegment),
        (".npy", KeyFault::Empty),
        ("", KeyFault::Empty),
    ] {
        let bytes = archive(&[x(), RawMember::stored(name, b"")]);
        let (key, found) = fault(open(&bytes));
        assert_eq!(found, NpzFault::Name(rule), "{name:?}");
        assert!(key == name || (name.is_empty() && key == FILE), "{key:?}");
    }
    let bytes = archive(&[x().with(|member| member.name = b"caf\x82.npy".to_vec())]);
    assert_eq!(fault(open(&bytes)).1, NpzFault::NameEncoding);
}

#[test]
fn one_key_for_two() {
    for names in [["x.npy", "x.npy"], ["x.npy", "x"], ["x", "x"]] {
        let bytes = archive(&names.map(|name| RawMember::stored(name, b"")));
        let (key, found) = fault(open(&bytes));
        assert_eq!(key, "x");
        let NpzFault::Duplicate { first, second } = found else {
            panic!("{found}");
        };
        let mut found = [first.as_str(), second.as_str()];
        found.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(found, names);
    }
}

#[test]
fn members_that_share_bytes() {
    let second = || RawMember::stored("y.npy", &int16s(&[1, 2]));
    for offset in [0, 1, 100, 106, 140] {
        let bytes = archive(&[x(), second().with(|member| member.offset = Some(offset))]);
        let (key, found) = fault(open(&bytes));
        let NpzFault::Overlap { other } = found else {
            panic!("{found}");
        };
        let expected = match offset {
            140 => ("y", "the directory"),
            0 if key == "y" => ("y", "x.npy"),
            _ => ("x", "y.npy"),
        };
        assert_eq!((key.as_str(), other.as_str()), expected, "{offset}");
    }
    // One that is larger than the file, and one whose end cannot be counted.
    for len in [1 << 20, u64::from(u32::MAX) - 1] {
        let bytes = archive(&[x().with(|member| member.compressed = Some(len))]);
        assert!(matches!(fault(open(&bytes)).1, NpzFault::Overlap { .. }));
    }
    let huge = [&[1, 0, 8, 0][..], &u64::MAX.to_le_bytes()].concat();
    let bytes = archive(&[x().with(|member| {
        member.compressed = Some(u64::from(u32::MAX));
        member.central_extra = huge;
    })]);
    assert!(matches!(fault(open(&bytes)).1, NpzFault::Overlap { .. }));
}

#[test]
fn extra_data_that_is_cut_off() {
    for (extra, why) in [
        (vec![1, 0, 9, 0, 0], "its extra data is cut off"),
        (
            vec![1, 0, 4, 0, 0, 0, 0, 0],
            "its zip64 numbers are cut off",
        ),
        (vec![], "its zip64 numbers are missing"),
    ] {
        let bytes = archive(&[x().with(|member| {
            member.compressed = Some(u64::from(u32::MAX));
            member.central_extra = extra;
        })]);
        let why = why.to_owned();
        assert_eq!(
            fault(open(&bytes)),
            ("x.npy".to_owned(), NpzFault::Header { why })
        );
    }
}

#[test]
fn members_that_are_not_what_the_directory_says() {
    let cases: [(Vec<u8>, &str); 9] = [
        (
            changed(x(), 0, 1),
            "its own header is not where it should be",
        ),
        (changed(x(), 30, b'X'), "its own header tells another name"),
        (changed(x(), 8, 8), "its own header tells another method"),
        (
            changed(x(), 6, 1),
            "its own header tells another kind of member",
        ),
        (
            changed(x(), 6, 8),
            "its own header tells another kind of member",
        ),
        (changed(x(), 14, 1), "its own header tells another checksum"),
        (changed(x(), 18, 1), "its own header tells another size"),
        (
            changed(x(), 22, 1),
            "its own header tells another size when uncompressed",
        ),
        (
            changed(x(), 28, 1),
            "its bytes reach into those of the next member",
        ),
    ];
    for (bytes, why) in cases {
        let why = why.to_owned();
        assert_eq!(
            fault(get(&bytes, "x")),
            ("x".to_owned(), NpzFault::Header { why })
        );
    }
    let lying = archive(&[x().with(|member| member.uncompressed += 1)]);
    assert_eq!(
        fault(get(&lying, "x")).1.to_string(),
        "this member is not what the directory says: it is stored as it is, in 72 bytes, and should have \
         73; the file was damaged, or forged"
    );
}

/// An archive of one member, one byte of which is another.
fn changed(member: RawMember, at: usize, byte: u8) -> Vec<u8> {
    let mut bytes = archive(&[member]);
    assert_ne!(bytes[at], byte);
    bytes[at] = byte;
    bytes
}

#[test]
fn what_cannot_be_read() {
    for bit in [0, 6, 13] {
        let bytes = archive(&[x().with(|member| member.flags |= 1 << bit)]);
        assert_eq!(fault(get(&bytes, "x")).1, NpzFault::Encrypted);
    }
    for method in [1, 9, 12, 14, 93, 99] {
        let bytes = archive(&[x().with(|member| member.method = method), y()]);
        assert_eq!(fault(get(&bytes, "x")).1, NpzFault::Method { method });
        assert!(get(&bytes, "y").unwrap().is_some(), "the others can");
    }
}

fn y() -> RawMember {
    RawMember::stored("y.npy", &int16s(&[3]))
}

#[test]
fn wrong_checksums() {
    for member in [x(), deflated()] {
        let expected = member.checksum ^ 1;
        let bytes = archive(&[member.with(|member| member.checksum ^= 1), y()]);
        assert_eq!(
            fault(get(&bytes, "x")).1,
            NpzFault::Checksum {
                expected,
                found: expected ^ 1
            }
        );
        assert!(get(&bytes, "y").unwrap().is_some(), "the others are whole");
    }
}

#[test]
fn sizes_that_lie() {
    let len = deflated().uncompressed;
    let deflate = |member: RawMember| match fault(get(&archive(&[member]), "x")) {
        (_, NpzFault::Deflate { bytes, why }) => (bytes, why),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        deflate(deflated().with(|member| member.uncompressed -= 1)),
        (len - 1, "more come out than the directory says")
    );
    assert_eq!(
        deflate(deflated().with(|member| member.uncompressed += 1)),
        (len, "fewer come out than the directory says")
    );
    assert_eq!(
        deflate(deflated().with(|member| member.uncompressed = 0)),
        (0, "more come out than the directory says")
    );
    assert_eq!(
        deflate(deflated().with(|member| member.data.push(0))),
        (len, "bytes follow their end")
    );
    assert_eq!(
        deflate(deflated().with(|member| member.data.truncate(member.data.len() - 1))),
        (len, "their end is missing")
    );
    assert_eq!(
        deflate(deflated().with(|member| {
            member.data.clear();
            member.uncompressed = 1_000;
        })),
        (0, "their end is missing")
    );
    assert_eq!(
        deflate(deflated().with(|member| member.data.fill(0xff))),
        (0, "deflate never writes such bytes")
    );
    let impossible = deflated().with(|member| member.uncompressed = 1 << 31);
    assert!(matches!(
        fault(get(&archive(&[impossible]), "x")).1,
        NpzFault::Header { why } if why.starts_with("2147483648 bytes should come out of")
    ));
}

#[test]
fn bombs_go_off_nowhere() {
    let zeros = npy(
        1,
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000,), }\n",
        &[0; 1_000_000],
    );
    let members: Vec<RawMember> = (0..10)
        .map(|n| RawMember::deflated(&format!("{n}.npy"), &zeros))
        .collect();
    let bytes = archive(&members);
    assert!(bytes.len() < 15_000);
    let open = |options: NpzOptions| {
        let memory = gawky_store::MemoryContainer::new();
        memory.insert("b", Buffer::copied_from(&bytes)).unwrap();
        Npz::open_with(memory, "b", options).unwrap()
    };
    let len = zeros.len() as u64;

    let one = open(NpzOptions::default().max_member_bytes(len - 1));
    assert_eq!(
        fault(one.get("0")),
        (
            "0".to_owned(),
            NpzFault::MemberTooLarge {
                bytes: len,
                limit: len - 1
            }
        )
    );
    let all: Vec<Fetch> = (0..10)
        .map(|n| Fetch::whole(n.to_string(), DType::UInt8))
        .collect();
    let call = open(
        NpzOptions::default()
            .max_member_bytes(len)
            .max_call_bytes(5 * len),
    );
    assert_eq!(
        fault(call.fetch(&all)),
        (
            "5".to_owned(),
            NpzFault::CallTooLarge {
                bytes: 6 * len,
                limit: 5 * len
            }
        )
    );
    // The same member again is the same bytes.
    let again = [&all[..5], &all[..5]].concat();
    assert_eq!(call.fetch(&again).unwrap().len(), 10);
}

#[test]
fn arrays_that_are_none() {
    let of = |header: &str, elements: &[u8]| {
        let array = npy(1, header, elements);
        get(&archive(&[RawMember::stored("x.npy", &array)]), "x")
    };
    let simple =
        |descr: &str| format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (2,), }}\n");
    for (descr, why) in [
        ("'|O'", "its elements are Python objects"),
        ("'|S5'", "its elements are strings"),
        ("'<U5'", "its elements are strings"),
        ("'|V8'", "its elements are bytes without a meaning"),
        ("[('x', '<f8')]", "it has fields"),
        ("('<f8', (2,))", "it has fields"),
        ("'f8'", "it does not say in which order the bytes are"),
        ("'=f8'", "it does not say in which order the bytes are"),
        ("'|f8'", "it does not say in which order the bytes are"),
        ("'float64'", "it does not say in which order the bytes are"),
        ("'<f3'", "gawky has no such dtype"),
        ("''", "gawky has no such dtype"),
        ("'<M8[parsec]'", "gawky has no such dtype"),
    ] {
        let (key, found) = fault(of(&simple(descr), &[0; 16]));
        assert_eq!(key, "x");
        let NpzFault::DType { why: said, .. } = &found else {
            panic!("{descr}: {found}");
        };
        assert!(said.starts_with(why), "{descr}: {found}");
    }

    for (shape, len, needed) in [
        ("(2,)", 15, "16"),
        ("(2,)", 17, "16"),
        ("(2,)", 0, "16"),
        ("()", 16, "8"),
        ("(0,)", 1, "0"),
        ("(1152921504606846976,)", 8, "9223372036854775808"),
        ("(18446744073709551615,)", 8, "more"),
        ("(4294967296, 4294967296)", 0, "more"),
    ] {
        let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n");
        let NpzFault::Length {
            needed: said, have, ..
        } = fault(of(&header, &vec![0; len])).1
        else {
            panic!("{shape}");
        };
        assert_eq!((said.as_str(), have), (needed, len as u64), "{shape}");
    }

    for (array, why) in [
        (
            b"".to_vec(),
            "it does not begin with \\x93NUMPY, although its name ends in .npy",
        ),
        (
            b"PK\x03\x04".to_vec(),
            "it does not begin with \\x93NUMPY, although its name ends in .npy",
        ),
        (b"\x93NUMPY\x01".to_vec(), "its header is cut off"),
        (b"\x93NUMPY\x01\0\x10".to_vec(), "its header is cut off"),
        (b"\x93NUMPY\x01\0\x10\0{".to_vec(), "its header is cut off"),
        (
            b"\x93NUMPY\x03\0\xff\xff\xff\xff{".to_vec(),
            "its header is cut off",
        ),
        (
            b"\x93NUMPY\x04\0\x01\0\0\0{".to_vec(),
            "its header has the version 4.0, and 1.0, 2.0 and 3.0 are known",
        ),
        (
            b"\x93NUMPY\x01\x01\x01\0{".to_vec(),
            "its header has the version 1.1, and 1.0, 2.0 and 3.0 are known",
        ),
        (
            b"\x93NUMPY\x01\0\x01\0{".to_vec(),
            "its header ends where a string should be",
        ),
        (
            b"\x93NUMPY\x01\0\x01\0\xff".to_vec(),
            "its header is not in UTF-8",
        ),
    ] {
        let found = fault(get(&archive(&[RawMember::stored("x.npy", &array)]), "x")).1;
        let why = why.to_owned();
        assert_eq!(found, NpzFault::Array { why });
    }
}

#[test]
fn messages_name_the_member_and_the_file() {
    let error = get(&archive(&[x().with(|member| member.method = 14)]), "x").unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"x\" in \"memory.npz\": this member is compressed by method 14, and only 0 (stored) and 8 (deflate) are \
         read, which np.savez and np.savez_compressed use: write the archive anew with one of those"
    );
    assert_eq!(error.key(), "x");
    let error = open(b"PK").unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"memory.npz\": it is no zip archive, or its end was cut off: there is no end of a directory in its \
         last bytes, of 2 in all"
    );
    assert_eq!(error.key(), "memory.npz");
}
