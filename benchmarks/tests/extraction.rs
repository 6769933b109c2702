//! What is cut out of chat answers, friendly and hostile.

use std::time::{Duration, Instant};

use benchmarks::{Block, Candidate, Extraction};
use datasets::{Language, Problem, Tests};
use proptest::prelude::*;

const FENCED_BLOCKS: [Block; 3] = [Block::First, Block::Last, Block::Longest];

fn extract(answer: &str, block: Block) -> Option<String> {
    Extraction::of(block).source_in(answer, Language::Python).map(|source| source.into_owned())
}

fn last(answer: &str) -> Option<String> {
    extract(answer, Block::Last)
}

#[test]
fn each_rule_takes_its_own_block() {
    let answer = "A\n```python\nx = 1\n```\nB\n```\nx = 2222\n```\nC\n```py\nx = 3\n```\n";
    assert_eq!(extract(answer, Block::First).unwrap(), "x = 1\n");
    assert_eq!(extract(answer, Block::Longest).unwrap(), "x = 2222\n");
    assert_eq!(extract(answer, Block::Last).unwrap(), "x = 3\n");
}

#[test]
fn any_info_string_opens_a_block() {
    for info in ["python3", "py{}", " Python ", "{.python .numberLines}", "python title=\"a.py\""] {
        assert_eq!(last(&format!("```{info}\nx = 1\n```")).unwrap(), "x = 1\n", "{info}");
    }
}

#[test]
fn inline_code_opens_nothing() {
    assert_eq!(last("```x = 1```\nand `y`\n"), None);
}

#[test]
fn a_fence_of_four_holds_fences_of_three() {
    let answer = "````markdown\n```python\nx = 1\n```\n````\n";
    assert_eq!(last(answer).unwrap(), "```python\nx = 1\n```\n");
}

#[test]
fn a_fence_in_an_indented_docstring_closes_nothing() {
    let program = "def f():\n    \"\"\"\n    ```\n    f()\n    ```\n    \"\"\"\n    return 1\n";
    assert_eq!(last(&format!("```python\n{program}```\n")).unwrap(), program);
}

#[test]
fn tildes_fence_too_and_do_not_close_backticks() {
    assert_eq!(last("~~~\nx = 1\n```\n~~~\n").unwrap(), "x = 1\n```\n");
}

#[test]
fn an_unclosed_block_ends_with_the_answer() {
    assert_eq!(last("Sure:\n```python\nx = 1\ny =").unwrap(), "x = 1\ny =");
}

#[test]
fn an_empty_block_displaces_no_program() {
    assert_eq!(last("```\nx = 1\n```\n```\n\n  \n```\n").unwrap(), "x = 1\n");
}

#[test]
fn a_block_in_a_list_moves_to_the_left_margin() {
    let answer = "1. So:\n   ```python\n   def f():\n       return 1\n   ```\n";
    assert_eq!(last(answer).unwrap(), "def f():\n    return 1\n");
}

#[test]
fn what_was_only_thought_is_not_the_answer() {
    let thought = "<think>\n```python\nx = 1\n```\n</think>\n";
    assert_eq!(last(thought), None);
    assert_eq!(last(&format!("{thought}```\nx = 2\n```\n")).unwrap(), "x = 2\n");
    // The template may have opened the thought in the prompt, and the model may never end it.
    assert_eq!(last("```\nx = 1\n```\n</think>\n"), None);
    assert_eq!(last("```\nx = 2\n```\n<think>\n```\nx = 1\n```\n").unwrap(), "x = 2\n");
}

#[test]
fn characters_without_width_hide_no_fence() {
    let answer = "\u{feff}```python\nx = 1\n\u{200b}```\u{200d}\nThat is ```all``` of it.\n";
    assert_eq!(last(answer).unwrap(), "x = 1\n");
}

#[test]
fn carriage_returns_and_nuls_stay_as_they_are() {
    assert_eq!(last("```python\r\nx = '\0'\r\n```\r\n").unwrap(), "x = '\0'\r\n");
}

