//! Programs that are tested within limits of the problem's own.
//!
//! The candidate runs once a test in a fresh process that is given the input and nothing else. Its
//! output is compared here, or by the problem's checker, which is a program like any other: it runs in
//! a sandbox of its own, sees the candidate's output as a file and can be crashed or held up by it. So
//! what it says counts only when it ends as it should. One that does not is shown the right output: if
//! it takes that, the candidate's was wrong, and otherwise nothing is known about the candidate.
//!
//! By strict rules a problem with several right answers and without a checker decides nothing, and
//! neither does one whose tests are missing.

use std::time::Duration;

use datasets::{Answers, Language, Problem, Programs, Streams, TestCase};
use sandbox::{Ending, Execution, Job, Limits, Sandbox};

use super::Judge;
use super::stdio::{failure, most_output};
use super::tally::Tally;
use super::toolchain::Ready;
use crate::{Candidate, Checker, Error, Grade, Outcome, Profile, TestCount, Verdict};

/// What an interpreter takes of a problem's limits, which were set for compiled programs.
const STARTING_TIME: Duration = Duration::from_millis(100);
const STARTING_MEMORY: u64 = 32 << 20;

/// How a checker of open-r1 says that an output is right.
const RIGHT: [&str; 2] = ["1", "100"];

/// After so many tests over which its checker failed, nobody asks it about a candidate again: each may have
/// cost its whole time.
const MOST_FAILURES: usize = 3;

/// The processor time of a checker, as in open-r1.
const CHECKER_TIME: Duration = Duration::from_secs(10);

impl<S: Sandbox> Judge<S> {
    pub(super) async fn judge_programs(
        &self,
        problem: &Problem,
        programs: &Programs,
        candidate: &Candidate,
    ) -> Result<Verdict, Error> {
        let total = programs.cases.len();
        let mut tests = TestCount { total, run: 0, passed: 0 };
        let mut tally = Tally::default();
        if let Some(reason) = self.undecidable(problem, programs) {
            return Ok(tally.verdict(Outcome::Ungraded, reason.to_owned(), tests, "", None));
        }
        let ready = match self.made_ready(problem, candidate.source.clone()).await? {
            Ok(ready) => ready,
            Err((outcome, message)) => return Ok(tally.verdict(outcome, message, tests, "", None)),
        };
        let mut first: Option<(Outcome, String)> = None;
        let is_open = |failed: &(Outcome, String)| failed.0 == Outcome::CheckerFailed;
        let mut each = Vec::new();
        for (number, case) in programs.cases.iter().enumerate() {
            let (execution, failed) = self.test(problem, programs, &ready, case).await?;
            tally = execution.iter().map(Tally::of).fold(tally, Tally::and);
            tests.run += 1;
            each.push(failed.as_ref().map_or(Outcome::Accepted, |(outcome, _)| *outcome));
            let Some((outcome, message)) = failed else {
                tests.passed += 1;
                continue;
            };
            let failed = (outcome, format!("{message} on test {number}"));
            // That a checker failed says nothing, and another test may say more.
            let ends = !self.runs_all && !is_open(&failed) || failures(&each) == MOST_FAILURES;
            if first.as_ref().is_none_or(|first| is_open(first) && !is_open(&failed)) {
                first = Some(failed);
            }
            if ends {
                break;
            }
        }
        let (outcome, message) = first.unwrap_or((Outcome::Accepted, String::new()));
        Ok(Verdict { each, ..tally.verdict(outcome, message, tests, "", None) })
    }

