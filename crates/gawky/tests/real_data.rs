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
use gawky::store::npz::Npz;
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

/// What `name.json` says about an archive.
fn said(name: &str) -> Option<(Form, serde_json::Value)> {
    let text = |suffix: &str| Some(fs::read_to_string(real(&format!("{name}{suffix}"))?).unwrap());
    let form = text(".form.json")?.parse().unwrap();
    Some((form, serde_json::from_str(&text(".json")?).unwrap()))
}

/// The same events twice, in archives that `np.savez` wrote.
#[test]
fn two_thousand_higgs_bosons() {
    let (Some(path), Some((form, json))) = (real("hzz.npz"), said("hzz")) else {
        return;
    };
    let length = json["length"].as_u64().unwrap();
    let archive = Npz::open_file(path).unwrap();
    assert_eq!(archive.list("").unwrap().len(), 74);
    let template = json["key_format"].as_str().unwrap();
    let reader = FromBuffers::new(&form, length)
        .key_format(template)
        .unwrap();
    let (events, report) = reader.read_with_report(&archive).unwrap();
    assert_eq!(
        (report.steps, report.fetches, report.bytes_asked),
        (1, 74, 868_074)
    );
    assert_eq!((events.len(), events.field_names().len()), (2421, 51));
    let datashape = events.array_type().to_string();
    assert_eq!(datashape.len(), 1312);
    assert!(datashape.starts_with("2421 * {NJet: int32, Jet_Px: var * float32, Jet_Py: "));
    check_higgs(&events);

    // Rows read the members that they need, and no others; each is read as a whole.
    let (rows, report) = reader
        .clone()
        .rows(2400..2421)
        .read_with_report(&archive)
        .unwrap();
    let same = events.slice(2400..2421).unwrap();
    assert!(rows.equal_values(&same, false).unwrap());
    assert_eq!(report.fetches, 74);

    // Of a member that is asked for as something else, it is said what it is.
    let json = form.to_json(Dialect::V2, false).unwrap();
    let other: Form = json.replace("int32", "float64").parse().unwrap();
    let error = gawky::from_buffers(&other, length, &archive).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("holds int32 but float64 is wanted"),
        "{error}"
    );
}

#[test]
fn the_same_higgs_bosons_in_five_partitions_of_the_older_dialect() {
    let name = "hzz-awkward1-partitioned";
    let (Some(path), Some((form, json))) = (real(&format!("{name}.npz")), said(name)) else {
        return;
    };
    let lengths: Vec<u64> = serde_json::from_value(json["lengths"].clone()).unwrap();
    let archive = Npz::open_file(path).unwrap();
    assert_eq!(archive.list("").unwrap().len(), 370);
    let (events, report) = FromBuffers::new(&form, &lengths)
        .key_format(json["key_format"].as_str().unwrap())
        .unwrap()
        .partition_start(json["partition_start"].as_u64().unwrap())
        .read_with_report(&archive)
        .unwrap();
    assert_eq!((report.fetches, report.bytes_asked), (370, 1_286_042));
    assert_eq!(events.lengths(), [500, 500, 500, 500, 421]);
    let events = events.concatenate().unwrap();
    check_higgs(&events);

    // Its numbers are wider, and the same.
    let (Some(path), Some((form, _))) = (real("hzz.npz"), said("hzz")) else {
        return;
    };
    let narrow = gawky::from_buffers(&form, 2421, &Npz::open_file(path).unwrap()).unwrap();
    for field in [
        "NJet",
        "Jet_Px",
        "Jet_ID",
        "Muon_Charge",
        "MET_px",
        "EventWeight",
    ] {
        let (wide, narrow) = (events.field(field).unwrap(), narrow.field(field).unwrap());
        // Of numbers and of lists of them.
        let numbers = |array: &Array| -> Vec<f64> {
            let flat = |value: Value| match value.as_list() {
                Some(list) => list
                    .iter()
                    .filter_map(|x| x.as_scalar()?.as_f64())
                    .collect(),
                None => vec![value.as_scalar().unwrap().as_f64().unwrap()],
            };
            array.iter().unwrap().flat_map(flat).collect()
        };
        assert!(numbers(&wide).len() > 2_000, "{field}");
        assert_eq!(numbers(&wide), numbers(&narrow), "{field}");
    }
}

/// The figures that Awkward prints.
fn check_higgs(events: &Array) {
    let count = |field: &str| {
        let lists = events.field(field).unwrap();
        let lens = lists
            .iter()
            .unwrap()
            .map(|list| list.as_list().unwrap().len());
        lens.sum::<usize>()
    };
    assert_eq!(count("Jet_Px"), 2773);
    let numbers = |field: &str| {
        let numbers = events.field(field).unwrap();
        let numbers: Vec<f64> = numbers
            .iter()
            .unwrap()
            .map(|number| number.as_scalar().unwrap().as_f64().unwrap())
            .collect();
        numbers
    };
    assert_eq!(numbers("NMuon").iter().sum::<f64>(), 3825.0);
    let met = numbers("MET_px");
    assert_eq!(
        met.iter().copied().fold(0.0, f64::max),
        335.333_587_646_484_4
    );
    assert_eq!(met[2420], 19.713_748_931_884_766);
    assert_eq!(count("Muon_Px"), 3825);
}
