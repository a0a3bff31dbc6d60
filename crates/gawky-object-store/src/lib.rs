//! S3, Google Cloud Storage, Azure and HTTP as containers, through the crate `object_store`.
