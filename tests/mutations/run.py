"""Mutates a crate and counts what its tests notice; scripts/mutants runs this, and docs/testing.md says what has come of it.

The mutants are those that cargo-mutants lists. It builds the crate and its tests anew for each, which takes most of the time; here one build
has all of them: where a function has mutants, its body becomes a `match` on a number that is read from the environment, with the function as
it is written and an arm for each mutant. `cargo mutants` itself takes over where that cannot be done (--plain lists them).
"""

import argparse
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SWITCH = """
/// Which mutant runs, of those that this build has.
#[doc(hidden)]
#[allow(missing_docs, dead_code)]
pub fn gawky_mutant() -> u32 {
    static MUTANT: ::std::sync::LazyLock<u32> = ::std::sync::LazyLock::new(|| match ::std::env::var("GAWKY_MUTANT") {
        ::core::result::Result::Ok(number) => number.parse().unwrap(),
        ::core::result::Result::Err(_) => 0,
    });
    *MUTANT
}
"""
# A lint that refuses a mutant is no test.
ALLOW = """[lints.rust]
warnings = "allow"
arithmetic_overflow = "allow"
unconditional_panic = "allow"
overflowing_literals = "allow"
"""
# What is neither code nor a brace of it: comments, strings, characters. Lifetimes stay.
NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|b?r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|b?\'(?:\\(?:u\{[^}]*\}|x..|.)|[^\'\\])\'', re.DOTALL
)
# No mutant takes more: some allocate without end.
MEMORY = 8 << 30


class Mutant:
    def __init__(self, number, listed, text):
        self.number, self.name, self.file = number, listed["name"], listed["file"]
        self.function = listed["function"] and tuple(place(text, listed["function"]["span"][end]) for end in ("start", "end"))
        self.span = tuple(place(text, listed["span"][end]) for end in ("start", "end"))
        self.replacement = listed["replacement"]
        self.outcome = None
        self.by = ""


def place(text, position):
    """Where in `text` a line and a column are, which count from 1."""
    start = 0
    for _ in range(position["line"] - 1):
        start = text.index("\n", start) + 1
    return start + position["column"] - 1


def body(text, function):
    """Where the body of a function starts and ends, with its braces; None for one that cannot be rewritten so."""
    start, end = function
    code = NOT_CODE.sub(lambda found: " " * len(found[0]), text[start:end])
    depth = 0
    for at, char in enumerate(code):
        if char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif char == "{" and depth == 0:
            signature = code[:at]
            # A constant function cannot ask which mutant runs; arms of a hidden type have different ones.
            if re.search(r"\bconst\s+(unsafe\s+)?fn\b", signature) or "impl" in signature.rpartition("->")[2]:
                return None
            return start + at, end
    return None


def woven(text, mutants):
    """The text of a file with all of its mutants, and the lines that each takes."""
    by_body = {}
    for mutant in mutants:
        by_body.setdefault(body(text, mutant.function), []).append(mutant)
    out, at = "", 0
    lines = []
    for (start, end), group in sorted(by_body.items()):
        out += text[at:start] + "{ match crate::gawky_mutant() {\n"
        for mutant in group:
            first = out.count("\n") + 1
            left, right = mutant.span
            out += f"{mutant.number} => {text[start:left]} {mutant.replacement} {text[right:end]}\n"
            lines.append((first, out.count("\n"), mutant))
        out += f"_ => {text[start:end]}\n}} }}"
        at = end
    return out + text[at:], lines


def nested(mutant, mutants):
    """Whether the function of a mutant lies in one that has mutants, or has such in itself."""
    a, b = mutant.function
    return any(
        other.function and other.file == mutant.file and other.function != mutant.function and other.function[0] < b and a < other.function[1] for other in mutants
    )


