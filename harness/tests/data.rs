//! `ra3 data` as a person uses it, without a network.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::PathBuf;

use assert_cmd::Command;
use tempfile::TempDir;

/// A small file of two HumanEval problems.
const TWO: &str = r#"{"task_id": "HumanEval/0", "prompt": "def one():\n", "entry_point": "one", "canonical_solution": "    return 1\n", "test": "def check(candidate):\n    assert candidate() == 1\n"}
{"task_id": "HumanEval/1", "prompt": "def two():\n", "entry_point": "two", "canonical_solution": "    return 2\n", "test": "def check(candidate):\n    assert candidate() == 2\n"}
"#;

struct Ra3 {
    folder: TempDir,
}

/// What a run came to: exit code, stdout and stderr, with the folder's name left out.
struct Ran(i32, String, String);

impl Ra3 {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn data(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ra3"));
        command.arg("data").args(arguments).current_dir(self.folder.path());
        command.env("RA3_DATA", self.folder.path().join("cache"));
        // Nobody listens at port 1: the downloads of these tests fail at once and everywhere.
        command.env("HTTPS_PROXY", "http://127.0.0.1:1").env_remove("NO_PROXY");
        let output = command.output().unwrap();
        let folder = format!("{}/", self.folder.path().display());
        let text = |bytes| String::from_utf8(bytes).unwrap().replace(&folder, "");
        Ran(output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }
}

fn shared(file: &str) -> Option<String> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data")).join(file);
    if !path.exists() {
        println!("skipped: there is no {}", path.display());
        return None;
    }
    Some(path.display().to_string())
}

