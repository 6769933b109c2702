//! Problem packages: how an output is known to be right, by what a package says of its validator.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::process::{Command, Stdio};
use std::time::Duration;

use datasets::{Answers, Error, Language, Package, Programs, Tests, Validator};
use serde_json::json;

/// The package of `files`, beside two tests.
fn load(files: &[(&str, &str)]) -> Result<Programs, Error> {
    let tests = ["data/sample/1.in", "data/sample/1.ans", "data/secret/1.in", "data/secret/1.ans"];
    let tests = tests.map(|path| (path, "1\n"));
    let files: serde_json::Map<_, _> =
        tests.iter().chain(files).map(|(path, text)| ((*path).to_owned(), json!(text))).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.jsonl");
    let row = json!({ "name": "p", "files": files, "submissions": [] });
    std::fs::write(&path, row.to_string()).unwrap();
    let problem = Package::load(&path)?.remove(0).problem;
    let Tests::Programs(programs) = problem.tests else { panic!("{:?}", problem.tests) };
    Ok(programs)
}

fn answers(files: &[(&str, &str)]) -> Answers {
    load(files).unwrap().answers
}

/// The comparison that these settings ask for.
fn comparison(settings: &str) -> Validator {
    match answers(&[("problem.yaml", settings)]) {
        Answers::Validated(validator) => validator,
        other => panic!("{settings}: {other:?}"),
    }
}

/// What becomes of an output where `answer` is expected.
fn exit(validator: &Validator, answer: &str, output: &str) -> Option<i32> {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    for (name, text) in [("judge.in", ""), ("judge.ans", answer), ("v.py", &validator.source)] {
        std::fs::write(place(name), text).unwrap();
    }
    let files = ["v.py", "judge.in", "judge.ans", "."].map(place);
    let mut python = Command::new("python3").args(files).stdin(Stdio::piped()).spawn().unwrap();
    python.stdin.take().unwrap().write_all(output.as_bytes()).unwrap();
    python.wait().unwrap().code()
}

/// Each output must be accepted (`true`) or refused by the comparison that `flags` ask for.
fn assert_compared(flags: &str, cases: &[(&str, &str, bool)]) {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: there is no python3");
        return;
    }
    let validator = comparison(&format!("validator_flags: {flags}"));
    assert_eq!(validator.language, Language::Python);
    for (answer, output, accepted) in cases {
        let expected = if *accepted { 42 } else { 43 };
        assert_eq!(exit(&validator, answer, output), Some(expected), "{answer:?} {output:?}");
    }
}

#[test]
fn without_a_validator_words_are_compared_in_any_case() {
    let cases = [
        ("YES 1\n", "yes\n 1", true),
        ("YES\n", "NO\n", false),
        ("1 2\n", "1\n", false),
        ("1\n", "1 2\n", false),
        ("1\n", "", false),
        ("", " \n", true),
        // Without a tolerance, numbers are words.
        ("0.5\n", "0.50\n", false),
        ("é\n", "É\n", false),
    ];
    assert_compared("", &cases);
    assert_eq!(answers(&[]), answers(&[("problem.yaml", "validation: default\n")]));
}

#[test]
fn flags_let_numbers_be_apart_by_a_little() {
    let both = [
        ("0.3333333333\n", "0.3333333\n", true),
        ("0.3333333333\n", "0.34\n", false),
        ("1000000\n", "1000000.5\n", true),
        ("0.0314\n", "3.14000000e-2\n", true),
        ("1\n", "nan\n", false),
        ("1\n", "1_0\n", false),
        ("0\n", "1e999\n", false),
        ("one 1\n", "ONE 1.0\n", true),
        ("one\n", "1\n", false),
    ];
    assert_compared("float_tolerance 1e-6", &both);
    assert_compared("'float_tolerance 1e-6'  # quoted", &both);
    let absolute = [("1000000\n", "1000000.5\n", false), ("0\n", "0.0000005\n", true)];
    assert_compared("float_absolute_tolerance 1e-6", &absolute);
    let relative = [("1000000\n", "1000000.5\n", true), ("0\n", "0.0000005\n", false)];
    assert_compared("float_relative_tolerance 1e-6", &relative);
}

#[test]
fn flags_make_the_comparison_stricter() {
    let spaces = [
        ("a b\n", "A b\n", true),
        ("a b\n", "a  b\n", false),
        ("a b\n", "a b", false),
        ("a b\n", "a b\n\n", false),
        ("a b\n", " a b\n", false),
    ];
    assert_compared("space_change_sensitive", &spaces);
    let letters = [("a 0.5\n", "a 0.50\n", true), ("a 0.5\n", "A 0.5\n", false)];
    assert_compared("case_sensitive float_tolerance 1e-9", &letters);
    // This is what every judge can do by itself.
    assert_eq!(answers(&[("problem.yaml", "validator_flags: case_sensitive")]), Answers::One);
}

