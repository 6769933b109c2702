//! Where a continuation ends: the strings after which a model is talking about something else.
//!
//! A base model that was asked for the body of a function goes on to write the next function, so
//! each benchmark cuts at certain strings. They are part of the benchmark: another list gives
//! another score.

/// Whose list of stop strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StopStyle {
    /// HumanEval as in the Codex paper, arXiv:2107.03374, section 3.1.
    HumanEval,
    /// HumanEval as BigCode's evaluation harness runs it.
    BigCode,
    /// HumanEval+ completed directly, as EvalPlus 0.3.1 does.
    EvalPlusHumanEval,
    /// MBPP+ completed directly, as EvalPlus 0.3.1 does.
    EvalPlusMbpp,
    /// MBPP with three examples, each closed by a marker.
    MbppFewShot,
    /// MBPP in InCoder's form: a docstring and nothing else.
    MbppDocstring,
    /// HumanEval for models that think in comment lines, as RA3 trains them.
    ///
    /// The list of the Codex paper without the comment. That would end a completion at its first
    /// thought, and must then be dropped for all that are compared.
    HumanEvalWithComments,
}

impl StopStyle {
    /// The strings of this style.
    pub const fn strings(self) -> &'static [&'static str] {
        match self {
            Self::HumanEval => &["\nclass", "\ndef", "\n#", "\nif", "\nprint"],
            Self::BigCode => {
                &["\nclass", "\ndef", "\n#", "\n@", "\nprint", "\nif", "\n```", "<file_sep>"]
            }
            Self::EvalPlusHumanEval => &[
                "<|endoftext|>",
                "<|endofmask|>",
                "</s>",
                "\nif __name__",
                "\ndef main(",
                "\nprint(",
                "\ndef ",
                "\nclass ",
                "\nimport ",
                "\nfrom ",
                "\nassert ",
            ],
            Self::EvalPlusMbpp => &[
                "<|endoftext|>",
                "<|endofmask|>",
                "</s>",
                "\nif __name__",
                "\ndef main(",
                "\nprint(",
                "\n\"\"\"",
                "\nassert",
            ],
            Self::MbppFewShot => &["[DONE]"],
            Self::MbppDocstring => {
                &["\nclass", "\nassert", "\n\"\"\"", "\nprint", "\nif", "\n<|/", "\n```"]
            }
            Self::HumanEvalWithComments => &["\nclass", "\ndef", "\nif", "\nprint"],
        }
    }
}

/// The part of `text` before the first of `stops`, wherever it stands: in a string or a comment, too.
///
/// ```
/// use benchmarks::{StopStyle, truncate_at_stop};
///
/// let text = "    return 1\n\n\ndef other():\n    pass\n";
/// assert_eq!(truncate_at_stop(text, StopStyle::HumanEval.strings()), "    return 1\n\n");
/// ```
pub fn truncate_at_stop<'t>(text: &'t str, stops: &[&str]) -> &'t str {
    let first = stops.iter().filter_map(|stop| text.find(stop)).min();
    &text[..first.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_stop_counts_whatever_the_order_of_the_list() {
        assert_eq!(truncate_at_stop("a\nprint\nclass", StopStyle::HumanEval.strings()), "a");
    }

    #[test]
    fn a_text_without_a_stop_stays_whole() {
        assert_eq!(
            truncate_at_stop("    return 1\n", StopStyle::HumanEval.strings()),
            "    return 1\n"
        );
    }

    #[test]
    fn a_stop_at_the_start_leaves_nothing() {
        assert_eq!(truncate_at_stop("\n# thought", StopStyle::HumanEval.strings()), "");
    }

    #[test]
    fn a_thought_in_a_comment_survives_the_list_made_for_it() {
        let text = "\n# Sum the digits.\nreturn 1\ndef f(): ...";
        let stops = StopStyle::HumanEvalWithComments.strings();
        assert_eq!(truncate_at_stop(text, stops), "\n# Sum the digits.\nreturn 1");
    }

    #[test]
    fn a_stop_in_a_docstring_cuts_too() {
        let text = "    \"\"\"\nif x\n    \"\"\"\n";
        assert_eq!(truncate_at_stop(text, StopStyle::HumanEval.strings()), "    \"\"\"");
    }

    #[test]
    fn no_list_but_the_few_shot_one_lacks_what_starts_another_definition() {
        for style in [StopStyle::HumanEval, StopStyle::BigCode, StopStyle::EvalPlusHumanEval] {
            assert_eq!(truncate_at_stop("x\ndef f():", style.strings()), "x", "{style:?}");
        }
    }
}
