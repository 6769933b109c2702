//! Tests that are code, in a sandbox that does not talk with its programs.

use benchmarks::{Candidate, Judge, Outcome, Profile};
use datasets::Problem;
use sandbox::{Error, Execution, Job, NativeSandbox, Python, Sandbox};

use crate::{asserts, check};

/// A sandbox that runs its programs from their beginning to their end, as the WebAssembly engine does.
struct Silent(NativeSandbox);

impl Sandbox for Silent {
    async fn run(&self, job: Job) -> Result<Execution, Error> {
        self.0.run(job).await
    }

    fn talks(&self) -> bool {
        false
    }
}

fn silent_judge() -> Judge<Silent> {
    let sandbox = NativeSandbox::strongest().expect("this machine has a sandbox");
    let python = Python::find().expect("this machine has Python");
    Judge::new(Silent(sandbox), python, Profile::Strict1)
}

#[tokio::test]
async fn they_run_beside_their_answer_and_are_weak() {
    let looped = check(&["for x in range(3):", "    assert candidate(x) == x + 1"]);
    let names_itself = Problem {
        reference: Some("def f(x):\n    return x + 1\n".to_owned()),
        ..check(&["assert tuple([candidate(1)]) == tuple([f(1)])", "assert candidate(2) == 3"])
    };
    let code = asserts("import math", &["y = f(1)", "assert math.sqrt(y + 2) == 2"]);
    let judge = silent_judge();
    for problem in [looped, names_itself, code] {
        for (answer, outcome) in [("x + 1", Outcome::Accepted), ("x - 1", Outcome::WrongAnswer)] {
            let candidate = Candidate::solution(&format!("def f(x):\n    return {answer}\n"));
            let verdict = judge.judge(&problem, &candidate).await.unwrap();
            assert_eq!((verdict.outcome, verdict.weak), (outcome, true), "{answer}: {verdict:?}");
        }
    }
}

#[tokio::test]
async fn claims_need_no_conversation_and_stay_strong() {
    let verdict = silent_judge()
        .judge(
            &check(&["assert candidate(1) == 2"]),
            &Candidate::solution("def f(x):\n    return 2\n"),
        )
        .await
        .unwrap();
    assert_eq!((verdict.outcome, verdict.weak), (Outcome::Accepted, false));
}
