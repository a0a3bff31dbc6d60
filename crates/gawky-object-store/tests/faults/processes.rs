//! Eight processes that append to one dataset in a bucket: no partition is lost, and none is there twice.
//!
//! A process is this very test binary, which runs one test of its own that is told by a variable what to do.

use std::env;
use std::process::{Command, Stdio};

use crate::datasets::{events, rows};
use gawky::dataset::CreateDataset;
use gawky::prelude::*;
use gawky_object_store::OpenOptions;
use gawky_store::Store;
use gawky_testkit::remote::ObjectServer;
use std::sync::Arc;

/// Which of them it is, how often it appends, the server, and the prefix in its bucket.
const APPENDER: &str = "GAWKY_BUCKET_APPENDER";

const PROCESSES: i64 = 8;

/// As many as `GAWKY_APPENDS` says, or so many.
const APPENDS: i64 = 10;

fn bucket(url: &str, prefix: &str) -> Arc<dyn Store> {
    OpenOptions::new()
        .environment(false)
        .option("allow_http", "true")
        .option("endpoint", url)
        .option("region", "us-east-1")
        .option("access_key_id", "anybody")
        .option("secret_access_key", "anything")
        .open(&format!("s3://gawky/{prefix}"))
        .unwrap()
}

#[test]
fn appender() {
    let Ok(told) = env::var(APPENDER) else {
        return;
    };
    let told: Vec<&str> = told.split(' ').collect();
    let (process, appends): (i64, i64) = (told[0].parse().unwrap(), told[1].parse().unwrap());
    let mut dataset = Dataset::open_in(bucket(told[2], told[3])).unwrap();
    for append in 0..appends {
        dataset
            .append(&events(10_000 * (process + 1) + append))
            .unwrap();
    }
}

fn all_append(url: &str) {
    let prefix = format!("processes-{}", std::process::id());
    CreateDataset::new()
        .create_in(bucket(url, &prefix))
        .unwrap();
    let appends = env::var("GAWKY_APPENDS").ok();
    let appends = appends.map_or(APPENDS, |said| said.parse().unwrap());
    let processes: Vec<_> = (0..PROCESSES)
        .map(|process| {
            Command::new(env::current_exe().unwrap())
                .args(["processes::appender", "--exact", "--nocapture"])
                .env(APPENDER, format!("{process} {appends} {url} {prefix}"))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for process in processes {
        let ended = process.wait_with_output().unwrap();
        let complaints = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(ended.status.success(), "{complaints}");
    }
    let dataset = Dataset::open_in(bucket(url, &prefix)).unwrap();
    let mut found = rows(&dataset);
    for process in 1..=PROCESSES {
        let own = |which: &&i64| **which / 10_000 == process;
        assert!(
            found.iter().filter(own).is_sorted(),
            "in the order in which it appended them"
        );
    }
    found.sort_unstable();
    let expected: Vec<i64> = (1..=PROCESSES)
        .flat_map(|process| (0..appends).map(move |append| 10_000 * process + append))
        .collect();
    assert_eq!(found, expected);
    assert_eq!(dataset.version().cast_signed(), 1 + PROCESSES * appends);
    let validation = dataset.validate();
    assert!(validation.is_clean(), "{validation}");
}

#[test]
fn in_a_bucket() {
    all_append(ObjectServer::start().unwrap().url());
}

#[test]
fn in_a_bucket_that_others_made() {
    match env::var("GAWKY_TEST_S3") {
        Ok(url) => all_append(&url),
        Err(_) => {
            println!("GAWKY_TEST_S3 is not set, so nothing is tested here: run scripts/servers")
        }
    }
}
