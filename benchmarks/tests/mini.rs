//! The embedded problems tell right solutions from wrong and from slow ones.

use benchmarks::{Candidate, Judge, Outcome, Profile, Verdict};
use datasets::mini::{self, MiniProblem};
use sandbox::{NativeSandbox, Python};

/// The verdicts on solutions of every embedded problem, chosen by `solutions`.
async fn verdicts(
    profile: Profile,
    solutions: impl Fn(&'static MiniProblem) -> Vec<&'static str>,
) -> Vec<(String, Verdict)> {
    let sandbox = NativeSandbox::strongest().expect("this machine has a sandbox");
    let python = Python::find().expect("this machine has Python");
    let judge = Judge::new(sandbox, python, profile);
    let mut verdicts = Vec::new();
    for mini in mini::problems() {
        for source in solutions(mini) {
            let verdict = judge.judge(&mini.problem, &Candidate::solution(source)).await;
            let verdict = verdict.expect("an embedded problem can be judged");
            verdicts.push((mini.problem.id.clone(), verdict));
        }
    }
    verdicts
}

fn slow_solutions(form: mini::Form) -> impl Fn(&'static MiniProblem) -> Vec<&'static str> {
    move |mini| if mini.form == form { vec![mini.slow.source.as_str()] } else { vec![] }
}

async fn every_slow_solution_runs_out_of_time(form: mini::Form) {
    for (id, verdict) in verdicts(Profile::Mini1, slow_solutions(form)).await {
        assert_eq!(verdict.outcome, Outcome::TimeLimit, "{id}: {}", verdict.message);
    }
}

#[tokio::test]
async fn every_reference_passes_with_time_to_spare() {
    let reference = |mini: &'static MiniProblem| vec![mini.problem.reference.as_deref().unwrap()];
    for (id, verdict) in verdicts(Profile::Mini1, reference).await {
        assert_eq!(verdict.outcome, Outcome::Accepted, "{id}: {}", verdict.message);
        let each = verdict.cpu_seconds / verdict.tests.run as f64;
        assert!(each < 1.0, "{id} takes {each} s for a test");
    }
}

#[tokio::test]
async fn every_wrong_solution_fails_by_being_wrong() {
    let wrong = |mini: &'static MiniProblem| mini.wrong.iter().map(|w| w.source.as_str()).collect();
    for (id, verdict) in verdicts(Profile::Mini1, wrong).await {
        let wrong = matches!(verdict.outcome, Outcome::WrongAnswer | Outcome::RuntimeError);
        assert!(wrong, "{id}: {:?}, {}", verdict.outcome, verdict.message);
    }
}

#[tokio::test]
async fn every_slow_answer_to_a_check_runs_out_of_time() {
    every_slow_solution_runs_out_of_time(mini::Form::Check).await;
}

#[tokio::test]
async fn every_slow_answer_to_asserts_runs_out_of_time() {
    every_slow_solution_runs_out_of_time(mini::Form::Asserts).await;
}

#[tokio::test]
async fn every_slow_function_runs_out_of_time() {
    every_slow_solution_runs_out_of_time(mini::Form::Functional).await;
}

#[tokio::test]
async fn every_slow_script_runs_out_of_time() {
    every_slow_solution_runs_out_of_time(mini::Form::Stdio).await;
}

#[tokio::test]
async fn strict_rules_tell_right_from_wrong_as_well() {
    let reference = |mini: &'static MiniProblem| vec![mini.problem.reference.as_deref().unwrap()];
    for (id, verdict) in verdicts(Profile::Strict1, reference).await {
        assert_eq!(verdict.outcome, Outcome::Accepted, "{id}: {}", verdict.message);
        assert!(!verdict.weak, "{id}");
    }
    let wrong = |mini: &'static MiniProblem| mini.wrong.iter().map(|w| w.source.as_str()).collect();
    for (id, verdict) in verdicts(Profile::Strict1, wrong).await {
        assert_eq!(verdict.outcome.passed(), Some(false), "{id}: {}", verdict.message);
    }
}
