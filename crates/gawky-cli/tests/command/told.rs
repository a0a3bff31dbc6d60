//! What help and the page about the command show is what happens.

use std::fs;
use std::path::Path;

use gawky::safetensors::to_safetensors;
use gawky::store::Directory;
use gawky_testkit::remote::ObjectServer;

use crate::stage::{Stage, events, with_bucket};

/// Events, and those of another day.
fn stage(server: &ObjectServer) -> Stage {
    let stage = with_bucket(server);
    let folder = Directory::open(stage.folder()).unwrap();
    to_safetensors(&events(10..12), &folder, "day2.safetensors").unwrap();
    for kind in ["parquet", "arrow", "jsonl"] {
        let line = format!("export events events.{kind} --quiet");
        stage.gawky(&line).well();
    }
    stage
}

#[test]
fn every_example_of_every_help_runs() {
    let commands = Stage::empty().gawky("--help").well();
    let (_, commands) = commands.split_once("Commands:\n").unwrap();
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let commands: Vec<&str> = commands
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    assert!(commands.len() >= 10, "{commands:?}");
    for command in commands.into_iter().filter(|name| *name != "help") {
        let server = ObjectServer::start().unwrap();
        let stage = stage(&server);
        match command {
            // It makes these itself.
            "copy" => fs::remove_file(stage.path("events.safetensors")).unwrap(),
            _ => drop(stage.gawky("copy events s3://bucket/events").well()),
        }
        let help = stage.gawky(&format!("{command} --help")).well();
        let (_, examples) = help
            .split_once("\nExamples:\n")
            .unwrap_or_else(|| panic!("{help}"));
        for example in examples.lines() {
            let example = example.strip_prefix("  ").unwrap();
            assert!(example.contains(&format!("gawky {command}")), "{example}");
            let ran = stage.sh(example);
            assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{example}");
        }
        let short = stage.gawky(&format!("{command} -h")).well();
        assert!(short.contains("Usage: gawky"), "{short}");
    }
}

/// In the page a line that begins with a dollar is run, and what stands below it is what it writes.
#[test]
fn the_page_shows_what_happens() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/command.md");
    // A package has no pages.
    let Ok(page) = fs::read_to_string(page) else {
        return;
    };
    let server = ObjectServer::start().unwrap();
    let stage = stage(&server);
    let mut shown = 0;
    for block in page.split("```console\n").skip(1) {
        let (block, _) = block.split_once("```").unwrap();
        let mut commands = block.split("$ ");
        assert_eq!(commands.next(), Some(""), "{block}");
        for command in commands {
            let (line, expected) = command.split_once('\n').unwrap();
            let ran = stage.sh(line);
            assert_eq!(format!("{}{}", ran.err, ran.out), expected, "$ {line}");
            shown += 1;
        }
    }
    assert!(shown > 10, "{shown}");
}