def cargo(arguments, environment, tree):
    """Runs cargo; its messages, and whether it succeeded."""
    ran = subprocess.run(["cargo", *arguments, "--message-format=json"], cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    messages = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
    return messages, ran.returncode == 0, ran.stderr


def weave(tree, crate, mutants, texts, environment):
    """Writes all mutants into the tree but those that do not compile, which it marks."""
    files = {}
    for mutant in mutants:
        files.setdefault(mutant.file, []).append(mutant)
    library = f"crates/{crate}/src/lib.rs"
    (tree / library).write_text((ROOT / library).read_text() + SWITCH)
    while True:
        lines = {}
        for file, all_of_file in files.items():
            out, lines[file] = woven(texts[file], [mutant for mutant in all_of_file if mutant.outcome is None])
            (tree / file).write_text(out + (SWITCH if file == library else ""))
        messages, good, said = cargo(["check", "-p", crate, "--lib"], environment, tree)
        if good:
            return
        found = 0
        for message in messages:
            if message["reason"] != "compiler-message" or message["message"]["level"] != "error":
                continue
            for span in message["message"]["spans"]:
                if not span["is_primary"]:
                    continue
                while span["expansion"] and span["file_name"] not in lines:
                    span = span["expansion"]["span"]
                for first, last, mutant in lines.get(span["file_name"], []):
                    if first <= span["line_start"] <= last and mutant.outcome is None:
                        mutant.outcome, mutant.by = "unviable", message["message"]["message"].split("\n")[0]
                        found += 1
        print(f"{found} mutants more do not compile", flush=True)
        if not found:
            rendered = [message["message"]["rendered"] for message in messages if message["reason"] == "compiler-message" and message["message"]["level"] == "error"]
            sys.exit("the mutants do not compile together:\n" + "\n".join(rendered[:5]) + said[-3000:])


def programs(tree, package, environment):
    """The test programs of a package, as name and path."""
    messages, good, said = cargo(["test", "--no-run", "-p", package, "--lib", "--tests"], environment, tree)
    if not good:
        rendered = [message["message"]["rendered"] for message in messages if message["reason"] == "compiler-message" and message["message"]["level"] == "error"]
        sys.exit(f"the tests of {package} do not compile:\n" + "\n".join(rendered[:5]) + said[-3000:])
    folder = tree / "crates" / package
    return [
        (f"{package} {message['target']['name']}", message["executable"], folder)
        for message in messages
        if message["reason"] == "compiler-artifact" and message["profile"]["test"] and message["executable"]
    ]


def run(program, number, environment, seconds, processor):
    """Runs a test program until its first failure: what failed, or None, and how long it took."""
    _, path, folder = program
    # Functions with mutants take more of the stack, and some tests nest deeply.
    environment = environment | {"GAWKY_MUTANT": str(number), "CARGO_MANIFEST_DIR": str(folder), "RUST_MIN_STACK": str(64 << 20)}

    def limits():
        resource.setrlimit(resource.RLIMIT_CPU, (processor, processor))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    started = time.monotonic()
    child = subprocess.Popen(
        [path], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace", preexec_fn=limits, start_new_session=True
    )
    over = threading.Event()

    def stop():
        over.set()
        os.killpg(child.pid, 9)

    clock = threading.Timer(seconds, stop)
    clock.start()
    failed = None
    for line in child.stdout:
        if line.startswith("test ") and line.rstrip().endswith("FAILED"):
            failed = line[5:].split(" ... ")[0].split(" - should panic")[0].strip()
            break
    clock.cancel()
    try:
        os.killpg(child.pid, 9) if failed else None
    except ProcessLookupError:
        pass
    child.stdout.close()
    code = child.wait()
    if failed is None and over.is_set() or code == -24:
        failed = "TIMEOUT"
    elif failed is None and code != 0:
        failed = f"(stopped with {code})"
    return failed, time.monotonic() - started


def copy(tree, crate):
    """Makes the tree a copy of this one, but for what the crate's lints refuse."""
    tracked = subprocess.check_output(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT).decode().split("\0")
    # Sources that were moved would be there twice.
    for there in (tree / "crates").rglob("*.rs"):
        if str(there.relative_to(tree)) not in tracked:
            there.unlink()
    for name in filter(None, tracked):
        source, target = ROOT / name, tree / name
        if not source.is_file():
            continue
        content = source.read_bytes()
        if name == f"crates/{crate}/Cargo.toml":
            content = content.replace(b"[lints]\nworkspace = true\n", ALLOW.encode())
        if not (target.exists() and target.read_bytes() == content):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def test(tree, package, mutants, own, environment):
    """Runs the tests of a package for each mutant."""
    temporary = Path(environment["TMPDIR"])
    timed = []
    for program in programs(tree, package, environment):
        temporary.mkdir(exist_ok=True)
        failed, took = run(program, 0, environment, 1200, 1200)
        if failed:
            sys.exit(f"{program[0]} fails without a mutant: {failed}")
        timed.append((took, program))
    timed.sort(key=lambda each: each[0])
    print(f"{package}: its tests take {sum(took for took, _ in timed):.1f} s:", ", ".join(f"{program[0].split()[1]} {took:.1f}" for took, program in timed), flush=True)
    for done, mutant in enumerate(mutants, 1):
        outcome = "missed"
        for took, program in timed:
            temporary.mkdir(exist_ok=True)
            failed, _ = run(program, mutant.number, environment, 20 * took + 60, int(6 * took) + 20)
            if failed:
                outcome, mutant.by = ("timeout" if failed == "TIMEOUT" else "caught"), f"{program[0]} {failed}"
                break
        mutant.outcome = outcome if own or outcome == "missed" else "elsewhere"
        shutil.rmtree(temporary, ignore_errors=True)
        print(f"{done}/{len(mutants)} {mutant.outcome} {mutant.name}  {mutant.by}", flush=True)


def named(options):
    """What the file of outcomes is called: no run of other mutants has that name."""
    parts = [options.crate, f"seed{options.seed}"]
    parts += [f"skip{options.skip}"] if options.skip else []
    parts += [f"sample{options.sample}"] if options.sample is not None else []
    # Of an expression its letters are there to be read, and the sum tells it from others that have the same.
    parts += [f"{'-'.join(re.findall(r'[A-Za-z0-9_]+', options.re))[:40]}-{zlib.crc32(options.re.encode()):08x}"] if options.re else []
    return "-".join(parts)


def main():
    parser = argparse.ArgumentParser(prog="scripts/mutants", description="Mutates a crate and counts what its tests notice.")
    parser.add_argument("crate")
    parser.add_argument("--sample", type=int, help="so many mutants, at random; all without")
    parser.add_argument("--seed", type=int, default=0, help="of the order in which they come")
    parser.add_argument("--skip", type=int, default=0, help="so many come before the sample")
    parser.add_argument("--re", default="", help="only mutants whose names match")
    parser.add_argument("--then", action="append", default=[], metavar="PACKAGE", help="try what has survived on the tests of this package too")
    parser.add_argument("--out", help="folder for the copy of the tree, the build and the outcomes; target/mutants without. Outcomes are in a .tsv for each choice of mutants")
    parser.add_argument("--batch", type=int, default=400, help="so many mutants in a build: more of them take more of the stack")
    parser.add_argument("--plain", action="store_true", help="only print the names of those for which cargo mutants itself is needed")
    options = parser.parse_args()

    out = Path(options.out or Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "mutants").resolve()
    tree = out / "tree"
    tree.mkdir(parents=True, exist_ok=True)
    listed = json.loads(subprocess.check_output(["cargo", "mutants", "--list", "--json", "--colors=never", "-p", options.crate], cwd=ROOT))
    texts = {}
    mutants = []
    for number, each in enumerate(listed, 1):
        if each["file"] not in texts:
            texts[each["file"]] = (ROOT / each["file"]).read_text()
        if re.search(options.re, each["name"]):
            mutants.append(Mutant(number, each, texts[each["file"]]))
    if not mutants:
        sys.exit(f"{options.crate} has no mutants" + (f" whose names match {options.re!r}" if options.re else ""))
    of = len(mutants)
    random.Random(options.seed).shuffle(mutants)
    mutants = mutants[options.skip :][: options.sample]
    plain = [mutant for mutant in mutants if not mutant.function or not body(texts[mutant.file], mutant.function) or nested(mutant, mutants)]
    mutants = [mutant for mutant in mutants if mutant not in plain]
    if options.plain:
        print("\n".join(mutant.name for mutant in plain))
        return
    print(f"{len(mutants) + len(plain)} of {of} mutants; {len(plain)} of them are for cargo mutants itself", flush=True)

    environment = os.environ | {
        "CARGO_TARGET_DIR": str(out / "target"),
        "CARGO_INCREMENTAL": "0",
        "PROPTEST_CASES": os.environ.get("PROPTEST_CASES", "24"),
        "PROPTEST_RNG_SEED": os.environ.get("PROPTEST_RNG_SEED", "20261120"),
        "PROPTEST_MAX_SHRINK_ITERS": "0",
        "PROPTEST_DISABLE_FAILURE_PERSISTENCE": "1",
        "TMPDIR": str(out / f"tmp-{options.crate}"),
    }
    record = (out / f"{named(options)}.tsv").open("w")
    print(f"outcomes go to {record.name}", flush=True)
    for start in range(0, len(mutants), options.batch):
        batch = mutants[start : start + options.batch]
        copy(tree, options.crate)
        weave(tree, options.crate, batch, texts, environment)
        for stage, package in enumerate([options.crate, *options.then]):
            left = [mutant for mutant in batch if mutant.outcome in (None, "missed")]
            if left:
                test(tree, package, left, stage == 0, environment)
        record.write("".join(f"{mutant.outcome}\t{mutant.name}\t{mutant.by}\n" for mutant in batch))
        record.flush()
        tried = mutants[: start + len(batch)]
        counts = {outcome: sum(mutant.outcome == outcome for mutant in tried) for outcome in ("caught", "timeout", "missed", "elsewhere", "unviable")}
        print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()), f"of {len(tried)}", flush=True)


main()
