//! What a warm interpreter does in advance must not be seen by any program that gets a copy of it.

use sandbox::{Ending, Job, NativeSandbox, Python, Sandbox};

/// Puts into words all that a rehearsal could leave behind: names bound anew, things kept, streams, timers.
const STATE: &str = r#"
import signal, sys

def state():
    own = {name: thing for name, thing in globals().items() if not name.startswith("__") and name != "before"}
    kept = {name: thing for name, thing in own.items() if isinstance(thing, (list, dict, set, bytearray))}
    known = {name: vars(thing) for name, thing in own.items() if type(thing).__module__ == __name__}
    signals = [signal.getsignal(number) for number in (signal.SIGPROF, signal.SIGALRM)]
    timers = [signal.getitimer(number) for number in (signal.ITIMER_PROF, signal.ITIMER_REAL)]
    return {
        "names": {name: id(thing) for name, thing in own.items()},
        "kept": repr(kept),
        "known": repr({name: it for name, it in known.items() if not isinstance(own[name], type)}),
        "modules": {name: id(sys.modules[name]) for name in ("__main__", "answer", "test") if name in sys.modules},
        "streams": [id(it) for it in (sys.stdin, sys.stdout, sys.stderr)],
        "clock": (signals, timers),
        "limits": (sys.getrecursionlimit(), getattr(sys, "get_int_max_str_digits", int)()),
    }
"#;

#[tokio::test]
async fn rehearsals_leave_no_trace() {
    let python = Python::find().expect("the tests need a Python interpreter");
    let sandbox = NativeSandbox::strongest().expect("this machine has a sandbox");
    let scripts = benchmarks::scripts();
    assert!(scripts.iter().filter(|script| !script.rehearsal.is_empty()).count() > 5);
    for script in scripts {
        let (beginning, rehearsal) = (script.beginning.join("\n\n"), script.rehearsal);
        let source = format!(
            "{beginning}\n{STATE}\nbefore = state()\n{rehearsal}\nfor what, now in state().items():\n    \
             if now != before[what]:\n        print(what, before[what], now)\nprint('nothing else')\n"
        );
        let execution = sandbox.run(Job::python(&python, source)).await.unwrap();
        let said = (execution.stdout.text().into_owned(), execution.stderr.text().into_owned());
        assert_eq!(execution.ending, Ending::Exited(0), "{rehearsal}: {said:?}");
        assert_eq!(said.0, "nothing else\n", "{rehearsal}: {}", said.1);
    }
}
