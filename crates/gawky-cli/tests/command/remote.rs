//! Buckets.

use gawky_testkit::remote::ObjectServer;

use crate::stage::{Stage, with_bucket};

#[test]
fn buckets_are_places_like_any_other() {
    let server = ObjectServer::start().unwrap();
    let stage = with_bucket(&server);
    let rows = stage.rows("events");
    for (target, options) in [
        ("s3://bucket/events", "--rows-per-partition 3"),
        (
            "s3://bucket/files",
            "--packing safetensors --rows-per-partition 3",
        ),
        ("s3://bucket/deep/er/events.safetensors", ""),
        ("s3://bucket/events.npz", ""),
        ("s3://bucket/blobs", "--to blobs"),
    ] {
        stage
            .gawky(&format!("copy events {target} {options}"))
            .well();
        assert_eq!(stage.rows(target), rows, "{target}");
        let told = stage.gawky(&format!("inspect {target}")).well();
        assert!(told.contains("\nrows        10\n"), "{told}");
        let some = stage
            .gawky(&format!("cat {target} --select run --rows 8..9"))
            .well();
        assert_eq!(some, "{\"run\":8}\n");
    }
    let paths = server.paths();
    assert!(
        paths.contains(&"bucket/events/dataset.json".to_owned()),
        "{paths:?}"
    );
    assert!(
        paths.contains(&"bucket/deep/er/events.safetensors".to_owned()),
        "{paths:?}"
    );
    assert_eq!(
        stage
            .gawky("compact s3://bucket/events --rows-per-partition 100")
            .well(),
        "4 partitions became 1: 1 written, of 10 rows\n"
    );
    stage.gawky("vacuum s3://bucket/events --keep 1").well();
    assert_eq!(stage.rows("s3://bucket/events"), rows);
    stage.gawky("copy s3://bucket/files back").well();
    assert_eq!(stage.rows("back"), rows);
}

#[test]
fn options_come_before_the_environment() {
    let server = ObjectServer::start().unwrap();
    let stage = with_bucket(&server).with("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    let option = format!("--option endpoint={}", server.url());
    stage
        .gawky(&format!("copy events s3://bucket/events {option}"))
        .well();
    assert_eq!(
        stage.rows(&format!("s3://bucket/events {option}")),
        stage.rows("events")
    );
}

#[test]
fn credentials_and_buckets_that_are_missing_are_told() {
    let server = ObjectServer::start().unwrap();
    let stage = Stage::empty()
        .with("AWS_ENDPOINT_URL", server.url())
        .with("AWS_ALLOW_HTTP", "true")
        // Where the credentials of Amazon's machines would be.
        .with("AWS_METADATA_ENDPOINT", server.url())
        .with("AWS_MAX_RETRIES", "0");
    assert_eq!(
        stage.gawky("inspect s3://bucket/events").failed(1),
        "s3://bucket/events: there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give --option \
         skip_signature=true where the bucket is public"
    );
    assert_eq!(
        stage
            .gawky("inspect s3://bucket/events --option skip_signature=true")
            .failed(1),
        "s3://bucket/events: there is neither dataset.json, of a dataset, nor form.json, of blobs: check the place, or give \
         the form by --form FILE"
    );
    let plain = stage
        .gawky("inspect s3://bucket/events --option skip_signature=true --option allow_http=false");
    assert!(plain.failed(1).contains("does not encrypt"));
}
