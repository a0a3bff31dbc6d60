//! Real events, converted with uproot and written by plain Awkward.
//!
//! They do not travel with the repository: the tests look for the folder that `GAWKY_REAL_DATA` names, or for
//! `../shared/real` beside the repository, and say so where there is none. The figures were printed by
//! Awkward 2.14 from the same files.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests say what is wrong by panicking, and what is missing by printing"
)]

use std::fs;
use std::path::{Path, PathBuf};

use gawky::form::Dialect;
use gawky::prelude::*;
use gawky::store::ContainerList;
use safetensors::SafeTensors;

/// A file or folder of the real data, if it is here.
fn real(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("GAWKY_REAL_DATA").unwrap_or_else(|| "../shared/real".into());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join(folder).join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("real data absent: skipped ({name})");
    None
}

/// All blobs, by key.
fn blobs<C: Container + ContainerList>(container: &C) -> Vec<(String, Buffer)> {
    let keys = container.list("").unwrap();
    keys.into_iter()
        .filter(|key| key.starts_with("part") || key.starts_with("node"))
        .map(|key| {
            let blob = container.get(&key).unwrap().unwrap();
            (String::from(key), blob)
        })
        .collect()
}

#[test]
fn a_folder_of_z_bosons() {
    let Some(path) = real("zmumu") else { return };
    let form: Form = fs::read_to_string(path.join("form.json"))
        .unwrap()
        .parse()
        .unwrap();
    let lengths = fs::read_to_string(path.join("lengths.json")).unwrap();
    let lengths: Vec<u64> = serde_json::from_str(&lengths).unwrap();
    let folder = Directory::open(&path).unwrap();

    let reader = FromBuffers::new(&form, lengths.as_slice());
    let (events, report) = reader.read_with_report(&folder).unwrap();
    assert_eq!(
        (report.steps, report.fetches, report.bytes_asked),
        (1, 21, 336_392)
    );
    assert_eq!(events.lengths(), [2304]);
    assert_eq!(
        events.form().type_().to_string(),
        "{Type: string, Run: int32, Event: int32, E1: float64, px1: float64, py1: float64, pz1: float64, \
         pt1: float64, eta1: float64, phi1: float64, Q1: int32, E2: float64, px2: float64, py2: float64, \
         pz2: float64, pt2: float64, eta2: float64, phi2: float64, Q2: int32, M: float64}"
    );
    let whole = events.concatenate().unwrap();
    assert_eq!(whole.nbytes(), 336_392);
    let last = whole.get(2303).unwrap().as_record().unwrap();
    assert_eq!(last.get("Type").unwrap().as_str(), Some("GG"));
    assert_eq!(last.get("M").unwrap().to_string(), "96.6567276544");
    let masses = whole.field("M").unwrap();
    let heaviest = masses
        .iter()
        .unwrap()
        .filter_map(|mass| mass.as_scalar()?.as_f64());
    assert_eq!(heaviest.fold(0.0, f64::max), 172.101_767_655);

    // Written again, the blobs and the form are those that were read.
    let memory = MemoryContainer::new();
    let (written, lengths) = gawky::to_buffers(&events, &memory).unwrap();
    assert_eq!((&written, lengths.as_slice()), (&form, [2304].as_slice()));
    assert_eq!(blobs(&memory), blobs(&folder));

    // Ten rows move ten rows' bytes, but for one offset more and the characters.
    let (rows, report) = reader
        .clone()
        .rows(1000..1010)
        .read_with_report(&folder)
        .unwrap();
    let rows = rows.concatenate().unwrap();
    let same = whole.slice(1000..1010).unwrap();
    assert!(
        rows.equal_values(&same, false).unwrap(),
        "{rows} is not {same}"
    );
    let fixed = 10 * (15 * 8 + 4 * 4 + 8) + 8;
    assert_eq!(report.bytes_asked, fixed + 10 * 2);
}

#[test]
fn two_hundred_cms_events() {
    let Some(path) = real("nanoaod.safetensors") else {
        return;
    };
    let file = fs::read(path).unwrap();
    let (_, header) = SafeTensors::read_metadata(&file).unwrap();
    let metadata = header.metadata().as_ref().unwrap();
    let form: Form = metadata["form"].parse().unwrap();
    let length: u64 = metadata["length"].parse().unwrap();
    let container = MemoryContainer::new();
    for (name, tensor) in SafeTensors::deserialize(&file).unwrap().tensors() {
        let blob = Buffer::copied_from(tensor.data());
        container.insert(name, blob).unwrap();
    }

    // The form prints back as Awkward wrote it, byte for byte.
    assert_eq!(form.to_json(Dialect::V2, true).unwrap(), metadata["form"]);

    let (events, report) = FromBuffers::new(&form, length)
        .read_with_report(&container)
        .unwrap();
    assert_eq!(
        (report.steps, report.fetches, report.bytes_asked),
        (1, 1291, 1_176_736)
    );
    assert_eq!(report.copies, 0);
    assert_eq!((events.len(), events.field_names().len()), (200, 947));
    let datashape = events.array_type().to_string();
    assert_eq!(datashape.len(), 31_554);
    assert!(datashape.starts_with(
        "200 * {run: uint32, luminosityBlock: uint32, event: uint64, HTXS_Higgs_pt: float32, "
    ));
    assert!(datashape.ends_with("HLT_IsoTrackHB: bool, HLTriggerFinalPath: bool}"));
    assert_eq!(
        datashape
            .parse::<gawky::form::ArrayType>()
            .unwrap()
            .to_string(),
        datashape
    );
    assert_eq!(
        events.field("event").unwrap().get(199).unwrap().to_string(),
        "227291927"
    );
    let muons = events.field("Muon_pt").unwrap();
    let counts = muons
        .iter()
        .unwrap()
        .map(|muons| muons.as_list().unwrap().len());
    assert_eq!(counts.clone().sum::<usize>(), 41);
    assert_eq!(
        counts.take(10).collect::<Vec<_>>(),
        [0, 0, 0, 1, 0, 1, 1, 0, 0, 0]
    );

    let memory = MemoryContainer::new();
    let (written, length) = gawky::to_buffers(&events, &memory).unwrap();
    assert_eq!((&written, length), (&form, 200));
    assert_eq!(blobs(&memory), blobs(&container));
}

/// The same events as `hzz.npz`, in the older dialect; the blobs are in an archive that gawky does not read yet.
#[test]
fn forms_of_both_dialects() {
    for (name, dialect) in [
        ("hzz.form.json", Dialect::V2),
        ("hzz-awkward1-partitioned.form.json", Dialect::V1),
    ] {
        let Some(path) = real(name) else { return };
        let json = fs::read_to_string(path).unwrap();
        let form: Form = json.parse().unwrap();
        assert_eq!(form.columns().len(), 51, "{name}");
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let (detected, verbose) = Dialect::detect(&json);
        assert_eq!(detected, dialect, "{name}");
        assert_eq!(
            form.to_json_value(dialect, verbose).unwrap(),
            json,
            "{name}"
        );
    }
}
