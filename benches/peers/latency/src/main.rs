//! A folder as a bucket of S3, behind a network that is 20 ms away, and a count of what passes it.
//!
//! `gawky-peers-latency [--milliseconds N]` answers lines of JSON until its standard input ends:
//!
//! | question | answer |
//! |---|---|
//! | `{"do":"endpoint"}` | `{"endpoint":URL,"milliseconds":N}` |
//! | `{"do":"serve","from":FOLDER,"as":"bucket/prefix"}` | `{"objects":n,"bytes":b}`; what was served under that prefix before is gone |
//! | `{"do":"traffic"}` | `{"requests":n,"bytes":b,"connections":c,"at_once":m}` since the last such question; `bytes` are those of the answers' bodies |
//! | `{"do":"log"}` | `{"log":[[method, path, range or query, status, bytes], …]}` since the last question about traffic, which it leaves as it is |
//!
//! Each request is so late as the network is; requests on different connections wait at the same time, and connecting costs nothing.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use gawky_testkit::remote::{Exchange, FaultProxy, ObjectServer};
use memmap2::Mmap;
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let mut milliseconds = 20;
    let server = ObjectServer::start()?;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--milliseconds" {
            milliseconds = arguments.next().ok_or("--milliseconds of what?")?.parse()?;
            continue;
        }
        return Err(format!("nobody knows {argument:?}").into());
    }
    let proxy = FaultProxy::start(server.url())?;
    proxy.set_latency(Duration::from_millis(milliseconds));

    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let answer = answer(&server, &proxy, milliseconds, &line?);
        writeln!(
            output,
            "{}",
            answer.unwrap_or_else(|error| json!({"failed": error.to_string()}))
        )?;
        output.flush()?;
    }
    Ok(())
}

fn answer(
    server: &ObjectServer,
    proxy: &FaultProxy,
    milliseconds: u64,
    line: &str,
) -> Result<Value, Box<dyn Error>> {
    let request: Value = serde_json::from_str(line)?;
    let text = |member: &str| request.get(member).and_then(Value::as_str);
    match text("do") {
        Some("endpoint") => Ok(json!({"endpoint": proxy.url(), "milliseconds": milliseconds})),
        Some("serve") => {
            let (from, prefix) = (
                text("from").ok_or("from where?")?,
                text("as").ok_or("as what?")?,
            );
            let before = format!("{prefix}/");
            for path in server
                .paths()
                .into_iter()
                .filter(|path| path.starts_with(&before))
            {
                server.remove(&path);
            }
            let (objects, bytes) = serve(server, Path::new(from), prefix)?;
            Ok(json!({"objects": objects, "bytes": bytes}))
        }
        Some("traffic") => {
            let (traffic, connections, at_once) =
                (proxy.traffic(), proxy.connections(), proxy.most_at_once());
            proxy.reset();
            Ok(
                json!({"requests": traffic.requests, "bytes": traffic.sent, "connections": connections, "at_once": at_once}),
            )
        }
        Some("log") => {
            Ok(json!({"log": proxy.exchanges().iter().map(described).collect::<Vec<_>>()}))
        }
        what => Err(format!("nobody knows how to {what:?}").into()),
    }
}

fn described(exchange: &Exchange) -> Value {
    let asked = &exchange.asked;
    let part = asked.range.as_ref().unwrap_or(&asked.query);
    json!([
        asked.method,
        asked.path,
        part,
        exchange.status,
        exchange.sent
    ])
}

/// Serves what lies in a folder and below; answers how many objects these are, and their bytes.
fn serve(server: &ObjectServer, folder: &Path, prefix: &str) -> io::Result<(u64, u64)> {
    let (mut objects, mut bytes) = (0, 0);
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            let (below, bytes_below) = serve(server, &entry.path(), &path)?;
            objects += below;
            bytes += bytes_below;
        } else {
            let blob = blob(&entry.path())?;
            objects += 1;
            bytes += blob.len() as u64;
            server.insert(&path, blob);
        }
    }
    Ok((objects, bytes))
}

/// The bytes of a file, in the page cache's memory where there are many of them.
fn blob(path: &Path) -> io::Result<Bytes> {
    const LARGE: u64 = 1 << 20;
    let file = File::open(path)?;
    if file.metadata()?.len() < LARGE {
        return std::fs::read(path).map(Bytes::from);
    }
    // SAFETY: nobody writes to the stored data while it is served: the driver has it written before.
    let map = unsafe { Mmap::map(&file)? };
    Ok(Bytes::from_owner(map))
}
