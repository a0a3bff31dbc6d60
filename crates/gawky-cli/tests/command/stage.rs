//! A folder with data in it, and a shell that knows the command.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gawky::dataset::{CreateDataset, Packing};
use gawky::prelude::*;
use gawky::safetensors::ToSafeTensors;
use gawky::store::npz::NpzWriter;
use tempfile::TempDir;

/// A folder with the same events in it, as everything that can be read.
pub(crate) struct Stage {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// What it wrote, where it went well.
    #[track_caller]
    pub(crate) fn well(self) -> String {
        assert_eq!((self.status, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }

    /// The line that it failed with.
    #[track_caller]
    pub(crate) fn failed(self, status: i32) -> String {
        assert_eq!(self.status, status, "{self:?}");
        let line = self.err.strip_suffix('\n').expect("a line");
        assert!(!line.contains('\n'), "one line: {line}");
        line.strip_prefix("gawky: ")
            .expect("whose it is")
            .to_owned()
    }
}

impl Stage {
    /// A folder without anything in it.
    pub(crate) fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
        }
    }

    /// The dataset `events`, and what is like it: `events.safetensors`, `events.npz`, `blobs`, and `buffers.npz` with
    /// `form.json` beside it.
    pub(crate) fn with_events() -> Self {
        let stage = Self::empty();
        let mut dataset = CreateDataset::new()
            .attribute("detector", "A")
            .create(&stage.path("events"))
            .unwrap();
        for day in days() {
            dataset.append(&day).unwrap();
        }
        let events = Array::concatenate(&days()).unwrap();
        stage.write_all(&events);
        stage
    }

    /// An array as everything but a dataset.
    pub(crate) fn write_all(&self, array: &Array) {
        let array = array.pack().unwrap();
        let path = self.path("events.safetensors");
        ToSafeTensors::new(&array).write_file(path).unwrap();
        for name in ["events.npz", "buffers.npz"] {
            let archive = NpzWriter::new();
            let (form, length) = gawky::to_buffers(&array, &archive).unwrap();
            if name == "events.npz" {
                let texts = [
                    ("form.json", form.to_string()),
                    ("length.json", length.to_string()),
                ];
                for (key, text) in texts {
                    let text = Buffer::copied_from(text.as_bytes());
                    archive.put_file(key, text).unwrap();
                }
            }
            let folder = Directory::open(self.folder.path()).unwrap();
            archive.write(&folder, name).unwrap();
        }
        let blobs = Directory::create(self.folder.path().join("blobs")).unwrap();
        let (form, length) = gawky::to_buffers(&array, &blobs).unwrap();
        self.write("blobs/form.json", &form.to_string());
        self.write("blobs/length.json", &length.to_string());
        self.write("form.json", &form.to_string());
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: &str) -> String {
        let path = self.folder.path().join(name);
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// Sets a variable of the environment.
    #[cfg(feature = "object-store")]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs a line of a shell, in this folder.
    pub(crate) fn sh(&self, line: &str) -> Ran {
        let binary = PathBuf::from(env!("CARGO_BIN_EXE_gawky"));
        let own = binary.parent().unwrap().to_owned();
        let path = env::var_os("PATH").unwrap_or_default();
        let paths = [own].into_iter().chain(env::split_paths(&path));
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(line).current_dir(self.folder.path());
        for (name, _) in env::vars() {
            if name.starts_with("AWS_") || name.ends_with("_proxy") || name.ends_with("_PROXY") {
                shell.env_remove(name);
            }
        }
        shell.env("PATH", env::join_paths(paths).unwrap());
        shell.envs(self.variables.iter().cloned());
        let Output {
            status,
            stdout,
            stderr,
        } = shell.output().unwrap();
        let ran = Ran {
            status: status.code().expect("no signal"),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        };
        assert!(!ran.err.contains("panicked"), "{line}: {ran:?}");
        ran
    }

    /// Runs `gawky` with these arguments.
    pub(crate) fn gawky(&self, arguments: &str) -> Ran {
        self.sh(&format!("gawky {arguments}"))
    }

    /// All rows of what is at a place, as they are written.
    #[track_caller]
    pub(crate) fn rows(&self, place: &str) -> String {
        self.gawky(&format!("cat {place}")).well()
    }
}

/// The events of three days, of 4, 1 and 5 rows.
pub(crate) fn days() -> Vec<Array> {
    [0..4_i64, 4..5, 5..10].map(events).to_vec()
}

/// Events of these numbers: of event n, n modulo 3 muons.
pub(crate) fn events(runs: std::ops::Range<i64>) -> Array {
    let counts: Vec<i64> = runs.clone().map(|run| run % 3).collect();
    let mut offsets = vec![0_i64];
    for count in &counts {
        offsets.push(offsets.last().unwrap() + count);
    }
    let total = usize::try_from(*offsets.last().unwrap()).unwrap();
    let pt: Vec<f32> = (0_u8..)
        .take(total)
        .map(|at| 20.5 + f32::from(at))
        .collect();
    let charge: Vec<i8> = [1_i8, -1].into_iter().cycle().take(total).collect();
    let muon = RecordArray::from_fields([
        ("pt", NumpyArray::from_vec(pt).into()),
        ("charge", NumpyArray::from_vec(charge).into()),
    ]);
    let muon = ListOffsetArray::try_new(offsets.into(), muon.into(), Parameters::none()).unwrap();
    Array::from(RecordArray::from_fields([
        (
            "run",
            NumpyArray::from_vec(runs.collect::<Vec<i64>>()).into(),
        ),
        ("muon", muon.into()),
    ]))
}

/// A dataset in files at a place below the stage.
pub(crate) fn in_files(stage: &Stage, name: &str) {
    let mut dataset = CreateDataset::new()
        .packing(Packing::Safetensors)
        .create(&stage.path(name))
        .unwrap();
    for day in days() {
        dataset.append(&day).unwrap();
    }
}

/// A stage whose variables lead to a server.
#[cfg(feature = "object-store")]
pub(crate) fn with_bucket(server: &gawky_testkit::remote::ObjectServer) -> Stage {
    Stage::with_events()
        .with("AWS_ENDPOINT_URL", server.url())
        .with("AWS_ALLOW_HTTP", "true")
        .with("AWS_REGION", "eu-central-1")
        .with("AWS_ACCESS_KEY_ID", "id")
        .with("AWS_SECRET_ACCESS_KEY", "secret")
}
