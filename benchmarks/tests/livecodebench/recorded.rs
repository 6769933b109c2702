//! 82 programs on which the official grader's verdict was recorded.

use benchmarks::{Candidate, Outcome, Profile};
use datasets::{Benchmark, Dataset};
use serde_json::Value;

use crate::{judge, shared, upstream};

/// Programs on which strict rules decide otherwise than the official grader, and why. Of those that
/// were recorded there is none; `quirks` has the programs on which they do.
const DIFFERENCES: [(&str, &str, Outcome, &str); 0] = [];

#[tokio::test(flavor = "multi_thread")]
async fn all_82_candidates_get_the_codes_and_the_words_of_the_official_grader() {
    let Some((dataset, candidates)) = load() else { return };
    let judge = judge(Profile::LiveCodeBench28fef95);
    assert_eq!(candidates.len(), 82);
    for candidate in &candidates {
        let name = format!("{} {}", id(candidate), candidate["candidate"]);
        let problem = dataset.get(&id(candidate)).unwrap();
        let source = Candidate::solution(candidate["code"].as_str().unwrap());
        let verdict = judge.judge(problem, &source).await.unwrap();
        let (codes, mut metadata) = upstream(&verdict);
        assert_eq!(codes, recorded_codes(candidate), "{name}: {verdict:?}");
        let passed = verdict.outcome == Outcome::Accepted;
        assert_eq!(passed, candidate["lcb_pass"].as_bool().unwrap(), "{name}");
        let mut recorded = candidate["lcb_metadata"].clone();
        for said in [&mut metadata, &mut recorded] {
            for text in said.as_object_mut().unwrap().values_mut() {
                // What was recorded was cut at 200 characters.
                if let Value::String(text) = text {
                    *text = text.chars().take(200).collect();
                }
            }
            if let Some(time) = said.get_mut("execution time") {
                *time = Value::Null;
            }
        }
        if recorded["error_message"].as_str().is_some_and(|text| text.contains("<string>, line")) {
            continue;
        }
        assert_eq!(metadata, recorded, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strict_rules_differ_where_it_is_said_why() {
    let Some((dataset, candidates)) = load() else { return };
    let judge = judge(Profile::Strict1);
    for candidate in &candidates {
        let problem = dataset.get(&id(candidate)).unwrap();
        let source = Candidate::solution(candidate["code"].as_str().unwrap());
        let verdict = judge.judge(problem, &source).await.unwrap();
        let name = candidate["candidate"].as_str().unwrap();
        let known = DIFFERENCES.iter().find(|(id, of, ..)| *id == problem.id && *of == name);
        match known {
            Some((.., outcome, why)) => assert_eq!(verdict.outcome, *outcome, "{name}: {why}"),
            None => {
                let passed = candidate["lcb_pass"].as_bool().unwrap();
                let ours = verdict.outcome == Outcome::Accepted;
                assert_eq!(ours, passed, "{} {name}: {verdict:?}", problem.id);
            }
        }
    }
}

fn load() -> Option<(Dataset, Vec<Value>)> {
    let problems = shared("livecodebench/derived.jsonl")?;
    let dataset = Dataset::load(Benchmark::LiveCodeBench, &problems).unwrap();
    let text = std::fs::read_to_string(shared("livecodebench/derived_candidates.jsonl")?).unwrap();
    Some((dataset, text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()))
}

fn id(candidate: &Value) -> String {
    match &candidate["question_id"] {
        Value::String(id) => id.clone(),
        number => number.to_string(),
    }
}

fn recorded_codes(candidate: &Value) -> Vec<i8> {
    let code = |value: &Value| match value {
        Value::Bool(passed) => i8::from(*passed),
        number => i8::try_from(number.as_i64().unwrap()).unwrap(),
    };
    candidate["lcb_results"].as_array().unwrap().iter().map(code).collect()
}
