//! Three at once: a slow writer stops before any of its requests, a vacuum begins, and before any of its requests a third one
//! writes and the slow one goes on.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use gawky::dataset::Vacuum;
use gawky_testkit::containers::HookedContainer;

use super::*;

/// What the slow writer and the third one were told; `None` where there is no such point.
type Told = Option<(Result<(), Error>, Result<(), Error>)>;

/// The slow one stops before its request `stop`; the other two go on before vacuum's request `resume`.
fn suspended(
    container: &Memory,
    stop: u64,
    resume: u64,
    vacuum: Vacuum,
    third: fn(&mut Dataset<Memory>) -> Result<(), Error>,
) -> Told {
    let slow = Arc::new(HookedContainer::new(Arc::clone(container)));
    let mut writer = patient(Dataset::open_in(Arc::clone(&slow)).unwrap());
    let (stopped, has_stopped): (Sender<bool>, Receiver<bool>) = channel();
    let (go, goes): (Sender<()>, Receiver<()>) = channel();
    let at_end = stopped.clone();
    slow.before(slow.calls() + stop, move || {
        stopped.send(true).unwrap();
        goes.recv().unwrap();
    });
    let running = thread::spawn(move || {
        let outcome = writer.append_all([&lists(50), &lists(60)]).map(drop);
        at_end.send(false).unwrap();
        outcome
    });
    if !has_stopped.recv().unwrap() {
        running.join().unwrap().unwrap();
        return None;
    }
    let hooked = Arc::new(HookedContainer::new(Arc::clone(container)));
    let mut cleaner = patient(Dataset::open_in(Arc::clone(&hooked)).unwrap());
    let told = Arc::new(Mutex::new(None));
    let (tell, inner, on) = (Arc::clone(&told), Arc::clone(container), go.clone());
    hooked.before(hooked.calls() + resume, move || {
        let third = third(&mut dataset(&inner));
        on.send(()).unwrap();
        let slow = running.join().unwrap();
        *tell.lock().unwrap() = Some((slow, third));
    });
    cleaner.vacuum(vacuum).unwrap();
    let outcome = told.lock().unwrap().take();
    if outcome.is_none() {
        // Vacuum was through: the slow one is still to be let go.
        drop(cleaner);
        let _ = go.send(());
        let _ = has_stopped.recv();
    }
    outcome
}

/// All that can be: `check` is given what both were told, and the rows that there are then.
fn everywhere(
    vacuum: Vacuum,
    third: fn(&mut Dataset<Memory>) -> Result<(), Error>,
    check: impl Fn(Result<(), Error>, Result<(), Error>, Vec<String>),
) {
    let mut points = 0;
    for stop in 0.. {
        let mut has_stopped = false;
        for resume in 0.. {
            let container = memory();
            created(&container).append(&lists(0)).unwrap();
            let told = suspended(&container, stop, resume, vacuum, third);
            let Some((slow, third)) = told else { break };
            has_stopped = true;
            points += 1;
            let found = dataset(&container);
            all_versions_read(&found);
            check(slow, third, rows(&found));
        }
        if !has_stopped {
            break;
        }
    }
    assert!(points > 50, "{points}");
}

fn append(dataset: &mut Dataset<Memory>) -> Result<(), Error> {
    dataset.append_all([&lists(70), &lists(80)]).map(drop)
}

fn both(rows: &[String], one: [i64; 2]) -> bool {
    let wanted = said(&one.map(lists));
    wanted
        .iter()
        .all(|wanted| rows.iter().filter(|row| *row == wanted).count() == 1)
}

#[test]
fn whoever_is_alive_loses_nothing() {
    everywhere(Vacuum::keep(1), append, |slow, third, rows| {
        slow.unwrap();
        third.unwrap();
        assert_eq!(rows.len(), 5);
        assert!(both(&rows, [50, 60]) && both(&rows, [70, 80]), "{rows:?}");
    });
}

#[test]
fn whoever_is_taken_for_dead_harms_nobody() {
    let at_once = Vacuum::keep(1).older_than(Duration::ZERO);
    everywhere(at_once, append, |slow, third, rows| {
        third.unwrap();
        assert!(both(&rows, [70, 80]), "{rows:?}");
        match slow {
            Ok(()) => assert!(both(&rows, [50, 60]), "{rows:?}"),
            Err(error) => {
                let found = fault::<()>(Err(error));
                assert!(matches!(found, DatasetFault::ClaimLost { .. }), "{found}");
                assert_eq!(rows.len(), 3);
            }
        }
    });
}
