//! What opening a file asks for, and what reading it does afterwards.

use std::sync::Mutex;

use gawky_store::safetensors::{SafeTensors, SafeTensorsFault, SafeTensorsWriter};
use gawky_store::{
    Blob, Buffer, Container, ContainerWrite, DType, Fetch, FetchReport, Fetched, MemoryContainer,
    Profile, StoreError,
};

use super::{KEY, assemble, bytes, fault, inside, numbered};

/// A memory that likes to be asked as something else, and remembers what it was asked.
#[derive(Debug)]
struct Asked {
    memory: MemoryContainer,
    profile: Profile,
    ranges: Mutex<Vec<Option<(u64, u64)>>>,
}

impl Asked {
    fn new(profile: Profile, file: Buffer) -> Self {
        let memory = MemoryContainer::new();
        memory.insert(KEY, file).unwrap();
        Self {
            memory,
            profile,
            ranges: Mutex::default(),
        }
    }

    /// What was asked since the last time.
    fn ranges(&self) -> Vec<Option<(u64, u64)>> {
        std::mem::take(&mut *self.ranges.lock().unwrap())
    }
}

impl Container for Asked {
    fn get(&self, _: &str) -> Result<Option<Buffer>, StoreError> {
        panic!("everything is fetched")
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let ranges = fetches.iter().map(|fetch| fetch.range.clone());
        let ranges = ranges.map(|range| range.map(|range| (range.start, range.end)));
        self.ranges.lock().unwrap().extend(ranges);
        self.memory.fetch_versioned(fetches, report)
    }

    fn profile(&self) -> Profile {
        self.profile
    }
}

/// Where the header ends.
fn header_end(file: &Buffer) -> u64 {
    let prefix = file.bytes().unwrap().first_chunk().unwrap();
    8 + u64::from_le_bytes(*prefix)
}

#[test]
fn behind_a_network_one_request_opens_and_brings_the_first_tensors() {
    let file = numbered(5, 300_000);
    let end = header_end(&file);
    let container = Asked::new(Profile::REMOTE, file);
    let tensors = SafeTensors::open(&container, KEY).unwrap();
    assert_eq!(container.ranges(), [Some((0, 512 * 1024))]);
    let opening = tensors.layer().opening();
    assert_eq!((opening.requests, opening.bytes), (1, 512 * 1024));

    // The first tensor came along, and half of the second, too.
    let mut report = FetchReport::default();
    let fetch = [
        Fetch::raw("node0-data", None),
        Fetch::raw("node1-data", Some(0..10)),
        Fetch::raw("node1-data", None),
        Fetch::raw("node4-data", Some(5..7)),
    ];
    let answers = tensors.fetch_versioned(&fetch, &mut report).unwrap();
    let version = container.memory.version(KEY).unwrap();
    assert!(version.is_some());
    for (answer, number) in answers.into_iter().zip([0, 1, 1, 4]) {
        let answer = answer.unwrap();
        assert_eq!(answer.version, version);
        assert!(answer.bytes.bytes().unwrap().iter().all(|&b| b == number));
    }
    assert_eq!((report.requests, report.merged), (2, 2));
    let start = |number: u64| end + number * 300_000;
    assert_eq!(
        container.ranges(),
        [
            Some((start(1), start(2))),
            Some((start(4) + 5, start(4) + 7))
        ]
    );
}

#[test]
fn a_long_header_takes_a_second_request() {
    let writer = SafeTensorsWriter::new().with_metadata("form", "x".repeat(600_000));
    writer
        .put(Blob::new("a", DType::UInt8, bytes(&[7; 2_000_000])))
        .unwrap();
    let file = writer.finish().unwrap();
    let end = header_end(&file);
    let container = Asked::new(Profile::REMOTE, file);
    let tensors = SafeTensors::open(&container, KEY).unwrap();
    assert_eq!(container.ranges(), [Some((0, 512 * 1024)), Some((0, end))]);
    assert_eq!(tensors.layer().metadata()["form"].len(), 600_000);
    assert_eq!(tensors.get_range("a", 0..3).unwrap(), Some(bytes(&[7; 3])));
    assert_eq!(container.ranges(), [Some((end, end + 3))]);
}

#[test]
fn a_short_file_comes_whole() {
    for profile in [Profile::REMOTE, Profile::FILE] {
        let container = Asked::new(profile, numbered(5, 100));
        let tensors = SafeTensors::open(&container, KEY).unwrap();
        let guess = if profile == Profile::REMOTE {
            512 * 1024
        } else {
            4096
        };
        assert_eq!(container.ranges(), [Some((0, guess)), None]);
        assert_eq!(tensors.profile(), Profile::MEMORY);
        assert_eq!(tensors.get("node3-data").unwrap(), Some(bytes(&[3; 100])));
        assert_eq!(container.ranges(), []);
    }
}

#[test]
fn in_memory_the_header_alone_is_read() {
    let file = numbered(5, 100);
    let end = header_end(&file);
    let container = Asked::new(Profile::MEMORY, file.clone());
    let tensors = SafeTensors::open(&container, KEY).unwrap();
    assert_eq!(container.ranges(), [Some((0, 8)), Some((0, end))]);

    assert_eq!(tensors.layer().keys().len(), 5);
    assert_eq!(tensors.size("node2-data").unwrap(), Some(100));
    assert!(tensors.contains("node2-data").unwrap());
    assert!(tensors.version("node2-data").unwrap().is_some());
    assert_eq!(
        tensors.get_range("node2-data", 9..9).unwrap(),
        Some(Buffer::empty())
    );
    assert_eq!(container.ranges(), [], "none of this reads anything");

    let answer = tensors.get("node2-data").unwrap().unwrap();
    assert_eq!(container.ranges(), [Some((end + 200, end + 300))]);
    assert_eq!(
        answer.address(),
        file.address() + end as usize + 200,
        "shared"
    );
}

