//! The crate `vortex` as a contender: `gawky-peers-vortex [mapped]`.
//!
//! | task | API |
//! |---|---|
//! | write | `VortexSession::write_options().write(file, array)`: the default strategy, which compresses |
//! | open | `VortexOpenOptions::open_path`; `open_buffer` of a map of the file where mapped; S3 by `ObjectStoreReadAt` |
//! | columns | `VortexFile::scan`, `with_projection(select(…))`, `into_record_batch_stream` |
//! | rows | `with_row_range`; scattered: `with_row_indices` |
//!
//! What is read is Arrow's, as that of `vortex-data`. Its features are those that it has by default and that concern files.

use std::fs::File;
use std::io::{BufReader, Cursor};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use arrow_array_59::{Array as _, ArrayRef, RecordBatch};
use futures_util::TryStreamExt;
use gawky_peers_contest::{
    Contender, Digest, Failure, Opened, Outcome, Place, Rows, Wanted, arrow, serve,
};
use memmap2::Mmap;
use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use tokio::runtime::Runtime;
use vortex::VortexSessionDefault;
use vortex::array::ArrayRef as VortexArray;
use vortex::array::expr::{root, select};
use vortex::arrow::ArrowSessionExt;
use vortex::buffer::{Buffer, ByteBuffer};
use vortex::file::{OpenOptionsSessionExt, VortexFile, WriteOptionsSessionExt};
use vortex::io::VortexWrite;
use vortex::io::object_store::ObjectStoreReadAt;
use vortex::io::session::RuntimeSessionExt;
use vortex::scan::strict_sorted_buffer::StrictSortedBuffer;
use vortex::session::VortexSession;

const NAME: &str = "data.vortex";

struct Vortex {
    mapped: bool,
    runtime: Runtime,
    session: VortexSession,
    /// The client of an object store, which keeps its connections but nothing of what was read.
    bucket: OnceLock<Arc<dyn ObjectStore>>,
}

impl Vortex {
    async fn opened(&self, at: &Place) -> Outcome<VortexFile> {
        let options = self.session.open_options();
        let folder = match at {
            Place::Folder(folder) => folder,
            Place::Bucket { url, endpoint } => {
                let prefix = url
                    .trim_start_matches("s3://")
                    .split_once('/')
                    .map_or("", |(_, prefix)| prefix);
                let path = object_store::path::Path::parse(prefix)?.join(NAME);
                let store = self.bucket(url, endpoint)?;
                let source = ObjectStoreReadAt::new(store, path, self.session.handle());
                return Ok(options.open(Arc::new(source)).await?);
            }
        };
        if self.mapped {
            let file = File::open(folder.join(NAME))?;
            // SAFETY: nobody changes the files while a contender reads them.
            let map = unsafe { Mmap::map(&file)? };
            return Ok(options.open_buffer(ByteBuffer::from(map))?);
        }
        Ok(options.open_path(folder.join(NAME)).await?)
    }

    fn bucket(&self, url: &str, endpoint: &str) -> Outcome<Arc<dyn ObjectStore>> {
        if let Some(bucket) = self.bucket.get() {
            return Ok(Arc::clone(bucket));
        }
        let builder = AmazonS3Builder::new()
            .with_url(url)
            .with_endpoint(endpoint)
            .with_allow_http(true)
            .with_skip_signature(true);
        let bucket: Arc<dyn ObjectStore> = Arc::new(builder.build()?);
        Ok(Arc::clone(self.bucket.get_or_init(|| bucket)))
    }
}

impl Contender for Vortex {
    type Array = VortexArray;
    type Read = Vec<RecordBatch>;

    fn name(&self) -> String {
        format!("vortex{}", if self.mapped { " (mapped)" } else { "" })
    }

    fn version(&self) -> String {
        "0.90".to_owned()
    }

