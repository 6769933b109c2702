//! Training sets load, and what is refused of them is said by name.
//!
//! The rows under `training/` are made for these tests, in the formats of the published ones. Where a
//! published file lies in the project's sibling folder `shared`, it is read as well.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::num::NonZeroUsize;
use std::path::PathBuf;

use datasets::{Benchmark, Dataset, NGrams, Tests};

fn fixture(name: &str) -> PathBuf {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/training"));
    folder.join(format!("{name}.jsonl"))
}

fn load(name: &str) -> Dataset {
    Dataset::load(name.parse().unwrap(), &fixture(name)).unwrap()
}

/// What became of every row, line by line.
fn account(name: &str) -> String {
    let Dataset { problems, refused, .. } = load(name);
    let taken = problems.iter().map(|problem| {
        let tests = match &problem.tests {
            Tests::Asserts { asserts, .. } => format!("{} asserts", asserts.len()),
            Tests::Functional { cases, .. } => {
                let expected = cases.iter().map(|case| case.expected.to_python());
                format!("calls giving {}", expected.collect::<Vec<_>>().join(", "))
            }
            Tests::InputOutput(cases) => format!("{} inputs", cases.len()),
            other => panic!("{other:?}"),
        };
        format!("{}: {}, {tests}\n", problem.id, problem.entry_point.as_deref().unwrap_or("-"))
    });
    let refused = refused.iter().map(|it| format!("{} refused: {}\n", it.id, it.reason));
    taken.chain(refused).collect()
}

#[test]
fn leetcode_gives_methods_with_arguments_in_their_order() {
    insta::assert_snapshot!(account("leetcode"), @r"
    leetcode/pair-sum: pairSum, calls giving [0, 1], [1, 2]
    leetcode/tree-depth: depth, calls giving 3, 0
    leetcode/backwards: turn, calls giving [3, 2, 1], []
    leetcode/graph refused: field `test`: `assert candidate(node = graph([[2],[1]])) == 1`: column 1: expected a literal, found 'g'
    leetcode/counter refused: field `entry_point`: `Counter` is no method of `Solution`
    leetcode/pair-sum refused: a problem of this name was there before
    ");
}

#[test]
fn acecode_gives_asserts_about_one_function() {
    insta::assert_snapshot!(account("acecode"), @r"
    acecode/oss_1: double, 3 asserts
    acecode/oss_2 refused: field `test_cases`: test 1 calls `two`, and test 0 `one`
    ");
}

#[test]
fn taco_gives_programs_and_functions_and_unwraps_results() {
    insta::assert_snapshot!(account("taco"), @r"
    taco/1: -, 2 inputs
    taco/2: count_vowels, calls giving 2, 0
    taco/3: backwards, calls giving 'cba', ']1['
    taco/4 refused: field `input_output`: there are 1 inputs and 0 outputs
    taco/5 refused: field `input_output`: column 1: expected a value, found the end
    ");
}

#[test]
fn deepcoder_has_tests_in_three_shapes() {
    insta::assert_snapshot!(account("deepcoder"), @r"
    deepcoder/1: -, 2 inputs
    deepcoder/2: total, calls giving 6
    deepcoder/3: square, calls giving 9, 1
    deepcoder/4 refused: field `tests`: its tests are not all of one function
    ");
}

#[test]
fn areal_names_the_language_and_may_keep_its_tests_elsewhere() {
    insta::assert_snapshot!(account("areal-code"), @r"
    areal-code/q1: -, 2 inputs
    areal-code/q2: head, calls giving 1, 'a'
    areal-code/q3 refused: field `language`: it asks for CPP
    areal-code/q4 refused: field `input_output`: its tests are not in the row
    ");
}

#[test]
fn kodcode_gives_a_program_for_each_test_function() {
    insta::assert_snapshot!(account("kodcode"), @r"
    kodcode/Filter_1_I: running_max, 3 asserts
    kodcode/Filter_2_I refused: field `test`: it needs a test tool, which an answer must not depend on
    ");
}

#[test]
fn a_file_of_another_set_is_an_error_that_says_what_is_missing() {
    let error = Dataset::load("acecode".parse().unwrap(), &fixture("taco")).unwrap_err();
    assert!(error.to_string().ends_with("line 1: field `test_cases` is missing"), "{error}");
}

#[test]
fn starter_code_is_part_of_what_is_asked() {
    let taco = load("taco");
    assert!(taco.problems[1].prompt.contains("```python\ndef count_vowels(word):\n```"));
    assert!(load("kodcode").problems[0].prompt.contains("def running_max(values):"));
}

#[test]
fn tests_can_be_capped() {
    let mut acecode = load("acecode");
    acecode.cap_tests(NonZeroUsize::new(2).unwrap());
    let Tests::Asserts { asserts, .. } = &acecode.problems[0].tests else { panic!() };
    assert_eq!(asserts, &["assert double(-1) == -2", "assert double('ab') == 'abab'"]);
}

#[test]
fn the_published_leetcode_file_loads_with_its_lists_and_trees() {
    let path = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/data/leetcode/LeetCodeDataset-v0.2.0-train.jsonl.gz"
    ));
    if !path.exists() {
        println!("skipped: there is no {}", path.display());
        return;
    }
    let leetcode: Benchmark = "leetcode".parse().unwrap();
    let dataset = Dataset::load(leetcode, &path).unwrap();
    assert_eq!((dataset.problems.len(), dataset.refused.len()), (1890, 0));
    let of_nodes = dataset.problems.iter().filter(
        |problem| matches!(&problem.tests, Tests::Functional { shapes, .. } if !shapes.are_plain()),
    );
    assert_eq!(of_nodes.count(), 121);
}

#[test]
fn every_problem_of_humaneval_is_found_again_and_those_of_mbpp_that_were_not_reworded() {
    let shared = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data"));
    let files = [
        ("humaneval", "humaneval/HumanEval.jsonl.gz"),
        ("humaneval+", "humaneval-plus/HumanEvalPlus.jsonl.gz"),
        ("mbpp", "mbpp/mbpp.jsonl"),
        ("mbpp+", "mbpp-plus/MbppPlus.jsonl.gz"),
    ];
    if files.iter().any(|(_, file)| !shared.join(file).exists()) {
        println!("skipped: there are no benchmarks in {}", shared.display());
        return;
    }
    let open = |(name, file): (&str, &str)| {
        Dataset::load(name.parse().unwrap(), &shared.join(file)).unwrap()
    };
    let [humaneval, humaneval_plus, mut mbpp, mbpp_plus] = files.map(open);
    let known = NGrams::of(&humaneval_plus.problems);
    for problem in &humaneval.problems {
        assert!(
            known.overlaps_of(problem).iter().any(|it| it.with == problem.id),
            "{}",
            problem.id
        );
    }
    let overlaps = mbpp.decontaminate(&NGrams::of(&mbpp_plus.problems));
    assert_eq!(overlaps.iter().filter(|it| it.id == it.with).count(), 218);
    assert!(overlaps.iter().all(|it| mbpp.get(&it.id).is_none()));
}