#[test]
fn where_ranges_are_dear_the_file_is_read_once() {
    let container = Asked::new(Profile::WHOLE, numbered(5, 100));
    let tensors = SafeTensors::open(&container, KEY).unwrap();
    assert_eq!(container.ranges(), [None]);
    assert_eq!(tensors.get("node3-data").unwrap(), Some(bytes(&[3; 100])));
    assert_eq!(container.ranges(), []);
}

#[test]
fn from_a_buffer_everything_is_shared() {
    let file = numbered(3, 100);
    let tensors = SafeTensors::from_buffer(file.clone()).unwrap();
    let index = tensors.layer();
    assert_eq!(index.file_size(), file.len() as u64);
    for key in ["node0-data", "node1-data", "node2-data"] {
        let range = index.range(key).unwrap();
        let bytes = tensors.get(key).unwrap().unwrap();
        assert_eq!(bytes.address(), file.address() + range.start as usize);
    }
    assert_eq!(
        (index.range("node3-data"), index.dtype("node3-data")),
        (None, None)
    );
    assert_eq!((index.len(), index.is_empty()), (3, false));
}

#[test]
fn what_is_not_there_is_said() {
    let missing = SafeTensors::open(MemoryContainer::new(), KEY);
    let message = missing.unwrap_err().to_string();
    assert_eq!(
        message,
        "there is no \"events.safetensors\": check the name, and that it has been written"
    );
    assert!(matches!(
        SafeTensors::open(MemoryContainer::new(), "../x"),
        Err(StoreError::InvalidKey { .. })
    ));
}

/// Cut short at any byte, a file is refused when it is opened or when the missing bytes are read, and whatever is
/// still there is right.
#[test]
fn truncated_files() {
    let file = numbered(3, 40);
    let end = header_end(&file) as usize;
    for len in 0..file.len() {
        let cut = file.slice(0..len).unwrap();
        let refused = fault(SafeTensors::from_buffer(cut.clone()));
        match len {
            0..8 => assert_eq!(refused, SafeTensorsFault::TooShort { have: len as u64 }),
            _ if len < end => assert_eq!(
                refused,
                SafeTensorsFault::HeaderCut {
                    needed: end as u64,
                    have: len as u64
                }
            ),
            _ => assert_eq!(
                refused,
                SafeTensorsFault::FileLength {
                    needed: file.len() as u64,
                    have: len as u64
                }
            ),
        }
        for profile in [Profile::REMOTE, Profile::FILE, Profile::WHOLE] {
            let container = Asked::new(profile, cut.clone());
            assert_eq!(fault(SafeTensors::open(container, KEY)), refused, "{len}");
        }
        // In memory nobody has asked how long it is.
        let opened = SafeTensors::open(Asked::new(Profile::MEMORY, cut), KEY);
        if len < end {
            assert_eq!(fault(opened), refused);
            continue;
        }
        let tensors = opened.unwrap();
        for number in 0..3_u8 {
            let key = format!("node{number}-data");
            let answer = tensors.get(&key);
            if len >= end + 40 * (usize::from(number) + 1) {
                assert_eq!(answer.unwrap(), Some(bytes(&[number; 40])));
            } else {
                let StoreError::OutOfRange { key, have, .. } = inside(answer, &key) else {
                    panic!("it is cut");
                };
                assert_eq!((key.as_str(), have), (KEY, len as u64));
            }
        }
    }
}

#[test]
fn what_is_appended_is_refused() {
    let file = numbered(3, 40);
    let longer = [file.bytes().unwrap(), b"\0"].concat();
    let have = longer.len() as u64;
    for profile in [Profile::REMOTE, Profile::FILE, Profile::WHOLE] {
        let container = Asked::new(profile, bytes(&longer));
        assert_eq!(
            fault(SafeTensors::open(container, KEY)),
            SafeTensorsFault::FileLength {
                needed: have - 1,
                have
            }
        );
    }
}

/// HARD 5: the format does not align what a writer does not, and an odd file is no worse than a slow one.
#[test]
fn after_an_odd_tensor_the_next_is_misaligned_and_right() {
    let header = br#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
        "b":{"dtype":"I64","shape":[2],"data_offsets":[1,17]},"c":{"dtype":"F64","shape":[0],"data_offsets":[17,17]}}"#;
    let data = [
        &[9_u8][..],
        &(-5_i64).to_le_bytes(),
        &i64::MAX.to_le_bytes(),
    ]
    .concat();
    let file = assemble(header, &data);
    for container in [
        Asked::new(Profile::MEMORY, file.clone()),
        Asked::new(Profile::REMOTE, file.clone()),
    ] {
        let tensors = SafeTensors::open(container, KEY).unwrap();
        let fetches = [
            Fetch::whole("a", DType::UInt8),
            Fetch::whole("b", DType::Int64),
            Fetch::whole("c", DType::Float64),
        ];
        let answers = tensors.fetch(&fetches).unwrap();
        let numbers = answers[1].as_ref().unwrap();
        assert_eq!(
            *numbers.typed::<i64>().unwrap(),
            [-5, i64::MAX].map(i64::to_le)
        );
        assert!(matches!(
            answers[2].as_ref().unwrap().typed::<f64>().unwrap(),
            std::borrow::Cow::Borrowed([])
        ));
    }
}