#[test]
fn flags_of_groups_count_where_they_are_the_same_in_all_tests() {
    let tolerant = comparison("validator_flags: float_tolerance 1e-6");
    let all = [
        ("data/test_group.yaml", "output_validator_args: [float_tolerance, '1e-6']\n"),
        ("data/test_group.yaml", "output_validator_args:\n  - float_tolerance\n  - 1e-6\nx: 1\n"),
        ("data/test_group.yaml", "output_validator_args:\n- float_tolerance 1e-6\n"),
        ("data/testdata.yaml", "on_reject: break\noutput_validator_flags: float_tolerance 1e-6\n"),
    ];
    for file in all {
        assert_eq!(answers(&[file]), Answers::Validated(tolerant.clone()), "{file:?}");
    }
    let of_some = ("data/secret/1.yaml", "output_validator_args: [case_sensitive]");
    assert_eq!(answers(&[all[0], of_some]), Answers::Several);
    let others = ("data/testdata.yaml", "input_validator_flags: nFive=0\n");
    assert_eq!(answers(&[others]), answers(&[]));
}

#[test]
fn flags_that_nobody_knows_decide_nothing() {
    for flags in ["fast", "float_tolerance", "float_tolerance x", "float_tolerance -1", "|-"] {
        let settings = format!("validator_flags: {flags}");
        assert_eq!(answers(&[("problem.yaml", &settings)]), Answers::Several, "{flags}");
    }
}

#[test]
fn a_validator_that_cannot_be_used_leaves_several_answers() {
    let custom = ("problem.yaml", "validation: custom\n");
    let kotlin = ("output_validators/v/validate.kt", "fun main() {}");
    let main = ("output_validators/v/validate.cc", "int helper(); int main() { return helper(); }");
    let helper = ("output_validators/v/aaa_helper.cc", "int helper() { return 42; }");
    let flags = ("problem.yaml", "validation: custom\nvalidator_flags: fast\n");
    for files in
        [&[custom][..], &[custom, kotlin], &[kotlin], &[custom, main, helper], &[flags, main]]
    {
        assert_eq!(answers(files), Answers::Several, "{files:?}");
    }
    let interactive = ("problem.yaml", "validation: custom interactive\n");
    assert_eq!(answers(&[interactive, kotlin]), Answers::Interactive);
    assert_eq!(answers(&[interactive, main, helper]), Answers::Interactive);
}

#[test]
fn a_validator_of_one_source_is_used_with_what_it_includes() {
    let source = ("output_validators/v/validate.cc", "#include \"validate.h\"");
    let header = ("output_validators/v/validate.h", "int main() { return 42; }");
    let validator = Validator {
        language: Language::Cpp,
        source: source.1.to_owned(),
        headers: vec![("validate.h".to_owned(), header.1.to_owned())],
    };
    let custom = ("problem.yaml", "validation: custom\n#  validator_flags: float_tolerance 1e-4\n");
    assert_eq!(answers(&[custom, source, header]), Answers::Validated(validator.clone()));
    let interactive = ("problem.yaml", "type: interactive\n");
    assert_eq!(answers(&[interactive, source, header]), Answers::Conversed(validator));
}

#[test]
fn a_package_may_set_its_limits() {
    let limits = |settings| {
        let programs = load(&[("problem.yaml", settings)]).unwrap();
        (programs.time, programs.memory >> 20)
    };
    let seconds = Duration::from_secs_f64;
    assert_eq!(limits("name: p\n"), (seconds(2.0), 1024));
    assert_eq!(limits("limits:\n  time_limit: 30 # s\n  memory: 512\n"), (seconds(30.0), 512));
    assert_eq!(limits("time_limit: 0.5\nlimits:\n  memory: '512'\n"), (seconds(0.5), 512));
    assert_eq!(limits("limits:\n  time_limit_to_tle: 4\n  time_limit:\n"), (seconds(2.0), 1024));
    let complaint = |settings| {
        let line = load(&[("problem.yaml", settings)]).unwrap_err().to_string();
        line.split_once(" line 1: ").unwrap().1.to_owned()
    };
    insta::assert_snapshot!(complaint("time_limit: long"), @"field `files`: `time_limit` in problem.yaml: `long` is no number");
    insta::assert_snapshot!(complaint("time_limit: 0"), @"field `files`: `time_limit` in problem.yaml: 0 is no limit; it must be more than 0 and at most 120");
}
