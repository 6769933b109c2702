//! The three files that LiveCodeBench's runner writes, for its own scripts to read.
//!
//! `livecodebench.json` has the answers and their programs by problem, `livecodebench_eval_all.json` the same with
//! verdicts, and `livecodebench_eval.json` the scores, the codes of every test and what the grader
//! says beside them. The runner names these files after a model and its temperature, which nobody
//! told us. Problems are in the order of their ids as text, and are numbered so.
//!
//! Samples that we could not judge are left out, since the grader has no word for them.

use std::sync::Arc;

use benchmarks::{LiveCodeBenchCode, Tally, Upstream, pass_at_k};
use datasets::{Contest, Dataset, Problem, Value};

use super::json;
use crate::samples::Sample;
use crate::summary::{Judged, Run};

/// The names of the files.
pub(crate) const LIVECODEBENCH: [&str; 3] =
    ["livecodebench.json", "livecodebench_eval.json", "livecodebench_eval_all.json"];

/// The k that the runner counts.
const KS: [usize; 13] = [1, 5, 10, 20, 40, 50, 75, 100, 125, 150, 200, 500, 1000];

/// The files by name; none where the run's profile is not LiveCodeBench's.
///
/// The `samples` are those that were judged, in the order of the run.
pub(crate) fn livecodebench_results(
    samples: &[Arc<Sample>],
    run: &Run,
    dataset: &Dataset,
) -> Vec<(&'static str, String)> {
    let mut problems: Vec<&Problem> = dataset.problems.iter().collect();
    problems.sort_by(|one, other| one.id.cmp(&other.id));
    let problems: Vec<Answers> =
        problems.into_iter().filter_map(|problem| Answers::to(problem, samples, run)).collect();
    if problems.is_empty() {
        return Vec::new();
    }
    let all = problems.iter().map(|answers| json::object(answers.fields().into_iter()));
    let graded = problems.iter().map(Answers::with_verdicts);
    let texts = [json::list(all), evaluation(&problems), json::list(graded)];
    LIVECODEBENCH.into_iter().zip(texts).collect()
}

/// The answers to one problem.
struct Answers<'a> {
    problem: &'a Problem,
    contest: &'a Contest,
    all: Vec<Answer<'a>>,
}

/// One answer with what the grader says of it.
struct Answer<'a> {
    /// All that was answered.
    output: &'a str,
    program: &'a str,
    passed: bool,
    codes: &'a [LiveCodeBenchCode],
    metadata: &'a str,
}

impl<'a> Answers<'a> {
    fn to(problem: &'a Problem, samples: &'a [Arc<Sample>], run: &'a Run) -> Option<Self> {
        let of_problem =
            samples.iter().zip(&run.judged).filter(|(_, judged)| judged.task_id == problem.id);
        let answers = of_problem.filter_map(|(sample, judged)| Answer::of(sample, judged));
        let all: Vec<_> = answers.collect();
        let contest = problem.contest.as_ref()?;
        (!all.is_empty()).then_some(Self { problem, contest, all })
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        let Contest { title, platform, contest_id, date, starter_code, difficulty } = self.contest;
        let list = |text: fn(&Answer<'a>) -> &'a str| {
            json::list(self.all.iter().map(|answer| json::string(text(answer))))
        };
        vec![
            ("question_title", json::string(title)),
            ("question_content", json::string(&self.problem.prompt)),
            ("platform", json::string(platform)),
            ("question_id", json::string(&self.problem.id)),
            ("contest_id", json::string(contest_id)),
            ("contest_date", json::string(date)),
            ("starter_code", json::string(starter_code)),
            ("difficulty", json::string(difficulty)),
            ("output_list", list(|answer| answer.output)),
            ("code_list", list(|answer| answer.program)),
        ]
    }

    fn with_verdicts(&self) -> String {
        let mut fields = self.fields();
        let passed = self.all.iter().filter(|answer| answer.passed).count();
        let share = passed as f64 / self.all.len() as f64;
        fields.push(("graded_list", json::list(self.all.iter().map(|it| it.passed.to_string()))));
        fields.push(("pass@1", json::json(&Value::Float(share))));
        fields.push(("metadata", self.metadata()));
        json::object(fields.into_iter())
    }

    fn codes(&self) -> String {
        let codes = |answer: &Answer| json::list(answer.codes.iter().map(|&code| word(code)));
        json::list(self.all.iter().map(codes))
    }

    fn metadata(&self) -> String {
        json::list(self.all.iter().map(|answer| json::string(answer.metadata)))
    }

    fn tally(&self) -> Tally {
        let correct = self.all.iter().filter(|answer| answer.passed).count();
        Tally { samples: self.all.len(), correct }
    }
}

impl<'a> Answer<'a> {
    fn of(sample: &'a Sample, judged: &'a Judged) -> Option<Self> {
        let Some(Upstream::LiveCodeBench { results, metadata }) = &judged.verdict.upstream else {
            return None;
        };
        let passed = results.iter().all(|code| *code == LiveCodeBenchCode::Right);
        let (output, program) = (sample.answer(), judged.program.as_str());
        Some(Self { output, program, passed, codes: results, metadata })
    }
}

/// A code as Python's `json` writes it.
fn word(code: LiveCodeBenchCode) -> String {
    match code {
        LiveCodeBenchCode::Right => "true".to_owned(),
        LiveCodeBenchCode::WrongValue => "false".to_owned(),
        other => i8::from(other).to_string(),
    }
}

fn evaluation(problems: &[Answers]) -> String {
    let numbered = |texts: Vec<String>| {
        let numbered: Vec<_> =
            texts.into_iter().zip(0..).map(|(it, at)| (at.to_string(), it)).collect();
        json::object(numbered.iter().map(|(number, text)| (number.as_str(), text.clone())))
    };
    let tallies: Vec<Tally> = problems.iter().map(Answers::tally).collect();
    let (mut scores, mut details) = (Vec::new(), Vec::new());
    for k in KS {
        let Some(mean) = pass_at_k(&tallies, k) else { continue };
        let each = tallies.iter().map(|tally| json::json(&Value::Float(tally.pass_at(k))));
        scores.push((format!("pass@{k}"), json::json(&Value::Float(mean))));
        details.push((format!("pass@{k}"), numbered(each.collect())));
    }
    let detail = json::object(details.iter().map(|(name, text)| (name.as_str(), text.clone())));
    let scores = scores.iter().map(|(name, text)| (name.as_str(), text.clone()));
    let codes = numbered(problems.iter().map(Answers::codes).collect());
    let metadata = json::list(problems.iter().map(Answers::metadata));
    json::list([json::object(scores.chain([("detail", detail)])), codes, metadata].into_iter())
}