    /// Why these tests decide nothing, if they do not.
    fn undecidable(&self, problem: &Problem, programs: &Programs) -> Option<&'static str> {
        match &programs.answers {
            _ if programs.cases.is_empty() => Some("the problem has no tests"),
            _ if programs.streams == Streams::Files && problem.language != Language::Python => {
                Some("files are read and written in Python only")
            }
            Answers::Interactive => {
                Some("the problem is interactive, and has no program to talk with")
            }
            Answers::Several if self.profile == Profile::Strict1 => {
                Some("the problem has several right answers, and no checker to know them by")
            }
            _ => None,
        }
    }

    /// How the candidate ran on `case`, where that is known, and what is wrong with that.
    async fn test(
        &self,
        problem: &Problem,
        programs: &Programs,
        ready: &Ready,
        case: &TestCase,
    ) -> Result<(Option<Execution>, Option<(Outcome, String)>), Error> {
        if let Answers::Conversed(validator) = &programs.answers {
            let limits = limits(problem, programs, case);
            return self.converse(problem, validator, case, ready, limits).await;
        }
        let execution = self.run_program(problem, programs, ready, case).await?;
        let failed = self.grade(problem, programs, case, &execution).await?;
        Ok((Some(execution), failed))
    }

    async fn run_program(
        &self,
        problem: &Problem,
        programs: &Programs,
        ready: &Ready,
        case: &TestCase,
    ) -> Result<Execution, Error> {
        let limits = limits(problem, programs, case);
        let job = match programs.streams {
            Streams::Standard => self.job_of(ready, limits).stdin(case.stdin.as_bytes()),
            Streams::Files => {
                let Ready::Script(source) = ready else { unreachable!("files are Python's") };
                Job::python(&self.python, WITH_FILES)
                    .limits(limits)
                    .file(PROGRAM, source.as_bytes())
                    .file("input.txt", case.stdin.as_bytes())
                    .report(limits.output)
            }
        };
        let mut execution = self.run_job(problem, job).await?;
        if programs.streams == Streams::Files {
            // What it printed is not its answer.
            execution.stdout = std::mem::take(&mut execution.report);
        }
        Ok(execution)
    }

    pub(super) async fn run_job(&self, problem: &Problem, job: Job) -> Result<Execution, Error> {
        Box::pin(self.sandbox.run(job))
            .await
            .map_err(|source| Error::Sandbox { problem: problem.id.clone(), source })
    }

    /// What is wrong with a run, or nothing.
    async fn grade(
        &self,
        problem: &Problem,
        programs: &Programs,
        case: &TestCase,
        execution: &Execution,
    ) -> Result<Option<(Outcome, String)>, Error> {
        let checker = self.checker.unwrap_or(match self.profile {
            Profile::Strict1 => Checker::Values,
            _ => Checker::CodeContests,
        });
        match &programs.answers {
            answers @ (Answers::Checked { .. } | Answers::Validated(_))
                if self.checker.is_none() =>
            {
                // Only the ending counts before the checker sees the output.
                if execution.ending != Ending::Exited(0) {
                    return Ok(failure(execution, Checker::Tokens, ""));
                }
                let mut grade = self.ask(problem, answers, case, &execution.stdout.bytes).await?;
                if let Grade::Failed(why) = &grade {
                    // One that stumbles over this output and not over the right one has found it wrong.
                    let expected = case.expected.as_bytes();
                    let of_right = self.ask(problem, answers, case, expected).await?;
                    if matches!(of_right, Grade::Right) {
                        grade = Grade::Wrong(format!("{why} over its output"));
                    }
                }
                Ok(grade.failure())
            }
            _ => Ok(failure(execution, checker, &case.expected)),
        }
    }

    /// What the problem's own program says of an output.
    async fn ask(
        &self,
        problem: &Problem,
        answers: &Answers,
        case: &TestCase,
        output: &[u8],
    ) -> Result<Grade, Error> {
        match answers {
            Answers::Validated(validator) => {
                self.ask_validator(problem, validator, case, output).await
            }
            Answers::Checked { checker } => self.ask_checker(problem, checker, case, output).await,
            _ => unreachable!("the others have no program to ask"),
        }
    }

    /// What the problem's own checker says of an output.
    async fn ask_checker(
        &self,
        problem: &Problem,
        checker: &str,
        case: &TestCase,
        output: &[u8],
    ) -> Result<Grade, Error> {
        let files = ["input.txt", "correct_output.txt", "output.txt"];
        let arguments = files.map(|name| format!("'{name}'")).join(", ");
        // The checker stands in a file of its own, so that its lines keep their numbers.
        let source = format!(
            "import runpy, sys\nsys.argv = ['checker.py', {arguments}]\n\
             runpy.run_path('checker.py', run_name='__main__')\n"
        );
        let limits = Limits { cpu: CHECKER_TIME, wall: 3 * CHECKER_TIME, ..Limits::default() };
        let job = Job::python(&self.python, source)
            .file("checker.py", checker.as_bytes())
            .file(files[0], case.stdin.as_bytes())
            .file(files[1], case.expected.as_bytes())
            .file(files[2], output)
            .limits(limits);
        let execution = self.run_job(problem, job).await?;
        let said: String = execution.stdout.text().split_whitespace().collect();
        Ok(match execution.ending {
            Ending::Exited(0) if RIGHT.contains(&said.as_str()) => Grade::Right,
            // Some say no by their exit code as well.
            Ending::Exited(_) if said.parse::<f64>().is_ok() && !RIGHT.contains(&said.as_str()) => {
                Grade::Wrong(format!("the checker gave {said}"))
            }
            Ending::Exited(0) => Grade::Failed("the checker said no number".to_owned()),
            ending => Grade::Failed(format!("the checker {ending}")),
        })
    }
}

/// Over how many tests the checker failed.
fn failures(each: &[Outcome]) -> usize {
    each.iter().filter(|it| **it == Outcome::CheckerFailed).count()
}

/// What a candidate may use in a test.
fn limits(problem: &Problem, programs: &Programs, case: &TestCase) -> Limits {
    let cpu = programs.time + STARTING_TIME;
    let compiled = matches!(problem.language, Language::Cpp | Language::Rust | Language::Go);
    let memory = programs.memory + if compiled { 0 } else { STARTING_MEMORY };
    let output = most_output(&case.expected);
    let file_size = output.max(Limits::default().file_size);
    Limits { cpu, wall: 10 * cpu, memory, output, file_size, ..Limits::default() }
}

/// What runs the program in [`PROGRAM`] and hands over the file that it wrote, apart from what it prints.
///
/// It is done at the very end, after the program's own exit handlers, and by then what the program has left
/// open is written: its streams, and files that it did not close.
const WITH_FILES: &str = include_str!("drivers/with_files.py");

/// The name of the program beside [`WITH_FILES`].
const PROGRAM: &str = "program.py";
