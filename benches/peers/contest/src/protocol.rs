//! The loop of questions and answers, and what is timed.

use std::hint::black_box;
use std::io::{self, BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::request::{path, place, wanted};
use crate::{Clock, Contender, Failure, Outcome};

/// Answers questions until there are no more.
pub fn serve<C: Contender>(contender: C) -> io::Result<()> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        // Libraries that panic are contenders as well.
        let answer = catch_unwind(AssertUnwindSafe(|| answer(&contender, &line)));
        let answer = match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(Failure::Cannot(why))) => json!({"cannot": why}),
            Ok(Err(Failure::Failed(why))) => json!({"failed": why}),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                let text =
                    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                json!({"failed": format!("panicked: {}", text.unwrap_or_default())})
            }
        };
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

fn answer<C: Contender>(contender: &C, line: &str) -> Outcome<Value> {
    let request: Value = serde_json::from_str(line)?;
    let what = request
        .get("do")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match what {
        "hello" => Ok(json!({
            "name": contender.name(),
            "version": contender.version(),
            "threads": contender.threads(),
        })),
        "write" => {
            let array = contender.load(&path(&request, "from")?)?;
            let to = path(&request, "to")?;
            let clock = Clock::start();
            contender.write(&array, &to)?;
            Ok(json!({"seconds": clock.seconds(), "bytes": bytes_below(&to)?}))
        }
        "open" => {
            let place = place(&request)?;
            let clock = Clock::start();
            let opened = contender.open(&place)?;
            Ok(json!({"seconds": clock.seconds(), "rows": opened.rows, "fields": opened.fields}))
        }
        "read" => {
            let (place, wanted) = (place(&request)?, wanted(&request)?);
            let clock = Clock::start();
            let read = contender.read(&place, &wanted)?;
            came(contender, &request, &clock, &read)
        }
        "json_in" => {
            let file = path(&request, "file")?;
            let mut clock = Clock::start();
            let read = contender.json_in(&file, &mut clock)?;
            came(contender, &request, &clock, &read)
        }
        "json_out" => {
            let array = contender.load(&path(&request, "from")?)?;
            let clock = Clock::start();
            let text = contender.json_out(&array)?;
            Ok(json!({"seconds": clock.seconds(), "bytes": text.len()}))
        }
        "memory" => Ok(json!({"peak": peak_memory()?})),
        _ => Err(Failure::Failed(format!("nobody knows how to \"{what}\""))),
    }
}

/// What was read: touched while the clock runs, digested afterwards.
fn came<C: Contender>(
    contender: &C,
    request: &Value,
    clock: &Clock,
    read: &C::Read,
) -> Outcome<Value> {
    let mut bytes = 0;
    let mut touched = 0_u8;
    contender.buffers(read, &mut |buffer| {
        bytes += buffer.len();
        for page in buffer.chunks(4096) {
            touched ^= page[0];
        }
    });
    black_box(touched);
    let mut answer = json!({"seconds": clock.seconds(), "bytes": bytes});
    if request.get("digest") == Some(&Value::Bool(true)) {
        answer["digest"] = contender.digest(read)?.to_json();
    }
    Ok(answer)
}

fn bytes_below(folder: &Path) -> io::Result<u64> {
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    let mut bytes = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                folders.push(entry.path());
            } else {
                bytes += metadata.len();
            }
        }
    }
    Ok(bytes)
}

/// The most memory that this process has had at any time, in bytes.
fn peak_memory() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes =
        peak.and_then(|peak| peak.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    let kibibytes = kibibytes.ok_or_else(|| Failure::cannot("no VmHWM in /proc/self/status"))?;
    Ok(kibibytes * 1024)
}
