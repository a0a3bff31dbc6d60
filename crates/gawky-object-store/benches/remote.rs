//! Reading over a network: how many round trips it takes, and how fast large objects come.
//!
//! The network is the proxy of `gawky-testkit`, which makes every request 20 ms late; the server is the testkit's own, and
//! for throughput also the one that `GAWKY_TEST_S3` names (`scripts/servers` starts it). The ways take turns, and a
//! table of medians is printed:
//!
//! - three of the 947 columns of `nanoaod.safetensors`, from the folder that `GAWKY_REAL_DATA` names or
//!   `../shared/real` beside the repository (made-up columns where it is absent), as one file and as one blob each,
//!   against a single request for one byte;
//! - large objects, whole, against a plain GET of the crate `object_store` on a runtime with as many threads.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot be set up should stop"
)]

use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use gawky::form::Form;
use gawky::prelude::*;
use gawky::safetensors::{SafeTensorsArray, ToSafeTensors};
use gawky_object_store::object_store::aws::{AmazonS3, AmazonS3Builder};
use gawky_object_store::object_store::path::Path;
use gawky_object_store::object_store::{ObjectStore, ObjectStoreExt};
use gawky_object_store::{AsyncObjectContainer, Blocking, ObjectContainer};
use gawky_store::{Blob, Container, ContainerWrite, DType, Fetch};
use gawky_testkit::remote::{FaultProxy, ObjectServer, Traffic};

const LATENCY: Duration = Duration::from_millis(20);
const ROUNDS: usize = 31;
const FILE: &str = "nanoaod.safetensors";
const COLUMNS: [&str; 3] = ["Muon_pt", "Jet_pt", "MET_pt"];
const LARGE: usize = 64 << 20;
const OBJECTS: usize = 4;

fn s3(url: &str) -> Arc<AmazonS3> {
    let store = AmazonS3Builder::new()
        .with_endpoint(url)
        .with_allow_http(true)
        .with_region("us-east-1")
        .with_bucket_name("gawky")
        .with_access_key_id("anybody")
        .with_secret_access_key("anything")
        .build();
    Arc::new(store.unwrap())
}

fn container(url: &str, prefix: &str) -> ObjectContainer {
    Blocking::new(AsyncObjectContainer::new(s3(url), prefix.into())).unwrap()
}

fn real_file() -> Option<Vec<u8>> {
    let folder = std::env::var_os("GAWKY_REAL_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/real"),
        PathBuf::from,
    );
    std::fs::read(folder.join(FILE)).ok()
}

fn made_up_file() -> Vec<u8> {
    let numbers = Array::from(NumpyArray::from_vec(vec![1.5_f32; 400]));
    let offsets: Vec<i64> = (0..=200).map(|row| row * 2).collect();
    let others = (0..944).map(|number| format!("field{number}"));
    let fields = others.chain(COLUMNS.map(str::to_owned)).map(|name| {
        let column =
            ListOffsetArray::try_new(offsets.clone().into(), numbers.clone(), Parameters::none());
        (name, Array::from(column.unwrap()))
    });
    let array = Array::from(RecordArray::from_fields(fields));
    let file = ToSafeTensors::new(&array).to_buffer().unwrap();
    file.bytes().unwrap().to_vec()
}

/// Prints how long each way takes, as a median with the least and the most, and against the first.
fn compare(title: &str, rounds: usize, ways: &[(&str, &dyn Fn())]) {
    println!("\n{title}, {rounds} rounds in turns\n");
    println!("| way | median, ms | least | most | × the first |");
    println!("|---|---:|---:|---:|---:|");
    let mut times = vec![Vec::with_capacity(rounds); ways.len()];
    // The first round opens connections, and does not count.
    for round in 0..=rounds {
        for ((_, way), times) in ways.iter().zip(&mut times) {
            let start = Instant::now();
            way();
            if round > 0 {
                times.push(start.elapsed());
            }
        }
    }
    for times in &mut times {
        times.sort_unstable();
    }
    let millis = |time: &Duration| time.as_secs_f64() * 1e3;
    let first = millis(&times[0][rounds / 2]);
    for ((name, _), times) in ways.iter().zip(&times) {
        let [median, least, most] = [rounds / 2, 0, rounds - 1].map(|at| millis(&times[at]));
        let ratio = median / first;
        println!("| {name} | {median:.2} | {least:.2} | {most:.2} | {ratio:.2} |");
    }
}