#[test]
fn an_answer_without_fences_counts_only_if_it_is_wanted_and_parses() {
    let wanted = Extraction::of(Block::Last).or_whole_text();
    assert_eq!(last("x = 1\n"), None);
    assert_eq!(wanted.source_in("x = 1\n", Language::Python).as_deref(), Some("x = 1\n"));
    assert_eq!(wanted.source_in("I cannot do that.", Language::Python), None);
    assert_eq!(wanted.source_in(" \n", Language::Python), None);
}

#[test]
fn a_block_opened_by_the_prompt_ends_at_the_first_closing_fence() {
    let completion = "def f():\n    return 1\n```\n\nAnd also:\n```python\nx = 2\n```\n";
    assert_eq!(extract(completion, Block::Open).unwrap(), "def f():\n    return 1\n");
    assert_eq!(extract("```\n", Block::Open), None);
}

#[test]
fn livecodebench_takes_what_stands_between_the_last_two_lines_with_backticks() {
    let answer = "```python\nx = 1\n```\nRun it: ```python a.py```\n";
    assert_eq!(extract(answer, Block::BetweenLastMarkers).unwrap(), "");
    let thought = "<think>\n```\nx = 1\n```\n</think>";
    assert_eq!(extract(thought, Block::BetweenLastMarkers).unwrap(), "x = 1");
    assert_eq!(extract("only ``` one", Block::BetweenLastMarkers), None);
}

#[test]
fn a_candidate_is_a_completed_prompt_or_a_whole_program_or_an_extract() {
    let problem = Problem {
        id: "mini/none".to_owned(),
        prompt: "def f():\n".to_owned(),
        language: Language::Python,
        entry_point: Some("f".to_owned()),
        reference: None,
        tests: Tests::InputOutput(Vec::new()),
        contest: None,
    };
    let program = "def f():\n    return 1";
    assert_eq!(Candidate::completing(&problem, "    return 1").source, program);
    assert_eq!(Candidate::solution(program).source, program);
    let fenced = format!("```\n{program}\n```");
    let extracted = Candidate::extract(&problem, &fenced, Extraction::of(Block::Last));
    assert_eq!(extracted.unwrap().source.trim_end(), program);
}

#[test]
fn ten_megabytes_take_a_moment_whatever_they_hold() {
    for piece in ["````\n```\n", "```python\nx\n", "``` `\n", "<think>", "`", "\u{200b}"] {
        let answer = piece.repeat((10 << 20) / piece.len());
        let started = Instant::now();
        extract(&answer, Block::Longest);
        let took = started.elapsed();
        assert!(took < Duration::from_secs(20), "{piece:?} took {took:?}");
    }
}

/// Text made of what matters to extraction, and a little of anything else.
fn answers() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("```"),
        Just("````"),
        Just("~~~"),
        Just("python"),
        Just("\n"),
        Just("\r\n"),
        Just(" "),
        Just("    "),
        Just("\t"),
        Just("<think>"),
        Just("</think>"),
        Just("x = 1"),
        Just("\u{200b}"),
        Just("\u{feff}"),
        Just("\0"),
        Just("é"),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn extraction_never_panics_and_never_invents(answer in answers()) {
        for block in FENCED_BLOCKS.into_iter().chain([Block::Open, Block::BetweenLastMarkers]) {
            let Some(source) = extract(&answer, block) else { continue };
            // Blocks in lists lose indentation, so the whole need not be in the answer.
            for line in source.split('\n') {
                prop_assert!(answer.contains(line));
            }
        }
    }

    #[test]
    fn a_program_between_plain_fences_comes_out_unchanged(program in "[a-z =\n]{0,80}[a-z]", prose in "[a-z .\n]{0,80}") {
        let answer = format!("{prose}\n```python\n{program}\n```\n{prose}");
        for block in FENCED_BLOCKS {
            prop_assert_eq!(extract(&answer, block), Some(format!("{program}\n")));
        }
    }
}