    fn load(&self, neutral: &Path) -> Outcome<VortexArray> {
        let file = BufReader::new(File::open(neutral)?);
        let mut batches = arrow_ipc_59::reader::FileReader::try_new(file, None)?;
        let schema = batches.schema();
        if format!("{schema:?}").contains("Union") {
            return Err(Failure::cannot("Vortex does not import Arrow's unions"));
        }
        let batch = batches
            .next()
            .ok_or_else(|| Failure::Failed("no record batch".to_owned()))??;
        let arrow = self.session.arrow();
        Ok(arrow.from_arrow_record_batch(batch, &schema)?)
    }

    fn write(&self, array: &VortexArray, to: &Path) -> Outcome<()> {
        self.runtime.block_on(async {
            let mut file = tokio::fs::File::create(to.join(NAME)).await?;
            let options = self.session.write_options();
            options.write(&mut file, array.to_array_stream()).await?;
            Ok(VortexWrite::flush(&mut file).await?)
        })
    }

    fn open(&self, at: &Place) -> Outcome<Opened> {
        let file = self.runtime.block_on(self.opened(at))?;
        let fields = file.dtype().as_struct_fields_opt();
        let fields = fields.ok_or_else(|| Failure::Failed("no struct".to_owned()))?;
        Ok(Opened {
            rows: file.row_count(),
            fields: fields.nfields() as u64,
        })
    }

    fn read(&self, at: &Place, wanted: &Wanted) -> Outcome<Vec<RecordBatch>> {
        self.runtime.block_on(async {
            let file = self.opened(at).await?;
            let mut scan = file.scan()?;
            if let Some(columns) = &wanted.columns {
                let names: Vec<&str> = columns.iter().map(String::as_str).collect();
                let projection = select(names, root()).bind(file.dtype())?;
                scan = scan.with_projection(projection);
            }
            scan = match &wanted.rows {
                Rows::All => scan,
                Rows::Range(range) => scan.with_row_range(range.clone()),
                Rows::Scattered(rows) => {
                    let rows = Buffer::copy_from(rows.as_slice());
                    scan.with_row_indices(StrictSortedBuffer::try_new(rows)?)
                }
            };
            let schema = self.session.arrow().to_arrow_schema(&scan.dtype()?)?;
            let batches = scan.into_record_batch_stream(Arc::new(schema))?;
            Ok(batches.try_collect().await?)
        })
    }

    fn buffers(&self, read: &Vec<RecordBatch>, see: &mut dyn FnMut(&[u8])) {
        fn all(array: &ArrayRef, see: &mut dyn FnMut(&[u8])) {
            let mut data = vec![array.to_data()];
            while let Some(node) = data.pop() {
                if let Some(nulls) = node.nulls() {
                    see(nulls.validity());
                }
                node.buffers().iter().for_each(|buffer| see(buffer));
                data.extend_from_slice(node.child_data());
            }
        }
        let columns = read.iter().flat_map(RecordBatch::columns);
        columns.for_each(|column| all(column, see));
    }

    /// By way of Arrow's stream format, which both versions of Arrow know.
    fn digest(&self, read: &Vec<RecordBatch>) -> Outcome<Digest> {
        let Some(first) = read.first() else {
            return Ok(Digest::default());
        };
        let mut stream = arrow_ipc_59::writer::StreamWriter::try_new(Vec::new(), &first.schema())?;
        for batch in read {
            stream.write(batch)?;
        }
        let stream = Cursor::new(stream.into_inner()?);
        let batches = arrow_ipc::reader::StreamReader::try_new(stream, None)?;
        Ok(arrow::digest(&batches.collect::<Result<Vec<_>, _>>()?)?)
    }
}

fn main() -> std::io::Result<()> {
    let runtime = Runtime::new()?;
    let session = {
        let _within = runtime.enter();
        VortexSession::default().with_tokio()
    };
    serve(Vortex {
        mapped: std::env::args().any(|way| way == "mapped"),
        runtime,
        session,
        bucket: OnceLock::new(),
    })
}
