//! Files of Parquet in an object store, read as the crate's documentation of `AsyncFileReader` shows.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use arrow_array::RecordBatch;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, TryFutureExt, TryStreamExt};
use gawky_peers_contest::{Opened, Outcome, Wanted};
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt};
use parquet::arrow::ParquetRecordBatchStreamBuilder;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::{AsyncFileReader, MetadataSuffixFetch};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use tokio::runtime::Runtime;

use super::{NAME, opened, picked, reading};

/// How much is read of a file's end at first: what DataFusion reads.
const END: usize = 512 << 10;

/// A client, which keeps its connections but nothing of what was read.
pub struct Bucket {
    runtime: Runtime,
    store: Arc<dyn ObjectStore>,
}

#[derive(Clone)]
struct Object {
    store: Arc<dyn ObjectStore>,
    path: Path,
}

impl Bucket {
    pub fn kept<'a>(kept: &'a OnceLock<Self>, url: &str, endpoint: &str) -> Outcome<&'a Self> {
        if let Some(bucket) = kept.get() {
            return Ok(bucket);
        }
        let builder = AmazonS3Builder::new()
            .with_url(url)
            .with_endpoint(endpoint)
            .with_allow_http(true);
        let store = Arc::new(builder.with_skip_signature(true).build()?);
        let bucket = Self {
            runtime: Runtime::new()?,
            store,
        };
        Ok(kept.get_or_init(|| bucket))
    }

    fn object(&self, url: &str) -> Outcome<Object> {
        let prefix = url
            .trim_start_matches("s3://")
            .split_once('/')
            .map_or("", |(_, prefix)| prefix);
        Ok(Object {
            store: Arc::clone(&self.store),
            path: Path::parse(prefix)?.join(NAME),
        })
    }

    pub fn open(&self, url: &str) -> Outcome<Opened> {
        let object = self.object(url)?;
        let builder = self
            .runtime
            .block_on(ParquetRecordBatchStreamBuilder::new(object))?;
        Ok(opened(&builder))
    }

    pub fn read(&self, url: &str, wanted: &Wanted) -> Outcome<Vec<RecordBatch>> {
        let object = self.object(url)?;
        self.runtime.block_on(async {
            let builder =
                ParquetRecordBatchStreamBuilder::new_with_options(object, reading(wanted)).await?;
            Ok(picked(builder, wanted)?.build()?.try_collect().await?)
        })
    }
}

fn external(error: object_store::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}

impl AsyncFileReader for Object {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes>> {
        self.store
            .get_range(&self.path, range)
            .map_err(external)
            .boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>>> {
        async move {
            self.store
                .get_ranges(&self.path, &ranges)
                .await
                .map_err(external)
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>>> {
        async move {
            let reader = ParquetMetaDataReader::new()
                .with_arrow_reader_options(options)
                .with_prefetch_hint(Some(END));
            Ok(Arc::new(reader.load_via_suffix_and_finish(self).await?))
        }
        .boxed()
    }
}

impl MetadataSuffixFetch for &mut Object {
    fn fetch_suffix(&mut self, suffix: usize) -> BoxFuture<'_, Result<Bytes>> {
        let options = GetOptions {
            range: Some(GetRange::Suffix(suffix as u64)),
            ..GetOptions::default()
        };
        async move {
            let answer = self
                .store
                .get_opts(&self.path, options)
                .await
                .map_err(external)?;
            answer.bytes().await.map_err(external)
        }
        .boxed()
    }
}