fn round_trips() {
    let server = ObjectServer::start().unwrap();
    let bytes = real_file().unwrap_or_else(|| {
        println!("real data absent: made-up columns are read instead");
        made_up_file()
    });
    server.insert(&format!("gawky/{FILE}"), bytes);
    let file = SafeTensorsArray::open(container(server.url(), ""), FILE).unwrap();
    let blobs = container(server.url(), "blobs");
    let (form, length) = gawky::to_buffers(&file.read().unwrap(), &blobs).unwrap();
    let length = u64::try_from(length).unwrap();

    let proxy = FaultProxy::start(server.url()).unwrap();
    proxy.set_latency(LATENCY);
    let bucket = container(proxy.url(), "");
    let blobs = container(proxy.url(), "blobs");
    let known = SafeTensorsArray::open(bucket.clone(), FILE).unwrap();
    let (in_file, in_blobs) = (wanted(known.form()), wanted(&form));

    let one_byte = || drop(black_box(bucket.get_range(FILE, 0..1).unwrap()));
    let cold = || {
        let file = SafeTensorsArray::open(&bucket, FILE).unwrap();
        let wanted = wanted(file.form());
        let reader = FromBuffers::new(&wanted, file.len());
        black_box(reader.read(file.tensors()).unwrap());
    };
    let cached = || {
        let reader = FromBuffers::new(&in_file, known.len());
        black_box(reader.read(known.tensors()).unwrap());
    };
    let as_blobs = || {
        black_box(FromBuffers::new(&in_blobs, length).read(&blobs).unwrap());
    };
    let ways: [(&str, &dyn Fn()); 4] = [
        ("one byte, which is one round trip", &one_byte),
        ("safetensors, opened and read", &cold),
        ("safetensors, header known", &cached),
        ("blobs, form known", &as_blobs),
    ];
    compare("Three columns, every request 20 ms late", ROUNDS, &ways);
    proxy.set_latency(Duration::ZERO);
    compare("Three columns, no request late", ROUNDS, &ways);

    println!("\n| way | requests | bytes | connections |\n|---|---:|---:|---:|");
    for (name, way) in ways {
        proxy.reset();
        way();
        let Traffic { requests, sent, .. } = proxy.traffic();
        println!(
            "| {name} | {requests} | {sent} | {} new |",
            proxy.connections()
        );
    }
}

fn wanted(form: &Form) -> Form {
    form.select(COLUMNS).unwrap()
}

fn throughput(server: &str, url: &str) {
    let name = |at: usize| format!("large{at}");
    let container = container(url, "throughput");
    let bytes = Buffer::from_vec((0..LARGE as u64 / 8).collect::<Vec<_>>());
    for at in 0..OBJECTS {
        container
            .put(Blob::new(name(at), DType::UInt64, bytes.clone()))
            .unwrap();
    }
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.min(4))
        .enable_all()
        .build()
        .unwrap();
    let store: Arc<dyn ObjectStore> = s3(url);
    let plain_get = |at: usize| {
        let (store, path) = (
            Arc::clone(&store),
            Path::from(format!("throughput/{}", name(at))),
        );
        runtime.spawn(async move { store.get(&path).await.unwrap().bytes().await.unwrap() })
    };
    let fetches: Vec<_> = (0..OBJECTS)
        .map(|at| Fetch::whole(name(at), DType::UInt64))
        .collect();

    let plain = || drop(black_box(runtime.block_on(plain_get(0)).unwrap()));
    let ours = || drop(black_box(container.get(&name(0)).unwrap()));
    let whole = 0..LARGE as u64;
    let range = || {
        drop(black_box(
            container.get_range(&name(0), whole.clone()).unwrap(),
        ))
    };
    let plain_all = || {
        let gets: Vec<_> = (0..OBJECTS).map(plain_get).collect();
        for get in gets {
            black_box(runtime.block_on(get).unwrap());
        }
    };
    let ours_all = || drop(black_box(container.fetch(&fetches).unwrap()));
    compare(
        &format!("One object of 64 MiB, on {server}"),
        ROUNDS,
        &[
            ("object_store's GET", &plain),
            ("ObjectContainer::get", &ours),
            ("ObjectContainer::get_range", &range),
        ],
    );
    compare(
        &format!("Four objects of 64 MiB at once, on {server}"),
        ROUNDS,
        &[
            ("object_store's GET", &plain_all),
            ("ObjectContainer::fetch", &ours_all),
        ],
    );
}

fn main() {
    round_trips();
    let server = ObjectServer::start().unwrap();
    throughput("the testkit's server", server.url());
    match std::env::var("GAWKY_TEST_S3") {
        Ok(url) => throughput("moto", &url),
        Err(_) => println!("\nGAWKY_TEST_S3 is not set: no other server is measured"),
    }
}