#[test]
fn the_list_shows_what_there_is_and_what_is_here() {
    let Ran(code, stdout, stderr) = Ra3::new().data(&["list"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let (official, embedded) = stdout.split_once("\nmini ").unwrap();
    insta::assert_snapshot!(official, @r"
    NAME                 PROBLEMS         SIZE  HERE       LICENCE
    humaneval                 164    43.83 KiB  no         MIT
    humaneval+                164   904.23 KiB  no         Apache-2.0
    humaneval+mini            164    55.73 KiB  no         Apache-2.0
    humaneval+noextreme       164   903.70 KiB  no         Apache-2.0
    mbpp                      974   550.53 KiB  no         CC-BY-4.0
    mbpp-sanitized            427   249.08 KiB  no         CC-BY-4.0
    mbpp+                     378   328.16 KiB  no         Apache-2.0
    mbpp+noextreme            378   327.66 KiB  no         Apache-2.0
    livecodebench               -            -  by --data  not known
    codecontests                -            -  by --data  CC-BY-4.0
    codeforces                  -            -  by --data  CC-BY-4.0
    humaneval-x                 -            -  by --data  Apache-2.0
    multipl-e                   -            -  by --data  MIT
    packages                    -            -  by --data  those of each
    ");
    assert!(embedded.contains("built in"));
    let (_, training) = embedded.split_once("\n\nTO TRAIN ON").unwrap();
    assert!(training.contains("\nleetcode ") && training.contains("\nkodcode "));
    let told =
        "Fetched files are kept in cache. Where to get the others says `ra3 data fetch NAME`.\n";
    assert!(training.ends_with(told), "{training}");
}

#[test]
fn a_file_that_is_taken_over_is_listed_verified_and_shown() {
    let Some(file) = shared("humaneval/HumanEval.jsonl.gz") else { return };
    let ra3 = Ra3::new();
    let Ran(code, stdout, _) = ra3.data(&["fetch", "humaneval", "--from", &file]);
    assert_eq!((code, stdout.as_str()), (0, "cache/HumanEval.jsonl.gz\n"));

    let Ran(_, stdout, _) = ra3.data(&["list", "--json"]);
    let listing: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(listing["data_sets"][0]["path"], "cache/HumanEval.jsonl.gz");
    assert_eq!(listing["data_sets"][1]["path"], serde_json::Value::Null);

    let Ran(code, stdout, _) = ra3.data(&["verify"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(stdout, @"humaneval            as published  cache/HumanEval.jsonl.gz");

    // It is here already, so nothing is asked of the network.
    let Ran(code, stdout, stderr) = ra3.data(&["fetch", "HumanEval"]);
    assert_eq!((code, stdout.as_str()), (0, "cache/HumanEval.jsonl.gz\n"));
    insta::assert_snapshot!(stderr, @"humaneval is here already");

    let Ran(code, stdout, _) = ra3.data(&["show", "humaneval", "HumanEval/53"]);
    assert_eq!(code, 0);
    assert!(stdout.starts_with("HumanEval/53, entry point add, tested by a check function\n"));
    assert!(stdout.contains("assert candidate(0, 1) == 1"));

    ra3.write("cache/HumanEval.jsonl.gz", TWO);
    let Ran(code, stdout, _) = ra3.data(&["verify"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(stdout, @"humaneval            altered       cache/HumanEval.jsonl.gz");
    let Ran(code, _, stderr) = ra3.data(&["show", "humaneval"]);
    assert_eq!(code, 2);
    insta::assert_snapshot!(stderr, @"error: `cache/HumanEval.jsonl.gz` is not humaneval as published: run `ra3 data fetch humaneval`");
}

#[test]
fn the_problems_of_any_file_can_be_shown() {
    let ra3 = Ra3::new();
    ra3.write("two.jsonl", TWO);
    let Ran(code, stdout, _) = ra3.data(&["show", "humaneval", "--data", "two.jsonl"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(stdout, @r"
    HumanEval/0                 one                                 a check function
    HumanEval/1                 two                                 a check function
    ");
    let Ran(_, stdout, _) = ra3.data(&["show", "humaneval", "HumanEval/1", "--data", "two.jsonl"]);
    insta::assert_snapshot!(stdout, @r"
    HumanEval/1, entry point two, tested by a check function

    --- Prompt ---
    def two():

    --- Tests ---
    def check(candidate):
        assert candidate() == 2

    --- Reference ---
    def two():
        return 2
    ");
    let arguments = ["show", "humaneval", "HumanEval/1", "--data", "two.jsonl", "--json"];
    let Ran(_, stdout, _) = ra3.data(&arguments);
    insta::assert_snapshot!(stdout, @r#"
    {
      "id": "HumanEval/1",
      "prompt": "def two():\n",
      "entry_point": "two",
      "reference": "def two():\n    return 2\n",
      "tests": {
        "form": "check",
        "source": "def check(candidate):\n    assert candidate() == 2\n"
      }
    }
    "#);
}

#[test]
fn a_smaller_file_of_a_benchmark_is_known_by_its_name_and_wide_names_keep_columns_apart() {
    let ra3 = Ra3::new();
    let Some(file) = shared("humaneval-plus/HumanEvalPlus-Mini.jsonl.gz") else { return };
    assert_eq!(ra3.data(&["fetch", "humaneval+mini", "--from", &file]).0, 0);
    let Ran(code, stdout, stderr) = ra3.data(&["show", "HumanEval-Plus-Mini"]);
    assert_eq!((code, stdout.lines().count()), (0, 164), "{stderr}");

    let row =
        |name: &str| format!("{{\"name\": \"{name}\", \"description\": \"d\", \"tests\": []}}\n");
    ra3.write("wide.jsonl", &row("a_name_that_has_more_than_28_letters"));
    ra3.write("more.jsonl", &row("b"));
    let arguments = ["show", "codecontests", "--data", "wide.jsonl", "--data", "more.jsonl"];
    let Ran(_, stdout, _) = ra3.data(&arguments);
    insta::assert_snapshot!(stdout, @r"
    a_name_that_has_more_than_28_letters -                                   0 inputs with outputs
    b                                    -                                   0 inputs with outputs
    ");
}

#[test]
fn what_cannot_be_had_is_said_in_one_line_with_exit_code_2() {
    let ra3 = Ra3::new();
    ra3.write("two.jsonl", TWO);
    let line = |arguments: &[&str]| {
        let Ran(code, stdout, stderr) = ra3.data(arguments);
        assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        stderr
    };
    insta::assert_snapshot!(line(&["show", "mbpp"]), @"error: mbpp is not on this machine: run `ra3 data fetch mbpp` or name its file with `--data FILE`");
    insta::assert_snapshot!(line(&["show", "humaneval", "HumanEval/9", "--data", "two.jsonl"]), @"error: humaneval has no problem `HumanEval/9`; `ra3 data show humaneval` lists them");
    insta::assert_snapshot!(line(&["show", "mbpp", "--data", "two.jsonl"]), @"error: `two.jsonl` line 1: field `test_setup_code` is missing");
    insta::assert_snapshot!(line(&["fetch", "apps"]), @"error: there is no data set `apps`; there are humaneval, humaneval+, mbpp, mbpp+, livecodebench, codecontests, codeforces, humaneval-x, multipl-e, packages, mini, mini-train, mini-test, humaneval+mini, humaneval+noextreme, mbpp-sanitized, mbpp+noextreme, and to train on leetcode, acecode, taco, deepcoder, areal-code, kodcode");
    insta::assert_snapshot!(line(&["fetch", "lcb"]), @"error: livecodebench cannot be fetched by itself: get test.jsonl, test2.jsonl, ... test6.jsonl, of which release N is the first N, from https://huggingface.co/datasets/livecodebench/code_generation_lite and name each, or their folder, with `--data`");
    insta::assert_snapshot!(line(&["show", "mbpp-plus"]), @"error: mbpp+ is not on this machine: run `ra3 data fetch mbpp+` or name its file with `--data FILE`");
    insta::assert_snapshot!(line(&["fetch", "humaneval-mini"]), @"error: there is no data set `humaneval-mini`; did you mean `humaneval+mini`? `ra3 data list` shows all");
    insta::assert_snapshot!(line(&["fetch", "all", "--from", "two.jsonl"]), @"error: --from gives one file: name the data set that it is");
    insta::assert_snapshot!(line(&["fetch", "mbpp", "--from", "none.jsonl"]), @"error: cannot read `none.jsonl`: No such file or directory (os error 2)");
    assert!(
        line(&["fetch", "mbpp", "--from", "two.jsonl"])
            .starts_with("error: two.jsonl is not mbpp: its sha256 is ")
    );
    let offline = line(&["fetch", "humaneval"]);
    insta::assert_snapshot!(offline.split(": error sending").next().unwrap(), @"error: cannot download https://raw.githubusercontent.com/openai/human-eval/6d43fb980f9fee3c892a914eda09951f772ad10d/data/HumanEval.jsonl.gz (there is no connection); get it elsewhere and run `ra3 data fetch humaneval --from FILE`");
}

#[test]
fn an_absent_data_set_is_only_missed_where_it_is_named() {
    let ra3 = Ra3::new();
    let Ran(code, stdout, stderr) = ra3.data(&["verify"]);
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (0, "", "no data set is in cache\n"));
    let Ran(code, stdout, _) = ra3.data(&["verify", "mbpp", "--json"]);
    assert_eq!(code, 1);
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["sound"], false);
    assert_eq!(report["data_sets"][0]["state"], "absent");
}

#[test]
fn the_embedded_problems_need_no_fetching() {
    let ra3 = Ra3::new();
    let Ran(code, stdout, stderr) = ra3.data(&["fetch", "mini"]);
    assert_eq!((code, stdout.as_str()), (0, ""));
    insta::assert_snapshot!(stderr, @"mini is part of the program: there is nothing to fetch");
    assert_eq!(ra3.data(&["show", "mini"]).0, 0);
}

/// Rows of a training set: one that stands in HumanEval, one that does not, and one that is no problem.
const ROWS: &str = r#"{"id": "a", "question": "Double it", "test_cases": ["assert f(1) == 2", "assert f(10) == 20"]}
{"id": "b", "question": "Return a list of all the numbers of the given list that are larger than the one before them", "test_cases": ["assert g([1]) == []"]}
{"id": "c", "question": "?", "test_cases": []}
"#;

#[test]
fn a_training_set_is_shown_with_what_was_refused_and_as_few_tests_as_wanted() {
    let ra3 = Ra3::new();
    ra3.write("rows.jsonl", ROWS);
    let arguments = ["show", "acecode", "--data", "rows.jsonl", "--max-tests", "1"];
    let Ran(code, stdout, _) = ra3.data(&arguments);
    assert_eq!(code, 0);
    insta::assert_snapshot!(stdout, @r"
    acecode/a                   f                                   1 asserts
    acecode/b                   g                                   1 asserts

    1 refused:
    acecode/c                    line 3: field `test_cases`: it has no tests
    ");
}

#[test]
fn what_a_training_set_shares_with_a_benchmark_is_listed() {
    let ra3 = Ra3::new();
    ra3.write("rows.jsonl", ROWS);
    let prompt = "def g(x):\\n    \\\"Return a list of all the numbers of the given list that are larger, please.\\\"";
    ra3.write("bench.jsonl", &TWO.replacen("def one():\\n", prompt, 1));
    let arguments =
        ["decontaminate", "acecode", "--data", "rows.jsonl", "--against", "humaneval=bench.jsonl"];
    let Ran(code, stdout, stderr) = ra3.data(&arguments);
    assert_eq!(code, 0, "{stderr}");
    insta::assert_snapshot!(stdout, @"acecode/b                                HumanEval/0                 2  return a list of all the numbers of the given list that are");
    insta::assert_snapshot!(stderr, @r"
    1 of 2 problems overlap
    too short to be compared: 1 of these, and 1 of the benchmarks'
    ");
    let Ran(_, stdout, _) = ra3.data(&[&arguments[..], &["--json"]].concat());
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (&report["problems"], &report["clean"], &report["refused"]),
        (&2.into(), &1.into(), &1.into())
    );
    assert_eq!(report["overlaps"][0]["with"], "HumanEval/0");
}
